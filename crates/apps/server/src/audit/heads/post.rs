//! Posting to a service over HTTPS.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::StatusCode;
use http::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Url};
use rustls::crypto::ring;
use thiserror::Error;

/// One JSON object a line.
const LINES: &str = "application/x-ndjson";
const CONNECT: Duration = Duration::from_secs(10);
const WHOLE: Duration = Duration::from_secs(30);
const MAX_CA_BYTES: u64 = 1 << 20;

/// A service that takes signed heads.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    url: Url,
    client: Client,
}

/// The service cannot be used, or did not take what it was sent.
#[derive(Debug, Error)]
pub(crate) enum PostError {
    #[error("cannot read the certificates in {}", path.display())]
    Ca { path: PathBuf, source: io::Error },
    #[error("the certificates in {} cannot be used", path.display())]
    CaForm { path: PathBuf, source: reqwest::Error },
    #[error("cannot set up HTTPS")]
    SetUp(#[source] reqwest::Error),
    #[error("cannot reach the service")]
    Reach(#[source] reqwest::Error),
    #[error("the service answered {0}")]
    Answer(StatusCode),
}

impl Post {
    /// A service at `url`, which is HTTPS and carries no password. Its certificate is judged by the issuers in `ca`, a PEM
    /// file, or by those the system trusts. Blocks on reading the file.
    pub(crate) fn new(url: Url, ca: Option<&Path>) -> Result<Self, PostError> {
        // The client asks for the one of the process; whichever stands already is as good.
        match ring::default_provider().install_default() {
            Ok(()) | Err(_) => {}
        }
        let builder = Client::builder()
            .https_only(true)
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
            .timeout(WHOLE);
        let builder = match ca {
            Some(path) => builder.tls_certs_only(certificates(path)?),
            None => builder,
        };
        Ok(Self { url, client: builder.build().map_err(PostError::SetUp)? })
    }

    pub(crate) const fn url(&self) -> &Url {
        &self.url
    }

    /// Posts `lines`. Taken is what is answered with success.
    pub(super) async fn send(&self, lines: String) -> Result<(), PostError> {
        let request = self.client.post(self.url.clone()).header(CONTENT_TYPE, LINES).body(lines);
        let answer = request.send().await.map_err(PostError::Reach)?;
        if answer.status().is_success() { Ok(()) } else { Err(PostError::Answer(answer.status())) }
    }
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, PostError> {
    let failed = |source| PostError::Ca { path: path.to_owned(), source };
    let mut pem = Vec::new();
    File::open(path).map_err(failed)?.take(MAX_CA_BYTES).read_to_end(&mut pem).map_err(failed)?;
    let parsed = Certificate::from_pem_bundle(&pem);
    parsed.map_err(|source| PostError::CaForm { path: path.to_owned(), source })
}
