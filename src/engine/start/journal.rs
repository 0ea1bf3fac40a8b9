//! What the journal keeps of each start: plain data, which the store writes down.
//!
//! An entry is written before its request may leave, again in the same transaction that takes the
//! slot for it, and again with what came of it. So an entry that is still *waiting* was never
//! sent, and one that is *sent* may have started a run, whenever the process that wrote it died.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::api::ApiError;
use crate::domain::filter::{StartFacts, SweepFacts};
use crate::domain::inputs::publishes;
use crate::domain::{ProjectId, RunId, Text};
use crate::engine::sync::entry_id::CancelId;
pub use crate::engine::sync::entry_id::StartId;
use crate::engine::sync::session::Session;

/// How far a start is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum StartStage {
    /// Waiting for the journal, for its slot, or in a queue: it has not left.
    Waiting,
    /// On its way.
    Sent,
    /// Hex has started this run.
    Started(RunId),
    /// Hex has refused it: no run was created.
    Refused(ApiError),
    /// It never left, and never will: no run was created.
    NeverSent(String),
    /// Taken back before it left.
    Withdrawn,
    /// Its answer went missing: it may or may not have started.
    Unconfirmed(ApiError),
    /// Its answer went missing, and this run appeared where its own would be.
    ProbablyOurs(RunId),
    /// Its answer went missing, and any of these runs may be its own.
    Ambiguous(Vec<RunId>),
    /// Its answer went missing, and no run appeared.
    NotSeen,
    /// Its record could not be read and was set aside.
    Unreadable {
        /// Whether it was open then: it may have begun a run, or may yet in its own process.
        open: bool,
    },
}

impl StartStage {
    /// Whether more will be known of it without anybody doing anything.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Waiting | Self::Sent | Self::Unconfirmed(_))
    }

    /// Whether Hex has refused it for want of room, and may take it later.
    pub fn wants_room(&self) -> bool {
        matches!(self, Self::Refused(ApiError::RateLimited | ApiError::KernelsFull(_)))
    }

    /// The run that it has begun, by Hex's own answer. Only this one may be acted on without a
    /// person.
    pub fn started(&self) -> Option<&RunId> {
        match self {
            Self::Started(run) => Some(run),
            _ => None,
        }
    }

    /// The run that appeared where that of a start without an answer would be. It may be another
    /// person's.
    pub fn probable(&self) -> Option<&RunId> {
        match self {
            Self::ProbablyOurs(run) => Some(run),
            _ => None,
        }
    }

    /// The run that it has begun or probably has: for showing and for claiming, never for acting.
    pub fn run(&self) -> Option<&RunId> {
        match self {
            Self::Started(run) | Self::ProbablyOurs(run) => Some(run),
            _ => None,
        }
    }

    /// Whether Hex itself has said so, which no guess changes.
    pub fn is_certain(&self) -> bool {
        matches!(self, Self::Started(_) | Self::Refused(_))
    }

    /// The word for it in exports.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Waiting => "intended",
            Self::Sent => "sent",
            Self::Started(_) => "started",
            Self::Refused(_) | Self::Withdrawn => "refused",
            Self::Unconfirmed(_) => "unconfirmed",
            Self::ProbablyOurs(_) => "probably_ours",
            Self::Ambiguous(_) => "ambiguous",
            Self::NotSeen | Self::NeverSent(_) => "not_seen",
            Self::Unreadable { .. } => "unreadable",
        }
    }

    /// Why it is so, where that needs a reason.
    pub fn why(&self) -> Option<String> {
        match self {
            Self::Refused(error) | Self::Unconfirmed(error) => Some(error.to_string()),
            Self::NeverSent(why) => Some(why.clone()),
            Self::Withdrawn => Some("taken back before it was sent".to_owned()),
            Self::ProbablyOurs(_) => {
                Some("its answer was lost, and this run appeared where its own would be".to_owned())
            }
            Self::Ambiguous(runs) => {
                Some(format!("its answer was lost, and it may be any of {} runs", runs.len()))
            }
            Self::NotSeen => Some("its answer was lost, and no run appeared".to_owned()),
            Self::Unreadable { open } => Some(unreadable(*open)),
            Self::Waiting | Self::Sent | Self::Started(_) => None,
        }
    }
}

fn unreadable(open: bool) -> String {
    let open = if open {
        "it may have begun a run, so look for that in Hex before you start it again"
    } else {
        "what became of it was known"
    };
    format!(
        "the journal's record of it could not be read and was set aside: {open}. `hextop journal \
         --set-aside` shows the record"
    )
}

/// Stands for the project of a start whose record cannot be read and does not tell it.
pub const UNKNOWN_PROJECT: &str = "unknown";

/// Where a start stands in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchItem {
    /// The queue, which has the name of its first confirmation.
    pub queue: StartId,
    /// Its place, from 0.
    pub index: u16,
    /// How many were confirmed together.
    pub of: u16,
}

/// The cancel that a start waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WrittenAfter")]
pub struct AfterCancel {
    /// The run that it ends, of the same project.
    pub run: RunId,
    /// Which cancel; none if there was none when the start was confirmed.
    pub cancel: Option<CancelId>,
}

/// As it is written: an earlier version wrote the run alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenAfter {
    Run(RunId),
    Cancel { run: RunId, cancel: Option<CancelId> },
}

impl From<WrittenAfter> for AfterCancel {
    fn from(written: WrittenAfter) -> Self {
        match written {
            WrittenAfter::Run(run) => Self { run, cancel: None },
            WrittenAfter::Cancel { run, cancel } => Self { run, cancel },
        }
    }
}

/// What the journal keeps of one start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Entry {
    /// Its name.
    pub id: StartId,
    /// The process that sends it.
    pub by: Session,
    /// Whose token it was confirmed with, if that was known.
    #[serde(default)]
    pub who: Option<String>,
    /// Of what.
    pub project: ProjectId,
    /// What that was called then.
    #[serde(default)]
    pub title: Text,
    /// The body of the request, but for its secrets, which are kept nowhere.
    pub body: Value,
    /// Names of the inputs that are secret.
    #[serde(default)]
    pub secrets: BTreeSet<String>,
    /// When it was confirmed, by this machine's wall clock.
    pub at: Timestamp,
    /// What the person wrote down about it.
    #[serde(default)]
    pub reason: Option<String>,
    /// Its place in a queue, if it waits in one.
    #[serde(default)]
    pub queue: Option<BatchItem>,
    /// The cancel that comes first: it leaves only once that has ended its run. None if it waits for no cancel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<AfterCancel>,
    /// How far it is.
    pub stage: StartStage,
    /// Requests that have left for it: more than one only if Hex had refused those before.
    #[serde(default, rename = "posts")]
    pub attempts: u32,
    /// The last of them left no earlier than this, by the server's clock; none if no bound of that
    /// was known then.
    #[serde(default, rename = "sent_after")]
    pub sent: Option<Timestamp>,
    /// It is given up no later than this, by the same clock; none if that was not known then.
    #[serde(default)]
    pub deadline: Option<Timestamp>,
    /// Runs that were listed before it left and could otherwise be taken for its own.
    #[serde(default)]
    pub known: BTreeSet<RunId>,
    /// Under which id Hex's support finds the request.
    #[serde(default)]
    pub trace: Option<String>,
}

/// How far off the server's time may be that earlier versions have written into the journal as
/// `sent` and `deadline`: half of what the slowest reply takes by the largest setting.
const EARLIER_ERROR: Duration = Duration::from_secs(151);

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Earlier {
            sent: Option<Timestamp>,
        }
        let value = Value::deserialize(deserializer)?;
        let earlier = Earlier::deserialize(&value).ok().and_then(|earlier| earlier.sent);
        let mut entry = Self::deserialize(value).map_err(serde::de::Error::custom)?;
        if let Some(sent) = earlier.filter(|_| entry.sent.is_none()) {
            entry.sent = sent.checked_sub(EARLIER_ERROR).ok();
            entry.deadline = entry.deadline.and_then(|at| at.checked_add(EARLIER_ERROR).ok());
        }
        Ok(entry)
    }
}

impl Entry {
    /// Whether another start would send the same; secrets count by their names.
    pub fn is_same(&self, other: &Self) -> bool {
        self.project == other.project && self.body == other.body && self.secrets == other.secrets
    }

    /// The sweep that it is a part of: a queue of several starts.
    pub fn sweep(&self) -> Option<SweepFacts<'_>> {
        let BatchItem { queue, .. } = self.queue.filter(|item| item.of > 1)?;
        Some(SweepFacts { id: queue.number(), reason: self.reason.as_deref() })
    }

    /// What a filter may ask of its run: it is unknown if that is only probably its own.
    pub fn facts(&self) -> StartFacts<'_> {
        match self.stage.probable() {
            Some(_) => StartFacts::Unknown,
            None => StartFacts::Here { sweep: self.sweep() },
        }
    }

    /// Whether its run is one that updates the published app, which Hex calls an app refresh.
    pub fn publishes(&self) -> bool {
        publishes(&self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_without_the_cancel_that_it_waits_for_still_waits_for_one() {
        let entry = |after: Value| {
            let entry = serde_json::json!({
                "id": "0", "by": 7, "project": "p-1", "body": {}, "at": "2026-10-20T08:00:00Z",
                "stage": "Waiting", "after": after,
            });
            serde_json::from_value::<Entry>(entry).unwrap().after.unwrap()
        };
        let run = RunId::new("r");
        assert_eq!(entry("r".into()), AfterCancel { run: run.clone(), cancel: None });
        let after = AfterCancel { run, cancel: "7".parse().ok() };
        assert!(after.cancel.is_some());
        assert_eq!(entry(serde_json::to_value(&after).unwrap()), after);
    }

    #[test]
    fn times_that_an_earlier_version_has_written_are_read_as_bounds() {
        let at: Timestamp = "2026-10-20T08:00:00Z".parse().unwrap();
        let earlier = serde_json::json!({
            "id": "0", "by": 7, "project": "p-1", "body": {}, "at": at, "stage": "Sent",
            "sent": at, "deadline": at,
        });
        let mut entry: Entry = serde_json::from_value(earlier).unwrap();
        let bounds = (at.checked_sub(EARLIER_ERROR).ok(), at.checked_add(EARLIER_ERROR).ok());
        assert_eq!((entry.sent, entry.deadline), bounds);
        for sent in [Some(at), None] {
            entry.sent = sent;
            let json = serde_json::to_string(&entry).unwrap();
            assert_eq!(serde_json::from_str::<Entry>(&json).unwrap(), entry, "read back: {json}");
        }
    }
}
