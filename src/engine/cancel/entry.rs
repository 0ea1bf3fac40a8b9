//! What the journal keeps of each cancel: plain data, which the store writes down.
//!
//! An entry is written after its DELETE was wanted, not before: a cancel never waits for the
//! journal. So an entry that is still *confirmed* may have been sent all the same.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{ProjectId, RunId, Text};
pub use crate::engine::sync::entry_id::CancelId;
use crate::engine::sync::session::Session;

/// How far the journal has a cancel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CancelStage {
    /// A person has confirmed it; as far as was known when this was written, it had not left.
    Confirmed,
    /// It has left at least once.
    Sent,
    /// Hex has accepted it.
    Accepted,
    /// hextop has given it up, for this reason, and a person has not decided yet.
    Stuck(String),
    /// The run was killed.
    Killed,
    /// The run had ended otherwise, with this status.
    AlreadyEnded(String),
    /// Taken back before it left.
    Withdrawn,
    /// Taken back after it had left.
    LetGo,
    /// It was stuck, and was confirmed again.
    TriedAgain,
    /// Hex does not know the run any more, and said so.
    Gone(String),
}

impl CancelStage {
    /// Whether more will be known of it, or a person has to decide.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Confirmed | Self::Sent | Self::Accepted | Self::Stuck(_))
    }

    /// The word for it in exports.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Sent => "sent",
            Self::Accepted => "accepted",
            Self::Stuck(_) => "stuck",
            Self::Killed => "killed",
            Self::AlreadyEnded(_) => "already_ended",
            Self::Withdrawn => "withdrawn",
            Self::LetGo => "let_go",
            Self::TriedAgain => "tried_again",
            Self::Gone(_) => "gone",
        }
    }

    /// What the word leaves open, or why it is so.
    pub fn why(&self) -> Option<String> {
        Some(match self {
            Self::Confirmed | Self::Sent | Self::Accepted | Self::Killed => return None,
            Self::Stuck(why) | Self::Gone(why) => why.clone(),
            Self::AlreadyEnded(status) => format!("the run had ended as {status}"),
            Self::Withdrawn => "taken back before it was sent".to_owned(),
            Self::LetGo => {
                "let go after it was sent: Hex may have ended the run all the same".to_owned()
            }
            Self::TriedAgain => "it was stuck, and was confirmed again".to_owned(),
        })
    }
}

impl CancelEntry {
    /// What its stage leaves open, or why it is so.
    pub fn why(&self) -> Option<String> {
        match self.rule {
            Some(_) if self.is_kept() => {
                Some("a person keeps the run: no rule cancels it".to_owned())
            }
            _ => self.stage.why(),
        }
    }

    /// Whether a person has kept the run from a rule that was about to end it.
    pub fn is_kept(&self) -> bool {
        self.rule.is_some() && self.stage == CancelStage::Withdrawn && self.tries == 0
    }
}

/// What the journal keeps of one cancel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CancelEntry {
    /// Its name.
    pub id: CancelId,
    /// The process that sees to it.
    pub by: Session,
    /// Whose token it was confirmed with, if that was known.
    #[serde(default)]
    pub who: Option<String>,
    /// The run's project.
    pub project: ProjectId,
    /// What that was called then.
    #[serde(default)]
    pub title: Text,
    /// The run.
    pub run: RunId,
    /// When it was confirmed, by this machine's wall clock.
    pub at: Timestamp,
    /// Why, as far as that was said.
    #[serde(default)]
    pub reason: Option<String>,
    /// The rule that ordered it; none if a person did.
    #[serde(default)]
    pub rule: Option<String>,
    /// How far it is.
    pub stage: CancelStage,
    /// DELETEs that have left for it.
    #[serde(default)]
    pub tries: u32,
    /// When it came to its stage, by the wall clock of the process that wrote this.
    #[serde(default)]
    pub changed: Option<Timestamp>,
}
