//! Randomness as a parameter, so that snapshots are exact down to the token.

use std::fmt::Debug;
use std::sync::Mutex;

use model::id::BASE62;
use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng, TryRng};

/// A source of random bytes.
pub trait Random: Debug + Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's source (getrandom).
#[derive(Clone, Copy, Debug)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        // Without randomness, tokens could be guessed. The server must not go on.
        #[expect(clippy::expect_used, reason = "a machine without randomness must not mint secrets")]
        SysRng
            .try_fill_bytes(bytes)
            .expect("the operating system has no randomness");
    }
}

/// A repeatable source for tests.
#[derive(Debug)]
pub struct SeededRandom(Mutex<StdRng>);

impl SeededRandom {
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .fill_bytes(bytes);
    }
}

/// Random base62 characters, all equally likely. Bytes of 248 and above would favour the first characters, so they are
/// drawn again.
pub fn base62(random: &dyn Random, length: usize) -> String {
    const EVEN: u8 = 248; // 4 × 62
    let mut text = String::with_capacity(length);
    let mut bytes = [0; 64];
    while text.len() < length {
        random.fill(&mut bytes);
        let digits = bytes.iter().filter(|&&byte| byte < EVEN);
        text.extend(
            digits
                .take(length - text.len())
                .map(|byte| char::from(BASE62[usize::from(byte % 62)])),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digit_is_about_as_likely() {
        let text = base62(&SeededRandom::new(1), 62_000);
        for digit in BASE62 {
            let count = text.bytes().filter(|byte| byte == digit).count();
            assert!(
                (850..1150).contains(&count),
                "{} came {count} times",
                char::from(*digit)
            );
        }
    }
}
