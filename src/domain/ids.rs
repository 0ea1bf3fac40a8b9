//! Ids as Hex gives them.
//!
//! Hex documents UUIDs but newer operations say plain strings, so any text is kept as it came;
//! whoever puts an id into a path escapes it.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes an id over unchanged.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The whole id.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The first eight characters: enough to tell ids apart on a screen.
            pub fn short(&self) -> &str {
                self.0.char_indices().nth(8).map_or(self.0.as_str(), |(end, _)| &self.0[..end])
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// A Hex project.
    ProjectId
}
id! {
    /// One run of a published project.
    RunId
}

#[cfg(test)]
mod tests {
    use super::RunId;

    #[test]
    fn the_short_form_cuts_between_characters() {
        assert_eq!(RunId::new("a0d4c6f2-1b3e").short(), "a0d4c6f2");
        assert_eq!(RunId::new("é".repeat(9)).short(), "é".repeat(8));
        assert_eq!(RunId::new("abc").short(), "abc");
    }
}
