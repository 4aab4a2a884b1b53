//! Bias profiles: their rules, and the version that the verifier delivers.

use std::time::Duration;

use crate::common::{TestBackend, as_role, create, error_of, new_key};
use backend::audit::Actor;
use backend::crypto::token::PlainToken;
use backend::keys::{NewKey, NewKeyWithToken};
use backend::verifier::Target;
use backend::{Error, Services};
use model::bounded::Bounded;
use model::endpoint::Grant;
use model::id::ProfileId;
use model::list::ListQuery;
use model::profile::{Action, Category, ProfilePage, VERSIONS_PAGE};
use model::profile_form::{NewerVersion, ProfileForm, ProfileOutcome};
use model::role::Role;
use model::verify::{CategoryInForce, Code, ProfileInForce};

fn named(name: &str) -> ProfileForm {
    ProfileForm {
        name: name.to_owned(),
        ..backend::profiles::Profiles::new_form(&Actor::command_line()).unwrap()
    }
}

fn saved(outcome: Result<ProfileOutcome, Error>) -> (ProfileId, i64) {
    match outcome.unwrap() {
        ProfileOutcome::Saved { id, version, .. } => (id, version),
        ProfileOutcome::Changed(newer) => panic!("{newer:?}"),
    }
}

fn changed(outcome: Result<ProfileOutcome, Error>) -> NewerVersion {
    match outcome.unwrap() {
        ProfileOutcome::Changed(newer) => newer,
        saved @ ProfileOutcome::Saved { .. } => panic!("{saved:?}"),
    }
}

async fn make(services: &Services, form: ProfileForm) -> ProfileId {
    saved(services.profiles.create(&Actor::command_line(), &form).await).0
}

async fn edit(services: &Services, id: &ProfileId, form: ProfileForm) -> Result<ProfileOutcome, Error> {
    services.profiles.edit(&Actor::command_line(), id, &form).await
}

/// The form as it is first shown.
async fn opened(services: &Services, id: &ProfileId) -> ProfileForm {
    services.profiles.edit_form(&Actor::command_line(), id).await.unwrap()
}

/// The page of a profile, with the versions before this number.
async fn page(services: &Services, id: &ProfileId, before: Option<i64>) -> ProfilePage {
    services
        .profiles
        .details(&as_role(Role::Viewer), id, before)
        .await
        .unwrap()
}

async fn key_with(services: &Services, name: &str, id: &ProfileId) -> NewKeyWithToken {
    let new = NewKey {
        profile: Some(id.clone()),
        ..new_key(name, Grant::All)
    };
    create(services, &new).await
}

/// The bias profile that the verifier delivers with this key.
fn delivered(services: &Services, token: &PlainToken) -> Option<ProfileInForce> {
    crate::common::ask(services, token.reveal(), Target::Endpoint("chat"), None)
        .unwrap()
        .profile
}

fn version(services: &Services, token: &PlainToken) -> Option<i64> {
    delivered(services, token).map(|profile| profile.version)
}

#[tokio::test]
async fn a_key_delivers_its_profile_with_the_categories_that_are_on() {
    let test = TestBackend::serving().await;
    let mut form = named("Strict");
    form.on = ["religion", "gender"].map(str::to_owned).into_iter().collect();
    form.threshold[2] = "30".to_owned();
    form.action[2] = "block".to_owned();
    let id = make(&test.services, form).await;
    let key = key_with(&test.services, "Shop", &id).await;
    let profile = delivered(&test.services, &key.token).unwrap();
    let line = |category, threshold, action| CategoryInForce {
        category,
        threshold,
        action,
    };
    let expected = ProfileInForce {
        id,
        name: "Strict".to_owned(),
        version: 1,
        categories: vec![
            line(Category::Gender, 30, Action::Block),
            line(Category::Religion, 71, Action::Flag),
        ],
    };
    assert_eq!(profile, expected);
}

#[tokio::test]
async fn a_key_without_a_profile_delivers_none() {
    let test = TestBackend::serving().await;
    make(&test.services, named("Strict")).await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    assert_eq!(delivered(&test.services, &key.token), None);
}

#[tokio::test]
async fn an_edit_is_in_force_before_the_answer() {
    let test = TestBackend::serving().await;
    let id = make(&test.services, named("Strict")).await;
    let key = key_with(&test.services, "Shop", &id).await;
    for number in 2..5 {
        let mut form = opened(&test.services, &id).await;
        form.threshold[0] = number.to_string();
        assert_eq!(saved(edit(&test.services, &id, form).await), (id.clone(), number));
        assert_eq!(version(&test.services, &key.token), Some(number));
    }
    let age = delivered(&test.services, &key.token).unwrap().categories[0];
    assert_eq!((age.category, age.threshold), (Category::Age, 4));
}

#[tokio::test]
async fn another_processes_edit_is_in_force_within_a_second() {
    let test = TestBackend::serving().await;
    let id = make(&test.services, named("Strict")).await;
    let key = key_with(&test.services, "Shop", &id).await;
    let other = test.another(2).await;
    let mut form = other.profiles.edit_form(&Actor::command_line(), &id).await.unwrap();
    form.name = "Stricter".to_owned();
    saved(edit(&other, &id, form).await);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let profile = delivered(&test.services, &key.token).unwrap();
    assert_eq!((profile.name.as_str(), profile.version), ("Stricter", 2));
}

#[tokio::test]
async fn a_server_that_starts_knows_the_version_in_force() {
    let test = TestBackend::new().await;
    let id = make(&test.services, named("Strict")).await;
    let form = ProfileForm {
        version: "1".to_owned(),
        ..named("Stricter")
    };
    saved(edit(&test.services, &id, form).await);
    let key = key_with(&test.services, "Shop", &id).await;
    test.services.cluster.load_index().await.unwrap();
    assert_eq!(version(&test.services, &key.token), Some(2));
}

#[tokio::test]
async fn a_key_that_is_refused_still_names_its_profile() {
    let test = TestBackend::new().await;
    let id = make(&test.services, named("Strict")).await;
    let key = key_with(&test.services, "Shop", &id).await;
    test.services
        .keys
        .disable(&Actor::command_line(), &key.id)
        .await
        .unwrap();
    test.services.cluster.load_index().await.unwrap();
    let decision = crate::common::ask(&test.services, key.token.reveal(), Target::Endpoint("chat"), None).unwrap();
    assert_eq!(decision.code, Code::Inactive);
    assert_eq!(decision.profile.unwrap().name, "Strict");
}

#[tokio::test]
async fn names_are_unique_whatever_their_case() {
    let test = TestBackend::new().await;
    let strict = make(&test.services, named("Strict")).await;
    let lax = make(&test.services, named("Lax")).await;
    let by = Actor::command_line();
    let taken = test.services.profiles.create(&by, &named("STRICT")).await;
    assert_eq!(
        error_of(taken, "name"),
        "Another profile has this name. Choose a different one."
    );
    let mut form = opened(&test.services, &lax).await;
    form.name = "strict".to_owned();
    assert!(!error_of(edit(&test.services, &lax, form).await, "name").is_empty());
    let mut form = opened(&test.services, &strict).await;
    form.name = "STRICT".to_owned();
    assert_eq!(
        saved(edit(&test.services, &strict, form).await).1,
        2,
        "a profile may keep its name"
    );
}

#[tokio::test]
async fn an_edit_that_changes_nothing_makes_no_version() {
    let test = TestBackend::new().await;
    let id = make(&test.services, named("Strict")).await;
    let form = opened(&test.services, &id).await;
    assert_eq!(saved(edit(&test.services, &id, form).await).1, 1);
    let page = page(&test.services, &id, None).await;
    assert_eq!(page.versions.len(), 1);
}

#[tokio::test]
async fn the_second_of_two_editors_is_told_of_the_first_edit() {
    let test = TestBackend::new().await;
    let id = make(&test.services, named("Strict")).await;
    let opened = opened(&test.services, &id).await;
    let mut first = opened.clone();
    first.threshold[0] = "10".to_owned();
    saved(edit(&test.services, &id, first).await);
    let mut second = opened;
    second.threshold[0] = "20".to_owned();
    let newer = changed(edit(&test.services, &id, second.clone()).await);
    assert!(newer.message().contains("made version 2 meanwhile"));
    second.version = newer.version.to_string();
    assert_eq!(saved(edit(&test.services, &id, second).await).1, 3);
}

#[tokio::test]
async fn old_versions_stay_as_they_were() {
    let test = TestBackend::new().await;
    let id = make(&test.services, named("Strict")).await;
    let mut form = opened(&test.services, &id).await;
    form.on = Bounded::default();
    form.description = "Nothing at all.".to_owned();
    saved(edit(&test.services, &id, form).await);
    let page = page(&test.services, &id, None).await;
    let numbers: Vec<i64> = page.versions.iter().map(|version| version.number).collect();
    assert_eq!((numbers, page.current.number), (vec![2, 1], 2));
    let compared = test
        .services
        .profiles
        .compare_versions(&Actor::command_line(), &id, None, None)
        .await
        .unwrap();
    assert_eq!((compared.from, compared.to), (1, 2));
    assert_eq!(compared.differences.len(), 1 + Category::ALL.len());
    let backwards = test
        .services
        .profiles
        .compare_versions(&Actor::command_line(), &id, Some(2), Some(1))
        .await
        .unwrap();
    let (what, before, after) = compared.differences[0].clone();
    assert_eq!(backwards.differences[0], (what, after, before));
    for nothing in [0, 3, i64::MIN, i64::MAX] {
        let compared = test
            .services
            .profiles
            .compare_versions(&Actor::command_line(), &id, Some(nothing), Some(nothing))
            .await
            .unwrap();
        assert_eq!((compared.from, compared.to), (1, 2), "{nothing}");
    }
    assert!(!page.may_change);
}

#[tokio::test]
async fn a_profile_that_keys_use_is_not_deleted() {
    let test = TestBackend::serving().await;
    let id = make(&test.services, named("Strict")).await;
    let keys = [
        key_with(&test.services, "Shop", &id).await,
        key_with(&test.services, "Mail", &id).await,
    ];
    let by = Actor::command_line();
    let refusal = test.services.profiles.delete(&by, &id).await.unwrap_err().to_string();
    assert!(
        refusal.starts_with("“Strict” cannot be deleted while 2 keys use it: "),
        "{refusal}"
    );
    assert!(refusal.contains("“Shop”") && refusal.contains("“Mail”"), "{refusal}");
    let list = test
        .services
        .profiles
        .list(&Actor::command_line(), &ListQuery::default())
        .await
        .unwrap();
    assert_eq!(list.rows[0].keys, 2);
    for key in keys {
        assert_eq!(version(&test.services, &key.token), Some(1));
        test.services.keys.delete(&by, &key.id).await.unwrap();
    }
    assert_eq!(test.services.profiles.delete(&by, &id).await.unwrap(), "Strict");
    assert!(
        test.services
            .profiles
            .details(&Actor::command_line(), &id, None)
            .await
            .is_err()
    );
    assert!(
        test.services.profiles.delete(&by, &id).await.is_err(),
        "a deleted profile cannot be deleted"
    );
}

#[tokio::test]
async fn every_change_of_a_profile_is_in_the_audit_chain() {
    let test = TestBackend::new().await;
    let id = make(&test.services, named("Strict")).await;
    let form = ProfileForm {
        version: "1".to_owned(),
        ..named("Stricter")
    };
    saved(edit(&test.services, &id, form).await);
    test.services
        .profiles
        .delete(&Actor::command_line(), &id)
        .await
        .unwrap();
    assert_eq!(test.events().await, 1 + 3);
}

#[tokio::test]
async fn many_versions_are_read_a_page_at_a_time() {
    let test = TestBackend::new().await;
    let id = make(&test.services, named("Strict")).await;
    for number in 2..=50 {
        let mut form = opened(&test.services, &id).await;
        form.description = format!("Edit {number}.");
        saved(edit(&test.services, &id, form).await);
    }
    let mut numbers = Vec::new();
    let mut before = None;
    loop {
        let page = page(&test.services, &id, before).await;
        assert_eq!(page.current.number, 50);
        assert!(page.versions.len() as u64 <= VERSIONS_PAGE);
        numbers.extend(page.versions.iter().map(|version| version.number));
        match page.next {
            Some(next) => before = Some(next),
            None => break,
        }
    }
    assert_eq!(numbers, (1..=50).rev().collect::<Vec<i64>>());
}
