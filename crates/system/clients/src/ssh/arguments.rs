//! Every argument `ssh` is given.

use std::ffi::OsString;
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};

use super::SshError;
use chaperone_protocol::{AccountName, TargetHost};

/// How the account is proved.
#[derive(Debug)]
pub(super) enum Login {
    Password,
    Agent { socket: PathBuf },
}

#[derive(Debug)]
pub(super) struct Arguments<'a> {
    pub(super) host: &'a TargetHost,
    pub(super) port: NonZeroU16,
    pub(super) account: &'a AccountName,
    pub(super) known_hosts: &'a Path,
    pub(super) log: &'a Path,
    pub(super) login: &'a Login,
}

/// What holds for every session: no configuration of others, no forwarding, no shared connections, no local commands, no
/// escape character, nothing learnt about host keys, an end when the target is silent for 45 s.
const ALWAYS: &[&str] = &[
    "GlobalKnownHostsFile=none",
    "StrictHostKeyChecking=yes",
    "VerifyHostKeyDNS=no",
    "CheckHostIP=no",
    "UpdateHostKeys=no",
    "KnownHostsCommand=none",
    "CanonicalizeHostname=no",
    "ControlMaster=no",
    "ControlPath=none",
    "ProxyCommand=none",
    "ProxyJump=none",
    "ForwardAgent=no",
    "ForwardX11=no",
    "ClearAllForwardings=yes",
    "Tunnel=no",
    "PermitLocalCommand=no",
    "EscapeChar=none",
    "AddKeysToAgent=no",
    "IdentityFile=none",
    "HostbasedAuthentication=no",
    "GSSAPIAuthentication=no",
    "NumberOfPasswordPrompts=1",
    "ConnectTimeout=20",
    "ServerAliveInterval=15",
    "ServerAliveCountMax=3",
    "LogLevel=INFO",
];

const PASSWORD: &[&str] = &[
    "PreferredAuthentications=password,keyboard-interactive",
    "PasswordAuthentication=yes",
    "KbdInteractiveAuthentication=yes",
    "PubkeyAuthentication=no",
    "IdentityAgent=none",
    "BatchMode=no",
];

const KEY: &[&str] = &[
    "PreferredAuthentications=publickey",
    "PubkeyAuthentication=yes",
    "IdentitiesOnly=no",
    "PasswordAuthentication=no",
    "KbdInteractiveAuthentication=no",
    "BatchMode=yes",
];

impl Arguments<'_> {
    /// The arguments after the program's own name.
    ///
    /// # Errors
    /// [`SshError::Path`] when a path of ours would be read as something else.
    pub(super) fn build(&self) -> Result<Vec<OsString>, SshError> {
        let mut arguments: Vec<OsString> = ["-F", "none", "-p"].map(OsString::from).to_vec();
        arguments.push(self.port.to_string().into());
        arguments.extend(["-l".into(), self.account.as_str().into(), "-E".into(), self.log.into()]);
        let mut option = |value: String| arguments.extend(["-o".into(), value.into()]);
        option(format!("UserKnownHostsFile={}", quoted(self.known_hosts)?));
        ALWAYS.iter().for_each(|value| option((*value).to_owned()));
        match self.login {
            Login::Password => PASSWORD.iter().for_each(|value| option((*value).to_owned())),
            Login::Agent { socket } => {
                KEY.iter().for_each(|value| option((*value).to_owned()));
                option(format!("IdentityAgent={}", quoted(socket)?));
            }
        }
        arguments.extend(["--".into(), self.host.as_str().into()]);
        Ok(arguments)
    }
}

/// A path as the value of an `ssh` option: between quotes, because a space would end it. `%` and `$` are expanded by
/// `ssh`, a quote or backslash would end or bend the quoting: such paths are refused.
fn quoted(path: &Path) -> Result<String, SshError> {
    match path.to_str() {
        Some(text)
            if path.is_absolute() && !text.contains(|c: char| c.is_control() || "\"'\\%$~".contains(c)) =>
        {
            Ok(format!("\"{text}\""))
        }
        _ => Err(SshError::Path(path.to_owned())),
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    fn build(login: &Login, folder: &str) -> Result<Vec<String>, SshError> {
        let folder = Path::new(folder);
        let built = Arguments {
            host: &TargetHost::parse("db01").unwrap(),
            port: NonZeroU16::new(2222).unwrap(),
            account: &AccountName::parse("alice").unwrap(),
            known_hosts: &folder.join("known_hosts"),
            log: &folder.join("ssh.log"),
            login,
        }
        .build()?;
        Ok(built.into_iter().map(|argument| argument.into_string().unwrap()).collect())
    }

    #[test]
    fn a_password_login_reads_no_configuration_and_offers_no_key() {
        let arguments = build(&Login::Password, "/run/s 1").unwrap();
        assert_eq!(arguments.get(..4).unwrap(), ["-F", "none", "-p", "2222"]);
        assert_eq!(arguments.get(arguments.len() - 2..).unwrap(), ["--", "db01"]);
        for option in [
            "UserKnownHostsFile=\"/run/s 1/known_hosts\"",
            "GlobalKnownHostsFile=none",
            "StrictHostKeyChecking=yes",
            "ControlMaster=no",
            "ControlPath=none",
            "ForwardAgent=no",
            "ForwardX11=no",
            "ClearAllForwardings=yes",
            "PermitLocalCommand=no",
            "EscapeChar=none",
            "UpdateHostKeys=no",
            "NumberOfPasswordPrompts=1",
            "PubkeyAuthentication=no",
        ] {
            assert!(arguments.windows(2).any(|pair| pair == ["-o", option]), "{option}");
        }
        assert!(!arguments.iter().any(|argument| argument.starts_with("IdentityAgent=\"")));
    }

    #[test]
    fn a_key_login_asks_the_sessions_own_agent_alone() {
        let arguments = build(&Login::Agent { socket: "/run/s1/agent".into() }, "/run/s1").unwrap();
        assert!(arguments.iter().any(|argument| argument == "IdentityAgent=\"/run/s1/agent\""));
        assert!(arguments.iter().any(|argument| argument == "PasswordAuthentication=no"));
        assert!(arguments.iter().any(|argument| argument == "BatchMode=yes"));
    }

    #[test]
    fn no_option_is_given_twice() {
        for login in [Login::Password, Login::Agent { socket: "/a".into() }] {
            let arguments = build(&login, "/run/s1").unwrap();
            let mut names: Vec<_> =
                arguments.iter().filter_map(|argument| argument.split_once('=').map(|(n, _)| n)).collect();
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all);
        }
    }

    #[test]
    fn a_folder_ssh_would_expand_is_refused() {
        for folder in ["/run/%u", "/run/${HOME}", "/run/a\"b", "relative", "/run/a\nb", "/run/a\\b"] {
            assert!(matches!(build(&Login::Password, folder), Err(SshError::Path(_))), "{folder:?}");
        }
    }
}
