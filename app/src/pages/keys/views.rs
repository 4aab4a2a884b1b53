//! Saved views: the filters of the list under a name. They are kept in the browser and never sent to the server.

use leptos::html;
use leptos::prelude::*;
use leptos::serde_json;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use wasm_bindgen::JsCast;

use super::address::{key_query, to_first_page, to_params};
use crate::pages::console::ENVIRONMENT_SELECTOR;
use crate::person;
use crate::screens::Screen;
use crate::shared::Shared;
use crate::ui::button::{Look, submit_button};
use crate::ui::icon::IconKind;
use crate::ui::menu::hide_menu;

/// The most views that one person keeps in a browser.
const MOST: usize = 50;
/// The longest name, in characters.
const NAME_MAX: &str = "60";
const MENU: &str = "views";

/// The button that opens the menu of views. It is shown with scripts only, and its menu is loaded when it is first opened. Its place is
/// kept from the start, so that the list does not move when the scripts have started.
#[component]
pub(super) fn Views() -> impl IntoView {
    let shared = Shared::of_context();
    let is_drawn = RwSignal::new(false);
    view! {
        <button
            class="button button--secondary filter keeps-place"
            type="button"
            popovertarget=MENU
            data-icon=IconKind::ChevronDown.name()
            on:click=move |_| is_drawn.set(true)
        >
            "Views"
        </button>
        <div class="popover" id=MENU popover="auto">
            {move || is_drawn.get().then(|| (shared.draw)(Screen::KeyViews))}
        </div>
    }
}

/// The environment that is chosen in the header.
fn shown_environment() -> Option<String> {
    let selector = document().get_element_by_id(ENVIRONMENT_SELECTOR)?;
    Some(selector.dyn_into::<web_sys::HtmlSelectElement>().ok()?.value())
}

/// A view: its name, and the query string that it stands for.
type SavedView = (String, String);

/// The content of the menu: links to the views, and a form that saves the present filters as one.
#[component]
pub(crate) fn KeyViews() -> impl IntoView {
    let query = use_query_map();
    let here = Memo::new(move |_| {
        let mut query = key_query(&query.read());
        // Otherwise the view would be about whatever environment is chosen when it is opened.
        query.environment = query.environment.or_else(shown_environment);
        let mut params = to_params(&query);
        to_first_page(&mut params);
        params.to_query_string()
    });
    let saved = RwSignal::new(read());
    let field = NodeRef::<html::Input>::new();
    let failed = RwSignal::new(false);
    let store = move |views: Vec<SavedView>| {
        failed.set(!write(&views));
        saved.set(views);
    };
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(field) = field.get_untracked() else {
            return;
        };
        let name = field.value().trim().to_owned();
        if name.is_empty() {
            return;
        }
        let mut views = saved.get_untracked();
        views.retain(|(known, _)| *known != name);
        views.insert(0, (name, here.get_untracked()));
        views.truncate(MOST);
        store(views);
        field.set_value("");
    };
    let navigate = use_navigate();
    let open = Callback::new(move |query: String| {
        hide_menu(MENU);
        navigate(&format!("/keys{query}"), NavigateOptions::default());
    });
    let remove = move |name: &str| {
        let mut views = saved.get_untracked();
        views.retain(|(known, _)| known != name);
        store(views);
        // The button is gone.
        if let Some(field) = field.get_untracked() {
            let _ = field.focus();
        }
    };
    let row = move |(name, query): SavedView| {
        let current = {
            let query = query.clone();
            move || (*here.read() == query).then_some("true")
        };
        let href = format!("/keys{query}");
        let removed = name.clone();
        view! {
            <li class="view">
                <a
                    class="menu__item"
                    href=href
                    dir="auto"
                    aria-current=current
                    on:click=move |event| {
                        event.prevent_default();
                        open.run(query.clone());
                    }
                >
                    {name.clone()}
                </a>
                <button
                    class="icon-button"
                    type="button"
                    data-icon=IconKind::Close.name()
                    aria-label=format!("Remove view {name}")
                    on:click=move |_| remove(&removed)
                ></button>
            </li>
        }
    };
    view! {
        <ul role="list" class="views" aria-label="Views">
            {move || saved.get().into_iter().map(row).collect_view()}
        </ul>
        <form class="views__form" on:submit=save>
            <label class="field__label" for="view-name">
                "Save these filters as"
            </label>
            <input
                class="input"
                id="view-name"
                node_ref=field
                placeholder="A name"
                maxlength=NAME_MAX
                autocomplete="off"
                required
            />
            {submit_button(Look::Primary, None, "Save view")}
        </form>
        <p class="views__note">
            {move || kept_where(failed.get())}
        </p>
    }
}

const fn kept_where(failed: bool) -> &'static str {
    if failed {
        "This browser keeps no data of this site, so the view is gone when you leave."
    } else {
        "Views stay in this browser."
    }
}

/// The name under which the browser keeps the views of this person.
fn key() -> String {
    format!("latchkey_views_{}", person::shown().unwrap_or_default())
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

fn read() -> Vec<SavedView> {
    let text = storage().and_then(|storage| storage.get_item(&key()).ok().flatten());
    let views: Option<Vec<SavedView>> = text.and_then(|text| serde_json::from_str(&text).ok());
    let mut views = views.unwrap_or_default();
    // Only query strings: a link must not lead anywhere else.
    views.retain(|(_, query)| query.is_empty() || query.starts_with('?'));
    views.truncate(MOST);
    views
}

/// Returns whether the browser keeps the views.
fn write(views: &[SavedView]) -> bool {
    let text = serde_json::to_string(views).unwrap_or_default();
    storage().is_some_and(|storage| storage.set_item(&key(), &text).is_ok())
}
