//! The machines every recorder runs by: how a session starts, how it watches its server, its record and its capture,
//! how often it tries again, and how it ends.
//!
//! This crate owns the *decisions* and nothing else. Each machine takes what happened together with `now`, a
//! [`Moment`] of a clock that counts sleep, and hands back what must be done. It reads no clock, draws no random
//! number, touches no file, process or socket; `apps/launcher` carries the effects out. What is written and signed
//! about a session belongs to `evidence`, whose words for reasons and causes the machines map their own to; what is
//! said on the wire belongs to `protocol`.
#![forbid(unsafe_code)]

pub mod answer;
pub mod capture_health;
pub mod delivery;
pub mod end_reason;
pub mod moment;
pub mod picture_judge;
pub mod record_stall;
pub mod retry;
pub mod server_watch;
pub mod session;
pub mod start;

pub use answer::{Action, Answer, Refusal, answer_action};
pub use capture_health::{CaptureEvent, CaptureHealth, CaptureLoss};
pub use delivery::{AfterFailure, AfterMissing, Delivery, Next, Pending};
pub use end_reason::EndReason;
pub use moment::Moment;
pub use picture_judge::{PictureJudge, Signs, Verdict};
pub use record_stall::{RecordStall, StallEvent, StallLimit};
pub use retry::{NextTry, Retry, Schedule};
pub use server_watch::{ServerEvent, ServerWatch};
pub use session::{Effect, EndStamps, Input, Policy, Session, Trouble};
pub use start::{Start, StartEvent, StartFailure, StartNeeds};
