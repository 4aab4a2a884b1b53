use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "change_log")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    pub subject: Stored<SubjectKind>,
    pub subject_id: String,
    pub at: Stored<Timestamp>,
    /// The audit event of the change; `None` for a change of an early version.
    pub audit_number: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Makes the enum of subjects, each with its word in the database. A subject that could not be read again would stop all
/// nodes at its change.
macro_rules! subjects {
    ($($kind:ident = $word:literal,)+) => {
        /// What a change is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum SubjectKind {
            $($kind,)+
        }

        impl SubjectKind {
            /// The word in the database.
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $word,)+
                }
            }

            pub(crate) fn parse(text: &str) -> Option<Self> {
                match text {
                    $($word => Some(Self::$kind),)+
                    _ => None,
                }
            }
        }
    };
}

subjects! {
    Key = "key",
    Profile = "profile",
    Environment = "environment",
    Endpoint = "endpoint",
    Customer = "customer",
    User = "user",
}
