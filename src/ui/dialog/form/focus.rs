//! Where in the form one is, and how one moves.
//!
//! Going somewhere takes that cell's text into the field; staying keeps what can be taken back.

use super::{Cell, Form, Server};
use crate::domain::inputs::{ParamRow, Place};
use crate::ui::widget::text_field::TextField;

impl Form {
    /// Everywhere that Tab stops.
    pub(super) fn stops(&self) -> Vec<(Place, Cell)> {
        let mut stops = Vec::new();
        stops.extend(self.draft.table.iter().map(|_| (Place::Table, Cell::Value)));
        for (index, row) in self.draft.rows.iter().enumerate() {
            if row.is_own() {
                stops.extend([(Place::Row(index), Cell::Name), (Place::Row(index), Cell::Kind)]);
            }
            stops.push((Place::Row(index), Cell::Value));
        }
        let options = match self.server {
            Server::Current => {
                &[Place::CachedSql, Place::Published, Place::View, Place::Notifications][..]
            }
            Server::Old => &[Place::Published, Place::View, Place::Notifications][..],
        };
        stops.extend(options.iter().map(|place| (*place, Cell::Value)));
        stops
    }

    pub(super) fn row(&self) -> Option<&ParamRow> {
        match self.place {
            Place::Row(index) => self.draft.rows.get(index),
            _ => None,
        }
    }

    /// To the next or previous stop, over the ends of rows.
    pub(super) fn go_on(&mut self, by: isize) {
        let stops = self.stops();
        let here = stops.iter().position(|stop| *stop == (self.place, self.cell)).unwrap_or(0);
        let there = here.saturating_add_signed(by).min(stops.len().saturating_sub(1));
        if let Some((place, cell)) = stops.get(there) {
            self.go_to(*place, *cell);
        }
    }

    pub(super) fn go_row(&mut self, by: isize) {
        let stops = self.stops();
        let rows: Vec<_> = stops
            .iter()
            .filter(|(_, cell)| *cell == Cell::Value)
            .map(|(place, _)| *place)
            .collect();
        let here = rows.iter().position(|place| *place == self.place).unwrap_or(0);
        let there = here.saturating_add_signed(by).min(rows.len().saturating_sub(1));
        if let Some(place) = rows.get(there) {
            self.go_to(*place, Cell::Value);
        }
    }

    pub(super) fn go_to(&mut self, place: Place, cell: Cell) {
        let stops = self.stops();
        let before = (self.place, self.cell);
        let is_stop = stops.contains(&(place, cell));
        (self.place, self.cell) = if is_stop { (place, cell) } else { (place, Cell::Value) };
        if !stops.contains(&(self.place, self.cell))
            && let Some((place, cell)) = stops.last()
        {
            (self.place, self.cell) = (*place, *cell);
        }
        self.list = None;
        // Where one is already, what can be taken back stays.
        if before != (self.place, self.cell) || self.field.text() != self.text_in_focus() {
            self.load();
        }
    }

    /// Takes the cell's text into the field.
    pub(super) fn load(&mut self) {
        let text = self.text_in_focus();
        let is_value = self.row().is_some() && self.cell == Cell::Value;
        self.field = if is_value { TextField::for_value(&text) } else { TextField::holding(&text) };
    }

    fn text_in_focus(&self) -> String {
        match (self.row(), self.cell) {
            (Some(row), Cell::Name) => row.spec.name.clone(),
            (Some(row), Cell::Value) => row.text.clone(),
            (None, _) if self.place == Place::View => {
                self.draft.options.view.clone().unwrap_or_default()
            }
            _ => String::new(),
        }
    }
}
