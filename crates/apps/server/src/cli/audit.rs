//! `audit`: the audit log as a file. Its form stands in `docs/format.md`, section 9.

use std::io::Write as _;

use anyhow::Context as _;
use chaperone_paths::private;
use serde_json::json;

use crate::Exit;
use crate::audit::{Action, Actor, entry};
use crate::time::now_ms;

pub(super) async fn export(audit: super::Audit) -> anyhow::Result<Exit> {
    let out = audit.out;
    audit
        .data
        .opened(async |opened| {
            let database = opened.database;
            // SECURITY: the line stands before the first byte leaves, and leaves with the others.
            let line = entry(now_ms(), Actor::CommandLine, Action::AuditExported, "audit", &json!({}));
            database.audit(&line).await?;
            let mut file = std::io::BufWriter::new(private::create_file(&out)?);
            writeln!(file, "chaperone-audit 1")?;
            let mut written = 0;
            loop {
                let page = database.audit_after(written).await?;
                let Some(last) = page.last() else { break };
                written = last.line;
                for line in &page {
                    let line = json!({
                        "line": line.line,
                        "at_ms": line.at_ms,
                        "actor": line.actor,
                        "action": line.action,
                        "subject": line.subject,
                        "detail": line.detail,
                        "previous": line.previous.to_string(),
                        "hash": line.hash.to_string(),
                    });
                    writeln!(file, "{line}").context("cannot write the audit log")?;
                }
            }
            file.into_inner()
                .context("cannot write the audit log")?
                .sync_all()
                .context("cannot write the audit log")?;
            Ok(Exit::Done)
        })
        .await
}
