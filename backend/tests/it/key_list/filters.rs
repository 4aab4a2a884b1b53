//! The search and the filters: only keys that match all of them.

use super::{names, only, search, words};
use crate::common::{TestBackend, create, new_key};
use backend::audit::Actor;
use backend::keys::NewKey;
use model::endpoint::Grant;
use model::key_list::{Attention, KeyQuery};
use model::time::HOUR;

#[tokio::test]
async fn a_search_finds_words_of_a_name_the_start_of_an_id_and_the_end_of_a_token() {
    let test = TestBackend::new().await;
    let shop = create(&test.services, &new_key("Shop 🛒", Grant::All)).await;
    let percent = create(&test.services, &new_key("100% _cotton_", Grant::All)).await;
    create(&test.services, &new_key("Äpfel", Grant::All)).await;
    let last_four = &shop.token.reveal()[shop.token.reveal().len() - 4..];
    for (text, found) in [
        ("shop", &["Shop 🛒"][..]),
        (" SHOP ", &["Shop 🛒"]),
        ("Shop 🛒", &["Shop 🛒"]),
        ("hop", &[]),
        ("äp", &["Äpfel"]),
        // Invisible characters are ignored, and accented letters match in every spelling.
        ("A\u{308}p", &["Äpfel"]),
        ("\u{feff}Sh\u{200b}op", &["Shop 🛒"]),
        ("Shop \u{a0} 🛒\u{202c}", &["Shop 🛒"]),
        (shop.id.as_str(), &["Shop 🛒"]),
        (&percent.id.as_str()[..8], &["100% _cotton_"]),
        ("key_", &["100% _cotton_", "Shop 🛒", "Äpfel"]),
        (last_four, &["Shop 🛒"]),
        // No character is a wildcard.
        ("%", &[]),
        ("_", &[]),
        ("100%", &["100% _cotton_"]),
        ("cot", &["100% _cotton_"]),
        ("🛒", &["Shop 🛒"]),
        ("*", &[]),
        ("' OR 1=1 --", &[]),
        ("", &["100% _cotton_", "Shop 🛒", "Äpfel"]),
    ] {
        assert_eq!(names(&test.services, &search(text)).await, found, "{text:?}");
    }
}

#[tokio::test]
async fn keys_must_match_all_filters() {
    let test = TestBackend::new().await;
    let profile = test.add_profile("Strict").await;
    let by = Actor::command_line();
    let soon = Some(test.services.now().plus(HOUR));
    let mut number = 0;
    for name in ["Shop", "Depot"] {
        for grant in [only(&["chat"]), only(&["image"])] {
            for profile in [None, Some(profile.clone())] {
                for expires_at in [None, soon] {
                    number += 1;
                    let new = NewKey {
                        expires_at,
                        profile: profile.clone(),
                        ..new_key(&format!("{name} {number}"), grant.clone())
                    };
                    let key = create(&test.services, &new).await;
                    if number % 2 == 0 && number > 8 {
                        test.services.keys.disable(&by, &key.id).await.unwrap();
                    }
                }
            }
        }
    }
    let query = KeyQuery {
        search: "shop".to_owned(),
        environment: Some("default".to_owned()),
        status: words(&["active"]),
        endpoint: words(&["chat"]),
        profile: words(&[profile.as_str()]),
        attention: Attention::Expiring.slug().to_owned(),
        ..KeyQuery::default()
    };
    assert_eq!(names(&test.services, &query).await, ["Shop 4"]);
}

#[tokio::test]
async fn keys_are_found_by_their_bias_profile() {
    let test = TestBackend::new().await;
    let (strict, mild) = (test.add_profile("Strict").await, test.add_profile("Mild").await);
    for (name, profile) in [("Shop", Some(&strict)), ("Depot", Some(&mild)), ("Mail", None)] {
        let new = NewKey {
            profile: profile.cloned(),
            ..new_key(name, Grant::All)
        };
        create(&test.services, &new).await;
    }
    for (profiles, found) in [
        (&[strict.as_str()][..], &["Shop"][..]),
        (&["none"], &["Mail"]),
        (&["none", mild.as_str()], &["Depot", "Mail"]),
        (&[strict.as_str(), mild.as_str()], &["Depot", "Shop"]),
        (&["prof_0000000000"], &[]),
    ] {
        let query = KeyQuery {
            profile: words(profiles),
            ..KeyQuery::default()
        };
        assert_eq!(names(&test.services, &query).await, found, "{profiles:?}");
    }
}

#[tokio::test]
async fn keys_are_found_by_the_endpoints_that_they_may_call() {
    let test = TestBackend::new().await;
    create(&test.services, &new_key("All", Grant::All)).await;
    create(&test.services, &new_key("Chat", only(&["chat"]))).await;
    create(&test.services, &new_key("Both", only(&["chat", "image"]))).await;
    for (endpoints, found) in [
        (&["chat"][..], &["All", "Both", "Chat"][..]),
        (&["image"], &["All", "Both"]),
        (&["check-bias"], &["All"]),
        (&["image", "chat"], &["All", "Both", "Chat"]),
    ] {
        let query = KeyQuery {
            endpoint: words(endpoints),
            ..KeyQuery::default()
        };
        assert_eq!(names(&test.services, &query).await, found, "{endpoints:?}");
    }
}

#[tokio::test]
async fn an_environment_filters_the_list_and_an_empty_value_does_not() {
    let test = TestBackend::new().await;
    create(&test.services, &new_key("Shop", Grant::All)).await;
    for (environment, found) in [(None, 1), (Some(""), 1), (Some("default"), 1), (Some("no-such"), 0)] {
        let query = KeyQuery {
            environment: environment.map(str::to_owned),
            ..KeyQuery::default()
        };
        let page = test.services.keys.list(&Actor::command_line(), &query).await.unwrap();
        assert_eq!(page.rows.len(), found, "{environment:?}");
    }
}
