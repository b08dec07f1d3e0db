//! Whatever is done to windows, and whenever it is looked at: the last picture is what the screen shows, to the byte.

use chaperone_capture::Target;
use x11rb::protocol::xproto::Window;

use super::client::Client;
use super::recorder::{Recorder, assert_same};
use super::xvfb::Xvfb;

const STEPS: u32 = 400;
/// Windows there are at once, besides the one beneath them all.
const WINDOWS: usize = 4;
const BASE_PLACE: [i16; 2] = [50, 40];
const BASE_SIZE: [u16; 2] = [701, 503];

/// The same steps on every run.
struct Random(u32);

impl Random {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 % limit
    }

    fn place(&mut self, [right, bottom]: [u16; 2]) -> [i16; 2] {
        [right, bottom].map(|limit| i16::try_from(self.below(limit.into())).unwrap())
    }

    fn size(&mut self, [width, height]: [u16; 2]) -> [u16; 2] {
        [width, height].map(|limit| u16::try_from(1 + self.below(limit.into())).unwrap())
    }

    fn colour(&mut self) -> u32 {
        self.below(0x0100_0000)
    }
}

/// Windows that come, go, move and are drawn in, all within the base window's area.
struct Desk<'a> {
    client: &'a Client,
    base: Window,
    windows: Vec<Window>,
    random: Random,
}

impl<'a> Desk<'a> {
    fn new(client: &'a Client, seed: u32) -> Self {
        let base = client.show(BASE_PLACE, BASE_SIZE, 0x0010_2030);
        Self { client, base, windows: Vec::new(), random: Random(seed) }
    }

    /// One thing at random.
    fn act(&mut self) {
        let turn = self.random.below(11);
        match turn {
            0 if self.windows.len() < WINDOWS => self.open(),
            1 if self.windows.len() == WINDOWS => {
                let index = self.random.below(4) as usize;
                self.client.destroy(self.windows.remove(index));
            }
            2 => self.with_one(|desk, window| {
                let place = desk.random.place([300, 200]).map(i32::from);
                desk.client.place(window, [place[0] + 50, place[1] + 40]);
            }),
            3 => self.with_one(|desk, window| {
                let size = desk.random.size([300, 200]).map(u32::from);
                desk.client.resize(window, size);
            }),
            4 => self.with_one(|desk, window| desk.client.raise(window)),
            5 => self.with_one(|desk, window| {
                desk.client.unmap(window);
                if desk.random.below(3) > 0 {
                    desk.client.map(window);
                }
            }),
            6 => self.with_one(|desk, window| desk.client.map(window)),
            7 => {
                let (from, to) = (self.random.place([300, 200]), self.random.place([300, 200]));
                let size = self.random.size([300, 200]);
                self.client.scroll(self.base, from, to, size);
            }
            8 => {
                let (place, size) = (self.random.place(BASE_SIZE), self.random.size([90, 90]));
                let colour = self.random.colour();
                self.client.fill(self.base, place, size, colour);
            }
            _ => self.with_one(|desk, window| {
                let (place, size) = (desk.random.place([290, 190]), desk.random.size([60, 60]));
                let colour = desk.random.colour();
                desk.client.fill(window, place, size, colour);
            }),
        }
    }

    fn open(&mut self) {
        let [x, y] = self.random.place([300, 200]);
        let (size, colour) = (self.random.size([300, 200]), self.random.colour());
        self.windows.push(self.client.show([x + 50, y + 40], size, colour));
    }

    fn with_one(&mut self, act: impl FnOnce(&mut Self, Window)) {
        if !self.windows.is_empty() {
            let index = self.random.below(u32::try_from(self.windows.len()).unwrap()) as usize;
            act(self, self.windows[index]);
        }
    }
}

#[test]
fn the_last_picture_of_the_screen_is_the_screen() {
    for (seed, arguments) in [(0x2545_f491, &[][..]), (77, &["-extension", "MIT-SHM"])] {
        let xvfb = Xvfb::with("800x600x24", arguments);
        let client = xvfb.client();
        let mut recorder = Recorder::open(xvfb.desktop(), Target::Screen);
        let mut desk = Desk::new(&client, seed);
        for step in 0..STEPS {
            desk.act();
            if desk.random.below(5) == 0 {
                recorder.step();
            }
            if desk.random.below(50) == 0 {
                recorder.rest();
                let shown = client.screenshot([0, 0], [800, 600]);
                assert_same(&recorder.picture, &shown, &format!("after step {step}"));
            }
        }
        recorder.rest();
        assert_same(&recorder.picture, &client.screenshot([0, 0], [800, 600]), "at the end");
    }
}

#[test]
fn the_last_picture_of_the_sessions_windows_is_what_they_show() {
    for seed in [0x2545_f491, 4] {
        let xvfb = Xvfb::start();
        let (session, other) = (xvfb.client(), xvfb.foreign_client());
        let mut recorder = Recorder::of_process(xvfb.desktop(), session.pid());
        let mut desk = Desk::new(&session, seed);
        let cover = other.show([0, 0], [400, 400], 0x00ff_0000);
        for step in 0..STEPS {
            desk.act();
            if desk.random.below(5) == 0 {
                recorder.step();
            }
            if desk.random.below(10) == 0 {
                other.place(cover, desk.random.place([800, 600]).map(i32::from));
                other.raise(cover);
            }
            if desk.random.below(50) == 0 {
                // Once the record is complete the cover is taken away, so that the screen shows what was recorded.
                recorder.rest();
                other.unmap(cover);
                let shown = session.screenshot(BASE_PLACE, BASE_SIZE);
                assert_same(&recorder.picture, &shown, &format!("after step {step}"));
                other.map(cover);
            }
        }
        recorder.rest();
        other.unmap(cover);
        assert_same(&recorder.picture, &session.screenshot(BASE_PLACE, BASE_SIZE), "at the end");
    }
}
