//! What a server that was killed left behind.

use chaperone_blobs::{BlobError, BlobKey, BlobStore, KeyError};
use thiserror::Error;

/// Opened stills could not be removed.
#[derive(Debug, Error)]
pub(crate) enum LeftError {
    #[error("opened stills have no name")]
    Key(#[from] KeyError),
    #[error("cannot remove opened stills of a film that was never finished")]
    Remove(#[from] BlobError),
}

/// Removes the opened stills of films in the making. To be called before any film is made.
pub(crate) async fn remove_left_stills(blobs: &BlobStore) -> Result<(), LeftError> {
    for key in blobs.list(&BlobKey::new(["stills"])?).await? {
        blobs.delete(&key).await?;
        tracing::info!(%key, "Opened stills of an unfinished film removed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn opened_stills_go_and_films_stay() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = BlobStore::on_disk(&dir.path().join("recordings")).await.unwrap();
        let [stills, film] =
            [["stills", "018f.parts"], ["films", "018f.mp4"]].map(|parts| BlobKey::new(parts).unwrap());
        for key in [&stills, &film] {
            let mut writer = blobs.create(key).await.unwrap();
            writer.write(b"pictures".to_vec()).await.unwrap();
            writer.finish().await.unwrap();
        }
        remove_left_stills(&blobs).await.unwrap();
        assert!(blobs.open(&stills).await.unwrap().is_none());
        assert!(blobs.open(&film).await.unwrap().is_some());
        remove_left_stills(&blobs).await.unwrap();
    }
}
