//! The audit log: one event a mutation, found again by what it is about, and chained so that nobody rewrites it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use backend::accounts::LoggedIn;
use backend::audit::Actor;
use backend::crypto::master_key::{MasterKey, mac};
use backend::{Backend, Error};
use common::people::ADDRESS;
use common::{House, create, new_key};
use model::audit::{AuditPage, AuditQuery, Breakage, PAGE_SIZE};
use model::endpoint::Grant;
use model::endpoint_form::EndpointForm;
use model::environment::EnvironmentForm;
use model::id::UserId;
use model::role::Role;
use model::rotate_form::RotateKeyForm;
use model::time::{DAY, MINUTE, SECOND, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult, Statement};
use serde_json::{Value, json};

fn by() -> Actor {
    Actor::command_line()
}

async fn run(db: &DatabaseConnection, statements: &[&str]) {
    for sql in statements {
        db.execute_unprepared(sql).await.unwrap();
    }
}

async fn ask(db: &DatabaseConnection, sql: &str) -> Vec<QueryResult> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    db.query_all_raw(statement).await.unwrap()
}

async fn number(db: &DatabaseConnection, sql: &str) -> i64 {
    ask(db, sql).await[0].try_get_by_index(0).unwrap()
}

/// Where the chain breaks and how; `None` where it is intact.
async fn broken(backend: &Backend) -> Option<(i64, Breakage)> {
    let check = backend.verify_audit_chain().await.unwrap();
    if let Some(broken) = &check.broken {
        assert!(check.events < broken.number, "{check:?}");
    }
    check.broken.map(|broken| (broken.number, broken.how))
}

/// A database with nine events, and somebody who knows the file. The rows are kept aside.
async fn tampered() -> (House, DatabaseConnection) {
    let house = House::new().await;
    for name in ["Shop", "Mail", "Depot", "Till"] {
        house.clock.advance(SECOND);
        create(&house.backend, &new_key(name, Grant::All)).await;
    }
    let (_, person) = house.add_person(Role::Admin).await;
    let person = Actor {
        address: Some(ADDRESS.to_owned()),
        ..person
    };
    let environment = house.backend.environment_list().await.unwrap().environments.remove(0);
    for name in ["one", "two", "default"] {
        let form = EnvironmentForm {
            name: name.to_owned(),
            kind: String::new(),
        };
        house
            .backend
            .rename_environment(&person, &environment.id, form)
            .await
            .unwrap();
    }
    assert_eq!(house.events().await, 9);
    let db = house.by_hand().await;
    run(
        &db,
        &[
            "DROP TRIGGER audit_events_no_update",
            "DROP TRIGGER audit_events_no_delete",
            "DROP TRIGGER audit_events_no_replace",
            "CREATE TABLE kept AS SELECT * FROM audit_events",
            "CREATE TABLE kept_head AS SELECT * FROM head",
        ],
    )
    .await;
    (house, db)
}

/// Puts everything back as it was written.
async fn mend(db: &DatabaseConnection) {
    run(
        db,
        &[
            "DELETE FROM audit_events",
            "INSERT INTO audit_events SELECT * FROM kept",
            "DELETE FROM head",
            "INSERT INTO head SELECT * FROM kept_head",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_change_of_any_column_is_found() {
    let (house, db) = tampered().await;
    for change in [
        "at = at + 1",
        "actor_kind = 'system'",
        "actor_id = 'usr_0000000000'",
        "actor_id = NULL",
        "actor_name = 'nobody'",
        "address = '198.51.100.9'",
        "address = NULL",
        "action = 'environment.hidden'",
        "subject_id = 'env_0000000000'",
        "subject_id = NULL",
        "subject_name = 'four'",
        "subject_name = NULL",
        "details = '{}'",
        "details = details || ' '",
        "mac = zeroblob(32)",
        "mac = x''",
        "mac = (SELECT mac FROM kept WHERE number = 7)",
        // What stands in two fields, moved over the border between them.
        "actor_name = actor_name || address, address = ''",
        "subject_id = subject_id || ',' || subject_name, subject_name = ''",
    ] {
        assert_eq!(broken(&house.backend).await, None, "before {change}");
        run(&db, &[&format!("UPDATE audit_events SET {change} WHERE number = 8")]).await;
        assert_eq!(broken(&house.backend).await, Some((8, Breakage::Changed)), "{change}");
        let check = house.backend.verify_audit_chain().await.unwrap();
        assert_eq!(check.events, 7, "{change}");
        let told = check.broken.unwrap().row.unwrap();
        assert!(told.contains(" by ") && told.contains(" at 20"), "{told}");
        mend(&db).await;
    }
    // The first and the last as well, and nothing in a column is as good as NULL.
    for (number, change) in [
        (1, "actor_id = ''"),
        (1, "address = ''"),
        (9, "at = at - 1"),
        (2, "address = 'null'"),
    ] {
        run(
            &db,
            &[&format!("UPDATE audit_events SET {change} WHERE number = {number}")],
        )
        .await;
        assert_eq!(
            broken(&house.backend).await,
            Some((number, Breakage::Changed)),
            "{number} {change}"
        );
        mend(&db).await;
    }
    assert_eq!(broken(&house.backend).await, None);
}

#[tokio::test]
async fn rows_that_are_gone_or_moved_are_found() {
    let (house, db) = tampered().await;
    let head_back = "UPDATE head SET audit_number = (SELECT max(number) FROM audit_events),
         audit_mac = (SELECT mac FROM audit_events ORDER BY number DESC LIMIT 1)";
    for (what, statements, expected) in [
        (
            "removed",
            &["DELETE FROM audit_events WHERE number = 4"][..],
            (4, Breakage::Missing),
        ),
        (
            "the first removed",
            &["DELETE FROM audit_events WHERE number = 1"],
            (1, Breakage::Missing),
        ),
        (
            "renumbered",
            &["UPDATE audit_events SET number = 100 WHERE number = 4"],
            (4, Breakage::Missing),
        ),
        (
            "removed, and what follows moved up",
            &[
                "DELETE FROM audit_events WHERE number = 4",
                "UPDATE audit_events SET number = number - 1 WHERE number = 5",
                "UPDATE audit_events SET number = number - 1 WHERE number = 6",
                "UPDATE audit_events SET number = number - 1 WHERE number = 7",
                "UPDATE audit_events SET number = number - 1 WHERE number = 8",
                "UPDATE audit_events SET number = number - 1 WHERE number = 9",
                head_back,
            ],
            (4, Breakage::Changed),
        ),
        (
            "swapped",
            &[
                "UPDATE audit_events SET number = 100 WHERE number = 4",
                "UPDATE audit_events SET number = 4 WHERE number = 5",
                "UPDATE audit_events SET number = 5 WHERE number = 100",
            ],
            (4, Breakage::Changed),
        ),
        (
            "swapped but for their MACs",
            &[
                "UPDATE audit_events SET action = (SELECT action FROM kept WHERE number = 5),
                    subject_id = (SELECT subject_id FROM kept WHERE number = 5) WHERE number = 4",
                "UPDATE audit_events SET subject_id = (SELECT subject_id FROM kept WHERE number = 4) WHERE number = 5",
            ],
            (4, Breakage::Changed),
        ),
        (
            "cut off, and the head set back",
            &["DELETE FROM audit_events WHERE number > 6", head_back],
            (7, Breakage::CutOff),
        ),
        (
            "cut off, and the head left",
            &["DELETE FROM audit_events WHERE number > 6"],
            (7, Breakage::CutOff),
        ),
        (
            "the last cut off",
            &["DELETE FROM audit_events WHERE number = 9", head_back],
            (9, Breakage::CutOff),
        ),
        (
            "all cut off",
            &[
                "DELETE FROM audit_events",
                "UPDATE head SET audit_number = 0, audit_mac = x''",
            ],
            (1, Breakage::CutOff),
        ),
        (
            "another end",
            &["UPDATE head SET audit_head_mac = zeroblob(32)"],
            (10, Breakage::CutOff),
        ),
        (
            "no MAC of the end",
            &["UPDATE head SET audit_head_mac = x''"],
            (10, Breakage::CutOff),
        ),
        ("no end", &["DELETE FROM head"], (10, Breakage::CutOff)),
    ] {
        assert_eq!(broken(&house.backend).await, None, "before {what}");
        run(&db, statements).await;
        assert_eq!(broken(&house.backend).await, Some(expected), "{what}");
        mend(&db).await;
    }
}

/// What the MAC of a row is made over, with a key of the forger's.
fn forged(key: &[u8; 32], previous: &[u8], number: i64) -> [u8; 32] {
    let fields = json!([
        number,
        1,
        "command_line",
        null,
        "command line",
        null,
        "key.deleted",
        "key_0000000000",
        "Shop",
        "{}"
    ]);
    mac(key, &[previous, fields.to_string().as_bytes()])
}

fn row(number: i64, mac: &str) -> String {
    format!(
        "INSERT INTO audit_events VALUES ({number}, 1, 'command_line', NULL, 'command line', NULL, 'key.deleted',
            'key_0000000000', 'Shop', '{{}}', x'{mac}')"
    )
}

#[tokio::test]
async fn a_row_that_somebody_put_in_is_found() {
    let (house, db) = tampered().await;
    let make_room = [
        "UPDATE audit_events SET number = number + 1000 WHERE number >= 5",
        "UPDATE audit_events SET number = number - 999 WHERE number >= 1000",
    ];
    run(&db, &make_room).await;
    run(&db, &[&row(5, &"00".repeat(32))]).await;
    assert_eq!(broken(&house.backend).await, Some((5, Breakage::Changed)));
    mend(&db).await;
    // Before the first: it would stand at the end of the list.
    for number in [0, -1, i64::MIN] {
        run(&db, &[&row(number, &"00".repeat(32))]).await;
        assert!(broken(&house.backend).await.is_some(), "{number}");
        mend(&db).await;
    }
    assert_eq!(broken(&house.backend).await, None);
}

#[tokio::test]
async fn without_the_master_key_nobody_adds_an_event() {
    let (house, db) = tampered().await;
    let last: Vec<u8> = ask(&db, "SELECT mac FROM audit_events WHERE number = 9").await[0]
        .try_get_by_index(0)
        .unwrap();
    let other = MasterKey::from_text("quite another key, just as long as it").unwrap();
    for key in [[0; 32], [255; 32], other.derive("latchkey audit chain")] {
        let last = forged(&key, &last, 10);
        // The end is forged as well.
        let end = hex(&mac(&key, &[&10_i64.to_be_bytes(), &last]));
        let last = hex(&last);
        run(&db, &[&row(10, &last)]).await;
        let head = format!("UPDATE head SET audit_number = 10, audit_mac = x'{last}', audit_head_mac = x'{end}'");
        run(&db, &[&head]).await;
        assert_eq!(broken(&house.backend).await, Some((10, Breakage::Changed)));
        mend(&db).await;
    }
    // Nor with MACs that are there already.
    for number in [1, 5, 9] {
        run(&db, &[&row(10, &"00".repeat(32))]).await;
        let copied =
            format!("UPDATE audit_events SET mac = (SELECT mac FROM kept WHERE number = {number}) WHERE number = 10");
        run(&db, &[&copied]).await;
        assert_eq!(broken(&house.backend).await, Some((10, Breakage::Changed)));
        mend(&db).await;
    }
    // Left alone, the log goes on.
    create(&house.backend, &new_key("Later", Grant::All)).await;
    assert_eq!(house.events().await, 10);
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[tokio::test]
async fn a_long_log_is_walked_to_its_end() {
    let house = House::new().await;
    house
        .backend
        .create_keys(&by(), &new_key("Shop", Grant::All), 4_100)
        .await
        .unwrap();
    assert_eq!(house.events().await, 4_101);
    let db = house.by_hand().await;
    run(
        &db,
        &[
            "DROP TRIGGER audit_events_no_update",
            "UPDATE audit_events SET subject_name = 'Mail' WHERE number = 4050",
        ],
    )
    .await;
    assert_eq!(broken(&house.backend).await, Some((4_050, Breakage::Changed)));
    let check = house.backend.verify_audit_chain().await.unwrap();
    assert!(
        check
            .broken
            .unwrap()
            .sentence()
            .contains("Event 4050 is not as it was written. The row says now: key.created by command line at ")
    );
}

#[tokio::test]
async fn the_chain_is_walked_again_after_a_minute_or_an_event() {
    let (house, db) = tampered().await;
    let check = async || house.backend.check_audit_chain().await.unwrap();
    let first = check().await;
    assert_eq!(
        (first.at, first.events, first.broken.clone()),
        (house.backend.now(), 9, None)
    );
    house.clock.advance(MINUTE - 1);
    run(&db, &["UPDATE audit_events SET details = '{}' WHERE number = 8"]).await;
    assert_eq!(check().await, first);
    house.clock.advance(1);
    let second = check().await;
    assert_eq!(second.at, house.backend.now());
    assert_eq!(second.broken.map(|broken| broken.number), Some(8));
    mend(&db).await;

    house.clock.advance(MINUTE);
    assert_eq!(check().await.broken, None);
    house.clock.advance(1);
    create(&house.backend, &new_key("Later", Grant::All)).await;
    let third = check().await;
    assert_eq!((third.at, third.events), (house.backend.now(), 10));
    // What another process has added counts.
    house.clock.advance(1);
    create(&house.another(2).await, &new_key("Elsewhere", Grant::All)).await;
    let fourth = check().await;
    assert_eq!((fourth.at, fourth.events), (house.backend.now(), 11));
}

#[tokio::test]
async fn an_old_node_and_a_new_one_write_one_chain() {
    let house = House::new().await;
    let other = house.another(2).await;
    for number in 0..10 {
        let backend = if number % 2 == 0 { &*house.backend } else { &other };
        create(backend, &new_key("Shop", Grant::All)).await;
    }
    let (new, by) = (new_key("Shop", Grant::All), by());
    let both = tokio::join!(house.backend.create_keys(&by, &new, 5), other.create_keys(&by, &new, 5));
    both.0.unwrap();
    both.1.unwrap();
    assert_eq!(house.events().await, 21);
    assert_eq!(broken(&other).await, None);
}

/// Everything that this changes, each as it is and with how many events.
async fn mutations(house: &House, backend: &Backend, round: usize) -> Vec<(&'static str, Result<(), Error>)> {
    let by = by();
    let environments = house.backend.environment_list().await.unwrap().environments;
    let (id, spare) = (&environments[0].id, &environments[1].id);
    let form = |name: &str| EnvironmentForm {
        name: format!("{name}-{round}"),
        kind: "test".to_owned(),
    };
    let endpoint = EndpointForm {
        name: format!("endpoint-{round}"),
        title: "New".to_owned(),
        patterns: format!("GET /endpoint/{round}"),
    };
    let grace = RotateKeyForm {
        grace: "1h".to_owned(),
        ..RotateKeyForm::default()
    };
    let hide = !environments[1].hidden;
    let done = |result: Result<bool, Error>| result.map(|done| assert!(done, "nothing was done"));
    let saved = |outcome: model::environment::EnvironmentOutcome| {
        matches!(outcome, model::environment::EnvironmentOutcome::Saved { .. })
    };
    let kept = |outcome: model::endpoint_form::EndpointOutcome| {
        matches!(outcome, model::endpoint_form::EndpointOutcome::Saved { .. })
    };
    let title = format!("Title {round}");
    let retired = if round == 0 { "chat" } else { "image" };
    vec![
        (
            "environment.renamed",
            done(backend.rename_environment(&by, spare, form("renamed")).await.map(saved)),
        ),
        (
            "environment.hidden",
            done(backend.hide_environment(&by, spare, hide).await.map(|_| true)),
        ),
        (
            "environment.key_rotated",
            done(backend.rotate_environment_key(&by, id, &grace).await.map(|_| true)),
        ),
        (
            "endpoint.created",
            done(backend.create_endpoint(&by, &endpoint).await.map(kept)),
        ),
        (
            "endpoint.edited",
            done(backend.retitle_endpoint(&by, "check-bias", &title).await.map(kept)),
        ),
        (
            "endpoint.retired",
            done(backend.retire_endpoint(&by, retired).await.map(|_| true)),
        ),
        (
            "key.created",
            done(
                backend
                    .create_keys(&by, &new_key("Shop", Grant::All), 1)
                    .await
                    .map(|_| true),
            ),
        ),
        (
            "environment.created",
            done(backend.create_environment(&by, form("new")).await.map(saved)),
        ),
    ]
}

/// Everything that people see, without what the clock says.
async fn seen(house: &House) -> String {
    let mut environments = house.backend.environment_list().await.unwrap();
    environments.now = Timestamp(0);
    let mut catalogue = house.backend.endpoint_catalogue().await.unwrap();
    catalogue.now = Timestamp(0);
    format!("{environments:?} {catalogue:?}")
}

#[tokio::test]
async fn a_mutation_and_its_event_are_stored_together_or_not_at_all() {
    let house = House::serving().await;
    let spare = EnvironmentForm {
        name: "spare".to_owned(),
        kind: "test".to_owned(),
    };
    house.clock.advance(1);
    house.backend.create_environment(&by(), spare).await.unwrap();
    let db = house.by_hand().await;
    let before = (house.events().await, seen(&house).await);
    for table in ["change_log", "audit_events"] {
        run(
            &db,
            &[&format!(
                "CREATE TRIGGER full BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'full'); END"
            )],
        )
        .await;
        for (action, result) in mutations(&house, &house.backend, 0).await {
            assert!(
                matches!(result, Err(Error::Database(_))),
                "{table} {action}: {result:?}"
            );
        }
        assert_eq!((house.events().await, seen(&house).await), before, "{table}");
        run(&db, &["DROP TRIGGER full"]).await;
    }
    for (action, result) in mutations(&house, &house.backend, 0).await {
        result.unwrap();
        // An environment that is made gets its key, which has an event of its own.
        let events = number(
            &db,
            &format!("SELECT count(*) FROM audit_events WHERE action = '{action}'"),
        )
        .await;
        assert_eq!(events, if action == "environment.created" { 2 } else { 1 }, "{action}");
    }
    assert_eq!(house.events().await, before.0 + 9);
}

async fn page(house: &House, query: &AuditQuery) -> AuditPage {
    house.backend.audit_page(query).await.unwrap()
}

/// Actions and subjects that a query finds, latest first.
async fn found(house: &House, query: AuditQuery) -> Vec<(String, String)> {
    let page = page(house, &query).await;
    let events = page.events.into_iter();
    events
        .map(|event| (event.action, event.subject_name.unwrap_or_default()))
        .collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(action, subject)| ((*action).to_owned(), (*subject).to_owned()))
        .collect()
}

fn query(field: &str, value: &str) -> AuditQuery {
    let mut query = json!({});
    query[field] = json!(value);
    serde_json::from_value(query).unwrap()
}

#[tokio::test]
async fn the_log_is_narrowed_to_who_did_it() {
    let house = House::new().await;
    let (admin, admins) = house.add_person(Role::Admin).await;
    let (owner, owners) = house.add_person(Role::Owner).await;
    let new = new_key("Shop", Grant::All);
    house.backend.create_keys(&admins, &new, 1).await.unwrap();
    house
        .backend
        .create_keys(&owners, &new_key("Mail", Grant::All), 1)
        .await
        .unwrap();
    house
        .backend
        .create_keys(&by(), &new_key("Till", Grant::All), 1)
        .await
        .unwrap();
    house.try_password("nobody", "wrong").await.unwrap_err();
    assert_eq!(
        found(&house, query("actor", admin.as_str())).await,
        pairs(&[("key.created", "Shop")])
    );
    assert_eq!(
        found(&house, query("actor", &format!(" {owner} "))).await,
        pairs(&[("key.created", "Mail")])
    );
    assert_eq!(
        found(&house, query("actor", "command_line")).await,
        pairs(&[
            ("key.created", "Till"),
            ("user.created", "owner@example.com"),
            ("user.created", "admin@example.com"),
        ])
    );
    assert_eq!(
        found(&house, query("actor", "system")).await,
        pairs(&[("environment.key_created", "default")])
    );
    assert_eq!(
        found(&house, query("actor", "nobody")).await,
        pairs(&[("user.login_failed", "")])
    );
    for nobody in ["usr_0000000000", "user", "%", "' OR 1=1 --"] {
        assert_eq!(found(&house, query("actor", nobody)).await, [], "{nobody}");
    }
    let actors = page(&house, &AuditQuery::default()).await.actors;
    let expected = [
        (admin.as_str(), "admin · admin@example.com"),
        (owner.as_str(), "owner · owner@example.com"),
        ("command_line", "command line"),
        ("system", "Latchkey"),
        ("nobody", "nobody"),
    ];
    assert_eq!(
        actors
            .iter()
            .map(|(value, words)| (value.as_str(), words.as_str()))
            .collect::<Vec<_>>(),
        expected
    );
}

#[tokio::test]
async fn the_log_is_narrowed_to_what_was_done() {
    let house = House::new().await;
    let key = create(&house.backend, &new_key("Shop", Grant::All)).await;
    house.backend.disable_key(&by(), Role::Owner, &key.id).await.unwrap();
    house.backend.retire_endpoint(&by(), "chat").await.unwrap();
    assert_eq!(
        found(&house, query("action", "key.disabled")).await,
        pairs(&[("key.disabled", "Shop")])
    );
    let keys = pairs(&[("key.disabled", "Shop"), ("key.created", "Shop")]);
    assert_eq!(found(&house, query("action", "key")).await, keys);
    assert_eq!(found(&house, query("action", " key ")).await, keys);
    assert_eq!(
        found(&house, query("action", "endpoint")).await,
        pairs(&[("endpoint.retired", "Chat")])
    );
    for nothing in ["ke", "key.", "keys", "key.c", "%", "key.%", "KEY"] {
        assert_eq!(found(&house, query("action", nothing)).await, [], "{nothing}");
    }
    // What there is to choose from, each once.
    assert_eq!(
        page(&house, &query("action", "key")).await.actions,
        [
            "endpoint.retired",
            "environment.key_created",
            "key.created",
            "key.disabled"
        ]
    );
}

#[tokio::test]
async fn the_log_is_narrowed_to_what_it_was_done_to() {
    let house = House::new().await;
    let mut ids = Vec::new();
    for name in ["Shop", "shop 2", "SHOPPING", "My shop", "100% fun", "100 fun", "Ümlaut"] {
        ids.push(create(&house.backend, &new_key(name, Grant::All)).await.id);
    }
    let names = async |subject: &str| {
        let found = found(&house, query("subject", subject)).await;
        found.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
    };
    for text in ["shop", "SHOP", "sHo", " Shop "] {
        assert_eq!(names(text).await, ["SHOPPING", "shop 2", "Shop"], "{text}");
    }
    assert_eq!(
        names("shop ").await,
        ["SHOPPING", "shop 2", "Shop"],
        "what surrounds it is left out"
    );
    assert_eq!(names("SHOP 2").await, ["shop 2"]);
    assert_eq!(names("100%").await, ["100% fun"]);
    assert_eq!(names("Ümlaut").await, ["Ümlaut"]);
    for nothing in ["hop", "_hop", "%", "' OR 1=1 --"] {
        assert_eq!(names(nothing).await, [""; 0], "{nothing}");
    }
    assert_eq!(names(ids[3].as_str()).await, ["My shop"]);
    assert_eq!(names(&ids[3].as_str()[..8]).await, [""; 0], "an ID is whole");
}

#[tokio::test]
async fn a_name_is_found_in_any_case_whatever_its_letters() {
    let house = House::new().await;
    create(&house.backend, &new_key("Überweisung", Grant::All)).await;
    for text in ["Über", "über", "ÜBER"] {
        assert_eq!(
            found(&house, query("subject", text)).await,
            pairs(&[("key.created", "Überweisung")]),
            "{text}"
        );
    }
}

#[tokio::test]
async fn the_log_is_narrowed_to_days_in_utc() {
    let house = House::new().await;
    let to_midnight = DAY - house.backend.now().0.rem_euclid(DAY);
    house.clock.advance(to_midnight - 1 + DAY);
    let first = house.backend.now().iso_date();
    create(&house.backend, &new_key("Last of the first", Grant::All)).await;
    house.clock.advance(1);
    let second = house.backend.now().iso_date();
    assert_ne!(first, second);
    create(&house.backend, &new_key("First of the second", Grant::All)).await;
    house.clock.advance(DAY - 1);
    create(&house.backend, &new_key("Last of the second", Grant::All)).await;
    house.clock.advance(1);
    let third = house.backend.now().iso_date();
    create(&house.backend, &new_key("First of the third", Grant::All)).await;

    let names = async |from: &str, to: &str| {
        let days = AuditQuery {
            action: "key".to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            ..AuditQuery::default()
        };
        let found = found(&house, days).await;
        found.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
    };
    let (one, two, three, four) = (
        "Last of the first",
        "First of the second",
        "Last of the second",
        "First of the third",
    );
    assert_eq!(names(&first, &first).await, [one]);
    assert_eq!(names(&second, &second).await, [three, two]);
    assert_eq!(names(&third, &third).await, [four]);
    assert_eq!(names(&second, "").await, [four, three, two]);
    assert_eq!(names("", &second).await, [three, two, one]);
    assert_eq!(names(&first, &second).await, [three, two, one]);
    assert_eq!(names("", "").await, [four, three, two, one]);
    assert_eq!(names(&third, &first).await, [""; 0]);
    assert_eq!(names(&format!(" {third} "), "").await, [four]);
}

#[tokio::test]
async fn what_is_no_day_and_no_page_is_refused() {
    let house = House::new().await;
    let events = house.events().await;
    for text in [
        "2027-02-30",
        "2027-13-01",
        "today",
        "20270220",
        "2027-02-20T00:00:00Z",
        "99999999-01-01",
        "\u{0}",
        "2027‑02‑20",
    ] {
        for (field, sentence) in [
            ("from", "From is not a day; write it like 2027-02-20."),
            ("to", "To is not a day; write it like 2027-02-20."),
        ] {
            let query = query(field, text);
            let refused = [
                house.backend.audit_page(&query).await.unwrap_err(),
                house.backend.export_audit(&by(), &query).await.unwrap_err(),
            ];
            for error in refused {
                assert!(matches!(error, Error::Refused(_)), "{text:?}: {error:?}");
                assert_eq!(error.to_string(), sentence, "{text:?}");
            }
        }
    }
    for text in ["first", "1.5", "99999999999999999999", "-"] {
        let refused = house.backend.audit_page(&query("before", text)).await.unwrap_err();
        assert!(matches!(refused, Error::Refused(_)), "{text}: {refused:?}");
    }
    for text in ["0", "-7", "1"] {
        let page = page(&house, &query("before", text)).await;
        assert_eq!((page.events.len(), page.next), (0, None), "{text}");
    }
    assert_eq!(house.events().await, events, "a wrong query is no export");
}

/// The numbers of all events that a query finds, page by page; between two pages something happens.
async fn all_pages(house: &House, query: &AuditQuery) -> Vec<i64> {
    let mut query = query.clone();
    let mut numbers = Vec::new();
    loop {
        let page = page(house, &query).await;
        assert!(page.events.len() as u64 <= PAGE_SIZE);
        numbers.extend(page.events.iter().map(|event| event.number));
        create(&house.backend, &new_key("Meanwhile", Grant::All)).await;
        match page.next {
            Some(next) => query.before = next.to_string(),
            None => return numbers,
        }
        assert!(numbers.len() < 10_000, "the pages never end");
    }
}

#[tokio::test]
async fn pages_have_every_event_once() {
    let house = House::new().await;
    let made = async |name: &str, count: usize| {
        house
            .backend
            .create_keys(&by(), &new_key(name, Grant::All), count)
            .await
            .unwrap();
    };
    made("Shop", 49).await;
    // One event, and the 49: a whole page, and no next one.
    let whole = page(&house, &AuditQuery::default()).await;
    assert_eq!((whole.events.len(), whole.next), (50, None));
    made("Mail", 70).await;
    assert_eq!(
        all_pages(&house, &AuditQuery::default()).await,
        (1..=120).rev().collect::<Vec<_>>()
    );
    assert_eq!(
        all_pages(&house, &query("subject", "mail")).await,
        (51..=120).rev().collect::<Vec<_>>()
    );
    assert_eq!(
        all_pages(&house, &query("subject", "shop")).await,
        (2..=50).rev().collect::<Vec<_>>()
    );
    let narrow = AuditQuery {
        actor: "command_line".to_owned(),
        action: "key.created".to_owned(),
        subject: "MAIL".to_owned(),
        from: house.backend.now().iso_date(),
        to: house.backend.now().iso_date(),
        ..AuditQuery::default()
    };
    assert_eq!(all_pages(&house, &narrow).await, (51..=120).rev().collect::<Vec<_>>());
}

/// Everything that an export hands over, line by line.
async fn export(house: &House, query: &AuditQuery) -> Vec<Value> {
    let mut lines = house.backend.export_audit(&by(), query).await.unwrap();
    let mut events = Vec::new();
    loop {
        assert!(lines.text.is_empty() || lines.text.ends_with('\n'));
        events.extend(
            lines
                .text
                .lines()
                .map(|line| serde_json::from_str::<Value>(line).unwrap()),
        );
        let Some(next) = lines.next else {
            return events;
        };
        assert!(events.len() < 10_000, "the export never ends");
        lines = house.backend.audit_lines(query, Some(next)).await.unwrap();
    }
}

#[tokio::test]
async fn an_export_has_every_event_once_and_ends() {
    let house = House::new().await;
    house
        .backend
        .create_keys(&by(), &new_key("Shop", Grant::All), 1_000)
        .await
        .unwrap();
    house
        .backend
        .create_keys(&by(), &new_key("Mail", Grant::All), 1_500)
        .await
        .unwrap();
    let numbers = |events: &[Value]| {
        events
            .iter()
            .map(|event| event["number"].as_i64().unwrap())
            .collect::<Vec<_>>()
    };
    let all = export(&house, &AuditQuery::default()).await;
    assert_eq!(numbers(&all), (1..=2_502).rev().collect::<Vec<_>>());
    assert_eq!(all[0]["action"], "audit.exported", "it has its own event");
    // Exactly as many as are read at a time, and more.
    assert_eq!(
        numbers(&export(&house, &query("subject", "shop")).await),
        (2..=1_001).rev().collect::<Vec<_>>()
    );
    assert_eq!(
        numbers(&export(&house, &query("subject", "mail")).await),
        (1_002..=2_501).rev().collect::<Vec<_>>()
    );
    assert!(export(&house, &query("subject", "nothing")).await.is_empty());
    // Where a page begins does not matter to it.
    let before = AuditQuery {
        before: "7".to_owned(),
        ..query("action", "environment")
    };
    assert_eq!(numbers(&export(&house, &before).await), [1]);
    assert_eq!(house.events().await, 2_506);
}

#[tokio::test]
async fn a_line_says_what_the_page_and_the_database_say() {
    let house = House::new().await;
    let (id, person) = house.add_person(Role::Admin).await;
    let person = Actor {
        address: Some(ADDRESS.to_owned()),
        ..person
    };
    house.clock.advance(MINUTE);
    house
        .backend
        .create_keys(&person, &new_key("Shop", Grant::All), 1)
        .await
        .unwrap();
    let lines = export(&house, &AuditQuery::default()).await;
    let page = page(&house, &AuditQuery::default()).await;
    let rows = ask(
        &house.by_hand().await,
        "SELECT details, mac FROM audit_events ORDER BY number DESC",
    )
    .await;
    assert_eq!((lines.len(), page.events.len(), rows.len()), (4, 4, 4));
    for ((line, event), row) in lines.iter().zip(&page.events).zip(&rows) {
        let details: String = row.try_get("", "details").unwrap();
        let mac: Vec<u8> = row.try_get("", "mac").unwrap();
        assert_eq!(line["number"], event.number);
        assert_eq!(
            (&line["at"], &line["atMs"]),
            (&json!(event.at.rfc3339()), &json!(event.at.0))
        );
        assert_eq!(
            (&line["actor"]["name"], &line["actor"]["address"]),
            (&json!(event.actor), &json!(event.address))
        );
        assert_eq!(line["action"], event.action);
        assert_eq!(
            (&line["subject"]["id"], &line["subject"]["name"]),
            (&json!(event.subject_id), &json!(event.subject_name))
        );
        assert_eq!(line["details"], serde_json::from_str::<Value>(&details).unwrap());
        assert_eq!(line["mac"], hex(&mac));
    }
    let made = &lines[1];
    assert_eq!(
        made["actor"],
        json!({ "kind": "user", "id": id, "name": "admin", "address": ADDRESS })
    );
    assert_eq!(page.events[1].details, "default; all endpoints");
    assert_eq!(
        lines[0]["details"],
        json!({ "query": { "actor": "", "action": "", "subject": "", "from": "", "to": "", "before": "" } })
    );
}

async fn somebody(house: &House) -> LoggedIn {
    house.add_named("ada", Role::Viewer).await;
    house.enter("ada").await.who
}

async fn refuse(house: &House, who: &LoggedIn, path: &str, times: usize) {
    for _ in 0..times {
        house.backend.note_refusal(who, ADDRESS.to_owned(), "POST", path).await;
    }
}

#[tokio::test]
async fn a_refusal_says_who_asked_for_what() {
    let house = House::new().await;
    let who = somebody(&house).await;
    refuse(&house, &who, "/api/keys/create", 1).await;
    let event = page(&house, &AuditQuery::default()).await.events.remove(0);
    assert_eq!(
        (event.action.as_str(), event.actor.as_str()),
        ("console.refused", "ada")
    );
    assert_eq!(
        (event.address.as_deref(), event.subject_name.as_deref()),
        (Some(ADDRESS), Some("ada@example.com"))
    );
    assert_eq!(
        house.details_of("console.refused").await,
        [json!({ "request": "POST /api/keys/create", "role": "viewer" })]
    );
    // What is no one's business is not in it, and it is not longer than somebody reads.
    refuse(&house, &who, "/keys/sk_live_0123456789/edit", 1).await;
    refuse(&house, &who, &"/x".repeat(10_000), 1).await;
    let details = house.details_of("console.refused").await;
    assert_eq!(details[1]["request"], "POST /keys/…/edit");
    assert!(details[2]["request"].as_str().unwrap().chars().count() <= 125);
    assert_eq!(house.events().await, 6);
}

#[tokio::test]
async fn many_refusals_are_counted_and_told_by_the_next() {
    let house = House::new().await;
    let who = somebody(&house).await;
    refuse(&house, &who, "/api/x", 25).await;
    assert_eq!(house.details_of("console.refused").await.len(), 10);
    house.clock.advance(MINUTE - 1);
    refuse(&house, &who, "/api/x", 1).await;
    assert_eq!(house.details_of("console.refused").await.len(), 10);
    house.clock.advance(1);
    refuse(&house, &who, "/api/x", 2).await;
    let details = house.details_of("console.refused").await;
    assert_eq!(details.len(), 12);
    assert_eq!(details[10]["suppressed"], 16);
    assert_eq!(details[11].get("suppressed"), None);
    let told = page(&house, &query("action", "console.refused"))
        .await
        .events
        .remove(1)
        .details;
    assert!(told.contains("16 more like it were not noted"), "{told}");
}

#[tokio::test]
async fn one_who_keeps_trying_does_not_hide_the_others() {
    let house = House::new().await;
    let who = somebody(&house).await;
    let other = LoggedIn {
        user_id: UserId::from_random("0000000000"),
        ..who.clone()
    };
    refuse(&house, &who, "/api/x", 200).await;
    refuse(&house, &other, "/api/x", 1).await;
    assert_eq!(house.details_of("console.refused").await.len(), 11);
}

#[tokio::test]
async fn what_the_limit_of_all_left_out_is_told_as_well() {
    let house = House::new().await;
    let who = somebody(&house).await;
    let others: Vec<LoggedIn> = (0..8)
        .map(|number| LoggedIn {
            user_id: UserId::from_random(&format!("000000000{number}")),
            ..who.clone()
        })
        .collect();
    for other in &others {
        refuse(&house, other, "/api/x", 10).await;
    }
    assert_eq!(house.details_of("console.refused").await.len(), 60);
    house.clock.advance(MINUTE);
    for other in &others {
        refuse(&house, other, "/api/x", 1).await;
    }
    let details = house.details_of("console.refused").await;
    assert_eq!(details.len(), 68);
    let told: i64 = details
        .iter()
        .filter_map(|details| details["suppressed"].as_i64())
        .sum();
    assert_eq!(told, 20);
}

#[tokio::test]
async fn a_failed_login_is_noted_without_what_was_typed() {
    let house = House::new().await;
    house.add_named("ada", Role::Viewer).await;
    house.try_password("ada", "not the password").await.unwrap_err();
    house
        .try_password("hunter2-typed-into-the-wrong-field", "x")
        .await
        .unwrap_err();
    let failed = page(&house, &query("action", "user.login_failed")).await.events;
    assert_eq!(failed.len(), 2);
    assert_eq!(failed[1].subject_name.as_deref(), Some("ada@example.com"));
    assert_eq!(
        (failed[0].subject_id.as_ref(), failed[0].subject_name.as_ref()),
        (None, None)
    );
    for event in &failed {
        assert_eq!(
            (event.actor.as_str(), event.address.as_deref()),
            ("nobody", Some(ADDRESS))
        );
    }
    let typed = "SELECT count(*) FROM audit_events WHERE details LIKE '%hunter2%' OR details LIKE '%not the%'";
    assert_eq!(number(&house.by_hand().await, typed).await, 0);
}
