//! The export of the requests of one customer. They are counted by environment, and not by key.

use std::collections::HashMap;
use std::fmt::Write as _;

use model::customer::CustomerRef;
use model::id::{CustomerId, EnvironmentId};
use sea_orm::ConnectionTrait;

use super::{END, Period, field};
use crate::error::Result;
use crate::store::usage::requests_of_customer;
use crate::store::{customers, environments};
use crate::usage::count;
use crate::usage::filter::UsageFilter;

pub(super) const HEADER: &str =
    "start,period,customer_id,external_id,customer_name,environment,endpoint,code,requests\r\n";

/// What the lines about a customer have in common.
#[derive(Debug)]
pub(super) struct CustomerExport {
    id: CustomerId,
    external_id: String,
    name: String,
    endpoint: Option<String>,
    /// The environments to which the export is kept; `None` for all.
    within: Option<Vec<EnvironmentId>>,
    /// The names of all environments.
    environments: HashMap<EnvironmentId, String>,
}

impl CustomerExport {
    pub(super) async fn new(db: &impl ConnectionTrait, id: &CustomerId, filter: &UsageFilter) -> Result<Self> {
        let row = customers::find(db, &CustomerRef::Id(id.clone())).await?;
        let (external_id, name) = row.map(|row| (row.external_id, row.name)).unwrap_or_default();
        let environments = environments::all(db).await?;
        Ok(Self {
            id: id.clone(),
            external_id,
            name,
            endpoint: filter.endpoint.clone(),
            within: filter.environment_ids(&environments),
            environments: environments
                .into_iter()
                .map(|environment| (environment.id, environment.name))
                .collect(),
        })
    }

    /// Adds the lines of an hour or a day.
    pub(super) async fn add_lines(&self, db: &impl ConnectionTrait, text: &mut String, period: Period) -> Result<()> {
        let rows = requests_of_customer(
            db,
            &self.id,
            self.within.as_deref(),
            self.endpoint.as_deref(),
            period.hours(),
        )
        .await?;
        for row in rows {
            let environment = self.environments.get(&row.environment_id.0).map_or("", String::as_str);
            // Writing to a String does not fail.
            let _ = write!(
                text,
                "{},{},{},{},{},{},{},{},{}{END}",
                field(&period.start().rfc3339()),
                field(period.word()),
                field(self.id.as_str()),
                field(&self.external_id),
                field(&self.name),
                field(environment),
                field(&row.endpoint_name),
                field(&row.code),
                field(&count(row.total).to_string()),
            );
        }
        Ok(())
    }
}
