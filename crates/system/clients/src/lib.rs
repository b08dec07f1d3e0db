//! Starting the programs people work in, and ending them completely.
//!
//! Owns: which client programs may be used and where they are found; every argument they are given; the way a secret
//! reaches them (standard input, askpass over a private socket, a private agent: never argument, environment or file);
//! the process tree of a session and its end; the recording sign on the screen; the cover window that holds input back.
//!
//! Leaves to others: what to start and for whom (the signed instructions), the recording itself, when a session must
//! end, and every window of the launcher.
//!
//! A session process uses it in this order: [`harden_process`], [`ClientTree::new`], [`SessionFolder::create`],
//! [`ssh::start`] or [`rdp::start`], [`sign::Sign::start`], [`cover::Cover::start`] while it is frozen; and at the end [`ClientTree::end`]. The launcher above it
//! calls [`become_subreaper`] once and holds one [`TreeWatch`] for each session process.

mod clock;
pub mod cover;
mod environment;
mod folder;
mod harden;
mod look;
mod names;
#[cfg(target_os = "linux")]
mod paint;
mod preflight;
mod programs;
pub mod rdp;
pub mod sign;
pub mod ssh;
mod tree;
#[cfg(target_os = "linux")]
mod x11;

pub use clock::now_ns;
pub use environment::{CleanEnvironment, MARK_VARIABLE};
pub use folder::{FolderError, SessionFolder};
pub use harden::{HardenError, harden_process};
pub use names::{CertificatePin, HostKey, NameError, WindowTitle};
pub use preflight::{Finding, Preflight, preflight};
pub use programs::ProgramPath;
pub use secrecy::SecretString;
pub use tree::{
    Client, ClientExit, ClientProgram, ClientTree, EndStamps, Output, TreeError, TreeMark, TreeWatch,
    become_subreaper, end_leftovers,
};
