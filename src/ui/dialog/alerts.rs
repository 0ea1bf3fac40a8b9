//! The alerts: what a person was told of, the newest first.

use ratatui::Frame;
use ratatui::text::{Line, Span};

use crate::domain::Now;
use crate::engine::alerts::{AlertItem, AlertKind};
use crate::ui::command::{Context, Verb};
use crate::ui::layer::Layer;
use crate::ui::text::{count, safe, wrap};
use crate::ui::widget::scroll_text::ScrollText;
use crate::ui::widget::window;
use crate::ui::{State, clock};

/// The widest that the window gets.
const WIDEST: u16 = 100;
/// Runs that are named of one alert.
const NAMED: usize = 8;

/// The open list.
#[derive(Debug, Default)]
pub(crate) struct AlertList {
    text: ScrollText,
}

impl Layer for AlertList {
    fn context(&self) -> Context {
        Context::Alerts
    }

    fn text(&mut self) -> Option<&mut ScrollText> {
        Some(&mut self.text)
    }

    fn draw(&self, state: &State, frame: &mut Frame<'_>, _now: Now) {
        let width = frame.area().width.min(WIDEST);
        let lines = lines(state, usize::from(width.saturating_sub(2)));
        window::page(state, frame, (Context::Alerts, "Alerts"), width, &self.text, lines);
    }
}

fn lines(state: &State, width: usize) -> Vec<Line<'static>> {
    let theme = state.options.theme;
    let [runs, projects] = state.model.watched();
    let rules = match state.model.watched_rules() {
        0 => String::new(),
        number => format!(" and {}", count(number, "rule")),
    };
    let between = if rules.is_empty() { " and" } else { "," };
    let (runs, projects) = (count(runs, "run"), count(projects, "project"));
    let watched = format!("{runs}{between} {projects}{rules} watched");
    let watched = Line::styled(watched, theme.dim());
    if state.watching.alerts.is_empty() {
        let watch = state.key(Context::Panes, Verb::Watch);
        let text = format!(
            "Nothing was told yet. You are told when a run gets out of hand or its cancel is stuck, and of what you watch: {watch} on a \
             run tells of its end, {watch} on a project of its failures."
        );
        let text = wrap(&text, width).into_iter().map(Line::raw);
        return [watched].into_iter().chain(text).collect();
    }
    let mut lines = vec![watched];
    for alert in &state.watching.alerts {
        let at = clock::full(alert.at, &state.options.zone);
        let style = match alert.items.first().map(|item| item.kind) {
            Some(kind) if kind <= AlertKind::Unrepeated => theme.bad(),
            _ => theme.strong(),
        };
        let text = format!("{at}  {}", safe(&alert.words_on_screen()));
        lines.extend(wrap(&text, width).into_iter().map(|line| Line::styled(line, style)));
        lines.extend(alert.items.iter().take(NAMED).map(|item| line_of(item)));
        let rest = alert.items.len().saturating_sub(NAMED) + alert.more;
        if rest > 0 {
            lines.push(Line::styled(format!("  and {}", count(rest, "more run")), theme.dim()));
        }
    }
    lines
}

fn line_of(item: &AlertItem) -> Line<'static> {
    Line::from(vec![Span::raw(format!(
        "  {}  {}  {}",
        safe(item.label()),
        safe(&item.title),
        safe(item.what())
    ))])
}
