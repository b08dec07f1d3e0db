//! What is written, judged by another decoder sample by sample: the system's ffmpeg.

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::openh264::Codec;
use crate::{Picture, Quality, Rect, Settings};

/// Something that happens on a screen. Numbers are brought into the picture by remainder.
#[derive(Debug, Clone)]
enum Event {
    /// A rectangle filled with one colour.
    Fill([u32; 4], u8),
    /// A rectangle with marks like text.
    Text([u32; 4], u32),
    /// A rectangle of noise, or of a colour that slowly changes.
    Noise([u32; 4], u32),
    Gradient([u32; 4], u8),
    /// A rectangle copied to another place.
    Move([u32; 4], i32, i32),
    /// The screen of so many events before comes back.
    Back(usize),
    /// The next picture can be decoded alone.
    Key,
}

struct Screen {
    size: Size,
    pixels: Vec<u8>,
    before: Vec<Vec<u8>>,
}

impl Screen {
    fn new(width: u32, height: u32) -> Self {
        let pixels = vec![200; (width * height * 4) as usize];
        Self { size: Size::new(width, height), pixels, before: Vec::new() }
    }

    fn rect(&self, [x, y, width, height]: [u32; 4]) -> Rect {
        let (x, y) = (x % self.size.width, y % self.size.height);
        let width = (width % self.size.width + 1).min(self.size.width - x);
        let height = (height % self.size.height + 1).min(self.size.height - y);
        Rect { x, y, width, height }
    }

    fn paint(&mut self, rect: Rect, colour: impl Fn(u32, u32) -> [u8; 3]) -> Rect {
        for y in rect.y..rect.y + rect.height {
            for x in rect.x..rect.x + rect.width {
                let start = ((y * self.size.width + x) * 4) as usize;
                self.pixels[start..start + 3].copy_from_slice(&colour(x, y));
            }
        }
        rect
    }

    fn apply(&mut self, event: &Event) -> Rect {
        let byte = |number: u32| number.to_le_bytes()[1];
        self.before.push(self.pixels.clone());
        match event {
            Event::Key => Rect::default(),
            Event::Back(events) => {
                self.pixels.clone_from(&self.before[self.before.len().saturating_sub(events + 1)]);
                Rect { x: 0, y: 0, width: self.size.width, height: self.size.height }
            }
            Event::Fill(rect, shade) => self.paint(self.rect(*rect), |_, _| [*shade, 255 - *shade, 90]),
            Event::Text(rect, seed) => self.paint(self.rect(*rect), |x, y| {
                let cell = (x / 7 * 31 + y / 15 * 17) ^ seed;
                let ink = y % 15 < 10 && (x % 7 == cell % 5 || y % 15 == cell % 9);
                if ink { [20, 40, 220] } else { [245, 245, 240] }
            }),
            Event::Noise(rect, seed) => self.paint(self.rect(*rect), |x, y| {
                let mixed = (x * 7919 + y * 104_729 + seed).wrapping_mul(2_654_435_761);
                [byte(mixed), byte(mixed >> 8), byte(mixed >> 5)]
            }),
            Event::Gradient(rect, shade) => self.paint(self.rect(*rect), |x, y| {
                [shade.wrapping_add(byte(x * 300)), byte(y * 500), byte((x + y) * 200)]
            }),
            Event::Move(rect, right, down) => {
                let rect = self.rect(*rect);
                let before = self.pixels.clone();
                let (width, height) = (self.size.width, self.size.height);
                self.paint(rect, |x, y| {
                    let x = x.saturating_add_signed(-right).min(width - 1);
                    let y = y.saturating_add_signed(-down).min(height - 1);
                    let start = ((y * width + x) * 4) as usize;
                    [before[start], before[start + 1], before[start + 2]]
                })
            }
        }
    }

    fn picture<'a>(&'a self, damage: &'a [Rect]) -> Picture<'a> {
        let stride = self.size.width as usize * 4;
        Picture { pixels: &self.pixels, stride, size: self.size, damage, at: Duration::ZERO }
    }
}

/// Codes the events, one picture each, and compares every picture with what ffmpeg shows.
fn check(width: u32, height: u32, quality: Quality, events: &[Event]) -> usize {
    let mut screen = Screen::new(width, height);
    let mut planes = Planes::new(screen.size);
    let settings = Settings { quality, ..Settings::default() };
    let of_codec = Codec::new(planes.coded_size, &settings).unwrap().parameter_sets().unwrap();
    let sets = ChangeEncoder::parameter_sets(&of_codec).unwrap();
    let mut encoder = ChangeEncoder::new(&sets, &planes, quality.quantiser()).unwrap();

    let start = [0, 0, 0, 1];
    let mut stream = [&start[..], &sets.sps, &start, &sets.pps].concat();
    let mut shown = Vec::new();
    let (mut bytes, mut is_first) = (0, true);
    // Each picture stands long enough to be kept.
    for (event, second) in events.iter().zip(0..) {
        let at = Duration::from_secs(second);
        let damage = screen.apply(event);
        let damage = if is_first { screen.rect([0, 0, width - 1, height - 1]) } else { damage };
        planes.update(&screen.picture(&[damage]), &[damage]).unwrap();
        let data = if is_first || matches!(event, Event::Key) {
            encoder.encode_key(&planes, at)
        } else {
            encoder.encode(&planes, planes.converted(), at).data
        };
        is_first = false;
        bytes = data.len();
        stream.extend_from_slice(&start);
        stream.extend_from_slice(&data[4..]);
        for (plane, shift) in encoder.shown().iter().zip([0, 1, 1]) {
            let (columns, rows) = (planes.coded_size.width >> shift, planes.coded_size.height >> shift);
            for row in 0..rows as usize {
                let first = row * plane.columns();
                shown.extend_from_slice(&plane.bytes()[first..first + columns as usize]);
            }
        }
    }
    let decoded = decode(stream);
    assert_eq!(decoded.len(), shown.len(), "every picture comes out");
    let picture = shown.len() / events.len();
    for (number, (decoded, shown)) in decoded.chunks(picture).zip(shown.chunks(picture)).enumerate() {
        assert!(decoded == shown, "picture {number}, {:?}", events[number]);
    }
    bytes
}

fn decode(stream: Vec<u8>) -> Vec<u8> {
    let mut child = Command::new("ffmpeg")
        .args(["-v", "error", "-threads", "1", "-f", "h264", "-i", "pipe:0", "-fps_mode", "passthrough"])
        .args(["-f", "rawvideo", "pipe:1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("this test needs ffmpeg: {error}"));
    let mut input = child.stdin.take().unwrap();
    let output = thread::scope(|scope| {
        scope.spawn(move || input.write_all(&stream).unwrap());
        child.wait_with_output().unwrap()
    });
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaints.is_empty(), "ffmpeg: {complaints}");
    output.stdout
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let rect = || prop::array::uniform4(0_u32..400);
    let event = prop_oneof![
        3 => (rect(), any::<u8>()).prop_map(|(rect, shade)| Event::Fill(rect, shade)),
        4 => (rect(), any::<u16>()).prop_map(|(rect, seed)| Event::Text(rect, seed.into())),
        2 => (rect(), any::<u16>()).prop_map(|(rect, seed)| Event::Noise(rect, seed.into())),
        2 => (rect(), any::<u8>()).prop_map(|(rect, shade)| Event::Gradient(rect, shade)),
        5 => (rect(), -70..70_i32, -70..70_i32).prop_map(|(rect, x, y)| Event::Move(rect, x, y)),
        5 => (rect(), -90..90_i32).prop_map(|(rect, down)| Event::Move(rect, 0, down)),
        4 => (1_usize..9).prop_map(Event::Back),
        1 => Just(Event::Key),
    ];
    prop::collection::vec(event, 2..24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 8, ..ProptestConfig::default() })]
    #[test]
    fn decoders_show_what_the_encoder_says_they_show(
        width in 1_u32..220,
        height in 1_u32..220,
        quality in prop::sample::select(vec![Quality::Archive, Quality::Standard, Quality::Lean]),
        events in events(),
    ) {
        check(width, height, quality, &events);
    }
}

proptest! {
    #[test]
    fn any_damage_that_covers_the_changes_gives_the_same_stream(
        width in 1_u32..220,
        height in 1_u32..220,
        events in events(),
        stray in prop::collection::vec(prop::array::uniform4(any::<u32>()), 0..6),
    ) {
        let mut screen = Screen::new(width, height);
        let stray: Vec<Rect> =
            stray.into_iter().map(|[x, y, width, height]| Rect { x, y, width, height }).collect();
        let mut encoders = [(); 3].map(|()| crate::open(Settings::default()));
        for (event, second) in events.iter().zip(0..) {
            let damage = screen.apply(event);
            let whole = screen.rect([0, 0, width - 1, height - 1]);
            let damages = [vec![damage], vec![whole], [&stray[..], &[damage]].concat()];
            let units: Vec<_> = damages
                .iter()
                .zip(&mut encoders)
                .map(|(damage, encoder)| {
                    if matches!(event, Event::Key) {
                        encoder.request_key_frame();
                    }
                    let at = Duration::from_millis(300 * second);
                    encoder.encode(&Picture { at, ..screen.picture(damage) }).unwrap()
                })
                .collect();
            prop_assert!(units[0] == units[1] && units[0] == units[2], "{event:?}");
        }
    }
}

#[test]
fn a_scrolled_page_costs_next_to_nothing() {
    let page = Event::Text([0, 0, 399, 399], 9);
    let down = Event::Move([0, 0, 399, 399], 0, -34);
    let bytes = check(400, 400, Quality::Standard, &[page, down.clone(), down]);
    // The last rows repeat, so nothing is new but where the page ends.
    assert!(bytes < 1_000, "{bytes} bytes");
}

#[test]
fn a_page_that_comes_back_costs_next_to_nothing() {
    let page = |seed| Event::Text([0, 0, 399, 399], seed);
    let pages = [page(9), page(40), page(1000), page(77), page(300)];
    let bytes = check(400, 400, Quality::Standard, &[&pages[..], &[Event::Back(4)]].concat());
    assert!(bytes < 400, "{bytes} bytes");
    // What was kept is found again after it came back and went.
    let turns = [Event::Back(2), Event::Back(2), Event::Back(2), Event::Back(2)];
    let bytes = check(400, 400, Quality::Standard, &[&pages[..], &turns].concat());
    assert!(bytes < 400, "{bytes} bytes");
}

#[test]
fn words_known_from_anywhere_cost_little() {
    let page = Event::Text([0, 0, 399, 199], 9);
    let copy = |x, y| Event::Move([x, y, 120, 60], 37, 211);
    let alone = check(400, 400, Quality::Standard, &[Event::Fill([0, 0, 399, 399], 9), page.clone()]);
    let bytes = check(400, 400, Quality::Standard, &[page, copy(40, 230)]);
    assert!(bytes * 8 < alone, "{bytes} bytes, where the page took {alone}");
}

#[test]
fn a_picture_without_change_costs_a_few_bytes() {
    let page = Event::Text([0, 0, 639, 399], 3);
    let bytes = check(
        640,
        400,
        Quality::Standard,
        &[page, Event::Fill([700, 300, 0, 0], 1), Event::Move([0; 4], 0, 0)],
    );
    assert!(bytes < 40, "{bytes} bytes");
}

#[test]
fn coefficients_too_large_for_short_codes_come_back_exactly() {
    let events =
        [Event::Fill([0, 0, 99, 99], 0), Event::Noise([0, 0, 99, 99], 1), Event::Noise([0, 0, 99, 99], 77)];
    check(100, 100, Quality::Archive, &events);
}

#[test]
fn parameter_sets_of_another_kind_are_refused() {
    let planes = Planes::new(Size::new(100, 100));
    let of_codec = Codec::new(planes.coded_size, &Settings::default()).unwrap().parameter_sets().unwrap();
    let sets = ChangeEncoder::parameter_sets(&of_codec).unwrap();
    let accepts = |sets: &ParameterSets| ChangeEncoder::new(sets, &planes, 26).is_some();
    assert!(accepts(&sets));
    let mut baseline = sets.clone();
    baseline.sps[1] = 66;
    assert!(!accepts(&baseline));
    // The first bit behind both identifiers says how data is coded.
    let mut other_coding = sets.clone();
    other_coding.pps[1] ^= 0b0010_0000;
    assert!(!accepts(&other_coding));
    for length in 0..of_codec.sps.len() {
        let cut = ParameterSets { sps: of_codec.sps[..length].to_vec(), pps: of_codec.pps.clone() };
        assert_eq!(ChangeEncoder::parameter_sets(&cut), None);
    }
    for length in 0..sets.sps.len().min(8) {
        assert!(!accepts(&ParameterSets { sps: sets.sps[..length].to_vec(), pps: sets.pps.clone() }));
    }
    for length in 0..sets.pps.len() {
        assert!(!accepts(&ParameterSets { sps: sets.sps.clone(), pps: sets.pps[..length].to_vec() }));
    }
    let other_size = Planes::new(Size::new(200, 100));
    assert!(ChangeEncoder::new(&sets, &other_size, 26).is_none());
}
