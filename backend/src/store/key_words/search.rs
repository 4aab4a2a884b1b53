//! What the search of the list finds: keys by the beginnings of words of their names, by the beginning of their ID, and by the last four
//! characters of their token.
//!
//! Up to [`SEEK_MOST`] keys are looked up first, and the statements of the list get their IDs. The rarest word is looked up in its
//! index, and the others are tested for each of its keys, so that one rare word makes a search fast. If more keys match, the list reads
//! its own order and tests each key. How often a word occurs is counted up to [`COUNT_MOST`]; beyond that, the other filters of the
//! list are looked up and the words are tested, and not the other way round.

use std::collections::BTreeSet;

use model::id::KeyId;
use model::name;
use model::words;
use sea_orm::sea_query::{CaseStatement, Expr, IntoColumnRef, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbBackend, ExprTrait, Statement};

use super::by_time::words_that_begin_with;
use super::unindexed;
use crate::error::Result;
use crate::store::column::Stored;
use crate::store::entities::api_key::{self, Column as KeyColumn};
use crate::store::entities::api_key_word::{Column, Entity};
use crate::store::padded::padded;
use crate::store::statement::{read_one, statement};

/// The longest search text that is used, in characters. The rest of a longer one is ignored.
pub(crate) const SEARCH_MAX: usize = 100;
/// Number of characters of a token that are stored as plain text.
const LAST_FOUR: usize = 4;
/// The most keys that are looked up by their IDs.
const SEEK_MOST: usize = 1_000;
/// How far the entries of a word are counted.
const COUNT_MOST: u64 = 20_000;
/// The most entries of the index that are read for them. A key has several entries for one beginning if several of its words have it.
const ENTRIES_MOST: u64 = 2 * SEEK_MOST as u64 + 1;
/// The most keys without stored words that a search reads. There are more only while this version indexes an old database.
const UNINDEXED_MOST: u64 = 1_000;
/// The name of the second table of words in a statement.
const OTHER: &str = "other_words";

/// The keys that a search finds.
#[derive(Clone, Debug)]
pub(crate) enum Search {
    /// These keys, at most [`SEEK_MOST`].
    Few(Vec<Stored<KeyId>>),
    /// More keys, by what they have.
    Many(Alternatives),
}

/// What a key must have one of to be found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Alternatives {
    /// A word with each of these beginnings, the rarest first.
    pub(crate) words: Vec<String>,
    /// The words that begin with the rarest one, if these are few. They are looked up only if the keys are not.
    pub(crate) whole_words: Vec<String>,
    /// This beginning of the name. Only for a text without words.
    pub(crate) name: Option<String>,
    /// This beginning of the key ID.
    pub(crate) id: Option<String>,
    pub(crate) last_four: Option<String>,
    /// Whether so many keys have it that looking them up would take long.
    pub(crate) is_frequent: bool,
}

/// The keys found so far.
#[derive(Default)]
struct Found {
    ids: BTreeSet<Stored<KeyId>>,
    has_more: bool,
}

impl Search {
    /// Finds the keys. `None` if the text has nothing to search for.
    pub(crate) async fn find(db: &impl ConnectionTrait, text: &str) -> Result<Option<Self>> {
        let searched = name::searched(text, SEARCH_MAX);
        if searched.is_empty() {
            return Ok(None);
        }
        let mut alternatives = Alternatives::of(&searched);
        let mut found = Found::default();
        let rarest = alternatives.sort_words(db).await?;
        alternatives.is_frequent = rarest > COUNT_MOST;
        if alternatives.words.len() == 1 && rarest > ENTRIES_MOST {
            found.has_more = true;
        } else if let Some(select) = alternatives.select_by_words() {
            found.add(db, select).await?;
        }
        for select in alternatives.selects_by_key() {
            found.add(db, select).await?;
            alternatives.is_frequent |= found.has_more;
        }
        if let Some(select) = alternatives.select_by_last_four()
            && !found.add(db, select).await?
        {
            // It need not be tested.
            alternatives.last_four = None;
        }
        for key in unindexed(db, UNINDEXED_MOST).await? {
            if alternatives.match_name(&key.name_lower) {
                found.ids.insert(key.id);
            }
        }
        if !found.has_more && found.ids.len() <= SEEK_MOST {
            return Ok(Some(Self::Few(found.ids.into_iter().collect())));
        }
        if let (Some(rarest), false) = (alternatives.words.first(), alternatives.is_by_key()) {
            let whole_words = words_that_begin_with(db, rarest).await?;
            alternatives.whole_words = whole_words.unwrap_or_default();
        }
        Ok(Some(Self::Many(alternatives)))
    }

    /// The condition for a statement that reads keys in another order, or by another filter, and tests each.
    pub(crate) fn tested(&self) -> Expr {
        match self {
            Self::Few(ids) => has_id(ids),
            Self::Many(alternatives) => yes(alternatives.condition()),
        }
    }

    /// The condition for a statement that looks up the keys by the search.
    pub(crate) fn sought(&self) -> Expr {
        match self {
            Self::Few(ids) => has_id(ids),
            Self::Many(alternatives) => match alternatives.union() {
                Some(select) => KeyColumn::Id.in_subquery(select),
                None => has_id(&[]),
            },
        }
    }

    /// The condition for a statement that counts keys: looked up by the search, or by the other filters if the search finds too many.
    pub(crate) fn narrowing(&self) -> Expr {
        match self {
            Self::Many(alternatives) if alternatives.is_frequent => self.tested(),
            _ => self.sought(),
        }
    }
}

impl Found {
    /// Adds the keys of a statement. Returns whether there are any.
    async fn add(&mut self, db: &impl ConnectionTrait, mut select: SelectStatement) -> Result<bool> {
        select.limit(ENTRIES_MOST);
        let rows = db.query_all(&select).await?;
        self.has_more |= rows.len() as u64 == ENTRIES_MOST;
        for row in &rows {
            self.ids.insert(row.try_get_by_index(0)?);
        }
        Ok(!rows.is_empty())
    }
}

impl Alternatives {
    /// `searched` is a text as [`name::searched`] reads it.
    fn of(searched: &str) -> Self {
        let words = words::of_search(searched);
        // A text that cannot be a key ID or the end of a token is not searched as one.
        let is_id = searched.starts_with(KeyId::PREFIX) || KeyId::PREFIX.starts_with(searched);
        let is_last_four = searched.chars().count() == LAST_FOUR;
        Self {
            name: words.is_empty().then(|| searched.to_lowercase()),
            words,
            whole_words: Vec::new(),
            id: is_id.then(|| searched.to_owned()),
            last_four: is_last_four.then(|| searched.to_owned()),
            is_frequent: false,
        }
    }

    /// Sorts the words by the number of keys that have them. Returns that number for the first, as far as it is counted.
    async fn sort_words(&mut self, db: &impl ConnectionTrait) -> Result<u64> {
        let mut counted = Vec::with_capacity(self.words.len());
        for word in std::mem::take(&mut self.words) {
            let count: Option<i64> = read_one(db, count(db.get_database_backend(), &word)).await?;
            counted.push((u64::try_from(count.unwrap_or_default()).unwrap_or_default(), word));
        }
        counted.sort();
        let rarest = counted.first().map_or(0, |(count, _)| *count);
        self.words = counted.into_iter().map(|(_, word)| word).collect();
        Ok(rarest)
    }

    /// Whether a key may be found by its ID or its token.
    pub(super) const fn is_by_key(&self) -> bool {
        self.id.is_some() || self.last_four.is_some()
    }

    fn match_name(&self, lower: &str) -> bool {
        match &self.name {
            Some(name) => lower.starts_with(name.as_str()),
            None => words::match_all(&words::of_name(lower), &self.words),
        }
    }

    /// A statement for the beginning of the name and one for that of the ID.
    fn selects_by_key(&self) -> Vec<SelectStatement> {
        let by_key = |column: KeyColumn, beginning: &Option<String>| {
            let beginning = beginning.as_deref()?;
            Some(select_keys().cond_where(begins(column, beginning)).to_owned())
        };
        let all = [
            by_key(KeyColumn::NameLower, &self.name),
            by_key(KeyColumn::Id, &self.id),
        ];
        all.into_iter().flatten().collect()
    }

    fn select_by_last_four(&self) -> Option<SelectStatement> {
        let last_four = self.last_four.as_deref()?;
        Some(
            select_keys()
                .and_where(KeyColumn::TokenLastFour.eq(last_four))
                .to_owned(),
        )
    }

    /// The keys with all words: those with the rarest one are looked up, and the others are tested.
    fn select_by_words(&self) -> Option<SelectStatement> {
        let (rarest, others) = self.words.split_first()?;
        let key_id = (Entity, Column::KeyId);
        let mut select = Query::select();
        select
            .column(key_id)
            .from(Entity)
            .cond_where(begins((Entity, Column::Word), rarest));
        if !others.is_empty() {
            select.and_where(yes(has_words(others, &Expr::col(key_id))));
        }
        Some(select)
    }

    /// All alternatives as one statement.
    fn union(&self) -> Option<SelectStatement> {
        let by_words = self.select_by_words().into_iter();
        let by_key = self.selects_by_key().into_iter().chain(self.select_by_last_four());
        let mut selects = by_words.chain(by_key);
        let mut first = selects.next()?;
        for select in selects {
            first.union(UnionType::All, select);
        }
        Some(first)
    }

    fn condition(&self) -> Condition {
        let mut any = Condition::any();
        if !self.words.is_empty() {
            any = any.add(has_words(&self.words, &Expr::col((api_key::Entity, KeyColumn::Id))));
        }
        if let Some(name) = &self.name {
            any = any.add(begins((api_key::Entity, KeyColumn::NameLower), name));
        }
        if let Some(id) = &self.id {
            any = any.add(begins((api_key::Entity, KeyColumn::Id), id));
        }
        if let Some(last_four) = &self.last_four {
            any = any.add(Expr::col((api_key::Entity, KeyColumn::TokenLastFour)).eq(last_four.as_str()));
        }
        any
    }
}

/// Whether a key has a word with each of these beginnings.
pub(super) fn has_words(words: &[String], key_id: &Expr) -> Condition {
    words.iter().fold(Condition::all(), |all, word| {
        let mut others = Query::select();
        others
            .expr(Expr::val(1))
            .from_as(Entity, OTHER)
            .and_where(Expr::col((OTHER, Column::KeyId)).eq(key_id.clone()))
            .cond_where(begins((OTHER, Column::Word), word));
        all.add(Expr::exists(others))
    })
}

/// The condition for texts with this beginning. A range rather than LIKE: it uses the index, and no character in it is special.
pub(super) fn begins(column: impl IntoColumnRef, beginning: &str) -> Condition {
    let column = column.into_column_ref();
    let end = format!("{beginning}{}", char::MAX);
    Condition::all()
        .add(Expr::col(column.clone()).gte(beginning))
        .add(Expr::col(column).lt(end))
}

/// A condition that is tested for each row. Inside CASE, no database turns it into a join that reads all rows.
pub(super) fn yes(condition: Condition) -> Expr {
    Expr::expr(CaseStatement::new().case(condition, 1).finally(0)).eq(1)
}

fn has_id(ids: &[Stored<KeyId>]) -> Expr {
    if ids.is_empty() {
        // No key has this ID.
        return KeyColumn::Id.eq("");
    }
    KeyColumn::Id.is_in(padded(ids.iter().cloned()))
}

fn select_keys() -> SelectStatement {
    Query::select().column(KeyColumn::Id).from(api_key::Entity).to_owned()
}

fn count(database: DbBackend, word: &str) -> Statement {
    let sql = "SELECT count(*) FROM (SELECT 1 FROM api_key_words WHERE word >= ? AND word < ? LIMIT ?) AS entries";
    let end = format!("{word}{}", char::MAX);
    statement(database, sql, [word.into(), end.into(), (COUNT_MOST + 1).into()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use crate::store::postgres::query_plan::{add_keys, new_store, rows_read};
    use crate::store::sqlite::query_plan::{empty_store, plan};

    fn alternatives(text: &str) -> Alternatives {
        Alternatives::of(text)
    }

    async fn assert_sought(store: &Store, what: &str, statement: Statement) {
        let plan = plan(store, statement).await;
        assert!(plan.iter().any(|step| step.starts_with("SEARCH")), "{what}: {plan:#?}");
        assert!(
            !plan.iter().any(|step| step.starts_with("SCAN api_key")),
            "{what}: {plan:#?}"
        );
    }

    #[test]
    fn a_text_is_searched_only_as_what_it_can_be() {
        let all = alternatives("key_");
        assert_eq!((all.words, all.name), (vec!["key".to_owned()], None));
        assert_eq!(
            (all.id.as_deref(), all.last_four.as_deref()),
            (Some("key_"), Some("key_"))
        );
        let shop = alternatives("Shop 7");
        assert_eq!(shop.words, ["7", "shop"]);
        assert!(shop.id.is_none() && shop.last_four.is_none() && shop.name.is_none());
        assert_eq!(alternatives("%").name.as_deref(), Some("%"));
    }

    #[tokio::test]
    async fn every_alternative_is_looked_up_in_its_index() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        for text in ["shop", "shop 7 depot", "key_", "%", "9fQ2"] {
            let all = alternatives(text);
            let by_key = all.selects_by_key().into_iter().chain(all.select_by_last_four());
            for select in all.select_by_words().into_iter().chain(by_key) {
                assert_sought(&store, text, DbBackend::Sqlite.build(&select)).await;
            }
            assert_sought(&store, text, count(DbBackend::Sqlite, text)).await;
        }
    }

    /// All 30,000 keys have the word “shop”, and each has its number.
    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_a_rare_word_reads_few_entries() {
        let store = new_store().await;
        add_keys(&store).await;
        let Some(Search::Few(ids)) = Search::find(&store.db, "shop 29999").await.unwrap() else {
            panic!("one key matches")
        };
        assert_eq!(ids.len(), 1);
        let frequent = Search::find(&store.db, "sho").await.unwrap();
        assert!(matches!(frequent, Some(Search::Many(all)) if all.is_frequent));
        let mut rare = alternatives("shop 29999");
        assert_eq!(rare.sort_words(&store.db).await.unwrap(), 1);
        assert_eq!(rare.words, ["29999", "shop"]);
        let select = rare.select_by_words().unwrap();
        let (read, plan) = rows_read(&store, DbBackend::Postgres.build(&select)).await;
        assert!(read["api_key_words"] <= 10.0, "{read:?} {plan:#}");
        let (read, plan) = rows_read(&store, count(DbBackend::Postgres, "shop")).await;
        assert!(read["api_key_words"] <= 20_001.0, "{read:?} {plan:#}");
        store.close().await.unwrap();
    }
}
