//! Joined films in the players people have: a real Chromium and a real Firefox play and seek them.

mod made;
mod serve;
mod stills;
mod watch;

use chaperone_suite::scratch::Scratch;

use made::{LARGE, SMALL};
use watch::{Player, Watched};

/// Plays the film and compares what is seen with what was recorded at that time.
fn check(player: Player) {
    let dir = Scratch::new().unwrap();
    let film_path = dir.path().join("film.mp4");
    made::film(&film_path).unwrap();
    // Forwards, backwards, into seconds that were unchanged or lost, and from one size to the other and back.
    let seconds = [0.5, 2.5, 1.5, 3.95, 5.5, 8.5, 7.5, 10.5, 0.05, 11.9, 3.05];
    let Watched { duration, ended_at, seen } =
        watch::watch(player, &film_path, &seconds, dir.path()).unwrap();
    assert!((duration - 12.0).abs() < 0.01, "it lasts {duration} s");
    assert!((ended_at - 12.0).abs() < 0.2, "it played to {ended_at} s");
    assert_eq!(seen.len(), seconds.len());
    for (second, seen) in seconds.into_iter().zip(seen) {
        let (size, colour) = made::shown_at(second);
        assert_eq!(seen.size, size, "size at {second} s");
        let apart = seen.colour.iter().zip(colour).map(|(seen, made)| seen.abs_diff(made)).max();
        assert!(apart.unwrap() < 48, "at {second} s {:?} instead of {colour:?}", seen.colour);
    }
    assert_ne!(SMALL, LARGE);
}

#[test]
fn chromium_plays_and_seeks_across_gaps_and_a_resize() {
    check(Player::Chromium);
}

#[test]
fn firefox_plays_and_seeks_across_gaps_and_a_resize() {
    check(Player::Firefox);
}
