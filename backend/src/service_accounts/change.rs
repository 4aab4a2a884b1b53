//! Creates, edits, disables and deletes service accounts.

use model::audit_event::{AuditEvent, FieldChanges, NoDetails, ServiceAccountCreated};
use model::form::FormErrors;
use model::id::{EnvironmentId, RANDOM_LENGTH, ServiceAccountId};
use model::role::Permission;
use model::service_account::{NewServiceToken, ServiceAccountForm, ServiceTokenForm, name_and_role};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};

use super::ServiceAccounts;
use super::tokens::{TokenTerms, insert_token};
use crate::actor::Actor;
use crate::crypto::random::base62;
use crate::error::Result;
use crate::store::Event;
use crate::store::column::Stored;
use crate::store::entities::{service_account, service_account_environment, service_token};
use crate::store::environments;
use crate::store::mutation::{Mutation, Subject, insert};
use crate::store::service_accounts::{environments_of, service_account_named};

impl ServiceAccounts {
    /// Creates the service account that a form asks for, with its first token.
    pub async fn create_by_form(&self, actor: &Actor, form: &ServiceAccountForm) -> Result<NewServiceToken> {
        actor.require(Permission::ManageServiceAccounts)?;
        let token = ServiceTokenForm {
            expires: form.expires.clone(),
            addresses: form.addresses.clone(),
        };
        let mut errors = name_and_role(form).err().unwrap_or_default();
        let terms = TokenTerms::read(&token, self.store.now()).map_err(|found| errors.fields.extend(found.fields));
        match terms {
            Ok(terms) if errors.is_empty() => self.create(actor, form, &terms).await,
            _ => Err(errors.into()),
        }
    }

    /// Creates a service account, with its first token.
    pub async fn create(
        &self,
        actor: &Actor,
        form: &ServiceAccountForm,
        terms: &TokenTerms,
    ) -> Result<NewServiceToken> {
        actor.require(Permission::ManageServiceAccounts)?;
        let (name, role) = name_and_role(form)?;
        let mut mutation = self
            .store
            .begin_with_password(actor, Permission::ManageServiceAccounts)
            .await?;
        terms.check(mutation.now)?;
        refuse_taken_name(&mutation.transaction, &name, None).await?;
        let kept = read_environments(&mutation.transaction, form).await?;
        let account = service_account::Model {
            id: Stored(ServiceAccountId::from_random(&base62(
                self.store.random(),
                RANDOM_LENGTH,
            ))),
            name,
            role: Stored(role),
            all_environments: kept.is_none(),
            created_at: Stored(mutation.now),
            created_by: actor.user_id().map(Stored::from),
            disabled_at: None,
            deleted_at: None,
        };
        account
            .clone()
            .into_active_model()
            .reset_all()
            .insert(&mutation.transaction)
            .await?;
        keep_to(&mutation, &account.id, kept.as_deref()).await?;
        let created = AuditEvent::ServiceAccountCreated(ServiceAccountCreated {
            role,
            environments: kept.as_ref().map(|kept| names_of(kept)),
        });
        mutation.change(Subject::ServiceAccount(&account.id));
        mutation.audit(actor, &Event::on(account.id.as_str(), &account.name, created));
        let stored = insert_token(&self.store, &mut mutation, actor, &account, terms).await?;
        let change = mutation.commit().await?;
        Ok(stored.reveal(&account, change))
    }

    /// Changes the name, the role and the environments of a service account, in force with its next request. Answers with the number
    /// of the change; `None` where nothing is different.
    pub async fn edit(&self, actor: &Actor, id: &ServiceAccountId, form: &ServiceAccountForm) -> Result<Option<i64>> {
        actor.require(Permission::ManageServiceAccounts)?;
        let (name, role) = name_and_role(form)?;
        let mut mutation = self
            .store
            .begin_with_password(actor, Permission::ManageServiceAccounts)
            .await?;
        let account = super::row(&mutation.transaction, id).await?;
        refuse_taken_name(&mutation.transaction, &name, Some(id)).await?;
        let kept = read_environments(&mutation.transaction, form).await?;
        let former = self.former_environments(&mutation, &account).await?;
        let differences: Vec<(String, String, String)> = [
            ("Name", account.name.clone(), name.clone()),
            ("Role", account.role.title().to_owned(), role.title().to_owned()),
            ("Environments", former, in_words(kept.as_deref())),
        ]
        .into_iter()
        .filter(|(_, from, to)| from != to)
        .map(|(field, from, to)| (field.to_owned(), from, to))
        .collect();
        if differences.is_empty() {
            return Ok(None);
        }
        let mut active = account.clone().into_active_model();
        active.name = Set(name.clone());
        active.role = Set(Stored(role));
        active.all_environments = Set(kept.is_none());
        if active.is_changed() {
            active.update(&mutation.transaction).await?;
        }
        keep_to(&mutation, id, kept.as_deref()).await?;
        let edited = AuditEvent::ServiceAccountEdited(differences.into_iter().collect::<FieldChanges>());
        mutation.change(Subject::ServiceAccount(id));
        mutation.audit(actor, &Event::on(id.as_str(), &name, edited));
        mutation.commit().await.map(Some)
    }

    /// Refuses the tokens of a service account from now on. The keys that it created go on working.
    pub async fn disable(&self, actor: &Actor, id: &ServiceAccountId) -> Result<Option<i64>> {
        actor.require(Permission::ManageServiceAccounts)?;
        let mut mutation = self.store.begin(actor, Permission::ManageServiceAccounts).await?;
        let account = super::row(&mutation.transaction, id).await?;
        if account.disabled_at.is_some() {
            return Ok(None);
        }
        let mut active = account.clone().into_active_model();
        active.disabled_at = Set(Some(Stored(mutation.now)));
        active.update(&mutation.transaction).await?;
        let disabled = AuditEvent::ServiceAccountDisabled(NoDetails {});
        mutation.change(Subject::ServiceAccount(id));
        mutation.audit(actor, &Event::on(id.as_str(), &account.name, disabled));
        mutation.commit().await.map(Some)
    }

    /// Accepts the tokens of a disabled service account again.
    pub async fn enable(&self, actor: &Actor, id: &ServiceAccountId) -> Result<Option<i64>> {
        actor.require(Permission::ManageServiceAccounts)?;
        let mut mutation = self
            .store
            .begin_with_password(actor, Permission::ManageServiceAccounts)
            .await?;
        let account = super::row(&mutation.transaction, id).await?;
        if account.disabled_at.is_none() {
            return Ok(None);
        }
        let mut active = account.clone().into_active_model();
        active.disabled_at = Set(None);
        active.update(&mutation.transaction).await?;
        let enabled = AuditEvent::ServiceAccountEnabled(NoDetails {});
        mutation.change(Subject::ServiceAccount(id));
        mutation.audit(actor, &Event::on(id.as_str(), &account.name, enabled));
        mutation.commit().await.map(Some)
    }

    /// Deletes a service account with its tokens. The keys that it created go on working. Answers with the number of the change.
    pub async fn delete(&self, actor: &Actor, id: &ServiceAccountId) -> Result<i64> {
        actor.require(Permission::ManageServiceAccounts)?;
        let mut mutation = self.store.begin(actor, Permission::ManageServiceAccounts).await?;
        let account = super::row(&mutation.transaction, id).await?;
        let mut active = account.clone().into_active_model();
        active.deleted_at = Set(Some(Stored(mutation.now)));
        active.update(&mutation.transaction).await?;
        service_token::Entity::delete_many()
            .filter(service_token::Column::ServiceAccountId.eq(id.as_str()))
            .exec(&mutation.transaction)
            .await?;
        keep_to(&mutation, id, None).await?;
        let deleted = AuditEvent::ServiceAccountDeleted(NoDetails {});
        mutation.change(Subject::ServiceAccount(id));
        mutation.audit(actor, &Event::on(id.as_str(), &account.name, deleted));
        mutation.commit().await
    }

    /// The environments to which a service account is kept so far, in words.
    async fn former_environments(&self, mutation: &Mutation<'_>, account: &service_account::Model) -> Result<String> {
        let Some(ids) = environments_of(&mutation.transaction, account).await? else {
            return Ok(in_words(None));
        };
        let mut all = environments::all(&mutation.transaction).await?;
        all.retain(|environment| ids.contains(&environment.id));
        let kept: Vec<Kept> = all.into_iter().map(|known| (known.id, known.name)).collect();
        Ok(in_words(Some(&kept)))
    }
}

/// An environment to which a service account is kept, with its name.
type Kept = (EnvironmentId, String);

/// The environments that a form names, in the order of the list of environments; `None` for all.
async fn read_environments(db: &impl ConnectionTrait, form: &ServiceAccountForm) -> Result<Option<Vec<Kept>>> {
    if form.environments.is_empty() {
        return Ok(None);
    }
    let known = environments::all(db).await?;
    if let Some(unknown) = form
        .environments
        .iter()
        .find(|name| !known.iter().any(|environment| environment.name == **name))
    {
        let message = format!("There is no environment “{}”.", model::form::short(unknown));
        return Err(FormErrors::at("environments", message).into());
    }
    let kept = known
        .into_iter()
        .filter(|environment| form.environments.contains(&environment.name))
        .map(|environment| (environment.id, environment.name));
    Ok(Some(kept.collect()))
}

fn names_of(kept: &[Kept]) -> Vec<String> {
    kept.iter().map(|(_, name)| name.clone()).collect()
}

fn in_words(kept: Option<&[Kept]>) -> String {
    kept.map_or_else(|| "all".to_owned(), |kept| names_of(kept).join(", "))
}

/// Stores the environments to which a service account is kept, in the place of those so far.
async fn keep_to(mutation: &Mutation<'_>, id: &ServiceAccountId, kept: Option<&[Kept]>) -> Result<()> {
    service_account_environment::Entity::delete_many()
        .filter(service_account_environment::Column::ServiceAccountId.eq(id.as_str()))
        .exec(&mutation.transaction)
        .await?;
    let rows = kept
        .unwrap_or_default()
        .iter()
        .map(|(environment, _)| service_account_environment::Model {
            service_account_id: id.into(),
            environment_id: environment.into(),
        });
    insert::<service_account_environment::Entity, service_account_environment::ActiveModel>(
        &mutation.transaction,
        rows.collect(),
    )
    .await
}

/// Checks that no other service account has this name, whatever its case. Names stand alone on the command line.
async fn refuse_taken_name(db: &impl ConnectionTrait, name: &str, except: Option<&ServiceAccountId>) -> Result<()> {
    match service_account_named(db, name).await? {
        Some(other) if except != Some(&other.id.0) => {
            let message = format!("There is a service account “{}” already.", other.name);
            Err(FormErrors::at("name", message).into())
        }
        _ => Ok(()),
    }
}
