//! What a program's request adds to a change: a condition, and an answer that is kept under an Idempotency-Key.

use std::sync::Arc;

use backend::audit::Actor;
use backend::error::RefusedRequest;
use backend::{ChangeRequest, Error, IdempotencyKey, KeptAnswer, Made, Services};
use model::environment::EnvironmentForm;
use model::form_values::FormValues;
use model::key_list::KeyQuery;
use model::list::{ListQuery, PageSize};
use model::time::{DAY, HOUR};
use tokio::task::JoinSet;

use crate::common::TestBackend;

fn form(name: &str) -> FormValues {
    FormValues::from([("name", name), ("environment", "default"), ("expires", "never")])
}

/// The answer has what only this very change can tell.
fn compose(made: &Made<'_>, change: i64) -> KeptAnswer {
    let Made::Key { key, token } = made else {
        panic!("{made:?}");
    };
    KeptAnswer {
        status: 201,
        headers: vec![("latchkey-change".to_owned(), change.to_string())],
        body: format!("{} {}", key.row.id, token.reveal()),
    }
}

fn request(idempotency_key: &str, body: &str) -> Arc<ChangeRequest> {
    let key = IdempotencyKey::new("command_line", idempotency_key, "POST", "/keys", body.as_bytes());
    Arc::new(ChangeRequest::default().answered_with(compose).kept_under(Some(key)))
}

/// Creates a key as the management API does.
async fn create(services: &Services, idempotency_key: &str, name: &str) -> backend::Result<KeptAnswer> {
    let request = request(idempotency_key, name);
    let actor = Actor::command_line().with_request(Arc::clone(&request));
    match services.keys.create(&actor, &form(name)).await {
        Ok(_) | Err(Error::RefusedRequest(RefusedRequest::AnsweredBefore)) => Ok(request.answer().unwrap().clone()),
        Err(error) => Err(error),
    }
}

async fn keys(services: &Services) -> usize {
    let (records, _) = services
        .keys
        .list_records(&Actor::command_line(), &KeyQuery::default(), PageSize::USUAL)
        .await
        .unwrap();
    records.len()
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer_and_makes_nothing_twice() {
    let test = TestBackend::new().await;
    let first = create(&test.services, "order-1", "Shop").await.unwrap();
    let events = test.events().await;
    let again = create(&test.services, "order-1", "Shop").await.unwrap();
    assert!(first == again, "the token and the number of the change, too");
    // Another process knows it as well, as after a crash.
    let other = test.another(2).await;
    assert!(first == create(&other, "order-1", "Shop").await.unwrap());
    assert_eq!((keys(&test.services).await, test.events().await), (1, events));
}

#[tokio::test]
async fn another_request_under_the_same_key_is_refused() {
    let test = TestBackend::new().await;
    create(&test.services, "order-1", "Shop").await.unwrap();
    let other = create(&test.services, "order-1", "Other").await;
    assert!(matches!(
        other,
        Err(Error::RefusedRequest(RefusedRequest::OtherRequest))
    ));
    assert_eq!(keys(&test.services).await, 1);
}

#[tokio::test]
async fn many_equal_requests_at_once_make_one_key_and_get_one_answer() {
    let test = TestBackend::new().await;
    let mut all = JoinSet::new();
    for _ in 0..100 {
        let services = Arc::clone(&test.services);
        all.spawn(async move { create(&services, "order-1", "Shop").await.unwrap() });
    }
    let answers = all.join_all().await;
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(keys(&test.services).await, 1);
}

#[tokio::test]
async fn an_answer_is_kept_for_a_day() {
    let test = TestBackend::new().await;
    create(&test.services, "order-1", "Shop").await.unwrap();
    test.clock.advance(DAY);
    create(&test.services, "order-1", "Shop").await.unwrap();
    assert_eq!(keys(&test.services).await, 1);
    test.clock.advance(1);
    create(&test.services, "order-1", "Shop").await.unwrap();
    assert_eq!(keys(&test.services).await, 2);
}

/// The clock of the machine is set an hour forward or back between two equal requests, or was wrong at the first one.
#[tokio::test]
async fn a_clock_that_jumps_changes_no_answer() {
    let test = TestBackend::new().await;
    let first = create(&test.services, "order-1", "Shop").await.unwrap();
    for jump in [HOUR, -HOUR, -HOUR, HOUR] {
        test.clock.set_forward(jump);
        assert!(
            first == create(&test.services, "order-1", "Shop").await.unwrap(),
            "{jump}"
        );
    }
    for (number, jump) in [HOUR, -HOUR].into_iter().enumerate() {
        let key = format!("order-of-wrong-clock-{number}");
        test.clock.set_forward(jump);
        let wrong = create(&test.services, &key, "Shop").await.unwrap();
        test.clock.set_forward(-jump);
        assert!(wrong == create(&test.services, &key, "Shop").await.unwrap(), "{jump}");
        // Answers that are too old are removed where another is kept.
        create(&test.services, &format!("{key}-next"), "Shop").await.unwrap();
        assert!(wrong == create(&test.services, &key, "Shop").await.unwrap(), "{jump}");
    }
    assert!(first == create(&test.services, "order-1", "Shop").await.unwrap());
    assert_eq!(keys(&test.services).await, 5);
}

#[tokio::test]
async fn the_database_shows_neither_the_token_nor_the_idempotency_key() {
    let test = TestBackend::new().await;
    let answer = create(&test.services, "order-of-a-customer", "Shop").await.unwrap();
    let token = answer.body.split(' ').nth(1).unwrap();
    assert!(token.starts_with("sk_live_"));
    assert!(!test.stores(token).await);
    assert!(!test.stores("order-of-a-customer").await);
    assert!(test.stores("Shop").await, "the test looks at the stored bytes");
}

#[tokio::test]
async fn a_refused_request_is_not_kept() {
    let test = TestBackend::new().await;
    let refused = create(&test.services, "order-1", "").await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
    create(&test.services, "order-1", "Shop").await.unwrap();
}

#[tokio::test]
async fn a_question_is_kept_without_a_change() {
    let test = TestBackend::new().await;
    let change = test.services.cluster.last_change().await.unwrap();
    let answer = |body: &str| KeptAnswer {
        status: 200,
        headers: Vec::new(),
        body: body.to_owned(),
    };
    let first = request("question-1", "why");
    assert!(!test.services.find_kept_answer(&first).await.unwrap());
    test.services.keep_answer(&first, answer("because")).await.unwrap();
    let again = request("question-1", "why");
    assert!(test.services.find_kept_answer(&again).await.unwrap());
    assert_eq!(again.answer().unwrap().body, "because");
    // Another answer came first.
    let late = request("question-1", "why");
    test.services
        .keep_answer(&late, answer("for another reason"))
        .await
        .unwrap();
    assert_eq!(late.answer().unwrap().body, "because");
    assert_eq!(test.services.cluster.last_change().await.unwrap(), change);
}

/// A change on the condition that the environment still has this name. The condition reads what the mutation sees.
async fn rename_if_named(services: &Arc<Services>, expected: &'static str, new: &str) -> backend::Result<String> {
    let by = Actor::command_line();
    let page = services.environments.list_summaries(&by, &ListQuery::default()).await?;
    let id = page.environments[0].id.clone();
    let (reader, its) = (Arc::clone(services), id.clone());
    let condition: backend::Condition = Box::new(move || {
        let (services, id) = (Arc::clone(&reader), its.clone());
        Box::pin(async move {
            let query = ListQuery::only(id.as_str());
            let by = Actor::command_line();
            let page = services.environments.list_summaries(&by, &query).await?;
            Ok(page.environments[0].name == expected)
        })
    });
    let request = Arc::new(ChangeRequest::default().on_condition(Some(condition)));
    let form = EnvironmentForm {
        name: new.to_owned(),
        kind: String::new(),
    };
    let actor = by.with_request(Arc::clone(&request));
    let name = services.environments.rename(&actor, &id, &form).await?;
    assert_eq!(request.change(), Some(services.cluster.last_change().await?));
    Ok(name)
}

#[tokio::test]
async fn a_change_is_made_only_on_its_condition() {
    let test = TestBackend::new().await;
    assert_eq!(rename_if_named(&test.services, "default", "one").await.unwrap(), "one");
    let events = test.events().await;
    let refused = rename_if_named(&test.services, "default", "two").await;
    assert!(matches!(
        refused,
        Err(Error::RefusedRequest(RefusedRequest::ConditionFailed))
    ));
    assert_eq!(test.events().await, events);
}

/// The condition is asked inside the mutation: checked before it, both of two changes at once would pass.
#[tokio::test]
async fn of_two_changes_on_one_condition_one_is_made() {
    let test = TestBackend::new().await;
    let mut all = JoinSet::new();
    for number in 0..20 {
        let services = Arc::clone(&test.services);
        all.spawn(async move {
            rename_if_named(&services, "default", &format!("name-{number}"))
                .await
                .is_ok()
        });
    }
    let made = all.join_all().await.into_iter().filter(|made| *made).count();
    assert_eq!(made, 1);
}
