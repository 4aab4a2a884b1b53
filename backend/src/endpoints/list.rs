//! Settings → Endpoints: a page of the catalogue, and a page of the retired endpoints.

use model::endpoint_form::{Catalogue, EndpointRow};
use model::list::{ListQuery, PageSize};
use model::role::Permission;
use sea_orm::{EntityTrait, PaginatorTrait, QueryFilter};

use crate::actor::Actor;
use crate::endpoints::Endpoints;
use crate::error::Result;
use crate::store::endpoints::{page_of_endpoints, page_of_retired_endpoints, patterns_of, with_patterns};
use crate::store::entities::{api_key, endpoint};
use crate::store::key_counts::keys_by_endpoint;

impl Endpoints {
    /// A page of the endpoints that keys can be granted, and a page of the retired ones.
    pub async fn list(&self, actor: &Actor, query: &ListQuery) -> Result<Catalogue> {
        actor.require(Permission::SeeKeys)?;
        self.pages(actor, query, PageSize::USUAL).await
    }

    /// As [`Self::list`], with pages of this size. For programs.
    pub async fn pages(&self, actor: &Actor, query: &ListQuery, size: PageSize) -> Result<Catalogue> {
        actor.require(Permission::SeeKeys)?;
        let (endpoints, paging) = page_of_endpoints(&self.store.db, query, size).await?;
        let (retired, retired_paging) = page_of_retired_endpoints(&self.store.db, query, size).await?;
        let keys_with_all = api_key::Entity::find()
            .filter(api_key::COLUMN.all_endpoints.eq(true))
            .count(&self.store.db)
            .await?;
        Ok(Catalogue {
            endpoints: self.as_rows(endpoints).await?,
            paging,
            retired: self.as_rows(retired).await?,
            retired_paging,
            keys_with_all,
            now: self.store.now(),
        })
    }

    async fn as_rows(&self, rows: Vec<endpoint::Model>) -> Result<Vec<EndpointRow>> {
        let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        let held = keys_by_endpoint(&self.store.db, names.iter().copied()).await?;
        let patterns = patterns_of(&self.store.db, &names).await?;
        let rows = rows.into_iter().map(|row| EndpointRow {
            keys: held.get(&row.name).copied().unwrap_or_default(),
            created_at: row.created_at.0,
            retired_at: row.retired_at.map(|at| at.0),
            endpoint: with_patterns(row, &patterns),
        });
        Ok(rows.collect())
    }
}
