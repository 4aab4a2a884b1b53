//! A point in time in JSON: as RFC 3339 writes it, in UTC with milliseconds. For `#[serde(with = "…")]`.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

use crate::time::Timestamp;

pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.rfc3339_millis())
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    Timestamp::parse_utc(&text).ok_or_else(|| D::Error::custom("not a time as RFC 3339 writes it"))
}

/// A point in time that may be missing.
pub mod optional {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::time::Timestamp;

    #[derive(Serialize, Deserialize)]
    struct Instant(#[serde(with = "super")] Timestamp);

    pub fn serialize<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        at.map(Instant).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        Ok(Option::<Instant>::deserialize(deserializer)?.map(|Instant(at)| at))
    }
}
