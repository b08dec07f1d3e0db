//! `audit`: the audit log as a file, with its signed heads. Its form stands in `docs/format.md`, section 9.

use std::io::Write;

use anyhow::Context as _;
use chaperone_database::{AuditLine, Database};
use chaperone_paths::private;
use serde_json::json;

use super::input::say;
use crate::Exit;
use crate::audit::{Action, Actor, entry, heads};
use crate::keys;
use crate::time::now_ms;

pub(super) async fn export(audit: super::Audit) -> anyhow::Result<Exit> {
    let out = audit.out;
    audit
        .data
        .opened(async |opened| {
            let (database, folder, now_ms) = (opened.database, opened.folder, now_ms());
            let mut file = std::io::BufWriter::new(private::create_file(&out)?);
            // SECURITY: the line stands before the first byte leaves, and leaves with the others.
            let line = entry(now_ms, Actor::CommandLine, Action::AuditExported, "audit", &json!({}));
            database.audit(&line).await?;
            heads::sign(&database, &keys::audit(&folder)?, folder.kept_epoch()?, now_ms).await?;
            writeln!(file, "chaperone-audit 1")?;
            for set in keys::signed_sets(&folder)? {
                writeln!(file, "{}", json!({ "key_set": hex::encode(set) }))?;
            }
            let (lines, heads) = copy(&database, &mut file).await?;
            file.into_inner()
                .context("cannot write the audit log")?
                .sync_all()
                .context("cannot write the audit log")?;
            say(format_args!("{lines} lines, signed {heads} times"))?;
            Ok(Exit::Done)
        })
        .await
}

/// Writes all lines, behind each the heads that name it; says how many of both.
async fn copy(database: &Database, out: &mut impl Write) -> anyhow::Result<(u64, u64)> {
    let (mut lines, mut heads) = (0, 0);
    loop {
        let page = database.audit_after(lines).await?;
        let Some(last) = page.last() else { return Ok((lines, heads)) };
        let mut signed = database.audit_heads_between(lines, last.line).await?.into_iter().peekable();
        lines = last.line;
        for line in &page {
            writeln!(out, "{}", object(line)).context("cannot write the audit log")?;
            while let Some(head) = signed.next_if(|head| head.lines == line.line) {
                out.write_all(heads::line(&head).as_bytes()).context("cannot write the audit log")?;
                heads += 1;
            }
        }
    }
}

fn object(line: &AuditLine) -> serde_json::Value {
    json!({
        "line": line.line,
        "at_ms": line.at_ms,
        "actor": line.actor,
        "action": line.action,
        "subject": line.subject,
        "detail": line.detail,
        "previous": line.previous.to_string(),
        "hash": line.hash.to_string(),
    })
}
