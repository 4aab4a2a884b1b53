//! Customers are created, edited and deleted.

use backend::Error;
use backend::error::{Conflict, NotFound};
use model::customer::{CustomerOutcome, CustomerRef, EXTERNAL_ID, METADATA, NAME, VERSION};
use model::endpoint::Grant;
use model::form_values::FormValues;
use model::key_list::Matching;
use model::number::Separator;
use model::role::Role;

use super::{add, by, form, of, with_key};
use crate::common::{TestBackend, as_role, create, error_of, new_key};

#[tokio::test]
async fn a_customer_is_found_by_both_its_ids() {
    let test = TestBackend::new().await;
    let acme = add(&test.services, &form("acme-7", "{\"plan\": \"pro\"}")).await;
    for named in [acme.id.as_str(), "external:acme-7"] {
        let named = CustomerRef::parse(named).unwrap();
        let record = test.services.customers.record(&by(), &named).await.unwrap();
        assert_eq!(record.id, acme.id);
        assert_eq!(record.settings.metadata.as_json(), Some("{\"plan\":\"pro\"}"));
    }
    let unknown = CustomerRef::External("acme".to_owned());
    let error = test.services.customers.find(&by(), &unknown).await.unwrap_err();
    assert!(
        matches!(error, Error::NotFound(NotFound::CustomerNamed(_))),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_external_id_belongs_to_one_customer() {
    let test = TestBackend::new().await;
    let acme = add(&test.services, &form("acme", "")).await;
    let again = test.services.customers.create(&by(), &form("acme", "")).await;
    assert!(error_of(again, EXTERNAL_ID).contains(acme.id.as_str()));
    let other = add(&test.services, &form("other", "")).await;
    let taken = FormValues::from([(EXTERNAL_ID, "acme")]);
    let edited = test.services.customers.edit(&by(), &other.id, &taken).await;
    assert!(!error_of(edited, EXTERNAL_ID).is_empty());
    // Its own is not taken.
    let same = FormValues::from([(EXTERNAL_ID, "other"), (NAME, "Other Ltd.")]);
    test.services.customers.edit(&by(), &other.id, &same).await.unwrap();
}

#[tokio::test]
async fn an_edit_changes_what_the_form_has_and_notes_it() {
    let test = TestBackend::new().await;
    let acme = add(&test.services, &form("acme", "{\"plan\": \"pro\"}")).await;
    let shown = test.services.customers.edit_form(&by(), &acme.id).await.unwrap();
    assert_eq!(shown.text(VERSION), "1");
    let edit = FormValues::from([(NAME, "Acme Inc."), ("limit_day", "100")]);
    let edited = test.services.customers.edit(&by(), &acme.id, &edit).await.unwrap();
    assert!(
        matches!(edited, CustomerOutcome::Saved { change: Some(_), .. }),
        "{edited:?}"
    );
    let unchanged = test.services.customers.edit(&by(), &acme.id, &edit).await.unwrap();
    assert!(
        matches!(unchanged, CustomerOutcome::Saved { change: None, .. }),
        "{unchanged:?}"
    );

    // The form that was opened before shows an older version.
    let late = test.services.customers.edit(&by(), &acme.id, &shown).await.unwrap();
    assert!(matches!(late, CustomerOutcome::Changed { version: 2, .. }), "{late:?}");
    let record = test
        .services
        .customers
        .record(&by(), &CustomerRef::Id(acme.id.clone()))
        .await
        .unwrap();
    assert_eq!(record.settings.name, "Acme Inc.");
    assert_eq!(record.settings.limits.day, Some(100));
    assert_eq!(record.settings.metadata.as_json(), Some("{\"plan\":\"pro\"}"));
    let history = test
        .services
        .customers
        .details(&by(), &acme.id, Separator::Comma)
        .await
        .unwrap()
        .history
        .unwrap();
    let told: Vec<&str> = history.iter().map(|event| event.details.as_str()).collect();
    assert_eq!(
        told,
        [
            "Name: acme → Acme Inc.; Shared limits: none → 100 a day",
            "external ID: acme; metadata: plan (14 bytes)",
        ]
    );
}

#[tokio::test]
async fn a_customer_with_keys_is_not_deleted() {
    let (test, acme, key) = with_key(&form("acme", "")).await;
    let error = test.services.customers.delete(&by(), &acme.id).await.unwrap_err();
    let Error::Conflict(Conflict::CustomerHasKeys { names, keys, .. }) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(
        (names.as_slice(), *keys),
        (["Shop".to_owned()].as_slice(), Matching::Exactly(1))
    );
    test.services.keys.delete(&by(), &key.id).await.unwrap();
    test.services.customers.delete(&by(), &acme.id).await.unwrap();
    let error = test
        .services
        .customers
        .details(&by(), &acme.id, Separator::Comma)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NotFound(NotFound::Customer(_))), "{error:?}");
    // Its external ID is free again.
    add(&test.services, &form("acme", "")).await;
    test.events().await;
}

#[tokio::test]
async fn each_role_may_do_what_the_table_says() {
    let test = TestBackend::new().await;
    let acme = add(&test.services, &form("acme", "")).await;
    let customers = &test.services.customers;
    for role in Role::ALL {
        let actor = as_role(role);
        assert!(
            customers.details(&actor, &acme.id, Separator::Comma).await.is_ok(),
            "{role:?} sees customers"
        );
        let may_change = customers.edit_form(&actor, &acme.id).await.is_ok();
        assert_eq!(may_change, role >= Role::Developer, "{role:?}");
    }
    // What changes something reads the session again, so this asks only those that may not.
    let viewer = as_role(Role::Viewer);
    for refused in [
        customers.create(&viewer, &form("x", "")).await.err(),
        customers.edit(&viewer, &acme.id, &form("x", "")).await.err(),
        customers.suspend(&as_role(Role::Developer), &acme.id).await.err(),
        customers.resume(&as_role(Role::Developer), &acme.id).await.err(),
        customers.delete(&as_role(Role::Developer), &acme.id).await.err(),
    ] {
        assert!(matches!(refused, Some(Error::Forbidden(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn a_key_is_given_to_a_customer_and_taken_away_by_its_form() {
    let test = TestBackend::new().await;
    let acme = add(&test.services, &form("acme", "")).await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    let given = FormValues::from([("customer", "acme"), (METADATA, "{\"seats\": 3}")]);
    test.services
        .keys
        .edit_present_fields(&by(), &key.id, &given)
        .await
        .unwrap();
    let record = test.services.keys.record(&by(), &key.id).await.unwrap();
    assert_eq!(record.row.customer, Some(acme.clone()));
    assert_eq!(record.metadata.as_json(), Some("{\"seats\":3}"));

    let unknown = FormValues::from([("customer", "nobody")]);
    let refused = test.services.keys.edit_present_fields(&by(), &key.id, &unknown).await;
    assert_eq!(
        error_of(refused, "customer"),
        "There is no customer “nobody”. Enter the external ID or the ID of one."
    );

    // Somebody else takes the key away while a form is open.
    let shown = test.services.keys.editing_options(&by(), &key.id).await.unwrap().form;
    assert_eq!(shown.text("customer"), "acme");
    let taken = FormValues::from([("customer", "")]);
    test.services
        .keys
        .edit_present_fields(&by(), &key.id, &taken)
        .await
        .unwrap();
    let outcome = test.services.keys.edit(&by(), &key.id, &shown).await.unwrap();
    let model::edit_form::EditOutcome::Changed(changed) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(changed.changes[1], "The customer is now: None.");
    test.services.customers.delete(&by(), &acme.id).await.unwrap();
    let gone = create_of_deleted(&test, &acme).await;
    assert!(matches!(gone, Err(Error::NotFound(NotFound::Customer(_)))), "{gone:?}");
}

async fn create_of_deleted(
    test: &TestBackend,
    customer: &model::customer::CustomerName,
) -> backend::Result<Vec<backend::keys::NewKeyWithToken>> {
    test.services.keys.create_many(&by(), &of(customer), 1).await
}
