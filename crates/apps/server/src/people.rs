//! People: logging in and out, the first administrator, adding, changing and removing people.

mod actions;
mod changes;
mod limiter;
mod passwords;
pub(crate) mod routes;
mod set_up_code;

pub(crate) use actions::{
    AddPerson, IDLE_MS, LIFE_MS, PersonAdded, add_person, still_logged_in, whose_login,
};
pub(crate) use changes::{ChangeOutcome, PasswordOutcome, change_person, remove_person, replace_password};
pub(crate) use limiter::LoginLimiter;
pub(crate) use passwords::Passwords;
pub(crate) use set_up_code::SetUpCode;
