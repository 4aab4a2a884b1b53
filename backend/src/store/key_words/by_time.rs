//! Reads the keys that a search finds in the order of their creation, out of the index of words.
//!
//! The entries of one word are in that order. Those of several words are not, so the next entries of each word are read and sorted.

use sea_orm::sea_query::{Condition, Expr, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, ExprTrait, Order, Statement, Value};

use super::search::{Alternatives, begins, has_words, yes};
use crate::error::Result;
use crate::store::entities::api_key_word::{Column, Entity};
use crate::store::statement::{read_one, statement};

/// The most words of which the next entries are read.
const WORDS_MOST: usize = 8;

/// Where a page starts: the time and the ID of the key before it.
pub(crate) type Start = (Value, String);

/// The name of the entries of one word in a statement.
const ENTRIES: &str = "entries";

impl Alternatives {
    /// Whether a page of keys in the order of their creation reads only few entries of the index.
    pub(crate) const fn is_in_order_of_time(&self) -> bool {
        !self.whole_words.is_empty() && !self.is_by_key()
    }

    /// The first keys with all words, newest or oldest first, out of the index of words alone. `None` if a key may have something else.
    pub(crate) fn select_by_time(&self, order: &Order, start: Option<&Start>, most: u64) -> Option<SelectStatement> {
        let (rarest, others) = self.words.split_first()?;
        if self.is_by_key() {
            return None;
        }
        let entries = |word: Condition| {
            let mut entries = Query::select();
            entries
                .columns([Column::KeyId, Column::CreatedAt])
                .from(Entity)
                .cond_where(word);
            if !others.is_empty() {
                entries.and_where(yes(has_words(others, &Expr::col((Entity, Column::KeyId)))));
            }
            if let Some((value, last)) = start {
                let place = Expr::tuple([Expr::col(Column::CreatedAt), Expr::col(Column::KeyId)]);
                let last = Expr::tuple([Expr::val(value.clone()), Expr::val(last.clone())]);
                entries.and_where(match order {
                    Order::Desc => place.lt(last),
                    _ => place.gt(last),
                });
            }
            entries
        };
        let first = |mut entries: SelectStatement| {
            entries
                .order_by(Column::CreatedAt, order.clone())
                .order_by(Column::KeyId, order.clone())
                .limit(most);
            entries
        };
        let mut of_words = self.whole_words.iter().map(|word| {
            let entries = first(entries(Condition::all().add(Column::Word.eq(word.as_str()))));
            let mut select = Query::select();
            select
                .columns([Column::KeyId, Column::CreatedAt])
                .from_subquery(entries, ENTRIES);
            select
        });
        let Some(mut select) = of_words.next() else {
            let mut all = entries(begins((Entity, Column::Word), rarest));
            all.distinct();
            return Some(first(all));
        };
        // A key may have several of the words.
        for of_word in of_words {
            select.union(UnionType::Distinct, of_word);
        }
        Some(first(select))
    }
}

/// The words that begin with a text, in their order. `None` if there are more than [`WORDS_MOST`].
pub(super) async fn words_that_begin_with(db: &impl ConnectionTrait, beginning: &str) -> Result<Option<Vec<String>>> {
    let mut words: Vec<String> = Vec::new();
    loop {
        let statement = next_word(db.get_database_backend(), beginning, words.last());
        let Some(word) = read_one(db, statement).await? else {
            return Ok(Some(words));
        };
        if words.len() == WORDS_MOST {
            return Ok(None);
        }
        words.push(word);
    }
}

/// The first word that begins with the text, or the first one after another.
fn next_word(database: DbBackend, beginning: &str, after: Option<&String>) -> Statement {
    let end = format!("{beginning}{}", char::MAX);
    match after {
        None => statement(
            database,
            "SELECT word FROM api_key_words WHERE word >= ? AND word < ? ORDER BY word LIMIT 1",
            [beginning.into(), end.into()],
        ),
        Some(after) => statement(
            database,
            "SELECT word FROM api_key_words WHERE word > ? AND word < ? ORDER BY word LIMIT 1",
            [after.into(), end.into()],
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::postgres::query_plan::{add_keys, new_store, rows_read};
    use crate::store::sqlite::query_plan::{empty_store, plan};

    fn alternatives(words: &[&str], whole_words: &[&str]) -> Alternatives {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Alternatives {
            words: owned(words),
            whole_words: owned(whole_words),
            ..Alternatives::default()
        }
    }

    fn start() -> Start {
        (Value::from(1_i64), "key_0123456789".to_owned())
    }

    #[tokio::test]
    async fn the_entries_of_each_word_are_read_in_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        for words in [&["shop"][..], &["shop", "shopping"]] {
            for order in [Order::Desc, Order::Asc] {
                for start in [None, Some(&start())] {
                    let select = alternatives(&["shop", "depot"], words).select_by_time(&order, start, 51);
                    let plan = plan(&store, DbBackend::Sqlite.build(&select.unwrap())).await;
                    let sought = if start.is_none() {
                        "(word=?)"
                    } else {
                        "(word=? AND (created_at,key_id)"
                    };
                    let seeks = plan.iter().filter(|step| step.contains(sought)).count();
                    assert_eq!(seeks, words.len(), "{plan:#?}");
                    assert!(!plan.iter().any(|step| step.starts_with("SCAN api_key")), "{plan:#?}");
                }
            }
        }
    }

    #[tokio::test]
    async fn the_next_word_is_looked_up() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        for after in [None, Some("shop".to_owned())] {
            let plan = plan(&store, next_word(DbBackend::Sqlite, "sho", after.as_ref())).await;
            assert!(plan.len() == 1 && plan[0].starts_with("SEARCH"), "{plan:#?}");
        }
    }

    #[test]
    fn what_is_not_in_the_index_of_words_is_not_read_from_it() {
        let of_key = Alternatives {
            id: Some("key_".to_owned()),
            ..alternatives(&["key"], &["key"])
        };
        assert!(!of_key.is_in_order_of_time());
        assert!(of_key.select_by_time(&Order::Desc, None, 51).is_none());
        assert!(!alternatives(&["shop"], &[]).is_in_order_of_time());
        assert!(alternatives(&["shop"], &["shop"]).is_in_order_of_time());
    }

    /// All 30,000 keys have the word “shop”.
    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_a_page_reads_few_entries() {
        let store = new_store().await;
        add_keys(&store).await;
        let words = words_that_begin_with(&store.db, "sho").await.unwrap();
        assert_eq!(words, Some(vec!["shop".to_owned()]));
        assert_eq!(words_that_begin_with(&store.db, "1").await.unwrap(), None);
        for start in [None, Some(&start())] {
            for order in [Order::Desc, Order::Asc] {
                let select = alternatives(&["sho"], &["shop"])
                    .select_by_time(&order, start, 51)
                    .unwrap();
                let (read, plan) = rows_read(&store, DbBackend::Postgres.build(&select)).await;
                let entries = read.get("api_key_words").copied().unwrap_or_default();
                assert!(entries <= 100.0, "{entries} entries read, {plan:#}");
            }
        }
        let (read, plan) = rows_read(&store, next_word(DbBackend::Postgres, "sho", Some(&"shop".to_owned()))).await;
        assert!(
            read.get("api_key_words").copied().unwrap_or_default() <= 1.0,
            "{plan:#}"
        );
        store.close().await.unwrap();
    }
}
