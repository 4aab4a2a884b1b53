//! The dialog Retire Endpoint, which says how many keys would lose the endpoint before it asks.

use leptos::prelude::*;
use model::endpoint_form::EndpointRow;
use model::form_values::FormValues;

use crate::server_fns::endpoints::retire_endpoint;
use crate::shared::Shared;
use crate::ui::dialog::focus_screen;
use crate::ui::form_dialog::{DialogTexts, Form, FormDialog};
use crate::ui::head::bullets;
use crate::ui::note::{NoteKind, note};
use crate::ui::number::grouped;

pub(super) const TEXTS: DialogTexts = DialogTexts {
    dialog: "retire-endpoint",
    title: "Retire Endpoint",
    submit: "Retire",
};

#[component]
pub(super) fn RetireEndpoint(form: Form, row: EndpointRow, keys_with_all: u64) -> impl IntoView {
    let shared = Shared::of_context();
    let endpoint = row.endpoint;
    let name = endpoint.name.clone();
    let send = move |_: FormValues| {
        let name = name.clone();
        form.send(async move {
            let title = retire_endpoint(name).await?;
            shared.toasts.add_success(format!("{title} is retired."));
            form.close();
            // The focused row is about to be removed.
            focus_screen();
            shared.reload_screen();
            Ok(())
        });
    };
    let kind = if row.keys + keys_with_all > 0 {
        NoteKind::Danger
    } else {
        NoteKind::Hint
    };
    view! {
        <FormDialog form about=endpoint.title danger=true send>
            {note(kind, describe_affected_keys(row.keys, keys_with_all))}
            {bullets(view! {
                <li>"No key may call it any more: gateways refuse its requests at once."</li>
                <li>"This cannot be undone."</li>
                <li>"Its name, " <span class="mono">{endpoint.name}</span> ", is not given again."</li>
            })}
        </FormDialog>
    }
}

/// A sentence such as "2 keys hold it by name, and 1 key may call all endpoints."
fn describe_affected_keys(by_name: u64, with_all: u64) -> String {
    let first = match by_name {
        0 => "No key holds it by name".to_owned(),
        1 => "1 key holds it by name".to_owned(),
        keys => format!("{} keys hold it by name", grouped(keys)),
    };
    match with_all {
        0 => format!("{first}, and none has all endpoints."),
        1 => format!("{first}, and 1 key has all endpoints."),
        keys => format!("{first}, and {} keys have all endpoints.", grouped(keys)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_that_would_lose_the_endpoint_are_counted() {
        for (by_name, with_all, text) in [
            (0, 0, "No key holds it by name, and none has all endpoints."),
            (1, 1, "1 key holds it by name, and 1 key has all endpoints."),
            (2, 1_200, "2 keys hold it by name, and 1,200 keys have all endpoints."),
        ] {
            assert_eq!(describe_affected_keys(by_name, with_all), text);
        }
    }
}
