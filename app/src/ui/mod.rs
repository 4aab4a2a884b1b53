//! What screens are made of: buttons, fields, choices, dialogs, tables, badges, notes, heads, and what stands in place of a
//! screen's content. A function with little that varies, or a component where children or many properties do.
//! What is generic hands over to a function that is not, so that the browser's half holds it once.

pub(crate) mod action;
pub(crate) mod actor;
pub(crate) mod badge;
pub(crate) mod button;
pub(crate) mod choice;
pub(crate) mod combobox;
pub(crate) mod confirm_password;
pub(crate) mod copy;
pub(crate) mod day;
pub(crate) mod dialog;
pub(crate) mod field;
pub(crate) mod find;
pub(crate) mod fold;
pub(crate) mod form;
pub(crate) mod form_dialog;
pub(crate) mod head;
pub(crate) mod icon;
pub(crate) mod list;
pub(crate) mod menu;
pub(crate) mod note;
pub(crate) mod number;
pub(crate) mod patterns;
pub(crate) mod sparkline;
pub(crate) mod state;
pub(crate) mod table;
pub(crate) mod tabs;
pub(crate) mod time;
pub(crate) mod timeline;
pub(crate) mod toast;
