//! Texts that people search for, as conditions that every database understands.

use std::collections::BTreeSet;

use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait, Func, IntoColumnRef, LikeExpr};

/// The condition for rows that have a text in one of these columns, whatever its case.
pub(crate) fn contains<C: IntoColumnRef>(columns: impl IntoIterator<Item = C>, text: &str) -> Condition {
    let spellings = spellings(text);
    columns.into_iter().fold(Condition::any(), |any, column| {
        let column = column.into_column_ref();
        spellings.iter().fold(any, |any, spelling| {
            let pattern = format!("%{}%", escaped(&spelling.to_ascii_lowercase()));
            any.add(lower(column.clone()).like(LikeExpr::new(pattern).escape('\\')))
        })
    })
}

/// A column in lower case.
pub(crate) fn lower(column: impl IntoColumnRef) -> Expr {
    Expr::from(Func::lower(Expr::col(column)))
}

/// A text in the lower case of the database, which knows the case of ASCII letters only: SQLite by itself, PostgreSQL
/// because the columns have the collation "C".
pub(crate) fn lowered(text: &str) -> Expr {
    Expr::val(text.to_ascii_lowercase())
}

/// Escapes a text so that no character in it is special for LIKE.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// The spellings of a text in which its case may differ: as typed, in small letters, in capitals, and with a capital
/// first letter. The database ignores the case of ASCII letters only (<https://sqlite.org/lang_corefunc.html#lower>),
/// so an ASCII text needs one spelling.
pub(crate) fn spellings(text: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::from([text.to_owned()]);
    if !text.is_ascii() {
        let small = text.to_lowercase();
        let mut letters = small.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        all.extend([text.to_uppercase(), first + letters.as_str(), small]);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_has_a_meaning_of_its_own() {
        assert_eq!(escaped(r"50%_\"), r"50\%\_\\");
    }

    #[test]
    fn other_letters_than_english_ones_are_looked_for_in_each_case() {
        assert_eq!(spellings("ada").len(), 1);
        let found = spellings("änne");
        for spelling in ["änne", "Änne", "ÄNNE"] {
            assert!(found.contains(spelling), "{spelling}");
        }
    }
}
