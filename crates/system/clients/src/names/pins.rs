//! What the target must prove itself with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::NameError;

/// A target's pinned SSH host key: `type base64`, as in a `.pub` file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostKey {
    kind: String,
    blob: Vec<u8>,
}

/// The longest key accepted: an RSA key of 16384 bits is about 2 KiB.
const MAX_BLOB: usize = 4096;

impl HostKey {
    /// Parses `type base64` with an optional comment, which is dropped.
    ///
    /// # Errors
    /// [`NameError::HostKey`] when the words are not of that form or the key inside is of another type.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let mut words = text.trim_end_matches(['\n', '\r']).splitn(3, ' ');
        let (Some(kind), Some(body)) = (words.next(), words.next()) else { return Err(NameError::HostKey) };
        let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.@".contains(&b);
        if kind.is_empty()
            || kind.len() > 64
            || !kind.starts_with(|c: char| c.is_ascii_lowercase())
            || !kind.bytes().all(is_word)
        {
            return Err(NameError::HostKey);
        }
        if text.trim_end_matches(['\n', '\r']).contains(char::is_control) {
            return Err(NameError::HostKey);
        }
        let blob = STANDARD.decode(body).map_err(|_| NameError::HostKey)?;
        let inner = blob
            .split_first_chunk::<4>()
            .and_then(|(length, rest)| rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?));
        if inner != Some(kind.as_bytes()) || blob.len() > MAX_BLOB {
            return Err(NameError::HostKey);
        }
        Ok(Self { kind: kind.to_owned(), blob })
    }

    /// `type base64` without a comment.
    #[must_use]
    pub fn to_line(&self) -> String {
        format!("{} {}", self.kind, STANDARD.encode(&self.blob))
    }
}

/// A target's pinned RDP certificate: the SHA-256 of its DER form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CertificatePin([u8; 32]);

impl CertificatePin {
    /// Takes the digest itself.
    #[must_use]
    pub fn new(sha256: [u8; 32]) -> Self {
        Self(sha256)
    }

    /// Parses 64 hexadecimal digits, in pairs apart by `:` or not at all, with or without `sha256:` before them.
    ///
    /// # Errors
    /// [`NameError::Certificate`] for anything else.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let digits = text.strip_prefix("sha256:").unwrap_or(text);
        let pairs: Vec<&[u8]> = match digits.len() {
            95 => digits.as_bytes().split(|b| *b == b':').collect(),
            64 => digits.as_bytes().chunks(2).collect(),
            _ => return Err(NameError::Certificate),
        };
        let mut digest = [0; 32];
        if pairs.len() != digest.len() {
            return Err(NameError::Certificate);
        }
        for (byte, pair) in digest.iter_mut().zip(pairs) {
            *byte = parse_pair(pair).ok_or(NameError::Certificate)?;
        }
        Ok(Self(digest))
    }

    /// `aa:bb:…`, the form FreeRDP compares with.
    #[must_use]
    pub fn to_colon_hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
    }
}

fn parse_pair(pair: &[u8]) -> Option<u8> {
    if pair.len() != 2 || !pair.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";

    #[test]
    fn a_public_key_line_loses_its_comment() {
        for text in [ED25519.to_owned(), format!("{ED25519} root@db01"), format!("{ED25519}\n")] {
            assert_eq!(HostKey::parse(&text).map(|key| key.to_line()), Ok(ED25519.to_owned()));
        }
    }

    #[test]
    fn keys_that_are_not_what_they_say_are_refused() {
        let other = ED25519.replace("ssh-ed25519 ", "ssh-rsa ");
        let two_lines = format!("{ED25519}\n* {ED25519}");
        let marked = format!("@cert-authority {ED25519}");
        for text in [
            "",
            "ssh-ed25519",
            "ssh-ed25519 !!!!",
            "ssh-ed25519 AAAA",
            "SHA256:abc",
            &other,
            &two_lines,
            &marked,
        ] {
            assert_eq!(HostKey::parse(text), Err(NameError::HostKey), "{text:?}");
        }
    }

    #[test]
    fn a_fingerprint_is_read_in_every_usual_spelling() {
        let bytes: [u8; 32] = std::array::from_fn(|i| u8::try_from(i * 8).unwrap());
        let pin = CertificatePin::new(bytes);
        let colons = pin.to_colon_hex();
        assert!(colons.starts_with("00:08:10:18:"));
        for text in
            [colons.clone(), colons.to_uppercase(), colons.replace(':', ""), format!("sha256:{colons}")]
        {
            assert_eq!(CertificatePin::parse(&text), Ok(pin), "{text}");
        }
    }

    #[test]
    fn other_digests_are_refused() {
        let long = "0".repeat(65);
        let colons_wrong = ":".repeat(95);
        let plus = "+1".repeat(32);
        for text in
            ["", "00", &long, &colons_wrong, &plus, &"g".repeat(64), &format!("sha1:{}", "0".repeat(40))]
        {
            assert_eq!(CertificatePin::parse(text), Err(NameError::Certificate), "{text:?}");
        }
    }
}
