//! The page that asks for a file of values, and what became of it.
//!
//! Until the file is good the form stays as it was, and the path stays in its field.

use ratatui::text::Line;

use super::{Cell, Form, Page};
use crate::domain::inputs::{Place, Table};
use crate::ui::Effect;
use crate::ui::chord::Chord;
use crate::ui::command::Verb;
use crate::ui::layer::{Cx, Outcome};
use crate::ui::text::{count, safe, wrap};
use crate::ui::theme::Theme;
use crate::ui::widget::text_field::TextField;

/// The page of the file.
#[derive(Debug, Default)]
pub(super) struct FilePage {
    path: TextField,
    state: Reading,
}

/// How far reading is.
#[derive(Debug, Default)]
enum Reading {
    #[default]
    Asked,
    /// The machine is reading it.
    Waiting,
    Failed(String),
}

impl FilePage {
    pub(super) fn paste(&mut self, text: &str) -> Result<(), String> {
        self.path.paste(text.trim())?;
        self.state = Reading::Asked;
        Ok(())
    }

    pub(super) fn type_in(&mut self, chord: Chord) -> Outcome {
        if !self.is_waiting() && self.path.press(chord) {
            self.state = Reading::Asked;
        }
        Outcome::Consumed
    }

    /// The field with the path, for the last line.
    pub(super) fn path(&self) -> &TextField {
        &self.path
    }

    fn is_waiting(&self) -> bool {
        matches!(self.state, Reading::Waiting)
    }
}

impl Form {
    pub(super) fn ask_for_file(&mut self) {
        if self.may_set_inputs() {
            self.page = Page::File(FilePage::default());
        }
    }

    pub(super) fn run_file(&mut self, verb: Verb, cx: &mut Cx<'_>) -> Outcome {
        let Page::File(page) = &mut self.page else { return Outcome::Ignored };
        match verb {
            Verb::Close => self.page = Page::Edit,
            Verb::Accept if !page.is_waiting() && !page.path.text().trim().is_empty() => {
                page.state = Reading::Waiting;
                cx.effect(Effect::Read(page.path.text().trim().to_owned()));
            }
            _ => {}
        }
        Outcome::Consumed
    }

    /// Takes in the text of the file that it has asked for.
    pub(super) fn hear_file(&mut self, read: Result<String, String>) {
        let Page::File(page) = &mut self.page else { return };
        if !page.is_waiting() {
            return;
        }
        let path = page.path.text().trim();
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        let taken = read
            .and_then(|text| Table::parse(&name, &text))
            .and_then(|table| self.draft.take_table(table, &self.now));
        match taken {
            Ok(()) => {
                self.dirty = true;
                self.page = Page::Edit;
                self.go_to(Place::Table, Cell::Value);
            }
            Err(why) => page.state = Reading::Failed(why),
        }
    }

    /// What a loaded file is: `rows.csv: 40 starts, columns region, day`.
    pub(super) fn table_words(&self) -> Option<String> {
        let table = self.draft.table.as_ref()?;
        let columns = table.columns().join(", ");
        let word = if table.columns().len() == 1 { "column" } else { "columns" };
        Some(format!("{}: {}, {word} {columns}", table.name(), count(table.count(), "start")))
    }

    pub(super) fn file_lines(page: &FilePage, theme: Theme, width: usize) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        let mut say = |text: &str, style| {
            lines.extend(wrap(text, width).into_iter().map(|line| Line::styled(line, style)));
        };
        say(
            "A CSV file: its first line names parameters, and each line below is a start. An empty \
             cell leaves that parameter out.",
            theme.dim(),
        );
        say("", theme.dim());
        match &page.state {
            Reading::Asked => {}
            Reading::Waiting => say("reading it…", theme.dim()),
            Reading::Failed(why) => {
                say(&format!("{} {}", theme.glyph("↑", "^"), safe(why)), theme.bad());
                say("The form is as it was. Mend the file, and read it again.", theme.dim());
            }
        }
        lines
    }
}
