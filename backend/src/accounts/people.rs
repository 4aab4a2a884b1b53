//! Settings → Users: who may log in, and who was invited to.

use std::collections::HashMap;

use model::id::UserId;
use model::people::{Invitation, People, Person};
use model::role::Role;
use model::time::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::hex::name_of;
use super::link::Purpose;
use super::standing::last_owner;
use crate::backend::Backend;
use crate::entity::{api_key, one_time_link, user};
use crate::error::{Error, Result};

impl Backend {
    /// Everybody, as seen by somebody.
    pub async fn people(&self, viewer: Option<&UserId>) -> Result<People> {
        let now = self.now();
        let users = user::Entity::find().all(&self.db).await?;
        let mut keys = self.keys_by_person().await?;
        let invitations = self.open_invitations(now, &users).await?;
        let last_owner = last_owner(&users).map(|user| user.id.clone());
        let mut people = users
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
            .collect::<Result<Vec<_>>>()?;
        people.sort_by_cached_key(|person| (person.name.to_lowercase(), person.email.clone()));
        Ok(People {
            people,
            invitations,
            now,
        })
    }

    async fn keys_by_person(&self) -> Result<HashMap<String, u64>> {
        let counts: Vec<(String, i64)> = api_key::Entity::find()
            .select_only()
            .column(api_key::Column::CreatedBy)
            .column_as(api_key::Column::Id.count(), "keys")
            .filter(api_key::Column::CreatedBy.is_not_null())
            .group_by(api_key::Column::CreatedBy)
            .into_tuple()
            .all(&self.db)
            .await?;
        Ok(counts
            .into_iter()
            .map(|(id, count)| (id, u64::try_from(count).unwrap_or_default()))
            .collect())
    }

    async fn open_invitations(&self, now: Timestamp, users: &[user::Model]) -> Result<Vec<Invitation>> {
        let rows = one_time_link::Entity::find()
            .filter(one_time_link::Column::Purpose.eq(Purpose::Invite.as_str()))
            .filter(one_time_link::Column::ExpiresAt.gt(now.0))
            .order_by_desc(one_time_link::Column::CreatedAt)
            .all(&self.db)
            .await?;
        rows.into_iter()
            .map(|row| {
                let role = row.role.unwrap_or_default();
                let by = users.iter().find(|user| Some(&user.id) == row.created_by.as_ref());
                Ok(Invitation {
                    id: name_of(&row.token_hash),
                    email: row.email.unwrap_or_default(),
                    role: Role::parse(&role).ok_or_else(|| Error::stored("role", &role))?,
                    invited_by: by.map(|user| user.name.clone()).unwrap_or_default(),
                    created_at: Timestamp(row.created_at),
                    expires_at: Timestamp(row.expires_at),
                })
            })
            .collect()
    }
}

pub(super) fn role_of(user: &user::Model) -> Result<Role> {
    Role::parse(&user.role).ok_or_else(|| Error::stored("role", &user.role))
}
