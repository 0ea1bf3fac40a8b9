//! Bytes that nobody meant, for everything that reads bytes from outside.
//!
//! Each target reads bytes and asserts what holds of any: no panic, a bounded result, and that what
//! is shown and read again stays the same. The files in `corpus/` are read as they are; properties
//! read them with random changes. `cargo test --locked --test fuzz` runs nothing else, for as long
//! as `HEXTOP_CASES_FACTOR` makes it.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows these in tests, but does not see that all of this is one"
)]

mod corpus;
mod targets;

use hextop::testkit::cases;
use proptest::prelude::*;

use corpus::{changed, entries};

#[test]
fn every_entry_of_the_corpus_is_read() {
    for (name, target) in targets::ALL {
        let entries = entries(name);
        assert!(entries.len() >= 3, "{name} has no corpus");
        for entry in entries {
            target(&entry);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(96)))]

    #[test]
    fn changed_keystrokes_are_read_and_the_next_key_is_heard(bytes in changed("terminal")) {
        targets::terminal(&bytes);
    }

    #[test]
    fn changed_bodies_are_read_within_bounds(bytes in changed("bodies")) {
        targets::bodies(&bytes);
    }

    #[test]
    fn changed_headers_are_read_within_bounds(bytes in changed("headers")) {
        targets::headers(&bytes);
    }

    #[test]
    fn changed_exports_are_read_within_bounds(bytes in changed("export")) {
        targets::export(&bytes);
    }

    #[test]
    fn changed_settings_are_refused_or_fit(bytes in changed("settings")) {
        targets::settings(&bytes);
    }

    #[test]
    fn changed_files_of_values_are_refused_or_fit(bytes in changed("csv")) {
        targets::csv(&bytes);
    }

    #[test]
    fn changed_filters_are_refused_or_mean_the_same_again(bytes in changed("filter")) {
        targets::filter(&bytes);
    }
}
