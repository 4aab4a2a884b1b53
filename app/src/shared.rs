//! The state that the frame of the console and its screens share.

use leptos::prelude::*;
use model::key::{CreatedKey, Frame};
use model::proof::ChangeEffect;

use crate::answer::Late;
use crate::error::AppError;
use crate::palette::Palette;
use crate::screens::Screen;
use crate::server_fns::frame::load_frame;
use crate::ui::toast::Toasts;

/// What the screens of the console share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shared {
    /// Draws another screen, and loads its part of the WASM first if need be. The frame is given this function, since the module
    /// with the views of all screens is above the pages.
    pub(crate) draw: fn(Screen) -> AnyView,
    /// The key that was just created. No other place in the browser holds its token. The signal belongs to the frame, so that
    /// going to another screen does not lose the token.
    pub(crate) created: RwSignal<Option<Late<CreatedKey>>>,
    /// Counts the changes that the live stream reported. The screen loads again when it grows.
    pub(crate) version: RwSignal<u32>,
    /// How many nodes answer, if that has changed since the page was rendered.
    pub(crate) nodes: RwSignal<Option<u64>>,
    pub(crate) frame: Resource<Result<Frame, AppError>>,
    pub(crate) toasts: Toasts,
    pub(crate) palette: Palette,
    /// The query string and the scroll position of the list of keys when the person opened one key. The list restores the
    /// position when the person comes back.
    pub(crate) list_place: StoredValue<Option<(String, f64)>>,
}

impl Shared {
    pub(crate) fn of_context() -> Self {
        expect_context()
    }

    /// Says what was saved, with its proof if that was a change, and makes lists load again.
    pub(crate) fn show_saved(self, text: String, change: Option<i64>) {
        match change {
            Some(change) => self.toasts.add_with_proof(text, ChangeEffect::InForce, change),
            None => self.toasts.add_success(text),
        }
        self.reload_screen();
    }

    /// Makes lists load again, since something has changed.
    pub(crate) fn reload_screen(self) {
        self.version.update(|version| *version = version.wrapping_add(1));
    }

    /// Loads the frame again, since another person may have changed something. The environment selector, which the person may be
    /// using, is drawn again only if the environments or the person's own data have changed.
    pub(crate) fn reload_frame_if_changed(self) {
        leptos::task::spawn_local(async move {
            let Ok(now) = load_frame().await else {
                return;
            };
            let before = self.frame.try_get_untracked().flatten();
            let same =
                matches!(&before, Some(Ok(before)) if before.environments == now.environments && before.me == now.me);
            if !same {
                self.frame.try_set(Some(Ok(now)));
            }
        });
    }

    /// Draws the selector again, since the environments have changed.
    pub(crate) fn reload_screen_and_frame(self) {
        self.reload_screen();
        self.frame.refetch();
    }
}
