//! Customers are imported, all or none, and exported.

use backend::Error;
use model::customer::{CustomerRef, CustomerStatus, EXTERNAL_ID, METADATA, NAME, STATUS};
use model::customer_import::{CustomerImport, CustomerImportOutcome, CustomerImportReport, MAX_IMPORTED_CUSTOMERS};
use model::form_values::FormValues;
use model::list::ListQuery;
use model::role::Role;

use super::{add, by, form};
use crate::common::{TestBackend, as_role};

async fn import(test: &TestBackend, forms: Vec<FormValues>, dry_run: bool) -> CustomerImportReport {
    try_import(test, forms, dry_run).await.unwrap()
}

async fn try_import(
    test: &TestBackend,
    forms: Vec<FormValues>,
    dry_run: bool,
) -> backend::Result<CustomerImportReport> {
    let numbered = (1..).zip(forms);
    let all = numbered.map(|(line, form)| CustomerImport { line, form }).collect();
    test.services.customers.import(&by(), &all, dry_run).await
}

fn counts(report: &CustomerImportReport) -> (usize, usize, usize, usize) {
    (report.created(), report.changed(), report.unchanged(), report.refused())
}

#[tokio::test]
async fn a_dry_run_says_what_the_import_then_does_and_a_second_one_changes_nothing() {
    let test = TestBackend::new().await;
    let known = add(&test.services, &form("known", "{\"plan\": \"pro\"}")).await;
    let same = add(&test.services, &form("same", "")).await;
    let forms = || {
        vec![
            FormValues::from([
                (EXTERNAL_ID, "new"),
                (NAME, "New"),
                ("limit_day", "5"),
                (STATUS, "suspended"),
            ]),
            FormValues::from([(EXTERNAL_ID, "known"), (NAME, "Known Ltd."), (STATUS, "suspended")]),
            FormValues::from([(EXTERNAL_ID, "same"), (NAME, "same"), (STATUS, "active")]),
        ]
    };
    let events = test.events().await;
    let dry = import(&test, forms(), true).await;
    assert_eq!((dry.written, counts(&dry)), (false, (1, 1, 1, 0)));
    let CustomerImportOutcome::Changed { differences, .. } = &dry.lines[1].1 else {
        panic!("{dry:?}")
    };
    let told: Vec<String> = differences
        .iter()
        .map(|(what, before, after)| format!("{what}: {before} → {after}"))
        .collect();
    assert_eq!(told, ["Name: known → Known Ltd.", "Status: Active → Suspended"]);
    assert_eq!(test.events().await, events, "a dry run writes nothing");

    let report = import(&test, forms(), false).await;
    assert_eq!((report.written, counts(&report)), (true, (1, 1, 1, 0)));
    let ids: Vec<_> = report.lines.iter().map(|(_, outcome)| outcome.id().cloned()).collect();
    assert!(ids[0].is_some());
    assert_eq!(ids[1..], [Some(known.id.clone()), Some(same.id)]);
    // Created, suspended, edited, suspended.
    assert_eq!(test.events().await, events + 4);
    let record = async |id: &str| {
        let named = CustomerRef::External(id.to_owned());
        test.services.customers.record(&by(), &named).await.unwrap()
    };
    let new = record("new").await;
    assert_eq!((new.settings.limits.day, new.suspended_at.is_some()), (Some(5), true));
    let changed = record("known").await;
    assert_eq!(changed.settings.name, "Known Ltd.");
    assert_eq!(
        changed.settings.metadata.as_json(),
        Some("{\"plan\":\"pro\"}"),
        "it was left out"
    );
    assert!(changed.suspended_at.is_some());

    let again = import(&test, forms(), false).await;
    assert_eq!(counts(&again), (0, 0, 3, 0));
    assert_eq!(test.events().await, events + 4);
}

#[tokio::test]
async fn one_mistake_keeps_all_from_being_imported() {
    let test = TestBackend::new().await;
    let forms = vec![
        form("good", ""),
        form("cus_bad", ""),
        FormValues::from([(EXTERNAL_ID, "nameless")]),
        form("good", ""),
        FormValues::from([
            (EXTERNAL_ID, "wrong"),
            (NAME, "Wrong"),
            (METADATA, "[]"),
            (STATUS, "gone"),
        ]),
    ];
    let events = test.events().await;
    for dry_run in [true, false] {
        let report = import(&test, forms.clone(), dry_run).await;
        assert_eq!((report.written, counts(&report)), (false, (1, 0, 0, 4)));
        let told: Vec<String> = report
            .lines
            .iter()
            .filter_map(|(line, outcome)| Some(format!("{line}: {}", outcome.errors()?)))
            .collect();
        assert!(
            told[0].starts_with("2: An external ID cannot begin with cus_"),
            "{told:#?}"
        );
        assert_eq!(told[1], "3: Give the customer a name.");
        assert_eq!(told[2], "4: Line 1 has the same external ID.");
        assert!(told[3].ends_with("Choose active or suspended."), "{told:#?}");
    }
    assert_eq!(test.events().await, events);
    let list = test.services.customers.list(&by(), &ListQuery::default(), None).await;
    assert_eq!(list.unwrap().total, 0);
}

#[tokio::test]
async fn only_those_who_may_suspend_import_another_status() {
    let test = TestBackend::new().await;
    let one = |status: &str| {
        let form = FormValues::from([(EXTERNAL_ID, "acme"), (NAME, "Acme"), (STATUS, status)]);
        std::iter::once(CustomerImport { line: 1, form }).collect()
    };
    let customers = &test.services.customers;
    let viewer = customers.import(&as_role(Role::Viewer), &one("active"), true).await;
    assert!(matches!(viewer, Err(Error::Forbidden(_))), "{viewer:?}");
    let developer = as_role(Role::Developer);
    assert!(customers.import(&developer, &one("active"), true).await.is_ok());
    for dry_run in [true, false] {
        let refused = customers.import(&developer, &one("suspended"), dry_run).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    }
    assert!(
        customers
            .import(&as_role(Role::Admin), &one("suspended"), true)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn an_export_has_every_customer_once_by_name() {
    let test = TestBackend::new().await;
    let forms = |range: std::ops::Range<usize>| range.map(|number| form(&format!("c{number:04}"), "")).collect();
    import(&test, forms(0..MAX_IMPORTED_CUSTOMERS), false).await;
    import(&test, forms(MAX_IMPORTED_CUSTOMERS..MAX_IMPORTED_CUSTOMERS + 5), false).await;
    let suspended = CustomerRef::External("c0003".to_owned());
    let suspended = test.services.customers.find(&by(), &suspended).await.unwrap();
    test.services.customers.suspend(&by(), &suspended.id).await.unwrap();
    let all = async |query: ListQuery, status: Option<CustomerStatus>| {
        let mut ids = Vec::new();
        let mut after = String::new();
        loop {
            let (some, next) = test
                .services
                .customers
                .export_some(&as_role(Role::Viewer), &query, status, &after)
                .await
                .unwrap();
            assert!(some.len() <= 1_000, "one piece, not the whole export");
            ids.extend(some.into_iter().map(|customer| customer.settings.external_id));
            let Some(next) = next else { return ids };
            after = next;
        }
    };
    let ids = all(ListQuery::default(), None).await;
    let expected: Vec<String> = (0..MAX_IMPORTED_CUSTOMERS + 5)
        .map(|number| format!("c{number:04}"))
        .collect();
    assert_eq!(ids, expected);
    let searched = ListQuery {
        search: "C100".to_owned(),
        ..ListQuery::default()
    };
    assert_eq!(all(searched, None).await.len(), 5);
    assert_eq!(
        all(ListQuery::default(), Some(CustomerStatus::Suspended)).await,
        ["c0003"]
    );
}
