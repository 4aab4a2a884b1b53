//! The outcome of a plain form. Without scripts, the page that answers the POST shows it.
//!
//! The server puts an [`Answer`] into the context of the page that it renders. The browser finds it serialised in that page.
//! A screen takes the answer out of the context, so that later screens do not show it again.

use std::fmt;
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

/// The outcome of a plain form post. Every page reads it, so the outcomes that only one screen shows are read there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// This page is not the answer to a form.
    #[default]
    None,
    /// The screen with the form shows the outcome.
    Screen(Late<ScreenAnswer>),
    /// A key was created or rotated. The page shows its token.
    Created(Late<CreatedKey>),
    /// The session had ended when the form arrived. The form works when it is sent again after logging in.
    SignedOut(Late<FormValues>),
    /// Since the page with the form was made, another person, with this e-mail address, has logged in.
    OtherPerson(String),
    /// A form that has no page of its own was refused. The list of keys shows the reason.
    Refused(String),
}

/// The outcome of a plain form post that the screen with the form shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScreenAnswer {
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
    /// The key was not created, or the customer not saved.
    Create { form: FormValues, errors: FormErrors },
    /// The key or bias profile was not deleted, or the customer not suspended, resumed or deleted.
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
}

impl From<ScreenAnswer> for Answer {
    fn from(answer: ScreenAnswer) -> Self {
        Self::Screen(Late::from(&answer))
    }
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
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Late<T> {
    json: String,
    #[serde(skip)]
    value: PhantomData<fn() -> T>,
}

impl<T> fmt::Debug for Late<T> {
    /// Leaves the value out, which may be a token.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Late").finish_non_exhaustive()
    }
}

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
pub(crate) fn take(mut accepts: impl FnMut(&Answer) -> bool) -> Answer {
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

/// Takes the answer that the screen with the form shows, if `accepts` accepts it.
pub(crate) fn take_of_screen(accepts: impl Fn(&ScreenAnswer) -> bool) -> Option<ScreenAnswer> {
    let mut found = None;
    take(|answer| {
        found = match answer {
            Answer::Screen(answer) => answer.read().filter(&accepts),
            _ => None,
        };
        found.is_some()
    });
    found
}
