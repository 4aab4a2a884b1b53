//! The frame of every screen of the console: sidebar, header, messages, and the dialog of a key that was just created.

use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use model::account::LoggedInPerson;
use model::key::Frame;
use model::role::{Permission, Role};
use wasm_bindgen::JsCast;
use web_sys::HtmlButtonElement;

use crate::answer::{self, Answer};
use crate::cookie;
use crate::live;
use crate::palette::{Palette, PaletteBox, PaletteField};
use crate::person;
use crate::preferences::{self, Preferences, Theme, Times};
use crate::reaction::{ChosenPreferences, Reaction, Reactor};
use crate::screens::{Access, Screen, table};
use crate::server_fns::frame::load_frame;
use crate::shared::Shared;
use crate::ui::action::ChangeForm;
use crate::ui::button::{Look, icon_and_words, submit_button};
use crate::ui::copy::copy_on_click;
use crate::ui::find::FindOption;
use crate::ui::icon::{Icon, IconKind};
use crate::ui::menu::{Menu, menu_button, menu_content, menu_link};
use crate::ui::note::BadNote;
use crate::ui::toast::Toasts;

/// The id of the environment selector.
pub(crate) const ENVIRONMENT_SELECTOR: &str = "environment-selector";

/// How long the browser remembers the chosen environment, in seconds.
const YEAR: u32 = 365 * 86_400;

#[component]
pub(crate) fn Console(
    /// See [`Shared::draw`].
    draw: fn(Screen) -> AnyView,
    /// See [`Reactor`].
    react: fn(Reaction),
) -> impl IntoView {
    if let Answer::SignedOut(form) = answer::take(|answer| matches!(answer, Answer::SignedOut(_))) {
        provide_context(form);
        return draw(Screen::SendAgain);
    }
    let not_done = match answer::take(|answer| matches!(answer, Answer::OtherPerson(_))) {
        Answer::OtherPerson(email) => Some(format!(
            "You are logged in as {email}, and the form that you sent was opened by another person. Nothing was done."
        )),
        _ => None,
    };
    let created = match answer::take(|answer| matches!(answer, Answer::Created(_))) {
        Answer::Created(key) => Some(key),
        _ => None,
    };
    let shared = Shared {
        draw,
        created: RwSignal::new(created),
        version: RwSignal::new(0),
        nodes: RwSignal::new(None),
        frame: Resource::new(|| (), |()| load_frame()),
        toasts: Toasts::provide(),
        palette: Palette::new(),
        list_place: StoredValue::new(None),
    };
    let other = person::watch();
    provide_context(shared);
    provide_context(Reactor(react));
    live::follow(shared);
    copy_on_click();
    shared.palette.listen();
    let has_messages = shared.toasts.any();
    let has_user_menu = RwSignal::new(false);
    view! {
        <a class="skip" href="#main">
            "Skip to content"
        </a>
        <div class="shell">
            <Sidebar shared/>
            <header class="topbar">
                <Transition fallback=|| ()>
                    {move || Suspend::new(async move {
                        shared.frame.await.ok().map(|frame| view! { <Topbar frame has_user_menu/> })
                    })}
                </Transition>
            </header>
            <main class="content" id="main" tabindex="-1">
                {not_done.map(|text| view! { <BadNote text/> })}
                {move || shared.created.read().is_some().then(|| draw(Screen::SaveKey))}
                <Outlet/>
            </main>
        </div>
        <ChangeForm/>
        <div class="toasts" role="status">
            {move || has_messages.get().then(|| draw(Screen::Messages))}
        </div>
        {move || {
            let palette = shared.palette;
            palette.is_drawn.get().then(|| view! { <PaletteBox palette/> {draw(Screen::Palette)} })
        }}
        {move || other.get().then(|| draw(Screen::OtherPerson))}
    }
    .into_any()
}

#[component]
fn Sidebar(shared: Shared) -> impl IntoView {
    let frame = shared.frame;
    let path = use_location().pathname;
    let links = table()
        .filter_map(|row| {
            let (words, icon) = row.entry?;
            let href = row.link();
            let current = move || {
                let here = path.read();
                let inside = *here == href || (href != "/" && here.starts_with(&format!("{href}/")));
                inside.then_some("page")
            };
            let link = move || {
                view! {
                    <li>
                        <a class="nav__link" data-icon=icon.name() href=href aria-current=current>
                            {words}
                        </a>
                    </li>
                }
            };
            Some(match row.access {
                Access::Needs(permission) if permission.lowest_role() > Role::Viewer => view! {
                    <Suspense fallback=|| ()>
                        <IfPermitted shared permission draw=move || link().into_any()/>
                    </Suspense>
                }
                .into_any(),
                // Every role sees this entry.
                _ => link().into_any(),
            })
        })
        .collect_view();
    let at_reference = move || (*path.read() == "/reference").then_some("page");
    view! {
        <nav class="sidebar" aria-label="Main">
            <a class="brand" href="/" aria-label="Latchkey">
                <Icon kind=IconKind::Brand/>
                <span>"Latchkey"</span>
            </a>
            <ul class="nav" role="list">
                {links}
            </ul>
            <a
                class="nav__link sidebar__reference"
                data-icon=IconKind::Code.name()
                href="/reference"
                rel="external"
                aria-current=at_reference
            >
                "API Reference"
            </a>
            <p class="sidebar__foot">
                <Suspense fallback=|| ()>
                    {move || Suspend::new(async move { frame.await.ok().map(|frame| view! { <Nodes count=frame.nodes now=shared.nodes/> }) })}
                </Suspense>
            </p>
        </nav>
    }
}

/// Shows a view only to people who have this permission.
#[component]
fn IfPermitted(
    shared: Shared,
    permission: Permission,
    draw: impl Fn() -> AnyView + Send + Sync + 'static,
) -> impl IntoView {
    let may = Memo::new(move |_| matches!(shared.frame.get(), Some(Ok(frame)) if frame.me.role.may(permission)));
    move || may.get().then(&draw)
}

#[component]
fn Nodes(count: u64, now: RwSignal<Option<u64>>) -> impl IntoView {
    let online = move || now.get().unwrap_or(count);
    let text = move || match online() {
        1 => "1 node online".to_owned(),
        count => format!("{count} nodes online"),
    };
    view! {
        <span class=move || if online() == 0 { "dot dot--bad" } else { "dot dot--ok" }></span>
        {text}
    }
}

#[component]
fn Topbar(
    frame: Frame,
    /// Whether the content of the user menu is drawn.
    has_user_menu: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <EnvironmentSelector frame=frame.clone()/>
        <div class="topbar__end">
            <PaletteField palette=Shared::of_context().palette/>
            <UserMenu me=frame.me initials=frame.initials is_drawn=has_user_menu/>
        </div>
    }
}

/// The environment selector. It sets a query parameter and a cookie that remembers the choice.
#[component]
fn EnvironmentSelector(frame: Frame) -> impl IntoView {
    let location = use_location();
    let query = use_query_map();
    let remembered = RwSignal::new(frame.environment);
    let many = frame.environments.len();
    let chosen = Memo::new(move |_| query.read().get("environment").unwrap_or_else(|| remembered.get()));
    let reactor = Reactor::of_context();
    let choose = move |event| reactor.run(Reaction::ChooseEnvironment(event_target_value(&event), remembered));
    // Without scripts, this form remembers the choice. The URL alone does not, since following a link is not a choice.
    let next = move || format!("{}{}", location.pathname.get(), query.read().to_query_string());
    view! {
        <form class="env" method="post" action="/environment">
            <span class="dot dot--ok"></span>
            <span class="select">
                <select id=ENVIRONMENT_SELECTOR name="environment" aria-label="Environment" on:change=choose>
                    <option value="" selected=move || chosen.read().is_empty()>
                        "All environments"
                    </option>
                    {frame
                        .environments
                        .into_iter()
                        .map(|environment| {
                            let name = environment.name.clone();
                            view! {
                                <option value=environment.name.clone() selected=move || *chosen.read() == name>
                                    {environment.name.clone()}
                                </option>
                            }
                        })
                        .collect_view()}
                </select>
            </span>
            <input type="hidden" name="next" value=next/>
            <FindOption select=ENVIRONMENT_SELECTOR label="Find an environment" many=many/>
            <noscript>
                {submit_button(Look::Secondary, None, "Go")}
            </noscript>
        </form>
    }
}

/// Shows an environment, and writes the cookie that the server reads if the URL names none.
pub(crate) fn choose_environment(name: String, remembered: RwSignal<String>) {
    let value = js_sys::encode_uri_component(&name);
    cookie::write("latchkey_environment", &String::from(value), YEAR);
    remembered.set(name.clone());
    let location = use_location();
    let mut query = location.query.get_untracked();
    query.replace("environment", name);
    // The list of another environment starts on its first page.
    query.remove("after");
    query.remove("before");
    let path = location.pathname.get_untracked();
    use_navigate()(
        &format!("{path}{}", query.to_query_string()),
        leptos_router::NavigateOptions::default(),
    );
}

const MENU: &str = "user-menu";

#[component]
fn UserMenu(me: LoggedInPerson, initials: String, is_drawn: RwSignal<bool>) -> impl IntoView {
    let label = format!("{}, user menu", me.name);
    let content = move || menu_content(is_drawn.get(), || user_menu(&me));
    view! {
        <button class="avatar-button" type="button" popovertarget=MENU aria-label=label>
            <span class="avatar" aria-hidden="true">
                {initials}
            </span>
        </button>
        <Menu id=MENU class="popover popover--end" is_drawn>
            {content}
        </Menu>
    }
}

fn user_menu(me: &LoggedInPerson) -> AnyView {
    view! {
        <p class="menu__head">
            {me.name.clone()}
            <span class="sub">{format!("{} · {}", me.email, me.role.title())}</span>
        </p>
        {menu_link(MENU, "/settings/security", IconKind::Shield, "Security")}
        <a class="menu__item" href="/reference" rel="external">
            {icon_and_words(IconKind::Code, "API Reference")}
        </a>
        <Choices/>
        <form method="post" action="/logout">{menu_button(IconKind::LogOut, "Log out")}</form>
    }
    .into_any()
}

/// The choices of colours and of the zone of times. Without scripts, each button sends the form.
#[component]
fn Choices() -> impl IntoView {
    let location = use_location();
    let next = move || format!("{}{}", location.pathname.get(), location.query.read().to_query_string());
    let Preferences { theme, times, .. } = preferences::shown();
    let (theme, times) = (RwSignal::new(theme.word()), RwSignal::new(times.word()));
    let reactor = Reactor::of_context();
    let choose = move |event: web_sys::MouseEvent| {
        let button = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlButtonElement>().ok());
        if let Some(button) = button {
            event.prevent_default();
            reactor.run(Reaction::ChoosePreference(button, ChosenPreferences { theme, times }));
        }
    };
    let buttons = |field: &'static str, chosen: RwSignal<&'static str>, words: Vec<(&'static str, &'static str)>| {
        words
            .into_iter()
            .map(|(word, title)| {
                let pressed = move || if chosen.get() == word { "true" } else { "false" };
                view! {
                    <button name=field value=word aria-pressed=pressed>
                        {title}
                    </button>
                }
            })
            .collect_view()
    };
    let themes = Theme::ALL.map(|theme| (theme.word(), theme.title())).to_vec();
    let zones = Times::ALL.map(|times| (times.word(), times.title())).to_vec();
    view! {
        <form class="menu__choices" method="post" action="/preferences" on:click=choose>
            <input type="hidden" name="next" value=next/>
            <fieldset>
                <legend>"Theme"</legend>
                <span class="segments">{buttons(Theme::FIELD, theme, themes)}</span>
            </fieldset>
            <fieldset>
                <legend>"Times"</legend>
                <span class="segments">{buttons(Times::FIELD, times, zones)}</span>
            </fieldset>
        </form>
    }
}

/// Changes the colours or the zone of times, and remembers that.
pub(crate) fn choose_preference(button: &HtmlButtonElement, chosen: ChosenPreferences) {
    let (field, word) = (button.name(), button.value());
    cookie::write(&format!("latchkey_{field}"), &word, YEAR);
    preferences::show(&field, &word);
    if let Some(theme) = Theme::parse(&word) {
        chosen.theme.set(theme.word());
    }
    if let Some(times) = Times::parse(&word) {
        chosen.times.set(times.word());
        // Every time on the page is written anew.
        let _ = leptos::prelude::location().reload();
    }
}
