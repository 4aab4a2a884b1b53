//! What the verifier says, and when it is asked again.

use std::time::{Duration, Instant};

use http::StatusCode;
use latchkey_tower::{Code, Decision, InvalidUrl, Question, Target, Verifier, VerifyError};

use crate::line::Line;
use crate::server::Server;

const UNKNOWN: &str = "sk_live_7Gq2mXv0RkTzLw9BnYd4Hs1PfUe8Jc0CFrPB";
const VALID: &str = r#"{"valid": true, "code": "VALID", "keyId": "key_1", "name": "Shop", "environment": "default",
    "endpoint": "chat", "expiresAt": null, "biasProfile": null}"#;

const fn chat(key: &str) -> Question<'_> {
    Question {
        key,
        target: Target::Endpoint { endpoint: "chat" },
        ip: None,
        min_change: None,
    }
}

#[tokio::test]
async fn a_valid_key_is_told_with_what_belongs_to_it() {
    let server = Server::shared();
    let key = server.key(&["--endpoint", "chat", "--expires", "90d"]).await;
    let decision = Verifier::new(&server.url).unwrap().verify(chat(&key)).await.unwrap();
    let Decision::Valid(key) = decision else {
        panic!("{decision:?}");
    };
    assert!(key.key_id.starts_with("key_"), "{key:?}");
    assert_eq!(
        (key.name.as_str(), key.environment.as_str(), key.endpoint.as_str()),
        ("Shop", "default", "chat")
    );
    assert!(key.expires_at.is_some() && key.bias_profile.is_none() && key.rate_limits.is_none());
}

#[tokio::test]
async fn each_refusal_has_its_code() {
    let server = Server::shared();
    assert_eq!(server.code(UNKNOWN, "chat").await, Code::NotFound);
    assert_eq!(server.code("nonsense", "chat").await, Code::NotFound);

    let key = server.key(&["--endpoint", "image"]).await;
    assert_eq!(server.code(&key, "chat").await, Code::Forbidden);

    let restricted = server.key(&["--allow-address", "203.0.113.0/24"]).await;
    assert_eq!(server.code(&restricted, "chat").await, Code::AddressNotAllowed);
    let there = Question {
        ip: Some([203, 0, 113, 7].into()),
        ..chat(&restricted)
    };
    let decision = Verifier::new(&server.url).unwrap().verify(there).await.unwrap();
    assert!(matches!(decision, Decision::Valid(_)), "{decision:?}");

    let ending = server.key(&["--expires", "1s"]).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(server.code(&ending, "chat").await, Code::Expired);
}

#[tokio::test]
async fn there_is_no_decision_without_the_change_that_must_be_known() {
    let server = Server::shared();
    let question = Question {
        min_change: Some(1_000_000),
        ..chat(UNKNOWN)
    };
    let error = Verifier::new(&server.url).unwrap().verify(question).await.unwrap_err();
    let VerifyError::Undecided { status, retry_after } = error else {
        panic!("{error:?}");
    };
    assert_eq!((status, retry_after), (StatusCode::SERVICE_UNAVAILABLE, Some(1)));
}

#[tokio::test]
async fn a_503_is_waited_for_as_long_as_it_says() {
    let line = Line::script(&[(503, "{}"), (200, VALID)]).await;
    let began = Instant::now();
    let decision = Verifier::new(&line.url).unwrap().verify(chat("x")).await.unwrap();
    assert!(matches!(decision, Decision::Valid(_)), "{decision:?}");
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(line.requests(), 2);
}

#[tokio::test]
async fn tries_have_an_end() {
    let line = Line::script(&[(503, "{}")]).await;
    Verifier::new(&line.url).unwrap().verify(chat("x")).await.unwrap_err();
    assert_eq!(line.requests(), 2);
}

#[tokio::test]
async fn an_answer_that_is_no_decision_allows_nothing() {
    let large = " ".repeat(100_000).leak();
    for (status, body) in [(200, "{}"), (200, "VALID"), (404, VALID), (307, VALID), (200, large)] {
        let line = Line::script(&[(status, body)]).await;
        Verifier::new(&line.url).unwrap().verify(chat("x")).await.unwrap_err();
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_left_after_a_while() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let began = Instant::now();
    let error = Verifier::new(&url).unwrap().verify(chat("x")).await.unwrap_err();
    assert!(matches!(error, VerifyError::TimedOut), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn an_address_that_is_none_is_refused() {
    for url in [
        "",
        "127.0.0.1:3000",
        "https://keys.example.com",
        "http://a:b@keys.example.com",
        "http://x/?y",
        "http://",
    ] {
        assert_eq!(Verifier::new(url).map(drop), Err(InvalidUrl), "{url}");
    }
}

#[test]
fn a_printed_question_does_not_show_the_key() {
    assert!(!format!("{:?}", chat(UNKNOWN)).contains(UNKNOWN));
}
