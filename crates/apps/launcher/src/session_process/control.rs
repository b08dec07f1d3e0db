//! Heartbeats: one a second up, pulses down, on one channel that is opened again whenever it breaks.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use chaperone_evidence::{Command, Heartbeat, Pulse};
use chaperone_seals::{Nonce, SigningKey, signed};
use chaperone_session::{EndReason, Input, Moment};
use chaperone_spool::SessionSpool;
use chaperone_uplink::{Client, Control, ControlSender, UplinkError};
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::inputs::Inputs;
use super::track::Heard;
use super::words::Words;
use crate::ambient;

/// Between two heartbeats.
const EVERY: Duration = Duration::from_secs(1);
/// Between two attempts to open the channel.
const AGAIN: Duration = Duration::from_millis(500);
/// Nonces remembered: an answer to an older one proves nothing any more.
const REMEMBERED: usize = 32;

/// What the control channel works with.
pub(crate) struct Channel {
    pub(crate) client: Client,
    pub(crate) spool: SessionSpool,
    pub(crate) key: Arc<SigningKey>,
    pub(crate) began: Moment,
    pub(crate) heard: Heard,
    pub(crate) inputs: Inputs,
    /// Wakes the sending task: the server gave a signed sign of life.
    pub(crate) contact: Arc<Notify>,
    pub(crate) words: Words,
}

/// Keeps the channel open until the task is aborted.
pub(crate) async fn keep(channel: Channel) {
    loop {
        match channel.client.control(channel.spool.session()).await {
            Ok(control) => {
                if let Err(error) = channel.beat(control).await {
                    tracing::warn!(%error, "The control channel broke");
                }
            }
            Err(error) => tracing::warn!(%error, "No control channel"),
        }
        sleep(AGAIN).await;
    }
}

impl Channel {
    async fn beat(&self, control: Control) -> Result<(), UplinkError> {
        let (mut sender, mut receiver) = control.split();
        let mut sent: VecDeque<Nonce> = VecDeque::new();
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {
                    let Ok(nonce) = ambient::random().map(Nonce::from_bytes) else {
                        tracing::error!("The system gives no randomness for a heartbeat");
                        continue;
                    };
                    if sent.len() == REMEMBERED {
                        sent.pop_front();
                    }
                    sent.push_back(nonce);
                    self.send(&mut sender, nonce).await?;
                }
                pulse = receiver.receive() => match pulse {
                    Ok(Some(pulse)) => self.take(&pulse, &sent).await,
                    Ok(None) => return Ok(()),
                    Err(error @ (UplinkError::Signature(_) | UplinkError::Malformed { .. })) => {
                        tracing::warn!(%error, "Something else than a pulse");
                    }
                    Err(error) => return Err(error),
                },
            }
        }
    }

    async fn send(&self, sender: &mut ControlSender, nonce: Nonce) -> Result<(), UplinkError> {
        let heartbeat = Heartbeat {
            session: self.spool.session(),
            nonce,
            at_ms: u64::try_from(ambient::now().since(self.began).as_millis()).unwrap_or(u64::MAX),
            tracks: self.spool.ends().into_iter().map(|end| end.head).collect(),
        };
        let heartbeat = signed::sign(&heartbeat, &self.key);
        self.inputs.tell(Input::HeartbeatSent(nonce)).await;
        // A server that takes nothing for so long will not answer either: try a new channel.
        timeout(EVERY * 2, sender.send(heartbeat)).await.map_err(|_| UplinkError::TimedOut)?
    }

    async fn take(&self, pulse: &Pulse, sent: &VecDeque<Nonce>) {
        if !sent.contains(&pulse.echo) {
            tracing::warn!("A pulse answers nothing that was asked");
            return;
        }
        self.heard.set(pulse.nonce);
        self.inputs.tell(Input::HeartbeatHeard(pulse.echo)).await;
        self.contact.notify_one();
        if !pulse.storing {
            tracing::warn!("The server stores nothing at present");
        }
        match &pulse.command {
            None => {}
            Some(Command::End { why }) => {
                self.words.say(why);
                self.inputs.tell(Input::End(EndReason::OperatorEnded)).await;
            }
            Some(Command::Message { text }) => crate::notify::notify("Message from an operator", text),
        }
    }
}
