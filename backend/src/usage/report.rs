//! The report: requests over time, by endpoint and by key.

use std::collections::{BTreeMap, HashMap};

use model::id::KeyId;
use model::time::{HOUR, Timestamp};
use model::usage::{
    Bucket, EndpointUsage, KeyOf, KeyUsage, NO_ENDPOINT, Outcome, Outcomes, Range, TOP_KEYS, UsageQuery, UsageReport,
};
use model::verify::Code;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryOrder, Statement, Value};

use super::keep::{Table, last_day};
use super::{HOURS, count, hour, names};
use crate::backend::Backend;
use crate::entity::endpoint;
use crate::environments::{self, Environment};
use crate::error::{Error, Result};

/// What a report is about, read from the query.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) range: Range,
    /// The environment's name; empty for all.
    pub(super) environment: String,
    pub(super) key: Option<KeyId>,
    /// The name of an endpoint, empty for requests that belonged to none; `None` for all.
    pub(super) endpoint: Option<String>,
}

impl Wanted {
    pub(super) fn read(query: &UsageQuery) -> Result<Self> {
        let refused = |sentence: &str| Error::Refused(sentence.to_owned());
        let range = Range::parse(&query.range)
            .ok_or_else(|| refused("There is no such range. Choose 24h, 7d, 30d or 400d."))?;
        let key = match query.key.trim() {
            "" => None,
            text => {
                let key = KeyId::parse(text);
                Some(key.ok_or_else(|| refused("This is not a key ID; it looks like key_8fQ2nLw0Zz."))?)
            }
        };
        let endpoint = match query.endpoint.as_str() {
            "" => None,
            NO_ENDPOINT => Some(String::new()),
            name => Some(name.to_owned()),
        };
        Ok(Self {
            range,
            // A key that is asked for is shown wherever it belongs.
            environment: match key {
                None => query.environment.clone().unwrap_or_default(),
                Some(_) => String::new(),
            },
            key,
            endpoint,
        })
    }
}

/// Requests of one kind within some hours.
#[derive(FromQueryResult)]
struct Sum {
    /// Unix time in hours, of the start.
    start: i64,
    endpoint_name: String,
    code: String,
    total: i64,
}

#[derive(FromQueryResult)]
struct TopKey {
    key_id: String,
    total: i64,
    allowed: i64,
}

/// A stretch of time, by where it is read: hours before the first whole day, days that were summed up, hours after them.
/// First and last, both included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spans {
    pub(super) hours: Vec<(i64, i64)>,
    pub(super) days: Option<(i64, i64)>,
}

impl Spans {
    /// From one hour to another, with days as far as they were summed up.
    pub(super) fn new((first, last): (i64, i64), last_day: Option<i64>) -> Self {
        // The first day that is whole, and the last one.
        let first_day = (first + 23).div_euclid(24);
        let until = (last + 1).div_euclid(24) - 1;
        let until = last_day.map_or(i64::MIN, |summed| summed.min(until));
        if until < first_day {
            return Self {
                hours: vec![(first, last)],
                days: None,
            };
        }
        let around = [(first, first_day * 24 - 1), ((until + 1) * 24, last)];
        Self {
            hours: around.into_iter().filter(|(first, last)| first <= last).collect(),
            days: Some((first_day, until)),
        }
    }
}

impl Backend {
    /// Requests over time, by what came of them.
    pub async fn usage_report(&self, query: &UsageQuery) -> Result<UsageReport> {
        let wanted = Wanted::read(query)?;
        // What was counted in memory belongs into the answer.
        match &wanted.key {
            Some(key) => self.flush_usage_of(key.as_str()).await?,
            None => self.flush_usage().await?,
        }
        let now = self.now();
        let starts = wanted.range.starts(now);
        let end = wanted.range.end(now);
        let hours = (starts.first().map_or(hour(now), |start| hour(*start)), hour(now));
        let spans = Spans::new(hours, last_day(&self.db).await?);
        let environments = environments::all(&self.db).await?;
        let sums = match &wanted.key {
            Some(key) => self.sums_of_key(&wanted, key, hours, &spans).await?,
            None => self.sums_of_environments(&wanted, &environments, hours).await?,
        };
        let (buckets, by_endpoint) = put_in_order(sums, &starts, end)?;
        let choices = self.endpoint_titles_in_order().await?;
        let keys = match &wanted.key {
            Some(_) => Vec::new(),
            None => self.top_keys(&wanted, &environments, &spans).await?,
        };
        let total: Outcomes = buckets.iter().map(|bucket| bucket.counts).sum();
        Ok(UsageReport {
            range: wanted.range,
            key: match wanted.key {
                Some(id) => Some(self.key_of_report(id, total).await?),
                None => None,
            },
            environment: wanted.environment,
            endpoints: endpoints(by_endpoint, &choices),
            ever: total.total() > 0 || self.any_usage().await?,
            buckets,
            keys,
            choices,
            now,
        })
    }

    /// Requests of one key in the last 30 days, by day.
    pub(crate) async fn usage_by_day(&self, key: &KeyId) -> Result<Vec<Bucket>> {
        let wanted = Wanted {
            range: Range::Month,
            environment: String::new(),
            key: Some(key.clone()),
            endpoint: None,
        };
        let now = self.now();
        let starts = wanted.range.starts(now);
        let hours = (starts.first().map_or(hour(now), |start| hour(*start)), hour(now));
        let spans = Spans::new(hours, last_day(&self.db).await?);
        let sums = self.sums_of_key(&wanted, key, hours, &spans).await?;
        Ok(put_in_order(sums, &starts, wanted.range.end(now))?.0)
    }

    async fn sums_of_environments(
        &self,
        wanted: &Wanted,
        environments: &[Environment],
        hours: (i64, i64),
    ) -> Result<Vec<Sum>> {
        let mut ids: Vec<&str> = environments
            .iter()
            .filter(|known| wanted.environment.is_empty() || known.name == wanted.environment)
            .map(|environment| environment.id.as_str())
            .collect();
        // Unknown tokens belong to none.
        if wanted.environment.is_empty() {
            ids.push("");
        }
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let statement = of_environments(self.db.get_database_backend(), wanted, &ids, hours);
        Ok(Sum::find_by_statement(statement).all(&self.db).await?)
    }

    async fn sums_of_key(&self, wanted: &Wanted, key: &KeyId, hours: (i64, i64), spans: &Spans) -> Result<Vec<Sum>> {
        let database = self.db.get_database_backend();
        let mut sums = Vec::new();
        // Steps that are shorter than a day are only in the hours.
        let whole = vec![hours];
        let (hours, days) = if wanted.range.is_by_day() {
            (&spans.hours, spans.days)
        } else {
            (&whole, None)
        };
        let hours = hours.iter().map(|span| (Table::Hours, *span));
        for (table, span) in hours.chain(days.map(|span| (Table::Days, span))) {
            let statement = of_key(database, wanted, key, table, span);
            sums.extend(Sum::find_by_statement(statement).all(&self.db).await?);
        }
        Ok(sums)
    }

    async fn top_keys(&self, wanted: &Wanted, environments: &[Environment], spans: &Spans) -> Result<Vec<KeyUsage>> {
        let environment = match wanted.environment.as_str() {
            "" => None,
            name => match environments.iter().find(|known| known.name == name) {
                Some(environment) => Some(environment.id.as_str()),
                None => return Ok(Vec::new()),
            },
        };
        let statement = top_keys(self.db.get_database_backend(), wanted, environment, spans);
        let found = TopKey::find_by_statement(statement).all(&self.db).await?;
        let ids: Vec<String> = found.iter().map(|key| key.key_id.clone()).collect();
        let mut names = names::of_keys(&self.db, &ids).await?;
        Ok(found
            .into_iter()
            .map(|key| KeyUsage {
                of: names.remove(&key.key_id).unwrap_or(KeyOf::Deleted),
                id: KeyId::from_stored(key.key_id),
                requests: count(key.total),
                refused: count(key.total - key.allowed),
            })
            .collect())
    }

    async fn key_of_report(&self, id: KeyId, total: Outcomes) -> Result<KeyUsage> {
        let ids = [id.as_str().to_owned()];
        let of = names::of_keys(&self.db, &ids).await?.remove(id.as_str());
        Ok(KeyUsage {
            id,
            of: of.unwrap_or(KeyOf::Deleted),
            requests: total.total(),
            refused: total.refused(),
        })
    }

    /// The catalogue's endpoints, then those that are retired: name and title.
    async fn endpoint_titles_in_order(&self) -> Result<Vec<(String, String)>> {
        let rows = endpoint::Entity::find()
            .order_by_asc(endpoint::COLUMN.position)
            .all(&self.db)
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

    async fn any_usage(&self) -> Result<bool> {
        let sql = "SELECT 1 FROM usage_totals LIMIT 1";
        let statement = Statement::from_string(self.db.get_database_backend(), sql);
        Ok(self.db.query_one_raw(statement).await?.is_some())
    }
}

/// The steps of the range with what was counted in them, and what was counted by endpoint.
fn put_in_order(
    sums: Vec<Sum>,
    starts: &[Timestamp],
    end: Timestamp,
) -> Result<(Vec<Bucket>, BTreeMap<String, Outcomes>)> {
    let mut buckets = empty_buckets(starts, end);
    let mut by_endpoint: BTreeMap<String, Outcomes> = BTreeMap::new();
    for sum in sums {
        let outcome = Outcome::of(code(&sum.code)?);
        let at = Timestamp(sum.start * HOUR);
        let index = starts.partition_point(|start| *start <= at).saturating_sub(1);
        if let Some(bucket) = buckets.get_mut(index) {
            bucket.counts.add(outcome, count(sum.total));
            let endpoint = by_endpoint.entry(sum.endpoint_name).or_default();
            endpoint.add(outcome, count(sum.total));
        }
    }
    Ok((buckets, by_endpoint))
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

/// In the catalogue's order; last what belonged to none.
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
    known.into_iter().map(|(_, endpoint)| endpoint).chain(none).collect()
}

fn code(stored: &str) -> Result<Code> {
    Code::ALL
        .into_iter()
        .find(|code| code.as_str() == stored)
        .ok_or_else(|| Error::stored("code", stored))
}

/// How many hours are added up to one row.
const fn step(range: Range) -> i64 {
    match range {
        Range::Day => 1,
        Range::Week => 6,
        Range::Month | Range::All => 24,
    }
}

/// Requests of whole environments, from the totals.
pub(super) fn of_environments(
    database: DbBackend,
    wanted: &Wanted,
    environments: &[&str],
    (first, last): (i64, i64),
) -> Statement {
    let step = step(wanted.range);
    let ids = vec!["?"; environments.len()].join(", ");
    let (endpoint, name) = endpoint_filter(wanted);
    let sql = format!(
        "SELECT hour / {step} * {step} AS start, endpoint_name, code, CAST(sum(count) AS bigint) AS total
         FROM usage_totals WHERE environment_id IN ({ids}) AND hour BETWEEN ? AND ?{endpoint}
         GROUP BY 1, 2, 3"
    );
    let values = environments
        .iter()
        .map(|id| Value::from(*id))
        .chain([first.into(), last.into()])
        .chain(name);
    Statement::from_sql_and_values(database, sql, values)
}

/// Requests of one key, each hour or day sought by itself.
pub(super) fn of_key(
    database: DbBackend,
    wanted: &Wanted,
    key: &KeyId,
    table: Table,
    (first, last): (i64, i64),
) -> Statement {
    let (name, time) = table.names();
    let (endpoint, filtered) = endpoint_filter(wanted);
    let start = match table {
        Table::Hours => {
            let step = step(wanted.range);
            format!("used.hour / {step} * {step}")
        }
        Table::Days => "used.day * 24".to_owned(),
    };
    let sql = format!(
        "{HOURS}
         SELECT {start} AS start, used.endpoint_name, used.code, CAST(sum(used.count) AS bigint) AS total
         FROM hours CROSS JOIN {name} AS used
         WHERE used.{time} = hours.hour AND used.key_id = ?{endpoint}
         GROUP BY 1, 2, 3"
    );
    let values = [first.into(), last.into(), Value::from(key.as_str())];
    Statement::from_sql_and_values(database, sql, values.into_iter().chain(filtered))
}

/// The keys with the most requests.
pub(super) fn top_keys(database: DbBackend, wanted: &Wanted, environment: Option<&str>, spans: &Spans) -> Statement {
    let (endpoint, name) = endpoint_filter(wanted);
    let mut values: Vec<Value> = Vec::new();
    let days = spans.days.map(|span| (Table::Days, span));
    let hours = spans.hours.iter().map(|span| (Table::Hours, *span));
    let parts: Vec<String> = days
        .into_iter()
        .chain(hours)
        .map(|(table, (first, last))| {
            let (table, time) = table.names();
            values.extend([first.into(), last.into()]);
            values.extend(name.clone());
            // Each part in the order of its table, added up by key before it is put together with the others.
            format!(
                "SELECT key_id, sum(count) AS total, sum(CASE WHEN code = '{}' THEN count ELSE 0 END) AS allowed
                 FROM {table} WHERE {time} BETWEEN ? AND ?{endpoint} GROUP BY key_id",
                Code::Valid.as_str()
            )
        })
        .collect();
    let parts = parts.join(" UNION ALL ");
    let within = match environment {
        Some(id) => {
            values.extend([Value::from(id), Value::from(id)]);
            "WHERE key_id IN (SELECT id FROM api_keys WHERE environment_id = ?)
                OR key_id IN (SELECT key_id FROM environment_keys WHERE environment_id = ?)"
        }
        None => "",
    };
    let sql = format!(
        "SELECT key_id, CAST(sum(total) AS bigint) AS total, CAST(sum(allowed) AS bigint) AS allowed
         FROM ({parts}) AS used {within} GROUP BY key_id ORDER BY 2 DESC, key_id LIMIT {TOP_KEYS}"
    );
    Statement::from_sql_and_values(database, sql, values)
}

pub(super) fn endpoint_filter(wanted: &Wanted) -> (&'static str, Option<Value>) {
    match &wanted.endpoint {
        Some(name) => (" AND endpoint_name = ?", Some(Value::from(name.as_str()))),
        None => ("", None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_days_are_read_as_days_as_far_as_they_were_summed_up() {
        let spans = |hours, last_day| Spans::new(hours, last_day);
        let told = |hours: &[(i64, i64)], days| Spans {
            hours: hours.to_vec(),
            days,
        };
        // Days 10 to 12; now it is hour 5 of day 13.
        assert_eq!(spans((240, 317), None), told(&[(240, 317)], None));
        assert_eq!(spans((240, 317), Some(9)), told(&[(240, 317)], None));
        assert_eq!(spans((240, 317), Some(11)), told(&[(288, 317)], Some((10, 11))));
        assert_eq!(spans((240, 317), Some(12)), told(&[(312, 317)], Some((10, 12))));
        // It never comes to be from the future.
        assert_eq!(spans((240, 317), Some(99)), told(&[(312, 317)], Some((10, 12))));
        assert_eq!(
            spans((246, 317), Some(12)),
            told(&[(246, 263), (312, 317)], Some((11, 12)))
        );
        // A day, or less, that is not whole.
        assert_eq!(spans((294, 317), Some(12)), told(&[(294, 317)], None));
    }
}
