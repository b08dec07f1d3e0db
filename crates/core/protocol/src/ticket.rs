//! The one-time right to fetch a launch's instructions.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chaperone_seals::Digest;
use zeroize::ZeroizeOnDrop;

/// Length of a ticket as text.
pub const TICKET_TEXT_LEN: usize = 43;

/// 256 random bits. Wiped from memory when dropped; does not show itself.
#[derive(Clone, PartialEq, Eq, ZeroizeOnDrop)]
pub struct Ticket([u8; 32]);

/// Text that is not a ticket.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("ticket is not {TICKET_TEXT_LEN} base64url characters")]
pub struct TicketError;

impl Ticket {
    /// Wraps 32 random bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads the text form: 43 characters of base64url (RFC 4648 section 5) without padding, and no other spelling.
    ///
    /// # Errors
    /// [`TicketError`] when it is anything else.
    pub fn parse(text: &str) -> Result<Self, TicketError> {
        if text.len() != TICKET_TEXT_LEN {
            return Err(TicketError);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| TicketError)?;
        <[u8; 32]>::try_from(bytes).map(Self).map_err(|_| TicketError)
    }

    /// The text form. To be put into a link or over a private pipe, nowhere else.
    #[must_use]
    pub fn expose(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What the server stores instead of the ticket.
    #[must_use]
    pub fn hash(&self) -> Digest {
        Digest::of(&self.0)
    }
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ticket")
    }
}

impl<C> minicbor::Encode<C> for Ticket {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Ticket {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        <[u8; 32]>::try_from(d.bytes()?)
            .map(Self)
            .map_err(|_| minicbor::decode::Error::message("ticket is not 32 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_one_spelling() {
        let ticket = Ticket::from_bytes([0xff; 32]);
        let text = ticket.expose();
        assert_eq!(text.len(), TICKET_TEXT_LEN);
        assert_eq!(Ticket::parse(&text), Ok(ticket));

        let loose_bits = format!("{}9", text.trim_end_matches('8'));
        for other in [text.get(1..).unwrap(), &format!("{text}="), &text.replace('_', "/"), &loose_bits, ""] {
            assert_eq!(Ticket::parse(other), Err(TicketError), "{other}");
        }
    }

    #[test]
    fn does_not_show_itself() {
        assert_eq!(format!("{:?}", Ticket::from_bytes([1; 32])), "Ticket");
    }
}
