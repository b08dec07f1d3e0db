//! Which questions of `ssh` are answered.

use chaperone_protocol::{AccountName, TargetHost};

/// The account and host whose password may be asked for.
#[derive(Debug)]
pub(in super::super) struct Asked {
    who: String,
}

impl Asked {
    pub(in super::super) fn new(account: &AccountName, host: &TargetHost) -> Self {
        Self { who: format!("{account}@{host}") }
    }

    /// Whether this is OpenSSH's question for our account's password: its own, or one the target asks
    /// (keyboard-interactive) that speaks of a password. Everything else is refused: host keys, passphrases, PINs,
    /// second factors.
    pub(super) fn is_for(&self, prompt: &str) -> bool {
        if prompt.strip_prefix(&self.who) == Some("'s password: ") {
            return true;
        }
        let theirs = prompt
            .strip_prefix('(')
            .and_then(|rest| rest.strip_prefix(&self.who))
            .and_then(|rest| rest.strip_prefix(") "));
        theirs.is_some_and(|text| {
            text.to_ascii_lowercase().contains("password") && !text.contains(char::is_control)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(prompt: &str, expected: bool) {
        let asked = Asked::new(&AccountName::parse("alice").unwrap(), &TargetHost::parse("db01").unwrap());
        assert_eq!(asked.is_for(prompt), expected, "{prompt:?}");
    }

    #[test]
    fn the_password_of_our_account_may_be_asked() {
        check("alice@db01's password: ", true);
        check("(alice@db01) Password: ", true);
        check("(alice@db01) alice@db01's password: ", true);
    }

    #[test]
    fn every_other_question_is_refused() {
        for prompt in [
            "",
            "Password: ",
            "bob@db01's password: ",
            "alice@db01.evil's password: ",
            "alice@db01's password: \n",
            "(alice@db01) Verification code: ",
            "(bob@db01) Password: ",
            "The authenticity of host 'db01' can't be established.\nAre you sure you want to continue connecting (yes/no/[fingerprint])? ",
            "Enter passphrase for key '/home/alice/.ssh/id_ed25519': ",
            "Enter PIN for ED25519-SK key: ",
        ] {
            check(prompt, false);
        }
    }
}
