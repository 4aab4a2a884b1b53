//! A [tower](https://docs.rs/tower) layer that verifies API keys with Latchkey, for axum and every other service on `http` types.
//!
//! [`LatchkeyLayer`] asks a Latchkey server about every request before the service sees it, refuses as `/v1/authorize` does, and puts a
//! [`ValidKey`] into the request's extensions. Where there is no decision, it refuses with 503. [`Verifier`] asks without a layer.

mod ask;
mod credentials;
mod decision;
mod layer;
mod refusal;
mod verifier;

pub use self::ask::BoxError;
pub use self::decision::{BiasCategory, BiasProfile, Code, Customer, Decision, RateLimits, RefusedKey, ValidKey};
pub use self::layer::{LatchkeyLayer, LatchkeyService};
pub use self::verifier::{InvalidUrl, Question, Target, Verifier, VerifyError};
