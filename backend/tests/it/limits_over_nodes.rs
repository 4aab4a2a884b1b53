//! Three servers on one database: a key's limits hold for them together.

use std::sync::Arc;

use backend::Services;
use backend::crypto::token::PlainToken;
use backend::keys::NewKey;
use model::endpoint::Grant;
use model::limit::Limits;
use model::time::{MINUTE, SECOND};
use model::verify::Code;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::common::{TestBackend, code, create, decide, new_key};

/// The time between two steps, in milliseconds.
const STEP: i64 = 50;

/// Three servers whose tasks are carried out by the test, as time passes.
struct Nodes {
    test: TestBackend,
    services: Vec<Arc<Services>>,
    /// Those that have stopped without notice.
    dead: Vec<usize>,
    due: [i64; 3],
    time: i64,
    /// When requests were allowed.
    allowed: Vec<i64>,
}

fn per_minute(limit: u32) -> NewKey {
    NewKey {
        limits: Limits {
            minute: Some(limit),
            ..Limits::NONE
        },
        ..new_key("Shop", Grant::All)
    }
}

impl Nodes {
    /// Three servers, and a key for each of these limits per minute.
    async fn start<const KEYS: usize>(limits: [u32; KEYS]) -> (Self, [PlainToken; KEYS]) {
        let test = TestBackend::new().await;
        let mut tokens = Vec::new();
        for limit in limits {
            // While no server runs, a key is active at once.
            tokens.push(create(&test.services, &per_minute(limit)).await.token);
        }
        let services = vec![
            Arc::clone(&test.services),
            Arc::new(test.another(2).await),
            Arc::new(test.another(3).await),
        ];
        for node in &services {
            node.cluster.load_index().await.unwrap();
            node.cluster.join().await.unwrap();
        }
        let nodes = Self {
            test,
            services,
            dead: Vec::new(),
            due: [0; 3],
            time: 0,
            allowed: Vec::new(),
        };
        nodes.exchange_all().await;
        (nodes, tokens.try_into().unwrap())
    }

    async fn exchange_all(&self) {
        for (at, node) in self.services.iter().enumerate() {
            if !self.dead.contains(&at) {
                node.cluster.exchange_limits().await.unwrap();
            }
        }
    }

    /// Lets requests come at this rate, in requests per minute, split in percent.
    async fn run(&mut self, token: &PlainToken, length: i64, rate: i64, split: [i64; 3]) {
        let end = self.time + length;
        while self.time < end {
            self.test.clock.advance(STEP);
            self.time += STEP;
            for (at, node) in self.services.iter().enumerate() {
                if self.dead.contains(&at) {
                    continue;
                }
                self.due[at] += rate * split[at] * STEP;
                while self.due[at] >= 100 * MINUTE {
                    self.due[at] -= 100 * MINUTE;
                    match code(node, token, "chat") {
                        Code::Valid => self.allowed.push(self.time),
                        other => assert_eq!(other, Code::RateLimited),
                    }
                }
                if self.time % SECOND == 0 {
                    node.cluster.join().await.unwrap();
                }
                // Each node has its own moment.
                if (self.time / STEP) % 5 == i64::try_from(at).unwrap() {
                    node.cluster.exchange_limits().await.unwrap();
                }
            }
        }
    }

    fn allowed(&self, from: i64, length: i64) -> usize {
        let within = |at: &&i64| (from..from + length).contains(*at);
        self.allowed.iter().filter(within).count()
    }

    async fn rows(&self) -> i64 {
        let count = Statement::from_string(DbBackend::Sqlite, "SELECT count(*) FROM limit_reports");
        let row = self.test.connect_directly().await.query_one_raw(count).await.unwrap();
        row.unwrap().try_get_by_index(0).unwrap()
    }
}

#[tokio::test]
async fn a_limit_per_minute_holds_for_three_servers_together() {
    let (mut nodes, [token]) = Nodes::start([60]).await;
    nodes.run(&token, 2 * MINUTE + 30 * SECOND, 180, [80, 15, 5]).await;
    for start in (60..=90).step_by(5) {
        let passed = nodes.allowed(start * SECOND, MINUTE);
        assert!(
            (54..=66).contains(&passed),
            "{passed} in the minute from second {start}"
        );
    }
}

#[tokio::test]
async fn a_server_that_dies_or_leaves_gives_its_share_back() {
    let (mut nodes, [token]) = Nodes::start([600]).await;
    nodes.run(&token, MINUTE, 1_800, [80, 15, 5]).await;
    nodes.dead.push(0);
    nodes.run(&token, 10 * SECOND, 1_800, [0, 75, 25]).await;
    let from = nodes.time;
    nodes.run(&token, 10 * SECOND, 1_800, [0, 75, 25]).await;
    let passed = nodes.allowed(from, 10 * SECOND);
    assert!((94..=106).contains(&passed), "{passed} of 100");
    // A server that leaves is not waited for.
    nodes.dead.push(1);
    nodes.services[1].cluster.leave().await.unwrap();
    nodes.run(&token, 2 * SECOND, 1_800, [0, 0, 100]).await;
    let from = nodes.time;
    nodes.run(&token, 10 * SECOND, 1_800, [0, 0, 100]).await;
    let passed = nodes.allowed(from, 10 * SECOND);
    assert!((94..=106).contains(&passed), "{passed} of 100");
}

#[tokio::test]
async fn a_server_alone_has_the_whole_limit_and_writes_nothing() {
    let (nodes, [token]) = Nodes::start([60]).await;
    for node in &nodes.services[1..] {
        node.cluster.leave().await.unwrap();
    }
    nodes.test.clock.advance(SECOND);
    nodes.services[0].cluster.exchange_limits().await.unwrap();
    let passed = (0..100).filter(|_| code(&nodes.services[0], &token, "chat") == Code::Valid);
    assert_eq!(passed.count(), 60);
    nodes.services[0].cluster.exchange_limits().await.unwrap();
    assert_eq!(nodes.rows().await, 0);
}

#[tokio::test]
async fn the_headers_tell_what_is_left_over_all_servers() {
    let (nodes, [token]) = Nodes::start([60]).await;
    let left = |node: &Services| {
        let limits = decide(node, token.reveal(), "chat").limits.unwrap();
        limits.windows().next().unwrap().remaining
    };
    for at in 0..3 {
        for asked in 1..=10 {
            assert_eq!(left(&nodes.services[at]), 60 - asked);
        }
    }
    // The second exchange reads what was written in the first.
    nodes.exchange_all().await;
    nodes.exchange_all().await;
    for at in 0..3 {
        assert_eq!(left(&nodes.services[at]), 29);
    }
}

#[tokio::test]
async fn a_server_that_cannot_reach_the_database_goes_on_with_its_share() {
    let (nodes, [token]) = Nodes::start([60]).await;
    let db = nodes.test.connect_directly().await;
    let rename = async |from: &str, to: &str| {
        let sql = format!("ALTER TABLE {from} RENAME TO {to}");
        db.execute_unprepared(&sql).await.unwrap();
    };
    rename("limit_reports", "away").await;
    let passed = (0..100).filter(|_| code(&nodes.services[0], &token, "chat") == Code::Valid);
    assert_eq!(passed.count(), 20);
    nodes.services[0].cluster.exchange_limits().await.unwrap_err();
    assert_eq!(code(&nodes.services[0], &token, "chat"), Code::RateLimited);
    rename("away", "limit_reports").await;
    // What could not be reported is reported now.
    nodes.services[0].cluster.exchange_limits().await.unwrap();
    nodes.services[1].cluster.exchange_limits().await.unwrap();
    let limits = decide(&nodes.services[1], token.reveal(), "chat").limits.unwrap();
    assert_eq!(limits.windows().next().unwrap().remaining, 39);
}

#[tokio::test]
async fn reports_that_mean_nothing_any_more_are_removed() {
    let (mut nodes, [token, other]) = Nodes::start([60, 60]).await;
    nodes.run(&token, 5 * SECOND, 180, [40, 30, 30]).await;
    assert_eq!(nodes.rows().await, 3);
    // One leaves, and the others go on for long enough that their first rounds are read by all.
    nodes.dead.push(2);
    nodes.services[2].cluster.leave().await.unwrap();
    nodes.run(&other, 65 * SECOND, 300, [50, 50, 0]).await;
    assert_eq!(nodes.rows().await, 2, "one of each live server, about the key in use");
    // A restored database knows no nodes.
    nodes.services[0].backups.note_restore().await.unwrap();
    assert_eq!(nodes.rows().await, 0);
}
