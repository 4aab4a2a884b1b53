//! The catalogue of endpoints as every service reads it.

use std::collections::HashMap;

use model::endpoint::{Endpoint, Pattern};
use model::list::{ListQuery, PageSize, Paging};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};

use super::column::Stored;
use super::entities::endpoint::{self, Column};
use super::entities::endpoint_pattern;
use super::padded::padded;
use super::page::{self, Key, Sorted};
use super::search;
use crate::error::Result;

/// All endpoints that are not retired.
pub(crate) async fn catalogue(db: &impl ConnectionTrait) -> Result<Vec<Endpoint>> {
    let endpoints = endpoint::Entity::find()
        .filter(endpoint::COLUMN.retired_at.is_null())
        .order_by_asc(endpoint::COLUMN.position)
        .all(db)
        .await?;
    let patterns = patterns(db).await?;
    Ok(endpoints.into_iter().map(|row| with_patterns(row, &patterns)).collect())
}

/// All patterns, in the order of their endpoints.
pub(crate) async fn patterns(db: &impl ConnectionTrait) -> Result<Vec<endpoint_pattern::Model>> {
    Ok(endpoint_pattern::Entity::find()
        .order_by_asc(endpoint_pattern::COLUMN.endpoint_name)
        .order_by_asc(endpoint_pattern::COLUMN.position)
        .all(db)
        .await?)
}

/// The patterns of these endpoints, in their order.
pub(crate) async fn patterns_of(db: &impl ConnectionTrait, names: &[&str]) -> Result<Vec<endpoint_pattern::Model>> {
    Ok(endpoint_pattern::Entity::find()
        .filter(endpoint_pattern::Column::EndpointName.is_in(padded(names.iter().copied())))
        .order_by_asc(endpoint_pattern::COLUMN.endpoint_name)
        .order_by_asc(endpoint_pattern::COLUMN.position)
        .all(db)
        .await?)
}

/// One page of the catalogue, in its order.
pub(crate) async fn page_of_endpoints(
    db: &impl ConnectionTrait,
    query: &ListQuery,
    size: PageSize,
) -> Result<(Vec<endpoint::Model>, Paging)> {
    let all = endpoint::Entity::find().filter(Column::RetiredAt.is_null());
    let sorted = Sorted::ascending(Key::Number(Expr::col(Column::Position)), Expr::col(Column::Name));
    read_page(db, all, &sorted, (query, &query.after, size), |row| {
        i64::from(row.position)
    })
    .await
}

/// One page of the retired endpoints, latest first.
pub(crate) async fn page_of_retired_endpoints(
    db: &impl ConnectionTrait,
    query: &ListQuery,
    size: PageSize,
) -> Result<(Vec<endpoint::Model>, Paging)> {
    let all = endpoint::Entity::find().filter(Column::RetiredAt.is_not_null());
    let sorted = Sorted::descending(Key::Number(Expr::col(Column::RetiredAt)), Expr::col(Column::Name));
    read_page(db, all, &sorted, (query, &query.second, size), |row| {
        row.retired_at.map_or(0, Stored::milliseconds)
    })
    .await
}

async fn read_page(
    db: &impl ConnectionTrait,
    all: Select<endpoint::Entity>,
    sorted: &Sorted,
    (query, after, size): (&ListQuery, &str, PageSize),
    key: impl Fn(&endpoint::Model) -> i64,
) -> Result<(Vec<endpoint::Model>, Paging)> {
    let total = all.clone().count(db).await?;
    let mut found = all;
    if !query.only.is_empty() {
        found = found.filter(Column::Name.eq(query.only.as_str()));
    }
    let searched = query.searched();
    let mut matching = None;
    if !searched.is_empty() {
        let paths = endpoint_pattern::Entity::find()
            .select_only()
            .column(endpoint_pattern::Column::EndpointName)
            .filter(search::contains([endpoint_pattern::Column::Path], &searched));
        let any = search::contains([Column::Title, Column::Name], &searched);
        found = found.filter(any.add(Column::Name.in_subquery(paths.into_query())));
        matching = Some(found.clone().count(db).await?);
    }
    let mut rows = sorted.page(found, after, size.rows()).all(db).await?;
    let next = page::cut(&mut rows, size.rows(), |row| page::place(key(row), &row.name));
    Ok((rows, page::paging(total, matching, next)))
}

/// The first endpoints of the catalogue whose title or name holds a text.
pub(crate) async fn find_endpoints(db: &impl ConnectionTrait, text: &str, limit: u64) -> Result<Vec<endpoint::Model>> {
    let mut found = endpoint::Entity::find().filter(Column::RetiredAt.is_null());
    if !text.is_empty() {
        found = found.filter(search::contains([Column::Title, Column::Name], text));
    }
    Ok(found.order_by_asc(Column::Position).limit(limit).all(db).await?)
}

pub(crate) fn with_patterns(row: endpoint::Model, patterns: &[endpoint_pattern::Model]) -> Endpoint {
    let own = patterns.iter().filter(|pattern| pattern.endpoint_name == row.name);
    Endpoint {
        patterns: own
            .map(|pattern| Pattern {
                method: pattern.method.clone(),
                path: pattern.path.clone(),
            })
            .collect(),
        name: row.name,
        title: row.title,
    }
}

/// The titles of all endpoints, retired ones too, by name.
pub(crate) async fn titles(db: &impl ConnectionTrait) -> Result<HashMap<String, String>> {
    let endpoints = endpoint::Entity::find().all(db).await?;
    Ok(endpoints
        .into_iter()
        .map(|endpoint| (endpoint.name, endpoint.title))
        .collect())
}
