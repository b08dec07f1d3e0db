//! The command line of `chaperone`: the contract of its verbs and options.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Opens recorded sessions from links, keeps their record until the server has it, and shows what waits.
#[derive(Debug, Parser)]
#[command(name = "chaperone", version, max_term_width = 100)]
pub struct Cli {
    /// No window and no tray: everything goes to the terminal.
    #[arg(long, global = true)]
    pub headless: bool,
    /// Answer in JSON, for programs.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What `chaperone` can do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Open the session a link asks for (what the browser calls).
    Open {
        /// The link: chaperone://launch?server=…&ticket=…
        #[arg(value_name = "LINK")]
        link: String,
    },
    /// Show what the launcher does at present.
    Status,
    /// Show and retry what waits to be uploaded.
    Queue {
        /// What to do with the queue.
        #[command(subcommand)]
        verb: QueueVerb,
    },
    /// Add, list and remove enrolled servers.
    Trust {
        /// What to do with the enrolled servers.
        #[command(subcommand)]
        verb: TrustVerb,
    },
    /// Make this program the one that opens chaperone:// links for this user.
    Register,
    /// Take back what `register` did.
    Unregister,
    /// Check everything a session needs, and say what is missing.
    Doctor,
    /// Record the screen or a window into a file; no server is involved.
    Record(RecordOptions),
    /// Run one session; started by the launcher, which hands the ticket over an inherited pipe.
    #[command(hide = true)]
    Session {
        /// The inherited pipe.
        #[arg(long)]
        pipe: OsString,
    },
}

/// What can be done with the queue.
#[derive(Debug, Subcommand)]
pub enum QueueVerb {
    /// List every session of which something is kept here.
    List,
    /// Show one session's tracks.
    Show {
        /// The session's id.
        session: String,
    },
    /// Upload what waits, now; also what was parked.
    Retry {
        /// One session only.
        session: Option<String>,
    },
}

/// What can be done with the enrolled servers.
#[derive(Debug, Subcommand)]
pub enum TrustVerb {
    /// Enrol this machine with a server.
    Add {
        /// The enrolment code the console shows. `-` reads it from standard input.
        #[arg(value_name = "CODE")]
        code: String,
        /// Where the device key is kept.
        #[arg(long, value_enum, default_value_t = KeystoreChoice::Os)]
        keystore: KeystoreChoice,
    },
    /// List the enrolled servers.
    List,
    /// Forget a server, its device key included.
    Remove {
        /// The server's origin, as `list` shows it.
        origin: String,
    },
}

/// Where a device key is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeystoreChoice {
    /// The operating system's keyring.
    Os,
    /// A file only this user can read, for machines without a keyring.
    File,
}

/// What and how `record` records.
#[derive(Debug, Args)]
pub struct RecordOptions {
    /// The file to write; it must not exist.
    #[arg(long, value_name = "FILE.mp4")]
    pub out: PathBuf,
    /// Stop after this many seconds; without it at Ctrl-C.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: Option<u32>,
    /// The display to record, as :1; without it the one this program runs on.
    #[arg(long, value_name = "D", conflicts_with = "window")]
    pub display: Option<String>,
    /// One window only, by its number (decimal or 0x…).
    #[arg(long, value_name = "ID", value_parser = window_number)]
    pub window: Option<u64>,
    /// Pictures per second at most, 1 to 60.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=60))]
    pub fps: u8,
    /// One still a second where something changed, as where there is no video, and a film of them.
    #[arg(long, conflicts_with = "fps")]
    pub stills: bool,
}

fn window_number(text: &str) -> Result<u64, String> {
    let number = match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => text.parse(),
    };
    number.map_err(|_| "a window's number is decimal, or hexadecimal after 0x".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn switches_stand_before_or_after_the_verb() {
        for line in ["chaperone --json --headless status", "chaperone status --json --headless"] {
            let cli = parse(line).unwrap();
            assert!(cli.json && cli.headless);
        }
        assert!(parse("chaperone trust list --json").unwrap().json);
    }

    #[test]
    fn a_link_after_two_dashes_is_never_an_option() {
        let cli = parse("chaperone open -- --json").unwrap();
        assert!(!cli.json);
        assert!(matches!(cli.verb, Verb::Open { link } if link == "--json"));
        assert!(parse("chaperone open chaperone://x chaperone://y").is_err());
    }

    #[test]
    fn windows_are_named_in_both_ways() {
        assert_eq!(window_number("0x1a"), Ok(26));
        assert_eq!(window_number("26"), Ok(26));
        assert!(window_number("1a").is_err());
        assert!(parse("chaperone record --out a.mp4 --window 1 --display :0").is_err());
    }
}
