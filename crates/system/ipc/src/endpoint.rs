//! The name under which one process can be reached.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a name cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// The name could mean something else to the file system.
    #[error("an endpoint's name is 1 to 32 lower-case letters, digits and hyphens, not {name:?}")]
    Name {
        /// The name given.
        name: String,
    },
}

/// A name within this user's run folder. Two run folders never meet, though they use the same names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    run_dir: PathBuf,
    name: String,
}

impl Endpoint {
    /// Names an endpoint in `run_dir` (made and checked when it is used). `name` is 1 to 32 characters of `a-z0-9-`.
    pub fn new(run_dir: &Path, name: &str) -> Result<Self, EndpointError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || name.len() > 32 || !name.bytes().all(allowed) {
            return Err(EndpointError::Name { name: name.to_owned() });
        }
        Ok(Self { run_dir: run_dir.to_owned(), name: name.to_owned() })
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn run_dir(&self) -> &Path {
        &self.run_dir
    }

    #[cfg(unix)]
    pub(crate) fn socket_path(&self) -> PathBuf {
        self.run_dir.join(format!("{}.sock", self.name))
    }

    #[cfg(unix)]
    pub(crate) fn lock_path(&self) -> PathBuf {
        self.run_dir.join(format!("{}.lock", self.name))
    }

    /// Pipes share one name space per machine, so the run folder is part of the name, as a 64-bit FNV-1a hash. It only
    /// keeps friends apart; strangers are kept out by rights and by the check of the peer.
    #[cfg(any(windows, test))]
    pub(crate) fn pipe_name(&self) -> String {
        let bytes = self.run_dir.as_os_str().as_encoded_bytes();
        let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
        });
        format!(r"\\.\pipe\chaperone-{hash:016x}-{}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_a_closed_set_of_characters() {
        for good in ["launcher", "session-1", "a", &"x".repeat(32)] {
            assert_eq!(Endpoint::new(Path::new("/run"), good).unwrap().name(), good);
        }
        for bad in ["", "..", "a/b", "a\\b", "A", "ä", "a b", "a\0", &"x".repeat(33)] {
            assert!(Endpoint::new(Path::new("/run"), bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn folders_with_the_same_name_have_different_pipes() {
        let pipe = |dir: &str| Endpoint::new(Path::new(dir), "launcher").unwrap().pipe_name();
        assert_eq!(pipe("/a"), pipe("/a"));
        assert_ne!(pipe("/a"), pipe("/b"));
        assert!(pipe("/a").starts_with(r"\\.\pipe\chaperone-"));
    }
}
