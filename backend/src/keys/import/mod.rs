//! Imports keys whose tokens another system has issued. Only the SHA-256 of each token is needed, so the tokens themselves stay
//! where they are, and go on working.

mod plan;
mod sha256;

use model::audit_event::AuditEvent;
use model::bounded::Bounded;
use model::form::FormErrors;
use model::id::{KeyId, RANDOM_LENGTH};
use model::key_form::ENDPOINT;
use model::key_import::{ImportOutcome, ImportReport, KeyImport, MAX_IMPORTED_GRANTS, MAX_IMPORTED_KEYS};
use model::life::Life;
use model::role::Permission;

use self::plan::{NewImport, Plan, Planned};
use super::new_rows::{NewRows, details, first_row};
use crate::actor::Actor;
use crate::audit::Event;
use crate::change_request::Made;
use crate::crypto::random::base62;
use crate::error::Result;
use crate::keys::Keys;
use crate::store::column::Stored;
use crate::store::entities::imported_token;
use crate::store::mutation::{MOST_ROWS, Mutation, Subject, insert};

/// The rows of some imported keys.
#[derive(Default)]
struct Rows {
    keys: NewRows,
    tokens: Vec<imported_token::Model>,
}

impl Keys {
    /// Imports these keys in one transaction. If one of them is refused, nothing is written, and the report says of each key what
    /// is wrong with it. A key that is here already, as it is described, stays as it is. A dry run says what would happen.
    pub async fn import(
        &self,
        actor: &Actor,
        keys: &Bounded<KeyImport, MAX_IMPORTED_KEYS>,
        dry_run: bool,
    ) -> Result<ImportReport> {
        actor.require(Permission::CreateKeys)?;
        check_size(keys)?;
        // What can be refused now is refused without a turn among the mutations.
        let plan = Plan::make(&self.store.db, &self.store.tokens, actor, keys, self.store.now()).await?;
        if dry_run || plan.is_refused() {
            return Ok(plan.into_report());
        }
        let mut mutation = self.store.begin(actor, Permission::CreateKeys).await?;
        let plan = Plan::make(&mutation.transaction, &self.store.tokens, actor, keys, mutation.now).await?;
        if plan.is_refused() {
            return Ok(plan.into_report());
        }
        let report = self.insert_imported(&mut mutation, actor, plan).await?;
        if mutation.wants_answer() {
            mutation.compose_answer(&Made::Import(&report));
        }
        mutation.commit().await?;
        Ok(report)
    }

    /// Writes the new keys of a plan in which none is refused.
    async fn insert_imported(&self, mutation: &mut Mutation<'_>, actor: &Actor, plan: Plan) -> Result<ImportReport> {
        let provisioning = self.cluster.any_node_answers(mutation).await?;
        let mut report = ImportReport {
            written: true,
            lines: Vec::with_capacity(plan.lines.len()),
        };
        let mut rows = Rows::default();
        for (line, planned) in plan.lines {
            let outcome = match planned {
                Planned::New(new) => {
                    let id = self.add_rows(mutation, actor, *new, provisioning, &mut rows);
                    ImportOutcome::Created(Some(id))
                }
                Planned::Known(outcome) => outcome,
            };
            report.lines.push((line, outcome));
            if rows.keys.len() == MOST_ROWS {
                std::mem::take(&mut rows).insert(mutation).await?;
            }
        }
        rows.insert(mutation).await?;
        Ok(report)
    }

    /// Adds the rows, the event and the change of a key.
    fn add_rows(
        &self,
        mutation: &mut Mutation<'_>,
        actor: &Actor,
        new: NewImport,
        provisioning: bool,
        rows: &mut Rows,
    ) -> KeyId {
        let NewImport {
            key,
            environment,
            token,
            enabled,
        } = new;
        let life = if enabled {
            Life::new(provisioning, mutation.now, key.expires_at, key.grant.clone())
        } else {
            Life::new_disabled(mutation.now, key.expires_at, key.grant.clone())
        };
        let id = KeyId::from_random(&base62(self.store.random(), RANDOM_LENGTH));
        let change = mutation.change(Subject::Key(&id));
        let imported = AuditEvent::KeyImported(details(&key, &environment.name, &life));
        mutation.audit(actor, &Event::on(id.as_str(), &key.name, imported));
        rows.tokens.push(imported_token::Model {
            token_hash: token.hash.clone(),
            key_id: Stored::from(&id),
            imported_at: Stored(mutation.now),
        });
        let row = first_row(mutation.now, change, &id, token, actor, &environment.id, &key, &life);
        rows.keys.add(&id, &key, row);
        id
    }
}

impl Rows {
    async fn insert(self, mutation: &mut Mutation<'_>) -> Result<()> {
        self.keys.insert(&mutation.transaction).await?;
        insert::<imported_token::Entity, imported_token::ActiveModel>(&mutation.transaction, self.tokens).await?;
        mutation.insert_log().await
    }
}

/// Refuses keys with so many endpoints that the others would wait for long.
fn check_size(keys: &[KeyImport]) -> Result<(), FormErrors> {
    let grants: usize = keys.iter().map(|key| key.form.all(ENDPOINT).count()).sum();
    if grants > MAX_IMPORTED_GRANTS {
        let message = format!("The keys of one request name at most {MAX_IMPORTED_GRANTS} endpoints together.");
        return Err(FormErrors::at("keys", message));
    }
    Ok(())
}
