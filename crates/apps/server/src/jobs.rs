//! Work that outlives a request: whoever holds a job's lease does it, and a lease that ran out is taken by the next.
//!
//! There are two lanes with a worker each: joining segments takes seconds, encoding stills minutes, and no film waits for
//! another session's stills.

mod compose;
mod films;
mod lease;
mod left;
mod scrub;
mod worker;

pub(crate) use compose::film_key;
pub(crate) use films::{FilmOpened, Films, OpenFilmError, open_film};
pub(crate) use left::remove_left_stills;
pub(crate) use scrub::scrub;
pub(crate) use worker::{JobBell, Lane, work};
