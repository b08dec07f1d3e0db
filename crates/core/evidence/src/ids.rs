//! Identifiers: UUIDs of version 7 (RFC 9562), sixteen bytes in CBOR, hyphenated text elsewhere.

use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps an identifier made elsewhere.
            #[must_use]
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The identifier itself.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// Its sixteen bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            /// Reads the hyphenated lower-case form and no other, so that one id has one spelling.
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                let id = Uuid::try_parse(text)?;
                if id.hyphenated().to_string() == text {
                    Ok(Self(id))
                } else {
                    Uuid::try_parse("").map(Self)
                }
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(self.0.as_bytes())?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(
                d: &mut minicbor::Decoder<'b>,
                _: &mut C,
            ) -> Result<Self, minicbor::decode::Error> {
                Uuid::from_slice(d.bytes()?)
                    .map(Self)
                    .map_err(|_| minicbor::decode::Error::message("identifier is not 16 bytes"))
            }
        }
    };
}

id!(
    /// One recorded use of a target.
    SessionId
);
id!(
    /// A person who may log in.
    UserId
);
id!(
    /// A stored account for a target.
    SecretId
);
id!(
    /// A recorder's enrolled identity.
    DeviceId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_id_has_one_spelling() {
        let text = "018f4e9a-0000-7000-8000-00000000000a";
        let id: SessionId = text.parse().unwrap();
        assert_eq!(id.to_string(), text);
        for other in [
            "018F4E9A-0000-7000-8000-00000000000A",
            "018f4e9a00007000800000000000000a",
            "{018f4e9a-0000-7000-8000-00000000000a}",
            "../../etc/passwd",
            "",
        ] {
            assert!(other.parse::<SessionId>().is_err(), "{other}");
        }
    }
}
