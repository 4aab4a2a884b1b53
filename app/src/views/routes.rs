//! The routes of the router, made from the table of screens. All routes have one type, so that the WASM contains the code of the
//! router once.

use leptos::prelude::*;
use leptos::tachys::view::iterators::StaticVec;
use leptos_router::NestedRoute;
use leptos_router::any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute as _};

use super::parts::{draw, load_ahead, react};
use crate::pages::console::{Console, ConsoleProps};
use crate::screens::pattern::Pattern;
use crate::screens::{Access, Row, Screen, table};

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
    let frame = NestedRoute::new(Pattern(""), || {
        load_ahead();
        Console(ConsoleProps { draw, react }).into_any()
    });
    let console = frame.child(StaticVec::from(console));
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
    let list = NestedRoute::new(Pattern(row.path), move || draw(screen));
    list.child(StaticVec::from(dialogs)).into_any_nested_route()
}

fn leaf(path: &'static str, screen: Option<Screen>) -> AnyNestedRoute {
    let view = move || screen.map_or_else(|| ().into_any(), draw);
    NestedRoute::new(Pattern(path), view).into_any_nested_route()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

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
}
