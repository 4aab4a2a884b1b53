//! The outcome of a plain form. Without scripts, the page that answers the POST shows it.
//!
//! The server puts an [`Answer`] into the context of the page that it renders. The browser finds it serialised in that page.
//! A screen takes the answer out of the context, so that later screens do not show it again.

use std::marker::PhantomData;

use leptos::prelude::*;
use leptos::serde_json;
use model::form::FormErrors;
use model::form_values::FormValues;
use model::key::CreatedKey;
use model::profile_form::ProfileForm;
use model::rotate_form::RotateKeyForm;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The outcome of a plain form post.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// This page is not the answer to a form.
    #[default]
    None,
    /// The login failed. Holds the typed values except the password.
    Login { email: String, error: String },
    /// The code was missing or wrong.
    Code { error: String },
    /// The invitation was not accepted.
    Join { name: String, errors: FormErrors },
    /// The owner was not created.
    Setup { email: String, errors: FormErrors },
    /// The one-time link of the page was used, is too old, or never existed.
    BadLink,
    /// The password was not changed.
    Reset { errors: FormErrors },
    /// A key was created or rotated. The page shows its token.
    Created(Box<CreatedKey>),
    /// The key was not created.
    Create { form: FormValues, errors: FormErrors },
    /// The session had ended when the form arrived. The form works when it is sent again after logging in.
    SignedOut(FormValues),
    /// The key was not deleted.
    Delete { error: String },
    /// The key was not edited.
    Edit(Late<EditAnswer>),
    /// The key was not rotated.
    Rotate {
        form: Late<RotateKeyForm>,
        errors: FormErrors,
    },
    /// The bias profile was not saved.
    Profile {
        form: Late<ProfileForm>,
        errors: FormErrors,
    },
    /// The bias profile was not deleted.
    DeleteProfile { error: String },
    /// Since the page with the form was made, another person, with this e-mail address, has logged in.
    OtherPerson { email: String },
    /// A form that has no page of its own was refused. The list of keys shows the reason.
    Refused { error: String },
}

/// Why editing a key without scripts did not work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditAnswer {
    pub form: FormValues,
    pub errors: FormErrors,
    /// What another person changed since the form was opened, a sentence for each change.
    pub changes: Vec<String>,
}

/// A value as JSON, which is read by the screen that shows the value. So the code that reads it is in the part of the WASM with that
/// screen, and not in the part that every page loads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Late<T> {
    json: String,
    #[serde(skip)]
    value: PhantomData<fn() -> T>,
}

#[cfg(feature = "ssr")]
impl<T: Serialize> From<&T> for Late<T> {
    fn from(value: &T) -> Self {
        Self {
            json: serde_json::to_string(value).unwrap_or_default(),
            value: PhantomData,
        }
    }
}

impl<T: DeserializeOwned> Late<T> {
    pub(crate) fn read(&self) -> Option<T> {
        serde_json::from_str(&self.json).ok()
    }
}

#[derive(Clone, Copy)]
struct Slot(StoredValue<Answer>);

/// Makes the answer available to the screens. The application calls this function once.
pub(crate) fn provide() {
    let answer = SharedValue::new(|| use_context::<Answer>().unwrap_or_default()).into_inner();
    provide_context(Slot(StoredValue::new(answer)));
}

/// Takes the answer, if `accepts` accepts it. The next caller gets [`Answer::None`].
pub(crate) fn take(accepts: impl Fn(&Answer) -> bool) -> Answer {
    let Some(Slot(slot)) = use_context::<Slot>() else {
        return Answer::None;
    };
    let mut taken = Answer::None;
    slot.update_value(|answer| {
        if accepts(answer) {
            taken = std::mem::take(answer);
        }
    });
    taken
}
