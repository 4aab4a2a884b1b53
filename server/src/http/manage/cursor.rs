//! Cursors: where the next page of a list starts. A cursor belongs to one list with its filters and order, so one that was made
//! up, or comes from another list, is refused rather than taken for the first page.

use backend::crypto::sha256;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::problem::Problem;

/// Bytes of the hash in a cursor. It protects from mistakes only: nobody gains anything by a cursor that fits.
const HASH: usize = 9;
/// The longest cursor that is read.
const LONGEST: usize = 2_000;

/// What the cursors of one list are bound to: the database, the path, and the filters and order.
#[derive(Clone, Debug)]
pub(super) struct CursorScope(String);

impl CursorScope {
    /// The scope of a list, out of its path and query string.
    pub(super) fn new(instance: &str, path: &str, query: &str) -> Self {
        let mut fields: Vec<&str> = query
            .split('&')
            .filter(|field| !field.is_empty() && !field.starts_with("cursor=") && !field.starts_with("limit="))
            .collect();
        fields.sort_unstable();
        Self(format!("{instance} {path}?{}", fields.join("&")))
    }

    pub(super) fn write(&self, place: &str) -> String {
        let hash = self.hash(place);
        BASE64_URL_SAFE_NO_PAD.encode([hash.as_slice(), place.as_bytes()].concat())
    }

    pub(super) fn read(&self, cursor: &str) -> Result<String, Problem> {
        self.place(cursor).ok_or_else(|| {
            Problem::parameter(
                "cursor",
                "This cursor does not belong to this list with these filters. Take nextCursor of the page before, or none.",
            )
        })
    }

    fn place(&self, cursor: &str) -> Option<String> {
        if cursor.len() > LONGEST {
            return None;
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (hash, place) = bytes.split_at_checked(HASH)?;
        let place = String::from_utf8(place.to_vec()).ok()?;
        (hash == self.hash(&place)).then_some(place)
    }

    fn hash(&self, place: &str) -> Vec<u8> {
        sha256(&format!("{}\n{place}", self.0))[..HASH].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_by_the_list_that_wrote_it() {
        let scope = CursorScope::new("inst", "/keys", "status=active&limit=5&sort=name");
        let cursor = scope.write("shop ~ü~key_1");
        let same = CursorScope::new("inst", "/keys", "sort=name&cursor=abc&status=active&limit=50");
        assert_eq!(same.read(&cursor).unwrap(), "shop ~ü~key_1");
        let other = [
            CursorScope::new("inst", "/keys", "status=active"),
            CursorScope::new("inst", "/users", "status=active&sort=name"),
            CursorScope::new("other", "/keys", "status=active&sort=name"),
        ];
        for scope in other {
            assert_eq!(scope.read(&cursor).unwrap_err().errors[0].field, "cursor");
        }
        for made_up in ["", "x", "AAAAAAAAAAAAAAAAAAAA", "é", &"A".repeat(5_000)] {
            assert!(scope.read(made_up).is_err(), "{made_up}");
        }
    }
}
