//! Talking between Chaperone's own processes on one machine, of one user.
//!
//! Owns: the single instance and hand-over to it ([`Endpoint`], [`Listener`], [`connect`], [`claim`]), and the watched
//! pipe between a parent and its child ([`pulse`]). Both carry messages of bytes, at most [`MAX_FRAME`] long.
//!
//! Leaves to others: what the messages mean, and what is done when the other side is gone.
//!
//! SECURITY: both sides check that the other runs as the same user before a byte is read or written, besides the rights
//! on the socket's folder or the pipe. Messages are hostile input all the same: capped here, parsed strictly above.

mod endpoint;
mod frame;
mod instance;
pub mod pulse;

pub use endpoint::{Endpoint, EndpointError};
pub use frame::MAX_FRAME;
pub use instance::{Bound, Claim, Connection, IpcError, Listener, Reached, claim, connect};
