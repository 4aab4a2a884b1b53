//! Fields that choose from a long list: they suggest a few rows, and can name any.

use super::add_people;
use crate::common::{TestBackend, as_person};
use backend::audit::Actor;
use model::endpoint_form::EndpointForm;
use model::id::UserId;
use model::list::FEW;
use model::role::Role;
use model::suggest::{Choice, SUGGESTED};

#[tokio::test]
async fn suggestions_are_few_and_can_be_chosen() {
    let test = TestBackend::serving().await;
    add_people(&test, 200).await;
    let gone = test.add_named("gone", Role::Developer).await;
    test.services
        .accounts
        .disable(&Actor::command_line(), &gone)
        .await
        .unwrap();
    let viewer = UserId::from_stored("usr_0000000000".to_owned());
    let suggest = async |choice, text: &str| {
        let found = test
            .services
            .suggestions
            .find(&as_person(&viewer, Role::Owner), choice, text)
            .await
            .unwrap();
        found.into_iter().map(|it| it.value).collect::<Vec<_>>()
    };
    for choice in [Choice::NewOwner, Choice::Actor] {
        let refused = test
            .services
            .suggestions
            .find(&as_person(&viewer, Role::Viewer), choice, "")
            .await;
        assert!(matches!(refused, Err(backend::Error::Forbidden(_))), "{choice:?}");
    }
    for choice in Choice::ALL {
        assert!(suggest(choice, "").await.len() <= SUGGESTED, "{choice:?}");
        assert!(suggest(choice, &"x".repeat(10_000)).await.is_empty(), "{choice:?}");
    }
    assert_eq!(suggest(Choice::NewOwner, "").await.len(), SUGGESTED);
    assert_eq!(
        suggest(Choice::NewOwner, "0021").await,
        ["p43@example.org"],
        "not a Viewer"
    );
    assert!(suggest(Choice::NewOwner, "gone").await.is_empty(), "no disabled person");
    assert_eq!(suggest(Choice::Actor, "gone").await, ["gone@example.com"]);
    assert_eq!(suggest(Choice::Actor, "command").await, ["command line"]);
    assert_eq!(
        suggest(Choice::Actor, "0021").await,
        ["p42@example.org", "p43@example.org"]
    );
    assert_eq!(suggest(Choice::Endpoint, "bias").await, ["check-bias"]);
    let strict = test.add_profile("Strict").await;
    assert_eq!(suggest(Choice::BiasProfile, "stri").await, [strict.as_str()]);
    let key = crate::common::create(
        &test.services,
        &crate::common::new_key("Shop", model::endpoint::Grant::All),
    )
    .await;
    let tagged = crate::common::create(
        &test.services,
        &backend::keys::NewKey {
            tags: model::tags::Tags::read("billing eu").unwrap(),
            ..crate::common::new_key("Tagged", model::endpoint::Grant::All)
        },
    )
    .await;
    assert_eq!(suggest(Choice::Tag, " BILL").await, ["billing"]);
    test.services
        .keys
        .delete(&backend::audit::Actor::command_line(), &tagged.id)
        .await
        .unwrap();
    assert_eq!(suggest(Choice::Tag, "").await, [""; 0]);
    assert_eq!(suggest(Choice::Key, "sho").await, [key.id.as_str()]);
    assert_eq!(suggest(Choice::Key, key.id.as_str()).await, [key.id.as_str()]);
}

#[tokio::test]
async fn the_filters_of_keys_offer_all_choices_or_the_chosen_one() {
    let test = TestBackend::serving().await;
    let by = Actor::command_line();
    let viewer = UserId::from_stored("usr_0000000000".to_owned());
    let list = async |endpoint: &str, profile: &str| {
        let query = model::key_list::KeyQuery {
            endpoint: [endpoint.to_owned()].into_iter().collect(),
            profile: [profile.to_owned()].into_iter().collect(),
            ..model::key_list::KeyQuery::default()
        };
        test.services
            .keys
            .list(&as_person(&viewer, Role::Viewer), &query)
            .await
            .unwrap()
    };
    let few = list("", "").await;
    assert_eq!((few.endpoints.options.len(), few.endpoints.more), (3, false));
    for number in 0..FEW {
        let endpoint = EndpointForm {
            name: format!("many-{number:02}"),
            title: format!("Many {number:02}"),
            patterns: format!("GET /many/{number:02}"),
        };
        test.services.endpoints.create(&by, &endpoint).await.unwrap();
        test.add_profile(&format!("Profile {number:02}")).await;
    }
    test.add_profile("Strict").await;
    let chat = crate::common::new_key("Chat", model::endpoint::Grant::Only(vec!["chat".to_owned()]));
    crate::common::create(&test.services, &chat).await;
    let many = list("", "").await;
    assert!(many.endpoints.options.is_empty() && many.endpoints.more);
    assert!(many.profiles.options.is_empty() && many.profiles.more);
    assert_eq!(many.rows.len(), 1, "an empty field does not filter");
    // Without scripts, people type the name that they see.
    for (typed, rows) in [("chat", 1), ("CHAT", 1), ("Many 03", 0), ("no such", 0)] {
        assert_eq!(list(typed, "").await.rows.len(), rows, "{typed}");
    }
    let chosen = list("Many 03", "strict").await;
    assert_eq!(chosen.endpoints.options, [("many-03".to_owned(), "Many 03".to_owned())]);
    assert_eq!(chosen.profiles.options.len(), 1);
}
