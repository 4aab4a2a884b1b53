//! People and invitations, a page at a time and by what they are called.

use model::account::NAME_MAX;
use model::id::{ServiceAccountId, UserId};
use model::list::{ListQuery, PageSize, Paging, SHORT_PAGE};
use model::name;
use model::role::Role;
use model::time::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, IntoColumnRef, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::column::Stored;
use super::entities::one_time_link::{self, Column as LinkColumn, Purpose};
use super::entities::user::{self, Column};
use super::entities::{api_key, service_account};
use super::page::{self, Key, Sorted};
use super::search;
use crate::error::{NotFound, Result};

/// One page of the people that a query finds, by name.
pub(crate) async fn page_of_people(
    db: &impl ConnectionTrait,
    query: &ListQuery,
    size: PageSize,
) -> Result<(Vec<user::Model>, Paging)> {
    let total = user::Entity::find().count(db).await?;
    let matching = if query.searched().is_empty() {
        None
    } else {
        Some(people(query).count(db).await?)
    };
    let mut users = select_people(query, size).all(db).await?;
    let next = page::cut(&mut users, size.rows(), |user| {
        page::place(user.name.to_ascii_lowercase(), user.id.as_str())
    });
    Ok((users, page::paging(total, matching, next)))
}

/// One page of the people, and one row more.
fn select_people(query: &ListQuery, size: PageSize) -> Select<user::Entity> {
    sorted_by_name().page(people(query), &query.after, size.rows())
}

/// Everybody, by name.
pub(crate) async fn everybody(db: &impl ConnectionTrait) -> Result<Vec<user::Model>> {
    let select = user::Entity::find();
    Ok(sorted_by_name().page(select, "", u64::from(u32::MAX)).all(db).await?)
}

/// The first people by name that a search finds.
pub(crate) async fn find_people(db: &impl ConnectionTrait, query: &ListQuery, limit: u64) -> Result<Vec<user::Model>> {
    Ok(sorted_by_name()
        .page(people(query), "", limit)
        .limit(limit)
        .all(db)
        .await?)
}

/// The first people who own keys and whose names a search finds.
pub(crate) async fn find_owners_by_name(
    db: &impl ConnectionTrait,
    query: &ListQuery,
    limit: u64,
) -> Result<Vec<user::Model>> {
    Ok(select_owners(query, limit).all(db).await?)
}

fn select_owners(query: &ListQuery, limit: u64) -> Select<user::Entity> {
    let mut found = user::Entity::find().filter(has_keys(api_key::Column::CreatedBy, (user::Entity, Column::Id)));
    let searched = query.searched();
    if !searched.is_empty() {
        found = found.filter(search::contains([Column::Name], &searched));
    }
    sorted_by_name().page(found, "", limit).limit(limit)
}

/// Whether some key names the ID in `id` as its creator. `creator` is the column of keys that names it.
pub(super) fn has_keys(creator: api_key::Column, id: impl IntoColumnRef) -> Expr {
    let mut keys = Query::select();
    keys.expr(Expr::val(1))
        .from(api_key::Entity)
        .and_where(Expr::col((api_key::Entity, creator)).equals(id))
        .limit(1);
    // A value, and not EXISTS, since PostgreSQL may answer that by reading all keys.
    Expr::from(keys).is_not_null()
}

/// The first people by name that a search finds, and that have one of these roles and can log in.
pub(crate) async fn find_people_with_role(
    db: &impl ConnectionTrait,
    query: &ListQuery,
    roles: impl Iterator<Item = Role>,
    limit: u64,
) -> Result<Vec<user::Model>> {
    let found = people(query)
        .filter(Column::Role.is_in(roles.map(Stored)))
        .filter(Column::DisabledAt.is_null());
    Ok(sorted_by_name().page(found, "", limit).limit(limit).all(db).await?)
}

/// The one user that a text names: by ID, by e-mail address, or by a name that no other user has.
pub(crate) async fn person_called(db: &impl ConnectionTrait, text: &str) -> Result<user::Model> {
    let text = text.trim();
    if let Some(user) = person_by_id_or_email(db, text).await? {
        return Ok(user);
    }
    let mut named = two_people_named(db, text).await?;
    match (named.pop(), named.pop()) {
        (Some(user), None) => Ok(user),
        (Some(_), Some(_)) => Err(NotFound::AmbiguousUser(text.to_owned()).into()),
        (None, _) => Err(NotFound::UserNamed(text.to_owned()).into()),
    }
}

/// The people who were disabled last, by ID.
pub(crate) async fn last_disabled(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<Stored<UserId>>> {
    Ok(select_last_disabled(limit).into_tuple().all(db).await?)
}

fn select_last_disabled(limit: u64) -> Select<user::Entity> {
    user::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::DisabledAt.is_not_null())
        .order_by_desc(Column::DisabledAt)
        .limit(limit)
}

/// The person with this ID or e-mail address.
async fn person_by_id_or_email(db: &impl ConnectionTrait, text: &str) -> Result<Option<user::Model>> {
    Ok(user::Entity::find()
        .filter(Column::Id.eq(text).or(Column::Email.eq(text.to_lowercase())))
        .one(db)
        .await?)
}

/// The first two people with this name.
pub(crate) async fn two_people_named(db: &impl ConnectionTrait, name: &str) -> Result<Vec<user::Model>> {
    // Longer than any name, so that a name is never the beginning of what was typed.
    let name = name::searched(name, NAME_MAX + 1);
    Ok(user::Entity::find()
        .filter(search::lower(Column::Name).eq(search::lowered(&name)))
        .limit(2)
        .all(db)
        .await?)
}

/// The order by name, which an index has.
fn sorted_by_name() -> Sorted {
    Sorted::ascending(Key::Text(search::lower(Column::Name)), Expr::col(Column::Id))
}

/// The people that a query finds.
fn people(query: &ListQuery) -> Select<user::Entity> {
    let mut found = user::Entity::find();
    if !query.only.is_empty() {
        found = found.filter(Column::Id.eq(query.only.as_str()));
    }
    let searched = query.searched();
    if searched.is_empty() {
        return found;
    }
    found.filter(search::contains([Column::Name, Column::Email], &searched))
}

/// One page of the open invitations that a query finds, latest first.
pub(crate) async fn page_of_invitations(
    db: &impl ConnectionTrait,
    query: &ListQuery,
    now: Timestamp,
) -> Result<(Vec<one_time_link::Model>, Paging)> {
    let total = open_invitations(now).count(db).await?;
    let matching = if query.searched().is_empty() {
        None
    } else {
        Some(invitations(query, now).count(db).await?)
    };
    let mut links = select_invitations(query, now).all(db).await?;
    let next = page::cut(&mut links, SHORT_PAGE, |link| {
        page::place(
            link.created_at.milliseconds(),
            link.email.as_deref().unwrap_or_default(),
        )
    });
    Ok((links, page::paging(total, matching, next)))
}

/// One page of the invitations, latest first, and one row more. An e-mail address has at most one.
fn select_invitations(query: &ListQuery, now: Timestamp) -> Select<one_time_link::Entity> {
    let sorted = Sorted::descending(
        Key::Number(Expr::col(LinkColumn::CreatedAt)),
        Expr::col(LinkColumn::Email),
    );
    sorted.page(invitations(query, now), &query.second, SHORT_PAGE)
}

fn open_invitations(now: Timestamp) -> Select<one_time_link::Entity> {
    one_time_link::Entity::find()
        .filter(LinkColumn::Purpose.eq(Stored(Purpose::Invite)))
        .filter(LinkColumn::ExpiresAt.gt(now.0))
}

fn invitations(query: &ListQuery, now: Timestamp) -> Select<one_time_link::Entity> {
    let open = open_invitations(now);
    let searched = query.searched();
    if searched.is_empty() {
        return open;
    }
    open.filter(search::contains([LinkColumn::Email], &searched))
}

/// Whether there is a second person, or an invitation that has not ended.
pub(crate) async fn has_company(db: &impl ConnectionTrait, now: Timestamp) -> Result<bool> {
    let people = user::Entity::find().limit(2).all(db).await?;
    Ok(people.len() > 1 || open_invitations(now).one(db).await?.is_some())
}

/// The name of whoever created something.
pub(crate) async fn creator_name(
    db: &impl ConnectionTrait,
    person: Option<&UserId>,
    service_account: Option<&ServiceAccountId>,
) -> Result<String> {
    let name = match (person, service_account) {
        (Some(id), _) => user::Entity::find_by_id(id).one(db).await?.map(|user| user.name),
        (None, Some(id)) => {
            let account = service_account::Entity::find_by_id(id).one(db).await?;
            account.map(|account| account.name)
        }
        (None, None) => Some("command line".to_owned()),
    };
    Ok(name.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use sea_orm::{DbBackend, QueryTrait};

    use super::*;
    use crate::store::postgres::query_plan::{assert_sought, new_store_without_scans};
    use crate::store::sqlite::query_plan::{empty_store, plan};

    #[tokio::test]
    async fn a_page_is_read_in_the_order_of_its_index() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        for (search, after) in [
            ("", ""),
            ("", "ada~usr_0123456789"),
            ("ada", ""),
            ("ada", "ada~usr_0123456789"),
        ] {
            let query = ListQuery {
                search: search.to_owned(),
                after: after.to_owned(),
                ..ListQuery::default()
            };
            let plan = plan(&store, select_people(&query, PageSize::SHORT).build(DbBackend::Sqlite)).await;
            let step = if after.is_empty() { "SCAN" } else { "SEARCH" };
            assert!(
                plan.len() == 1 && plan[0].starts_with(&format!("{step} users USING INDEX users_name")),
                "{search:?} {after:?}: {plan:#?}"
            );
        }
        for second in ["", "1000~ada@example.com"] {
            let query = ListQuery {
                second: second.to_owned(),
                ..ListQuery::default()
            };
            let plan = plan(&store, select_invitations(&query, store.now()).build(DbBackend::Sqlite)).await;
            assert!(
                plan.len() == 1 && plan[0].starts_with("SEARCH one_time_links USING INDEX one_time_links_purpose"),
                "{second:?}: {plan:#?}"
            );
        }
    }

    #[tokio::test]
    async fn disabled_people_are_found_by_their_index() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let plan = plan(&store, select_last_disabled(9).build(DbBackend::Sqlite)).await;
        assert!(plan.len() == 1 && plan[0].contains("INDEX users_disabled"), "{plan:#?}");
    }

    #[tokio::test]
    async fn the_keys_of_each_person_are_sought() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let owners = select_owners(&ListQuery::default(), 9).build(DbBackend::Sqlite);
        let plan = plan(&store, owners).await;
        let mut keys = plan.iter().filter(|step| step.contains("api_keys"));
        assert!(
            keys.all(|step| step.starts_with("SEARCH") && step.contains("api_keys_creator")),
            "{plan:#?}"
        );
        assert!(plan.len() > 1, "{plan:#?}");
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_the_keys_of_each_person_are_sought() {
        let store = new_store_without_scans().await;
        let owners = select_owners(&ListQuery::default(), 9).build(DbBackend::Postgres);
        assert_sought(&store, "api_keys", owners).await;
        store.close().await.unwrap();
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_the_next_page_is_sought() {
        let store = new_store_without_scans().await;
        for search in ["", "ada"] {
            let query = ListQuery {
                search: search.to_owned(),
                after: "ada~usr_0123456789".to_owned(),
                second: "1000~ada@example.com".to_owned(),
                ..ListQuery::default()
            };
            let people = select_people(&query, PageSize::SHORT).build(DbBackend::Postgres);
            assert_sought(&store, "users", people).await;
            let invitations = select_invitations(&query, store.now()).build(DbBackend::Postgres);
            assert_sought(&store, "one_time_links", invitations).await;
        }
        store.close().await.unwrap();
    }
}
