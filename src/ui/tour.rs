//! The tour of a newcomer: five steps, each of which is over when the person has done it.

use super::State;
use super::command::{Context, Verb};
use crate::domain::Now;

/// What a step is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Move,
    Cancel,
    Start,
    Filter,
    Help,
}

impl Step {
    const ALL: [Self; 5] = [Self::Move, Self::Cancel, Self::Start, Self::Filter, Self::Help];
}

/// Which steps are to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tour {
    left: Vec<Step>,
}

impl Tour {
    pub(crate) fn begun() -> Self {
        Self { left: Step::ALL.to_vec() }
    }
}

impl State {
    /// The step of the tour that is next, in one line; none without a tour.
    pub(crate) fn tour_words(&self) -> Option<String> {
        let tour = self.tour.as_ref()?;
        let step = tour.left.first()?;
        let key = |verb| self.key(Context::Panes, verb);
        let (down, up, cancel, start) =
            (key(Verb::Down), key(Verb::Up), key(Verb::Cancel), key(Verb::Trigger));
        let (filter, help, line) = (key(Verb::Filter), key(Verb::Help), key(Verb::CommandLine));
        let (keep, clear) = (self.key(Context::FilterLine, Verb::Accept), key(Verb::Back));
        let yes = self.key(Context::Cancel, Verb::Confirm);
        let review = self.key(Context::Form, Verb::Review);
        let mark = self.options.theme.glyph("‼", "!");
        let words = match step {
            Step::Move => format!("{down} {up} move; runs with {mark} are out of hand"),
            Step::Cancel => format!("{cancel} asks about this run, {yes} there cancels it"),
            Step::Start => format!("{start} opens a start, {review} reviews it, then send it"),
            Step::Filter => format!("{filter} filters: status:errored, {keep}; {clear} clears it"),
            Step::Help => format!("{help} tells the keys, {line} runs commands by name"),
        };
        let number = Step::ALL.iter().position(|known| known == step).unwrap_or_default() + 1;
        Some(format!("Tour {number}/{} (:tour ends it) {words}  ", Step::ALL.len()))
    }

    /// Notes that the person has done something; after the last step says so.
    pub(super) fn tour_done(&mut self, step: Step, now: Now) {
        let Some(tour) = &mut self.tour else { return };
        tour.left.retain(|left| *left != step);
        if tour.left.is_empty() {
            self.tour = None;
            self.inform("that was the tour: :tour begins it again".to_owned(), now);
        }
    }

    /// Begins the tour, or ends it.
    pub(super) fn turn_tour(&mut self, now: Now) {
        self.tour = match self.tour.take() {
            Some(_) => {
                self.inform("the tour is over: :tour begins it again".to_owned(), now);
                None
            }
            None => Some(Tour::begun()),
        };
    }
}
