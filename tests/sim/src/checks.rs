//! Holding recorder and server against what happened.

use std::collections::BTreeMap;
use std::path::Path;

use chaperone_custody::State;
use chaperone_evidence::chain::Chain;
use chaperone_evidence::verify::{Code, Finding, Verdict, Weight};
use chaperone_evidence::{ClosingRecord, OpeningRecord, SessionId, segment};
use chaperone_seals::signed;

use crate::bundle;
use crate::courier::short;
use crate::invariant::{Break, Invariant, Violation};
use crate::ledger::{Known, Place};
use crate::scene::Scene;
use crate::server::Server;

/// The last child of a client is gone this long after the nonce was sent that the last valid pulse echoes.
const GONE_BY_MS: u64 = 10_500;
/// A machine that wakes up has this long to end what should have ended while it slept: from asking to the last child.
const AFTER_WAKING_MS: u64 = 500;

/// No client outlives its server. `awake_ms`: since when the recorder's machine is awake.
pub(crate) fn clients(scene: &Scene, awake_ms: u64) -> Result<(), Violation> {
    for (session, known) in &scene.ledger.sessions {
        let latest = (known.anchor_ms + GONE_BY_MS).max(awake_ms + AFTER_WAKING_MS);
        if known.client_runs && scene.now > latest {
            let words = format!("the client of {} runs {} ms too long", short(*session), scene.now - latest);
            return Err(Violation::new(Invariant::ClientEnds, words));
        }
    }
    Ok(())
}

/// What the server signed for, it has.
pub(crate) fn receipted(scene: &Scene, server: &Server) -> Result<(), Violation> {
    if !server.is_up() {
        return Ok(());
    }
    for (session, known) in &scene.ledger.sessions {
        let held = server.numbers(*session).map_err(|error| {
            Violation::new(Invariant::ReceiptedStays, format!("{}: {error}", short(*session)))
        })?;
        let held: std::collections::BTreeSet<Place> = held.into_iter().collect();
        if let Some(place) = known.receipted.difference(&held).next() {
            let words = format!("{}: {place:?} was signed for and is not stored", short(*session));
            return Err(Violation::new(Invariant::ReceiptedStays, words));
        }
    }
    Ok(())
}

/// What the recorder's disk was told to have, it has, until it may forget it.
pub(crate) fn spooled(scene: &Scene, folder: &Path) -> Result<(), Violation> {
    for (session, known) in scene.ledger.sessions.iter().filter(|(_, known)| !known.released) {
        for (place, bytes) in &known.durable {
            let name = format!("{:010}-{:020}.segment", place.0, place.1);
            let path = folder.join(session.to_string()).join(&name);
            let aside = || {
                let aside = folder.join("quarantine").join(session.to_string());
                std::fs::read(aside.join(format!("{name}.refused"))).ok()
            };
            if std::fs::read(&path).ok().or_else(aside).as_ref() != Some(bytes) {
                let words = format!("{}: {place:?} was durable and is gone or changed", short(*session));
                return Err(Violation::new(Invariant::SpoolKeeps, words));
            }
        }
    }
    Ok(())
}

/// A crash cost no more than the second that was being recorded. `ran_ms`: when the process last ran, of the session's time.
pub(crate) fn crash(known: &Known, session: SessionId, ran_ms: u64) -> Result<(), Violation> {
    // A second, and the look at the clock that ends it.
    const SECOND_MS: u64 = 1_000 + 250;
    let recorded_ms = known.recorded_ms.values().copied().min().unwrap_or_default();
    if ran_ms > recorded_ms + SECOND_MS {
        let words = format!("{}: recorded to {recorded_ms} ms and crashed at {ran_ms} ms", short(session));
        return Err(Violation::new(Invariant::CrashCostsASecond, words));
    }
    Ok(())
}

/// Everything about a world whose faults have stopped and whose sessions are all sent.
pub(crate) fn at_the_end(scene: &mut Scene, server: &mut Server) -> anyhow::Result<Result<(), Violation>> {
    let sessions: Vec<SessionId> = server.rows.keys().copied().collect();
    for session in sessions {
        let stored = server.stored(session)?;
        let Some(row) = server.rows.get(&session).cloned() else { continue };
        let Some(known) = scene.ledger.sessions.get(&session) else { continue };
        if let Err(violation) = chains(session, &row.opening, known, &stored) {
            return Ok(Err(violation));
        }
        // What was refused for good, or lost with a store that was restored, may lack.
        if known.forgotten || !known.set_aside.is_empty() {
            continue;
        }
        let state = server.compose(session, scene.now)?;
        let whole = row.closing.as_ref().is_some_and(|closing| {
            let record = signed::verify::<ClosingRecord>(closing, &row.opening.session_key);
            record.is_ok_and(|record| record.tracks.iter().all(|end| end.gaps == 0 && end.head.count > 0))
        });
        let expected = match &state {
            Some(State::Ready) => whole,
            Some(State::Incomplete { .. }) => !whole && !stored.is_empty(),
            Some(State::NeverStarted) => stored.is_empty(),
            _ => false,
        };
        if !expected {
            let words = format!("{}: {state:?}, whole: {whole}", short(session));
            return Ok(Err(Violation::new(Invariant::CustodyFinal, words)));
        }
        if row.closing.is_none() {
            // Opened, and nothing of it was ever on the recorder's disk.
            continue;
        }
        let mut exported = bundle::export(&scene.keys, &row, &stored);
        if scene.is(Break::AlteredBundle) {
            let middle = exported.len() / 2;
            exported[middle] ^= 1;
        }
        let report = bundle::judge(&scene.keys, &exported)?;
        let recovered = !whole
            && row.closing.as_ref().is_some_and(|closing| {
                signed::verify::<ClosingRecord>(closing, &row.opening.session_key).is_err()
            });
        let allowed = match report.verdict {
            Verdict::Complete => whole,
            Verdict::Gaps => !whole,
            Verdict::Broken => {
                let faults = report.findings.iter().filter(|finding| finding.code.weight() == Weight::Fault);
                let allowed = |finding: &Finding| {
                    // Nobody says how far such a recorder had come.
                    let silent = recovered && row.heartbeat.is_none();
                    // A disk that takes nothing takes no gap either, and the client ends a moment later.
                    let unwritten = known.refused_by_disk && finding.first.is_none();
                    (finding.code == Code::Unannounced && silent)
                        || (finding.code == Code::Unnamed && unwritten)
                };
                faults.clone().count() > 0 && faults.clone().all(allowed)
            }
        };
        if !allowed {
            let words = format!("{}: {:?}: {:?}", short(session), report.verdict, report.findings);
            return Ok(Err(Violation::new(Invariant::Verdict, words)));
        }
        scene.note(format_args!(
            "{}: {}, {:?}",
            short(session),
            state.map_or("", |state| state.code()),
            report.verdict
        ));
    }
    Ok(Ok(()))
}

/// What is stored is what was recorded, signed, and linked.
fn chains(
    session: SessionId,
    opening: &OpeningRecord,
    known: &Known,
    stored: &BTreeMap<Place, Vec<u8>>,
) -> Result<(), Violation> {
    let wrong = |place: &Place, words: String| {
        Err(Violation::new(Invariant::ChainVerifies, format!("{} {place:?}: {words}", short(session))))
    };
    let first = OpeningRecord::link(&known.signed_opening);
    let mut chains: BTreeMap<u32, Chain> =
        opening.tracks.iter().map(|plan| (plan.track, Chain::new(plan.track, first))).collect();
    for (place, bytes) in stored {
        let raw = match segment::read_next(bytes) {
            Ok(Some((raw, []))) => raw,
            Ok(_) => return wrong(place, "not one segment".to_owned()),
            Err(error) => return wrong(place, error.to_string()),
        };
        if let Err(error) = raw.verify(&known.session_key) {
            return wrong(place, error.to_string());
        }
        if known.durable.get(place).is_some_and(|recorded| recorded != bytes) {
            return wrong(place, "is not what was recorded".to_owned());
        }
        let Some(chain) = chains.get_mut(&place.0) else { return wrong(place, "no such track".to_owned()) };
        // Behind a hole there is nothing to link to; the verdict speaks of holes.
        if chain.head().count == place.1
            && let Err(error) = chain.advance(&raw)
        {
            return wrong(place, error.to_string());
        }
    }
    Ok(())
}
