//! Programs a desktop is made of, each ended with the test.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Signal, set_parent_process_death_signal};

/// Where programs lie that nobody starts by hand.
const LIBEXEC: [&str; 3] = ["/usr/libexec", "/usr/lib", "/usr/lib/xdg-desktop-portal"];

/// A running program.
pub(crate) struct Program {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts a program whose words go to a file in `dir`.
    pub(crate) fn start(dir: &Path, name: &str, command: &mut Command) -> Self {
        let log = dir.join(format!("{name}.log"));
        let file = File::create(&log).unwrap();
        command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        // A test that is killed takes its desktop along.
        let with_us = || Ok(set_parent_process_death_signal(Some(Signal::KILL))?);
        // SAFETY: between fork and exec the closure only makes one system call.
        unsafe { command.pre_exec(with_us) };
        let child =
            command.spawn().unwrap_or_else(|error| missing(command.get_program(), &error.to_string()));
        Self { name: name.to_owned(), child, log }
    }

    /// Waits until `found` gives something, as long as the program runs, 20 seconds at most.
    pub(crate) fn wait<T>(&mut self, mut found: impl FnMut() -> Option<T>) -> T {
        let give_up = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(found) = found() {
                return found;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "{} ended with {ended:?}: {}", self.name, self.said());
            assert!(Instant::now() < give_up, "{} did not come up: {}", self.name, self.said());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Shows the last it said, in a test that fails.
    pub(crate) fn report(&self) {
        let said = self.said();
        let lines: Vec<&str> = said.lines().collect();
        eprintln!("{} said last:\n{}\n", self.name, lines[lines.len().saturating_sub(40)..].join("\n"));
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Ends it now, without a chance to say so.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Already ended in some tests, which is as well.
        if self.child.kill().is_ok() {
            self.child.wait().unwrap();
        }
    }
}

/// The path of a program that lies beside the usual ones.
pub(crate) fn libexec(name: &str) -> PathBuf {
    let paths = LIBEXEC.iter().map(|dir| Path::new(dir).join(name));
    paths.into_iter().find(|path| path.exists()).unwrap_or_else(|| missing(OsStr::new(name), "not found"))
}

fn missing(program: &OsStr, error: &str) -> ! {
    panic!("this test needs {}, which `cargo xtask setup` installs: {error}", program.display())
}
