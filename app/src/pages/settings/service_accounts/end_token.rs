//! The dialog End Token.

use leptos::prelude::*;
use model::form_values::FormValues;
use model::id::ServiceTokenId;
use model::service_account::ServiceAccount;

use crate::server_fns::service_accounts::end_service_token;
use crate::shared::Shared;
use crate::ui::form_dialog::{CannotDo, DialogTexts, Form, FormDialog};
use crate::ui::head::bullets;

pub(super) const TEXTS: DialogTexts = DialogTexts {
    dialog: "end-service-token",
    title: "End Token",
    submit: "End token",
};

#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#[component]
pub(super) fn EndToken(form: Form, account: ServiceAccount, token: ServiceTokenId) -> impl IntoView {
    let shared = Shared::of_context();
    let Some(shown) = account.tokens.iter().find(|known| known.id == token) else {
        return view! { <CannotDo form text="That token has ended already."/> }.into_any();
    };
    let masked = shown.masked.clone();
    let about = format!("{} of {}", shown.masked, account.name);
    let other = if account.tokens.len() > 1 {
        "The other token goes on working."
    } else {
        "It is the only one: the program has no access until it gets another."
    };
    let send = move |_: FormValues| {
        let (token, masked) = (token.clone(), masked.clone());
        form.send(async move {
            end_service_token(token).await?;
            shared.toasts.add_success(format!("{masked} is refused from now on."));
            shared.reload_screen();
            form.close();
            Ok(())
        });
    };
    view! {
        <FormDialog form about danger=true send>
            {bullets(view! {
                <li>"The token is refused at once, and cannot be brought back."</li>
                <li>{other}</li>
            })}
        </FormDialog>
    }
    .into_any()
}
