//! Linux: the Secret Service of the desktop (GNOME Keyring, KWallet, KeePassXC), over the session bus.

use std::sync::Arc;

use keyring_core::CredentialStore;

/// The words a person reads in the keyring's own program.
pub(super) const MODIFIERS: [(&str, &str); 1] = [("label", "Chaperone device key")];

pub(super) fn store() -> keyring_core::Result<Arc<CredentialStore>> {
    let store: Arc<CredentialStore> = zbus_secret_service_keyring_store::Store::new()?;
    Ok(store)
}
