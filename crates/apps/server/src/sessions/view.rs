//! From a stored session to what the console shows.

use chaperone_access::{Decision, Role, Route};
use chaperone_custody::{Ending, GapReason, NamedGap, State};
use chaperone_database::{MessageRow, SessionRow, TrackRow};
use chaperone_evidence::{TrackKind, UserId};
use chaperone_seals::Digest;

use crate::dto;

/// Who looks, which decides what may be played and ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Viewer {
    pub(crate) id: UserId,
    pub(crate) role: Role,
}

impl Viewer {
    /// Whether the viewer may know of the session at all.
    pub(crate) fn sees(self, session: &SessionRow) -> bool {
        self.role.sees_all_sessions() || session.person == self.id
    }

    /// Whether the viewer may watch its recording.
    pub(crate) fn watches(self, session: &SessionRow) -> bool {
        self.role.watches_all_recordings() || session.person == self.id
    }
}

/// The session's row in a list.
pub(super) fn summary(session: &SessionRow, viewer: Viewer, now_ms: u64) -> dto::SessionSummary {
    let state = session.custody.state(now_ms);
    let recorded = session.custody.tracks().next().is_some();
    let running =
        session.closing.is_none() && matches!(state, State::Opening | State::Live | State::Receiving { .. });
    let may = |route: Route| running && route.decide(Some(viewer.role)) == Decision::Allowed;
    dto::SessionSummary {
        id: session.id.to_string(),
        title: session.secret_name.clone(),
        user: session.person.to_string(),
        user_name: session.person_name.clone(),
        host: session.host.clone(),
        port: session.port,
        account: session.account.clone(),
        kind: session.kind.into(),
        device_name: session.device_name.clone(),
        state: state_of(&state),
        recorded,
        witness: dto::Witness::Workstation,
        opened_ms: session.opened_ms,
        ended_ms: session.ended_ms,
        duration_ms: session.length_ms,
        end_reason: end_reason(session),
        end_asked: session.end_asked.as_ref().map(|end| end.cause.code().to_owned()),
        size_bytes: session.size_bytes,
        gap_count: u32::try_from(gaps(&state).len()).unwrap_or(u32::MAX),
        last_heartbeat_ms: session.last_heartbeat_ms,
        may_play: session.recording_bytes.is_some() && viewer.watches(session),
        may_end: may(Route::SessionEnd) && session.end_asked.is_none(),
        may_message: may(Route::SessionMessage),
    }
}

/// The session's own page.
pub(super) fn page(
    session: &SessionRow,
    tracks: &[TrackRow],
    messages: Vec<MessageRow>,
    proven_to_ms: Option<u64>,
    viewer: Viewer,
    now_ms: u64,
) -> dto::SessionPage {
    let state = session.custody.state(now_ms);
    let (failure, next_try_ms) = match &state {
        State::Failed { reason, next_try_ms } => (Some(reason.clone()), Some(*next_try_ms)),
        State::Opening
        | State::NeverStarted
        | State::Live
        | State::Receiving { .. }
        | State::Processing
        | State::Ready
        | State::Incomplete { .. } => (None, None),
    };
    dto::SessionPage {
        summary: summary(session, viewer, now_ms),
        tracks: tracks.iter().map(|track| track_of(session, track)).collect(),
        gaps: gaps(&state).iter().map(gap_of).collect(),
        end_words: session.end_asked.as_ref().map(|end| end.words.clone()).filter(|words| !words.is_empty()),
        messages: messages.into_iter().map(message_of).collect(),
        opening_hash: Digest::of(&session.opening).to_string(),
        closing_hash: session.closing.as_deref().map(|closing| Digest::of(closing).to_string()),
        closed_by_recovery: session.custody.ending() == Some(Ending::Recovered),
        proven_to_ms,
        device_fingerprint: session.device_key.id().to_string(),
        recording_ms: session.recording_ms,
        recording_bytes: session.recording_bytes,
        may_judge: viewer.watches(session) && session.custody.tracks().next().is_some(),
        may_export: Route::SessionBundle.decide(Some(viewer.role)) == Decision::Allowed,
        failure,
        next_try_ms,
    }
}

fn message_of(message: MessageRow) -> dto::Message {
    let MessageRow { number, text, sent_ms, shown_ms } = message;
    dto::Message { number, text, sent_ms, shown_ms }
}

fn end_reason(session: &SessionRow) -> Option<String> {
    session.custody.ending().map(|ending| match ending {
        Ending::Closed(reason) => reason.code().to_owned(),
        Ending::Recovered => "recovered".to_owned(),
    })
}

fn gaps(state: &State) -> &[NamedGap] {
    match state {
        State::Incomplete { gaps } => gaps,
        State::Opening
        | State::NeverStarted
        | State::Live
        | State::Receiving { .. }
        | State::Processing
        | State::Ready
        | State::Failed { .. } => &[],
    }
}

fn gap_of(gap: &NamedGap) -> dto::Gap {
    let cause = match gap.reason {
        GapReason::Recorder(cause) => cause.code(),
        GapReason::NeverArrived => "never-arrived",
        GapReason::Damaged => "damaged",
        GapReason::Unaccounted => "unaccounted",
    };
    dto::Gap { track: gap.track, from_ms: gap.start_ms, to_ms: gap.end_ms, cause: cause.to_owned() }
}

fn track_of(session: &SessionRow, track: &TrackRow) -> dto::Track {
    let number = track.head.track;
    let facts = session.custody.tracks().find(|(known, _)| *known == number).map(|(_, facts)| facts);
    let stored = facts.map_or(0, |facts| facts.held.through());
    let held: u64 =
        facts.map_or(0, |facts| facts.held.ranges().iter().map(|range| range.end - range.start).sum());
    dto::Track {
        number,
        kind: match track.kind {
            TrackKind::Video => dto::TrackKind::Video,
            TrackKind::Stills => dto::TrackKind::Stills,
        },
        stored,
        held_above: held - stored,
        announced: facts.map_or(0, |facts| facts.announced),
        size_bytes: track.size_bytes,
        chain: (track.head.count > 0).then(|| track.head.head.to_string()),
    }
}

const fn state_of(state: &State) -> dto::SessionState {
    match state {
        State::Opening => dto::SessionState::Opening,
        State::NeverStarted => dto::SessionState::NeverStarted,
        State::Live => dto::SessionState::Live,
        State::Receiving { .. } => dto::SessionState::Receiving,
        State::Processing => dto::SessionState::Processing,
        State::Ready => dto::SessionState::Ready,
        State::Incomplete { .. } => dto::SessionState::Incomplete,
        State::Failed { .. } => dto::SessionState::Failed,
    }
}
