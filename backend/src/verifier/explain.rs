//! "Why denied?": the checks of a decision one by one, with the result of each. Nothing is counted.

use std::net::IpAddr;

use model::address::AllowedAddresses;
use model::explain::{self, Check, Checked, Explanation, NO_ENDPOINT, Unmatched};
use model::id::KeyId;
use model::number::grouped;
use model::path;
use model::status::Status;
use model::time::Timestamp;

use super::Verifier;
use super::check::{CheckContext, LimitUse, decide};
use super::index::NotLoaded;
use super::limit::{RateLimitState, WindowState};

/// The request in a question.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) method: &'a str,
    /// The path as a client would send it, with its query.
    pub(crate) path: &'a str,
    pub(crate) client: Option<IpAddr>,
    pub(crate) at: Timestamp,
    /// Whether the question is about the present time. Limits are known only for that.
    pub(crate) now: bool,
    /// Whether this process counts requests. A command does not.
    pub(crate) counts: bool,
}

impl Question<'_> {
    /// Only nodes know how far limits are used up, and only for the present time.
    const fn knows_limits(&self) -> bool {
        self.now && self.counts
    }
}

impl Verifier {
    /// The decision about a request with a key; `None` if this node has no such key.
    pub(crate) fn explain(&self, id: &KeyId, question: &Question<'_>) -> Option<Explanation> {
        let index = self.read();
        let (_, record) = index.by_id(id)?;
        let read = path::unambiguous(question.path);
        let endpoint = read
            .ok()
            .and_then(|path| index.catalogue.endpoint_of_request(question.method, path));
        let context = CheckContext {
            index: &index,
            record,
            now: question.at,
            elapsed: self.clock.elapsed(),
            endpoint,
            client: question.client,
            nodes: self.limits.nodes(),
        };
        let checks: Vec<Check> = Check::ALL
            .into_iter()
            .filter(|check| *check != Check::Limit || question.knows_limits())
            .collect();
        let checked = |check| {
            let (refusal, state) = if checks.contains(&check) {
                context.refusal(check, LimitUse::ReadOnly)
            } else {
                (None, None)
            };
            let result = match refusal {
                None => explain::CheckResult::Passed,
                Some(_) => explain::CheckResult::Failed,
            };
            let reason = match check {
                Check::Known => format!("{id} is a key of environment {}.", index.facts(record).environment),
                Check::Status => status(record.status(question.at), record.expires_at()),
                Check::Customer => customer_reason(&context, refusal.is_none()),
                Check::Endpoint => endpoint_reason(&context, read, refusal.is_none()),
                Check::Address => address_reason(&context, refusal.is_none()),
                Check::Limit => limit_reason(question, context.is_limited(), state),
            };
            Checked { check, result, reason }
        };
        Some(Explanation {
            checks: Check::ALL.map(checked).into(),
            code: decide(&context, &checks, LimitUse::ReadOnly).0,
            endpoint: endpoint.map(|endpoint| endpoint.name().to_owned()),
            at: question.at,
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

fn customer_reason(context: &CheckContext<'_>, works: bool) -> String {
    match context.index.customer(context.record) {
        Ok(None) => "The key belongs to no customer.".to_owned(),
        Ok(Some(customer)) if works => format!("The key belongs to customer {}, who is active.", customer.name),
        Ok(Some(customer)) => format!("The key belongs to customer {}, who is suspended.", customer.name),
        Err(NotLoaded) => "This node does not know the customer of the key yet.".to_owned(),
    }
}

fn endpoint_reason(context: &CheckContext<'_>, read: Result<&str, path::Refused>, granted: bool) -> String {
    match (read, context.endpoint) {
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

fn address_reason(context: &CheckContext<'_>, allowed: bool) -> String {
    let networks = context.record.extra.as_ref().map(|extra| &extra.addresses);
    let networks = networks.filter(|networks| !networks.is_all());
    match (networks.map(AllowedAddresses::in_words), context.client) {
        (None, _) => "The key may be used from every address.".to_owned(),
        (Some(networks), None) => format!("The key may be used from {networks} only, and the address is not known."),
        (Some(networks), Some(address)) if allowed => format!("{address} is in the allowed addresses: {networks}."),
        (Some(networks), Some(address)) => format!("{address} is not in the allowed addresses: {networks}."),
    }
}

fn limit_reason(question: &Question<'_>, limited: bool, state: Option<RateLimitState>) -> String {
    if !limited {
        return "Neither the key nor its customer has a rate limit.".to_owned();
    }
    if !question.counts {
        return "Only the nodes count requests; a command does not know how often the key was used.".to_owned();
    }
    let Some(state) = state else {
        return "How often the key was used at another time is not known.".to_owned();
    };
    if let (Some(window), Some(wait)) = (state.refused_by, state.retry_after) {
        let who = if state.refused_by_customer {
            "The keys of the customer have used up their"
        } else {
            "The key has used up its"
        };
        return format!(
            "{who} requests per {}; the next one is allowed in {wait} s.",
            window.as_str()
        );
    }
    let in_words = |window: WindowState| {
        let (left, limit) = (grouped(window.remaining.into()), grouped(window.limit.into()));
        format!("{left} of {limit} a {}", window.window.as_str())
    };
    let own = state.windows().map(in_words);
    let shared = state
        .customer_windows()
        .map(|window| format!("{} for all keys of the customer", in_words(window)));
    let left: Vec<String> = own.chain(shared).collect();
    format!("Requests left: {}.", left.join(", "))
}

impl Verifier {
    /// Whether this process has an index. A server has one, a command has not.
    pub(crate) fn is_loaded(&self) -> bool {
        self.ready() != Err(super::Unavailable::Loading)
    }
}
