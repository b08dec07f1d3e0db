//! Where a server is: `https://host[:port]`, in one spelling.

use std::net::Ipv6Addr;

use url::{Host, Url};

/// Longest origin, in bytes.
pub const MAX_ORIGIN_LEN: usize = 280;

/// An HTTPS origin (RFC 6454) in canonical form: lower-case ASCII host, port only when it is not 443, nothing else.
///
/// Two origins are the same server exactly when their text is the same.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin(String);

/// Why text is not an origin.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// Longer than [`MAX_ORIGIN_LEN`].
    #[error("server address is longer than {MAX_ORIGIN_LEN} characters")]
    TooLong,
    /// Has characters outside printable ASCII. Names in other scripts are written in their `xn--` form, so that
    /// look-alikes cannot pass for each other.
    #[error("server address has characters other than plain ASCII")]
    NotAscii,
    /// Not `https://host[:port]` and nothing else.
    #[error("server address is not of the form https://host or https://host:port")]
    Form,
    /// The host is neither a DNS name nor an IP address.
    #[error("server address has a host that is neither a name nor an address")]
    Host,
}

impl Origin {
    /// Reads an origin and brings it to its canonical form: lower case, default port left out.
    ///
    /// # Errors
    /// [`OriginError`] when the text holds anything besides scheme, host and port, or the host has a spelling that
    /// other programs could read differently (numeric forms such as `0x7f.1`, an empty label, a trailing dot).
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        if text.len() > MAX_ORIGIN_LEN {
            return Err(OriginError::TooLong);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(OriginError::NotAscii);
        }
        let lower = text.to_ascii_lowercase();
        let authority = lower.strip_prefix("https://").ok_or(OriginError::Form)?;
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        let (host, port) = split_port(authority)?;

        // The URL parser is the judge of what a host is; it must not have to repair anything to read it.
        let url = Url::parse(&format!("https://{host}")).map_err(|_| OriginError::Host)?;
        let read = match url.host() {
            Some(Host::Domain(name)) if is_dns_name(name) => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => bracketed(address),
            Some(Host::Domain(_)) | None => return Err(OriginError::Host),
        };
        let spelled = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(inside) => inside.parse().map(bracketed).map_err(|_| OriginError::Host)?,
            None => host.to_owned(),
        };
        if read != spelled {
            return Err(OriginError::Host);
        }
        Ok(Self(match port {
            None | Some(443) => format!("https://{read}"),
            Some(port) => format!("https://{read}:{port}"),
        }))
    }

    /// The canonical text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Host without brackets, as for a name look-up.
    #[must_use]
    pub fn host(&self) -> &str {
        let authority = self.authority();
        let host = match authority.rsplit_once(':') {
            Some((host, _)) if !authority.ends_with(']') => host,
            _ => authority,
        };
        host.trim_start_matches('[').trim_end_matches(']')
    }

    /// Port, 443 unless said otherwise.
    #[must_use]
    pub fn port(&self) -> u16 {
        let authority = self.authority();
        match authority.rsplit_once(':') {
            Some((_, port)) if !authority.ends_with(']') => port.parse().unwrap_or(443),
            _ => 443,
        }
    }

    fn authority(&self) -> &str {
        self.0.strip_prefix("https://").unwrap_or(&self.0)
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Origin({})", self.0)
    }
}

impl std::str::FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        Self::parse(text)
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), OriginError> {
    let after_address = authority.rfind(']').map_or(0, |at| at + 1);
    let Some(colon) = authority.get(after_address..).and_then(|rest| rest.find(':')) else {
        return Ok((authority, None));
    };
    let (host, port) = authority.split_at_checked(after_address + colon).ok_or(OriginError::Form)?;
    let digits = port.strip_prefix(':').ok_or(OriginError::Form)?;
    let plain = !digits.is_empty()
        && digits.len() <= 5
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    if !plain {
        return Err(OriginError::Form);
    }
    digits.parse().map(|port| (host, Some(port))).map_err(|_| OriginError::Form)
}

/// Letters, digits and inner hyphens in labels of 1 to 63, at most 253 in all (RFC 1123 section 2.1), no trailing dot.
fn is_dns_name(name: &str) -> bool {
    name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

fn bracketed(address: Ipv6Addr) -> String {
    format!("[{address}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(text: &str, canonical: &str) {
        assert_eq!(Origin::parse(text).map(|o| o.0), Ok(canonical.to_owned()), "{text}");
        assert_eq!(Origin::parse(canonical).map(|o| o.0), Ok(canonical.to_owned()));
    }

    #[track_caller]
    fn refuses(text: &str) {
        assert!(Origin::parse(text).is_err(), "{text} was accepted");
    }

    #[test]
    fn one_server_has_one_spelling() {
        reads("https://vault.example", "https://vault.example");
        reads("HTTPS://Vault.Example:443/", "https://vault.example");
        reads("https://vault.example:8443", "https://vault.example:8443");
        reads("https://127.0.0.1:8443", "https://127.0.0.1:8443");
        reads("https://[::1]:8443", "https://[::1]:8443");
        reads("https://[0:0:0:0:0:0:0:1]", "https://[::1]");
        reads("https://xn--bcher-kva.example", "https://xn--bcher-kva.example");
    }

    #[test]
    fn host_and_port_are_taken_apart() {
        let parts = |text: &str| {
            let origin = Origin::parse(text).unwrap();
            (origin.host().to_owned(), origin.port())
        };
        assert_eq!(parts("https://a.example"), ("a.example".into(), 443));
        assert_eq!(parts("https://a.example:1"), ("a.example".into(), 1));
        assert_eq!(parts("https://[::1]:8443"), ("::1".into(), 8443));
        assert_eq!(parts("https://[::1]"), ("::1".into(), 443));
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "https://",
            "http://vault.example",
            "//vault.example",
            r"\\vault.example\share",
            "https:\\\\vault.example",
            "https://user@vault.example",
            "https://vault.example@evil.example",
            "https://vault.example/path",
            "https://vault.example?x",
            "https://vault.example#x",
            "https://vault.example:",
            "https://vault.example:0",
            "https://vault.example:0443",
            "https://vault.example:65536",
            "https://vault.example:+443",
            "https://vault.example:443:443",
            "https://vault.example.",
            "https://vault..example",
            "https://-vault.example",
            "https://vault_1.example",
            "https://v\u{430}ult.example",
            "https://vault.example\0",
            "https://vault.example\n",
            "https:// vault.example",
            "https://0x7f.1",
            "https://2130706433",
            "https://127.1",
            "https://0177.0.0.1",
            "https://[::1",
            "https://::1",
            "https://[fe80::1%25eth0]",
            "https://%76ault.example",
            "https://vault.example//",
        ] {
            refuses(text);
        }
        refuses(&format!("https://{}.example", "a".repeat(64)));
        refuses(&format!("https://{}", "a.".repeat(200)));
    }
}
