//! The review: the exact body, what it costs, and what Hex says to it in a dry run.
//!
//! What is reviewed is what is sent: words such as `today` were resolved when the page opened.

use std::time::Duration;

use ratatui::text::Line;

use super::{Cell, Form, FormWish, Page};
use crate::api::Kind;
use crate::domain::param::Place;
use crate::domain::{Now, StartRun};
use crate::engine::Tier;
use crate::engine::model::TicketId;
use crate::ui::State;
use crate::ui::chord::{Chord, Key};
use crate::ui::text::{count, pieces, safe, span, wrap};

/// The page of the review.
#[derive(Debug)]
pub(super) struct Review {
    pub(super) start: StartRun,
    top: u16,
    pub(super) check: Check,
}

/// How far a dry run is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Check {
    None,
    Waiting(TicketId),
    Good,
    Bad(String),
}

impl Form {
    pub(super) fn review(&mut self) {
        self.checked = true;
        match self.draft.finish(&self.now) {
            Ok(start) => {
                self.refusal = None;
                self.list = None;
                self.page = Page::Review(Review { start, top: 0, check: Check::None });
            }
            Err(errors) => {
                if let Some(first) = errors.first() {
                    let nameless = matches!(first.place, Place::Row(row) if self.draft.rows.get(row).is_some_and(|r| r.spec.name.is_empty()));
                    self.go_to(first.place, if nameless { Cell::Name } else { Cell::Value });
                    self.say(format!("{} to mend first", count(errors.len(), "thing")));
                }
            }
        }
    }

    pub(super) fn press_review(&mut self, chord: Chord) -> FormWish {
        let Page::Review(review) = &mut self.page else { return FormWish::Stay };
        match (chord.key, chord.ctrl) {
            (Key::Enter, false) => return FormWish::Send(review.start.clone()),
            (Key::Char('y'), true) if !matches!(review.check, Check::Waiting(_)) => {
                return FormWish::Check(review.start.clone());
            }
            (Key::Char('c'), false) => return FormWish::CopyCurl(review.start.clone()),
            (Key::Down | Key::Char('j'), false) => review.top = review.top.saturating_add(1),
            (Key::Up | Key::Char('k'), false) => review.top = review.top.saturating_sub(1),
            (Key::Esc, _) => {
                let refused = matches!(review.check, Check::Bad(_));
                self.page = Page::Edit;
                if refused {
                    self.go_to_refused();
                }
            }
            _ => {}
        }
        FormWish::Stay
    }

    pub(super) fn review_top(&self, length: usize, height: u16) -> u16 {
        let (Page::Review(Review { top, .. }) | Page::Keys(top)) = &self.page else { return 0 };
        let length = u16::try_from(length).unwrap_or(u16::MAX);
        (*top).min(length.saturating_sub(height))
    }

    pub(super) fn review_lines(
        &self,
        state: &State,
        review: &Review,
        width: usize,
        now: Now,
    ) -> Vec<Line<'static>> {
        let theme = state.options.theme;
        let start = &review.start;
        let mut lines = Vec::new();
        let mut say = |text: &str, style| {
            lines.extend(wrap(text, width).into_iter().map(|line| Line::styled(line, style)));
        };
        say(&cost(state, now), ratatui::style::Style::new());
        for warning in self.warnings(state, start, now) {
            say(&warning, theme.warn());
        }
        match &review.check {
            Check::None => {}
            Check::Waiting(_) => say("Dry run: Hex is being asked…", theme.dim()),
            Check::Good => say("Dry run: Hex would start this. Nothing was started.", theme.good()),
            Check::Bad(why) => {
                say(
                    &format!(
                        "Dry run: {} Nothing was started; Esc goes to the fields.",
                        sentence(&safe(why))
                    ),
                    theme.bad(),
                );
            }
        }
        say("The body, exactly as it will be sent:", theme.dim());
        let body = serde_json::to_string_pretty(&start.shown_body()).unwrap_or_default();
        let body = body.lines().flat_map(|line| pieces(&safe(line), width));
        lines.extend(body.map(Line::raw));
        let mut note = |text: &str| {
            lines.extend(wrap(text, width).into_iter().map(|line| Line::styled(line, theme.dim())));
        };
        if !start.secrets().is_empty() {
            note("Secrets are masked here and sent as typed.");
        }
        if start.inputs().is_empty() {
            note("No inputs: the app's own defaults are used.");
        }
        lines
    }

    /// What speaks against sending it, without forbidding it.
    fn warnings(&self, state: &State, start: &StartRun, now: Now) -> Vec<String> {
        let server_now = state.model.server_now(now);
        let Some(watched) = state.model.project(&self.project) else { return Vec::new() };
        let mut warnings: Vec<_> = state
            .model
            .same_active(&self.project, start)
            .iter()
            .map(|run| {
                let age = watched.runs.get(run).and_then(|seen| seen.run.elapsed_at(server_now));
                let age = span(age.unwrap_or(Duration::ZERO));
                format!("The same inputs are already running: {} for {age}", run.short())
            })
            .collect();
        let active = watched.active().count();
        if warnings.is_empty() && active > 0 {
            warnings.push(format!("This project already has {}.", count(active, "active run")));
        }
        warnings
    }
}

fn cost(state: &State, now: Now) -> String {
    let departs = state.model.budget().forecast(Kind::Trigger, Tier::Person, 1, now.boot);
    let when = match departs.first() {
        Some(at) if *at > now.boot => {
            format!("The budget lets it leave in {} s.", State::seconds_until(*at, now))
        }
        _ => "It leaves at once.".to_owned(),
    };
    let left = state.model.budget().spare(now.boot);
    format!("Costs 1 request of {left} to spare. {when}")
}

/// With a full stop, unless it has an end already.
fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}
