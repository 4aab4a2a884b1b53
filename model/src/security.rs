//! One's own account as Settings → Security shows and changes it.

use serde::{Deserialize, Serialize};

use crate::list::Paging;
use crate::time::Timestamp;

/// The tab Security.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityPage {
    pub email: String,
    /// A page of them: the one that asks first, then the latest.
    pub sessions: Vec<SessionView>,
    pub paging: Paging,
    /// Since when logging in takes a code.
    pub second_factor: Option<Timestamp>,
    /// Recovery codes that were not used yet.
    pub recovery_codes: u64,
    pub now: Timestamp,
}

/// A browser that is logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// Names it; not what its cookie carries.
    pub id: String,
    /// `Firefox on Linux`
    pub device: String,
    pub address: String,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// What the form for another password sends.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordForm {
    #[serde(default)]
    pub current: String,
    #[serde(default)]
    pub password: String,
}

impl std::fmt::Debug for PasswordForm {
    /// Leaves both out.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PasswordForm").finish_non_exhaustive()
    }
}

/// A second factor that is being set up (RFC 6238), shown until its first code was entered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactorSetup {
    /// The seed in base32, in groups of four, for who cannot scan.
    pub secret: String,
    /// The same as a QR code: modules to a side, and the dark ones as an SVG path on that grid.
    pub qr_size: u32,
    pub qr_path: String,
}

impl std::fmt::Debug for SecondFactorSetup {
    /// Leaves the seed out.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SecondFactorSetup").finish_non_exhaustive()
    }
}

/// Fresh recovery codes, each good for one log-in. Shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryCodes(pub Vec<String>);

impl std::fmt::Debug for RecoveryCodes {
    /// Leaves the codes out.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "RecoveryCodes({})", self.0.len())
    }
}
