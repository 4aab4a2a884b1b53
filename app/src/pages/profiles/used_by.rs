//! The keys that use a profile.

use leptos::prelude::*;
use model::id::ProfileId;
use model::profile::KeyName;

use crate::ui::number::grouped;

/// Links to the first keys, and, if there are more, to the list of all.
#[component]
pub(super) fn UsedBy(
    keys: u64,
    some: Vec<KeyName>,
    /// The URL of the list of all keys with the profile.
    all: String,
) -> impl IntoView {
    let more = keys.saturating_sub(some.len() as u64);
    view! {
        <ul class="used-by" role="list">
            {some
                .into_iter()
                .map(|key| {
                    view! {
                        <li>
                            <a href=format!("/keys/{}", key.id)>{key.name}</a>
                        </li>
                    }
                })
                .collect_view()}
            {(more > 0)
                .then(move || {
                    view! {
                        <li>
                            <a href=all>{format!("and {} more", grouped(more))}</a>
                        </li>
                    }
                })}
        </ul>
    }
}

/// The number of keys in words, such as `3 keys use it`.
pub(super) fn use_it(keys: u64) -> String {
    match keys {
        0 => "No key uses it".to_owned(),
        1 => "1 key uses it".to_owned(),
        keys => format!("{} keys use it", grouped(keys)),
    }
}

/// The URL of the list of keys with this profile in all environments.
pub(super) fn keys_link(id: &ProfileId) -> String {
    format!("/keys?environment=&profile={id}")
}
