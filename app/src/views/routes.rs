//! The routes of the router, made from the table. All routes have one type, so that the WASM contains the code of the router once.

use std::borrow::Cow;

use leptos::prelude::*;
use leptos::tachys::view::iterators::StaticVec;
use leptos_router::any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute as _};
use leptos_router::{NestedRoute, PartialPathMatch, PathSegment, PossibleRouteMatch};

use super::{Access, Row, Screen, table};
use crate::pages::console::Console;

/// The entry pages, and all other screens inside the console. Dialogs are inside their list.
pub(crate) fn routes() -> StaticVec<AnyNestedRoute> {
    let mut all = Vec::new();
    let mut console = Vec::new();
    for row in table().filter(|row| !row.path.is_empty() && row.parent_screen.is_none()) {
        match row.access {
            Access::Public => all.push(route(row)),
            Access::Needs(_) => console.push(route(row)),
        }
    }
    let console = NestedRoute::new(Pattern(""), || Console().into_any()).child(StaticVec::from(console));
    all.push(console.into_any_nested_route());
    all.into()
}

fn route(row: &'static Row) -> AnyNestedRoute {
    let mut dialogs = Vec::new();
    for dialog in table().filter(|dialog| dialog.parent_screen == Some(row.screen)) {
        let path = dialog.path.strip_prefix(row.path).unwrap_or_default();
        dialogs.push(leaf(path, Some(dialog.screen)));
    }
    if dialogs.is_empty() {
        return leaf(row.path, Some(row.screen));
    }
    // This route shows the list without a dialog.
    dialogs.insert(0, leaf("", None));
    let screen = row.screen;
    let list = NestedRoute::new(Pattern(row.path), move || screen.draw());
    list.child(StaticVec::from(dialogs)).into_any_nested_route()
}

fn leaf(path: &'static str, screen: Option<Screen>) -> AnyNestedRoute {
    let draw = move || screen.map_or_else(|| ().into_any(), Screen::draw);
    NestedRoute::new(Pattern(path), draw).into_any_nested_route()
}

/// A path of the table, or the part of one that follows the path of its list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pattern(pub(super) &'static str);

impl PossibleRouteMatch for Pattern {
    fn optional(&self) -> bool {
        false
    }

    fn test<'a>(&self, path: &'a str) -> Option<PartialPathMatch<'a>> {
        let mut rest = path;
        let mut params = Vec::new();
        for segment in self.0.split('/').filter(|segment| !segment.is_empty()) {
            let name = segment.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
            if let Some(name) = name.and_then(|name| name.strip_prefix('*')) {
                let all = rest.strip_prefix('/').unwrap_or(rest);
                params.push((Cow::Borrowed(name), all.to_owned()));
                rest = "";
                break;
            }
            let next = rest.strip_prefix('/')?;
            let end = next.find('/').unwrap_or(next.len());
            match name {
                Some(name) if end > 0 => params.push((Cow::Borrowed(name), next[..end].to_owned())),
                None if next[..end] == *segment => {}
                _ => return None,
            }
            rest = &next[end..];
        }
        let matched = &path[..path.len() - rest.len()];
        Some(PartialPathMatch::new(rest, params, matched))
    }

    /// Only `leptos_axum` calls this, to list all routes. Our server does not need it, since it renders every requested path.
    fn generate_path(&self, _path: &mut Vec<PathSegment>) {}
}

#[cfg(test)]
mod tests {
    use leptos_router::{MatchParams as _, RouteDefs};

    use super::*;

    #[test]
    fn the_router_knows_every_path_of_the_table() {
        let routes = RouteDefs::new(routes());
        for row in table().filter(|row| !row.path.is_empty()) {
            let path = row.path.replace("{id}", "key_1").replace("{*place}", "users/invite");
            let matched = routes.match_route(&path);
            assert!(matched.is_some(), "{path}");
            let expected: Vec<(Cow<str>, String)> = match (row.path.contains("{id}"), row.path.contains("{*place}")) {
                (true, _) => vec![("id".into(), "key_1".into())],
                (_, true) => vec![("place".into(), "users/invite".into())],
                _ => Vec::new(),
            };
            assert_eq!(matched.map(|matched| matched.to_params()), Some(expected), "{path}");
        }
    }

    #[test]
    fn the_router_knows_no_other_path() {
        let routes = RouteDefs::new(routes());
        for path in ["/nothing", "/keysnew", "/keys/key_1/nothing", "/keys//edit", "/audit/1"] {
            assert!(routes.match_route(path).is_none(), "{path}");
        }
    }

    #[test]
    fn a_pattern_leaves_the_rest_of_a_path_to_the_routes_inside() {
        let test = |pattern, path| {
            let matched = Pattern(pattern).test(path)?;
            Some((matched.matched().to_owned(), matched.remaining().to_owned()))
        };
        let found = |matched: &str, rest: &str| Some((matched.to_owned(), rest.to_owned()));
        assert_eq!(test("", "/keys"), found("", "/keys"));
        assert_eq!(test("/keys", "/keys/new"), found("/keys", "/new"));
        assert_eq!(test("/keys/{id}", "/keys/1/"), found("/keys/1", "/"));
        assert_eq!(test("/settings/{*place}", "/settings"), found("/settings", ""));
        assert_eq!(test("/settings/{*place}", "/settings/a/b"), found("/settings/a/b", ""));
        assert_eq!(test("/keys/{id}", "/keys/"), None);
        assert_eq!(test("/keys", "/keysnew"), None);
    }
}
