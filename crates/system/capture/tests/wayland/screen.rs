//! The whole screen, on sway.

use chaperone_capture::{Backend, Consent, Rect, Size, Target};

use super::drawing::{block, from_ppm, is_all, shades};
use super::recorder::{Recorder, Step};
use super::sway::Sway;

const GROUND: u32 = 0x0010_2030;
const INK: u32 = 0x00ff_8001;

#[test]
fn what_a_client_draws_is_recorded_byte_by_byte() {
    let mut sway = Sway::start();
    let mut recorder = Recorder::open(sway.desktop(Consent::Ask), Target::Screen).unwrap();
    assert_eq!(recorder.source.backend(), Backend::Wayland);
    let terminal = sway.terminal();
    recorder.until_drawn("the ground", || terminal.clear(GROUND), |picture| is_all(picture, GROUND));
    assert_eq!(recorder.picture.size, Size::new(800, 600));

    let what = "a block of ten by four cells, five from the left, two from the top";
    recorder.until_drawn(
        what,
        || terminal.fill([5, 2], [10, 4], INK),
        |picture| {
            block(picture, GROUND, INK).is_some_and(|Rect { x, y, width, height }| {
                x == width / 10 * 5 && y == height / 4 * 2 && width % 10 == 0 && height % 4 == 0
            })
        },
    );

    let letters = || terminal.text([8, 12], "chaperone 0123456789");
    recorder.until_drawn("letters", letters, |picture| shades(picture) > 2);
    recorder.rest();
    let seen = from_ppm(&sway.picture());
    assert_eq!(seen.size, recorder.picture.size);
    assert!(seen == recorder.picture, "another program sees other pixels");
}

#[test]
fn nothing_is_given_while_nothing_changes_and_then_only_what_did() {
    let mut sway = Sway::start();
    let mut recorder = Recorder::open(sway.desktop(Consent::Ask), Target::Screen).unwrap();
    let terminal = sway.terminal();
    recorder.until_drawn("the ground", || terminal.clear(GROUND), |picture| is_all(picture, GROUND));
    recorder.rest();
    for _ in 0..5 {
        assert_eq!(recorder.step(), Step::Unchanged);
    }

    let draw = || terminal.fill([20, 10], [1, 1], INK);
    recorder.until_drawn("one cell", draw, |picture| block(picture, GROUND, INK).is_some());
    let cell = block(&recorder.picture, GROUND, INK).unwrap();
    for damage in &recorder.damage {
        assert!(damage.width <= 128 && damage.height == 64, "{damage:?} for a cell at {cell:?}");
        assert!(damage.x < cell.right() && cell.x < damage.right(), "{damage:?} for a cell at {cell:?}");
        assert!(damage.y < cell.bottom() && cell.y < damage.bottom(), "{damage:?} for a cell at {cell:?}");
    }

    recorder.source.whole_again();
    assert_eq!(recorder.step(), Step::Frame);
    assert_eq!(recorder.damage.iter().map(|rect| rect.width * rect.height).sum::<u32>(), 800 * 600);
    assert_eq!(recorder.step(), Step::Unchanged, "once");
}

#[test]
fn another_size_of_the_output_is_told_and_recorded() {
    let mut sway = Sway::start();
    let mut recorder = Recorder::open(sway.desktop(Consent::Ask), Target::Screen).unwrap();
    let terminal = sway.terminal();
    recorder.until_drawn("the ground", || terminal.clear(GROUND), |picture| is_all(picture, GROUND));
    for (size, colour) in [(Size::new(1024, 768), INK), (Size::new(641, 479), GROUND)] {
        sway.resize(&format!("{}x{}", size.width, size.height));
        let draw = || terminal.clear(colour);
        recorder.until_drawn("another size", draw, |picture| picture.size == size && is_all(picture, colour));
    }
}
