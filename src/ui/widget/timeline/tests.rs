//! Charts as text: a cell has eight minutes, so that an eighth of it is a minute.

mod axis;
mod kernels;
mod lanes;

use proptest::prelude::*;
use ratatui::style::{Color, Modifier};

use super::*;
use crate::domain::Text;

const CELLS: u16 = 16;

/// So many minutes from noon of a day in October.
fn at(minutes: i64) -> Timestamp {
    let noon: Timestamp = "2026-10-20T12:00:00Z".parse().unwrap();
    noon + jiff::SignedDuration::from_mins(minutes)
}

fn ended(start: i64, end: i64, status: RunStatus) -> Bar {
    Bar { start: at(start), end: BarEnd::At(at(end)), status, verdict: None }
}

fn done(start: i64, end: i64) -> Bar {
    ended(start, end, RunStatus::Completed)
}

fn failed(start: i64, end: i64) -> Bar {
    ended(start, end, RunStatus::Errored)
}

/// A run that goes on; half of its like end by the first number, nine of ten by the second.
fn active(start: i64, expected: Option<(i64, i64)>, verdict: Option<Verdict>) -> Bar {
    let end = expected.map_or(BarEnd::Unknown, |(median, p90)| BarEnd::Expected {
        median: at(median),
        p90: at(p90),
    });
    Bar { start: at(start), end, status: RunStatus::Running, verdict }
}

fn lane(bars: Vec<Bar>) -> Lane {
    let (label, note) = (Line::default(), String::new());
    Lane { label, note, bars, coming: vec![], is_selected: false, gaps: vec![] }
}

/// A chart of 16 cells without labels, behind the end of which now is.
fn chart<'a>(lanes: &'a [Lane], kernels: Option<&'a Kernels>) -> Chart<'a> {
    Chart {
        theme: Theme::default(),
        zone: const { &TimeZone::UTC },
        span: Span { from: at(0), to: at(8 * i64::from(CELLS)) },
        now: at(1000),
        label_width: 0,
        lanes,
        kernels,
    }
}

fn drawn(chart: &Chart<'_>, width: u16, height: u16) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    let area = buffer.area;
    chart.draw(&mut buffer, area);
    buffer
}

/// The glyphs of a row, without blanks at its end.
fn row(buffer: &Buffer, y: u16) -> String {
    let cells = (0..buffer.area.width).filter_map(|x| buffer.cell((x, y)));
    let text: String = cells.map(ratatui::buffer::Cell::symbol).collect();
    text.trim_end().to_owned()
}

/// The looks of a row, without plain cells at its end: `r`ed, `R`ed and bold, `m`agenta, `b`old, `d`im, `.` for none, `~` before what is reversed.
fn looks(buffer: &Buffer, y: u16) -> String {
    let mut text = String::new();
    for cell in (0..buffer.area.width).filter_map(|x| buffer.cell((x, y))) {
        if cell.modifier.contains(Modifier::REVERSED) {
            text.push('~');
        }
        let is_bold = cell.modifier.contains(Modifier::BOLD);
        text.push(match cell.fg {
            Color::Red if is_bold => 'R',
            Color::Red => 'r',
            Color::Magenta => 'm',
            _ if is_bold => 'b',
            _ if cell.modifier.contains(Modifier::DIM) => 'd',
            _ => '.',
        });
    }
    text.trim_end_matches('.').to_owned()
}

/// The only lane, its glyphs and its looks.
fn only(chart: &Chart<'_>) -> (String, String) {
    let buffer = drawn(chart, CELLS, 2);
    (row(&buffer, 1), looks(&buffer, 1))
}

/// The same of bars in a chart that is changed first.
fn bars_in(bars: Vec<Bar>, change: impl FnOnce(&mut Chart<'_>)) -> (String, String) {
    let lanes = [lane(bars)];
    let mut chart = chart(&lanes, None);
    change(&mut chart);
    only(&chart)
}

/// The glyphs of bars of which all are past.
fn glyphs(bars: Vec<Bar>) -> String {
    bars_in(bars, |_| ()).0
}

#[test]
fn there_is_the_axis_then_lanes_and_the_kernels_at_the_bottom() {
    let lanes: Vec<_> = (0..4).map(|n| lane(vec![done(8 * n, 8 * n + 8)])).collect();
    let levels = vec![Level { at: at(0), in_use: Some(InUse { certain: 3, possible: 3 }) }];
    let kernels = Kernels { levels, limit: 3, rows: 2 };
    let chart = Chart { span: Span { to: at(80), ..chart(&[], None).span }, ..chart(&lanes, None) };
    let all = "██████████";
    for (height, with, rows) in [
        (0, true, vec![]),
        (1, true, vec!["╷12:00"]),
        (2, true, vec!["╷12:00", "█"]),
        (3, true, vec!["╷12:00", "█", all]),
        (5, true, vec!["╷12:00", "█", " █", all, all]),
        (7, true, vec!["╷12:00", "█", " █", "  █", "   █", all, all]),
        (8, true, vec!["╷12:00", "█", " █", "  █", "   █", "", all, all]),
        (3, false, vec!["╷12:00", "█", " █"]),
    ] {
        let kernels = with.then_some(&kernels);
        let buffer = drawn(&Chart { kernels, ..chart }, 10, height);
        let found: Vec<_> = (0..height).map(|y| row(&buffer, y)).collect();
        assert_eq!(found, rows, "{height} {with}");
    }
}

#[test]
fn labels_are_cut_and_in_few_columns_there_is_nothing_else() {
    let pieces = ["Churn", " model"].map(TextSpan::raw);
    let label = Line::from_iter(pieces);
    let lanes = [Lane { label, is_selected: true, ..lane(vec![done(0, 64)]) }];
    let kernels = Kernels { levels: vec![], limit: 25, rows: 1 };
    let chart = Chart { label_width: 6, ..chart(&lanes, Some(&kernels)) };
    for (label_width, width, rows) in [
        (6, 22, ["      ╷12:00         ╷", "Chur… ████████", "kern…"]),
        (7, 23, ["20 Oct ╷12:00         ╷", "Churn… ████████", "kerne…"]),
        (12, 28, ["Tue 20 Oct  ╷12:00         ╷", "Churn model ████████", "kernels ? …"]),
        (11, 20, ["", "Churn model", "kernels ? of 25"]),
        (40, 20, ["", "Churn model", "kernels ? of 25"]),
        (11, 5, ["", "Chu…", "ker…"]),
        (0, 1, ["", "", ""]),
        (0, 2, ["", "…", "…"]),
    ] {
        let chart = Chart { label_width, ..chart };
        let buffer = drawn(&chart, width, 3);
        let found = [0, 1, 2].map(|y| row(&buffer, y));
        let found = found.map(|row| row.trim_end_matches(['·', ' ']).to_owned());
        assert_eq!(found, rows, "{label_width} {width}");
    }
    let buffer = drawn(&Chart { label_width: 4, ..chart }, 20, 3);
    assert_eq!(looks(&buffer, 1), "~.~.~.~", "only the label is selected");
}

#[test]
fn an_empty_window_has_labels_only() {
    let lanes = [Lane { label: Line::raw("Churn"), ..lane(vec![done(0, 64)]) }];
    for (from, to) in [(0, 0), (10, 0)] {
        let span = Span { from: at(from), to: at(to) };
        let buffer = drawn(&Chart { span, label_width: 8, ..chart(&lanes, None) }, 40, 2);
        assert_eq!([0, 1].map(|y| row(&buffer, y)), ["", "Churn"]);
    }
}

/// Any moment: near the window, far from it, the first or the last there is.
fn moment() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        6 => (-10_i64..160).prop_map(at),
        2 => any::<i64>().prop_map(|n| at(n % 4_000_000_000)),
        1 => Just(Timestamp::MIN),
        1 => Just(Timestamp::MAX),
    ]
}

fn bar() -> impl Strategy<Value = Bar> {
    let mut statuses = RunStatus::KNOWN.to_vec();
    statuses.push(RunStatus::Unknown(Text::from("NEW")));
    let verdict = prop::option::of(prop::sample::select(Verdict::ALL.to_vec()));
    let parts = (moment(), moment(), moment(), 0..3, prop::sample::select(statuses), verdict);
    parts.prop_map(|(start, median, p90, kind, status, verdict)| {
        let end = match kind {
            0 => BarEnd::At(median),
            1 => BarEnd::Expected { median, p90 },
            _ => BarEnd::Unknown,
        };
        Bar { start, end, status, verdict }
    })
}

fn any_lane() -> impl Strategy<Value = Lane> {
    let span = (moment(), moment()).prop_map(|(from, to)| Span { from, to });
    let parts = (
        "\\PC{0,12}",
        "\\PC{0,6}",
        prop::collection::vec(bar(), 0..12),
        prop::collection::vec(moment(), 0..4),
        any::<bool>(),
        prop::collection::vec(span, 0..3),
    );
    parts.prop_map(|(label, note, bars, coming, is_selected, gaps)| Lane {
        label: Line::from(label),
        note,
        bars,
        coming,
        is_selected,
        gaps,
    })
}

fn any_kernels() -> impl Strategy<Value = Kernels> {
    let number = prop_oneof![0_u32..30, Just(u32::MAX)];
    let in_use = (number.clone(), number.clone())
        .prop_map(|(certain, possible)| InUse { certain, possible });
    let level = (moment(), prop::option::of(in_use)).prop_map(|(at, in_use)| Level { at, in_use });
    let parts = (prop::collection::vec(level, 0..8), number, any::<u16>());
    parts.prop_map(|(levels, limit, rows)| Kernels { levels, limit, rows })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(512)))]

    #[test]
    fn nothing_panics_and_nothing_is_drawn_outside(
        lanes in prop::collection::vec(any_lane(), 0..4),
        kernels in prop::option::of(any_kernels()),
        (from, to, now) in (moment(), moment(), moment()),
        (x, y, width, height) in (0_u16..50, 0_u16..12, 0_u16..70, 0_u16..12),
        (label_width, unicode, colour) in (prop_oneof![0_u16..30, Just(u16::MAX)], any::<bool>(), any::<bool>()),
        zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/Santiago", "Asia/Kolkata"]),
    ) {
        let zone = TimeZone::get(zone).unwrap();
        let chart = Chart {
            theme: Theme { colour, unicode, ..Theme::default() },
            zone: &zone,
            span: Span { from, to },
            now,
            label_width,
            lanes: &lanes,
            kernels: kernels.as_ref(),
        };
        let mut empty = ratatui::buffer::Cell::default();
        empty.set_symbol("@");
        let mut buffer = Buffer::filled(Rect::new(2, 1, 60, 10), empty.clone());
        let area = Rect::new(x, y, width, height);
        chart.draw(&mut buffer, area);
        for place in buffer.area.positions().filter(|place| !area.contains(*place)) {
            prop_assert_eq!(buffer.cell(place), Some(&empty), "{}", place);
        }
    }
}
