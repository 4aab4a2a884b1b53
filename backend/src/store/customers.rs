//! Customers, and how their keys and their lists are found.

use std::collections::HashMap;

use model::customer::{CustomerName, CustomerRef, CustomerSettings, CustomerStatus, NAME_MAX};
use model::id::{CustomerId, EnvironmentId};
use model::key_list::COUNT_LIMIT;
use model::limit::Limits;
use model::list::ListQuery;
use model::metadata::Metadata;
use model::name;
use model::status::State;
use model::time::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Select,
    Statement, Value,
};

use super::column::Stored;
use super::entities::customer::{Column, Entity, Model};
use super::environments::within_environments;
use super::padded::padded;
use super::page::{self, Key, Sorted};
use super::statement::{places, statement};
use crate::error::{NotFound, Result};

/// The settings of a customer, from its row.
pub(crate) fn settings_of(row: &Model) -> CustomerSettings {
    CustomerSettings {
        external_id: row.external_id.clone(),
        name: row.name.clone(),
        metadata: metadata_of(row.metadata.clone()),
        limits: Limits {
            second: row.limit_second.map(|limit| limit.0),
            minute: row.limit_minute.map(|limit| limit.0),
            day: row.limit_day.map(|limit| limit.0),
        },
    }
}

pub(crate) fn metadata_of(stored: Option<Stored<Metadata>>) -> Metadata {
    stored.map(|metadata| metadata.0).unwrap_or_default()
}

/// What a column holds for this metadata.
pub(crate) fn stored_metadata(metadata: Metadata) -> Option<Stored<Metadata>> {
    (!metadata.is_none()).then_some(Stored(metadata))
}

pub(crate) fn name_of(row: &Model) -> CustomerName {
    CustomerName {
        id: row.id.0.clone(),
        external_id: row.external_id.clone(),
        name: row.name.clone(),
    }
}

/// The row of a customer that exists.
pub(crate) async fn row(db: &impl ConnectionTrait, id: &CustomerId) -> Result<Model> {
    let found = Entity::find_by_id(id).one(db).await?;
    found.ok_or_else(|| NotFound::Customer(id.clone()).into())
}

/// The customer that a request names.
pub(crate) async fn find(db: &impl ConnectionTrait, named: &CustomerRef) -> Result<Option<Model>> {
    Ok(match named {
        CustomerRef::Id(id) => Entity::find_by_id(id).one(db).await?,
        CustomerRef::External(id) => Entity::find().filter(Column::ExternalId.eq(id)).one(db).await?,
    })
}

/// The customers that requests name, by their IDs and by their external IDs.
pub(crate) struct NamedCustomers {
    by_id: HashMap<CustomerId, CustomerName>,
    by_external_id: HashMap<String, CustomerName>,
}

impl NamedCustomers {
    /// Finds all of these, without those that do not exist.
    pub(crate) async fn find(db: &impl ConnectionTrait, named: &[CustomerRef]) -> Result<Self> {
        let (mut ids, mut external_ids) = (Vec::new(), Vec::new());
        for named in named {
            match named {
                CustomerRef::Id(id) => ids.push(id),
                CustomerRef::External(id) => external_ids.push(id.as_str()),
            }
        }
        let external = with_external_ids(&external_ids).all(db).await?;
        Ok(Self {
            by_id: names(db, &ids).await?,
            by_external_id: external
                .iter()
                .map(|row| (row.external_id.clone(), name_of(row)))
                .collect(),
        })
    }

    pub(crate) fn get(&self, named: &CustomerRef) -> Option<&CustomerName> {
        match named {
            CustomerRef::Id(id) => self.by_id.get(id),
            CustomerRef::External(id) => self.by_external_id.get(id),
        }
    }
}

fn with_external_ids(ids: &[&str]) -> Select<Entity> {
    Entity::find().filter(Column::ExternalId.is_in(padded(ids.iter().copied())))
}

/// These customers, or all, as they are stored.
pub(crate) async fn rows(db: &impl ConnectionTrait, ids: Option<&[&CustomerId]>) -> Result<Vec<Model>> {
    let mut query = Entity::find();
    match ids {
        Some([]) => return Ok(Vec::new()),
        Some(ids) => query = query.filter(Column::Id.is_in(padded(ids.iter().map(|id| id.as_str())))),
        None => {}
    }
    Ok(query.all(db).await?)
}

/// What these customers are called.
pub(crate) async fn names(db: &impl ConnectionTrait, ids: &[&CustomerId]) -> Result<HashMap<CustomerId, CustomerName>> {
    let rows = rows(db, Some(ids)).await?;
    Ok(rows.iter().map(|row| (row.id.0.clone(), name_of(row))).collect())
}

/// The customers with these external IDs, by external ID.
pub(crate) async fn rows_by_external_id(db: &impl ConnectionTrait, ids: &[&str]) -> Result<HashMap<String, Model>> {
    let rows = with_external_ids(ids).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.external_id.clone(), row)).collect())
}

/// At most `size` of the customers that a query finds, by name, after a place. Answers also where those after them begin.
pub(crate) async fn rows_in_order(
    db: &impl ConnectionTrait,
    query: &ListQuery,
    status: Option<CustomerStatus>,
    after: &str,
    size: u64,
) -> Result<(Vec<Model>, Option<String>)> {
    let mut rows = select_in_order(query, status, after, size).all(db).await?;
    let next = page::cut(&mut rows, size, place_of);
    Ok((rows, next))
}

fn select_in_order(query: &ListQuery, status: Option<CustomerStatus>, after: &str, size: u64) -> Select<Entity> {
    let select = match condition(query, status) {
        Some(condition) => Entity::find().filter(condition),
        None => Entity::find(),
    };
    by_name().page(select, after, size)
}

/// The place of a customer in the order of names.
pub(super) fn place_of(row: &Model) -> String {
    page::place(&row.name_lower, row.id.as_str())
}

/// The first customers by name, one more than `most` if there are more.
pub(crate) async fn first(db: &impl ConnectionTrait, most: u64) -> Result<Vec<Model>> {
    Ok(by_name().page(Entity::find(), "", most).all(db).await?)
}

/// The customer with this name, whatever its case. `None` if several have it.
pub(crate) async fn with_name(db: &impl ConnectionTrait, name: &str) -> Result<Option<Model>> {
    // Longer than any name, so that a name is never the beginning of what was typed.
    let name = name::searched(name, NAME_MAX + 1);
    let mut rows = select_with_name(&name).all(db).await?;
    let row = rows.pop();
    Ok(row.filter(|_| rows.is_empty()))
}

fn select_with_name(name: &str) -> Select<Entity> {
    Entity::find()
        .filter(Column::NameLower.eq(name.to_lowercase()))
        .limit(2)
}

pub(super) fn by_name() -> Sorted {
    Sorted::ascending(Key::Text(Expr::col(Column::NameLower)), Expr::col(Column::Id))
}

/// The condition of a query; `None` for all customers.
fn condition(query: &ListQuery, status: Option<CustomerStatus>) -> Option<Condition> {
    let searched = query.searched();
    let has_status = status.map(has_status);
    if searched.is_empty() {
        return has_status;
    }
    let any = Condition::any()
        .add(has_name_with(&searched))
        .add(has_id_with(&searched));
    Some(Condition::all().add(any).add_option(has_status))
}

/// Whether the name begins so.
pub(super) fn has_name_with(searched: &str) -> Condition {
    begins(Column::NameLower, &searched.to_lowercase())
}

/// Whether the external ID or the ID begins so.
pub(super) fn has_id_with(searched: &str) -> Condition {
    let any = Condition::any().add(begins(Column::ExternalId, searched));
    if searched.starts_with(CustomerId::PREFIX) || CustomerId::PREFIX.starts_with(searched) {
        return any.add(begins(Column::Id, searched));
    }
    any
}

/// A range rather than LIKE: it uses the index, and no character in it is special.
fn begins(column: Column, prefix: &str) -> Condition {
    Condition::all()
        .add(column.gte(prefix))
        .add(column.lt(format!("{prefix}{}", char::MAX)))
}

pub(super) fn has_status(status: CustomerStatus) -> Condition {
    Condition::all().add(match status {
        CustomerStatus::Active => Column::SuspendedAt.is_null(),
        CustomerStatus::Suspended => Column::SuspendedAt.is_not_null(),
    })
}

/// The keys of a customer.
#[derive(Debug, FromQueryResult)]
pub(crate) struct KeysOfCustomer {
    pub(crate) id: Stored<CustomerId>,
    /// Counted up to one more than [`COUNT_LIMIT`].
    pub(crate) keys: i64,
    pub(crate) active_keys: i64,
    pub(crate) last_used_at: Option<Stored<Timestamp>>,
}

/// The keys of these customers, in these environments or (`None`) in all.
pub(crate) async fn keys_of(
    db: &impl ConnectionTrait,
    ids: &[&CustomerId],
    environments: Option<&[EnvironmentId]>,
    now: Timestamp,
) -> Result<Vec<KeysOfCustomer>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let statement = keys_of_statement(db.get_database_backend(), ids, environments, now);
    Ok(KeysOfCustomer::find_by_statement(statement).all(db).await?)
}

fn keys_of_statement(
    database: DbBackend,
    ids: &[&CustomerId],
    environments: Option<&[EnvironmentId]>,
    now: Timestamp,
) -> Statement {
    let most = COUNT_LIMIT + 1;
    let ids = padded(ids.iter().map(|id| Value::from(id.as_str())));
    let (within, reached) = within_environments(environments);
    let sql = format!(
        "SELECT customers.id,
            (SELECT count(*) FROM (
                SELECT 1 FROM api_keys WHERE customer_id = customers.id{within} LIMIT {most}
            ) AS some_keys) AS keys,
            (SELECT count(*) FROM (
                SELECT 1 FROM api_keys WHERE customer_id = customers.id{within}
                    AND state = '{active}' AND (expires_at IS NULL OR expires_at > ?) LIMIT {most}
            ) AS some_keys) AS active_keys,
            (SELECT max(last_used_at) FROM api_keys WHERE customer_id = customers.id{within}) AS last_used_at
         FROM customers WHERE customers.id IN ({places})",
        active = State::Active.as_str(),
        places = places(ids.len()),
    );
    let values = reached
        .iter()
        .chain(&reached)
        .cloned()
        .chain([now.0.into()])
        .chain(reached.iter().cloned())
        .chain(ids);
    statement(database, &sql, values.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use sea_orm::QueryTrait;

    use super::*;
    use crate::store::postgres::query_plan::{assert_sought, new_store_without_scans};
    use crate::store::sqlite::query_plan::{empty_store, plan};

    const DATABASE: DbBackend = DbBackend::Sqlite;

    fn next_page() -> Select<Entity> {
        by_name().page(Entity::find(), "acme~cus_0123456789", 50)
    }

    #[tokio::test]
    async fn a_page_and_a_search_are_sought() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let page = plan(&store, next_page().build(DATABASE)).await;
        assert!(page[0].contains("customers_name") && page.len() == 1, "{page:#?}");
        let named = plan(&store, select_with_name("Acme").build(DATABASE)).await;
        assert!(
            named[0].starts_with("SEARCH") && named[0].contains("customers_name"),
            "{named:#?}"
        );
        let all = ListQuery::default();
        let export = select_in_order(&all, None, "acme~cus_0123456789", 1_000);
        let export = plan(&store, export.build(DATABASE)).await;
        assert!(export[0].contains("customers_name") && export.len() == 1, "{export:#?}");
    }

    #[tokio::test]
    async fn the_keys_of_a_customer_are_counted_in_indexes() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let id = CustomerId::from_random("0123456789");
        let environments = [EnvironmentId::from_random("0123456789")];
        for environments in [None, Some(environments.as_slice())] {
            let plan = plan(&store, keys_of_statement(DATABASE, &[&id], environments, Timestamp(1))).await;
            let keys: Vec<&String> = plan.iter().filter(|step| step.contains("api_keys")).collect();
            assert_eq!(keys.len(), 3, "{plan:#?}");
            assert!(
                keys.iter()
                    .all(|step| step.starts_with("SEARCH") && step.contains("api_keys_customer")),
                "{plan:#?}"
            );
        }
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_customers_are_sought() {
        let store = new_store_without_scans().await;
        let id = CustomerId::from_random("0123456789");
        let postgres = DbBackend::Postgres;
        assert_sought(&store, "customers", next_page().build(postgres)).await;
        assert_sought(&store, "customers", select_with_name("Acme").build(postgres)).await;
        assert_sought(
            &store,
            "api_keys",
            keys_of_statement(postgres, &[&id], None, Timestamp(1)),
        )
        .await;
        store.close().await.unwrap();
    }
}
