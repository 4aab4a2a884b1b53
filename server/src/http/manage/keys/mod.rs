//! API keys: created, listed, read, edited, rotated and deleted.

mod change;
mod create;
mod explain;
mod import;
mod list;
mod usage;
mod view;

use axum::extract::State;
use axum::response::Response;
use model::id::KeyId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use self::import::{Refusal, read_line};
use self::view::Key;
use super::Manage;
use super::call::{Call, PathId};
use super::list::no_query;
use super::problem::Problem;
use super::resource;

pub(super) fn routes() -> OpenApiRouter<Manage> {
    OpenApiRouter::new()
        .routes(routes!(list::list_keys, create::create_key))
        .routes(routes!(import::import_keys))
        .routes(routes!(get_key, change::edit_key, change::delete_key))
        .routes(routes!(create::rotate_key))
        .routes(routes!(change::end_old_token))
        .routes(routes!(explain::explain_key))
        .routes(routes!(usage::report_key_usage))
}

/// Read a key
///
/// Everything about a key except its token. The last use is some seconds old.
#[utoipa::path(
    get,
    path = "/keys/{id}",
    tag = "Keys",
    params(("id" = String, Path, description = "The key ID", example = "key_8fQ2nLw0Zz")),
    responses((status = 200, description = "The key", body = Key))
)]
async fn get_key(State(manage): State<Manage>, call: Call, PathId(id): PathId) -> Result<Response, Problem> {
    no_query(&call.query)?;
    resource::show::<Key>(&manage, &call, &key_id(&id)?).await
}

fn key_id(text: &str) -> Result<KeyId, Problem> {
    KeyId::parse(text).ok_or_else(|| Problem::malformed_id("a key", KeyId::PREFIX))
}
