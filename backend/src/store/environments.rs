//! The environments as every service reads them.

use std::collections::HashMap;

use model::environment::Kind;
use model::id::EnvironmentId;
use model::list::{ListQuery, PageSize, Paging};
use model::time::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Value};

use super::entities::environment::{self, Column};
use super::padded::padded;
use super::page::{self, Key, Sorted};
use super::search;
use super::statement::places;
use crate::error::{Error, Result};

/// An environment as the rules need it.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    pub(crate) id: EnvironmentId,
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

/// One page of the environments that a query finds, oldest first.
pub(crate) async fn page_of_environments(
    db: &impl ConnectionTrait,
    query: &ListQuery,
    size: PageSize,
    // The environments to which the actor is kept.
    kept: Option<&[EnvironmentId]>,
) -> Result<(Vec<Environment>, Paging)> {
    let mut found = environment::Entity::find();
    if let Some(kept) = kept {
        found = found.filter(Column::Id.is_in(padded(kept.iter().map(EnvironmentId::as_str))));
    }
    let total = found.clone().count(db).await?;
    if !query.only.is_empty() {
        found = found.filter(Column::Id.eq(query.only.as_str()));
    }
    let searched = query.searched();
    let mut matching = None;
    if !searched.is_empty() {
        found = found.filter(search::contains([Column::Name, Column::Id], &searched));
        matching = Some(found.clone().count(db).await?);
    }
    let sorted = Sorted::ascending(Key::Number(Expr::col(Column::CreatedAt)), Expr::col(Column::Id));
    let mut rows = sorted.page(found, &query.after, size.rows()).all(db).await?;
    let next = page::cut(&mut rows, size.rows(), |row| {
        page::place(row.created_at.milliseconds(), row.id.as_str())
    });
    let environments = rows.into_iter().map(Environment::from).collect();
    Ok((environments, page::paging(total, matching, next)))
}

pub(crate) async fn by_id(db: &impl ConnectionTrait) -> Result<HashMap<EnvironmentId, Environment>> {
    let all = all(db).await?;
    Ok(all
        .into_iter()
        .map(|environment| (environment.id.clone(), environment))
        .collect())
}

/// The environment with this ID.
pub(crate) fn of<'a>(
    environments: &'a HashMap<EnvironmentId, Environment>,
    id: &EnvironmentId,
) -> Result<&'a Environment> {
    environments
        .get(id)
        .ok_or_else(|| Error::stored("environment", id.as_str()))
}

impl From<environment::Model> for Environment {
    fn from(row: environment::Model) -> Self {
        Self {
            id: row.id.0,
            name: row.name,
            kind: row.kind.0,
            hidden: row.hidden,
            created_at: row.created_at.0,
        }
    }
}

/// The condition that keeps a statement to these environments or (`None`) to all, and its values.
pub(super) fn within_environments(environments: Option<&[EnvironmentId]>) -> (String, Vec<Value>) {
    match environments {
        None => (String::new(), Vec::new()),
        Some([]) => (" AND 1 = 0".to_owned(), Vec::new()),
        Some(kept) => {
            let values = padded(kept.iter().map(|id| Value::from(id.as_str())));
            (format!(" AND environment_id IN ({})", places(values.len())), values)
        }
    }
}
