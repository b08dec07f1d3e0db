//! A recorder removes a session only after its closing receipt, and a closing receipt is only signed for what is durable.
//!
//! Two segments of one track. Messages may be lost, repeated and overtaken: one that was sent may arrive at any time, any
//! number of times, or never. Either side may crash between any two durable steps. The store may be restored from a backup
//! once, which raises its epoch. Modelled after `system/spool` (`mark`, `offer_again`, `finish`, `recover`), `system/intake`
//! (`accept`, `close`) and `core/session::delivery`. The disk floor ends a recording and removes nothing.

use std::collections::BTreeSet;

use super::search::{Model, search};

/// Segments, as bits.
const ALL: u8 = 0b11;

/// A fault put in: the check must find it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Removal {
    /// The recorder removes what a receipt covers.
    on_receipt: bool,
    /// The recorder renames the folder before the closing receipt is kept.
    before_keeping: bool,
    /// The server signs for what is written and not synced.
    unsynced: bool,
    /// The recorder sends its last link and takes the answer whatever it says.
    any_answer: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Message {
    Segment(u8),
    Receipt { epoch: u8, covers: u8 },
    Close,
    Missing,
    ClosingReceipt,
}

/// A session's folder on the recorder's disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Folder {
    There,
    /// Renamed: no longer a session, and about to be deleted.
    Removing,
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Store {
    /// Segments that are synced.
    synced: u8,
    /// The last link is stored.
    closed: bool,
    /// The closing receipt was signed.
    signed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    /// Segments that were durable on the recorder's disk once.
    recorded: u8,
    /// Segments that lie there.
    held: u8,
    receipt: Option<(u8, u8)>,
    closed: bool,
    /// The closing receipt is kept.
    kept: bool,
    folder: Folder,
    /// The closing receipt is in memory, and being carried out.
    finishing: bool,
    offered_again: bool,
    store: Store,
    /// Segments written and not synced.
    written: u8,
    epoch: u8,
    backup: Option<Store>,
    network: BTreeSet<Message>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Record,
    CloseRecord,
    Send(u8),
    SendClose,
    Arrive(Message),
    SyncStore,
    ServerCrash,
    KeepReceipt,
    Rename,
    Delete,
    RecorderCrash,
    BackUp,
    Restore,
}

fn count(covers: u8) -> u32 {
    covers.trailing_ones()
}

impl Removal {
    fn arrive(self, state: &mut State, message: Message) {
        match message {
            Message::Segment(bit) => state.written |= bit & !state.store.synced,
            Message::Close => {
                state.store.closed = true;
                if state.store.synced == ALL {
                    state.store.signed = true;
                    state.network.insert(Message::ClosingReceipt);
                } else {
                    state.network.insert(Message::Missing);
                }
            }
            Message::Receipt { epoch, covers } => {
                // `Track::judge`: an older epoch says nothing, and within one a lower count says nothing.
                let newer = state.receipt.is_none_or(|(held_epoch, held)| {
                    epoch > held_epoch || (epoch == held_epoch && count(covers) >= count(held))
                });
                if newer && state.folder == Folder::There {
                    state.receipt = Some((epoch, covers));
                    if self.on_receipt {
                        state.held &= !covers;
                    }
                }
            }
            Message::Missing if self.any_answer => state.finishing = true,
            Message::Missing => {
                if !state.offered_again {
                    state.offered_again = true;
                    state.receipt = None;
                }
            }
            Message::ClosingReceipt => state.finishing |= state.closed && state.folder == Folder::There,
        }
    }

    fn sync(self, state: &mut State) {
        if !self.unsynced {
            state.store.synced |= state.written;
            state.written = 0;
        }
        let covers = state.store.synced | state.written;
        state.network.insert(Message::Receipt { epoch: state.epoch, covers });
    }
}

impl Model for Removal {
    type State = State;
    type Action = Action;

    fn initial(&self) -> State {
        State {
            recorded: 0,
            held: 0,
            receipt: None,
            closed: false,
            kept: false,
            folder: Folder::There,
            finishing: false,
            offered_again: false,
            store: Store { synced: 0, closed: false, signed: false },
            written: 0,
            epoch: 1,
            backup: None,
            network: BTreeSet::new(),
        }
    }

    fn actions(&self, state: &State) -> Vec<Action> {
        let mut actions = Vec::new();
        let mut may = |can: bool, action| {
            if can {
                actions.push(action);
            }
        };
        let there = state.folder == Folder::There;
        let receipted = state.receipt.map_or(0, |(_, covers)| covers);
        may(state.recorded != ALL && !state.closed, Action::Record);
        may(state.recorded == ALL && !state.closed, Action::CloseRecord);
        for bit in [0b01, 0b10] {
            let waits = there && state.held & bit != 0 && receipted & bit == 0;
            may(waits && !state.network.contains(&Message::Segment(bit)), Action::Send(bit));
        }
        let all_receipted = there && state.held & !receipted == 0;
        let sent = state.network.contains(&Message::Close);
        may(state.closed && all_receipted && !state.finishing && !sent, Action::SendClose);
        for message in &state.network {
            actions.push(Action::Arrive(*message));
        }
        let mut may = |can: bool, action| {
            if can {
                actions.push(action);
            }
        };
        may(state.written != 0, Action::SyncStore);
        may(state.written != 0, Action::ServerCrash);
        may(state.finishing && !state.kept, Action::KeepReceipt);
        let may_rename = state.kept || self.before_keeping;
        may(state.finishing && there && may_rename, Action::Rename);
        may(state.folder == Folder::Removing, Action::Delete);
        may(state.finishing || state.offered_again, Action::RecorderCrash);
        may(state.backup.is_none() && state.written == 0, Action::BackUp);
        may(state.backup.is_some() && state.epoch == 1, Action::Restore);
        actions
    }

    fn after(&self, state: &State, action: &Action) -> State {
        let mut state = state.clone();
        match *action {
            Action::Record => {
                let bit = if state.recorded == 0 { 0b01 } else { 0b10 };
                state.recorded |= bit;
                state.held |= bit;
            }
            Action::CloseRecord => state.closed = true,
            Action::Send(bit) => drop(state.network.insert(Message::Segment(bit))),
            Action::SendClose => drop(state.network.insert(Message::Close)),
            Action::Arrive(message) => self.arrive(&mut state, message),
            Action::SyncStore => self.sync(&mut state),
            Action::ServerCrash => state.written = 0,
            Action::KeepReceipt => state.kept = true,
            Action::Rename => state.folder = Folder::Removing,
            Action::Delete => {
                state.held = 0;
                state.folder = Folder::Gone;
                state.finishing = false;
            }
            Action::RecorderCrash => {
                // Memory is gone; a kept receipt is carried out again, and a folder that was renamed is deleted.
                state.offered_again = false;
                state.finishing = state.kept && state.folder == Folder::There;
            }
            Action::BackUp => state.backup = Some(state.store),
            Action::Restore => {
                if let Some(backup) = state.backup {
                    state.store = backup;
                    state.written = 0;
                    state.epoch = 2;
                }
            }
        }
        state
    }

    fn wrong(&self, state: &State) -> Option<String> {
        let removed = state.recorded & !state.held != 0 || state.folder != Folder::There;
        if removed && !state.kept {
            return Some("removed without a closing receipt".to_owned());
        }
        if removed && !state.network.contains(&Message::ClosingReceipt) {
            return Some("removed though no closing receipt was ever signed".to_owned());
        }
        if removed && state.epoch == 1 && state.store.synced != ALL {
            return Some("removed, and not in the server's store".to_owned());
        }
        let untrue = |message: &Message| matches!(message, Message::Receipt { epoch, covers } if *epoch == state.epoch && covers & !state.store.synced != 0);
        if state.network.iter().any(untrue) {
            return Some("signed for what is not synced".to_owned());
        }
        None
    }

    fn is_goal(&self, state: &State) -> bool {
        state.folder == Folder::Gone && state.store.signed
    }
}

#[test]
fn a_session_is_removed_only_after_its_closing_receipt() {
    let searched = search(&Removal::default());
    assert!(searched.holds(), "{searched:?}");
    assert!(searched.states > 1_000, "{} states", searched.states);
}

#[test]
fn removing_sooner_or_signing_sooner_is_found() {
    let check = |model: Removal, words| {
        let searched = search(&model);
        assert_eq!(searched.words(), words, "{model:?}: {searched:?}");
    };
    check(Removal { on_receipt: true, ..Removal::default() }, "removed without a closing receipt");
    check(Removal { before_keeping: true, ..Removal::default() }, "removed without a closing receipt");
    check(Removal { unsynced: true, ..Removal::default() }, "signed for what is not synced");
    check(
        Removal { any_answer: true, ..Removal::default() },
        "removed though no closing receipt was ever signed",
    );
}
