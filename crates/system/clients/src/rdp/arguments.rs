//! Every argument FreeRDP is given.

use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use super::{FreeRdpVersion, RdpLaunch};

/// The arguments without the password.
pub(super) fn of(launch: &RdpLaunch, version: FreeRdpVersion) -> Vec<String> {
    let screen = launch.screen;
    // MS-RDPEDISP 2.2.2.2.1: 200 to 8192 pixels, an even width.
    let (width, height) = (screen.width.clamp(200, 8192) & !1, screen.height.clamp(200, 8192));
    let domain = launch.domain.as_ref().map(|domain| domain.as_str()).unwrap_or_default();
    let mut arguments = vec![
        format!("/v:{}", launch.host.with_port(launch.port)),
        format!("/u:{}", launch.account),
        format!("/d:{domain}"),
        format!("/cert:deny,fingerprint:sha256:{}", launch.certificate.to_colon_hex()),
        format!("/size:{width}x{height}"),
        format!("/t:{}", launch.title.as_str()),
        "/log-level:WARN".to_owned(),
        "/audio-mode:2".to_owned(),
        "-auto-reconnect".to_owned(),
        switch("clipboard", launch.sharing.clipboard),
        switch("home-drive", launch.sharing.drives),
    ];
    if screen.follows_window {
        arguments.push("/dynamic-resolution".to_owned());
    }
    if launch.sharing.printers {
        arguments.push("/printer".to_owned());
    }
    match version {
        FreeRdpVersion::Two => arguments.extend(["-sec-rdp", "/from-stdin:force"].map(str::to_owned)),
        FreeRdpVersion::Three => arguments.push("/sec:rdp:off".to_owned()),
    }
    arguments
}

/// All arguments with the password, one a line, as version 3 reads them from standard input.
pub(super) fn as_input(launch: &RdpLaunch) -> Zeroizing<Vec<u8>> {
    let plain = of(launch, FreeRdpVersion::Three).join("\n");
    let password = launch.password.expose_secret();
    let mut lines =
        Zeroizing::new(Vec::with_capacity(plain.len().saturating_add(password.len()).saturating_add(5)));
    lines.extend_from_slice(plain.as_bytes());
    lines.extend_from_slice(b"\n/p:");
    lines.extend_from_slice(password.as_bytes());
    lines.push(b'\n');
    lines
}

fn switch(name: &str, is_on: bool) -> String {
    format!("{}{name}", if is_on { '+' } else { '-' })
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU16;

    use super::super::{RdpScreen, RdpSharing};
    use super::*;
    use chaperone_protocol::{AccountName, DomainName, TargetHost};

    use crate::names::{CertificatePin, WindowTitle};

    fn launch() -> RdpLaunch {
        RdpLaunch {
            host: TargetHost::parse("win01.corp.example").unwrap(),
            port: NonZeroU16::new(3389).unwrap(),
            account: AccountName::parse("John Smith").unwrap(),
            domain: Some(DomainName::parse("CORP").unwrap()),
            password: "s3cret /x: \u{e9}".into(),
            certificate: CertificatePin::new([0xab; 32]),
            screen: RdpScreen { width: 1281, height: 800, follows_window: false },
            sharing: RdpSharing::default(),
            title: WindowTitle::cleaned("John \u{2192} win01"),
        }
    }

    #[test]
    fn version_2_with_nothing_shared() {
        let fingerprint = ["ab"; 32].join(":");
        assert_eq!(
            of(&launch(), FreeRdpVersion::Two),
            [
                "/v:win01.corp.example:3389",
                "/u:John Smith",
                "/d:CORP",
                &format!("/cert:deny,fingerprint:sha256:{fingerprint}"),
                "/size:1280x800",
                "/t:John \u{2192} win01",
                "/log-level:WARN",
                "/audio-mode:2",
                "-auto-reconnect",
                "-clipboard",
                "-home-drive",
                "-sec-rdp",
                "/from-stdin:force",
            ]
        );
    }

    #[test]
    fn what_policy_allows_is_switched_on() {
        let mut launch = launch();
        launch.sharing = RdpSharing { clipboard: true, drives: true, printers: true };
        launch.screen = RdpScreen { width: 0, height: u16::MAX, follows_window: true };
        let arguments = of(&launch, FreeRdpVersion::Two);
        for argument in ["+clipboard", "+home-drive", "/printer", "/dynamic-resolution", "/size:200x8192"] {
            assert!(arguments.iter().any(|one| one == argument), "{argument}");
        }
    }

    #[test]
    fn an_account_without_domain_still_names_an_empty_one() {
        let launch = RdpLaunch { domain: None, host: TargetHost::parse("::1").unwrap(), ..launch() };
        let arguments = of(&launch, FreeRdpVersion::Two);
        assert!(arguments.contains(&"/d:".to_owned()) && arguments.contains(&"/v:[::1]:3389".to_owned()));
    }

    #[test]
    fn version_3_reads_all_lines_from_its_input() {
        let input = String::from_utf8(as_input(&launch()).to_vec()).unwrap();
        let lines: Vec<&str> = input.lines().collect();
        assert_eq!(lines.first(), Some(&"/v:win01.corp.example:3389"));
        assert_eq!(lines.last(), Some(&"/p:s3cret /x: \u{e9}"));
        assert!(lines.contains(&"/sec:rdp:off") && !lines.iter().any(|line| line.starts_with("/from-stdin")));
    }

    #[test]
    fn no_argument_holds_the_password() {
        for version in [FreeRdpVersion::Two, FreeRdpVersion::Three] {
            assert!(!of(&launch(), version).iter().any(|argument| argument.contains("s3cret")));
        }
    }
}
