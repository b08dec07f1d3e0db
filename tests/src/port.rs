//! Loopback ports for counterparts that cannot pick one themselves.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::Context as _;

use crate::process::Process;

/// A port nothing listens on at this moment.
///
/// # Errors
/// When the system has none left.
pub fn free() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("find a free port")?;
    Ok(listener.local_addr().context("read the free port")?.port())
}

/// Waits until `process` accepts connections on `port`.
///
/// # Errors
/// When it ended, or does not listen within 20 s.
pub fn wait_open(port: u16, process: &mut Process) -> anyhow::Result<()> {
    let what = format!("{} listening on port {port}", process.name());
    crate::wait::until(&what, Duration::from_secs(20), || {
        process.assert_running()?;
        Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok().map(drop))
    })
}
