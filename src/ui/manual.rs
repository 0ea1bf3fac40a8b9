//! The pages of help: one table of topics, which the dashboard shows, `hextop help` prints and the man page has
//! as sections.

pub mod layout;
pub mod markdown;

use strsim::normalized_damerau_levenshtein;

/// How like a known name an unknown one must be to be taken for it: 0 is nothing, 1 the same.
const LIKE: f64 = 0.5;

/// A page of help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic {
    /// What it is asked for by.
    pub name: &'static str,
    /// What it is about, in one line.
    pub summary: &'static str,
    /// Its file, below `assets`.
    pub file: &'static str,
    /// Its text, as Markdown.
    pub text: &'static str,
}

/// Names each topic once.
macro_rules! topics {
    ($($name:literal $file:literal $summary:literal)*) => {
        /// All of them, in the order of the man page.
        pub const TOPICS: &[Topic] = &[$(Topic {
            name: $name,
            summary: $summary,
            file: $file,
            text: include_str!(concat!("../../assets/", $file)),
        }),*];

        /// Their names.
        pub const NAMES: &[&str] = &[$($name),*];
    };
}

topics! {
    "budget" "help/budget.md" "The request limit, and how several hextops share it"
    "polling" "help/polling.md" "What is looked at and when; ages, pins, incidents"
    "exactly-once" "help/exactly-once.md" "How a start whose answer is lost is settled"
    "cancel" "help/cancel.md" "Cancelling runs: which ones, repeats, stuck cancels"
    "rules" "help/rules.md" "What must not be done, and what is cancelled by itself"
    "filters" "help/filters.md" "The language that chooses runs and projects"
    "verdicts" "help/verdicts.md" "When a run is late, slow, a runaway or waiting"
    "forms" "help/forms.md" "Starting runs: inputs, dates, sweeps, queues"
    "journal" "help/journal.md" "Who started and cancelled what, and its JSON"
    "alerts" "help/alerts.md" "How you are told of what is out of hand"
    "commands" "help/commands.md" "Everything without a screen, and its JSON"
    "settings" "help/settings.md" "Every setting, the log, colours"
    "network" "help/network.md" "Host, token, proxy"
    "simulator" "help/simulator.md" "A Hex workspace on your machine, with bad days"
    "scenarios" "scenarios/README.md" "The scenario files of the simulator"
    "exit-codes" "help/exit-codes.md" "What a command ends with, and when"
    "keys" "help/keys.md" "Every key, in each place"
    "develop" "help/develop.md" "Tests, benches, packages"
}

/// The topic of this name.
pub fn topic(name: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|topic| topic.name == name)
}

/// The one of these names that is most like a text, if any is.
pub fn nearest<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likes = names.into_iter().map(|name| (normalized_damerau_levenshtein(text, name), name));
    let best = likes.max_by(|(a, _), (b, _)| a.total_cmp(b));
    best.filter(|(like, _)| *like >= LIKE).map(|(_, name)| name)
}

#[cfg(test)]
mod tests;
