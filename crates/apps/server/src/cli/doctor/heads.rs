//! What `doctor` says of the audit log's signed heads.

use chaperone_database::{Database, DatabaseError};
use chaperone_evidence::AuditKeys;

use crate::audit::heads;
use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::keys;

/// What is found, well or wrong.
type Finding = Result<String, String>;

/// Whether the newest head is this server's and names a line as it stands.
pub(super) async fn newest(database: &Database, folder: &DataFolder) -> anyhow::Result<Finding> {
    let Some(kept) = database.newest_audit_head().await? else {
        return Ok(Ok("none is signed yet: the server does that once an hour and when it stops".to_owned()));
    };
    let mut known = AuditKeys::new(keys::root_fingerprint(folder)?);
    for set in keys::signed_sets(folder)? {
        known.take_key_set(&set)?;
    }
    let head = match known.verify(&kept.signed) {
        Ok(head) => head,
        Err(error) => return Ok(Err(format!("the newest says nothing, {error}: was it altered?"))),
    };
    let line = database.audit_line(head.lines).await?;
    Ok(if line.is_some_and(|line| line.hash == head.head) {
        Ok(format!("the newest stands for {} lines", head.lines))
    } else {
        Err(format!(
            "line {} is not the one that was signed: the log was written anew; compare with a copy kept elsewhere",
            head.lines
        ))
    })
}

/// How far each place outside has the heads.
pub(super) async fn places(
    database: &Database,
    config: &Config,
) -> Result<Vec<(String, Finding)>, DatabaseError> {
    let newest = database.newest_audit_head().await?.map_or(0, |head| head.number);
    let mut found = Vec::new();
    for place in heads::names(&config.audit_heads) {
        let delivery = database.audit_delivery(&place).await?;
        let waiting = newest.saturating_sub(delivery.through);
        let finding = match delivery.failing {
            Some((_, why)) => Err(format!("{waiting} audit heads wait for it, and are offered again: {why}")),
            None if waiting > 0 => Ok(format!("{waiting} audit heads wait for it")),
            None => Ok("has all audit heads".to_owned()),
        };
        found.push((place, finding));
    }
    Ok(found)
}
