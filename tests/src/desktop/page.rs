//! Reading and working the app's windows by the accessibility bus, as a screen reader does: what it cannot find there,
//! nobody who needs one can either.
//! Source: AT-SPI2, interfaces Accessible, Action, Cache, Component, Text.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use zbus::blocking::Connection;
use zbus::zvariant::{DynamicType, OwnedObjectPath, Type};

use super::{bus, session_bus};
use crate::display::Display;
use crate::scene::PATIENCE;
use crate::wait;
use crate::workstation::Workstation;

const ACCESSIBLE: &str = "org.a11y.atspi.Accessible";
const CACHE: &str = "org.a11y.atspi.Cache";
const TEXT: &str = "org.a11y.atspi.Text";
/// More parts than any window of ours has.
const MOST_PARTS: usize = 2_000;
/// A look at the pages is many calls, and must not slow down what it looks at.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// What a part of a page is, as AT-SPI numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A push button.
    Button = 43,
    /// A field to write into.
    Field = 79,
    /// A page.
    Page = 95,
}

/// One part of a page.
#[derive(Clone, Debug)]
pub struct Part {
    place: Place,
    role: u32,
    /// Its accessible name.
    pub name: String,
    /// The text in it.
    pub text: String,
}

type Place = (String, OwnedObjectPath);

/// Whoever reads the windows.
pub struct Reader {
    bus: Connection,
}

impl Reader {
    /// Connects to the accessibility bus of the machine's session.
    ///
    /// # Errors
    /// When there is none.
    pub fn connect(workstation: &Workstation) -> anyhow::Result<Self> {
        let session = bus(session_bus(workstation)?)?.build().context("connect to the session bus")?;
        let answer = session
            .call_method(Some("org.a11y.Bus"), "/org/a11y/bus", Some("org.a11y.Bus"), "GetAddress", &())
            .context("find the accessibility bus")?;
        let address: String = answer.body().deserialize().context("read the accessibility bus's address")?;
        Ok(Self { bus: bus(&address)?.build().context("connect to the accessibility bus")? })
    }

    /// Waits until the page of that title holds `words`, in a name or a text.
    ///
    /// # Errors
    /// When it does not in time; the text holds what it says instead.
    pub fn wait_words(&self, title: &str, words: &str) -> anyhow::Result<()> {
        self.wait_part(title, &format!("{words:?}"), |part| {
            part.name.contains(words) || part.text.contains(words)
        })
        .map(drop)
    }

    /// Waits for a part of that kind and name on the page of that title.
    ///
    /// # Errors
    /// As [`Reader::wait_words`].
    pub fn wait_for(&self, title: &str, role: Role, name: &str) -> anyhow::Result<Part> {
        self.wait_part(title, &format!("{role:?} {name:?}"), |part| {
            part.role == role as u32 && part.name == name
        })
    }

    /// Presses a button.
    ///
    /// # Errors
    /// When it is not there in time.
    pub fn press(&self, title: &str, button: &str) -> anyhow::Result<()> {
        let part = self.wait_for(title, Role::Button, button)?;
        let pressed: bool = self.call(&part.place, "org.a11y.atspi.Action", "DoAction", &0_i32)?;
        ensure!(pressed, "{button:?} cannot be pressed");
        Ok(())
    }

    /// Types into a field, in the window that is shown as `window` on `display`, until the text is in it.
    ///
    /// # Errors
    /// When the field is not there in time, or does not take the text.
    pub fn type_into(
        &self,
        (title, field): (&str, &str),
        text: &str,
        (display, window): (&Display, &str),
    ) -> anyhow::Result<()> {
        let part = self.wait_for(title, Role::Field, field)?;
        wait::until_true(&format!("{text:?} in the field {field:?}"), PATIENCE, || {
            self.type_once(&part, text, (display, window)).unwrap_or(false)
        })
    }

    fn type_once(
        &self,
        part: &Part,
        text: &str,
        (display, window): (&Display, &str),
    ) -> anyhow::Result<bool> {
        display.tool("xdotool", &["windowfocus", "--sync", window])?;
        let _taken: bool = self.call(&part.place, "org.a11y.atspi.Component", "GrabFocus", &())?;
        display.press("ctrl+a")?;
        display.tool("xdotool", &["type", "--delay", "5", "--", text])?;
        // The page shows the last key a moment after it was pressed.
        let typed = wait::until_true("the typed text", Duration::from_secs(5), || {
            self.text(&part.place).is_ok_and(|there| there == text)
        });
        Ok(typed.is_ok())
    }

    fn wait_part(&self, title: &str, what: &str, is_it: impl Fn(&Part) -> bool) -> anyhow::Result<Part> {
        let mut seen = Vec::new();
        let found = wait::until_every(LOOK_EVERY, &format!("{what} on the page {title:?}"), PATIENCE, || {
            seen = self.pages()?;
            let page = seen.iter().find(|page| is_page(page, title));
            Ok(page.and_then(|page| page.iter().find(|part| is_it(part))).cloned())
        });
        found.with_context(|| {
            let said = |part: &Part| format!("{}: {:?} {:?}", part.role, part.name, part.text);
            let pages: Vec<Vec<String>> = seen.iter().map(|page| page.iter().map(said).collect()).collect();
            format!("the pages say {pages:?}")
        })
    }

    /// Every page, each with all its parts. A page that goes away meanwhile is left out.
    fn pages(&self) -> anyhow::Result<Vec<Vec<Part>>> {
        let names: Vec<String> = self
            .bus
            .call_method(
                Some("org.freedesktop.DBus"),
                "/org/freedesktop/DBus",
                Some("org.freedesktop.DBus"),
                "ListNames",
                &(),
            )
            .context("list who is on the accessibility bus")?
            .body()
            .deserialize()
            .context("read who is on the accessibility bus")?;
        let web_views = names.into_iter().filter(|name| name.starts_with("org.webkit."));
        Ok(web_views.filter_map(|name| self.page(&name).ok()).collect())
    }

    fn page(&self, name: &str) -> anyhow::Result<Vec<Part>> {
        let cache = (name.to_owned(), OwnedObjectPath::try_from("/org/a11y/atspi/cache").context("a path")?);
        // Only what somebody walked over is surely in the cache.
        let items: Vec<Cached> = self.call(&cache, CACHE, "GetItems", &())?;
        let tops = items.into_iter().map(|item| item.place);
        let mut open: Vec<Place> =
            tops.filter(|(_, path)| path.as_str().starts_with("/org/a11y/webkit/")).collect();
        let mut walked = 0;
        while let Some(place) = open.pop() {
            let children: Vec<Place> = self.call(&place, ACCESSIBLE, "GetChildren", &())?;
            open.extend(children);
            walked += 1;
            ensure!(walked < MOST_PARTS, "a page without end");
        }
        let items: Vec<Cached> = self.call(&cache, CACHE, "GetItems", &())?;
        let part = |item: Cached| {
            let has_text = item.interfaces.iter().any(|interface| interface == TEXT);
            let text = if has_text { self.text(&item.place)? } else { String::new() };
            Ok(Part { place: item.place, role: item.role, name: item.name, text })
        };
        items.into_iter().map(part).collect()
    }

    fn text(&self, place: &Place) -> anyhow::Result<String> {
        self.call(place, TEXT, "GetText", &(0_i32, -1_i32))
    }

    fn call<T>(
        &self,
        (name, path): &Place,
        interface: &str,
        method: &str,
        body: &(impl serde::Serialize + DynamicType),
    ) -> anyhow::Result<T>
    where
        T: for<'a> Deserialize<'a> + Type,
    {
        let answer = self.bus.call_method(Some(name.as_str()), path.as_str(), Some(interface), method, body);
        let answer = answer.with_context(|| format!("call {method}"))?;
        answer.body().deserialize().with_context(|| format!("read the answer to {method}"))
    }
}

fn is_page(parts: &[Part], title: &str) -> bool {
    parts.iter().any(|part| part.role == Role::Page as u32 && part.name == title)
}

/// An item of the cache, in the order of the interface.
#[derive(Deserialize, Type)]
struct Cached {
    place: Place,
    _application: Place,
    _parent: Place,
    _index: i32,
    _children: i32,
    interfaces: Vec<String>,
    name: String,
    role: u32,
    _description: String,
    _states: Vec<u32>,
}
