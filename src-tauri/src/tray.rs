//! The tray icon: one sign for the state, one menu. The program works without it.

mod menu;
mod sign;

use tauri::{
    AppHandle, Runtime,
    menu::{Menu, MenuItem, PredefinedMenuItem},
    tray::{TrayIcon, TrayIconBuilder},
};

use crate::view::View;

pub(crate) use menu::Choice;
use menu::Line;

/// The tray icon while it is there.
pub(crate) struct Tray<R: Runtime> {
    icon: TrayIcon<R>,
    shown: Option<View>,
}

impl<R: Runtime> std::fmt::Debug for Tray<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tray").field("shown", &self.shown).finish_non_exhaustive()
    }
}

/// A tray could not be had. Chaperone goes on without: windows open for what needs the user.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TrayError {
    /// The system's tray library is not installed or this desktop has no tray.
    #[error("this desktop offers no tray (on Debian and Ubuntu install libayatana-appindicator3-1)")]
    NotOffered,
    /// The system refused.
    #[error("tray icon could not be made: {0}")]
    Refused(#[from] tauri::Error),
}

impl<R: Runtime> Tray<R> {
    /// Makes the icon. Choices of its menu go to `chosen`.
    ///
    /// # Errors
    /// [`TrayError`]; nothing is left behind then.
    pub(crate) fn new(
        app: &AppHandle<R>,
        chosen: impl Fn(Choice) + Send + Sync + 'static,
    ) -> Result<Self, TrayError> {
        // The library behind the icon is loaded at run time and panics where it is missing.
        let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            // An icon without a menu is never registered on Linux.
            let menu = build(app, &menu::lines(&View::default()))?;
            TrayIconBuilder::with_id("chaperone")
                .icon(sign::of(&View::default()).image())
                .tooltip("Chaperone")
                .menu(&menu)
                .show_menu_on_left_click(true)
                .on_menu_event(move |_, event| {
                    if let Some(choice) = Choice::from_id(event.id().as_ref()) {
                        chosen(choice);
                    }
                })
                .build(app)
        }));
        match made {
            Ok(icon) => Ok(Self { icon: icon?, shown: None }),
            Err(_) => Err(TrayError::NotOffered),
        }
    }

    /// Shows `view`; does nothing where it shows it already.
    ///
    /// # Errors
    /// When the system refuses; the icon keeps what it showed.
    pub(crate) fn show(&mut self, view: &View) -> tauri::Result<()> {
        if self.shown.as_ref() == Some(view) {
            return Ok(());
        }
        let sign = sign::of(view);
        self.icon.set_icon(Some(sign.image()))?;
        self.icon.set_tooltip(Some(sign.words()))?;
        self.icon.set_menu(Some(build(self.icon.app_handle(), &menu::lines(view))?))?;
        self.shown = Some(view.clone());
        Ok(())
    }
}

fn build<R: Runtime>(app: &AppHandle<R>, lines: &[Line]) -> tauri::Result<Menu<R>> {
    let menu = Menu::new(app)?;
    for line in lines {
        match line {
            Line::Words(words) => menu.append(&MenuItem::new(app, words, false, None::<&str>)?)?,
            Line::Choice(choice, words) => {
                menu.append(&MenuItem::with_id(app, choice.id(), words, true, None::<&str>)?)?;
            }
            Line::Rule => menu.append(&PredefinedMenuItem::separator(app)?)?,
        }
    }
    Ok(menu)
}
