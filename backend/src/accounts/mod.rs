//! People: who they are, how they prove it, and how long a proof holds.

mod administration;
mod argon;
mod common_password;
mod device;
mod give_keys;
mod hex;
mod invite;
mod link;
mod login;
mod login_counts;
mod own_password;
mod own_sessions;
mod password;
mod people;
mod reseal;
mod reset;
mod second_factor;
mod session;
mod session_count;
mod session_roles;
mod setup;
mod throttle;
mod ticket;
mod users;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use model::id::UserId;
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::audit::Audit;
use crate::crypto::master_key::MasterKey;
use crate::error::{NotFound, Result};
use crate::store::{Store, entities};

pub use link::{Link, Purpose};
pub use login::{Admission, Login};
pub use login_counts::{LoginCounts, LoginResult};
pub(crate) use reseal::reseal;
pub use session::{Browser, LoggedIn, NewSession};
pub use ticket::LoginTicket;
pub use users::NewUser;

/// People, their sessions, and the ways to begin one: setting up, logging in, joining.
#[derive(Debug)]
pub struct Accounts {
    store: Arc<Store>,
    audit: Arc<Audit>,
    passwords: password::Passwords,
    devices: device::Devices,
    throttle: throttle::Throttle,
    /// Whether any user exists.
    somebody: AtomicBool,
    /// How logins ended, for the metrics.
    pub logins: LoginCounts,
    open_sessions: session_count::SessionCount,
}

impl Accounts {
    pub(crate) fn new(store: Arc<Store>, audit: Arc<Audit>, master_key: &MasterKey) -> Result<Self> {
        Ok(Self {
            passwords: password::Passwords::new(store.random(), store.hashing_cost)?,
            devices: device::Devices::new(master_key),
            throttle: throttle::Throttle::new(Arc::clone(&store), master_key),
            somebody: AtomicBool::new(false),
            logins: LoginCounts::default(),
            open_sessions: session_count::SessionCount::default(),
            store,
            audit,
        })
    }
}

/// The row of a person who exists.
async fn user(db: &impl ConnectionTrait, id: &UserId) -> Result<entities::user::Model> {
    entities::user::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or_else(|| NotFound::User(id.clone()).into())
}
