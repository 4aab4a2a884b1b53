//! The answer leads back to the screen, which is then as the person has chosen.

use crate::common::TestApp;

#[tokio::test]
async fn a_theme_and_the_zone_of_times_are_remembered() {
    let app = TestApp::new().await.with_owner().await;
    let page = app.get("/keys").await.body;
    assert!(page.contains("data-theme=\"system\" data-times=\"local\""), "{page}");
    for (field, word) in [("theme", "dark"), ("times", "utc")] {
        let answer = app
            .post_form("/preferences", &[(field, word), ("next", "/keys?search=shop")])
            .await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert_eq!(answer.header("location"), Some("/keys?search=shop"));
        let name = app.cookie(&format!("latchkey_{field}"));
        assert_eq!(
            answer.set_cookies(),
            [format!("{name}={word}; Path=/; Max-Age=31536000; SameSite=Lax")]
        );
    }
    let page = app.get("/keys").await.body;
    assert!(page.contains("data-theme=\"dark\" data-times=\"utc\""), "{page}");
    assert!(page.contains("value=\"dark\" aria-pressed=\"true\""), "{page}");
}

#[tokio::test]
async fn other_words_change_nothing_and_no_answer_leads_elsewhere() {
    let app = TestApp::new().await.with_owner().await;
    let fields = [
        ("theme", "dark; Domain=evil"),
        ("times", ""),
        ("next", "//evil.example"),
    ];
    let answer = app.post_form("/preferences", &fields).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
    assert!(answer.set_cookies().is_empty());
}
