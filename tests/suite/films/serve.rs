//! The smallest web server that a player needs: a page, a film with byte ranges, and a place to report to.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread;

use anyhow::Context as _;

/// What it gives out.
struct Site {
    page: String,
    film: Vec<u8>,
    reports: mpsc::SyncSender<String>,
}

/// A server on the loopback; it lives until the test's process ends.
pub(super) struct Served {
    pub(super) address: SocketAddr,
    /// What pages reported.
    pub(super) reports: mpsc::Receiver<String>,
}

/// Serves `page` at `/` and `film` at `/film.mp4`; takes reports at `/report`.
pub(super) fn serve(page: String, film: Vec<u8>) -> anyhow::Result<Served> {
    let listener = TcpListener::bind("127.0.0.1:0").context("listen")?;
    let address = listener.local_addr().context("where it listens")?;
    let (sender, reports) = mpsc::sync_channel(8);
    let site = Arc::new(Site { page, film, reports: sender });
    thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            let site = Arc::clone(&site);
            // A browser drops connections as it likes while it seeks; what it did not get it asks for again.
            thread::spawn(move || answer(&connection, &site).ok());
        }
    });
    Ok(Served { address, reports })
}

/// Answers one request.
fn answer(mut connection: &TcpStream, site: &Site) -> anyhow::Result<()> {
    let mut reader = BufReader::new(connection);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let (mut range, mut length) = (None, 0);
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "range" => range = value.trim().strip_prefix("bytes=").map(str::to_owned),
            "content-length" => length = value.trim().parse()?,
            _ => {}
        }
    }
    let (status, head, body) = match path.as_str() {
        "/" => ("200 OK", "content-type: text/html".to_owned(), site.page.as_bytes()),
        "/report" => {
            let mut report = String::new();
            reader.take(length).read_to_string(&mut report)?;
            site.reports.send(report)?;
            ("200 OK", String::new(), &[][..])
        }
        "/film.mp4" => {
            let (first, last) = range.as_deref().and_then(|range| range.split_once('-')).unwrap_or(("0", ""));
            let first = first.parse().unwrap_or(0);
            let end = last.parse().map_or(site.film.len(), |last: usize| (last + 1).min(site.film.len()));
            let part = site.film.get(first..end).unwrap_or_default();
            let total = site.film.len();
            let head = format!(
                "content-type: video/mp4\r\naccept-ranges: bytes\r\ncontent-range: bytes {first}-{}/{total}",
                end.saturating_sub(1)
            );
            ("206 Partial Content", head, part)
        }
        _ => ("404 Not Found", String::new(), &[][..]),
    };
    let separator = if head.is_empty() { "" } else { "\r\n" };
    write!(
        connection,
        "HTTP/1.1 {status}\r\n{head}{separator}content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )?;
    connection.write_all(body)?;
    Ok(())
}
