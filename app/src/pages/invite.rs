//! `/invite`: joining, by the one-time link that an owner passed on. A plain form.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::account::{Invited, NAME_MAX};
use model::form::FormErrors;

use super::Outside;
use super::setup::NewPassword;
use crate::answer::{self, Answer};
use crate::error::AppError;
use crate::server_fns::account::load_invitation;
use crate::ui::field::{FieldError, described, invalid};
use crate::ui::note::BadNote;

#[component]
pub(crate) fn Invite() -> impl IntoView {
    let link = use_query_map()
        .with_untracked(|query| query.get("link"))
        .unwrap_or_default();
    let (typed, errors) = match answer::take(|answer| matches!(answer, Answer::Join { .. })) {
        Answer::Join { name, errors } => (name, errors),
        _ => (String::new(), FormErrors::default()),
    };
    let invited = Resource::new(|| (), {
        let link = link.clone();
        move |()| load_invitation(link.clone())
    });
    view! {
        <Title text="Join"/>
        <Outside>
            <Suspense fallback=|| view! { <p class="vh" role="status">"Loading the invitation"</p> }>
                {move || {
                    let (link, typed, errors) = (link.clone(), typed.clone(), errors.clone());
                    invited
                        .get()
                        .map(|invited| match invited {
                            Ok(invited) => view! { <JoinForm link invited typed errors/> }.into_any(),
                            Err(error) => view! { <NoInvitation error/> }.into_any(),
                        })
                }}
            </Suspense>
        </Outside>
    }
}

#[component]
fn NoInvitation(error: AppError) -> impl IntoView {
    view! {
        <section class="auth__card">
            <div>
                <h1>"Join Latchkey"</h1>
            </div>
            <BadNote text=error.message()/>
            <p>"Ask whoever invited you for a new link."</p>
        </section>
        <p class="auth__foot">
            "Joined already? "
            <a href="/login">"Log in"</a>
        </p>
    }
}

#[component]
fn JoinForm(link: String, invited: Invited, typed: String, errors: FormErrors) -> impl IntoView {
    let errors = RwSignal::new(errors);
    let Invited { email, role } = invited;
    view! {
        <form class="auth__card" method="post" action=format!("/invite?link={link}")>
            <div>
                <h1>"Join Latchkey"</h1>
                <p>"You were invited as " <strong>{role.title()}</strong> ". " {role.about()}</p>
            </div>
            {errors.get_untracked().form.map(|text| view! { <BadNote text/> })}
            <div class="field">
                <label class="field__label" for="email">
                    "Email"
                </label>
                // Not sent: the link says it. Password managers read what the password belongs to.
                <input
                    class="input"
                    id="email"
                    type="email"
                    autocomplete="username"
                    readonly
                    value=email
                    aria-invalid=invalid("email", errors)
                    aria-describedby=described("email", None, errors)
                />
                <FieldError name="email" errors/>
            </div>
            <div class="field">
                <label class="field__label" for="name">
                    "Your name"
                </label>
                <input
                    class="input"
                    id="name"
                    name="name"
                    type="text"
                    autocomplete="name"
                    maxlength=NAME_MAX.to_string()
                    value=typed
                    aria-invalid=invalid("name", errors)
                    aria-describedby=described("name", Some("name-hint"), errors)
                />
                <FieldError name="name" errors/>
                <p class="field__hint" id="name-hint">
                    "Optional. What the others see beside what you do."
                </p>
            </div>
            <NewPassword errors/>
            <button class="button button--primary">"Join"</button>
        </form>
    }
}
