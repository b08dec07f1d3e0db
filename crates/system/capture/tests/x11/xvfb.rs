//! A display of the test's own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use chaperone_capture::Desktop;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, connect, socket};
use x11rb::rust_connection::{DefaultStream, RustConnection};

use super::client::Client;

/// An X server without a screen, ended with the test.
pub(crate) struct Xvfb {
    child: Child,
    number: u32,
}

impl Xvfb {
    /// A screen of 800×600 in the usual depth.
    pub(crate) fn start() -> Self {
        Self::with("800x600x24", &[])
    }

    /// A screen as given, and further arguments, as to leave an extension out.
    pub(crate) fn with(screen: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new("Xvfb");
        command.args(["-screen", "0", screen]).args(arguments);
        Self::run(&mut command, "Xvfb (package xvfb)")
    }

    /// Another X server that takes the usual arguments; `needed` names it where it is missing.
    pub(crate) fn run(command: &mut Command, needed: &str) -> Self {
        let mut child = command
            .args(["-displayfd", "1", "-nolisten", "tcp", "-noreset"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("this test needs {needed}: {error}"));
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Ok(number) = line.trim().parse() else {
            child.kill().unwrap();
            let mut said = String::new();
            child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            child.wait().unwrap();
            panic!("{needed} did not start: {said}");
        };
        Self { child, number }
    }

    pub(crate) fn desktop(&self) -> Desktop {
        Desktop { x11: Some(self.name()), wayland: None }
    }

    /// Ends the server now.
    pub(crate) fn end(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// A client whose connection belongs to this process.
    pub(crate) fn client(&self) -> Client {
        Client::new(RustConnection::connect(Some(&self.name())).unwrap().0, None)
    }

    /// A client whose connection belongs to a process of its own: that process connects, this one draws.
    pub(crate) fn foreign_client(&self) -> Client {
        let address = SocketAddrUnix::new(format!("/tmp/.X11-unix/X{}", self.number)).unwrap();
        let ours: OwnedFd = socket(AddressFamily::UNIX, SocketType::STREAM, None).unwrap();
        let theirs = ours.try_clone().unwrap();
        let mut command = Command::new("sleep");
        command.arg("600").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // SAFETY: between fork and exec the closure only makes one system call, on values made before.
        unsafe { command.pre_exec(move || Ok(connect(&theirs, &address)?)) };
        let child = command.spawn().unwrap();
        let (stream, _) = DefaultStream::from_unix_stream(UnixStream::from(ours)).unwrap();
        Client::new(RustConnection::connect_to_stream(stream, 0).unwrap(), Some(child))
    }

    fn name(&self) -> String {
        format!(":{}", self.number)
    }
}

impl Drop for Xvfb {
    fn drop(&mut self) {
        // Already ended in some tests, which is as well.
        if self.child.kill().is_ok() {
            self.child.wait().unwrap();
        }
    }
}
