//! The budget panel: who uses the requests, how many there are and who says so, and what the next
//! polls are for.

use std::time::Duration;

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::domain::Now;
use crate::engine::budget::Source;
use crate::engine::model::{Health, Poller};
use crate::engine::poll::{NextPoll, Why};
use crate::ui::State;
use crate::ui::age::FRESHLY;
use crate::ui::command::Context;
use crate::ui::layer::Layer;
use crate::ui::text::{age, count, pad, safe, span, wrap};
use crate::ui::widget::scroll_text::ScrollText;
use crate::ui::widget::window;

/// Width of the column of names.
const NAMES: usize = 8;
/// Next polls that are told.
const POLLS: usize = 6;
/// Cells of a gauge.
const CELLS: u32 = 16;

/// The open budget panel.
#[derive(Debug, Default)]
pub(crate) struct BudgetPanel {
    text: ScrollText,
}

impl Layer for BudgetPanel {
    fn context(&self) -> Context {
        Context::Budget
    }

    fn text(&mut self) -> Option<&mut ScrollText> {
        Some(&mut self.text)
    }

    fn draw(&self, state: &State, frame: &mut Frame<'_>, now: Now) {
        let width = frame.area().width.min(96);
        let page = Page { state, now, width: usize::from(width.saturating_sub(2)) };
        let lines = page.lines();
        window::page(state, frame, (Context::Budget, "Budget"), width, &self.text, lines);
    }
}

/// What the panel is drawn from.
struct Page<'a> {
    state: &'a State,
    now: Now,
    width: usize,
}

impl Page<'_> {
    fn lines(&self) -> Vec<Line<'static>> {
        let theme = self.state.options.theme;
        let mut lines = self.trouble();
        lines.extend(self.minute());
        lines.extend(self.hour());
        let (persons, cancels) = self.state.model.budget().kept();
        let kept = format!("{persons} a minute for persons, {cancels} of them only for cancels");
        lines.extend(self.entry("kept", &kept, Style::new()));
        let (text, style) = self.door();
        lines.extend(self.entry("state", &text, style));
        if let Some((text, style)) = self.sharing() {
            lines.extend(self.entry("shared", &text, style));
        }
        lines.extend(self.entry("seen", &self.seen(), Style::new()));
        lines.push(Line::default());
        lines.push(Line::styled(self.heading(), theme.strong()));
        lines.extend(self.polls());
        lines
    }

    /// A name and what there is to say about it, in as many lines as that takes.
    fn entry(&self, name: &str, text: &str, style: Style) -> Vec<Line<'static>> {
        let texts = wrap(text, self.width.saturating_sub(NAMES)).into_iter().enumerate();
        let row = |(index, text): (usize, String)| {
            let name = if index == 0 { name } else { "" };
            let name = Span::styled(pad(name, NAMES), self.state.options.theme.strong());
            Line::from(vec![name, Span::styled(text, style)])
        };
        texts.map(row).collect()
    }

    /// A name, how much of a limit is used as a bar, and the rest of it.
    fn gauge(&self, name: &str, used: u32, limit: u32, rest: &str) -> Vec<Line<'static>> {
        let theme = self.state.options.theme;
        let filled = used.saturating_mul(CELLS).div_ceil(limit.max(1)).min(CELLS) as usize;
        let bar = theme.glyph("█", "#").repeat(filled)
            + &theme.glyph("░", ".").repeat(CELLS as usize - filled);
        let bar = if self.width < 60 { String::new() } else { bar + "  " };
        self.entry(name, &format!("{bar}{used} of {limit}{rest}"), Style::new())
    }

    fn minute(&self) -> Vec<Line<'static>> {
        let (budget, now) = (self.state.model.budget(), self.now);
        let resets = budget.resets(now.boot).map_or_else(String::new, |at| {
            format!(", resets in {} s", State::seconds_until(at, now).min(60))
        });
        let used = budget.used_by(now.boot);
        let mut lines = self.gauge("minute", budget.used(now.boot), budget.limit(), &resets);
        // The start, too, asks as a person would: somebody waits for the first screen.
        let who = format!(
            "polls {}, persons and the start {}, others {}",
            used.polls, used.persons, used.others
        );
        lines.extend(self.entry("", &who, Style::new()));
        let limit = budget.limit();
        let source = match budget.limit_source() {
            Source::Documented => {
                format!("{limit} is the smaller limit that Hex documents: no reply has said more")
            }
            Source::Settings => format!("{limit} is all that requests_per_minute allows"),
            Source::Headers => format!("{limit} is what Hex's replies state"),
            Source::Remaining => format!("{limit} is the most that Hex's replies have shown"),
            Source::Refusal => {
                format!("{limit} after a refusal (429): it rises while there is none")
            }
        };
        lines.extend(self.entry("", &source, self.state.options.theme.dim()));
        lines
    }

    fn hour(&self) -> Vec<Line<'static>> {
        let (budget, now) = (self.state.model.budget(), self.now.boot);
        let used = budget.hour_used_by(now);
        let limit = budget.hour_limit(now);
        let mut lines = self.gauge("hour", used.polls + used.persons, limit, "");
        let who =
            format!("polls {}, persons and the start {}, others unknown", used.polls, used.persons);
        lines.extend(self.entry("", &who, Style::new()));
        let source = match budget.hour_told(now) {
            Some(_) => format!("{limit} was told by Hex within the last hour"),
            None => format!("{limit} is sixty times the minute's: Hex has told none"),
        };
        lines.extend(self.entry("", &source, self.state.options.theme.dim()));
        lines
    }

    /// Whether Hex lets anything in.
    fn door(&self) -> (String, Style) {
        let (theme, now) = (self.state.options.theme, self.now);
        match self.state.model.health(now.boot) {
            Health::Locked { until } => {
                let wait = State::seconds_until(until, now);
                (
                    format!("locked out (429): polls wait {wait} s; a cancel tries before"),
                    theme.bad(),
                )
            }
            Health::Offline { next, .. } => {
                let wait = State::seconds_until(next, now);
                (format!("cut off: the next try is in {wait} s"), theme.bad())
            }
            Health::TokenDoubted { next, .. } => {
                let wait = State::seconds_until(next, now);
                (format!("Hex refused the token (401): tried again in {wait} s"), theme.bad())
            }
            Health::TokenRefused => {
                ("the token is refused: nothing is asked".to_owned(), theme.bad())
            }
            Health::Starting => ("nothing has been answered yet".to_owned(), theme.warn()),
            Health::Live { .. } => ("not locked out".to_owned(), theme.good()),
        }
    }

    /// Why nobody knows who else spends from the budget, where that is so. It comes before all
    /// else, because it changes what the rest means.
    fn trouble(&self) -> Vec<Line<'static>> {
        let (model, theme) = (&self.state.model, self.state.options.theme);
        let (what, style) = match model.store_trouble() {
            Some(reason) => (format!("the store fails ({})", safe(reason)), theme.bad()),
            None if model.is_store_busy() => ("the store is busy".to_owned(), theme.warn()),
            None => return Vec::new(),
        };
        let text = format!(
            "{what}: the budget is kept at {}, and other hextop processes are not seen; cancels \
             still leave at once",
            part(model.budget().strangers())
        );
        self.entry("shared", &text, style)
    }

    /// Who else spends from the budget, and who of all polls.
    fn sharing(&self) -> Option<(String, Style)> {
        let (theme, model, now) = (self.state.options.theme, &self.state.model, self.now.boot);
        if model.store_trouble().is_some() || model.is_store_busy() {
            return None;
        }
        let polls = match model.poller(now) {
            Poller::Unshared => return None,
            Poller::Nobody => "nobody polls yet",
            Poller::Here => "this one polls",
            Poller::Elsewhere => "another one polls",
            Poller::Both => "another one polls, and this one what that one does not watch",
        };
        let mut text = match model.processes(now) {
            1 => format!("with no other hextop process; {polls}"),
            number => format!("by {number} hextop processes in the last minute; {polls}"),
        };
        let mut style = Style::new();
        let strangers = model.budget().strangers();
        if strangers > 1 {
            let part = part(strangers);
            text += &format!("; the store failed: for a minute more the budget is kept at {part}");
            style = theme.warn();
        }
        Some((text, style))
    }

    fn seen(&self) -> String {
        let model = &self.state.model;
        let (seen, of) = model.seen_within(FRESHLY, self.now.boot);
        let text =
            format!("{seen} of {} in the last {} s", count(of, "project"), FRESHLY.as_secs());
        let Some(oldest) = model.longest_unseen() else { return text };
        let title = safe(&oldest.project.title);
        match oldest.read {
            Some(at) => {
                let ago = span(self.now.boot.saturating_sub(at));
                format!("{text}; longest ago, {ago}: {title}")
            }
            None => format!("{text}; never yet: {title}"),
        }
    }

    fn heading(&self) -> String {
        let model = &self.state.model;
        if model.is_incident() {
            return format!("Next polls (incident: only {} pinned)", model.pins_in_sight());
        }
        "Next polls".to_owned()
    }

    fn polls(&self) -> Vec<Line<'static>> {
        if self.state.model.poller(self.now.boot) == Poller::Elsewhere {
            let text = "another hextop process plans them";
            return self.entry(
                self.state.options.theme.glyph("–", "-"),
                text,
                self.state.options.theme.dim(),
            );
        }
        let polls = self.state.model.next_polls(POLLS, self.now);
        if polls.is_empty() {
            return self.entry("–", "none is planned", self.state.options.theme.dim());
        }
        polls.iter().flat_map(|poll| self.poll(poll)).collect()
    }

    fn poll(&self, poll: &NextPoll) -> Vec<Line<'static>> {
        let wait = match State::seconds_until(poll.at, self.now) {
            0 => "now".to_owned(),
            wait => format!("in {wait}s"),
        };
        let title = self.state.title(&poll.project);
        let server_now = self.state.model.server_now(self.now);
        let looked = self.state.model.project(&poll.project).and_then(|watched| watched.looked);
        let unseen = looked.map(|at| poll.at.saturating_sub(at));
        let text = format!("{title}: {}", reason(&poll.why, unseen, server_now));
        self.entry(&wait, &text, Style::new())
    }
}

/// The part of the limit that is left to one of `count` processes.
fn part(count: u32) -> String {
    match count {
        2 => "half".to_owned(),
        count => format!("1/{count}"),
    }
}

/// Why a poll is made, for a person; `unseen` is how long ago the last look will be then.
fn reason(why: &Why, unseen: Option<Duration>, server_now: Timestamp) -> String {
    match why {
        Why::Unsettled => "what you did there is not settled yet".to_owned(),
        Why::Selected => "it is selected".to_owned(),
        Why::Pinned => "it is pinned".to_owned(),
        Why::Unseen => "its runs were never read".to_owned(),
        Why::Scheduled(at) => {
            let fires = if *at > server_now { "fires" } else { "fired" };
            format!("its schedule {fires} at {}", at.strftime("%H:%M:%SZ"))
        }
        Why::RunEndsAbout(run) => format!("run {} expected to end about now", safe(run.short())),
        Why::Overdue(run) => format!("run {} goes on for longer than usual", safe(run.short())),
        Why::Often { per_hour } if *per_hour >= 1.5 => {
            format!("about {per_hour:.0} runs an hour start there")
        }
        Why::Often { .. } => "a run may have started there".to_owned(),
        Why::Oldest => match unseen {
            Some(ago) => format!("not looked at for {}", age(ago)),
            None => "its runs were never read".to_owned(),
        },
    }
}
