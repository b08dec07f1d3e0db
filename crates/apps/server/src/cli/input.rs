//! Reading secrets from standard input, and telling how it went.

use std::io::{Read as _, Write as _};

use anyhow::Context as _;
use zeroize::Zeroizing;

use crate::Exit;

const MAX_BYTES: u64 = 64 * 1024;

/// All of standard input, without the line end a shell puts behind it.
pub(super) fn value_from_stdin() -> anyhow::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    std::io::stdin().take(MAX_BYTES).read_to_string(&mut text).context("cannot read standard input")?;
    let end = text.trim_end_matches('\n').trim_end_matches('\r').len();
    text.truncate(end);
    Ok(text)
}

/// Prints one line on standard output.
pub(super) fn say(line: impl std::fmt::Display) -> anyhow::Result<()> {
    writeln!(std::io::stdout().lock(), "{line}").context("cannot write to standard output")
}

/// Says why something was refused.
pub(super) fn refused(exit: Exit, why: &dyn std::error::Error) -> Exit {
    let causes = std::iter::successors(why.source(), |error| error.source());
    let text = causes.fold(why.to_string(), |text, cause| format!("{text}: {cause}"));
    refused_with(exit, text)
}

/// Says why something was refused, in these words.
pub(super) fn refused_with(exit: Exit, words: impl std::fmt::Display) -> Exit {
    // Where standard error is closed there is nobody left to tell; the exit code still does.
    match writeln!(std::io::stderr().lock(), "chaperone-server: {words}") {
        Ok(()) | Err(_) => exit,
    }
}

/// Says why it failed, with all causes; a data folder in use has its own exit code.
pub(super) fn failed(error: &anyhow::Error) -> Exit {
    let in_use = matches!(error.downcast_ref(), Some(crate::data_folder::DataFolderError::InUse { .. }));
    refused_with(if in_use { Exit::InUse } else { Exit::Failed }, format!("{error:#}"))
}
