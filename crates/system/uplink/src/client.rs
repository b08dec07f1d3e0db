//! The client of one enrolled server.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chaperone_evidence::{ClosingReceipt, Receipt, SessionId};
use chaperone_protocol::{CBOR, EnrolAnswer, Instructions, Origin, SEGMENTS, open_answer, paths};
use chaperone_seals::keyset::{KeyRole, KeySet};
use chaperone_seals::signed::{self, MAX_SIGNED_LEN, SignedError};
use chaperone_seals::{Digest, OpeningKey, PublicKey, Statement};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{Body, Response};
use rustls::ClientConfig;
use tokio::time::timeout;

use crate::control::Control;
use crate::upload::{Progress, chunks};
use crate::{UplinkError, answer, pin};

/// The longest answer that is one statement, in bytes.
pub(crate) const MAX_STATEMENT: usize = MAX_SIGNED_LEN;

/// The longest answer of receipts, in bytes.
const MAX_RECEIPTS: usize = 1024 * 1024;

/// For a connection to come about.
const CONNECT: Duration = Duration::from_secs(5);

/// For a short request and its answer.
pub(crate) const SHORT: Duration = Duration::from_secs(15);

/// For an upload in which nothing moves: no byte taken, no answer.
const STALL: Duration = Duration::from_secs(30);

/// A receipt whose signature holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedReceipt {
    /// What it says.
    pub receipt: Receipt,
    /// As signed: what the spool keeps.
    pub signed: Vec<u8>,
}

/// The line to one server. Cheap to clone; clones share connections. Connections made before a new key set was learnt
/// belong to the client of the old one: make a new client then.
#[derive(Debug, Clone)]
pub struct Client {
    origin: Origin,
    keys: Arc<KeySet>,
    http: reqwest::Client,
    tls: Arc<ClientConfig>,
}

impl Client {
    /// A client of the server at `origin` with its key set, which the caller has verified. Connects to nothing yet.
    pub fn new(origin: Origin, keys: KeySet) -> Result<Self, UplinkError> {
        let keys = Arc::new(keys);
        let tls = pin::pinned(Arc::clone(&keys))?;
        Ok(Self { origin, keys, http: http(tls.clone())?, tls: Arc::new(tls) })
    }

    /// The server.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The key set in use.
    #[must_use]
    pub fn key_set(&self) -> &KeySet {
        &self.keys
    }

    /// The launch keys valid now: what instructions and opening records must be signed by.
    #[must_use]
    pub fn launch_keys(&self) -> Vec<PublicKey> {
        self.keys.valid(KeyRole::Launch, pin::now_ms()).copied().collect()
    }

    /// The newest key set, verified: as signed, and as read. Never an older one than the one in use.
    pub async fn fetch_key_set(&self) -> Result<(Vec<u8>, KeySet), UplinkError> {
        let response = self.http.get(address(&self.origin, paths::KEY_SET)).timeout(SHORT).send().await?;
        let signed = answer::body(response, MAX_STATEMENT).await?;
        let root = self.keys.fingerprint();
        let keys =
            KeySet::verify(&signed, &root, self.keys.version, pin::now_ms()).map_err(UplinkError::KeySet)?;
        Ok((signed, keys))
    }

    /// Enrols this device with a request signed by its key.
    pub async fn enrol(&self, signed_request: Vec<u8>) -> Result<EnrolAnswer, UplinkError> {
        let request = Digest::of(&signed_request);
        let signed = self.post(paths::ENROL, signed_request).await?;
        let answer: EnrolAnswer = self.verify(KeyRole::Launch, &signed)?;
        if answer.request != request {
            return Err(UplinkError::Malformed { what: "enrolment of another request" });
        }
        Ok(answer)
    }

    /// Redeems a ticket with a request signed by the device key; the answer is sealed to `launch`. The same request may
    /// be sent again within 60 s and gets the same answer.
    pub async fn redeem(
        &self,
        signed_request: Vec<u8>,
        launch: &OpeningKey,
    ) -> Result<Instructions, UplinkError> {
        let sealed = self.post(paths::REDEEM, signed_request.clone()).await?;
        let keys = self.launch_keys();
        open_answer(&sealed, &signed_request, launch, &keys).map_err(UplinkError::Instructions)
    }

    /// Uploads segments back to back. Takes as long as it takes, while `progress` moves.
    pub async fn send_segments(
        &self,
        segments: Bytes,
        progress: &Progress,
    ) -> Result<Vec<SignedReceipt>, UplinkError> {
        let length = segments.len();
        let request = self
            .http
            .post(address(&self.origin, paths::SEGMENTS))
            .header(CONTENT_TYPE, SEGMENTS)
            .header(CONTENT_LENGTH, length)
            .body(Body::wrap_stream(chunks(segments, progress.clone())));
        let response = while_it_moves(request.send(), progress).await?;
        let body = timeout(STALL, answer::body(response, MAX_RECEIPTS)).await;
        self.receipts(&body.map_err(|_| UplinkError::TimedOut)??)
    }

    /// Hands in a signed closing or recovery record. [`chaperone_protocol::ErrorCode::SegmentsMissing`] while announced
    /// segments have not arrived. The closing receipt comes verified, as signed and as read.
    pub async fn close(&self, signed_record: Vec<u8>) -> Result<(Vec<u8>, ClosingReceipt), UplinkError> {
        let closing = Digest::of(&signed_record);
        let signed = self.post(paths::CLOSE, signed_record).await?;
        let receipt: ClosingReceipt = self.verify(KeyRole::Receipt, &signed)?;
        if receipt.closing != closing {
            return Err(UplinkError::Malformed { what: "closing receipt for another record" });
        }
        Ok((signed, receipt))
    }

    /// Opens the control channel of a session: a WebSocket, or single requests where something on the way does not let
    /// that through.
    pub async fn control(&self, session: SessionId) -> Result<Control, UplinkError> {
        Control::open(self, session).await
    }

    /// The control channel of a session as single requests, for where a WebSocket opens and then carries nothing. Connects
    /// to nothing yet.
    #[must_use]
    pub fn control_by_requests(&self, session: SessionId) -> Control {
        Control::by_requests(self, session)
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    pub(crate) fn tls(&self) -> &Arc<ClientConfig> {
        &self.tls
    }

    /// Verifies a statement by whichever valid key of `role` it names.
    pub(crate) fn verify<T: Statement>(&self, role: KeyRole, bytes: &[u8]) -> Result<T, UplinkError> {
        let (signer, _) = signed::read_unverified::<T>(bytes).map_err(UplinkError::Signature)?;
        let unknown = || UplinkError::Signature(SignedError::Signature);
        let key = self.keys.find(role, &signer, pin::now_ms()).ok_or_else(unknown)?;
        signed::verify(bytes, key).map_err(UplinkError::Signature)
    }

    async fn post(&self, path: &str, statement: Vec<u8>) -> Result<Vec<u8>, UplinkError> {
        let request = self.http.post(address(&self.origin, path)).header(CONTENT_TYPE, CBOR).timeout(SHORT);
        answer::body(request.body(statement).send().await?, MAX_STATEMENT).await
    }

    /// Each receipt is a length (`u32`, big endian) and that many bytes.
    fn receipts(&self, body: &[u8]) -> Result<Vec<SignedReceipt>, UplinkError> {
        const CUT: UplinkError = UplinkError::Malformed { what: "receipts are cut short" };
        let mut receipts = Vec::new();
        let mut rest = body;
        while !rest.is_empty() {
            let (length, after) = rest.split_first_chunk().ok_or(CUT)?;
            let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| CUT)?;
            let (signed, after) = after.split_at_checked(length).ok_or(CUT)?;
            let receipt = self.verify(KeyRole::Receipt, signed)?;
            receipts.push(SignedReceipt { receipt, signed: signed.to_vec() });
            rest = after;
        }
        Ok(receipts)
    }
}

/// The address of a path on the server. The origin is canonical, so this is plain joining.
pub(crate) fn address(origin: &Origin, path: &str) -> String {
    format!("{origin}{path}")
}

/// A client that goes straight to the server: no redirect, no proxy, nothing but HTTPS.
pub(crate) fn http(tls: ClientConfig) -> Result<reqwest::Client, UplinkError> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(true)
        .http1_only()
        .redirect(Policy::none())
        .no_proxy()
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT)
        .tcp_nodelay(true)
        .build()
        .map_err(|error| UplinkError::Setup(Box::new(error)))
}

/// Waits for an answer as long as bytes of the request are taken.
async fn while_it_moves(
    request: impl Future<Output = reqwest::Result<Response>>,
    progress: &Progress,
) -> Result<Response, UplinkError> {
    let mut request = std::pin::pin!(request);
    loop {
        let before = progress.bytes();
        match timeout(STALL, &mut request).await {
            Ok(response) => return Ok(response?),
            Err(_) if progress.bytes() == before => return Err(UplinkError::TimedOut),
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
