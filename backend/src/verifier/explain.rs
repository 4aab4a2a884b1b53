//! "Why denied?": the checks of a decision one by one, with what each found. Nothing is counted.

use std::net::IpAddr;

use model::address::AllowedAddresses;
use model::explain::{self, Check, Checked, Explanation, NO_ENDPOINT, Unmatched};
use model::limit::grouped;
use model::path;
use model::status::Status;
use model::time::Timestamp;

use super::Verifier;
use super::check::{About, Taking, decide};
use super::limit::Standing;

/// A request that somebody asks about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    /// As a client would send it, query and all.
    pub(crate) path: &'a str,
    pub(crate) client: Option<IpAddr>,
    pub(crate) at: Timestamp,
    /// Whether it is asked about this very moment: limits are known for no other.
    pub(crate) now: bool,
    /// Whether this process counts requests. A command does not.
    pub(crate) counts: bool,
}

impl Asked<'_> {
    /// How far limits are used up is known to the nodes, and for this moment.
    const fn knows_limits(&self) -> bool {
        self.now && self.counts
    }
}

impl Verifier {
    /// What would be decided about a request with a key; `None` when this node knows no such key.
    pub(crate) fn explain(&self, id: &str, asked: &Asked<'_>) -> Option<Explanation> {
        let index = self.read();
        let (_, record) = index.by_id(id)?;
        let read = path::unambiguous(asked.path);
        let endpoint = read.ok().and_then(|path| index.catalogue.of(asked.method, path));
        let about = About {
            index: &index,
            record,
            now: asked.at,
            elapsed: self.clock.elapsed(),
            endpoint,
            client: asked.client,
        };
        let checks: Vec<Check> = Check::ALL
            .into_iter()
            .filter(|check| *check != Check::Limit || asked.knows_limits())
            .collect();
        let checked = |check| {
            let (refusal, standing) = if checks.contains(&check) {
                about.refusal(check, Taking::No)
            } else {
                (None, None)
            };
            let result = match refusal {
                None => explain::Result::Passed,
                Some(_) => explain::Result::Failed,
            };
            let reason = match check {
                Check::Known => format!("{id} is a key of environment {}.", index.facts(record).environment),
                Check::Status => status(record.status(asked.at), record.expires_at()),
                Check::Endpoint => of_endpoint(&about, read, refusal.is_none()),
                Check::Address => of_address(&about, refusal.is_none()),
                Check::Limit => of_limit(asked, record.buckets().is_some(), standing),
            };
            Checked { check, result, reason }
        };
        Some(Explanation {
            checks: Check::ALL.map(checked).into(),
            code: decide(&about, &checks, Taking::No).0,
            endpoint: endpoint.map(|endpoint| endpoint.name().to_owned()),
            at: asked.at,
        })
    }
}

fn status(status: Status, expires_at: Option<Timestamp>) -> String {
    match (status, expires_at) {
        (Status::Active, None) => "The key is active.".to_owned(),
        (Status::Active, Some(end)) => format!("The key is active until {}.", end.exact()),
        (Status::Provisioning, _) => "The key is being provisioned.".to_owned(),
        (Status::Inactive, _) => "The key is disabled.".to_owned(),
        (Status::Expired, Some(end)) => format!("The key reached its end date: {}.", end.exact()),
        (Status::Expired, None) => "The key has reached its end date.".to_owned(),
        (Status::Failed, _) => "The key failed to provision and will never work.".to_owned(),
    }
}

fn of_endpoint(about: &About<'_>, read: Result<&str, path::Refused>, granted: bool) -> String {
    match (read, about.endpoint) {
        (Err(why), _) => Unmatched::Path(why).to_string(),
        (Ok(_), None) => NO_ENDPOINT.to_owned(),
        (Ok(_), Some(endpoint)) if granted => {
            format!("The request is for endpoint {}, which the key holds.", endpoint.name())
        }
        (Ok(_), Some(endpoint)) => {
            format!(
                "The request is for endpoint {}, which the key does not hold.",
                endpoint.name()
            )
        }
    }
}

fn of_address(about: &About<'_>, allowed: bool) -> String {
    let networks = about.record.extra.as_ref().map(|extra| &extra.addresses);
    let networks = networks.filter(|networks| !networks.is_all());
    match (networks.map(AllowedAddresses::in_words), about.client) {
        (None, _) => "The key may be used from every address.".to_owned(),
        (Some(networks), None) => format!("The key may be used from {networks} only, and the address is not known."),
        (Some(networks), Some(address)) if allowed => format!("{address} is in the allowed addresses: {networks}."),
        (Some(networks), Some(address)) => format!("{address} is not in the allowed addresses: {networks}."),
    }
}

fn of_limit(asked: &Asked<'_>, limited: bool, standing: Option<Standing>) -> String {
    if !limited {
        return "The key has no rate limit.".to_owned();
    }
    if !asked.counts {
        return "The nodes count for themselves; a command does not know how often the key was used.".to_owned();
    }
    let Some(standing) = standing else {
        return "How often the key was used at another time is not known.".to_owned();
    };
    if let (Some(window), Some(wait)) = (standing.refused_by, standing.retry_after) {
        return format!(
            "The key was used as often as it may be in a {} on this node; there is room again in {wait} s.",
            window.as_str()
        );
    }
    let left: Vec<String> = standing
        .windows()
        .map(|window| {
            let (left, limit) = (grouped(window.remaining), grouped(window.limit));
            format!("{left} of {limit} a {}", window.window.as_str())
        })
        .collect();
    format!("There is room on this node: {} left.", left.join(", "))
}

impl Verifier {
    /// Whether this process has an index, which a server has and a command has not.
    pub(crate) fn is_loaded(&self) -> bool {
        self.ready() != Err(super::Unavailable::Loading)
    }
}
