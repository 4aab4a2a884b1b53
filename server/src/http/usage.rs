//! `GET /usage/export`: usage as CSV. The server sends the lines while it reads them, so that neither side must hold the whole
//! export in memory.

use std::io;
use std::sync::Arc;

use app::caller::Caller;
use axum::body::{Body, Bytes};
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use backend::{Services, UsageExport};
use futures_util::stream::unfold;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderValue, StatusCode, Uri};
use model::role::Permission;
use model::usage::UsageQuery;

use super::Console;
use super::forms::{read, refused_download};
use super::guard::see_other;
use super::key_forms::person;
use super::permission_recheck::PermissionRecheck;

pub(super) async fn export(State(console): State<Console>, Extension(caller): Extension<Caller>, uri: Uri) -> Response {
    let Some((who, actor)) = person(caller) else {
        return see_other("/login");
    };
    // Before the query is read: a person without the permission learns nothing about the query.
    if let Err(error) = actor.require(Permission::SeeKeys) {
        return refused_download(&error);
    }
    let Some(query) = read::<UsageQuery>(uri.query().unwrap_or_default().as_bytes()) else {
        return (StatusCode::BAD_REQUEST, "The query string is not valid.\n").into_response();
    };
    let export = match console.services.usage.begin_export(&actor, &query).await {
        Ok(export) => export,
        Err(error) => return refused_download(&error),
    };
    let range = export.range().name();
    let day = console.services.now().iso_date();
    let recheck = PermissionRecheck::new(Arc::clone(&console.services), &who, Permission::SeeKeys);
    let mut response = Response::new(body(console.services, export, recheck));
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/csv; charset=utf-8; header=present"),
    );
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"latchkey-usage-{range}-{day}.csv\"")) {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    response
}

/// A body of the lines of the export, one piece at a time.
fn body(services: Arc<Services>, export: UsageExport, recheck: PermissionRecheck) -> Body {
    let pieces = unfold(Some(export), move |export| {
        let services = Arc::clone(&services);
        async move {
            let mut export = export?;
            match services.usage.export_lines(&mut export).await {
                Ok(Some(lines)) => Some((Ok(Bytes::from(lines)), Some(export))),
                Ok(None) => None,
                Err(error) => {
                    tracing::error!(%error, "an export of usage was cut off");
                    // The answer fails in the middle, so that it cannot be mistaken for a complete answer.
                    Some((Err(io::Error::other("the database failed")), None))
                }
            }
        }
    });
    Body::from_stream(recheck.guard(pieces))
}
