//! The list of customers, one page at a time.

use model::customer::{CustomerList, CustomerName, CustomerRecord, CustomerRow, CustomerStatus};
use model::list::{ListQuery, PageSize};
use model::role::Permission;

use super::Customers;
use crate::actor::Actor;
use crate::error::Result;
use crate::store::customer_list::{CustomerCounts, count, page_of_customers};
use crate::store::customers::name_of;

impl Customers {
    /// A page of the customers that a query finds, by name.
    pub async fn list(&self, actor: &Actor, query: &ListQuery, status: Option<CustomerStatus>) -> Result<CustomerList> {
        actor.require(Permission::SeeCustomers)?;
        // The answer has to include the uses that were counted in memory.
        self.usage.flush_for_order().await;
        let CustomerCounts { matching, total } = count(&self.store.db, query, status).await?;
        let (rows, next) = page_of_customers(&self.store.db, query, status, PageSize::USUAL.rows()).await?;
        let records = self.records(&self.store.db, rows, actor).await?;
        Ok(CustomerList {
            rows: records.into_iter().map(row_of).collect(),
            matching,
            total,
            next,
            now: self.store.now(),
            may_create: actor.role.may(Permission::CreateCustomers),
        })
    }

    /// A page of the customers that a query finds, for programs, and where the next page starts.
    pub async fn page(
        &self,
        actor: &Actor,
        query: &ListQuery,
        status: Option<CustomerStatus>,
        size: PageSize,
    ) -> Result<(Vec<CustomerRecord>, Option<String>)> {
        actor.require(Permission::SeeCustomers)?;
        self.usage.flush_for_order().await;
        let (rows, next) = page_of_customers(&self.store.db, query, status, size.rows()).await?;
        Ok((self.records(&self.store.db, rows, actor).await?, next))
    }

    /// The first customers by name that a search finds, for suggestions.
    pub(crate) async fn load_some(&self, query: &ListQuery, most: u64) -> Result<Vec<CustomerName>> {
        let (rows, _) = page_of_customers(&self.store.db, query, None, most).await?;
        Ok(rows.iter().map(name_of).collect())
    }
}

/// What the list shows of a customer.
pub(super) fn row_of(record: CustomerRecord) -> CustomerRow {
    CustomerRow {
        status: CustomerStatus::of(record.suspended_at),
        uses: record.uses,
        called: CustomerName {
            id: record.id,
            external_id: record.settings.external_id,
            name: record.settings.name,
        },
    }
}
