//! The review: the exact body, what it costs, and what Hex says to it in a dry run.
//!
//! What is reviewed is what is sent: words such as `today` were resolved when the page opened. Of
//! several starts the first and the last stand for all; many are confirmed by their number.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use serde_json::Value;

use super::sweep::{self, ASKS};
use super::{Cell, Form, Page};
use crate::api::Kind;
use crate::domain::inputs::{Place, Starts};
use crate::domain::{Now, RunId, StartRun};
use crate::engine::model::StartId;
use crate::engine::{Intent, Priority};
use crate::ui::chord::{Chord, Key};
use crate::ui::command::{Context, Verb};
use crate::ui::dialog::QueuePanel;
use crate::ui::layer::{Cx, Outcome};
use crate::ui::text::{self, count, fit, page, safe, span, wrap};
use crate::ui::theme::Theme;
use crate::ui::widget::hint_bar::draw_hints;
use crate::ui::widget::scroll_text::ScrollText;
use crate::ui::widget::text_field::TextField;
use crate::ui::{Effect, State, curl, forms, kernels};

/// Columns of a value among those that differ.
const VALUE: usize = 40;

/// The page of the review.
#[derive(Debug)]
pub(super) struct Review {
    starts: Starts,
    pub(super) text: ScrollText,
    pub(super) check: Check,
    /// The number of starts, as far as it is typed.
    typed: TextField,
    /// The reason, while it is being written.
    noting: Option<TextField>,
}

impl Review {
    fn new(starts: Starts) -> Self {
        let (text, typed) = (ScrollText::default(), TextField::default());
        Self { starts, text, check: Check::None, typed, noting: None }
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

    pub(super) fn context(&self) -> Context {
        match &self.noting {
            Some(_) => Context::Line,
            None if self.asks() => Context::ReviewCount,
            None => Context::Review,
        }
    }

    pub(super) fn why_not(&self, verb: Verb, _state: &State) -> Option<String> {
        let number = self.starts.count();
        match verb {
            Verb::Start if !self.is_armed() => {
                Some(format!("type {number} first: that is how many runs would be started"))
            }
            Verb::DryRun if matches!(self.check, Check::Waiting(_)) => {
                Some("Hex is being asked already".to_owned())
            }
            _ => None,
        }
    }

    pub(super) fn type_in(&mut self, chord: Chord) -> Outcome {
        let counts = !chord.ctrl && matches!(chord.key, Key::Char('0'..='9') | Key::Backspace);
        let taken = match &mut self.noting {
            Some(field) => field.press(chord),
            None => self.asks() && counts && self.typed.press(chord),
        };
        if taken { Outcome::Consumed } else { Outcome::Ignored }
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

    pub(super) fn run_review(&mut self, verb: Verb, cx: &mut Cx<'_>) -> Outcome {
        let Page::Review(review) = &mut self.page else { return Outcome::Ignored };
        if let Some(field) = review.noting.take() {
            if verb == Verb::Accept {
                field.text().trim().clone_into(&mut self.note);
            }
            return Outcome::Consumed;
        }
        match verb {
            Verb::Start => return self.send(cx),
            Verb::DryRun => {
                let checks: Vec<_> =
                    review.samples().into_iter().map(|start| (cx.new_ticket(), start)).collect();
                review.check = Check::Waiting(checks.iter().map(|(ticket, _)| *ticket).collect());
                for (ticket, start) in checks {
                    cx.intend(Intent::DryRun { ticket, project: self.project.clone(), start });
                }
            }
            Verb::CopyCurl => {
                let start = review.starts.first();
                self.copy_curl(&start, cx);
            }
            Verb::EditReason => review.noting = Some(TextField::holding(&self.note)),
            Verb::Close => {
                let refused = matches!(review.check, Check::Bad(_));
                self.page = Page::Edit;
                if refused {
                    self.go_to_refused();
                }
            }
            verb => {
                review.text.run(verb);
            }
        }
        Outcome::Consumed
    }

    /// Confirms what is reviewed: one start is followed here, several go into a queue.
    fn send(&mut self, cx: &mut Cx<'_>) -> Outcome {
        let Page::Review(review) = &self.page else { return Outcome::Ignored };
        let (starts, project, reason) = (review.starts.clone(), self.project.clone(), self.note());
        if starts.count() > 1 {
            let after = self.after.clone();
            return match forms::queue(project, starts.iter().collect(), reason, after, cx) {
                Some(queue) => Outcome::Replace(Box::new(QueuePanel::on(queue))),
                None => Outcome::Close,
            };
        }
        let ticket = cx.new_ticket();
        if let Some(run) = self.after.clone() {
            self.page = Page::Queued { ticket };
            let (queue, starts) = (ticket, vec![starts.first()]);
            cx.intend(Intent::Queue { queue, project, starts, reason, after: Some(run) });
            return Outcome::Consumed;
        }
        self.page = Page::Sending { ticket };
        cx.intend(Intent::Start { ticket, project, start: starts.first(), reason });
        Outcome::Consumed
    }

    fn copy_curl(&mut self, start: &StartRun, cx: &mut Cx<'_>) {
        let style = cx.state.model.path_style();
        let root = &cx.state.options.root;
        cx.effect(Effect::Copy(curl::command(root, &self.project, start, style)));
        self.say(if start.secrets().is_empty() {
            "a curl command with $HEX_API_TOKEN for the token"
        } else {
            "a curl command with $HEX_API_TOKEN for the token and secrets masked"
        });
    }

    /// The last line of the page: what there is to press, or what is being typed.
    pub(super) fn draw_review_foot(
        state: &State,
        review: &Review,
        frame: &mut Frame<'_>,
        area: Rect,
    ) {
        let theme = state.options.theme;
        let context = review.context();
        let key = |verb| state.key(context, verb);
        if let Some(field) = &review.noting {
            let keys = format!("{} keeps it, {} leaves it", key(Verb::Accept), key(Verb::Close));
            return field.draw(frame, area, ("Reason: ", theme.strong()), (&keys, theme.dim()));
        }
        if review.asks() {
            let number = review.starts.count();
            let label = format!("Type {number}, then {}: ", key(Verb::Start));
            let keys = format!("{} dry run, {} back", key(Verb::DryRun), key(Verb::Close));
            let label = (label.as_str(), theme.strong());
            return review.typed.draw(frame, area, label, (&keys, theme.dim()));
        }
        draw_hints(state, frame, area, Line::default(), context);
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
        if let Some(run) = &self.after {
            let run = safe(run.short());
            let text = if number == 1 {
                format!("It leaves once run {run} is cancelled, and never if that fails.")
            } else {
                format!(
                    "They leave once run {run} is cancelled, and never if that fails. Times count \
                     from then."
                )
            };
            say(&text, theme.warn());
        }
        if number == 1 {
            say(&self.cost(state, now), plain);
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
                        "Dry run: {} Nothing was started; {} goes to the fields.",
                        sentence(&safe(why)),
                        state.key(Context::Review, Verb::Close)
                    ),
                    theme.bad(),
                );
            }
        }
        if number == 1 {
            for line in self.differences(&start, theme) {
                say(&line, theme.strong());
            }
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

    /// `region: "emea" → "apac"` for each input that is not what the app takes by itself.
    fn differences(&self, start: &StartRun, theme: Theme) -> Vec<String> {
        let rows = &self.draft.rows;
        let default = |name: &str| {
            rows.iter().find(|row| row.spec.name == name).and_then(|row| row.spec.default.as_ref())
        };
        let arrow = theme.glyph("→", "->");
        let brief = |value: &Value| fit(&safe(text::start(&value.to_string())), VALUE);
        let inputs = start.shown_inputs();
        let differ = inputs.iter().filter(|(name, value)| default(name) != Some(*value));
        let line = |(name, new): (&String, &Value)| {
            let old = default(name).map_or("the app's default".to_owned(), brief);
            format!("{}: {old} {arrow} {}", safe(text::start(name)), brief(new))
        };
        differ.map(line).collect()
    }

    /// What speaks against sending it, without forbidding it.
    fn warnings(&self, state: &State, start: &StartRun, now: Now) -> Vec<String> {
        let server_now = state.model.server_now(now);
        let Some(watched) = state.model.project(&self.project) else { return Vec::new() };
        let forbidden = match &self.after {
            Some(run) => state.model.start_forbidden_after(&self.project, run, now),
            None => state.model.start_forbidden(&self.project, now),
        };
        let forbidden =
            forbidden.map(|why| format!("It would not be sent now: {}.", safe(&why.to_string())));
        let mut warnings: Vec<_> = state
            .model
            .same_active(&self.project, start)
            .iter()
            .filter(|run| !self.is_after(run))
            .map(|run| {
                let age = watched.runs.get(run).and_then(|seen| seen.run.elapsed_at(server_now));
                let age = span(age.unwrap_or(Duration::ZERO));
                let probably = if state.model.is_probable(run) { "probably " } else { "" };
                format!("The same inputs are {probably}already running: {} for {age}", run.short())
            })
            .collect();
        let cancelled = self
            .after
            .iter()
            .filter(|run| watched.runs.get(run).is_some_and(|seen| seen.run.is_active()));
        let active = watched.runs.counts().active().saturating_sub(cancelled.count());
        if warnings.is_empty() && active > 0 {
            let besides = if self.after.is_some() { " besides that one" } else { "" };
            let runs = count(active, "active run");
            warnings.push(format!("This project already has {runs}{besides}."));
        }
        warnings.extend(kernels::warning(state, now));
        forbidden.into_iter().chain(warnings).collect()
    }

    /// Whether it comes after the cancel of this run.
    fn is_after(&self, run: &RunId) -> bool {
        self.after.as_ref() == Some(run)
    }

    fn cost(&self, state: &State, now: Now) -> String {
        let left = state.model.budget().spare(now.boot);
        let when = if self.after.is_some() { String::new() } else { leaves(state, now) };
        format!("Costs 1 request of {left} to spare.{when}")
    }
}

fn leaves(state: &State, now: Now) -> String {
    let departs = state.model.budget().forecast(Kind::Trigger, Priority::Person, 1, now.boot);
    match departs.first() {
        Some(at) if *at > now.boot => {
            format!(" The budget lets it leave in {} s.", State::seconds_until(*at, now))
        }
        _ => " It leaves at once.".to_owned(),
    }
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
