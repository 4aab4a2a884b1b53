//! Whether a path of the table of screens leads to an address. Leptos' router and the table itself read paths in this one way.

use std::borrow::Cow;

use leptos_router::{PartialPathMatch, PathSegment, PossibleRouteMatch};

/// A path of the table, or the part of one that follows the path of its list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pattern(pub(crate) &'static str);

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
    use super::*;

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
