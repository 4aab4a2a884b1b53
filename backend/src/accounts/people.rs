//! Settings → Users: the people who may log in, and the invitations.

use std::collections::{BTreeSet, HashMap};

use model::id::UserId;
use model::list::{ListQuery, PageSize, Paging};
use model::people::{Invitation, People, Person};
use model::role::{Permission, Role};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::administration::last_owner;
use super::hex::name_of;
use crate::accounts::Accounts;
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::store::column::Stored;
use crate::store::entities::user::Column;
use crate::store::entities::{one_time_link, user};
use crate::store::key_counts::keys_by_owner;
use crate::store::padded::padded;
use crate::store::people::{everybody, page_of_invitations, page_of_people};

impl Accounts {
    /// A page of the people and a page of the invitations, as the actor sees them.
    pub async fn list(&self, actor: &Actor, query: &ListQuery) -> Result<People> {
        actor.require(Permission::ManageUsers)?;
        let now = self.store.now();
        let (users, paging) = page_of_people(&self.store.db, query, PageSize::SHORT).await?;
        let (links, invited) = page_of_invitations(&self.store.db, query, now).await?;
        Ok(People {
            people: self.as_people(users, actor.user_id()).await?,
            paging,
            invitations: self.as_invitations(links).await?,
            invited,
            now,
        })
    }

    /// A page of this size of the people, without the invitations. For programs.
    pub async fn page(&self, actor: &Actor, query: &ListQuery, size: PageSize) -> Result<(Vec<Person>, Paging)> {
        actor.require(Permission::ManageUsers)?;
        let (users, paging) = page_of_people(&self.store.db, query, size).await?;
        Ok((self.as_people(users, actor.user_id()).await?, paging))
    }

    /// All people by name, also the disabled ones, for the command line.
    pub async fn list_all(&self, actor: &Actor) -> Result<Vec<Person>> {
        actor.require(Permission::ManageUsers)?;
        self.as_people(everybody(&self.store.db).await?, None).await
    }

    async fn as_people(&self, users: Vec<user::Model>, viewer: Option<&UserId>) -> Result<Vec<Person>> {
        let ids: Vec<&UserId> = users.iter().map(|user| &user.id.0).collect();
        let mut keys = keys_by_owner(&self.store.db, &ids).await?;
        let last_owner = self.last_owner().await?;
        Ok(users
            .into_iter()
            .map(|user| Person {
                role: user.role.0,
                keys: keys.remove(&user.id.0).unwrap_or_default(),
                me: viewer == Some(&user.id.0),
                last_owner: last_owner.as_ref() == Some(&user.id.0),
                id: user.id.0,
                name: user.name,
                email: user.email,
                created_at: user.created_at.0,
                disabled_at: user.disabled_at.map(|at| at.0),
                last_login_at: user.last_login_at.map(|at| at.0),
                second_factor: user.totp_sealed.is_some(),
            })
            .collect())
    }

    /// The ID of the Owner who can log in, where there is only one.
    async fn last_owner(&self) -> Result<Option<UserId>> {
        let owners = user::Entity::find()
            .filter(Column::Role.eq(Stored(Role::Owner)))
            .filter(Column::DisabledAt.is_null())
            .limit(2)
            .all(&self.store.db)
            .await?;
        Ok(last_owner(&owners).map(|user| user.id.0.clone()))
    }

    async fn as_invitations(&self, links: Vec<one_time_link::Model>) -> Result<Vec<Invitation>> {
        let by: BTreeSet<&str> = links
            .iter()
            .filter_map(|link| Some(link.created_by.as_ref()?.as_str()))
            .collect();
        let inviters: HashMap<UserId, String> = user::Entity::find()
            .filter(Column::Id.is_in(padded(by)))
            .all(&self.store.db)
            .await?
            .into_iter()
            .map(|user| (user.id.0, user.name))
            .collect();
        links
            .into_iter()
            .map(|link| {
                let by = link.created_by.and_then(|id| inviters.get(&id.0).cloned());
                Ok(Invitation {
                    id: name_of(&link.token_hash),
                    email: link.email.unwrap_or_default(),
                    role: link.role.ok_or_else(|| Error::stored("role", ""))?.0,
                    invited_by: by.unwrap_or_default(),
                    created_at: link.created_at.0,
                    expires_at: link.expires_at.0,
                })
            })
            .collect()
    }
}
