//! A tray, as panels have one: it collects icons and shows their menus.
//! Sources: StatusNotifierItem; libdbusmenu, `com.canonical.dbusmenu`.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, bail};
use zbus::blocking::Connection;
use zbus::message::Header;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Structure, Value};

use super::{bus, property, session_bus};
use crate::scene::PATIENCE;
use crate::wait;
use crate::workstation::Workstation;

const ITEM: &str = "org.kde.StatusNotifierItem";
const MENU: &str = "com.canonical.dbusmenu";

/// The tray; icons lose it when it is dropped.
pub struct Tray {
    bus: Connection,
    icons: Icons,
}

/// Bus name and path of everything that was registered.
type Icons = Arc<Mutex<Vec<(String, String)>>>;

/// One line of a menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    id: i32,
    /// What it says; empty for a separator.
    pub words: String,
    /// Whether it can be chosen.
    pub enabled: bool,
}

impl Tray {
    /// Begins to collect icons on the machine's session bus.
    ///
    /// # Errors
    /// When there is a tray already, or no bus.
    pub fn start(workstation: &Workstation) -> anyhow::Result<Self> {
        let icons = Icons::default();
        let bus = bus(session_bus(workstation)?)?
            .serve_at("/StatusNotifierWatcher", Watcher { icons: Arc::clone(&icons) })?
            .name("org.kde.StatusNotifierWatcher")?
            .build()
            .context("become the tray")?;
        Ok(Self { bus, icons })
    }

    /// The lines of the icon's menu, from top to bottom.
    ///
    /// # Errors
    /// When there is no icon in time, or it has no menu.
    pub fn menu(&self) -> anyhow::Result<Vec<Entry>> {
        let (name, path) = self.icon()?;
        let menu: OwnedObjectPath = property(&self.bus, (&name, &path), ITEM, "Menu")?;
        let everything = (0_i32, -1_i32, Vec::<&str>::new());
        let answer = self
            .bus
            .call_method(Some(name.as_str()), menu.as_str(), Some(MENU), "GetLayout", &everything)
            .context("ask for the menu")?;
        let body = answer.body();
        let (_, (_, _, lines)): (u32, Layout) = body.deserialize().context("read the menu")?;
        lines.iter().map(entry).collect()
    }

    /// Waits until the menu satisfies `is_right`.
    ///
    /// # Errors
    /// When it does not in time; the text holds what it says instead.
    pub fn wait_menu(&self, what: &str, is_right: impl Fn(&[Entry]) -> bool) -> anyhow::Result<Vec<Entry>> {
        let mut last = Vec::new();
        let found = wait::until(&format!("{what} in the tray's menu"), PATIENCE, || {
            last = self.menu()?;
            Ok(is_right(&last).then(|| last.clone()))
        });
        found.with_context(|| format!("the menu says {last:?}"))
    }

    /// Waits for a line that says `words`.
    ///
    /// # Errors
    /// As [`Tray::wait_menu`].
    pub fn wait_entry(&self, words: &str) -> anyhow::Result<Entry> {
        let menu = self.wait_menu(words, |menu| menu.iter().any(|entry| entry.words == words))?;
        menu.into_iter().find(|entry| entry.words == words).context("a line that has just been there")
    }

    /// Chooses the line that says `words`, once it is there.
    ///
    /// # Errors
    /// When it is not there in time, or cannot be chosen.
    pub fn choose(&self, words: &str) -> anyhow::Result<()> {
        let entry = self.wait_entry(words)?;
        if !entry.enabled {
            bail!("{words:?} cannot be chosen");
        }
        let (name, path) = self.icon()?;
        let menu: OwnedObjectPath = property(&self.bus, (&name, &path), ITEM, "Menu")?;
        let event = (entry.id, "clicked", Value::from(0_i32), 0_u32);
        self.bus
            .call_method(Some(name.as_str()), menu.as_str(), Some(MENU), "Event", &event)
            .with_context(|| format!("choose {words:?}"))
            .map(drop)
    }

    /// The picture the icon shows.
    ///
    /// # Errors
    /// When there is no icon in time.
    pub fn picture_path(&self) -> anyhow::Result<PathBuf> {
        let (name, path) = self.icon()?;
        let file: String = property(&self.bus, (&name, &path), ITEM, "IconName")?;
        let dir: String = property(&self.bus, (&name, &path), ITEM, "IconThemePath")?;
        let file = if file.ends_with(".png") { file } else { format!("{file}.png") };
        Ok(PathBuf::from(dir).join(file))
    }

    fn icon(&self) -> anyhow::Result<(String, String)> {
        wait::until("an icon in the tray", PATIENCE, || {
            Ok(self.icons.lock().unwrap_or_else(PoisonError::into_inner).last().cloned())
        })
    }
}

/// A line with its properties and the lines below it.
type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

fn entry(line: &OwnedValue) -> anyhow::Result<Entry> {
    let line = line.try_clone().context("copy a menu's line")?;
    let line = Structure::try_from(line).context("a menu's line is no structure")?;
    let (id, properties, _) =
        <(i32, HashMap<String, Value<'_>>, Vec<Value<'_>>)>::try_from(line).context("read a menu's line")?;
    let words = match properties.get("label") {
        // An underscore marks a key to press; two are one.
        Some(Value::Str(label)) => label.replace("__", "\0").replace('_', "").replace('\0', "_"),
        _ => String::new(),
    };
    Ok(Entry { id, words, enabled: properties.get("enabled") != Some(&Value::Bool(false)) })
}

struct Watcher {
    icons: Icons,
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, #[zbus(header)] header: Header<'_>, service: &str) {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        // An icon tells its path, or a name it owns.
        let icon = if service.starts_with('/') {
            (sender, service.to_owned())
        } else {
            (service.to_owned(), "/StatusNotifierItem".to_owned())
        };
        self.icons.lock().unwrap_or_else(PoisonError::into_inner).push(icon);
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        let icons = self.icons.lock().unwrap_or_else(PoisonError::into_inner);
        icons.iter().map(|(name, path)| format!("{name}{path}")).collect()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}
