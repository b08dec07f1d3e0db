//! A key agent of the session's own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::{OpenSsh, SshError};
use crate::environment::CleanEnvironment;
use crate::folder::SessionFolder;
use crate::tree::{Client, ClientProgram, ClientTree};

/// How long the agent keeps the key: it is needed for the login alone, which has 20 s to connect.
const KEY_SECONDS: &str = "120";

/// How long the agent has to answer on its socket.
const START_LIMIT: Duration = Duration::from_secs(5);

/// How long `ssh-add` has.
const ADD_LIMIT: Duration = Duration::from_secs(10);

/// Starts an agent inside the tree, hands it the key, and returns its socket.
pub(super) async fn start(
    tree: &ClientTree,
    folder: &SessionFolder,
    programs: &OpenSsh,
    environment: &CleanEnvironment,
    key: &SecretString,
) -> Result<PathBuf, SshError> {
    let socket = folder.path().join("agent");
    let arguments = vec!["-D".into(), "-a".into(), socket.clone().into()];
    let agent = tree.spawn(ClientProgram::new(programs.agent.clone(), arguments, environment.clone()))?;
    let answered = tokio::time::timeout(START_LIMIT, answers(&agent, &socket)).await;
    if answered != Ok(true) {
        return Err(SshError::Agent);
    }
    // A key with a passphrase makes ssh-add ask: there is nobody to answer.
    let environment = environment
        .clone()
        .with("SSH_AUTH_SOCK", socket.as_path())
        .with("SSH_ASKPASS", "/nonexistent")
        .with("SSH_ASKPASS_REQUIRE", "force");
    let arguments = ["-q", "-t", KEY_SECONDS, "-"].map(Into::into).to_vec();
    let add = ClientProgram::new(programs.add.clone(), arguments, environment).with_input(as_file(key));
    let ended =
        tokio::time::timeout(ADD_LIMIT, tree.spawn(add)?.exited()).await.map_err(|_| SshError::Key)?;
    if ended.code == Some(0) { Ok(socket) } else { Err(SshError::Key) }
}

/// Waits until the socket takes connections; `false` when the agent ends before.
async fn answers(agent: &Client, socket: &Path) -> bool {
    loop {
        if agent.try_exit().is_some() {
            return false;
        }
        #[cfg(unix)]
        if std::os::unix::net::UnixStream::connect(socket).is_ok() {
            return true;
        }
        #[cfg(not(unix))]
        let _unused = socket;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// The key as a file would hold it: `ssh-add` refuses one without a last line break, and old ones with `\r`.
fn as_file(key: &SecretString) -> Zeroizing<Vec<u8>> {
    let text = key.expose_secret();
    let mut file = Zeroizing::new(Vec::with_capacity(text.len().saturating_add(1)));
    file.extend(text.bytes().filter(|b| *b != b'\r'));
    if file.last() != Some(&b'\n') {
        file.push(b'\n');
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_becomes_a_proper_file() {
        for text in ["a\nb", "a\r\nb\r\n", "a\nb\n"] {
            assert_eq!(as_file(&text.into()).as_slice(), b"a\nb\n");
        }
    }
}
