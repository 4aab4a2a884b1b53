//! Bringing the index in memory up to the change log: at start a snapshot, then the log in order.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, TransactionTrait};

use crate::backend::Backend;
use crate::entity::{api_key, api_key_endpoint, change_log, head};
use crate::environments::{self, Environment};
use crate::error::Result;
use crate::verifier::{Known, Snapshot};
use crate::write::KEY;
use crate::{endpoints, keys};

/// How often a node looks for changes of other processes.
const POLL: Duration = Duration::from_millis(100);
/// Changes applied at a time.
const BATCH: u64 = 500;

impl Backend {
    /// Loads the whole index. Until then the verifier answers nothing.
    pub async fn load_index(&self) -> Result<()> {
        let mut applying = self.verifier().applying().await;
        let now = self.clock.now();
        // One read transaction: the rows and the change number belong together.
        let transaction = self.db.begin().await?;
        let number = change_number(&transaction).await?;
        let environments = environments::by_id(&transaction).await?;
        let rows = api_key::Entity::find().all(&transaction).await?;
        let grants = grants(&transaction, None).await?;
        let catalogue = endpoints::catalogue(&transaction).await?;
        transaction.rollback().await?;
        let keys = known(rows, grants, &environments)?;
        let waiting = self.verifier().load(Snapshot { keys, catalogue });
        *applying = Some(number);
        self.verifier().heard(now);
        drop(applying);
        if waiting {
            self.provisioning.notify_one();
        }
        Ok(())
    }

    /// Applies every change that is committed and not yet in the index.
    pub(crate) async fn catch_up(&self) -> Result<()> {
        let mut applying = self.verifier().applying().await;
        // The command line has no index, so there is nothing to bring up to date.
        let Some(mut applied) = *applying else {
            return Ok(());
        };
        let mut waiting = false;
        loop {
            let changes = change_log::Entity::find()
                .filter(change_log::COLUMN.number.gt(applied))
                .order_by_asc(change_log::COLUMN.number)
                .limit(BATCH)
                .all(&self.db)
                .await?;
            let Some(last) = changes.last().map(|change| change.number) else {
                break;
            };
            let ids: BTreeSet<String> = changes
                .into_iter()
                .filter(|change| change.subject == KEY)
                .map(|change| change.subject_id)
                .collect();
            if !ids.is_empty() {
                waiting |= self.apply(ids).await?;
            }
            applied = last;
            *applying = Some(applied);
        }
        drop(applying);
        if waiting {
            self.provisioning.notify_one();
        }
        Ok(())
    }

    /// Reads these keys again and puts them into the index. Tells whether one waits for provisioning.
    async fn apply(&self, ids: BTreeSet<String>) -> Result<bool> {
        let environments = environments::by_id(&self.db).await?;
        let rows = api_key::Entity::find()
            .filter(api_key::Column::Id.is_in(&ids))
            .all(&self.db)
            .await?;
        let grants = grants(&self.db, Some(&ids)).await?;
        let mut found = known(rows, grants, &environments)?;
        let mut waiting = false;
        for id in ids {
            let key = found
                .iter()
                .position(|key| key.id.as_str() == id)
                .map(|at| found.swap_remove(at));
            waiting |= self.verifier().apply(&id, key);
        }
        Ok(waiting)
    }

    /// Follows the changes that other processes make. Runs for as long as the server does.
    pub async fn follow_changes(&self) {
        let mut failing = false;
        loop {
            tokio::time::sleep(POLL).await;
            let outcome = self.look_for_changes().await;
            match &outcome {
                Err(error) if !failing => tracing::error!(%error, "cannot read the change log"),
                Ok(()) if failing => tracing::info!("the change log can be read again"),
                _ => {}
            }
            failing = outcome.is_err();
        }
    }

    async fn look_for_changes(&self) -> Result<()> {
        let now = self.clock.now();
        let number = change_number(&self.db).await?;
        if self.verifier().applied().await.is_some_and(|applied| applied < number) {
            self.catch_up().await?;
        }
        self.verifier().heard(now);
        Ok(())
    }
}

async fn change_number(db: &impl ConnectionTrait) -> Result<i64> {
    let head = head::Entity::find_by_id(1).one(db).await?;
    Ok(head.map_or(0, |head| head.change_number))
}

/// The endpoints of these keys, or of all.
async fn grants(db: &impl ConnectionTrait, ids: Option<&BTreeSet<String>>) -> Result<HashMap<String, Vec<String>>> {
    let mut query = api_key_endpoint::Entity::find();
    if let Some(ids) = ids {
        query = query.filter(api_key_endpoint::Column::KeyId.is_in(ids));
    }
    let mut grants: HashMap<String, Vec<String>> = HashMap::new();
    for row in query.all(db).await? {
        grants.entry(row.key_id).or_default().push(row.endpoint_name);
    }
    Ok(grants)
}

fn known(
    rows: Vec<api_key::Model>,
    mut grants: HashMap<String, Vec<String>>,
    environments: &HashMap<String, Environment>,
) -> Result<Vec<Known>> {
    rows.into_iter()
        .map(|row| {
            let granted = grants.remove(&row.id).unwrap_or_default();
            let environment = environments
                .get(&row.environment_id)
                .map_or("", |environment| &environment.name);
            keys::known(row, granted, environment)
        })
        .collect()
}
