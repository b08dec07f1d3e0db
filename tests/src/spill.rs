//! Looking for a secret where it must not be: in files, arguments and environments, in every form it could take.

use std::path::{Path, PathBuf};

/// A form a secret was found in.
#[derive(Debug, PartialEq, Eq)]
pub struct Spill {
    /// File, or name of what was searched.
    pub place: String,
    /// Which encoding.
    pub form: &'static str,
}

/// The secret in every form searched for.
pub struct Forms(Vec<(&'static str, Vec<u8>)>);

impl Forms {
    /// Plain, hexadecimal, base64 (each of its three alignments, both alphabets), UTF-16, percent-encoded.
    ///
    /// The secret must be long enough that its encodings are no accident: 12 bytes or more.
    pub fn of(secret: &str) -> Self {
        let bytes = secret.as_bytes();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let percent_some: String = secret.chars().map(percent_encoded).collect();
        let percent_all: String = bytes.iter().map(|byte| format!("%{byte:02X}")).collect();
        let utf16: Vec<u16> = secret.encode_utf16().collect();
        let mut forms = vec![
            ("plain", bytes.to_vec()),
            ("hex", hex.clone().into_bytes()),
            ("hex", hex.to_uppercase().into_bytes()),
            ("percent", percent_all.to_lowercase().into_bytes()),
            ("percent", percent_all.into_bytes()),
            ("utf-16 little-endian", utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect()),
            ("utf-16 big-endian", utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect()),
        ];
        if percent_some != secret {
            forms.push(("percent", percent_some.into_bytes()));
        }
        for alignment in 0..3 {
            let inner = base64_inner(bytes, alignment);
            forms.push(("base64", inner.replace(['+'], "-").replace('/', "_").into_bytes()));
            forms.push(("base64", inner.into_bytes()));
        }
        Self(forms)
    }

    /// The forms that occur in `haystack`.
    pub fn in_bytes(&self, place: &str, haystack: &[u8]) -> Vec<Spill> {
        let occurs = |needle: &[u8]| haystack.windows(needle.len()).any(|window| window == needle);
        let mut found: Vec<Spill> = Vec::new();
        for (form, needle) in &self.0 {
            if occurs(needle) && !found.iter().any(|spill| spill.form == *form) {
                found.push(Spill { place: place.to_owned(), form });
            }
        }
        found
    }

    /// The forms that occur in any file below `dir`, names included. Unreadable files, such as sockets, are passed over.
    pub fn in_folder(&self, dir: &Path) -> Vec<Spill> {
        let mut found = Vec::new();
        for path in files_below(dir) {
            let place = path.display().to_string();
            found.extend(self.in_bytes(&format!("the name {place}"), place.as_bytes()));
            if path.is_file()
                && let Ok(bytes) = std::fs::read(&path)
            {
                found.extend(self.in_bytes(&place, &bytes));
            }
        }
        found
    }
}

/// Every file below a folder; links are not followed.
pub fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![dir.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(_) => files.push(entry.path()),
                Err(_) => {}
            }
        }
    }
    files
}

fn percent_encoded(c: char) -> String {
    if c.is_ascii_alphanumeric() || "-._~".contains(c) {
        return c.to_string();
    }
    let mut buffer = [0; 4];
    c.encode_utf8(&mut buffer).bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The base64 letters that depend on the secret alone, when `alignment` bytes stand before it and anything after it.
fn base64_inner(secret: &[u8], alignment: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: Vec<bool> =
        secret.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect();
    // Bits of the secret before its first whole letter.
    let skipped = (6 - alignment * 8 % 6) % 6;
    bits.get(skipped..)
        .unwrap_or_default()
        .chunks_exact(6)
        .filter_map(|chunk| LETTERS.get(chunk.iter().fold(0, |value, bit| value * 2 + usize::from(*bit))))
        .map(|letter| char::from(*letter))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "Pw-0123456789 &ab";

    fn check(haystack: &[u8], form: &'static str) {
        let found = Forms::of(SECRET).in_bytes("here", haystack);
        assert!(found.contains(&Spill { place: "here".to_owned(), form }), "{form}: {found:?}");
    }

    #[test]
    fn every_form_is_found() {
        check(b"x Pw-0123456789 &ab y", "plain");
        check(b"50772d30313233343536373839202661 62 50772d3031323334353637383920266162", "hex");
        check(b"Pw-0123456789%20%26ab", "percent");
        check(&SECRET.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(), "utf-16 little-endian");
        // The secret encoded alone, after one byte, and after two bytes.
        check(b"UHctMDEyMzQ1Njc4OSAmYWI=", "base64");
        check(b"eFB3LTAxMjM0NTY3ODkgJmFi", "base64");
        check(b"eHhQdy0wMTIzNDU2Nzg5ICZhYg==", "base64");
    }

    #[test]
    fn nothing_is_found_where_nothing_is() {
        assert_eq!(Forms::of(SECRET).in_bytes("here", b"Pw-0123456789 &a"), []);
    }

    #[test]
    fn files_and_their_names_are_searched() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("inner")).unwrap();
        std::fs::write(dir.path().join("inner/log"), SECRET).unwrap();
        std::fs::write(dir.path().join(SECRET), "").unwrap();
        assert_eq!(Forms::of(SECRET).in_folder(dir.path()).len(), 2);
    }
}
