//! Bias profiles: named, versioned settings that travel with a verified key.

use serde::{Deserialize, Serialize};

use crate::id::ProfileId;
use crate::list::Paging;
use crate::time::Timestamp;

/// The longest name and description, in characters.
pub const NAME_MAX: usize = 60;
pub const DESCRIPTION_MAX: usize = 500;
/// Versions on one page.
pub const VERSIONS_PAGE: u64 = 20;
/// The highest score.
pub const SCORE_MAX: u8 = 100;

/// What a text can be biased about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    Age,
    Disability,
    Gender,
    Nationality,
    PoliticalAffiliation,
    RaceAndEthnicity,
    Religion,
    SexualOrientation,
    SocioeconomicStatus,
}

/// What the API does with a text whose score reaches the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Allow,
    Flag,
    Block,
}

/// How high a score is: low 0–30, moderate 31–70, high 71–100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Band {
    Low,
    Moderate,
    High,
}

/// One category of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    pub category: Category,
    /// Off: the category is not looked at.
    pub on: bool,
    /// The lowest score, 0 to 100, for which the action is taken.
    pub threshold: u8,
    pub action: Action,
}

/// What a version of a profile says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub name: String,
    pub description: String,
    /// One for each category, in the order of [`Category::ALL`].
    pub settings: Vec<Setting>,
}

/// One version, with who made it and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    pub number: i64,
    pub content: Content,
    pub author: String,
    pub created_at: Timestamp,
}

/// A version without its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionName {
    pub number: i64,
    pub author: String,
    pub created_at: Timestamp,
}

/// What differs between two versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    pub from: i64,
    pub to: i64,
    pub differences: Vec<Difference>,
}

/// One row of the list of profiles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileRow {
    pub id: ProfileId,
    pub version: Version,
    /// Number of keys that have this profile.
    pub keys: u64,
}

/// A page of the list of profiles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileList {
    pub rows: Vec<ProfileRow>,
    pub paging: Paging,
    pub now: Timestamp,
    pub may_change: bool,
}

/// A profile with a page of its versions. They are numbered from 1 without a gap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfilePage {
    pub id: ProfileId,
    /// The version in force, which is the newest.
    pub current: Version,
    /// Newest first.
    pub versions: Vec<VersionName>,
    /// What asks for the next page: the number of the last version on this page.
    pub next: Option<i64>,
    /// The number of keys that have it, and some of them.
    pub keys: u64,
    pub some_keys: Vec<KeyName>,
    pub now: Timestamp,
    pub may_change: bool,
}

/// Enough of a key for a link to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyName {
    pub id: crate::id::KeyId,
    pub name: String,
}

/// The name of a profile, for a choice or for a key that has the profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileName {
    pub id: ProfileId,
    pub name: String,
    pub version: i64,
}

/// One line of a comparison: what, before, after.
pub type Difference = (String, String, String);

impl Category {
    pub const ALL: [Self; 9] = [
        Self::Age,
        Self::Disability,
        Self::Gender,
        Self::Nationality,
        Self::PoliticalAffiliation,
        Self::RaceAndEthnicity,
        Self::Religion,
        Self::SexualOrientation,
        Self::SocioeconomicStatus,
    ];

    /// The words on screens.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Age => "Age",
            Self::Disability => "Disability",
            Self::Gender => "Gender",
            Self::Nationality => "Nationality",
            Self::PoliticalAffiliation => "Political affiliation",
            Self::RaceAndEthnicity => "Race and ethnicity",
            Self::Religion => "Religion",
            Self::SexualOrientation => "Sexual orientation",
            Self::SocioeconomicStatus => "Socioeconomic status",
        }
    }

    /// The word in JSON and forms.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Disability => "disability",
            Self::Gender => "gender",
            Self::Nationality => "nationality",
            Self::PoliticalAffiliation => "political_affiliation",
            Self::RaceAndEthnicity => "race_and_ethnicity",
            Self::Religion => "religion",
            Self::SexualOrientation => "sexual_orientation",
            Self::SocioeconomicStatus => "socioeconomic_status",
        }
    }
}

impl Action {
    pub const ALL: [Self; 3] = [Self::Allow, Self::Flag, Self::Block];

    pub const fn title(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Flag => "Flag",
            Self::Block => "Block",
        }
    }

    pub const fn slug(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Flag => "flag",
            Self::Block => "block",
        }
    }

    pub fn parse(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.slug() == slug)
    }
}

impl Band {
    /// The bands with their lowest and highest score.
    pub const ALL: [(Self, u8, u8); 3] = [
        (Self::Low, 0, 30),
        (Self::Moderate, 31, 70),
        (Self::High, 71, SCORE_MAX),
    ];

    pub fn of(score: u8) -> Self {
        Self::ALL
            .into_iter()
            .find(|(_, _, highest)| score <= *highest)
            .map_or(Self::High, |(band, ..)| band)
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Moderate => "moderate",
            Self::High => "high",
        }
    }
}

impl Setting {
    /// `Block from 30`, `Off`.
    pub fn summary(&self) -> String {
        if self.on {
            format!("{} from {}", self.action.title(), self.threshold)
        } else {
            "Off".to_owned()
        }
    }
}

impl Content {
    /// What a new profile starts from: every category is flagged in the high band.
    pub fn blank() -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            settings: Category::ALL
                .into_iter()
                .map(|category| Setting {
                    category,
                    on: true,
                    threshold: 71,
                    action: Action::Flag,
                })
                .collect(),
        }
    }

    /// What is different in `newer`.
    pub fn differences(&self, newer: &Self) -> Vec<Difference> {
        let mut all = vec![
            ("Name".to_owned(), self.name.clone(), newer.name.clone()),
            (
                "Description".to_owned(),
                self.description.clone(),
                newer.description.clone(),
            ),
        ];
        all.extend(self.settings.iter().zip(&newer.settings).map(|(before, after)| {
            let title = before.category.title().to_owned();
            (title, before.summary(), after.summary())
        }));
        all.retain(|(_, before, after)| before != after);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bands_are_those_of_the_score() {
        for (score, band) in [
            (0, Band::Low),
            (30, Band::Low),
            (31, Band::Moderate),
            (70, Band::Moderate),
            (71, Band::High),
            (100, Band::High),
        ] {
            assert_eq!(Band::of(score), band, "{score}");
        }
    }

    #[test]
    fn a_comparison_names_only_what_differs() {
        let before = Content {
            name: "Strict".to_owned(),
            ..Content::blank()
        };
        let mut after = before.clone();
        assert_eq!(before.differences(&after), []);
        after.settings[2].threshold = 30;
        after.settings[2].action = Action::Block;
        after.settings[0].on = false;
        let words = |what: &str, before: &str, after: &str| (what.to_owned(), before.to_owned(), after.to_owned());
        assert_eq!(
            before.differences(&after),
            [
                words("Age", "Flag from 71", "Off"),
                words("Gender", "Flag from 71", "Block from 30")
            ]
        );
    }

    #[test]
    fn the_word_in_json_is_the_slug() {
        for category in Category::ALL {
            assert_eq!(serde_json::to_value(category).unwrap(), category.slug());
        }
        for action in Action::ALL {
            assert_eq!(serde_json::to_value(action).unwrap(), action.slug());
        }
    }
}
