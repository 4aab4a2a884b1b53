//! Finds out who calls: a service account by its token, or a person by the session of the same site, who may only read.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use backend::crypto::sha256;
use backend::{Actor, ActorKind};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use model::service_token::is_well_formed;

use super::Manage;
use super::call::Call;
use super::problem::{Problem, ProblemCode};
use crate::http::arrival::Arrival;
use crate::http::client_address::{self, client_address};

/// The longest value of `Authorization` that is read, in bytes.
const LONGEST: usize = 512;
const SITE: &str = "sec-fetch-site";

/// Who calls.
struct Sender {
    actor: Actor,
    /// The e-mail address of the person, or the name of the service account.
    known_as: String,
}

/// The middleware before every operation.
pub(super) async fn authenticate(State(manage): State<Manage>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let sender = match sender(&manage, &parts).await {
        Ok(sender) => sender,
        Err(problem) => return problem.into_response(),
    };
    let state = manage
        .limits
        .calls
        .take(&sender.actor.identity(), manage.services().elapsed());
    let mut response = if state.retry_after.is_some() {
        let detail = "This service account has sent too many requests. Wait as Retry-After says.";
        Problem::new(ProblemCode::TooManyRequests, detail).into_response()
    } else {
        match Call::read(sender.actor.clone(), &parts, body).await {
            Ok(call) => {
                parts.extensions.insert(call);
                next.run(Request::from_parts(parts.clone(), axum::body::Body::empty()))
                    .await
            }
            Err(problem) => problem.into_response(),
        }
    };
    state.insert_headers(response.headers_mut());
    if response.status() == StatusCode::FORBIDDEN {
        let (method, path) = (parts.method.as_str(), parts.uri.path());
        let audit = &manage.services().audit;
        audit.note_refusal(&sender.actor, &sender.known_as, method, path).await;
    }
    response
}

async fn sender(manage: &Manage, parts: &Parts) -> Result<Sender, Problem> {
    let address = client_address(
        Arrival::peer_of(&parts.extensions),
        &parts.headers,
        &manage.console.trusted_proxies,
    );
    let from = client_address::as_text(address);
    let now = manage.services().elapsed();
    let unknown = || unauthenticated("Send the token of a service account: Authorization: Bearer lkm_….");
    let token = bearer(&parts.headers)?;
    // What can be no token, and a request without one, is refused without a look-up, so it need not be limited.
    let has_session = token.is_none() && manage.console.cookies.session(&parts.headers).is_some();
    if !(has_session || token.is_some_and(is_well_formed)) {
        return Err(unknown());
    }
    let hash = token.map(sha256);
    let was_valid = hash.is_some_and(|hash| manage.limits.valid_tokens.contain(&hash, now));
    if !was_valid && let Some(seconds) = manage.limits.failures.wait(&from, now) {
        let detail = "Too many requests from this address had no valid token. Wait as Retry-After says.";
        return Err(Problem {
            retry_after: Some(seconds),
            ..Problem::new(ProblemCode::TooManyRequests, detail)
        });
    }
    let found = match token {
        Some(token) => {
            let accounts = &manage.services().service_accounts;
            let actor = accounts.authenticate(token, address.ok()).await?;
            actor.map(Sender::program)
        }
        None => session(manage, parts, &from).await?,
    };
    if found.is_some()
        && let Some(hash) = hash
    {
        manage.limits.valid_tokens.note(hash, now);
    }
    found.ok_or_else(|| {
        manage.limits.failures.take(&from, now);
        unknown()
    })
}

/// The person with a session. The request has to come from a page of this site, or from no page at all, and may only read.
async fn session(manage: &Manage, parts: &Parts, from: &str) -> Result<Option<Sender>, Problem> {
    let Some(token) = manage.console.cookies.session(&parts.headers) else {
        return Ok(None);
    };
    let site = parts.headers.get(SITE).map(HeaderValue::as_bytes);
    if !matches!(site, None | Some(b"same-origin" | b"none")) {
        return Ok(None);
    }
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return Err(unauthenticated(
            "A session of the console only reads here. Send the token of a service account to change something.",
        ));
    }
    let accounts = &manage.services().accounts;
    let person = accounts.read_session_without_use(&token).await?;
    Ok(person.map(|person| Sender {
        actor: person.actor(Some(from.to_owned())),
        known_as: person.me.email,
    }))
}

impl Sender {
    fn program(actor: Actor) -> Self {
        let known_as = match &actor.kind {
            ActorKind::ServiceAccount { name, .. } => name.clone(),
            _ => String::new(),
        };
        Self { actor, known_as }
    }
}

/// The bearer token (RFC 6750, section 2.1); `None` without the header.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, more) = (values.next(), values.next());
    let Some(value) = value else {
        return Ok(None);
    };
    let wrong = || {
        Problem::parameter(
            "Authorization",
            "Authorization has the form Bearer lkm_…, and comes once.",
        )
    };
    if more.is_some() || value.len() > LONGEST {
        return Err(wrong());
    }
    let text = value.to_str().map_err(|_| wrong())?;
    let (scheme, token) = text.split_once(' ').ok_or_else(wrong)?;
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
        return Err(wrong());
    }
    Ok(Some(token))
}

fn unauthenticated(detail: &str) -> Problem {
    Problem::new(ProblemCode::Unauthenticated, detail)
}
