//! The pieces that screens are made of.

pub(crate) mod text_field;
