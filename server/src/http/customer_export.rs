//! Customers in a file, for people: `GET /customers/export` saves all, or those that the list shows.

use std::io;
use std::sync::Arc;

use app::caller::Caller;
use axum::body::{Body, Bytes};
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use backend::customers::ExportedCustomer;
use backend::{Actor, Error, Services};
use futures_util::stream::unfold;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderValue, StatusCode, Uri};
use model::customer::CustomerStatus;
use model::list::ListQuery;
use model::role::Permission;
use serde::Deserialize;

use super::Console;
use super::customer_file::{Format, Writer};
use super::forms::{read, refused_download};
use super::guard::see_other;
use super::key_forms::person;
use super::permission_recheck::PermissionRecheck;

/// The query of an export: what the list shows, and the format.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ExportQuery {
    format: String,
    search: String,
    status: String,
}

/// `GET /customers/export`
pub(super) async fn export(State(console): State<Console>, Extension(caller): Extension<Caller>, uri: Uri) -> Response {
    let Some((who, actor)) = person(caller) else {
        return see_other("/login");
    };
    // Before the query is read: a person without the permission learns nothing about the query.
    if let Err(error) = actor.require(Permission::SeeCustomers) {
        return refused_download(&error);
    }
    let bad = |sentence: &'static str| (StatusCode::BAD_REQUEST, sentence).into_response();
    let Some(asked) = read::<ExportQuery>(uri.query().unwrap_or_default().as_bytes()) else {
        return bad("The query string is not valid.\n");
    };
    let format = match asked.format.as_str() {
        "csv" | "" => Format::Csv,
        "jsonl" => Format::Jsonl,
        _ => return bad("There is no such format. Choose csv or jsonl.\n"),
    };
    let status = CustomerStatus::ALL
        .into_iter()
        .find(|status| status.slug() == asked.status);
    if status.is_none() && !asked.status.is_empty() {
        return bad("There is no such status. Choose active or suspended.\n");
    }
    let query = ListQuery {
        search: asked.search,
        ..ListQuery::default()
    };
    let first = match next_piece(&console.services, &actor, &query, status, format, None).await {
        Ok(first) => first,
        Err(error) => return refused_download(&error),
    };
    let day = console.services.now().iso_date();
    let recheck = PermissionRecheck::new(Arc::clone(&console.services), &who, Permission::SeeCustomers);
    let services = console.services;
    let pieces = unfold(Some((Some(first), None)), move |state: Option<(Option<Piece>, _)>| {
        let (services, actor, query) = (Arc::clone(&services), actor.clone(), query.clone());
        async move {
            let (ready, after): (Option<Piece>, Option<String>) = state?;
            let piece = match ready {
                Some(first) => Ok(first),
                None => next_piece(&services, &actor, &query, status, format, after).await,
            };
            match piece {
                Ok(Piece { text, next }) => Some((Ok(Bytes::from(text)), next.map(|next| (None, Some(next))))),
                Err(error) => {
                    tracing::error!(%error, "an export of customers was cut off");
                    // The answer fails in the middle, so that it cannot be mistaken for a complete answer.
                    Some((Err(io::Error::other("the database failed")), None))
                }
            }
        }
    });
    let mut response = Response::new(Body::from_stream(recheck.guard(pieces)));
    let media_type = match format {
        Format::Csv => "text/csv; charset=utf-8; header=present",
        Format::Jsonl => "application/x-ndjson",
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    let name = format!(
        "attachment; filename=\"latchkey-customers-{day}.{}\"",
        format.extension()
    );
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    response
}

/// Some lines of an export.
struct Piece {
    text: Vec<u8>,
    /// Where the next piece begins, if there is one.
    next: Option<String>,
}

/// The first lines, or (`after`) those that follow.
async fn next_piece(
    services: &Services,
    actor: &Actor,
    query: &ListQuery,
    status: Option<CustomerStatus>,
    format: Format,
    after: Option<String>,
) -> backend::Result<Piece> {
    let place = after.as_deref().unwrap_or_default();
    let (customers, next) = services.customers.export_some(actor, query, status, place).await?;
    let text = write_lines(format, after.is_none(), &customers).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Piece { text, next })
}

fn write_lines(format: Format, is_first: bool, customers: &[ExportedCustomer]) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut writer = if is_first {
        Writer::begin(format, &mut text)?
    } else {
        Writer::go_on(format, &mut text)
    };
    for customer in customers {
        writer.write(customer)?;
    }
    writer.finish()?;
    Ok(text)
}
