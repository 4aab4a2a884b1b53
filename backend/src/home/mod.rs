//! The Home screen: whether all is well.

mod refused;
mod requests;

use std::sync::Arc;

use model::audit::AuditRow;
use model::home::{Facts, FirstSteps, HomePage, LAST_CHANGES, NodesSeen, verdict};
use model::id::EnvironmentId;
use model::key_list::{Attention, Matching};
use model::node_list::Standing;
use model::number::Separator;
use model::proof::LIVE_LIMIT;
use model::role::Permission;
use model::status::Status;
use model::time::Timestamp;

use crate::actor::Actor;
use crate::audit::Audit;
use crate::cluster::Cluster;
use crate::endpoints::Endpoints;
use crate::error::Result;
use crate::keys::Keys;
use crate::store::Store;
use crate::store::changes::last_changes;
use crate::store::entities::change_log;
use crate::store::environments;
use crate::store::key_list::count_with_status;
use crate::store::people::has_company;
use crate::store::usage::hours_with_requests;
use crate::usage::Usage;

/// How many changes are read to find the last [`LAST_CHANGES`] events. Several changes may belong to one event.
const CHANGES_READ: u64 = 20;

/// Tells whether all is well.
#[derive(Debug)]
pub struct Home {
    pub(crate) audit: Arc<Audit>,
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) endpoints: Arc<Endpoints>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) usage: Arc<Usage>,
    pub(crate) store: Arc<Store>,
}

/// What the numbers of a page are about.
struct Scope {
    /// The chosen environment, or all that the actor may see.
    ids: Vec<EnvironmentId>,
    /// Whether these are all environments.
    everything: bool,
}

impl Scope {
    /// The environments; `None` for all.
    fn environments(&self) -> Option<&[EnvironmentId]> {
        (!self.everything).then_some(self.ids.as_slice())
    }
}

impl Home {
    /// The screen, about one environment or (empty) about all that the actor may see. `numbers` is the separator in its sentence.
    pub async fn page(&self, actor: &Actor, environment: &str, numbers: Separator) -> Result<HomePage> {
        actor.require(Permission::SeeKeys)?;
        // The answer has to include the uses that were counted in memory.
        self.usage.flush_if_few().await?;
        let now = self.store.now();
        let scope = self.scope(actor, environment).await?;
        let by_status = self.count_by_status(&scope, now).await?;
        let attention = self.keys.count_attention(actor, environment).await?;
        let (requests, unknown) = self.requests(&scope, now).await?;
        let changes = last_changes(&self.store.db, CHANGES_READ).await?;
        let any_keys = self.keys.any_keys(actor).await?;
        let count = |wanted: Option<Status>| -> u64 {
            let of_status = by_status
                .iter()
                .filter(|(status, _)| wanted.is_none_or(|wanted| wanted == *status));
            of_status.map(|(_, keys)| keys).sum()
        };
        let ending = attention.iter().find(|(what, _)| *what == Attention::Expiring);
        let verdict = verdict(&Facts {
            environment,
            keys: count(None),
            active: count(Some(Status::Active)),
            ending: ending.map_or(Matching::Exactly(0), |(_, keys)| *keys),
            nodes: self.nodes(changes.first()).await?,
            requests: &requests,
            numbers,
        });
        Ok(HomePage {
            verdict,
            refused: self.most_refused(&scope, unknown, now).await?,
            changes: self.changes(actor, &changes).await?,
            steps: self.first_steps(actor, any_keys, now).await?,
            by_status,
            any_keys,
            attention,
            requests,
            now,
        })
    }

    async fn scope(&self, actor: &Actor, environment: &str) -> Result<Scope> {
        let all = environments::all(&self.store.db).await?;
        let seen = all
            .into_iter()
            .filter(|known| actor.reaches(&known.id) && (environment.is_empty() || known.name == environment));
        Ok(Scope {
            ids: seen.map(|known| known.id).collect(),
            everything: environment.is_empty() && actor.environments().is_none(),
        })
    }

    async fn count_by_status(&self, scope: &Scope, now: Timestamp) -> Result<Vec<(Status, u64)>> {
        let mut by_status = Vec::with_capacity(Status::ALL.len());
        for status in Status::ALL {
            let count = count_with_status(&self.store.db, status, scope.environments(), now).await?;
            by_status.push((status, count));
        }
        Ok(by_status)
    }

    /// The nodes. One that has not applied the last change is behind only after a while, since each is for a moment.
    async fn nodes(&self, last: Option<&change_log::Model>) -> Result<NodesSeen> {
        let known = self.cluster.load_nodes().await?;
        let has_had_time = last.is_some_and(|last| known.now.since(last.at.0) > LIVE_LIMIT);
        let mut seen = NodesSeen::default();
        for node in known.nodes {
            match node.standing {
                Standing::InStep => seen.live += 1,
                Standing::Behind => {
                    seen.live += 1;
                    seen.behind += u64::from(has_had_time);
                }
                Standing::Silent { until } => {
                    seen.silent += 1;
                    seen.silent_until = seen.silent_until.max(Some(until));
                }
                Standing::Stopped => {}
            }
        }
        Ok(seen)
    }

    /// The events of the last changes, for actors who may read the audit log.
    async fn changes(&self, actor: &Actor, changes: &[change_log::Model]) -> Result<Option<Vec<AuditRow>>> {
        if actor.require(Permission::SeeAudit).is_err() {
            return Ok(None);
        }
        let mut numbers: Vec<i64> = changes.iter().filter_map(|change| change.audit_number).collect();
        numbers.dedup();
        numbers.truncate(LAST_CHANGES);
        self.audit.events_with_numbers(&numbers).await.map(Some)
    }

    async fn first_steps(&self, actor: &Actor, any_keys: bool, now: Timestamp) -> Result<FirstSteps> {
        let hours = hours_with_requests(&self.store.db, actor.environments()).await?;
        let catalogue = self.endpoints.load_catalogue().await?;
        Ok(FirstSteps {
            key: any_keys || hours.is_some(),
            request: hours.is_some(),
            gateway: hours.is_some_and(|(first, last)| first < last),
            invited: has_company(&self.store.db, now).await?,
            may_create: actor.require(Permission::CreateKeys).is_ok(),
            may_invite: actor.require(Permission::ManageUsers).is_ok(),
            endpoint: catalogue.into_iter().next().map(|first| first.name).unwrap_or_default(),
        })
    }
}
