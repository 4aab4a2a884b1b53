//! Seeds and their codes: RFC 6238 with the parameters that every app supports, which are SHA-1, six digits and 30
//! seconds.

use model::security::SecondFactorSetup;
use model::time::{SECOND, Timestamp};
use totp_rs::{Algorithm, Builder, Secret, Totp};

use super::qr;
use crate::crypto::random::Random;
use crate::error::{Error, Result};

/// 160 bits (RFC 4226, section 4).
const SEED_LENGTH: usize = 20;
pub(super) const DIGITS: u8 = 6;
/// In seconds.
const STEP: u64 = 30;
/// Codes of this many steps before and after the current one are accepted: clocks differ, and typing takes a while (RFC
/// 6238, section 5.2).
const TOLERANCE: u64 = 1;

/// What the codes are computed from.
pub(super) struct Seed(Secret);

impl Seed {
    pub(super) fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0; SEED_LENGTH];
        random.fill(&mut bytes);
        Self(Secret::from(bytes))
    }

    pub(super) fn of(bytes: Vec<u8>) -> Self {
        Self(Secret::from(bytes))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// What an app needs to make the codes.
    pub(super) fn setup(&self, email: &str) -> Result<SecondFactorSetup> {
        let url = self.totp(email)?.to_url().map_err(failed)?;
        let (qr_size, qr_path) = qr::draw(&url)?;
        let base32 = self.0.to_base32();
        let groups: Vec<&str> = base32
            .as_bytes()
            .chunks(4)
            .filter_map(|group| std::str::from_utf8(group).ok())
            .collect();
        Ok(SecondFactorSetup {
            secret: groups.join(" "),
            qr_size,
            qr_path,
        })
    }

    /// The time step of this code: near `now`, and after `last`, so that no code is accepted twice.
    pub(super) fn step_of(&self, code: &str, now: Timestamp, last: i64) -> Result<Option<i64>> {
        let totp = self.totp("")?;
        let current = u64::try_from(now.0 / SECOND).unwrap_or_default() / STEP;
        let after = u64::try_from(last).unwrap_or_default();
        let steps = current.saturating_sub(TOLERANCE)..=current + TOLERANCE;
        let step = steps
            .filter(|step| *step > after)
            // The comparison takes a time that does not depend on the digits.
            .find(|step| totp.check(code, step * STEP).is_some());
        Ok(step.and_then(|step| i64::try_from(step).ok()))
    }

    fn totp(&self, email: &str) -> Result<Totp> {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(DIGITS)
            .with_step_duration(STEP)
            .with_skew(0)
            .with_secret(self.0.clone())
            .with_issuer(Some("Latchkey"))
            // The colon separates issuer and account.
            .with_account_name(email.replace(':', "."))
            .build()
            .map_err(failed)
    }
}

fn failed(error: impl std::fmt::Display) -> Error {
    // The error's text may hold the e-mail address but no secret.
    Error::Internal(format!("cannot compute codes: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::random::SeededRandom;

    /// The vectors of RFC 6238, appendix B, cut to six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let seed = Seed::of(b"12345678901234567890".to_vec());
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = seed.step_of(code, Timestamp(seconds * SECOND), 0).unwrap();
            assert_eq!(step, Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn one_step_before_and_after_is_taken_and_no_step_twice() {
        let seed = Seed::of(b"12345678901234567890".to_vec());
        let code = "081804"; // of step 37037036
        let step = 37_037_036;
        let at = |step: i64| Timestamp(step * 30 * SECOND);
        for (now, taken) in [
            (step - 2, false),
            (step - 1, true),
            (step, true),
            (step + 1, true),
            (step + 2, false),
        ] {
            assert_eq!(
                seed.step_of(code, at(now), 0).unwrap().is_some(),
                taken,
                "{}",
                now - step
            );
        }
        assert_eq!(seed.step_of(code, at(step), step - 1).unwrap(), Some(step));
        assert_eq!(seed.step_of(code, at(step), step).unwrap(), None);
        assert_eq!(seed.step_of(code, at(step), step + 1).unwrap(), None);
    }

    #[test]
    fn what_is_no_code_is_none() {
        let seed = Seed::of(b"12345678901234567890".to_vec());
        for wrong in ["", "28708", "2870820", "+87082", "28708x", "２８７０８２"] {
            assert_eq!(seed.step_of(wrong, Timestamp(59 * SECOND), 0).unwrap(), None, "{wrong}");
        }
    }

    #[test]
    fn a_seed_is_shown_in_groups_of_four() {
        let setup = Seed::generate(&SeededRandom::new(1))
            .setup("ada:1@example.com")
            .unwrap();
        let groups: Vec<&str> = setup.secret.split(' ').collect();
        assert_eq!(groups.len(), 8);
        assert!(groups.iter().all(|group| group.len() == 4));
        assert!(!format!("{setup:?}").contains(groups[0]));
    }
}
