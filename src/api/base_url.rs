//! The address of a Hex workspace in all the forms people write it.

use std::fmt;

/// The root under which every path begins `/v1/`: `https://app.hex.tech/api`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
