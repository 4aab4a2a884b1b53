//! Making keys.

use model::endpoint::{Grant, Pattern};
use model::id::{KeyId, RANDOM_LENGTH};
use model::key::{self, CreateOutcome, CreatedKey, Progress};
use model::key_form::{CreateKeyForm, CreateKeyOptions, FormErrors};
use model::status::{State, Status};
use model::time::{DAY, Timestamp};
use sea_orm::{ActiveModelTrait, EntityTrait, QueryFilter, Set};
use serde_json::json;

use super::stored;
use crate::audit::{Actor, Event};
use crate::backend::Backend;
use crate::cluster::other_live_nodes;
use crate::crypto::random::base62;
use crate::crypto::token::PlainToken;
use crate::entity::{api_key, api_key_endpoint, form_receipt};
use crate::environments::{self, Environment};
use crate::error::{Error, Result};
use crate::write::{Subject, Write};

/// How long a sent form is remembered, in milliseconds.
const RECEIPT_KEPT: i64 = DAY;
/// The longest form identifier that is looked at.
const FORM_ID_MAX: usize = 64;

/// A key to be made, checked.
#[derive(Clone, Debug)]
pub struct NewKey {
    pub name: String,
    /// An environment's name.
    pub environment: String,
    pub grant: Grant,
    pub expires_at: Option<Timestamp>,
    /// The browser's clock less the server's, in milliseconds.
    pub browser_skew: Option<i64>,
}

/// A key that was just made, with the only copy of its token.
#[derive(Debug)]
pub struct Minted {
    pub id: KeyId,
    pub token: PlainToken,
    /// False where no server runs that the key has to wait for.
    pub provisioning: bool,
}

impl Backend {
    /// What the Create API Key form needs to be drawn.
    pub async fn create_key_options(&self, environment: &str) -> Result<CreateKeyOptions> {
        let environments = self.environments().await?;
        let now = self.now();
        let chosen = environments
            .iter()
            .find(|known| known.name == environment)
            .or(environments.first());
        let form = CreateKeyForm {
            name: format!("New key, {}", now.date()),
            environment: chosen.map(|environment| environment.name.clone()).unwrap_or_default(),
            endpoints: "all".to_owned(),
            expires: "never".to_owned(),
            form_id: self.new_form_id(),
            ..CreateKeyForm::default()
        };
        Ok(CreateKeyOptions {
            endpoints: self.endpoints().await?,
            environments,
            form,
            now,
            clock_tolerance: self.settings.clock_tolerance,
        })
    }

    fn new_form_id(&self) -> String {
        base62(self.random(), 22)
    }

    /// Makes the key that a form asks for, once: the same form sent again makes no other.
    pub async fn create_key(&self, actor: &Actor, form: CreateKeyForm) -> Result<CreateOutcome> {
        let new = match self.check(&form).await? {
            Ok(new) => new,
            Err(errors) => return Ok(CreateOutcome::Invalid(Box::new(form), errors)),
        };
        // Before the commit: after it, no error may lose the token.
        let example = self.example(&new.grant).await?;
        let mut write = self.write().await?;
        if let Some(receipt) = receipt(&write, &form.form_id).await? {
            return Ok(CreateOutcome::AlreadyCreated {
                id: KeyId::from_stored(receipt.key_id),
                name: receipt.key_name,
                form: Box::new(CreateKeyForm {
                    form_id: self.new_form_id(),
                    ..form
                }),
            });
        }
        let minted = self.insert_key(&mut write, actor, &new).await?;
        remember(&write, &form.form_id, &minted.id, &new.name).await?;
        write.commit().await?;
        Ok(CreateOutcome::Created(Box::new(CreatedKey {
            progress: Progress {
                status: if minted.provisioning {
                    Status::Provisioning
                } else {
                    Status::Active
                },
                reason: None,
            },
            example,
            id: minted.id,
            name: new.name,
            environment: new.environment,
            token: minted.token.reveal().to_owned(),
        })))
    }

    /// Makes several keys that differ only in their tokens, in one transaction.
    pub async fn create_keys(&self, actor: &Actor, new: &NewKey, count: usize) -> Result<Vec<Minted>> {
        let mut write = self.write().await?;
        let mut minted = Vec::with_capacity(count);
        for _ in 0..count {
            minted.push(self.insert_key(&mut write, actor, new).await?);
        }
        write.commit().await?;
        Ok(minted)
    }

    /// Checks a form against the rules and the catalogue.
    pub async fn check(&self, form: &CreateKeyForm) -> Result<Result<NewKey, FormErrors>> {
        let now = self.now();
        let mut errors = FormErrors::default();
        if form.form_id.len() > FORM_ID_MAX {
            return Ok(Err(FormErrors::whole(
                "This form did not come from this page. Reload it and try again.",
            )));
        }
        let environment = environments::all(&self.db)
            .await?
            .into_iter()
            .find(|known| known.name == form.environment);
        if environment.is_none() {
            errors.add("environment", "Choose an environment.");
        }
        let name = key::name(&form.name).map_err(|message| errors.add("name", message));
        let grant = form
            .grant(&self.endpoints().await?)
            .map_err(|message| errors.add("endpoints", message));
        let expires_at = form.expiry(now).map_err(|message| {
            errors.add(
                if form.expires == "date" {
                    "expires_on"
                } else {
                    "expires"
                },
                message,
            );
        });
        let (Some(environment), Ok(name), Ok(grant), Ok(expires_at)) = (environment, name, grant, expires_at) else {
            return Ok(Err(errors));
        };
        Ok(Ok(NewKey {
            name,
            environment: environment.name,
            grant,
            expires_at,
            browser_skew: form.browser_time.parse().ok().map(|time| Timestamp(time).since(now)),
        }))
    }

    async fn insert_key(&self, write: &mut Write<'_>, actor: &Actor, new: &NewKey) -> Result<Minted> {
        let environment = environment(write, &new.environment).await?;
        let token = PlainToken::generate(environment.kind, self.random());
        let id = KeyId::from_random(&base62(self.random(), RANDOM_LENGTH));
        let provisioning = self.somebody_answers(write).await?;
        // Grants first: once the key exists, the database seals them.
        if let Grant::Only(names) = &new.grant {
            let grants = names.iter().map(|name| api_key_endpoint::ActiveModel {
                key_id: Set(id.to_string()),
                endpoint_name: Set(name.clone()),
            });
            api_key_endpoint::Entity::insert_many(grants)
                .exec_without_returning(&write.transaction)
                .await?;
        }
        let change = write.change(Subject::Key(id.as_str())).await?;
        let (token_hash, token_last_four) = stored(&token);
        let state = if provisioning {
            State::Provisioning
        } else {
            State::Active
        };
        let row = api_key::ActiveModel {
            id: Set(id.to_string()),
            name: Set(new.name.clone()),
            name_lower: Set(new.name.to_lowercase()),
            environment_id: Set(environment.id),
            created_by: Set(actor.user_id().map(ToString::to_string)),
            token_hash: Set(token_hash),
            token_last_four: Set(token_last_four),
            state: Set(state.as_str().to_owned()),
            failed_reason: Set(None),
            all_endpoints: Set(new.grant == Grant::All),
            created_at: Set(write.now.0),
            created_change: Set(change),
            browser_skew: Set(new.browser_skew),
            expires_at: Set(new.expires_at.map(|end| end.0)),
            last_used_at: Set(None),
        };
        row.insert(&write.transaction).await?;
        let event = Event {
            action: "key.created",
            subject: Some((id.as_str(), &new.name)),
            details: json!({
                "environment": environment.name,
                "endpoints": new.grant,
                "expiresAt": new.expires_at.map(Timestamp::rfc3339),
                "state": state.as_str(),
            }),
        };
        write.audit(actor, event).await?;
        Ok(Minted {
            id,
            token,
            provisioning,
        })
    }

    /// Whether a server runs that has to learn of the key before it is ACTIVE.
    async fn somebody_answers(&self, write: &Write<'_>) -> Result<bool> {
        if self.verifier().applied().await.is_some() {
            return Ok(true);
        }
        Ok(!other_live_nodes(&write.transaction, None, write.now).await?.is_empty())
    }

    /// A request that a key with this grant may make.
    async fn example(&self, grant: &Grant) -> Result<Option<Pattern>> {
        let catalogue = self.endpoints().await?;
        let endpoint = catalogue.into_iter().find(|endpoint| grant.covers(&endpoint.name));
        Ok(endpoint.and_then(|endpoint| endpoint.patterns.into_iter().next()))
    }

    /// How far a key has come.
    pub async fn progress(&self, id: &KeyId) -> Result<Progress> {
        let row = super::row(&self.db, id).await?;
        let status = super::status_of(&row, self.now())?;
        Ok(Progress {
            status,
            reason: row.failed_reason.or_else(|| {
                (status == Status::Failed).then(|| "Provisioning did not end within 3 minutes.".to_owned())
            }),
        })
    }
}

async fn environment(write: &Write<'_>, name: &str) -> Result<Environment> {
    environments::all(&write.transaction)
        .await?
        .into_iter()
        .find(|environment| environment.name == name)
        .ok_or_else(|| Error::Refused(format!("There is no environment {name:?}.")))
}

async fn receipt(write: &Write<'_>, form_id: &str) -> Result<Option<form_receipt::Model>> {
    Ok(form_receipt::Entity::find_by_id(form_id)
        .one(&write.transaction)
        .await?)
}

async fn remember(write: &Write<'_>, form_id: &str, id: &KeyId, name: &str) -> Result<()> {
    if form_id.is_empty() {
        return Ok(());
    }
    form_receipt::Entity::delete_many()
        .filter(form_receipt::COLUMN.at.lt(write.now.plus(-RECEIPT_KEPT).0))
        .exec(&write.transaction)
        .await?;
    let receipt = form_receipt::ActiveModel {
        form_id: Set(form_id.to_owned()),
        key_id: Set(id.to_string()),
        key_name: Set(name.to_owned()),
        at: Set(write.now.0),
    };
    receipt.insert(&write.transaction).await?;
    Ok(())
}
