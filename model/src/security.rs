//! One's own account as Settings → Security shows and changes it.

use serde::{Deserialize, Serialize};

use crate::form::FormErrors;
use crate::list::Paging;
use crate::time::Timestamp;

/// What the tab Security shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityPage {
    pub email: String,
    /// A page of the sessions: first the session that asks, then the others, latest first.
    pub sessions: Vec<SessionView>,
    pub paging: Paging,
    /// Since when logging in asks for a code.
    pub second_factor: Option<Timestamp>,
    /// Number of recovery codes that were not used yet.
    pub recovery_codes: u64,
    pub now: Timestamp,
}

/// A browser that is logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// Identifies the session. It is not the secret in its cookie.
    pub id: String,
    /// `Firefox on Linux`
    pub device: String,
    pub address: String,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    /// Whether it is the session that asks.
    pub current: bool,
}

/// What the form that changes the password sends.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordForm {
    #[serde(default)]
    pub current: String,
    #[serde(default)]
    pub password: String,
}

impl std::fmt::Debug for PasswordForm {
    /// Leaves both passwords out.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PasswordForm").finish_non_exhaustive()
    }
}

/// A second factor that is being set up (RFC 6238), shown until its first code was entered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactorSetup {
    /// The seed in base32, in groups of four, for a person who cannot scan the QR code.
    pub secret: String,
    /// The QR code with the seed: the number of modules per side, and the dark modules as an SVG path on that grid.
    pub qr_size: u32,
    pub qr_path: String,
}

impl std::fmt::Debug for SecondFactorSetup {
    /// Leaves the seed out.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SecondFactorSetup").finish_non_exhaustive()
    }
}

/// New recovery codes. Each replaces the app's code once. Shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryCodes(pub Vec<String>);

impl std::fmt::Debug for RecoveryCodes {
    /// Leaves the codes out.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "RecoveryCodes({})", self.0.len())
    }
}

/// The result of sending a form of this tab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome<T> {
    Done(T),
    Invalid(FormErrors),
}
