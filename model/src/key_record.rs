//! A key as programs see it, in the management API.

use crate::address::AllowedAddresses;
use crate::endpoint::Grant;
use crate::id::UserId;
use crate::key_list::KeyRow;
use crate::key_page::OldToken;
use crate::limit::Limits;
use crate::metadata::Metadata;
use crate::tags::Tags;
use crate::time::Timestamp;

/// Everything that is stored about a key, except its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// What the list shows of it.
    pub row: KeyRow,
    /// What it is for; empty where nobody has said it.
    pub description: String,
    pub tags: Tags,
    /// Where it lives; empty where nobody has said it.
    pub location: String,
    /// The person who owns it, whose name is in `row`; `None` where a program or the command line made it.
    pub owner: Option<UserId>,
    /// What it may call, by name.
    pub grant: Grant,
    pub limits: Limits,
    pub metadata: Metadata,
    pub addresses: AllowedAddresses,
    /// When its current token was made.
    pub rotated_at: Timestamp,
    /// Old tokens that still work, the first to end first.
    pub old_tokens: Vec<OldToken>,
    /// The address from which it was last used.
    pub last_used_from: Option<String>,
}
