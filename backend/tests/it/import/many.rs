//! Imports of many keys, and several imports at once.

use backend::Error;
use backend::audit::Actor;
use model::key_import::{ImportOutcome, KeyImport, MAX_IMPORTED_KEYS};
use model::key_list::KeyQuery;
use model::verify::Code;

use super::{bounded, errors, fields, import, keys, line};
use crate::common::{TestBackend, decide};

#[tokio::test]
async fn many_keys_are_written_in_one_transaction_with_an_event_each() {
    let test = TestBackend::new().await;
    let lines = (1..=MAX_IMPORTED_KEYS).map(|number| {
        let name = format!("Key {number}");
        line(
            number,
            &format!("sk-{number}"),
            &[("name", &name), ("endpoint", "chat")],
        )
    });
    let (before, change) = (test.events().await, test.services.cluster.last_change().await.unwrap());
    let report = import(&test.services, lines.collect()).await;
    assert_eq!((report.written, report.created()), (true, MAX_IMPORTED_KEYS));
    let made = i64::try_from(MAX_IMPORTED_KEYS).unwrap();
    assert_eq!(test.events().await, before + made);
    assert_eq!(test.services.cluster.last_change().await.unwrap(), change + made);
    test.services.cluster.load_index().await.unwrap();
    for number in [1, 400, 401, 1_000] {
        assert_eq!(
            decide(&test.services, &format!("sk-{number}"), "chat").code,
            Code::Valid
        );
        assert_eq!(
            decide(&test.services, &format!("sk-{number}"), "image").code,
            Code::Forbidden
        );
    }
    // Prefixes of names are found, and so are last fours; unknown ones are not mistaken for a search.
    let query = KeyQuery {
        search: "Key 777".to_owned(),
        ..KeyQuery::default()
    };
    let page = test.services.keys.list(&Actor::command_line(), &query).await.unwrap();
    assert_eq!(page.rows.len(), 1);
    assert_eq!(page.rows[0].masked, "imported token");
}

#[tokio::test]
async fn more_endpoints_than_a_transaction_takes_are_refused_at_once() {
    let test = TestBackend::new().await;
    let lines = (1..=21).map(|number| {
        let mut line = line(number, &format!("sk-{number}"), &[]);
        for _ in 0..1_000 {
            line.form.add("endpoint", "chat");
        }
        line
    });
    let refused = test
        .services
        .keys
        .import(&Actor::command_line(), &bounded(lines.collect()), true)
        .await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
}

/// Two imports of one file at once: the second finds what the first has written.
#[tokio::test]
async fn two_imports_at_once_make_each_key_once() {
    let test = TestBackend::new().await;
    let lines = || {
        (1..=50)
            .map(|number| line(number, &format!("sk-{number}"), &[]))
            .collect()
    };
    let (one, other) = tokio::join!(import(&test.services, lines()), import(&test.services, lines()));
    assert!(one.written && other.written);
    assert_eq!(one.created() + other.created(), 50);
    assert_eq!(one.unchanged() + other.unchanged(), 50);
    assert_eq!(keys(&test).await, 50);
}

/// Two files at once that have some tokens in common, one with other settings: one of the files is imported as a whole, and the other
/// is refused as a whole, with a conflict for each token that they share.
#[tokio::test]
async fn of_two_different_imports_at_once_that_share_tokens_one_is_refused() {
    let test = TestBackend::new().await;
    let lines = |tokens: std::ops::Range<usize>, name: &str| -> Vec<KeyImport> {
        let first = tokens.start;
        tokens
            .map(|token| line(token - first + 1, &format!("sk-{token}"), &[("name", name)]))
            .collect()
    };
    let (one, other) = tokio::join!(
        import(&test.services, lines(0..50, "Shop")),
        import(&test.services, lines(30..80, "Store"))
    );
    let (written, refused) = if one.written { (one, other) } else { (other, one) };
    assert!(written.written && !refused.written);
    assert_eq!(written.created(), 50);
    let is_conflict = |(_, outcome): &&(usize, ImportOutcome)| matches!(outcome, ImportOutcome::Conflict(_));
    let conflicts: Vec<_> = refused.lines.iter().filter(is_conflict).collect();
    assert_eq!(conflicts.len(), 20);
    assert!(
        conflicts
            .iter()
            .all(|(number, _)| fields(&errors(&refused, *number)) == ["name"])
    );
    assert_eq!(keys(&test).await, 50);
    assert_eq!(test.details_of("key.imported").await.len(), 50);
}
