//! The filters of the audit log.

use model::audit::AuditQuery;
use model::endpoint::Grant;
use model::list::PageSize;
use model::role::Role;
use model::time::{DAY, HOUR};

use super::{by, found, page, pairs, query};
use crate::common::{TestBackend, create, create_as, new_key};

#[tokio::test]
async fn the_log_is_filtered_by_actor() {
    let test = TestBackend::new().await;
    let (admin, admins) = test.add_person(Role::Admin).await;
    let (owner, owners) = test.add_person(Role::Owner).await;
    let new = new_key("Shop", Grant::All);
    create_as(&test.services, &admins, &new).await;
    create_as(&test.services, &owners, &new_key("Mail", Grant::All)).await;
    create(&test.services, &new_key("Till", Grant::All)).await;
    test.try_password("nobody", "wrong").await.unwrap_err();
    assert_eq!(
        found(&test, query("actor", admin.as_str())).await,
        pairs(&[("key.created", "Shop")])
    );
    assert_eq!(
        found(&test, query("actor", &format!(" {owner} "))).await,
        pairs(&[("key.created", "Mail")])
    );
    assert_eq!(
        found(&test, query("actor", "command_line")).await,
        pairs(&[
            ("key.created", "Till"),
            ("user.created", "owner@example.com"),
            ("user.created", "admin@example.com"),
        ])
    );
    assert_eq!(
        found(&test, query("actor", "system")).await,
        pairs(&[("environment.key_created", "default")])
    );
    assert_eq!(
        found(&test, query("actor", "nobody")).await,
        pairs(&[("user.login_failed", "")])
    );
    for nobody in ["usr_0000000000", "user", "%", "' OR 1=1 --"] {
        assert_eq!(found(&test, query("actor", nobody)).await, [], "{nobody}");
    }
    // People may type an e-mail address, a person's name, or the name of a program.
    for who in ["admin@example.com", "ADMIN@example.com", "admin", "Admin"] {
        assert_eq!(
            found(&test, query("actor", who)).await,
            pairs(&[("key.created", "Shop")]),
            "{who}"
        );
    }
    assert_eq!(
        found(&test, query("actor", "Latchkey")).await,
        found(&test, query("actor", "system")).await
    );
    assert_eq!(
        found(&test, query("actor", "command line")).await,
        found(&test, query("actor", "command_line")).await
    );
}

#[tokio::test]
async fn the_log_is_filtered_by_action() {
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    test.services.keys.disable(&by(), &key.id).await.unwrap();
    test.services.endpoints.retire(&by(), "chat").await.unwrap();
    assert_eq!(
        found(&test, query("action", "key.disabled")).await,
        pairs(&[("key.disabled", "Shop")])
    );
    let keys = pairs(&[("key.disabled", "Shop"), ("key.created", "Shop")]);
    assert_eq!(found(&test, query("action", "key")).await, keys);
    assert_eq!(found(&test, query("action", " key ")).await, keys);
    assert_eq!(
        found(&test, query("action", "endpoint")).await,
        pairs(&[("endpoint.retired", "Chat")])
    );
    for nothing in ["ke", "key.", "keys", "key.c", "%", "key.%", "KEY"] {
        assert_eq!(found(&test, query("action", nothing)).await, [], "{nothing}");
    }
    // The filter offers each action once.
    assert_eq!(
        page(&test, &query("action", "key")).await.actions,
        [
            "endpoint.retired",
            "environment.key_created",
            "key.created",
            "key.disabled"
        ]
    );
}

#[tokio::test]
async fn the_log_is_filtered_by_subject() {
    let test = TestBackend::new().await;
    let mut ids = Vec::new();
    for name in ["Shop", "shop 2", "SHOPPING", "My shop", "100% fun", "100 fun", "Ümlaut"] {
        ids.push(create(&test.services, &new_key(name, Grant::All)).await.id);
    }
    let names = async |subject: &str| {
        let found = found(&test, query("subject", subject)).await;
        found.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
    };
    for text in ["shop", "SHOP", "sHo", " Shop "] {
        assert_eq!(names(text).await, ["SHOPPING", "shop 2", "Shop"], "{text}");
    }
    assert_eq!(
        names("shop ").await,
        ["SHOPPING", "shop 2", "Shop"],
        "spaces around it are ignored"
    );
    assert_eq!(names("SHOP 2").await, ["shop 2"]);
    assert_eq!(names("100%").await, ["100% fun"]);
    assert_eq!(names("Ümlaut").await, ["Ümlaut"]);
    for nothing in ["hop", "_hop", "%", "' OR 1=1 --"] {
        assert_eq!(names(nothing).await, [""; 0], "{nothing}");
    }
    assert_eq!(names(ids[3].as_str()).await, ["My shop"]);
    assert_eq!(
        names(&ids[3].as_str()[..8]).await,
        [""; 0],
        "part of an ID finds nothing"
    );
}

#[tokio::test]
async fn a_name_with_accented_letters_is_found_in_any_case() {
    let test = TestBackend::new().await;
    create(&test.services, &new_key("Überweisung", Grant::All)).await;
    for text in ["Über", "über", "ÜBER"] {
        assert_eq!(
            found(&test, query("subject", text)).await,
            pairs(&[("key.created", "Überweisung")]),
            "{text}"
        );
    }
}

#[tokio::test]
async fn the_log_is_filtered_by_days_in_utc() {
    let test = TestBackend::new().await;
    let to_midnight = DAY - test.services.now().0.rem_euclid(DAY);
    test.clock.advance(to_midnight - 1 + DAY);
    let first = test.services.now().iso_date();
    create(&test.services, &new_key("Last of the first", Grant::All)).await;
    test.clock.advance(1);
    let second = test.services.now().iso_date();
    assert_ne!(first, second);
    create(&test.services, &new_key("First of the second", Grant::All)).await;
    test.clock.advance(DAY - 1);
    create(&test.services, &new_key("Last of the second", Grant::All)).await;
    test.clock.advance(1);
    let third = test.services.now().iso_date();
    create(&test.services, &new_key("First of the third", Grant::All)).await;

    let names = async |from: &str, to: &str| {
        let days = AuditQuery {
            action: "key".to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            ..AuditQuery::default()
        };
        let found = found(&test, days).await;
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

/// The clocks of nodes differ a little, so an event may have an earlier time than the one before it.
#[tokio::test]
async fn days_find_events_whose_numbers_and_times_do_not_rise_together() {
    let test = TestBackend::new().await;
    test.clock.advance(DAY - test.services.now().0.rem_euclid(DAY) + HOUR);
    let today = test.services.now().iso_date();
    create(&test.services, &new_key("Fast clock", Grant::All)).await;
    test.clock.set_forward(-2 * HOUR);
    let yesterday = test.services.now().iso_date();
    assert_ne!(today, yesterday);
    create(&test.services, &new_key("Slow clock", Grant::All)).await;
    test.clock.advance(3 * HOUR);
    create(&test.services, &new_key("Fast clock again", Grant::All)).await;
    let days = |from: &str, to: &str| AuditQuery {
        action: "key.created".to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        ..AuditQuery::default()
    };
    let names = async |query: AuditQuery| {
        let found = found(&test, query).await;
        found.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
    };
    assert_eq!(names(days("", &yesterday)).await, ["Slow clock"]);
    assert_eq!(names(days(&today, "")).await, ["Fast clock again", "Fast clock"]);
    let all = ["Fast clock again", "Fast clock", "Slow clock"];
    assert_eq!(names(days(&yesterday, &today)).await, all);
    // Each page goes on where the page before has ended.
    let mut seen = Vec::new();
    let mut query = days("", &today);
    let size = PageSize::new(1).unwrap();
    loop {
        let page = test.services.audit.page(&by(), &query, size).await.unwrap();
        seen.extend(page.events.into_iter().filter_map(|event| event.subject_name));
        let Some(next) = page.next else { break };
        query.before = next.to_string();
    }
    assert_eq!(seen, all);
    // A number that no event has is a place, too.
    query.before = "1000000".to_owned();
    assert_eq!(names(query).await, all);
}
