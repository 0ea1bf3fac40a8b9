//! What the guard forbids, and by which rule.

use std::fmt;

use crate::domain::text::clean;
use crate::domain::title::plain;

/// Why an intent is not carried out. `Display` is a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The order does not name the protected project.
    Protected {
        /// What the project is called.
        name: String,
    },
    /// Nothing is started or cancelled there.
    ReadOnly {
        /// What the project is called.
        name: String,
        /// The rule.
        rule: String,
    },
    /// Nothing is started there at this time.
    Hours {
        /// What the project is called.
        name: String,
        /// The rule.
        rule: String,
        /// When something is.
        hours: String,
    },
    /// As many runs are active there as may be.
    Concurrent {
        /// What the project is called.
        name: String,
        /// The rule.
        rule: String,
        /// How many may be.
        most: u32,
        /// How many are, or are about to be.
        active: usize,
    },
}

impl Refusal {
    /// Whether it may be over without anybody changing the rules, so that a queue waits for that.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Hours { .. } | Self::Concurrent { .. })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |text: &str| clean(&plain(text));
        match self {
            Self::Protected { name } => write!(
                f,
                "{0} is a protected project: its runs are cancelled only by whoever names it, in \
                 the cancel dialog or with --protected '{0}'",
                shown(name)
            ),
            Self::ReadOnly { name, rule } => write!(
                f,
                "the rule `{}` makes {} read only: nothing is started or cancelled there from \
                 hextop. Use Hex itself, or change the rule in the settings",
                shown(rule),
                shown(name)
            ),
            Self::Hours { name, rule, hours } => write!(
                f,
                "the rule `{}` lets runs of {} be started only {}",
                shown(rule),
                shown(name),
                shown(hours)
            ),
            Self::Concurrent { name, rule, most, active } => {
                let runs = if *most == 1 { "run" } else { "runs" };
                let are = if *active == 1 { "is or is" } else { "are or are" };
                write!(
                    f,
                    "the rule `{}` lets {most} {runs} of {} be active at a time, and {active} {are} \
                     about to be",
                    shown(rule),
                    shown(name)
                )
            }
        }
    }
}
