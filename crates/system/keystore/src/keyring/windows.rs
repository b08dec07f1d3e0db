//! Windows: the Credential Manager.

use std::sync::Arc;

use keyring_core::CredentialStore;

/// Kept on this machine, not carried to others with the user's profile: the key stands for this device.
pub(super) const MODIFIERS: [(&str, &str); 1] = [("persistence", "Local")];

pub(super) fn store() -> keyring_core::Result<Arc<CredentialStore>> {
    let store: Arc<CredentialStore> = windows_native_keyring_store::Store::new()?;
    Ok(store)
}
