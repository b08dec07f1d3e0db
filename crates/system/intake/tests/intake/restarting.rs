//! Logs found after a crash.

use chaperone_intake::CloseOutcome;
use chaperone_seals::content::Place;
use chaperone_seals::signed;

use crate::world::{NOW, Track, World, empty_end};

const SESSION_LEN: usize = 4;

/// A session whose log holds four segments, the server not running.
async fn stored() -> (World, Track) {
    let world = World::new();
    let track = world.track(0, &[b"first payload", b"", b"third payload", b"fourth payload"]);
    let intake = world.begun().await;
    intake.accept(track.segments.concat(), NOW).await.unwrap();
    (world, track)
}

#[tokio::test]
async fn log_cut_anywhere_keeps_every_whole_segment_and_takes_the_rest_again() {
    let (world, track) = stored().await;
    let log = std::fs::read(world.file("segments")).unwrap();
    let ends = track.segments.iter().scan(0, |end, segment| {
        *end += segment.len();
        Some(*end)
    });
    let ends: Vec<usize> = ends.collect();
    let beside = ends.iter().flat_map(|end| [end - 1, *end, end + 1]).filter(|cut| *cut <= log.len());
    for cut in (0..log.len()).step_by(7).chain(beside) {
        std::fs::write(world.file("segments"), &log[..cut]).unwrap();
        let whole = ends.iter().filter(|end| **end <= cut).count();
        let whole_len = whole.checked_sub(1).map_or(0, |last| ends[last]);
        let intake = world.open().await;
        let held = intake.held(world.session()).await.unwrap().unwrap();
        assert_eq!(held[0].through.count, whole as u64, "cut at {cut}");
        assert_eq!(std::fs::metadata(world.file("segments")).unwrap().len(), whole_len as u64);
        if whole_len < cut {
            let torn = std::fs::read(world.file(&format!("segments.torn-{whole_len}"))).unwrap();
            assert_eq!(torn, &log[whole_len..cut], "what is cut is kept aside");
        }
        let accepted = intake.accept(track.segments.concat(), NOW).await.unwrap();
        assert_eq!(world.receipt(&accepted, 0).through, track.end.head);
        assert_eq!(std::fs::read(world.file("segments")).unwrap(), log);
    }
}

#[tokio::test]
async fn damaged_payload_is_not_receipted_again_and_is_replaced() {
    let (world, track) = stored().await;
    let mut log = std::fs::read(world.file("segments")).unwrap();
    let at = track.segments[0].len() - 1;
    log[at] ^= 1;
    std::fs::write(world.file("segments"), &log).unwrap();

    let intake = world.open().await;
    let accepted = intake.accept(track.segments[3].clone(), NOW).await.unwrap();
    let receipt = world.receipt(&accepted, 0);
    assert_eq!((receipt.through.count, receipt.above[0].first, receipt.above[0].last), (0, 1, 3));
    let accepted = intake.accept(track.segments[0].clone(), NOW).await.unwrap();
    assert_eq!(world.receipt(&accepted, 0).through, track.end.head);
    let read = intake.read(world.session(), Place { track: 0, number: 0 }).await.unwrap();
    assert_eq!(read.as_ref(), Some(&track.segments[0]));
}

#[tokio::test]
async fn flipped_byte_in_a_head_hides_no_other_segment() {
    let (world, track) = stored().await;
    let log = std::fs::read(world.file("segments")).unwrap();
    let header_len = u32::from_be_bytes(log[..4].try_into().unwrap()) as usize;
    for at in 0..4 + header_len {
        for bit in [0x01, 0x80] {
            let mut damaged = log.clone();
            damaged[at] ^= bit;
            std::fs::write(world.file("segments"), &damaged).unwrap();
            let intake = world.open().await;
            let held = intake.held(world.session()).await.unwrap().unwrap();
            let numbers: Vec<u64> = held[0].segments.iter().map(|segment| segment.number).collect();
            assert_eq!(numbers, [1, 2, 3], "byte {at}");
            for (number, segment) in (1..).zip(&track.segments[1..]) {
                let read = intake.read(world.session(), Place { track: 0, number }).await.unwrap();
                assert_eq!(read.as_ref(), Some(segment), "byte {at}");
            }
            assert_eq!(std::fs::read(world.file("segments")).unwrap(), damaged, "nothing is cut");
            // What is lost comes again, behind the others.
            let accepted = intake.accept(track.segments[0].clone(), NOW).await.unwrap();
            assert_eq!(world.receipt(&accepted, 0).through, track.end.head);
        }
    }
}

#[tokio::test]
async fn tail_of_a_closed_session_is_damage_and_is_not_cut() {
    let (world, track) = stored().await;
    let intake = world.open().await;
    let closing = world.closing(vec![track.end, empty_end(&world, 1)]);
    let closing = signed::sign(&closing, &world.session_key);
    let closed = intake.close(closing, world.device(), NOW).await.unwrap();
    assert!(matches!(closed.outcome, CloseOutcome::Complete(_)));
    drop(intake);
    let mut log = std::fs::read(world.file("segments")).unwrap();
    let last = log.len() - track.segments[3].len();
    log[last + 20] ^= 1;
    std::fs::write(world.file("segments"), &log).unwrap();
    let held = world.open().await.held(world.session()).await.unwrap().unwrap();
    assert_eq!((held[0].through.count, held[0].segments.len()), (3, 3));
    assert_eq!(std::fs::read(world.file("segments")).unwrap(), log);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn sessions_hold_no_descriptors() {
    let world = World::new();
    let intake = world.open().await;
    let before = open_logs(&world);
    for id in 1..100 {
        let one = World::of_session(id);
        intake.begin(one.signed_opening.clone()).await.unwrap();
        intake.accept(one.track(0, &[b"payload"]).segments.concat(), NOW).await.unwrap();
        let read = intake.read(one.session(), Place { track: 0, number: 0 }).await.unwrap();
        assert!(read.is_some());
    }
    assert_eq!((before, open_logs(&world)), (0, 0));
}

/// Descriptors of this process below the folder of recordings.
#[cfg(target_os = "linux")]
fn open_logs(world: &World) -> usize {
    let recordings = world.file("").parent().unwrap().to_owned();
    let descriptors = std::fs::read_dir("/proc/self/fd").unwrap();
    // One that was closed meanwhile leads nowhere.
    let targets = descriptors.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
    targets.filter(|target| target.starts_with(&recordings)).count()
}

#[tokio::test]
async fn crash_between_folder_and_opening_record_is_as_if_nothing_was() {
    let (world, _) = stored().await;
    std::fs::remove_file(world.file("opening")).unwrap();
    std::fs::write(world.file("segments"), b"").unwrap();
    let intake = world.open().await;
    assert!(intake.held(world.session()).await.unwrap().is_none());
    intake.begin(world.signed_opening.clone()).await.unwrap();
    assert_eq!(intake.held(world.session()).await.unwrap().unwrap().len(), 2);
}

#[tokio::test]
async fn forgotten_session_is_read_again() {
    let (world, track) = stored().await;
    let intake = world.open().await;
    intake.held(world.session()).await.unwrap().unwrap();
    intake.forget(world.session());
    let held = intake.held(world.session()).await.unwrap().unwrap();
    assert_eq!((held[0].through, held[0].segments.len()), (track.end.head, SESSION_LEN));
}

#[tokio::test]
async fn segments_longer_than_a_window_are_found_again() {
    let world = World::new();
    let large = vec![5; 3 << 20];
    let track = world.track(0, &[b"small", &large, b"", &large, b"small"]);
    let intake = world.begun().await;
    intake.accept(track.segments.concat(), NOW).await.unwrap();
    drop(intake);
    let held = world.open().await.held(world.session()).await.unwrap().unwrap();
    assert_eq!(held[0].through, track.end.head);
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_reaches_recordings() {
    use std::os::unix::fs::PermissionsExt;
    let (world, _) = stored().await;
    for (name, mode) in [("", 0o700), ("opening", 0o600), ("segments", 0o600)] {
        let found = std::fs::metadata(world.file(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{name:?}");
    }
}
