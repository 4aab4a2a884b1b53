//! The categories of a bias profile.

use model::bounded::Bounded;
use model::profile::{Action, Category, Content, SCORE_MAX, Setting};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::Problem;

/// The most categories in one request.
pub(super) const CATEGORIES: usize = Category::ALL.len();

/// What is done about one category.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CategorySetting {
    /// `age`, `disability`, `gender`, `nationality`, `political_affiliation`, `race_and_ethnicity`, `religion`,
    /// `sexual_orientation` or `socioeconomic_status`.
    #[schema(
        example = "gender",
        pattern = "^(age|disability|gender|nationality|political_affiliation|race_and_ethnicity|religion|sexual_orientation|socioeconomic_status)$"
    )]
    category: String,
    /// Off: the category is not looked at.
    on: bool,
    /// The lowest score for which the action is taken.
    #[schema(minimum = 0, maximum = 100, example = 30)]
    threshold: u8,
    /// `allow`, `flag` or `block`.
    #[schema(example = "block", pattern = "^(allow|flag|block)$")]
    action: String,
}

impl From<&Setting> for CategorySetting {
    fn from(setting: &Setting) -> Self {
        Self {
            category: setting.category.slug().to_owned(),
            on: setting.on,
            threshold: setting.threshold,
            action: setting.action.slug().to_owned(),
        }
    }
}

/// Sets the categories that a request has.
pub(super) fn set_categories(
    content: &mut Content,
    categories: &Bounded<CategorySetting, CATEGORIES>,
) -> Result<(), Problem> {
    let mut seen: Vec<&str> = Vec::new();
    for (index, asked) in categories.iter().enumerate() {
        let at = |field: &str| format!("categories[{index}].{field}");
        if seen.contains(&asked.category.as_str()) {
            return Err(Problem::field(&at("category"), "This category is there twice."));
        }
        seen.push(&asked.category);
        let mut settings = content.settings.iter_mut();
        let setting = settings
            .find(|setting| setting.category.slug() == asked.category)
            .ok_or_else(|| Problem::field(&at("category"), "There is no such category."))?;
        let action = Action::ALL.into_iter().find(|action| action.slug() == asked.action);
        let action = action.ok_or_else(|| Problem::field(&at("action"), "An action is allow, flag or block."))?;
        if asked.threshold > SCORE_MAX {
            return Err(Problem::field(
                &at("threshold"),
                "A threshold is a number from 0 to 100.",
            ));
        }
        setting.on = asked.on;
        setting.threshold = asked.threshold;
        setting.action = action;
    }
    Ok(())
}
