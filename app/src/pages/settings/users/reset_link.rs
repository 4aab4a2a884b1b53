//! The dialog Reset Link: makes and shows a link with which a person chooses a new password.

use leptos::prelude::*;
use model::form_values::FormValues;
use model::people::{OneTimeLink, Person};

use super::link::ShownLink;
use crate::server_fns::users::issue_reset_link;
use crate::shared::Shared;
use crate::ui::confirm_password::Confirm;
use crate::ui::dialog::focus_content;
use crate::ui::form_dialog::{DialogTexts, Form, FormDialog};

pub(super) const TEXTS: DialogTexts = DialogTexts {
    dialog: "reset-link",
    title: "Password Reset Link",
    submit: "Create link",
};

#[component]
pub(super) fn ResetLink(form: Form, person: Person) -> impl IntoView {
    let shared = Shared::of_context();
    let confirm = Confirm::of_context();
    let link = RwSignal::new(None::<OneTimeLink>);
    let Person { id, name, .. } = person;
    let send = move |_: FormValues| {
        let id = id.clone();
        form.send(async move {
            let made = confirm.run(|| issue_reset_link(id.clone())).await?;
            link.try_set(Some(made));
            shared.reload_screen();
            Ok(())
        });
    };
    view! {
        <FormDialog form about=name send done=Signal::derive(move || link.read().is_some())>
            {move || match link.get() {
                Some(link) => {
                    focus_content(TEXTS.dialog);
                    view! { <ShownLink link label="Password reset link"/> }.into_any()
                }
                None => {
                    view! {
                        <p>
                            "For somebody who forgot the password: with this link they choose a new one. Until then the old one works. A link from before becomes worthless."
                        </p>
                    }
                        .into_any()
                }
            }}
        </FormDialog>
    }
}
