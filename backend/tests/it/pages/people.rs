//! Long lists of people and of invitations.

use super::{add_people, read_all, search};
use crate::common::TestBackend;
use backend::audit::Actor;
use model::list::{ListQuery, SHORT_PAGE};
use model::people::InviteForm;
use model::role::Role;

const ORIGIN: &str = "http://localhost:3000";

#[tokio::test]
async fn people_are_read_a_page_at_a_time() {
    let test = TestBackend::new().await;
    add_people(&test, 2_000).await;
    let mut pages = 0;
    let all = read_all(async |after| {
        pages += 1;
        let query = ListQuery {
            after,
            ..ListQuery::default()
        };
        let list = test
            .services
            .accounts
            .list(&Actor::command_line(), &query)
            .await
            .unwrap();
        assert_eq!((list.paging.total, list.paging.matching), (2_000, 2_000));
        (list.people, list.paging)
    })
    .await;
    assert_eq!(pages, 2_000 / SHORT_PAGE);
    let ids: Vec<&str> = all.iter().map(|person| person.id.as_str()).collect();
    let expected: Vec<String> = (0..2_000).map(|number| format!("usr_{number:010}")).collect();
    assert_eq!(ids, expected, "by name, then by ID; each person once");
    assert_eq!(
        test.services
            .accounts
            .list_all(&Actor::command_line())
            .await
            .unwrap()
            .len(),
        2_000
    );
}

#[tokio::test]
async fn people_are_found_by_parts_of_names_and_addresses() {
    let test = TestBackend::new().await;
    add_people(&test, 200).await;
    test.add_named("ämilie", Role::Viewer).await;
    let found = async |text: &str| {
        let list = test
            .services
            .accounts
            .list(&Actor::command_line(), &search(text))
            .await
            .unwrap();
        assert_eq!(list.paging.total, 201, "{text}");
        (list.people.len() as u64, list.paging.matching)
    };
    assert_eq!(found("person 0042").await, (2, 2));
    assert_eq!(found("0042").await, (2, 2));
    assert_eq!(found("P42@EXAMPLE").await, (1, 1));
    assert_eq!(found("example.org").await, (SHORT_PAGE, 200));
    assert_eq!(found("Ämil").await, (1, 1));
    // No character is a wildcard.
    for nothing in ["%", "_erson", "p42@example.org' OR 1=1 --", "\\"] {
        assert_eq!(found(nothing).await, (0, 0), "{nothing}");
    }
    // An invalid cursor gives the first page.
    let query = ListQuery {
        after: "nonsense".to_owned(),
        ..ListQuery::default()
    };
    assert_eq!(
        test.services
            .accounts
            .list(&Actor::command_line(), &query)
            .await
            .unwrap()
            .people
            .len() as u64,
        SHORT_PAGE
    );
    let one = test
        .services
        .accounts
        .list(&Actor::command_line(), &ListQuery::only("usr_0000000150"))
        .await
        .unwrap();
    assert_eq!(one.people.len(), 1);
    assert_eq!(one.people[0].email, "p150@example.org");
}

#[tokio::test]
async fn invitations_have_pages_of_their_own() {
    let test = TestBackend::new().await;
    let by = Actor::command_line();
    for number in 0..60 {
        let form = InviteForm {
            email: format!("guest~{number}@example.org"),
            role: "viewer".to_owned(),
        };
        test.services.accounts.invite(&by, &form, ORIGIN).await.unwrap();
        if number % 7 == 0 {
            test.pass(1_000).await;
        }
    }
    let all = read_all(async |second| {
        let query = ListQuery {
            second,
            ..ListQuery::default()
        };
        let list = test
            .services
            .accounts
            .list(&Actor::command_line(), &query)
            .await
            .unwrap();
        assert_eq!(list.invited.total, 60);
        (list.invitations, list.invited)
    })
    .await;
    assert_eq!(all.len(), 60);
    assert!(all.is_sorted_by(|one, next| one.created_at >= next.created_at));
    let emails: std::collections::BTreeSet<&str> = all.iter().map(|invitation| invitation.email.as_str()).collect();
    assert_eq!(emails.len(), 60);
    let found = test
        .services
        .accounts
        .list(&Actor::command_line(), &search("GUEST~59"))
        .await
        .unwrap();
    assert_eq!(found.invitations.len(), 1);
}
