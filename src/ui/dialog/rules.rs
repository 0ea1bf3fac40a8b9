//! The rules in force: what each forbids or does, about which projects, and what it has in hand. One of them is
//! selected, by its name, and can be watched; where it has more lines than fit, those in sight are moved first.

use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::domain::Now;
use crate::domain::rules::Rule;
use crate::engine::model::Automatic;
use crate::engine::sync::countdowns::Counting;
use crate::engine::{Intent, Model};
use crate::ui::command::{Command, Context, Verb};
use crate::ui::layer::{Cx, Layer, Outcome};
use crate::ui::text::{count, safe, width as width_of, wrap};
use crate::ui::widget::scroll_text::{ScrollText, moved};
use crate::ui::widget::window;
use crate::ui::{State, clock};

/// Runs that wait which are named of one rule.
const HELD: usize = 10;
/// How many rules a page of them moves on.
const PAGE: usize = 5;
/// The widest that the window gets.
const WIDEST: u16 = 100;

/// The open list.
#[derive(Debug, Default)]
pub(crate) struct RuleList {
    /// The name of the selected rule; the first where there is none of that name.
    at: Option<String>,
    /// Which lines of the selected rule are in sight, where not all fit.
    text: ScrollText,
    /// Names of rules that named no known project when it was opened.
    idle: Vec<String>,
}

impl RuleList {
    /// The rules as they are.
    pub(crate) fn of(model: &Model) -> Self {
        // Before the list is read nobody knows.
        let idle = if model.is_listed() { model.idle_rules() } else { Vec::new() };
        let idle = idle.into_iter().map(|rule| rule.name.clone()).collect();
        Self { at: None, text: ScrollText::default(), idle }
    }

    /// Where the selected rule is among the rules.
    fn place(&self, model: &Model) -> usize {
        let is_it = |rule: &Rule| Some(&rule.name) == self.at.as_ref();
        model.rules().iter().position(is_it).unwrap_or(0)
    }
}

/// Lines, and which of them are about the selected rule; with the first rule go those above it.
#[derive(Default)]
struct Shown {
    lines: Vec<Line<'static>>,
    selected: std::ops::Range<usize>,
}

impl Shown {
    /// The first line in sight where so many fit: the selected rule is, from its beginning on or from where
    /// `text` has come to.
    fn top(&self, text: &ScrollText, room: usize) -> usize {
        let top = self.selected.end.saturating_sub(room).min(self.selected.start);
        top + text.top(self.selected.len(), room)
    }
}

impl Layer for RuleList {
    fn context(&self) -> Context {
        Context::Rules
    }

    fn why_not(&self, verb: Verb, state: &State) -> Option<String> {
        let is_empty = verb == Verb::Watch && state.model.rules().is_empty();
        is_empty.then(|| "there is no rule to watch".to_owned())
    }

    fn run(&mut self, command: &Command, cx: &mut Cx<'_>) -> Outcome {
        let (model, verb) = (&cx.state.model, command.verb);
        let here = self.place(model);
        if let Some(place) = moved(verb, here, PAGE) {
            let rules = model.rules();
            let place = place.min(rules.len().saturating_sub(1));
            // To an end of the list leads one key; what is on the way is read to its end first.
            let leaves = place != here && matches!(verb, Verb::Top | Verb::Bottom);
            if !leaves && self.text.has_moved(verb) {
                return Outcome::Consumed;
            }
            if place != here {
                self.at = rules.get(place).map(|rule| rule.name.clone());
                self.text.reset();
            }
            return Outcome::Consumed;
        }
        match verb {
            Verb::Close => Outcome::Close,
            Verb::Watch => {
                let Some(name) = model.rules().get(here).map(|rule| rule.name.clone()) else {
                    return Outcome::Ignored;
                };
                let shown = safe(&name);
                cx.inform(if model.watches_rule(&name) {
                    format!("the rule `{shown}` is watched no longer")
                } else {
                    format!("the rule `{shown}` is watched: you are told what it does")
                });
                cx.intend(Intent::WatchRule(name));
                Outcome::Consumed
            }
            _ => Outcome::Ignored,
        }
    }

    fn draw(&self, state: &State, frame: &mut Frame<'_>, now: Now) {
        let width = frame.area().width.min(WIDEST);
        let inner = usize::from(width.saturating_sub(2));
        let shown = lines(state, &self.idle, self.place(&state.model), inner, now);
        let key = |verb| state.key(Context::Rules, verb);
        let title = match state.model.rules().len() {
            0 => format!(" Rules: {} closes ", key(Verb::Close)),
            _ => format!(" Rules: {} closes, {} watches one ", key(Verb::Close), key(Verb::Watch)),
        };
        let height = u16::try_from(shown.lines.len()).unwrap_or(u16::MAX).saturating_add(2);
        let inside = window::window(state, frame, title, width, height);
        let room = usize::from(inside.height);
        let top = shown.top(&self.text, room);
        let lines: Vec<_> = shown.lines.into_iter().skip(top).take(room).collect();
        frame.render_widget(Paragraph::new(lines), inside);
    }
}

fn lines(state: &State, idle: &[String], at: usize, width: usize, now: Now) -> Shown {
    let (theme, model) = (state.options.theme, &state.model);
    if model.rules().is_empty() {
        let text = "There are no rules in these settings. A rule protects projects, makes them read only, says when and how many runs \
                    may be started, how long runs may take, and which are cancelled by themselves: see `rules` in \
                    the settings.";
        let text = wrap(text, width).into_iter().map(Line::raw);
        let lines: Vec<_> = text.chain(counting(state, |_| true, width, now)).collect();
        return Shown { selected: 0..lines.len(), lines };
    }
    let mut selected = 0..0;
    let mut lines: Vec<_> = wrap(&activity(state, now), width)
        .into_iter()
        .map(|it| Line::styled(it, theme.dim()))
        .collect();
    for (place, rule) in model.rules().iter().enumerate() {
        lines.push(Line::raw(""));
        let start = if place == 0 { 0 } else { lines.len() };
        lines.extend(heading(state, rule, place == at, width));
        let indented = |text: &str, style| indented(text, width, style);
        lines.extend(rule.says().iter().flat_map(|said| indented(said, Style::new())));
        if idle.contains(&rule.name) {
            let text = "names a project that is not known: look at how it is written";
            lines.extend(indented(text, theme.warn()));
        }
        lines.extend(counting(state, |of| of == rule.name, width, now));
        let again = model.rules_go_on_at(now);
        let held = model.held_by_rules().filter(|(_, _, of, _)| *of == rule.name).take(HELD);
        lines.extend(held.flat_map(|(run, project, _, why)| {
            let again = again.map(|at| clock::full(at, &state.options.zone));
            let again = again.map(|at| format!(" until {at}")).unwrap_or_default();
            let of = format!("{} of {}", run.short(), state.title(project));
            indented(&format!("would cancel {of} ({why}), and waits{again}"), theme.warn())
        }));
        if place == at {
            selected = start..lines.len();
        }
    }
    // What belongs to no rule of these stands behind the last.
    let is_last = at + 1 == model.rules().len();
    let other = |of: &str| !model.rules().iter().any(|rule| rule.name == of);
    lines.extend(counting(state, other, width, now));
    if is_last {
        selected.end = lines.len();
    }
    Shown { lines, selected }
}

/// The name of a rule, what it is about and whether it is watched: in one line where that fits.
fn heading(state: &State, rule: &Rule, is_selected: bool, width: usize) -> Vec<Line<'static>> {
    let theme = state.options.theme;
    let mark = if is_selected { theme.glyph("▌", ">") } else { " " };
    let (name, about) = (safe(&rule.name), about(rule));
    let watched = if state.model.watches_rule(&rule.name) { "watched" } else { "" };
    let one = [mark, &name, "  ", &about, "  ", watched];
    if one.into_iter().map(width_of).sum::<usize>() <= width {
        let name = Span::styled(format!("{mark}{name}"), theme.strong());
        let watched = Span::styled(format!("  {watched}"), theme.good());
        return vec![Line::from(vec![name, Span::raw(format!("  {about}")), watched])];
    }
    let names = wrap(&name, width.saturating_sub(1)).into_iter();
    let mut lines: Vec<_> =
        names.map(|name| Line::styled(format!("{mark}{name}"), theme.strong())).collect();
    lines.extend(indented(&about, width, Style::new()));
    if !watched.is_empty() {
        lines.extend(indented(watched, width, theme.good()));
    }
    lines
}

/// A text below the name of a rule.
fn indented(text: &str, width: usize, style: Style) -> Vec<Line<'static>> {
    let lines = wrap(&safe(text), width.saturating_sub(2)).into_iter();
    lines.map(|text| Line::styled(format!("  {text}"), style)).collect()
}

/// The countdowns of some rules.
fn counting(
    state: &State,
    of: impl Fn(&str) -> bool,
    width: usize,
    now: Now,
) -> Vec<Line<'static>> {
    let theme = state.options.theme;
    let all = state.model.countdowns(now.boot).filter(|it| of(&it.countdown.rule));
    let line = |it: &Counting| {
        let elsewhere = if state.model.is_own(it) { "" } else { ", by another hextop" };
        let text = format!(
            "`{}` cancels {} of {} in {} s{elsewhere}",
            it.countdown.rule,
            it.countdown.run.short(),
            state.title(&it.countdown.project),
            State::seconds_until(it.until(), now)
        );
        indented(&text, width, theme.bad())
    };
    all.flat_map(line).collect()
}

/// What rules do here by themselves.
fn activity(state: &State, now: Now) -> String {
    let (done, most) = state.model.cancels_by_rules(now);
    let keep = state.key(Context::Panes, Verb::Keep);
    match state.model.automatic() {
        _ if !state.model.rules().iter().any(Rule::cancels) => {
            "No rule cancels runs by itself.".to_owned()
        }
        Automatic::Off => "This hextop cancels nothing by itself.".to_owned(),
        Automatic::DryRun => "This hextop only says what rules would do.".to_owned(),
        Automatic::On => format!(
            "Rules have cancelled {} in the last hour, of {most} at most. {keep} keeps a run that one \
             is about to cancel.",
            count(done, "run")
        ),
    }
}

fn about(rule: &Rule) -> String {
    if rule.projects.is_empty() {
        return "all projects".to_owned();
    }
    let projects: Vec<_> = rule.projects.iter().map(|it| safe(it.text())).collect();
    projects.join(", ")
}
