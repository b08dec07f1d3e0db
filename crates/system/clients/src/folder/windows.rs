//! What lies in a user's own profile inherits that only this user may read it.

use std::fs::{DirBuilder, OpenOptions};

pub(super) fn private_folder() -> DirBuilder {
    DirBuilder::new()
}

pub(super) fn private_file() -> OpenOptions {
    OpenOptions::new()
}
