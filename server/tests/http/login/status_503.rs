//! Too many people log in at once.

use std::future::IntoFuture as _;

use backend::HashingCost;
use futures_util::future::join_all;
use model::role::Role;

use crate::common::{Setup, TestApp};

#[tokio::test]
async fn a_login_beyond_the_queue_is_told_to_come_back() {
    let app = TestApp::with(Setup {
        trusted_proxies: vec!["203.0.113.7/32".parse().unwrap()],
        hashing_cost: HashingCost::Owasp,
        ..Setup::default()
    })
    .await;
    app.add_user(Role::Owner).await;
    let attempts = (0..250).map(|number| {
        let email = format!("stranger-{number}@example.com");
        app.post_form("/login", &[("email", &email), ("password", "a guess")])
            .header("x-forwarded-for", &format!("198.51.100.{number}"))
            .into_future()
    });
    let answers = join_all(attempts).await;
    let (tried, busy): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 401);
    // The queue takes 64 logins, and more after the first ones are answered.
    assert!(tried.len() >= 64, "{}", tried.len());
    assert!(!busy.is_empty());
    for answer in &busy {
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("2")));
        assert!(
            answer
                .body
                .contains("Too many people are logging in at this moment. Try again in a few seconds."),
            "{}",
            answer.body
        );
    }
    app.log_in(Role::Owner).await;
}
