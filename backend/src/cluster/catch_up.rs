//! Applies the change log to the index in memory, in order.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::Ordering;
use std::time::Duration;

use model::id::{CustomerId, EnvironmentId, KeyId, ProfileId};
use model::status::State;
use model::time::SECOND;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio::sync::Notify;

use super::last_valid::KeyNow;
use super::load::{Loaded, load};
use super::old_tokens::{OldTokens, old_tokens};
use super::records::{customer_record, key_record};
use crate::cluster::Cluster;
use crate::environments::key::for_verifier as environment_keys;
use crate::error::Result;
use crate::store::column::ColumnValue;
use crate::store::entities::change_log::SubjectKind;
use crate::store::entities::{api_key, api_key_endpoint, change_log, head};
use crate::store::padded::padded;
use crate::store::time_limit::within;
use crate::store::{change_number, customers, endpoints, environments, profiles};
use crate::verifier::LoadedKey;

/// How often a node looks for changes of other processes.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// The longest pause between two questions while the database does not answer.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long the database may take to tell the number of the last change.
const READ_LIMIT: Duration = Duration::from_secs(3);
/// How long a look that a request asks for is put off, so that many requests do not ask the database all the time.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(10);
/// Number of changes that are applied at a time.
const BATCH: u64 = 500;
/// How long the database may take to give what these changes are about.
const BATCH_LIMIT: Duration = Duration::from_secs(15);

impl Cluster {
    /// Loads the whole index. Until then the verifier answers nothing.
    pub async fn load_index(&self) -> Result<()> {
        let heard_at = self.begin_to_hear().await?;
        let mut applying = self.verifier.applying().await;
        let Loaded { index, number, last } = load(&self.store.db, &self.store.location, self.store.clock.now()).await?;
        let waiting = self.verifier.load(index);
        if let Some(before) = *applying {
            self.note_last_valid_between(before, number).await?;
        }
        *applying = Some(number);
        self.node.note_loaded(number);
        self.note_applied(number, last);
        self.verifier.note_database_answer(heard_at);
        drop(applying);
        if waiting {
            self.provisioning.notify_one();
        }
        Ok(())
    }

    /// Applies every change that is committed and not yet in the index.
    pub(crate) async fn catch_up(&self) -> Result<()> {
        self.catch_up_to(i64::MAX).await
    }

    /// Does so unless all changes up to this number are in the index. Of many mutations that end at once, one applies the changes of
    /// all, and the others read nothing.
    pub(crate) async fn catch_up_to(&self, number: i64) -> Result<()> {
        let mut applying = self.verifier.applying().await;
        // The command line has no index, so there is nothing to bring up to date.
        let Some(mut applied) = *applying else {
            return Ok(());
        };
        while applied < number
            && let Some((last, further)) = within(BATCH_LIMIT, self.apply_batch(applied)).await?
        {
            applied = last.number;
            *applying = Some(applied);
            self.note_applied(applied, Some(last));
            if !further {
                break;
            }
        }
        Ok(())
    }

    /// Applies the next changes after a number, and answers with the last one, and whether there may be further ones. `None` where there
    /// are no more. Changes that are applied again change nothing.
    async fn apply_batch(&self, applied: i64) -> Result<Option<(change_log::Model, bool)>> {
        let changes = self.next_changes(applied).await?;
        let Some(last) = changes.last() else {
            return Ok(None);
        };
        let keys = subjects(&changes, SubjectKind::Key)?;
        let profiles = subjects(&changes, SubjectKind::Profile)?;
        let customers = subjects(&changes, SubjectKind::Customer)?;
        let environments = subjects(&changes, SubjectKind::Environment)?;
        if !environments.is_empty() {
            self.apply_environments(environments).await?;
        }
        if changes.iter().any(|change| change.subject.0 == SubjectKind::Endpoint) {
            self.verifier
                .apply_catalogue(&endpoints::catalogue(&self.store.db).await?);
        }
        // Keys come first, each with its profile and its customer: after that, no key holds one that was deleted.
        let mut now = HashMap::new();
        if !keys.is_empty() && self.apply(keys, &mut now).await? {
            self.provisioning.notify_one();
        }
        if !profiles.is_empty() {
            self.apply_profiles(profiles).await?;
        }
        if !customers.is_empty() {
            let found = self.apply_customers(&customers).await?;
            for id in customers.difference(&found) {
                self.verifier.remove_customer(id);
            }
        }
        // A key that works may have been disabled by one of these changes, and enabled by a later one.
        let may_be_ahead =
            now.values().any(KeyNow::was_used_and_works) && change_number(&self.store.db).await? != last.number;
        self.note_last_valid(&changes, &now, may_be_ahead);
        Ok(Some((last.clone(), changes.len() as u64 >= BATCH)))
    }

    /// Tells this process, and later the other nodes, that all changes up to this one are in force here.
    fn note_applied(&self, number: i64, last: Option<change_log::Model>) {
        self.note_last_applied(last);
        self.node.unannounced.note(number, self.store.clock.elapsed());
        self.changes.send_replace(number);
    }

    /// The next changes.
    pub(super) async fn changes_after(&self, number: i64) -> Result<Vec<change_log::Model>> {
        Ok(change_log::Entity::find()
            .filter(change_log::COLUMN.number.gt(number))
            .order_by_asc(change_log::COLUMN.number)
            .limit(BATCH)
            .all(&self.store.db)
            .await?)
    }

    /// Reads these keys again and puts them into the index. Notes what is known of each `now`. Answers whether one of them waits for
    /// provisioning.
    async fn apply(&self, ids: BTreeSet<KeyId>, now: &mut HashMap<KeyId, KeyNow>) -> Result<bool> {
        let rows = api_key::Entity::find()
            .filter(api_key::Column::Id.is_in(padded(ids.iter().map(KeyId::as_str))))
            .all(&self.store.db)
            .await?;
        let profiles = rows
            .iter()
            .filter_map(|row| row.profile_id.as_deref().cloned())
            .collect();
        self.apply_profiles(profiles).await?;
        let customers = rows
            .iter()
            .filter_map(|row| row.customer_id.as_deref().cloned())
            .collect();
        self.apply_customers(&customers).await?;
        let grants = grants(
            &self.store.db,
            api_key_endpoint::Column::KeyId.is_in(padded(ids.iter().map(KeyId::as_str))),
        )
        .await?;
        let mut old_tokens = old_tokens(&self.store.db, Some(&ids), self.store.clock.now()).await?;
        let found = loaded_keys(rows, grants, &mut old_tokens)?;
        let mut found: HashMap<KeyId, LoadedKey> = found.into_iter().map(|key| (key.id.clone(), key)).collect();
        let mut waiting = false;
        for id in ids {
            let key = found.remove(&id);
            let refuses = key.as_ref().is_none_or(|key| key.state == State::Inactive);
            let applied = self.verifier.apply(&id, key)?;
            waiting |= applied.waiting;
            let last_valid = applied.last_valid;
            now.insert(id, KeyNow { refuses, last_valid });
        }
        Ok(waiting)
    }

    /// Reads the names and keys of these environments again and puts them into the index.
    async fn apply_environments(&self, ids: BTreeSet<EnvironmentId>) -> Result<()> {
        let ids: Vec<EnvironmentId> = ids.into_iter().collect();
        let all = environments::all(&self.store.db).await?;
        for environment in all.iter().filter(|environment| ids.contains(&environment.id)) {
            self.verifier.apply_environment(&environment.id, &environment.name);
        }
        for key in environment_keys(&self.store.db, Some(&ids), self.store.clock.now()).await? {
            let id = key.id.clone();
            self.verifier.apply(&id, Some(key))?;
        }
        Ok(())
    }

    async fn apply_profiles(&self, ids: BTreeSet<ProfileId>) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let ids: Vec<ProfileId> = ids.into_iter().collect();
        let mut found = profiles::for_verifier(&self.store.db, Some(&ids)).await?;
        for id in ids {
            let at = found.iter().position(|profile| profile.id == id);
            self.verifier.apply_profile(&id, at.map(|at| found.swap_remove(at)));
        }
        Ok(())
    }

    /// Reads these customers again and puts them into the index. Answers with those that exist.
    async fn apply_customers(&self, ids: &BTreeSet<CustomerId>) -> Result<BTreeSet<CustomerId>> {
        let mut found = BTreeSet::new();
        if ids.is_empty() {
            return Ok(found);
        }
        let ids: Vec<&CustomerId> = ids.iter().collect();
        for row in customers::rows(&self.store.db, Some(&ids)).await? {
            found.insert(row.id.0.clone());
            self.verifier.apply_customer(customer_record(row))?;
        }
        Ok(found)
    }

    /// Follows the changes that other processes make. Runs for as long as the server does.
    pub async fn follow_changes(&self) {
        let told = Notify::new();
        tokio::join!(self.listen_for_changes(&told), self.ask_for_changes(&told));
    }

    async fn listen_for_changes(&self, told: &Notify) {
        if self.store.settings.database_listen
            && let Err(error) = self.store.listen(told).await
        {
            tracing::error!(%error, "cannot listen for changes");
        }
    }

    /// Asks for changes regularly, and whenever another process tells of one. While the database does not answer, the
    /// pauses grow.
    async fn ask_for_changes(&self, told: &Notify) {
        let mut failures = 0;
        loop {
            // A notice, a request that waits for a change, and the time that is over mean the same.
            let asked = async {
                tokio::select! {
                    () = told.notified() => {}
                    () = self.waiting.look.notified(), if failures == 0 => tokio::time::sleep(SHORTEST_INTERVAL).await,
                }
            };
            let _ = tokio::time::timeout(self.pause_after(failures), asked).await;
            match self.look_for_changes().await {
                Ok(()) if failures == 0 => {}
                Ok(()) => {
                    tracing::info!("the database answers again");
                    failures = 0;
                    self.database_away.store(false, Ordering::Relaxed);
                }
                Err(error) => {
                    // Once it is known to be away, only the next answer changes that.
                    let cause = if self.is_database_away() {
                        None
                    } else {
                        Some(self.store.explain_outage(&error).await)
                    };
                    if let Some(cause) = &cause {
                        self.database_away.store(cause.is_away, Ordering::Relaxed);
                    }
                    if let Some(cause) = cause.filter(|_| failures == 0) {
                        let cause = cause.words;
                        tracing::error!(
                            "the database does not answer: {cause}; gateways are answered from memory for {} seconds",
                            self.store.settings.stale_limit / SECOND
                        );
                    }
                    failures += 1;
                }
            }
        }
    }

    /// The pause before the database is asked again. After failures it grows up to [`LONGEST_PAUSE`], with a random part,
    /// so that many nodes do not ask at the same time when the database is back.
    fn pause_after(&self, failures: u32) -> Duration {
        if failures == 0 {
            return POLL_INTERVAL;
        }
        let mut random = [0];
        self.store.random().fill(&mut random);
        let longest = (POLL_INTERVAL * 2_u32.saturating_pow(failures.min(10))).min(LONGEST_PAUSE);
        longest.mul_f64(0.5 + f64::from(random[0]) / 512.0)
    }

    /// The number of the last change that is stored.
    pub async fn last_change(&self) -> Result<i64> {
        change_number(&self.store.db).await
    }

    /// The number of the last change that is stored, once everything up to it is in force on this node.
    pub async fn last_change_in_force(&self) -> Result<i64> {
        let number = self.last_change().await?;
        if self.change_in_force() < number {
            self.catch_up().await?;
        }
        Ok(number)
    }

    /// Begins to ask the database for what this node answers by. Answers from when on the stale limit is measured.
    async fn begin_to_hear(&self) -> Result<i64> {
        if self
            .node
            .is_overdue(self.store.clock.elapsed(), self.store.settings.stale_limit)
        {
            // The others take this node for one that has stopped answering. It tells them that it is back before it reads.
            self.join().await?;
        }
        Ok(self.node.heard_at(self.store.clock.elapsed()))
    }

    async fn look_for_changes(&self) -> Result<()> {
        let looked = self.look().await;
        if self.has_lost_changes() {
            return self.start_again().await;
        }
        looked
    }

    async fn look(&self) -> Result<()> {
        let heard_at = self.begin_to_hear().await?;
        let applied = self.verifier.applied().await;
        let seen = self.store.audit_end.seen();
        let head = within(READ_LIMIT, async {
            Ok(head::Entity::find_by_id(1).one(&self.store.db).await?)
        })
        .await?;
        if let Some(head) = &head {
            self.store.check_foreign_head(seen.as_ref(), head);
        }
        let number = head.map_or(0, |head| head.change_number);
        if applied.is_some_and(|applied| applied > number) {
            return Err(self.note_lost_changes());
        }
        self.seen.store(number, Ordering::Relaxed);
        if applied.is_some_and(|applied| applied < number) {
            self.catch_up().await?;
        }
        // The process that made a change may be waiting until it is in force here.
        if self.has_unannounced_change().await {
            self.join().await?;
        }
        self.verifier.note_database_answer(heard_at);
        Ok(())
    }
}

/// The subjects of the changes of one kind.
fn subjects<T: ColumnValue<Raw = String> + Ord>(
    changes: &[change_log::Model],
    kind: SubjectKind,
) -> Result<BTreeSet<T>> {
    let changes = changes.iter().filter(|change| change.subject.0 == kind);
    changes.map(|change| T::from_raw(change.subject_id.clone())).collect()
}

/// The endpoints that some keys are granted, by key.
async fn grants(db: &impl ConnectionTrait, of: Expr) -> Result<HashMap<KeyId, Vec<String>>> {
    let query = api_key_endpoint::Entity::find().filter(of);
    let mut grants: HashMap<KeyId, Vec<String>> = HashMap::new();
    for row in query.all(db).await? {
        grants.entry(row.key_id.0).or_default().push(row.endpoint_name);
    }
    Ok(grants)
}

fn loaded_keys(
    rows: Vec<api_key::Model>,
    mut grants: HashMap<KeyId, Vec<String>>,
    old_tokens: &mut OldTokens,
) -> Result<Vec<LoadedKey>> {
    rows.into_iter()
        .map(|row| {
            let granted = grants.remove(&row.id.0).unwrap_or_default();
            let old_tokens = old_tokens.remove(&row.id.0).unwrap_or_default();
            key_record(row, granted, old_tokens)
        })
        .collect()
}
