//! Settings → Users: the people who may log in, and the invitations.

use std::collections::{BTreeSet, HashMap};

use model::id::UserId;
use model::list::{ListQuery, Paging, SHORT_PAGE};
use model::people::{Invitation, People, Person};
use model::role::{Permission, Role};
use model::time::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Select};

use super::administration::last_owner;
use super::hex::name_of;
use super::link::Purpose;
use crate::accounts::Accounts;
use crate::actor::Actor;
use crate::error::{Error, NotFound, Result};
use crate::store::entities::one_time_link::Column as LinkColumn;
use crate::store::entities::user::Column;
use crate::store::entities::{api_key, one_time_link, user};
use crate::store::mutation::pieces;
use crate::store::padded::padded;
use crate::store::page::{self, Key, Sorted};
use crate::store::search;

impl Accounts {
    /// A page of the people and a page of the invitations, as the actor sees them.
    pub async fn list(&self, actor: &Actor, query: &ListQuery) -> Result<People> {
        actor.require(Permission::ManageUsers)?;
        let now = self.store.now();
        let (users, paging) = self.page_of_users(query).await?;
        let (links, invited) = self.page_of_invitations(query, now).await?;
        Ok(People {
            people: self.as_people(users, actor.user_id()).await?,
            paging,
            invitations: self.as_invitations(links).await?,
            invited,
            now,
        })
    }

    /// All people by name, also the disabled ones, for the command line.
    pub async fn list_all(&self, actor: &Actor) -> Result<Vec<Person>> {
        actor.require(Permission::ManageUsers)?;
        let users = by_name(user::Entity::find(), u64::from(u32::MAX));
        self.as_people(users.all(&self.store.db).await?, None).await
    }

    async fn page_of_users(&self, query: &ListQuery) -> Result<(Vec<user::Model>, Paging)> {
        let total = user::Entity::find().count(&self.store.db).await?;
        let matching = if query.searched().is_empty() {
            None
        } else {
            Some(found(query).count(&self.store.db).await?)
        };
        let mut users = page_of_people(query).all(&self.store.db).await?;
        let next = page::cut(&mut users, SHORT_PAGE, |user| {
            page::place(user.name.to_ascii_lowercase(), &user.id)
        });
        Ok((users, page::paging(total, matching, next)))
    }

    async fn page_of_invitations(
        &self,
        query: &ListQuery,
        now: Timestamp,
    ) -> Result<(Vec<one_time_link::Model>, Paging)> {
        let total = open_invitations(now).count(&self.store.db).await?;
        let matching = if query.searched().is_empty() {
            None
        } else {
            Some(found_invitations(query, now).count(&self.store.db).await?)
        };
        let mut links = invitations(query, now).all(&self.store.db).await?;
        let next = page::cut(&mut links, SHORT_PAGE, |link| {
            page::place(link.created_at, link.email.as_deref().unwrap_or_default())
        });
        Ok((links, page::paging(total, matching, next)))
    }

    async fn as_people(&self, users: Vec<user::Model>, viewer: Option<&UserId>) -> Result<Vec<Person>> {
        let mut keys = self.keys_of(&users).await?;
        let last_owner = self.last_owner().await?;
        users
            .into_iter()
            .map(|user| {
                Ok(Person {
                    role: role_of(&user)?,
                    keys: keys.remove(&user.id).unwrap_or_default(),
                    me: viewer.is_some_and(|viewer| viewer.as_str() == user.id),
                    last_owner: last_owner.as_ref() == Some(&user.id),
                    id: UserId::from_stored(user.id),
                    name: user.name,
                    email: user.email,
                    created_at: Timestamp(user.created_at),
                    disabled_at: user.disabled_at.map(Timestamp),
                    last_login_at: user.last_login_at.map(Timestamp),
                    second_factor: user.totp_sealed.is_some(),
                })
            })
            .collect()
    }

    /// The ID of the Owner who can log in, where there is only one.
    async fn last_owner(&self) -> Result<Option<String>> {
        let owners = user::Entity::find()
            .filter(Column::Role.eq(Role::Owner.as_str()))
            .filter(Column::DisabledAt.is_null())
            .limit(2)
            .all(&self.store.db)
            .await?;
        Ok(last_owner(&owners).map(|user| user.id.clone()))
    }

    /// The number of keys of each of these people.
    async fn keys_of(&self, users: &[user::Model]) -> Result<HashMap<String, u64>> {
        let mut all = HashMap::new();
        for some in pieces(users) {
            let counts: Vec<(String, i64)> = api_key::Entity::find()
                .select_only()
                .column(api_key::Column::CreatedBy)
                .column_as(api_key::Column::Id.count(), "keys")
                .filter(api_key::Column::CreatedBy.is_in(some.iter().map(|user| user.id.as_str())))
                .group_by(api_key::Column::CreatedBy)
                .into_tuple()
                .all(&self.store.db)
                .await?;
            let counts = counts.into_iter();
            all.extend(counts.map(|(id, count)| (id, u64::try_from(count).unwrap_or_default())));
        }
        Ok(all)
    }

    async fn as_invitations(&self, links: Vec<one_time_link::Model>) -> Result<Vec<Invitation>> {
        let by: BTreeSet<&str> = links.iter().filter_map(|link| link.created_by.as_deref()).collect();
        let inviters: HashMap<String, String> = user::Entity::find()
            .filter(Column::Id.is_in(padded(by)))
            .all(&self.store.db)
            .await?
            .into_iter()
            .map(|user| (user.id, user.name))
            .collect();
        links
            .into_iter()
            .map(|link| {
                let role = link.role.unwrap_or_default();
                let by = link.created_by.and_then(|id| inviters.get(&id).cloned());
                Ok(Invitation {
                    id: name_of(&link.token_hash),
                    email: link.email.unwrap_or_default(),
                    role: Role::parse(&role).ok_or_else(|| Error::stored("role", &role))?,
                    invited_by: by.unwrap_or_default(),
                    created_at: Timestamp(link.created_at),
                    expires_at: Timestamp(link.expires_at),
                })
            })
            .collect()
    }
}

/// One page of the people, and one row more.
pub(super) fn page_of_people(query: &ListQuery) -> Select<user::Entity> {
    sorted().page(found(query), &query.after, SHORT_PAGE)
}

/// One page of the invitations, latest first, and one row more. An e-mail address has at most one.
pub(super) fn invitations(query: &ListQuery, now: Timestamp) -> Select<one_time_link::Entity> {
    let sorted = Sorted::descending(
        Key::Number(Expr::col(LinkColumn::CreatedAt)),
        Expr::col(LinkColumn::Email),
    );
    sorted.page(found_invitations(query, now), &query.second, SHORT_PAGE)
}

fn open_invitations(now: Timestamp) -> Select<one_time_link::Entity> {
    one_time_link::Entity::find()
        .filter(LinkColumn::Purpose.eq(Purpose::Invite.as_str()))
        .filter(LinkColumn::ExpiresAt.gt(now.0))
}

fn found_invitations(query: &ListQuery, now: Timestamp) -> Select<one_time_link::Entity> {
    let open = open_invitations(now);
    let searched = query.searched();
    if searched.is_empty() {
        return open;
    }
    open.filter(search::contains([LinkColumn::Email], &searched))
}

/// The first of the found people by name.
pub(crate) fn by_name(found: Select<user::Entity>, limit: u64) -> Select<user::Entity> {
    sorted().page(found, "", limit).limit(limit)
}

/// The order by name, which an index has.
fn sorted() -> Sorted {
    Sorted::ascending(Key::Text(search::lower(Column::Name)), Expr::col(Column::Id))
}

/// The users that a search finds.
pub(crate) fn found(query: &ListQuery) -> Select<user::Entity> {
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

/// The one user that a text names: by ID, by e-mail address, or by a name that no other user has.
pub(super) async fn person_called(db: &impl ConnectionTrait, text: &str) -> Result<user::Model> {
    let text = text.trim();
    let known = user::Entity::find()
        .filter(Column::Id.eq(text).or(Column::Email.eq(text.to_lowercase())))
        .one(db)
        .await?;
    if let Some(user) = known {
        return Ok(user);
    }
    let mut named = user::Entity::find()
        .filter(search::lower(Column::Name).eq(search::lowered(text)))
        .limit(2)
        .all(db)
        .await?;
    match (named.pop(), named.pop()) {
        (Some(user), None) => Ok(user),
        (Some(_), Some(_)) => Err(NotFound::AmbiguousUser(text.to_owned()).into()),
        (None, _) => Err(NotFound::UserNamed(text.to_owned()).into()),
    }
}

pub(super) fn role_of(user: &user::Model) -> Result<Role> {
    Role::parse(&user.role).ok_or_else(|| Error::stored("role", &user.role))
}
