//! What a program's request adds to the change that it asks for: a condition on the state before the change, and an answer that
//! is kept, so that the same request can be sent again.

use std::fmt;
use std::pin::Pin;
use std::sync::OnceLock;

use model::customer::CustomerRecord;
use model::customer_import::CustomerImportReport;
use model::endpoint_form::EndpointRow;
use model::environment::EnvironmentSummary;
use model::key_import::ImportReport;
use model::key_record::KeyRecord;
use model::profile::ProfileRow;
use serde::{Deserialize, Serialize};

use crate::crypto::master_key::mac;
use crate::crypto::sha256;
use crate::error::Result;

/// Answers whether the condition of a request holds. It is asked while the mutation holds the head, so nothing changes between
/// the answer and the change. It must only read, since another mutation would wait for this one.
pub type Condition = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<bool>> + Send>> + Send + Sync>;

/// Composes the answer to a request from what was made, and the number of the change.
type Compose = Box<dyn Fn(&Made<'_>, i64) -> KeptAnswer + Send + Sync>;

/// What a change has made.
#[derive(Debug)]
pub enum Made<'a> {
    /// A new key, or a key with a new token.
    Key {
        key: &'a KeyRecord,
        token: &'a Token<'a>,
    },
    CustomerImport(&'a CustomerImportReport),
    /// Keys of another system.
    Import(&'a ImportReport),
    Environment(&'a EnvironmentSummary),
    Endpoint(&'a EndpointRow),
    Profile(&'a ProfileRow),
    Customer(&'a CustomerRecord),
}

/// A token in the answer that shows it. `Debug` prints nothing.
pub struct Token<'a>(pub(crate) &'a str);

impl<'a> Token<'a> {
    pub const fn reveal(&self) -> &'a str {
        self.0
    }
}

impl fmt::Debug for Token<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token")
    }
}

/// An answer as it was sent. It may have a token, so `Debug` leaves the body out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers that belong to the answer itself.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl fmt::Debug for KeptAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KeptAnswer")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// An Idempotency-Key (draft-ietf-httpapi-idempotency-key-header) of one sender, with the request that it belongs to. It has
/// hashes only.
pub struct IdempotencyKey {
    /// Under which the answer is stored.
    pub(crate) id: [u8; 32],
    /// The key that seals the answer. It is never stored.
    pub(crate) seal: [u8; 32],
    /// The method, the path and the body.
    pub(crate) request: [u8; 32],
}

impl IdempotencyKey {
    /// `sender` identifies who sent the request, see [`crate::Actor::identity`].
    pub fn new(sender: &str, key: &str, method: &str, path: &str, body: &[u8]) -> Self {
        // Two keys of one secret, each for one purpose, as HKDF derives them (RFC 5869). The sender is hashed first, so that no
        // two senders and keys make the same text.
        let secret = mac(&sha256(sender), &[key.as_bytes()]);
        let head = format!("{method} {path}\n");
        Self {
            id: mac(&secret, &[b"latchkey idempotency id"]),
            seal: mac(&secret, &[b"latchkey idempotency seal"]),
            request: mac(&secret, &[head.as_bytes(), body]),
        }
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("IdempotencyKey").finish_non_exhaustive()
    }
}

/// What a request adds to one mutation, and what becomes of it.
#[derive(Default)]
pub struct ChangeRequest {
    condition: Option<Condition>,
    compose: Option<Compose>,
    idempotency: Option<IdempotencyKey>,
    change: OnceLock<i64>,
    answer: OnceLock<KeptAnswer>,
}

impl ChangeRequest {
    /// The mutation is refused unless the condition holds.
    #[must_use]
    pub fn on_condition(mut self, condition: Option<Condition>) -> Self {
        self.condition = condition;
        self
    }

    /// The answer is composed inside the mutation, before it commits.
    #[must_use]
    pub fn answered_with(mut self, compose: impl Fn(&Made<'_>, i64) -> KeptAnswer + Send + Sync + 'static) -> Self {
        self.compose = Some(Box::new(compose));
        self
    }

    /// The answer is stored with the change.
    #[must_use]
    pub fn kept_under(mut self, key: Option<IdempotencyKey>) -> Self {
        self.idempotency = key;
        self
    }

    /// The number of the change; `None` where nothing was changed.
    pub fn change(&self) -> Option<i64> {
        self.change.get().copied()
    }

    /// The answer that was composed, or that was kept from the same request before.
    pub fn answer(&self) -> Option<&KeptAnswer> {
        self.answer.get()
    }

    pub(crate) const fn idempotency(&self) -> Option<&IdempotencyKey> {
        self.idempotency.as_ref()
    }

    pub(crate) const fn has_condition(&self) -> bool {
        self.condition.is_some()
    }

    pub(crate) async fn condition_holds(&self) -> Result<bool> {
        match &self.condition {
            Some(condition) => condition().await,
            None => Ok(true),
        }
    }

    pub(crate) const fn wants_answer(&self) -> bool {
        self.compose.is_some()
    }

    pub(crate) fn compose_answer(&self, made: &Made<'_>, change: i64) {
        if let Some(compose) = &self.compose {
            self.set_answer(compose(made, change));
        }
    }

    pub(crate) fn set_answer(&self, answer: KeptAnswer) {
        let _ = self.answer.set(answer);
    }

    pub(crate) fn note_change(&self, number: i64) {
        let _ = self.change.set(number);
    }
}

impl fmt::Debug for ChangeRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ChangeRequest")
            .field("change", &self.change)
            .finish_non_exhaustive()
    }
}

/// No two requests are the same.
impl PartialEq for ChangeRequest {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for ChangeRequest {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_sender_key_or_request_has_other_hashes() {
        let one = IdempotencyKey::new("service_account sa_1", "order-1", "POST", "/keys", b"{}");
        let others = [
            IdempotencyKey::new("service_account sa_2", "order-1", "POST", "/keys", b"{}"),
            IdempotencyKey::new("service_account sa_1", "order-2", "POST", "/keys", b"{}"),
            IdempotencyKey::new("service_account sa_", "1order-1", "POST", "/keys", b"{}"),
        ];
        for other in others {
            assert_ne!((one.id, one.seal), (other.id, other.seal));
        }
        let other_body = IdempotencyKey::new("service_account sa_1", "order-1", "POST", "/keys", b"{ }");
        assert_eq!(one.id, other_body.id);
        assert_ne!(one.request, other_body.request);
        assert_ne!(one.id, one.seal);
    }

    #[test]
    fn no_debug_text_has_a_token() {
        let answer = KeptAnswer {
            status: 201,
            headers: Vec::new(),
            body: "sk_live_secret".to_owned(),
        };
        let request = ChangeRequest::default();
        request.set_answer(answer.clone());
        assert!(!format!("{request:?} {answer:?} {:?}", Token("sk_live_secret")).contains("secret"));
    }
}
