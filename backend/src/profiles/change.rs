//! Creates, edits and deletes bias profiles. An edit is in force on this node before the answer is sent.

use model::audit_event::{AuditEvent, FieldChange, ProfileEdited, ProfileVersion};
use model::form::FormErrors;
use model::id::{ProfileId, RANDOM_LENGTH};
use model::profile::{Content, ProfileRow};
use model::profile_form::{NewerVersion, ProfileForm, ProfileOutcome};
use model::role::Permission;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, Set};

use super::{keys_with, one_in_force, some_keys};
use crate::audit::{Actor, ActorKind, Event};
use crate::change_request::Made;
use crate::crypto::random::base62;
use crate::error::{Conflict, Error, Result};
use crate::profiles::Profiles;
use crate::store::column::Stored;
use crate::store::entities::{profile, profile_version};
use crate::store::mutation::{Mutation, Subject};
use crate::store::profiles::version;

impl Profiles {
    /// Creates the profile that a form asks for.
    pub async fn create(&self, actor: &Actor, form: &ProfileForm) -> Result<ProfileOutcome> {
        actor.require(Permission::ChangeProfiles)?;
        let content = form.read()?;
        let mutation = self.store.begin(actor, Permission::ChangeProfiles).await?;
        refuse_taken_name(&mutation.transaction, &content.name, None).await?;
        let id = ProfileId::from_random(&base62(self.store.random(), RANDOM_LENGTH));
        let row = profile::ActiveModel {
            id: Set((&id).into()),
            name_lower: Set(content.name.to_lowercase()),
            version: Set(1),
            created_at: Set(Stored(mutation.now)),
        };
        row.insert(&mutation.transaction).await?;
        let stored = insert_version(&mutation, actor, &id, 1, &content).await?;
        let made = ProfileRow {
            id: id.clone(),
            version: version(stored)?,
            keys: 0,
        };
        finish(
            mutation,
            actor,
            AuditEvent::ProfileCreated(ProfileVersion { version: 1 }),
            &id,
            (content.name, 1),
            Some(&made),
        )
        .await
    }

    /// Adds the version that a form asks for, and puts it in force.
    pub async fn edit(&self, actor: &Actor, id: &ProfileId, form: &ProfileForm) -> Result<ProfileOutcome> {
        actor.require(Permission::ChangeProfiles)?;
        let mutation = self.store.begin(actor, Permission::ChangeProfiles).await?;
        let (_, current) = one_in_force(&mutation.transaction, id).await?;
        let content = form.read()?;
        if form.version != current.number.to_string() {
            return Ok(ProfileOutcome::Changed(NewerVersion {
                version: current.number,
                author: current.author,
            }));
        }
        refuse_taken_name(&mutation.transaction, &content.name, Some(id)).await?;
        let differences = current.content.differences(&content);
        if differences.is_empty() {
            return Ok(ProfileOutcome::Saved {
                id: id.clone(),
                name: content.name,
                version: current.number,
                change: None,
            });
        }
        let number = current.number + 1;
        insert_version(&mutation, actor, id, number, &content).await?;
        profile::Entity::update_many()
            .col_expr(profile::Column::NameLower, Expr::value(content.name.to_lowercase()))
            .col_expr(profile::Column::Version, Expr::value(number))
            .filter(profile::Column::Id.eq(id.as_str()))
            .exec(&mutation.transaction)
            .await?;
        let edited = AuditEvent::ProfileEdited(ProfileEdited {
            version: number,
            changes: differences.into_iter().map(FieldChange::from).collect(),
        });
        finish(mutation, actor, edited, id, (content.name, number), None).await
    }

    /// Deletes a profile that no key has. Answers with its name.
    pub async fn delete(&self, actor: &Actor, id: &ProfileId) -> Result<String> {
        actor.require(Permission::ChangeProfiles)?;
        let mut mutation = self.store.begin(actor, Permission::ChangeProfiles).await?;
        let (_, current) = one_in_force(&mutation.transaction, id).await?;
        let name = current.content.name;
        let keys = keys_with(&mutation.transaction, id).await?;
        if keys > 0 {
            let some = some_keys(&mutation.transaction, id).await?;
            let names = some.into_iter().map(|key| key.name).collect();
            return Err(Conflict::ProfileInUse { name, names, keys }.into());
        }
        profile::Entity::delete_by_id(id).exec(&mutation.transaction).await?;
        mutation.change(Subject::Profile(id));
        let deleted = AuditEvent::ProfileDeleted(ProfileVersion {
            version: current.number,
        });
        mutation.audit(actor, &Event::on(id.as_str(), &name, deleted));
        mutation.commit().await?;
        Ok(name)
    }
}

async fn finish(
    mut mutation: Mutation<'_>,
    actor: &Actor,
    what: AuditEvent,
    id: &ProfileId,
    (name, version): (String, i64),
    made: Option<&ProfileRow>,
) -> Result<ProfileOutcome> {
    mutation.change(Subject::Profile(id));
    mutation.audit(actor, &Event::on(id.as_str(), &name, what));
    if let Some(made) = made {
        mutation.compose_answer(&Made::Profile(made));
    }
    let change = mutation.commit().await?;
    Ok(ProfileOutcome::Saved {
        id: id.clone(),
        name,
        version,
        change: Some(change),
    })
}

async fn insert_version(
    mutation: &Mutation<'_>,
    actor: &Actor,
    id: &ProfileId,
    number: i64,
    content: &Content,
) -> Result<profile_version::Model> {
    let author = match &actor.kind {
        ActorKind::User { name, .. } | ActorKind::ServiceAccount { name, .. } => name.clone(),
        ActorKind::CommandLine | ActorKind::System | ActorKind::Nobody => "command line".to_owned(),
    };
    let settings =
        serde_json::to_string(&content.settings).map_err(|error| Error::Internal(format!("settings: {error}")))?;
    let row = profile_version::ActiveModel {
        profile_id: Set(id.into()),
        number: Set(number),
        name: Set(content.name.clone()),
        description: Set(content.description.clone()),
        settings: Set(settings),
        author: Set(author),
        created_at: Set(Stored(mutation.now)),
    };
    Ok(row.insert(&mutation.transaction).await?)
}

/// Checks that no other profile has this name, whatever its case. Names are unique because the form of a key shows only
/// the name.
async fn refuse_taken_name(transaction: &DatabaseTransaction, name: &str, except: Option<&ProfileId>) -> Result<()> {
    let other = profile::Entity::find()
        .filter(profile::COLUMN.name_lower.eq(name.to_lowercase()))
        .one(transaction)
        .await?
        .filter(|row| except.is_none_or(|id| *id != row.id.0));
    if other.is_some() {
        return Err(FormErrors::at("name", "Another profile has this name. Choose a different one.").into());
    }
    Ok(())
}
