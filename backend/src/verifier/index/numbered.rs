//! Lists of endpoints and bias profiles. Each is stored once under a number, which is what keys keep of it.

use std::collections::HashMap;

use model::id::ProfileId;
use model::verify::ProfileInForce;

use crate::error::{Error, Result};
use crate::verifier::record::{GrantNumber, ProfileNumber};

/// Lists of endpoints by their numbers, in order. Keys with equal lists share one.
#[derive(Debug, Default)]
pub(super) struct Grants {
    numbers: HashMap<Box<[u16]>, GrantNumber>,
    /// By number, from one.
    lists: Vec<Box<[u16]>>,
}

impl Grants {
    /// The number of a list of endpoints, also of a new one.
    pub(super) fn number(&mut self, mut list: Vec<u16>) -> Result<GrantNumber> {
        list.sort_unstable();
        if let Some(number) = self.numbers.get(list.as_slice()) {
            return Ok(*number);
        }
        let number = u32::try_from(self.lists.len() + 1)
            .ok()
            .and_then(GrantNumber::new)
            .ok_or_else(|| Error::Internal("there are more lists of endpoints than the index takes".to_owned()))?;
        self.lists.push(list.clone().into());
        self.numbers.insert(list.into(), number);
        Ok(number)
    }

    /// Whether a list has an endpoint.
    pub(super) fn covers(&self, number: GrantNumber, endpoint: u16) -> bool {
        let list = self.lists.get(number.get() as usize - 1);
        list.is_some_and(|list| list.binary_search(&endpoint).is_ok())
    }
}

/// The present versions of the bias profiles.
#[derive(Debug, Default)]
pub(super) struct Profiles {
    numbers: HashMap<ProfileId, ProfileNumber>,
    /// By number, from one.
    in_force: Vec<Option<ProfileInForce>>,
}

impl Profiles {
    /// The present version of a bias profile.
    pub(super) fn get(&self, number: ProfileNumber) -> Option<&ProfileInForce> {
        self.in_force.get(number.get() as usize - 1)?.as_ref()
    }

    /// The number of a bias profile, also of one that is not loaded yet.
    pub(super) fn number(&mut self, id: &ProfileId) -> Result<ProfileNumber> {
        if let Some(number) = self.numbers.get(id) {
            return Ok(*number);
        }
        let number = u32::try_from(self.in_force.len() + 1)
            .ok()
            .and_then(ProfileNumber::new)
            .ok_or_else(|| Error::Internal("there are more profiles than the index takes".to_owned()))?;
        self.in_force.push(None);
        self.numbers.insert(id.clone(), number);
        Ok(number)
    }

    /// Sets the present version of a bias profile, or removes the profile.
    pub(super) fn set(&mut self, id: &ProfileId, profile: Option<ProfileInForce>) {
        if profile.is_none() && !self.numbers.contains_key(id) {
            return;
        }
        let Ok(number) = self.number(id) else { return };
        if let Some(place) = self.in_force.get_mut(number.get() as usize - 1) {
            *place = profile;
        }
    }
}
