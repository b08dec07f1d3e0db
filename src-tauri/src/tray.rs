//! The tray icon: one sign for the state, one menu. The program works without it.

mod menu;
mod sign;

use tauri::{
    AppHandle, Runtime,
    menu::{Menu, MenuItem, PredefinedMenuItem},
    tray::{TrayIcon, TrayIconBuilder},
};

use crate::surroundings::Panel;
use crate::view::View;

pub(crate) use menu::Choice;
use menu::Line;
use sign::Sign;

/// The tray icon while it is there.
pub(crate) struct Tray<R: Runtime> {
    icon: TrayIcon<R>,
    shown: Option<(Sign, Panel)>,
    lines: Vec<Line>,
    /// One for each line; none for a separator.
    items: Vec<Option<MenuItem<R>>>,
}

impl<R: Runtime> std::fmt::Debug for Tray<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tray").field("shown", &self.shown).field("lines", &self.lines).finish_non_exhaustive()
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
    /// Makes the icon, showing `view` on `panel`. Choices of its menu go to `chosen`.
    ///
    /// # Errors
    /// [`TrayError`]; nothing is left behind then.
    pub(crate) fn new(
        app: &AppHandle<R>,
        view: &View,
        panel: Panel,
        chosen: impl Fn(Choice) + Send + Sync + 'static,
    ) -> Result<Self, TrayError> {
        // The library behind the icon is loaded at run time and panics where it is missing.
        let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| -> tauri::Result<Self> {
            let sign = sign::of(view);
            let lines = menu::lines(view);
            // An icon without a menu is never registered on Linux.
            let (menu, items) = build(app, &lines)?;
            let icon = TrayIconBuilder::with_id("chaperone")
                .icon(sign.image(panel))
                .icon_as_template(panel == Panel::Template)
                .tooltip(sign.words())
                .menu(&menu)
                .show_menu_on_left_click(true)
                .on_menu_event(move |_, event| {
                    if let Some(choice) = Choice::from_id(event.id().as_ref()) {
                        chosen(choice);
                    }
                })
                .build(app)?;
            Ok(Self { icon, shown: Some((sign, panel)), lines, items })
        }));
        match made {
            Ok(tray) => Ok(tray?),
            Err(_) => Err(TrayError::NotOffered),
        }
    }

    /// Shows `view` on `panel`; does nothing where it shows that already.
    ///
    /// # Errors
    /// When the system refuses; what could not be shown is tried again with the next call.
    pub(crate) fn show(&mut self, view: &View, panel: Panel) -> tauri::Result<()> {
        let sign = sign::of(view);
        if self.shown != Some((sign, panel)) {
            self.shown = None;
            self.icon.set_icon_with_as_template(Some(sign.image(panel)), panel == Panel::Template)?;
            self.icon.set_tooltip(Some(sign.words()))?;
            self.shown = Some((sign, panel));
        }
        self.show_lines(menu::lines(view))
    }

    /// A menu made anew closes under the hand of whoever has it open, so words change in place where they can.
    fn show_lines(&mut self, lines: Vec<Line>) -> tauri::Result<()> {
        let same_shape = lines.len() == self.lines.len()
            && lines.iter().zip(&self.lines).all(|(new, old)| new.differs_in_words_alone(old));
        if !same_shape {
            let (menu, items) = build(self.icon.app_handle(), &lines)?;
            self.icon.set_menu(Some(menu))?;
            (self.lines, self.items) = (lines, items);
            return Ok(());
        }
        for ((new, old), item) in lines.iter().zip(&mut self.lines).zip(&self.items) {
            if let (Some(item), Some(words)) = (item, new.words())
                && new != old
            {
                item.set_text(words)?;
                old.clone_from(new);
            }
        }
        Ok(())
    }
}

type Items<R> = Vec<Option<MenuItem<R>>>;

fn build<R: Runtime>(app: &AppHandle<R>, lines: &[Line]) -> tauri::Result<(Menu<R>, Items<R>)> {
    let menu = Menu::new(app)?;
    let mut items = Vec::new();
    for line in lines {
        let item = match line {
            Line::Words(words) => Some(MenuItem::new(app, words, false, None::<&str>)?),
            Line::Choice(choice, words) => {
                Some(MenuItem::with_id(app, choice.id(), words, true, None::<&str>)?)
            }
            Line::Rule => None,
        };
        match &item {
            Some(item) => menu.append(item)?,
            None => menu.append(&PredefinedMenuItem::separator(app)?)?,
        }
        items.push(item);
    }
    Ok((menu, items))
}
