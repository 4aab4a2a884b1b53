//! Sessions, codes and links hold on all nodes, and each code or link works on one of them.

use backend::Services;
use backend::accounts::{Admission, Login, Purpose};
use backend::error::{Error, Forbidden, RefusedLogin};
use model::role::Role;
use model::time::MINUTE;

use super::two_nodes;
use crate::common::PASSWORD;
use crate::common::people::{browser, expect_session};

const ORIGIN: &str = "https://keys.example.com";
const NEW: &str = "another horse, same battery";

async fn log_in(node: &Services, name: &str, password: &str) -> backend::Result<Admission> {
    let login = Login {
        email: format!("{name}@example.com"),
        password: password.into(),
        browser: browser(),
        device: None,
    };
    node.accounts.log_in(login).await
}

async fn ticket(node: &Services) -> String {
    match log_in(node, "ada", PASSWORD).await.unwrap() {
        Admission::CodeNeeded(ticket) => ticket.value().to_owned(),
        Admission::In(_) => panic!("the login asked for no code"),
    }
}

async fn enter(node: &Services, ticket: &str, code: &str) -> backend::Result<()> {
    let session = node.accounts.log_in_with_code(ticket, code, browser()).await;
    session.map(drop)
}

fn is_wrong_code(result: &backend::Result<()>) -> bool {
    matches!(result, Err(Error::RefusedLogin(RefusedLogin::WrongCode)))
}

#[tokio::test]
async fn a_session_is_valid_on_every_node_and_ends_on_every_node() {
    let (test, other) = two_nodes().await;
    test.add_named("ada", Role::Owner).await;
    let session = expect_session(log_in(&test.services, "ada", PASSWORD).await.unwrap());
    let who = other.accounts.session(session.token()).await.unwrap().unwrap();
    assert_eq!(who.me.email, "ada@example.com");
    other.accounts.log_out(session.token(), None).await.unwrap();
    assert!(!test.is_in(&session).await);
}

#[tokio::test]
async fn a_person_who_is_disabled_on_one_node_changes_nothing_on_another() {
    let (test, other) = two_nodes().await;
    test.add_named("ada", Role::Owner).await;
    let id = test.add_named("ben", Role::Admin).await;
    let ada = test.log_in_with_password("ada").await;
    let ben = test.log_in_with_password("ben").await;
    test.services.accounts.disable(&ada.actor, &id).await.unwrap();
    assert!(other.accounts.session(ben.session.token()).await.unwrap().is_none());
    let refused = other.endpoints.retire(&ben.actor, "chat").await.map(drop);
    assert!(refused.is_err(), "the node had read the session before");
    let login = log_in(&other, "ben", PASSWORD).await.map(drop);
    assert!(matches!(
        login,
        Err(Error::RefusedLogin(RefusedLogin::WrongCredentials))
    ));
}

#[tokio::test]
async fn a_code_that_was_used_on_one_node_is_refused_on_another() {
    let (test, other) = two_nodes().await;
    test.add_named("ada", Role::Owner).await;
    let ada = test.log_in_with_password("ada").await;
    let (app, recovery) = test.set_up_second_factor(&ada).await;
    test.clock.advance(MINUTE);
    for code in [app.code(test.now()), recovery[0].clone()] {
        // The ticket of one node is valid on the other, too.
        let (first, second) = (ticket(&test.services).await, ticket(&other).await);
        enter(&other, &first, &code).await.unwrap();
        assert!(is_wrong_code(&enter(&test.services, &second, &code).await), "{code}");
        test.clock.advance(MINUTE);
    }
}

#[tokio::test]
async fn two_nodes_at_once_take_a_code_once() {
    let (test, other) = two_nodes().await;
    test.add_named("ada", Role::Owner).await;
    let ada = test.log_in_with_password("ada").await;
    let (app, recovery) = test.set_up_second_factor(&ada).await;
    test.clock.advance(MINUTE);
    for code in [app.code(test.now()), recovery[0].clone()] {
        let (first, second) = (ticket(&test.services).await, ticket(&other).await);
        let (first, second) = tokio::join!(enter(&test.services, &first, &code), enter(&other, &second, &code));
        assert_ne!(first.is_ok(), second.is_ok(), "{code}: {first:?} {second:?}");
        assert!(is_wrong_code(&first) || is_wrong_code(&second));
    }
}

#[tokio::test]
async fn a_link_that_was_used_on_one_node_is_refused_on_another() {
    let (test, other) = two_nodes().await;
    test.add_named("ada", Role::Owner).await;
    let id = test.add_named("ben", Role::Viewer).await;
    let ada = test.log_in_with_password("ada").await;
    let accounts = &test.services.accounts;
    let link = accounts.issue_reset_link(&ada.actor, &id, ORIGIN).await.unwrap();
    let secret = link.url.split("?link=").nth(1).unwrap();
    assert!(other.accounts.link_is_good(Purpose::Reset, secret).await.unwrap());
    accounts.reset_password(secret, NEW.into(), browser()).await.unwrap();
    let again = other.accounts.reset_password(secret, PASSWORD.into(), browser()).await;
    assert!(matches!(again.map(drop), Err(Error::Forbidden(Forbidden::SpentLink))));
    expect_session(log_in(&other, "ben", NEW).await.unwrap());
}

#[tokio::test]
async fn two_nodes_at_once_take_a_link_once() {
    let (test, other) = two_nodes().await;
    let link = test.services.accounts.issue_setup_link().await.unwrap();
    let set_up = async |node: &Services, email: &str| {
        let session = node
            .accounts
            .set_up(link.secret(), email, PASSWORD.into(), browser())
            .await;
        session.map(drop)
    };
    let (first, second) = tokio::join!(
        set_up(&test.services, "ada@example.com"),
        set_up(&other, "ben@example.com")
    );
    assert_ne!(first.is_ok(), second.is_ok(), "{first:?} {second:?}");
}
