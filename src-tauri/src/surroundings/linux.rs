//! Linux: who shows tray icons owns a name on the session bus; how bright the desktop is, its settings portal says, or
//! GTK's theme. Nobody says how bright the panel alone is.
//! Sources: StatusNotifierItem ("StatusNotifierWatcher"); XDG Desktop Portal, interface Settings, `org.freedesktop.appearance`.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

use gtk::gio::{self, prelude::*};
use gtk::glib::{self, variant::Variant};
use gtk::prelude::GtkSettingsExt as _;

use super::Panel;

/// Owned by whoever collects tray icons for panels.
const TRAY_NAME: &str = "org.kde.StatusNotifierWatcher";
const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PORTAL_PATH: &str = "/org/freedesktop/portal/desktop";
const SETTINGS: &str = "org.freedesktop.portal.Settings";
const APPEARANCE: &str = "org.freedesktop.appearance";
const COLOUR_SCHEME: &str = "color-scheme";
/// A portal that has to be started first takes its time; it is waited for in the background.
const PORTAL_WITHIN_MS: i32 = 10_000;

#[derive(Clone, Debug)]
pub(super) struct Surroundings(Arc<Heard>);

/// What was heard last. Written on the main thread, read on any.
#[derive(Debug, Default)]
struct Heard {
    tray: OnceAndAgain,
    scheme: OnceAndAgain,
    theme_is_dark: OnceAndAgain,
    desktop: OnceLock<String>,
}

/// A small number that is not known at first: 0, else the number and one.
#[derive(Debug, Default)]
struct OnceAndAgain(AtomicU8);

impl OnceAndAgain {
    fn set(&self, value: u8) {
        self.0.store(value.saturating_add(1), Ordering::Relaxed);
    }

    fn get(&self) -> Option<u8> {
        self.0.load(Ordering::Relaxed).checked_sub(1)
    }
}

impl Surroundings {
    pub(super) fn listen() -> Self {
        let heard = Arc::new(Heard::default());
        heard.desktop.get_or_init(|| std::env::var("XDG_CURRENT_DESKTOP").unwrap_or_default());
        listen_for_tray(&heard);
        listen_to_theme(&heard);
        glib::MainContext::default().spawn_local(listen_to_portal(Arc::clone(&heard)));
        Self(heard)
    }

    pub(super) fn panel(&self) -> Panel {
        let heard = &self.0;
        let desktop = heard.desktop.get().map_or("", String::as_str);
        panel(desktop, heard.scheme.get(), heard.theme_is_dark.get() == Some(1))
    }

    pub(super) fn shows_tray(&self) -> Option<bool> {
        self.0.tray.get().map(|there| there == 1)
    }
}

/// The panel of a desktop (`XDG_CURRENT_DESKTOP`) with this colour scheme (the portal's: 1 dark, 2 light, else no
/// preference). GNOME's bar is dark whatever its windows are, and Xfce's panel is until somebody asks for light.
/// Where no desktop is named, GTK's light theme is its own default and says nothing.
fn panel(desktop: &str, scheme: Option<u8>, theme_is_dark: bool) -> Panel {
    let is = |name: &str| desktop.split(':').any(|part| part.eq_ignore_ascii_case(name));
    match scheme {
        _ if is("GNOME") => Panel::Dark,
        Some(1) => Panel::Dark,
        Some(2) => Panel::Light,
        _ if theme_is_dark || desktop.is_empty() || is("XFCE") => Panel::Dark,
        _ => Panel::Light,
    }
}

fn listen_for_tray(heard: &Arc<Heard>) {
    let (there, gone) = (Arc::clone(heard), Arc::clone(heard));
    // Watched for as long as the program runs.
    gio::bus_watch_name(
        gio::BusType::Session,
        TRAY_NAME,
        gio::BusNameWatcherFlags::NONE,
        move |_, _, _| there.tray.set(1),
        move |_, _| gone.tray.set(0),
    );
}

fn listen_to_theme(heard: &Arc<Heard>) {
    let Some(settings) = gtk::Settings::default() else { return };
    let look = |heard: &Heard, settings: &gtk::Settings| {
        let name = settings.gtk_theme_name().unwrap_or_default().to_lowercase();
        let dark = settings.is_gtk_application_prefer_dark_theme() || name.ends_with("dark");
        heard.theme_is_dark.set(u8::from(dark));
    };
    look(heard, &settings);
    let changed = Arc::clone(heard);
    settings.connect_gtk_theme_name_notify(move |settings| look(&changed, settings));
    let changed = Arc::clone(heard);
    settings.connect_gtk_application_prefer_dark_theme_notify(move |settings| look(&changed, settings));
}

/// A desktop without a portal answers nothing, which is an answer.
async fn listen_to_portal(heard: Arc<Heard>) {
    let bus = match gio::bus_get_future(gio::BusType::Session).await {
        Ok(bus) => bus,
        Err(error) => return tracing::debug!(%error, "There is no session bus"),
    };
    let (changed, kept) = (Arc::clone(&heard), bus.clone());
    bus.signal_subscribe(
        Some(PORTAL),
        Some(SETTINGS),
        Some("SettingChanged"),
        Some(PORTAL_PATH),
        Some(APPEARANCE),
        gio::DBusSignalFlags::NONE,
        move |_, _, _, _, _, setting| {
            // The subscription ends with its connection, which therefore is kept here.
            let _ = &kept;
            if setting.try_child_value(1).and_then(|key| key.get::<String>()).as_deref()
                == Some(COLOUR_SCHEME)
                && let Some(scheme) = setting.try_child_value(2).and_then(|value| scheme(&value))
            {
                changed.scheme.set(scheme);
            }
        },
    );
    // `ReadOne` is better typed and missing in portals of 2022.
    let asked = bus.call_future(
        Some(PORTAL),
        PORTAL_PATH,
        SETTINGS,
        "Read",
        Some(&(APPEARANCE, COLOUR_SCHEME).to_variant()),
        None,
        gio::DBusCallFlags::NONE,
        PORTAL_WITHIN_MS,
    );
    match asked.await {
        Ok(answer) => {
            if let Some(scheme) = answer.try_child_value(0).and_then(|value| scheme(&value)) {
                heard.scheme.set(scheme);
            }
        }
        Err(error) => tracing::debug!(%error, "The desktop's settings cannot be asked"),
    }
}

/// The number in as many variants as a portal may wrap it in.
fn scheme(value: &Variant) -> Option<u8> {
    let mut value = value.clone();
    for _ in 0..3 {
        match value.as_variant() {
            Some(inner) => value = inner,
            None => break,
        }
    }
    value.get::<u32>().and_then(|number| u8::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colour_scheme_decides_where_the_panel_follows_it() {
        for (desktop, scheme, theme_is_dark, expected) in [
            ("KDE", Some(1), false, Panel::Dark),
            ("KDE", Some(2), true, Panel::Light),
            ("XFCE", Some(2), false, Panel::Light),
            ("ubuntu:GNOME", Some(2), false, Panel::Dark),
            ("GNOME", None, false, Panel::Dark),
        ] {
            assert_eq!(panel(desktop, scheme, theme_is_dark), expected, "{desktop} {scheme:?}");
        }
    }

    #[test]
    fn without_a_preference_the_theme_and_the_desktops_habit_decide() {
        for scheme in [None, Some(0), Some(9)] {
            assert_eq!(panel("MATE", scheme, true), Panel::Dark);
            assert_eq!(panel("MATE", scheme, false), Panel::Light);
            assert_eq!(panel("XFCE", scheme, false), Panel::Dark);
            assert_eq!(panel("", scheme, false), Panel::Dark);
        }
    }

    #[test]
    fn a_scheme_is_read_however_it_is_wrapped() {
        let plain = 2_u32.to_variant();
        let twice = Variant::from_variant(&Variant::from_variant(&plain));
        assert_eq!(scheme(&plain), Some(2));
        assert_eq!(scheme(&twice), Some(2));
        assert_eq!(scheme(&"2".to_variant()), None);
    }
}
