//! What a verifier has to say, and where in the session.

/// Most findings that are kept; the others are counted.
pub const MAX_FINDINGS: usize = 1000;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// The record says itself what it lacks, and why.
    Named,
    /// Altered, truncated, missing, or not verifiable.
    Fault,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $weight:ident;)*) => {
        /// The closed list of what can be found.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code, for tables and tests.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable word for JSON and logs.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// How much it weighs.
            #[must_use]
            pub const fn weight(self) -> Weight {
                match self {
                    $(Self::$name => Weight::$weight,)*
                }
            }
        }
    };
}

codes! {
    /// The recorder says that it did not record a stretch, and why.
    Gap = "gap", Named;
    /// The session was closed by a recovery record.
    Recovered = "recovered", Named;
    /// A planned track has no segment, and nothing announces one.
    Empty = "empty", Named;
    /// The file's form is wrong.
    Layout = "layout", Fault;
    /// The file ends too soon.
    Truncated = "truncated", Fault;
    /// A key set is not the pinned root's, or older than the one before it.
    KeySet = "key-set", Fault;
    /// The opening record is absent or does not verify.
    Opening = "opening", Fault;
    /// The device's key is not the one the opening record names.
    DeviceKey = "device-key", Fault;
    /// A receipt does not verify, or names what was not planned.
    Receipt = "receipt", Fault;
    /// The heartbeat does not verify, or names what was not planned.
    Heartbeat = "heartbeat", Fault;
    /// The closing or recovery record does not verify, or does not name what was planned.
    Closing = "closing", Fault;
    /// The closing receipt does not verify, or is for another record.
    ClosingReceipt = "closing-receipt", Fault;
    /// There is neither closing nor recovery record.
    Unclosed = "unclosed", Fault;
    /// The server's word is missing that it stored a track, or all of it.
    Unreceipted = "unreceipted", Fault;
    /// A recovered session without a heartbeat: nothing says how far the recorder had come.
    Unannounced = "unannounced", Fault;
    /// A section of segments is of a track nobody planned, or stands behind one of the same or a higher track.
    Misplaced = "misplaced", Fault;
    /// In place of segments there are other bytes.
    Altered = "altered", Fault;
    /// Segments are not there, and something proven is later or announces them.
    Missing = "missing", Fault;
    /// A payload is not the one its header names.
    Payload = "payload", Fault;
    /// A segment stands behind a later one, or twice.
    OutOfOrder = "out-of-order", Fault;
    /// A segment does not carry the hash of the header before it.
    Unlinked = "unlinked", Fault;
    /// A segment begins before the one before it ends.
    Overlapping = "overlapping", Fault;
    /// A stretch of time is in no segment, and no gap names it.
    Unnamed = "unnamed", Fault;
    /// A head in a statement is not that of the chain.
    Head = "head", Fault;
    /// The closing record counts other gaps than there are.
    GapCount = "gap-count", Fault;
    /// A payload does not open with the content key to what its header names.
    Content = "content", Fault;
    /// The film is not made of the segments.
    Film = "film", Fault;
    /// There are segments beyond those the session was closed with.
    Surplus = "surplus", Fault;
}

/// One thing found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub code: Code,
    /// In which track; none where it is about the bundle as a whole.
    pub track: Option<u32>,
    /// Number of the first segment it is about.
    pub first: Option<u64>,
    /// Number of the last segment it is about; none where nobody knows how many there were.
    pub last: Option<u64>,
    /// Where the stretch begins, milliseconds since the session began.
    pub from_ms: Option<u64>,
    /// Where it ends; none where nobody knows.
    pub to_ms: Option<u64>,
    /// For people.
    pub words: String,
}

impl Finding {
    /// Something about the bundle as a whole.
    #[must_use]
    pub const fn whole(code: Code, words: String) -> Self {
        Self { code, track: None, first: None, last: None, from_ms: None, to_ms: None, words }
    }

    /// Something about a whole track.
    pub(crate) const fn of_track(code: Code, track: u32, words: String) -> Self {
        Self { code, track: Some(track), first: None, last: None, from_ms: None, to_ms: None, words }
    }

    /// The order in which findings are told: bundle, then track by track, each by time.
    fn key(&self) -> (Option<u32>, Option<u64>, Option<u64>, &'static str) {
        (self.track, self.from_ms, self.first, self.code.code())
    }
}

/// Findings up to the limit, and how many more there were.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    kept: Vec<Finding>,
    left_out: u64,
    worst: Option<Weight>,
}

impl Findings {
    pub(crate) fn add(&mut self, finding: Finding) {
        self.worst = self.worst.max(Some(finding.code.weight()));
        if self.kept.len() < MAX_FINDINGS {
            self.kept.push(finding);
        } else {
            self.left_out += 1;
        }
    }

    /// Whether there is one of this kind among those kept.
    pub(crate) fn has(&self, code: Code) -> bool {
        self.kept.iter().any(|finding| finding.code == code)
    }

    /// The heaviest weight there is.
    pub(crate) const fn worst(&self) -> Option<Weight> {
        self.worst
    }

    /// The findings in order, and how many were left out.
    pub(crate) fn finish(mut self) -> (Vec<Finding>, u64) {
        self.kept.sort_by(|one, other| one.key().cmp(&other.key()));
        (self.kept, self.left_out)
    }
}
