//! Values that many objects have: times, and fields that a request may leave out.

use std::fmt;
use std::marker::PhantomData;

use model::metadata::Metadata;
use model::time::Timestamp;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// A point in time: RFC 3339, in UTC, with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2027-02-20T14:05:00.000Z")]
pub(super) struct Time(pub(super) Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.rfc3339_millis())
    }
}

/// A JSON object of a request, as it was sent. The rule of metadata checks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SentJson(pub(super) String);

impl<'de> Deserialize<'de> for SentJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self(json.get().to_owned()))
    }
}

impl SentJson {
    /// What the form of a person would have; empty for none.
    pub(super) fn text(sent: Option<&Self>) -> &str {
        sent.map_or("", |sent| sent.0.as_str())
    }
}

/// An object of a list. A derived reader alone takes an array for an object, field by field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields))
    }
}

/// Metadata in an answer: an object, without fields where there is none.
pub(super) fn shown_metadata(metadata: &Metadata) -> Box<RawValue> {
    let json = metadata.as_json().unwrap_or("{}").to_owned();
    // It was checked when it was stored.
    RawValue::from_string(json).unwrap_or_default()
}

/// A field of a request that changes something, and that can be null.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Patched<T> {
    /// It stays as it is.
    #[default]
    LeftOut,
    /// It gets this value, or none.
    To(Option<T>),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patched<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::To)
    }
}

/// Reads a field that may be left out, and cannot be null.
pub(super) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Patch {
        #[serde(default, deserialize_with = "present")]
        name: Option<String>,
        #[serde(default)]
        end: Patched<String>,
    }

    #[test]
    fn a_field_that_is_left_out_is_told_from_null() {
        let read = |text| serde_json::from_str::<Patch>(text);
        let left_out = read("{}").unwrap();
        assert_eq!((left_out.name, left_out.end), (None, Patched::LeftOut));
        assert_eq!(read(r#"{"end": null}"#).unwrap().end, Patched::To(None));
        assert_eq!(read(r#"{"end": "x"}"#).unwrap().end, Patched::To(Some("x".to_owned())));
        assert!(read(r#"{"name": null}"#).is_err());
    }
}
