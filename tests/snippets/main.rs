//! Every snippet of the README and of the pages of help does what it says: settings and scenarios are
//! loaded, commands are run against a simulated workspace.
//!
//! A snippet that no test here knows how to try fails; nothing is skipped.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "clippy.toml allows these in tests, but does not see that all of this is one"
)]

mod cargo;
mod shell;
mod toml;
mod workspace;

use std::path::{Path, PathBuf};

use hextop::ui::manual::TOPICS;

/// The program under test.
const HEXTOP: &str = env!("CARGO_BIN_EXE_hextop");
/// The documents whose snippets are tried: the README, and every page of the help.
fn documents() -> Vec<String> {
    let pages = TOPICS.iter().map(|topic| format!("assets/{}", topic.file));
    std::iter::once("README.md".to_owned()).chain(pages).collect()
}

/// What stands between two fences.
#[derive(Clone, Debug)]
struct Snippet {
    /// Document and line, for a failure.
    place: String,
    /// The word after the fence.
    fence: String,
    text: String,
}

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

fn read(file: &str) -> String {
    std::fs::read_to_string(path(file)).unwrap()
}

/// The snippets of all documents whose fence is this word.
fn fenced(word: &str) -> Vec<Snippet> {
    let mut found = snippets();
    found.retain(|snippet| snippet.fence == word);
    assert!(!found.is_empty(), "no snippet is fenced `{word}`");
    found
}

fn snippets() -> Vec<Snippet> {
    let mut found = Vec::new();
    for document in documents() {
        let mut open: Option<Snippet> = None;
        for (number, line) in read(&document).lines().enumerate() {
            match (line.trim_start().strip_prefix("```"), open.as_mut()) {
                (Some(fence), None) => {
                    let place = format!("{document}, line {}", number + 1);
                    open = Some(Snippet { place, fence: fence.to_owned(), text: String::new() });
                }
                (Some(""), Some(_)) => found.extend(open.take()),
                (Some(fence), Some(snippet)) => panic!("{}: {fence} within it", snippet.place),
                (None, Some(snippet)) => snippet.text += &format!("{line}\n"),
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{document}: a fence is not closed: {open:?}");
    }
    found
}

/// What stands in backticks within the prose of a document, with its line.
fn inline(document: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut is_fenced = false;
    for (number, line) in read(document).lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_fenced = !is_fenced;
        } else if !is_fenced {
            let place = format!("{document}, line {}: {line}", number + 1);
            let spans = line.split('`').skip(1).step_by(2);
            found.extend(spans.map(|span| (place.clone(), span.to_owned())));
        }
    }
    found
}

#[test]
fn every_fence_is_of_a_kind_that_is_tried() {
    for snippet in snippets() {
        match snippet.fence.as_str() {
            "sh" | "console" | "toml" | "ini" => {}
            // What is shown on a screen: nothing to run.
            "text" => assert!(!snippet.text.contains("$ "), "{}", snippet.place),
            other => panic!("{}: no test tries `{other}`", snippet.place),
        }
    }
}
