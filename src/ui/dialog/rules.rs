//! The rules in force: what each forbids or does, about which projects, and what it has in hand.

use ratatui::Frame;
use ratatui::text::{Line, Span};

use crate::domain::Now;
use crate::domain::rules::Rule;
use crate::engine::Model;
use crate::engine::model::Automatic;
use crate::engine::sync::countdowns::Counting;
use crate::ui::command::{Context, Verb};
use crate::ui::layer::Layer;
use crate::ui::text::{count, safe, wrap};
use crate::ui::widget::scroll_text::ScrollText;
use crate::ui::widget::window;
use crate::ui::{State, clock};

/// Runs that wait which are named of one rule.
const HELD: usize = 10;
/// The widest that the window gets.
const WIDEST: u16 = 100;

/// The open list.
#[derive(Debug, Default)]
pub(crate) struct RuleList {
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
        Self { text: ScrollText::default(), idle }
    }
}

impl Layer for RuleList {
    fn context(&self) -> Context {
        Context::Rules
    }

    fn text(&mut self) -> Option<&mut ScrollText> {
        Some(&mut self.text)
    }

    fn draw(&self, state: &State, frame: &mut Frame<'_>, now: Now) {
        let width = frame.area().width.min(WIDEST);
        let lines = lines(state, &self.idle, usize::from(width.saturating_sub(2)), now);
        window::page(state, frame, (Context::Rules, "Rules"), width, &self.text, lines);
    }
}

fn lines(state: &State, idle: &[String], width: usize, now: Now) -> Vec<Line<'static>> {
    let (theme, model) = (state.options.theme, &state.model);
    if model.rules().is_empty() {
        let text = "There are no rules in these settings. A rule protects projects, makes them read only, says when and how many runs \
                    may be started, how long runs may take, and which are cancelled by themselves: see `rules` in \
                    the settings.";
        let text = wrap(text, width).into_iter().map(Line::raw);
        return text.chain(counting(state, |_| true, now)).collect();
    }
    let mut lines: Vec<_> = wrap(&activity(state, now), width)
        .into_iter()
        .map(|it| Line::styled(it, theme.dim()))
        .collect();
    for rule in model.rules() {
        lines.push(Line::raw(""));
        let name = Span::styled(safe(&rule.name), theme.strong());
        lines.push(Line::from(vec![name, Span::raw(format!("  {}", about(rule)))]));
        for said in rule.says() {
            let texts = wrap(&safe(&said), width.saturating_sub(2)).into_iter();
            lines.extend(texts.map(|text| Line::raw(format!("  {text}"))));
        }
        if idle.contains(&rule.name) {
            let text = "  names a project that is not known: look at how it is written";
            lines.push(Line::styled(text, theme.warn()));
        }
        lines.extend(counting(state, |of| of == rule.name, now));
        let again = model.rules_go_on_at(now);
        let held = model.held_by_rules().filter(|(_, _, of, _)| *of == rule.name).take(HELD);
        lines.extend(held.map(|(run, project, _, why)| {
            let again = again.map(|at| clock::full(at, &state.options.zone));
            let again = again.map(|at| format!(" until {at}")).unwrap_or_default();
            let of = format!("{} of {}", run.short(), state.title(project));
            Line::styled(
                safe(&format!("  would cancel {of} ({why}), and waits{again}")),
                theme.warn(),
            )
        }));
    }
    let other = |of: &str| !model.rules().iter().any(|rule| rule.name == of);
    lines.extend(counting(state, other, now));
    lines
}

/// The countdowns of some rules.
fn counting(state: &State, of: impl Fn(&str) -> bool, now: Now) -> Vec<Line<'static>> {
    let theme = state.options.theme;
    let all = state.model.countdowns(now.boot).filter(|it| of(&it.countdown.rule));
    let line = |it: &Counting| {
        let elsewhere = if state.model.is_own(it) { "" } else { ", by another hextop" };
        let text = format!(
            "  `{}` cancels {} of {} in {} s{elsewhere}",
            it.countdown.rule,
            it.countdown.run.short(),
            state.title(&it.countdown.project),
            State::seconds_until(it.until(), now)
        );
        Line::styled(safe(&text), theme.bad())
    };
    all.map(line).collect()
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
