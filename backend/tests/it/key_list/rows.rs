//! What a row says of a key, and which keys a person may change.

use std::collections::BTreeSet;

use super::{only, search};
use crate::common::{TestBackend, as_person, create, create_as, new_key};
use backend::audit::Actor;
use model::endpoint::Grant;
use model::endpoint_form::EndpointForm;
use model::id::KeyId;
use model::key_list::{GrantedTitles, KeyQuery, ROW_TITLES};
use model::role::Role;

#[tokio::test]
async fn a_row_names_the_first_endpoints_of_the_catalogue_and_counts_all() {
    let test = TestBackend::new().await;
    let by = Actor::command_line();
    let names: Vec<String> = (0..ROW_TITLES + 5).map(|number| format!("e-{number}")).collect();
    for name in &names {
        let form = EndpointForm {
            name: name.clone(),
            title: format!("Title of {name}"),
            patterns: format!("GET /{name}"),
        };
        test.services.endpoints.create(&by, &form).await.unwrap();
    }
    let granted = |names: Vec<String>| async {
        let key = create(&test.services, &new_key("Shop", Grant::Only(names))).await;
        test.details(&key.id).await.row.endpoints
    };
    let mut backwards = names.clone();
    backwards.reverse();
    let expected = GrantedTitles {
        first: names
            .iter()
            .take(ROW_TITLES)
            .map(|name| format!("Title of {name}"))
            .collect(),
        count: ROW_TITLES + 5,
    };
    assert_eq!(granted(backwards).await, Some(expected));
    // A retired endpoint keeps its name, and comes last.
    let key = create(&test.services, &new_key("Mail", only(&["e-0", "e-1"]))).await;
    test.services.endpoints.retire(&by, "e-0").await.unwrap();
    let expected = GrantedTitles {
        first: vec!["Title of e-1".to_owned(), "e-0".to_owned()],
        count: 2,
    };
    assert_eq!(test.details(&key.id).await.row.endpoints, Some(expected));
}

#[tokio::test]
async fn a_developer_selects_only_their_own_keys() {
    let test = TestBackend::new().await;
    let (viewer, developer) = test.add_person(Role::Developer).await;
    let by = Actor::command_line();
    let shop = new_key("Shop", Grant::All);
    // Other people's keys stand before, between and after the developer's keys.
    test.services.keys.create_many(&by, &shop, 60).await.unwrap();
    let own = test.services.keys.create_many(&developer, &shop, 70).await.unwrap();
    test.services.keys.create_many(&by, &shop, 60).await.unwrap();
    create_as(&test.services, &developer, &new_key("Depot", Grant::All)).await;
    let mut query = search("shop");
    let mut selected = Vec::new();
    while let (some, Some(next)) = test
        .services
        .keys
        .list_ids(&as_person(&viewer, Role::Developer), &query)
        .await
        .unwrap()
    {
        selected.extend(some);
        query.after = next;
    }
    let (last, _) = test
        .services
        .keys
        .list_ids(&as_person(&viewer, Role::Developer), &query)
        .await
        .unwrap();
    selected.extend(last);
    let ids: BTreeSet<KeyId> = own.into_iter().map(|key| key.id).collect();
    assert_eq!(selected.len(), ids.len());
    assert_eq!(selected.into_iter().collect::<BTreeSet<_>>(), ids);
    // All keys are visible, and the rows say which ones may be changed.
    let page = test
        .services
        .keys
        .list(&as_person(&viewer, Role::Developer), &KeyQuery::default())
        .await
        .unwrap();
    assert_eq!(page.total, 191);
    for row in page.rows {
        assert_eq!(row.may_change, row.creator == "developer", "{row:?}");
    }
}
