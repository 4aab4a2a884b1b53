//! Reports when this node last said VALID for a key that a change makes it refuse, for the receipt of the change.

use std::collections::{BTreeSet, HashMap};
use std::sync::{MutexGuard, PoisonError};

use model::id::KeyId;
use model::time::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, TransactionTrait};

use crate::cluster::Cluster;
use crate::error::Result;
use crate::store::column::Stored;
use crate::store::entities::change_log::SubjectKind;
use crate::store::entities::{api_key, change_log, last_valid_use};
use crate::store::mutation::insert_or;
use crate::store::padded::padded;

/// How accurately a node knows the database's clock, in milliseconds. A smaller difference of the clocks is none.
const CLOCK_ACCURACY: i64 = 5;

/// What this node knows of a key after it has applied a batch of changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyNow {
    /// Whether the key was deleted or disabled.
    pub(super) refuses: bool,
    /// When this node last said VALID for it before the change, as far as the database may not know it.
    pub(super) last_valid: Option<Timestamp>,
}

impl KeyNow {
    pub(super) fn was_used_and_works(&self) -> bool {
        !self.refuses && self.last_valid.is_some()
    }
}

/// What is to be stored about one change.
#[derive(Clone, Debug)]
pub(super) struct Report {
    change: i64,
    key: KeyId,
    /// On the database's clock.
    last_valid: Option<Timestamp>,
    /// When this node had applied the change, on the database's clock. Afterwards it did not say VALID any more.
    applied_at: Timestamp,
}

impl Cluster {
    /// Remembers what to report about a batch of changes that is in force here now. The caller holds the lock under which changes are
    /// applied, so that the report is there before anybody can see the change as applied. `may_be_ahead` says that the keys may have
    /// been read after later changes: then nobody knows which change of the batch made a key refuse.
    pub(super) fn note_last_valid(
        &self,
        changes: &[change_log::Model],
        keys: &HashMap<KeyId, KeyNow>,
        may_be_ahead: bool,
    ) {
        let applied_at = self.store.database_now();
        // How far the database's clock is ahead of the one by which uses are counted.
        let ahead = match applied_at.since(self.store.clock.now()) {
            little if little.abs() <= CLOCK_ACCURACY => 0,
            ahead => ahead,
        };
        let of_keys = || changes.iter().filter(|change| change.subject.0 == SubjectKind::Key);
        let mut seen = BTreeSet::new();
        let several: BTreeSet<&str> = of_keys()
            .map(|change| change.subject_id.as_str())
            .filter(|id| !seen.insert(*id))
            .collect();
        let reports = of_keys().filter_map(|change| {
            let key = KeyId::from_stored(change.subject_id.clone());
            let now = keys.get(&key)?;
            // A key that was disabled and enabled again in one batch never refused here. What this node said meanwhile counts for
            // each of these changes.
            (now.refuses || may_be_ahead || several.contains(key.as_str())).then_some(Report {
                change: change.number,
                last_valid: now.last_valid.map(|at| at.plus(ahead)),
                applied_at,
                key,
            })
        });
        self.reports().extend(reports);
        self.verifier.note_reported(keys.keys());
    }

    /// As [`Cluster::note_last_valid`], for the changes that came into force with a new index.
    pub(super) async fn note_last_valid_between(&self, before: i64, number: i64) -> Result<()> {
        let mut noted = before;
        while noted < number {
            let mut changes = self.changes_after(noted).await?;
            changes.retain(|change| change.number <= number);
            let Some(last) = changes.last() else { break };
            noted = last.number;
            let of_keys = changes.iter().filter(|change| change.subject.0 == SubjectKind::Key);
            let keys = of_keys.map(|change| {
                let id = KeyId::from_stored(change.subject_id.clone());
                let (refuses, last_valid) = self.verifier.last_valid(&id);
                (id, KeyNow { refuses, last_valid })
            });
            self.note_last_valid(&changes, &keys.collect(), true);
        }
        Ok(())
    }

    /// Forgets what is not stored yet.
    pub(super) fn forget_reports(&self) {
        self.reports().clear();
    }

    /// Tells the other nodes all that this one knows.
    pub(crate) async fn announce(&self) -> Result<()> {
        self.store_last_valid().await?;
        if self.has_unannounced_change().await {
            self.join().await?;
        }
        Ok(())
    }

    /// Stores what was remembered. A node does this before it announces that it has applied a change.
    pub(super) async fn store_last_valid(&self) -> Result<()> {
        let _turn = self.reporting.lock().await;
        let reports: Vec<Report> = self.reports().clone();
        if reports.is_empty() {
            return Ok(());
        }
        let ids: BTreeSet<&str> = reports.iter().map(|report| report.key.as_str()).collect();
        // The uses that this node or another one has stored with the key, up to now.
        let stored: Vec<(Stored<KeyId>, Option<Stored<Timestamp>>)> = api_key::Entity::find()
            .select_only()
            .columns([api_key::Column::Id, api_key::Column::LastUsedAt])
            .filter(api_key::Column::Id.is_in(padded(ids)))
            .into_tuple()
            .all(&self.store.db)
            .await?;
        let stored: HashMap<KeyId, Option<Timestamp>> =
            stored.into_iter().map(|(id, at)| (id.0, at.map(|at| at.0))).collect();
        let now = self.store.database_now();
        let rows = reports.iter().filter_map(|report| {
            let at = report.last_valid.max(stored.get(&report.key).copied().flatten())?;
            Some(last_valid_use::Model {
                change_number: report.change,
                node_id: self.node.id.to_string(),
                // A clock that was set meanwhile may say otherwise.
                at: Stored(at.min(report.applied_at)),
                stored_at: Stored(now),
            })
        });
        let rows: Vec<_> = rows.collect();
        if !rows.is_empty() {
            // Without a turn of its own: the heartbeat that stores this has one where it needs one.
            let transaction = self.store.db.begin().await?;
            let again = OnConflict::columns([last_valid_use::Column::ChangeNumber, last_valid_use::Column::NodeId])
                .update_column(last_valid_use::Column::At)
                .to_owned();
            insert_or::<last_valid_use::Entity, last_valid_use::ActiveModel>(&transaction, rows, Some(&again)).await?;
            transaction.commit().await?;
        }
        self.reports().drain(..reports.len());
        Ok(())
    }

    fn reports(&self) -> MutexGuard<'_, Vec<Report>> {
        self.last_valid.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
