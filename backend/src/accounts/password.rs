//! Passwords: argon2id with the parameters of the OWASP Password Storage Cheat Sheet, off the async threads, a bounded
//! number at once.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use model::account::{PASSWORD_MAX, password_length};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::crypto::random::Random;
use crate::error::{Error, Result};

/// Hashes computed at once: each takes 19 MiB and a core for some 20 ms.
const AT_ONCE: usize = 2;
/// A password that takes fewer guesses than this is among the first that anybody tries.
const GUESSES_MIN: u64 = 1_000_000;
/// Characters that the estimate looks at: it takes longer than the password is long.
const ESTIMATED: usize = 72;

/// Makes and checks hashes.
#[derive(Debug)]
pub(crate) struct Passwords {
    turns: Semaphore,
    /// The hash of nobody's password, checked when there is no such account: the answer takes the same time.
    nobody: String,
}

impl Passwords {
    pub(crate) fn new(random: &dyn Random) -> Result<Self> {
        let mut secret = [0; 32];
        random.fill(&mut secret);
        let mut salt = [0; 16];
        random.fill(&mut salt);
        Ok(Self {
            turns: Semaphore::new(AT_ONCE),
            nobody: hash(&secret, &salt)?,
        })
    }

    /// A new hash in PHC string format.
    pub(crate) async fn hash(&self, password: SecretString, random: &dyn Random) -> Result<String> {
        let mut salt = [0; 16];
        random.fill(&mut salt);
        self.off_thread(move || hash(password.expose_secret().as_bytes(), &salt))
            .await
    }

    /// Whether a password is the one of this hash; for `None`, which is nobody's, false after the same time.
    pub(crate) async fn verify(&self, password: SecretString, stored: Option<String>) -> Result<bool> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobody.clone());
        let right = self
            .off_thread(move || {
                let hash = PasswordHash::new(&stored).map_err(|error| Error::Internal(error.to_string()))?;
                // Nobody has a longer one, but the work is done all the same.
                let text = password.expose_secret();
                let text = if text.chars().count() > PASSWORD_MAX { "" } else { text };
                Ok(argon2()?.verify_password(text.as_bytes(), &hash).is_ok())
            })
            .await?;
        Ok(right && known)
    }

    async fn off_thread<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let _turn = self
            .turns
            .acquire()
            .await
            .map_err(|error| Error::Internal(error.to_string()))?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Error::Internal(error.to_string()))?
    }
}

/// Whether somebody may choose this password: long enough, and not among the commonest.
pub(crate) fn acceptable(password: &str, email: &str) -> Result<(), String> {
    password_length(password)?;
    let (name, domain) = email.split_once('@').unwrap_or((email, ""));
    let start: String = password.chars().take(ESTIMATED).collect();
    if zxcvbn::zxcvbn(&start, &[email, name, domain, "latchkey"]).guesses() < GUESSES_MIN {
        return Err("That is one of the first things that anybody would try. Choose something less common.".to_owned());
    }
    Ok(())
}

fn hash(password: &[u8], salt: &[u8]) -> Result<String> {
    let hash = argon2()?.hash_password_with_salt(password, salt);
    Ok(hash.map_err(|error| Error::Internal(error.to_string()))?.to_string())
}

/// m = 19 MiB, t = 2, p = 1.
fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::random::SeededRandom;

    #[tokio::test]
    async fn only_the_right_password_fits_and_nobodys_never_does() {
        let random = SeededRandom::new(1);
        let passwords = Passwords::new(&random).unwrap();
        let stored = passwords.hash("correct horse battery".into(), &random).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(
            passwords
                .verify("correct horse battery".into(), Some(stored.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify("correct horse batterz".into(), Some(stored))
                .await
                .unwrap()
        );
        assert!(!passwords.verify("correct horse battery".into(), None).await.unwrap());
    }

    #[test]
    fn the_commonest_are_refused_and_a_sentence_is_not() {
        for common in [
            "123456789012",
            "password1234",
            "Password1234!",
            "passwordpassword",
            "qwertyuiop12",
            "qwertyuiopasdf",
            "aaaaaaaaaaaa",
            "abcdefghijkl",
            "letmeinletmein",
            "owner@example.com",
            "iloveyou1234",
        ] {
            assert!(acceptable(common, "owner@example.com").is_err(), "{common}");
        }
        for good in [
            "correct horse battery",
            "end2end-owner-password",
            "Gn4!kd92mMz0",
            "ich mag kalte pizza",
        ] {
            assert_eq!(acceptable(good, "owner@example.com"), Ok(()), "{good}");
        }
    }
}
