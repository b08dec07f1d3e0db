//! What a secret's fields may be. Values that a client program would take for an option never get in.

use chaperone_database::SecretKind;
use chaperone_protocol::target::{
    self, AccountName, DomainName, MAX_RDP_PASSWORD, MAX_SSH_PASSWORD, TargetHost,
};
use zeroize::Zeroizing;

use super::{ssh_host_key, ssh_private_key};

const MAX_NAME_CHARS: usize = 100;

/// A secret's name, trimmed.
pub(super) fn name(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MAX_NAME_CHARS || text.chars().any(char::is_control) {
        return Err("a secret's name is 1 to 100 characters on one line");
    }
    Ok(text.to_owned())
}

/// A target's host in its one spelling.
pub(super) fn host(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let inside = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let host = TargetHost::parse(inside).map_err(|_| "the host is not a host name or address")?;
    Ok(host.as_str().to_owned())
}

/// A target's port.
pub(super) const fn port(port: u16) -> Result<u16, &'static str> {
    if port == 0 { Err("the port is 1 to 65535") } else { Ok(port) }
}

/// An account on the target.
pub(super) fn account(text: &str) -> Result<String, &'static str> {
    let account = AccountName::parse(text.trim()).map_err(|_| {
        "the account is 1 to 104 letters, digits and . _ - @ +, begins with a letter, a digit or _, and may end with $; \
         a Windows domain stands in a field of its own"
    })?;
    Ok(account.as_str().to_owned())
}

/// The account's domain: for Remote Desktop only, and not when empty.
pub(super) fn domain(kind: SecretKind, text: Option<&str>) -> Result<Option<String>, &'static str> {
    match (kind, text.map(str::trim).filter(|text| !text.is_empty())) {
        (_, None) => Ok(None),
        (SecretKind::Rdp, Some(text)) => {
            let domain = DomainName::parse(text).map_err(
                |_| "the domain is 1 to 104 letters, digits and . _ -, and begins with a letter or a digit",
            )?;
            Ok(Some(domain.as_str().to_owned()))
        }
        (SecretKind::SshPassword | SecretKind::SshKey, Some(_)) => {
            Err("only Remote Desktop accounts have a domain")
        }
    }
}

/// The pinned host key line, or the certificate's fingerprint as 64 lower-case hex digits.
pub(super) fn host_key(kind: SecretKind, text: &str) -> Result<String, &'static str> {
    match kind {
        SecretKind::SshPassword | SecretKind::SshKey => ssh_host_key::parse(text),
        SecretKind::Rdp => {
            let text = text.trim();
            let text = text.strip_prefix("SHA256:").or_else(|| text.strip_prefix("sha256:")).unwrap_or(text);
            let hex: String = text.chars().filter(|character| *character != ':').collect();
            let hex = hex.to_ascii_lowercase();
            if hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                Ok(hex)
            } else {
                Err("the certificate's fingerprint is SHA-256 in hex: 64 digits, with or without colons")
            }
        }
    }
}

/// The value itself.
pub(super) fn value(kind: SecretKind, text: &str) -> Result<Zeroizing<String>, &'static str> {
    match kind {
        SecretKind::SshKey => ssh_private_key::parse(text),
        SecretKind::SshPassword if !target::is_password(text, MAX_SSH_PASSWORD) => {
            Err("a password for SSH is one line of 1 to 1023 bytes")
        }
        SecretKind::Rdp if !target::is_password(text, MAX_RDP_PASSWORD) => {
            Err("a password for Remote Desktop is one line of 1 to 511 bytes")
        }
        SecretKind::SshPassword | SecretKind::Rdp => Ok(Zeroizing::new(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_have_one_spelling() {
        for (text, expected) in [
            ("db01", "db01"),
            ("db01.example.com", "db01.example.com"),
            ("127.0.0.1", "127.0.0.1"),
            ("::1", "::1"),
            ("[::1]", "::1"),
        ] {
            assert_eq!(host(text).as_deref(), Ok(expected), "{text}");
        }
        for text in
            ["", "-oProxyCommand=x", "a b", "a/b", "a:22", "user@host", "a\0", "ex\u{e4}mple", "127.1"]
        {
            assert!(host(text).is_err(), "{text}");
        }
    }

    #[test]
    fn accounts_cannot_be_options() {
        account("root").unwrap();
        account("svc.backup@corp").unwrap();
        account("John Smith").unwrap();
        for text in ["", "-l", "/v:evil", "+x", "@file", "a:b", "a\\b", "a\nb", "\0"] {
            assert!(account(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn certificates_are_64_hex_digits() {
        let plain = "ab".repeat(32);
        let colons = vec!["AB"; 32].join(":");
        for text in [&plain, &colons, &format!("SHA256:{plain}")] {
            assert_eq!(host_key(SecretKind::Rdp, text).as_deref(), Ok(plain.as_str()));
        }
        for text in ["", "abcd", &"zz".repeat(32), &"ab".repeat(33)] {
            assert!(host_key(SecretKind::Rdp, text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_remote_desktop_has_domains() {
        assert_eq!(domain(SecretKind::Rdp, Some("CORP")), Ok(Some("CORP".to_owned())));
        assert_eq!(domain(SecretKind::SshKey, Some("")), Ok(None));
        assert!(domain(SecretKind::SshKey, Some("CORP")).is_err());
    }

    #[test]
    fn passwords_stand_on_one_line() {
        assert_eq!(value(SecretKind::Rdp, " p\u{e4}ss ").unwrap().as_str(), " p\u{e4}ss ");
        for text in ["", "two\nlines", "nul\0"] {
            assert!(value(SecretKind::SshPassword, text).is_err(), "{text:?}");
        }
    }
}
