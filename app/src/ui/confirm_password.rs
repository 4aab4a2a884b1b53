//! The dialog Confirm your password, for actions that need a password of the last 15 minutes.
//!
//! Such an action runs through [`Confirm::run`]. If the server answers that it needs the password, the dialog asks for it, and
//! the action runs again.

use std::future::poll_fn;
use std::task::{Poll, Waker};

use leptos::prelude::*;
use model::form::FormErrors;
use model::form_values::FormValues;

use super::field::{TextField, text_field};
use super::form_dialog::{DialogTexts, Form, FormDialog};
use crate::error::AppError;
use crate::server_fns::account::confirm_password;

const TEXTS: DialogTexts = DialogTexts {
    dialog: "confirm-password",
    title: "Confirm your password",
    submit: "Confirm",
};

/// The name of the field. It differs from the names of password fields on the screen below the dialog.
const FIELD: &str = "confirmed-password";

/// The state of the dialog. Actions use it to ask for the password.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Confirm {
    open: RwSignal<bool>,
    /// Whether the password was entered when the dialog closed.
    entered: StoredValue<bool>,
    /// Actions that wait for the dialog to close.
    waiting: StoredValue<Vec<Waker>>,
}

impl Confirm {
    pub(crate) fn provide() -> Self {
        let confirm = Self {
            open: RwSignal::new(false),
            entered: StoredValue::new(false),
            waiting: StoredValue::new(Vec::new()),
        };
        provide_context(confirm);
        confirm
    }

    pub(crate) fn of_context() -> Self {
        expect_context()
    }

    /// Runs an action. Where it needs the password, asks for it and runs the action again. A person who closes the dialog
    /// without a password gets the error of the action, see [`AppError::needs_password`].
    pub(crate) async fn run<T, F>(self, action: impl Fn() -> F) -> Result<T, AppError>
    where
        F: Future<Output = Result<T, AppError>>,
    {
        loop {
            match action().await {
                Err(error) if error.needs_password() && self.ask_and_wait().await => {}
                answer => return answer,
            }
        }
    }

    /// Opens the dialog, unless it is open, and waits until it is closed. Returns whether the password was entered.
    async fn ask_and_wait(self) -> bool {
        if self.open.try_get_untracked() == Some(false) {
            self.entered.set_value(false);
            self.open.set(true);
        }
        poll_fn(move |context| match self.open.try_get_untracked() {
            Some(true) => {
                self.waiting
                    .try_update_value(|waiting| waiting.push(context.waker().clone()));
                Poll::Pending
            }
            Some(false) => Poll::Ready(self.entered.try_get_value().unwrap_or_default()),
            // The screen was left, so the waiting action no longer exists.
            None => Poll::Ready(false),
        })
        .await
    }

    /// Closes the dialog, since the action that asked is no longer on the screen.
    pub(crate) fn cancel(self) {
        if self.open.get_untracked() {
            self.entered.set_value(false);
            self.closed();
        }
    }

    fn closed(self) {
        self.open.set(false);
        let waiting = self.waiting.try_update_value(std::mem::take).unwrap_or_default();
        for waker in waiting {
            waker.wake();
        }
    }
}

/// The dialog. It stands once in the page, beside the screens that use it.
#[component]
pub(crate) fn ConfirmPassword(confirm: Confirm) -> impl IntoView {
    move || confirm.open.get().then(|| view! { <Question confirm/> })
}

#[component]
fn Question(confirm: Confirm) -> impl IntoView {
    let form = Form::new(TEXTS, Callback::new(move |()| confirm.closed()));
    let errors = form.errors;
    let send = move |values: FormValues| {
        let password = values.text(FIELD).to_owned();
        form.send(async move {
            confirm_password(password).await?.into_result().map_err(of_field)?;
            confirm.entered.try_set_value(true);
            form.close();
            Ok(())
        });
    };
    let password = text_field(TextField {
        name: FIELD,
        label: "Password",
        kind: Some("password"),
        autocomplete: Some("current-password"),
        required: true,
        autofocus: true,
        errors: Some(errors),
        ..TextField::default()
    });
    view! {
        <FormDialog form send>
            <p>"This needs your password, entered in the last 15 minutes."</p>
            {password}
        </FormDialog>
    }
}

/// The errors of the server, moved to the name that the field has in this dialog.
fn of_field(errors: FormErrors) -> FormErrors {
    let mut found = FormErrors {
        form: errors.form,
        ..FormErrors::default()
    };
    for (_, message) in errors.fields {
        found.add(FIELD, message);
    }
    found
}
