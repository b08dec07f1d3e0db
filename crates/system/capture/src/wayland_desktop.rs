//! How a Wayland desktop is reached, and what its user allowed before.

/// A Wayland desktop, read from the environment by the caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wayland {
    /// Value of `WAYLAND_DISPLAY`, as `wayland-0`.
    pub display: String,
    /// Value of `DBUS_SESSION_BUS_ADDRESS`; the portal is asked there. `None`: where that user's bus usually is.
    pub session_bus: Option<String>,
    /// Whether the user is asked again.
    pub consent: Consent,
}

/// Whether the user is asked each time a Wayland desktop is recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Consent {
    /// Each time.
    #[default]
    Ask,
    /// Once: the desktop keeps the answer until the user withdraws it there. The caller keeps
    /// [`crate::FrameSource::restore_token`] and hands it in here the next time; `None` the first time.
    ///
    /// SECURITY: to the desktop all programs outside a sandbox are one, so whoever has the token records without a
    /// question.
    Keep(Option<RestoreToken>),
}

/// What a desktop gives for an answer it keeps. Each use may give another one in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreToken(String);

impl RestoreToken {
    /// A token as [`RestoreToken::as_str`] gave it. `None` for anything but a UUID, which portals refuse to look at.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let groups: Vec<&str> = text.split('-').collect();
        let is_uuid = groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
            && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()));
        is_uuid.then(|| Self(text.to_owned()))
    }

    /// The token, to be kept.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_uuid_is_a_token() {
        let token = "1b4e28ba-2fa1-11d2-883f-0016d3cca427";
        assert_eq!(RestoreToken::parse(token).map(|token| token.0), Some(token.to_owned()));
        for text in ["", "token", "1b4e28ba2fa111d2883f0016d3cca427", "1b4e28ba-2fa1-11d2-883f-0016d3cca42x"]
        {
            assert_eq!(RestoreToken::parse(text), None, "{text}");
        }
    }
}
