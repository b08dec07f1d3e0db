//! The launch link: `chaperone://launch?server=<origin, percent-encoded>&ticket=<43 characters>`.
//!
//! A link means "one launch asked for" and nothing else. It never enrols, configures or updates. The grammar is
//! closed: at most [`MAX_LINK_LEN`] bytes, these two fields, once each, in this order, and the origin written
//! exactly as [`LaunchLink::to_text`] writes it. Whatever a browser, a shell or an attacker changed is refused.

use crate::{
    origin::{Origin, OriginError},
    ticket::{Ticket, TicketError},
};

/// The URL scheme.
pub const SCHEME: &str = "chaperone";
/// Longest link, in bytes.
pub const MAX_LINK_LEN: usize = 512;

const START: &str = "chaperone://launch?server=";
/// What Windows and some browsers make of [`START`]: a slash after the host. It means the same and is taken too.
const START_WITH_SLASH: &str = "chaperone://launch/?server=";
const TICKET: &str = "&ticket=";

/// One launch asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaunchLink {
    /// Where to redeem.
    pub server: Origin,
    /// What to redeem.
    pub ticket: Ticket,
}

/// Why text is not a launch link. Never quotes the link: it may hold a ticket.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// Longer than [`MAX_LINK_LEN`].
    #[error("link is longer than {MAX_LINK_LEN} bytes")]
    TooLong,
    /// Not of the form above.
    #[error("link is not of the form chaperone://launch?server=…&ticket=…")]
    Form,
    /// The server is not an origin.
    #[error("link names no usable server: {0}")]
    Server(#[from] OriginError),
    /// The server is not spelled as the console spells it.
    #[error("link does not spell its server in the one form that is accepted")]
    ServerSpelling,
    /// The ticket is malformed.
    #[error("link holds no usable ticket: {0}")]
    Ticket(#[from] TicketError),
}

impl LaunchLink {
    /// Reads a link.
    ///
    /// # Errors
    /// [`LinkError`] when the text differs in any way from what [`Self::to_text`] writes.
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        if text.len() > MAX_LINK_LEN {
            return Err(LinkError::TooLong);
        }
        let rest = text
            .strip_prefix(START)
            .or_else(|| text.strip_prefix(START_WITH_SLASH))
            .ok_or(LinkError::Form)?;
        let (server, ticket) = rest.split_once(TICKET).ok_or(LinkError::Form)?;
        if ticket.contains(['&', '=', '#', '?']) {
            return Err(LinkError::Form);
        }
        let decoded = percent_decode(server).ok_or(LinkError::Form)?;
        let origin = Origin::parse(&decoded)?;
        if percent_encode(origin.as_str()) != server {
            return Err(LinkError::ServerSpelling);
        }
        Ok(Self { server: origin, ticket: Ticket::parse(ticket)? })
    }

    /// Writes the link. It holds the ticket: for the browser that asked, nobody else.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{START}{}{TICKET}{}", percent_encode(self.server.as_str()), self.ticket.expose())
    }
}

/// Percent-encodes everything but unreserved characters (RFC 3986 section 2.3), as `encodeURIComponent` does for
/// the characters an origin can have.
fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn percent_decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let value = digit(bytes.next())? * 16 + digit(bytes.next())?;
            out.push(u8::try_from(value).ok()?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn link() -> LaunchLink {
        LaunchLink {
            server: Origin::parse("https://vault.example:8443").unwrap(),
            ticket: Ticket::from_bytes([7; 32]),
        }
    }

    #[test]
    fn reads_what_the_console_writes() {
        let text = link().to_text();
        assert!(text.starts_with("chaperone://launch?server=https%3A%2F%2Fvault.example%3A8443&ticket="));
        assert_eq!(LaunchLink::parse(&text), Ok(link()));
        assert_eq!(LaunchLink::parse(&text.replace("launch?", "launch/?")), Ok(link()));
    }

    #[test]
    fn anything_added_left_out_or_respelled_is_refused() {
        let text = link().to_text();
        let ticket = link().ticket.expose();
        let refused = [
            text.replace("chaperone:", "Chaperone:"),
            text.replace("launch?", "LAUNCH?"),
            text.replace("launch?", "launch//?"),
            text.replace("launch?", "enrol?"),
            text.replace("%3A", "%3a"),
            text.replace("%3A%2F%2F", "://"),
            text.replace("vault", "%76ault"),
            text.replace("vault", "Vault"),
            text.replace("%3A8443", "%3A443"),
            text.replace("%3A8443", "%3A8443%2F"),
            text.replace("server=", "server=&server="),
            format!("{text}&ticket={ticket}"),
            format!("{text}&x=1"),
            format!("{text}#x"),
            format!("{text} "),
            format!(" {text}"),
            format!("{text}\0"),
            format!("{text}\n--headless"),
            format!("chaperone://launch?ticket={ticket}&server=https%3A%2F%2Fvault.example"),
            format!("chaperone://launch?server=https%3A%2F%2Fvault.example&ticket={ticket}="),
            format!("chaperone://launch?server=http%3A%2F%2Fvault.example&ticket={ticket}"),
            format!("chaperone://launch?server=%5C%5Cvault%5Cshare&ticket={ticket}"),
            format!("chaperone://launch?server=https%3A%2F%2Fv%00.example&ticket={ticket}"),
            format!("chaperone://launch?server=https%3A%2F%2Fv%D0%B0ult.example&ticket={ticket}"),
            format!("chaperone://launch?server=https%3A%2F%2Fvault.example%zz&ticket={ticket}"),
            "--help".into(),
            String::new(),
        ];
        for text in refused {
            assert!(LaunchLink::parse(&text).is_err(), "{text:?} was accepted");
        }
        let long = format!("{START}{}{TICKET}{ticket}", "a".repeat(MAX_LINK_LEN));
        assert_eq!(LaunchLink::parse(&long), Err(LinkError::TooLong));
    }

    #[test]
    fn an_error_never_quotes_the_ticket() {
        let error = LaunchLink::parse(&format!("{}x", link().to_text())).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(&link().ticket.expose()));
    }

    proptest! {
        #[test]
        fn any_one_change_is_refused_or_another_link(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let text = link().to_text();
            let mut bytes = text.into_bytes();
            let at = at.index(bytes.len());
            prop_assume!(bytes[at] != byte);
            bytes[at] = byte;
            if let Ok(changed) = String::from_utf8(bytes)
                && let Ok(read) = LaunchLink::parse(&changed)
            {
                prop_assert_eq!(read.to_text(), changed);
                prop_assert_ne!(read, link());
            }
        }

        #[test]
        fn random_text_is_refused(text in ".{0,600}") {
            prop_assert!(LaunchLink::parse(&text).is_err());
        }
    }
}
