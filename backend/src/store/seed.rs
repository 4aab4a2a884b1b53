//! What an empty database starts with.

use model::environment::Kind;
use model::id::{EnvironmentId, RANDOM_LENGTH};
use model::time::Timestamp;
use sea_orm::{ActiveModelTrait, DatabaseConnection, DatabaseTransaction, EntityTrait, IntoActiveModel, Set};

use super::chain::Chain;
use crate::crypto::master_key::MasterKey;
use crate::crypto::random::{Random, base62};
use crate::crypto::sha256;
use crate::error::Result;
use crate::store::column::Stored;
use crate::store::database::begin;
use crate::store::entities::{endpoint, endpoint_pattern, environment, head};

/// Name, title, and patterns: method and path.
type Seed = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// The first endpoints.
const ENDPOINTS: [Seed; 3] = [
    ("chat", "Chat", &[("POST", "/api/v1/chat/completions")]),
    (
        "image",
        "Image",
        &[
            ("GET", "/api/v1/img"),
            ("POST", "/api/v1/img"),
            ("GET", "/api/v1/img/{*rest}"),
            ("POST", "/api/v1/img/{*rest}"),
        ],
    ),
    ("check-bias", "Check bias", &[("POST", "/api/bias/check-bias")]),
];

/// Number of bytes in the ID of a database, which tells it from others on one host.
const INSTANCE: usize = 4;

/// Fills an empty database; leaves any other as it is.
pub(crate) async fn seed(
    db: &DatabaseConnection,
    now: Timestamp,
    random: &dyn Random,
    master_key: &MasterKey,
) -> Result<()> {
    if head::Entity::find_by_id(1).one(db).await?.is_some() {
        return Ok(());
    }
    let transaction = begin(db).await?;
    // Another process may have filled it meanwhile.
    if head::Entity::find_by_id(1).one(&transaction).await?.is_none() {
        fill(&transaction, now, random, master_key).await?;
    }
    Ok(transaction.commit().await?)
}

/// The ID of a database. It is computed from the ID of the first environment, which is random.
pub(crate) fn instance(environment_id: &str) -> String {
    let hash = sha256(environment_id);
    let start = hash.iter().take(INSTANCE);
    start.fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

async fn fill(
    transaction: &DatabaseTransaction,
    now: Timestamp,
    random: &dyn Random,
    master_key: &MasterKey,
) -> Result<()> {
    let environment_id = EnvironmentId::from_random(&base62(random, RANDOM_LENGTH));
    let mut head = head::Model {
        id: 1,
        change_number: 0,
        audit_number: 0,
        audit_mac: Vec::new(),
        audit_head_mac: Vec::new(),
        master_key_check: master_key.check_value(),
        instance: instance(environment_id.as_str()),
    };
    head.audit_head_mac = Chain::new(master_key).head_mac(&head).to_vec();
    head.into_active_model().insert(transaction).await?;
    let environment = environment::ActiveModel {
        id: Set(Stored(environment_id)),
        name: Set("default".to_owned()),
        kind: Set(Stored(Kind::Live)),
        hidden: Set(false),
        created_at: Set(Stored(now)),
    };
    environment.insert(transaction).await?;
    for (position, (name, title, patterns)) in (0..).zip(ENDPOINTS) {
        // Patterns come first: once the endpoint exists, the database no longer lets its patterns change.
        for (position, (method, path)) in (0..).zip(patterns) {
            let pattern = endpoint_pattern::ActiveModel {
                endpoint_name: Set(name.to_owned()),
                position: Set(position),
                method: Set((*method).to_owned()),
                path: Set((*path).to_owned()),
            };
            pattern.insert(transaction).await?;
        }
        let endpoint = endpoint::ActiveModel {
            name: Set(name.to_owned()),
            title: Set(title.to_owned()),
            position: Set(position),
            created_at: Set(Stored(now)),
            retired_at: Set(None),
        };
        endpoint.insert(transaction).await?;
    }
    Ok(())
}
