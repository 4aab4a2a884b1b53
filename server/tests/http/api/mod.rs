//! Requests of the console's scripts: `POST /api/…`, and forms, which they send like a browser.

mod status_200;
mod status_400;
mod status_401;
mod status_403;
mod status_404;
mod status_409;

use backend::audit::Actor;
use model::customer::{CustomerOutcome, EXTERNAL_ID, NAME};
use model::form_values::FormValues;
use model::profile::Content;
use model::profile_form::{ProfileForm, ProfileOutcome};
use model::role::Role;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::common::{Call, Key, TestApp};

/// A server function, or a form: its path, a request to it, and the lowest role that may send it.
pub struct Function {
    pub path: String,
    pub body: Value,
    pub lowest_role: Role,
}

impl Function {
    /// Whether it is a form.
    pub fn is_form(&self) -> bool {
        !self.path.starts_with("/api/")
    }

    /// The request that the scripts of a page send.
    fn send<'a>(&self, app: &'a TestApp) -> Call<'a> {
        if !self.is_form() {
            return app.post_json(&self.path, &self.body);
        }
        // An invalid ID in a path may have spaces.
        by_scripts(app, &self.path.replace(' ', "%20"), &self.fields())
    }

    /// The fields of a form. A list becomes several fields of one name.
    pub fn fields(&self) -> Vec<(&str, &str)> {
        fn texts(value: &Value) -> Vec<&str> {
            match value {
                Value::Array(values) => values.iter().map(|value| value.as_str().unwrap()).collect(),
                value => vec![value.as_str().unwrap()],
            }
        }
        let fields = self.body.as_object().unwrap().iter();
        fields
            .flat_map(|(name, value)| texts(value).into_iter().map(move |text| (name.as_str(), text)))
            .collect()
    }
}

/// A form that the scripts of a page send.
pub fn by_scripts<'a>(app: &'a TestApp, path: &str, fields: &[(&str, &str)]) -> Call<'a> {
    app.post_form(path, fields).header("accept", "application/json")
}

/// The things that the requests are about.
#[derive(Default)]
pub struct TestSubjects {
    pub key: String,
    /// The value that the forms use for the key's present token after a rotation has made it an old token.
    pub old_token: String,
    pub profile: String,
    pub customer: String,
}

/// What identifies the present token of a key once a rotation has made it an old token.
async fn name_of_token(app: &TestApp, id: &str) -> String {
    let db = app.connect_directly().await;
    let sql = format!("SELECT token_hash FROM api_keys WHERE id = '{id}'");
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql));
    let hash: Vec<u8> = row.await.unwrap().unwrap().try_get_by_index(0).unwrap();
    db.close().await.unwrap();
    format!("{:016x}", u64::from_be_bytes(*hash.first_chunk().unwrap()))
}

impl TestSubjects {
    /// This key, and a new bias profile and customer that no key has.
    async fn create(app: &TestApp, key: &Key) -> Self {
        Self::create_named(app, key, "Strict").await
    }

    /// This key, and a new bias profile and customer of this name, which no key has. Names of bias profiles and external IDs are
    /// unique.
    pub async fn create_named(app: &TestApp, key: &Key, name: &str) -> Self {
        let by = Actor::command_line();
        let outcome = app.services.profiles.create(&by, &profile(name, 0)).await.unwrap();
        let ProfileOutcome::Saved { id, .. } = outcome else {
            panic!("{outcome:?}");
        };
        let form = FormValues::from([(EXTERNAL_ID, name), (NAME, name)]);
        let outcome = app.services.customers.create(&by, &form).await.unwrap();
        let CustomerOutcome::Saved { called, .. } = outcome else {
            panic!("{outcome:?}");
        };
        Self {
            customer: called.id.to_string(),
            key: key.id.clone(),
            old_token: name_of_token(app, &key.id).await,
            profile: id.to_string(),
        }
    }

    /// The subject of the form at this path.
    pub fn id(&self, path: &str) -> &str {
        match path.split('/').nth(1) {
            Some("profiles") => &self.profile,
            Some("customers") => &self.customer,
            _ => &self.key,
        }
    }

    /// Whether this function is about one key, bias profile or customer, which must exist.
    fn has_one_subject(function: &Function) -> bool {
        function.body.get("id").is_some() || (function.is_form() && !function.path.ends_with("/new"))
    }
}

/// A form that saves this bias profile.
pub fn profile(name: &str, version: i64) -> ProfileForm {
    let content = Content {
        name: name.to_owned(),
        ..Content::blank()
    };
    ProfileForm::of(&content, version)
}

/// Every server function and form of keys, customers and profiles. If a permitted person sends them in this order, each succeeds: those that
/// delete come last.
pub fn functions(subjects: &TestSubjects) -> Vec<Function> {
    let function = |path: &str, body, lowest_role| Function {
        path: path.to_owned(),
        body,
        lowest_role,
    };
    let form = |verb, body| function(&format!("/keys/{}/{verb}", subjects.key), body, Role::Developer);
    let key = || json!({ "id": subjects.key });
    let of_key = |mut more: Value| {
        more["id"] = json!(subjects.key);
        more
    };
    let create = json!({ "name": "Shop", "environment": "default" });
    let edit = json!({ "name": "Store", "expires": "keep" });
    let explain = of_key(json!({ "form": { "method": "POST", "path": "/api/v1/chat/completions" } }));
    let rotate = json!({ "grace": "24h" });
    let end_old_token = of_key(json!({ "token": subjects.old_token }));
    let bulk = json!({ "ids": [subjects.key], "action": "Disable" });
    let bulk_preview = json!({ "ids": [subjects.key] });
    let of_customer = || json!({ "id": subjects.customer });
    let create_customer = json!({ "external_id": "new", "name": "New", "metadata": "{}", "version": "" });
    let edit_customer = format!("/customers/{}/edit", subjects.customer);
    let of_profile = || json!({ "id": subjects.profile });
    let edit_profile = format!("/profiles/{}/edit", subjects.profile);
    vec![
        function("/api/frame", json!({}), Role::Viewer),
        function("/api/keys/list", json!({ "query": {} }), Role::Viewer),
        function("/api/home", json!({}), Role::Viewer),
        function("/api/keys/details", key(), Role::Viewer),
        function("/api/keys/explain", explain, Role::Viewer),
        function("/api/keys/refusals", key(), Role::Viewer),
        function("/api/keys/progress", key(), Role::Viewer),
        function("/api/keys/proof", json!({ "change": 1 }), Role::Viewer),
        function("/api/keys/create-options", json!({}), Role::Developer),
        function("/keys/new", create, Role::Developer),
        function("/api/keys/ids", json!({ "query": {} }), Role::Developer),
        function("/api/keys/delete-preview", key(), Role::Developer),
        function("/api/keys/disable", key(), Role::Developer),
        function("/api/keys/enable", key(), Role::Developer),
        function("/api/keys/edit-options", key(), Role::Developer),
        form("edit", edit),
        function("/api/keys/rotate-options", key(), Role::Developer),
        form("rotate", rotate),
        function("/api/keys/end-old-token", end_old_token, Role::Developer),
        function("/api/keys/bulk-preview", bulk_preview, Role::Developer),
        function("/api/keys/bulk", bulk, Role::Developer),
        function("/api/customers/list", json!({ "query": {} }), Role::Viewer),
        function("/api/customers/details", of_customer(), Role::Viewer),
        function("/api/customers/form", of_customer(), Role::Developer),
        function("/customers/new", create_customer, Role::Developer),
        function(&edit_customer, json!({ "name": "Another" }), Role::Developer),
        function("/api/customers/suspend", of_customer(), Role::Admin),
        function("/api/customers/resume", of_customer(), Role::Admin),
        function("/api/customers/delete", of_customer(), Role::Admin),
        function("/api/profiles/list", json!({ "query": {} }), Role::Viewer),
        function("/api/profiles/details", of_profile(), Role::Viewer),
        function("/api/profiles/compare", of_profile(), Role::Viewer),
        function("/api/profiles/form", of_profile(), Role::Admin),
        function("/profiles/new", json!(profile("Mild", 0)), Role::Admin),
        function(&edit_profile, json!(profile("Stricter", 1)), Role::Admin),
        function("/api/profiles/delete", of_profile(), Role::Admin),
        function("/api/keys/delete", key(), Role::Developer),
    ]
}
