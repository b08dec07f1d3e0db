//! Whether the monitors show another desktop than this one, as the console or another user's.
//!
//! Xorg says so on its root window since it has shared its monitors with others. While it is away it neither shows nor
//! takes what programs draw on the screen; what can still be read there is old.

use x11rb::protocol::Event;
use x11rb::protocol::xproto::{Atom, AtomEnum, ConnectionExt as _};

use super::display::{Display, Lost, answer};

const PROPERTY: &[u8] = b"XFree86_has_VT";

/// Follows the server's word.
pub(super) struct Away {
    property: Atom,
    is_away: bool,
}

impl Away {
    /// Asks how it is now. Changes come as events of the root window's properties, which the caller selects before.
    pub(super) fn begin(display: &Display) -> Result<Self, Lost> {
        let atom = answer(display.connection.intern_atom(false, PROPERTY)?.reply())?;
        let mut away = Self { property: atom.map_or(x11rb::NONE, |reply| reply.atom), is_away: false };
        away.ask(display)?;
        Ok(away)
    }

    pub(super) fn note(&mut self, display: &Display, event: &Event) -> Result<(), Lost> {
        if let Event::PropertyNotify(event) = event
            && event.atom == self.property
            && event.window == display.root
        {
            self.ask(display)?;
        }
        Ok(())
    }

    pub(super) const fn is_away(&self) -> bool {
        self.is_away
    }

    /// A server without the word never goes away.
    fn ask(&mut self, display: &Display) -> Result<(), Lost> {
        let (root, connection) = (display.root, &display.connection);
        let asked = connection.get_property(false, root, self.property, AtomEnum::INTEGER, 0, 1)?;
        let has_monitors = answer(asked.reply())?.and_then(|reply| reply.value32()?.next());
        self.is_away = has_monitors == Some(0);
        Ok(())
    }
}
