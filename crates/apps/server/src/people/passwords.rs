//! Checking and hashing passwords, off the async threads and a few at a time.

use std::sync::Arc;

use chaperone_seals::passwords;
use thiserror::Error;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::random;

/// Each hash takes 19 MiB: so many run at once, others wait.
const AT_ONCE: usize = 4;

/// A password could not be hashed.
#[derive(Debug, Error)]
pub(crate) enum PasswordsError {
    #[error("the system gives no randomness")]
    Random(#[from] getrandom::Error),
    #[error("cannot hash a password")]
    Hash(#[from] passwords::PasswordError),
    #[error("the server is stopping")]
    Stopping,
}

/// Hashes and checks passwords.
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    /// The stored form of a password nobody knows: checked for people who do not exist, so that both cost the same.
    nobodys: String,
}

impl Passwords {
    /// Takes tens of milliseconds.
    pub(crate) fn new() -> Result<Self, PasswordsError> {
        let unknown: [u8; 32] = random::bytes()?;
        let nobodys = passwords::hash(&unknown, &random::bytes()?)?;
        Ok(Self { turns: Arc::new(Semaphore::new(AT_ONCE)), nobodys })
    }

    /// The stored form of a password.
    pub(crate) async fn hash(&self, password: Zeroizing<String>) -> Result<String, PasswordsError> {
        let salt = random::bytes()?;
        Ok(self.run(move || passwords::hash(password.as_bytes(), &salt)).await??)
    }

    /// Whether a password is the one `stored` was made from. Without a stored form the answer is no, after as long.
    pub(crate) async fn matches(
        &self,
        password: Zeroizing<String>,
        stored: Option<String>,
    ) -> Result<bool, PasswordsError> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobodys.clone());
        Ok(self.run(move || passwords::matches(password.as_bytes(), &stored)).await? && known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordsError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| PasswordsError::Stopping)?;
        let work = move || {
            let _turn = turn;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| PasswordsError::Stopping)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_has_no_password() {
        let passwords = Passwords::new().unwrap();
        let password = || Zeroizing::new("correct horse".to_owned());
        let stored = passwords.hash(password()).await.unwrap();
        assert!(passwords.matches(password(), Some(stored)).await.unwrap());
        assert!(!passwords.matches(password(), None).await.unwrap());
    }
}
