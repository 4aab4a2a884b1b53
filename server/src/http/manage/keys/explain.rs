//! "Why denied?": what the verifier would decide about a request with a key, check by check.

use axum::extract::State;
use axum::response::Response;
use model::explain::{Check, CheckResult, ExplainForm, Explanation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::Manage;
use super::super::call::{Call, PathId};
use super::super::list::no_query;
use super::super::problem::Problem;
use super::super::resource::ask;
use super::super::values::Time;
use super::key_id;

/// The request that is asked about.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"method": "POST", "path": "/api/v1/chat/completions"}))]
struct Question {
    #[schema(min_length = 1)]
    method: String,
    /// As the client would send it; a query is ignored.
    #[schema(pattern = "^/")]
    path: String,
    /// The client's address; null or left out where nobody knows it.
    #[serde(default)]
    address: Option<String>,
    /// When the request was or will be sent; null or left out for now.
    #[serde(default)]
    #[schema(format = DateTime)]
    time: Option<String>,
}

/// What the verifier would decide.
#[derive(Debug, Serialize, ToSchema)]
struct Decision {
    /// The `code` of `POST /v1/keys/verify`.
    #[schema(example = "VALID")]
    code: &'static str,
    /// All checks, in their order. The first that did not pass decides.
    checks: Vec<CheckView>,
    /// The endpoint of the request; null where it belongs to none.
    #[schema(required = true, example = "chat")]
    endpoint: Option<String>,
    /// The time of the request that was asked about.
    at: Time,
}

/// One check.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Check)]
struct CheckView {
    /// `known`, `status`, `endpoint`, `address` or `limit`.
    #[schema(example = "known")]
    check: &'static str,
    passed: bool,
    /// A sentence for people.
    #[schema(example = "The key is known.")]
    reason: String,
}

/// Ask why a request is denied
///
/// Counts no request and uses up no limit.
#[utoipa::path(
    post,
    path = "/keys/{id}/explain",
    tag = "Keys",
    params(("id" = String, Path, description = "The key ID", example = "key_8fQ2nLw0Zz")),
    request_body = Question,
    responses((status = 200, description = "The decision, check by check", body = Decision))
)]
pub(super) async fn explain_key(
    State(manage): State<Manage>,
    call: Call,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    no_query(&call.query)?;
    let id = key_id(&id)?;
    let question: Question = call.json()?;
    let form = ExplainForm {
        method: question.method,
        path: question.path,
        address: question.address.unwrap_or_default(),
        time: question.time.unwrap_or_default(),
    };
    let services = manage.services();
    ask(&manage, &call, |actor| async move {
        let explanation = services.keys.explain(&actor, &id, &form).await?;
        Ok(Decision::from(explanation))
    })
    .await
}

impl From<Explanation> for Decision {
    fn from(explanation: Explanation) -> Self {
        let checks = explanation.checks.into_iter().map(|checked| CheckView {
            check: word(checked.check),
            passed: checked.result == CheckResult::Passed,
            reason: checked.reason,
        });
        Self {
            code: explanation.code.as_str(),
            checks: checks.collect(),
            endpoint: explanation.endpoint,
            at: Time(explanation.at),
        }
    }
}

const fn word(check: Check) -> &'static str {
    match check {
        Check::Known => "known",
        Check::Status => "status",
        Check::Customer => "customer",
        Check::Endpoint => "endpoint",
        Check::Address => "address",
        Check::Limit => "limit",
    }
}
