//! Work that outlives a request: whoever holds a job's lease does it, and a lease that ran out is taken by the next.

mod compose;
mod films;
mod lease;
mod worker;

pub(crate) use compose::film_key;
pub(crate) use films::{FilmOpened, Films, OpenFilmError, open_film};
pub(crate) use worker::{JobBell, work};
