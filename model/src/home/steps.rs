//! The first steps with a new installation. Each is ticked by what has really happened.

use serde::{Deserialize, Serialize};

/// Which steps are done, and which of them the person may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each step is done or not by itself")]
pub struct FirstSteps {
    /// There is a key, or there was one.
    pub key: bool,
    /// A request with a key was counted.
    pub request: bool,
    /// Requests came in two different hours, as they do from a gateway.
    pub gateway: bool,
    /// There is a second person, or an invitation that has not ended.
    pub invited: bool,
    pub may_create: bool,
    pub may_invite: bool,
    /// The endpoint in the example of a request.
    pub endpoint: String,
}

impl FirstSteps {
    /// Whether the list of steps is not needed any more: requests come, and somebody else or a gateway takes part.
    pub const fn are_done(&self) -> bool {
        self.key && self.request && (self.gateway || self.invited)
    }

    /// Whether the screen waits for the first request.
    pub const fn waits_for_request(&self) -> bool {
        self.key && !self.request
    }

    /// How many of the five steps are done. Sending a request and seeing it arrive are two.
    pub fn count_done(&self) -> usize {
        let all = [self.key, self.request, self.request, self.gateway, self.invited];
        all.into_iter().filter(|done| *done).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps([key, request, gateway, invited]: [bool; 4]) -> FirstSteps {
        FirstSteps {
            key,
            request,
            gateway,
            invited,
            may_create: true,
            may_invite: true,
            endpoint: "chat".to_owned(),
        }
    }

    #[test]
    fn the_steps_are_done_once_requests_come_and_somebody_else_takes_part() {
        for (now, done, count) in [
            (steps([false, false, false, false]), false, 0),
            (steps([true, false, false, false]), false, 1),
            (steps([true, false, false, true]), false, 2),
            (steps([true, true, false, false]), false, 3),
            (steps([true, true, false, true]), true, 4),
            (steps([true, true, true, false]), true, 4),
            (steps([true, true, true, true]), true, 5),
        ] {
            assert_eq!((now.are_done(), now.count_done()), (done, count), "{now:?}");
        }
        assert!(steps([true, false, false, false]).waits_for_request());
        assert!(!steps([false, false, false, false]).waits_for_request());
        assert!(!steps([true, true, false, false]).waits_for_request());
    }
}
