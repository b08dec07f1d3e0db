//! The freeze: keyboard and pointer are held back while a session is not under watch and policy asks for it.

use chaperone_clients::cover::{Cover, Look, Notice};
use chaperone_session::{EndReason, Input, Moment, Trouble};
use serde_json::json;

use super::run::{ClientState, Run};
use crate::ambient;

/// The freeze of one session.
#[derive(Default)]
pub(crate) struct Freeze {
    /// Why input must be held back at present.
    why: Option<Trouble>,
    cover: Option<Cover>,
}

impl Run {
    /// Input must be held back from now on.
    pub(crate) async fn freeze(&mut self, why: Trouble) {
        self.freeze.why = Some(why);
        self.hold_input().await;
    }

    /// Gives keyboard and pointer back, and does not hold them any more.
    pub(crate) fn thaw(&mut self) {
        self.freeze.why = None;
        if self.freeze.cover.take().is_some() {
            self.log.line("input-free", json!({}));
        }
    }

    /// Holds keyboard and pointer back where they must be and there is a client they could reach: a notice, which comes
    /// before, must be read and answered. What cannot be held ends the session.
    pub(crate) async fn hold_input(&mut self) {
        let Some(why) = self.freeze.why else { return };
        if !matches!(self.client, ClientState::Starting(_) | ClientState::Running(_)) {
            return;
        }
        let notice = notice(why, self.machine.server_lost_at());
        if let Some(cover) = &self.freeze.cover {
            cover.show(notice);
            return;
        }
        let (inputs, words) = (self.inputs.clone(), self.words.clone());
        let broken = move |error| {
            words.say(&format!("{:#}", anyhow::Error::from(error)));
            inputs.tell_blocking(Input::End(EndReason::InputNotHeld));
        };
        let start = move || Cover::start(Look::Dark, notice, broken);
        let started = self.tasks.spawn_blocking("cover", start).await.map_err(anyhow::Error::from);
        match started.and_then(|started| Ok(started?)) {
            Ok(cover) => {
                self.freeze.cover = Some(cover);
                self.log.line("input-held", json!({ "why": format!("{why:?}") }));
            }
            Err(error) => {
                self.log.line("input-not-held", json!({ "error": format!("{error:#}") }));
                self.words.say(&format!("{error:#}"));
                self.handle(ambient::now(), Input::End(EndReason::InputNotHeld));
            }
        }
    }
}

fn notice(why: Trouble, server_lost_at: Moment) -> Notice {
    match why {
        Trouble::ServerLate => Notice {
            why: "The server cannot be reached.".to_owned(),
            ends_ns: Some(server_lost_at.as_nanos()),
        },
        Trouble::NoPicture => Notice { why: "Nothing can be recorded.".to_owned(), ends_ns: None },
    }
}
