//! The times above the lanes: round ones of the zone, as many as are apart.

use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Span as Days, ToSpan as _};
use ratatui::buffer::Buffer;

use super::Plot;
use crate::ui::text::width;

const DAY: i64 = 86_400;
/// Seconds between two ticks; those below a day divide it.
const STEPS: [i64; 19] = [
    60,
    5 * 60,
    10 * 60,
    15 * 60,
    30 * 60,
    3600,
    2 * 3600,
    3 * 3600,
    6 * 3600,
    12 * 3600,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    91 * DAY,
    364 * DAY,
    3640 * DAY,
    36_400 * DAY,
];
/// From this step on the dates have years.
const LONG: i64 = 28 * DAY;
/// Steps of weeks begin on a Monday, as this day is; every step of days counts from here.
const FIRST: Date = date(1969, 12, 29);

impl Plot<'_> {
    /// Draws now, and the ticks with as many of their times as do not touch another: first now, then days.
    pub(super) fn draw_axis(&self, buffer: &mut Buffer) {
        let mut taken = Taken(vec![false; self.scale.cells()]);
        self.draw_now_time(buffer, &mut taken);
        let ticks = self.ticks();
        for is_day in [true, false] {
            for tick in ticks.iter().filter(|tick| tick.is_day == is_day) {
                self.draw_tick(buffer, &mut taken, tick);
            }
        }
    }

    fn draw_tick(&self, buffer: &mut Buffer, taken: &mut Taken, tick: &Tick) {
        let (theme, y, cell) = (self.chart.theme, self.area.y, tick.cell);
        let used = width(&tick.text);
        let before = cell.checked_sub(used).filter(|_| tick.is_day);
        if taken.claim(cell..cell + 1 + used) {
            self.write(buffer, y, cell + 1, &tick.text, theme.dim());
        } else if let Some(start) = before.filter(|start| taken.claim(*start..cell + 1)) {
            self.write(buffer, y, start, &tick.text, theme.dim());
        } else if !taken.claim(cell..cell + 1) {
            return;
        }
        self.put(buffer, y, cell, theme.glyph("╷", "'"), theme.dim());
    }

    /// Draws the mark of now with its time, which is before it at the right edge.
    fn draw_now_time(&self, buffer: &mut Buffer, taken: &mut Taken) {
        let (theme, y) = (self.chart.theme, self.area.y);
        let Some(cell) = self.scale.now_cell() else { return };
        let text = self.chart.zone.to_datetime(self.chart.now).strftime("%H:%M").to_string();
        let used = width(&text);
        let start = if taken.claim(cell..cell + 1 + used) {
            cell + 1
        } else {
            let start = cell.saturating_sub(used);
            taken.claim(start..cell + 1);
            start
        };
        self.write(buffer, y, start, &text, theme.strong());
        self.put(buffer, y, cell, theme.glyph("▼", "v"), theme.strong());
    }

    /// The ticks in the window.
    fn ticks(&self) -> Vec<Tick> {
        let (zone, span) = (self.chart.zone, self.chart.span);
        let Some(step) = self.step() else { return Vec::new() };
        let mut day = zone.to_datetime(before(span.from)).date();
        let moments = Moments { zone, step, from: Some(span.from) };
        let ticks = moments.take_while(|at| *at < span.to).filter_map(|at| {
            let there = zone.to_datetime(at);
            let is_day = there.date() != day;
            day = there.date();
            let format = match step {
                LONG.. => "%Y-%m-%d",
                _ if is_day => "%d %b",
                _ => "%H:%M",
            };
            let cell = usize::try_from(self.scale.down(at, 1)).ok()?;
            Some(Tick { cell, text: there.strftime(format).to_string(), is_day })
        });
        ticks.collect()
    }

    /// The shortest step with room for a time, its tick, and a blank.
    fn step(&self) -> Option<i64> {
        let room = |step: i64| if step < LONG { 8 } else { 12 };
        STEPS.into_iter().find(|step| self.scale.cells_of(*step) >= room(*step))
    }
}

/// The moment before one.
fn before(at: Timestamp) -> Timestamp {
    at.checked_sub(1.nanosecond()).unwrap_or(at)
}

/// A mark at a round time.
struct Tick {
    cell: usize,
    text: String,
    /// It is the first of its day.
    is_day: bool,
}

/// The cells that are written in.
struct Taken(Vec<bool>);

impl Taken {
    /// Takes cells if that leaves a blank to all that were taken before.
    fn claim(&mut self, cells: Range<usize>) -> bool {
        let around = self.0.get(cells.start.saturating_sub(1)..self.0.len().min(cells.end + 1));
        let is_free = around.is_some_and(|around| !around.contains(&true));
        let Some(cells) = self.0.get_mut(cells).filter(|_| is_free) else { return false };
        cells.fill(true);
        true
    }
}

/// Round times of a zone, in ascending order.
struct Moments<'a> {
    zone: &'a TimeZone,
    step: i64,
    /// The next one is not before it.
    from: Option<Timestamp>,
}

impl Moments<'_> {
    /// The first moment not before `from` at which clocks show a round time. Where they are put forward or back on
    /// the way, the search goes on from there.
    fn time(&self, mut from: Timestamp) -> Option<Timestamp> {
        loop {
            let offset = self.zone.to_offset(from);
            let second = from.as_second() + i64::from(from.subsec_nanosecond() > 0);
            let over = (second + i64::from(offset.seconds())).rem_euclid(self.step);
            let missing = if over == 0 { 0 } else { self.step - over };
            let at = Timestamp::from_second(second.checked_add(missing)?).ok()?;
            let change = self.zone.following(from).next().map(|change| change.timestamp());
            match change.filter(|change| *change <= at && *change > from) {
                Some(change) => from = change,
                None => return Some(at),
            }
        }
    }

    /// The first day not before `from` that steps of whole days come to; it begins later than midnight where
    /// clocks are put forward then.
    fn day(&self, from: Timestamp) -> Option<Timestamp> {
        let step = self.step / DAY;
        let there = self.zone.to_datetime(from).date();
        let days = i64::from(FIRST.until(there).ok()?.get_days());
        let mut number = days - days.rem_euclid(step);
        loop {
            let after = Days::new().try_days(number).ok()?;
            let start =
                FIRST.checked_add(after).ok()?.to_zoned(self.zone.clone()).ok()?.timestamp();
            if start >= from {
                return Some(start);
            }
            number += step;
        }
    }
}

impl Iterator for Moments<'_> {
    type Item = Timestamp;

    fn next(&mut self) -> Option<Timestamp> {
        let from = self.from?;
        let tick = if self.step < DAY { self.time(from) } else { self.day(from) };
        self.from = tick.and_then(|tick| tick.checked_add(1.second()).ok());
        tick
    }
}
