//! The machine a client connects to.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU16;

use super::TargetError;

/// The host of a target: a lower-case host name, an IPv4 or an IPv6 address (without brackets and zone).
///
/// Canonical: two spellings of one host give the same value, and it is what the client shows and pins.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TargetHost {
    text: String,
    is_v6: bool,
}

impl TargetHost {
    /// Parses a host name (RFC 1123, underscores allowed, at most 253 characters) or an address.
    ///
    /// Names whose last label is a number are refused unless the whole is a plain IPv4 address: resolvers read
    /// `127.1` or `0x7f.1` as addresses.
    ///
    /// # Errors
    /// [`TargetError::Host`] for anything else.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        if let Ok(address) = text.parse::<Ipv6Addr>() {
            return Ok(Self { text: address.to_string(), is_v6: true });
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Ok(Self { text: address.to_string(), is_v6: false });
        }
        if text.is_empty() || text.len() > 253 || !text.split('.').all(is_label) {
            return Err(TargetError::Host);
        }
        let last = text.rsplit('.').next().unwrap_or_default();
        let hex = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
        if hex
            .unwrap_or(last)
            .bytes()
            .all(|b| if hex.is_some() { b.is_ascii_hexdigit() } else { b.is_ascii_digit() })
        {
            return Err(TargetError::Host);
        }
        Ok(Self { text: text.to_ascii_lowercase(), is_v6: false })
    }

    /// The host as text, an IPv6 address without brackets.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `host:port`, an IPv6 address in brackets.
    #[must_use]
    pub fn with_port(&self, port: NonZeroU16) -> String {
        if self.is_v6 { format!("[{}]:{port}", self.text) } else { format!("{}:{port}", self.text) }
    }
}

impl fmt::Display for TargetHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let parsed = TargetHost::parse(text).ok();
        assert_eq!(parsed.as_ref().map(TargetHost::as_str), expected, "{text:?}");
    }

    #[test]
    fn names_and_addresses_become_canonical() {
        check("db01", Some("db01"));
        check("DB01.Corp.Example", Some("db01.corp.example"));
        check("_sip.example", Some("_sip.example"));
        check("10.0.0.7", Some("10.0.0.7"));
        check("2001:DB8:0::1", Some("2001:db8::1"));
        check("3com.example", Some("3com.example"));
        check("node1", Some("node1"));
    }

    #[test]
    fn what_a_client_could_misread_is_refused() {
        for text in [
            "",
            "-oProxyCommand=x",
            "a..b",
            ".a",
            "a.",
            "a b",
            "a\n",
            "a\0",
            "a/b",
            "a@b",
            "a:22",
            "[::1]",
            "fe80::1%eth0",
            "127.1",
            "0x7f.1",
            "2130706433",
            "1.2.3.4.5",
            "a-.b",
            "d\u{e9}j\u{e0}",
            "a;b",
            "$HOME",
            "~",
            "\\\\unc\\x",
        ] {
            check(text, None);
        }
        check(&"a".repeat(64), None);
        check(&vec!["a".repeat(63); 4].join("."), None);
    }

    #[test]
    fn a_port_is_joined_so_that_it_stays_apart() {
        let port = NonZeroU16::new(3389).unwrap();
        assert_eq!(TargetHost::parse("db01").unwrap().with_port(port), "db01:3389");
        assert_eq!(TargetHost::parse("::1").unwrap().with_port(port), "[::1]:3389");
    }

    proptest! {
        #[test]
        fn nothing_accepted_is_an_option_or_has_foreign_characters(text in "\\PC{0,40}") {
            if let Ok(host) = TargetHost::parse(&text) {
                prop_assert!(!host.as_str().starts_with('-'));
                prop_assert!(host.as_str().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_:".contains(&b)));
                prop_assert_eq!(TargetHost::parse(host.as_str()), Ok(host));
            }
        }
    }
}
