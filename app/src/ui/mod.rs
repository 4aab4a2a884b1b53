//! What more than one screen uses.

pub(crate) mod action;
pub(crate) mod actor;
pub(crate) mod combobox;
pub(crate) mod confirm_password;
pub(crate) mod copy;
pub(crate) mod day;
pub(crate) mod dialog;
pub(crate) mod field;
pub(crate) mod find;
pub(crate) mod fold;
pub(crate) mod form_dialog;
pub(crate) mod icon;
pub(crate) mod list;
pub(crate) mod note;
pub(crate) mod number;
pub(crate) mod patterns;
pub(crate) mod rows;
pub(crate) mod sparkline;
pub(crate) mod state;
pub(crate) mod status;
pub(crate) mod tabs;
pub(crate) mod time;
pub(crate) mod timeline;
pub(crate) mod toast;
