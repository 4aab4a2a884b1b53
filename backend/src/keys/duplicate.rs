//! Another key with the settings of one that exists. The endpoints of a key never change, so this is how a service gets others.

use model::end_date::{EXPIRES, EXPIRES_ON};
use model::endpoint::Grant;
use model::form_values::FormValues;
use model::id::KeyId;
use model::key::NAME_MAX;
use model::key_fields::KeyField;
use model::key_form::{CreateKeyOptions, ENDPOINT, ENDPOINTS};
use model::role::Permission;
use model::time::Timestamp;

use super::settings::{customer_of, settings_of};
use super::{may_see, row};
use crate::actor::Actor;
use crate::error::Result;
use crate::keys::Keys;
use crate::store::environments;

/// What is behind the name of a copy.
const COPY: &str = " (copy)";

impl Keys {
    /// What the Create API Key form needs to be drawn for a key with the settings of another one. The new key gets its own token
    /// and belongs to the person who makes it. Endpoints that were retired are left out.
    pub async fn duplication_options(&self, actor: &Actor, id: &KeyId) -> Result<CreateKeyOptions> {
        actor.require(Permission::CreateKeys)?;
        actor.require(Permission::SeeKeys)?;
        let row = row(&self.store.db, id).await?;
        may_see(actor, &row)?;
        let environments = environments::by_id(&self.store.db).await?;
        let environment = environments::of(&environments, &row.environment_id)?;
        let mut options = self.creation_options(actor, &environment.name, "").await?;
        let mut settings = settings_of(&row, customer_of(&self.store.db, &row).await?, None, options.now);
        settings.name = name_of_copy(&settings.name);
        for (name, value) in settings.values().pairs() {
            options.form.set(name, value);
        }
        // A new key has no status to choose, and belongs to the person who makes it.
        options.form.remove(KeyField::Status.name());
        options.form.remove(KeyField::Owner.name());
        set_end(&mut options.form, settings.expires_at, options.now);
        if let Grant::Only(names) = self.grant(&row).await? {
            options.form.set(ENDPOINTS, "only");
            for name in names {
                if options.endpoints.iter().any(|endpoint| endpoint.name == name) {
                    options.form.add(ENDPOINT, name);
                }
            }
        }
        Ok(options)
    }
}

fn set_end(form: &mut FormValues, end: Option<Timestamp>, now: Timestamp) {
    let choice = match end {
        None => "never",
        Some(end) if end > now => {
            form.set(EXPIRES_ON, end.iso_date());
            "date"
        }
        // A copy of a key that has ended gets an end as well.
        Some(_) => "90",
    };
    form.set(EXPIRES, choice);
}

/// The name with “(copy)” behind it, shortened where it would be too long.
fn name_of_copy(name: &str) -> String {
    let room = NAME_MAX - COPY.chars().count();
    let start: String = name.chars().take(room).collect();
    // No name ends in a joiner, which may have stood in the middle of an emoji.
    let start = start.trim_end_matches(|character: char| character.is_whitespace() || character == '\u{200d}');
    format!("{start}{COPY}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_a_name_that_keys_may_have() {
        assert_eq!(name_of_copy("Shop"), "Shop (copy)");
        let long = name_of_copy(&"x".repeat(NAME_MAX));
        assert_eq!(long.chars().count(), NAME_MAX);
        let family = format!("{}👩\u{200d}👩", "x".repeat(NAME_MAX - 9));
        for name in [long.as_str(), &name_of_copy(&family), &name_of_copy(&"a ".repeat(50))] {
            assert_eq!(model::key::name(name).as_deref(), Ok(name));
        }
    }

    #[test]
    fn a_copy_ends_if_its_original_does() {
        let now = Timestamp(1_795_326_180_000);
        let end = |end| {
            let mut form = FormValues::default();
            set_end(&mut form, end, now);
            (form.text(EXPIRES).to_owned(), form.text(EXPIRES_ON).to_owned())
        };
        assert_eq!(end(None), ("never".to_owned(), String::new()));
        assert_eq!(end(Some(now)), ("90".to_owned(), String::new()));
        assert_eq!(end(Some(now.plus(1))), ("date".to_owned(), "2026-11-22".to_owned()));
    }
}
