//! The list of keys: search, filters and orders, one page at a time.

mod choices;
pub(super) mod records;

use std::collections::{BTreeSet, HashMap, HashSet};

use model::customer::CustomerName;
use model::id::{CustomerId, EnvironmentId, KeyId, ServiceAccountId, UserId};
use model::key_list::{Attention, GrantedTitles, KeyPage, KeyQuery, KeyRow, Matching, Sort};
use model::list::PageSize;
use model::name;
use model::profile::ProfileName;
use model::role::Permission;
use model::time::Timestamp;
use model::words::{self, Marks};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use super::{masked, status_of};
use crate::actor::{Actor, ActorKind};
use crate::error::Result;
use crate::keys::Keys;
use crate::store::customers;
use crate::store::entities::api_key::Column;
use crate::store::entities::{api_key, api_key_endpoint, service_account, user};
use crate::store::environments::{self, Environment};
use crate::store::key_list::{KeyListQuery, PageOfKeys, count_all};
use crate::store::key_words::{SEARCH_MAX, Search};
use crate::store::keys::owner_of;
use crate::store::padded::padded;
use crate::store::people::last_disabled;
use crate::store::profiles;
use crate::usage;

/// How many disabled people the list looks for keys of: those who were disabled last.
const MOST_DISABLED: u64 = 1_000;

impl Keys {
    /// One page of the list, as this actor sees it.
    pub async fn list(&self, actor: &Actor, query: &KeyQuery) -> Result<KeyPage> {
        actor.require(Permission::SeeKeys)?;
        if depends_on_use(query) {
            self.usage.flush_for_order().await;
        }
        let query = &self.with_names_resolved(query, actor).await?;
        let PageOfKeys {
            rows,
            next,
            previous,
            matching,
        } = self.read_page(query, within_reach(actor)).await?;
        let rows = self.as_used_until_now(rows).await?;
        let now = self.store.now();
        let total = count_all(&self.store.db).await?;
        let mut rows = self.views(rows, actor, now).await?;
        mark(&mut rows, &query.search);
        Ok(KeyPage {
            rows,
            matching: matching.unwrap_or(Matching::Exactly(total)),
            total,
            next,
            previous,
            endpoints: self.endpoint_choices(&query.endpoint).await?,
            profiles: self.profile_choices(&query.profile).await?,
            customers: self.customer_choices(&query.customer).await?,
            tags: self.tag_choices(&query.tag).await?,
            creators: self.creator_choices(&query.creator, actor).await?,
            customer: self.chosen_customer(&query.customer).await?,
            now,
            may_create: actor.role.may(Permission::CreateKeys),
        })
    }

    /// The rows of a page that also satisfy a condition, and where the next page starts.
    pub(super) async fn page_of(
        &self,
        actor: &Actor,
        query: &KeyQuery,
        also: Condition,
    ) -> Result<(Vec<api_key::Model>, Option<String>)> {
        let query = &self.with_names_resolved(query, actor).await?;
        let list = self.list_query(query, also).await?;
        let page = list.read_page(&self.store.db).await?;
        Ok((page.rows, page.next))
    }

    /// The first keys that a search finds, newest first.
    pub(crate) async fn find_some(&self, actor: &Actor, search: &str, most: PageSize) -> Result<Vec<KeyRow>> {
        let query = KeyQuery {
            search: search.to_owned(),
            ..KeyQuery::default()
        };
        let list = self.list_query(&query, within_reach(actor)).await?;
        let page = list.with_page_size(most).read_page(&self.store.db).await?;
        let mut rows = self.views(page.rows, actor, self.store.now()).await?;
        mark(&mut rows, search);
        Ok(rows)
    }

    /// A key as the list shows it; `None` if this actor sees no such key.
    pub(crate) async fn find_one(&self, actor: &Actor, id: &KeyId) -> Result<Option<KeyRow>> {
        let row = api_key::Entity::find_by_id(id)
            .filter(within_reach(actor))
            .one(&self.store.db)
            .await?;
        let rows = row.into_iter().collect();
        Ok(self.views(rows, actor, self.store.now()).await?.pop())
    }

    /// The page of a query. If the page before another one would not be full, it is the first page, so that is read.
    async fn read_page(&self, query: &KeyQuery, also: Condition) -> Result<PageOfKeys> {
        let page = self
            .list_query(query, also.clone())
            .await?
            .read_page(&self.store.db)
            .await?;
        let is_full = page.rows.len() as u64 == query.page_size().rows();
        if query.before.is_empty() || is_full {
            return Ok(page);
        }
        let first = KeyQuery {
            before: String::new(),
            ..query.clone()
        };
        self.list_query(&first, also).await?.read_page(&self.store.db).await
    }

    async fn list_query(&self, query: &KeyQuery, also: Condition) -> Result<KeyListQuery> {
        let environments = environments::by_id(&self.store.db).await?;
        let endpoints = self.endpoints.load_catalogue().await?.len();
        let disabled = if Attention::parse(&query.attention) == Some(Attention::OwnerDisabled) {
            last_disabled(&self.store.db, MOST_DISABLED).await?
        } else {
            Vec::new()
        };
        let search = Search::find(&self.store.db, &query.search).await?;
        Ok(KeyListQuery::new(
            query,
            search,
            also,
            &environments,
            endpoints,
            &disabled,
            self.store.now(),
            self.store.db.get_database_backend(),
        ))
    }

    /// Reads these rows again after storing the uses that were counted in memory.
    async fn as_used_until_now(&self, rows: Vec<api_key::Model>) -> Result<Vec<api_key::Model>> {
        let ids: Vec<&KeyId> = rows.iter().map(|row| &row.id.0).collect();
        if !self.usage.flush_of_rows(&ids).await {
            return Ok(rows);
        }
        let read = api_key::Entity::find()
            .filter(Column::Id.is_in(padded(ids.into_iter().map(KeyId::as_str))))
            .all(&self.store.db)
            .await?;
        let mut read: HashMap<KeyId, api_key::Model> = read.into_iter().map(|row| (row.id.0.clone(), row)).collect();
        // Keys that were deleted meanwhile are left out.
        Ok(rows.iter().filter_map(|row| read.remove(&row.id.0)).collect())
    }

    /// Rows as this actor sees them.
    pub(super) async fn views(&self, rows: Vec<api_key::Model>, actor: &Actor, now: Timestamp) -> Result<Vec<KeyRow>> {
        let environments = environments::by_id(&self.store.db).await?;
        let creators = self.creators(&rows).await?;
        let profiles = profiles::names(&self.store.db).await?;
        let ids: Vec<KeyId> = rows.iter().map(|row| row.id.0.clone()).collect();
        let mut used = usage::accepted(&self.store.db, &ids, now).await?;
        let mut grants = self.granted_titles(&rows).await?;
        let owners: Vec<&CustomerId> = rows.iter().filter_map(|row| row.customer_id.as_deref()).collect();
        let customers = customers::names(&self.store.db, &owners).await?;
        rows.into_iter()
            .map(|row| {
                let seen = Seen {
                    environment: environments::of(&environments, &row.environment_id)?,
                    granted: grants.remove(&row.id.0).unwrap_or_default(),
                    profile: profiles
                        .iter()
                        .find(|profile| row.profile_id.as_deref() == Some(&profile.id)),
                    customer: row.customer_id.as_deref().and_then(|id| customers.get(id)),
                    used_by_hour: used.remove(&row.id.0).unwrap_or_default(),
                };
                Ok(view(row, seen, &creators, actor, now))
            })
            .collect()
    }

    /// The number of keys that somebody should look at, of those that this actor may see, in one environment or (empty) in all. The
    /// caller has checked who asks.
    pub(crate) async fn count_attention(&self, actor: &Actor, environment: &str) -> Result<Vec<(Attention, Matching)>> {
        let mut counts = Vec::with_capacity(Attention::ALL.len());
        for what in Attention::ALL {
            let query = KeyQuery {
                environment: Some(environment.to_owned()),
                attention: what.slug().to_owned(),
                ..KeyQuery::default()
            };
            let list = self.list_query(&query, within_reach(actor)).await?;
            counts.push((what, list.count_matches(&self.store.db).await?));
        }
        Ok(counts)
    }

    /// Whether there is any key that this actor may see.
    pub(crate) async fn any_keys(&self, actor: &Actor) -> Result<bool> {
        let found = api_key::Entity::find()
            .filter(within_reach(actor))
            .one(&self.store.db)
            .await?;
        Ok(found.is_some())
    }

    async fn creators(&self, rows: &[api_key::Model]) -> Result<Creators> {
        let people: BTreeSet<&str> = rows
            .iter()
            .filter_map(|row| Some(row.created_by.as_ref()?.as_str()))
            .collect();
        let users = user::Entity::find()
            .filter(user::Column::Id.is_in(padded(people)))
            .all(&self.store.db)
            .await?;
        let programs: BTreeSet<&str> = rows
            .iter()
            .filter_map(|row| Some(row.created_by_service.as_ref()?.as_str()))
            .collect();
        let accounts = if programs.is_empty() {
            Vec::new()
        } else {
            service_account::Entity::find()
                .filter(service_account::Column::Id.is_in(padded(programs)))
                .all(&self.store.db)
                .await?
        };
        let disabled = users.iter().filter(|user| user.disabled_at.is_some());
        Ok(Creators {
            disabled: disabled.map(|user| user.id.0.clone()).collect(),
            people: users.into_iter().map(|user| (user.id.0, user.name)).collect(),
            service_accounts: accounts
                .into_iter()
                .map(|account| (account.id.0, account.name))
                .collect(),
        })
    }

    async fn granted_titles(&self, rows: &[api_key::Model]) -> Result<HashMap<KeyId, GrantedTitles>> {
        let endpoints = self.endpoints.load_catalogue().await?;
        let catalogue: HashMap<&str, (usize, &str)> = endpoints
            .iter()
            .enumerate()
            .map(|(place, endpoint)| (endpoint.name.as_str(), (place, endpoint.title.as_str())))
            .collect();
        let ids = rows.iter().filter(|row| !row.all_endpoints).map(|row| row.id.as_str());
        let grants = api_key_endpoint::Entity::find()
            .filter(api_key_endpoint::Column::KeyId.is_in(padded(ids)))
            .all(&self.store.db)
            .await?;
        let mut granted: HashMap<KeyId, Vec<(usize, String)>> = HashMap::new();
        for grant in grants {
            // In the catalogue's order; a retired endpoint comes last and keeps its name.
            let title = match catalogue.get(grant.endpoint_name.as_str()) {
                Some((place, title)) => (*place, (*title).to_owned()),
                None => (usize::MAX, grant.endpoint_name),
            };
            granted.entry(grant.key_id.0).or_default().push(title);
        }
        let titles = granted.into_iter().map(|(id, mut titles)| {
            titles.sort_unstable();
            let titles: Vec<String> = titles.into_iter().map(|(_, title)| title).collect();
            (id, titles.into())
        });
        Ok(titles.collect())
    }
}

/// The names of those who created keys.
struct Creators {
    people: HashMap<UserId, String>,
    service_accounts: HashMap<ServiceAccountId, String>,
    /// The people who were disabled.
    disabled: HashSet<UserId>,
}

impl Creators {
    /// Who has just created a key.
    fn only(actor: &Actor) -> Self {
        let mut creators = Self {
            people: HashMap::new(),
            service_accounts: HashMap::new(),
            disabled: HashSet::new(),
        };
        match &actor.kind {
            ActorKind::User { id, name, .. } => {
                creators.people.insert(id.clone(), name.clone());
            }
            ActorKind::ServiceAccount { id, name, .. } => {
                creators.service_accounts.insert(id.clone(), name.clone());
            }
            ActorKind::CommandLine | ActorKind::System | ActorKind::Nobody => {}
        }
        creators
    }

    fn name(&self, key: &api_key::Model) -> &str {
        let name = match (key.created_by.as_deref(), key.created_by_service.as_deref()) {
            (Some(id), _) => self.people.get(id),
            (None, Some(id)) => self.service_accounts.get(id),
            (None, None) => return "command line",
        };
        name.map_or("", String::as_str)
    }

    fn is_disabled(&self, key: &api_key::Model) -> bool {
        let owner = key.created_by.as_deref();
        owner.is_some_and(|id| self.disabled.contains(id))
    }
}

/// The condition for the keys that an actor may see.
pub(super) fn within_reach(actor: &Actor) -> Condition {
    match actor.environments() {
        Some(kept) => Condition::all().add(Column::EnvironmentId.is_in(padded(kept.iter().map(EnvironmentId::as_str)))),
        None => Condition::all(),
    }
}

/// What the list shows of a key besides what is in the key's row.
struct Seen<'a> {
    environment: &'a Environment,
    granted: GrantedTitles,
    profile: Option<&'a ProfileName>,
    customer: Option<&'a CustomerName>,
    used_by_hour: Vec<u64>,
}

fn view(row: api_key::Model, seen: Seen<'_>, creators: &Creators, actor: &Actor, now: Timestamp) -> KeyRow {
    KeyRow {
        creator: creators.name(&row).to_owned(),
        owner_disabled: creators.is_disabled(&row),
        environment: seen.environment.name.clone(),
        masked: masked(seen.environment.kind, &row),
        status: status_of(&row, now),
        created_at: row.created_at.0,
        expires_at: row.expires_at.map(|at| at.0),
        last_used_at: row.last_used_at.map(|at| at.0),
        used_24h: seen.used_by_hour.iter().sum(),
        used_by_hour: seen.used_by_hour,
        endpoints: (!row.all_endpoints).then_some(seen.granted),
        profile: seen.profile.cloned(),
        customer: seen.customer.cloned(),
        may_change: actor.may_change_key(actor.role, &owner_of(&row)),
        marks: Marks::default(),
        id: row.id.0,
        name: row.name,
    }
}

/// Marks in rows what a search has found in them.
fn mark(rows: &mut [KeyRow], search: &str) {
    let searched = name::searched(search, SEARCH_MAX);
    if searched.is_empty() {
        return;
    }
    let words = words::of_search(&searched);
    let last_four = format!("…{searched}");
    for row in rows {
        row.marks = Marks {
            name: words::marks(&row.name, &words),
            id: if row.id.as_str().starts_with(&searched) {
                searched.len()
            } else {
                0
            },
            last_four: row.masked.ends_with(&last_four),
        };
    }
}

/// Whether the last uses of keys decide which keys are listed, or in which order.
fn depends_on_use(query: &KeyQuery) -> bool {
    let by_use = matches!(Sort::parse(&query.sort), Sort::Used | Sort::UsedDescending);
    let about_use = matches!(
        Attention::parse(&query.attention),
        Some(Attention::Unused | Attention::MoreThanUsed)
    );
    by_use || about_use
}
