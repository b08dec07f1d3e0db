//! What is started in a tree, and how its end is told.

use std::ffi::OsString;
use std::fs::File;
use std::process::{Command, ExitStatus, Stdio};

use tokio::sync::watch;
use zeroize::Zeroizing;

use super::TreeError;
use crate::environment::CleanEnvironment;
use crate::programs::ProgramPath;

/// The most a program is handed on standard input: it is written before the program reads, so it must fit a pipe.
const MAX_INPUT: usize = 32 * 1024;

/// What a program is handed on standard input; wiped when dropped.
pub(super) type Input = Zeroizing<Vec<u8>>;

/// A program to start: an absolute path, arguments built by us, a clean environment. No shell is ever involved.
#[derive(Debug)]
pub struct ClientProgram {
    program: ProgramPath,
    arguments: Vec<OsString>,
    environment: CleanEnvironment,
    input: Option<Input>,
    output: Output,
}

/// Where a program's standard output and error go.
#[derive(Debug)]
pub enum Output {
    /// Nowhere.
    Nothing,
    /// Into a file, both.
    File(File),
}

impl ClientProgram {
    /// A program with these arguments, without input and output.
    #[must_use]
    pub fn new(program: ProgramPath, arguments: Vec<OsString>, environment: CleanEnvironment) -> Self {
        Self { program, arguments, environment, input: None, output: Output::Nothing }
    }

    /// Hands it these bytes on standard input, then the end of file. At most 32 KiB. The bytes are wiped afterwards.
    #[must_use]
    pub fn with_input(mut self, input: Zeroizing<Vec<u8>>) -> Self {
        self.input = Some(input);
        self
    }

    /// Says where its output goes.
    #[must_use]
    pub fn with_output(mut self, output: Output) -> Self {
        self.output = output;
        self
    }

    /// The program's path, for messages.
    pub(super) fn name(&self) -> String {
        self.program.as_path().display().to_string()
    }

    /// The command to run, and what is to be written to it once it runs.
    pub(super) fn into_command(self, mark: &str) -> Result<(Command, Option<Input>), TreeError> {
        let failed = |source| TreeError::Input { program: self.name(), source };
        if self.input.as_ref().is_some_and(|input| input.len() > MAX_INPUT) {
            return Err(failed(std::io::ErrorKind::FileTooLarge.into()));
        }
        let (stdout, stderr) = match &self.output {
            Output::Nothing => (Stdio::null(), Stdio::null()),
            Output::File(file) => (
                Stdio::from(file.try_clone().map_err(failed)?),
                Stdio::from(file.try_clone().map_err(failed)?),
            ),
        };
        let mut command = Command::new(self.program.as_path());
        command
            .args(&self.arguments)
            .env_clear()
            .envs(self.environment.iter())
            .env(crate::environment::MARK_VARIABLE, mark)
            .stdin(if self.input.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(stdout)
            .stderr(stderr);
        Ok((command, self.input))
    }
}

/// A started program. Dropping it does not end it: its tree does.
#[derive(Debug, Clone)]
pub struct Client {
    pid: u32,
    exit: watch::Receiver<Option<ClientExit>>,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientExit {
    /// Its exit code, when it ended by itself.
    pub code: Option<i32>,
    /// The signal that ended it (Unix).
    pub signal: Option<i32>,
}

impl Client {
    /// Waits for `child` on a thread of its own and tells its end; `gone` runs as soon as it has been waited for.
    pub(super) fn watch(
        mut child: std::process::Child,
        gone: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<Self> {
        let pid = child.id();
        let (tell, exit) = watch::channel(None);
        std::thread::Builder::new().name("client-wait".to_owned()).spawn(move || {
            let ended = child.wait();
            gone();
            let exit = ended.map_or(ClientExit { code: None, signal: None }, ClientExit::from);
            tell.send_replace(Some(exit));
        })?;
        Ok(Self { pid, exit })
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn try_exit(&self) -> Option<ClientExit> {
        *self.exit.borrow()
    }

    /// Waits until it has ended. Cancel safe.
    pub async fn exited(&self) -> ClientExit {
        let mut exit = self.exit.clone();
        // The sender is dropped only after it has told the end.
        let told = exit.wait_for(Option::is_some).await.ok().and_then(|exit| *exit);
        told.unwrap_or(ClientExit { code: None, signal: None })
    }
}

impl From<ExitStatus> for ClientExit {
    fn from(status: ExitStatus) -> Self {
        #[cfg(unix)]
        let signal = std::os::unix::process::ExitStatusExt::signal(&status);
        #[cfg(not(unix))]
        let signal = None;
        Self { code: status.code(), signal }
    }
}
