//! The filter of a report or an export, and the tables from which its counts are read.

use model::customer::CustomerRef;
use model::form::short;
use model::id::{CustomerId, EnvironmentId, KeyId};
use model::key::NAME_MAX;
use model::name;
use model::role::Permission;
use model::time::Timestamp;
use model::usage::{NO_ENDPOINT, Range, UsageQuery};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::actor::Actor;
use crate::error::{Forbidden, InvalidQuery, Result};
use crate::store::column::Stored;
use crate::store::customers;
use crate::store::entities::api_key;
use crate::store::environments::{self, Environment};
use crate::store::padded::padded;
use crate::store::usage::{Span, Table};
use crate::usage::Usage;
use crate::usage::retention::first_customer_hour;

/// The filter of a report or an export, read from the query.
#[derive(Clone, Debug)]
pub(super) struct UsageFilter {
    pub(super) range: Range,
    /// The environment's name; empty for all.
    pub(super) environment: String,
    pub(super) key: Option<KeyId>,
    pub(super) customer: Option<CustomerId>,
    /// The name of an endpoint, empty for requests that belonged to none; `None` for all.
    pub(super) endpoint: Option<String>,
}

impl Usage {
    /// Reads the filter of a report or an export. A key or a customer can be given by its name, where no other has that name.
    async fn read_filter(&self, actor: &Actor, query: &UsageQuery) -> Result<UsageFilter> {
        let customer = self.read_customer(query.customer.trim()).await?;
        let filter = self.read_filter_of_key(actor, query).await?;
        if filter.key.is_some() && customer.is_some() {
            return Err(InvalidQuery::KeyAndCustomer.into());
        }
        let now = self.store.now();
        let are_hours_known = customer.is_none() || filter.range.hours(now).0 >= first_customer_hour(now);
        let range = if are_hours_known {
            filter.range
        } else {
            filter.range.of_whole_days()
        };
        Ok(UsageFilter {
            range,
            customer,
            ..filter
        })
    }

    /// Reads the customer of a filter. An ID may be that of a customer that was deleted, whose requests stay.
    async fn read_customer(&self, typed: &str) -> Result<Option<CustomerId>> {
        if typed.is_empty() {
            return Ok(None);
        }
        let unknown = || InvalidQuery::UnknownCustomer(short(typed));
        let named = match CustomerRef::typed(typed).map_err(|_| unknown())? {
            CustomerRef::Id(id) => return Ok(Some(id)),
            named @ CustomerRef::External(_) => named,
        };
        let found = match customers::find(&self.store.db, &named).await? {
            None => customers::with_name(&self.store.db, typed).await?,
            found => found,
        };
        found.map_or_else(|| Err(unknown().into()), |row| Ok(Some(row.id.0)))
    }

    async fn read_filter_of_key(&self, actor: &Actor, query: &UsageQuery) -> Result<UsageFilter> {
        let now = self.store.now();
        let asked = query.key.trim();
        if asked.is_empty() || KeyId::parse(asked).is_some() {
            return UsageFilter::read(query, now);
        }
        // Longer than any name, so that a name is never the beginning of what was typed.
        let name = name::searched(asked, NAME_MAX + 1);
        let mut named = api_key::Entity::find().filter(api_key::Column::NameLower.eq(name.to_lowercase()));
        if let Some(kept) = actor.environments() {
            // Whether another environment has a key of this name is not told either.
            let kept = kept.iter().map(EnvironmentId::as_str);
            named = named.filter(api_key::Column::EnvironmentId.is_in(padded(kept)));
        }
        let mut found: Vec<Stored<KeyId>> = named
            .select_only()
            .column(api_key::Column::Id)
            .limit(2)
            .into_tuple()
            .all(&self.store.db)
            .await?;
        match (found.pop(), found.is_empty()) {
            (Some(Stored(key)), true) => {
                let query = UsageQuery {
                    key: key.into(),
                    ..query.clone()
                };
                UsageFilter::read(&query, now)
            }
            (Some(_), false) => Err(InvalidQuery::AmbiguousKeyName(short(asked)).into()),
            (None, _) => Err(InvalidQuery::UnknownKeyName(short(asked)).into()),
        }
    }
}

impl Usage {
    /// Reads the filter that an actor asks for.
    pub(super) async fn read_permitted_filter(&self, actor: &Actor, query: &UsageQuery) -> Result<UsageFilter> {
        actor.require(Permission::SeeKeys)?;
        if !query.customer.is_empty() {
            actor.require(Permission::SeeCustomers)?;
        }
        self.within_reach(actor, self.read_filter(actor, query).await?).await
    }

    /// Refuses a filter that reaches beyond the environments to which the actor is kept. Without an environment in the filter, the
    /// only one of the actor is meant.
    async fn within_reach(&self, actor: &Actor, mut filter: UsageFilter) -> Result<UsageFilter> {
        let Some(kept) = actor.environments() else {
            return Ok(filter);
        };
        let beyond = Forbidden::BeyondEnvironments;
        if let Some(key) = &filter.key {
            let row = api_key::Entity::find_by_id(key).one(&self.store.db).await?;
            if !row.is_some_and(|row| actor.reaches(&row.environment_id)) {
                return Err(beyond.into());
            }
        }
        let mut reached = environments::all(&self.store.db).await?;
        reached.retain(|environment| kept.contains(&environment.id));
        if filter.environment.is_empty() {
            let [only] = reached.as_slice() else {
                return Err(beyond.into());
            };
            filter.environment.clone_from(&only.name);
        }
        if reached.iter().any(|environment| environment.name == filter.environment) {
            Ok(filter)
        } else {
            Err(beyond.into())
        }
    }
}

impl UsageFilter {
    /// The ID of the environment, which is none if there is no such environment; `None` for all.
    pub(super) fn environment_ids(&self, environments: &[Environment]) -> Option<Vec<EnvironmentId>> {
        if self.environment.is_empty() {
            return None;
        }
        let named = environments.iter().filter(|known| known.name == self.environment);
        Some(named.map(|environment| environment.id.clone()).collect())
    }

    /// Reads everything but the customer.
    fn read(query: &UsageQuery, now: Timestamp) -> Result<Self> {
        let range = Range::of_query(query, now).map_err(InvalidQuery::from)?;
        let key = match query.key.trim() {
            "" => None,
            text => {
                let key = KeyId::parse(text);
                Some(key.ok_or(InvalidQuery::KeyId)?)
            }
        };
        let endpoint = match query.endpoint.as_str() {
            "" => None,
            NO_ENDPOINT => Some(String::new()),
            name => Some(name.to_owned()),
        };
        Ok(Self {
            range,
            // A key that was asked for is shown whatever environment it belongs to.
            environment: match key {
                None => query.environment.clone().unwrap_or_default(),
                Some(_) => String::new(),
            },
            key,
            customer: None,
            endpoint,
        })
    }
}

/// A span of time, split by the table from which it is read: hours before the first whole day, days that were summed
/// up, and hours after them. Each pair is a first and a last one, both included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spans {
    pub(super) hours: Vec<Span>,
    pub(super) days: Option<Span>,
}

impl Spans {
    /// Splits the hours from `first` to `last`. Days are used as far as they were summed up.
    pub(super) fn new((first, last): Span, last_day: Option<i64>) -> Self {
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

    /// Each part with the table that has it.
    pub(super) fn by_table(&self) -> impl Iterator<Item = (Table, Span)> {
        let days = self.days.map(|span| (Table::Days, span));
        let hours = self.hours.iter().map(|span| (Table::Hours, *span));
        days.into_iter().chain(hours)
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
        // A last day in the future adds nothing.
        assert_eq!(spans((240, 317), Some(99)), told(&[(312, 317)], Some((10, 12))));
        assert_eq!(
            spans((246, 317), Some(12)),
            told(&[(246, 263), (312, 317)], Some((11, 12)))
        );
        // A span of 24 hours without a whole day.
        assert_eq!(spans((294, 317), Some(12)), told(&[(294, 317)], None));
    }
}
