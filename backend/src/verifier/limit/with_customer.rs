//! A request that counts against the limits of its key and of the key's customer: against all of them or none.

use super::{Buckets, RateLimitState};

/// Checks one request against the buckets of a key and of its customer. If all have room and `count` says so, the request is taken
/// out of each. `None` where neither has a limit.
#[expect(clippy::inline_always, reason = "a call costs a request with a limit 5 ns")]
#[inline(always)]
pub(in crate::verifier) fn request(
    key: Option<&Buckets>,
    customer: Option<&Buckets>,
    elapsed: i64,
    count: bool,
    nodes: u32,
) -> Option<RateLimitState> {
    match (key, customer) {
        (None, None) => None,
        (Some(key), None) => Some(key.request(elapsed, count, nodes)),
        (None, Some(customer)) => Some(customer.request(elapsed, count, nodes).of_customer()),
        (Some(key), Some(customer)) => Some(request_both(key, customer, elapsed, count, nodes)),
    }
}

fn request_both(key: &Buckets, customer: &Buckets, elapsed: i64, count: bool, nodes: u32) -> RateLimitState {
    // The key's lock always comes first, so no two requests wait for each other.
    let key = key.begin(elapsed, count, nodes);
    let customer = customer.begin(elapsed, count, nodes);
    let allowed = key.has_room() && customer.has_room();
    let customer = customer.finish(allowed).of_customer();
    let key = key.finish(allowed);
    let refused_first = match (key.retry_after, customer.retry_after) {
        (Some(own), Some(shared)) if shared > own => customer,
        (None, Some(_)) => customer,
        _ => key,
    };
    RateLimitState {
        windows: key.windows,
        customer_windows: customer.customer_windows,
        is_first: key.is_first,
        is_first_of_customer: customer.is_first_of_customer,
        ..refused_first
    }
}

impl RateLimitState {
    /// The state of a customer's buckets.
    fn of_customer(self) -> Self {
        Self {
            windows: Default::default(),
            customer_windows: self.windows,
            is_first: false,
            is_first_of_customer: self.is_first,
            refused_by_customer: self.refused_by.is_some(),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use model::limit::{Limits, Window};

    use super::*;

    fn a_minute(limit: u32) -> Buckets {
        Buckets::new(Limits {
            minute: Some(limit),
            ..Limits::NONE
        })
        .unwrap()
    }

    fn ask(key: &Buckets, customer: &Buckets) -> RateLimitState {
        request(Some(key), Some(customer), 0, true, 1).unwrap()
    }

    #[test]
    fn keys_of_one_customer_share_its_limit_and_a_refused_request_uses_up_nothing() {
        let (ada, ben, acme) = (a_minute(2), a_minute(10), a_minute(3));
        for _ in 0..2 {
            assert_eq!(ask(&ada, &acme).refused_by, None);
        }
        // The key has no room, so nothing is taken out of the customer's bucket.
        let refused = ask(&ada, &acme);
        assert_eq!(refused.refused_by, Some(Window::Minute));
        assert!(!refused.refused_by_customer);
        assert_eq!(refused.retry_after, Some(30));
        assert_eq!(refused.customer_windows().next().unwrap().remaining, 1);
        // The customer has room for one more, whoever asks.
        let last = ask(&ben, &acme);
        assert_eq!(last.windows().next().unwrap().remaining, 9);
        let refused = ask(&ben, &acme);
        assert_eq!((refused.refused_by_customer, refused.retry_after), (true, Some(20)));
        assert_eq!(
            refused.windows().next().unwrap().remaining,
            9,
            "nothing is taken out of the key's"
        );
    }

    #[test]
    fn the_longer_wait_counts() {
        let (ada, acme) = (a_minute(1), a_minute(2));
        assert_eq!(ask(&ada, &acme).refused_by, None);
        assert_eq!(request(None, Some(&acme), 0, true, 1).unwrap().refused_by, None);
        let refused = ask(&ada, &acme);
        assert_eq!((refused.retry_after, refused.refused_by_customer), (Some(60), false));
    }
}
