//! Lists: their parameters, and a page of them.

use model::list::{MAX_PAGE, PAGE_SIZE, PageSize};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use super::Manage;
use super::call::{Call, cut};
use super::cursor::CursorScope;
use super::problem::{Problem, ProblemCode};

/// The longest query string, in bytes, and the most fields in one.
const QUERY_MAX: usize = 16 * 1024;
const FIELDS_MAX: usize = 250;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page<T> {
    pub(super) data: Vec<T>,
    /// Send it as `cursor` to get the next page. Null on the last page.
    #[schema(required = true)]
    pub(super) next_cursor: Option<String>,
}

/// The place and the size of a page.
#[derive(Debug)]
pub(super) struct Paging {
    scope: CursorScope,
    pub(super) size: PageSize,
    /// Where the page starts, as the backend says it; empty for the first page.
    pub(super) after: String,
}

impl Paging {
    /// Reads the parameters `limit` and `cursor`.
    pub(super) fn read(
        manage: &Manage,
        call: &Call,
        limit: Option<&str>,
        cursor: Option<&str>,
    ) -> Result<Self, Problem> {
        let scope = CursorScope::new(manage.services().instance(), &call.path, &call.query);
        let rows = limit.map_or(Some(PAGE_SIZE), |text| text.parse().ok());
        let size = rows
            .and_then(PageSize::new)
            .ok_or_else(|| Problem::parameter("limit", format!("limit is a whole number from 1 to {MAX_PAGE}.")))?;
        let after = match cursor {
            Some(cursor) => scope.read(cursor)?,
            None => String::new(),
        };
        Ok(Self { scope, size, after })
    }

    pub(super) fn page<T>(&self, data: Vec<T>, next: Option<String>) -> Page<T> {
        Page {
            data,
            next_cursor: next.map(|place| self.scope.write(&place)),
        }
    }
}

impl<T> Page<T> {
    /// A list that is always whole.
    pub(super) const fn whole(data: Vec<T>) -> Self {
        Self {
            data,
            next_cursor: None,
        }
    }
}

/// Reads the parameters of the query string. An unknown one is refused, since it would silently filter nothing.
pub(super) fn read_query<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    if query.len() > QUERY_MAX || query.split('&').count() > FIELDS_MAX {
        return Err(Problem::new(ProblemCode::BadRequest, "The query string is too long."));
    }
    let fields = serde_html_form::Deserializer::from_bytes(query.as_bytes());
    serde_path_to_error::deserialize(fields).map_err(|error| {
        let (text, path) = (error.inner().to_string(), error.path().to_string());
        let named = ["unknown field `", "duplicate field `"]
            .into_iter()
            .find_map(|start| text.strip_prefix(start)?.split('`').next())
            .or_else(|| (path != ".").then_some(path.as_str()));
        match named {
            Some(name) => {
                let name = cut(name);
                Problem::parameter(
                    &name,
                    format!("This parameter does not exist, or may come only once: {name}."),
                )
            }
            None => Problem::new(
                ProblemCode::BadRequest,
                "The query string cannot be read; a parameter may come too often.",
            ),
        }
    })
}

/// Refuses every parameter, for an operation that has none.
pub(super) fn no_query(query: &str) -> Result<(), Problem> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}

    read_query::<Nothing>(query).map(|Nothing {}| ())
}
