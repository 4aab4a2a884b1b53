//! Issues the receipt of a change that is in force.

use model::audit_event::Action;
use model::id::KeyId;
use model::proof::{NodeProof, NodeState, Proof};
use model::role::Permission;
use model::time::{SECOND, Timestamp};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use super::claims::{ActorClaim, Claims, LastValid, NodeClaim, Subject, TYPE};
use super::{Receipts, signing_keys};
use crate::actor::{Actor, ActorKind};
use crate::error::{Conflict, Error, Forbidden, NotFound, Result};
use crate::store::column::Stored;
use crate::store::database::begin;
use crate::store::entities::{api_key, audit_event, change_log, last_valid_use, receipt};
use crate::store::keys::owner_of;
use crate::store::nodes::last_untold_end;

impl Receipts {
    /// The receipt of a change, as a JSON Web Signature. The first one that is issued is stored and given again for ever. `public_url`
    /// is the console's public URL, where there is one.
    ///
    /// Admins may have every receipt, as they may read the audit log. A Developer may have those of changes that they made, and those of
    /// keys that they may change.
    ///
    /// # Errors
    /// [`Conflict::ReceiptTooEarly`] while the change is not in force on every node that could answer.
    pub async fn issue(&self, actor: &Actor, change: i64, public_url: Option<&str>) -> Result<String> {
        actor.require(Permission::ChangeOwnKeys)?;
        let row = change_log::Entity::find_by_id(change).one(&self.store.db).await?;
        let row = row.ok_or(NotFound::Change(change))?;
        let event = match row.audit_number {
            Some(number) => audit_event::Entity::find_by_id(number).one(&self.store.db).await?,
            None => None,
        };
        let Some(event) = event else {
            actor.require(Permission::SeeAudit)?;
            return Err(Conflict::ReceiptTooLate(change).into());
        };
        self.require_sight(actor, &event).await?;
        if let Some(issued) = find(&self.store.db, change).await? {
            return Ok(issued);
        }
        let claims = self.claims(actor, event, change, public_url).await?;
        let key = signing_keys::current(&self.store).await?;
        self.store_receipt(change, key.sign(TYPE, &claims)?).await
    }

    /// Refuses a person who may see neither the audit log nor the key, and did not make the change.
    async fn require_sight(&self, actor: &Actor, event: &audit_event::Model) -> Result<()> {
        if actor.role.may(Permission::SeeAudit) && actor.environments().is_none() {
            return Ok(());
        }
        let (kind, id, _) = actor.columns();
        if matches!(actor.kind, ActorKind::CommandLine | ActorKind::System) {
            return Ok(());
        }
        if actor.environments().is_none() && event.actor_kind == kind && id.is_some() && event.actor_id == id {
            return Ok(());
        }
        if let Some(key) = event.subject_id.as_deref().and_then(KeyId::parse)
            && let Some(row) = api_key::Entity::find_by_id(&key).one(&self.store.db).await?
            && actor.may_change_key(actor.role, &owner_of(&row))
        {
            return Ok(());
        }
        let refused = Forbidden::Role {
            role: actor.role,
            permission: Permission::SeeAudit,
        };
        Err(refused.into())
    }

    async fn claims(
        &self,
        actor: &Actor,
        event: audit_event::Model,
        change: i64,
        public_url: Option<&str>,
    ) -> Result<Claims> {
        self.cluster.announce().await?;
        let proof = self.cluster.proof(actor, change).await?;
        if !proof.in_force {
            return Err(Conflict::ReceiptTooEarly(change).into());
        }
        let Some(in_force_at) = proof.in_force_at else {
            return Err(Conflict::ReceiptTooLate(change).into());
        };
        let revokes = [Action::KeyDisabled, Action::KeyDeleted]
            .iter()
            .any(|action| action.name() == event.action);
        let last_valid_at = if revokes {
            self.last_valid(&proof, in_force_at).await?
        } else {
            LastValid::NotSaid
        };
        let instance = self.store.instance.clone();
        let issued_at = self.store.database_now().max(in_force_at);
        Ok(Claims {
            iss: public_url.map_or_else(|| format!("urn:latchkey:{instance}"), str::to_owned),
            iat: issued_at.0.div_euclid(SECOND),
            instance,
            change,
            at: proof.at,
            action: event.action,
            subject: Subject {
                id: event.subject_id.unwrap_or_default(),
                name: event.subject_name.unwrap_or_default(),
            },
            actor: ActorClaim {
                kind: event.actor_kind,
                id: event.actor_id,
                name: event.actor_name,
            },
            in_force_at,
            nodes: proof
                .all
                .into_iter()
                .filter_map(|node| claim_of(node, in_force_at))
                .collect(),
            last_valid_at,
        })
    }

    /// The latest time at which a node said VALID before it refused. A node that could not report may have said it until it had to stop
    /// answering.
    async fn last_valid(&self, proof: &Proof, in_force_at: Timestamp) -> Result<LastValid> {
        let reported = last_valid_use::Entity::find()
            .filter(last_valid_use::Column::ChangeNumber.eq(proof.change))
            .order_by_desc(last_valid_use::Column::At)
            .one(&self.store.db)
            .await?;
        let reported = reported.map(|row| row.at.0);
        let untold = last_untold_end(&self.store.db, proof.change, self.store.settings.stale_limit).await?;
        // A node's clock may be ahead of the database's.
        let latest = reported.max(untold).map(|at| at.min(in_force_at));
        Ok(latest.map_or(LastValid::Never, LastValid::At))
    }

    /// Stores a receipt. Answers with the one that another request has stored meanwhile, if there is one.
    async fn store_receipt(&self, change: i64, jws: String) -> Result<String> {
        let _turn = self.store.turn().await?;
        let transaction = begin(&self.store.writer).await?;
        let row = receipt::Model {
            change_number: change,
            jws,
            issued_at: Stored(self.store.database_now()),
        };
        // Changes nothing where there is one.
        let stays = OnConflict::column(receipt::Column::ChangeNumber)
            .update_column(receipt::Column::ChangeNumber)
            .to_owned();
        receipt::Entity::insert(row.into_active_model())
            .on_conflict(stays)
            .exec_without_returning(&transaction)
            .await?;
        let issued = find(&transaction, change).await?;
        transaction.commit().await?;
        issued.ok_or_else(|| Error::Internal(format!("the receipt of change {change} was not stored")))
    }
}

async fn find(db: &impl ConnectionTrait, change: i64) -> Result<Option<String>> {
    let row = receipt::Entity::find_by_id(change).one(db).await?;
    Ok(row.map(|row| row.jws))
}

/// A node as the receipt names it; `None` for a node that has started since the change was in force.
fn claim_of(node: NodeProof, in_force_at: Timestamp) -> Option<NodeClaim> {
    let (applied_at, refuses_at) = match node.state {
        NodeState::InForce { applied_at, .. } => (Some(applied_at.filter(|at| *at <= in_force_at)?), None),
        NodeState::Missing { refuses_at, .. } => (None, Some(refuses_at.min(in_force_at))),
    };
    Some(NodeClaim {
        id: node.id.to_string(),
        name: node.name,
        applied_at,
        refuses_at,
    })
}
