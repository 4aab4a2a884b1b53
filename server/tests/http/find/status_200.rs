//! Each role finds what it may see.

use model::endpoint::Grant;
use model::find::{FOUND, Found};
use model::role::{Permission, Role};
use serde_json::json;

use crate::common::{TestApp, new_key, only};

async fn find(app: &TestApp, text: &str) -> Found {
    let answer = app.post_json("/api/find", &json!({ "text": text, "here": null })).await;
    assert_eq!(answer.status, 200, "{text}: {}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

/// Creates a key with this name on the command line.
async fn add(app: &TestApp, name: &str, grant: Grant) -> String {
    let mut new = new_key(grant);
    new.name = name.to_owned();
    app.create(&new).await.id
}

#[tokio::test]
async fn every_role_finds_keys_customers_and_endpoints_and_owners_find_people() {
    for role in Role::ALL {
        let app = TestApp::new().await.with_user(role).await;
        add(&app, "Partner: Northwind", Grant::All).await;
        app.post_form(
            "/customers/new",
            &[("external_id", "nw"), ("name", "Northwind Traders")],
        )
        .await;
        let found = find(&app, "NORTH").await;
        assert_eq!(found.keys[0].name, "Partner: Northwind");
        assert_eq!(found.keys[0].marks.name, [(9, 14)]);
        assert_eq!(found.keys[0].may_change, role >= Role::Admin, "{role:?}");
        let customers: Vec<&str> = found.customers.iter().map(|it| it.title.as_str()).collect();
        let created = role.may(Permission::CreateCustomers);
        assert_eq!(
            customers,
            if created { vec!["Northwind Traders"] } else { vec![] },
            "{role:?}"
        );
        assert_eq!(find(&app, "bias").await.endpoints[0].id, "check-bias");
        let people = find(&app, role.as_str()).await.people;
        assert_eq!(!people.is_empty(), role == Role::Owner, "{role:?}");
    }
}

#[tokio::test]
async fn there_are_a_few_results_of_each_kind_whatever_is_asked() {
    let app = TestApp::new().await.with_owner().await;
    for number in 0..10 {
        add(&app, &format!("Shop {number}"), only("chat")).await;
    }
    assert_eq!(find(&app, "shop").await.keys.len(), FOUND);
    assert_eq!(find(&app, "sho 7").await.keys.len(), 1);
    assert_eq!(find(&app, "").await.count(), 0);
    let (long, symbols) = ("x ".repeat(5_000), "🛒".repeat(200));
    for text in ["%", "' OR 1=1 --", long.as_str(), "\u{0}", symbols.as_str()] {
        assert_eq!(find(&app, text).await.keys.len(), 0, "{text}");
    }
}

#[tokio::test]
async fn without_a_text_the_key_of_the_screen_is_found() {
    let app = TestApp::new().await.with_user(Role::Developer).await;
    let key = app.create_own_key("Mine").await;
    for (here, found) in [(key.id.as_str(), vec!["Mine"]), ("key_0000000000", vec![])] {
        let answer = app.post_json("/api/find", &json!({ "text": "", "here": here })).await;
        let answer: Found = serde_json::from_str(&answer.body).unwrap();
        let names: Vec<&str> = answer.keys.iter().map(|key| key.name.as_str()).collect();
        assert_eq!(names, found);
        assert!(answer.keys.iter().all(|key| key.may_change));
    }
}
