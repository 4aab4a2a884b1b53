//! The form of a bias profile: what was typed, what it asks for, and what is wrong with it.

use serde::{Deserialize, Serialize};

use crate::bounded::Bounded;
use crate::form::{FormErrors, short};
use crate::id::ProfileId;
use crate::name;
use crate::profile::{Action, Category, Content, DESCRIPTION_MAX, NAME_MAX, SCORE_MAX, Setting};

/// The number of lines in a form: one for each category.
const CATEGORIES: usize = Category::ALL.len();

/// The form as it was typed. Every field is text, so that nothing typed is lost when it is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileForm {
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub description: String,
    /// Slugs of the categories that are on.
    #[serde(default)]
    pub on: Bounded<String, CATEGORIES>,
    /// One for each category, in the order of [`Category::ALL`].
    #[serde(default)]
    pub threshold: Bounded<String, CATEGORIES>,
    /// One for each category, in the order of [`Category::ALL`].
    #[serde(default)]
    pub action: Bounded<String, CATEGORIES>,
    /// The version that is edited; empty for a new profile.
    #[serde(default)]
    pub version: String,
    /// What was typed for all categories at once. It is no part of the profile.
    #[serde(default)]
    pub all_threshold: String,
    #[serde(default)]
    pub all_action: String,
    /// The value of the button that fills in the form, if the form was sent by one.
    #[serde(default)]
    pub fill: String,
}

/// The result of sending the form of a bias profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProfileOutcome {
    Saved {
        id: ProfileId,
        name: String,
        version: i64,
        /// The number of the change; `None` where nothing was changed.
        change: Option<i64>,
    },
    Changed(NewerVersion),
}

/// Another person has made a version since the form was opened. Nothing was saved. If the form is sent again with the number of
/// this version, it is saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewerVersion {
    pub version: i64,
    /// Who made it.
    pub author: String,
}

impl NewerVersion {
    pub fn message(&self) -> String {
        let Self { version, author } = self;
        format!(
            "{author} made version {version} meanwhile. Nothing you typed is lost; compare it on the profile's page, then \
             save again."
        )
    }
}

/// The name of the field with a category's threshold, for errors.
pub const fn threshold_field(category: Category) -> &'static str {
    match category {
        Category::Age => "threshold-age",
        Category::Disability => "threshold-disability",
        Category::Gender => "threshold-gender",
        Category::Nationality => "threshold-nationality",
        Category::PoliticalAffiliation => "threshold-political_affiliation",
        Category::RaceAndEthnicity => "threshold-race_and_ethnicity",
        Category::Religion => "threshold-religion",
        Category::SexualOrientation => "threshold-sexual_orientation",
        Category::SocioeconomicStatus => "threshold-socioeconomic_status",
    }
}

impl ProfileForm {
    /// The form filled with a profile.
    pub fn of(content: &Content, version: i64) -> Self {
        let settings = || content.settings.iter();
        Self {
            name: content.name.clone(),
            description: content.description.clone(),
            on: settings()
                .filter(|setting| setting.on)
                .map(|setting| setting.category.slug().to_owned())
                .collect(),
            threshold: settings().map(|setting| setting.threshold.to_string()).collect(),
            action: settings().map(|setting| setting.action.slug().to_owned()).collect(),
            version: if version > 0 {
                version.to_string()
            } else {
                String::new()
            },
            ..Self::default()
        }
    }

    /// What the form asks for, or what is wrong with it.
    pub fn read(&self) -> Result<Content, FormErrors> {
        let mut errors = FormErrors::default();
        let name = name(&self.name).map_err(|message| errors.add("name", message));
        let description = name::lines(&self.description, "A description", DESCRIPTION_MAX)
            .map_err(|message| errors.add("description", message));
        let mut settings = Vec::with_capacity(Category::ALL.len());
        for (index, category) in Category::ALL.into_iter().enumerate() {
            match self.setting(index, category) {
                Ok(setting) => settings.push(setting),
                Err(message) => errors.add(threshold_field(category), message),
            }
        }
        if let Some(unknown) = self
            .on
            .iter()
            .find(|slug| !Category::ALL.iter().any(|category| category.slug() == **slug))
        {
            errors.form = Some(format!("There is no category “{}”.", short(unknown)));
        }
        match (name, description) {
            (Ok(name), Ok(description)) if errors.is_empty() => Ok(Content {
                name,
                description,
                settings,
            }),
            _ => Err(errors),
        }
    }

    fn setting(&self, index: usize, category: Category) -> Result<Setting, String> {
        let typed = self.threshold.get(index).map_or("", |text| text.trim());
        let threshold = typed
            .parse::<u8>()
            .ok()
            .filter(|threshold| *threshold <= SCORE_MAX)
            .ok_or_else(|| {
                format!(
                    "{}: a threshold is a whole number from 0 to {SCORE_MAX}.",
                    category.title()
                )
            })?;
        let action = self.action.get(index).map_or("", String::as_str);
        Ok(Setting {
            category,
            on: self.on.iter().any(|slug| slug == category.slug()),
            threshold,
            action: Action::parse(action)
                .ok_or_else(|| format!("{}: choose Allow, Flag or Block.", category.title()))?,
        })
    }
}

/// Reads the name of a profile: 1 to 60 characters on one line. The backend checks that no other profile has it.
fn name(text: &str) -> Result<String, String> {
    match name::line(text, "A name", NAME_MAX)? {
        name if name.is_empty() => Err("Give the profile a name.".to_owned()),
        name if name == "None" => Err("“None” is what a key without a profile has. Choose another name.".to_owned()),
        name => Ok(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_reads_back_what_filled_it() {
        let mut content = Content {
            name: "Strict".to_owned(),
            description: "For the shop.".to_owned(),
            ..Content::blank()
        };
        content.settings[4].on = false;
        content.settings[2].threshold = 0;
        content.settings[2].action = Action::Block;
        assert_eq!(ProfileForm::of(&content, 3).read(), Ok(content));
    }

    #[test]
    fn what_is_wrong_is_named_by_field() {
        let mut form = ProfileForm::of(&Content::blank(), 0);
        form.threshold[2] = "101".to_owned();
        form.description = "For\u{202e} the shop.".to_owned();
        form.action[8] = "shred".to_owned();
        let errors = form.read().unwrap_err();
        assert_eq!(errors.of("name").as_deref(), Some("Give the profile a name."));
        assert_eq!(
            errors.of("threshold-gender").as_deref(),
            Some("Gender: a threshold is a whole number from 0 to 100.")
        );
        assert!(errors.of("threshold-socioeconomic_status").is_some());
        assert!(errors.of("description").unwrap().contains("U+202E"));
        assert_eq!(errors.fields.len(), 4);
        assert!(ProfileForm::default().read().is_err(), "an empty post is no profile");
    }
}
