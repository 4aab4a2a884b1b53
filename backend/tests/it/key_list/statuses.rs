//! The keys of each status, in the list and on the Home screen.

use super::{all_pages, names, words};
use crate::common::{TestBackend, as_role, create, new_key};
use backend::Settings;
use backend::audit::Actor;
use backend::keys::NewKey;
use model::endpoint::Grant;
use model::key_list::KeyQuery;
use model::number::Separator;
use model::role::Role;
use model::status::{PROVISIONING_LIMIT, Status};
use model::time::{DAY, MINUTE};

/// One key of each status. The name of each key is its status.
async fn backend_with_every_status() -> TestBackend {
    let test = TestBackend::with(Settings {
        provisioning_min: DAY,
        ..Settings::default()
    })
    .await;
    let by = Actor::command_line();
    let services = &test.services;
    // Created while no server runs, these keys are ACTIVE at once.
    create(services, &new_key("Active", Grant::All)).await;
    let inactive = create(services, &new_key("Inactive", Grant::All)).await;
    services.keys.disable(&by, &inactive.id).await.unwrap();
    for (name, disabled) in [("Expired", false), ("Expired, inactive", true)] {
        let new = NewKey {
            expires_at: Some(services.now().plus(MINUTE)),
            ..new_key(name, Grant::All)
        };
        let key = create(services, &new).await;
        if disabled {
            services.keys.disable(&by, &key.id).await.unwrap();
        }
    }
    services.cluster.load_index().await.unwrap();
    create(services, &new_key("Failed", Grant::All)).await;
    test.pass(PROVISIONING_LIMIT).await;
    create(services, &new_key("Provisioning", Grant::All)).await;
    test
}

#[tokio::test]
async fn the_status_filter_finds_exactly_the_keys_of_that_status() {
    let test = backend_with_every_status().await;
    for (status, found) in [
        (Status::Provisioning, &["Provisioning"][..]),
        (Status::Active, &["Active"]),
        (Status::Inactive, &["Inactive"]),
        (Status::Expired, &["Expired", "Expired, inactive"]),
        (Status::Failed, &["Failed"]),
    ] {
        let query = KeyQuery {
            status: words(&[status.slug()]),
            ..KeyQuery::default()
        };
        assert_eq!(names(&test.services, &query).await, found, "{status:?}");
        for row in all_pages(&test.services, &query).await {
            assert_eq!(row.status, status, "the row shows the status that was asked for");
        }
    }
    for (status, found) in [
        (&["active", "failed"][..], &["Active", "Failed"][..]),
        (&["no-such", "inactive"], &["Inactive"]),
        (&["no-such"], &[]),
    ] {
        let query = KeyQuery {
            status: words(status),
            ..KeyQuery::default()
        };
        assert_eq!(names(&test.services, &query).await, found, "{status:?}");
    }
}

#[tokio::test]
async fn the_home_screen_counts_the_keys_that_the_list_finds() {
    let test = backend_with_every_status().await;
    let page = test
        .services
        .home
        .page(&as_role(Role::Viewer), "", Separator::Comma)
        .await
        .unwrap();
    let by_status: Vec<u64> = page.by_status.iter().map(|(_, count)| *count).collect();
    assert_eq!(by_status, [1, 1, 1, 2, 1], "{:?}", page.by_status);
    assert_eq!((page.total(), page.any_keys), (6, true));
    let elsewhere = test
        .services
        .home
        .page(&as_role(Role::Viewer), "no-such", Separator::Comma)
        .await
        .unwrap();
    assert_eq!((elsewhere.total(), elsewhere.any_keys), (0, true));
}
