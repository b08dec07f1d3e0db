//! One window's content, held in the server.

use x11rb::connection::Connection as _;
use x11rb::protocol::composite::{ConnectionExt as _, Redirect};
use x11rb::protocol::xproto::{ConnectionExt as _, Pixmap, Window};

use crate::least;
use crate::x11::damage::Damage;
use crate::x11::display::{Display, Lost, answer};
use crate::x11::tree::Member;

/// One window of a session and what is held of it in the server.
pub(super) struct Surface {
    pub(super) member: Member,
    pub(super) damage: Damage,
    pub(super) is_damaged: bool,
    /// Names the content while the window is viewable. The server makes a new pixmap whenever the window is shown or
    /// changes its size, so it is named anew after every event that may have brought one.
    pub(super) pixmap: Pixmap,
    pub(super) is_named: bool,
    /// Its content was refused when it was due, and is due again.
    pub(super) is_unread: bool,
}

impl Surface {
    pub(super) fn makes_a_picture(&self) -> bool {
        least::makes_a_picture(self.member.area)
    }

    pub(super) fn begin(display: &Display, member: Member) -> Result<Self, Lost> {
        let window: Window = member.window;
        display.connection.composite_redirect_window(window, Redirect::AUTOMATIC)?;
        let damage = Damage::begin(display, window)?;
        let pixmap = display.connection.generate_id()?;
        Ok(Self { member, damage, is_damaged: false, pixmap, is_named: false, is_unread: false })
    }

    /// Brings it up to date with where and how the window is now.
    pub(super) fn update(&mut self, display: &Display, member: Member) -> Result<(), Lost> {
        self.member = member;
        self.is_unread &= member.is_viewable;
        self.free_pixmap(display)?;
        if member.is_viewable {
            let named = display.connection.composite_name_window_pixmap(member.window, self.pixmap)?;
            // Refused if the window was unmapped a moment ago; its event is under way.
            self.is_named = answer(named.check())?.is_some();
        }
        Ok(())
    }

    fn free_pixmap(&mut self, display: &Display) -> Result<(), Lost> {
        if std::mem::take(&mut self.is_named) {
            display.connection.free_pixmap(self.pixmap)?;
        }
        Ok(())
    }

    /// Gives back what is held of it.
    pub(super) fn end(mut self, display: &Display) -> Result<(), Lost> {
        self.free_pixmap(display)?;
        // Windows leave the tree when they are destroyed, and their damage with them.
        self.damage.end(display, true)
    }
}
