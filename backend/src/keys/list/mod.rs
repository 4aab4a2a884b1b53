//! The list: search, filters, one page at a time, newest first.

use std::collections::{BTreeSet, HashMap};

use model::id::{KeyId, UserId};
use model::key::{Counts, KeyPage, KeyQuery, KeyRow, PAGE_SIZE};
use model::role::{Permission, Role};
use model::status::{PROVISIONING_LIMIT, State, Status};
use model::time::Timestamp;
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{masked, status_of};
use crate::backend::Backend;
use crate::entity::api_key::Column;
use crate::entity::{api_key, api_key_endpoint, user};
use crate::environments::{self, Environment};
use crate::error::{Error, Result};

/// Characters of a search that are looked at.
const SEARCH_MAX: usize = 100;

impl Backend {
    /// One page of the list, as a person with this role and ID sees it.
    pub async fn list_keys(&self, viewer: &UserId, role: Role, query: &KeyQuery) -> Result<KeyPage> {
        self.list(Some(viewer), role, query).await
    }

    /// One page of the list for the command line, which may do everything.
    pub async fn list_all_keys(&self, query: &KeyQuery) -> Result<KeyPage> {
        self.list(None, Role::Owner, query).await
    }

    async fn list(&self, viewer: Option<&UserId>, role: Role, query: &KeyQuery) -> Result<KeyPage> {
        let now = self.now();
        let environments = environments::by_id(&self.db).await?;
        let wanted = wanted(query, &environments, now);
        let mut page = api_key::Entity::find().filter(wanted.clone());
        if let Some((created_at, id)) = cursor(&query.after) {
            let older = Column::CreatedAt
                .lt(created_at)
                .or(Column::CreatedAt.eq(created_at).and(Column::Id.lt(id)));
            page = page.filter(older);
        }
        let mut rows = page
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id)
            .limit(PAGE_SIZE + 1)
            .all(&self.db)
            .await?;
        let more = rows.len() as u64 > PAGE_SIZE;
        rows.truncate(usize::try_from(PAGE_SIZE).unwrap_or(usize::MAX));
        let next = rows
            .last()
            .filter(|_| more)
            .map(|row| format!("{}-{}", row.created_at, row.id));

        let people = self.names(&rows).await?;
        let endpoints: Vec<(String, String)> = self
            .endpoints()
            .await?
            .into_iter()
            .map(|endpoint| (endpoint.name, endpoint.title))
            .collect();
        let mut grants = self.granted_titles(&rows, &endpoints).await?;
        let rows = rows
            .into_iter()
            .map(|row| {
                let granted = grants.remove(&row.id).unwrap_or_default();
                let environment = environments
                    .get(&row.environment_id)
                    .ok_or_else(|| Error::stored("environment", &row.environment_id))?;
                view(row, granted, environment, &people, viewer, role, now)
            })
            .collect::<Result<_>>()?;
        Ok(KeyPage {
            rows,
            matching: api_key::Entity::find().filter(wanted).count(&self.db).await?,
            total: api_key::Entity::find().count(&self.db).await?,
            next,
            endpoints,
            now,
            may_create: role.may(Permission::CreateKeys),
        })
    }

    /// How many keys there are of each status, in one environment or (empty) in all.
    pub async fn count_keys(&self, role: Role, environment: &str) -> Result<Counts> {
        let environments = environments::by_id(&self.db).await?;
        let mut by_status = Vec::with_capacity(Status::ALL.len());
        for status in Status::ALL {
            let query = KeyQuery {
                environment: Some(environment.to_owned()),
                status: vec![status.slug().to_owned()],
                ..KeyQuery::default()
            };
            let wanted = wanted(&query, &environments, self.now());
            by_status.push((status, api_key::Entity::find().filter(wanted).count(&self.db).await?));
        }
        Ok(Counts {
            total: by_status.iter().map(|(_, count)| count).sum(),
            any: api_key::Entity::find().one(&self.db).await?.is_some(),
            by_status,
            may_create: role.may(Permission::CreateKeys),
        })
    }

    async fn names(&self, rows: &[api_key::Model]) -> Result<HashMap<String, String>> {
        let ids: BTreeSet<&String> = rows.iter().filter_map(|row| row.created_by.as_ref()).collect();
        let users = user::Entity::find()
            .filter(user::Column::Id.is_in(ids))
            .all(&self.db)
            .await?;
        Ok(users.into_iter().map(|user| (user.id, user.name)).collect())
    }

    async fn granted_titles(
        &self,
        rows: &[api_key::Model],
        endpoints: &[(String, String)],
    ) -> Result<HashMap<String, Vec<String>>> {
        let ids = rows.iter().filter(|row| !row.all_endpoints).map(|row| &row.id);
        let grants = api_key_endpoint::Entity::find()
            .filter(api_key_endpoint::Column::KeyId.is_in(ids))
            .all(&self.db)
            .await?;
        let mut titles: HashMap<String, Vec<String>> = HashMap::new();
        // In the catalogue's order; a retired endpoint keeps its name.
        for (name, title) in endpoints {
            for grant in grants.iter().filter(|grant| grant.endpoint_name == *name) {
                titles.entry(grant.key_id.clone()).or_default().push(title.clone());
            }
        }
        for grant in grants {
            if !endpoints.iter().any(|(name, _)| *name == grant.endpoint_name) {
                titles.entry(grant.key_id).or_default().push(grant.endpoint_name);
            }
        }
        Ok(titles)
    }
}

fn view(
    row: api_key::Model,
    granted: Vec<String>,
    environment: &Environment,
    people: &HashMap<String, String>,
    viewer: Option<&UserId>,
    role: Role,
    now: Timestamp,
) -> Result<KeyRow> {
    let creator = row
        .created_by
        .as_ref()
        .map_or("command line", |id| people.get(id).map_or("", String::as_str));
    Ok(KeyRow {
        creator: creator.to_owned(),
        environment: environment.name.clone(),
        masked: masked(environment.kind, &row),
        status: status_of(&row, now)?,
        created_at: Timestamp(row.created_at),
        expires_at: row.expires_at.map(Timestamp),
        last_used_at: row.last_used_at.map(Timestamp),
        endpoints: (!row.all_endpoints).then_some(granted),
        may_change: role
            .may_change_key(viewer.is_some_and(|viewer| row.created_by.as_deref() == Some(viewer.as_str()))),
        id: KeyId::from_stored(row.id),
        name: row.name,
    })
}

/// What a query asks for. Words that mean nothing (a status that there is not) match nothing rather than all.
fn wanted(query: &KeyQuery, environments: &HashMap<String, Environment>, now: Timestamp) -> Condition {
    let mut wanted = Condition::all();
    let search: String = query.search.trim().chars().take(SEARCH_MAX).collect();
    if !search.is_empty() {
        let prefix = search.to_lowercase();
        // A range rather than LIKE: it uses the index, and no character in it has a meaning of its own.
        let end = format!("{prefix}{}", char::MAX);
        let id_end = format!("{search}{}", char::MAX);
        wanted = wanted.add(
            Condition::any()
                .add(Column::NameLower.gte(&prefix).and(Column::NameLower.lt(end)))
                .add(Column::Id.gte(&search).and(Column::Id.lt(id_end)))
                .add(Column::TokenLastFour.eq(search)),
        );
    }
    if let Some(name) = query.environment.as_ref().filter(|name| !name.is_empty()) {
        let id = environments
            .values()
            .find(|known| known.name == *name)
            .map(|known| known.id.clone());
        wanted = wanted.add(Column::EnvironmentId.eq(id.unwrap_or_default()));
    }
    if !query.status.is_empty() {
        let known = query.status.iter().filter_map(|slug| Status::parse(slug));
        wanted = wanted.add(known.fold(Condition::any().add(never()), |any, status| {
            any.add(has_status(status, now))
        }));
    }
    if !query.endpoint.is_empty() {
        let holders = Query::select()
            .column(api_key_endpoint::Column::KeyId)
            .from(api_key_endpoint::Entity)
            .and_where(api_key_endpoint::Column::EndpointName.is_in(&query.endpoint))
            .take();
        wanted = wanted.add(
            Condition::any()
                .add(Column::AllEndpoints.eq(true))
                .add(Column::Id.in_subquery(holders)),
        );
    }
    wanted
}

fn never() -> sea_orm::sea_query::Expr {
    Column::Id.eq("")
}

/// [`model::status::status`] as a condition.
fn has_status(status: Status, now: Timestamp) -> Condition {
    let state = |state: State| Column::State.eq(state.as_str());
    let late = now.plus(-PROVISIONING_LIMIT).0;
    let open = Column::ExpiresAt.is_null().or(Column::ExpiresAt.gt(now.0));
    match status {
        Status::Provisioning => Condition::all()
            .add(state(State::Provisioning))
            .add(Column::CreatedAt.gt(late)),
        Status::Active => Condition::all().add(state(State::Active)).add(open),
        Status::Inactive => Condition::all().add(state(State::Inactive)).add(open),
        Status::Expired => Condition::all()
            .add(Column::State.is_in([State::Active.as_str(), State::Inactive.as_str()]))
            .add(Column::ExpiresAt.lte(now.0)),
        Status::Failed => Condition::any().add(state(State::Failed)).add(
            Condition::all()
                .add(state(State::Provisioning))
                .add(Column::CreatedAt.lte(late)),
        ),
    }
}

/// Reads where a page starts. Nonsense means the first page.
fn cursor(text: &str) -> Option<(i64, String)> {
    let (created_at, id) = text.split_once('-')?;
    Some((created_at.parse().ok()?, id.to_owned()))
}
