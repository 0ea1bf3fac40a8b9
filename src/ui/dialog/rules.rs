//! The rules in force: what each forbids or does, about which projects, and what it has in hand.

use ratatui::Frame;
use ratatui::text::{Line, Span};

use crate::domain::Now;
use crate::domain::rules::Rule;
use crate::engine::model::Automatic;
use crate::ui::State;
use crate::ui::command::{Context, Verb};
use crate::ui::layer::Layer;
use crate::ui::text::{count, safe, wrap};
use crate::ui::widget::scroll_text::ScrollText;
use crate::ui::widget::window;

/// The widest that the window gets.
const WIDEST: u16 = 100;

/// The open list.
#[derive(Debug, Default)]
pub(crate) struct RuleList {
    text: ScrollText,
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
        let lines = lines(state, usize::from(width.saturating_sub(2)), now);
        window::page(state, frame, (Context::Rules, "Rules"), width, &self.text, lines);
    }
}

fn lines(state: &State, width: usize, now: Now) -> Vec<Line<'static>> {
    let (theme, model) = (state.options.theme, &state.model);
    if model.rules().is_empty() {
        let text = "There are no rules. A rule protects projects, makes them read only, says when and how many runs \
                    may be started, how long runs may take, and which are cancelled by themselves: see `rules` in \
                    the settings.";
        return wrap(text, width).into_iter().map(Line::raw).collect();
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
            lines.extend(wrap(&format!("  {}", safe(&said)), width).into_iter().map(Line::raw));
        }
        let of_rule = model.countdowns(now.boot).filter(|it| it.countdown.rule == rule.name);
        for counting in of_rule {
            let text = format!(
                "  cancels {} of {} in {} s",
                counting.countdown.run.short(),
                state.title(&counting.countdown.project),
                State::seconds_until(counting.until(), now)
            );
            lines.push(Line::styled(safe(&text), theme.bad()));
        }
    }
    lines
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
