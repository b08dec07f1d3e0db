//! SSH host keys as people paste them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The algorithms OpenSSH accepts for host keys today.
const ALGORITHMS: [&str; 7] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-rsa",
];

/// The key as `algorithm base64`, from a public key line (`ssh-ed25519 AAAA… comment`) or a line of `known_hosts` or
/// `ssh-keyscan` (`host ssh-ed25519 AAAA…`).
///
/// # Errors
/// Words on what is wrong.
pub(super) fn parse(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.starts_with("SHA256:") || text.starts_with("MD5:") {
        return Err("the host key is needed whole, a fingerprint is not enough: paste the line that \
             `ssh-keyscan HOST` prints, after comparing its fingerprint");
    }
    if text.lines().count() > 1 {
        return Err("paste one host key, on one line");
    }
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let at = words.iter().take(2).position(|word| ALGORITHMS.contains(word));
    let pair = at.and_then(|at| Some((*words.get(at)?, *words.get(at + 1)?)));
    let Some((algorithm, encoded)) = pair else {
        return Err("the host key is not an OpenSSH public key line such as `ssh-ed25519 AAAA…`");
    };
    let blob = STANDARD.decode(encoded).map_err(|_| "the host key's base64 part is damaged")?;
    let inner = blob
        .split_first_chunk::<4>()
        .and_then(|(length, rest)| rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?));
    if inner != Some(algorithm.as_bytes()) {
        return Err("the host key's base64 part is not of the algorithm that stands before it");
    }
    Ok(format!("{algorithm} {encoded}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9RzJ0p3jP7LrXzQeIWb8zB4Vv8kq3g7uXcPZ7dM0aB";

    #[test]
    fn a_key_line_is_cut_to_algorithm_and_key() {
        for text in [KEY.to_owned(), format!("{KEY} root@db01"), format!("db01 {KEY}"), format!("  {KEY}\n")]
        {
            assert_eq!(parse(&text).as_deref(), Ok(KEY), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_words() {
        for text in [
            "",
            "SHA256:abcdef",
            "ssh-ed25519",
            "ssh-ed25519 ????",
            "ssh-dss AAAAB3NzaC1kc3M=",
            &KEY.replace("ssh-ed25519 ", "ssh-rsa "),
            &format!("{KEY}\n{KEY}"),
            &format!("a b {KEY}"),
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
