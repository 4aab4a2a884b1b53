//! A question before something that cannot be undone, or that stops a person or a program.

use leptos::prelude::*;
use model::form_values::FormValues;

use crate::error::AppError;
use crate::shared::Shared;
use crate::ui::form_dialog::{Form, FormDialog};

/// Asks about the person or thing that `about` names. `consequences` say what happens if the person goes on. `act` does it, and
/// returns the message.
pub(super) fn question<F>(
    form: Form,
    about: String,
    consequences: impl IntoAny,
    act: impl Fn() -> F + Send + Sync + 'static,
) -> AnyView
where
    F: Future<Output = Result<String, AppError>> + 'static,
{
    let shared = Shared::of_context();
    let consequences = consequences.into_any();
    let send = move |_: FormValues| {
        let acting = act();
        form.send(async move {
            let message = acting.await?;
            shared.toasts.add_success(message);
            shared.reload_screen();
            form.close();
            Ok(())
        });
    };
    view! {
        <FormDialog form about danger=true send>
            {consequences}
        </FormDialog>
    }
    .into_any()
}
