//! The tab Requests: the latest refused requests of the key from all nodes, and which nodes have told of theirs.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::id::KeyId;
use model::key_list::KeyQuery;
use model::refusal::{LatestRefusals, REMEMBERED, Refusal};
use model::time::Timestamp;

use super::super::address::key_query;
use super::tabs::KeyTab;
use super::why;
use crate::error::AppError;
use crate::server_fns::keys::load_refusals;
use crate::shared::Shared;
use crate::ui::button::{Look, icon_and_words};
use crate::ui::copy::copy_icon;
use crate::ui::head::head_actions;
use crate::ui::icon::IconKind;
use crate::ui::state::{LoadError, State, loading_cards};
use crate::ui::table::{TableHead, cell, table};
use crate::ui::time::Ago;

const COLUMNS: &[&str] = &["Time", "Request", "Address", "Reason", "Explain"];

/// How often the nodes that have not answered are looked for again.
const AGAIN: Duration = Duration::from_secs(1);

/// The refused requests, while their tab is shown.
pub(super) type Refusals = Resource<Result<Option<LatestRefusals>, AppError>>;

/// Loads the refused requests of a key while their tab is shown, again and again until every node has answered.
pub(super) fn refusals(id: Memo<String>, tab: Memo<KeyTab>) -> Refusals {
    let shared = Shared::of_context();
    let again = RwSignal::new(0_u32);
    let is_shown = Memo::new(move |_| tab.get() == KeyTab::Requests);
    let refusals = Resource::new(
        move || (id.get(), is_shown.get(), again.get(), shared.version.get()),
        |(id, is_shown, ..)| async move {
            if is_shown {
                load_refusals(KeyId::from_stored(id)).await.map(Some)
            } else {
                Ok(None)
            }
        },
    );
    Effect::new(move |_| {
        let found = refusals.get().and_then(Result::ok).flatten();
        if found.is_some_and(|found| !found.is_complete()) {
            set_timeout(
                move || {
                    again.try_update(|count| *count = count.wrapping_add(1));
                },
                AGAIN,
            );
        }
    });
    refusals
}

#[component]
pub(super) fn RefusedRequests(id: KeyId, refusals: Refusals) -> impl IntoView {
    view! {
        <Transition fallback=|| {
            view! {
                <p class="vh" role="status">
                    "Loading the refused requests"
                </p>
                {loading_cards(1)}
            }
        }>
            {move || {
                let id = id.clone();
                Suspend::new(async move {
                    match refusals.await {
                        Ok(Some(found)) => view! { <Found id found/> }.into_any(),
                        Ok(None) => ().into_any(),
                        Err(error) => view! { <LoadError what="The refused requests" error/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

#[component]
fn Found(id: KeyId, found: LatestRefusals) -> impl IntoView {
    let list = key_query(&use_query_map().read_untracked());
    let sources = found.sources_in_words();
    let LatestRefusals { requests, nodes, now } = found;
    let several = nodes.len() > 1;
    let content = if requests.is_empty() {
        view! {
            <State
                icon=IconKind::Shield
                title="No refused requests"
                text="A request that the key may not make appears here, with the reason."
            />
        }
        .into_any()
    } else {
        let rows = requests
            .into_iter()
            .map(|request| view! { <Row key_id=id.to_string() list=list.clone() request now several/> });
        let rows = view! {
            <TableHead columns=COLUMNS/>
            <tbody role="rowgroup">{rows.collect_view()}</tbody>
        };
        table(
            "table table--cards table--compact refused-requests",
            "Refused requests",
            rows,
            (),
        )
    };
    view! {
        <div class="page-head page-head--section">
            <div>
                <h2>"Refused requests"</h2>
                <p>
                    {format!(
                        "Each node remembers the latest {REMEMBERED} of a key, and forgets them when it stops. Queries and tokens are never kept.",
                    )}
                </p>
            </div>
            // The URL of this screen. It is loaded anew, with and without scripts.
            {head_actions(view! {
                <a class=Look::Secondary.class() href="" rel="external">
                    {icon_and_words(IconKind::Rotate, "Load again")}
                </a>
            })}
        </div>
        {content}
        <p class="after-table" role="status">
            {sources}
        </p>
    }
}

#[component]
fn Row(key_id: String, list: KeyQuery, request: Refusal, now: Timestamp, several: bool) -> impl IntoView {
    let question = request.question();
    let Refusal {
        at,
        code,
        method,
        path,
        whole,
        endpoint,
        address,
        from_client,
        reason,
        node,
    } = request;
    let said = format!("{method} {path}");
    let what = match (path.is_empty(), endpoint) {
        (false, _) => {
            let note = if whole {
                ""
            } else {
                "Not complete: too long, or a part is hidden"
            };
            view! {
                <span class="mono" dir="ltr">
                    {said.clone()}
                </span>
                {copy_icon(path)}
                {(!note.is_empty()).then(|| view! { <span class="sub">{note}</span> })}
            }
            .into_any()
        }
        (true, Some(name)) => view! { "Endpoint " <span class="mono">{name}</span> }.into_any(),
        (true, None) => view! { <span class="dim">"Unknown"</span> }.into_any(),
    };
    let time = view! {
        <Ago at now/>
        {several.then(|| view! { <span class="sub">{node}</span> })}
    };
    let address = match address {
        Some(address) => view! {
            <span class="mono">{address}</span>
            {(!from_client).then(|| view! { <span class="sub">"of the service that asked"</span> })}
        }
        .into_any(),
        None => "–".into_any(),
    };
    let reason = view! {
        {reason}
        <span class="sub mono">{code.as_str()}</span>
    };
    let explain = match question {
        Some(question) => view! {
            <a href=why::link(&key_id, &list, &question)>
                "Explain"
                <span class="vh">{format!(" {said}")}</span>
            </a>
        }
        .into_any(),
        None => "–".into_any(),
    };
    view! {
        <tr role="row">
            {cell("Time", "", time)}
            {cell("Request", "cell-name", what)}
            {cell("Address", "", address)}
            {cell("Reason", "", reason)}
            {cell("Explain", "", explain)}
        </tr>
    }
}
