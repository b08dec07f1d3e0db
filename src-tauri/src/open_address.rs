//! Opening a console in the user's browser.

use std::process::{Command, Stdio};

/// The browser could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AddressError {
    /// The address is not one of a console.
    #[error("not the address of a console")]
    Address,
    /// The system's opener does not start.
    #[error("{0} does not start: {1}")]
    Opener(&'static str, std::io::Error),
}

/// Opens the console at `origin`, at a session's page where one is named.
pub(crate) fn in_browser(origin: &str, session: Option<&str>) -> Result<(), AddressError> {
    let address = address(origin, session).ok_or(AddressError::Address)?;
    let (opener, before) = platform_opener();
    let mut command = Command::new(opener);
    command.args(before).arg(address.as_str());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map(drop).map_err(|error| AddressError::Opener(opener, error))
}

/// Only an HTTPS address whose path we made ourselves ever reaches the opener, which is a shell script on some systems.
fn address(origin: &str, session: Option<&str>) -> Option<url::Url> {
    let mut address = url::Url::parse(origin).ok().filter(|url| url.scheme() == "https")?;
    if let Some(session) = session {
        if !session.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
            return None;
        }
        address.set_path(&format!("/sessions/{session}"));
    }
    Some(address)
}

const fn platform_opener() -> (&'static str, &'static [&'static str]) {
    if cfg!(windows) {
        ("rundll32.exe", &["url.dll,FileProtocolHandler"])
    } else if cfg!(target_os = "macos") {
        ("/usr/bin/open", &[])
    } else {
        ("xdg-open", &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_consoles_are_opened() {
        let made = |origin, session| address(origin, session).map(String::from);
        assert_eq!(made("https://vault.example", None).as_deref(), Some("https://vault.example/"));
        assert_eq!(
            made("https://vault.example:8443", Some("018f-0a")).as_deref(),
            Some("https://vault.example:8443/sessions/018f-0a")
        );
        assert_eq!(made("file:///etc/passwd", None), None);
        assert_eq!(made("https://vault.example", Some("../x")), None);
        assert_eq!(made("https://vault.example", Some("$(id)")), None);
    }
}
