//! The code that makes the first administrator: whoever can read the data folder may.

use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;

use chaperone_paths::{PrivateError, private};
use chaperone_seals::Digest;
use thiserror::Error;

use crate::random;

const MAX_BYTES: u64 = 1024;

/// The set-up code could not be kept or read.
#[derive(Debug, Error)]
pub(crate) enum SetUpCodeError {
    #[error("cannot keep the set-up code")]
    Private(#[from] PrivateError),
    #[error("cannot write the set-up code to {}", path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("cannot remove the used set-up code {}", path.display())]
    Remove { path: PathBuf, source: std::io::Error },
    #[error("the system gives no randomness")]
    Random(#[from] getrandom::Error),
}

/// Where the code lies while no administrator exists.
#[derive(Clone, Debug)]
pub(crate) struct SetUpCode {
    path: PathBuf,
}

impl SetUpCode {
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(crate) const fn path(&self) -> &PathBuf {
        &self.path
    }

    /// Makes a code, unless one from an earlier start lies there. Blocks.
    pub(crate) fn ensure(&self) -> Result<(), SetUpCodeError> {
        let code = hex::encode(random::bytes::<16>()?);
        let mut file = match private::create_file(&self.path) {
            Ok(file) => file,
            Err(PrivateError::CreateFile { source, .. }) if source.kind() == ErrorKind::AlreadyExists => {
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let written = writeln!(file, "{code}").and_then(|()| file.sync_all());
        written.map_err(|source| SetUpCodeError::Write { path: self.path.clone(), source })
    }

    /// Whether `code` is the one in the file. Blocks.
    pub(crate) fn matches(&self, code: &str) -> Result<bool, SetUpCodeError> {
        let Some(kept) = private::read_file(&self.path, MAX_BYTES)? else { return Ok(false) };
        // Hashed first, so that the comparison tells neither content nor length by its duration.
        let kept = Digest::of(kept.trim_ascii());
        Ok(kept.equals_in_constant_time(&Digest::of(code.trim().as_bytes())))
    }

    /// Removes the code once it is used or no longer needed. Blocks.
    pub(crate) fn remove(&self) -> Result<(), SetUpCodeError> {
        match std::fs::remove_file(&self.path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(source) => Err(SetUpCodeError::Remove { path: self.path.clone(), source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_survives_a_restart_and_is_gone_after_use() {
        let dir = tempfile::tempdir().unwrap();
        let code = SetUpCode::new(dir.path().join("code"));
        assert!(!code.matches("").unwrap(), "no code matches nothing");
        code.ensure().unwrap();
        let text = std::fs::read_to_string(code.path()).unwrap();
        code.ensure().unwrap();
        assert!(code.matches(&text).unwrap());
        assert!(!code.matches("").unwrap());
        code.remove().unwrap();
        code.remove().unwrap();
        assert!(!code.matches(&text).unwrap());
    }
}
