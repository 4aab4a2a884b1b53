//! Suggestions for fields that choose among many: the first few that hold what was typed.

use std::sync::Arc;

use model::key_list::KeyQuery;
use model::list::{ListQuery, SEARCH_MAX};
use model::name;
use model::role::{Permission, Role};
use model::suggest::{Choice, SUGGESTED, Suggestion};
use model::tags::TAG_MAX;

use crate::actor::{Actor, KINDS};
use crate::customers::Customers;
use crate::error::Result;
use crate::keys::Keys;
use crate::profiles::Profiles;
use crate::store::Store;
use crate::store::endpoints::find_endpoints;
use crate::store::entities::user;
use crate::store::people::{find_owners_by_name, find_people, find_people_with_role};
use crate::store::service_accounts::{find_creating_service_accounts, find_service_accounts};
use crate::store::tags::first_tags;

/// Finds suggestions for fields that choose among many.
#[derive(Debug)]
pub struct Suggestions {
    store: Arc<Store>,
    keys: Arc<Keys>,
    profiles: Arc<Profiles>,
    customers: Arc<Customers>,
}

impl Suggestions {
    pub(crate) fn new(store: Arc<Store>, keys: Arc<Keys>, profiles: Arc<Profiles>, customers: Arc<Customers>) -> Self {
        Self {
            store,
            keys,
            profiles,
            customers,
        }
    }

    /// The first suggestions for a text, as this actor sees them.
    pub async fn find(&self, actor: &Actor, choice: Choice, text: &str) -> Result<Vec<Suggestion>> {
        actor.require(choice.permission())?;
        let text = name::searched(text, SEARCH_MAX);
        match choice {
            Choice::NewOwner => self.suggest_owners(&text).await,
            Choice::Actor => self.suggest_actors(&text).await,
            Choice::Key => self.suggest_keys(actor, text).await,
            Choice::Endpoint => self.suggest_endpoints(&text).await,
            Choice::BiasProfile => self.suggest_profiles(actor, &text).await,
            Choice::Customer => self.suggest_customers(&text).await,
            Choice::Tag => self.suggest_tags(&text).await,
            Choice::Creator => self.suggest_creators(&text).await,
        }
    }

    async fn suggest_owners(&self, text: &str) -> Result<Vec<Suggestion>> {
        let may = Role::ALL.into_iter().filter(|role| role.may(Permission::CreateKeys));
        let users = find_people_with_role(&self.store.db, &searched(text), may, SUGGESTED as u64).await?;
        Ok(users.into_iter().map(person).collect())
    }

    async fn suggest_actors(&self, text: &str) -> Result<Vec<Suggestion>> {
        let users = find_people(&self.store.db, &searched(text), SUGGESTED as u64).await?;
        let people = users.into_iter().map(person);
        let small = text.to_lowercase();
        let programs = KINDS
            .into_iter()
            .filter(|(_, name)| name.to_lowercase().contains(&small))
            .map(|(_, name)| Suggestion {
                value: name.to_owned(),
                title: name.to_owned(),
                detail: "no person".to_owned(),
            });
        let accounts = find_service_accounts(&self.store.db, &searched(text), SUGGESTED as u64).await?;
        let accounts = accounts.into_iter().map(|account| Suggestion {
            value: account.id.to_string(),
            title: account.name,
            detail: "service account".to_owned(),
        });
        Ok(programs.chain(people).chain(accounts).take(SUGGESTED).collect())
    }

    async fn suggest_keys(&self, actor: &Actor, text: String) -> Result<Vec<Suggestion>> {
        let query = KeyQuery {
            search: text,
            environment: Some(String::new()),
            ..KeyQuery::default()
        };
        let rows = self.keys.list(actor, &query).await?.rows;
        Ok(rows
            .into_iter()
            .take(SUGGESTED)
            .map(|row| Suggestion {
                value: row.id.to_string(),
                title: row.name,
                detail: format!("{} · {}", row.environment, row.id),
            })
            .collect())
    }

    async fn suggest_endpoints(&self, text: &str) -> Result<Vec<Suggestion>> {
        let rows = find_endpoints(&self.store.db, text, SUGGESTED as u64).await?;
        Ok(rows
            .into_iter()
            .map(|row| Suggestion {
                value: row.name.clone(),
                title: row.title,
                detail: row.name,
            })
            .collect())
    }

    async fn suggest_profiles(&self, actor: &Actor, text: &str) -> Result<Vec<Suggestion>> {
        let query = searched(text);
        let rows = self.profiles.list(actor, &query).await?.rows;
        Ok(rows
            .into_iter()
            .take(SUGGESTED)
            .map(|row| Suggestion {
                value: row.id.to_string(),
                title: row.version.content.name,
                detail: format!("version {}", row.version.number),
            })
            .collect())
    }

    /// Everybody may see who created a key, but only by name. Others, who have no keys to filter by, are named to nobody.
    async fn suggest_creators(&self, text: &str) -> Result<Vec<Suggestion>> {
        let query = searched(text);
        let people = find_owners_by_name(&self.store.db, &query, SUGGESTED as u64).await?;
        let people = people.into_iter().map(|user| (user.id.to_string(), user.name));
        let accounts = find_creating_service_accounts(&self.store.db, &query, SUGGESTED as u64).await?;
        let accounts = accounts
            .into_iter()
            .map(|account| (account.id.to_string(), account.name));
        let all = people.chain(accounts).take(SUGGESTED);
        let creator = |(value, title)| Suggestion {
            value,
            title,
            detail: String::new(),
        };
        Ok(all.map(creator).collect())
    }

    async fn suggest_customers(&self, text: &str) -> Result<Vec<Suggestion>> {
        let found = self.customers.load_some(&searched(text), SUGGESTED as u64).await?;
        Ok(found
            .into_iter()
            .take(SUGGESTED)
            .map(|customer| Suggestion {
                value: customer.external_id.clone(),
                title: customer.name,
                detail: customer.external_id,
            })
            .collect())
    }

    async fn suggest_tags(&self, text: &str) -> Result<Vec<Suggestion>> {
        let start = name::searched(text, TAG_MAX).to_lowercase();
        let tags = first_tags(&self.store.db, &start, SUGGESTED as u64).await?;
        let suggestions = tags.into_iter().map(|tag| Suggestion {
            value: tag.clone(),
            title: tag,
            detail: String::new(),
        });
        Ok(suggestions.collect())
    }
}

fn searched(text: &str) -> ListQuery {
    ListQuery {
        search: text.to_owned(),
        ..ListQuery::default()
    }
}

/// Suggests a person. The field holds the e-mail address, since two people may have one name.
fn person(user: user::Model) -> Suggestion {
    Suggestion {
        value: user.email.clone(),
        title: user.name,
        detail: user.email,
    }
}
