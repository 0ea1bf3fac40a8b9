//! How the journal looks: a line for each entry, the selected one below them, and the keys.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect, Size};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_segmentation::UnicodeSegmentation;

use super::{JournalPane, Page, Typed};
use crate::domain::Now;
use crate::engine::model::{CancelEntry, Start};
use crate::engine::queries::journal_rows::JournalRowId;
use crate::ui::dialog::help::sheet_keys;
use crate::ui::dialog::{room, window};
use crate::ui::text::{self, count, fit, pad, safe};
use crate::ui::{Level, State, started};

/// The widest that the window gets.
const WIDEST: u16 = 140;
/// Width of a glyph and the longest word of a state.
pub(super) const STATE: usize = 16;

/// Widths of the columns, by how much room there is.
pub(super) struct Widths {
    when: usize,
    pub(super) run: usize,
    pub(super) project: usize,
    pub(super) who: usize,
    pub(super) reason: usize,
}

/// An entry as it is drawn.
#[derive(Clone, Copy)]
enum Shown<'a> {
    Start(&'a Start),
    Cancel(&'a CancelEntry),
}

impl<'a> Shown<'a> {
    fn of(state: &'a State, id: JournalRowId) -> Option<Self> {
        match id {
            JournalRowId::Start(ticket) => state.model.start_of(ticket).map(Self::Start),
            JournalRowId::Cancel(id) => state.model.cancel_entry(id).map(Self::Cancel),
        }
    }
}

impl Widths {
    fn of(width: usize) -> Self {
        let when = if width >= 100 { 21 } else { 12 };
        let run = if width >= 60 { 10 } else { 0 };
        let who = match width {
            100.. => 20,
            72.. => 10,
            _ => 0,
        };
        let rest = width.saturating_sub(when + STATE + run + who);
        let reason = if who > 0 { rest / 2 } else { 0 };
        Self { when, run, project: rest - reason, who, reason }
    }
}

/// Where everything is inside the window.
struct Areas {
    heading: Rect,
    list: Rect,
    below: Rect,
    foot: Rect,
}

impl Areas {
    fn of(inside: Rect) -> Self {
        let below = match inside.height {
            0..14 => 2,
            14..20 => 5,
            20..32 => 9,
            _ => 13,
        };
        let [heading, list, below, foot] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Min(1),
            Constraint::Length(below),
            Constraint::Length(1),
        ])
        .areas(inside);
        Self { heading, list, below, foot }
    }
}

impl JournalPane {
    /// Entries that are in sight on a screen of this size.
    pub(crate) fn height(screen: Size) -> usize {
        let inside = room(screen.height).saturating_sub(2);
        usize::from(Areas::of(Rect::new(0, 0, screen.width, inside)).list.height)
    }

    pub(in crate::ui) fn draw(&self, state: &State, frame: &mut Frame<'_>, now: Now) {
        let width = frame.area().width.min(WIDEST);
        let inside = window(state, frame, self.title(), width, u16::MAX);
        let areas = Areas::of(inside);
        match self.page {
            Page::List => self.draw_list(state, frame, &areas, now),
            Page::Details(top) => {
                let width = usize::from(inside.width);
                let lines = match self.selected(state) {
                    Some(Shown::Start(start)) => super::details::lines(state, start, width, now),
                    Some(Shown::Cancel(entry)) => super::cancel::lines(state, entry, width),
                    None => Vec::new(),
                };
                draw_page(frame, inside, areas.foot, lines, top);
            }
            Page::Keys(top) => {
                let lines = sheet_keys(state, &["journal"], usize::from(inside.width));
                draw_page(frame, inside, areas.foot, lines, top);
            }
        }
        self.draw_foot(state, frame, areas.foot);
    }

    fn title(&self) -> String {
        let shown = self.rows.len();
        if matches!(self.page, Page::Details(_)) && shown > 0 {
            let what = if self.cancels == 0 { "start" } else { "entry" };
            return format!(" Journal: {what} {} of {shown} ", self.cursor.index + 1);
        }
        let all = match (self.starts, self.cancels) {
            (0, 0) => return " Journal ".to_owned(),
            (starts, 0) => count(starts, "start"),
            (0, cancels) => count(cancels, "cancel"),
            (starts, cancels) => {
                format!("{} and {}", count(starts, "start"), count(cancels, "cancel"))
            }
        };
        if self.filter.is_empty() {
            return format!(" Journal: {all} ");
        }
        format!(" Journal: {shown} of {all} by /{} ", safe(&self.filter))
    }

    fn selected<'a>(&self, state: &'a State) -> Option<Shown<'a>> {
        Shown::of(state, self.cursor.key?)
    }

    fn draw_list(&self, state: &State, frame: &mut Frame<'_>, areas: &Areas, now: Now) {
        let theme = state.options.theme;
        let width = usize::from(areas.list.width);
        let widths = Widths::of(width);
        let heading = [
            ("WHEN (UTC)", widths.when),
            ("RESULT", STATE),
            ("RUN", widths.run),
            ("PROJECT", widths.project),
            ("WHO", widths.who),
            ("REASON", widths.reason),
        ];
        let heading: String = heading.iter().map(|(name, width)| pad(name, *width)).collect();
        frame.render_widget(Line::styled(heading, theme.dim()), areas.heading);
        let Some(selected) = self.selected(state) else {
            let text = Paragraph::new(self.empty()).wrap(ratatui::widgets::Wrap { trim: true });
            frame.render_widget(text, areas.list.union(areas.below));
            return;
        };
        let rows = self.rows.iter().enumerate().skip(self.cursor.top);
        let lines = rows.take(usize::from(areas.list.height)).filter_map(|(index, id)| {
            let line = match Shown::of(state, *id)? {
                Shown::Start(start) => row(state, start, &widths),
                Shown::Cancel(entry) => cancel_row(state, entry, &widths),
            };
            let here = index == self.cursor.index;
            Some(line.patch_style(if here { theme.selected() } else { Style::new() }))
        });
        frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), areas.list);
        let room = usize::from(areas.below.height);
        let lines = match selected {
            Shown::Start(start) => super::details::brief(state, start, width, room, now),
            Shown::Cancel(entry) => super::cancel::brief(state, entry, width, room),
        };
        frame.render_widget(Paragraph::new(lines), areas.below);
    }

    fn empty(&self) -> &'static str {
        if self.starts + self.cancels > 0 {
            return "No entry matches the filter: / changes it, Esc clears it.";
        }
        "Nothing has been started or cancelled yet. Each start will stand here from before it leaves, \
         and each cancel: when, by whom, with which inputs, why, and what came of it. t on a \
         project starts a run."
    }

    /// What is typed, or what has just happened where the footer cannot be seen, or the keys.
    fn draw_foot(&self, state: &State, frame: &mut Frame<'_>, area: Rect) {
        let theme = state.options.theme;
        let width = usize::from(area.width);
        let (name, field, hint) = match &self.typed {
            Typed::Filter(field) => (
                "FILTER /",
                field,
                self.error.as_deref().unwrap_or("Enter keeps it, Esc clears it"),
            ),
            Typed::Reason(_, field) => {
                ("REASON ", field, "Enter keeps it, Esc leaves it as it was")
            }
            Typed::Nothing => {
                let covered = frame.area().height == room(frame.area().height);
                let notice = state.notice.as_ref().filter(|_| covered);
                let line = match notice {
                    Some(notice) => {
                        let warns = notice.level == Level::Warning;
                        let style = if warns { theme.warn() } else { theme.good() };
                        Line::styled(fit(&safe(&notice.text), width), style)
                    }
                    None => Line::styled(fit(self.keys(width), width), theme.strong()),
                };
                return frame.render_widget(line, area);
            }
        };
        let before: String = field.text().chars().take(field.cursor()).collect();
        let (typed, before) = (safe(field.text()), safe(&before));
        // What does not fit is left out at the beginning: one types at the end.
        let room = width.saturating_sub(text::width(name) + 1);
        let ends = before.grapheme_indices(true).map(|(at, _)| at).chain([before.len()]);
        let start = ends
            .into_iter()
            .find(|at| before.get(*at..).is_some_and(|rest| text::width(rest) <= room));
        let start = start.unwrap_or_default();
        let (before, shown) =
            (before.get(start..).unwrap_or_default(), typed.get(start..).unwrap_or_default());
        let rest = width.saturating_sub(text::width(name) + text::width(shown) + 3);
        let style = if self.error.is_some() { theme.bad() } else { theme.dim() };
        let line = Line::from(vec![
            Span::styled(name, theme.strong()),
            Span::raw(format!("{shown}   ")),
            Span::styled(fit(hint, rest), style),
        ]);
        frame.render_widget(line, area);
        let column = u16::try_from(text::width(name) + text::width(before))
            .unwrap_or(0)
            .min(area.width.saturating_sub(1));
        frame.set_cursor_position(Position::new(area.x + column, area.y));
    }

    fn keys(&self, width: usize) -> &'static str {
        match self.page {
            Page::Keys(_) => "j k scroll   any other key back",
            Page::Details(_) if width < 70 => "T re-run  e reason  y id  Esc back",
            Page::Details(_) => {
                "T re-run  e reason  o open  y copy id  X take back  j k scroll  Esc back"
            }
            Page::List if width < 70 => "Enter details  / filter  ? keys",
            Page::List => {
                "Enter details  / filter  T re-run  e reason  x JSON  c CSV  ? keys  Esc close"
            }
        }
    }
}

/// A page of lines above the foot, from line `top` on.
fn draw_page(frame: &mut Frame<'_>, inside: Rect, foot: Rect, lines: Vec<Line<'static>>, top: u16) {
    let area = Rect { height: inside.height.saturating_sub(foot.height), ..inside };
    let length = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let top = top.min(length.saturating_sub(area.height));
    frame.render_widget(Paragraph::new(lines).scroll((top, 0)), area);
}

/// When an entry was confirmed.
fn when(state: &State, at: jiff::Timestamp, widths: &Widths) -> Span<'static> {
    let year = |at: jiff::Timestamp| at.to_zoned(jiff::tz::TimeZone::UTC).year();
    let format = match widths.when {
        13.. => "%Y-%m-%d %H:%M:%S",
        _ if year(at) == year(state.last.wall) => "%m-%d %H:%M",
        _ => "%Y-%m-%d",
    };
    Span::raw(pad(&at.strftime(format).to_string(), widths.when))
}

/// Who has confirmed an entry. Where there is little room, the domain is what says least.
pub(super) fn who<'a>(who: Option<&'a str>, widths: &Widths) -> &'a str {
    let who = who.unwrap_or("unknown");
    if widths.who < 20 { who.split('@').next().unwrap_or(who) } else { who }
}

fn cancel_row(state: &State, entry: &CancelEntry, widths: &Widths) -> Line<'static> {
    let mut spans = vec![when(state, entry.at, widths)];
    spans.extend(super::cancel::row(state, entry, widths));
    Line::from(spans)
}

fn row(state: &State, start: &Start, widths: &Widths) -> Line<'static> {
    let entry = &start.entry;
    let (result, style) = started::stage(&entry.stage, state.options.theme);
    let cell = |text: &str, width: usize| {
        Span::raw(pad(&fit(&safe(text), width.saturating_sub(1)), width))
    };
    Line::from(vec![
        when(state, entry.at, widths),
        Span::styled(pad(&result, STATE), style),
        cell(entry.stage.run().map_or("", |run| run.short()), widths.run),
        cell(super::details::title(state, entry).as_str(), widths.project),
        cell(who(entry.who.as_deref(), widths), widths.who),
        cell(entry.reason.as_deref().unwrap_or_default(), widths.reason),
    ])
}
