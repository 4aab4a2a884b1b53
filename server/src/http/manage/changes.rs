//! Changes: the proof of one, and its receipt.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use model::proof::{NodeProof, NodeState, Proof};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Manage;
use super::call::{Call, PathId};
use super::list::no_query;
use super::problem::{Problem, ProblemCode};
use super::resource::json;
use super::values::Time;

pub(super) fn routes() -> OpenApiRouter<Manage> {
    OpenApiRouter::new()
        .routes(routes!(prove_change))
        .routes(routes!(issue_receipt))
}

/// On which nodes a change is in force.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Proof)]
struct ProofView {
    #[schema(example = 1)]
    change: i64,
    /// When the change was made.
    at: Time,
    /// Whether every node that could still answer has applied it, or must have stopped answering.
    in_force: bool,
    /// Since when that is so.
    #[schema(required = true, example = "2027-02-20T14:05:00.212Z")]
    in_force_at: Option<Time>,
    nodes: Vec<NodeProofView>,
}

/// One node in a proof.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NodeProof)]
struct NodeProofView {
    #[schema(example = "node_8fQ2nLw0Zz")]
    id: String,
    #[schema(example = "keys-1")]
    name: String,
    /// Whether it has applied the change.
    in_force: bool,
    /// The last change that it has applied, where it has applied this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    applied: Option<i64>,
    /// When it had applied the change, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    applied_at: Option<Time>,
    /// When it was last heard from, where it has not applied the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_heard_at: Option<Time>,
    /// From when on it refuses every request, unless it is heard from before.
    #[serde(skip_serializing_if = "Option::is_none")]
    refuses_at: Option<Time>,
}

/// Prove a change
///
/// Says on which nodes the change is in force, and until when a silent one could still answer by the state before. Ask again until
/// `inForce` is true.
#[utoipa::path(
    get,
    path = "/changes/{n}/proof",
    tag = "Changes",
    params(("n" = i64, Path, description = "The number of the change, as `Latchkey-Change` tells it", example = 1)),
    responses((status = 200, description = "The proof", body = ProofView))
)]
async fn prove_change(State(manage): State<Manage>, call: Call, PathId(number): PathId) -> Result<Response, Problem> {
    no_query(&call.query)?;
    let number = change_number(&number)?;
    let proof = manage.services().cluster.proof(&call.actor, number).await?;
    Ok(json(StatusCode::OK, &ProofView::from(proof)))
}

/// Get the receipt of a change
///
/// The proof of a change that is in force everywhere, signed (JWS with Ed25519), so that anybody can check it with the keys at
/// `/.well-known/jwks.json`.
#[utoipa::path(
    get,
    path = "/changes/{n}/receipt",
    tag = "Changes",
    params(("n" = i64, Path, description = "The number of the change, as `Latchkey-Change` tells it", example = 1)),
    responses((status = 200, description = "The receipt", content_type = "application/jose", body = String, example = "eyJhbGciOiJFZERTQSIsInR5cCI6ImxhdGNoa2V5LXJlY2VpcHQrand0In0.eyJjaGFuZ2UiOjF9.c2ln"))
)]
async fn issue_receipt(State(manage): State<Manage>, call: Call, PathId(number): PathId) -> Result<Response, Problem> {
    no_query(&call.query)?;
    let number = change_number(&number)?;
    let url = manage.console.public_url.as_deref();
    let jws = manage.services().receipts.issue(&call.actor, number, url).await?;
    // RFC 7515, section 9.2.1
    let media_type = HeaderValue::from_static("application/jose");
    Ok((StatusCode::OK, [(CONTENT_TYPE, media_type)], jws).into_response())
}

fn change_number(text: &str) -> Result<i64, Problem> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).ok_or_else(|| {
        Problem::at(
            ProblemCode::NotFound,
            "n",
            "The number of a change is a whole number from 1 on.",
        )
    })
}

impl From<Proof> for ProofView {
    fn from(proof: Proof) -> Self {
        Self {
            change: proof.change,
            at: Time(proof.at),
            in_force: proof.in_force,
            in_force_at: proof.in_force_at.map(Time),
            nodes: proof.nodes.into_iter().map(NodeProofView::from).collect(),
        }
    }
}

impl From<NodeProof> for NodeProofView {
    fn from(NodeProof { id, name, state }: NodeProof) -> Self {
        let (id, none) = (id.to_string(), None);
        match state {
            NodeState::InForce { applied, applied_at } => Self {
                id,
                name,
                in_force: true,
                applied: Some(applied),
                applied_at: applied_at.map(Time),
                last_heard_at: none,
                refuses_at: none,
            },
            NodeState::Missing {
                last_heard_at,
                refuses_at,
            } => Self {
                id,
                name,
                in_force: false,
                applied: None,
                applied_at: none,
                last_heard_at: Some(Time(last_heard_at)),
                refuses_at: Some(Time(refuses_at)),
            },
        }
    }
}
