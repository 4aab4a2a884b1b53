//! What the question shows about the keys: the first names, and how many of the keys are in use.

use leptos::prelude::*;
use model::key_list::{BULK_NAMES, MAX_BULK_PREVIEW_KEYS};

use super::Question;
use crate::server_fns::keys::load_bulk_preview;
use crate::ui::icon::{Icon, IconKind};
use crate::ui::note::BadNote;
use crate::ui::number::grouped;

/// What the dialog has loaded about the keys so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Preview {
    names: RwSignal<Vec<String>>,
    /// How many keys were used in the last 24 hours. `None` until all are loaded.
    used_24h: RwSignal<Option<u64>>,
    failed: RwSignal<Option<String>>,
}

impl Preview {
    /// Loads the preview of all keys, some in each request, until the question is closed.
    pub(super) fn load(question: &Question) -> Self {
        let preview = Self {
            names: RwSignal::new(Vec::new()),
            used_24h: RwSignal::new(None),
            failed: RwSignal::new(None),
        };
        let keys = question.keys.clone();
        leptos::task::spawn_local(async move {
            let mut used = 0;
            for (index, some) in keys.chunks(MAX_BULK_PREVIEW_KEYS).enumerate() {
                match load_bulk_preview(some.iter().cloned().collect()).await {
                    Ok(found) => {
                        used += found.used_24h;
                        if index == 0 {
                            preview.names.try_set(found.names);
                        }
                    }
                    Err(error) => {
                        preview.failed.try_set(Some(error.message()));
                        return;
                    }
                }
                // The question was closed.
                if preview.failed.try_get_untracked().is_none() {
                    return;
                }
            }
            preview.used_24h.try_set(Some(used));
        });
        preview
    }

    pub(super) fn is_complete(self) -> bool {
        self.used_24h.get().is_some()
    }
}

#[component]
pub(super) fn AffectedKeys(preview: Preview, total: usize) -> impl IntoView {
    let names = move || {
        let names = preview.names.get();
        let more = (total.saturating_sub(BULK_NAMES)) as u64;
        (!names.is_empty()).then(|| {
            view! {
                <ul class="bullets bulk__names" role="list">
                    {names.into_iter().map(|name| view! { <li dir="auto">{name}</li> }).collect_view()}
                    {(more > 0).then(|| view! { <li>{format!("and {} more", grouped(more))}</li> })}
                </ul>
            }
        })
    };
    let used = move || {
        preview.used_24h.get().map(|used| {
            let (class, icon) = if used == 0 {
                ("note", IconKind::Info)
            } else {
                ("note note--bad", IconKind::Warning)
            };
            view! {
                <div class=class>
                    <Icon kind=icon/>
                    <p>{in_use(used, total as u64)}</p>
                </div>
            }
        })
    };
    view! {
        {names}
        <div aria-live="polite">{used}</div>
        {move || preview.failed.get().map(|text| view! { <BadNote text/> })}
    }
}

/// A sentence such as "3 of them were used in the last 24 hours."
fn in_use(used: u64, total: u64) -> String {
    match (used, total) {
        (0, 1) => "It was not used in the last 24 hours.".to_owned(),
        (_, 1) => "It was used in the last 24 hours.".to_owned(),
        (0, _) => "None of them was used in the last 24 hours.".to_owned(),
        (1, _) => "1 of them was used in the last 24 hours.".to_owned(),
        (used, total) if used == total => "All of them were used in the last 24 hours.".to_owned(),
        (used, _) => format!("{} of them were used in the last 24 hours.", grouped(used)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_says_how_many_keys_are_in_use() {
        for (used, total, words) in [
            (0, 1, "It was not used in the last 24 hours."),
            (1, 1, "It was used in the last 24 hours."),
            (0, 3, "None of them was used in the last 24 hours."),
            (1, 3, "1 of them was used in the last 24 hours."),
            (3, 3, "All of them were used in the last 24 hours."),
            (1_204, 5_000, "1,204 of them were used in the last 24 hours."),
        ] {
            assert_eq!(in_use(used, total), words);
        }
    }
}
