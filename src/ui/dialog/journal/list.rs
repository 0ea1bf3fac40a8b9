//! How the journal looks: a line for each entry, the selected one below them, and the keys.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::{JournalPane, Typed};
use crate::domain::Now;
use crate::engine::model::{CancelEntry, Start};
use crate::engine::queries::journal_rows::JournalRowId;
use crate::ui::command::{Context, Verb};
use crate::ui::layer::Layer as _;
use crate::ui::mouse::{Item, Target, line_of};
use crate::ui::text::{count, fit, safe};
use crate::ui::widget::columns::{Column, draw_headings, row};
use crate::ui::widget::hint_bar::draw_hints;
use crate::ui::widget::window::{room, room_now, window};
use crate::ui::{Level, State, started};

/// The widest that the window gets.
const WIDEST: u16 = 140;
/// Width of a glyph and the longest word of a state.
pub(super) const STATE: usize = 16;

/// The columns, by how much room there is.
pub(super) struct Columns {
    all: [Column; 6],
    /// Widths that decide what is written.
    when: usize,
    who: usize,
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

impl Columns {
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
        let all = [
            Column::new("WHEN (UTC)", when),
            Column::new("RESULT", STATE),
            Column::new("RUN", run).spaced(),
            Column::new("PROJECT", rest - reason).spaced(),
            Column::new("WHO", who).spaced(),
            Column::new("REASON", reason).spaced(),
        ];
        Self { all, when, who }
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
    /// Entries that are in sight.
    pub(crate) fn height(state: &State) -> usize {
        let inside = room_now(state, Context::Journal).saturating_sub(2);
        usize::from(Areas::of(Rect::new(0, 0, state.size.width, inside)).list.height)
    }

    pub(super) fn draw_all(&self, state: &State, frame: &mut Frame<'_>, now: Now) {
        let width = frame.area().width.min(WIDEST);
        let inside = window(state, frame, self.title(), width, u16::MAX);
        let areas = Areas::of(inside);
        if let Some(details) = &self.details {
            let width = usize::from(inside.width);
            let lines = match self.selected(state) {
                Some(Shown::Start(start)) => super::details::lines(state, start, width, now),
                Some(Shown::Cancel(entry)) => super::cancel::lines(state, entry, width),
                None => Vec::new(),
            };
            let height = inside.height.saturating_sub(areas.foot.height);
            details.draw(frame, Rect { height, ..inside }, lines);
        } else {
            self.draw_list(state, frame, &areas, now);
        }
        self.draw_foot(state, frame, areas.foot);
    }

    fn title(&self) -> String {
        let shown = self.rows.len();
        if self.details.is_some() && shown > 0 {
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
        if self.filter.text.is_empty() {
            return format!(" Journal: {all} ");
        }
        format!(" Journal: {shown} of {all} by /{} ", safe(&self.filter.text))
    }

    fn selected<'a>(&self, state: &'a State) -> Option<Shown<'a>> {
        Shown::of(state, self.cursor.key?)
    }

    fn draw_list(&self, state: &State, frame: &mut Frame<'_>, areas: &Areas, now: Now) {
        let theme = state.options.theme;
        let width = usize::from(areas.list.width);
        let columns = Columns::of(width);
        draw_headings(state, frame, areas.heading, Context::Journal, &columns.all);
        let Some(selected) = self.selected(state) else {
            let text =
                Paragraph::new(self.empty(state)).wrap(ratatui::widgets::Wrap { trim: true });
            frame.render_widget(text, areas.list.union(areas.below));
            return;
        };
        let top = self.cursor.top;
        let rows = self.rows.iter().enumerate().skip(top);
        let lines = rows.take(usize::from(areas.list.height)).filter_map(|(index, id)| {
            state.zones.add(line_of(areas.list, index - top), Target::Item(Item::Entry(*id)));
            let line = match Shown::of(state, *id)? {
                Shown::Start(start) => start_row(state, start, &columns),
                Shown::Cancel(entry) => cancel_row(state, entry, &columns),
            };
            let here = index == self.cursor.index;
            Some(if here { theme.select(line) } else { line })
        });
        frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), areas.list);
        let room = usize::from(areas.below.height);
        let lines = match selected {
            Shown::Start(start) => super::details::brief(state, start, width, room, now),
            Shown::Cancel(entry) => super::cancel::brief(state, entry, width, room),
        };
        frame.render_widget(Paragraph::new(lines), areas.below);
    }

    fn empty(&self, state: &State) -> String {
        let key = |verb| state.key(Context::Journal, verb);
        if self.starts + self.cancels > 0 {
            let (change, clear) = (key(Verb::Filter), key(Verb::Close));
            return format!("No entry matches the filter: {change} changes it, {clear} clears it.");
        }
        let start = state.key(Context::Panes, Verb::Trigger);
        format!(
            "Nothing has been started or cancelled yet. Each start will stand here from before it \
             leaves, and each cancel: when, by whom, with which inputs, why, and what came of it. \
             {start} on a project starts a run."
        )
    }

    /// What is typed, or what has just happened where the footer cannot be seen, or the keys.
    fn draw_foot(&self, state: &State, frame: &mut Frame<'_>, area: Rect) {
        let theme = state.options.theme;
        let width = usize::from(area.width);
        let key = |verb| state.key(Context::Line, verb);
        let (keep, leave) = (key(Verb::Accept), key(Verb::Close));
        let strong = theme.strong();
        match &self.typed {
            Typed::Filter(field) => {
                let keys = format!("{keep} keeps it, {leave} clears it");
                let error = self.filter.error.as_deref();
                let hint = error.map_or((keys.as_str(), theme.dim()), |e| (e, theme.bad()));
                field.draw(frame, area, ("FILTER /", strong), hint);
            }
            Typed::Reason(_, field) => {
                let keys = format!("{keep} keeps it, {leave} leaves it as it was");
                field.draw(frame, area, ("REASON ", strong), (&keys, theme.dim()));
            }
            Typed::Nothing => {
                let covered = frame.area().height == room(frame.area().height);
                let Some(notice) = state.notice.as_ref().filter(|_| covered) else {
                    return draw_hints(state, frame, area, Line::default(), self.context());
                };
                let warns = notice.level == Level::Warning;
                let style = if warns { theme.warn() } else { theme.good() };
                let line = Line::styled(fit(&safe(&notice.text), width), style);
                frame.render_widget(line, area);
            }
        }
    }
}

/// When an entry was confirmed.
fn when(state: &State, at: jiff::Timestamp, columns: &Columns) -> Span<'static> {
    let year = |at: jiff::Timestamp| at.to_zoned(jiff::tz::TimeZone::UTC).year();
    let format = match columns.when {
        13.. => "%Y-%m-%d %H:%M:%S",
        _ if year(at) == year(state.last.wall) => "%m-%d %H:%M",
        _ => "%Y-%m-%d",
    };
    Span::raw(at.strftime(format).to_string())
}

/// Who has confirmed an entry. Where there is little room, the domain is what says least.
fn who(who: Option<&str>, columns: &Columns) -> Span<'static> {
    let who = who.unwrap_or("unknown");
    let short = if columns.who < 20 { who.split('@').next().unwrap_or(who) } else { who };
    Span::raw(safe(short))
}

fn cancel_row(state: &State, entry: &CancelEntry, columns: &Columns) -> Line<'static> {
    let (result, style) = started::cancel(entry, state.options.theme);
    let cells = [
        when(state, entry.at, columns),
        Span::styled(result, style),
        Span::raw(entry.run.short()),
        Span::raw(super::cancel::title(state, entry)),
        who(entry.who.as_deref(), columns),
        Span::raw(safe(entry.reason.as_deref().unwrap_or_default())),
    ];
    row(&columns.all, cells)
}

fn start_row(state: &State, start: &Start, columns: &Columns) -> Line<'static> {
    let entry = &start.entry;
    let (result, style) = started::stage(&entry.stage, state.options.theme);
    let cells = [
        when(state, entry.at, columns),
        Span::styled(result, style),
        Span::raw(entry.stage.run().map_or("", |run| run.short())),
        Span::raw(safe(&super::details::title(state, entry))),
        who(entry.who.as_deref(), columns),
        Span::raw(safe(entry.reason.as_deref().unwrap_or_default())),
    ];
    row(&columns.all, cells)
}
