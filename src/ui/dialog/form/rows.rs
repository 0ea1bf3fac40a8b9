//! How the fields look: a line for each, what is wrong under it, and more about the one in focus.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::list::{self, List};
use super::{Cell, Form, Page};
use crate::domain::inputs::{ParamRow, Place};
use crate::domain::{Now, ParamKind};
use crate::ui::State;
use crate::ui::command::{Context, Verb};
use crate::ui::mouse::{Item, Target, line_of};
use crate::ui::text::{self, fit, pad, safe, wrap};
use crate::ui::theme::Theme;

const KIND: usize = 9;
/// The same where a row says how many values it holds.
const KIND_MANY: usize = 15;
const ORIGIN: usize = 9;
/// Values shown at once below a field.
const LIST: usize = 6;

/// The columns at a width.
#[derive(Clone, Copy)]
struct Columns {
    name: usize,
    kind: usize,
    value: usize,
    origin: usize,
}

impl Columns {
    fn of(width: usize, kind: usize) -> Self {
        let name = (width / 3).min(22);
        let origin = if width < 60 { 0 } else { ORIGIN + 1 };
        Self { name, kind, value: width.saturating_sub(name + kind + 2 + origin), origin }
    }

    fn value_at(self) -> usize {
        self.name + self.kind + 2
    }
}

/// The lines of the page, and where the focus is among them.
#[derive(Default)]
struct FormLines {
    lines: Vec<Line<'static>>,
    /// First and last line of what is in focus.
    focus: (usize, usize),
    /// The lines that the mouse finds, and what they are.
    items: Vec<(usize, Item)>,
}

impl FormLines {
    /// Adds a line that can be clicked.
    fn add(&mut self, line: Line<'static>, item: Item) {
        self.items.push((self.lines.len(), item));
        self.lines.push(line);
    }
}

impl Form {
    pub(super) fn draw_rows(&self, state: &State, frame: &mut Frame<'_>, area: Rect, now: Now) {
        let theme = state.options.theme;
        let width = usize::from(area.width);
        let several = self.draft.rows.iter().any(ParamRow::is_several);
        let columns = Columns::of(width, if several { KIND_MANY.min(width / 4) } else { KIND });
        let head = self.head(state, width, now);
        let mut page = FormLines::default();
        self.add_table(&mut page, theme, width);
        for index in 0..self.draft.rows.len() {
            self.add_row(&mut page, theme, index, columns, width);
        }
        self.add_options(&mut page, theme, columns, width);
        let fixed = head.len().min(usize::from(area.height).saturating_sub(3));
        let room = usize::from(area.height).saturating_sub(fixed);
        // What is in focus stays in sight, with what stands under it as far as there is room.
        let (first, last) = page.focus;
        let skip = (last + 1).saturating_sub(room).min(first);
        for (line, item) in page.items {
            let Some(line) = line.checked_sub(skip).filter(|line| *line < room) else { continue };
            state.zones.add(line_of(area, fixed + line), Target::Item(item));
        }
        let body = page.lines.into_iter().skip(skip).take(room);
        let shown: Vec<_> = head.into_iter().take(fixed).chain(body).collect();
        frame.render_widget(Paragraph::new(shown), area);
        if let (Some(column), Page::Edit, None) =
            (self.cursor_column(theme, columns, width), &self.page, &self.list)
        {
            let y = area.y + u16::try_from(fixed + first - skip).unwrap_or(0);
            let x = area.x + u16::try_from(column).unwrap_or(0);
            let inside = Position::new(x.min(area.right() - 1), y.min(area.bottom() - 1));
            frame.set_cursor_position(inside);
        }
    }

    fn add_row(
        &self,
        page: &mut FormLines,
        theme: Theme,
        index: usize,
        columns: Columns,
        width: usize,
    ) {
        let Some(row) = self.draft.rows.get(index) else { return };
        let focused = self.place == Place::Row(index);
        let first = page.lines.len();
        page.add(self.row_line(theme, row, focused, columns), Item::Field(Place::Row(index)));
        if let Some(list) = self.list.as_ref().filter(|_| focused) {
            add_list(page, theme, list, row, columns, width);
        } else if let Some(reason) = self.error_of(index) {
            let text = format!("{} {}", theme.glyph("↑", "^"), safe(text::start(&reason)));
            for line in wrap(&text, width.saturating_sub(2)) {
                page.lines.push(Line::styled(format!("  {line}"), theme.bad()));
            }
        }
        if focused {
            let hint = self.hint(row, columns.origin == 0);
            if !hint.is_empty() && self.list.is_none() {
                page.lines.push(Line::styled(fit(&format!("    {hint}"), width), theme.dim()));
            }
            page.focus = (first, page.lines.len() - 1);
        }
    }

    /// The loaded file, as what it is.
    fn add_table(&self, page: &mut FormLines, theme: Theme, width: usize) {
        let Some(words) = self.table_words() else { return };
        let focused = self.place == Place::Table;
        let style = if focused { theme.badge() } else { theme.strong() };
        let line = Line::styled(pad(&safe(&words), width), style);
        page.add(line, Item::Field(Place::Table));
        if focused {
            let hint = format!("    each line is a start · {}", self.table_keys());
            page.lines.push(Line::styled(fit(&hint, width), theme.dim()));
            page.focus = (0, 1);
        }
    }

    fn row_line(
        &self,
        theme: Theme,
        row: &ParamRow,
        focused: bool,
        columns: Columns,
    ) -> Line<'static> {
        let table = self.draft.table_of(row);
        let is_set = row.set || table.is_some();
        let locked = self.draft.excludes_inputs().is_some() && !is_set;
        let style = |cell: Cell| match (focused && cell == self.cell, is_set && !locked) {
            (true, _) => theme.badge(),
            (false, true) => Style::new(),
            (false, false) => theme.dim(),
        };
        let kind = self.kind_words(row, theme);
        let value = match table {
            Some(table) => format!("from {}", safe(table.name())),
            None if focused && self.cell == Cell::Value && self.is_typed() => {
                self.in_sight(theme, columns.value).0
            }
            None => shown_value(row, theme),
        };
        let origin = if table.is_some() { "file" } else { row.origin.word() };
        let name = if focused && self.cell == Cell::Name {
            self.in_sight(theme, columns.name).0
        } else {
            safe(text::start(&row.spec.name))
        };
        let mut spans = vec![
            Span::styled(
                pad(&name, columns.name),
                if focused && self.cell == Cell::Name {
                    theme.badge()
                } else if focused {
                    theme.strong()
                } else {
                    style(Cell::Name)
                },
            ),
            Span::raw(" "),
            Span::styled(pad(&kind, columns.kind), style(Cell::Kind)),
            Span::raw(" "),
            Span::styled(pad(&value, columns.value), style(Cell::Value)),
        ];
        if columns.origin > 0 {
            spans.push(Span::raw(" "));
            spans.push(Span::styled(pad(&safe(origin), ORIGIN), theme.dim()));
        }
        Line::from(spans)
    }

    /// Its type, and how many values it holds if those are several: `number ×10`.
    fn kind_words(&self, row: &ParamRow, theme: Theme) -> String {
        let own = if row.is_own() { theme.glyph("▾", "") } else { "" };
        let word = row.kind.word();
        if !row.is_several() || self.draft.table_of(row).is_some() {
            return format!("{word}{own}");
        }
        let times = theme.glyph("×", "x");
        match row.several(&self.now) {
            Ok(several) => format!("{word}{own} {times}{}", several.count()),
            Err(_) => format!("{word}{own} {times}?"),
        }
    }

    fn add_options(&self, page: &mut FormLines, theme: Theme, columns: Columns, width: usize) {
        let places: Vec<_> = self
            .stops()
            .into_iter()
            .map(|(place, _)| place)
            .filter(|p| !matches!(p, Place::Row(_) | Place::Table))
            .collect();
        page.lines.push(Line::raw(""));
        let column = columns.value_at().max(26).min(width / 2 + 6);
        for place in places {
            let (name, value) = self.option_words(place);
            let focused = self.place == place;
            let room = width.saturating_sub(column);
            let value = if place == Place::View && focused {
                self.in_sight(theme, room).0
            } else {
                safe(text::start(&value))
            };
            let value = pad(&value, room);
            let style = if focused { theme.badge() } else { Style::new() };
            let named = if focused { theme.strong() } else { Style::new() };
            let first = page.lines.len();
            let line = Line::from(vec![
                Span::styled(pad(name, column), named),
                Span::styled(value, style),
            ]);
            page.add(line, Item::Field(place));
            if focused {
                let hint = match place {
                    Place::View => "the id of a saved view, whose inputs are then used".to_owned(),
                    Place::Notifications => {
                        format!("{} edits them as JSON", self.key(Verb::EditBody))
                    }
                    _ => {
                        let key = self.keys.key(Context::FormOption, Verb::Turn);
                        format!("{key} changes it")
                    }
                };
                let wrong = self.draft.excludes_inputs().filter(|_| self.draft.set_rows() > 0);
                match wrong {
                    Some(conflict) => page.lines.push(Line::styled(
                        fit(&format!("  ^ {}", conflict.reason()), width),
                        theme.bad(),
                    )),
                    None => page
                        .lines
                        .push(Line::styled(fit(&format!("    {hint}"), width), theme.dim())),
                }
                page.focus = (first, page.lines.len() - 1);
            }
        }
    }

    /// Whether the cell in focus holds a text with a cursor in it.
    fn is_typed(&self) -> bool {
        match (self.place, self.cell, self.row()) {
            (Place::Row(_), Cell::Kind, _) | (Place::Row(_), _, None) => false,
            (Place::Row(_), Cell::Name, _) => true,
            (Place::Row(_), Cell::Value, Some(row)) => {
                row.set && (row.kind != ParamKind::Checkbox || row.is_several())
            }
            (place, ..) => place == Place::View,
        }
    }

    /// What of the typed text is in sight, and the column of the cursor in that.
    fn in_sight(&self, theme: Theme, room: usize) -> (String, usize) {
        let is_secret = self.row().is_some_and(|row| row.spec.secret) && self.cell == Cell::Value;
        self.field.in_sight(room, |part| {
            if is_secret {
                return theme.glyph("•", "*").repeat(part.chars().count());
            }
            safe(&part.replace('\n', theme.glyph("↵", "/")))
        })
    }

    /// Where the terminal's cursor belongs, for a cell that holds text.
    fn cursor_column(&self, theme: Theme, columns: Columns, width: usize) -> Option<usize> {
        let option = columns.value_at().max(26).min(width / 2 + 6);
        let (start, room) = match (self.place, self.cell) {
            (Place::Row(_), Cell::Name) => (0, columns.name),
            (Place::Row(_), Cell::Value) => (columns.value_at(), columns.value),
            (Place::View, _) => (option, width.saturating_sub(option)),
            _ => return None,
        };
        Some(start + self.in_sight(theme, room).1)
    }
}

/// The value as it may be seen: a secret masked, a default where nothing is sent.
fn shown_value(row: &ParamRow, theme: Theme) -> String {
    let text = match (row.set, &row.spec.default) {
        (true, _) => text::start(&row.text).to_owned(),
        (false, Some(default)) => text::start(&row.spec.kind.show(default)).to_owned(),
        (false, None) => return theme.glyph("–", "-").to_owned(),
    };
    if row.spec.secret {
        return theme.glyph("•", "*").repeat(text.chars().count());
    }
    if row.kind == ParamKind::Checkbox && !row.is_several() {
        let text = safe(&text);
        return format!("{} {text}", if text == "true" { "[x]" } else { "[ ]" });
    }
    safe(&text.replace('\n', theme.glyph("↵", "/")))
}

fn add_list(
    page: &mut FormLines,
    theme: Theme,
    list: &List,
    row: &ParamRow,
    columns: Columns,
    width: usize,
) {
    let indent = " ".repeat(columns.value_at().min(width / 2));
    let room = width.saturating_sub(indent.len());
    let shown: Vec<_> = list.shown().collect();
    let top = list.at.saturating_sub(LIST - 1);
    let picked = list::picked(row);
    if !list.filter.is_empty() || shown.is_empty() {
        let text = format!(
            "{indent}/{}{}",
            safe(&list.filter),
            if shown.is_empty() { "  nothing like it" } else { "" }
        );
        page.lines.push(Line::styled(fit(&text, width), theme.strong()));
    }
    for (index, item) in shown.iter().enumerate().skip(top).take(LIST) {
        let mark = match (list.is_many(), List::is_picked(item, &picked)) {
            (false, _) => "",
            (true, true) => "[x] ",
            (true, false) => "[ ] ",
        };
        let note = if item.note.is_empty() { String::new() } else { format!("  ({})", item.note) };
        let text = pad(&format!("{mark}{}{note}", safe(text::start(&item.text))), room);
        let style = if index == list.at { theme.badge() } else { Style::new() };
        let line = Line::from(vec![Span::raw(indent.clone()), Span::styled(text, style)]);
        page.add(line, Item::Value(index));
    }
    let rest = shown.len().saturating_sub(top + LIST);
    if rest > 0 {
        page.lines.push(Line::styled(format!("{indent}… {rest} more"), theme.dim()));
    }
}
