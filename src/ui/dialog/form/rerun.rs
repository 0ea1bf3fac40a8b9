//! A form that repeats a run: what it begins with, and what is said about that.
//!
//! It never begins with the values of another start: a person who repeats a run must not get the
//! inputs of the last one for it.

use std::collections::BTreeSet;

use jiff::{Timestamp, Zoned};
use ratatui::text::Line;

use super::Form;
use crate::domain::RunId;
use crate::domain::inputs::{Body, Draft, Origin};
use crate::engine::model::{Start, StartStage};
use crate::ui::text::{count, safe, wrap};
use crate::ui::theme::Theme;

/// The most lines that are said about it.
const LINES: usize = 4;

/// What a form repeats.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Again {
    /// A start that the journal has.
    Told(Box<Told>),
    /// A run of which nobody knows what it was given.
    Untold(RunId),
}

/// What the journal has of a start.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    /// Its run, as far as known, and whether Hex has said so.
    run: Option<(RunId, Sure)>,
    /// When it was confirmed.
    at: Timestamp,
    /// What was sent, without its secrets.
    body: Body,
    /// Names of the inputs that were secret.
    secrets: BTreeSet<String>,
}

/// Whether a run is known to be that of a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sure {
    Yes,
    Probably,
}

impl Again {
    /// What the journal has of a start, unless it cannot be read.
    pub(crate) fn of(start: &Start) -> Option<Self> {
        let entry = &start.entry;
        let sure = match entry.stage {
            StartStage::ProbablyOurs(_) => Sure::Probably,
            _ => Sure::Yes,
        };
        Some(Self::Told(Box::new(Told {
            run: entry.stage.run().map(|run| (run.clone(), sure)),
            at: entry.at,
            body: Body::of(&entry.body).ok()?,
            secrets: entry.secrets.clone(),
        })))
    }

    /// Gives fresh rows the values of what is repeated. Where those are not known, the defaults stay.
    pub(crate) fn fill(&self, draft: &mut Draft, now: &Zoned) {
        let Self::Told(told) = self else { return };
        let Told { run, body, secrets, .. } = told.as_ref();
        let origin = match run {
            Some((run, _)) => Origin::Run(run.short().to_owned()),
            None => Origin::Earlier,
        };
        draft.repeat(body, secrets, &origin, now);
    }

    /// Whether it is known for certain what is repeated.
    pub(crate) fn is_sure(&self) -> bool {
        match self {
            Self::Told(told) => !matches!(told.run, Some((_, Sure::Probably))),
            Self::Untold(_) => false,
        }
    }
}

impl Form {
    /// The form with what it repeats, if it repeats anything.
    pub(crate) fn repeating(mut self, again: Option<Again>) -> Self {
        if again.is_some() {
            self.again = again;
            self.begin();
        }
        self
    }

    /// Gives the fresh rows the values of what is repeated.
    pub(super) fn repeat(&mut self) {
        if let Some(again) = &self.again {
            again.fill(&mut self.draft, &self.now);
        }
    }

    /// What is said about it above the fields.
    pub(super) fn repeats(&self, theme: Theme, width: usize) -> Vec<Line<'static>> {
        let (text, style) = match &self.again {
            None => return Vec::new(),
            Some(Again::Untold(run)) => {
                let run = safe(run.short());
                let text = format!(
                    "The inputs of run {run} are unknown: Hex does not tell them and this journal \
                     has not started it. The defaults stand here."
                );
                (text, theme.warn())
            }
            Some(Again::Told(told)) => {
                let Told { run, at, body, secrets } = told.as_ref();
                let at = at.strftime("%Y-%m-%d %H:%MZ");
                let mut text = match run {
                    Some((run, Sure::Yes)) => format!("Filled from run {}", safe(run.short())),
                    Some((run, Sure::Probably)) => {
                        format!("Filled from what is probably run {}", safe(run.short()))
                    }
                    None => "Filled from the start".to_owned(),
                };
                text += &format!(" of {at}.");
                match self.draft.lost_rows() {
                    0 if body.inputs.is_empty() && secrets.is_empty() => {
                        (text + " It was given no inputs.", theme.dim())
                    }
                    0 => (text, theme.dim()),
                    number => {
                        let secrets = count(number, "secret");
                        let verbs = if number == 1 {
                            "was not kept: give it"
                        } else {
                            "were not kept: give them"
                        };
                        text += &format!(" {secrets} {verbs} again.");
                        (text, theme.warn())
                    }
                }
            }
        };
        wrap(&text, width).into_iter().take(LINES).map(|line| Line::styled(line, style)).collect()
    }
}
