//! The tables, as SeaORM sees them. A word, a time or an ID has the type of the model, in [`super::column::Stored`].

pub mod api_key;
pub mod api_key_endpoint;
pub mod api_key_endpoint_use;
pub mod audit_chain_key;
pub mod audit_event;
pub mod change_log;
pub mod endpoint;
pub mod endpoint_pattern;
pub mod environment;
pub mod environment_key;
pub mod form_receipt;
pub mod head;
pub mod limit_report;
pub mod node;
pub mod old_token;
pub mod one_time_link;
pub mod profile;
pub mod profile_version;
pub mod recovery_code;
pub mod session;
pub mod usage_hour;
pub mod usage_total;
pub mod user;
