//! Rate limits in JSON: those of keys, and those that the keys of a customer share.

use model::form_values::FormValues;
use model::limit::{Limits, Window};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::values::{Object, Patched};

/// Requests allowed over all nodes together; null is no limit.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub(super) struct RateLimit {
    #[schema(required = true)]
    second: Option<u32>,
    #[schema(required = true)]
    minute: Option<u32>,
    #[schema(required = true)]
    day: Option<u32>,
}

/// Requests allowed over all nodes together; null or left out is no limit.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRateLimit {
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    second: Option<u32>,
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    minute: Option<u32>,
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    day: Option<u32>,
}

/// The limits that are to be changed; null for no limit.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RateLimitPatch {
    #[serde(default)]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 1_000_000_000)]
    second: Patched<u32>,
    #[serde(default)]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 1_000_000_000)]
    minute: Patched<u32>,
    #[serde(default)]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 1_000_000_000)]
    day: Patched<u32>,
}

impl NewRateLimit {
    /// Fills in the fields of the form.
    pub(super) fn set(sent: Option<Object<Self>>, form: &mut FormValues) {
        let Self { second, minute, day } = sent.map(|Object(limits)| limits).unwrap_or_default();
        for (window, limit) in Window::ALL.into_iter().zip([second, minute, day]) {
            set_limit(form, window, limit);
        }
    }
}

impl RateLimitPatch {
    /// Fills in the fields of the form that are to be changed.
    pub(super) fn set(&self, form: &mut FormValues) {
        for (window, limit) in Window::ALL.into_iter().zip([&self.second, &self.minute, &self.day]) {
            if let Patched::To(limit) = limit {
                set_limit(form, window, *limit);
            }
        }
    }
}

impl From<Limits> for RateLimit {
    fn from(Limits { second, minute, day }: Limits) -> Self {
        Self { second, minute, day }
    }
}

fn set_limit(form: &mut FormValues, window: Window, limit: Option<u32>) {
    let text = limit.map(|limit| limit.to_string()).unwrap_or_default();
    form.set(window.field_name(), text);
}
