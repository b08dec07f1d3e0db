//! SSH private keys as people paste them: checked for being one, and for opening without a passphrase.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

const MAX_BYTES: usize = 32 * 1024;
const OPENSSH_MAGIC: &[u8] = b"openssh-key-v1\0";
const PASSPHRASE: &str = "the private key has a passphrase: remove it with `ssh-keygen -p -f FILE`, for nobody is there to type it at a launch";
const NOT_A_KEY: &str = "the value is not a private key in OpenSSH or PEM form";

/// The key with plain line ends, as OpenSSH reads it.
///
/// # Errors
/// Words on what is wrong; never a part of the key.
pub(super) fn parse(text: &str) -> Result<Zeroizing<String>, &'static str> {
    if text.len() > MAX_BYTES {
        return Err(NOT_A_KEY);
    }
    let lines: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return Err(NOT_A_KEY) };
    let label = first.strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_suffix("-----"));
    let end = last.strip_prefix("-----END ").and_then(|rest| rest.strip_suffix("-----"));
    let label = label.filter(|label| Some(*label) == end).ok_or(NOT_A_KEY)?;
    let body = lines.get(1..lines.len() - 1).ok_or(NOT_A_KEY)?;
    if body.iter().any(|line| line.starts_with("Proc-Type:") && line.contains("ENCRYPTED")) {
        return Err(PASSPHRASE);
    }
    let encoded = Zeroizing::new(body.concat());
    let blob = Zeroizing::new(STANDARD.decode(encoded.as_bytes()).map_err(|_| NOT_A_KEY)?);
    match label {
        "OPENSSH PRIVATE KEY" => check_openssh(&blob)?,
        "ENCRYPTED PRIVATE KEY" => return Err(PASSPHRASE),
        // DER: a sequence. What is in it is for the client to judge.
        "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" if blob.first() == Some(&0x30) => {}
        _ => return Err(NOT_A_KEY),
    }
    let mut key = Zeroizing::new(String::with_capacity(text.len() + 2));
    for line in lines {
        key.push_str(line);
        key.push('\n');
    }
    Ok(key)
}

/// After the magic come the cipher's and the key derivation's names; without a passphrase both are `none`.
fn check_openssh(blob: &[u8]) -> Result<(), &'static str> {
    let rest = blob.strip_prefix(OPENSSH_MAGIC).ok_or(NOT_A_KEY)?;
    let (cipher, rest) = string(rest).ok_or(NOT_A_KEY)?;
    let (derivation, _) = string(rest).ok_or(NOT_A_KEY)?;
    if (cipher, derivation) == (b"none", b"none") { Ok(()) } else { Err(PASSPHRASE) }
}

fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn openssh(cipher: &str, derivation: &str) -> String {
        let mut blob = OPENSSH_MAGIC.to_vec();
        for name in [cipher, derivation] {
            blob.extend_from_slice(&u32::try_from(name.len()).unwrap().to_be_bytes());
            blob.extend_from_slice(name.as_bytes());
        }
        blob.extend_from_slice(&[0; 60]);
        pem("OPENSSH PRIVATE KEY", &STANDARD.encode(blob))
    }

    fn pem(label: &str, body: &str) -> String {
        format!("-----BEGIN {label}-----\r\n{body}\r\n-----END {label}-----")
    }

    #[test]
    fn a_key_without_passphrase_is_taken_with_plain_line_ends() {
        let key = parse(&openssh("none", "none")).unwrap();
        assert!(key.ends_with("-----END OPENSSH PRIVATE KEY-----\n") && !key.contains('\r'));
        parse(&pem("RSA PRIVATE KEY", &STANDARD.encode([0x30, 0x82]))).unwrap();
    }

    #[test]
    fn a_passphrase_is_named() {
        let encrypted = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nMIIC";
        for text in [
            openssh("aes256-ctr", "bcrypt"),
            pem("ENCRYPTED PRIVATE KEY", "MIIC"),
            pem("RSA PRIVATE KEY", encrypted),
        ] {
            assert_eq!(parse(&text).unwrap_err(), PASSPHRASE, "{text}");
        }
    }

    #[test]
    fn what_is_no_private_key_is_refused() {
        for text in [
            String::new(),
            "hunter2".to_owned(),
            "ssh-ed25519 AAAA".to_owned(),
            pem("PUBLIC KEY", "MIIC"),
            pem("OPENSSH PRIVATE KEY", "AAAA"),
            pem("OPENSSH PRIVATE KEY", "????"),
            "-----BEGIN PRIVATE KEY-----".to_owned(),
            openssh("none", "none").replace("END OPENSSH", "END RSA"),
        ] {
            assert_eq!(parse(&text).unwrap_err(), NOT_A_KEY, "{text}");
        }
    }
}
