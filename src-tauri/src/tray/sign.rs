//! Which sign the tray shows: shape first, colour second.

use chaperone_launcher::view::{Phase, QueueState};
use tauri::image::Image;

use crate::surroundings::Panel;
use crate::view::View;

/// The state of the launcher at a glance, most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// Something waits for the user.
    NeedsYou,
    /// A session's server is silent.
    Lost,
    /// A session is under way and recorded.
    Recording,
    /// Record is not sent until restart, Retry or contact with its server.
    Parked,
    /// Record waits to be sent.
    Waiting,
    /// Nothing to do.
    Idle,
}

pub(super) fn of(view: &View) -> Sign {
    let live = |wanted: &[Phase]| view.sessions.iter().any(|session| wanted.contains(&session.phase));
    if live(&[Phase::Notice]) {
        Sign::NeedsYou
    } else if live(&[Phase::ServerLate, Phase::Stalled, Phase::NoPicture]) {
        Sign::Lost
    } else if live(&[Phase::Asking, Phase::Starting, Phase::Running]) {
        Sign::Recording
    } else if view.queue.iter().any(|kept| kept.state == QueueState::Parked) {
        Sign::Parked
    } else if live(&[Phase::Ending]) || view.queue.iter().any(|kept| kept.state == QueueState::Waiting) {
        Sign::Waiting
    } else {
        Sign::Idle
    }
}

impl Sign {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::NeedsYou => "Chaperone: a notice waits for you",
            Self::Lost => "Chaperone: server lost",
            Self::Recording => "Chaperone: recording",
            Self::Parked => "Chaperone: record is parked",
            Self::Waiting => "Chaperone: record waits to be sent",
            Self::Idle => "Chaperone: no session",
        }
    }

    /// The sign for a panel. A template is drawn in the colour the system wants, by its shape alone.
    pub(super) fn image(self, panel: Panel) -> Image<'static> {
        match panel {
            Panel::Dark => self.on_dark(),
            Panel::Light | Panel::Template => self.on_light(),
        }
    }

    fn on_dark(self) -> Image<'static> {
        match self {
            Self::NeedsYou => tauri::include_image!("../assets/icons/tray/needs-you-on-dark.png"),
            Self::Lost => tauri::include_image!("../assets/icons/tray/lost-on-dark.png"),
            Self::Recording => tauri::include_image!("../assets/icons/tray/recording-on-dark.png"),
            Self::Parked => tauri::include_image!("../assets/icons/tray/parked-on-dark.png"),
            Self::Waiting => tauri::include_image!("../assets/icons/tray/waiting-on-dark.png"),
            Self::Idle => tauri::include_image!("../assets/icons/tray/idle-on-dark.png"),
        }
    }

    fn on_light(self) -> Image<'static> {
        match self {
            Self::NeedsYou => tauri::include_image!("../assets/icons/tray/needs-you-on-light.png"),
            Self::Lost => tauri::include_image!("../assets/icons/tray/lost-on-light.png"),
            Self::Recording => tauri::include_image!("../assets/icons/tray/recording-on-light.png"),
            Self::Parked => tauri::include_image!("../assets/icons/tray/parked-on-light.png"),
            Self::Waiting => tauri::include_image!("../assets/icons/tray/waiting-on-light.png"),
            Self::Idle => tauri::include_image!("../assets/icons/tray/idle-on-light.png"),
        }
    }
}

#[cfg(test)]
mod tests {
    use chaperone_launcher::view::SessionView;

    use super::*;

    fn with(phases: &[Phase]) -> Sign {
        let session = |phase: &Phase| SessionView {
            launch: 1,
            origin: "https://vault.example".into(),
            opened: None,
            phase: *phase,
            lost_at_ms: None,
            ended: None,
        };
        of(&View { sessions: phases.iter().map(session).collect(), ..View::default() })
    }

    #[test]
    fn the_most_urgent_session_decides() {
        assert_eq!(with(&[]), Sign::Idle);
        assert_eq!(with(&[Phase::Ended]), Sign::Idle);
        assert_eq!(with(&[Phase::Ended, Phase::Running]), Sign::Recording);
        assert_eq!(with(&[Phase::Running, Phase::ServerLate]), Sign::Lost);
        assert_eq!(with(&[Phase::ServerLate, Phase::Notice]), Sign::NeedsYou);
        assert_eq!(with(&[Phase::Ending]), Sign::Waiting);
    }

    #[test]
    fn every_sign_stands_out_from_its_panel() {
        // How light the opaque points of a picture are in the mean, 0 to 255.
        fn lightness(image: &Image<'_>) -> u32 {
            let points = || image.rgba().chunks_exact(4).filter(|point| point[3] > 200);
            let sum: u32 =
                points().map(|point| u32::from(point[0]) + u32::from(point[1]) + u32::from(point[2])).sum();
            sum / 3 / u32::try_from(points().count()).unwrap()
        }
        for sign in [Sign::NeedsYou, Sign::Lost, Sign::Recording, Sign::Parked, Sign::Waiting, Sign::Idle] {
            let (on_dark, on_light) =
                (lightness(&sign.image(Panel::Dark)), lightness(&sign.image(Panel::Light)));
            assert!(on_dark > 128 && on_light < 128, "{sign:?}: {on_dark} on dark, {on_light} on light");
        }
    }
}
