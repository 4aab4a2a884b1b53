//! The customers in the index. Many keys may belong to one, so each is stored once.

use std::collections::HashMap;
use std::num::NonZeroU32;

use model::id::CustomerId;
use model::limit::Limits;
use serde_json::value::RawValue;

use super::limit::Buckets;
use crate::error::{Error, Result};

/// A customer as read from the database.
#[derive(Debug)]
pub(crate) struct LoadedCustomer {
    pub(crate) id: CustomerId,
    pub(crate) external_id: String,
    pub(crate) name: String,
    /// A JSON object.
    pub(crate) metadata: Option<String>,
    pub(crate) suspended: bool,
    pub(crate) limits: Limits,
}

/// A customer in the index.
#[derive(Debug)]
pub(super) struct Customer {
    pub(super) id: CustomerId,
    pub(super) external_id: Box<str>,
    pub(super) name: Box<str>,
    pub(super) metadata: Option<Box<RawValue>>,
    pub(super) suspended: bool,
    /// The limits that its keys share.
    pub(super) buckets: Option<Buckets>,
}

/// The position of a customer in the index, from one.
pub(super) type CustomerNumber = NonZeroU32;

/// All customers.
#[derive(Debug, Default)]
pub(super) struct Customers {
    numbers: HashMap<CustomerId, CustomerNumber>,
    /// By number, from one. `None` for one that is not loaded yet.
    in_force: Vec<Option<Customer>>,
    /// The numbers of customers that were deleted. Keys are applied before customers, so no key has them.
    free: Vec<CustomerNumber>,
}

impl Customers {
    pub(super) fn get(&self, number: CustomerNumber) -> Option<&Customer> {
        self.in_force.get(place(number))?.as_ref()
    }

    pub(super) fn by_id(&self, id: &CustomerId) -> Option<(CustomerNumber, &Customer)> {
        let number = *self.numbers.get(id)?;
        Some((number, self.get(number)?))
    }

    /// The number of a customer, also of one that is not loaded yet.
    pub(super) fn number(&mut self, id: &CustomerId) -> Result<CustomerNumber> {
        if let Some(number) = self.numbers.get(id) {
            return Ok(*number);
        }
        let number = if let Some(number) = self.free.pop() {
            number
        } else {
            let next = u32::try_from(self.in_force.len() + 1).ok().and_then(NonZeroU32::new);
            self.in_force.push(None);
            next.ok_or_else(|| Error::Internal("there are more customers than the index takes".to_owned()))?
        };
        self.numbers.insert(id.clone(), number);
        Ok(number)
    }

    /// Inserts or replaces a customer. Equal limits stay as far used up as they are.
    pub(super) fn set(&mut self, loaded: LoadedCustomer) -> Result<()> {
        let LoadedCustomer {
            id,
            external_id,
            name,
            metadata,
            suspended,
            limits,
        } = loaded;
        let number = self.number(&id)?;
        let mut customer = Customer {
            id,
            external_id: external_id.into(),
            name: name.into(),
            metadata: raw(metadata)?,
            suspended,
            buckets: Buckets::new(limits),
        };
        if let Some(place) = self.in_force.get_mut(place(number)) {
            if let Some(former) = place.as_ref() {
                customer.copy_limit_state_from(former);
            }
            *place = Some(customer);
        }
        Ok(())
    }

    /// Removes a customer that was deleted.
    pub(super) fn remove(&mut self, id: &CustomerId) {
        let Some(number) = self.numbers.remove(id) else { return };
        if let Some(place) = self.in_force.get_mut(place(number)) {
            *place = None;
        }
        self.free.push(number);
    }

    /// Copies how far limits are used up.
    pub(super) fn copy_limit_state_from(&mut self, former: &Self) {
        for used in former.in_force.iter().flatten().filter(|used| used.buckets.is_some()) {
            let number = self.numbers.get(&used.id).copied();
            let customer = number.and_then(|number| self.in_force.get_mut(place(number))?.as_mut());
            if let Some(customer) = customer {
                customer.copy_limit_state_from(used);
            }
        }
    }
}

impl Customer {
    fn copy_limit_state_from(&mut self, former: &Self) {
        if let (Some(buckets), Some(used)) = (&mut self.buckets, &former.buckets) {
            buckets.copy_limit_state_from(used);
        }
    }
}

/// JSON that the verifier passes on as it is.
pub(super) fn raw(json: Option<String>) -> Result<Option<Box<RawValue>>> {
    let read = json.map(RawValue::from_string).transpose();
    read.map_err(|_| Error::Internal("the database holds metadata that is not JSON".to_owned()))
}

const fn place(number: CustomerNumber) -> usize {
    number.get() as usize - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customer(random: &str) -> LoadedCustomer {
        LoadedCustomer {
            id: CustomerId::from_random(random),
            external_id: random.to_owned(),
            name: random.to_owned(),
            metadata: None,
            suspended: false,
            limits: Limits::NONE,
        }
    }

    #[test]
    fn a_customer_keeps_its_number_until_it_is_deleted() {
        let mut customers = Customers::default();
        let (ada, ben) = (CustomerId::from_random("ada"), CustomerId::from_random("ben"));
        let known = customers.number(&ada).unwrap();
        assert!(customers.get(known).is_none(), "it is not loaded yet");
        customers.set(customer("ada")).unwrap();
        customers.set(customer("ada")).unwrap();
        assert_eq!(customers.by_id(&ada).unwrap().0, known);
        customers.remove(&ada);
        assert!(customers.by_id(&ada).is_none() && customers.get(known).is_none());
        assert_eq!(customers.number(&ben).unwrap(), known, "the place is used again");
        assert!(customers.get(known).is_none());
    }
}
