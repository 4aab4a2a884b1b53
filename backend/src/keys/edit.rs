//! Editing keys: name, bias profile, status and end date. Endpoints never.

use model::address::AllowedAddresses;
use model::edit_form::{EditKeyForm, EditKeyOptions, EditOutcome, Shown};
use model::end_date::EndDate;
use model::form::FormErrors;
use model::id::KeyId;
use model::key;
use model::limit::Limits;
use model::limit_fields::{LimitFields, ShownLimits};
use model::profile::{Difference, ProfileName};
use model::role::{Permission, Role};
use model::status::{Change, Status, after};
use model::time::Timestamp;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Set};
use serde_json::json;

use super::create::chosen_profile;
use super::{addresses_of, change, life_of, limits_of, masked, may_change, not_allowed, row, status_of};
use crate::audit::Actor;
use crate::backend::Backend;
use crate::entity::{api_key, audit_event};
use crate::error::Result;
use crate::write::Write;
use crate::{environments, profiles};

impl Backend {
    /// What the Edit API Key form needs to be drawn, for whom may edit the key.
    pub async fn edit_options(&self, actor: &Actor, role: Role, id: &KeyId) -> Result<EditKeyOptions> {
        let row = row(&self.db, id).await?;
        may_change(actor, role, &row)?;
        let now = self.now();
        life_of(&row)?
            .step(Change::Edit, now)
            .map_err(|why| not_allowed(&row, why))?;
        let environments = environments::by_id(&self.db).await?;
        let environment = environments::of(&environments, &row.environment_id)?;
        Ok(EditKeyOptions {
            id: id.clone(),
            masked: masked(environment.kind, &row),
            environment: environment.name.clone(),
            status: status_of(&row, now)?,
            expires_at: row.expires_at.map(Timestamp),
            endpoints: self.endpoint_titles(&row).await?,
            profiles: self.profile_names().await?,
            form: EditKeyForm::of(
                shown(&row, now)?,
                LimitFields::of(limits_of(&row)?, &allowed_addresses(&row)?),
            ),
            now,
            nodes: self.live_nodes().await?,
        })
    }

    /// Saves what a form changes. A change that somebody else made meanwhile is shown first.
    pub async fn edit_key(&self, actor: &Actor, id: &KeyId, form: EditKeyForm) -> Result<EditOutcome> {
        let mut write = self.write(actor, Permission::ChangeOwnKeys).await?;
        let now = write.now;
        let row = row(&write.transaction, id).await?;
        may_change(actor, write.role, &row)?;
        let mut life = life_of(&row)?;
        life.clone()
            .step(Change::Edit, now)
            .map_err(|why| not_allowed(&row, why))?;
        let profiles = profiles::names(&write.transaction).await?;
        let current = shown(&row, now)?;
        // A form that does not say what it showed comes from a program, which knows what it wants.
        if !form.shown.was_name.is_empty() && !is_like(&form.shown, &current) {
            let changes = sentences(&form.shown, &current, &profiles);
            let mut told = vec![format!("{} changed this key meanwhile.", last_actor(&write, id).await?)];
            told.extend(changes);
            return Ok(EditOutcome::Changed(Box::new(form.merged(current)), told));
        }

        let mut errors = FormErrors::default();
        let name = key::name(&form.name).map_err(|message| errors.add("name", message));
        let profile =
            chosen_profile(&profiles, &form.bias_profile).map_err(|message| errors.add("bias_profile", message));
        let end = match form.end.expires.as_str() {
            // What a form does not have, it leaves as it is.
            "" => Ok(EndDate::Keep),
            _ => form.end.read(now),
        };
        let end = end.map_err(|message| errors.add(form.end.error_field(), message));
        let switch = switch(&form.status, life.status(now)).map_err(|message| errors.add("status", message));
        let limits = form.limits.limits(limits_of(&row)?, &mut errors);
        let addresses = form.limits.addresses(&allowed_addresses(&row)?, &mut errors);
        let (Ok(name), Ok(profile), Ok(end), Ok(switch), Some(limits), Some(addresses)) =
            (name, profile, end, switch, limits, addresses)
        else {
            return Ok(EditOutcome::Invalid(Box::new(form), errors));
        };
        if let EndDate::Set(end) = end {
            life.set_end(end, now).map_err(|why| not_allowed(&row, why))?;
        }

        let mut differences = differences(&row, &name, profile.as_ref(), life.expires_at(), &profiles);
        differences.extend(limit_differences(&row, limits, &addresses)?);
        let mut active = row.clone().into_active_model();
        if !differences.is_empty() {
            active.name = Set(name.clone());
            active.name_lower = Set(name.to_lowercase());
            active.profile_id = Set(profile.map(|profile| profile.id.to_string()));
            active.expires_at = Set(life.expires_at().map(|end| end.0));
            active.limit_second = Set(limits.second.map(i64::from));
            active.limit_minute = Set(limits.minute.map(i64::from));
            active.limit_day = Set(limits.day.map(i64::from));
            active.allowed_addresses = Set((!addresses.is_all()).then(|| addresses.to_string()));
            let details = json!({ "changes": profiles::changes(&differences) });
            change::apply(&mut write, actor, &row, &mut active, Change::Edit, details)?;
        }
        if let Some(switch) = switch {
            change::apply(&mut write, actor, &row, &mut active, switch, json!({}))?;
        }
        let change = if active.is_changed() {
            active.update(&write.transaction).await?;
            Some(write.commit().await?)
        } else {
            None
        };
        Ok(EditOutcome::Saved { name, change })
    }
}

/// What a form shows of a key as it is now.
fn shown(row: &api_key::Model, now: Timestamp) -> Result<Shown> {
    let status = status_of(row, now)?;
    Ok(Shown {
        was_name: row.name.clone(),
        was_bias_profile: row.profile_id.clone().unwrap_or_default(),
        was_status: match status {
            Status::Active | Status::Inactive => status.slug().to_owned(),
            _ => String::new(),
        },
        was_end: row.expires_at.map(|end| end.to_string()).unwrap_or_default(),
        limits: ShownLimits::of(limits_of(row)?, &allowed_addresses(row)?),
    })
}

fn allowed_addresses(row: &api_key::Model) -> Result<AllowedAddresses> {
    addresses_of(row.allowed_addresses.as_deref(), &row.id)
}

/// Whether a form still shows the key. A status that could not be chosen then was left alone: a key that became ACTIVE
/// by itself meanwhile was changed by nobody. Limits that an older page did not show are left alone as well.
fn is_like(shown: &Shown, current: &Shown) -> bool {
    let was_status = if shown.was_status.is_empty() {
        &current.was_status
    } else {
        &shown.was_status
    };
    *current
        == Shown {
            was_status: was_status.clone(),
            limits: shown.limits.clone().or(&current.limits),
            ..shown.clone()
        }
}

/// The step that leads to the chosen status; `None` where it is that already.
fn switch(chosen: &str, status: Status) -> Result<Option<Change>, String> {
    let change = match chosen {
        "" => return Ok(None),
        "active" if status == Status::Active => return Ok(None),
        "inactive" if status == Status::Inactive => return Ok(None),
        "active" => Change::Enable,
        "inactive" => Change::Disable,
        _ => return Err("Choose Active or Inactive.".to_owned()),
    };
    match after(status, change) {
        Some(_) => Ok(Some(change)),
        None => Err(format!(
            "The key is {} and cannot be {}.",
            status.title().to_lowercase(),
            change.participle()
        )),
    }
}

fn differences(
    row: &api_key::Model,
    name: &str,
    profile: Option<&ProfileName>,
    end: Option<Timestamp>,
    profiles: &[ProfileName],
) -> Vec<Difference> {
    let had = row.profile_id.as_deref().unwrap_or_default();
    let has = profile.map(|profile| profile.id.as_str()).unwrap_or_default();
    let mut all = Vec::new();
    if row.name != name {
        all.push(("Name".to_owned(), row.name.clone(), name.to_owned()));
    }
    if had != has {
        all.push((
            "Bias Profile".to_owned(),
            profile_title(had, profiles),
            profile_title(has, profiles),
        ));
    }
    let ended = row.expires_at.map(Timestamp);
    if ended != end {
        all.push(("Expires".to_owned(), end_title(ended), end_title(end)));
    }
    all
}

fn limit_differences(row: &api_key::Model, limits: Limits, addresses: &AllowedAddresses) -> Result<Vec<Difference>> {
    let (had_limits, had_addresses) = (limits_of(row)?, allowed_addresses(row)?);
    let mut all = Vec::new();
    if had_limits != limits {
        all.push(("Rate limit".to_owned(), had_limits.in_words(), limits.in_words()));
    }
    if had_addresses != *addresses {
        all.push((
            "Allowed addresses".to_owned(),
            had_addresses.in_words(),
            addresses.in_words(),
        ));
    }
    Ok(all)
}

/// What is another than the form showed, a sentence each.
fn sentences(then: &Shown, now: &Shown, profiles: &[ProfileName]) -> Vec<String> {
    let mut all = Vec::new();
    if then.was_name != now.was_name {
        all.push(format!(
            "The name is now “{}” (it was “{}”).",
            now.was_name, then.was_name
        ));
    }
    if then.was_bias_profile != now.was_bias_profile {
        all.push(format!(
            "The bias profile is now {}.",
            profile_title(&now.was_bias_profile, profiles)
        ));
    }
    if !then.was_status.is_empty() && then.was_status != now.was_status {
        let title = Status::parse(&now.was_status).map_or("another", Status::title);
        all.push(format!("The status is now {title}."));
    }
    if then.was_end != now.was_end {
        let end = now.was_end.parse().ok().map(Timestamp);
        all.push(format!("It now expires: {}.", end_title(end)));
    }
    all.extend(then.limits.changes(&now.limits));
    all
}

fn profile_title(id: &str, profiles: &[ProfileName]) -> String {
    match profiles.iter().find(|profile| profile.id.as_str() == id) {
        Some(profile) => profile.name.clone(),
        None if id.is_empty() => "None".to_owned(),
        None => id.to_owned(),
    }
}

fn end_title(end: Option<Timestamp>) -> String {
    end.map_or_else(|| "never".to_owned(), Timestamp::exact)
}

/// Who made the last change of a key.
async fn last_actor(write: &Write<'_>, id: &KeyId) -> Result<String> {
    let event = audit_event::Entity::find()
        .filter(audit_event::Column::SubjectId.eq(id.as_str()))
        .filter(audit_event::Column::Action.is_in(["key.edited", "key.disabled", "key.enabled"]))
        .order_by_desc(audit_event::Column::Number)
        .one(&write.transaction)
        .await?;
    Ok(event.map_or_else(
        || "Somebody".to_owned(),
        |event| match event.actor_kind.as_str() {
            "command_line" => "Somebody on the command line".to_owned(),
            _ => event.actor_name,
        },
    ))
}
