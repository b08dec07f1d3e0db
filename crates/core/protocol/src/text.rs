//! Text that must not be seen.

use zeroize::{Zeroize as _, ZeroizeOnDrop};

/// A secret as text. Wiped from memory when dropped; does not show itself.
#[derive(Clone, PartialEq, Eq, ZeroizeOnDrop)]
pub struct SecretText(String);

impl SecretText {
    /// Takes the text over; the caller's copy is this one.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for handing it to a client.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretText")
    }
}

impl<C> minicbor::Encode<C> for SecretText {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(&self.0)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for SecretText {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.str().map(|text| Self(text.to_owned()))
    }
}

impl From<&mut String> for SecretText {
    /// Takes the text out and leaves nothing behind.
    fn from(text: &mut String) -> Self {
        let taken = Self(text.clone());
        text.zeroize();
        taken
    }
}
