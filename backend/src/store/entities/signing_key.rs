use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub kid: String,
    pub public_key: Vec<u8>,
    /// The private key, under the master key; `None` once the key is retired.
    pub sealed: Option<Vec<u8>>,
    pub created_at: Stored<Timestamp>,
    pub retired_at: Option<Stored<Timestamp>>,
}

impl ActiveModelBehavior for ActiveModel {}
