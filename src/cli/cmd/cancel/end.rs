//! How `hextop cancel` ends: what a person is told, and the exit code.

use crate::api::ApiError;
use crate::cli::patience::Outage;
use crate::cli::{AUTH, FAILED, NETWORK, NOT_FOUND, USAGE};
use crate::engine::model::CancelStage;
use crate::ui::text::count;

/// How it has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The arguments do not fit, or it is not clear or not allowed what they mean.
    Wrong(String),
    /// There is nothing of what was meant, for each of these reasons.
    Nothing(Vec<String>),
    /// Whoever was asked said no.
    Declined,
    /// What would be cancelled was listed.
    Listed(Tally),
    /// All cancels are settled.
    Over(Tally),
    /// It ended before that.
    Left(Why, Tally),
}

/// Why it did not wait for the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// By this signal.
    Signal(u8),
    /// Its time was up.
    TimeUp,
    /// Nothing got through any more.
    Outage(Outage),
}

/// What came of the runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Cancelled, or ended already; without waiting: accepted by Hex.
    pub(super) done: usize,
    /// Could not be cancelled, or Hex does not know them any more.
    pub(super) failed: usize,
    /// Were never sent, and will not be.
    pub(super) withdrawn: usize,
    /// Were sent, and it is not known what came of them.
    pub(super) open: usize,
    /// What was meant and is not there, or could not be looked at.
    pub(super) missing: usize,
}

impl Tally {
    /// Takes in what came of one run.
    pub(super) fn take(&mut self, stage: &CancelStage, waits: bool) {
        let of = match stage {
            CancelStage::Killed | CancelStage::AlreadyEnded(_) => &mut self.done,
            CancelStage::Accepted if !waits => &mut self.done,
            CancelStage::Sent | CancelStage::Accepted | CancelStage::LetGo => &mut self.open,
            // Whatever was still to be sent has been taken back before anybody asks.
            CancelStage::Withdrawn | CancelStage::Confirmed => &mut self.withdrawn,
            CancelStage::Stuck(_) | CancelStage::Gone(_) | CancelStage::TriedAgain => {
                &mut self.failed
            }
        };
        *of += 1;
    }

    /// The runs of which it is known what came of them.
    pub(super) fn of(&self) -> usize {
        self.done + self.failed + self.withdrawn + self.open
    }

    /// How far it has come, as parts of a sentence.
    fn parts(&self) -> String {
        let part = |number: usize, what: &str| (number > 0).then(|| format!("{number} {what}"));
        let parts = [
            part(self.done, "cancelled or ended already"),
            part(self.failed, "not cancelled"),
            part(
                self.open,
                "sent, so that Hex may end them all the same: the next hextop sees to it",
            ),
            part(self.withdrawn, "never sent and withdrawn, so that they go on"),
        ];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        format!("of {}: {}", count(self.of(), "run"), parts.join("; "))
    }
}

impl End {
    /// The exit code.
    pub(super) fn code(&self) -> u8 {
        match self {
            Self::Wrong(_) => USAGE,
            Self::Nothing(_) => NOT_FOUND,
            Self::Listed(tally) | Self::Over(tally) => {
                let is_all = (tally.failed, tally.withdrawn, tally.open) == (0, 0, 0);
                if is_all && tally.missing == 0 { 0 } else { FAILED }
            }
            // By convention 128 and the signal's number.
            Self::Left(Why::Signal(number), _) => 128 + number,
            Self::Left(Why::Outage(Outage::TokenRefused), _) => AUTH,
            Self::Left(Why::Outage(Outage::Unreachable(_)), _) => NETWORK,
            Self::Left(Why::TimeUp, _) | Self::Declined => FAILED,
        }
    }

    /// What a person is told.
    pub(super) fn sentences(&self) -> Vec<String> {
        match self {
            Self::Wrong(text) => vec![text.clone()],
            Self::Nothing(reasons) => reasons.clone(),
            Self::Declined => vec!["nothing was cancelled".to_owned()],
            Self::Listed(_) => Vec::new(),
            Self::Over(_) if self.code() == 0 => Vec::new(),
            // What is missing was said before.
            Self::Over(tally) if tally.failed == 0 => Vec::new(),
            Self::Over(tally) => vec![tally.parts()],
            Self::Left(why, tally) => {
                let why = match why {
                    Why::Signal(_) => "interrupted".to_owned(),
                    Why::TimeUp => "the time was up".to_owned(),
                    Why::Outage(Outage::TokenRefused) => ApiError::Unauthorized.to_string(),
                    Why::Outage(Outage::Unreachable(error)) => {
                        format!("nothing got through: {error}")
                    }
                };
                vec![match tally.of() {
                    0 => format!("{why}; no cancel was sent"),
                    _ => format!("{why}; {}", tally.parts()),
                }]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(stages: &[CancelStage], waits: bool) -> Tally {
        let mut tally = Tally::default();
        for stage in stages {
            tally.take(stage, waits);
        }
        tally
    }

    #[test]
    fn the_code_says_whether_all_were_cancelled() {
        let stuck = || CancelStage::Stuck("no".to_owned());
        let ended = || CancelStage::AlreadyEnded("completed".to_owned());
        let over = |stages: &[CancelStage]| End::Over(tally(stages, true)).code();
        assert_eq!(over(&[CancelStage::Killed, ended()]), 0);
        assert_eq!(over(&[CancelStage::Killed, stuck()]), 1, "some");
        assert_eq!(over(&[stuck(), CancelStage::Gone("404".to_owned())]), 1, "none");
        assert_eq!(over(&[CancelStage::Accepted]), 1, "nobody knows");
        assert_eq!(End::Over(tally(&[CancelStage::Accepted], false)).code(), 0, "--no-wait");
        let missing = Tally { missing: 1, ..tally(&[CancelStage::Killed], true) };
        assert_eq!(End::Over(missing).code(), 1, "one was not there");
    }

    #[test]
    fn whoever_leaves_says_what_was_sent_and_what_was_withdrawn() {
        use CancelStage::{Accepted, Killed, Sent, Withdrawn};
        let tally = tally(&[Killed, Sent, Accepted, Withdrawn], true);
        let left = End::Left(Why::Signal(2), tally);
        assert_eq!(left.code(), 130);
        assert_eq!(
            left.sentences(),
            [
                "interrupted; of 4 runs: 1 cancelled or ended already; 2 sent, so that Hex may end them \
              all the same: the next hextop sees to it; 1 never sent and withdrawn, so that they go on"
            ]
        );
        let early = End::Left(Why::Signal(15), Tally::default());
        assert_eq!(
            (early.code(), early.sentences()),
            (143, vec!["interrupted; no cancel was sent".to_owned()])
        );
    }
}
