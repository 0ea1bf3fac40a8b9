//! Everything that can be done, by name, and the keys that do it.
//!
//! A key does nothing by itself: the bindings of the context that has the keys name a command, and
//! whoever has the keys carries it out. Help, footers and the table of keys are made from them.

pub mod bindings;
pub mod context;
pub mod keymap;
pub mod parse;
pub mod rebind;
pub mod verb;

use std::fmt;

pub use context::Context;
pub use keymap::Keymap;
pub use verb::Verb;

/// What is to be done: a verb, and what it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What.
    pub verb: Verb,
    /// To what or how, for a verb that takes that.
    pub argument: Option<String>,
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.verb.name())?;
        self.argument.iter().try_for_each(|argument| write!(f, " {argument}"))
    }
}

impl From<Verb> for Command {
    fn from(verb: Verb) -> Self {
        Self { verb, argument: None }
    }
}

impl Command {
    /// A verb with what it is given.
    pub fn with(verb: Verb, argument: impl Into<String>) -> Self {
        Self { verb, argument: Some(argument.into()) }
    }
}
