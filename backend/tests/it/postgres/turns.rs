//! Several nodes that write at the same time.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::join_all;
use model::endpoint::Grant;
use model::verify::Code;

use super::{by, on_postgres};
use crate::common::database::number;
use crate::common::{code, create, new_key};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mutations_of_three_nodes_have_one_order() {
    const EACH: usize = 15;
    let Some(test) = on_postgres().await else { return };
    let nodes = [
        Arc::clone(&test.services),
        Arc::new(test.another(2).await),
        Arc::new(test.another(3).await),
    ];
    let used = Arc::new(create(&test.services, &new_key("Used", Grant::All)).await);
    for node in &nodes {
        node.cluster.load_index().await.unwrap();
    }
    let before = test.services.cluster.last_change().await.unwrap();
    let events = test.events().await;
    let work = nodes.iter().map(|node| {
        let (node, used) = (Arc::clone(node), Arc::clone(&used));
        tokio::spawn(async move {
            let mut changes = Vec::new();
            for _ in 0..EACH {
                let key = create(&node, &new_key("Shop", Grant::Only(vec!["chat".to_owned()]))).await;
                // A count to store, which takes turns with the mutations of all nodes.
                assert_eq!(code(&node, &used.token, "chat"), Code::Valid);
                node.usage.flush().await.unwrap();
                changes.push(node.keys.delete(&by(), &key.id).await.unwrap().change);
            }
            changes
        })
    });
    let changes: BTreeSet<i64> = join_all(work).await.into_iter().flat_map(Result::unwrap).collect();
    assert_eq!(changes.len(), 3 * EACH, "no number was taken twice");
    assert!(test.events().await >= events + 6 * i64::try_from(EACH).unwrap());
    let db = test.connect_directly().await;
    let last = test.services.cluster.last_change().await.unwrap();
    let sql = format!("SELECT count(*) FROM change_log WHERE number > {before}");
    assert_eq!(number(&db, &sql).await, last - before, "no number was left out");
    let counted = "SELECT CAST(sum(count) AS bigint) FROM usage_hours";
    assert_eq!(number(&db, counted).await, i64::try_from(3 * EACH).unwrap());
}
