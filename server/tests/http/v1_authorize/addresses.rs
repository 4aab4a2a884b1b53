//! Keys that may be used only from certain addresses. Every request of these tests comes from 203.0.113.7.

use backend::keys::NewKey;
use model::address::AllowedAddresses;
use model::endpoint::Grant;
use serde_json::json;

use crate::common::{Setup, TestApp, new_key};

const CHAT: &str = "/api/v1/chat/completions";

fn bound_to(networks: &str) -> NewKey {
    NewKey {
        addresses: AllowedAddresses::read(networks).unwrap(),
        ..new_key(Grant::All)
    }
}

/// A server behind a trusted gateway at 203.0.113.7.
async fn behind_a_gateway() -> TestApp {
    TestApp::with(Setup {
        trusted_proxies: vec!["203.0.113.7/32".parse().unwrap()],
        ..Setup::default()
    })
    .await
}

#[tokio::test]
async fn a_request_from_another_address_gets_403() {
    let app = TestApp::new().await;
    let here = app.create(&bound_to("203.0.113.0/24")).await;
    let elsewhere = app.create(&bound_to("198.51.100.0/24 2001:db8::/32")).await;
    assert_eq!(app.authorize(&here.token, "POST", CHAT).await.status, 200);
    let refused = app.authorize(&elsewhere.token, "POST", CHAT).await;
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (403, "ERR_ADDRESS_NOT_ALLOWED")
    );
    assert_eq!(refused.json()["endpoint"], "chat");
}

#[tokio::test]
async fn a_forged_forwarded_address_is_ignored() {
    let app = TestApp::new().await;
    let key = app.create(&bound_to("198.51.100.0/24")).await;
    for header in ["x-forwarded-for", "forwarded", "x-real-ip"] {
        let answer = app
            .authorize(&key.token, "POST", CHAT)
            .header(header, "198.51.100.1")
            .await;
        assert_eq!(answer.status, 403, "{header}");
    }
}

#[tokio::test]
async fn a_trusted_gateway_names_the_client_address_which_the_client_cannot_change() {
    let app = behind_a_gateway().await;
    let key = app.create(&bound_to("198.51.100.0/24 2001:db8::/32")).await;
    for (forwarded, status) in [
        ("198.51.100.1", 200),
        ("2001:db8::1", 200),
        ("::ffff:198.51.100.1", 200),
        ("192.0.2.1", 403),
        // The client wrote the first address, and the gateway the second.
        ("198.51.100.1, 192.0.2.1", 403),
        ("nonsense, 192.0.2.1", 403),
        ("192.0.2.1, 198.51.100.1", 200),
        ("198.51.100.1:5678", 200),
        ("[2001:db8::1]:443", 200),
        ("[2001:db8::1]", 200),
        ("\"198.51.100.1\"", 200),
        ("192.0.2.1:5678", 403),
        ("nonsense", 403),
        ("", 403),
    ] {
        let answer = app
            .authorize(&key.token, "POST", CHAT)
            .header("x-forwarded-for", forwarded)
            .await;
        assert_eq!(answer.status, status, "{forwarded:?}");
    }
    assert_eq!(app.authorize(&key.token, "POST", CHAT).await.status, 403);
}

#[tokio::test]
async fn the_forwarded_header_is_read_as_well() {
    let app = behind_a_gateway().await;
    let key = app.create(&bound_to("198.51.100.0/24 2001:db8::/32")).await;
    for (forwarded, status) in [
        ("for=198.51.100.1;proto=http;by=203.0.113.7", 200),
        ("For=\"[2001:db8:cafe::17]:4711\"", 200),
        ("for=192.0.2.1, for=198.51.100.1", 200),
        ("for=198.51.100.1, for=192.0.2.1", 403),
        ("for=\", for=192.0.2.1", 403),
        ("for=_hidden", 403),
        ("for=unknown", 403),
    ] {
        let answer = app
            .authorize(&key.token, "POST", CHAT)
            .header("forwarded", forwarded)
            .await;
        assert_eq!(answer.status, status, "{forwarded:?}");
    }
}

#[tokio::test]
async fn a_refusal_says_that_the_address_could_not_be_read() {
    let app = behind_a_gateway().await;
    let key = app.create(&bound_to("198.51.100.0/24")).await;
    let only = "This key may be used from certain addresses only.";
    for (headers, detail) in [
        (
            &[("x-forwarded-for", "192.0.2.1")][..],
            "This key may not be used from this address.".to_owned(),
        ),
        (
            &[("x-forwarded-for", "unknown")],
            format!("The address of the client could not be read from X-Forwarded-For. {only}"),
        ),
        (
            &[("forwarded", "for=_hidden")],
            format!("The address of the client could not be read from Forwarded. {only}"),
        ),
        (
            &[("x-forwarded-for", "198.51.100.1"), ("forwarded", "for=192.0.2.1")],
            format!(
                "The address of the client could not be read: X-Forwarded-For and Forwarded name different ones. {only}"
            ),
        ),
    ] {
        let call = app.authorize(&key.token, "POST", CHAT);
        let answer = headers
            .iter()
            .fold(call, |call, (name, value)| call.header(name, value))
            .await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (403, "ERR_ADDRESS_NOT_ALLOWED")
        );
        assert_eq!(answer.json()["detail"], detail, "{headers:?}");
    }
    // With a key that has no allowed addresses, the address may be unreadable.
    let free = app.create_key(Grant::All).await;
    let answer = app
        .authorize(&free.token, "POST", CHAT)
        .header("x-forwarded-for", "unknown")
        .await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn verify_uses_only_the_address_in_the_request() {
    // The caller is a service, not the client. So neither the caller's own address nor a forwarded address counts.
    for app in [TestApp::new().await, behind_a_gateway().await] {
        let key = app.create(&bound_to("198.51.100.0/24 203.0.113.7")).await;
        let asked = |ip: Option<&str>| json!({ "key": key.token, "endpoint": "chat", "ip": ip });
        assert_eq!(app.verify(&asked(Some("198.51.100.9"))).await.json()["code"], "VALID");
        for ip in [Some("192.0.2.1"), None] {
            let answer = app.verify(&asked(ip)).await;
            assert_eq!(
                (answer.status, &answer.json()["code"]),
                (200, &json!("ADDRESS_NOT_ALLOWED"))
            );
        }
        for ip in ["nonsense", "", "198.51.100.9/32"] {
            assert_eq!(app.verify(&asked(Some(ip))).await.status, 400, "{ip}");
        }
    }
}
