//! Arithmetic coding of Rec. ITU-T H.264 clause 9.3.4, the encoder's side.

mod tables;

/// Bits of the standard's register for the range; what `low` has above them is ready to be written.
const WINDOW: u32 = 9;

/// One slice's data being coded.
#[derive(Debug)]
pub(super) struct Cabac {
    /// Lower end of the interval: the window, `pending` bits above it, and at most one carry above those.
    low: u64,
    range: u32,
    pending: u32,
    /// State and more probable symbol of each context: `2 * state + symbol`.
    contexts: [u8; tables::COUNT],
    bytes: Vec<u8>,
}

impl Cabac {
    pub(super) fn new() -> Self {
        Self { low: 0, range: 510, pending: 0, contexts: [0; tables::COUNT], bytes: Vec::new() }
    }

    /// Begins slice data (clause 9.3.1).
    pub(super) fn begin(&mut self, is_intra: bool, quantiser: u8) {
        self.low = 0;
        self.range = 510;
        self.pending = 0;
        self.bytes.clear();
        let table = if is_intra { &tables::INTRA } else { &tables::INTER };
        for (context, (slope, offset)) in self.contexts.iter_mut().zip(table) {
            let state = ((i32::from(*slope) * i32::from(quantiser)) >> 4) + i32::from(*offset);
            let state = state.clamp(1, 126);
            let code = if state <= 63 { (63 - state) << 1 } else { ((state - 64) << 1) | 1 };
            *context = u8::try_from(code).unwrap_or(0);
        }
    }

    /// One symbol by its context.
    #[inline]
    pub(super) fn bit(&mut self, context: usize, bit: bool) {
        let code = self.contexts[context];
        let step = &STEPS[usize::from(code & 127)];
        let less = u32::from(step.ranges[(self.range >> 6 & 3) as usize]);
        self.range -= less;
        if bit == (code & 1 == 1) {
            self.contexts[context] = step.after_more;
            // The more probable symbol leaves at least half of the range.
            let shift = u32::from(self.range < 256);
            self.shift(shift);
        } else {
            self.low += u64::from(self.range);
            self.range = less;
            self.contexts[context] = step.after_less;
            self.shift(less.leading_zeros() - (31 - 8));
        }
    }

    /// One symbol both of whose values are equally likely.
    #[inline]
    pub(super) fn even_bit(&mut self, bit: bool) {
        self.low <<= 1;
        if bit {
            self.low += u64::from(self.range);
        }
        self.pending += 1;
        self.write_ready();
    }

    /// Whether the slice ends, or a macroblock without transform follows.
    #[inline]
    pub(super) fn end(&mut self, is_end: bool) {
        self.range -= 2;
        if is_end {
            self.low += u64::from(self.range);
            self.range = 2;
            self.shift(7);
        } else {
            let shift = u32::from(self.range < 256);
            self.shift(shift);
        }
    }

    /// The data, with the stop bit; to be called after the slice's end was coded.
    pub(super) fn finish(&mut self) -> &[u8] {
        // Seven bits of the window say nothing any more; the last one written is the stop bit.
        let mut bits = self.pending + WINDOW - 7;
        let mut rest = (self.low >> 7) | 1;
        if rest >> bits != 0 {
            self.carry();
            rest &= (1 << bits) - 1;
        }
        let spare = bits.next_multiple_of(8) - bits;
        rest <<= spare;
        bits += spare;
        while bits > 0 {
            bits -= 8;
            self.bytes.push(lowest_byte(rest >> bits));
        }
        &self.bytes
    }

    /// Bytes so far, about.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    #[inline]
    fn shift(&mut self, by: u32) {
        self.range <<= by;
        self.low <<= by;
        self.pending += by;
        self.write_ready();
    }

    #[inline]
    fn write_ready(&mut self) {
        if self.pending >= 32 {
            self.write_word();
        }
    }

    #[inline(never)]
    fn write_word(&mut self) {
        self.pending -= 32;
        let below = self.pending + WINDOW;
        let word = self.low >> below;
        if word >> 32 != 0 {
            self.carry();
        }
        self.low &= (1 << below) - 1;
        for shift in [24, 16, 8, 0] {
            self.bytes.push(lowest_byte(word >> shift));
        }
    }

    /// Adds one to what was written.
    fn carry(&mut self) {
        for byte in self.bytes.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
    }
}

fn lowest_byte(bits: u64) -> u8 {
    bits.to_le_bytes()[0]
}

/// What a context's state means.
#[derive(Clone, Copy)]
struct Step {
    ranges: [u8; 4],
    after_more: u8,
    after_less: u8,
}

/// By `2 * state + symbol`.
static STEPS: [Step; 128] = steps();

#[expect(clippy::cast_possible_truncation, reason = "codes are below 128")]
const fn steps() -> [Step; 128] {
    let mut steps = [Step { ranges: [0; 4], after_more: 0, after_less: 0 }; 128];
    let mut code = 0;
    while code < 128 {
        let (state, symbol) = (code >> 1, code & 1);
        let after_more = if state < 62 { code + 2 } else { code };
        // The least certain state turns its symbol round.
        let less_symbol = if state == 0 { 1 - symbol } else { symbol };
        steps[code] = Step {
            ranges: tables::LESS_PROBABLE_RANGE[state],
            after_more: after_more as u8,
            after_less: tables::AFTER_LESS_PROBABLE[state] << 1 | less_symbol as u8,
        };
        code += 1;
    }
    steps
}
