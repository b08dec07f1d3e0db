//! The desktop app on a workstation, and what a desktop has around it: a tray, settings, a reader of its windows.

mod page;
mod settings;
mod tray;

use std::time::Duration;

use anyhow::Context as _;
use zbus::blocking::{Connection, connection};

use crate::process::Process;
use crate::workstation::Workstation;

pub use page::{Part, Reader, Role};
pub use settings::{ColourScheme, Settings};
pub use tray::{Entry, Tray};

/// How long a program on the bus may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// Starts `chaperone-desktop` on a workstation.
///
/// # Errors
/// When it cannot be started.
pub fn start(workstation: &Workstation) -> anyhow::Result<Process> {
    let mut command = workstation.command(&workstation.program("chaperone-desktop"));
    Process::start("desktop", &mut command, workstation.dir(), false)
}

fn session_bus(workstation: &Workstation) -> anyhow::Result<&str> {
    let bus = workstation.environment().iter().find(|(name, _)| name == "DBUS_SESSION_BUS_ADDRESS");
    bus.map(|(_, address)| address.as_str()).context("the machine has no session bus")
}

/// A connection to a bus, to talk from.
fn bus(address: &str) -> anyhow::Result<connection::Builder<'_>> {
    let builder = connection::Builder::address(address).context("read the bus's address")?;
    Ok(builder.method_timeout(ANSWER_WITHIN))
}

/// A property of an object on the bus.
fn property<T>(bus: &Connection, (name, path): (&str, &str), interface: &str, key: &str) -> anyhow::Result<T>
where
    T: TryFrom<zbus::zvariant::OwnedValue>,
    T::Error: std::error::Error + Send + Sync + 'static,
{
    let answer = bus
        .call_method(Some(name), path, Some("org.freedesktop.DBus.Properties"), "Get", &(interface, key))
        .with_context(|| format!("ask {name} for {key}"))?;
    let value: zbus::zvariant::OwnedValue = answer.body().deserialize().context("read a property")?;
    T::try_from(value).with_context(|| format!("{key} is of another kind"))
}
