//! The nodes that share the database.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use model::node_list::{NodeRow, Standing};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Manage;
use super::call::Call;
use super::list::{Page, no_query};
use super::problem::Problem;
use super::resource::json;
use super::values::Time;

pub(super) fn routes() -> OpenApiRouter<Manage> {
    OpenApiRouter::new().routes(routes!(list_nodes))
}

/// A running server process, or one that stopped in the last 24 hours.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Node {
    #[schema(example = "node_8fQ2nLw0Zz")]
    id: String,
    #[schema(example = "keys-1")]
    name: String,
    #[schema(example = "0.1.0")]
    version: String,
    started_at: Time,
    /// The last change that it has applied.
    #[schema(example = 412)]
    change: i64,
    /// Number of changes that it has not applied yet.
    #[schema(example = 0)]
    behind: i64,
    last_heard_at: Time,
    /// `in_step`, `behind`, `silent` or `stopped`.
    #[schema(example = "in_step")]
    state: &'static str,
    /// Until when a silent node may answer from memory; null for the others.
    #[schema(required = true)]
    silent_until: Option<Time>,
}

/// List nodes
///
/// All of them, on one page.
#[utoipa::path(
    get,
    path = "/nodes",
    tag = "Nodes",
    responses((status = 200, description = "The nodes", body = Page<Node>))
)]
async fn list_nodes(State(manage): State<Manage>, call: Call) -> Result<Response, Problem> {
    no_query(&call.query)?;
    let found = manage.services().cluster.list_nodes(&call.actor).await?;
    let nodes = found.nodes.into_iter().map(Node::from).collect();
    Ok(json(StatusCode::OK, &Page::whole(nodes)))
}

impl From<NodeRow> for Node {
    fn from(row: NodeRow) -> Self {
        let (state, silent_until) = match row.standing {
            Standing::InStep => ("in_step", None),
            Standing::Behind => ("behind", None),
            Standing::Silent { until } => ("silent", Some(Time(until))),
            Standing::Stopped => ("stopped", None),
        };
        Self {
            id: row.id.to_string(),
            name: row.name,
            version: row.version,
            started_at: Time(row.started_at),
            change: row.applied,
            behind: row.behind,
            last_heard_at: Time(row.last_heard_at),
            state,
            silent_until,
        }
    }
}
