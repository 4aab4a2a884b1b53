//! Receipts of changes that are in force.

mod issued;
mod last_valid;
mod signing_keys;

use backend::Services;
use backend::audit::Actor;
use backend::receipts::{Claims, PublicKeys};

/// The receipt of a change, checked with the published keys.
async fn claims(services: &Services, change: i64) -> Claims {
    let receipt = receipt(services, change).await.unwrap();
    check(services, &receipt).await
}

async fn receipt(services: &Services, change: i64) -> backend::Result<String> {
    services.receipts.issue(&Actor::command_line(), change, None).await
}

async fn check(services: &Services, receipt: &str) -> Claims {
    let published = services.receipts.published_keys().await.unwrap();
    let keys = PublicKeys::from_json(published.json.as_bytes()).unwrap();
    keys.check(receipt).unwrap().claims
}
