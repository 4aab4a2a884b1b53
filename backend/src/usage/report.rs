//! The report: requests over time, by endpoint and by key.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::slice;

use model::customer::CustomerRef;
use model::id::{CustomerId, EnvironmentId, KeyId};
use model::role::Permission;
use model::time::{HOUR, Timestamp};
use model::usage::{
    Bucket, ENDPOINTS, EndpointUsage, KeyUsage, Outcomes, Range, RequestOutcome, Step, UsageQuery, UsageReport,
    UsedCustomer, UsedKeyName,
};
use sea_orm::{EntityTrait, QueryOrder};

use super::filter::{Spans, UsageFilter};
use super::{count, names};
use crate::actor::Actor;
use crate::error::Result;
use crate::store::customers;
use crate::store::entities::endpoint;
use crate::store::environments::{self, Environment};
use crate::store::usage::{
    Span, Sum, Table, any_uses, last_summed_day, sums_of_customer, sums_of_environments, sums_of_key, top_keys,
};
use crate::usage::Usage;

/// How many hours are added up to one row.
const fn step(range: Range) -> i64 {
    match range.steps() {
        Step::Hour => 1,
        Step::SixHours => 6,
        Step::Day | Step::Week => 24,
    }
}

impl Usage {
    /// Requests over time, by outcome.
    pub async fn report(&self, actor: &Actor, query: &UsageQuery) -> Result<UsageReport> {
        actor.require(Permission::SeeKeys)?;
        let filter = self.read_permitted_filter(actor, query).await?;
        // The answer has to include the uses that were counted in memory.
        self.flush_of_report(&filter).await?;
        let now = self.store.now();
        let starts = filter.range.starts(now);
        let end = filter.range.end(now);
        let hours = filter.range.hours(now);
        let spans = Spans::new(hours, last_summed_day(&self.store.db).await?);
        let environments = environments::all(&self.store.db).await?;
        let sums = match (&filter.key, &filter.customer) {
            (Some(key), _) => self.sums_of_key(&filter, key, hours, &spans).await?,
            (None, Some(customer)) => self.sums_of_customer(&filter, customer, &environments, hours).await?,
            (None, None) => self.sums_of_environments(&filter, &environments, hours).await?,
        };
        let (buckets, by_endpoint) = put_in_order(sums, &starts, end);
        let choices = self.endpoint_titles_in_order().await?;
        let keys = match (&filter.key, &filter.customer) {
            (None, None) => self.top_keys(&filter, &environments, &spans).await?,
            // The requests of a customer are not counted by key: a key may have belonged to another one before.
            _ => Vec::new(),
        };
        let all = endpoints(by_endpoint, &choices);
        let rest = all.len().saturating_sub(query.endpoints_from);
        let total: Outcomes = buckets.iter().map(|bucket| bucket.counts).sum();
        Ok(UsageReport {
            range: filter.range,
            key: match filter.key {
                Some(id) => Some(self.key_of_report(id, total).await?),
                None => None,
            },
            any_customers: filter.customer.is_some() || !customers::first(&self.store.db, 1).await?.is_empty(),
            customer: match filter.customer {
                Some(id) => Some(self.customer_of_report(id).await?),
                None => None,
            },
            environment: filter.environment,
            endpoints_next: (rest > ENDPOINTS).then(|| query.endpoints_from + ENDPOINTS),
            endpoints: all.into_iter().skip(query.endpoints_from).take(ENDPOINTS).collect(),
            ever: total.total() > 0 || any_uses(&self.store.db).await?,
            buckets,
            keys,
            choices,
            now,
        })
    }

    /// Stores the counts of the key that a report is about, or of all keys unless very many wait.
    pub(super) async fn flush_of_report(&self, filter: &UsageFilter) -> Result<()> {
        match &filter.key {
            Some(key) => self.flush_of(&[key]).await.map(drop),
            None => self.flush_if_few().await,
        }
    }

    /// Requests of one key in this range, by its steps.
    pub(crate) async fn buckets_of_key(&self, key: &KeyId, range: Range) -> Result<Vec<Bucket>> {
        let filter = UsageFilter {
            range,
            environment: String::new(),
            key: Some(key.clone()),
            customer: None,
            endpoint: None,
        };
        let now = self.store.now();
        let starts = filter.range.starts(now);
        let hours = filter.range.hours(now);
        let spans = Spans::new(hours, last_summed_day(&self.store.db).await?);
        let sums = self.sums_of_key(&filter, key, hours, &spans).await?;
        Ok(put_in_order(sums, &starts, filter.range.end(now)).0)
    }

    async fn sums_of_environments(
        &self,
        filter: &UsageFilter,
        environments: &[Environment],
        hours: Span,
    ) -> Result<Vec<Sum>> {
        let mut ids: Vec<Option<&EnvironmentId>> = environments
            .iter()
            .filter(|known| filter.environment.is_empty() || known.name == filter.environment)
            .map(|environment| Some(&environment.id))
            .collect();
        // Requests with unknown tokens belong to no environment.
        if filter.environment.is_empty() {
            ids.push(None);
        }
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let endpoint = filter.endpoint.as_deref();
        sums_of_environments(&self.store.db, &ids, endpoint, hours, step(filter.range)).await
    }

    async fn sums_of_customer(
        &self,
        filter: &UsageFilter,
        customer: &CustomerId,
        environments: &[Environment],
        hours: Span,
    ) -> Result<Vec<Sum>> {
        let within = filter.environment_ids(environments);
        let endpoint = filter.endpoint.as_deref();
        let step = step(filter.range);
        sums_of_customer(&self.store.db, customer, within.as_deref(), endpoint, hours, step).await
    }

    async fn sums_of_key(&self, filter: &UsageFilter, key: &KeyId, hours: Span, spans: &Spans) -> Result<Vec<Sum>> {
        let endpoint = filter.endpoint.as_deref();
        // Steps that are shorter than a day can only be read from the hours.
        let parts: Vec<(Table, Span)> = if filter.range.is_by_day() {
            spans.by_table().collect()
        } else {
            vec![(Table::Hours, hours)]
        };
        let mut sums = Vec::new();
        for part in parts {
            sums.extend(sums_of_key(&self.store.db, key, endpoint, part, step(filter.range)).await?);
        }
        Ok(sums)
    }

    async fn top_keys(
        &self,
        filter: &UsageFilter,
        environments: &[Environment],
        spans: &Spans,
    ) -> Result<Vec<KeyUsage>> {
        let environment = match filter.environment.as_str() {
            "" => None,
            name => match environments.iter().find(|known| known.name == name) {
                Some(environment) => Some(&environment.id),
                None => return Ok(Vec::new()),
            },
        };
        let endpoint = filter.endpoint.as_deref();
        let found = top_keys(&self.store.db, environment, endpoint, spans.by_table()).await?;
        let ids: Vec<KeyId> = found.iter().map(|key| key.key_id.0.clone()).collect();
        let mut names = names::of_keys(&self.store.db, &ids).await?;
        Ok(found
            .into_iter()
            .map(|key| KeyUsage {
                of: names.remove(&key.key_id.0).unwrap_or(UsedKeyName::Deleted),
                id: key.key_id.0,
                requests: count(key.total),
                refused: count(key.total - key.allowed),
            })
            .collect())
    }

    async fn customer_of_report(&self, id: CustomerId) -> Result<UsedCustomer> {
        let row = customers::find(&self.store.db, &CustomerRef::Id(id.clone())).await?;
        Ok(UsedCustomer {
            id,
            called: row.as_ref().map(customers::name_of),
        })
    }

    async fn key_of_report(&self, id: KeyId, total: Outcomes) -> Result<KeyUsage> {
        let of = names::of_keys(&self.store.db, slice::from_ref(&id)).await?.remove(&id);
        Ok(KeyUsage {
            id,
            of: of.unwrap_or(UsedKeyName::Deleted),
            requests: total.total(),
            refused: total.refused(),
        })
    }

    /// The endpoints of the catalogue, then the retired ones: name and title.
    async fn endpoint_titles_in_order(&self) -> Result<Vec<(String, String)>> {
        let rows = endpoint::Entity::find()
            .order_by_asc(endpoint::COLUMN.position)
            .all(&self.store.db)
            .await?;
        let (retired, there): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.retired_at.is_some());
        let retired = retired
            .into_iter()
            .map(|row| (row.name, format!("{} (retired)", row.title)));
        Ok(there
            .into_iter()
            .map(|row| (row.name, row.title))
            .chain(retired)
            .collect())
    }
}

/// The steps of the range with their counts, and the counts by endpoint.
pub(super) fn put_in_order(
    sums: Vec<Sum>,
    starts: &[Timestamp],
    end: Timestamp,
) -> (Vec<Bucket>, BTreeMap<String, Outcomes>) {
    let mut buckets = empty_buckets(starts, end);
    let mut by_endpoint: BTreeMap<String, Outcomes> = BTreeMap::new();
    for sum in sums {
        let outcome = RequestOutcome::of(sum.code.0);
        let at = Timestamp(sum.start * HOUR);
        let index = starts.partition_point(|start| *start <= at).saturating_sub(1);
        if let Some(bucket) = buckets.get_mut(index) {
            bucket.counts.add(outcome, count(sum.total));
            let endpoint = by_endpoint.entry(sum.endpoint_name).or_default();
            endpoint.add(outcome, count(sum.total));
        }
    }
    (buckets, by_endpoint)
}

fn empty_buckets(starts: &[Timestamp], end: Timestamp) -> Vec<Bucket> {
    let ends = starts.iter().skip(1).copied().chain(std::iter::once(end));
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| Bucket {
            start: *start,
            end,
            counts: Outcomes::default(),
        })
        .collect()
}

/// The endpoints with the most requests first, and else in the order of the catalogue. Requests that belonged to no endpoint come
/// after the endpoints with as many.
fn endpoints(mut counts: BTreeMap<String, Outcomes>, choices: &[(String, String)]) -> Vec<EndpointUsage> {
    let none = counts.remove("");
    let titles: HashMap<&String, (usize, &String)> = choices
        .iter()
        .enumerate()
        .map(|(place, (name, title))| (name, (place, title)))
        .collect();
    let mut known: Vec<(usize, EndpointUsage)> = counts
        .into_iter()
        .map(|(name, counts)| {
            let (place, title) = titles
                .get(&name)
                .map_or((usize::MAX, name.clone()), |(place, title)| (*place, (*title).clone()));
            (place, EndpointUsage { name, title, counts })
        })
        .collect();
    known.sort_by_key(|(place, _)| *place);
    let none = none.map(|counts| EndpointUsage {
        name: String::new(),
        title: "No endpoint".to_owned(),
        counts,
    });
    let mut all: Vec<EndpointUsage> = known.into_iter().map(|(_, endpoint)| endpoint).chain(none).collect();
    all.sort_by_key(|endpoint| Reverse(endpoint.counts.total()));
    all
}
