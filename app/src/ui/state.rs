//! What a screen shows in place of its content when it is empty, failed or forbidden.

use leptos::prelude::*;

use super::button::{Look, icon_and_words};
use super::icon::{Icon, IconKind};
use crate::error::AppError;
use model::error_code::ErrorCode;

/// An icon, a heading, a sentence, and actions.
#[component]
pub(crate) fn State(
    icon: IconKind,
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <section class="state">
            <span class="state__mark">
                <Icon kind=icon/>
            </span>
            <h2>{title}</h2>
            <p>{text}</p>
            {children.map(|children| children())}
        </section>
    }
}

/// The actions below the sentence.
pub(crate) fn state_actions(actions: impl IntoAny) -> AnyView {
    let actions = actions.into_any();
    view! { <div class="state__actions">{actions}</div> }.into_any()
}

/// Three points about what the screen will show.
pub(crate) fn state_steps(steps: [(IconKind, &'static str); 3]) -> AnyView {
    let step = |(kind, words)| view! { <li>{icon_and_words(kind, words)}</li> };
    view! {
        <ul class="state__steps" role="list">
            {steps.map(step).into_iter().collect_view()}
        </ul>
    }
    .into_any()
}

/// The place of cards that are loading.
pub(crate) fn loading_cards(count: usize) -> AnyView {
    let card = |_| {
        view! {
            <div class="card card--loading" aria-busy="true">
                <span class="bone"></span>
                <span class="bone"></span>
            </div>
        }
    };
    (0..count).map(card).collect_view().into_any()
}

/// Says why a screen could not be loaded.
#[component]
pub(crate) fn LoadError(what: &'static str, error: AppError) -> impl IntoView {
    let signed_out = error.code == ErrorCode::SignedOut;
    // The screen offers to try again only if that may help.
    let again = error.may_pass() || error.code == ErrorCode::OtherPerson;
    let (icon, title, text) = match error.code {
        ErrorCode::SignedOut => (
            IconKind::Lock,
            "Your session has ended".to_owned(),
            "Log in again to go on.".to_owned(),
        ),
        ErrorCode::Forbidden => (IconKind::Lock, "You may not see this".to_owned(), error.detail),
        _ => (IconKind::Alert, format!("{what} could not be loaded"), error.detail),
    };
    view! {
        <State icon title text>
            {(signed_out || again)
                .then(|| {
                    let (look, words) = if signed_out {
                        (Look::Primary, "Log in".into_any())
                    } else {
                        (Look::Secondary, icon_and_words(IconKind::Rotate, "Try again"))
                    };
                    // This is the URL of this screen. Without a session, it leads to the login, and from there back to this screen.
                    state_actions(view! {
                        <a class=look.class() href="" rel="external">
                            {words}
                        </a>
                    })
                })}
        </State>
    }
}

/// The last good answer. It stays if the same query fails later, so that a list does not disappear because one request has failed.
pub(crate) fn last_good<T, Q>(
    list: Resource<Result<T, AppError>>,
    // `None` if the query was removed together with its screen.
    asked: impl Fn() -> Option<Q> + Send + Sync + 'static,
) -> Memo<Option<T>>
where
    T: Clone + PartialEq + Send + Sync + 'static,
    Q: PartialEq + Send + Sync + 'static,
{
    let answers = StoredValue::new(None::<Q>);
    Memo::new(move |before: Option<&Option<T>>| match list.get()? {
        Ok(answer) => {
            answers.try_set_value(asked());
            Some(answer)
        }
        Err(error) => {
            let same = answers.try_with_value(|question| question.is_some() && *question == asked());
            before
                .filter(|_| same == Some(true) && error.may_pass())
                .cloned()
                .flatten()
        }
    })
}

/// The note that the content could not be loaded again.
#[component]
pub(crate) fn OutOfDate<T>(list: Resource<Result<T, AppError>>, loaded: Memo<Option<T>>) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let error = Memo::new(move |_| {
        let error = list.get().and_then(Result::err);
        error.filter(|_| loaded.read().is_some())
    });
    move || error.get().map(|error| view! { <NotLoadedAgain error/> })
}

#[component]
fn NotLoadedAgain(error: AppError) -> impl IntoView {
    view! {
        <div class="note note--warn" role="status">
            <Icon kind=IconKind::Warning/>
            <p>{format!("This may be out of date. {}", error.message())}</p>
        </div>
    }
}

/// Draws a screen as a whole each time it loads. After a failure, shows the last good answer with a note.
pub(crate) fn draw_last_good<T: Clone + Send + Sync + 'static>(
    last: StoredValue<Option<T>>,
    answer: Result<T, AppError>,
    draw: impl FnOnce(T) -> AnyView,
    failed: impl FnOnce(AppError) -> AnyView,
) -> AnyView {
    let (good, error) = match answer {
        Ok(good) => {
            last.try_set_value(Some(good.clone()));
            (good, None)
        }
        Err(error) => match last.try_get_value().flatten().filter(|_| error.may_pass()) {
            Some(good) => (good, Some(error)),
            None => return failed(error),
        },
    };
    // With and without the note, this is the same view, so what a person has typed into it stays.
    view! {
        {error.map(|error| view! { <NotLoadedAgain error/> })}
        {draw(good)}
    }
    .into_any()
}

/// Makes the status of the page 403. Server functions set this status by themselves. A page that finds out otherwise calls this.
pub(crate) fn answer_forbidden() {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::FORBIDDEN);
    }
}
