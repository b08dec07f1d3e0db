//! macOS: the login keychain.

use std::sync::Arc;

use keyring_core::CredentialStore;

pub(super) const MODIFIERS: [(&str, &str); 0] = [];

pub(super) fn store() -> keyring_core::Result<Arc<CredentialStore>> {
    let store: Arc<CredentialStore> = apple_native_keyring_store::keychain::Store::new()?;
    Ok(store)
}
