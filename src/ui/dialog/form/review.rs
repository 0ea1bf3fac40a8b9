//! The review: the exact body, what it costs, and what Hex says to it in a dry run.
//!
//! What is reviewed is what is sent: words such as `today` were resolved when the page opened. Of
//! several starts the first and the last stand for all; many are confirmed by their number.

use std::time::Duration;

use ratatui::text::Line;

use super::sweep::{self, ASKS};
use super::{Cell, Form, FormWish, Page};
use crate::api::Kind;
use crate::domain::inputs::{Place, Starts};
use crate::domain::{Now, StartRun};
use crate::engine::Priority;
use crate::engine::model::StartId;
use crate::ui::State;
use crate::ui::chord::{Chord, Key};
use crate::ui::kernels;
use crate::ui::text::{count, page, safe, span, wrap};
use crate::ui::theme::Theme;
use crate::ui::widget::text_field::TextField;

/// The page of the review.
#[derive(Debug)]
pub(super) struct Review {
    starts: Starts,
    top: u16,
    pub(super) check: Check,
    /// The number of starts, as far as it is typed.
    typed: TextField,
    /// The reason, while it is being written.
    noting: Option<TextField>,
}

impl Review {
    fn new(starts: Starts) -> Self {
        Self { starts, top: 0, check: Check::None, typed: TextField::default(), noting: None }
    }

    pub(super) fn paste(&mut self, text: &str) -> Result<(), String> {
        self.noting.as_mut().map_or(Ok(()), |field| field.paste(text))
    }

    /// Whether it is confirmed by typing how many starts it is.
    fn asks(&self) -> bool {
        self.starts.count() > ASKS
    }

    /// Whether a key that confirms does so now.
    fn is_armed(&self) -> bool {
        !self.asks() || self.typed.text() == self.starts.count().to_string()
    }

    /// What is sent, and for how many.
    fn send(&self) -> FormWish {
        match self.starts.count() {
            1 => FormWish::Send(self.starts.first()),
            _ => FormWish::SendAll(self.starts.clone()),
        }
    }

    /// What a dry run asks of Hex: the first, and of several the last as well.
    fn samples(&self) -> Vec<StartRun> {
        match self.starts.count() {
            1 => vec![self.starts.first()],
            _ => vec![self.starts.first(), self.starts.last()],
        }
    }
}

/// How far a dry run is.
#[derive(Debug, PartialEq)]
pub(super) enum Check {
    None,
    Waiting(Vec<StartId>),
    Good,
    Bad(String),
}

impl Form {
    pub(super) fn review(&mut self) {
        self.checked = true;
        match self.draft.finish_all(&self.now) {
            Ok(starts) => {
                self.refusal = None;
                self.list = None;
                self.page = Page::Review(Box::new(Review::new(starts)));
            }
            Err(errors) => {
                if let Some(first) = errors.first() {
                    let nameless = matches!(first.place, Place::Row(row) if self.draft.rows.get(row).is_some_and(|r| r.spec.name.is_empty()));
                    self.go_to(first.place, if nameless { Cell::Name } else { Cell::Value });
                    let at_row =
                        matches!(first.place, Place::Row(row) if self.error_of(row).is_some());
                    let whole = errors.len() == 1 && !at_row;
                    self.say(if whole {
                        first.reason.clone()
                    } else {
                        format!("{} to mend first", count(errors.len(), "thing"))
                    });
                }
            }
        }
    }

    pub(super) fn press_review(&mut self, chord: Chord) -> FormWish {
        let Page::Review(review) = &mut self.page else { return FormWish::Stay };
        if let Some(field) = review.noting.take() {
            self.take_note(field, chord);
            return FormWish::Stay;
        }
        match (chord.key, chord.ctrl) {
            (Key::Enter, false) if review.is_armed() => return review.send(),
            (Key::Char('y'), false) if review.asks() && review.is_armed() => return review.send(),
            (Key::Enter | Key::Char('y'), false) if review.asks() => {
                let number = review.starts.count();
                self.say(format!("type {number} first: that is how many runs would be started"));
            }
            (Key::Char('y'), true) if !matches!(review.check, Check::Waiting(_)) => {
                return FormWish::Check(review.samples());
            }
            (Key::Char('c'), false) => return FormWish::CopyCurl(review.starts.first()),
            (Key::Char('n'), false) => review.noting = Some(TextField::holding(&self.note)),
            (Key::Char(digit), false) if digit.is_ascii_digit() && review.asks() => {
                review.typed.press(chord);
            }
            (Key::Backspace, false) => {
                review.typed.press(chord);
            }
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

    /// A key for the reason.
    fn take_note(&mut self, mut field: TextField, chord: Chord) {
        let Page::Review(review) = &mut self.page else { return };
        match chord.key {
            Key::Esc => {}
            Key::Enter => field.text().trim().clone_into(&mut self.note),
            _ => {
                field.press(chord);
                review.noting = Some(field);
            }
        }
    }

    /// The last line of the page: what there is to press, or what is being typed.
    pub(super) fn review_foot(review: &Review, width: usize) -> String {
        if let Some(field) = &review.noting {
            return format!("Reason: {}_   Enter keep   Esc back", safe(field.text()));
        }
        let number = review.starts.count();
        match (review.asks(), number) {
            (true, _) if width < 76 => {
                format!("Type {number}, then Enter: {}_", review.typed.text())
            }
            (true, _) => format!(
                "Type {number} and press Enter: {}_    ctrl-y dry run  n reason  Esc back",
                review.typed.text()
            ),
            (false, _) if width < 76 => "Enter start ctrl-y dry n reason Esc".to_owned(),
            (false, 1) => {
                "Enter start the run  ctrl-y dry run  n reason  c copy as curl  Esc back".to_owned()
            }
            (false, _) => {
                format!("Enter start {number} runs  ctrl-y dry run  n reason  Esc back  j k scroll")
            }
        }
    }

    pub(super) fn review_top(&self, length: usize, height: u16) -> u16 {
        let top = match &self.page {
            Page::Review(review) => &review.top,
            Page::Keys(top) => top,
            _ => return 0,
        };
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
        let (start, number) = (review.starts.first(), review.starts.count());
        let mut lines = Vec::new();
        let mut say = |text: &str, style| {
            lines.extend(wrap(text, width).into_iter().map(|line| Line::styled(line, style)));
        };
        let plain = ratatui::style::Style::new();
        if number == 1 {
            say(&cost(state, now), plain);
            if let Some(words) = kernels::held(state) {
                say(&words, plain);
            }
        } else {
            let [time, terms] = sweep::cost(state, &self.project, number, now);
            say(&time, theme.strong());
            say(&format!("Over {}.", sweep::factors(&self.draft, &self.now)), plain);
            say(&terms, plain);
        }
        if let Some(note) = self.note() {
            say(&format!("Reason: {}", safe(&note)), plain);
        }
        for warning in self.warnings(state, &start, now) {
            say(&warning, theme.warn());
        }
        match &review.check {
            Check::None => {}
            Check::Waiting(_) => say("Dry run: Hex is being asked…", theme.dim()),
            Check::Good if number == 1 => {
                say("Dry run: Hex would start this. Nothing was started.", theme.good());
            }
            Check::Good => say(
                "Dry run: Hex would start the first and the last. Nothing was started.",
                theme.good(),
            ),
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
        if number == 1 {
            lines.extend(body_lines("The body, exactly as it will be sent:", &start, width, theme));
        } else {
            let heading = format!("The first of {number} bodies, exactly as it will be sent:");
            lines.extend(body_lines(&heading, &start, width, theme));
            lines.extend(body_lines("The last:", &review.starts.last(), width, theme));
        }
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
                let probably = if state.model.is_probable(run) { "probably " } else { "" };
                format!("The same inputs are {probably}already running: {} for {age}", run.short())
            })
            .collect();
        let active = watched.runs.counts().active();
        if warnings.is_empty() && active > 0 {
            warnings.push(format!("This project already has {}.", count(active, "active run")));
        }
        warnings.extend(kernels::warning(state, now));
        warnings
    }
}

fn cost(state: &State, now: Now) -> String {
    let departs = state.model.budget().forecast(Kind::Trigger, Priority::Person, 1, now.boot);
    let when = match departs.first() {
        Some(at) if *at > now.boot => {
            format!("The budget lets it leave in {} s.", State::seconds_until(*at, now))
        }
        _ => "It leaves at once.".to_owned(),
    };
    let left = state.model.budget().spare(now.boot);
    format!("Costs 1 request of {left} to spare. {when}")
}

fn body_lines(heading: &str, start: &StartRun, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let heading = wrap(heading, width).into_iter().map(|line| Line::styled(line, theme.dim()));
    let body = serde_json::to_string_pretty(&start.shown_body()).unwrap_or_default();
    heading.chain(page(&body, width).into_iter().map(Line::raw)).collect()
}

/// With a full stop, unless it has an end already.
fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}
