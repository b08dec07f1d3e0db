//! Heartbeats: one a second up, pulses down, on one channel that is opened again whenever it breaks.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use chaperone_evidence::{Command, Heartbeat, Pulse};
use chaperone_seals::{Nonce, SigningKey, signed};
use chaperone_session::{EndReason, Input};
use chaperone_spool::SessionSpool;
use chaperone_uplink::{Client, Control, ControlSender, UplinkError};
use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout};

use super::age::Age;
use super::inputs::Inputs;
use super::track::Heard;
use super::words::Words;
use crate::ambient;

/// Between two heartbeats.
const EVERY: Duration = Duration::from_secs(1);
/// Between two attempts to open the channel.
const AGAIN: Duration = Duration::from_millis(500);
/// A new channel that carries no pulse for so long is given up for another way; early enough for that one to be heard
/// before the server counts as lost.
const MUTE: Duration = Duration::from_secs(4);
/// Nonces remembered: an answer to an older one proves nothing any more.
const REMEMBERED: usize = 32;

/// What the control channel works with.
pub(crate) struct Channel {
    pub(crate) client: Client,
    pub(crate) spool: SessionSpool,
    pub(crate) key: Arc<SigningKey>,
    pub(crate) age: Age,
    pub(crate) heard: Heard,
    pub(crate) inputs: Inputs,
    /// Wakes the sending task: the server gave a signed sign of life.
    pub(crate) contact: Arc<Notify>,
    pub(crate) words: Words,
}

/// Keeps the channel open until the task is aborted.
pub(crate) async fn keep(channel: Channel) {
    let mut keeper = Keeper { channel, shown: None };
    let mut way = Way::Best;
    loop {
        match keeper.open(way).await {
            Ok(control) => {
                let by_requests = control.is_by_requests();
                let mut answered = false;
                if let Err(error) = keeper.beat(control, &mut answered).await {
                    tracing::warn!(%error, "The control channel broke");
                }
                way = if answered || by_requests { Way::Best } else { Way::Requests };
            }
            Err(error) => tracing::warn!(%error, "No control channel"),
        }
        sleep(AGAIN).await;
    }
}

/// How the channel is opened next.
#[derive(Clone, Copy)]
enum Way {
    /// As well as it goes.
    Best,
    /// By single requests: something on the way let a WebSocket open and nothing through it.
    Requests,
}

/// The channel over all its openings.
struct Keeper {
    channel: Channel,
    /// Number of the newest message that was shown: the server tells each one until it hears of that.
    shown: Option<u64>,
}

impl Keeper {
    async fn open(&self, way: Way) -> Result<Control, UplinkError> {
        let Channel { client, spool, .. } = &self.channel;
        match way {
            Way::Best => client.control(spool.session()).await,
            Way::Requests => Ok(client.control_by_requests(spool.session())),
        }
    }

    /// Beats until the channel breaks; `answered` tells whether it ever carried a pulse.
    async fn beat(&mut self, control: Control, answered: &mut bool) -> Result<(), UplinkError> {
        let mute_at = Instant::now() + MUTE;
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
                    Ok(Some(pulse)) => {
                        *answered = true;
                        self.take(&pulse, &sent).await;
                    }
                    Ok(None) => return Ok(()),
                    Err(error @ (UplinkError::Signature(_) | UplinkError::Malformed { .. })) => {
                        tracing::warn!(%error, "Something else than a pulse");
                    }
                    Err(error) => return Err(error),
                },
                () = sleep_until(mute_at), if !*answered => return Err(UplinkError::TimedOut),
            }
        }
    }

    async fn send(&self, sender: &mut ControlSender, nonce: Nonce) -> Result<(), UplinkError> {
        let heartbeat = Heartbeat {
            session: self.channel.spool.session(),
            nonce,
            at_ms: self.channel.age.ms(ambient::now()),
            tracks: self.channel.spool.ends().into_iter().map(|end| end.head).collect(),
            shown: self.shown,
        };
        let heartbeat = signed::sign(&heartbeat, &self.channel.key);
        self.channel.inputs.tell(Input::HeartbeatSent(nonce)).await;
        // A server that takes nothing for so long will not answer either: try a new channel.
        timeout(EVERY * 2, sender.send(heartbeat)).await.map_err(|_| UplinkError::TimedOut)?
    }

    async fn take(&mut self, pulse: &Pulse, sent: &VecDeque<Nonce>) {
        if !sent.contains(&pulse.echo) {
            tracing::warn!("A pulse answers nothing that was asked");
            return;
        }
        let Channel { heard, inputs, contact, words: said, .. } = &self.channel;
        heard.set(pulse.nonce);
        inputs.tell(Input::HeartbeatHeard(pulse.echo)).await;
        contact.notify_one();
        if !pulse.storing {
            tracing::warn!("The server stores nothing at present");
        }
        match &pulse.command {
            None => {}
            Some(Command::End { cause, words }) => {
                said.say(words);
                inputs.tell(Input::End(EndReason::ServerEnded(*cause))).await;
            }
            Some(Command::Message { number, text }) if self.shown < Some(*number) => {
                crate::notify::notify("Message from an operator", text);
                self.shown = Some(*number);
            }
            Some(Command::Message { .. }) => {}
        }
    }
}
