//! The parts of the browser's half that are loaded when they are needed. `cargo xtask` makes a WASM file of each part, so that a
//! page loads only what it shows. On the server, the parts are ordinary functions.

#![expect(
    clippy::unnecessary_wraps,
    reason = "a part that cannot be loaded is an error of the functions in it"
)]

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::FutureExt as _;
use leptos::ev::{focusin, pointerover};
use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use leptos_router::hooks::use_location;
use wasm_bindgen::JsCast;

use super::{
    draw_audit, draw_customers, draw_entry_pages, draw_home, draw_keys, draw_main, draw_palette, draw_profiles,
    draw_reference, draw_settings, draw_usage, reactions,
};
use crate::reaction::{Reaction, Reactor};
use crate::screens::{Part, Screen};
use crate::ui::icon::{Icon, IconKind};

/// How long a screen waits for its part. After that, the browser loads the page from the server, or goes on without the part.
const LOAD_TIMEOUT: Duration = Duration::from_secs(4);

/// The view of a screen, or the reason why its part could not be loaded.
type Drawn = Result<AnyView, SplitLoaderError>;

/// What the part of the palette does. It has one function for both: each function of a part learns by itself that the part is
/// loaded, so a second one would be late at its first call.
enum Wanted {
    Screen(Screen),
    Reaction(Reaction),
}

#[wasm_split(entry_pages, wasm_split_path = ::leptos::wasm_split, preload(preload_entry_pages), fallible)]
fn entry_pages(screen: Screen) -> Drawn {
    Ok(draw_entry_pages(screen))
}

#[wasm_split(home, wasm_split_path = ::leptos::wasm_split, preload(preload_home), fallible)]
fn home(screen: Screen) -> Drawn {
    Ok(draw_home(screen))
}

#[wasm_split(keys, wasm_split_path = ::leptos::wasm_split, preload(preload_keys), fallible)]
fn keys(screen: Screen) -> Drawn {
    Ok(draw_keys(screen))
}

#[wasm_split(usage, wasm_split_path = ::leptos::wasm_split, preload(preload_usage), fallible)]
fn usage(screen: Screen) -> Drawn {
    Ok(draw_usage(screen))
}

#[wasm_split(customers, wasm_split_path = ::leptos::wasm_split, preload(preload_customers), fallible)]
fn customers(screen: Screen) -> Drawn {
    Ok(draw_customers(screen))
}

#[wasm_split(profiles, wasm_split_path = ::leptos::wasm_split, preload(preload_profiles), fallible)]
fn profiles(screen: Screen) -> Drawn {
    Ok(draw_profiles(screen))
}

#[wasm_split(audit, wasm_split_path = ::leptos::wasm_split, preload(preload_audit), fallible)]
fn audit(screen: Screen) -> Drawn {
    Ok(draw_audit(screen))
}

#[wasm_split(palette, wasm_split_path = ::leptos::wasm_split, preload(preload_palette), fallible)]
fn palette(wanted: Wanted) -> Drawn {
    Ok(match wanted {
        Wanted::Screen(screen) => draw_palette(screen),
        Wanted::Reaction(reaction) => {
            reactions::run(reaction);
            ().into_any()
        }
    })
}

#[wasm_split(reference, wasm_split_path = ::leptos::wasm_split, preload(preload_reference), fallible)]
fn reference(screen: Screen) -> Drawn {
    Ok(draw_reference(screen))
}

#[wasm_split(settings, wasm_split_path = ::leptos::wasm_split, preload(preload_settings), fallible)]
fn settings(screen: Screen) -> Drawn {
    Ok(draw_settings(screen))
}

impl Part {
    /// Loads the part. On the server, every part is always loaded.
    async fn load(self) -> Result<(), SplitLoaderError> {
        match self {
            Self::Main => Ok(()),
            Self::EntryPages => preload_entry_pages().await,
            Self::Home => preload_home().await,
            Self::Keys => preload_keys().await,
            Self::Usage => preload_usage().await,
            Self::Customers => preload_customers().await,
            Self::Profiles => preload_profiles().await,
            Self::Audit => preload_audit().await,
            Self::Palette => preload_palette().await,
            Self::Reference => preload_reference().await,
            Self::Settings => preload_settings().await,
        }
    }

    /// Draws a screen of this part. Returns `None` while the part is not loaded.
    fn draw(self, screen: Screen) -> Option<AnyView> {
        let drawn = match self {
            Self::Main => return Some(draw_main(screen)),
            Self::EntryPages => entry_pages(screen).now_or_never(),
            Self::Home => home(screen).now_or_never(),
            Self::Keys => keys(screen).now_or_never(),
            Self::Usage => usage(screen).now_or_never(),
            Self::Customers => customers(screen).now_or_never(),
            Self::Profiles => profiles(screen).now_or_never(),
            Self::Audit => audit(screen).now_or_never(),
            Self::Palette => palette(Wanted::Screen(screen)).now_or_never(),
            Self::Reference => reference(screen).now_or_never(),
            Self::Settings => settings(screen).now_or_never(),
        };
        drawn.and_then(Result::ok)
    }
}

/// Draws the screen. If its part is loaded, the screen is drawn at once. This is so on the server, and in the browser when it
/// hydrates a page, see [`load`]. Otherwise a note says that the screen is loading. If the part cannot be loaded, since the
/// server is down or has another version, the browser opens the page as it would without scripts.
pub(super) fn draw(screen: Screen) -> AnyView {
    let part = screen.row().part;
    if let Some(view) = part.draw(screen) {
        return view;
    }
    if part == Part::Palette {
        return draw_when_loaded(screen);
    }
    let loaded = RwSignal::new(false);
    let here = use_location();
    let go = move || {
        let path = here.pathname.try_get_untracked().unwrap_or_default();
        let search = here.search.try_get_untracked().unwrap_or_default();
        let question = if search.is_empty() { "" } else { "?" };
        let _ = location().replace(&format!("{path}{question}{search}"));
    };
    leptos::task::spawn_local(async move {
        match part.load().await {
            Ok(()) => {
                loaded.try_set(true);
            }
            // The person is still on this screen.
            Err(_) if loaded.try_get_untracked() == Some(false) => go(),
            Err(_) => {}
        }
    });
    set_timeout(
        move || {
            if loaded.try_get_untracked() == Some(false) {
                go();
            }
        },
        LOAD_TIMEOUT,
    );
    (move || match loaded.get().then(|| part.draw(screen)).flatten() {
        Some(view) => view,
        None => view! { <Loading/> }.into_any(),
    })
    .into_any()
}

/// Loads the part of a screen as soon as the pointer or the focus is on a link to it. Otherwise a person would wait for it after the
/// click, and if all parts were loaded before, every first visit would transfer more than twice as much.
pub(super) fn load_ahead() {
    Effect::new(|_| {
        let pointed = window_event_listener(pointerover, |event| prepare(event.target()));
        let focused = window_event_listener(focusin, |event| prepare(event.target()));
        on_cleanup(move || {
            pointed.remove();
            focused.remove();
        });
    });
}

fn prepare(target: Option<web_sys::EventTarget>) {
    let link = target.and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let link = link.and_then(|element| element.closest("a[href^='/']").ok().flatten());
    let Some(href) = link.and_then(|link| link.get_attribute("href")) else {
        return;
    };
    let path = href.split(['?', '#']).next().unwrap_or_default();
    if let Some(screen) = Screen::at(path) {
        leptos::task::spawn_local(async move {
            // If it cannot be loaded, the click says so.
            let _ = screen.row().part.load().await;
        });
    }
}

/// Draws a screen of the palette's part, once that is loaded. If it cannot be loaded, the page goes on without the palette. All else
/// answers what a person did, so the person is told.
fn draw_when_loaded(screen: Screen) -> AnyView {
    let loaded = RwSignal::new(false);
    when_palette_is_loaded(Box::new(move |arrived| {
        if arrived {
            loaded.try_set(true);
        } else if screen != Screen::Palette {
            give_up();
        }
    }));
    (move || loaded.get().then(|| Part::Palette.draw(screen)).flatten()).into_any()
}

/// Runs a reaction: at once if its code is loaded. Browsers permit some actions, such as copying, only within a click. If the code
/// cannot be loaded, the page does what it does without scripts.
pub(super) fn react(reaction: Reaction) {
    if matches!(preload_palette().now_or_never(), Some(Ok(()))) {
        run(reaction);
        return;
    }
    let owner = Owner::current();
    when_palette_is_loaded(Box::new(move |arrived| {
        if !arrived {
            give_up();
            if let Some(pressed) = reaction.works_without_scripts() {
                pressed.click();
            }
        } else if let Some(owner) = owner.filter(|owner| owner.with(|| use_context::<Reactor>().is_some())) {
            // Otherwise the console on which the person clicked is gone.
            owner.with(|| run(reaction));
        }
    }));
}

/// Runs a reaction whose code is loaded.
fn run(reaction: Reaction) {
    let _ = palette(Wanted::Reaction(reaction)).now_or_never();
}

/// Calls a function once the part of the palette is loaded, or has not arrived in time. The function is told whether it has arrived.
fn when_palette_is_loaded(then: Box<dyn FnOnce(bool)>) {
    let then = Rc::new(Cell::new(Some(then)));
    let too_late = Rc::clone(&then);
    leptos::task::spawn_local(async move {
        let arrived = preload_palette().await.is_ok();
        if let Some(then) = then.take() {
            then(arrived);
        }
    });
    set_timeout(
        move || {
            if let Some(then) = too_late.take() {
                then(false);
            }
        },
        LOAD_TIMEOUT,
    );
}

/// Makes the page work by links and plain forms, and says so, see `start.js`.
fn give_up() {
    if let Ok(stopped) = web_sys::Event::new("latchkey-stopped") {
        let _ = window().dispatch_event(&stopped);
    }
}

/// The note that a screen is loading. It stands above everything else, since the screen may be a dialog over another screen.
#[component]
fn Loading() -> impl IntoView {
    view! {
        <p class="coming" role="status">
            <Icon kind=IconKind::Spinner/>
            "Loading"
        </p>
    }
}

/// Loads the part that the page at a path needs. Call this before hydrating the page, since hydration must draw at once what the
/// server has drawn.
pub async fn load(path: &str) -> Result<(), SplitLoaderError> {
    match Screen::at(path) {
        Some(screen) => screen.row().part.load().await,
        None => Ok(()),
    }
}
