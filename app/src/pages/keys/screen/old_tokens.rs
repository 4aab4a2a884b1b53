//! The old tokens of a rotated key that still work: when each ends, which token was used last, and a button that ends one early.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::key_page::{KeyDetails, OldToken};
use model::proof::ChangeEffect;
use model::time::Timestamp;

use super::super::address::{key_query, to_params, url_with_list_query};
use crate::person::PersonField;
use crate::server_fns::keys::end_old_token;
use crate::shared::Shared;
use crate::ui::button::{Look, submit_button};
use crate::ui::day::exact;
use crate::ui::head::card;
use crate::ui::note::{NoteKind, note};
use crate::ui::time::Ago;

#[component]
pub(super) fn OldTokens(key: KeyDetails) -> impl IntoView {
    if key.old_tokens.is_empty() {
        return ().into_any();
    }
    let now = key.now;
    let old_used = key.old_tokens.iter().filter_map(|old| old.last_used_at).max();
    // If an old token was used after the rotation, some service still uses it.
    let behind = old_used.is_some_and(|old| old >= key.rotated_at);
    let last = if old_used > key.token_used_at {
        "an old token"
    } else {
        "the new token"
    };
    let verdict = match (old_used, key.token_used_at) {
        (None, None) => "Neither the new token nor an old one was used since the rotation.".to_owned(),
        _ if behind => format!("Some service still uses an old token. Used last: {last}."),
        _ => format!("Since the rotation no old token was used. Used last: {last}."),
    };
    let kind = if behind { NoteKind::Warning } else { NoteKind::Info };
    let newest = view! {
        <li class="line">
            <span>
                <span class="mono">{key.row.masked.clone()}</span>
                <span class="sub">"new, since " <Ago at=key.rotated_at now/></span>
            </span>
            <span class="line__end">
                <LastUse at=key.token_used_at now/>
            </span>
        </li>
    };
    let old = key.old_tokens.into_iter();
    let old = old.map(|old| view! { <Old key_id=key.row.id.to_string() old now may_end=key.row.may_change/> });
    let content = view! {
        {note(kind, verdict)}
        <ul class="lines" role="list">
            {newest}
            {old.collect_view()}
        </ul>
    };
    card("card card--list", "old-tokens", "Old and new token", content)
}

#[component]
fn Old(key_id: String, old: OldToken, now: Timestamp, may_end: bool) -> impl IntoView {
    let shared = Shared::of_context();
    let busy = RwSignal::new(false);
    let list = to_params(&key_query(&use_query_map().read_untracked()));
    let action = url_with_list_query(&format!("/keys/{key_id}/end-old-token"), &list);
    let name = old.masked.clone();
    let token = old.id.clone();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let (id, token) = (model::id::KeyId::from_stored(key_id.clone()), token.clone());
        leptos::task::spawn_local(async move {
            match end_old_token(id, token).await {
                Ok(change) => {
                    shared
                        .toasts
                        .add_with_proof("The old token has ended.", ChangeEffect::Refused, change);
                }
                Err(error) => shared.toasts.add_error(error.message()),
            }
            busy.try_set(false);
            shared.reload_screen();
        });
    };
    view! {
        <li class="line">
            <span>
                <span class="mono">{old.masked}</span>
                <span class="sub sub--soon">"old, works until " {exact(old.ends_at)}</span>
            </span>
            <span class="line__end">
                <LastUse at=old.last_used_at now/>
                {may_end
                    .then(|| {
                        view! {
                            <form method="post" action=action on:submit=submit>
                                <PersonField/>
                                <input type="hidden" name="token" value=old.id/>
                                {submit_button(
                                    Look::Secondary,
                                    Some(busy),
                                    view! {
                                        "End now"
                                        <span class="vh">{format!(" {name}")}</span>
                                    },
                                )}
                            </form>
                        }
                    })}
            </span>
        </li>
    }
}

#[component]
fn LastUse(at: Option<Timestamp>, now: Timestamp) -> impl IntoView {
    match at {
        Some(at) => view! { <span>"last used " <Ago at now/></span> }.into_any(),
        None => view! { <span class="dim">"not used yet"</span> }.into_any(),
    }
}
