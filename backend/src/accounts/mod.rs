//! People: who they are, how they prove it, and how long that holds.

mod device;
mod link;
mod login;
mod password;
mod session;
mod throttle;
mod users;

use std::sync::atomic::AtomicBool;

use crate::crypto::master_key::MasterKey;
use crate::crypto::random::Random;
use crate::error::Result;

pub use link::{Link, LinkError, Purpose};
pub use login::{Login, LoginError};
pub use session::{LoggedIn, NewSession};
pub use users::NewUser;

/// What logging in needs beside the database.
#[derive(Debug)]
pub(crate) struct Accounts {
    passwords: password::Passwords,
    devices: device::Devices,
    throttle: throttle::Throttle,
    /// Whether there is a user.
    somebody: AtomicBool,
}

impl Accounts {
    pub(crate) fn new(master_key: &MasterKey, random: &dyn Random) -> Result<Self> {
        Ok(Self {
            passwords: password::Passwords::new(random)?,
            devices: device::Devices::new(master_key),
            throttle: throttle::Throttle::default(),
            somebody: AtomicBool::new(false),
        })
    }
}
