//! The environment, endpoint or key in the URL does not exist.

use crate::common::TestApp;

#[tokio::test]
async fn an_invalid_question_gets_an_error_and_stays_in_the_form() {
    let app = TestApp::new().await.with_owner().await;
    for (query, sentence) in [
        (
            "range=fortnight",
            "There is no such range. Choose 24h, 7d, 30d or 400d.",
        ),
        ("from=yesterday", "From is not a day; write it like 2027-02-20."),
        ("to=2026-02-30", "To is not a day; write it like 2027-02-20."),
        (
            "from=2026-11-20&to=2026-11-19",
            "From is after To. Choose an earlier first day or a later last one.",
        ),
        (
            "from=2200-01-01",
            "From is a day that has not begun. Days begin and end in UTC.",
        ),
        (
            "from=2001-01-01",
            "From is too early: usage is kept for 400 days, here since ",
        ),
        (
            "key=Shop",
            "No key is called “Shop”. Choose one from the list, or enter a key ID like key_8fQ2nLw0Zz.",
        ),
        (
            "customer=nobody",
            "There is no customer “nobody”, or several have this name. Choose one from the list, or enter its external ID or its ID.",
        ),
        (
            "customer=cus_0123456789&key=key_0123456789",
            "Requests are counted by key and by customer, but not by both at once. Choose a key or a customer.",
        ),
    ] {
        let page = app.get(&format!("/usage?{query}")).await;
        assert_eq!(page.status, 409, "{query}");
        assert!(page.body.contains(sentence), "{query}");
        assert!(page.body.contains("aria-label=\"Usage\""), "the form is there");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_day_is_said_at_its_field() {
    let app = TestApp::new().await.with_owner().await;
    let page = app.get("/usage?from=2026-11-20&to=2026-11-19&endpoint=chat").await;
    assert_eq!(page.status, 409);
    let input = |name: &str| {
        let start = format!("id=\"{name}\"");
        let inputs = page
            .body
            .split("<input")
            .skip(1)
            .map(|rest| rest.split('>').next().unwrap());
        inputs.clone().find(|input| input.contains(&start)).unwrap().to_owned()
    };
    let (from, to) = (input("from"), input("to"));
    assert!(
        from.contains("aria-invalid=\"true\"") && from.contains("usage-problem"),
        "{from}"
    );
    assert!(!to.contains("aria-invalid"), "{to}");
    // What was typed stays.
    assert_eq!((page.field("from"), page.field("to")), ("2026-11-20", "2026-11-19"));
    assert!(
        page.body.contains("id=\"usage-problem\" role=\"alert\""),
        "{}",
        page.body
    );
}
