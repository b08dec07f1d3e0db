//! Licence expressions (SPDX, and the `/` some older packages write for OR).

/// Whether an expression can be satisfied with the licences allowed.
///
/// AND binds tighter than OR; `X WITH E` is a licence of its own name, as it is written in the list of those allowed.
/// What cannot be read is not satisfied.
pub(super) fn satisfied(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Parser { words: &words, allowed };
    let satisfied = parser.alternatives();
    parser.words.is_empty() && satisfied == Some(true)
}

struct Parser<'a> {
    words: &'a [&'a str],
    allowed: &'a [&'a str],
}

impl<'a> Parser<'a> {
    fn alternatives(&mut self) -> Option<bool> {
        let mut satisfied = self.all_of()?;
        while self.take("OR") {
            satisfied |= self.all_of()?;
        }
        Some(satisfied)
    }

    fn all_of(&mut self) -> Option<bool> {
        let mut satisfied = self.one()?;
        while self.take("AND") {
            satisfied &= self.one()?;
        }
        Some(satisfied)
    }

    fn one(&mut self) -> Option<bool> {
        if self.take("(") {
            let inner = self.alternatives()?;
            return self.take(")").then_some(inner);
        }
        let name = self.next()?;
        if matches!(name, "OR" | "AND" | "WITH" | ")") {
            return None;
        }
        if !self.take("WITH") {
            return Some(self.allowed.contains(&name));
        }
        let full_name = format!("{name} WITH {}", self.next()?);
        Some(self.allowed.contains(&full_name.as_str()))
    }

    fn take(&mut self, word: &str) -> bool {
        match self.words.split_first() {
            Some((first, rest)) if *first == word => {
                self.words = rest;
                true
            }
            _ => false,
        }
    }

    fn next(&mut self) -> Option<&'a str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expression: &str, expected: bool) {
        let allowed = ["MIT", "ISC", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"];
        assert_eq!(satisfied(expression, &allowed), expected, "{expression}");
    }

    #[test]
    fn one_allowed_alternative_is_enough_and_every_part_of_an_and_is_needed() {
        check("MIT", true);
        check("GPL-3.0", false);
        check("MIT OR GPL-3.0", true);
        check("GPL-3.0/MIT", true);
        check("MIT AND GPL-3.0", false);
        check("GPL-3.0 OR MIT AND ISC", true);
        check("(GPL-3.0 OR MIT) AND ISC", true);
        check("(GPL-3.0 OR MIT) AND BSL-1.0", false);
        check("GPL-3.0 OR Apache-2.0 WITH LLVM-exception", true);
        check("Apache-2.0 WITH other-exception", false);
    }

    #[test]
    fn what_cannot_be_read_is_not_satisfied() {
        for expression in ["", "MIT OR", "(MIT", "MIT)", "MIT ISC", "OR MIT", "MIT WITH"] {
            check(expression, false);
        }
    }
}
