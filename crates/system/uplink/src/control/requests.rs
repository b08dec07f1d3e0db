//! The channel as single requests: one heartbeat, answered by its pulse.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use chaperone_evidence::SessionId;
use chaperone_protocol::{CBOR, paths};
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use http::header::CONTENT_TYPE;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{MAX_MESSAGE, SEND};
use crate::{Client, UplinkError, answer, client};

/// Requests under way at once. On a slow line the next heartbeat does not wait for the answer to the last; where even so
/// many are not answered, the next one waits.
const UNDER_WAY: usize = 4;

/// For one request. An answer that comes later proves nothing any more.
const WITHIN: Duration = Duration::from_secs(10);

/// Heartbeats on their way to becoming requests.
#[derive(Debug)]
pub(super) struct Heartbeats(mpsc::Sender<Bytes>);

/// The answers to them. The requests are driven by receiving.
pub(super) struct Answers {
    client: Client,
    address: String,
    heartbeats: mpsc::Receiver<Bytes>,
    under_way: FuturesUnordered<BoxFuture<'static, Result<Bytes, UplinkError>>>,
    closed: bool,
}

pub(super) fn channel(client: &Client, session: SessionId) -> (Heartbeats, Answers) {
    // The sender waits while it is full.
    let (sender, heartbeats) = mpsc::channel(1);
    let address = client::address(client.origin(), &format!("{}/{session}", paths::CONTROL));
    let answers = Answers {
        client: client.clone(),
        address,
        heartbeats,
        under_way: FuturesUnordered::new(),
        closed: false,
    };
    (Heartbeats(sender), answers)
}

impl Heartbeats {
    pub(super) async fn send(&self, heartbeat: Bytes) -> Result<(), UplinkError> {
        // Whoever dropped the other half asks for no answer.
        timeout(SEND, self.0.send(heartbeat))
            .await
            .map_err(|_| UplinkError::TimedOut)?
            .map_err(|_| UplinkError::Unreachable("the control channel's other half is gone".into()))
    }
}

impl Answers {
    /// The next answer; nothing once the other half is gone and everything is answered. Cancel safe.
    pub(super) async fn receive(&mut self) -> Result<Option<Bytes>, UplinkError> {
        while !self.closed || !self.under_way.is_empty() {
            let takes_more = !self.closed && self.under_way.len() < UNDER_WAY;
            tokio::select! {
                Some(answer) = self.under_way.next() => return answer.map(Some),
                heartbeat = self.heartbeats.recv(), if takes_more => match heartbeat {
                    Some(heartbeat) => self.under_way.push(Box::pin(self.ask(heartbeat))),
                    None => self.closed = true,
                },
            }
        }
        Ok(None)
    }

    fn ask(&self, heartbeat: Bytes) -> impl Future<Output = Result<Bytes, UplinkError>> + Send + 'static {
        let request = self.client.http().post(&self.address).header(CONTENT_TYPE, CBOR).timeout(WITHIN);
        let request = request.body(heartbeat);
        async move { answer::body(request.send().await?, MAX_MESSAGE).await.map(Bytes::from) }
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").field("under_way", &self.under_way.len()).finish_non_exhaustive()
    }
}
