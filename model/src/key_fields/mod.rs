//! What people set on a key, when it is made and later. Each field is declared here once: its name in forms, its label,
//! its rule, and how its value stands in a form and reads in words. Forms, merging with another person's changes, the
//! audit log and the screens follow from this list.

mod all_fields;
mod owner;
mod references;
mod texts;

use serde::{Deserialize, Serialize};

use crate::address::AllowedAddresses;
use crate::customer_name::CustomerName;
use crate::end_date::{self, EndDate};
use crate::form::Mistake;
use crate::form_values::FormValues;
use crate::id::ProfileId;
use crate::key;
use crate::limit::{Limits, Window};
use crate::metadata::Metadata;
use crate::number::Separator;
use crate::profile::ProfileName;
use crate::tags::Tags;
use crate::time::Timestamp;

use references::{customer, customer_in_words, profile, profile_name};

pub use owner::{NamedOwner, OwnerName};
pub use texts::{DESCRIPTION_MAX, LOCATION_MAX};

/// The values of all fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySettings {
    pub name: String,
    /// What the key is for; empty where nobody has said it.
    pub description: String,
    pub tags: Tags,
    /// Where the key lives; empty where nobody has said it.
    pub location: String,
    /// The person to whom the key belongs; `None` where a program or the command line made it. It is not chosen when the key
    /// is made.
    pub owner: Option<OwnerName>,
    pub profile: Option<ProfileId>,
    /// Whether requests are accepted; `None` where that cannot be chosen.
    pub active: Option<bool>,
    pub expires_at: Option<Timestamp>,
    pub limits: Limits,
    pub addresses: AllowedAddresses,
    /// The customer to whom the key belongs.
    pub customer: Option<CustomerName>,
    pub metadata: Metadata,
}

/// One field of a key's forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyField {
    Name,
    Description,
    Tags,
    Location,
    Owner,
    BiasProfile,
    Status,
    Expires,
    Limit(Window),
    AllowedAddresses,
    Customer,
    Metadata,
}

/// What the fields' rules and texts need besides the values.
#[derive(Clone, Copy, Debug)]
pub struct FieldContext<'a> {
    pub profiles: &'a [ProfileName],
    /// The customer that the form names; `None` where there is no such customer.
    pub customer: Option<&'a CustomerName>,
    /// The person that the form names as the owner; `None` where it names nobody.
    pub owner: Option<&'a NamedOwner>,
    pub now: Timestamp,
    /// Whether the key is being created, so that there is no end date yet that could stay.
    pub new: bool,
}

impl KeyField {
    pub const ALL: [Self; 14] = [
        Self::Name,
        Self::Description,
        Self::Tags,
        Self::Location,
        Self::Owner,
        Self::BiasProfile,
        Self::Status,
        Self::Expires,
        Self::Limit(Window::Second),
        Self::Limit(Window::Minute),
        Self::Limit(Window::Day),
        Self::AllowedAddresses,
        Self::Customer,
        Self::Metadata,
    ];

    /// Its name in forms.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Description => "description",
            Self::Tags => "tags",
            Self::Location => "location",
            Self::Owner => "owner",
            Self::BiasProfile => "bias_profile",
            Self::Status => "status",
            Self::Expires => end_date::EXPIRES,
            Self::Limit(window) => window.field_name(),
            Self::AllowedAddresses => "allowed_addresses",
            Self::Customer => "customer",
            Self::Metadata => "metadata",
        }
    }

    /// The name of the hidden field that notes what the form showed at first.
    pub const fn shown_name(self) -> &'static str {
        match self {
            Self::Name => "was_name",
            Self::Description => "was_description",
            Self::Tags => "was_tags",
            Self::Location => "was_location",
            Self::Owner => "was_owner",
            Self::BiasProfile => "was_bias_profile",
            Self::Status => "was_status",
            Self::Expires => "was_end",
            Self::Limit(Window::Second) => "was_limit_second",
            Self::Limit(Window::Minute) => "was_limit_minute",
            Self::Limit(Window::Day) => "was_limit_day",
            Self::AllowedAddresses => "was_allowed_addresses",
            Self::Customer => "was_customer",
            Self::Metadata => "was_metadata",
        }
    }

    /// Its id in pages.
    pub const fn id(self) -> &'static str {
        match self {
            Self::BiasProfile => "bias-profile",
            Self::AllowedAddresses => "allowed-addresses",
            _ => self.name(),
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Description => "Description",
            Self::Tags => "Tags",
            Self::Location => "Where this key lives",
            Self::Owner => "Owner",
            Self::BiasProfile => "Bias Profile",
            Self::Status => "Status",
            Self::Expires => "Expires",
            Self::Limit(window) => window.label(),
            Self::AllowedAddresses => "Allowed addresses",
            Self::Customer => "Customer",
            Self::Metadata => "Metadata",
        }
    }

    /// Its heading where the value is told in words. The three limits share one heading.
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Limit(_) => "Rate limit",
            _ => self.label(),
        }
    }

    /// What a form shows in the field.
    fn text(self, settings: &KeySettings) -> String {
        match self {
            Self::Expires => end_date::KEEP.to_owned(),
            Self::AllowedAddresses => settings.addresses.lines(),
            Self::Metadata => settings.metadata.pretty(),
            Self::Tags => settings.tags.to_string(),
            Self::Name
            | Self::Description
            | Self::Location
            | Self::Owner
            | Self::BiasProfile
            | Self::Status
            | Self::Limit(_)
            | Self::Customer => self.comparable_text(settings),
        }
    }

    /// The value as a text. Different values have different texts.
    fn comparable_text(self, settings: &KeySettings) -> String {
        match self {
            Self::Name => settings.name.clone(),
            Self::Description => settings.description.clone(),
            Self::Tags => settings.tags.stored(),
            Self::Location => settings.location.clone(),
            Self::Owner => {
                let owner = settings.owner.as_ref();
                owner.map(|owner| owner.email.clone()).unwrap_or_default()
            }
            Self::BiasProfile => settings.profile.as_ref().map(ToString::to_string).unwrap_or_default(),
            Self::Status => match settings.active {
                Some(true) => "active".to_owned(),
                Some(false) => "inactive".to_owned(),
                None => String::new(),
            },
            Self::Expires => settings.expires_at.map(|end| end.0.to_string()).unwrap_or_default(),
            Self::Limit(window) => settings
                .limits
                .of(window)
                .map(|limit| limit.to_string())
                .unwrap_or_default(),
            Self::AllowedAddresses => settings.addresses.to_string(),
            Self::Customer => {
                let customer = settings.customer.as_ref();
                customer
                    .map(|customer| customer.external_id.clone())
                    .unwrap_or_default()
            }
            Self::Metadata => settings.metadata.as_json().unwrap_or_default().to_owned(),
        }
    }

    /// Whether what was typed is what the form showed.
    fn is_untouched(self, typed: &str, shown: &str) -> bool {
        match self {
            Self::Name | Self::Description | Self::Location | Self::BiasProfile | Self::Status => typed == shown,
            Self::Expires => matches!(typed, "" | end_date::KEEP),
            Self::Limit(_) | Self::Customer | Self::Owner => typed.trim() == shown,
            Self::Tags => Tags::read(typed).is_ok_and(|typed| typed.stored() == shown),
            Self::Metadata => Metadata::read(typed).is_ok_and(|typed| typed.as_json().unwrap_or_default() == shown),
            // Networks in another order, or with other separators, are the same networks.
            Self::AllowedAddresses => {
                let read = AllowedAddresses::read(typed);
                read.is_ok() && read == AllowedAddresses::read(shown)
            }
        }
    }

    /// Reads what was typed into `settings`. A value that the form does not have stays as it is.
    fn read(self, form: &FormValues, context: &FieldContext<'_>, settings: &mut KeySettings) -> Result<(), Mistake> {
        let wrong = |message: String| (self.name(), message);
        match (self, form.get(self.name())) {
            (Self::Name, typed) => settings.name = key::name(typed.unwrap_or_default()).map_err(wrong)?,
            (_, None) => {}
            (Self::Description, Some(typed)) => settings.description = texts::description(typed).map_err(wrong)?,
            (Self::Tags, Some(typed)) => settings.tags = Tags::read(typed).map_err(wrong)?,
            (Self::Location, Some(typed)) => settings.location = texts::location(typed).map_err(wrong)?,
            // A key belongs to the person who makes it, whatever the form says.
            (Self::Owner, Some(_)) if context.new => {}
            (Self::Owner, Some(typed)) => {
                settings.owner = owner::chosen(typed, settings.owner.as_ref(), context.owner).map_err(wrong)?;
            }
            (Self::BiasProfile, Some(id)) => settings.profile = profile(id, context.profiles).map_err(wrong)?,
            (Self::Status, Some(typed)) => {
                settings.active = match typed {
                    "" => settings.active,
                    "active" => Some(true),
                    "inactive" => Some(false),
                    _ => return Err(wrong("Choose Active or Inactive.".to_owned())),
                }
            }
            (Self::Expires, Some(typed)) => match end_date::read(form, context.now)? {
                EndDate::Set(end) => settings.expires_at = end,
                EndDate::Keep if context.new && !typed.is_empty() => {
                    return Err(wrong(end_date::CHOOSE.to_owned()));
                }
                EndDate::Keep => {}
            },
            (Self::Limit(window), Some(typed)) => {
                settings.limits.set(window, window.read(typed).map_err(wrong)?);
            }
            (Self::AllowedAddresses, Some(typed)) => {
                settings.addresses = AllowedAddresses::read(typed).map_err(wrong)?;
            }
            (Self::Customer, Some(typed)) => settings.customer = customer(typed, context.customer).map_err(wrong)?,
            (Self::Metadata, Some(typed)) => settings.metadata = Metadata::read(typed).map_err(wrong)?,
        }
        Ok(())
    }

    /// The value in words, for the audit log. `None` for a field whose changes have an event of their own.
    fn in_words(self, settings: &KeySettings, profiles: &[ProfileName]) -> Option<String> {
        match self {
            Self::Name => Some(settings.name.clone()),
            Self::Description => Some(texts::in_words(&settings.description)),
            Self::Tags => Some(settings.tags.in_words()),
            Self::Location => Some(texts::in_words(&settings.location)),
            Self::BiasProfile => Some(profile_name(settings.profile.as_ref(), profiles)),
            Self::Owner | Self::Status => None,
            Self::Expires => Some(end_in_words(settings.expires_at)),
            Self::Limit(_) => Some(settings.limits.in_words()),
            Self::AllowedAddresses => Some(settings.addresses.in_words()),
            Self::Customer => Some(customer_in_words(settings.customer.as_ref())),
            Self::Metadata => Some(settings.metadata.in_words()),
        }
    }

    /// The value as the key's own screen lists it; empty where nothing is set. `None` for a field that the list of keys
    /// shows as well.
    fn lines(self, settings: &KeySettings, numbers: Separator) -> Option<Vec<String>> {
        match self {
            Self::Name | Self::Owner | Self::BiasProfile | Self::Status | Self::Expires | Self::Customer => None,
            Self::Description => Some(texts::lines(&settings.description)),
            Self::Tags => Some(settings.tags.words().to_vec()),
            Self::Location => Some(texts::lines(&settings.location)),
            Self::Limit(_) if settings.limits.is_none() => Some(Vec::new()),
            Self::Limit(_) => Some(vec![settings.limits.in_words_with(numbers)]),
            Self::AllowedAddresses => Some(settings.addresses.networks().iter().map(ToString::to_string).collect()),
            Self::Metadata if settings.metadata.is_none() => Some(Vec::new()),
            Self::Metadata => Some(vec![settings.metadata.pretty()]),
        }
    }

    /// A sentence with the present value, for a person whose form showed another one.
    fn change_sentence(self, shown: &str, now: &KeySettings, profiles: &[ProfileName]) -> String {
        match self {
            Self::Name => format!("The name is now “{}” (it was “{shown}”).", now.name),
            Self::Description => format!("The description is now: {}.", texts::in_words(&now.description)),
            Self::Tags => format!("The tags are now: {}.", now.tags.in_words()),
            Self::Location => format!("Where this key lives is now: {}.", texts::in_words(&now.location)),
            Self::Owner => format!("The owner is now: {}.", owner::in_words(now.owner.as_ref())),
            Self::BiasProfile => format!(
                "The bias profile is now {}.",
                profile_name(now.profile.as_ref(), profiles)
            ),
            Self::Status => {
                let title = match now.active {
                    Some(true) => "Active",
                    Some(false) => "Inactive",
                    None => "another",
                };
                format!("The status is now {title}.")
            }
            Self::Expires => format!("It now expires: {}.", end_in_words(now.expires_at)),
            Self::Limit(window) => match now.limits.of(window) {
                Some(limit) => format!("{} is now: {limit}.", self.label()),
                None => format!("{} is now: not limited.", self.label()),
            },
            Self::AllowedAddresses => format!("Allowed addresses are now: {}.", now.addresses.in_words()),
            Self::Customer => format!("The customer is now: {}.", customer_in_words(now.customer.as_ref())),
            Self::Metadata => format!("The metadata is now: {}.", now.metadata.in_words()),
        }
    }
}

fn end_in_words(end: Option<Timestamp>) -> String {
    end.map_or_else(|| "never".to_owned(), Timestamp::exact)
}

#[cfg(test)]
mod tests;
