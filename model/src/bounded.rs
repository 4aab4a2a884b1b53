//! Lists that come from outside, with their bound in the type.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

/// A list of at most `MOST` items. Reading one from outside fails at the first item too many, before anything is done
/// with the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounded<T, const MOST: usize>(Vec<T>);

impl<T, const MOST: usize> Bounded<T, MOST> {
    /// The most items that it holds.
    pub const MOST: usize = MOST;

    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T, const MOST: usize> Default for Bounded<T, MOST> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MOST: usize> Deref for Bounded<T, MOST> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

/// Items can be changed, but none can be added.
impl<T, const MOST: usize> DerefMut for Bounded<T, MOST> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

/// Takes the first `MOST` items and drops the rest.
impl<T, const MOST: usize> FromIterator<T> for Bounded<T, MOST> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().take(MOST).collect())
    }
}

/// Takes all items, or says how many there may be.
impl<T, const MOST: usize> TryFrom<Vec<T>> for Bounded<T, MOST> {
    type Error = String;

    fn try_from(items: Vec<T>) -> Result<Self, String> {
        if items.len() > MOST {
            return Err(format!("At most {MOST} are taken at a time. Send fewer."));
        }
        Ok(Self(items))
    }
}

impl<T, const MOST: usize> IntoIterator for Bounded<T, MOST> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T, const MOST: usize> IntoIterator for &'a Bounded<T, MOST> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: Serialize, const MOST: usize> Serialize for Bounded<T, MOST> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for Bounded<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }
}

const MORE_THAN: &str = "a list has more than ";

/// The sentence for people where `cause`, the message of a failed deserialisation, says that a list was too long.
pub fn too_many(cause: &str) -> Option<String> {
    let (_, rest) = cause.split_once(MORE_THAN)?;
    let most = rest.split(' ').next()?;
    Some(format!("At most {most} are taken at a time. Send fewer."))
}

struct ListVisitor<T, const MOST: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for ListVisitor<T, MOST> {
    type Value = Bounded<T, MOST>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a list of at most {MOST} items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        // No memory is reserved by the length that the sender announces, which may be wrong.
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            if list.len() == MOST {
                return Err(A::Error::custom(format_args!("{MORE_THAN}{MOST} items")));
            }
            list.push(item);
        }
        Ok(Bounded(list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_item_too_many_is_refused() {
        type Three = Bounded<u8, 3>;
        assert_eq!(serde_json::from_str::<Three>("[1,2,3]").unwrap().len(), 3);
        let error = serde_json::from_str::<Three>("[1,2,3,4]").unwrap_err().to_string();
        assert_eq!(too_many(&error).unwrap(), "At most 3 are taken at a time. Send fewer.");
        assert_eq!(too_many("invalid type: null"), None);
    }

    #[test]
    fn it_is_written_as_a_plain_list() {
        let list: Bounded<u8, 3> = [1, 2, 3, 4].into_iter().collect();
        assert_eq!(serde_json::to_string(&list).unwrap(), "[1,2,3]");
    }
}
