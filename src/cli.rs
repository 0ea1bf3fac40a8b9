//! Not built yet.

pub mod sim;
