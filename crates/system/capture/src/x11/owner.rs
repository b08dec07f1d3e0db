//! Which process a window belongs to.

use x11rb::protocol::res::{ClientIdMask, ClientIdSpec, ConnectionExt as _};
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, Window};

use super::display::{Display, Lost, answer};

/// The process that `window` belongs to, if it can be known.
///
/// The server's own word counts: it asked the system who opened the connection. What a program wrote on its
/// window (`_NET_WM_PID`) only serves where the server does not know, and is asked for only then: every window
/// that appears waits for these answers.
pub(super) fn process_of(display: &Display, window: Window) -> Result<Option<u32>, Lost> {
    let known = if display.offers.client_ids { from_server(display, window)? } else { None };
    if known.is_some() { Ok(known) } else { from_property(display, window) }
}

fn from_server(display: &Display, window: Window) -> Result<Option<u32>, Lost> {
    let asked = [ClientIdSpec { client: window, mask: ClientIdMask::LOCAL_CLIENT_PID }];
    let reply = answer(display.connection.res_query_client_ids(&asked)?.reply())?;
    let told = reply.into_iter().flat_map(|reply| reply.ids);
    Ok(told.flat_map(|id| id.value).find(|pid| *pid != 0))
}

fn from_property(display: &Display, window: Window) -> Result<Option<u32>, Lost> {
    let atom = display.connection.intern_atom(true, b"_NET_WM_PID")?;
    let Some(atom) = answer(atom.reply())?.map(|reply| reply.atom).filter(|atom| *atom != x11rb::NONE) else {
        return Ok(None);
    };
    let request = display.connection.get_property(false, window, atom, AtomEnum::CARDINAL, 0, 1)?;
    let reply = answer(request.reply())?;
    Ok(reply.and_then(|reply| reply.value32()?.next()).filter(|pid| *pid != 0))
}
