//! Adds, retitles and retires endpoints. Their methods and paths never change, since existing keys would then allow
//! more.

use model::audit_event::{AuditEvent, EndpointCreated, FieldChanges, NoDetails};
use model::endpoint::Endpoint;
use model::endpoint_form::{EndpointForm, EndpointRow, title};
use model::form::FormErrors;
use model::role::Permission;
use sea_orm::{ActiveModelTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryOrder, Set};

use super::catalogue;
use crate::audit::{Actor, Event};
use crate::change_request::Made;
use crate::endpoints::Endpoints;
use crate::error::{NotFound, Result};
use crate::store::column::Stored;
use crate::store::entities::{endpoint, endpoint_pattern};
use crate::store::mutation::{Subject, insert};

impl Endpoints {
    /// Adds the endpoint that a form describes. Keys with all endpoints may call it from now on. Answers with its title.
    pub async fn create(&self, actor: &Actor, form: &EndpointForm) -> Result<String> {
        actor.require(Permission::ChangeEndpoints)?;
        let new = form.read()?;
        let mut mutation = self.store.begin(actor, Permission::ChangeEndpoints).await?;
        refuse_collision(&mutation.transaction, &new).await?;
        let last = endpoint::Entity::find()
            .order_by_desc(endpoint::COLUMN.position)
            .one(&mutation.transaction)
            .await?;
        let patterns = (0..)
            .zip(&new.patterns)
            .map(|(position, pattern)| endpoint_pattern::Model {
                endpoint_name: new.name.clone(),
                position,
                method: pattern.method.clone(),
                path: pattern.path.clone(),
            });
        // Patterns come first: once the endpoint exists, the database no longer lets its patterns change.
        insert::<endpoint_pattern::Entity, endpoint_pattern::ActiveModel>(&mutation.transaction, patterns.collect())
            .await?;
        let row = endpoint::ActiveModel {
            name: Set(new.name.clone()),
            title: Set(new.title.clone()),
            position: Set(last.map_or(0, |last| last.position + 1)),
            created_at: Set(Stored(mutation.now)),
            retired_at: Set(None),
        };
        row.insert(&mutation.transaction).await?;
        mutation.change(Subject::Endpoint(&new.name));
        let created = AuditEvent::EndpointCreated(EndpointCreated {
            patterns: new.patterns.clone(),
        });
        mutation.audit(actor, &Event::on(&new.name, &new.title, created));
        mutation.compose_answer(&Made::Endpoint(&EndpointRow {
            endpoint: new.clone(),
            keys: 0,
            created_at: mutation.now,
            retired_at: None,
        }));
        mutation.commit().await?;
        Ok(new.title)
    }

    /// Gives an endpoint another title, and answers with it.
    pub async fn retitle(&self, actor: &Actor, name: &str, text: &str) -> Result<String> {
        actor.require(Permission::ChangeEndpoints)?;
        let title = title(text).map_err(|message| FormErrors::at("title", message))?;
        let mut mutation = self.store.begin(actor, Permission::ChangeEndpoints).await?;
        let row = row(&mutation.transaction, name).await?;
        if row.title == title {
            return Ok(title);
        }
        let mut active = row.clone().into_active_model();
        active.title = Set(title.clone());
        active.update(&mutation.transaction).await?;
        mutation.change(Subject::Endpoint(name));
        let edited = AuditEvent::EndpointEdited(FieldChanges::one("Title", row.title, &title));
        mutation.audit(actor, &Event::on(name, &title, edited));
        mutation.commit().await?;
        Ok(title)
    }

    /// Takes an endpoint out of the catalogue for good: no key may call it any more. Answers with its title.
    pub async fn retire(&self, actor: &Actor, name: &str) -> Result<String> {
        actor.require(Permission::ChangeEndpoints)?;
        let mut mutation = self.store.begin(actor, Permission::ChangeEndpoints).await?;
        let row = row(&mutation.transaction, name).await?;
        let mut active = row.clone().into_active_model();
        active.retired_at = Set(Some(Stored(mutation.now)));
        active.update(&mutation.transaction).await?;
        mutation.change(Subject::Endpoint(name));
        let retired = AuditEvent::EndpointRetired(NoDetails {});
        mutation.audit(actor, &Event::on(name, &row.title, retired));
        mutation.commit().await?;
        Ok(row.title)
    }
}

/// The row of an endpoint that is in the catalogue.
async fn row(transaction: &DatabaseTransaction, name: &str) -> Result<endpoint::Model> {
    // PostgreSQL has no text with NUL.
    if name.contains('\0') {
        return Err(NotFound::Endpoint.into());
    }
    endpoint::Entity::find_by_id(name)
        .one(transaction)
        .await?
        .filter(|row| row.retired_at.is_none())
        .ok_or_else(|| NotFound::Endpoint.into())
}

/// Refuses an endpoint whose name or patterns collide with those of another one.
async fn refuse_collision(transaction: &DatabaseTransaction, new: &Endpoint) -> Result<()> {
    let mut errors = FormErrors::default();
    if let Some(taken) = endpoint::Entity::find_by_id(new.name.as_str()).one(transaction).await? {
        let message = if taken.retired_at.is_some() {
            "A retired endpoint has this name, and keys may have it still. Choose a different one."
        } else {
            "Another endpoint has this name. Choose a different one."
        };
        errors.add("name", message);
    }
    let pairs = catalogue(transaction).await?;
    let mut overlapping = pairs.iter().flat_map(|other| {
        let fit = other.patterns.iter().flat_map(|theirs| {
            let ours = new.patterns.iter().filter(|ours| ours.overlaps(theirs));
            ours.map(move |ours| (other, theirs, ours))
        });
        fit.collect::<Vec<_>>()
    });
    if let Some((other, theirs, ours)) = overlapping.next() {
        errors.add(
            "patterns",
            format!(
                "{} {} overlaps the endpoint “{}” ({} {}). A request belongs to one endpoint only.",
                ours.method, ours.path, other.name, theirs.method, theirs.path
            ),
        );
    }
    Ok(errors.check()?)
}
