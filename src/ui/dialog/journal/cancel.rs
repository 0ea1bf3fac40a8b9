//! A cancel of the journal: its row, and all that is known of it.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::engine::model::CancelEntry;
use crate::ui::text::{count, fold, pad, safe};
use crate::ui::{State, started};

/// Width of the column of names.
const NAMES: usize = 10;

/// What the project was called then, or what it is called now.
pub(super) fn title(state: &State, entry: &CancelEntry) -> String {
    if entry.title.is_empty() { state.title(&entry.project) } else { safe(&entry.title) }
}

/// All of it.
pub(super) fn lines(state: &State, entry: &CancelEntry, width: usize) -> Vec<Line<'static>> {
    let theme = state.options.theme;
    let (word, style) = started::cancel(entry, theme);
    let result = match entry.why() {
        Some(why) => format!("{word}: {}", safe(&why)),
        None => word,
    };
    let clock = |at: jiff::Timestamp| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let rule = entry.rule.as_deref().filter(|_| !entry.is_kept());
    let who = match (rule, entry.who.as_deref()) {
        (Some(rule), _) => format!("the rule `{}`", safe(rule)),
        (None, Some(who)) => safe(who),
        (None, None) => "somebody unknown".to_owned(),
    };
    let confirmed = if rule.is_some() { "ordered" } else { "confirmed" };
    let here = if entry.by == state.model.session() { ", in this hextop" } else { "" };
    let seen = state.model.run(&entry.project, &entry.run);
    let status = seen.map_or_else(String::new, |seen| {
        let status = &seen.run.status;
        format!(", {} {}", theme.status_glyph(status), safe(status.word()))
    });
    let requests = match entry.tries {
        0 => "no request, as far as the journal knows".to_owned(),
        tries => count(usize::try_from(tries).unwrap_or(usize::MAX), "request"),
    };
    let changed = entry.changed.map_or("unknown".to_owned(), clock);
    let project = format!("{} ({})", title(state, entry), safe(entry.project.as_str()));
    let reason = entry.reason.as_deref().map_or("none written down".to_owned(), safe);
    let facts = [
        ("result", result, style),
        ("run", format!("{}{status}", safe(entry.run.as_str())), Style::new()),
        ("project", project, Style::new()),
        ("reason", reason, Style::new()),
        (confirmed, format!("{} by {who}{here}", clock(entry.at)), Style::new()),
        ("sent", requests, Style::new()),
        ("since", changed, Style::new()),
        ("entry", entry.id.to_string(), theme.dim()),
    ];
    let wrapped = |(name, text, style): (&'static str, String, Style)| {
        let texts = fold(&text, width.saturating_sub(NAMES)).into_iter().enumerate();
        texts
            .map(|(index, text)| {
                let name = if index == 0 { name } else { "" };
                Line::from(vec![
                    Span::styled(pad(name, NAMES), theme.strong()),
                    Span::styled(text, style),
                ])
            })
            .collect::<Vec<_>>()
    };
    facts.into_iter().flat_map(wrapped).collect()
}

/// As much of it as `room` lines hold.
pub(super) fn brief(
    state: &State,
    entry: &CancelEntry,
    width: usize,
    room: usize,
) -> Vec<Line<'static>> {
    let theme = state.options.theme;
    let rule = Line::styled(theme.glyph("─", "-").repeat(width), theme.dim());
    std::iter::once(rule).chain(lines(state, entry, width)).take(room).collect()
}
