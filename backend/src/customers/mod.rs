//! Customers: created, listed, edited, suspended and deleted.

mod change;
mod details;
mod list;
mod transfer;

use std::sync::Arc;

use model::customer::{CustomerName, CustomerRecord, CustomerRef, CustomerUses};
use model::id::CustomerId;
use model::key_list::Matching;
use model::role::Permission;
use model::time::{DAY, HOUR};
use sea_orm::ConnectionTrait;

use crate::actor::Actor;
use crate::audit::Audit;
use crate::cluster::Cluster;
use crate::error::{NotFound, Result};
use crate::store::Store;
use crate::store::customers::{find, keys_of, name_of, settings_of};
use crate::store::entities::customer;
use crate::store::usage::requests_of_customers;
use crate::usage::{Usage, hour};

pub use transfer::ExportedCustomer;

/// Creates, lists, edits, suspends and deletes customers.
#[derive(Debug)]
pub struct Customers {
    pub(crate) audit: Arc<Audit>,
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) usage: Arc<Usage>,
    pub(crate) store: Arc<Store>,
}

impl Customers {
    /// The customer that a request names, with its ID or its external ID.
    pub async fn find(&self, actor: &Actor, named: &CustomerRef) -> Result<CustomerName> {
        actor.require(Permission::SeeCustomers)?;
        let row = existing(&self.store.db, named).await?;
        Ok(name_of(&row))
    }

    /// Everything that is stored about a customer. Its requests may be some seconds old.
    pub async fn record(&self, actor: &Actor, named: &CustomerRef) -> Result<CustomerRecord> {
        actor.require(Permission::SeeCustomers)?;
        let row = existing(&self.store.db, named).await?;
        let mut records = self.records(&self.store.db, vec![row], actor).await?;
        records
            .pop()
            .ok_or_else(|| crate::error::Error::Internal("a customer has no record".to_owned()))
    }

    /// These rows, with the keys and the requests of each.
    async fn records(
        &self,
        db: &impl ConnectionTrait,
        rows: Vec<customer::Model>,
        actor: &Actor,
    ) -> Result<Vec<CustomerRecord>> {
        let ids: Vec<&CustomerId> = rows.iter().map(|row| &row.id.0).collect();
        let (now, reached) = (self.store.now(), actor.environments());
        let keys = keys_of(db, &ids, reached, now).await?;
        let requests = requests_of_customers(db, &ids, reached, hour(now) - DAY / HOUR).await?;
        let uses = |id: &CustomerId| {
            let keys = keys.iter().find(|keys| keys.id.0 == *id);
            let count = |count: i64| Matching::of(usize::try_from(count).unwrap_or_default());
            CustomerUses {
                keys: count(keys.map_or(0, |keys| keys.keys)),
                active_keys: count(keys.map_or(0, |keys| keys.active_keys)),
                requests_24h: requests
                    .get(id)
                    .map_or(0, |total| u64::try_from(*total).unwrap_or_default()),
                last_used_at: keys.and_then(|keys| keys.last_used_at).map(|at| at.0),
            }
        };
        Ok(rows
            .iter()
            .map(|row| CustomerRecord {
                id: row.id.0.clone(),
                settings: settings_of(row),
                version: row.version,
                suspended_at: row.suspended_at.map(|at| at.0),
                created_at: row.created_at.0,
                uses: uses(&row.id.0),
            })
            .collect())
    }
}

/// The row of the customer that a request names.
async fn existing(db: &impl ConnectionTrait, named: &CustomerRef) -> Result<customer::Model> {
    find(db, named).await?.ok_or_else(|| {
        match named {
            CustomerRef::Id(id) => NotFound::Customer(id.clone()),
            CustomerRef::External(id) => NotFound::CustomerNamed(model::form::short(id)),
        }
        .into()
    })
}
