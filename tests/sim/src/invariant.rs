//! What must be true in every world, and how each of it can be broken on purpose.

use std::fmt;

/// The closed list of what is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invariant {
    /// A segment the server signed for is stored there ever after, but for a restored store.
    ReceiptedStays,
    /// A segment the recorder's disk was told to have is there, or in quarantine, until the closing receipt came.
    SpoolKeeps,
    /// What is stored on either side is signed and linked from the opening record on.
    ChainVerifies,
    /// A crash costs no more than the second that was being recorded.
    CrashCostsASecond,
    /// No place is sealed twice under one content key.
    NonceOnce,
    /// No client runs 10.5 s after the nonce was sent that the last valid pulse echoes.
    ClientEnds,
    /// Five tries over an hour and then none, until a receipt, contact, Retry or restart; none before `Retry-After`.
    RetrySchedule,
    /// Each body holds what has waited longest, in order.
    InOrder,
    /// When the faults have stopped, everything reaches the server.
    Drains,
    /// Then every recording is ready, incomplete or never started.
    CustodyFinal,
    /// Then the bundle is judged complete, or gaps that name themselves.
    Verdict,
}

impl Invariant {
    /// Each of them.
    pub const ALL: [Self; 11] = [
        Self::ReceiptedStays,
        Self::SpoolKeeps,
        Self::ChainVerifies,
        Self::CrashCostsASecond,
        Self::NonceOnce,
        Self::ClientEnds,
        Self::RetrySchedule,
        Self::InOrder,
        Self::Drains,
        Self::CustodyFinal,
        Self::Verdict,
    ];

    /// Its name, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReceiptedStays => "receipted-stays",
            Self::SpoolKeeps => "spool-keeps",
            Self::ChainVerifies => "chain-verifies",
            Self::CrashCostsASecond => "crash-costs-a-second",
            Self::NonceOnce => "nonce-once",
            Self::ClientEnds => "client-ends",
            Self::RetrySchedule => "retry-schedule",
            Self::InOrder => "in-order",
            Self::Drains => "drains",
            Self::CustodyFinal => "custody-final",
            Self::Verdict => "verdict",
        }
    }
}

/// An invariant that did not hold.
#[derive(Clone, Debug)]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// How it was seen.
    pub words: String,
}

impl Violation {
    pub(crate) fn new(invariant: Invariant, words: impl Into<String>) -> Self {
        Self { invariant, words: words.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} does not hold: {}", self.invariant.name(), self.words)
    }
}

/// A fault of the product, put into the world on purpose: each must be caught, or the check behind it is worth nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// The server signs for what a crash takes away again.
    ReceiptBeforeSync,
    /// The recorder removes a segment on its receipt, before the closing receipt.
    RemoveOnReceipt,
    /// A power cut takes a segment that was synced.
    SyncLies,
    /// A stored segment rots.
    StoreRots,
    /// The recorder keeps three seconds in memory before it writes them.
    LateWrites,
    /// The recorder begins a track anew under the same content key.
    KeyAgain,
    /// Nobody ends the client.
    ClientStays,
    /// Every failed try is followed by another at once.
    RetryStorm,
    /// The newest segments are sent first.
    NewestFirst,
    /// The recorder takes no closing receipt.
    NeverFinished,
    /// The server forgets that a session was ended.
    EndingForgotten,
    /// The recorder leaves a stretch out without naming it.
    SilentGap,
    /// A byte of the exported bundle is another.
    AlteredBundle,
    /// The launcher does not look again at what another process had open.
    NobodyLooksAgain,
    /// What failed on the recorder's machine is tried again by nobody.
    FailedForGood,
}

impl Break {
    /// Each of them.
    pub const ALL: [Self; 15] = [
        Self::ReceiptBeforeSync,
        Self::RemoveOnReceipt,
        Self::SyncLies,
        Self::StoreRots,
        Self::LateWrites,
        Self::KeyAgain,
        Self::ClientStays,
        Self::RetryStorm,
        Self::NewestFirst,
        Self::NeverFinished,
        Self::EndingForgotten,
        Self::SilentGap,
        Self::AlteredBundle,
        Self::NobodyLooksAgain,
        Self::FailedForGood,
    ];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReceiptBeforeSync => "receipt-before-sync",
            Self::RemoveOnReceipt => "remove-on-receipt",
            Self::SyncLies => "sync-lies",
            Self::StoreRots => "store-rots",
            Self::LateWrites => "late-writes",
            Self::KeyAgain => "key-again",
            Self::ClientStays => "client-stays",
            Self::RetryStorm => "retry-storm",
            Self::NewestFirst => "newest-first",
            Self::NeverFinished => "never-finished",
            Self::EndingForgotten => "ending-forgotten",
            Self::SilentGap => "silent-gap",
            Self::AlteredBundle => "altered-bundle",
            Self::NobodyLooksAgain => "nobody-looks-again",
            Self::FailedForGood => "failed-for-good",
        }
    }

    /// What must catch it.
    #[must_use]
    pub const fn caught_by(self) -> Invariant {
        match self {
            Self::ReceiptBeforeSync => Invariant::ReceiptedStays,
            Self::RemoveOnReceipt | Self::SyncLies => Invariant::SpoolKeeps,
            Self::StoreRots => Invariant::ChainVerifies,
            Self::LateWrites => Invariant::CrashCostsASecond,
            Self::KeyAgain => Invariant::NonceOnce,
            Self::ClientStays => Invariant::ClientEnds,
            Self::RetryStorm => Invariant::RetrySchedule,
            Self::NewestFirst => Invariant::InOrder,
            Self::NeverFinished | Self::NobodyLooksAgain | Self::FailedForGood => Invariant::Drains,
            Self::EndingForgotten => Invariant::CustodyFinal,
            Self::SilentGap | Self::AlteredBundle => Invariant::Verdict,
        }
    }
}

impl std::str::FromStr for Break {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = || Self::ALL.map(Self::name).join(", ");
        Self::ALL.into_iter().find(|known| known.name() == text).ok_or_else(|| format!("one of: {}", names()))
    }
}
