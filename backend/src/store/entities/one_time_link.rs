use model::id::UserId;
use model::role::Role;
use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_links")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: Vec<u8>,
    pub purpose: Stored<Purpose>,
    pub user_id: Option<Stored<UserId>>,
    pub expires_at: Stored<Timestamp>,
    pub email: Option<String>,
    pub role: Option<Stored<Role>>,
    pub created_by: Option<Stored<UserId>>,
    pub created_at: Stored<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To create the first Owner.
    Setup,
    /// To choose a new password.
    Reset,
    /// To join by an invitation, see `accounts::invite`.
    Invite,
    /// Not a link but the cookie between the password and the code, see `accounts::ticket`.
    Login,
}

impl Purpose {
    const ALL: [Self; 4] = [Self::Setup, Self::Reset, Self::Invite, Self::Login];

    /// The word in the database.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Reset => "reset",
            Self::Invite => "invite",
            Self::Login => "login",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text)
    }
}
