//! Handing randomness into algorithms that want to draw it themselves.

use std::convert::Infallible;

use hpke::rand_core::{TryCryptoRng, TryRng};
use sha2::Digest as _;
use zeroize::ZeroizeOnDrop;

/// Expands 32 random bytes into as many as an algorithm asks for: block i is SHA-256(seed, i).
///
/// HPKE over X25519 asks for exactly 32; the expansion only makes running out impossible.
#[derive(ZeroizeOnDrop)]
pub(crate) struct Expanded {
    seed: [u8; 32],
    blocks: u64,
    left: Vec<u8>,
}

impl Expanded {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self { seed, blocks: 0, left: Vec::new() }
    }
}

impl TryRng for Expanded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for byte in out {
            if self.left.is_empty() {
                let block = sha2::Sha256::new()
                    .chain_update(self.seed)
                    .chain_update(self.blocks.to_be_bytes())
                    .finalize();
                self.blocks += 1;
                self.left = block.to_vec();
            }
            *byte = self.left.pop().unwrap_or_default();
        }
        Ok(())
    }
}

impl TryCryptoRng for Expanded {}
