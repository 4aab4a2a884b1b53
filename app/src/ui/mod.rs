//! The parts of screens: buttons, fields, choices, dialogs, tables, badges, notes, heads, and what a screen shows in place of its
//! content. A part is a function if little of it varies, and a component if it has children or many properties.
//! A generic function only calls one that is not generic, so that the WASM contains the code once.

pub(crate) mod action;
pub(crate) mod actor;
pub(crate) mod badge;
pub(crate) mod button;
pub(crate) mod chart;
pub(crate) mod choice;
pub(crate) mod combobox;
pub(crate) mod confirm_password;
pub(crate) mod copy;
pub(crate) mod copy_block;
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
pub(crate) mod mark;
pub(crate) mod menu;
pub(crate) mod note;
pub(crate) mod number;
pub(crate) mod patterns;
pub(crate) mod search_form;
pub(crate) mod sentence;
pub(crate) mod sparkline;
pub(crate) mod state;
pub(crate) mod table;
pub(crate) mod tabs;
pub(crate) mod time;
pub(crate) mod timeline;
pub(crate) mod title;
pub(crate) mod toast;
