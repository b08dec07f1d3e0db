//! The end of a session: ask the client tree, kill it, wait until it is gone, drain, leave.

use std::collections::VecDeque;
use std::time::Duration;

use super::Effect;
use crate::moment::earlier;
use crate::server_watch::{ASK_AFTER, KILL_AFTER};
use crate::{EndReason, Moment};

/// From asking to killing.
const KILL_WITHIN: Duration = Duration::from_millis(300);
/// A tree that forks while it is killed is killed again this often.
const KILL_AGAIN: Duration = Duration::from_millis(50);
/// How long a tree that will not go is waited for before the record is closed without it.
const GONE_WITHIN: Duration = Duration::from_secs(5);
/// How long the end of a session waits for the server to take what is left; the spool keeps the rest.
pub const DRAIN_WITHIN: Duration = Duration::from_secs(10);

/// When the last steps of a session happened: the proof that it ended in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndStamps {
    /// When the nonce was sent that the last valid heartbeat echoes.
    pub heartbeat_sent: Option<Moment>,
    /// When that heartbeat arrived.
    pub heartbeat_heard: Option<Moment>,
    /// When the client tree was asked to end.
    pub asked: Option<Moment>,
    /// When what was left of it was first killed.
    pub killed: Option<Moment>,
    /// When its last process was gone.
    pub gone: Option<Moment>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndingEvent {
    Ask,
    Kill,
    Drain(EndReason),
    Leave,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Ending {
    /// The session goes on. `client` says whether a client tree may exist.
    NotYet {
        client: bool,
    },
    /// Something of the client tree may be left.
    Tree {
        reason: EndReason,
        stamps: EndStamps,
        kill_at: Moment,
        give_up_at: Option<Moment>,
    },
    /// Nothing is left of the client tree; the record is not yet asked to drain.
    Gone {
        reason: EndReason,
        stamps: EndStamps,
    },
    Draining {
        reason: EndReason,
        stamps: EndStamps,
        until: Moment,
    },
    Drained {
        reason: EndReason,
        stamps: EndStamps,
    },
    Over {
        reason: EndReason,
        stamps: EndStamps,
    },
}

impl Ending {
    pub(super) fn is_not_yet(&self) -> bool {
        matches!(self, Self::NotYet { .. })
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self, Self::Over { .. })
    }

    /// The caller was told to start the client: from now on a tree may exist.
    pub(super) fn client_allowed(&mut self) {
        if let Self::NotYet { client } = self {
            *client = true;
        }
    }

    pub(super) fn client_not_started(&mut self) {
        if let Self::NotYet { client } = self {
            *client = false;
        }
    }

    /// The client started although the session had already given up waiting for it: nothing may be left running.
    pub(super) fn client_started(&mut self, now: Moment, effects: &mut VecDeque<Effect>) {
        match self {
            Self::NotYet { .. } | Self::Tree { .. } => {}
            Self::Gone { .. } | Self::Draining { .. } | Self::Drained { .. } | Self::Over { .. } => {
                effects.push_back(Effect::KillClient);
                if let Some(stamps) = self.stamps_mut() {
                    stamps.killed.get_or_insert(now);
                }
            }
        }
    }

    /// Begins the end, unless it began before: the first reason stands.
    pub(super) fn begin(&mut self, now: Moment, reason: EndReason, anchor: Moment, heard: Moment) {
        let Self::NotYet { client } = *self else {
            return;
        };
        let stamps =
            EndStamps { heartbeat_sent: Some(anchor), heartbeat_heard: Some(heard), ..EndStamps::default() };
        *self = if client {
            // A lost server leaves no more time than is left of its own deadline.
            let kill_at =
                if now >= anchor + ASK_AFTER { (anchor + KILL_AFTER).max(now) } else { now + KILL_WITHIN };
            Self::Tree { reason, stamps, kill_at, give_up_at: None }
        } else {
            Self::Gone { reason, stamps }
        };
    }

    pub(super) fn tree_gone(&mut self, now: Moment) {
        if let Self::Tree { reason, stamps, .. } = *self {
            let stamps = EndStamps { gone: Some(now), ..stamps };
            *self = Self::Gone { reason, stamps };
        }
    }

    pub(super) fn drained(&mut self) {
        if let Self::Draining { reason, stamps, .. } = *self {
            *self = Self::Drained { reason, stamps };
        }
    }

    pub(super) fn poll(&mut self, now: Moment) -> Option<EndingEvent> {
        match self {
            Self::Tree { stamps, .. } if stamps.asked.is_none() => {
                stamps.asked = Some(now);
                Some(EndingEvent::Ask)
            }
            Self::Tree { reason, stamps, give_up_at: Some(give_up_at), .. } if now >= *give_up_at => {
                *self = Self::Gone { reason: *reason, stamps: *stamps };
                self.poll(now)
            }
            Self::Tree { stamps, kill_at, give_up_at, .. } if now >= *kill_at => {
                stamps.killed.get_or_insert(now);
                give_up_at.get_or_insert(now + GONE_WITHIN);
                *kill_at = now + KILL_AGAIN;
                Some(EndingEvent::Kill)
            }
            Self::Gone { reason, stamps } => {
                let reason = *reason;
                *self = Self::Draining { reason, stamps: *stamps, until: now + DRAIN_WITHIN };
                Some(EndingEvent::Drain(reason))
            }
            Self::Draining { reason, stamps, until } if now >= *until => {
                *self = Self::Over { reason: *reason, stamps: *stamps };
                Some(EndingEvent::Leave)
            }
            Self::Drained { reason, stamps } => {
                *self = Self::Over { reason: *reason, stamps: *stamps };
                Some(EndingEvent::Leave)
            }
            Self::NotYet { .. } | Self::Tree { .. } | Self::Draining { .. } | Self::Over { .. } => None,
        }
    }

    pub(super) fn next_deadline(&self) -> Option<Moment> {
        match self {
            Self::Tree { kill_at, give_up_at, .. } => earlier(Some(*kill_at), *give_up_at),
            Self::Draining { until, .. } => Some(*until),
            Self::NotYet { .. } | Self::Gone { .. } | Self::Drained { .. } | Self::Over { .. } => None,
        }
    }

    pub(super) fn reason(&self) -> Option<EndReason> {
        match self {
            Self::NotYet { .. } => None,
            Self::Tree { reason, .. }
            | Self::Gone { reason, .. }
            | Self::Draining { reason, .. }
            | Self::Drained { reason, .. }
            | Self::Over { reason, .. } => Some(*reason),
        }
    }

    pub(super) fn stamps(&self) -> EndStamps {
        match self {
            Self::NotYet { .. } => EndStamps::default(),
            Self::Tree { stamps, .. }
            | Self::Gone { stamps, .. }
            | Self::Draining { stamps, .. }
            | Self::Drained { stamps, .. }
            | Self::Over { stamps, .. } => *stamps,
        }
    }

    fn stamps_mut(&mut self) -> Option<&mut EndStamps> {
        match self {
            Self::NotYet { .. } => None,
            Self::Tree { stamps, .. }
            | Self::Gone { stamps, .. }
            | Self::Draining { stamps, .. }
            | Self::Drained { stamps, .. }
            | Self::Over { stamps, .. } => Some(stamps),
        }
    }
}
