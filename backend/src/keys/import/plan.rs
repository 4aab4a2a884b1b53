//! What would become of each key of an import, and why.

use std::collections::HashMap;

use model::customer::CustomerRef;
use model::end_date;
use model::endpoint::{Endpoint, Grant};
use model::form::FormErrors;
use model::form_values::FormValues;
use model::key_fields::{KeyField, KeySettings};
use model::key_form::{self, ENDPOINT, ENDPOINTS, ENVIRONMENT};
use model::key_import::{ENABLED, ImportOutcome, ImportReport, KeyImport, LAST_FOUR, SHA256, last_four};
use model::limit::Window;
use model::profile::ProfileName;
use model::status::State;
use model::time::Timestamp;
use sea_orm::ConnectionTrait;

use super::sha256::read_sha256;
use crate::actor::Actor;
use crate::crypto::token::{HashedToken, TokenHasher};
use crate::error::Result;
use crate::keys::StoredToken;
use crate::keys::create::read;
use crate::keys::new_key::{NewKey, new_key};
use crate::keys::settings::settings_of;
use crate::store::customers::NamedCustomers;
use crate::store::entities::api_key;
use crate::store::environments::{self, Environment};
use crate::store::token_owners::{KnownKey, TokenOwner, owners};
use crate::store::{endpoints, profiles};

/// What would become of each key.
pub(super) struct Plan {
    /// The line of each key with it.
    pub(super) lines: Vec<(usize, Planned)>,
}

pub(super) enum Planned {
    New(Box<NewImport>),
    /// Nothing is written for it.
    Known(ImportOutcome),
}

/// A key to be written.
pub(super) struct NewImport {
    pub(super) key: NewKey,
    pub(super) environment: Environment,
    pub(super) token: StoredToken,
    pub(super) enabled: bool,
}

/// What the rules need.
struct Facts<'a> {
    actor: &'a Actor,
    /// The environments that the actor reaches.
    environments: Vec<Environment>,
    profiles: Vec<ProfileName>,
    catalogue: Vec<Endpoint>,
    /// The customers that the lines name.
    customers: NamedCustomers,
    now: Timestamp,
}

/// What a line says, after its checks.
struct Wanted<'a> {
    environment: &'a Environment,
    settings: KeySettings,
    grant: Grant,
    last_four: Option<&'a str>,
    enabled: bool,
}

impl Plan {
    pub(super) async fn make(
        db: &impl ConnectionTrait,
        hasher: &TokenHasher,
        actor: &Actor,
        keys: &[KeyImport],
        now: Timestamp,
    ) -> Result<Self> {
        let mut environments = environments::all(db).await?;
        environments.retain(|environment| actor.reaches(&environment.id));
        let named_customers: Vec<CustomerRef> = keys.iter().filter_map(|key| named_customer(&key.form)).collect();
        let facts = Facts {
            actor,
            environments,
            profiles: profiles::names(db).await?,
            catalogue: endpoints::catalogue(db).await?,
            customers: NamedCustomers::find(db, &named_customers).await?,
            now,
        };
        let tokens: Vec<_> = keys
            .iter()
            .map(|key| read_sha256(&key.sha256).map(|sha256| hasher.hash_sha256(&sha256)))
            .collect();
        let token_owners = owners(db, tokens.iter().flatten()).await?;
        let mut first_lines: HashMap<HashedToken, usize> = HashMap::new();
        let mut lines = Vec::with_capacity(keys.len());
        for (key, hash) in keys.iter().zip(tokens) {
            let hash = hash
                .map_err(str::to_owned)
                .and_then(|hash| match first_lines.insert(hash, key.line) {
                    None => Ok(hash),
                    Some(line) => Err(format!("Line {line} has the same token.")),
                });
            let planned = match hash {
                Ok(hash) => facts.judge(key, &hash, token_owners.get(&hash)),
                Err(message) => facts.judge_without_token(key, message),
            };
            lines.push((key.line, planned));
        }
        Ok(Self { lines })
    }

    pub(super) fn is_refused(&self) -> bool {
        let mut lines = self.lines.iter();
        lines.any(|(_, planned)| matches!(planned, Planned::Known(outcome) if outcome.errors().is_some()))
    }

    /// The report where nothing is written.
    pub(super) fn into_report(self) -> ImportReport {
        let outcome = |planned| match planned {
            Planned::New(_) => ImportOutcome::Created(None),
            Planned::Known(outcome) => outcome,
        };
        let lines = self.lines.into_iter();
        ImportReport {
            written: false,
            lines: lines.map(|(line, planned)| (line, outcome(planned))).collect(),
        }
    }
}

impl Facts<'_> {
    /// What becomes of a key whose token nobody can tell: what else is wrong with it is told as well.
    fn judge_without_token(&self, key: &KeyImport, message: String) -> Planned {
        let mut errors = FormErrors::at(SHA256, message);
        if let Err(found) = self.read(key, self.now, None) {
            errors.fields.extend(found.fields);
        }
        Planned::Known(ImportOutcome::Invalid(errors))
    }

    fn judge(&self, key: &KeyImport, hash: &HashedToken, owner: Option<&TokenOwner>) -> Planned {
        match owner {
            Some(TokenOwner::Key(known))
                if self.actor.reaches(&known.row.environment_id) && known.row.token_imported =>
            {
                Planned::Known(self.compare(key, known))
            }
            Some(owner) => {
                let conflict = FormErrors::at(SHA256, self.conflict(owner));
                Planned::Known(ImportOutcome::Conflict(conflict))
            }
            None => match self.read(key, self.now, None) {
                Ok(wanted) => Planned::New(Box::new(wanted.into_new(hash))),
                Err(errors) => Planned::Known(ImportOutcome::Invalid(errors)),
            },
        }
    }

    /// Compares a line with the key that has its token.
    fn compare(&self, key: &KeyImport, known: &KnownKey) -> ImportOutcome {
        let row = &known.row;
        // An end date that has passed since was right when the key was imported.
        let wanted = match self.read(key, row.created_at.0, Some(&known.grant)) {
            Ok(wanted) => wanted,
            Err(errors) => return ImportOutcome::Invalid(errors),
        };
        let differences = wanted.differences(known, self.now);
        if differences.is_empty() {
            return ImportOutcome::Unchanged(row.id.0.clone());
        }
        let mut errors = FormErrors::default();
        for (field, what) in differences {
            errors.add(
                field,
                format!("{} has this token already, with another {what}.", row.id.0),
            );
        }
        ImportOutcome::Conflict(errors)
    }

    /// Why a token cannot be imported. Keys of environments that the actor does not reach are not named.
    fn conflict(&self, owner: &TokenOwner) -> String {
        let seen = |row: &api_key::Model| self.actor.reaches(&row.environment_id).then(|| row.id.0.clone());
        match owner {
            TokenOwner::EnvironmentKey => "This is the token of an environment key.".to_owned(),
            TokenOwner::ServiceAccount => "This is the token of a service account.".to_owned(),
            TokenOwner::Key(known) => match seen(&known.row) {
                Some(id) => format!("{id} has this token already, and was not imported."),
                None => "Another key has this token already.".to_owned(),
            },
            TokenOwner::Replaced(row) => match seen(row) {
                Some(id) => format!(
                    "This token was replaced: {id} has a new one. A token that was replaced does not come back."
                ),
                None => "This token was replaced here, and does not come back.".to_owned(),
            },
            TokenOwner::Deleted(id) if self.actor.environments().is_none() => {
                format!(
                    "This token belonged to {id}, which was deleted here. A key that was deleted does not come back."
                )
            }
            TokenOwner::Deleted(_) => "The key with this token was deleted here, and does not come back.".to_owned(),
        }
    }

    /// Reads a line by the rules for a new key. `known` is what the key may call that has the token already: its endpoints may have
    /// been retired since.
    fn read<'a>(&'a self, key: &'a KeyImport, now: Timestamp, known: Option<&Grant>) -> Result<Wanted<'a>, FormErrors> {
        let mut errors = FormErrors::default();
        let form = &key.form;
        let environment = self
            .environments
            .iter()
            .find(|environment| environment.name == form.text(ENVIRONMENT));
        if environment.is_none() {
            errors.add(ENVIRONMENT, "Choose an environment.");
        }
        let customer = named_customer(form).and_then(|named| self.customers.get(&named));
        let settings = read(form, &self.profiles, customer, now).map_err(|found| errors.fields.extend(found.fields));
        let grant = match known.filter(|known| **known == named(form)) {
            Some(same) => Ok(same.clone()),
            None => key_form::grant(form, &self.catalogue),
        };
        let grant = grant.map_err(|message| errors.add(ENDPOINTS, message));
        let four = key.last_four.as_deref().map(last_four).transpose();
        let four = four.map_err(|message| errors.add(LAST_FOUR, message));
        match (environment, settings, grant, four) {
            (Some(environment), Ok(settings), Ok(grant), Ok(last_four)) => Ok(Wanted {
                environment,
                settings,
                grant,
                last_four,
                enabled: key.enabled,
            }),
            _ => Err(errors),
        }
    }
}

impl Wanted<'_> {
    fn into_new(self, hash: &HashedToken) -> NewImport {
        let environment = self.environment.clone();
        NewImport {
            key: new_key(self.settings, environment.name.clone(), self.grant, None),
            environment,
            token: StoredToken {
                hash: hash.0.to_vec(),
                last_four: self.last_four.unwrap_or_default().to_owned(),
                imported: true,
            },
            enabled: self.enabled,
        }
    }

    /// The fields in which a key differs, each with its word.
    fn differences(&self, known: &KnownKey, now: Timestamp) -> Vec<(&'static str, &'static str)> {
        let row = &known.row;
        let is = settings_of(row, None, None, now);
        let wanted = &self.settings;
        let works = match row.state.0 {
            State::Provisioning | State::Active => Some(true),
            State::Inactive => Some(false),
            State::Failed => None,
        };
        let same_limit = |window| is.limits.of(window) == wanted.limits.of(window);
        [
            (KeyField::Name.name(), "name", is.name == wanted.name),
            (ENVIRONMENT, "environment", row.environment_id.0 == self.environment.id),
            (ENDPOINTS, "list of endpoints", known.grant == self.grant),
            (
                KeyField::BiasProfile.name(),
                "bias profile",
                is.profile == wanted.profile,
            ),
            (end_date::EXPIRES, "end date", is.expires_at == wanted.expires_at),
            (
                KeyField::Limit(Window::Second).name(),
                "rate limit",
                same_limit(Window::Second),
            ),
            (
                KeyField::Limit(Window::Minute).name(),
                "rate limit",
                same_limit(Window::Minute),
            ),
            (
                KeyField::Limit(Window::Day).name(),
                "rate limit",
                same_limit(Window::Day),
            ),
            (
                KeyField::AllowedAddresses.name(),
                "list of allowed addresses",
                is.addresses == wanted.addresses,
            ),
            (
                KeyField::Customer.name(),
                "customer",
                row.customer_id.as_deref() == wanted.customer.as_ref().map(|customer| &customer.id),
            ),
            (KeyField::Metadata.name(), "metadata", is.metadata == wanted.metadata),
            (
                KeyField::Description.name(),
                "description",
                is.description == wanted.description,
            ),
            (KeyField::Tags.name(), "list of tags", is.tags == wanted.tags),
            (KeyField::Location.name(), "place", is.location == wanted.location),
            (
                LAST_FOUR,
                "end",
                self.last_four.is_none_or(|four| four == row.token_last_four),
            ),
            (ENABLED, "status", works == Some(self.enabled)),
        ]
        .into_iter()
        .filter(|(_, _, same)| !same)
        .map(|(field, what, _)| (field, what))
        .collect()
    }
}

/// The customer that a form names, whether it exists or not.
fn named_customer(form: &FormValues) -> Option<CustomerRef> {
    CustomerRef::typed(form.text(KeyField::Customer.name())).ok()
}

/// The endpoints that a form names, in order.
fn named(form: &FormValues) -> Grant {
    let mut names: Vec<String> = form.all(ENDPOINT).map(str::to_owned).collect();
    if names.is_empty() {
        return Grant::All;
    }
    names.sort();
    names.dedup();
    Grant::Only(names)
}
