//! The audit log.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use model::audit::{AuditQuery, AuditRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Manage;
use super::call::Call;
use super::list::{Page, Paging, read_query};
use super::problem::Problem;
use super::resource::json;
use super::values::Time;

pub(super) fn routes() -> OpenApiRouter<Manage> {
    OpenApiRouter::new().routes(routes!(list_audit_events))
}

/// Who did what to what, when and from where.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AuditEvent {
    /// Events are numbered from 1 without a gap.
    #[schema(example = 1024)]
    number: i64,
    at: Time,
    actor: AuditActor,
    /// The client's address.
    #[schema(required = true, example = "203.0.113.9")]
    address: Option<String>,
    #[schema(example = "key.disabled")]
    action: String,
    /// What was changed; null where it has no ID.
    #[schema(required = true)]
    subject: Option<AuditSubject>,
    /// The details, in words.
    #[schema(example = "Status: active → inactive")]
    details: String,
}

/// Who did it.
#[derive(Debug, Serialize, ToSchema)]
struct AuditActor {
    #[schema(example = "Mara Ott")]
    name: String,
    /// The person's e-mail address, or ID where there is none any more; null where it was no person.
    #[schema(required = true, example = "mara@example.org")]
    person: Option<String>,
}

/// What an event is about, as it was called at that time.
#[derive(Debug, Serialize, ToSchema)]
struct AuditSubject {
    #[schema(example = "key_8fQ2nLw0Zz")]
    id: String,
    #[schema(required = true, example = "Shop")]
    name: Option<String>,
}

/// The parameters of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct AuditParameters {
    /// A person's ID, e-mail address or name; or `command_line`, `system` or `nobody`.
    actor: Option<String>,
    /// The name of an event, or the part before the dot for all events of a subject.
    action: Option<String>,
    /// The ID or name of what the event is about.
    subject: Option<String>,
    /// The first day, in UTC.
    #[param(format = Date)]
    from: Option<String>,
    /// The last day, in UTC.
    #[param(format = Date)]
    to: Option<String>,
    /// How many events one page has, from 1 to 100; 50 if left out.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// `nextCursor` of the page before.
    #[param(pattern = "^[A-Za-z0-9_-]{12,}$")]
    cursor: Option<String>,
}

/// List audit events
///
/// Latest first.
#[utoipa::path(
    get,
    path = "/audit-events",
    tag = "Audit log",
    params(AuditParameters),
    responses((status = 200, description = "A page of the list", body = Page<AuditEvent>))
)]
async fn list_audit_events(State(manage): State<Manage>, call: Call) -> Result<Response, Problem> {
    let asked: AuditParameters = read_query(&call.query)?;
    let paging = Paging::read(&manage, &call, asked.limit.as_deref(), asked.cursor.as_deref())?;
    for (name, day) in [("from", &asked.from), ("to", &asked.to)] {
        // The address of the screen has an empty day where there is none.
        if day.as_deref() == Some("") {
            return Err(Problem::parameter(name, "A day looks like 2027-02-20."));
        }
    }
    let query = AuditQuery {
        actor: asked.actor.unwrap_or_default(),
        action: asked.action.unwrap_or_default(),
        subject: asked.subject.unwrap_or_default(),
        from: asked.from.unwrap_or_default(),
        to: asked.to.unwrap_or_default(),
        before: paging.after.clone(),
    };
    let found = manage.services().audit.page(&call.actor, &query, paging.size).await?;
    let next = found.next.map(|number| number.to_string());
    let data = found.events.into_iter().map(AuditEvent::from).collect();
    Ok(json(StatusCode::OK, &paging.page(data, next)))
}

impl From<AuditRow> for AuditEvent {
    fn from(row: AuditRow) -> Self {
        Self {
            number: row.number,
            at: Time(row.at),
            actor: AuditActor {
                name: row.actor,
                person: row.person,
            },
            address: row.address,
            action: row.action,
            subject: row.subject_id.map(|id| AuditSubject {
                id,
                name: row.subject_name,
            }),
            details: row.details,
        }
    }
}
