//! Ids as Hex gives them.
//!
//! Hex documents UUIDs but newer operations say plain strings, so any text that can be shown is kept
//! as it came; whoever puts an id into a path escapes it. What cannot be shown never gets into one:
//! an answer's element with such an id is left out ([`is_id`]), and where a person, a file or a store
//! gives one it is cleaned, which makes it an id that no server knows.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use super::text::{cut, is_clean};

/// Characters of an id; a UUID has 36.
const LONGEST: usize = 256;

/// Whether this can be kept as an id exactly as it is.
pub fn is_id(text: &str) -> bool {
    !text.is_empty() && is_clean(text, LONGEST)
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        /// Copies share the text.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(from = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes an id over, unchanged if it can be one.
            pub fn new(id: impl Into<String>) -> Self {
                let id = id.into();
                let id = if is_clean(&id, LONGEST) { id } else { cut(&id, LONGEST) };
                Self(id.into())
            }

            /// The whole id.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The first eight characters: enough to tell ids apart on a screen.
            pub fn short(&self) -> &str {
                self.0.char_indices().nth(8).map_or(&self.0, |(end, _)| &self.0[..end])
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self::new(id)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
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

impl ProjectId {
    /// The project that `said` names without any list of projects: an id in full, in any case, or
    /// an address that has one in its place.
    pub fn named_in_full(said: &str) -> Option<Self> {
        let said = said.trim().to_lowercase();
        if said.contains("://") {
            // The segments before may hold the workspace's id, those after it a run's.
            let mut segments = said.split(['/', '?', '#']);
            segments.find(|segment| matches!(*segment, "hex" | "app" | "project" | "projects"))?;
            return segments.next().filter(|id| is_uuid(id)).map(Self::new);
        }
        is_uuid(&said).then(|| Self::new(said))
    }
}

impl RunId {
    /// The run that `said` names whatever runs are known: an id in full, in any case, or an address
    /// that has one in its place.
    pub fn named_in_full(said: &str) -> Option<Self> {
        let said = said.trim().to_lowercase();
        if said.contains("://") {
            let mut segments = said.split(['/', '?', '#']);
            segments.find(|segment| matches!(*segment, "run" | "runs"))?;
            return segments.next().filter(|id| is_uuid(id)).map(Self::new);
        }
        is_uuid(&said).then(|| Self::new(said))
    }
}

/// Whether this is a whole id as Hex documents them: 8-4-4-4-12 hexadecimal digits.
fn is_uuid(text: &str) -> bool {
    text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && text.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-')
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, ProjectId, RunId, is_id};

    #[test]
    fn an_id_in_full_and_an_address_name_a_project_without_a_list() {
        let id = "3f1c2b9e-8a47-4d55-9f0e-6b1d7c20a911";
        let run = "a0d4c6f2-1b3e-4c5d-8e9f-0a1b2c3d4e5f";
        for said in [
            id.to_owned(),
            format!(" {}\n", id.to_uppercase()),
            format!("https://app.hex.tech/acme/hex/{id}"),
            format!("https://app.hex.tech/acme/hex/{id}/draft/logic?view=1"),
            format!("https://app.hex.tech/{run}/hex/{id}/run/{run}"),
            format!("https://app.hex.tech/acme/app/{id}/latest#top"),
            format!("https://app.hex.tech/api/v1/projects/{id}/runs/{run}"),
        ] {
            assert_eq!(ProjectId::named_in_full(&said), Some(ProjectId::new(id)), "{said}");
        }
        for said in [
            "",
            "Weekly revenue",
            "3f1c2b9e",
            "3f1c2b9e-8a47-4d55-9f0e-6b1d7c20a91",
            "3f1c2b9e-8a47-4d55-9f0e-6b1d7c20a91g",
            "3f1c2b9e_8a47_4d55_9f0e_6b1d7c20a911",
            "https://app.hex.tech/acme/hex/Weekly-revenue",
            "https://app.hex.tech/3f1c2b9e-8a47-4d55-9f0e-6b1d7c20a911/home",
        ] {
            assert_eq!(ProjectId::named_in_full(said), None, "{said}");
        }
        for (said, expected) in [
            (format!(" {}", run.to_uppercase()), Some(run)),
            (format!("https://app.hex.tech/acme/hex/{id}/run/{run}?x"), Some(run)),
            (format!("https://app.hex.tech/api/v1/projects/{id}/runs/{run}"), Some(run)),
            (format!("https://app.hex.tech/acme/hex/{id}"), None),
            ("https://app.hex.tech/r/1".to_owned(), None),
            ("a0d4c6f2".to_owned(), None),
        ] {
            assert_eq!(RunId::named_in_full(&said), expected.map(RunId::new), "{said}");
        }
    }

    #[test]
    fn the_short_form_cuts_between_characters() {
        assert_eq!(RunId::new("a0d4c6f2-1b3e").short(), "a0d4c6f2");
        assert_eq!(RunId::new("é".repeat(9)).short(), "é".repeat(8));
        assert_eq!(RunId::new("abc").short(), "abc");
    }

    #[test]
    fn no_id_holds_what_cannot_be_shown_wherever_it_comes_from() {
        let raw = "\u{1b}[2Jr-1\u{202e}";
        let stored = serde_json::to_string(raw).unwrap();
        for id in [RunId::new(raw), serde_json::from_str(&stored).unwrap()] {
            assert_eq!(id.as_str(), "·[2Jr-1·");
            assert_eq!(serde_json::to_string(&id).unwrap(), "\"·[2Jr-1·\"");
        }
        assert_eq!(RunId::new("x".repeat(70_000)).as_str().chars().count(), LONGEST);
        for (text, fits) in [
            ("a0d4c6f2-1b3e-4c5d-8e9f-0a1b2c3d4e5f", true),
            ("ünïcode and a space", true),
            ("", false),
            (raw, false),
            ("a\nb", false),
        ] {
            assert_eq!(is_id(text), fits, "{text:?}");
        }
        assert!(!is_id(&"x".repeat(LONGEST + 1)));
    }
}
