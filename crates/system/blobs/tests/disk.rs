//! The store on a real disk.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its world has failed")]

use std::path::{Path, PathBuf};

use chaperone_blobs::{BlobError, BlobKey, BlobStamp, BlobStore};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;

fn key(text: &str) -> BlobKey {
    text.parse().unwrap()
}

async fn store() -> (TempDir, BlobStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::on_disk(&folder.path().join("blobs")).await.unwrap();
    (folder, store)
}

/// Every file below `dir`.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[tokio::test]
async fn what_was_put_is_read_back_whole_and_in_ranges() {
    let (_folder, store) = store().await;
    let film = key("films/one/film.mp4");
    assert_eq!(store.get(&film, 0..10).await.unwrap(), None);
    assert!(store.open(&film).await.unwrap().is_none());

    store.put(&film, b"0123456789".to_vec()).await.unwrap();
    for (range, expected) in [
        (0..u64::MAX, &b"0123456789"[..]),
        (2..5, b"234"),
        (8..20, b"89"),
        (10..12, b""),
        (50..60, b""),
        (5..5, b""),
    ] {
        assert_eq!(store.get(&film, range.clone()).await.unwrap().unwrap(), expected, "{range:?}");
    }
    let (mut file, length) = store.open(&film).await.unwrap().unwrap();
    let mut read = Vec::new();
    file.read_to_end(&mut read).await.unwrap();
    assert_eq!((read.as_slice(), length), (&b"0123456789"[..], 10));

    store.put(&film, b"new".to_vec()).await.unwrap();
    assert_eq!(store.get(&film, 0..10).await.unwrap().unwrap(), b"new");
}

#[tokio::test]
async fn blob_in_the_making_is_not_seen_and_leaves_nothing_when_dropped() {
    let (folder, store) = store().await;
    let film = key("film");
    store.put(&film, b"old".to_vec()).await.unwrap();
    let mut writer = store.create(&film).await.unwrap();
    writer.write(b"new ".to_vec()).await.unwrap();
    assert_eq!(store.get(&film, 0..10).await.unwrap().unwrap(), b"old");
    assert_eq!(store.list(&film).await.unwrap(), std::slice::from_ref(&film));
    drop(writer);
    assert_eq!(files(folder.path()).len(), 1);

    let mut writer = store.create(&film).await.unwrap();
    writer.write(b"new ".to_vec()).await.unwrap();
    writer.write(b"film".to_vec()).await.unwrap();
    writer.finish().await.unwrap();
    assert_eq!(store.get(&film, 0..10).await.unwrap().unwrap(), b"new film");
    assert_eq!(files(folder.path()).len(), 1);
}

#[tokio::test]
async fn listing_names_all_blobs_below_and_deleting_forgets_them() {
    let (_folder, store) = store().await;
    for name in ["films/b", "films/a/2", "films/a/1", "filmstrip", "other/x"] {
        store.put(&key(name), vec![1]).await.unwrap();
    }
    let films = key("films");
    let listed = store.list(&films).await.unwrap();
    assert_eq!(listed, [key("films/a/1"), key("films/a/2"), key("films/b")]);
    assert_eq!(store.list(&key("none")).await.unwrap(), []);

    assert!(store.delete(&key("films/a/1")).await.unwrap());
    assert!(!store.delete(&key("films/a/1")).await.unwrap());
    assert!(!store.delete(&films).await.unwrap(), "a beginning of names is no blob");
    assert_eq!(store.list(&films).await.unwrap().len(), 2);
}

#[tokio::test]
async fn name_below_a_blob_cannot_be_put_and_does_no_harm() {
    let (_folder, store) = store().await;
    store.put(&key("a"), b"kept".to_vec()).await.unwrap();
    assert!(matches!(store.put(&key("a/b"), vec![]).await, Err(BlobError::Put { .. })));
    assert_eq!(store.get(&key("a/b"), 0..9).await.unwrap(), None);
    assert_eq!(store.get(&key("a"), 0..9).await.unwrap().unwrap(), b"kept");
}

#[tokio::test]
async fn opening_removes_what_a_crash_left_and_keeps_the_rest() {
    let (folder, store) = store().await;
    store.put(&key("films/one"), b"kept".to_vec()).await.unwrap();
    drop(store);
    let blobs = folder.path().join("blobs");
    std::fs::write(blobs.join("films/.7-1.tmp"), b"torn").unwrap();
    let store = BlobStore::on_disk(&blobs).await.unwrap();
    assert_eq!(files(&blobs), [blobs.join("films/one")]);
    assert_eq!(store.get(&key("films/one"), 0..9).await.unwrap().unwrap(), b"kept");
}

#[tokio::test]
async fn stamp_changes_with_the_blob() {
    let (folder, store) = store().await;
    let film = key("film");
    store.put(&film, b"0123".to_vec()).await.unwrap();
    let stamp = async || BlobStamp::of(&store.open(&film).await.unwrap().unwrap().0).await.unwrap();
    let first = stamp().await;
    assert_eq!(stamp().await, first);
    store.put(&film, b"0123".to_vec()).await.unwrap();
    let second = stamp().await;
    assert_ne!(second, first, "another file");
    let path = folder.path().join("blobs/film");
    let modified = path.metadata().unwrap().modified().unwrap();
    std::fs::write(&path, b"01234").unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    assert_ne!(stamp().await, second, "another length");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_reaches_blobs() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, store) = store().await;
    store.put(&key("films/one"), vec![1]).await.unwrap();
    let mode = |path: &str| folder.path().join(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("blobs"), mode("blobs/films"), mode("blobs/films/one")), (0o700, 0o700, 0o600));
}
