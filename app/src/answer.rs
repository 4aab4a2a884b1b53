//! What came of a plain form: without scripts, the page that answers a POST says it.
//!
//! The server puts an [`Answer`] into the context of the page it renders. The browser finds it serialised in that very
//! page. It is taken once, so that later screens do not repeat it.

use leptos::prelude::*;
use model::form::FormErrors;
use model::form_values::FormValues;
use model::key::CreateOutcome;
use model::profile_form::ProfileForm;
use model::rotate_form::RotateOutcome;
use serde::{Deserialize, Serialize};

/// The outcome of a plain form post.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// This page answers no form.
    #[default]
    None,
    /// Nobody was logged in; what was typed but the password.
    Login {
        email: String,
        error: String,
    },
    /// No code, or not the right one.
    Code {
        error: String,
    },
    /// Nobody joined.
    Join {
        name: String,
        errors: FormErrors,
    },
    /// No owner was made.
    Setup {
        email: String,
        errors: FormErrors,
    },
    /// The one-time link of the page is not good: it was used, is too old, or never was one.
    BadLink,
    /// The password was not changed.
    Reset {
        errors: FormErrors,
    },
    Create(CreateOutcome),
    /// The session was over when the form came. Sent again after logging in, it works.
    SignedOut(FormValues),
    /// The key was not deleted.
    Delete {
        error: String,
    },
    /// The key was not edited.
    Edit(EditAnswer),
    Rotate(RotateOutcome),
    /// The bias profile was not saved, or not deleted.
    Profile(Box<ProfileForm>, FormErrors),
    DeleteProfile {
        error: String,
    },
    /// Another person has logged in since the form's page was made: this one, who sees the page now.
    OtherPerson {
        email: String,
    },
    /// What was sent without a page of its own was refused; the list says it.
    Refused {
        error: String,
    },
}

/// What came of editing a key without scripts, where it did not simply work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditAnswer {
    pub form: FormValues,
    pub errors: FormErrors,
    /// What somebody else changed meanwhile.
    pub changed: Vec<String>,
}

#[derive(Clone, Copy)]
struct Slot(StoredValue<Answer>);

/// Makes the answer known to the screens. To be called once, by the application.
pub(crate) fn provide() {
    let answer = SharedValue::new(|| use_context::<Answer>().unwrap_or_default()).into_inner();
    provide_context(Slot(StoredValue::new(answer)));
}

/// The answer, for the one who asks first.
pub(crate) fn take(wanted: impl Fn(&Answer) -> bool) -> Answer {
    let Some(Slot(slot)) = use_context::<Slot>() else {
        return Answer::None;
    };
    let mut taken = Answer::None;
    slot.update_value(|answer| {
        if wanted(answer) {
            taken = std::mem::take(answer);
        }
    });
    taken
}
