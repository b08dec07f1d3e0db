//! Format 1 of `servers.json`: one object with `format` and `servers`; unknown fields are refused, bytes are hex.

use serde::{Deserialize, Serialize};

use super::{KeystoreKind, MAX_SERVERS, Server};

const FORMAT: u16 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: u16,
    servers: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    origin: String,
    fingerprint: String,
    key_set: String,
    device: String,
    enrolled_ms: u64,
    by: String,
    keystore: KeystoreKind,
}

/// Reads a whole file, or says what is wrong with it.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Server>, String> {
    let document: Document = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if document.format != FORMAT {
        return Err(format!("it is of format {}, this program reads {FORMAT}", document.format));
    }
    if document.servers.len() > MAX_SERVERS {
        return Err(format!("it names more than {MAX_SERVERS} servers"));
    }
    document.servers.into_iter().map(Server::try_from).collect()
}

/// The whole file.
pub(super) fn write(servers: &[Server]) -> Vec<u8> {
    let document = Document { format: FORMAT, servers: servers.iter().map(Entry::from).collect() };
    // Strings and numbers alone cannot fail to be written.
    serde_json::to_vec_pretty(&document).unwrap_or_default()
}

impl From<&Server> for Entry {
    fn from(server: &Server) -> Self {
        Self {
            origin: server.origin.clone(),
            fingerprint: server.fingerprint.to_string(),
            key_set: hex::encode(&server.key_set),
            device: server.device.to_string(),
            enrolled_ms: server.enrolled_ms,
            by: server.by.clone(),
            keystore: server.keystore,
        }
    }
}

impl TryFrom<Entry> for Server {
    type Error = String;

    fn try_from(entry: Entry) -> Result<Self, String> {
        let wrong = |field: &str| format!("{field} of {} is not what it should be", entry.origin);
        Ok(Self {
            fingerprint: entry.fingerprint.parse().map_err(|_| wrong("the fingerprint"))?,
            key_set: hex::decode(&entry.key_set).map_err(|_| wrong("the key set"))?,
            device: entry.device.parse().map_err(|_| wrong("the device"))?,
            enrolled_ms: entry.enrolled_ms,
            by: entry.by,
            keystore: entry.keystore,
            origin: entry.origin,
        })
    }
}
