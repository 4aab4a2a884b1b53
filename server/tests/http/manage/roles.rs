//! Who may do what: each operation with each role, by a service account that is kept to an environment or not, with what it has made
//! itself or somebody else has, there or elsewhere; and by a person with a session.

use backend::audit::Actor;
use model::endpoint::Grant;
use model::environment::EnvironmentForm;
use model::id::ServiceAccountId;
use model::role::Role;
use model::service_account::{ROLES, ServiceAccountForm};
use serde_json::{Value, json};

use super::reach::{Case, is_about_a_key, is_about_an_environment, refusal};
use super::{PREFIX, Program, operations};
use crate::common::{Answer, Call, TestApp, new_key};

/// The lowest role that may use an operation, and a body that it takes.
pub fn rule(method: &str, path: &str, number: usize) -> (&'static str, Value) {
    let name = format!("thing-{number}");
    match (method, path) {
        ("GET", "/audit-events" | "/nodes")
        | ("DELETE", "/endpoints/{name}" | "/profiles/{id}" | "/customers/{id}") => ("admin", json!(null)),
        ("GET", "/changes/{n}/receipt") | ("DELETE", "/keys/{id}" | "/keys/{id}/old-tokens/{token}") => {
            ("developer", json!(null))
        }
        ("GET", "/users" | "/users/{id}" | "/service-accounts" | "/service-accounts/{id}") => ("owner", json!(null)),
        ("GET", _) => ("viewer", json!(null)),
        ("POST", "/keys/{id}/explain") => ("viewer", json!({"method": "GET", "path": "/x"})),
        ("POST", "/keys") => ("developer", json!({"name": "Shop", "environment": "default"})),
        ("POST", "/keys/import") => {
            let sha256 = format!("{number:064x}");
            let key = json!({"sha256": sha256, "name": "Shop", "environment": "default"});
            ("developer", json!({ "keys": [key] }))
        }
        ("POST", "/keys/{id}/rotate") => ("developer", json!({"grace": "1h"})),
        ("PATCH", "/keys/{id}") => ("developer", json!({"name": "Store"})),
        ("POST", "/environments") => ("admin", json!({"name": name, "kind": "test"})),
        ("PATCH", "/environments/{id}" | "/profiles/{id}") | ("POST", "/profiles") => ("admin", json!({"name": name})),
        ("POST", "/endpoints") => (
            "admin",
            json!({"name": name, "title": name, "patterns": [{"method": "GET", "path": format!("/{name}")}]}),
        ),
        ("POST", "/customers") => ("developer", json!({"externalId": name, "name": name})),
        ("POST", "/customers/import") => ("developer", json!({"customers": [{"externalId": name, "name": name}]})),
        ("PATCH", "/customers/{id}") => ("developer", json!({"name": name})),
        ("PATCH", "/endpoints/{name}") => ("admin", json!({"title": name})),
        _ => panic!("no table says who may {method} {path}"),
    }
}

async fn json_of(call: Call<'_>) -> Value {
    let answer: Answer = call.await;
    assert!(answer.status < 300, "{} {}", answer.status, answer.body);
    answer.json()
}

/// What a request is about: the values of the parameters in its path.
#[derive(Clone, Debug)]
pub struct Thing {
    id: String,
    token: String,
    change: String,
}

impl Thing {
    fn with_id(id: &Value) -> Self {
        Self {
            id: id.as_str().unwrap().to_owned(),
            token: String::new(),
            change: String::new(),
        }
    }

    pub fn fill(&self, path: &str) -> String {
        path.replace("{id}", &self.id)
            .replace("{name}", &self.id)
            .replace("{token}", &self.token)
            .replace("{n}", &self.change)
    }
}

/// A key with an old token, made by this program. The last change is its own.
async fn key(by: &Program<'_>, environment: &str) -> Thing {
    let made = json_of(by.post("/keys", &json!({"name": "Shop", "environment": environment}))).await;
    by.app.provisioned(made["token"].as_str().unwrap()).await;
    let id = made["id"].as_str().unwrap().to_owned();
    let rotation = by.post(&format!("/keys/{id}/rotate"), &json!({"grace": "7d"})).await;
    assert_eq!(rotation.status, 200, "{}", rotation.body);
    Thing {
        token: rotation.json()["oldTokens"][0]["id"].as_str().unwrap().to_owned(),
        change: rotation.header("latchkey-change").unwrap().to_owned(),
        id,
    }
}

/// The two environments, and a program that may make everything.
pub struct World<'a> {
    pub helper: Program<'a>,
    somebody: String,
    environments: [String; 2],
}

/// The environment to which a service account is kept, and another one.
const PLACES: [&str; 2] = ["inside", "outside"];

impl<'a> World<'a> {
    pub async fn new(app: &'a TestApp) -> Self {
        let helper = Program::named(app, "helper", "admin", &[]).await;
        let mut environments = Vec::new();
        for name in PLACES {
            let made = json_of(helper.post("/environments", &json!({"name": name, "kind": "test"}))).await;
            environments.push(made["id"].as_str().unwrap().to_owned());
        }
        Self {
            somebody: app.somebody().await,
            environments: environments.try_into().unwrap(),
            helper,
        }
    }

    /// Something that the operation can be asked about, which nothing else needs.
    pub async fn thing(&self, path: &str, number: usize, case: Case, program: &Program<'a>) -> Thing {
        let (name, place) = (format!("of-{number}"), usize::from(!case.inside));
        let post = |path: &str, body: &Value| self.helper.post(path, body);
        match path.split('/').nth(1).unwrap() {
            _ if is_about_a_key(path) => key(if case.own { program } else { &self.helper }, PLACES[place]).await,
            "environments" if case.kept => Thing::with_id(&json!(self.environments[place])),
            "environments" => {
                let environment = json!({"name": name, "kind": "test"});
                Thing::with_id(&json_of(post("/environments", &environment)).await["id"])
            }
            "profiles" => Thing::with_id(&json_of(post("/profiles", &json!({"name": name}))).await["id"]),
            "endpoints" => {
                let pattern = json!({"method": "PUT", "path": format!("/{name}")});
                let endpoint = json!({"name": name, "title": name, "patterns": [pattern]});
                Thing::with_id(&json_of(post("/endpoints", &endpoint)).await["name"])
            }
            "customers" => {
                let customer = json!({"externalId": name, "name": name});
                Thing::with_id(&json_of(post("/customers", &customer)).await["id"])
            }
            "users" => Thing::with_id(&json!(self.somebody)),
            "service-accounts" => Thing::with_id(&json!(account(self.helper.app, "helper").await.as_str())),
            _ => Thing::with_id(&json!("")),
        }
    }
}

async fn account(app: &TestApp, name: &str) -> ServiceAccountId {
    let accounts = &app.services.service_accounts;
    accounts.find_called(&Actor::command_line(), name).await.unwrap()
}

/// The cases of an operation: whoever made what it is about, wherever that is, as far as it matters.
fn cases(role: Role, path: &str) -> Vec<Case> {
    let mut all = Vec::new();
    for (kept, own, inside) in [
        (false, true, true),
        (false, false, true),
        (true, true, true),
        (true, false, true),
        (true, true, false),
        (true, false, false),
    ] {
        // A viewer makes nothing.
        let matters = (own || is_about_a_key(path)) && (inside || is_about_an_environment(path));
        if matters && (role > Role::Viewer || !own || !is_about_a_key(path)) {
            all.push(Case {
                role,
                kept,
                own,
                inside,
            });
        }
    }
    all
}

/// Names another environment in a body that names one.
fn set_environment(body: &mut Value, name: &str) {
    if let Some(environment) = body.get_mut("environment") {
        *environment = json!(name);
    }
    for key in body.get_mut("keys").and_then(Value::as_array_mut).into_iter().flatten() {
        key["environment"] = json!(name);
    }
}

/// A request of the walk, ready to be sent.
struct Prepared {
    method: String,
    path: String,
    case: Case,
    lowest: Role,
    thing: Thing,
    body: Value,
}

async fn send(program: &Program<'_>, prepared: &Prepared) {
    let Prepared {
        method,
        path,
        case,
        lowest,
        thing,
        body,
    } = prepared;
    program.app.clock().advance(100);
    let filled = thing.fill(path);
    let answer = if body.is_null() {
        program.ask(method, &filled).await
    } else {
        program.send(method, &filled, body).await
    };
    let what = format!("{method} {path} {case:?}: {} {}", answer.status, answer.body);
    let Some(status) = refusal(method, path, *lowest, *case) else {
        let is_early = answer.status == 409 && path.ends_with("/receipt");
        assert!(answer.status < 300 || is_early, "{what}");
        assert_eq!(answer.header("etag").is_some(), has_tag(method, path), "{what}");
        return;
    };
    let code = match status {
        403 => "ERR_FORBIDDEN",
        404 => "ERR_NOT_FOUND",
        _ => "ERR_INVALID",
    };
    assert_eq!((answer.status, answer.problem().as_str()), (status, code), "{what}");
    if status == 422 {
        let field = answer.json()["errors"][0]["field"].as_str().unwrap().to_owned();
        assert!(field.ends_with("environment"), "{what}");
    }
    if status != 403 {
        assert!(!answer.body.contains("outside"), "{what}");
    }
}

#[tokio::test]
async fn every_operation_admits_whom_the_tables_say_wherever_and_whosever_its_thing_is() {
    let app = TestApp::new().await;
    let world = World::new(&app).await;
    let mut number = 0;
    for role in ROLES {
        let program = Program::new(&app, role.as_str(), &[]).await;
        let mut all = Vec::new();
        for (method, path) in operations() {
            for case in cases(role, &path) {
                number += 1;
                app.clock().advance(100);
                let (lowest, mut body) = rule(&method, &path, number);
                set_environment(&mut body, PLACES[usize::from(!case.inside)]);
                all.push(Prepared {
                    thing: world.thing(&path, number, case, &program).await,
                    method: method.clone(),
                    path: path.clone(),
                    case,
                    lowest: Role::parse(lowest).unwrap(),
                    body,
                });
            }
        }
        let (kept, free): (Vec<_>, Vec<_>) = all.into_iter().partition(|prepared| prepared.case.kept);
        for prepared in &free {
            send(&program, prepared).await;
        }
        // What it has made elsewhere is out of its reach from now on.
        let form = ServiceAccountForm {
            name: role.as_str().to_owned(),
            role: role.as_str().to_owned(),
            environments: [PLACES[0].to_owned()].into_iter().collect(),
            ..ServiceAccountForm::default()
        };
        let id = account(&app, role.as_str()).await;
        let accounts = &app.services.service_accounts;
        accounts.edit(&Actor::command_line(), &id, &form).await.unwrap();
        for prepared in &kept {
            send(&program, prepared).await;
        }
    }
    assert!(number > 300, "{number} requests");
}

/// A person reads with a session, and an owner is a person.
#[tokio::test]
async fn every_operation_that_reads_admits_the_roles_of_the_table_with_a_session() {
    let app = TestApp::new().await;
    let world = World::new(&app).await;
    for (nth, role) in Role::ALL.into_iter().enumerate() {
        app.forget_cookies();
        app.add_user(role).await;
        app.log_in(role).await;
        for (number, (method, path)) in operations().into_iter().enumerate() {
            app.clock().advance(100);
            let (lowest, body) = rule(&method, &path, number);
            let call = if method == "GET" {
                let case = Case {
                    role,
                    kept: false,
                    own: false,
                    inside: true,
                };
                let number = number + 1_000 * (1 + nth);
                let thing = world.thing(&path, number, case, &world.helper).await;
                app.get(&format!("{PREFIX}{}", thing.fill(&path)))
            } else {
                let path = Thing::with_id(&json!("x")).fill(&path);
                app.post_json(&format!("{PREFIX}{path}"), &body).method(&method)
            };
            let answer = call.await;
            let what = format!("{role:?} {method} {path}: {} {}", answer.status, answer.body);
            let lowest = match path.as_str() {
                // Of another's key.
                "/changes/{n}/receipt" => Role::Admin,
                _ => Role::parse(lowest).unwrap(),
            };
            match answer.status {
                401 => assert_ne!(method, "GET", "{what}"),
                403 => assert!(method == "GET" && role < lowest, "{what}"),
                409 => assert!(path.ends_with("/receipt"), "{what}"),
                status => assert!(method == "GET" && role >= lowest && status < 300, "{what}"),
            }
        }
    }
}

/// Whether an operation answers with one object.
fn has_tag(method: &str, path: &str) -> bool {
    let object = matches!(
        path,
        "/keys/{id}"
            | "/environments/{id}"
            | "/profiles/{id}"
            | "/customers/{id}"
            | "/endpoints/{name}"
            | "/users/{id}"
            | "/service-accounts/{id}"
    );
    let made = matches!(
        path,
        "/keys" | "/environments" | "/endpoints" | "/profiles" | "/customers" | "/keys/{id}/rotate"
    );
    match method {
        "GET" | "PATCH" => object,
        "POST" => made,
        _ => false,
    }
}

#[tokio::test]
async fn a_program_that_is_kept_to_an_environment_sees_nothing_else() {
    let app = TestApp::new().await;
    let staging = EnvironmentForm {
        name: "staging".to_owned(),
        kind: "test".to_owned(),
    };
    let by = Actor::command_line();
    app.services.environments.create(&by, &staging).await.unwrap();
    app.create(&new_key(Grant::All)).await;
    let program = Program::new(&app, "admin", &["staging"]).await;
    let new = |environment: &str| json!({"name": "Shop", "environment": environment});
    let refused = program.post("/keys", &new("default")).await;
    assert_eq!((refused.status, refused.problem().as_str()), (422, "ERR_INVALID"));
    assert_eq!(refused.json()["errors"][0]["field"], "environment");
    let made = program.post("/keys", &new("staging")).await;
    assert_eq!(made.status, 201, "{}", made.body);

    let list = program.get("/keys").await.json();
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    assert_eq!(list["data"][0]["id"], made.json()["id"]);
    let environments = program.get("/environments").await.json();
    assert_eq!(environments["data"].as_array().unwrap().len(), 1);
}
