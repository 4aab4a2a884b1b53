//! Editing a key: the effect on the verifier, and two people who edit at once.

use crate::common::{TestBackend, code, create, create_as, decide, invalid, new_key};
use backend::audit::Actor;
use backend::keys::NewKey;
use backend::{Error, Services, Settings};
use model::edit_form::{ChangedMeanwhile, EditOutcome};
use model::endpoint::Grant;
use model::form_values::FormValues;
use model::id::KeyId;
use model::role::Role;
use model::status::{PROVISIONING_LIMIT, Status};
use model::time::{DAY, HOUR};
use model::verify::Code;

/// The form as it is first shown.
async fn form(services: &Services, id: &KeyId) -> FormValues {
    let by = Actor::command_line();
    services.keys.editing_options(&by, id).await.unwrap().form
}

async fn send(services: &Services, id: &KeyId, form: FormValues) -> Result<EditOutcome, Error> {
    let by = Actor::command_line();
    services.keys.edit(&by, id, &form).await
}

/// Opens the form, types into it and sends it.
async fn edit(services: &Services, id: &KeyId, types: impl FnOnce(&mut FormValues)) -> Result<EditOutcome, Error> {
    let mut form = form(services, id).await;
    types(&mut form);
    send(services, id, form).await
}

async fn refusal(test: &TestBackend, id: &KeyId) -> String {
    let by = Actor::command_line();
    let shown = test.services.keys.editing_options(&by, id).await.unwrap_err();
    let sent = test.services.keys.edit(&by, id, &named("Store")).await.unwrap_err();
    assert_eq!(shown.to_string(), sent.to_string());
    assert!(matches!(sent, Error::Conflict(_)), "{sent:?}");
    sent.to_string()
}

/// The form of a program that does not send the values that it was shown.
fn named(name: &str) -> FormValues {
    FormValues::from([("name", name), ("expires", "keep")])
}

/// The key's name after the form was saved.
fn saved(outcome: Result<EditOutcome, Error>) -> String {
    match outcome.unwrap() {
        EditOutcome::Saved { name, .. } => name,
        other @ EditOutcome::Changed(_) => panic!("{other:?}"),
    }
}

/// The form that the second of two people gets, and what it says of the changes by the first.
fn changed(outcome: Result<EditOutcome, Error>) -> (FormValues, Vec<String>) {
    match outcome.unwrap() {
        EditOutcome::Changed(ChangedMeanwhile { form, changes }) => (form, changes),
        other @ EditOutcome::Saved { .. } => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_new_name_is_in_force_before_the_answer() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let outcome = edit(&test.services, &key.id, |form| form.set("name", " Store ")).await;
    assert_eq!(saved(outcome), "Store");
    let known = decide(&test.services, key.token.reveal(), "chat");
    assert_eq!((known.id, known.name.as_deref()), (Some(key.id), Some("Store")));
}

#[tokio::test]
async fn an_inactive_key_is_refused_before_the_answer_and_an_active_one_accepted() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    for (status, expected) in [("inactive", Code::Inactive), ("active", Code::Valid)] {
        let outcome = edit(&test.services, &key.id, |form| form.set("status", status)).await;
        assert_eq!(saved(outcome), "Shop");
        assert_eq!(code(&test.services, &key.token, "chat"), expected);
    }
}

#[tokio::test]
async fn an_end_date_can_be_moved_until_it_has_passed() {
    let test = TestBackend::serving().await;
    let new = NewKey {
        expires_at: Some(test.services.now().plus(DAY)),
        ..new_key("Shop", Grant::All)
    };
    let key = test.active_key(&new).await;
    test.pass(DAY - 1).await;
    let outcome = edit(&test.services, &key.id, |form| form.set("expires", "30")).await;
    assert_eq!(saved(outcome), "Shop");
    test.pass(30 * DAY - 1).await;
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
    test.pass(1).await;
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Expired);
    assert_eq!(refusal(&test, &key.id).await, "“Shop” is expired and cannot be edited.");
}

#[tokio::test]
async fn an_end_date_can_be_removed() {
    let test = TestBackend::serving().await;
    let new = NewKey {
        expires_at: Some(test.services.now().plus(HOUR)),
        ..new_key("Shop", Grant::All)
    };
    let key = test.active_key(&new).await;
    edit(&test.services, &key.id, |form| form.set("expires", "never"))
        .await
        .unwrap();
    test.pass(DAY).await;
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
}

#[tokio::test]
async fn an_unedited_end_date_keeps_its_milliseconds() {
    let test = TestBackend::serving().await;
    let end = test.services.now().plus(HOUR);
    let new = NewKey {
        expires_at: Some(end),
        ..new_key("Shop", Grant::All)
    };
    let key = test.active_key(&new).await;
    test.pass(HOUR / 2).await;
    edit(&test.services, &key.id, |form| form.set("name", "Store"))
        .await
        .unwrap();
    assert_eq!(test.details(&key.id).await.row.expires_at, Some(end));
}

#[tokio::test]
async fn a_new_bias_profile_is_in_force_before_the_answer() {
    let test = TestBackend::serving().await;
    let profile = test.add_profile("Strict").await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let delivered = || {
        let profile = decide(&test.services, key.token.reveal(), "chat").profile;
        profile.map(|profile| (profile.name.clone(), profile.version))
    };
    assert_eq!(delivered(), None);
    edit(&test.services, &key.id, |form| {
        form.set("bias_profile", profile.to_string());
    })
    .await
    .unwrap();
    assert_eq!(delivered(), Some(("Strict".to_owned(), 1)));
    edit(&test.services, &key.id, |form| form.set("bias_profile", ""))
        .await
        .unwrap();
    assert_eq!(delivered(), None);
}

#[tokio::test]
async fn editing_does_not_add_endpoints_to_a_key() {
    let test = TestBackend::serving().await;
    let key = test
        .active_key(&new_key("Shop", Grant::Only(vec!["chat".to_owned()])))
        .await;
    edit(&test.services, &key.id, |form| {
        form.set("name", "Store");
        form.set("expires", "90");
    })
    .await
    .unwrap();
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
    assert_eq!(code(&test.services, &key.token, "image"), Code::Forbidden);
}

#[tokio::test]
async fn the_history_shows_the_old_and_the_new_values() {
    let test = TestBackend::serving().await;
    let profile = test.add_profile("Strict").await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    edit(&test.services, &key.id, |form| {
        form.set("name", "Store");
        form.set("bias_profile", profile.to_string());
        form.set("status", "inactive");
    })
    .await
    .unwrap();
    let history = test.details(&key.id).await.history.unwrap();
    let told: Vec<(&str, &str)> = history
        .iter()
        .take(2)
        .map(|event| (event.title.as_str(), event.details.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("Disabled", ""),
            ("Edited", "Name: Shop → Store; Bias Profile: None → Strict"),
        ]
    );
}

#[tokio::test]
async fn a_form_that_changes_nothing_adds_no_event() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let (before, change) = (test.events().await, *test.services.cluster.watch_changes().borrow());
    let outcome = edit(&test.services, &key.id, |_| {}).await;
    assert_eq!(saved(outcome), "Shop");
    assert_eq!(test.events().await, before);
    assert_eq!(*test.services.cluster.watch_changes().borrow(), change);
}

#[tokio::test]
async fn the_second_of_two_editors_sees_the_changes_of_the_first_before_saving() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let mut second = form(&test.services, &key.id).await;
    second.set("status", "inactive");
    edit(&test.services, &key.id, |first| first.set("name", "Store"))
        .await
        .unwrap();

    let (merged, told) = changed(send(&test.services, &key.id, second).await);
    assert_eq!(
        told,
        [
            "Somebody on the command line changed this key meanwhile.",
            "The name is now “Store” (it was “Shop”)."
        ]
    );
    assert_eq!(
        (merged.text("name"), merged.text("status")),
        ("Store", "inactive"),
        "the second person's edits stay, the other fields are updated"
    );
    assert_eq!(
        code(&test.services, &key.token, "chat"),
        Code::Valid,
        "nothing was saved"
    );

    assert_eq!(saved(send(&test.services, &key.id, merged).await), "Store");
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Inactive);
}

#[tokio::test]
async fn the_second_editor_is_told_every_kind_of_change() {
    let test = TestBackend::serving().await;
    let profile = test.add_profile("Strict").await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let mut second = form(&test.services, &key.id).await;
    second.set("name", "My shop");
    edit(&test.services, &key.id, |first| {
        first.set("name", "Store");
        first.set("bias_profile", profile.to_string());
        first.set("status", "inactive");
        first.set("expires", "30");
    })
    .await
    .unwrap();
    let (merged, told) = changed(send(&test.services, &key.id, second).await);
    let end = test.services.now().plus(30 * DAY).exact();
    assert_eq!(
        told[1..],
        [
            "The name is now “Store” (it was “Shop”).".to_owned(),
            "The bias profile is now Strict.".to_owned(),
            "The status is now Inactive.".to_owned(),
            format!("It now expires: {end}."),
        ]
    );
    send(&test.services, &key.id, merged).await.unwrap();
    let row = test.details(&key.id).await.row;
    assert_eq!(row.name, "My shop");
    assert_eq!(row.status, Status::Inactive);
    assert_eq!(row.profile.map(|profile| profile.name).as_deref(), Some("Strict"));
    assert_eq!(row.expires_at, Some(test.services.now().plus(30 * DAY)));
}

#[tokio::test]
async fn sending_a_form_twice_is_not_a_conflict() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let mut form = form(&test.services, &key.id).await;
    form.set("name", "Store");
    saved(send(&test.services, &key.id, form.clone()).await);
    // A person is shown every change, even their own. When the merged form is sent, it is saved and changes nothing.
    let (merged, _) = changed(send(&test.services, &key.id, form).await);
    let before = test.events().await;
    assert_eq!(saved(send(&test.services, &key.id, merged).await), "Store");
    assert_eq!(test.events().await, before);
}

#[tokio::test]
async fn a_form_without_the_shown_values_is_saved_without_a_conflict() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    edit(&test.services, &key.id, |form| form.set("name", "Store"))
        .await
        .unwrap();
    let outcome = send(&test.services, &key.id, named("Depot")).await;
    assert_eq!(saved(outcome), "Depot");
}

#[tokio::test]
async fn mistakes_are_shown_at_their_fields_and_nothing_is_saved() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let before = test.events().await;
    let errors = invalid(
        edit(&test.services, &key.id, |form| {
            form.set("name", " ");
            form.set("bias_profile", "prof_0000000000");
            form.set("status", "expired");
            form.set("expires", "date");
            form.set("expires_on", "2000-01-01");
        })
        .await,
    );
    for (field, message) in [
        ("name", "Give the key a name."),
        (
            "bias_profile",
            "This bias profile was deleted. Choose another, or None.",
        ),
        ("status", "Choose Active or Inactive."),
        ("expires_on", "That day has passed. Choose a later one."),
    ] {
        assert_eq!(errors.of(field).as_deref(), Some(message), "{field}");
    }
    assert_eq!(test.events().await, before);
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
}

#[tokio::test]
async fn no_field_is_saved_if_one_has_a_mistake() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    invalid(
        edit(&test.services, &key.id, |form| {
            form.set("name", "Store");
            form.set("status", "inactive");
            form.set("expires", "soon");
        })
        .await,
    );
    let decision = decide(&test.services, key.token.reveal(), "chat");
    assert_eq!((decision.code, decision.name.as_deref()), (Code::Valid, Some("Shop")));
}

#[tokio::test]
async fn a_provisioning_key_can_be_renamed_but_not_disabled() {
    let test = TestBackend::serving_with(Settings {
        provisioning_min: DAY,
        ..Settings::default()
    })
    .await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    let shown = form(&test.services, &key.id).await;
    assert_eq!(shown.text("status"), "", "the form offers no status");
    let outcome = edit(&test.services, &key.id, |form| form.set("name", "Store")).await;
    assert_eq!(saved(outcome), "Store");
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Provisioning);
    let errors = invalid(edit(&test.services, &key.id, |form| form.set("status", "inactive")).await);
    assert_eq!(
        errors.of("status").as_deref(),
        Some("The key is provisioning and cannot be disabled.")
    );
}

#[tokio::test]
async fn a_failed_key_cannot_be_edited() {
    let test = TestBackend::serving_with(Settings {
        provisioning_min: DAY,
        ..Settings::default()
    })
    .await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    test.pass(PROVISIONING_LIMIT).await;
    assert_eq!(refusal(&test, &key.id).await, "“Shop” is failed and cannot be edited.");
}

#[tokio::test]
async fn a_developer_edits_only_their_own_keys() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let (_, developer) = test.add_person(Role::Developer).await;
    let refused = test
        .services
        .keys
        .edit(&developer, &key.id, &named("Store"))
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Forbidden(_)), "{refused:?}");
    let own = create_as(&test.services, &developer, &new_key("Mail", Grant::All)).await;
    let outcome = test.services.keys.edit(&developer, &own.id, &named("Post")).await;
    assert_eq!(saved(outcome), "Post");
}
