//! The dialog Set up second factor: a QR code to scan, and the first code that the app shows for it.

use leptos::html;
use leptos::prelude::*;
use model::form::FormErrors;
use model::form_values::FormValues;
use model::security::SecondFactorSetup;

use super::{FreshCodes, PATH};
use crate::server_fns::account::{finish_second_factor, start_second_factor};
use crate::shared::Shared;
use crate::ui::confirm_password::Confirm;
use crate::ui::copy::CopyButton;
use crate::ui::field::{TextField, text_field};
use crate::ui::form_dialog::{DialogTexts, Form, FormDialog};

const TEXTS: DialogTexts = DialogTexts {
    dialog: "set-up-second-factor",
    title: "Set up second factor",
    submit: "Turn on",
};

/// The width of the light border around a QR code, in modules (ISO/IEC 18004, section 6.3.8).
const QUIET: u32 = 4;

#[component]
pub(super) fn SetUp() -> impl IntoView {
    let shared = Shared::of_context();
    let confirm = Confirm::of_context();
    let fresh = expect_context::<FreshCodes>();
    let form = Form::over_screen(TEXTS, PATH);
    let setup = RwSignal::new(None::<SecondFactorSetup>);
    let starting = RwSignal::new(false);
    let start = move || {
        if starting.get_untracked() {
            return;
        }
        starting.set(true);
        leptos::task::spawn_local(async move {
            match confirm.run(start_second_factor).await {
                Ok(made) => {
                    form.errors.try_set(FormErrors::default());
                    setup.try_set(Some(made));
                }
                Err(error) if error.needs_password() => form.close(),
                Err(error) => {
                    form.errors.try_set(error.into());
                }
            }
            starting.try_set(false);
        });
    };
    // The dialog is drawn only in the browser. After a failure, it starts again each time the screens load again, as they do when
    // the database is back.
    Effect::new(move |_| {
        shared.version.track();
        if setup.read_untracked().is_none() {
            start();
        }
    });
    let send = move |values: FormValues| {
        if setup.read_untracked().is_none() {
            start();
            return;
        }
        let code = values.text("code").to_owned();
        form.send(async move {
            let codes = finish_second_factor(code).await?.into_result()?;
            fresh.show(codes);
            shared.reload_screen();
            form.close();
            Ok(())
        });
    };
    view! {
        <FormDialog form send>
            {move || match setup.get() {
                Some(setup) => view! { <Scan setup form/> }.into_any(),
                None if starting.get() => view! { <p role="status">"Making a secret for your app…"</p> }.into_any(),
                None => ().into_any(),
            }}
        </FormDialog>
    }
}

#[component]
fn Scan(setup: SecondFactorSetup, form: Form) -> impl IntoView {
    let errors = form.errors;
    // Until now, the dialog had only Cancel to focus.
    let code = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(code) = code.get() {
            request_animation_frame(move || drop(code.focus()));
        }
    });
    let SecondFactorSetup {
        secret,
        qr_size,
        qr_path,
    } = setup;
    let side = qr_size + 2 * QUIET;
    view! {
        <div class="scan">
            <svg
                class="qr"
                role="img"
                aria-label="QR code for your authenticator app"
                viewBox=format!("-{QUIET} -{QUIET} {side} {side}")
                shape-rendering="crispEdges"
            >
                <path d=qr_path></path>
            </svg>
            <ol class="scan__steps">
                <li>"Open an authenticator app on your phone and scan the picture."</li>
                <li>"Enter the six digits that it shows."</li>
            </ol>
        </div>
        <div class="field">
            <p class="field__label" id="secret-label">
                "Or type this into the app"
            </p>
            <div class="token">
                <code class="token__value token__value--wrap" id="second-factor-secret">
                    {secret}
                </code>
                <CopyButton source="second-factor-secret" what="secret" on_copied=|()| ()/>
            </div>
        </div>
        {text_field(TextField {
            name: "code",
            label: "Code",
            class: Some("input code-input"),
            inputmode: Some("numeric"),
            autocomplete: Some("one-time-code"),
            required: true,
            node: Some(code),
            errors: Some(errors),
            ..TextField::default()
        })}
    }
}
