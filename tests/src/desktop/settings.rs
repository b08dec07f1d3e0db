//! The settings portal of a desktop, as far as it says whether the desktop is light or dark.
//! Source: XDG Desktop Portal, interface Settings.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context as _;
use zbus::blocking::Connection;
use zbus::zvariant::{OwnedValue, Value};

use super::{bus, session_bus};
use crate::workstation::Workstation;

const PATH: &str = "/org/freedesktop/portal/desktop";
const INTERFACE: &str = "org.freedesktop.portal.Settings";
const APPEARANCE: &str = "org.freedesktop.appearance";
const COLOUR_SCHEME: &str = "color-scheme";

/// What the desktop prefers, as the portal numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColourScheme {
    /// Dark.
    Dark = 1,
    /// Light.
    Light = 2,
}

/// The portal; gone when dropped.
pub struct Settings {
    bus: Connection,
    scheme: Arc<AtomicU32>,
}

impl Settings {
    /// Answers on the machine's session bus.
    ///
    /// # Errors
    /// When there is a portal already, or no bus.
    pub fn start(workstation: &Workstation, scheme: ColourScheme) -> anyhow::Result<Self> {
        let scheme = Arc::new(AtomicU32::new(scheme as u32));
        let bus = bus(session_bus(workstation)?)?
            .serve_at(PATH, Portal { scheme: Arc::clone(&scheme) })?
            .name("org.freedesktop.portal.Desktop")?
            .build()
            .context("become the portal")?;
        Ok(Self { bus, scheme })
    }

    /// Changes it, as a user does while programs run.
    ///
    /// # Errors
    /// When the bus is gone.
    pub fn change(&self, scheme: ColourScheme) -> anyhow::Result<()> {
        self.scheme.store(scheme as u32, Ordering::SeqCst);
        let setting = (APPEARANCE, COLOUR_SCHEME, Value::from(scheme as u32));
        let sent = self.bus.emit_signal(None::<&str>, PATH, INTERFACE, "SettingChanged", &setting);
        sent.context("tell of the change")
    }
}

struct Portal {
    scheme: Arc<AtomicU32>,
}

#[zbus::interface(name = "org.freedesktop.portal.Settings")]
impl Portal {
    fn read(&self, namespace: &str, key: &str) -> zbus::fdo::Result<OwnedValue> {
        if (namespace, key) != (APPEARANCE, COLOUR_SCHEME) {
            return Err(zbus::fdo::Error::Failed("Requested setting not found".to_owned()));
        }
        // The first version of this call wraps its answer twice.
        let value = Value::from(self.scheme.load(Ordering::SeqCst));
        Ok(OwnedValue::try_from(Value::Value(Box::new(value))).map_err(zbus::Error::from)?)
    }
}
