//! The second factor: whether the person has one, and the actions that set it up and remove it.

use leptos::prelude::*;
use model::form_values::FormValues;
use model::security::SecurityPage;
use model::time::Timestamp;

use super::{FreshCodes, PATH};
use crate::server_fns::account::{new_recovery_codes, remove_second_factor};
use crate::shared::Shared;
use crate::ui::button::{Look, link_button, push_button};
use crate::ui::confirm_password::Confirm;
use crate::ui::form_dialog::{DialogTexts, Form, FormDialog};
use crate::ui::head::{bullets, card};
use crate::ui::time::Ago;

#[component]
pub(super) fn SecondFactor(loaded: Memo<Option<SecurityPage>>) -> impl IntoView {
    let state = Memo::new(move |_| {
        let page = loaded.get();
        page.and_then(|page| page.second_factor.map(|since| (since, page.now, page.recovery_codes)))
    });
    let content = move || match state.get() {
        Some((since, now, codes)) => view! { <On since now codes/> }.into_any(),
        None => view! { <Off/> }.into_any(),
    };
    card("card", "second-factor-title", "Second factor", content)
}

#[component]
fn Off() -> impl IntoView {
    view! {
        <p class="status status--inactive">
            "Off"
        </p>
        <p class="card__text">
            "Your password alone lets in. With a second factor, logging in also takes six digits from an app on your phone, so that a stolen password is not enough."
        </p>
        <div class="card__action">
            {link_button(Look::Secondary, "/settings/security/second-factor", "Set up")}
        </div>
    }
}

#[component]
fn On(since: Timestamp, now: Timestamp, codes: u64) -> impl IntoView {
    let shared = Shared::of_context();
    let confirm = Confirm::of_context();
    let fresh = expect_context::<FreshCodes>();
    let busy = RwSignal::new(false);
    let renew = move |()| {
        busy.set(true);
        leptos::task::spawn_local(async move {
            match confirm.run(new_recovery_codes).await {
                Ok(codes) => {
                    fresh.show(codes);
                    shared.reload_screen();
                }
                Err(error) if error.needs_password() => {}
                Err(error) => shared.toasts.add_error(error.message()),
            }
            busy.try_set(false);
        });
    };
    view! {
        <p class="status status--active">
            "On"
            <span class="sub">"since " <Ago at=since now/></span>
        </p>
        <p class="card__text">
            "Logging in takes your password and six digits from your authenticator app. "
            <span class=(codes < 3).then_some("soon")>{codes_left(codes)}</span>
        </p>
        <div class="card__action">
            {push_button(Look::Secondary, busy, Callback::new(renew), "New recovery codes")}
            {link_button(Look::Secondary, "/settings/security/turn-off", "Turn off")}
        </div>
    }
}

fn codes_left(codes: u64) -> String {
    match codes {
        0 => "No recovery codes are left.".to_owned(),
        1 => "1 recovery code is left.".to_owned(),
        codes => format!("{codes} recovery codes are left."),
    }
}

const TURN_OFF: DialogTexts = DialogTexts {
    dialog: "turn-off",
    title: "Turn off second factor",
    submit: "Turn off",
};

#[component]
pub(super) fn TurnOff() -> impl IntoView {
    let shared = Shared::of_context();
    let confirm = Confirm::of_context();
    let form = Form::over_screen(TURN_OFF, PATH);
    let send = move |_: FormValues| {
        form.send(async move {
            confirm.run(remove_second_factor).await?;
            shared.toasts.add_success("The second factor is off.");
            shared.reload_screen();
            form.close();
            Ok(())
        });
    };
    view! {
        <FormDialog form danger=true send>
            {bullets(view! {
                <li>"From now on your password alone lets in."</li>
                <li>"Your recovery codes become worthless."</li>
                <li>"The entry in your app can be deleted; setting up again makes another."</li>
            })}
        </FormDialog>
    }
}
