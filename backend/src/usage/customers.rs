//! The requests of customers, for their screens.

use model::id::{CustomerId, EnvironmentId};
use model::key_page::UseCount;
use model::usage::{Bucket, Range};

use super::report::put_in_order;
use super::{add, hour};
use crate::error::Result;
use crate::store::usage::sums_of_customer;
use crate::usage::Usage;

impl Usage {
    /// Requests of a customer in the last `hours`, in these environments or (`None`) in all.
    pub(crate) async fn uses_of_customer(
        &self,
        id: &CustomerId,
        environments: Option<&[EnvironmentId]>,
        hours: i64,
    ) -> Result<UseCount> {
        let now = hour(self.store.now());
        let mut uses = UseCount::default();
        let span = (now - hours + 1, now);
        for sum in sums_of_customer(&self.store.db, id, environments, None, span, 24).await? {
            add(&mut uses, sum.code.0, sum.total);
        }
        Ok(uses)
    }

    /// Requests of a customer in the last 30 days, by day.
    pub(crate) async fn customer_by_day(
        &self,
        id: &CustomerId,
        environments: Option<&[EnvironmentId]>,
    ) -> Result<Vec<Bucket>> {
        let now = self.store.now();
        let starts = Range::Month.starts(now);
        let span = Range::Month.hours(now);
        let sums = sums_of_customer(&self.store.db, id, environments, None, span, 24).await?;
        Ok(put_in_order(sums, &starts, Range::Month.end(now)).0)
    }
}
