//! The life of a key as one value, and what each step changes in it. The backend stores what comes out of here, and
//! nothing else changes these fields.

use crate::endpoint::Grant;
use crate::status::{Change, State, Status, after, status};
use crate::time::Timestamp;

/// The fields of a key that its life is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    state: State,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    grant: Grant,
}

/// Why a step is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// The table of transitions does not allow the change.
    #[error("it is {} and cannot be {}", .0.title().to_ascii_lowercase(), .1.participle())]
    Status(Status, Change),
    #[error("its new end date has passed")]
    EndDatePassed,
}

impl Life {
    /// A key that has just been created: PROVISIONING, or ACTIVE where no server is running for which it would have to
    /// wait.
    pub const fn new(provisioning: bool, created_at: Timestamp, expires_at: Option<Timestamp>, grant: Grant) -> Self {
        let state = if provisioning {
            State::Provisioning
        } else {
            State::Active
        };
        Self::from_stored(state, created_at, expires_at, grant)
    }

    /// A key that is disabled from the beginning. It waits for nobody: whether a node knows it or not, the node refuses it.
    pub const fn new_disabled(created_at: Timestamp, expires_at: Option<Timestamp>, grant: Grant) -> Self {
        Self::from_stored(State::Inactive, created_at, expires_at, grant)
    }

    /// A key as it was stored.
    pub const fn from_stored(state: State, created_at: Timestamp, expires_at: Option<Timestamp>, grant: Grant) -> Self {
        Self {
            state,
            created_at,
            expires_at,
            grant,
        }
    }

    pub const fn state(&self) -> State {
        self.state
    }

    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    pub const fn grant(&self) -> &Grant {
        &self.grant
    }

    pub fn status(&self, now: Timestamp) -> Status {
        status(self.state, self.created_at, self.expires_at, now)
    }

    /// Takes one step of the table of transitions.
    pub fn step(&mut self, change: Change, now: Timestamp) -> Result<(), NotAllowed> {
        let from = self.status(now);
        self.state = after(from, change).ok_or(NotAllowed::Status(from, change))?;
        Ok(())
    }

    /// Changes the end date, which is allowed until it has passed.
    pub fn set_end(&mut self, end: Option<Timestamp>, now: Timestamp) -> Result<(), NotAllowed> {
        if end.is_some_and(|end| end <= now) {
            return Err(NotAllowed::EndDatePassed);
        }
        self.step(Change::Edit, now)?;
        self.expires_at = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::SECOND;

    const CREATED: Timestamp = Timestamp(1_000_000);

    /// Anything that can be tried on a key.
    #[derive(Clone, Debug)]
    enum Try {
        Step(Change),
        End(Option<i64>),
    }

    fn tries() -> impl Strategy<Value = Vec<(Try, i64)>> {
        let step = (0..Change::ALL.len()).prop_map(|index| Try::Step(Change::ALL[index]));
        let end = proptest::option::of(-100_000i64..2_000_000).prop_map(Try::End);
        proptest::collection::vec((prop_oneof![3 => step, 1 => end], 0i64..200_000), 1..40)
    }

    fn grants() -> impl Strategy<Value = Grant> {
        prop_oneof![
            Just(Grant::All),
            proptest::collection::vec("[a-z]{1,8}", 1..4).prop_map(Grant::Only)
        ]
    }

    proptest! {
        #[test]
        fn no_path_leaves_failed_or_expired(provisioning: bool, tries in tries(), end in proptest::option::of(1i64..2_000_000)) {
            let mut life = Life::new(provisioning, CREATED, end.map(|end| CREATED.plus(end)), Grant::All);
            let mut now = CREATED;
            let mut over = None;
            for (attempt, wait) in tries {
                now = now.plus(wait);
                let before = life.status(now);
                if let Some(over) = over {
                    prop_assert_eq!(before, over);
                }
                if matches!(before, Status::Expired | Status::Failed) {
                    over = Some(before);
                }
                let untouched = life.clone();
                let taken = match attempt {
                    Try::Step(change) => life.step(change, now).is_ok(),
                    Try::End(end) => life.set_end(end.map(|end| now.plus(end)), now).is_ok(),
                };
                if over.is_some() || !taken {
                    prop_assert_eq!(&life, &untouched, "a refused step changes nothing");
                }
            }
        }

        #[test]
        fn nothing_but_creation_enters_provisioning(tries in tries()) {
            let mut life = Life::new(true, CREATED, None, Grant::All);
            let mut now = CREATED;
            let mut left = false;
            for (attempt, wait) in tries {
                now = now.plus(wait);
                let _ = match attempt {
                    Try::Step(change) => life.step(change, now),
                    Try::End(end) => life.set_end(end.map(|end| now.plus(end)), now),
                };
                let provisioning = life.status(now) == Status::Provisioning;
                prop_assert!(!(left && provisioning));
                left |= !provisioning;
            }
        }

        #[test]
        fn endpoints_never_change(grant in grants(), provisioning: bool, tries in tries()) {
            let mut life = Life::new(provisioning, CREATED, None, grant.clone());
            let mut now = CREATED;
            for (attempt, wait) in tries {
                now = now.plus(wait);
                let _ = match attempt {
                    Try::Step(change) => life.step(change, now),
                    Try::End(end) => life.set_end(end.map(|end| now.plus(end)), now),
                };
                prop_assert_eq!(life.grant(), &grant);
            }
        }
    }

    #[test]
    fn an_end_date_can_be_changed_until_it_has_passed() {
        let end = CREATED.plus(60 * SECOND);
        let mut life = Life::new(false, CREATED, Some(end), Grant::All);
        assert_eq!(life.set_end(Some(CREATED), CREATED), Err(NotAllowed::EndDatePassed));
        let later = end.plus(SECOND);
        assert_eq!(life.set_end(Some(later), end.plus(-1)), Ok(()));
        assert_eq!(life.status(end), Status::Active);
        let refused = NotAllowed::Status(Status::Expired, Change::Edit);
        assert_eq!(life.set_end(None, later), Err(refused));
        assert_eq!(refused.to_string(), "it is expired and cannot be edited");
    }
}
