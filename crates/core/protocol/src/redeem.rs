//! Redeeming a ticket: one signed request, one answer signed inside and sealed outside.

use chaperone_seals::{
    Digest, Nonce, OpeningKey, PublicKey, SealingKey, SigningKey, Statement,
    sealing::{Purpose, SealingError},
    signed::{self, SignedError},
};
use minicbor::{Decode, Encode};

use crate::{Instructions, Ticket};

/// A launcher redeems a ticket. Signed by the device key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RedeemRequest {
    /// Protocol versions the launcher speaks, ascending.
    #[n(0)]
    pub versions: Vec<u16>,
    /// The server it is meant for, canonical.
    #[n(1)]
    pub origin: String,
    /// The ticket.
    #[n(2)]
    pub ticket: Ticket,
    /// X25519 key of this launch alone; the answer is sealed to it.
    #[n(3)]
    pub launch_key: PublicKey,
    /// Ed25519 key that will sign the session's record.
    #[n(4)]
    pub session_key: PublicKey,
    /// Fresh.
    #[n(5)]
    pub nonce: Nonce,
}

impl Statement for RedeemRequest {
    const CONTENT_TYPE: &'static str = "application/chaperone.redeem-request";
}

/// Why an answer was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// It does not open with this launch's key, or answers another request.
    #[error("answer: {0}")]
    Sealing(#[from] SealingError),
    /// It is not signed by the launch key given.
    #[error("answer: {0}")]
    Signed(#[from] SignedError),
    /// The signed instructions are for another request.
    #[error("instructions inside the answer are for another request")]
    OtherRequest,
}

/// Signs `instructions` and seals them to the launch of `signed_request`. `random` must be fresh.
///
/// # Errors
/// [`SealingError`] when the request's launch key is unusable.
pub fn seal_answer(
    instructions: &Instructions,
    signed_request: &[u8],
    launch_key: &PublicKey,
    signer: &SigningKey,
    random: [u8; 32],
) -> Result<Vec<u8>, SealingError> {
    let signed = zeroize::Zeroizing::new(signed::sign(instructions, signer));
    let bound_to = Digest::of(signed_request);
    SealingKey::new(*launch_key).seal(Purpose::Instructions, bound_to.as_bytes(), &signed, random)
}

/// Opens an answer to `signed_request` and verifies that it was signed by one of `launch_keys`.
///
/// # Errors
/// [`AnswerError`] naming what does not fit.
pub fn open_answer<'k>(
    answer: &[u8],
    signed_request: &[u8],
    launch: &OpeningKey,
    launch_keys: impl IntoIterator<Item = &'k PublicKey>,
) -> Result<Instructions, AnswerError> {
    let request = Digest::of(signed_request);
    let signed = launch.open(Purpose::Instructions, request.as_bytes(), answer)?;
    let (signer, _) = signed::read_unverified::<Instructions>(&signed)?;
    let key = launch_keys.into_iter().find(|key| key.id() == signer);
    let instructions: Instructions = match key {
        Some(key) => signed::verify(&signed, key)?,
        None => return Err(SignedError::Signature.into()),
    };
    if instructions.request != request {
        return Err(AnswerError::OtherRequest);
    }
    Ok(instructions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClientKind, Credential, LossPolicy, Policy, Route, SecretText, SshClient};

    fn instructions(signed_request: &[u8]) -> Instructions {
        Instructions {
            request: Digest::of(signed_request),
            opening: vec![1, 2, 3].into(),
            client: ClientKind::Ssh(SshClient { host_key: "ssh-ed25519 AAAA".into() }),
            route: Route::Direct {
                host: "db01.example".into(),
                port: 22,
                account: "root".into(),
                credential: Credential::Password(SecretText::new("hunter2".into())),
            },
            policy: Policy { recording: None, loss: LossPolicy::default() },
            notice: None,
        }
    }

    #[test]
    fn only_the_launch_that_asked_can_read_its_answer() {
        let signer = SigningKey::from_seed(&[1; 32]);
        let launch = OpeningKey::from_seed([2; 32]);
        let request = b"signed request";
        let answer =
            seal_answer(&instructions(request), request, launch.sealing_key().public(), &signer, [3; 32])
                .unwrap();
        assert!(!answer.windows(7).any(|w| w == b"hunter2"));

        let keys = [signer.public()];
        assert_eq!(open_answer(&answer, request, &launch, &keys).unwrap(), instructions(request));
        assert!(matches!(open_answer(&answer, b"other", &launch, &keys), Err(AnswerError::Sealing(_))));
        let other = OpeningKey::from_seed([4; 32]);
        assert!(matches!(open_answer(&answer, request, &other, &keys), Err(AnswerError::Sealing(_))));
        let stranger = [SigningKey::from_seed(&[5; 32]).public()];
        assert!(matches!(open_answer(&answer, request, &launch, &stranger), Err(AnswerError::Signed(_))));
    }

    #[test]
    fn instructions_signed_for_another_request_are_refused() {
        let signer = SigningKey::from_seed(&[1; 32]);
        let launch = OpeningKey::from_seed([2; 32]);
        let answer =
            seal_answer(&instructions(b"another"), b"this", launch.sealing_key().public(), &signer, [3; 32])
                .unwrap();
        assert!(matches!(
            open_answer(&answer, b"this", &launch, &[signer.public()]),
            Err(AnswerError::OtherRequest)
        ));
    }

    #[test]
    fn a_credential_does_not_show_itself() {
        assert!(!format!("{:?}", instructions(b"")).contains("hunter2"));
    }
}
