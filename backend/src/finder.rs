//! Finds what the command palette lists: the first few things of each kind that a text is about.

use std::sync::Arc;

use model::find::{FOUND, Found, FoundKey, FoundThing};
use model::id::KeyId;
use model::key_list::KeyRow;
use model::list::{ListQuery, PageSize, SEARCH_MAX};
use model::name;
use model::role::Permission;
use model::words;

use crate::actor::Actor;
use crate::customers::Customers;
use crate::error::Result;
use crate::keys::Keys;
use crate::store::Store;
use crate::store::endpoints::find_endpoints;
use crate::store::people::find_people;
use crate::store::profiles::page_of_profiles;

/// Finds keys, customers, bias profiles, endpoints and people.
#[derive(Debug)]
pub struct Finder {
    store: Arc<Store>,
    keys: Arc<Keys>,
    customers: Arc<Customers>,
}

impl Finder {
    pub(crate) const fn new(store: Arc<Store>, keys: Arc<Keys>, customers: Arc<Customers>) -> Self {
        Self { store, keys, customers }
    }

    /// The first results of each kind that this actor may see. Without a text, only the key on whose screen the person is.
    pub async fn find(&self, actor: &Actor, text: &str, here: Option<&KeyId>) -> Result<Found> {
        actor.require(Permission::SeeKeys)?;
        let text = name::searched(text, SEARCH_MAX);
        if text.is_empty() {
            let key = match here {
                Some(id) => self.keys.find_one(actor, id).await?,
                None => None,
            };
            return Ok(Found {
                keys: key.into_iter().map(found_key).collect(),
                ..Found::default()
            });
        }
        let marks = Marker(words::of_search(&text));
        let query = ListQuery {
            search: text.clone(),
            ..ListQuery::default()
        };
        let most = FOUND as u64;
        let size = PageSize::new(most).unwrap_or(PageSize::SHORT);
        let mut found = Found::default();
        let keys = self.keys.find_some(actor, &text, size).await?;
        found.keys = keys.into_iter().map(found_key).collect();
        if actor.role.may(Permission::SeeCustomers) {
            let customers = self.customers.load_some(&query, most).await?.into_iter();
            let things = customers.map(|it| marks.thing(it.id.into(), it.name, it.external_id));
            found.customers = things.collect();
        }
        let (profiles, _) = page_of_profiles(&self.store.db, &query, size).await?;
        let profiles = profiles.into_iter();
        let things = profiles.map(|it| marks.thing(it.profile_id.0.into(), it.name, format!("version {}", it.number)));
        found.profiles = things.collect();
        let endpoints = find_endpoints(&self.store.db, &text, most).await?.into_iter();
        let things = endpoints.map(|it| marks.thing(it.name.clone(), it.title, it.name));
        found.endpoints = things.collect();
        if actor.role.may(Permission::ManageUsers) {
            let people = find_people(&self.store.db, &query, most).await?.into_iter();
            let things = people.map(|it| marks.thing(it.email.clone(), it.name, it.email));
            found.people = things.collect();
        }
        found.shorten();
        Ok(found)
    }
}

/// Marks the words of a search in titles.
struct Marker(Vec<String>);

impl Marker {
    fn thing(&self, id: String, title: String, detail: String) -> FoundThing {
        FoundThing {
            marks: words::marks(&title, &self.0),
            id,
            title,
            detail,
        }
    }
}

fn found_key(row: KeyRow) -> FoundKey {
    FoundKey {
        id: row.id,
        name: row.name,
        environment: row.environment,
        status: row.status,
        may_change: row.may_change,
        marks: row.marks,
    }
}
