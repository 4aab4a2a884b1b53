//! The endpoints of a key in the edit form, which never change.

use leptos::prelude::*;
use model::id::KeyId;

use crate::ui::dialog::COPY;
use crate::ui::fold::Fold;
use crate::ui::icon::{Icon, IconKind};

/// How many endpoints are shown first.
const SHOWN: usize = 12;

#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#[component]
pub(super) fn LockedEndpoints(id: KeyId, endpoints: Option<Vec<String>>) -> impl IntoView {
    let copy = format!("/keys/new?{COPY}={id}");
    let titles = endpoints.unwrap_or_else(|| vec!["All endpoints".to_owned()]);
    let mut tags: Vec<_> = titles
        .into_iter()
        .map(|title| view! { <li class="tag">{title}</li> })
        .collect();
    let folded = (tags.len() > SHOWN + 1).then(|| tags.split_off(SHOWN));
    view! {
        <div class="field locked" role="group" aria-labelledby="locked-endpoints">
            <span class="field__label" id="locked-endpoints">
                "Endpoints"
            </span>
            <ul class="tags" role="list">
                {tags}
            </ul>
            {folded.map(|folded| view! { <Fold words=format!("and {} more endpoints", folded.len())>{folded}</Fold> })}
            <p class="field__hint">
                <Icon kind=IconKind::Lock/>
                <span>
                    "Endpoints cannot be changed. For others, " <a href=copy>"duplicate this key"</a> "."
                </span>
            </p>
        </div>
    }
}
