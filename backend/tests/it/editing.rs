//! Editing a key: the effect on the verifier, and two people who edit at once.

use crate::common::{House, code, create, decide, new_key};
use backend::audit::Actor;
use backend::keys::NewKey;
use backend::{Error, Services, Settings};
use model::edit_form::EditOutcome;
use model::endpoint::Grant;
use model::form::FormErrors;
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

async fn send(services: &Services, id: &KeyId, form: FormValues) -> EditOutcome {
    let by = Actor::command_line();
    services.keys.edit(&by, id, form).await.unwrap()
}

/// Opens the form, types into it and sends it.
async fn edit(services: &Services, id: &KeyId, types: impl FnOnce(&mut FormValues)) -> EditOutcome {
    let mut form = form(services, id).await;
    types(&mut form);
    send(services, id, form).await
}

async fn refusal(house: &House, id: &KeyId) -> String {
    let by = Actor::command_line();
    let shown = house.services.keys.editing_options(&by, id).await.unwrap_err();
    let sent = house.services.keys.edit(&by, id, named("Store")).await.unwrap_err();
    assert_eq!(shown.to_string(), sent.to_string());
    assert!(matches!(sent, Error::Conflict(_)), "{sent:?}");
    sent.to_string()
}

/// The form of a program that does not send the values that it was shown.
fn named(name: &str) -> FormValues {
    FormValues::from([("name", name), ("expires", "keep")])
}

fn saved(outcome: &EditOutcome) -> &str {
    match outcome {
        EditOutcome::Saved { name, .. } => name,
        other => panic!("{other:?}"),
    }
}

fn mistakes(outcome: EditOutcome) -> FormErrors {
    match outcome {
        EditOutcome::Invalid(_, errors) => errors,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_new_name_is_in_force_before_the_answer() {
    let house = House::serving().await;
    let key = house.active_key(&new_key("Shop", Grant::All)).await;
    let outcome = edit(&house.services, &key.id, |form| form.set("name", " Store ")).await;
    assert_eq!(saved(&outcome), "Store");
    let known = decide(&house.services, key.token.reveal(), "chat");
    assert_eq!((known.id, known.name.as_deref()), (Some(key.id), Some("Store")));
}

#[tokio::test]
async fn an_inactive_key_is_refused_before_the_answer_and_an_active_one_accepted() {
    let house = House::serving().await;
    let key = house.active_key(&new_key("Shop", Grant::All)).await;
    for (status, expected) in [("inactive", Code::Inactive), ("active", Code::Valid)] {
        let outcome = edit(&house.services, &key.id, |form| form.set("status", status)).await;
        assert_eq!(saved(&outcome), "Shop");
        assert_eq!(code(&house.services, &key.token, "chat"), expected);
    }
}

#[tokio::test]
async fn an_end_date_can_be_moved_until_it_has_passed() {
    let house = House::serving().await;
    let new = NewKey {
        expires_at: Some(house.services.now().plus(DAY)),
        ..new_key("Shop", Grant::All)
    };
    let key = house.active_key(&new).await;
    house.pass(DAY - 1).await;
    let outcome = edit(&house.services, &key.id, |form| form.set("expires", "30")).await;
    assert_eq!(saved(&outcome), "Shop");
    house.pass(30 * DAY - 1).await;
    assert_eq!(code(&house.services, &key.token, "chat"), Code::Valid);
    house.pass(1).await;
    assert_eq!(code(&house.services, &key.token, "chat"), Code::Expired);
    assert_eq!(
        refusal(&house, &key.id).await,
        "“Shop” is expired and cannot be edited."
    );
}

#[tokio::test]
async fn an_end_date_can_be_removed() {
    let house = House::serving().await;
    let new = NewKey {
        expires_at: Some(house.services.now().plus(HOUR)),
        ..new_key("Shop", Grant::All)
    };
    let key = house.active_key(&new).await;
    edit(&house.services, &key.id, |form| form.set("expires", "never")).await;
    house.pass(DAY).await;
    assert_eq!(code(&house.services, &key.token, "chat"), Code::Valid);
}

#[tokio::test]
async fn an_unedited_end_date_keeps_its_milliseconds() {
    let house = House::serving().await;
    let end = house.services.now().plus(HOUR);
    let new = NewKey {
        expires_at: Some(end),
        ..new_key("Shop", Grant::All)
    };
    let key = house.active_key(&new).await;
    house.pass(HOUR / 2).await;
    edit(&house.services, &key.id, |form| form.set("name", "Store")).await;
    assert_eq!(house.details(&key.id).await.row.expires_at, Some(end));
}

#[tokio::test]
async fn a_new_bias_profile_is_in_force_before_the_answer() {
    let house = House::serving().await;
    let profile = house.add_profile("Strict").await;
    let key = house.active_key(&new_key("Shop", Grant::All)).await;
    let delivered = || {
        let profile = decide(&house.services, key.token.reveal(), "chat").profile;
        profile.map(|profile| (profile.name.clone(), profile.version))
    };
    assert_eq!(delivered(), None);
    edit(&house.services, &key.id, |form| {
        form.set("bias_profile", profile.to_string());
    })
    .await;
    assert_eq!(delivered(), Some(("Strict".to_owned(), 1)));
    edit(&house.services, &key.id, |form| form.set("bias_profile", "")).await;
    assert_eq!(delivered(), None);
}

#[tokio::test]
async fn editing_does_not_add_endpoints_to_a_key() {
    let house = House::serving().await;
    let key = house
        .active_key(&new_key("Shop", Grant::Only(vec!["chat".to_owned()])))
        .await;
    edit(&house.services, &key.id, |form| {
        form.set("name", "Store");
        form.set("expires", "90");
    })
    .await;
    assert_eq!(code(&house.services, &key.token, "chat"), Code::Valid);
    assert_eq!(code(&house.services, &key.token, "image"), Code::Forbidden);
}

#[tokio::test]
async fn the_history_shows_the_old_and_the_new_values() {
    let house = House::serving().await;
    let profile = house.add_profile("Strict").await;
    let key = house.active_key(&new_key("Shop", Grant::All)).await;
    edit(&house.services, &key.id, |form| {
        form.set("name", "Store");
        form.set("bias_profile", profile.to_string());
        form.set("status", "inactive");
    })
    .await;
    let history = house.details(&key.id).await.history.unwrap();
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
    let house = House::serving().await;
    let key = house.active_key(&new_key("Shop", Grant::All)).await;
    let (before, change) = (house.events().await, *house.services.cluster.watch_changes().borrow());
    let outcome = edit(&house.services, &key.id, |_| {}).await;
    assert_eq!(saved(&outcome), "Shop");
    assert_eq!(house.events().await, before);
    assert_eq!(*house.services.cluster.watch_changes().borrow(), change);
}

#[tokio::test]
async fn the_second_of_two_editors_sees_the_changes_of_the_first_before_saving() {
    let house = House::serving().await;
    let key = house.active_key(&new_key("Shop", Grant::All)).await;
    let mut second = form(&house.services, &key.id).await;
    second.set("status", "inactive");
    edit(&house.services, &key.id, |first| first.set("name", "Store")).await;

    let outcome = send(&house.services, &key.id, second).await;
    let EditOutcome::Changed(merged, told) = outcome else {
        panic!("{outcome:?}");
    };
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
        code(&house.services, &key.token, "chat"),
        Code::Valid,
        "nothing was saved"
    );

    assert_eq!(saved(&send(&house.services, &key.id, merged).await), "Store");
    assert_eq!(code(&house.services, &key.token, "chat"), Code::Inactive);
}

#[tokio::test]
async fn the_second_editor_is_told_every_kind_of_change() {
    let house = House::serving().await;
    let profile = house.add_profile("Strict").await;
    let key = house.active_key(&new_key("Shop", Grant::All)).await;
    let mut second = form(&house.services, &key.id).await;
    second.set("name", "My shop");
    edit(&house.services, &key.id, |first| {
        first.set("name", "Store");
        first.set("bias_profile", profile.to_string());
        first.set("status", "inactive");
        first.set("expires", "30");
    })
    .await;
    let outcome = send(&house.services, &key.id, second).await;
    let EditOutcome::Changed(merged, told) = outcome else {
        panic!("{outcome:?}");
    };
    let end = house.services.now().plus(30 * DAY).exact();
    assert_eq!(
        told[1..],
        [
            "The name is now “Store” (it was “Shop”).".to_owned(),
            "The bias profile is now Strict.".to_owned(),
            "The status is now Inactive.".to_owned(),
            format!("It now expires: {end}."),
        ]
    );
    send(&house.services, &key.id, merged).await;
    let row = house.details(&key.id).await.row;
    assert_eq!(row.name, "My shop");
    assert_eq!(row.status, Status::Inactive);
    assert_eq!(row.profile.map(|profile| profile.name).as_deref(), Some("Strict"));
    assert_eq!(row.expires_at, Some(house.services.now().plus(30 * DAY)));
}

#[tokio::test]
async fn sending_a_form_twice_is_not_a_conflict() {
    let house = House::serving().await;
    let key = house.active_key(&new_key("Shop", Grant::All)).await;
    let mut form = form(&house.services, &key.id).await;
    form.set("name", "Store");
    saved(&send(&house.services, &key.id, form.clone()).await);
    // A person is shown every change, even their own. When the merged form is sent, it is saved and changes nothing.
    let EditOutcome::Changed(merged, _) = send(&house.services, &key.id, form).await else {
        panic!("the changed key was not shown");
    };
    let before = house.events().await;
    assert_eq!(saved(&send(&house.services, &key.id, merged).await), "Store");
    assert_eq!(house.events().await, before);
}

#[tokio::test]
async fn a_form_without_the_shown_values_is_saved_without_a_conflict() {
    let house = House::serving().await;
    let key = house.active_key(&new_key("Shop", Grant::All)).await;
    edit(&house.services, &key.id, |form| form.set("name", "Store")).await;
    let outcome = send(&house.services, &key.id, named("Depot")).await;
    assert_eq!(saved(&outcome), "Depot");
}

#[tokio::test]
async fn mistakes_are_shown_at_their_fields_and_nothing_is_saved() {
    let house = House::serving().await;
    let key = house.active_key(&new_key("Shop", Grant::All)).await;
    let before = house.events().await;
    let errors = mistakes(
        edit(&house.services, &key.id, |form| {
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
    assert_eq!(house.events().await, before);
    assert_eq!(code(&house.services, &key.token, "chat"), Code::Valid);
}

#[tokio::test]
async fn no_field_is_saved_if_one_has_a_mistake() {
    let house = House::serving().await;
    let key = house.active_key(&new_key("Shop", Grant::All)).await;
    mistakes(
        edit(&house.services, &key.id, |form| {
            form.set("name", "Store");
            form.set("status", "inactive");
            form.set("expires", "soon");
        })
        .await,
    );
    let decision = decide(&house.services, key.token.reveal(), "chat");
    assert_eq!((decision.code, decision.name.as_deref()), (Code::Valid, Some("Shop")));
}

#[tokio::test]
async fn a_provisioning_key_can_be_renamed_but_not_disabled() {
    let house = House::serving_with(Settings {
        provisioning_min: DAY,
        ..Settings::default()
    })
    .await;
    let key = create(&house.services, &new_key("Shop", Grant::All)).await;
    let shown = form(&house.services, &key.id).await;
    assert_eq!(shown.text("status"), "", "the form offers no status");
    let outcome = edit(&house.services, &key.id, |form| form.set("name", "Store")).await;
    assert_eq!(saved(&outcome), "Store");
    assert_eq!(code(&house.services, &key.token, "chat"), Code::Provisioning);
    let errors = mistakes(edit(&house.services, &key.id, |form| form.set("status", "inactive")).await);
    assert_eq!(
        errors.of("status").as_deref(),
        Some("The key is provisioning and cannot be disabled.")
    );
}

#[tokio::test]
async fn a_failed_key_cannot_be_edited() {
    let house = House::serving_with(Settings {
        provisioning_min: DAY,
        ..Settings::default()
    })
    .await;
    let key = create(&house.services, &new_key("Shop", Grant::All)).await;
    house.pass(PROVISIONING_LIMIT).await;
    assert_eq!(refusal(&house, &key.id).await, "“Shop” is failed and cannot be edited.");
}

#[tokio::test]
async fn a_developer_edits_only_their_own_keys() {
    let house = House::serving().await;
    let key = house.active_key(&new_key("Shop", Grant::All)).await;
    let (_, developer) = house.add_person(Role::Developer).await;
    let refused = house
        .services
        .keys
        .edit(&developer, &key.id, named("Store"))
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Forbidden(_)), "{refused:?}");
    let own = house
        .services
        .keys
        .create_many(&developer, &new_key("Mail", Grant::All), 1)
        .await
        .unwrap()
        .remove(0);
    let outcome = house
        .services
        .keys
        .edit(&developer, &own.id, named("Post"))
        .await
        .unwrap();
    assert_eq!(saved(&outcome), "Post");
}
