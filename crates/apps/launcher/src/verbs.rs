//! What each verb of the command line does.

pub mod doctor;
pub mod open;
pub mod queue;
pub mod record;
pub mod register;
pub mod status;
pub mod trust;

use chaperone_paths::Folders;

use crate::cli::{Cli, QueueVerb, TrustVerb, Verb};
use crate::exit::Exit;
use crate::failure::{OrFail as _, Outcome};
use crate::output::Output;

/// Carries out what the command line asks for. Must be called outside a runtime.
///
/// # Errors
/// What failed, in words.
pub fn carry_out(cli: Cli) -> Outcome<Exit> {
    let output = Output::new(cli.json);
    if let Verb::Session { pipe } = &cli.verb {
        return Ok(crate::session_process::main(pipe));
    }
    let folders = Folders::find().or_fail(Exit::Failed, "cannot find this program's folders")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.or_fail(Exit::Failed, "this process cannot be set up")?;
    runtime.block_on(async {
        match cli.verb {
            Verb::Session { .. } => {}
            Verb::Open { link } => return open::open(link, cli.headless, &made(folders)?, output).await,
            Verb::Status => status::status(&made(folders)?, output).await?,
            Verb::Queue { verb: QueueVerb::List } => queue::list(&made(folders)?, output).await?,
            Verb::Queue { verb: QueueVerb::Show { session } } => {
                queue::show(&session, &made(folders)?, output).await?;
            }
            Verb::Queue { verb: QueueVerb::Retry { session } } => {
                queue::retry(session, &made(folders)?, output).await?;
            }
            Verb::Trust { verb: TrustVerb::Add { code, keystore } } => {
                trust::add(code, keystore, &made(folders)?, output).await?;
            }
            Verb::Trust { verb: TrustVerb::List } => trust::list(&made(folders)?, output)?,
            Verb::Trust { verb: TrustVerb::Remove { origin } } => {
                trust::remove(origin, &made(folders)?, output).await?;
            }
            Verb::Register => register::register(&register::own_program()?, output)?,
            Verb::Unregister => register::unregister(output)?,
            Verb::Doctor => doctor::doctor(&made(folders)?, output)?,
            Verb::Record(options) => return record::record(&options, output).await,
        }
        Ok(Exit::Done)
    })
}

/// The folders, made.
fn made(folders: Folders) -> Outcome<Folders> {
    folders.create().or_fail(Exit::Failed, "cannot use this program's folders")?;
    Ok(folders)
}
