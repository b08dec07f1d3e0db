//! Model checks: every order in which things can happen, of models small enough for that.
//!
//! The search is our own and not a library's, since the ones there are bring a web server and further features of shared
//! crates into every build of the workspace; what is needed of them is below a hundred lines, and compares whole states.

mod leases;
mod removal;
mod search;
