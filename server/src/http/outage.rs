//! Answers requests while the database is away. A page says so and loads again by itself. A form keeps what was typed. The scripts
//! of a page get an error that they can show. Nobody is sent to the login.

use std::time::Duration;

use app::AppError;
use app::caller::OutageSeen;
use app::customer_import;
use app::outage::{Files, Gateways, KeptField, KeptForm, kept_form_page, outage_page};
use app::screens::{Access, Screen};
use app::server_fns::reads::is_read;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use backend::Error;
use backend::error::Outage;
use backend::verifier::Unavailable;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFRESH, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use model::error_code::ErrorCode;
use model::problem::Problem;
use tokio::time::sleep;

use super::customer_import_form::kept_fields;
use super::guard::is_download;
use super::kept_body::KeptBody;
use super::problem::ProblemResponse;
use super::{Console, assets, bounds, scripts};

/// How long a request that only reads waits while it is known that the database is away.
pub(super) const READ_PATIENCE: Duration = Duration::from_secs(1);
/// How long a change waits while it is known that the database is away. A change that has not begun gives up earlier by itself.
pub(super) const CHANGE_PATIENCE: Duration = Duration::from_secs(15);
/// How often a waiting request looks whether the database is away.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// The Content-Security-Policy of these pages, which have no scripts.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// The names of the fields of plain forms with a secret, and their labels.
const SECRETS: [(&str, &str); 2] = [("password", "Password"), ("code", "Code")];
/// The fields that the page of a kept form shows. All others are hidden in it.
const SHOWN: [(&str, &str); 2] = [("email", "Email"), ("name", "Name")];

/// Marks an answer whose body this middleware has to write. Holds the outage, or `None` if the server itself has failed.
#[derive(Clone, Copy, Debug)]
struct Unwritten(Option<Outage>);

/// What a request asks for, and so the form of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Page,
    /// A form of a browser without scripts.
    Form,
    /// A request of the scripts of a page.
    Scripts {
        reads: bool,
    },
    /// A download for programs.
    Problem,
    /// Everything else.
    Text,
}

impl Kind {
    fn of(request: &Request) -> Self {
        let path = request.uri().path();
        if path.starts_with("/api/") || scripts::sent_by_scripts(request.headers()) {
            return Self::Scripts { reads: is_read(path) };
        }
        match *request.method() {
            Method::GET | Method::HEAD if path.ends_with("/receipt.jws") => Self::Problem,
            Method::GET | Method::HEAD if path == "/events" || is_download(path) => Self::Text,
            Method::GET | Method::HEAD => Self::Page,
            Method::POST => Self::Form,
            _ => Self::Text,
        }
    }

    const fn reads(self) -> bool {
        !matches!(self, Self::Form | Self::Scripts { reads: false })
    }
}

/// The answer to a request that failed because of the database. The middleware [`outage`] writes its body.
pub(super) fn away(outage: Outage) -> Response {
    unwritten(StatusCode::SERVICE_UNAVAILABLE, Some(outage))
}

/// The answer to a request that failed before its handler ran.
pub(super) fn failed_early(error: &Error) -> Response {
    match error.outage() {
        Some(outage) => away(outage),
        None => unwritten(StatusCode::INTERNAL_SERVER_ERROR, None),
    }
}

fn unwritten(status: StatusCode, why: Option<Outage>) -> Response {
    let mut response = status.into_response();
    response.extensions_mut().insert(Unwritten(why));
    response
}

pub(super) async fn outage(State(console): State<Console>, request: Request, next: Next) -> Response {
    let kind = Kind::of(&request);
    let uri = request.uri().clone();
    let (mut parts, body) = request.into_parts();
    let seen = OutageSeen::default();
    parts.extensions.insert(seen.clone());
    // What was typed is needed again if the answer cannot be the page of the form.
    let (typed, body) = if kind == Kind::Form {
        let typed = KeptBody::new(body);
        (Some((parts.headers.clone(), typed.clone())), Body::new(typed))
    } else {
        (None, body)
    };
    let (patience, given_up) = if kind.reads() {
        (READ_PATIENCE, Outage::Unreachable)
    } else {
        (CHANGE_PATIENCE, Outage::OutcomeUnknown)
    };
    let response = tokio::select! {
        response = next.run(Request::from_parts(parts, body)) => response,
        () = database_stays_away(&console, patience) => away(given_up),
    };
    let marked = response.extensions().get::<Unwritten>().copied();
    if matches!(kind, Kind::Scripts { .. }) && (marked.is_some() || seen.is_noted()) {
        // The page loads again what it could not load.
        console.live_streams.interrupt();
    }
    let why = match marked {
        Some(Unwritten(why)) => why,
        None if kind == Kind::Page && seen.is_noted() => Some(Outage::Unreachable),
        None => return response,
    };
    match why {
        Some(outage) => {
            let typed = match typed {
                Some((headers, typed)) => read_typed(&uri, &headers, typed.read_to_end().await),
                None => Vec::new(),
            };
            let mut response = answer(&console, kind, &uri, typed, outage);
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(Outage::RETRY_AFTER));
            response
        }
        None => failed(kind),
    }
}

/// Runs what a request needs before its handler, and gives up soon if it is known that the database is away.
pub(super) async fn patiently<T>(
    console: &Console,
    asking: impl Future<Output = backend::Result<T>>,
) -> Result<T, Option<Error>> {
    tokio::select! {
        answer = asking => answer.map_err(Some),
        () = database_stays_away(console, READ_PATIENCE) => Err(None),
    }
}

/// Waits for some time, and then until it is known that the database is away.
pub(super) async fn database_stays_away(console: &Console, patience: Duration) {
    sleep(patience).await;
    while !console.services.cluster.is_database_away() {
        sleep(LOOK_INTERVAL).await;
    }
}

fn answer(console: &Console, kind: Kind, uri: &Uri, typed: Vec<(String, String)>, outage: Outage) -> Response {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let sentence = if kind.reads() {
        outage.sentence_for_reading()
    } else {
        outage.to_string()
    };
    match kind {
        Kind::Page => {
            let page = outage_page(files(), address(uri), gateways(console));
            let mut response = html(page);
            response
                .headers_mut()
                .insert(REFRESH, HeaderValue::from(Outage::RETRY_AFTER));
            response
        }
        Kind::Form => html(kept_form_page(files(), keep(uri, typed, outage))),
        Kind::Scripts { .. } => scripts::refused(AppError::new(ErrorCode::Unavailable, sentence)),
        Kind::Problem => {
            let code = ErrorCode::Unavailable.as_str();
            ProblemResponse(Problem::new(status.as_u16(), code, sentence)).into_response()
        }
        Kind::Text => (status, format!("{sentence}\n")).into_response(),
    }
}

/// The answer if the server itself has failed. The cause is already in the log.
fn failed(kind: Kind) -> Response {
    let error = AppError::from(&Error::Internal(String::new()));
    match kind {
        Kind::Scripts { .. } => scripts::refused(error),
        _ => (error.status(), format!("{}\n", error.detail)).into_response(),
    }
}

fn html(page: String) -> Response {
    let headers: [(HeaderName, &str); 2] = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
    ];
    (StatusCode::SERVICE_UNAVAILABLE, headers, page).into_response()
}

fn files() -> Files<'static> {
    Files {
        css: &assets::SITE.css,
        icon: &assets::SITE.icon,
    }
}

fn address(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |address| address.as_str())
}

/// What this node does for gateways meanwhile.
fn gateways(console: &Console) -> Gateways {
    let verifier = console.services.verifier();
    let limit = verifier.stale_limit();
    match (verifier.ready(), verifier.database_silence()) {
        (Ok(()), Some(silence)) => Gateways::Answered {
            limit,
            left: (limit - silence).max(0),
        },
        (Err(Unavailable::Stale), _) => Gateways::Refused { limit },
        _ => Gateways::Loading,
    }
}

/// The names and values of the fields of a form.
fn read_typed(uri: &Uri, headers: &HeaderMap, typed: Bytes) -> Vec<(String, String)> {
    if uri.path() == customer_import::PATH {
        return kept_fields(headers, typed);
    }
    if bounds::is_bounded_form(&typed) {
        serde_html_form::from_bytes(&typed).unwrap_or_default()
    } else {
        Vec::new()
    }
}

/// What was typed into a form. Secrets are never kept. Of the forms of entry pages, only what is shown is kept.
fn keep(uri: &Uri, typed: Vec<(String, String)>, outage: Outage) -> KeptForm {
    let is_entry_page = Screen::at(uri.path()).is_some_and(|screen| screen.row().access == Access::Public);
    let mut form = KeptForm {
        action: address(uri).to_owned(),
        why: outage.to_string(),
        in_parts: uri.path() == customer_import::PATH,
        nothing_done: outage != Outage::OutcomeUnknown,
        shown: Vec::new(),
        hidden: Vec::new(),
        secrets: Vec::new(),
    };
    let labelled = |list: [(&'static str, &'static str); 2], name: &str| list.into_iter().find(|(its, _)| *its == name);
    for (name, value) in typed {
        if let Some((name, label)) = labelled(SECRETS, &name) {
            let value = String::new();
            form.secrets.push(KeptField { name, label, value });
        } else if let Some((name, label)) = labelled(SHOWN, &name) {
            form.shown.push(KeptField { name, label, value });
        } else if !is_entry_page {
            form.hidden.push((name, value));
        }
    }
    form
}
