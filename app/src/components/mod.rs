//! What more than one screen uses.

pub(crate) mod copy;
pub(crate) mod day;
pub(crate) mod dialog;
pub(crate) mod field;
pub(crate) mod icon;
pub(crate) mod note;
pub(crate) mod number;
pub(crate) mod state;
pub(crate) mod status;
pub(crate) mod time;
pub(crate) mod timeline;
pub(crate) mod toast;
