//! Everything about one customer, for its own screen.

use model::customer::CustomerDetails;
use model::id::CustomerId;
use model::key_page::UseCount;
use model::number::Separator;
use model::role::Permission;
use model::time::{DAY, HOUR};
use model::usage::{Bucket, Outcomes};

use super::Customers;
use super::list::row_of;
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::history::history_of;
use crate::store::customers::row;
use crate::store::people::creator_name;

impl Customers {
    /// What the screen of one customer shows to this actor, besides its keys. `numbers` is the separator in its limits.
    pub async fn details(&self, actor: &Actor, id: &CustomerId, numbers: Separator) -> Result<CustomerDetails> {
        actor.require(Permission::SeeCustomers)?;
        // The answer has to include the uses that were counted in memory.
        self.usage.flush_for_order().await;
        let now = self.store.now();
        let row = row(&self.store.db, id).await?;
        let creator = creator_name(
            &self.store.db,
            row.created_by.as_deref(),
            row.created_by_service.as_deref(),
        )
        .await?;
        let reached = actor.environments();
        let record = self.records(&self.store.db, vec![row], actor).await?.pop();
        let record = record.ok_or_else(|| Error::Internal("a customer has no record".to_owned()))?;
        let may_change = actor.require(Permission::ChangeCustomers).is_ok();
        let usage = self.usage.customer_by_day(id, reached).await?;
        let limits = record.settings.limits;
        Ok(CustomerDetails {
            suspended_at: record.suspended_at,
            created_at: record.created_at,
            limits: if limits.is_none() {
                String::new()
            } else {
                limits.in_words_with(numbers)
            },
            metadata: record.settings.metadata.pretty(),
            day: self.usage.uses_of_customer(id, reached, DAY / HOUR).await?,
            month: in_all(&usage),
            usage,
            history: if may_change {
                Some(history_of(&self.store, &self.audit, &self.cluster, id.as_str()).await?)
            } else {
                None
            },
            may_suspend: actor.require(Permission::SuspendCustomers).is_ok(),
            row: row_of(record),
            creator,
            may_change,
            now,
        })
    }
}

/// The requests of all days.
fn in_all(days: &[Bucket]) -> UseCount {
    let total: Outcomes = days.iter().map(|day| day.counts).sum();
    UseCount {
        allowed: total.total() - total.refused(),
        refused: total.refused(),
    }
}
