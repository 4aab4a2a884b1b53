//! The environments as every subject reads them.

use std::collections::HashMap;

use model::environment::Kind;
use model::time::Timestamp;
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};

use super::entities::environment;
use crate::error::{Error, Result};

/// An environment as the rules need it.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) hidden: bool,
    pub(crate) created_at: Timestamp,
}

pub(crate) async fn all(db: &impl ConnectionTrait) -> Result<Vec<Environment>> {
    let rows = environment::Entity::find()
        .order_by_asc(environment::COLUMN.created_at)
        .order_by_asc(environment::COLUMN.id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Environment::from).collect())
}

pub(crate) async fn by_id(db: &impl ConnectionTrait) -> Result<HashMap<String, Environment>> {
    let all = all(db).await?;
    Ok(all
        .into_iter()
        .map(|environment| (environment.id.clone(), environment))
        .collect())
}

/// The environment with this ID.
pub(crate) fn of<'a>(environments: &'a HashMap<String, Environment>, id: &str) -> Result<&'a Environment> {
    environments.get(id).ok_or_else(|| Error::stored("environment", id))
}

impl From<environment::Model> for Environment {
    fn from(row: environment::Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            kind: row.kind.0,
            hidden: row.hidden,
            created_at: row.created_at.0,
        }
    }
}
