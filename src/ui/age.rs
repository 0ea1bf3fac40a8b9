//! How old what a row says is, in steps that dim it.
//!
//! The age itself is always written out; the steps only let the eye find what is fresh. They use
//! no colour of their own, so they are the same without colour and on a bright terminal.

use std::time::Duration;

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::State;
use crate::domain::{Boot, Now, ProjectId};

/// What was seen within this counts as seen now.
pub(crate) const FRESHLY: Duration = Duration::from_secs(30);
/// From this age on a row is dimmed as a whole.
pub(crate) const OLD: Duration = Duration::from_mins(1);
/// From this age on a row has lost its colours as well.
const ANCIENT: Duration = Duration::from_mins(5);

/// A step of age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Age {
    /// All of the row is as bright as can be.
    Fresh,
    /// The age is dim.
    Aging,
    /// All of the row is dim.
    Old,
    /// All of the row is dim and has lost its colours.
    Ancient,
}

impl Age {
    /// The step of what was last seen at `at`; what was never seen is ancient.
    fn of(at: Option<Boot>, now: Boot) -> Self {
        match at.map(|at| now.saturating_sub(at)) {
            Some(age) if age < FRESHLY => Self::Fresh,
            Some(age) if age < OLD => Self::Aging,
            Some(age) if age < ANCIENT => Self::Old,
            _ => Self::Ancient,
        }
    }

    /// How the age itself is written.
    pub(crate) fn cell(self) -> Style {
        if self == Self::Fresh { Style::new() } else { Style::new().add_modifier(Modifier::DIM) }
    }

    /// The row as its age lets it look.
    pub(crate) fn tint(self, line: Line<'static>) -> Line<'static> {
        let dim = Style::new().add_modifier(Modifier::DIM);
        match self {
            Self::Fresh | Self::Aging => line,
            Self::Old => line.patch_style(dim),
            Self::Ancient => {
                let plain = |span: Span<'static>| Span::raw(span.content);
                line.spans.into_iter().map(plain).collect::<Line<'_>>().patch_style(dim)
            }
        }
    }
}

impl State {
    /// The step of age of what is known of a project since `at`. What is not polled dims at once:
    /// it is not going to get any younger.
    pub(crate) fn age_of(&self, project: &ProjectId, at: Option<Boot>, now: Now) -> Age {
        let least = if self.shown().is_polled(project) { Age::Fresh } else { Age::Old };
        Age::of(at, now.boot).max(least)
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;

    #[test]
    fn a_row_dims_in_steps_and_at_last_loses_its_colour() {
        let steps = [(0, Age::Fresh), (30, Age::Aging), (60, Age::Old), (300, Age::Ancient)];
        for (age, step) in steps {
            let now = Boot::from_secs(1000);
            assert_eq!(Age::of(Some(now - Duration::from_secs(age)), now), step);
        }
        assert_eq!(Age::of(None, Boot::ZERO), Age::Ancient);
        let row = || Line::from(Span::styled("running", Style::new().fg(Color::Cyan)));
        let dim = Style::new().add_modifier(Modifier::DIM);
        assert_eq!(Age::Aging.tint(row()), row());
        assert_eq!(Age::Old.tint(row()), row().patch_style(dim));
        assert_eq!(Age::Ancient.tint(row()), Line::from(Span::raw("running")).patch_style(dim));
        assert_eq!((Age::Fresh.cell(), Age::Aging.cell()), (Style::new(), dim));
    }
}
