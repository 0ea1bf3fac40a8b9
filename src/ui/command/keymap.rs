//! Which keys do what, in force: the bindings of [`super::bindings`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use super::Command;
use super::bindings::rows;
use super::context::{CONTEXTS, Context};
use super::verb::Verb;
use crate::ui::chord::{Chord, show_sequence};

/// A command of a context with its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Sequences of chords; each does it.
    pub keys: Vec<Vec<Chord>>,
    /// What they do.
    pub command: Command,
    /// What a person reads about it.
    pub help: String,
    /// The word in the line of keys, if it is worth one.
    pub hint: Option<&'static str>,
}

impl Bound {
    /// All its keys, as they are written.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.keys.iter().map(|keys| show_sequence(keys))
    }
}

/// What keys come to that were pressed one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing begins so.
    Nothing,
    /// More is needed.
    Prefix,
    /// This.
    Command(Command),
}

/// All bindings in force. A clone is cheap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    contexts: Arc<BTreeMap<Context, Vec<Bound>>>,
}

impl Default for Keymap {
    fn default() -> Self {
        let all = CONTEXTS.iter().chain([&Context::Everywhere]);
        Self { contexts: Arc::new(all.map(|context| (*context, built_in(*context))).collect()) }
    }
}

/// A context's own bindings; a key that an earlier row has is left out of a later one.
fn built_in(context: Context) -> Vec<Bound> {
    let mut taken = BTreeSet::new();
    let bound = rows(context).filter_map(|row| {
        let keys = row.keys.iter().filter(|name| taken.insert(**name));
        let keys = keys.map(|name| sequence(name)).collect::<Result<Vec<_>, _>>().ok()?;
        let command =
            Command { verb: row.verb, argument: row.argument.map(std::borrow::ToOwned::to_owned) };
        let help = row.help.unwrap_or_else(|| row.verb.help()).to_owned();
        let is_shadowed = keys.is_empty() && !row.keys.is_empty();
        (!is_shadowed).then_some(Bound { keys, command, help, hint: row.hint })
    });
    bound.collect()
}

/// Reads chords that are pressed one after the other, such as `g t`.
///
/// # Errors
/// A sentence that names the one that is no key.
pub fn sequence(text: &str) -> Result<Vec<Chord>, String> {
    text.split(' ').map(str::parse).collect()
}

impl Keymap {
    pub(super) fn of_contexts(contexts: Arc<BTreeMap<Context, Vec<Bound>>>) -> Self {
        Self { contexts }
    }

    /// The bindings of a context, in the order of the help; those that work everywhere are not
    /// among them.
    pub fn of(&self, context: Context) -> &[Bound] {
        self.contexts.get(&context).map_or(&[], Vec::as_slice)
    }

    /// What these chords, pressed one after the other, come to.
    pub fn find(&self, context: Context, pressed: &[Chord]) -> Found {
        let mut found = Found::Nothing;
        for bound in self.of(context).iter().chain(self.of(Context::Everywhere)) {
            for keys in &bound.keys {
                if keys == pressed {
                    return Found::Command(bound.command.clone());
                }
                if keys.starts_with(pressed) {
                    found = Found::Prefix;
                }
            }
        }
        found
    }

    /// How a verb's first key is written; where it has none in that context, its command.
    pub fn key(&self, context: Context, verb: Verb) -> String {
        let has = |bound: &&Bound| bound.command.verb == verb;
        let mut all = self.of(context).iter().chain(self.of(Context::Everywhere));
        let name = all.find(has).and_then(|bound| bound.names().next());
        name.unwrap_or_else(|| format!(":{}", verb.name()))
    }

    /// All contexts that have bindings, in the order of the help.
    pub fn contexts(&self) -> impl Iterator<Item = (Context, &[Bound])> {
        let all = CONTEXTS.iter().chain([&Context::Everywhere]);
        all.map(|context| (*context, self.of(*context)))
    }

    /// The bindings as Markdown, a table for each context. What several contexts share stands in the
    /// first of them.
    pub fn markdown(&self) -> String {
        let mut text = String::from("# Keys\n");
        let mut before: Vec<&Bound> = Vec::new();
        for (context, bounds) in self.contexts() {
            let new: Vec<_> = bounds.iter().filter(|bound| !before.contains(bound)).collect();
            let _ = write!(text, "\n## {}\n\n", title(context));
            text += "| keys | command | what it does |\n|---|---|---|\n";
            for bound in &new {
                let keys: Vec<_> = bound.names().map(|name| format!("`{name}`")).collect();
                let _ =
                    writeln!(text, "| {} | `{}` | {} |", keys.join(" "), bound.command, bound.help);
            }
            let shared = bounds.iter().filter(|bound| before.contains(bound));
            let shared: Vec<_> = shared.flat_map(Bound::names).map(|k| format!("`{k}`")).collect();
            if !shared.is_empty() {
                let _ = write!(text, "\nAs above: {}\n", shared.join(" "));
            }
            before.extend(new);
        }
        text
    }
}

fn title(context: Context) -> String {
    let name = context.name();
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default()
        + letters.as_str()
}
