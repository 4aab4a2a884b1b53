//! `/invite`: a plain form by which a person joins, with the one-time link from an Owner.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::account::{Invited, NAME_MAX};
use model::form::FormErrors;

use super::entry_frame::{EntryFrame, card_foot, form_card, text_card};
use super::setup::new_password;
use crate::answer::{self, ScreenAnswer};
use crate::error::AppError;
use crate::server_fns::account::load_invitation;
use crate::ui::field::{TextField, described, invalid, labelled, text_field};
use crate::ui::note::BadNote;
use crate::ui::title::Title;

#[component]
pub(crate) fn Invite() -> impl IntoView {
    let link = use_query_map()
        .with_untracked(|query| query.get("link"))
        .unwrap_or_default();
    let (typed, errors) = match answer::take_of_screen(|answer| matches!(answer, ScreenAnswer::Join { .. })) {
        Some(ScreenAnswer::Join { name, errors }) => (name, errors),
        _ => (String::new(), FormErrors::default()),
    };
    let invited = Resource::new(|| (), {
        let link = link.clone();
        move |()| load_invitation(link.clone())
    });
    view! {
        <Title text="Join"/>
        <EntryFrame>
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
        </EntryFrame>
    }
}

#[component]
fn NoInvitation(error: AppError) -> impl IntoView {
    view! {
        {text_card(
            "Join Latchkey",
            None,
            view! {
                <BadNote text=error.message()/>
                <p>"Ask whoever invited you for a new link."</p>
            },
        )}
        {card_foot(view! {
            "Joined already? "
            <a href="/login">"Log in"</a>
        })}
    }
}

#[component]
fn JoinForm(link: String, invited: Invited, typed: String, errors: FormErrors) -> impl IntoView {
    let errors = RwSignal::new(errors);
    let Invited { email, role } = invited;
    // This field is not sent, since the link identifies the invitation. Password managers read from it to which account the
    // password belongs.
    let email = view! {
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
    };
    let email = labelled("email", "Email", None, Some(errors), email);
    let name = text_field(TextField {
        name: "name",
        label: "Your name",
        hint: Some("Optional. What the others see beside what you do."),
        kind: Some("text"),
        autocomplete: Some("name"),
        maxlength: Some(NAME_MAX),
        value: Some(typed),
        errors: Some(errors),
        ..TextField::default()
    });
    form_card(
        format!("/invite?link={link}"),
        "Join Latchkey",
        view! { <p>"You were invited as " <strong>{role.title()}</strong> ". " {role.description()}</p> },
        errors.get_untracked().form,
        view! {
            {email}
            {name}
            {new_password("Password", errors)}
        },
        "Join",
    )
}
