//! The objects of the API: each is read in one way, whether it is shown or a condition asks for its entity tag.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use backend::error::RefusedRequest;
use backend::{Actor, ChangeRequest, Condition, Error, KeptAnswer, Services};
use http::header::{CONTENT_TYPE, ETAG};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use super::Manage;
use super::call::Call;
use super::etag::{IfMatch, etag};
use super::problem::Problem;

pub(super) const CHANGE: HeaderName = HeaderName::from_static("latchkey-change");

/// An object with an ID and an entity tag.
pub(super) trait Resource: Serialize + Sized + Send + 'static {
    type Id: Clone + Send + Sync + 'static;

    /// Fields that use alone changes. They are no part of the entity tag.
    const VOLATILE: &'static [&'static str];

    /// Reads the object as the actor may see it. Must not write, since a mutation asks for it while it holds the head.
    fn read(services: &Services, actor: &Actor, id: &Self::Id) -> impl Future<Output = backend::Result<Self>> + Send;
}

/// Answers with one object.
pub(super) async fn show<R: Resource>(manage: &Manage, call: &Call, id: &R::Id) -> Result<Response, Problem> {
    let object = R::read(manage.services(), &call.actor, id).await?;
    Ok(with_etag(json(StatusCode::OK, &object), &etag(&object)))
}

/// Changes an object, if it is as `If-Match` says, and answers with what it is now.
pub(super) async fn edit<R, F>(
    manage: &Manage,
    call: &Call,
    id: &R::Id,
    change: impl FnOnce(Actor) -> F,
) -> Result<Response, Problem>
where
    R: Resource,
    F: Future<Output = backend::Result<()>>,
{
    let request = carry_out::<R, F>(manage, call, id, change).await?;
    let object = R::read(manage.services(), &call.actor, id).await?;
    let answer = with_etag(json(StatusCode::OK, &object), &etag(&object));
    with_change(manage, answer, &request).await
}

/// Removes an object, if it is as `If-Match` says.
pub(super) async fn remove<R, F>(
    manage: &Manage,
    call: &Call,
    id: &R::Id,
    change: impl FnOnce(Actor) -> F,
) -> Result<Response, Problem>
where
    R: Resource,
    F: Future<Output = backend::Result<()>>,
{
    let request = carry_out::<R, F>(manage, call, id, change).await?;
    with_change(manage, StatusCode::NO_CONTENT.into_response(), &request).await
}

async fn carry_out<R, F>(
    manage: &Manage,
    call: &Call,
    id: &R::Id,
    change: impl FnOnce(Actor) -> F,
) -> Result<Arc<ChangeRequest>, Problem>
where
    R: Resource,
    F: Future<Output = backend::Result<()>>,
{
    let condition = IfMatch::read(&call.headers)?.map(|wanted| condition::<R>(manage, call, id, wanted));
    let request = Arc::new(ChangeRequest::default().on_condition(condition));
    let changed = change(call.actor.with_request(Arc::clone(&request))).await;
    if let Err(Error::NotFound(_)) = changed {
        // It may have been deleted by the same request before, whose answer was lost. This node refuses it before it says so.
        manage.services().cluster.last_change_in_force().await?;
    }
    changed?;
    Ok(request)
}

/// The condition that the object has one of the wanted tags. The mutation asks for it while nothing else can change.
fn condition<R: Resource>(manage: &Manage, call: &Call, id: &R::Id, wanted: IfMatch) -> Condition {
    let services = Arc::clone(manage.services());
    let (actor, id, wanted) = (call.actor.clone(), id.clone(), Arc::new(wanted));
    Box::new(move || {
        let (services, actor, id, wanted) = (Arc::clone(&services), actor.clone(), id.clone(), Arc::clone(&wanted));
        Box::pin(async move {
            let object = R::read(&services, &actor, &id).await?;
            Ok(wanted.matches(&etag(&object)))
        })
    })
}

/// Makes something. The answer is composed inside the change, and kept with it under the Idempotency-Key, so that the same
/// request gets the same answer.
pub(super) async fn make<T, F>(
    manage: &Manage,
    call: &Call,
    compose: impl Fn(&backend::Made<'_>, i64) -> KeptAnswer + Send + Sync + 'static,
    change: impl FnOnce(Actor) -> F,
) -> Result<Response, Problem>
where
    F: Future<Output = backend::Result<T>>,
{
    let request = ChangeRequest::default()
        .answered_with(compose)
        .kept_under(call.idempotency_key()?);
    let request = Arc::new(request);
    let services = manage.services();
    if !services.find_kept_answer(&request).await? {
        match change(call.actor.with_request(Arc::clone(&request))).await {
            Ok(_) => {}
            // The same request came first. What it has changed is committed, and may not be in force here yet.
            Err(Error::RefusedRequest(RefusedRequest::AnsweredBefore)) => {
                services.cluster.last_change_in_force().await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    request
        .answer()
        .map_or_else(|| Err(Problem::internal()), |answer| Ok(sent(answer)))
}

/// Answers a POST that changes nothing. The answer is kept under the Idempotency-Key as well.
pub(super) async fn ask<T, F>(
    manage: &Manage,
    call: &Call,
    question: impl FnOnce(Actor) -> F,
) -> Result<Response, Problem>
where
    T: Serialize,
    F: Future<Output = Result<T, Problem>>,
{
    ask_once(manage, call, |actor| async move {
        let body = question(actor).await?;
        Ok(KeptAnswer {
            status: 200,
            headers: Vec::new(),
            body: serde_json::to_string(&body).unwrap_or_default(),
        })
    })
    .await
}

/// Answers a POST that would change something, and only says what.
pub(super) async fn try_out<T, F>(
    manage: &Manage,
    call: &Call,
    question: impl FnOnce(Actor) -> F,
) -> Result<Response, Problem>
where
    T: Serialize,
    F: Future<Output = Result<T, Problem>>,
{
    ask_once(manage, call, |actor| async move {
        let body = question(actor).await?;
        let change = manage.services().cluster.last_change().await?;
        Ok(without_tag(StatusCode::OK, &body, change))
    })
    .await
}

async fn ask_once<F>(manage: &Manage, call: &Call, answer: impl FnOnce(Actor) -> F) -> Result<Response, Problem>
where
    F: Future<Output = Result<KeptAnswer, Problem>>,
{
    let request = Arc::new(ChangeRequest::default().kept_under(call.idempotency_key()?));
    if !manage.services().find_kept_answer(&request).await? {
        let answer = answer(call.actor.clone()).await?;
        manage.services().keep_answer(&request, answer).await?;
    }
    request
        .answer()
        .map_or_else(|| Err(Problem::internal()), |answer| Ok(sent(answer)))
}

/// The answer about a change of many objects, which has no entity tag.
pub(super) fn without_tag(status: StatusCode, body: &impl Serialize, change: i64) -> KeptAnswer {
    KeptAnswer {
        status: status.as_u16(),
        headers: vec![(CHANGE.as_str().to_owned(), change.to_string())],
        body: serde_json::to_string(body).unwrap_or_default(),
    }
}

/// The answer about an object that was made or got a new token.
pub(super) fn made<R: Resource>(
    status: StatusCode,
    object: &R,
    body: &impl Serialize,
    location: Option<String>,
    change: i64,
) -> KeptAnswer {
    let mut headers = vec![
        (ETAG.as_str().to_owned(), etag(object)),
        (CHANGE.as_str().to_owned(), change.to_string()),
    ];
    headers.extend(location.map(|location| ("location".to_owned(), location)));
    KeptAnswer {
        status: status.as_u16(),
        headers,
        body: serde_json::to_string(body).unwrap_or_default(),
    }
}

fn sent(answer: &KeptAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, answer.body.clone()).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in &answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    response
}

/// An answer with JSON.
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let mut response = (status, serde_json::to_string(body).unwrap_or_default()).into_response();
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn with_etag(mut response: Response, tag: &str) -> Response {
    if let Ok(value) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(ETAG, value);
    }
    response
}

/// Adds the number of the change; where nothing was changed, the number of the last change of all. The object may be as it was asked
/// for by the same request before, whose answer was lost, so this node decides by that change, too.
async fn with_change(manage: &Manage, mut response: Response, request: &ChangeRequest) -> Result<Response, Problem> {
    let number = match request.change() {
        Some(number) => number,
        None => manage.services().cluster.last_change_in_force().await?,
    };
    response.headers_mut().insert(CHANGE, HeaderValue::from(number));
    Ok(response)
}
