//! A text field with suggestions from the server. It follows the editable combobox of the ARIA Authoring Practices. Without
//! scripts it is an ordinary text field.

use std::time::Duration;

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use model::form::FormErrors;
use model::suggest::{Choice, Suggestion};

use super::field::{described, invalid, reset_value_on_redraw};
use crate::server_fns::suggest::suggest;

/// The field asks the server after nothing was typed for this long.
const PAUSE: Duration = Duration::from_millis(120);

/// How often a field that has lost the focus looks whether the pointer is still pressed.
const RELEASE_CHECK: Duration = Duration::from_millis(50);

#[component]
pub(crate) fn Combobox(
    /// The id of the field, to which a label refers, and the name under which the form sends it.
    name: &'static str,
    choice: Choice,
    /// The accessible name of the list of suggestions, such as "People".
    label: &'static str,
    #[prop(optional, into)] value: String,
    #[prop(optional)] placeholder: &'static str,
    /// A value that is not suggested.
    #[prop(optional, into)]
    except: String,
    #[prop(optional)] autofocus: bool,
    #[prop(default = RwSignal::new(FormErrors::default()))] errors: RwSignal<FormErrors>,
    /// The id of the text that describes the field.
    #[prop(optional)]
    hint: Option<&'static str>,
) -> impl IntoView {
    let field = Field {
        choice,
        except: StoredValue::new(except),
        input: NodeRef::new(),
        found: RwSignal::new(None),
        active: RwSignal::new(None),
        asked: StoredValue::new(0),
    };
    reset_value_on_redraw(field.input, value.clone());
    let list = format!("{name}-list");
    let option = move |index: usize| format!("{name}-{index}");
    let any = move || field.found.read().as_ref().is_some_and(|found| !found.is_empty());
    Effect::new(move |_| {
        let Some(index) = field.active.get() else {
            return;
        };
        if let Some(element) = document().get_element_by_id(&option(index)) {
            element.scroll_into_view_with_bool(false);
        }
    });
    view! {
        <div class="combobox">
            <input
                class="input"
                id=name
                name=name
                node_ref=field.input
                role="combobox"
                aria-autocomplete="list"
                aria-expanded=move || any().to_string()
                aria-controls=list.clone()
                aria-activedescendant=move || field.active.get().map(option)
                aria-invalid=invalid(name, errors)
                aria-describedby=described(name, hint, errors)
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                autofocus=autofocus
                placeholder=placeholder
                value=value
                on:input=move |_| field.ask(PAUSE)
                on:keydown=move |event| field.key(&event)
                on:blur=move |_| field.close_after_click()
            />
            <div class="combobox__popup" hidden=move || field.found.read().is_none()>
                <ul role="listbox" id=list aria-label=label hidden=move || !any()>
                    {move || {
                        let found = field.found.get().unwrap_or_default();
                        found
                            .into_iter()
                            .enumerate()
                            .map(|(index, Suggestion { value, title, detail })| {
                                view! {
                                    <li
                                        role="option"
                                        id=option(index)
                                        aria-selected=move || (field.active.get() == Some(index)).to_string()
                                        // This keeps the focus in the field.
                                        on:mousedown=|event| event.prevent_default()
                                        on:click=move |_| field.choose(&value)
                                    >
                                        <span>{title}</span>
                                        " "
                                        <span class="sub">{detail}</span>
                                    </li>
                                }
                            })
                            .collect_view()
                    }}
                </ul>
                <p role="status" class:vh=any>
                    {move || match field.found.read().as_ref().map(Vec::len) {
                        None => String::new(),
                        Some(0) => "Nothing found".to_owned(),
                        Some(1) => "1 suggestion".to_owned(),
                        Some(count) => format!("{count} suggestions"),
                    }}
                </p>
            </div>
        </div>
    }
}

#[derive(Clone, Copy)]
struct Field {
    choice: Choice,
    except: StoredValue<String>,
    input: NodeRef<html::Input>,
    /// The suggestions, while they are shown.
    found: RwSignal<Option<Vec<Suggestion>>>,
    /// The number of the suggestion that the arrow keys have chosen.
    active: RwSignal<Option<usize>>,
    /// The number of the latest request. Answers to earlier requests are ignored.
    asked: StoredValue<u32>,
}

impl Field {
    fn ask(self, pause: Duration) {
        let number = self.next_question();
        set_timeout(
            move || {
                // The field and its signals may be removed by now.
                let there = self.is_question(number);
                let Some(input) = there.then(|| self.input.try_get_untracked().flatten()).flatten() else {
                    return;
                };
                leptos::task::spawn_local(async move {
                    let found = suggest(self.choice, input.value()).await.unwrap_or_default();
                    if self.is_question(number) {
                        let except = self.except.get_value();
                        let found = found.into_iter().filter(|it| it.value != except).collect();
                        self.active.set(None);
                        self.found.set(Some(found));
                    }
                });
            },
            pause,
        );
    }

    fn next_question(self) -> u32 {
        let next = self.asked.try_update_value(|asked| {
            *asked = asked.wrapping_add(1);
            *asked
        });
        next.unwrap_or_default()
    }

    /// Whether this is the latest request, and the field still exists.
    fn is_question(self, number: u32) -> bool {
        self.asked.try_get_value() == Some(number)
    }

    fn close(self) {
        self.next_question();
        self.active.set(None);
        self.found.set(None);
    }

    /// Closes the list once no pointer is pressed. In a dialog, closing moves the buttons below the list. A pressed pointer would
    /// then be released beside its button, and the click would be lost. This is also called when the field is removed while it has
    /// the focus.
    fn close_after_click(self) {
        let number = self.next_question();
        set_timeout(
            move || {
                // The field may be removed by now, or a person types in it again.
                if !self.is_question(number) {
                    return;
                }
                let pressed = document().query_selector(":active").ok().flatten().is_some();
                if pressed {
                    self.close_after_click();
                } else {
                    self.close();
                }
            },
            RELEASE_CHECK,
        );
    }

    fn choose(self, value: &str) {
        if let Some(input) = self.input.get_untracked() {
            input.set_value(value);
        }
        self.close();
    }

    /// What Enter chooses: the suggestion that the arrow keys have chosen, or the only new owner who is left. Filters find a part of
    /// a name, but a key needs one person.
    fn chosen_by_enter(self, active: Option<usize>) -> Option<String> {
        let found = self.found.read_untracked();
        let found = found.as_ref()?;
        if let Some(index) = active {
            return Some(found.get(index)?.value.clone());
        }
        match found.as_slice() {
            [only] if self.choice == Choice::NewOwner => {
                let typed = self.input.get_untracked()?.value();
                (typed != only.value).then(|| only.value.clone())
            }
            _ => None,
        }
    }

    fn key(self, event: &KeyboardEvent) {
        let count = self.found.read_untracked().as_ref().map(Vec::len);
        let active = self.active.get_untracked();
        match (event.key().as_str(), count) {
            ("ArrowDown" | "ArrowUp", None) => self.ask(Duration::ZERO),
            // Enter sends the form. A late answer must not open the list.
            ("Enter", None) => return self.close(),
            ("ArrowDown" | "ArrowUp", Some(0)) => {}
            ("ArrowDown", Some(count)) => self.active.set(Some(active.map_or(0, |index| (index + 1) % count))),
            ("ArrowUp", Some(count)) => {
                self.active
                    .set(Some(active.unwrap_or(0).checked_sub(1).unwrap_or(count - 1)));
            }
            ("Enter", Some(_)) => match self.chosen_by_enter(active) {
                Some(value) => self.choose(&value),
                // No suggestion is chosen, so Enter sends the typed text.
                None => return self.close(),
            },
            // Escape closes the list, but not the dialog around the field.
            ("Escape", Some(_)) => {
                event.stop_propagation();
                self.close();
            }
            _ => return,
        }
        event.prevent_default();
    }
}
