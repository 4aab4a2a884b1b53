//! Creates keys.

use model::audit_event::AuditEvent;
use model::customer::{CustomerName, CustomerRef};
use model::end_date;
use model::endpoint::{Endpoint, Grant};
use model::form::FormErrors;
use model::form_values::FormValues;
use model::id::{KeyId, RANDOM_LENGTH};
use model::key::{AlreadyCreated, CreateOutcome, CreatedKey};
use model::key_fields::{FieldContext, KeyField, KeySettings};
use model::key_form::{self, BROWSER_TIME, CreateKeyOptions, ENDPOINTS, ENVIRONMENT, FORM_ID};
use model::life::Life;
use model::profile::ProfileName;
use model::progress::{Progress, ProgressFacts};
use model::role::Permission;
use model::snippet::Example;
use model::status::Status;
use model::time::Timestamp;
use sea_orm::ConnectionTrait;

use super::StoredToken;
use super::form_receipt::{check_form_id, find_form_receipt, insert_form_receipt};
use super::list::records::JustMade;
use super::new_key::{NewKey, browser_skew, new_key};
use super::new_rows::{NewRows, details, first_row};
use super::settings::customer_in_form;
use crate::audit::{Actor, Event};
use crate::change_request::{Made, Token};
use crate::crypto::random::base62;
use crate::crypto::token::PlainToken;
use crate::error::{Conflict, Error, Result};
use crate::keys::Keys;
use crate::store::customers;
use crate::store::database;
use crate::store::entities::api_key;
use crate::store::environments::{self, Environment};
use crate::store::mutation::{MOST_ROWS, Mutation, Subject};
use crate::store::profiles;

/// Number of keys in one transaction where very many are created. Each transaction writes most pages of most indexes
/// again, so a million keys should take few transactions.
pub const KEYS_PER_TRANSACTION: usize = 100_000;

/// A key that was just created, with the only copy of its token.
#[derive(Debug)]
pub struct NewKeyWithToken {
    pub id: KeyId,
    pub token: PlainToken,
    /// False where no server is running for which the key would have to wait.
    pub provisioning: bool,
}

impl Keys {
    /// What the Create API Key form needs to be drawn. `customer` is the ID or the external ID of a customer, or empty.
    pub async fn creation_options(&self, actor: &Actor, environment: &str, customer: &str) -> Result<CreateKeyOptions> {
        actor.require(Permission::CreateKeys)?;
        let environments = self.environments.list_selectable(actor).await?;
        let now = self.store.now();
        let chosen = environments
            .iter()
            .find(|known| known.name == environment)
            .or(environments.first());
        let customer = match CustomerRef::typed(customer) {
            Ok(named) => customers::find(&self.store.db, &named).await?,
            Err(_) => None,
        };
        let settings = KeySettings {
            name: format!("New key, {}", now.date()),
            customer: customer.as_ref().map(customers::name_of),
            ..KeySettings::default()
        };
        let mut form = settings.values();
        form.set(end_date::EXPIRES, "never");
        form.set(
            ENVIRONMENT,
            chosen.map(|environment| environment.name.as_str()).unwrap_or_default(),
        );
        form.set(ENDPOINTS, "all");
        form.set(FORM_ID, self.new_form_id());
        Ok(CreateKeyOptions {
            endpoints: self.endpoints.load_catalogue().await?,
            profiles: self.profiles.load_names().await?,
            environments,
            form,
            now,
            clock_tolerance: self.store.settings.clock_tolerance,
        })
    }

    pub(super) fn new_form_id(&self) -> String {
        base62(self.store.random(), 22)
    }

    /// Creates the key that a form asks for. Sending this rendering of the form again creates no second key.
    pub async fn create(&self, actor: &Actor, form: &FormValues) -> Result<CreateOutcome> {
        actor.require(Permission::CreateKeys)?;
        let catalogue = self.endpoints.load_catalogue().await?;
        let new = self.check_with(actor, form, &catalogue).await?;
        let mut mutation = self.store.begin_shared(actor, Permission::CreateKeys).await?;
        if let Some(receipt) = find_form_receipt(&mutation, form.text(FORM_ID)).await? {
            mutation.give_up().await?;
            return Ok(CreateOutcome::AlreadyCreated(AlreadyCreated {
                id: receipt.key_id.0,
                name: receipt.key_name,
                form_id: self.new_form_id(),
            }));
        }
        // The bias profile or the customer may have been deleted since the form was checked.
        let profiles = profiles_for(form, &mutation.transaction).await?;
        let customer = customer_in_form(&mutation.transaction, form).await?;
        read(form, &profiles, customer.as_ref(), mutation.now)?;
        let Inserted { mut keys, last } = self.insert_keys(&mut mutation, actor, &new, 1).await?;
        let (Some(new_key), Some((row, environment))) = (keys.pop(), last) else {
            return Err(Error::Internal("no key was made".to_owned()));
        };
        insert_form_receipt(&mutation, form.text(FORM_ID), &new_key.id, &new.name).await?;
        if mutation.wants_answer() {
            let made = JustMade {
                row: &row,
                new: &new,
                environment: &environment,
                catalogue: &catalogue,
                profile: profiles
                    .iter()
                    .find(|profile| new.profile.as_ref() == Some(&profile.id)),
            };
            let key = self.record_of_new(&made, actor);
            let token = &Token(new_key.token.reveal());
            mutation.compose_answer(&Made::Key { key: &key, token });
        }
        mutation.commit().await?;
        let status = if new_key.provisioning {
            Status::Provisioning
        } else {
            Status::Active
        };
        let facts = ProgressFacts {
            browser_skew: new.browser_skew,
            ..ProgressFacts::default()
        };
        Ok(CreateOutcome::Created(Box::new(CreatedKey {
            progress: Progress::new(status, None, &facts),
            rotated: None,
            example: Example::new(&catalogue, &new.grant),
            id: new_key.id,
            name: new.name,
            environment: new.environment,
            token: new_key.token.reveal().to_owned(),
        })))
    }

    /// Creates several keys that differ only in their tokens, in one transaction. A running server waits for the
    /// transaction, so more than a few keys, up to [`KEYS_PER_TRANSACTION`], should be created only while none runs.
    pub async fn create_many(&self, actor: &Actor, new: &NewKey, count: usize) -> Result<Vec<NewKeyWithToken>> {
        actor.require(Permission::CreateKeys)?;
        let mut mutation = self.store.begin(actor, Permission::CreateKeys).await?;
        if count >= KEYS_PER_TRANSACTION {
            database::enlarge_page_cache(&mutation.transaction).await?;
        }
        let Inserted { keys, .. } = self.insert_keys(&mut mutation, actor, new, count).await?;
        mutation.commit().await?;
        Ok(keys)
    }

    /// Checks a form against the rules and the catalogue.
    pub async fn check(&self, actor: &Actor, form: &FormValues) -> Result<NewKey> {
        actor.require(Permission::CreateKeys)?;
        let catalogue = self.endpoints.load_catalogue().await?;
        self.check_with(actor, form, &catalogue).await
    }

    async fn check_with(&self, actor: &Actor, form: &FormValues, catalogue: &[Endpoint]) -> Result<NewKey> {
        let now = self.store.now();
        check_form_id(form.text(FORM_ID))?;
        let mut errors = FormErrors::default();
        let environment = environments::all(&self.store.db)
            .await?
            .into_iter()
            .find(|known| known.name == form.text(ENVIRONMENT) && actor.reaches(&known.id));
        if environment.is_none() {
            errors.add(ENVIRONMENT, "Choose an environment.");
        }
        let customer = customer_in_form(&self.store.db, form).await?;
        let profiles = profiles_for(form, &self.store.db).await?;
        let settings =
            read(form, &profiles, customer.as_ref(), now).map_err(|found| errors.fields.extend(found.fields));
        let grant = key_form::grant(form, catalogue).map_err(|message| errors.add(ENDPOINTS, message));
        let (Some(environment), Ok(grant), Ok(settings)) = (environment, grant, settings) else {
            return Err(errors.into());
        };
        let skew = browser_skew(form.text(BROWSER_TIME), now);
        Ok(new_key(settings, environment.name, grant, skew))
    }

    async fn insert_keys(
        &self,
        mutation: &mut Mutation<'_>,
        actor: &Actor,
        new: &NewKey,
        count: usize,
    ) -> Result<Inserted> {
        let environment = environment(mutation, actor, &new.environment).await?;
        if let Some(customer) = &new.customer {
            // It may have been deleted since the form was checked.
            customers::row(&mutation.transaction, &customer.id).await?;
        }
        let provisioning = self.cluster.any_node_answers(mutation).await?;
        let life = Life::new(provisioning, mutation.now, new.expires_at, new.grant.clone());
        let created = AuditEvent::KeyCreated(details(new, &environment.name, &life));
        let (mut new_keys, mut last) = (Vec::with_capacity(count), None);
        while new_keys.len() < count {
            let mut rows = NewRows::default();
            for _ in 0..(count - new_keys.len()).min(MOST_ROWS) {
                let token = PlainToken::generate(environment.kind, self.store.random());
                let id = KeyId::from_random(&base62(self.store.random(), RANDOM_LENGTH));
                let change = mutation.change(Subject::Key(&id));
                mutation.audit(actor, &Event::on(id.as_str(), &new.name, created.clone()));
                let stored = StoredToken::of(&self.store.tokens, &token);
                let row = first_row(mutation.now, change, &id, stored, actor, &environment.id, new, &life);
                rows.add(&id, new, row);
                new_keys.push(NewKeyWithToken {
                    id,
                    token,
                    provisioning,
                });
            }
            last = rows.last().cloned();
            rows.insert(&mutation.transaction).await?;
            mutation.insert_log().await?;
        }
        Ok(Inserted {
            keys: new_keys,
            last: last.map(|row| (row, environment)),
        })
    }

    /// A request that a key with this grant may make.
    pub(super) async fn example(&self, grant: &Grant) -> Result<Option<Example>> {
        Ok(Example::new(&self.endpoints.load_catalogue().await?, grant))
    }
}

/// What one transaction has inserted.
struct Inserted {
    keys: Vec<NewKeyWithToken>,
    /// The row of the last key, with the environment of all.
    last: Option<(api_key::Model, Environment)>,
}

/// The bias profiles that a form may choose from. Where it chooses none, none are read.
async fn profiles_for(form: &FormValues, db: &impl ConnectionTrait) -> Result<Vec<ProfileName>> {
    if form.text(KeyField::BiasProfile.name()).is_empty() {
        return Ok(Vec::new());
    }
    profiles::names(db).await
}

/// The settings that a form asks for.
pub(super) fn read(
    form: &FormValues,
    profiles: &[ProfileName],
    customer: Option<&CustomerName>,
    now: Timestamp,
) -> Result<KeySettings, FormErrors> {
    let context = FieldContext {
        profiles,
        customer,
        owner: None,
        now,
        new: true,
    };
    let mut settings = KeySettings::default();
    settings.read(form, &context).check()?;
    Ok(settings)
}

async fn environment(mutation: &Mutation<'_>, actor: &Actor, name: &str) -> Result<Environment> {
    environments::all(&mutation.transaction)
        .await?
        .into_iter()
        .find(|environment| environment.name == name && actor.reaches(&environment.id))
        .ok_or_else(|| Conflict::NoEnvironmentNamed(name.to_owned()).into())
}
