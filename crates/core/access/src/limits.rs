use std::time::Duration;

/// How large a request's body may be. A larger one is answered with 413 before it is read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLimit {
    /// No body is looked at: at most one byte is accepted.
    Empty,
    /// A form or a small signed message: 64 KiB.
    Small,
    /// An upload of sealed segments: 33 MiB, so that one segment of the largest size fits.
    Segments,
}

impl BodyLimit {
    /// The limit in bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::Empty => 1,
            Self::Small => 64 * 1024,
            Self::Segments => 33 * 1024 * 1024,
        }
    }
}

/// How long a request may take from its head to the head of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeLimit {
    /// Everything a person waits for: 15 s.
    Short,
    /// Uploads over slow lines: 120 s.
    Upload,
    /// The answer itself is a stream that ends when either side does.
    Stream,
}

impl TimeLimit {
    /// The limit, or none where the answer is a stream.
    #[must_use]
    pub const fn duration(self) -> Option<Duration> {
        match self {
            Self::Short => Some(Duration::from_secs(15)),
            Self::Upload => Some(Duration::from_secs(120)),
            Self::Stream => None,
        }
    }
}
