//! Sessions: the list, one session, ending one, the control channel of a running one, and the stream of changes.

mod actions;
mod changes;
mod control;
pub(crate) mod events;
mod proven;
pub(crate) mod routes;
mod view;
mod watch;

pub(crate) use actions::show;
pub(crate) use changes::Changes;
pub(crate) use view::Viewer;
pub(crate) use watch::watch;
