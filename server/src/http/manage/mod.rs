//! The management API, `/manage/v1`: what people do in the console, for programs. It translates between HTTP and the services.
//! Rules and permissions are in the services, which answer screens and programs alike.

mod audit_events;
mod auth;
mod call;
mod categories;
mod changes;
mod cursor;
mod customer_import;
mod customers;
mod dry_run;
mod endpoints;
mod environments;
mod etag;
mod fields;
mod keys;
mod limit;
mod list;
mod nodes;
mod openapi;
mod patience;
mod problem;
mod profiles;
mod rate_limit;
mod refused_import;
mod resource;
mod service_accounts;
mod usage;
mod users;
mod values;
pub(super) mod verifier;

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get};
use backend::{KeptAnswer, Services};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use self::limit::{Buckets, ValidTokens};
use self::problem::{Problem, ProblemCode};
use super::{Console, security};

pub(super) use self::customer_import::read_line as read_customer_line;
pub(crate) use self::keys::{Refusal, read_line as read_import_line};
pub use self::problem::ProblemCode as ManageProblemCode;

const PREFIX: &str = "/manage/v1";
/// Where the description of the API is.
const DESCRIPTION: &str = "/manage/v1/openapi.json";
/// Requests of one sender that are allowed at once, and milliseconds until one more is allowed: 500 a second, so that a program
/// may create keys as fast as the server can.
const BURST: i64 = 500;
const INTERVAL: i64 = 2;
/// Requests without a valid token from one address that are allowed at once, and milliseconds until one more is allowed.
const FAILURES: i64 = 20;
const FAILURE_INTERVAL: i64 = 1_000;

/// The state that the operations share.
#[derive(Clone, Debug)]
struct Manage {
    console: Console,
    limits: Arc<Limits>,
}

/// What each sender may send on this node.
#[derive(Debug)]
struct Limits {
    calls: Buckets,
    failures: Buckets,
    valid_tokens: ValidTokens,
}

impl Manage {
    fn new(console: &Console) -> Self {
        Self {
            console: console.clone(),
            limits: Arc::new(Limits {
                calls: Buckets::new(BURST, INTERVAL),
                failures: Buckets::new(FAILURES, FAILURE_INTERVAL),
                valid_tokens: ValidTokens::default(),
            }),
        }
    }

    const fn services(&self) -> &Arc<Services> {
        &self.console.services
    }
}

/// All operations, with their descriptions.
fn operations() -> (Router<Manage>, OpenApi) {
    let all = OpenApiRouter::new()
        .merge(keys::routes())
        .merge(environments::routes())
        .merge(endpoints::routes())
        .merge(profiles::routes())
        .merge(customers::routes())
        .merge(customer_import::routes())
        .merge(users::routes())
        .merge(service_accounts::routes())
        .merge(audit_events::routes())
        .merge(usage::routes())
        .merge(nodes::routes())
        .merge(changes::routes());
    OpenApiRouter::new().nest(PREFIX, all).split_for_parts()
}

/// The router of the API.
pub(super) fn router(console: &Console) -> Router {
    let manage = Manage::new(console);
    let (operations, _) = operations();
    let open = Router::new().route(DESCRIPTION, get(|| async { openapi::answer(description()) }));
    let rest = ["/manage/v1", "/manage/v1/", "/manage/v1/{*path}"];
    let operations = rest
        .into_iter()
        .fold(operations, |router, path| router.route(path, any(not_found)))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(manage.clone(), auth::authenticate));
    open.method_not_allowed_fallback(method_not_allowed)
        .merge(operations)
        .layer(from_fn_with_state(manage.clone(), patience::patience))
        .layer(from_fn(security::headers))
        .with_state(manage)
}

/// The description of the API, as it is served. It is made once in the process.
pub fn description() -> &'static str {
    static MADE: LazyLock<String> = LazyLock::new(|| openapi::complete(operations().1));
    &MADE
}

async fn not_found() -> Problem {
    Problem::new(ProblemCode::NotFound, "There is nothing at this path.")
}

async fn method_not_allowed() -> Problem {
    Problem::new(
        ProblemCode::MethodNotAllowed,
        "This path does not have this method. Allow lists those that it has.",
    )
}

/// The answer where a service made something else than it was asked for, which no service does.
fn unexpected() -> KeptAnswer {
    KeptAnswer {
        status: 500,
        headers: Vec::new(),
        body: String::new(),
    }
}
