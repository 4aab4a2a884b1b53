//! `/settings`: six tabs, and the dialogs over each.

mod dialog_row;
mod endpoints;
mod environments;
mod nodes;
mod place;
mod question;
mod role_field;
mod searchable_list;
mod security;
mod service_accounts;
mod tab_content;
mod users;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::role::{Permission, Role};

use crate::shared::Shared;
use crate::ui::button::{Look, icon_and_words, link_button};
use crate::ui::confirm_password::{Confirm, ConfirmPassword};
use crate::ui::head::{head_actions, section_head};
use crate::ui::icon::{Icon, IconKind};
use crate::ui::list::{carry_query, over_list};
use crate::ui::state::{LoadError, State};
use crate::ui::tabs::{self, Tabs};
use crate::ui::title::Title;
use endpoints::Endpoints;
use environments::Environments;
use environments::read::ReadEnvironments;
use nodes::Nodes;
use place::{Place, SettingsDialog, Tab};
use security::Security;
use service_accounts::ServiceAccounts;
use users::Users;

const PANEL: &str = "settings-panel";

/// The paths and titles of the tabs, and the permission to see each. The router has one path for all tabs.
pub(crate) fn tabs() -> [(&'static str, &'static str, Permission); 6] {
    Tab::ALL.map(|tab| (tab.path(), tab.title(), tab.permission()))
}

#[component]
pub(crate) fn Settings() -> impl IntoView {
    carry_query();
    let params = use_params_map();
    let place = Memo::new(move |_| Place::parse(&params.read().get("place").unwrap_or_default()));
    let tab = Memo::new(move |_| place.read().as_ref().map(|place| place.tab));
    let shown = move || tab.get().unwrap_or(Tab::Environments);
    let shared = Shared::of_context();
    // The server may write the title after the screen is dropped. In that case the first title counts.
    let first = untrack(shown);
    let title = move || tab.try_get().flatten().unwrap_or(first).title();
    view! {
        <Title text=title/>
        <div class="page-head">
            <h1>"Settings"</h1>
        </div>
        <Transition fallback=|| ()>
            <Tabbed shared place tab/>
        </Transition>
    }
}

/// The tabs that the person may see, and the shown tab. They are drawn again only when the role changes.
#[component]
fn Tabbed(shared: Shared, place: Memo<Option<Place>>, tab: Memo<Option<Tab>>) -> impl IntoView {
    let role = Memo::new(move |_| shared.frame.get().map(|frame| frame.map(|frame| frame.me.role)));
    // These dialogs need scripts, so the server does not draw them.
    let scripts = RwSignal::new(false);
    Effect::new(move |_| scripts.set(true));
    let dialog = Memo::new(move |_| {
        let place = place.get()?;
        let may = matches!(role.get(), Some(Ok(role)) if role.may(place.tab.change_permission()));
        (may && scripts.get()).then_some(place.dialog).flatten()
    });
    let confirm = Confirm::provide();
    Effect::new(move |_| {
        place.track();
        confirm.cancel();
    });
    move || match role.get() {
        None => ().into_any(),
        Some(Err(error)) => view! { <LoadError what="The settings" error/> }.into_any(),
        Some(Ok(role)) => view! {
            <Panel role tab dialog/>
            <ConfirmPassword confirm/>
        }
        .into_any(),
    }
}

#[component]
fn Panel(role: Role, tab: Memo<Option<Tab>>, dialog: Memo<Option<SettingsDialog>>) -> impl IntoView {
    let shown = move || tab.get().unwrap_or(Tab::Environments);
    let offered = Tab::ALL.into_iter().filter(|tab| role.may(tab.permission()));
    let tabs = offered.map(|tab| tabs::Tab {
        href: tab.path().to_owned(),
        title: tab.title(),
        id: tab.id(),
        count: None,
    });
    let tabs = tabs.collect();
    // If the person may not see the tab of the panel, no tab can label the panel.
    let is_offered = move || role.may(shown().permission());
    view! {
        <Tabs label="Settings" panel=PANEL tabs current=Signal::derive(move || shown().id())/>
        <noscript>
            <p class="note">
                <Icon kind=IconKind::Info/>
                "Changing settings needs scripts."
            </p>
        </noscript>
        <div
            role="tabpanel"
            id=PANEL
            aria-labelledby=move || is_offered().then(|| shown().id())
            aria-label=move || (!is_offered()).then(|| shown().title())
        >
            {move || match tab.get() {
                Some(tab @ Tab::Environments) if !role.may(tab.change_permission()) => view! { <ReadEnvironments/> }.into_any(),
                Some(Tab::Environments) => view! { <Environments dialog/> }.into_any(),
                Some(tab @ Tab::Endpoints) => view! { <Endpoints dialog may_change=role.may(tab.change_permission())/> }.into_any(),
                Some(Tab::Users) => view! { <Users dialog/> }.into_any(),
                Some(Tab::ServiceAccounts) => view! { <ServiceAccounts dialog/> }.into_any(),
                Some(Tab::Nodes) => view! { <Nodes/> }.into_any(),
                Some(Tab::Security) => view! { <Security dialog/> }.into_any(),
                None => view! { <Nowhere/> }.into_any(),
            }}
        </div>
    }
}

#[component]
fn Nowhere() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    view! {
        <State icon=IconKind::Gear title="There is no such page" text="The link may be old, or mistyped. The tabs lead on."/>
    }
}

/// The head of a tab: title, text, and the button that adds something.
#[component]
fn TabHead(
    title: &'static str,
    text: &'static str,
    /// The URL and the words of the button that adds something.
    #[prop(default = None, into)]
    add: Option<(&'static str, &'static str)>,
) -> impl IntoView {
    let add = add.map(|(href, words)| {
        let content = icon_and_words(IconKind::Plus, words);
        head_actions(link_button(Look::Secondary, over_list(href.to_owned()), content))
    });
    section_head(title, text, add)
}
