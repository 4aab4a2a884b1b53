//! `POST /profiles/new`, the plain form.

mod status_200;
mod status_303;
mod status_403;
mod status_422;

use backend::audit::Actor;
use backend::keys::NewKey;
use model::endpoint::Grant;
use model::id::ProfileId;
use model::profile_form::ProfileForm;

use crate::common::{Answer, Call, Key, TestApp, new_key};

/// The form as it is first shown, but with this name.
pub(crate) fn named(name: &str) -> ProfileForm {
    ProfileForm {
        name: name.to_owned(),
        ..backend::profiles::Profiles::new_form(&Actor::command_line()).unwrap()
    }
}

/// Posts a form about profiles as a browser does.
pub(crate) fn post<'a>(app: &'a TestApp, path: &str, form: &ProfileForm) -> Call<'a> {
    let one = |name, value: &'_ str| (name, value.to_owned());
    let mut fields = vec![one("name", &form.name), one("description", &form.description)];
    for (name, values) in [
        ("on", &form.on),
        ("threshold", &form.threshold),
        ("action", &form.action),
    ] {
        fields.extend(values.iter().map(|value| one(name, value)));
    }
    fields.push(one("version", &form.version));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    app.post_form(path, &fields)
}

/// Creates a profile with the form.
pub(crate) async fn create(app: &TestApp, form: &ProfileForm) -> ProfileId {
    created_profile(&post(app, "/profiles/new", form).await)
}

/// The bias profile to whose page an answer redirects.
fn created_profile(answer: &Answer) -> ProfileId {
    assert_eq!(answer.status, 303, "{}", answer.body);
    let location = answer.header("location").unwrap();
    ProfileId::parse(location.strip_prefix("/profiles/").unwrap()).unwrap()
}

/// Creates a key with this bias profile.
pub(crate) async fn key_with(app: &TestApp, id: &ProfileId) -> Key {
    let new = NewKey {
        profile: Some(id.clone()),
        ..new_key(Grant::All)
    };
    app.create(&new).await
}

/// The bias profile that the verifier delivers with a key, or null if the key has none.
pub(crate) async fn delivered(app: &TestApp, key: &Key) -> serde_json::Value {
    let asked = serde_json::json!({ "key": key.token, "endpoint": "chat" });
    app.verify(&asked).await.json()["biasProfile"].take()
}
