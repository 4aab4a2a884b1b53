//! What the palette lists: what the server has found, actions on a key, and the screens and actions that never change.

use leptos_router::params::ParamsMap;
use model::find::{Found, FoundKey, FoundThing};
use model::id::KeyId;
use model::role::Permission::{
    self, ChangeEndpoints, ChangeEnvironments, ChangeOwnKeys, ChangeProfiles, CreateCustomers, CreateKeys,
    ManageServiceAccounts, ManageUsers, SeeAudit,
};
use model::role::Role;
use model::status::{Change, after};

use crate::address;
use crate::pages::settings::tabs;
use crate::screens::{Access, table};
use crate::ui::dialog::COPY;

/// One line of the palette.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// The heading under which it stands.
    pub(super) group: String,
    pub(super) title: String,
    /// The parts of the title that the search has found, as ranges of bytes.
    pub(super) marks: Vec<(usize, usize)>,
    pub(super) detail: String,
    pub(super) act: Act,
    /// The place among the keys that were found, if this is a key.
    pub(super) key: Option<usize>,
}

/// What happens when an entry is chosen.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Act {
    Go(String),
    /// Loads another page, which is not part of the application.
    Load(&'static str),
    Enable(KeyId),
    Disable(KeyId),
    ShowShortcuts,
}

const ACTIONS: &str = "Actions";
const GO_TO: &str = "Go to";

/// The actions that are no action on a key: title, as their dialogs have it, address, and the permission that each needs. The first is the most usual.
/// An action on a key begins with the list, where the person chooses the key.
const FIXED_ACTIONS: [(&str, &str, Permission); 11] = [
    ("Create API Key", "/keys/new", CreateKeys),
    ("Edit API Key…", "/keys", ChangeOwnKeys),
    ("Disable API Key…", "/keys?status=active", ChangeOwnKeys),
    ("Rotate API Key…", "/keys?status=active", ChangeOwnKeys),
    ("Delete API Key…", "/keys", ChangeOwnKeys),
    ("Create Customer", "/customers/new", CreateCustomers),
    ("Create Bias Profile", "/profiles/new", ChangeProfiles),
    ("Create Environment", "/settings/environments/new", ChangeEnvironments),
    ("Add Endpoint", "/settings/endpoints/new", ChangeEndpoints),
    ("Invite User", "/settings/users/invite", ManageUsers),
    (
        "Create Service Account",
        "/settings/service-accounts/new",
        ManageServiceAccounts,
    ),
];

/// The lines for a text, in their order. `chosen` is the place of the key whose actions are listed.
pub(super) fn entries(text: &str, found: &Found, chosen: usize, role: Role) -> Vec<Entry> {
    let mut all: Vec<Entry> = found.keys.iter().enumerate().map(key_entry).collect();
    let mut add = |group: &str, things: &[FoundThing], href: fn(&str) -> String| {
        all.extend(things.iter().map(|found| thing(group, found, href(&found.id))));
    };
    add("Customers", &found.customers, |id| format!("/customers/{id}"));
    add("Bias Profiles", &found.profiles, |id| format!("/profiles/{id}"));
    add("Endpoints", &found.endpoints, |name| {
        with_value("/settings/endpoints", "search", name)
    });
    add("People", &found.people, |id| {
        with_value("/settings/users", "search", id)
    });
    if let Some(key) = found.keys.get(chosen) {
        all.extend(key_actions(key, role));
    }
    all.extend(fixed(text, role));
    if !text.is_empty() {
        let everywhere = String::new();
        let keys = address::in_environment(Some(&everywhere), [("search", &text.to_owned())]);
        let keys = format!("/keys{}", keys.to_query_string());
        all.push(plain(GO_TO, format!("API Keys for “{text}”"), Act::Go(keys)));
        if role.may(SeeAudit) {
            let events = with_value("/audit", "subject", text);
            all.push(plain(GO_TO, format!("Audit Log for “{text}”"), Act::Go(events)));
        }
    }
    all
}

fn key_entry((place, key): (usize, &FoundKey)) -> Entry {
    let mut detail = format!("{} · {} · {}", key.id, key.environment, key.status.title());
    if key.marks.last_four {
        detail.push_str(" · last four");
    }
    Entry {
        group: "Keys".to_owned(),
        title: key.name.clone(),
        marks: key.marks.name.clone(),
        detail,
        act: Act::Go(format!("/keys/{}", key.id)),
        key: Some(place),
    }
}

/// What the person may do with a key in its status. Who may only create keys can duplicate it.
fn key_actions(key: &FoundKey, role: Role) -> impl Iterator<Item = Entry> + use<> {
    let (id, status) = (&key.id, key.status);
    let go = |path: &str| Act::Go(format!("/keys/{id}{path}"));
    let mut actions = Vec::new();
    if key.may_change {
        if after(status, Change::Edit).is_some() {
            actions.push(("Edit…", go("/edit")));
        }
        if after(status, Change::Disable).is_some() {
            actions.push(("Disable", Act::Disable(id.clone())));
        }
        if after(status, Change::Enable).is_some() {
            actions.push(("Enable", Act::Enable(id.clone())));
        }
        if after(status, Change::Rotate).is_some() {
            actions.push(("Rotate…", go("/rotate")));
        }
    }
    if role.may(CreateKeys) {
        actions.push(("Duplicate…", Act::Go(copy_link(id))));
    }
    if key.may_change {
        actions.push(("Delete…", go("/delete")));
    }
    actions.push(("Why denied?", go("?tab=why")));
    let group = group_of_actions(&key.name);
    actions
        .into_iter()
        .map(move |(title, act)| plain(&group, title.to_owned(), act))
}

/// The address of the dialog that duplicates a key.
pub(super) fn copy_link(id: &KeyId) -> String {
    with_value("/keys/new", COPY, id.as_str())
}

/// The heading of the actions on a key.
pub(super) fn group_of_actions(name: &str) -> String {
    format!("Actions on {name}")
}

/// The entries that a text is about and the role may use. Without a text, these are the screens and the most usual action.
fn fixed(text: &str, role: Role) -> Vec<Entry> {
    let is_empty = text.is_empty();
    let shown = if is_empty { 1 } else { FIXED_ACTIONS.len() };
    let actions = FIXED_ACTIONS.into_iter().take(shown);
    let actions = actions.map(|(title, href, permission)| (ACTIONS, title.to_owned(), href, permission));
    let screens = table().filter_map(|row| {
        let (words, _) = row.entry?;
        let Access::Needs(permission) = row.access else {
            return None;
        };
        Some((GO_TO, words.to_owned(), row.link(), permission))
    });
    let tabs = tabs().into_iter();
    let tabs = tabs.map(|(path, title, permission)| (GO_TO, format!("{title}, Settings"), path, permission));
    let own = (
        GO_TO,
        "API Keys created by me".to_owned(),
        "/keys?environment=&creator=me",
        CreateKeys,
    );
    let places = tabs.chain([own]).filter(|_| !is_empty);
    let all = actions.chain(screens).chain(places);
    let mut shown: Vec<Entry> = all
        .filter(|(_, title, _, permission)| role.may(*permission) && is_about(text, title))
        .map(|(group, title, href, _)| plain(group, title, Act::Go(href.to_owned())))
        .collect();
    for (title, act) in [
        ("API Reference", Act::Load("/reference")),
        ("Keyboard shortcuts", Act::ShowShortcuts),
    ] {
        if is_about(text, title) {
            shown.push(plain(GO_TO, title.to_owned(), act));
        }
    }
    shown
}

/// Whether each word of a text begins a word of a title, whatever the case of its ASCII letters.
fn is_about(text: &str, title: &str) -> bool {
    let (text, title) = (text.to_ascii_lowercase(), title.to_ascii_lowercase());
    let mut words = text.split_whitespace();
    words.all(|word| title.split([' ', ',']).any(|known| known.starts_with(word)))
}

fn thing(group: &str, found: &FoundThing, href: String) -> Entry {
    Entry {
        marks: found.marks.clone(),
        detail: found.detail.clone(),
        ..plain(group, found.title.clone(), Act::Go(href))
    }
}

fn plain(group: &str, title: String, act: Act) -> Entry {
    Entry {
        group: group.to_owned(),
        title,
        marks: Vec::new(),
        detail: String::new(),
        act,
        key: None,
    }
}

/// An address with one parameter.
fn with_value(path: &str, name: &'static str, value: &str) -> String {
    let mut params = ParamsMap::new();
    params.insert(name, value.to_owned());
    format!("{path}{}", params.to_query_string())
}

#[cfg(test)]
mod tests {
    use model::status::Status;
    use model::words::Marks;

    use super::*;

    fn key(status: Status, may_change: bool) -> FoundKey {
        FoundKey {
            id: KeyId::from_random("0123456789"),
            name: "Shop".to_owned(),
            environment: "default".to_owned(),
            status,
            may_change,
            marks: Marks::default(),
        }
    }

    fn titles(text: &str, found: &Found, role: Role) -> Vec<String> {
        entries(text, found, 0, role)
            .into_iter()
            .map(|entry| entry.title)
            .collect()
    }

    #[test]
    fn a_key_has_the_actions_of_its_status_for_whoever_may_change_it() {
        let of = |status, may_change, role| {
            let actions = key_actions(&key(status, may_change), role);
            actions.map(|entry| entry.title).collect::<Vec<_>>()
        };
        assert_eq!(
            of(Status::Active, true, Role::Admin),
            ["Edit…", "Disable", "Rotate…", "Duplicate…", "Delete…", "Why denied?"]
        );
        assert_eq!(
            of(Status::Inactive, true, Role::Admin),
            ["Edit…", "Enable", "Rotate…", "Duplicate…", "Delete…", "Why denied?"]
        );
        let expired = of(Status::Expired, true, Role::Developer);
        assert_eq!(expired, ["Duplicate…", "Delete…", "Why denied?"]);
        let of_somebody_else = of(Status::Active, false, Role::Developer);
        assert_eq!(of_somebody_else, ["Duplicate…", "Why denied?"]);
        assert_eq!(of(Status::Active, false, Role::Viewer), ["Why denied?"]);
    }

    #[test]
    fn each_role_is_offered_what_it_may_do() {
        let none = Found::default();
        let create = |role| titles("create", &none, role);
        assert_eq!(create(Role::Viewer), ["API Keys for “create”"]);
        assert!(create(Role::Developer).contains(&"Create API Key".to_owned()));
        assert!(!create(Role::Developer).contains(&"Create Environment".to_owned()));
        assert!(create(Role::Owner).contains(&"Create Service Account".to_owned()));
        assert!(!titles("", &none, Role::Developer).contains(&"Audit Log".to_owned()));
        assert!(titles("", &none, Role::Admin).contains(&"Audit Log".to_owned()));
    }

    #[test]
    fn a_text_finds_screens_by_any_of_their_words() {
        let none = Found::default();
        assert_eq!(titles("sec", &none, Role::Developer)[0], "Security, Settings");
        assert_eq!(titles("SETT user", &none, Role::Owner)[0], "Users, Settings");
        assert_eq!(titles("ett", &none, Role::Owner).len(), 2);
    }

    #[test]
    fn addresses_are_escaped() {
        let all = entries("a&b #1", &Found::default(), 0, Role::Viewer);
        let Act::Go(href) = &all.last().unwrap().act else {
            panic!()
        };
        assert_eq!(href, "/keys?environment=&search=a%26b%20%231");
    }
}
