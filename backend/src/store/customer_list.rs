//! The statements of the list of customers, by name. A search is for the beginning of a name, an external ID or an ID.
//!
//! Names with the same beginning stand side by side in the order, so the next of them are read from its index. External IDs
//! and IDs have orders of their own: their matches are looked up, and where they are few, they are put among the names. Where they are many,
//! the next entries of the order are likely to fill the page; where they do not, all matches are sorted.

use model::customer::CustomerStatus;
use model::id::CustomerId;
use model::key_list::{COUNT_LIMIT, Matching};
use model::list::ListQuery;
use sea_orm::sea_query::{Alias, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, Iterable, PaginatorTrait, QueryFilter, QuerySelect,
    QueryTrait, Select,
};

use super::column::Stored;
use super::customers::{by_name, has_id_with, has_name_with, has_status, place_of};
use super::entities::customer::{Column, Entity, Model};
use super::padded::padded;
use super::page;
use crate::error::Result;

/// How many entries of the order are searched for a page, before all matches are sorted instead.
const NEXT_ENTRIES: u64 = 1_000;

/// How many customers there are.
#[derive(Debug)]
pub(crate) struct CustomerCounts {
    /// Those that a query finds.
    pub(crate) matching: Matching,
    pub(crate) total: u64,
}

/// One page of the customers that a query finds, by name, and where the next page starts.
pub(crate) async fn page_of_customers(
    db: &impl ConnectionTrait,
    query: &ListQuery,
    status: Option<CustomerStatus>,
    size: u64,
) -> Result<(Vec<Model>, Option<String>)> {
    let searched = query.searched();
    let mut rows = if searched.is_empty() {
        select_named(&searched, status, &query.after, size).all(db).await?
    } else {
        search(db, query, &searched, status, size).await?
    };
    let next = page::cut(&mut rows, size, place_of);
    Ok((rows, next))
}

/// Counts the customers that a query finds, and all.
pub(crate) async fn count(
    db: &impl ConnectionTrait,
    query: &ListQuery,
    status: Option<CustomerStatus>,
) -> Result<CustomerCounts> {
    let total = Entity::find().count(db).await?;
    let searched = query.searched();
    if searched.is_empty() && status.is_none() {
        return Ok(CustomerCounts {
            matching: Matching::Exactly(total),
            total,
        });
    }
    let all = Condition::all().add_option(status.map(has_status));
    let condition = if searched.is_empty() {
        all
    } else {
        all.add(finds(&searched))
    };
    let found: Vec<Stored<CustomerId>> = select_ids(condition, COUNT_LIMIT).into_tuple().all(db).await?;
    Ok(CustomerCounts {
        matching: Matching::of(found.len()),
        total,
    })
}

async fn search(
    db: &impl ConnectionTrait,
    query: &ListQuery,
    searched: &str,
    status: Option<CustomerStatus>,
    size: u64,
) -> Result<Vec<Model>> {
    let by_id = select_ids(has_id_with(searched), COUNT_LIMIT);
    let by_id: Vec<Stored<CustomerId>> = by_id.into_tuple().all(db).await?;
    if by_id.len() as u64 > COUNT_LIMIT {
        let condition = Condition::all().add(finds(searched)).add_option(status.map(has_status));
        let rows = among_next_entries(&condition, &query.after, size).all(db).await?;
        if rows.len() as u64 > size {
            return Ok(rows);
        }
        return Ok(by_name()
            .page(Entity::find().filter(condition), &query.after, size)
            .all(db)
            .await?);
    }
    let mut rows = select_named(searched, status, &query.after, size).all(db).await?;
    let others = select_with_ids(by_id, searched, status, &query.after, size);
    if let Some(others) = others {
        rows.extend(others.all(db).await?);
        rows.sort_by(|one, other| (&one.name_lower, one.id.as_str()).cmp(&(&other.name_lower, other.id.as_str())));
        rows.truncate(usize::try_from(size).unwrap_or(usize::MAX).saturating_add(1));
    }
    Ok(rows)
}

/// Those whose name begins so, on one page.
fn select_named(searched: &str, status: Option<CustomerStatus>, after: &str, size: u64) -> Select<Entity> {
    let mut select = Entity::find();
    if !searched.is_empty() {
        select = select.filter(has_name_with(searched));
    }
    if let Some(status) = status {
        select = select.filter(has_status(status));
    }
    by_name().page(select, after, size)
}

/// Those with these IDs whose name does not begin so, on one page.
fn select_with_ids(
    ids: Vec<Stored<CustomerId>>,
    searched: &str,
    status: Option<CustomerStatus>,
    after: &str,
    size: u64,
) -> Option<Select<Entity>> {
    if ids.is_empty() {
        return None;
    }
    let mut select = Entity::find()
        .filter(Column::Id.is_in(padded(ids)))
        .filter(has_name_with(searched).not());
    if let Some(status) = status {
        select = select.filter(has_status(status));
    }
    Some(by_name().page(select, after, size))
}

/// The matches among the next entries of the order, on one page.
fn among_next_entries(condition: &Condition, after: &str, size: u64) -> Select<Entity> {
    let mut entries = by_name().page(Entity::find(), after, NEXT_ENTRIES - 1);
    let entries = QueryTrait::query(&mut entries).take();
    let mut select = Entity::find().filter(condition.clone());
    let inner = QueryTrait::query(&mut select);
    *inner = Query::select();
    inner
        .columns(Column::iter().map(|column| (Entity, column)))
        .from_subquery(entries, Alias::new("customers"))
        .cond_where(condition.clone());
    by_name().page(select, after, size)
}

/// Whether a search finds a customer.
fn finds(searched: &str) -> Condition {
    Condition::any().add(has_name_with(searched)).add(has_id_with(searched))
}

/// The IDs of the first matches, one more than `most`.
fn select_ids(condition: Condition, most: u64) -> Select<Entity> {
    Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(condition)
        .limit(most + 1)
}

#[cfg(test)]
mod tests {
    use sea_orm::DbBackend;

    use super::*;
    use crate::store::postgres::query_plan::{assert_sought, new_store_without_scans};
    use crate::store::sqlite::query_plan::{empty_store, plan};

    const PLACE: &str = "acme~cus_0123456789";

    #[tokio::test]
    async fn every_statement_is_answered_by_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let sqlite = DbBackend::Sqlite;
        for after in ["", PLACE] {
            for (searched, status, index) in [
                ("", None, "customers_name"),
                ("", Some(CustomerStatus::Suspended), "customers_suspended"),
                ("acme", None, "customers_name"),
            ] {
                let plan = plan(&store, select_named(searched, status, after, 50).build(sqlite)).await;
                assert!(
                    plan[0].contains(index) && plan.len() == 1,
                    "{searched} {after}: {plan:#?}"
                );
            }
            let condition = finds("cus_01");
            let entries = plan(&store, among_next_entries(&condition, after, 50).build(sqlite)).await;
            assert!(
                entries.iter().any(|step| step.contains("customers_name")),
                "{entries:#?}"
            );
        }
        let ids = plan(&store, select_ids(has_id_with("cus_01"), 10).build(sqlite)).await;
        for index in ["customers_external_id", "sqlite_autoindex_customers"] {
            let sought = |step: &String| step.starts_with("SEARCH") && step.contains(index);
            assert!(ids.iter().any(sought), "{index}: {ids:#?}");
        }
        assert!(!ids.iter().any(|step| step.starts_with("SCAN customers")), "{ids:#?}");
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_every_statement_is_answered_by_an_index() {
        let store = new_store_without_scans().await;
        let postgres = DbBackend::Postgres;
        for (searched, status) in [("", Some(CustomerStatus::Suspended)), ("acme", None)] {
            assert_sought(
                &store,
                "customers",
                select_named(searched, status, PLACE, 50).build(postgres),
            )
            .await;
        }
        assert_sought(
            &store,
            "customers",
            select_ids(has_id_with("cus_01"), 10).build(postgres),
        )
        .await;
        store.close().await.unwrap();
    }
}
