//! Keys in the keyring of the operating system, asked on a thread of its own because any call may hang.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use chaperone_tasks::Thread;
use keyring_core::{CredentialStore, Entry};
use zeroize::Zeroizing;

use crate::{KeystoreError, Seed};

#[cfg(target_os = "linux")]
#[path = "keyring/linux.rs"]
mod platform;
#[cfg(target_os = "macos")]
#[path = "keyring/macos.rs"]
mod platform;
#[cfg(windows)]
#[path = "keyring/windows.rs"]
mod platform;

/// How long a keyring may take to show that it is there.
const PROBE: Duration = Duration::from_secs(3);

/// How long one request may take: a person may have to find and type a password first.
const REQUEST: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct Keyring {
    service: String,
    requests: SyncSender<Request>,
}

type Outcome = keyring_core::Result<Option<Zeroizing<Vec<u8>>>>;

struct Request {
    service: String,
    origin: String,
    action: Action,
    answer: SyncSender<Outcome>,
}

enum Action {
    Store(Seed),
    Load,
    Delete,
}

impl Keyring {
    pub(crate) fn open(service: &str) -> Result<Self, KeystoreError> {
        Self::open_with(service, platform::store, PROBE)
    }

    fn open_with(
        service: &str,
        make: impl FnOnce() -> keyring_core::Result<Arc<CredentialStore>> + Send + 'static,
        limit: Duration,
    ) -> Result<Self, KeystoreError> {
        // Both channels hold one item: there is one request at a time, and the requester waits for its answer.
        let (requests, received) = sync_channel(1);
        let (opened, is_open) = sync_channel(1);
        let thread = Thread::start("keyring", move || match make() {
            Ok(store) => {
                // Nobody listens any more if the limit has passed; then the requests' end closes the loop at once.
                if opened.send(Ok(())).is_ok() {
                    serve(store.as_ref(), &received);
                }
            }
            Err(error) => {
                if let Err(unheard) = opened.send(Err(error)) {
                    tracing::debug!(error = ?unheard.0, "The keyring failed after the wait for it");
                }
            }
        });
        // A thread that hangs in the keyring cannot be ended, so nobody may wait for it.
        thread.map_err(KeystoreError::Thread)?.detach();
        answer(&is_open, limit)?.map_err(KeystoreError::NoKeyring)?;
        Ok(Self { service: service.to_owned(), requests })
    }

    pub(crate) fn store(&self, origin: &str, seed: &Seed) -> Result<(), KeystoreError> {
        self.ask(origin, Action::Store(seed.clone()))?.map_err(KeystoreError::Refused)?;
        Ok(())
    }

    pub(crate) fn load(&self, origin: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeystoreError> {
        match self.ask(origin, Action::Load)? {
            Ok(secret) => Ok(secret),
            Err(keyring_core::Error::NoEntry) => Ok(None),
            Err(keyring_core::Error::BadDataFormat(..)) => Err(KeystoreError::Corrupt),
            Err(error) => Err(KeystoreError::Refused(error)),
        }
    }

    pub(crate) fn delete(&self, origin: &str) -> Result<bool, KeystoreError> {
        match self.ask(origin, Action::Delete)? {
            Ok(_) => Ok(true),
            Err(keyring_core::Error::NoEntry) => Ok(false),
            Err(error) => Err(KeystoreError::Refused(error)),
        }
    }

    fn ask(&self, origin: &str, action: Action) -> Result<Outcome, KeystoreError> {
        let (sender, receiver) = sync_channel(1);
        let request =
            Request { service: self.service.clone(), origin: origin.to_owned(), action, answer: sender };
        // Full means an earlier request still hangs in there.
        self.requests.try_send(request).map_err(|_| KeystoreError::Slow { limit: REQUEST })?;
        answer(&receiver, REQUEST)
    }
}

fn answer<T>(receiver: &Receiver<T>, limit: Duration) -> Result<T, KeystoreError> {
    receiver.recv_timeout(limit).map_err(|error| match error {
        RecvTimeoutError::Timeout => KeystoreError::Slow { limit },
        RecvTimeoutError::Disconnected => KeystoreError::Thread(io::ErrorKind::BrokenPipe.into()),
    })
}

fn serve(store: &CredentialStore, requests: &Receiver<Request>) {
    for request in requests {
        let outcome =
            entry(store, &request.service, &request.origin).and_then(|entry| match &request.action {
                Action::Store(seed) => entry.set_secret(seed.as_slice()).map(|()| None),
                Action::Load => entry.get_secret().map(|secret| Some(Zeroizing::new(secret))),
                Action::Delete => entry.delete_credential().map(|()| None),
            });
        if request.answer.send(outcome).is_err() {
            tracing::debug!("The keyring answered after the wait for it");
        }
    }
}

fn entry(store: &CredentialStore, service: &str, origin: &str) -> keyring_core::Result<Entry> {
    let modifiers = HashMap::from(platform::MODIFIERS);
    store.build(service, origin, Some(&modifiers))
}

#[cfg(test)]
mod tests;
