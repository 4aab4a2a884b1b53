//! Changes keys as the console's scripts do, on any node.

use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::{Value, json};
use ureq::http::{StatusCode, header};
use ureq::{Agent, Body};

use crate::log_in::log_in;

pub(crate) const EMAIL: &str = "owner@example.com";
pub(crate) const PASSWORD: &str = "measured-on-loopback-7431";
/// How long a change may take. Afterwards nobody knows whether it was made.
const TIMEOUT: Duration = Duration::from_secs(4);

/// A session of the owner.
#[derive(Clone, Debug)]
pub(crate) struct Console {
    agent: Agent,
    cookies: String,
}

/// What became of a change.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The node has acknowledged it.
    Done(Value),
    /// The node has refused it: nothing was changed.
    Refused(String),
    /// There was no answer, or one that does not say whether anything was changed.
    Unknown(String),
    /// The node was not reached.
    NotSent,
}

impl Console {
    pub(crate) fn log_in(address: &str) -> Result<Console> {
        let agent = agent();
        let cookies = log_in(&agent, &format!("http://{address}"), EMAIL, PASSWORD)?;
        Ok(Console { agent, cookies })
    }

    /// A client of the same session with connections of its own.
    pub(crate) fn another(&self) -> Console {
        Console {
            agent: agent(),
            cookies: self.cookies.clone(),
        }
    }

    /// Creates a key for all endpoints. `name` also identifies the form. The answer has the `id` and the `token`.
    pub(crate) fn create(&self, address: &str, name: &str) -> Outcome {
        let form = format!("name={name}&environment=default&endpoints=all&expires=never&form_id={name}");
        let outcome = self.form(address, "/keys/new", form);
        outcome.map(|answer| answer["Done"]["Created"].clone())
    }

    /// Gives a key a new token. The old one ends at once. The answer has the `token`.
    pub(crate) fn rotate(&self, address: &str, id: &str, form_id: &str) -> Outcome {
        let outcome = self.form(
            address,
            &format!("/keys/{id}/rotate"),
            format!("grace=now&form_id={form_id}"),
        );
        outcome.map(|answer| answer["Done"]["Rotated"].clone())
    }

    /// `disable`, `enable` or `delete`. The answer has the number of the `change`.
    pub(crate) fn change(&self, address: &str, verb: &str, id: &str) -> Outcome {
        self.call(address, &format!("/api/keys/{verb}"), &json!({ "id": id }))
    }

    /// Whether the node says that a change is in force on every node that could answer.
    pub(crate) fn is_in_force(&self, address: &str, change: i64) -> Option<bool> {
        match self.call(
            address,
            "/api/keys/proof",
            &json!({ "change": change, "effect": "Refused" }),
        ) {
            Outcome::Done(proof) => Some(proof_holds(&proof)),
            _ => None,
        }
    }

    fn call(&self, address: &str, path: &str, json: &Value) -> Outcome {
        let request = self.agent.post(format!("http://{address}{path}"));
        let request = request
            .header(header::COOKIE, &self.cookies)
            .header(header::CONTENT_TYPE, "application/json");
        read(request.send(json.to_string()))
    }

    fn form(&self, address: &str, path: &str, form: String) -> Outcome {
        let request = self.agent.post(format!("http://{address}{path}"));
        let request = request
            .header(header::COOKIE, &self.cookies)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        match read(request.send(form)) {
            Outcome::Done(answer) if answer["Done"].is_null() => Outcome::Refused(answer.to_string()),
            outcome => outcome,
        }
    }
}

impl Outcome {
    /// An answer without what it should have tells nothing.
    fn map(self, select: impl FnOnce(Value) -> Value) -> Outcome {
        match self {
            Outcome::Done(answer) => match select(answer) {
                Value::Null => Outcome::Unknown("an answer without what was asked for".to_owned()),
                selected => Outcome::Done(selected),
            },
            other => other,
        }
    }

    pub(crate) fn done(self) -> Result<Value> {
        match self {
            Outcome::Done(answer) => Ok(answer),
            Outcome::Refused(why) | Outcome::Unknown(why) => bail!("a change was not made: {why}"),
            Outcome::NotSent => bail!("a node does not listen"),
        }
    }
}

fn proof_holds(proof: &Value) -> bool {
    proof["settled"].as_bool().unwrap_or_else(|| {
        proof["nodes"]
            .as_u64()
            .is_some_and(|nodes| nodes > 0 && proof["confirmed"].as_u64() == Some(nodes))
    })
}

fn read(answer: Result<ureq::http::Response<Body>, ureq::Error>) -> Outcome {
    let answer = match answer {
        Ok(answer) => answer,
        Err(ureq::Error::Io(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            return Outcome::NotSent;
        }
        Err(ureq::Error::ConnectionFailed) => return Outcome::NotSent,
        Err(error) => return Outcome::Unknown(error.to_string()),
    };
    let status = answer.status();
    let Ok(body) = answer.into_body().read_to_string() else {
        return Outcome::Unknown("an answer that broke off".to_owned());
    };
    if status == StatusCode::OK {
        return match serde_json::from_str(&body) {
            Ok(json) => Outcome::Done(json),
            Err(_) => Outcome::Unknown("an answer that is not JSON".to_owned()),
        };
    }
    let said = format!("{status}: {body}");
    if status.is_server_error() {
        Outcome::Unknown(said)
    } else {
        Outcome::Refused(said)
    }
}

/// A client that treats every status as an answer.
fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        // The server is on this machine, so no proxy is used, whatever the environment says.
        .proxy(None)
        .timeout_global(Some(TIMEOUT))
        .build()
        .into()
}
