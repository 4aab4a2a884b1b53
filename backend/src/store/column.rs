//! Types of the model as columns hold them.
//!
//! The model is compiled for browsers as well, so it knows no database, and Rust allows no third crate to implement the
//! traits of one for the types of the other. So a column has the type [`Stored`], with a value of the model inside. A row
//! with a value that this version does not know fails when it is read.

use std::ops::Deref;

use model::address::AllowedAddresses;
use model::environment::Kind;
use model::id::{CustomerId, EnvironmentId, KeyId, NodeId, ProfileId, ServiceAccountId, ServiceTokenId, UserId};
use model::limit::LimitSubject;
use model::metadata::Metadata;
use model::role::Role;
use model::status::State;
use model::tags::Tags;
use model::time::Timestamp;
use model::verify::Code;
use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, ValueType, ValueTypeErr};
use sea_orm::{ColIdx, DbErr, QueryResult, TryFromU64, TryGetError, TryGetable, Value};

use super::entities::change_log::SubjectKind;
use super::entities::one_time_link::Purpose;
use crate::error::Error;

/// A value of the model in a column. It is used like the value itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stored<T>(pub T);

/// A type that a column can hold.
pub trait ColumnValue: Sized {
    /// What the database holds.
    type Raw: Into<Value> + Nullable + TryGetable + ValueType;

    /// Reads what the database holds.
    fn from_raw(raw: Self::Raw) -> Result<Self, Error>;

    /// What the database is to hold.
    fn into_raw(self) -> Self::Raw;
}

/// Implements [`ColumnValue`] for closed sets of words, each with the name that errors give it.
macro_rules! words {
    ($($type:ty: $name:literal,)+) => {
        $(
            impl ColumnValue for $type {
                type Raw = String;

                fn from_raw(raw: String) -> Result<Self, Error> {
                    Self::parse(&raw).ok_or_else(|| Error::stored($name, &raw))
                }

                fn into_raw(self) -> String {
                    self.as_str().to_owned()
                }
            }
        )+
    };
}

words! {
    Code: "code",
    Kind: "kind",
    Purpose: "purpose of a link",
    Role: "role",
    State: "state",
    SubjectKind: "subject of a change",
}

/// Implements [`ColumnValue`] for kinds of IDs, each with the name that errors give it. Neither way copies the text.
macro_rules! ids {
    ($($type:ty: $name:literal,)+) => {
        $(
            impl ColumnValue for $type {
                type Raw = String;

                fn from_raw(raw: String) -> Result<Self, Error> {
                    raw.try_into().map_err(|raw: String| Error::stored($name, &raw))
                }

                fn into_raw(self) -> String {
                    self.into()
                }
            }
        )+
    };
}

ids! {
    CustomerId: "customer ID",
    EnvironmentId: "environment ID",
    KeyId: "key ID",
    LimitSubject: "ID of a key or customer",
    NodeId: "node ID",
    ProfileId: "bias profile ID",
    ServiceAccountId: "service account ID",
    ServiceTokenId: "service token ID",
    UserId: "user ID",
}

/// The environment of requests; `None` for requests with unknown tokens. The database holds an empty text for `None`:
/// the column is in a primary key, which has no NULL.
impl ColumnValue for Option<EnvironmentId> {
    type Raw = String;

    fn from_raw(raw: String) -> Result<Self, Error> {
        if raw.is_empty() {
            return Ok(None);
        }
        EnvironmentId::from_raw(raw).map(Some)
    }

    fn into_raw(self) -> String {
        self.map(String::from).unwrap_or_default()
    }
}

/// Unix time in milliseconds.
impl ColumnValue for Timestamp {
    type Raw = i64;

    fn from_raw(raw: i64) -> Result<Self, Error> {
        Ok(Self(raw))
    }

    fn into_raw(self) -> i64 {
        self.0
    }
}

/// A rate limit. Not every database has unsigned numbers.
impl ColumnValue for u32 {
    type Raw = i64;

    fn from_raw(raw: i64) -> Result<Self, Error> {
        <Self as TryFrom<i64>>::try_from(raw).map_err(|_| Error::stored("rate limit", &raw.to_string()))
    }

    fn into_raw(self) -> i64 {
        self.into()
    }
}

/// JSON.
impl ColumnValue for Metadata {
    type Raw = String;

    fn from_raw(raw: String) -> Result<Self, Error> {
        Ok(Self::from_stored(raw))
    }

    fn into_raw(self) -> String {
        self.into_json().unwrap_or_default()
    }
}

/// Words with a space between them.
impl ColumnValue for Tags {
    type Raw = String;

    fn from_raw(raw: String) -> Result<Self, Error> {
        Ok(Self::from_stored(&raw))
    }

    fn into_raw(self) -> String {
        self.stored()
    }
}

impl ColumnValue for AllowedAddresses {
    type Raw = String;

    fn from_raw(raw: String) -> Result<Self, Error> {
        Self::from_stored(&raw).ok_or_else(|| Error::stored("allowed address", &raw))
    }

    fn into_raw(self) -> String {
        self.to_string()
    }
}

impl Stored<Timestamp> {
    /// Unix time in milliseconds.
    pub(crate) const fn milliseconds(self) -> i64 {
        self.0.0
    }
}

impl<T> Deref for Stored<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Lets a value be given where a column of its type is expected, as in a look-up by ID.
impl<T> From<T> for Stored<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Clone> From<&T> for Stored<T> {
    fn from(value: &T) -> Self {
        Self(value.clone())
    }
}

impl<T: ColumnValue> From<Stored<T>> for Value {
    fn from(stored: Stored<T>) -> Self {
        stored.0.into_raw().into()
    }
}

impl<T: ColumnValue> TryGetable for Stored<T> {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let raw = T::Raw::try_get_by(row, index)?;
        let value = T::from_raw(raw).map_err(|error| DbErr::Custom(error.to_string()))?;
        Ok(Self(value))
    }
}

impl<T: ColumnValue> ValueType for Stored<T> {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        let raw = <T::Raw as ValueType>::try_from(value)?;
        T::from_raw(raw).map(Self).map_err(|_| ValueTypeErr)
    }

    fn type_name() -> String {
        T::Raw::type_name()
    }

    fn array_type() -> ArrayType {
        T::Raw::array_type()
    }

    fn column_type() -> ColumnType {
        T::Raw::column_type()
    }
}

impl<T: ColumnValue> Nullable for Stored<T> {
    fn null() -> Value {
        T::Raw::null()
    }
}

impl<T> TryFromU64 for Stored<T> {
    /// No column of this type counts its rows.
    fn try_from_u64(_: u64) -> Result<Self, DbErr> {
        Err(DbErr::ConvertFromU64(std::any::type_name::<T>()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_read_as_it_is_written() {
        for state in State::ALL {
            let value = Value::from(Stored(state));
            assert_eq!(value, Value::from(state.as_str()));
            assert_eq!(<Stored<State> as ValueType>::try_from(value).unwrap(), Stored(state));
        }
        assert_eq!(
            <Option<Stored<Role>>>::None.map_or_else(Stored::<Role>::null, Value::from),
            Value::String(None)
        );
    }

    #[test]
    fn an_id_is_read_as_its_own_kind_only() {
        let id = UserId::parse("usr_0123456789").unwrap();
        let value = Value::from(Stored(id.clone()));
        assert_eq!(value, Value::from("usr_0123456789"));
        assert_eq!(<Stored<UserId> as ValueType>::try_from(value).unwrap(), Stored(id));
        let error = KeyId::from_raw("usr_0123456789".to_owned()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the database holds an unknown key ID: \"usr_0123456789\""
        );
    }

    #[test]
    fn requests_without_an_environment_have_an_empty_text() {
        assert_eq!(Value::from(Stored(None::<EnvironmentId>)), Value::from(""));
        assert_eq!(<Option<EnvironmentId>>::from_raw(String::new()).unwrap(), None);
        assert!(<Option<EnvironmentId>>::from_raw("env".to_owned()).is_err());
    }

    #[test]
    fn an_unknown_word_is_an_error() {
        let error = Role::from_raw("king".to_owned()).unwrap_err();
        assert_eq!(error.to_string(), "the database holds an unknown role: \"king\"");
        assert!(<Stored<Role> as ValueType>::try_from(Value::from("king")).is_err());
    }
}
