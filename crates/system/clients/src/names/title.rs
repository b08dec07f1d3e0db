//! What a client's window is called.

/// The title of a client's window: one line of at most 120 characters, without control and direction characters, never
/// beginning with an option mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowTitle(String);

impl WindowTitle {
    /// Makes a title out of any text: what cannot stand in one is left out.
    #[must_use]
    pub fn cleaned(text: &str) -> Self {
        let is_direction = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let plain: String = text
            .chars()
            .filter(|c| !c.is_control() && !is_direction(*c) && !"$`\\\"'%".contains(*c))
            .take(120)
            .collect();
        let plain = plain.trim_start_matches(['-', '/', '+', ' ']).trim_end();
        Self(if plain.is_empty() { "session".to_owned() } else { plain.to_owned() })
    }

    /// The title as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_keeps_words_and_loses_meanings() {
        for (text, expected) in [
            ("alice \u{2192} db01", "alice \u{2192} db01"),
            ("-e evil", "e evil"),
            ("--  /x", "x"),
            ("a\nb\u{1b}]0;c", "ab]0;c"),
            ("a\u{202e}b", "ab"),
            ("$HOME", "HOME"),
            ("", "session"),
        ] {
            assert_eq!(WindowTitle::cleaned(text).as_str(), expected);
        }
        assert_eq!(WindowTitle::cleaned(&"x".repeat(500)).as_str().len(), 120);
    }
}
