//! `kill -9` at any moment around the commit of a change, also between the commit and the answer. The process that starts next gives
//! the answer that was lost to the same request, and nothing is made twice.

use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use sea_orm::DatabaseConnection;
use serde_json::Value;

use super::{LIMIT, ask, header, latchkey, request};
use crate::common::database::{TestDatabase, number, on_postgres};

/// How long the process runs between two looks at the database. What comes between a commit and its answer takes several times as
/// long.
const STEP: Duration = Duration::from_micros(100);
/// The most tries to hit the time between a commit and its answer.
const TRIES: usize = 10;

/// When the process is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// After it has run for this many steps since the request was sent.
    Step(u32),
    /// As soon as the database has the change.
    Commit,
}

/// What had happened when the process was killed.
#[derive(Debug)]
struct Interrupted {
    committed: bool,
    answered: bool,
    steps: u32,
}

/// A server that is killed and started again on one database.
struct Node<'a> {
    database: &'a TestDatabase,
    child: Child,
    address: String,
    token: String,
}

impl<'a> Node<'a> {
    fn start(database: &'a TestDatabase, token: &str) -> Self {
        let mut child = command(database).arg("serve").stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let ready = lines.find_map(|line| {
            let line = line.unwrap();
            let (_, address) = line.split_once("Latchkey is ready at http://")?;
            Some(address.to_owned())
        });
        // Nobody reads the rest, but somebody has to take it.
        thread::spawn(move || lines.for_each(drop));
        Self {
            database,
            child,
            address: ready.unwrap().trim_end_matches('/').to_owned(),
            token: token.to_owned(),
        }
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Stops the process until [`Self::run_for`].
    fn pause(&self) {
        kill_process(self.pid(), Signal::STOP).unwrap();
        let (_, status) = waitpid(Some(self.pid()), WaitOptions::UNTRACED).unwrap().unwrap();
        assert!(status.stopped(), "{status:?}");
    }

    fn run_for(&self, time: Duration) {
        kill_process(self.pid(), Signal::CONT).unwrap();
        thread::sleep(time);
        self.pause();
    }

    /// Kills the process, wherever it is, and starts another.
    fn restart(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        *self = Self::start(self.database, &self.token.clone());
    }

    fn head(&self, path: &str, key: &str) -> String {
        let token = &self.token;
        format!(
            "POST /manage/v1{path} HTTP/1.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Idempotency-Key: {key}"
        )
    }

    /// Sends a request, and kills the process at this moment. Another has started when it returns.
    async fn interrupt(&mut self, db: &DatabaseConnection, head: &str, body: &str, moment: Moment) -> Interrupted {
        let before = kept(db).await;
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_nonblocking(true).unwrap();
        let is_answered = |stream: &TcpStream| match stream.peek(&mut [0]) {
            Ok(length) => length > 0,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}");
                false
            }
        };
        self.pause();
        stream.write_all(request(&self.address, head, body).as_bytes()).unwrap();
        let began = Instant::now();
        let (mut steps, mut committed, mut answered) = (0, false, false);
        loop {
            let is_now = match moment {
                Moment::Step(wanted) => steps >= wanted,
                Moment::Commit => committed || answered,
            };
            if is_now {
                break;
            }
            assert!(began.elapsed() < LIMIT, "nothing happens after {steps} steps");
            self.run_for(STEP);
            steps += 1;
            committed = kept(db).await > before;
            answered = is_answered(&stream);
        }
        self.restart();
        Interrupted {
            committed,
            answered,
            steps,
        }
    }

    /// Sends the same request twice, and returns the answer.
    fn ask_again(&self, head: &str, body: &str) -> Value {
        let [one, two] = [(); 2].map(|()| ask(&self.address, head, body));
        let parts = |answer: &str| {
            let (_, body) = answer.split_once("\r\n\r\n").unwrap();
            let change = header(answer, "latchkey-change").to_owned();
            (answer.lines().next().unwrap().to_owned(), change, body.to_owned())
        };
        assert_eq!(parts(&one), parts(&two));
        let (status, _, body) = parts(&one);
        assert!(status.contains(" 20"), "{status} {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Waits until a token is accepted. Returns the ID of its key.
    fn accepted(&self, token: &Value) -> String {
        let body = format!(r#"{{"key": {token}, "endpoint": "chat"}}"#);
        let began = Instant::now();
        loop {
            let answer = ask(&self.address, "POST /v1/keys/verify HTTP/1.1", &body);
            let (_, answer) = answer.split_once("\r\n\r\n").unwrap();
            let answer: Value = serde_json::from_str(answer).unwrap();
            if answer["code"] == "VALID" {
                return answer["keyId"].as_str().unwrap().to_owned();
            }
            assert_eq!(answer["code"], "PROVISIONING");
            assert!(began.elapsed() < LIMIT, "{answer}");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Node<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(database: &TestDatabase) -> Command {
    latchkey(database.folder())
}

fn run(database: &TestDatabase, arguments: &[&str]) -> String {
    let output = command(database).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The number of answers that are kept, each since the commit of its change.
async fn kept(db: &DatabaseConnection) -> i64 {
    number(db, "SELECT count(*) FROM kept_answers").await
}

/// The moments of one kind of request: the commit until it is surely hit before the answer, and then others around it.
async fn interrupt_around_commit(mut one: impl AsyncFnMut(Moment) -> Interrupted) {
    let mut hit = None;
    for _ in 0..TRIES {
        let done = one(Moment::Commit).await;
        if done.committed && !done.answered {
            hit = Some(done.steps);
            break;
        }
    }
    let steps = hit.expect("no try hit the time between the commit and the answer");
    for other in [1, steps / 2, steps + 2, steps + 20] {
        one(Moment::Step(other)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_kill_9_has_interrupted_gets_its_answer_from_the_next_process() {
    // On PostgreSQL a minute longer: new keys wait until a killed node can no longer answer.
    if on_postgres() {
        return;
    }
    let database = TestDatabase::blank().await;
    let account = ["service-account", "create", "--name", "shop", "--role", "developer"];
    let token = run(&database, &account);
    let db = database.connect().await;
    let mut node = Node::start(&database, token.trim());

    let new = r#"{"name": "Shop", "environment": "default"}"#;
    let mut keys = 0;
    interrupt_around_commit(async |moment| {
        keys += 1;
        let head = node.head("/keys", &format!("create-{keys}"));
        let done = node.interrupt(&db, &head, new, moment).await;
        let made = node.ask_again(&head, new);
        assert_eq!(node.accepted(&made["token"]), made["id"], "{done:?}");
        let stored = number(&db, "SELECT count(*) FROM api_keys").await;
        assert_eq!(stored, keys, "{moment:?} {done:?}");
        done
    })
    .await;

    let mut rotations = 0;
    interrupt_around_commit(async |moment| {
        rotations += 1;
        let key = node.ask_again(&node.head("/keys", &format!("rotated-{rotations}")), new);
        let id = node.accepted(&key["token"]);
        let head = node.head(&format!("/keys/{id}/rotate"), &format!("rotate-{rotations}"));
        let body = r#"{"grace": "24h"}"#;
        let done = node.interrupt(&db, &head, body, moment).await;
        let rotated = node.ask_again(&head, body);
        assert_ne!(rotated["token"], key["token"]);
        // There was one rotation, so the token before it is the first one.
        for token in [&rotated["token"], &key["token"]] {
            assert_eq!(node.accepted(token), id, "{done:?}");
        }
        let stored = number(&db, "SELECT count(*) FROM old_tokens").await;
        assert_eq!(stored, rotations, "{moment:?} {done:?}");
        done
    })
    .await;

    drop(node);
    assert!(run(&database, &["audit", "verify"]).starts_with("chain intact"));
}
