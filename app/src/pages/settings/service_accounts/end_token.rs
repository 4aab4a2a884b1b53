//! The dialog End Token.

use leptos::prelude::*;
use model::id::ServiceTokenId;
use model::service_account::ServiceAccount;

use crate::error::AppError;
use crate::pages::settings::question::question;
use crate::server_fns::service_accounts::end_service_token;
use crate::ui::form_dialog::{CannotDo, DialogTexts, Form};
use crate::ui::head::bullets;

pub(super) const TEXTS: DialogTexts = DialogTexts {
    dialog: "end-service-token",
    title: "End Token",
    submit: "End token",
};

#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#[component]
pub(super) fn EndToken(form: Form, account: ServiceAccount, token: ServiceTokenId) -> impl IntoView {
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
    let consequences = bullets(view! {
        <li>"The token is refused at once, and cannot be brought back."</li>
        <li>{other}</li>
    });
    question(form, about, consequences, move || end(token.clone(), masked.clone()))
}

async fn end(token: ServiceTokenId, masked: String) -> Result<String, AppError> {
    end_service_token(token).await?;
    Ok(format!("{masked} is refused from now on."))
}
