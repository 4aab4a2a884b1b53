//! The uses that the verifier counts, and how screens show them.

mod counting;
mod flush;
mod last_use;
mod screens;

use crate::common::{TestBackend, create, new_key};
use backend::keys::NewKeyWithToken;
use model::endpoint::Grant;
use model::id::KeyId;
use model::key_page::UseCount;
use sea_orm::{ConnectionTrait, Statement};

/// A node that has an unused key in its index and does not follow the changes of other processes.
async fn backend_with_key(grant: Grant) -> (TestBackend, NewKeyWithToken) {
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", grant)).await;
    test.services.cluster.load_index().await.unwrap();
    (test, key)
}

/// The rows of `usage_hours`: hour, endpoint, code and count.
async fn hours(test: &TestBackend, id: &KeyId) -> Vec<(i64, String, String, i64)> {
    let db = test.connect_directly().await;
    let sql = format!(
        "SELECT hour, endpoint_name, code, count FROM usage_hours WHERE key_id = '{id}'
         ORDER BY hour, endpoint_name, code"
    );
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap();
    let row = |row: sea_orm::QueryResult| {
        (
            row.try_get_by_index(0).unwrap(),
            row.try_get_by_index(1).unwrap(),
            row.try_get_by_index(2).unwrap(),
            row.try_get_by_index(3).unwrap(),
        )
    };
    rows.into_iter().map(row).collect()
}

fn uses(allowed: u64, refused: u64) -> UseCount {
    UseCount { allowed, refused }
}
