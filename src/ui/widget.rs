//! The pieces that screens are made of.

pub(crate) mod columns;
pub(crate) mod confirm;
pub(crate) mod hint_bar;
pub(crate) mod scroll_text;
pub(crate) mod text_field;
pub(crate) mod timeline;
pub(crate) mod window;
