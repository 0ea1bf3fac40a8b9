//! What is said about the fields: above them where they come from, under the one in focus what it
//! takes.

use std::time::Duration;

use ratatui::style::Style;
use ratatui::text::Line;

use super::list::List;
use super::sweep::factors;
use super::{Cell, Form, InputNews};
use crate::domain::inputs::{ParamRow, Place};
use crate::domain::{Now, ParamKind};
use crate::ui::State;
use crate::ui::command::Verb;
use crate::ui::text::{age, fit, safe, start, wrap};
use crate::ui::theme::Theme;

/// The most lines that stand above the fields.
const HEAD: usize = 4;

impl Form {
    /// What stands above the fields whatever is scrolled.
    pub(super) fn head(&self, state: &State, width: usize, now: Now) -> Vec<Line<'static>> {
        let theme = state.options.theme;
        let mut lines = self.repeats(theme, width);
        let mut say = |text: &str, style: Style| {
            let wrapped = wrap(text, width).into_iter().take(HEAD);
            lines.extend(wrapped.map(|line| Line::styled(line, style)));
        };
        match (&self.said, &self.refusal) {
            (Some(said), _) => say(&safe(said), theme.warn()),
            (None, Some(refusal)) => say(&safe(refusal), theme.bad()),
            (None, None) if self.news == InputNews::Here => {
                let key = self.key(Verb::ReadInputs);
                let text =
                    format!("The app's inputs have been read meanwhile: {key} takes them over.");
                say(&text, theme.warn());
            }
            (None, None) => say(&fit(&self.source(state, now), width), theme.dim()),
        }
        if let Some((text, style)) = self.sweep_words(theme) {
            say(&text, style);
        }
        if self.draft.rows.is_empty() {
            let key = self.key(Verb::AddParameter);
            let text = format!("No parameters: the app's own defaults are used. {key} adds one.");
            lines.push(Line::raw(fit(&text, width)));
        }
        lines
    }

    /// How many starts it comes to, where that is not one.
    fn sweep_words(&self, theme: Theme) -> Option<(String, Style)> {
        let factors = factors(&self.draft, &self.now);
        if factors.is_empty() {
            return None;
        }
        match self.draft.finish_all(&self.now) {
            Ok(starts) => {
                let starts = crate::ui::text::count(starts.count(), "start");
                Some((format!("{starts}: {factors}"), theme.strong()))
            }
            Err(errors) => {
                let whole = errors.iter().find(|error| match error.place {
                    Place::Row(row) => self.draft.check(row, &self.now).is_none(),
                    Place::Table => true,
                    _ => false,
                });
                Some((safe(&whole?.reason), theme.bad()))
            }
        }
    }

    /// Where the rows come from and how old that is.
    fn source(&self, state: &State, now: Now) -> String {
        if state.model.reads_inputs(&self.project) {
            return "reading the app's inputs…".to_owned();
        }
        let known = state.model.known_inputs(&self.project);
        let since = |at: jiff::Timestamp| {
            age(crate::domain::time::between(at, state.model.server_now(now)).max(Duration::ZERO))
        };
        let key = self.key(Verb::ReadInputs);
        let read = known.and_then(|known| known.exported.as_ref());
        let off = known.and_then(|known| known.off.as_ref());
        match (read, off) {
            (Some(read), None) => {
                let inputs = crate::ui::text::count(read.specs.len(), "input");
                format!("{inputs} on the app, read {} ago; {key} reads them again", since(read.at))
            }
            (read, Some(off)) => {
                let old = read.map(|read| format!(" (inputs are {} old)", since(read.at)));
                format!("{}{}; {key} tries again", safe(&off.reason), old.unwrap_or_default())
            }
            (None, None) => format!("the app's inputs are not known: {key} asks for them"),
        }
    }

    /// More about the row in focus, the most telling first.
    pub(super) fn hint(&self, row: &ParamRow, names_origin: bool) -> String {
        let mut parts = Vec::new();
        if let Some(table) = self.draft.table_of(row) {
            parts.push(format!("its values are those of {}", safe(table.name())));
        } else if row.is_several() {
            let comes_to = row.comes_to(&self.now);
            parts.push(comes_to.unwrap_or_else(|| format!("such as {}", row.example())));
            parts.push(format!("{} one value", self.key(Verb::Several)));
        } else if let Some(means) = row.means(&self.now) {
            parts.push(format!("= {means}"));
        }
        let has_list = self.cell == Cell::Value
            && !List::of(row, &self.inputs.recent, "", &self.now).is_empty();
        if has_list {
            parts.push(format!("{}: values", self.key(Verb::Choose)));
        }
        parts.extend(row.spec.help.as_deref().or(row.spec.label.as_deref()).map(safe));
        if row.set
            && let Some(default) = row.spec.default.as_ref().filter(|_| !row.spec.secret)
        {
            parts.push(format!("default {}", safe(start(&row.spec.kind.show(default)))));
        }
        match (row.spec.min, row.spec.max) {
            (Some(min), Some(max)) => parts.push(format!("{min} to {max}")),
            (Some(min), None) => parts.push(format!("from {min}")),
            (None, Some(max)) => parts.push(format!("up to {max}")),
            (None, None) => {}
        }
        if matches!(row.kind, ParamKind::Date | ParamKind::DateTime | ParamKind::DateRange)
            && row.text.is_empty()
            && !row.is_several()
        {
            let zone = self.now.time_zone().iana_name().unwrap_or("the local zone").to_owned();
            parts.push(format!("such as yesterday, -7d, monday ({zone})"));
        }
        parts.extend(row.spec.hex_type.as_ref().map(|kind| format!("Hex calls it {}", safe(kind))));
        parts.push(row.spec.source.words().to_owned());
        if names_origin && row.set {
            parts.push(safe(row.origin.word()));
        }
        parts.join(" · ")
    }
}
