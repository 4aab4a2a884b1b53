use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "head")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub change_number: i64,
    pub audit_number: i64,
    pub audit_mac: Vec<u8>,
    pub audit_head_mac: Vec<u8>,
    pub master_key_check: String,
    /// The ID of this database. It is not a secret: it is part of the names of cookies and of the anchor file.
    pub instance: String,
}

impl ActiveModelBehavior for ActiveModel {}
