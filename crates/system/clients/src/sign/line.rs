//! What the sign says.

/// One line on the sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How it looks.
    pub tone: Tone,
    /// The words. What does not fit is cut with an ellipsis.
    pub words: String,
    /// The time behind the words.
    pub clock: Clock,
}

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Recording: a red dot.
    Recording,
    /// Something is wrong and may pass.
    Warning,
    /// Something is wrong and the session ends.
    Danger,
}

/// The time a line shows, in nanoseconds of [`crate::now_ns`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// None.
    Hidden,
    /// The time since then.
    Since(u64),
    /// The time until then, never below zero.
    Until(u64),
}

/// The longest name that is shown whole, in characters.
const MAX_NAME: usize = 32;

impl Line {
    /// `Recording · alice → db01`, and the time since `began_ns`.
    #[must_use]
    pub fn recording(user: &str, target: &str, began_ns: u64) -> Self {
        let words = format!("Recording \u{b7} {} \u{2192} {}", isolated(user), isolated(target));
        Self { tone: Tone::Recording, words, clock: Clock::Since(began_ns) }
    }

    /// The time at `now_ns` as `00:12:41`, for [`Clock::Until`] rounded up.
    #[must_use]
    pub fn time(&self, now_ns: u64) -> Option<String> {
        let second = 1_000_000_000;
        let seconds = match self.clock {
            Clock::Hidden => return None,
            Clock::Since(began) => now_ns.saturating_sub(began) / second,
            Clock::Until(end) => end.saturating_sub(now_ns).div_ceil(second),
        };
        Some(format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60))
    }
}

/// A name of any script and length that leaves the words around it in place: cut in the middle, without control
/// characters, between marks that keep its direction to itself.
fn isolated(name: &str) -> String {
    let is_direction =
        |c: &char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let plain: Vec<char> = name.chars().filter(|c| !c.is_control() && !is_direction(c)).collect();
    let cut: String = if plain.len() > MAX_NAME {
        let kept = MAX_NAME / 2;
        let head = plain.iter().take(kept);
        head.chain(&['\u{2026}']).chain(plain.iter().skip(plain.len().saturating_sub(kept))).collect()
    } else {
        plain.into_iter().collect()
    };
    format!("\u{2068}{cut}\u{2069}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn time_is_counted_up_and_down() {
        let line = |clock| Line { clock, ..Line::recording("alice", "db01", 0) };
        for (clock, now, expected) in [
            (Clock::Since(5 * SECOND), 5 * SECOND, Some("00:00:00")),
            (Clock::Since(0), 761 * SECOND, Some("00:12:41")),
            (Clock::Since(0), 360_000 * SECOND, Some("100:00:00")),
            (Clock::Since(9), 0, Some("00:00:00")),
            (Clock::Until(10 * SECOND), SECOND / 2, Some("00:00:10")),
            (Clock::Until(10 * SECOND), 11 * SECOND, Some("00:00:00")),
            (Clock::Hidden, 0, None),
        ] {
            assert_eq!(line(clock).time(now).as_deref(), expected);
        }
    }

    #[test]
    fn names_keep_to_themselves() {
        let line = Line::recording("al\u{202e}ice\n", "db01", 0);
        assert_eq!(line.words, "Recording \u{b7} \u{2068}alice\u{2069} \u{2192} \u{2068}db01\u{2069}");
        let long = Line::recording(&"a".repeat(500), "\u{5e9}\u{5dc}\u{5d5}\u{5dd}", 0).words;
        assert!(long.contains("a\u{2026}a") && long.chars().count() < 70, "{long}");
    }
}
