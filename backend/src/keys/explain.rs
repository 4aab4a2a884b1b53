//! "Why denied?": a request that somebody asks about, read from what was typed.

use std::net::IpAddr;

use model::explain::{ExplainForm, Explanation};
use model::form::FormErrors;
use model::id::KeyId;
use model::role::Permission;
use model::time::Timestamp;

use super::Keys;
use super::row;
use crate::actor::Actor;
use crate::error::{NotFound, Result};
use crate::verifier::Question;

impl Keys {
    /// What this node would decide about a request with a key, each check by itself. Where there is no index (in a
    /// command), one is loaded.
    pub async fn explain(&self, actor: &Actor, id: &KeyId, form: &ExplainForm) -> Result<Explanation> {
        actor.require(Permission::SeeKeys)?;
        let now = self.store.now();
        let (address, at) = read(form)?;
        // A key that does not exist is refused here. Below, a key that this node does not know yet gets another answer.
        super::may_see(actor, &row(&self.store.db, id).await?)?;
        let counts = self.verifier.is_loaded();
        if !counts {
            self.cluster.load_index().await?;
        }
        let asked = Question {
            method: form.method.trim(),
            path: form.path.trim(),
            client: address,
            at: at.unwrap_or(now),
            now: at.is_none(),
            counts,
        };
        let explained = self.verifier.explain(id, &asked);
        explained.ok_or_else(|| NotFound::KeyOnNode(id.clone()).into())
    }
}

type Read = (Option<IpAddr>, Option<Timestamp>);

fn read(form: &ExplainForm) -> Result<Read, FormErrors> {
    let mut errors = FormErrors::default();
    if form.method.trim().is_empty() {
        errors.add("method", "Say which method, like GET or POST.");
    }
    if !form.path.trim().starts_with('/') {
        errors.add(
            "path",
            "Write the path as a client sends it, like /api/v1/chat/completions.",
        );
    }
    let address = match form.address.trim() {
        "" => None,
        text => {
            let address = text.parse().ok();
            if address.is_none() {
                errors.add(
                    "address",
                    "This is not an IP address; write it like 203.0.113.7 or 2001:db8::7.",
                );
            }
            address
        }
    };
    let at = match form.time.trim() {
        "" => None,
        text => {
            let at = Timestamp::parse_utc(text);
            if at.is_none() {
                errors.add("time", "This is not a time; write it like 2026-12-01T14:05:00Z.");
            }
            at
        }
    };
    errors.check()?;
    Ok((address, at))
}
