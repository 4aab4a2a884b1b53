//! What a service account may do that is kept to an environment, and what anybody may do to what others have made. The walk in
//! `roles` asks every operation, so an operation without a row fails.

use model::role::Role;

/// What an operation reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// A thing of one environment. To a service account that is kept to another, the answer is this status.
    One { elsewhere: u16 },
    /// What all environments share, or a list that leaves the other environments out.
    Shared,
    /// More than single environments, which a service account that is kept to some may not.
    Beyond,
}

/// A request as the walk sends it.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub role: Role,
    /// Whether the service account is kept to one environment.
    pub kept: bool,
    /// Whether it has made the thing itself.
    pub own: bool,
    /// Whether the thing is in the environment to which it is kept.
    pub inside: bool,
}

/// Operations with a thing of one environment, that one account or another has made.
pub fn is_about_a_key(path: &str) -> bool {
    path.starts_with("/keys/{id}") || path.starts_with("/changes/{n}")
}

/// Operations that name the environment of what they make, or are about one.
pub fn is_about_an_environment(path: &str) -> bool {
    is_about_a_key(path) || matches!(path, "/keys" | "/keys/import" | "/environments/{id}")
}

fn reach(method: &str, path: &str) -> Reach {
    match (method, path) {
        // Another environment does not exist, so a field that names it is wrong.
        ("POST", "/keys" | "/keys/import") => Reach::One { elsewhere: 422 },
        (
            _,
            "/keys/{id}"
            | "/keys/{id}/usage"
            | "/keys/{id}/explain"
            | "/keys/{id}/rotate"
            | "/keys/{id}/old-tokens/{token}",
        )
        | ("GET", "/environments/{id}") => Reach::One { elsewhere: 404 },
        // The number of a change tells nothing, and its receipt names the key.
        ("GET", "/changes/{n}/receipt") => Reach::One { elsewhere: 403 },
        (
            "GET",
            "/keys" | "/environments" | "/endpoints" | "/endpoints/{name}" | "/profiles" | "/profiles/{id}"
            | "/customers" | "/customers/{id}" | "/usage" | "/changes/{n}/proof",
        )
        | ("POST", "/customers") => Reach::Shared,
        (
            "GET",
            "/audit-events" | "/nodes" | "/users" | "/users/{id}" | "/service-accounts" | "/service-accounts/{id}",
        )
        // An import may change customers, which may have keys elsewhere.
        | ("POST", "/environments" | "/endpoints" | "/profiles" | "/customers/import")
        | ("PATCH", "/environments/{id}" | "/endpoints/{name}" | "/profiles/{id}" | "/customers/{id}")
        | ("DELETE", "/endpoints/{name}" | "/profiles/{id}" | "/customers/{id}") => Reach::Beyond,
        _ => panic!("no table says what {method} {path} reaches"),
    }
}

/// The lowest role that may use an operation on what somebody else has made.
fn lowest_for_others(method: &str, path: &str, lowest: Role) -> Role {
    match (method, path) {
        ("PATCH" | "DELETE", "/keys/{id}" | "/keys/{id}/old-tokens/{token}")
        | ("POST", "/keys/{id}/rotate")
        | ("GET", "/changes/{n}/receipt") => Role::Admin,
        _ => lowest,
    }
}

/// The status with which a request is refused; `None` where it is allowed.
pub fn refusal(method: &str, path: &str, lowest: Role, case: Case) -> Option<u16> {
    let reach = reach(method, path);
    match reach {
        _ if case.role < lowest => Some(403),
        Reach::Beyond if case.kept => Some(403),
        Reach::One { elsewhere } if case.kept && !case.inside => Some(elsewhere),
        _ if !case.own && case.role < lowest_for_others(method, path, lowest) => Some(403),
        _ => None,
    }
}
