//! The keys with the most refused requests.

use std::collections::{BTreeMap, HashMap};

use model::endpoint::Endpoint;
use model::home::{MOST_REFUSED, Reason, RefusedKey, RefusedName};
use model::id::KeyId;
use model::time::Timestamp;
use model::verify::Code;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::requests::shown_hours;
use super::{Home, Scope};
use crate::error::Result;
use crate::store::entities::{api_key, environment_key};
use crate::store::environments;
use crate::store::padded::padded;
use crate::store::usage::{KeySum, most_refused_keys, requests_of_keys};

impl Home {
    /// The keys with the most refused requests, and among them, as one, all tokens that belong to no key.
    pub(super) async fn most_refused(&self, scope: &Scope, unknown: u64, now: Timestamp) -> Result<Vec<RefusedKey>> {
        let db = &self.store.db;
        let hours = shown_hours(now);
        let found = most_refused_keys(db, scope.environments(), hours, MOST_REFUSED).await?;
        let ids: Vec<KeyId> = found.iter().map(|key| key.key_id.0.clone()).collect();
        let mut reasons = main_reasons(requests_of_keys(db, &ids, hours).await?);
        let catalogue = self.endpoints.load_catalogue().await?;
        let mut names = self.refused_names(&ids).await?;
        let mut keys: Vec<RefusedKey> = found
            .into_iter()
            .filter_map(|key| {
                let id = key.key_id.0;
                let (code, endpoint) = reasons.remove(&id)?;
                let (name, expires_at) = names.remove(&id).unwrap_or((RefusedName::Deleted(id), None));
                Some(RefusedKey {
                    name,
                    reason: Reason {
                        code,
                        endpoint: title(&catalogue, endpoint),
                        // Without the end date if it was changed since.
                        expired_at: expires_at.filter(|at| code == Code::Expired && *at <= now),
                    },
                    requests: u64::try_from(key.refused).unwrap_or_default(),
                })
            })
            .collect();
        if unknown > 0 {
            keys.push(RefusedKey {
                name: RefusedName::Unknown,
                reason: Reason {
                    code: Code::NotFound,
                    endpoint: String::new(),
                    expired_at: None,
                },
                requests: unknown,
            });
            keys.sort_by_key(|key| std::cmp::Reverse(key.requests));
            keys.truncate(MOST_REFUSED);
        }
        Ok(keys)
    }

    /// What these keys are called, and when they end. Keys that were deleted are left out.
    async fn refused_names(&self, ids: &[KeyId]) -> Result<HashMap<KeyId, (RefusedName, Option<Timestamp>)>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let db = &self.store.db;
        let texts = || padded(ids.iter().map(KeyId::as_str));
        let keys = api_key::Entity::find()
            .filter(api_key::Column::Id.is_in(texts()))
            .all(db)
            .await?;
        let of_environments = environment_key::Entity::find()
            .filter(environment_key::Column::KeyId.is_in(texts()))
            .all(db)
            .await?;
        let environments = environments::by_id(db).await?;
        let mut names = HashMap::with_capacity(ids.len());
        for row in of_environments {
            let name = RefusedName::Environment {
                id: row.key_id.0.clone(),
                environment: environments::of(&environments, &row.environment_id)?.name.clone(),
            };
            names.insert(row.key_id.0, (name, None));
        }
        for row in keys {
            let name = RefusedName::Key {
                id: row.id.0.clone(),
                name: row.name,
            };
            names.insert(row.id.0, (name, row.expires_at.map(|at| at.0)));
        }
        Ok(names)
    }
}

/// The reason for most refused requests of each key. The endpoint matters only where it was not permitted.
fn main_reasons(sums: Vec<KeySum>) -> HashMap<KeyId, (Code, String)> {
    let mut by_reason: BTreeMap<(KeyId, Code, String), i64> = BTreeMap::new();
    for sum in sums.into_iter().filter(|sum| sum.code.0 != Code::Valid) {
        let endpoint = match sum.code.0 {
            Code::Forbidden => sum.endpoint_name,
            _ => String::new(),
        };
        *by_reason.entry((sum.key_id.0, sum.code.0, endpoint)).or_default() += sum.total;
    }
    let mut most: HashMap<KeyId, (i64, (Code, String))> = HashMap::new();
    for ((id, code, endpoint), total) in by_reason {
        match most.get_mut(&id) {
            Some(known) if known.0 >= total => {}
            Some(known) => *known = (total, (code, endpoint)),
            None => {
                most.insert(id, (total, (code, endpoint)));
            }
        }
    }
    most.into_iter().map(|(id, (_, reason))| (id, reason)).collect()
}

/// The title of an endpoint. One that was retired has its name.
fn title(catalogue: &[Endpoint], name: String) -> String {
    let known = catalogue.iter().find(|endpoint| endpoint.name == name);
    known.map_or(name, |endpoint| endpoint.title.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_main_reason_is_the_one_of_most_requests_over_all_endpoints() {
        let (shop, depot) = (KeyId::from_random("0000000001"), KeyId::from_random("0000000002"));
        let sum = |id: &KeyId, endpoint: &str, code: Code, total| KeySum {
            key_id: id.into(),
            endpoint_name: endpoint.to_owned(),
            code: code.into(),
            total,
        };
        let reasons = main_reasons(vec![
            sum(&shop, "chat", Code::Valid, 900),
            sum(&shop, "chat", Code::RateLimited, 3),
            sum(&shop, "image", Code::RateLimited, 3),
            sum(&shop, "image", Code::Forbidden, 5),
            sum(&depot, "chat", Code::Forbidden, 2),
            sum(&depot, "image", Code::Forbidden, 4),
            sum(&depot, "chat", Code::Expired, 3),
        ]);
        assert_eq!(reasons[&shop], (Code::RateLimited, String::new()));
        assert_eq!(reasons[&depot], (Code::Forbidden, "image".to_owned()));
    }
}
