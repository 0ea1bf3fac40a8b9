//! Columns of a list: their headings, a click on which may do something, and their rows.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ui::State;
use crate::ui::command::{Command, Context};
use crate::ui::mouse::Target;
use crate::ui::text::{fit, width};

/// One column; of no width where there is no room for it.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    heading: String,
    width: usize,
    is_spaced: bool,
    is_right: bool,
    /// What a click on the heading does.
    command: Option<Command>,
}

impl Column {
    /// A column of so many columns of the terminal.
    pub(crate) fn new(heading: &str, width: usize) -> Self {
        let heading = heading.to_owned();
        Self { heading, width, is_spaced: false, is_right: false, command: None }
    }

    /// The last of its columns stays free.
    pub(crate) fn spaced(self) -> Self {
        Self { is_spaced: true, ..self }
    }

    /// What it holds stands at its right end.
    pub(crate) fn right(self) -> Self {
        Self { is_right: true, ..self }
    }

    /// A click on its heading does this.
    pub(crate) fn does(self, command: Command) -> Self {
        Self { command: Some(command), ..self }
    }

    fn cell(&self, text: &str) -> String {
        let mut text = fit(text, self.width.saturating_sub(usize::from(self.is_spaced)));
        let blank = std::iter::repeat_n(' ', self.width.saturating_sub(width(&text)));
        if self.is_right {
            return blank.chain(text.chars()).collect();
        }
        text.extend(blank);
        text
    }
}

/// A row: what each column holds, from the first on.
pub(crate) fn row<'a>(
    columns: &[Column],
    cells: impl IntoIterator<Item = Span<'a>>,
) -> Line<'static> {
    let cells = columns.iter().zip(cells);
    cells.map(|(column, cell)| Span::styled(column.cell(&cell.content), cell.style)).collect()
}

/// Draws the headings in the first line of an area.
pub(crate) fn draw_headings(
    state: &State,
    frame: &mut Frame<'_>,
    area: Rect,
    context: Context,
    columns: &[Column],
) {
    let mut place = Rect { width: 0, height: 1, ..area };
    for column in columns {
        place.x = place.right();
        place.width = u16::try_from(column.width).unwrap_or(u16::MAX);
        if let Some(command) = &column.command {
            let target = Target::Command(context, command.clone());
            state.zones.add(place.intersection(area), target);
        }
    }
    let headings = columns.iter().map(|column| Span::raw(column.heading.as_str()));
    let line = row(columns, headings).style(state.options.theme.dim());
    frame.render_widget(line, Rect { height: 1, ..area });
}
