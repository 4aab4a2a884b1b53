//! `GET /audit/export`: the audit log as JSON lines. The server sends the log while it reads it, so that neither side must hold the
//! whole log in memory.

use std::io;
use std::sync::Arc;

use app::caller::Caller;
use axum::body::{Body, Bytes};
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use backend::audit::Lines;
use backend::{Actor, Services};
use futures_util::stream::unfold;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use model::audit::AuditQuery;
use model::role::Permission;

use super::Console;
use super::forms::{read, refused_download};
use super::guard::see_other;
use super::key_forms::person;
use super::permission_recheck::PermissionRecheck;

pub(super) async fn export(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    // An export leaves an audit event, so a page of another site must not make a browser ask for one.
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if site.is_some_and(|site| site != b"same-origin" && site != b"none") {
        // This redirects and does not refuse, since a refusal would be recorded in the name of the person whose browser was sent
        // here.
        return see_other("/audit");
    }
    let Some((who, actor)) = person(caller) else {
        return see_other("/login");
    };
    // Before the query is read: a person without the permission learns nothing about the query.
    if let Err(error) = actor.require(Permission::SeeAudit) {
        return refused_download(&error);
    }
    let Some(query) = read::<AuditQuery>(uri.query().unwrap_or_default().as_bytes()) else {
        return (StatusCode::BAD_REQUEST, "The query string is not valid.\n").into_response();
    };
    let first = match console.services.audit.export(&actor, &query).await {
        Ok(lines) => lines,
        Err(error) => return refused_download(&error),
    };
    let day = console.services.now().iso_date();
    let recheck = PermissionRecheck::new(Arc::clone(&console.services), &who, Permission::SeeAudit);
    let mut response = Response::new(body(console.services, actor, query, first, recheck));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"latchkey-audit-{day}.jsonl\"")) {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    response
}

/// A body of the lines that were already read, and then of the other lines, one piece at a time.
fn body(services: Arc<Services>, actor: Actor, query: AuditQuery, first: Lines, recheck: PermissionRecheck) -> Body {
    let pieces = unfold(Some((Some(first), None)), move |state| {
        let (services, actor, query) = (Arc::clone(&services), actor.clone(), query.clone());
        async move {
            let (ready, before) = state?;
            let lines = match ready {
                Some(lines) => Ok(lines),
                None => services.audit.export_lines(&actor, &query, before).await,
            };
            match lines {
                Ok(lines) => {
                    let then = lines.next.map(|next| (None, Some(next)));
                    Some((Ok(Bytes::from(lines.text)), then))
                }
                Err(error) => {
                    tracing::error!(%error, "an export of the audit log was cut off");
                    // The answer fails in the middle, so that it cannot be mistaken for a complete answer.
                    Some((Err(io::Error::other("the database failed")), None))
                }
            }
        }
    });
    Body::from_stream(recheck.guard(pieces))
}
