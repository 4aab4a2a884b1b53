//! `GET /changes/{change}/receipt.jws`

mod status_200;
mod status_303;
mod status_403;
mod status_404;
mod status_409;

use sea_orm::ConnectionTrait;

use crate::common::{Answer, TestApp};

/// Disables a key with its form. Returns the number of the change.
async fn disable(app: &TestApp, id: &str) -> i64 {
    let answer = app.post(&format!("/keys/{id}/disable")).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    app.services.cluster.last_change().await.unwrap()
}

async fn receipt(app: &TestApp, change: i64) -> Answer {
    app.get(&format!("/changes/{change}/receipt.jws")).await
}

/// Adds a node that has applied nothing and is not heard from again.
async fn add_silent_node(app: &TestApp) {
    let now = app.services.now().0;
    let sql = format!(
        "INSERT INTO nodes (instance_id, name, started_at, heartbeat_at, applied_number)
         VALUES ('node_silent0000', 'silent', {now}, {now}, 0)"
    );
    app.connect_directly().await.execute_unprepared(&sql).await.unwrap();
}
