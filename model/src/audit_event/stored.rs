//! What the details of several events are made of.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Details;
use crate::profile::Difference;
use crate::time::Timestamp;

/// An event whose name says it all. Stored as `{}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoDetails {}

/// What was changed, field by field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldChanges {
    pub changes: Vec<FieldChange>,
}

/// A field with what it was and what it is now, all as people read them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldChange {
    pub field: String,
    pub from: String,
    pub to: String,
}

/// A time that is stored as RFC 3339, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredTime(pub Timestamp);

impl Details for NoDetails {
    fn sentence(&self) -> String {
        String::new()
    }
}

impl Details for FieldChanges {
    fn sentence(&self) -> String {
        changes_in_words(&self.changes)
    }
}

impl FieldChanges {
    /// The change of a single field.
    pub fn one(field: &str, from: impl Into<String>, to: impl Into<String>) -> Self {
        let change = FieldChange {
            field: field.to_owned(),
            from: from.into(),
            to: to.into(),
        };
        Self { changes: vec![change] }
    }
}

impl FromIterator<Difference> for FieldChanges {
    fn from_iter<I: IntoIterator<Item = Difference>>(differences: I) -> Self {
        let changes = differences.into_iter().map(FieldChange::from).collect();
        Self { changes }
    }
}

impl From<Difference> for FieldChange {
    fn from((field, from, to): Difference) -> Self {
        Self { field, from, to }
    }
}

/// `Name: Shop → Store; Rate limit: none → 10 a second`
pub(super) fn changes_in_words(changes: &[FieldChange]) -> String {
    let change = |FieldChange { field, from, to }: &FieldChange| format!("{field}: {from} → {to}");
    changes.iter().map(change).collect::<Vec<_>>().join("; ")
}

/// Adds the number of events like this one that were left out before it, because there were too many.
pub(super) fn with_suppressed(sentence: String, suppressed: u64) -> String {
    if suppressed == 0 {
        return sentence;
    }
    let left_out = format!("{suppressed} more like it were not noted");
    if sentence.is_empty() {
        left_out
    } else {
        format!("{sentence}; {left_out}")
    }
}

/// Whether a count is left out of what is stored.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
pub(super) const fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Serialize for StoredTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.rfc3339())
    }
}

impl<'de> Deserialize<'de> for StoredTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = Timestamp::parse_utc(&text).ok_or_else(|| de::Error::custom("not a time in RFC 3339"))?;
        Ok(Self(time))
    }
}
