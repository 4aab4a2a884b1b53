//! The rows of new keys: the keys themselves, their grants, their tags and the words of their names.

use model::audit_event::{KeyCreated, StoredTime};
use model::endpoint::Grant;
use model::id::{EnvironmentId, KeyId};
use model::life::Life;
use model::status::State;
use model::time::Timestamp;
use sea_orm::DatabaseTransaction;

use super::StoredToken;
use super::new_key::NewKey;
use crate::actor::Actor;
use crate::error::Result;
use crate::store::column::Stored;
use crate::store::customers::stored_metadata;
use crate::store::entities::{api_key, api_key_endpoint, api_key_tag};
use crate::store::key_words;
use crate::store::mutation::insert;
use crate::store::tags::{insert_tags, rows_of};

/// The rows of some new keys.
#[derive(Default)]
pub(super) struct NewRows {
    keys: Vec<api_key::Model>,
    grants: Vec<api_key_endpoint::Model>,
    tags: Vec<api_key_tag::Model>,
}

impl NewRows {
    /// Adds a key: its row, and those that its settings ask for.
    pub(super) fn add(&mut self, id: &KeyId, new: &NewKey, row: api_key::Model) {
        self.grants.extend(granted(id, &new.grant));
        self.tags.extend(rows_of(id, &new.tags));
        self.keys.push(row);
    }

    /// The number of keys.
    pub(super) const fn len(&self) -> usize {
        self.keys.len()
    }

    /// The row of the key that was added last.
    pub(super) fn last(&self) -> Option<&api_key::Model> {
        self.keys.last()
    }

    /// Inserts all rows.
    pub(super) async fn insert(self, transaction: &DatabaseTransaction) -> Result<()> {
        // Grants come first: once a key exists, the database no longer lets its grants change.
        insert::<api_key_endpoint::Entity, api_key_endpoint::ActiveModel>(transaction, self.grants).await?;
        let words = key_words::of_keys(&self.keys);
        insert::<api_key::Entity, api_key::ActiveModel>(transaction, self.keys).await?;
        insert_tags(transaction, self.tags).await?;
        key_words::insert_words(transaction, words).await
    }
}

/// The rows of the endpoints that a key is granted by name.
fn granted<'a>(id: &'a KeyId, grant: &'a Grant) -> impl Iterator<Item = api_key_endpoint::Model> + 'a {
    let names: &[String] = match grant {
        Grant::All => &[],
        Grant::Only(names) => names,
    };
    names.iter().map(move |name| api_key_endpoint::Model {
        key_id: Stored::from(id),
        endpoint_name: name.clone(),
    })
}

/// The row of a key that is being created.
#[expect(clippy::too_many_arguments, reason = "the row is made of all of these")]
pub(super) fn first_row(
    now: Timestamp,
    change: i64,
    id: &KeyId,
    token: StoredToken,
    actor: &Actor,
    environment_id: &EnvironmentId,
    new: &NewKey,
    life: &Life,
) -> api_key::Model {
    api_key::Model {
        id: id.into(),
        name: new.name.clone(),
        name_lower: new.name.to_lowercase(),
        indexed_name: Some(new.name.to_lowercase()),
        environment_id: environment_id.into(),
        created_by: actor.user_id().map(Stored::from),
        created_by_service: actor.service_account_id().map(Stored::from),
        token_hash: token.hash,
        token_last_four: token.last_four,
        token_imported: token.imported,
        state: Stored(life.state()),
        failed_reason: None,
        all_endpoints: *life.grant() == Grant::All,
        created_at: Stored(now),
        created_change: change,
        browser_skew: new.browser_skew,
        expires_at: life.expires_at().map(Stored),
        last_used_at: None,
        profile_id: new.profile.as_ref().map(Stored::from),
        database_skew: None,
        // A key that is disabled from the beginning waits for nobody. Nor does any other while no server is running.
        settled_at: (life.state() != State::Provisioning).then_some(Stored(now)),
        settled_nodes: None,
        rotated_at: Stored(now),
        token_change: change,
        token_used_at: None,
        last_used_from: None,
        idle_since: Stored(now),
        granted_endpoints: match life.grant() {
            Grant::All => 0,
            Grant::Only(names) => i64::try_from(names.len()).unwrap_or(i64::MAX),
        },
        used_endpoints: 0,
        limit_second: new.limits.second.map(Stored),
        limit_minute: new.limits.minute.map(Stored),
        limit_day: new.limits.day.map(Stored),
        allowed_addresses: (!new.addresses.is_all()).then(|| Stored(new.addresses.clone())),
        customer_id: new.customer.as_ref().map(|customer| Stored(customer.id.clone())),
        metadata: stored_metadata(new.metadata.clone()),
        description: new.description.clone(),
        tags: Stored(new.tags.clone()),
        location: new.location.clone(),
    }
}

/// What the audit log says about a key that is being created.
pub(super) fn details(new: &NewKey, environment: &str, life: &Life) -> KeyCreated {
    KeyCreated {
        environment: environment.to_owned(),
        endpoints: new.grant.clone(),
        expires_at: new.expires_at.map(StoredTime),
        bias_profile: new.profile.clone(),
        state: life.state(),
        rate_limit: (!new.limits.is_none()).then(|| new.limits.in_words()),
        allowed_addresses: (!new.addresses.is_all()).then(|| new.addresses.in_words()),
        customer: new.customer.as_ref().map(|customer| customer.external_id.clone()),
        metadata: (!new.metadata.is_none()).then(|| new.metadata.in_words()),
        description: (!new.description.is_empty()).then(|| new.description.clone()),
        tags: (!new.tags.is_none()).then(|| new.tags.in_words()),
        location: (!new.location.is_empty()).then(|| new.location.clone()),
    }
}
