//! Applies the change log to the index in memory, in order.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use model::id::{EnvironmentId, KeyId, ProfileId};
use model::time::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::load::load;
use super::records::key_record;
use crate::cluster::Cluster;
use crate::crypto::token::HashedToken;
use crate::environments::key::for_verifier as environment_keys;
use crate::error::Result;
use crate::store::column::ColumnValue;
use crate::store::entities::change_log::SubjectKind;
use crate::store::entities::{api_key, api_key_endpoint, change_log, head, old_token};
use crate::store::padded::padded;
use crate::store::{change_number, endpoints, environments, profiles};
use crate::verifier::LoadedKey;

/// How often a node looks for changes of other processes.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// The shortest time between two looks, however many requests wait for a change.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(10);
/// Number of changes that are applied at a time.
const BATCH: u64 = 500;

impl Cluster {
    /// Loads the whole index. Until then the verifier answers nothing.
    pub async fn load_index(&self) -> Result<()> {
        let mut applying = self.verifier.applying().await;
        let asked_at = self.store.clock.elapsed();
        let (index, number) = load(&self.store.db, self.store.clock.now()).await?;
        let waiting = self.verifier.load(index);
        *applying = Some(number);
        self.waiting.note_last_change(number);
        self.changes.send_replace(number);
        self.verifier.note_database_answer(asked_at);
        drop(applying);
        if waiting {
            self.provisioning.notify_one();
        }
        Ok(())
    }

    /// Applies every change that is committed and not yet in the index.
    pub(crate) async fn catch_up(&self) -> Result<()> {
        let mut applying = self.verifier.applying().await;
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
                .all(&self.store.db)
                .await?;
            let Some(last) = changes.last().map(|change| change.number) else {
                break;
            };
            let keys = subjects(&changes, SubjectKind::Key)?;
            let profiles = subjects(&changes, SubjectKind::Profile)?;
            let environments = subjects(&changes, SubjectKind::Environment)?;
            if !environments.is_empty() {
                self.apply_environments(environments).await?;
            }
            if changes.iter().any(|change| change.subject.0 == SubjectKind::Endpoint) {
                self.verifier
                    .apply_catalogue(&endpoints::catalogue(&self.store.db).await?);
            }
            // Keys come first, each with its profile: after that, no key holds a profile that was deleted.
            if !keys.is_empty() {
                waiting |= self.apply(keys).await?;
            }
            if !profiles.is_empty() {
                self.apply_profiles(profiles).await?;
            }
            applied = last;
            *applying = Some(applied);
            self.changes.send_replace(applied);
        }
        drop(applying);
        if waiting {
            self.provisioning.notify_one();
        }
        Ok(())
    }

    /// Reads these keys again and puts them into the index. Answers whether one of them waits for provisioning.
    async fn apply(&self, ids: BTreeSet<KeyId>) -> Result<bool> {
        let rows = api_key::Entity::find()
            .filter(api_key::Column::Id.is_in(padded(ids.iter().map(KeyId::as_str))))
            .all(&self.store.db)
            .await?;
        let profiles = rows
            .iter()
            .filter_map(|row| row.profile_id.as_deref().cloned())
            .collect();
        self.apply_profiles(profiles).await?;
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
            waiting |= self.verifier.apply(&id, key)?;
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
        let ids: Vec<ProfileId> = ids.into_iter().collect();
        let mut found = profiles::for_verifier(&self.store.db, Some(&ids)).await?;
        for id in ids {
            let at = found.iter().position(|profile| profile.id == id);
            self.verifier.apply_profile(&id, at.map(|at| found.swap_remove(at)));
        }
        Ok(())
    }

    /// Follows the changes that other processes make. Runs for as long as the server does.
    pub async fn follow_changes(&self) {
        let mut failing = false;
        loop {
            tokio::time::sleep(SHORTEST_INTERVAL).await;
            // A request that waits for a change asks for a look now.
            let asked = self.waiting.look.notified();
            let _ = tokio::time::timeout(POLL_INTERVAL.saturating_sub(SHORTEST_INTERVAL), asked).await;
            let outcome = self.look_for_changes().await;
            match &outcome {
                Err(error) if !failing => tracing::error!(%error, "cannot read the change log"),
                Ok(()) if failing => tracing::info!("the change log can be read again"),
                _ => {}
            }
            failing = outcome.is_err();
        }
    }

    /// The number of the last change that is stored.
    pub async fn last_change(&self) -> Result<i64> {
        change_number(&self.store.db).await
    }

    async fn look_for_changes(&self) -> Result<()> {
        let asked_at = self.store.clock.elapsed();
        let seen = self.store.audit_end.seen();
        let head = head::Entity::find_by_id(1).one(&self.store.db).await?;
        if let Some(head) = &head {
            self.store.check_foreign_head(seen.as_ref(), head);
        }
        let number = head.map_or(0, |head| head.change_number);
        self.waiting.note_last_change(number);
        if self.verifier.applied().await.is_some_and(|applied| applied < number) {
            self.catch_up().await?;
        }
        // The process that made a change may be waiting until it is in force here.
        if self.has_unannounced_change().await {
            self.join().await?;
        }
        self.verifier.note_database_answer(asked_at);
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

pub(super) type OldTokens = HashMap<KeyId, Vec<(HashedToken, Timestamp)>>;

/// The old tokens of these keys, or of all keys, that still work.
pub(super) async fn old_tokens(
    db: &impl ConnectionTrait,
    ids: Option<&BTreeSet<KeyId>>,
    now: Timestamp,
) -> Result<OldTokens> {
    let mut query = old_token::Entity::find().filter(old_token::COLUMN.ends_at.gt(now.0));
    if let Some(ids) = ids {
        query = query.filter(old_token::Column::KeyId.is_in(padded(ids.iter().map(KeyId::as_str))));
    }
    let mut tokens = OldTokens::new();
    for row in query.all(db).await? {
        let token = HashedToken::from_stored(row.token_hash, row.key_id.as_str())?;
        tokens.entry(row.key_id.0).or_default().push((token, row.ends_at.0));
    }
    Ok(tokens)
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
