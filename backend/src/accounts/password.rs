//! Checks and hashes passwords off the async threads. A bounded number run at once, and a bounded number wait.

use std::sync::Arc;

use model::account::{PASSWORD_MAX, password_length};
use model::form::FormErrors;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::argon;
use super::common_password::refuse_common;
use crate::crypto::random::Random;
use crate::error::{Busy, Error, Result};
use crate::settings::HashingCost;

/// Hashes computed at once: each takes 19 MiB and a core for some 20 ms.
const AT_ONCE: usize = 2;
/// The most requests that wait for a hash or are being served: a second or two of work. Later requests are told to come
/// back.
pub(crate) const QUEUE: usize = 64;

/// Makes and checks hashes.
#[derive(Debug)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    queue: Semaphore,
    cost: HashingCost,
    /// It is checked where there is no such account, so that the answer takes as long as for an account.
    nobody: String,
}

/// A place in the queue. It becomes free when the request that holds it is dropped.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    passwords: &'a Passwords,
    _permit: SemaphorePermit<'a>,
}

impl Passwords {
    pub(crate) fn new(random: &dyn Random, cost: HashingCost) -> Result<Self> {
        let mut output = [0; 32];
        random.fill(&mut output);
        Ok(Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            queue: Semaphore::new(QUEUE),
            cost,
            nobody: argon::unknown(&output, &salt(random), cost)?,
        })
    }

    /// Takes a place in the queue, before anything is counted or done.
    ///
    /// # Errors
    /// [`Error::Busy`] where too many requests wait.
    pub(crate) fn queue(&self) -> Result<Place<'_>> {
        let permit = self.queue.try_acquire().map_err(|_| Busy::Passwords)?;
        Ok(Place {
            passwords: self,
            _permit: permit,
        })
    }
}

impl Place<'_> {
    /// Checks that a person may choose this password, and makes its hash in PHC string format. The length is checked
    /// first, which costs nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] at the field `password` if it is too short, too long or too common.
    pub(crate) async fn choose(&self, password: SecretString, email: &str, random: &dyn Random) -> Result<String> {
        let unacceptable = |message: String| FormErrors::at("password", message);
        password_length(password.expose_secret()).map_err(unacceptable)?;
        let (salt, email, cost) = (salt(random), email.to_owned(), self.passwords.cost);
        self.off_thread(move || {
            let password = password.expose_secret();
            refuse_common(password, &email).map_err(unacceptable)?;
            argon::hash(password.as_bytes(), &salt, cost)
        })
        .await
    }

    /// Whether a password belongs to this hash. `None` means that there is no account: the answer is false, and takes as
    /// long.
    pub(crate) async fn verify(&self, password: SecretString, stored: Option<String>) -> Result<bool> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.passwords.nobody.clone());
        let right = self
            .off_thread(move || {
                // No password is longer, but the hash is computed all the same, so that the answer takes as long.
                let text = password.expose_secret();
                let text = if text.chars().count() > PASSWORD_MAX { "" } else { text };
                argon::is_hash_of(&stored, text.as_bytes())
            })
            .await?;
        Ok(right && known)
    }

    async fn off_thread<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let turn = Arc::clone(&self.passwords.turns)
            .acquire_owned()
            .await
            .map_err(|error| Error::Internal(error.to_string()))?;
        tokio::task::spawn_blocking(move || {
            // The request may be gone already: the turn ends with the work, not with the request.
            let _turn = turn;
            work()
        })
        .await
        .map_err(|error| Error::Internal(error.to_string()))?
    }
}

fn salt(random: &dyn Random) -> [u8; 16] {
    let mut salt = [0; 16];
    random.fill(&mut salt);
    salt
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Condvar, Mutex};

    use futures_util::FutureExt as _;
    use futures_util::future::join_all;

    use super::*;
    use crate::crypto::random::SeededRandom;

    const EMAIL: &str = "owner@example.com";

    #[tokio::test]
    async fn only_the_right_password_fits_and_nobodys_never_does() {
        let random = SeededRandom::new(1);
        let passwords = Passwords::new(&random, HashingCost::Owasp).unwrap();
        let place = passwords.queue().unwrap();
        let stored = place
            .choose("correct horse battery".into(), EMAIL, &random)
            .await
            .unwrap();
        let verify = async |password: &str, stored| place.verify(password.into(), stored).await.unwrap();
        assert!(verify("correct horse battery", Some(stored.clone())).await);
        assert!(!verify("correct horse batterz", Some(stored)).await);
        assert!(!verify("correct horse battery", None).await);
    }

    #[tokio::test]
    async fn a_password_that_is_short_or_common_is_not_hashed() {
        let random = SeededRandom::new(1);
        let passwords = Passwords::new(&random, HashingCost::Owasp).unwrap();
        let place = passwords.queue().unwrap();
        for password in ["short", "password1234"] {
            let outcome = place.choose(password.into(), EMAIL, &random).await;
            assert!(matches!(outcome, Err(Error::Invalid(_))), "{password}: {outcome:?}");
        }
    }

    /// Work that runs until it is told to end, and counts how much of it runs at once.
    #[derive(Default)]
    struct Work {
        running: AtomicUsize,
        most: AtomicUsize,
        over: Mutex<bool>,
        ended: Condvar,
    }

    impl Work {
        fn run(&self) {
            let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(running, Ordering::SeqCst);
            let over = self.over.lock().unwrap();
            drop(self.ended.wait_while(over, |over| !*over).unwrap());
            self.running.fetch_sub(1, Ordering::SeqCst);
        }

        fn end(&self) {
            *self.over.lock().unwrap() = true;
            self.ended.notify_all();
        }
    }

    #[tokio::test]
    async fn a_dropped_request_frees_its_place_and_its_turn_only_with_its_work() {
        let passwords = Passwords::new(&SeededRandom::new(1), HashingCost::Owasp).unwrap();
        let work = Arc::new(Work::default());
        let ask = async |work: Arc<Work>| {
            let place = passwords.queue()?;
            place
                .off_thread(move || {
                    work.run();
                    Ok(())
                })
                .await
        };
        for _ in 0..250 {
            // The work has begun or waits, and then its request is dropped.
            assert!(ask(Arc::clone(&work)).now_or_never().is_none());
        }
        assert_eq!(passwords.queue.available_permits(), QUEUE);
        assert_eq!(passwords.turns.available_permits(), 0);
        // A later request waits for the work of the dropped requests.
        let last = tokio::time::timeout(std::time::Duration::from_millis(20), ask(Arc::clone(&work)));
        assert!(last.await.is_err());
        work.end();
        ask(Arc::clone(&work)).await.unwrap();
        assert_eq!(work.most.load(Ordering::SeqCst), AT_ONCE);
    }

    #[tokio::test]
    async fn beyond_the_queue_one_is_told_to_come_back() {
        let random = SeededRandom::new(1);
        let passwords = Passwords::new(&random, HashingCost::Owasp).unwrap();
        let asked = (0..250).map(|_| async {
            let place = passwords.queue()?;
            place.verify("a guess".into(), None).await
        });
        let answers = join_all(asked).await;
        let busy = answers
            .iter()
            .filter(|answer| matches!(answer, Err(Error::Busy(_))))
            .count();
        assert_eq!(busy, 250 - QUEUE);
        assert!(passwords.queue().is_ok());
    }
}
