//! The life of a key: what is stored, what is computed from it and the time, and which steps are allowed.

use serde::{Deserialize, Serialize};

use crate::time::{MINUTE, Timestamp};

/// How long provisioning may take before the key is FAILED for good, in milliseconds.
pub const PROVISIONING_LIMIT: i64 = 3 * MINUTE;

/// What people and gateways see. Computed by [`status`], never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    Provisioning,
    Active,
    Inactive,
    Expired,
    Failed,
}

/// What the database stores. EXPIRED, and FAILED after [`PROVISIONING_LIMIT`], are computed, so they never depend on a
/// job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Provisioning,
    Active,
    Inactive,
    Failed,
}

/// The status of a key at a point in time.
pub fn status(state: State, created_at: Timestamp, expires_at: Option<Timestamp>, now: Timestamp) -> Status {
    match state {
        State::Failed => Status::Failed,
        State::Provisioning if now.since(created_at) >= PROVISIONING_LIMIT => Status::Failed,
        State::Provisioning => Status::Provisioning,
        State::Active | State::Inactive if expires_at.is_some_and(|end| now >= end) => Status::Expired,
        State::Active => Status::Active,
        State::Inactive => Status::Inactive,
    }
}

/// A step in the life of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Provisioning ended well.
    Activate,
    /// Provisioning ended badly.
    Fail,
    Disable,
    Enable,
    /// The key gets another name, bias profile or end date.
    Edit,
    /// The key gets a new token.
    Rotate,
}

impl Change {
    pub const ALL: [Self; 6] = [
        Self::Activate,
        Self::Fail,
        Self::Disable,
        Self::Enable,
        Self::Edit,
        Self::Rotate,
    ];

    /// The past participle, for sentences: "cannot be disabled".
    pub const fn participle(self) -> &'static str {
        match self {
            Self::Activate => "activated",
            Self::Fail => "failed",
            Self::Disable => "disabled",
            Self::Enable => "enabled",
            Self::Edit => "edited",
            Self::Rotate => "rotated",
        }
    }
}

/// The one table of transitions: the state after a change, or `None` when that status does not allow it.
/// EXPIRED and FAILED allow none (such a key can only be deleted, as any key can), and nothing but creation leads to
/// PROVISIONING. Screens, server functions, forms and the command line all ask here.
pub const fn after(from: Status, change: Change) -> Option<State> {
    match (from, change) {
        (Status::Provisioning, Change::Edit) => Some(State::Provisioning),
        (Status::Provisioning, Change::Activate)
        | (Status::Inactive, Change::Enable)
        | (Status::Active, Change::Edit | Change::Rotate) => Some(State::Active),
        (Status::Provisioning, Change::Fail) => Some(State::Failed),
        (Status::Active, Change::Disable) | (Status::Inactive, Change::Edit | Change::Rotate) => Some(State::Inactive),
        _ => None,
    }
}

impl Status {
    pub const ALL: [Self; 5] = [
        Self::Provisioning,
        Self::Active,
        Self::Inactive,
        Self::Expired,
        Self::Failed,
    ];

    /// The word on screens.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Provisioning => "Provisioning",
            Self::Active => "Active",
            Self::Inactive => "Inactive",
            Self::Expired => "Expired",
            Self::Failed => "Failed",
        }
    }

    /// The word in URLs and class names.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Provisioning => "provisioning",
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Expired => "expired",
            Self::Failed => "failed",
        }
    }

    pub fn parse(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.slug() == slug)
    }
}

impl State {
    pub const ALL: [Self; 4] = [Self::Provisioning, Self::Active, Self::Inactive, Self::Failed];

    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Provisioning => "provisioning",
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Failed => "failed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATED: Timestamp = Timestamp(1_000_000);

    #[test]
    fn provisioning_fails_by_itself_after_three_minutes() {
        let at = |milliseconds| status(State::Provisioning, CREATED, None, CREATED.plus(milliseconds));
        assert_eq!(at(PROVISIONING_LIMIT - 1), Status::Provisioning);
        assert_eq!(at(PROVISIONING_LIMIT), Status::Failed);
    }

    #[test]
    fn a_key_expires_at_its_end_date_active_or_not() {
        let end = CREATED.plus(5_000);
        for state in [State::Active, State::Inactive] {
            assert_eq!(status(state, CREATED, Some(end), end), Status::Expired);
            assert_ne!(status(state, CREATED, Some(end), end.plus(-1)), Status::Expired);
        }
        assert_eq!(status(State::Failed, CREATED, Some(end), end), Status::Failed);
    }

    #[test]
    fn expired_and_failed_are_final_and_nothing_leads_to_provisioning() {
        for change in Change::ALL {
            assert_eq!(after(Status::Expired, change), None);
            assert_eq!(after(Status::Failed, change), None);
            for from in Status::ALL {
                let enters = after(from, change) == Some(State::Provisioning) && from != Status::Provisioning;
                assert!(!enters, "{from:?} {change:?}");
            }
        }
    }

    #[test]
    fn only_a_key_that_was_active_is_rotated_or_switched() {
        for from in [Status::Provisioning, Status::Expired, Status::Failed] {
            for change in [Change::Rotate, Change::Disable, Change::Enable] {
                assert_eq!(after(from, change), None, "{from:?} {change:?}");
            }
        }
    }
}
