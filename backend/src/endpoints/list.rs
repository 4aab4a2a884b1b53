//! Settings → Endpoints: a page of the catalogue and one of what is retired.

use model::endpoint_form::{Catalogue, EndpointRow};
use model::list::{ListQuery, PAGE_SIZE, Paging};
use model::role::Permission;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use crate::actor::Actor;
use crate::endpoints::Endpoints;
use crate::error::Result;
use crate::store::column::Stored;
use crate::store::endpoints::with_patterns;
use crate::store::entities::endpoint::{self, Column};
use crate::store::entities::{api_key, endpoint_pattern};
use crate::store::key_counts::keys_by_endpoint;
use crate::store::padded::padded;
use crate::store::page::{self, Key, Sorted};
use crate::store::search;

impl Endpoints {
    /// A page of the endpoints that keys can be given, and one of those that are retired.
    pub async fn list(&self, actor: &Actor, query: &ListQuery) -> Result<Catalogue> {
        actor.require(Permission::SeeKeys)?;
        let there = endpoint::Entity::find().filter(Column::RetiredAt.is_null());
        let in_order = Sorted::ascending(Key::Number(Expr::col(Column::Position)), Expr::col(Column::Name));
        let (endpoints, paging) = self
            .page_of_endpoints(there, &in_order, query, &query.after, |row| row.position.to_string())
            .await?;
        let retired = endpoint::Entity::find().filter(Column::RetiredAt.is_not_null());
        let latest = Sorted::descending(Key::Number(Expr::col(Column::RetiredAt)), Expr::col(Column::Name));
        let (retired, retired_paging) = self
            .page_of_endpoints(retired, &latest, query, &query.second, |row| {
                row.retired_at.map_or(0, Stored::milliseconds).to_string()
            })
            .await?;
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

    async fn page_of_endpoints(
        &self,
        all: Select<endpoint::Entity>,
        sorted: &Sorted,
        query: &ListQuery,
        after: &str,
        key: impl Fn(&endpoint::Model) -> String,
    ) -> Result<(Vec<endpoint::Model>, Paging)> {
        let total = all.clone().count(&self.store.db).await?;
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
            found = found.filter(any.add(Column::Name.in_subquery(sea_orm::QueryTrait::into_query(paths))));
            matching = Some(found.clone().count(&self.store.db).await?);
        }
        let mut rows = sorted.page(found, after, PAGE_SIZE).all(&self.store.db).await?;
        let next = page::cut(&mut rows, PAGE_SIZE, |row| page::place(key(row), &row.name));
        Ok((rows, page::paging(total, matching, next)))
    }

    async fn as_rows(&self, rows: Vec<endpoint::Model>) -> Result<Vec<EndpointRow>> {
        let names = padded(rows.iter().map(|row| row.name.as_str()));
        let held = keys_by_endpoint(&self.store.db, names.iter().copied()).await?;
        let patterns = endpoint_pattern::Entity::find()
            .filter(endpoint_pattern::Column::EndpointName.is_in(names))
            .order_by_asc(endpoint_pattern::COLUMN.endpoint_name)
            .order_by_asc(endpoint_pattern::COLUMN.position)
            .all(&self.store.db)
            .await?;
        let rows = rows.into_iter().map(|row| EndpointRow {
            keys: held.get(&row.name).copied().unwrap_or_default(),
            created_at: row.created_at.0,
            retired_at: row.retired_at.map(|at| at.0),
            endpoint: with_patterns(row, &patterns),
        });
        Ok(rows.collect())
    }
}
