//! Names of blobs: safe as paths on every system, and as keys of any object store.

use std::fmt;
use std::str::FromStr;

/// A blob's name: up to eight parts joined by `/`, each of 1 to 100 lower-case letters, digits, `-`, `_` and inner `.`.
///
/// SECURITY: no part can climb (`..`), hide, name a Windows device, or differ from another by case alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobKey(String);

/// Why text is not a blob's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// More than eight parts.
    #[error("a blob's name has too many parts")]
    TooManyParts,
    /// A part is empty or longer than 100 characters.
    #[error("a part of a blob's name has no usable length")]
    Length,
    /// A character that does not belong.
    #[error("a part of a blob's name has a character that does not belong in one")]
    Character,
    /// A name the system keeps for itself.
    #[error("a part of a blob's name is reserved")]
    Reserved,
}

const MAX_PARTS: usize = 8;
const MAX_PART_LEN: usize = 100;

/// Names that open a device on Windows, whatever stands behind a dot.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

impl BlobKey {
    /// The name made of `parts`.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn new<'a>(parts: impl IntoIterator<Item = &'a str>) -> Result<Self, KeyError> {
        let parts: Vec<&str> = parts.into_iter().collect();
        if parts.len() > MAX_PARTS {
            return Err(KeyError::TooManyParts);
        }
        if parts.is_empty() {
            return Err(KeyError::Length);
        }
        parts.iter().try_for_each(|part| check_part(part))?;
        Ok(Self(parts.join("/")))
    }

    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its parts, first to last.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }

    /// The name with one part more; nothing if that would not be one.
    pub(crate) fn child(&self, part: &str) -> Option<Self> {
        Self::new(self.parts().chain([part])).ok()
    }
}

impl FromStr for BlobKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::new(text.split('/'))
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn check_part(part: &str) -> Result<(), KeyError> {
    if part.is_empty() || part.len() > MAX_PART_LEN {
        return Err(KeyError::Length);
    }
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    if !part.bytes().all(|byte| plain(byte) || byte == b'.') {
        return Err(KeyError::Character);
    }
    if part.starts_with('.') || part.ends_with('.') || part.contains("..") {
        return Err(KeyError::Character);
    }
    let stem = part.split('.').next().unwrap_or(part);
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let is_port = port.is_some_and(|number| matches!(number.as_bytes(), [b'0'..=b'9']));
    if DEVICES.contains(&stem) || is_port {
        return Err(KeyError::Reserved);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_safe_everywhere_are_taken_and_others_refused() {
        let check = |text: &str| text.parse::<BlobKey>().map(|key| key.to_string());
        for good in ["a", "films/018f4e9a-0000/film_1.mp4", "a/b/c/d/e/f/g/h", "comet", "com10"] {
            assert_eq!(check(good), Ok(good.to_owned()));
        }
        for (bad, error) in [
            ("", KeyError::Length),
            ("a//b", KeyError::Length),
            ("/a", KeyError::Length),
            ("a/", KeyError::Length),
            ("a/b/c/d/e/f/g/h/i", KeyError::TooManyParts),
            ("..", KeyError::Character),
            ("a/../b", KeyError::Character),
            ("a/.hidden", KeyError::Character),
            ("a./b", KeyError::Character),
            ("A", KeyError::Character),
            ("a\\b", KeyError::Character),
            ("a:b", KeyError::Character),
            ("a\0", KeyError::Character),
            ("ä", KeyError::Character),
            ("nul", KeyError::Reserved),
            ("a/con.mp4", KeyError::Reserved),
            ("com1", KeyError::Reserved),
        ] {
            assert_eq!(check(bad), Err(error), "{bad:?}");
        }
        assert_eq!(check(&"a".repeat(101)), Err(KeyError::Length));
    }
}
