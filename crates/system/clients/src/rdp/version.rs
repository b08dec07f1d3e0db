//! Which FreeRDP there is.

use std::process::{Command, Stdio};

use super::RdpError;
use crate::environment::CleanEnvironment;
use crate::programs::{ProgramPath, find};

/// Programs by that name, the newer first.
const NAMES: &[&str] = &["xfreerdp3", "xfreerdp"];

/// A FreeRDP client for X11 of a version we can hand a password to.
#[derive(Debug, Clone)]
pub struct FreeRdp {
    program: ProgramPath,
    version: FreeRdpVersion,
    full_version: String,
}

/// The major versions, which take their secrets in different ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FreeRdpVersion {
    /// 2.x: the password on standard input.
    Two,
    /// 3.x: all arguments on standard input.
    Three,
}

impl FreeRdp {
    /// Looks for it and asks for its version; that needs an X11 screen and takes some 60 ms. Call it before the tree is
    /// made.
    ///
    /// # Errors
    /// [`RdpError::Missing`], [`RdpError::NoVersion`], [`RdpError::Version`].
    pub fn find() -> Result<Self, RdpError> {
        let program = NAMES.iter().find_map(|name| find(name)).ok_or(RdpError::Missing)?;
        let said = Command::new(program.as_path())
            .arg("/version")
            .env_clear()
            .envs(CleanEnvironment::inherited().iter())
            .stdin(Stdio::null())
            .output()
            .map_err(|_| RdpError::NoVersion)?;
        let full_version = parse(&String::from_utf8_lossy(&said.stdout)).ok_or(RdpError::NoVersion)?;
        let version = match full_version.split('.').next() {
            Some("2") => FreeRdpVersion::Two,
            Some("3") => FreeRdpVersion::Three,
            _ => return Err(RdpError::Version(full_version)),
        };
        Ok(Self { program, version, full_version })
    }

    /// Where it lies.
    #[must_use]
    pub fn program(&self) -> &ProgramPath {
        &self.program
    }

    /// Its major version.
    #[must_use]
    pub fn version(&self) -> FreeRdpVersion {
        self.version
    }

    /// Its version in full, such as `2.11.7`.
    #[must_use]
    pub fn full_version(&self) -> &str {
        &self.full_version
    }
}

/// Reads `This is FreeRDP version 2.11.7 (2.11.7)`.
fn parse(said: &str) -> Option<String> {
    let (_, rest) = said.split_once("This is FreeRDP version ")?;
    let version = rest.split_ascii_whitespace().next()?;
    version.starts_with(|c: char| c.is_ascii_digit()).then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_out_of_its_own_words() {
        for (said, expected) in [
            ("This is FreeRDP version 2.11.7 (2.11.7)\n", Some("2.11.7")),
            ("This is FreeRDP version 3.15.0-dev0 (n/a)\n", Some("3.15.0-dev0")),
            ("failed to open display\n", None),
            ("", None),
        ] {
            assert_eq!(parse(said).as_deref(), expected, "{said}");
        }
    }
}
