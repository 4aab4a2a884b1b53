//! Settings → Service Accounts: a page of the service accounts with their tokens.

use std::collections::{BTreeSet, HashMap};

use model::id::{ServiceAccountId, UserId};
use model::list::{ListQuery, PageSize};
use model::role::Permission;
use model::service_account::{ServiceAccount, ServiceAccountList, ServiceToken};
use model::service_token;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::ServiceAccounts;
use crate::actor::Actor;
use crate::error::{Error, NotFound, Result};
use crate::store::entities::{self, user};
use crate::store::environments;
use crate::store::keys::addresses_of;
use crate::store::padded::padded;
use crate::store::service_accounts::{
    environments_of_accounts, every_service_account, keys_of_service_accounts, page_of_service_accounts,
    service_account_named, tokens_of,
};

impl ServiceAccounts {
    /// A page of the service accounts that a query finds, by name.
    pub async fn list(&self, actor: &Actor, query: &ListQuery) -> Result<ServiceAccountList> {
        actor.require(Permission::ManageServiceAccounts)?;
        self.page(actor, query, PageSize::SHORT).await
    }

    /// As [`Self::list`], with a page of this size. For programs.
    pub async fn page(&self, actor: &Actor, query: &ListQuery, size: PageSize) -> Result<ServiceAccountList> {
        actor.require(Permission::ManageServiceAccounts)?;
        let (rows, paging) = page_of_service_accounts(&self.store.db, query, size.rows()).await?;
        Ok(ServiceAccountList {
            accounts: self.views(rows).await?,
            paging,
            now: self.store.now(),
        })
    }

    /// All service accounts by name, for the command line.
    pub async fn list_all(&self, actor: &Actor) -> Result<Vec<ServiceAccount>> {
        actor.require(Permission::ManageServiceAccounts)?;
        self.views(every_service_account(&self.store.db).await?).await
    }

    /// One service account.
    pub async fn find(&self, actor: &Actor, id: &ServiceAccountId) -> Result<ServiceAccount> {
        actor.require(Permission::ManageServiceAccounts)?;
        let row = super::row(&self.store.db, id).await?;
        let found = self.views(vec![row]).await?.pop();
        found.ok_or_else(|| Error::Internal("a service account has no view".to_owned()))
    }

    /// The ID of the service account with this name, or with this ID.
    pub async fn find_called(&self, actor: &Actor, text: &str) -> Result<ServiceAccountId> {
        actor.require(Permission::ManageServiceAccounts)?;
        if let Some(id) = ServiceAccountId::parse(text) {
            return Ok(super::row(&self.store.db, &id).await?.id.0);
        }
        let found = service_account_named(&self.store.db, text.trim()).await?;
        found
            .map(|row| row.id.0)
            .ok_or_else(|| NotFound::ServiceAccountNamed(text.to_owned()).into())
    }

    async fn views(&self, rows: Vec<entities::service_account::Model>) -> Result<Vec<ServiceAccount>> {
        let db = &self.store.db;
        let ids: Vec<&ServiceAccountId> = rows.iter().map(|row| &row.id.0).collect();
        let names: HashMap<_, _> = environments::by_id(db).await?;
        let mut kept = environments_of_accounts(db, &ids).await?;
        let mut keys = keys_of_service_accounts(db, &ids).await?;
        let mut tokens: HashMap<ServiceAccountId, Vec<ServiceToken>> = HashMap::new();
        for token in tokens_of(db, &ids).await? {
            tokens
                .entry(token.service_account_id.0.clone())
                .or_default()
                .push(view(token));
        }
        let people = self.names_of_creators(&rows).await?;
        let view = |row: entities::service_account::Model| {
            let mut environments: Vec<String> = kept
                .remove(&row.id.0)
                .unwrap_or_default()
                .iter()
                .filter_map(|id| Some(names.get(id)?.name.clone()))
                .collect();
            environments.sort_unstable();
            ServiceAccount {
                role: row.role.0,
                environments: (!row.all_environments).then_some(environments),
                tokens: tokens.remove(&row.id.0).unwrap_or_default(),
                created_at: row.created_at.0,
                created_by: row.created_by.as_deref().map_or_else(
                    || "command line".to_owned(),
                    |id| people.get(id).cloned().unwrap_or_default(),
                ),
                disabled_at: row.disabled_at.map(|at| at.0),
                keys: keys.remove(&row.id.0).unwrap_or_default(),
                id: row.id.0,
                name: row.name,
            }
        };
        Ok(rows.into_iter().map(view).collect())
    }

    async fn names_of_creators(&self, rows: &[entities::service_account::Model]) -> Result<HashMap<UserId, String>> {
        let ids: BTreeSet<&str> = rows
            .iter()
            .filter_map(|row| Some(row.created_by.as_ref()?.as_str()))
            .collect();
        let people = user::Entity::find()
            .filter(user::Column::Id.is_in(padded(ids)))
            .all(&self.store.db)
            .await?;
        Ok(people.into_iter().map(|user| (user.id.0, user.name)).collect())
    }
}

fn view(token: entities::service_token::Model) -> ServiceToken {
    ServiceToken {
        id: token.id.0,
        masked: service_token::mask(&token.last_four),
        created_at: token.created_at.0,
        expires_at: token.expires_at.map(|at| at.0),
        allowed_addresses: addresses_of(token.allowed_addresses).in_words(),
        last_used_at: token.last_used_at.map(|at| at.0),
        last_used_from: token.last_used_from,
    }
}
