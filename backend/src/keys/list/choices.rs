//! What the filters of the list offer, and what is typed into them.

use std::collections::HashMap;

use model::customer::CustomerRef;
use model::form::short;
use model::id::{CustomerId, ServiceAccountId, UserId};
use model::key_list::{Choices, KeyQuery, ME};
use model::list::{FEW, SEARCH_MAX};
use model::name;
use model::tags::TAG_MAX;
use sea_orm::EntityTrait;

use crate::actor::Actor;
use crate::error::Result;
use crate::keys::Keys;
use crate::store::customers;
use crate::store::entities::{service_account, user};
use crate::store::people::two_people_named;
use crate::store::tags::first_tags;

impl Keys {
    /// The endpoints to filter by: all where they are few, else those that are chosen.
    pub(super) async fn endpoint_choices(&self, chosen: &[String]) -> Result<Choices> {
        let all = self.endpoints.load_catalogue().await?;
        let all = all.into_iter().map(|endpoint| (endpoint.name, endpoint.title));
        Ok(few(all.collect(), chosen))
    }

    /// The bias profiles to filter by: all where they are few, else those that are chosen.
    pub(super) async fn profile_choices(&self, chosen: &[String]) -> Result<Choices> {
        let all = self.profiles.load_names().await?;
        let all = all.into_iter().map(|profile| (profile.id.to_string(), profile.name));
        Ok(few(all.collect(), chosen))
    }

    /// The customers to filter by: all where they are few. A list of one customer offers no other.
    pub(super) async fn customer_choices(&self, chosen: &str) -> Result<Choices> {
        if !chosen.is_empty() {
            return Ok(Choices::default());
        }
        let all = customers::first(&self.store.db, FEW as u64).await?;
        let all = all.into_iter().map(|row| (row.id.0.into(), row.name));
        Ok(few(all.collect(), &[]))
    }

    /// The tags to filter by: all where they are few, else those that are chosen.
    pub(super) async fn tag_choices(&self, chosen: &[String]) -> Result<Choices> {
        let all = first_tags(&self.store.db, "", FEW as u64 + 1).await?;
        let mut choices = few(all.into_iter().map(|tag| (tag.clone(), tag)).collect(), chosen);
        for tag in chosen {
            if !choices.options.iter().any(|(known, _)| known == tag) {
                choices.options.push((tag.clone(), tag.clone()));
            }
        }
        Ok(choices)
    }

    /// The creators to filter by: the person who asks, and the chosen one. Names alone are shown, as in the rows of the list.
    pub(super) async fn creator_choices(&self, chosen: &str, actor: &Actor) -> Result<Choices> {
        let mut options = Vec::new();
        let me = own_id(actor);
        if me.is_some() {
            options.push((ME.to_owned(), "Me".to_owned()));
        }
        if !chosen.is_empty() && me.as_deref() != Some(chosen) {
            let name = match (UserId::parse(chosen), ServiceAccountId::parse(chosen)) {
                (Some(id), _) => user::Entity::find_by_id(&id)
                    .one(&self.store.db)
                    .await?
                    .map(|row| row.name),
                (_, Some(id)) => {
                    let row = service_account::Entity::find_by_id(&id).one(&self.store.db).await?;
                    row.map(|row| row.name)
                }
                _ => None,
            };
            options.push((chosen.to_owned(), name.unwrap_or_else(|| short(chosen))));
        }
        Ok(Choices { options, more: true })
    }

    /// The name of the customer in the filter of a list. Without such a customer, the text that was typed.
    pub(super) async fn chosen_customer(&self, chosen: &str) -> Result<Option<String>> {
        if chosen.is_empty() {
            return Ok(None);
        }
        let known = match CustomerId::parse(chosen) {
            Some(id) => customers::find(&self.store.db, &CustomerRef::Id(id)).await?,
            None => None,
        };
        Ok(Some(known.map_or_else(|| short(chosen), |row| row.name)))
    }

    /// A query in which the titles of endpoints, the names of bias profiles and creators, and the names and external IDs of customers are replaced
    /// by the names and IDs that the list filters by. Without scripts, people type titles and names.
    pub(super) async fn with_names_resolved(&self, query: &KeyQuery, actor: &Actor) -> Result<KeyQuery> {
        let mut query = query.clone();
        if !query.endpoint.is_empty() {
            let all = self.endpoints.load_catalogue().await?;
            let by_title: HashMap<String, String> = all
                .iter()
                .map(|endpoint| (endpoint.title.to_lowercase(), endpoint.name.clone()))
                .collect();
            let known = |text: &str| all.iter().any(|endpoint| endpoint.name == text);
            query.endpoint = query
                .endpoint
                .into_iter()
                .filter_map(|text| resolved(text, known, &by_title))
                .collect();
        }
        if !query.profile.is_empty() {
            let all = self.profiles.load_names().await?;
            let by_name: HashMap<String, String> = all
                .iter()
                .map(|profile| (profile.name.to_lowercase(), profile.id.to_string()))
                .collect();
            let known = |text: &str| text == "none" || all.iter().any(|profile| profile.id.as_str() == text);
            query.profile = query
                .profile
                .into_iter()
                .filter_map(|text| resolved(text, known, &by_name))
                .collect();
        }
        let tags = query.tag.into_iter();
        let tags = tags.map(|text| name::searched(&text, TAG_MAX).to_lowercase());
        query.tag = tags.filter(|tag| !tag.is_empty()).collect();
        let creator = name::searched(&query.creator, SEARCH_MAX);
        if creator == ME {
            query.creator = own_id(actor).unwrap_or(creator);
        } else if !creator.is_empty() && UserId::parse(&creator).is_none() {
            // Two people may have one name. Then neither is meant.
            if let [person] = two_people_named(&self.store.db, &creator).await?.as_slice() {
                query.creator = person.id.to_string();
            }
        }
        // An unknown customer has no keys.
        if let Ok(CustomerRef::External(id)) = CustomerRef::typed(&query.customer) {
            let named = CustomerRef::External(id);
            let found = match customers::find(&self.store.db, &named).await? {
                None => customers::with_name(&self.store.db, query.customer.trim()).await?,
                found => found,
            };
            if let Some(customer) = found {
                query.customer = customer.id.0.into();
            }
        }
        Ok(query)
    }
}

/// The ID of the person or service account that asks; `None` if neither does.
fn own_id(actor: &Actor) -> Option<String> {
    let person = actor.user_id().map(ToString::to_string);
    person.or_else(|| actor.service_account_id().map(ToString::to_string))
}

/// The value to filter by for a text that was typed; `None` for a field that was left empty.
fn resolved(text: String, known: impl Fn(&str) -> bool, by_name: &HashMap<String, String>) -> Option<String> {
    if text.trim().is_empty() {
        return None;
    }
    let typed = name::searched(&text, SEARCH_MAX);
    if known(&typed) {
        return Some(typed);
    }
    Some(by_name.get(&typed.to_lowercase()).cloned().unwrap_or(text))
}

fn few(mut all: Vec<(String, String)>, chosen: &[String]) -> Choices {
    let more = all.len() > FEW;
    if more {
        all.retain(|(value, _)| chosen.contains(value));
    }
    Choices { options: all, more }
}
