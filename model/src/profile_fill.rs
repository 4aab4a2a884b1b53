//! Filling in the form of a bias profile: presets, and one value for all categories.

use crate::form::FormErrors;
use crate::profile::{Action, Category, SCORE_MAX};
use crate::profile_form::ProfileForm;

/// The field with the threshold for all categories, and the field with their action.
pub const ALL_THRESHOLD: &str = "all_threshold";
pub const ALL_ACTION: &str = "all_action";

/// Values that suit many. A preset turns on all categories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    Lenient,
    Balanced,
    Strict,
}

/// What a button of the form fills in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    Preset(Preset),
    /// What was typed for all categories.
    All,
}

/// The values that all categories get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filling {
    /// Whether all categories are turned on. If not, each stays as it is.
    pub turn_on: bool,
    pub threshold: u8,
    pub action: Action,
}

impl Preset {
    pub const ALL: [Self; 3] = [Self::Lenient, Self::Balanced, Self::Strict];

    /// The value of its button.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Lenient => "lenient",
            Self::Balanced => "balanced",
            Self::Strict => "strict",
        }
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::Lenient => "Lenient",
            Self::Balanced => "Balanced",
            Self::Strict => "Strict",
        }
    }

    pub const fn filling(self) -> Filling {
        let (threshold, action) = match self {
            Self::Lenient => (71, Action::Flag),
            Self::Balanced => (31, Action::Flag),
            Self::Strict => (31, Action::Block),
        };
        Filling {
            turn_on: true,
            threshold,
            action,
        }
    }
}

impl Fill {
    /// The name of the buttons.
    pub const FIELD: &'static str = "fill";

    /// The value of its button.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Preset(preset) => preset.slug(),
            Self::All => "all",
        }
    }

    pub fn parse(slug: &str) -> Option<Self> {
        let presets = Preset::ALL.into_iter().map(Self::Preset);
        presets.chain([Self::All]).find(|fill| fill.slug() == slug)
    }

    /// The values, out of what was typed for all categories.
    ///
    /// # Errors
    /// What is wrong with that.
    pub fn read(self, threshold: &str, action: &str) -> Result<Filling, FormErrors> {
        if let Self::Preset(preset) = self {
            return Ok(preset.filling());
        }
        let mut errors = FormErrors::default();
        let threshold: Option<u8> = threshold.trim().parse().ok().filter(|score| *score <= SCORE_MAX);
        if threshold.is_none() {
            errors.add(
                ALL_THRESHOLD,
                format!("A threshold is a whole number from 0 to {SCORE_MAX}."),
            );
        }
        let action = Action::parse(action);
        if action.is_none() {
            errors.add(ALL_ACTION, "Choose Allow, Flag or Block.");
        }
        match (threshold, action) {
            (Some(threshold), Some(action)) => Ok(Filling {
                turn_on: false,
                threshold,
                action,
            }),
            _ => Err(errors),
        }
    }
}

impl Filling {
    /// What was filled in, in words.
    pub fn sentence(self) -> String {
        let Self {
            turn_on,
            threshold,
            action,
        } = self;
        let on = if turn_on { "on, " } else { "" };
        format!("All categories: {on}{} from {threshold}.", action.title())
    }
}

impl ProfileForm {
    /// The form with these values in all categories. Everything else stays as it was typed.
    #[must_use]
    pub fn filled(mut self, filling: Filling) -> Self {
        if filling.turn_on {
            self.on = Category::ALL
                .iter()
                .map(|category| category.slug().to_owned())
                .collect();
        }
        self.threshold = Category::ALL.iter().map(|_| filling.threshold.to_string()).collect();
        self.action = Category::ALL.iter().map(|_| filling.action.slug().to_owned()).collect();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Band, Content};

    #[test]
    fn a_preset_fills_all_categories_and_keeps_what_was_typed_elsewhere() {
        let mut form = ProfileForm::of(&Content::blank(), 3);
        form.name = " Shop ".to_owned();
        form.description = "For\nthe shop".to_owned();
        form.on = ["age".to_owned()].into_iter().collect();
        let typed = form.clone();
        let strict = form.filled(Preset::Strict.filling());
        let content = strict.read().unwrap();
        assert!(content.settings.iter().all(|setting| setting.on));
        assert!(
            content
                .settings
                .iter()
                .all(|setting| setting.summary() == "Block from 31")
        );
        assert_eq!(
            (&strict.name, &strict.description, &strict.version),
            (&typed.name, &typed.description, &typed.version)
        );
    }

    #[test]
    fn one_value_for_all_leaves_off_what_is_off() {
        let mut form = ProfileForm::of(&Content::blank(), 0);
        form.on = ["age".to_owned()].into_iter().collect();
        form.threshold[0] = "nonsense".to_owned();
        let filling = Fill::All.read(" 40 ", "block").unwrap();
        let filled = form.filled(filling);
        assert_eq!(filled.on.len(), 1);
        assert!(filled.threshold.iter().all(|threshold| threshold == "40"));
        assert!(filled.action.iter().all(|action| action == "block"));
        assert_eq!(filling.sentence(), "All categories: Block from 40.");
    }

    #[test]
    fn what_is_no_value_is_named_by_field() {
        let errors = Fill::All.read("101", "shred").unwrap_err();
        assert!(errors.of(ALL_THRESHOLD).is_some() && errors.of(ALL_ACTION).is_some());
        assert!(Fill::Preset(Preset::Lenient).read("", "").is_ok());
    }

    #[test]
    fn presets_begin_with_a_band_and_are_parsed_by_their_buttons() {
        for preset in Preset::ALL {
            let Filling { threshold, .. } = preset.filling();
            assert!(
                Band::ALL.iter().any(|(_, lowest, _)| *lowest == threshold),
                "{preset:?}"
            );
            assert_eq!(Fill::parse(preset.slug()), Some(Fill::Preset(preset)));
        }
        assert_eq!(Fill::parse("all"), Some(Fill::All));
        assert_eq!(Fill::parse(""), None);
        assert_eq!(
            Preset::Strict.filling().sentence(),
            "All categories: on, Block from 31."
        );
    }
}
