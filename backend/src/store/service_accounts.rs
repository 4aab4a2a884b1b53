//! Service accounts, their tokens and their environments.

use std::collections::HashMap;

use model::id::{EnvironmentId, ServiceAccountId};
use model::list::{ListQuery, Paging};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::column::Stored;
use super::entities::service_account::{self, Column};
use super::entities::{api_key, service_account_environment, service_token};
use super::padded::padded;
use super::page::{self, Key, Sorted};
use super::people::has_keys;
use super::search;
use crate::error::Result;

/// One page of the service accounts that a query finds, by name.
pub(crate) async fn page_of_service_accounts(
    db: &impl ConnectionTrait,
    query: &ListQuery,
    size: u64,
) -> Result<(Vec<service_account::Model>, Paging)> {
    let total = all().count(db).await?;
    let matching = if query.searched().is_empty() {
        None
    } else {
        Some(found(query).count(db).await?)
    };
    let mut accounts = select_page(query, size).all(db).await?;
    let next = page::cut(&mut accounts, size, |account| {
        page::place(account.name.to_ascii_lowercase(), account.id.as_str())
    });
    Ok((accounts, page::paging(total, matching, next)))
}

/// The first service accounts by name that a search finds.
pub(crate) async fn find_service_accounts(
    db: &impl ConnectionTrait,
    query: &ListQuery,
    limit: u64,
) -> Result<Vec<service_account::Model>> {
    Ok(sorted_by_name()
        .page(found(query), "", limit)
        .limit(limit)
        .all(db)
        .await?)
}

/// The first service accounts that have created keys and whose names or IDs a search finds.
pub(crate) async fn find_creating_service_accounts(
    db: &impl ConnectionTrait,
    query: &ListQuery,
    limit: u64,
) -> Result<Vec<service_account::Model>> {
    Ok(select_creating(query, limit).all(db).await?)
}

fn select_creating(query: &ListQuery, limit: u64) -> Select<service_account::Entity> {
    let creator = api_key::Column::CreatedByService;
    let creating = found(query).filter(has_keys(creator, (service_account::Entity, Column::Id)));
    sorted_by_name().page(creating, "", limit).limit(limit)
}

/// Every service account that was not deleted, by name.
pub(crate) async fn every_service_account(db: &impl ConnectionTrait) -> Result<Vec<service_account::Model>> {
    Ok(sorted_by_name().page(all(), "", u64::from(u32::MAX)).all(db).await?)
}

/// The service account with this name, whatever its case.
pub(crate) async fn service_account_named(
    db: &impl ConnectionTrait,
    name: &str,
) -> Result<Option<service_account::Model>> {
    Ok(select_named(name).one(db).await?)
}

/// The token with this hash, and its service account.
pub(crate) async fn token_with_hash(
    db: &impl ConnectionTrait,
    hash: &[u8],
) -> Result<Option<(service_token::Model, service_account::Model)>> {
    let found = select_token(hash)
        .find_also_related(service_account::Entity)
        .one(db)
        .await?;
    Ok(found.and_then(|(token, account)| Some((token, account?))))
}

/// The tokens of a service account, the oldest first.
pub(crate) async fn tokens_of(
    db: &impl ConnectionTrait,
    accounts: &[&ServiceAccountId],
) -> Result<Vec<service_token::Model>> {
    Ok(select_tokens_of(accounts).all(db).await?)
}

/// The environments to which a service account is kept, in the order of their IDs; `None` for all.
pub(crate) async fn environments_of(
    db: &impl ConnectionTrait,
    account: &service_account::Model,
) -> Result<Option<Vec<EnvironmentId>>> {
    if account.all_environments {
        return Ok(None);
    }
    let mut kept: Vec<EnvironmentId> = environments_of_accounts(db, &[&account.id.0])
        .await?
        .remove(&account.id.0)
        .unwrap_or_default();
    kept.sort();
    Ok(Some(kept))
}

/// The environments to which these service accounts are kept.
pub(crate) async fn environments_of_accounts(
    db: &impl ConnectionTrait,
    accounts: &[&ServiceAccountId],
) -> Result<HashMap<ServiceAccountId, Vec<EnvironmentId>>> {
    let rows = service_account_environment::Entity::find()
        .filter(
            service_account_environment::Column::ServiceAccountId.is_in(padded(accounts.iter().map(|id| id.as_str()))),
        )
        .all(db)
        .await?;
    let mut kept: HashMap<ServiceAccountId, Vec<EnvironmentId>> = HashMap::new();
    for row in rows {
        kept.entry(row.service_account_id.0)
            .or_default()
            .push(row.environment_id.0);
    }
    Ok(kept)
}

/// How many keys each of these service accounts has created and still has.
pub(crate) async fn keys_of_service_accounts(
    db: &impl ConnectionTrait,
    accounts: &[&ServiceAccountId],
) -> Result<HashMap<ServiceAccountId, u64>> {
    let counts: Vec<(Stored<ServiceAccountId>, i64)> = api_key::Entity::find()
        .select_only()
        .column(api_key::Column::CreatedByService)
        .column_as(api_key::Column::Id.count(), "keys")
        .filter(api_key::Column::CreatedByService.is_in(padded(accounts.iter().map(|id| id.as_str()))))
        .group_by(api_key::Column::CreatedByService)
        .into_tuple()
        .all(db)
        .await?;
    let counts = counts.into_iter();
    Ok(counts
        .map(|(id, keys)| (id.0, u64::try_from(keys).unwrap_or_default()))
        .collect())
}

fn all() -> Select<service_account::Entity> {
    service_account::Entity::find().filter(Column::DeletedAt.is_null())
}

/// The order by name, which an index has.
fn sorted_by_name() -> Sorted {
    Sorted::ascending(Key::Text(search::lower(Column::Name)), Expr::col(Column::Id))
}

fn select_page(query: &ListQuery, size: u64) -> Select<service_account::Entity> {
    sorted_by_name().page(found(query), &query.after, size)
}

fn found(query: &ListQuery) -> Select<service_account::Entity> {
    let mut found = all();
    if !query.only.is_empty() {
        found = found.filter(Column::Id.eq(query.only.as_str()));
    }
    let searched = query.searched();
    if searched.is_empty() {
        return found;
    }
    found.filter(search::contains([Column::Name, Column::Id], &searched))
}

fn select_named(name: &str) -> Select<service_account::Entity> {
    all().filter(search::lower(Column::Name).eq(search::lowered(name)))
}

fn select_token(hash: &[u8]) -> Select<service_token::Entity> {
    service_token::Entity::find().filter(service_token::Column::TokenHash.eq(hash.to_vec()))
}

fn select_tokens_of(accounts: &[&ServiceAccountId]) -> Select<service_token::Entity> {
    service_token::Entity::find()
        .filter(service_token::Column::ServiceAccountId.is_in(padded(accounts.iter().map(|id| id.as_str()))))
        .order_by_asc(service_token::Column::CreatedAt)
        .order_by_asc(service_token::Column::Id)
}

#[cfg(test)]
mod tests {
    use model::list::SHORT_PAGE;
    use sea_orm::{DbBackend, QueryTrait};

    use super::*;
    use crate::store::postgres::query_plan::{assert_sought, new_store_without_scans};
    use crate::store::sqlite::query_plan::{empty_store, plan};

    /// A page that does not begin at the start of the list.
    fn next_page() -> ListQuery {
        ListQuery {
            after: "billing~svc_0123456789".to_owned(),
            ..ListQuery::default()
        }
    }

    #[tokio::test]
    async fn lists_and_tokens_are_sought() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let id = ServiceAccountId::from_random("0123456789");
        for (statement, index) in [
            (
                select_page(&next_page(), SHORT_PAGE).build(DbBackend::Sqlite),
                "service_accounts_list",
            ),
            (
                select_named("billing").build(DbBackend::Sqlite),
                "service_accounts_list",
            ),
            (select_token(&[7; 32]).build(DbBackend::Sqlite), "service_tokens_hash"),
            (
                select_tokens_of(&[&id]).build(DbBackend::Sqlite),
                "service_tokens_account",
            ),
        ] {
            let plan = plan(&store, statement).await;
            assert!(
                plan[0].starts_with("SEARCH") && plan[0].contains(index),
                "{index}: {plan:#?}"
            );
        }
    }

    #[tokio::test]
    async fn the_keys_of_each_service_account_are_sought() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let creating = select_creating(&ListQuery::default(), 9).build(DbBackend::Sqlite);
        let plan = plan(&store, creating).await;
        let mut keys = plan.iter().filter(|step| step.contains("api_keys"));
        assert!(
            keys.all(|step| step.starts_with("SEARCH") && step.contains("api_keys_created_by_service")),
            "{plan:#?}"
        );
        assert!(plan.len() > 1, "{plan:#?}");
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_the_keys_of_each_service_account_are_sought() {
        let store = new_store_without_scans().await;
        let creating = select_creating(&ListQuery::default(), 9).build(DbBackend::Postgres);
        assert_sought(&store, "api_keys", creating).await;
        store.close().await.unwrap();
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_lists_and_tokens_are_sought() {
        let store = new_store_without_scans().await;
        let id = ServiceAccountId::from_random("0123456789");
        let accounts = "service_accounts";
        assert_sought(
            &store,
            accounts,
            select_page(&next_page(), SHORT_PAGE).build(DbBackend::Postgres),
        )
        .await;
        assert_sought(&store, accounts, select_named("billing").build(DbBackend::Postgres)).await;
        let tokens = "service_tokens";
        assert_sought(&store, tokens, select_token(&[7; 32]).build(DbBackend::Postgres)).await;
        assert_sought(&store, tokens, select_tokens_of(&[&id]).build(DbBackend::Postgres)).await;
        store.close().await.unwrap();
    }
}
