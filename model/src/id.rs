//! Identifiers: a type for each, so that none is mistaken for another.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Random characters after the prefix: 62^10 ≈ 2^59 possibilities. A unique index in the database refuses a second one.
pub const RANDOM_LENGTH: usize = 10;

/// The digits of base62, in ASCII order.
pub const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// What every such identifier starts with.
            pub const PREFIX: &str = $prefix;

            /// Reads an identifier; `None` when the text does not have its form.
            pub fn parse(text: &str) -> Option<Self> {
                is_well_formed(text, Self::PREFIX).then(|| Self(text.to_owned()))
            }

            /// Puts the prefix before random base62 characters.
            pub fn from_random(random: &str) -> Self {
                Self(format!("{}{random}", Self::PREFIX))
            }

            /// Takes a text without checking its form. For a text that was checked before, and for one that is only
            /// looked up.
            pub fn from_stored(text: String) -> Self {
                Self(text)
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        /// Reads an identifier without copying the text. Gives the text back where it does not have the form.
        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                if is_well_formed(&text, Self::PREFIX) {
                    Ok(Self(text))
                } else {
                    Err(text)
                }
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

id! {
    /// The public name of an API key: stable for life, survives rotation.
    KeyId, "key_"
}
id! {
    /// An environment.
    EnvironmentId, "env_"
}
id! {
    /// A bias profile: stable over its versions.
    ProfileId, "prof_"
}
id! {
    /// A person who may log in.
    UserId, "usr_"
}
id! {
    /// A program that uses the management API.
    ServiceAccountId, "svc_"
}
id! {
    /// A token of a service account. It names the token and is not the secret.
    ServiceTokenId, "stk_"
}
id! {
    /// A customer, to whom keys can belong.
    CustomerId, "cus_"
}
id! {
    /// One running server process.
    NodeId, "node_"
}

fn is_well_formed(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|random| random.len() == RANDOM_LENGTH && random.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_has_its_prefix_and_length() {
        assert!(KeyId::parse("key_8fQ2nLw0Zz").is_some());
        for wrong in [
            "",
            "key_",
            "key_8fQ2nLw0Z",
            "env_8fQ2nLw0Zz",
            "key_8fQ2nLw0Z/",
            "key_8fQ2nLw0ZzZ",
        ] {
            assert_eq!(KeyId::parse(wrong), None, "{wrong}");
            assert_eq!(KeyId::try_from(wrong.to_owned()), Err(wrong.to_owned()));
        }
    }
}
