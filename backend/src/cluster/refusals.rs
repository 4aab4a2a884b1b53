//! The latest refused requests of a key over all nodes.
//!
//! Each node remembers its own, in memory. Only while somebody looks at a key does the database hold them: the node that answers
//! the screen stores a question, and each node that runs answers it once, with a copy of what it remembers.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use model::id::KeyId;
use model::refusal::{LatestRefusals, NodeAnswer, Refusal, latest};
use model::time::{MINUTE, SECOND, Timestamp};

use super::Cluster;
use crate::error::{Error, Result};
use crate::store::column::Stored;
use crate::store::entities::refused_request_answer::Model;
use crate::store::refusals::{answers, ask, questions_since, remove_before, store_answer};
use crate::store::time_limit::{WRITE_LIMIT, within};

/// How often a node looks for questions.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// The database may take this long to give the questions.
const READ_LIMIT: Duration = Duration::from_secs(15);
/// A question is not asked again for this long, in milliseconds, however often the screen is loaded.
const FRESH: i64 = 5 * SECOND;
/// Nodes answer a question for this long, in milliseconds. Answers are removed as soon.
const ASKED_FOR: i64 = MINUTE;
/// The most questions that a node reads at a time: the latest.
const READ_AT_ONCE: u64 = 500;
/// The most questions that a node answers at a time: the latest that it has not answered yet.
const ANSWERED_AT_ONCE: usize = 20;

/// What this node has answered: the keys about which somebody has asked, and the time of the last question about each.
#[derive(Debug, Default)]
pub(super) struct AnsweredQuestions {
    last: HashMap<KeyId, Timestamp>,
    removed_at: Option<i64>,
}

impl Cluster {
    /// Answers questions about refused requests again and again. Runs for as long as the server does.
    pub async fn answer_refusals_regularly(&self) {
        let mut failing = false;
        loop {
            tokio::time::sleep(LOOK_INTERVAL).await;
            let outcome = self.answer_refusals().await;
            if let Err(error) = &outcome
                && !failing
            {
                tracing::warn!(%error, "cannot tell the other nodes which requests were refused here");
            }
            failing = outcome.is_err();
        }
    }

    /// Answers the questions that are new. A node that is alone is asked by nobody.
    pub async fn answer_refusals(&self) -> Result<()> {
        if self.verifier.nodes() <= 1 {
            return Ok(());
        }
        let mut answered = self.answered.lock().await;
        let now = self.store.database_now();
        let since = now.plus(-ASKED_FOR);
        let elapsed = self.store.clock.elapsed();
        if answered.removed_at.is_none_or(|last| elapsed - last >= ASKED_FOR) {
            within(WRITE_LIMIT, remove_before(&self.store.db, since)).await?;
            answered.removed_at = Some(elapsed);
        }
        let questions = within(READ_LIMIT, questions_since(&self.store.db, since, READ_AT_ONCE)).await?;
        let asked: HashSet<KeyId> = questions.iter().map(|question| question.key_id.0.clone()).collect();
        answered.last.retain(|id, _| asked.contains(id));
        let mut answers = 0;
        for question in questions {
            let (id, asked_at) = (question.key_id.0, question.asked_at.0);
            if answered.last.get(&id).is_some_and(|last| *last >= asked_at) {
                continue;
            }
            if answers == ANSWERED_AT_ONCE {
                break;
            }
            answers += 1;
            let row = self.answer(&id, asked_at, now)?;
            within(WRITE_LIMIT, store_answer(&self.store.db, row)).await?;
            answered.last.insert(id, asked_at);
        }
        Ok(())
    }

    fn answer(&self, id: &KeyId, asked_at: Timestamp, now: Timestamp) -> Result<Model> {
        let requests = self.verifier.refusals(id, &self.node.name);
        Ok(Model {
            key_id: id.into(),
            instance_id: Stored(self.node.id.clone()),
            asked_at: Stored(asked_at),
            answered_at: Stored(now),
            requests: serde_json::to_string(&requests)
                .map_err(|error| Error::Internal(format!("cannot write refused requests: {error}")))?,
        })
    }

    /// The latest refused requests of a key on all nodes, as far as they have answered.
    pub(crate) async fn refusals(&self, id: &KeyId) -> Result<LatestRefusals> {
        let db = &self.store.db;
        let others = self.others(db).await?;
        let now = self.store.database_now();
        let mut requests = self.verifier.refusals(id, &self.node.name);
        let mut nodes = vec![NodeAnswer {
            name: self.node.name.clone(),
            answered_at: Some(now),
            is_current: true,
        }];
        let (asked_at, told) = if others.is_empty() {
            (None, Vec::new())
        } else {
            let asked_at = match ask(db, id, now, now.plus(-FRESH)).await {
                Ok(asked_at) => Some(asked_at),
                // The screen then shows what there is, and says what is missing.
                Err(error) => {
                    tracing::warn!(%error, "cannot ask the other nodes which requests were refused there");
                    None
                }
            };
            (asked_at, answers(db, id).await?)
        };
        for other in others {
            let answer = told.iter().find(|answer| answer.instance_id == other.instance_id);
            // A newer version may write what this one cannot read.
            let read = answer.and_then(|answer| {
                let requests: Vec<Refusal> = serde_json::from_str(&answer.requests).ok()?;
                Some((answer, requests))
            });
            nodes.push(NodeAnswer {
                name: other.name,
                answered_at: read.as_ref().map(|(answer, _)| answer.answered_at.0),
                is_current: read
                    .as_ref()
                    .zip(asked_at)
                    .is_some_and(|((answer, _), asked_at)| answer.asked_at.0 >= asked_at),
            });
            requests.extend(read.into_iter().flat_map(|(_, requests)| requests));
        }
        Ok(LatestRefusals {
            requests: latest(requests),
            nodes,
            now: self.store.now(),
        })
    }
}
