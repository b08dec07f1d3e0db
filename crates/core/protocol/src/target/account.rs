//! Who logs in at the target.

use std::fmt;

use super::TargetError;

/// The most characters an account or a domain may have: far above what Windows (20) and directory services use.
const MAX_CHARS: usize = 104;

/// The account a client logs in with: letters and digits of any script, `. _ - @ +`, single spaces inside, and `$` at
/// the end alone. It begins with a letter, a digit or `_`.
///
/// `\` is not in it (a Windows domain is a [`DomainName`] of its own), nor any character a shell, a terminal's own
/// expansion or `ssh` itself gives a meaning to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccountName(String);

impl AccountName {
    /// Parses an account's name.
    ///
    /// # Errors
    /// [`TargetError::Account`] when it is empty, longer than 104 characters, or outside the closed set.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let stem = text.strip_suffix('$').unwrap_or(text);
        let is_fine = stem.chars().count() <= MAX_CHARS
            && stem.starts_with(|c: char| c.is_alphanumeric() || c == '_')
            && stem.chars().all(|c| c.is_alphanumeric() || "._-@+ ".contains(c))
            && !stem.ends_with(' ')
            && !stem.contains("  ");
        if is_fine { Ok(Self(text.to_owned())) } else { Err(TargetError::Account) }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The Windows domain of an account: letters and digits of any script, `. _ -`; begins with a letter or a digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DomainName(String);

impl DomainName {
    /// Parses a domain's name.
    ///
    /// # Errors
    /// [`TargetError::Domain`] when it is empty, longer than 104 characters, or outside the closed set.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let is_fine = text.chars().count() <= MAX_CHARS
            && text.starts_with(char::is_alphanumeric)
            && text.chars().all(|c| c.is_alphanumeric() || "._-".contains(c));
        if is_fine { Ok(Self(text.to_owned())) } else { Err(TargetError::Domain) }
    }

    /// The domain as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_of_unix_and_windows_pass() {
        for text in [
            "root",
            "alice",
            "svc-backup$",
            "a.b@corp.example",
            "John Smith",
            "J\u{fc}rgen",
            "_apt",
            "7zip",
            "a+b",
        ] {
            assert_eq!(AccountName::parse(text).map(|a| a.0), Ok(text.to_owned()));
        }
    }

    #[test]
    fn marks_and_meanings_are_refused() {
        for text in [
            "",
            "-l",
            "/p:x",
            "+clipboard",
            "$HOME",
            "a$b",
            "a$$",
            "a`id`",
            "a;b",
            "a|b",
            "a'b",
            "a\"b",
            "a\\b",
            "a\nb",
            "a\0",
            " a",
            "a ",
            "a  b",
            "~root",
            "@file",
            "a%h",
            "a=b",
            "a:b",
            "a/b",
            "a\u{202e}b",
            "(x)",
            "a&b",
            "a*",
            "$",
        ] {
            assert_eq!(AccountName::parse(text), Err(TargetError::Account), "{text:?}");
        }
        assert_eq!(AccountName::parse(&"a".repeat(105)), Err(TargetError::Account));
    }

    #[test]
    fn a_domain_is_a_plain_word() {
        assert!(DomainName::parse("CORP").is_ok());
        assert!(DomainName::parse("corp.example").is_ok());
        for text in ["", ".", "-x", "/d", "a\\b", "a b", "a\n"] {
            assert_eq!(DomainName::parse(text), Err(TargetError::Domain), "{text:?}");
        }
    }
}
