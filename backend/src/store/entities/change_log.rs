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
}

impl ActiveModelBehavior for ActiveModel {}

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectKind {
    Key,
    Profile,
    Environment,
    Endpoint,
    User,
}

impl SubjectKind {
    const ALL: [Self; 5] = [Self::Key, Self::Profile, Self::Environment, Self::Endpoint, Self::User];

    /// The word in the database.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Profile => "profile",
            Self::Environment => "environment",
            Self::Endpoint => "endpoint",
            Self::User => "user",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}
