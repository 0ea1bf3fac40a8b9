//! Bars, what is expected, starts, gaps and notes.

use super::*;

#[test]
fn a_bar_starts_and_ends_at_eighths_of_cells() {
    for (start, end, text, look) in [
        (0, 8, "█", ""),
        (0, 128, "████████████████", ""),
        (8, 17, " █▏", ""),
        (8, 23, " █▉", ""),
        (1, 16, "▏█", "~"),
        (3, 21, "▍█▋", "~"),
        (7, 16, "▉█", "~"),
        (12, 20, " ▌▌", ".~"),
        // Cut at the edges of the window.
        (-500, 12, "█▌", ""),
        (116, 500, "              ▌█", "..............~"),
        (-500, 500, "████████████████", ""),
        // Outside of it.
        (-500, -1, "", ""),
        (-500, 0, "", ""),
        (128, 500, "", ""),
        (500, -500, "", ""),
    ] {
        let found = bars_in(vec![done(start, end)], |_| ());
        assert_eq!(found, (text.to_owned(), look.to_owned()), "{start} {end}");
    }
}

#[test]
fn the_shortest_run_is_seen_in_the_cell_that_it_was_in() {
    for (start, end, text, look) in [
        (16, 16, "  ▎", ""),
        (17, 18, "  ▎", ""),
        // Nearer to the right edge of the cell.
        (20, 21, "  ▊", "..~"),
        (22, 22, "  ▊", "..~"),
        (23, 23, "  ▊", "..~"),
        (0, 0, "▎", ""),
        (127, 127, "               ▊", "...............~"),
        // It ends before it starts.
        (16, 3, "  ▎", ""),
    ] {
        let found = bars_in(vec![done(start, end)], |_| ());
        assert_eq!(found, (text.to_owned(), look.to_owned()), "{start} {end}");
    }
}

#[test]
fn what_follows_at_once_is_parted_by_a_blank() {
    for (bars, text) in [
        (vec![done(0, 16), done(16, 32)], "█▉██"),
        (vec![done(0, 20), done(20, 32)], "██▌█"),
        (vec![done(0, 21), done(21, 32)], "██▌█"),
        (vec![done(0, 18), done(22, 32)], "██▎█"),
        (vec![done(0, 20), done(23, 32)], "██▌█"),
        // What is in one place fills it.
        (vec![done(0, 40), done(10, 20)], "█████"),
    ] {
        assert_eq!(glyphs(bars.clone()), text, "{bars:?}");
    }
}

#[test]
fn the_gravest_run_of_a_cell_decides_its_look_and_else_the_last() {
    let going = |verdict| active(0, Some((110, 110)), Some(verdict));
    for (bars, look) in [
        (vec![failed(0, 12), done(12, 24)], "r~r"),
        // The last one is the mark of the failed run.
        (vec![done(0, 12), failed(12, 24)], ".~rrr"),
        (vec![failed(10, 11), done(11, 30)], ".~r"),
        (vec![failed(16, 24), done(0, 64)], "..r"),
        (vec![done(0, 64), failed(16, 24)], "..r"),
        (vec![ended(16, 24, RunStatus::NoKernel), done(0, 64)], "..r"),
        (vec![going(Verdict::Late), failed(16, 24), done(0, 64)], "mmrmmmmmmmmmmm"),
        (vec![failed(16, 24), going(Verdict::Runaway)], "RRRRRRRRRRRRRR"),
        (vec![going(Verdict::Runaway), failed(16, 24)], "RRrRRRRRRRRRRR"),
        // A run that has ended is no longer slow.
        (vec![Bar { verdict: Some(Verdict::Slow), ..done(0, 16) }], ""),
    ] {
        let (_, found) = bars_in(bars.clone(), |chart| chart.now = at(100));
        let found = found.trim_end_matches(['.', 'b']);
        assert_eq!(found, look, "{bars:?}");
    }
}

#[test]
fn a_status_is_told_without_its_colour() {
    let bars = [
        done(0, 12),
        ended(16, 32, RunStatus::Killed),
        failed(40, 41),
        ended(42, 56, RunStatus::NoKernel),
        ended(56, 64, RunStatus::Unknown(Text::from("NEW"))),
        done(64, 72),
        active(80, Some((110, 118)), Some(Verdict::Runaway)),
    ];
    let of = |colour, unicode| {
        bars_in(bars.to_vec(), |chart| {
            chart.now = at(97);
            chart.theme = Theme { colour, unicode, ..chart.theme };
        })
    };
    for (colour, unicode, text, look) in [
        (true, true, "█▌██■▎▉▉█ ██┃▒░", ".....~rr...RRRRR"),
        (false, true, "█▌██■✗⊘▉█ ██‼▒░", "..........bbbbb"),
        (true, false, "=+=# x%?+ ==!-.", ".....rr...RRRRR"),
        (false, false, "=+=# x%?+ ==!-.", "..........bbbbb"),
    ] {
        assert_eq!(of(colour, unicode), (text.to_owned(), look.to_owned()), "{colour} {unicode}");
    }
    // Without colours nothing is reversed.
    let halves = (1..8).map(|blank| done(16 * blank, 16 * blank)).collect::<Vec<_>>();
    let starts = (1..8).map(|blank| done(17 * blank - 1, 16 * blank + 8)).collect::<Vec<_>>();
    for (bars, text) in [(halves, "  ▎ ▎ ▎ ▎ ▎ ▎ ▎"), (starts, "  █ █ ▐ ▐ ▐ ▐ ▕")]
    {
        let found = bars_in(bars, |chart| chart.theme.colour = false);
        assert_eq!(found, (text.to_owned(), String::new()));
    }
}

#[test]
fn behind_now_is_what_is_expected_of_a_run_that_goes_on() {
    for (expected, text, ascii) in [
        (Some((112, 120)), "▒░", "-."),
        (Some((113, 120)), "▒▒", "--"),
        (Some((112, 128)), "▒░░", "-.."),
        // Beyond the window.
        (Some((112, 129)), "▒░→", "-.>"),
        (Some((129, 200)), "▒▒→", "-->"),
        (Some((112, 8)), "▒", "-"),
        // Half of its like have ended, then nearly all.
        (Some((80, 120)), "░░", ".."),
        (Some((80, 97)), "╌╌→", "..>"),
        (None, "╌╌→", "..>"),
    ] {
        for (unicode, text) in
            [(true, "        ████┃".to_owned() + text), (false, "        ====>".to_owned() + ascii)]
        {
            let (found, _) = bars_in(vec![active(64, expected, None)], |chart| {
                chart.now = at(98);
                chart.theme.unicode = unicode;
            });
            assert_eq!(found, text, "{expected:?}");
        }
    }
}

#[test]
fn now_is_a_line_wherever_it_is() {
    let running = || active(40, Some((100, 120)), None);
    for (now, text, look) in [
        (-50, "▒▒▒▒▒▒▒▒▒▒▒▒▒░░", ""),
        (0, "┃▒▒▒▒▒▒▒▒▒▒▒▒░░", "b"),
        (30, "   ┃▒▒▒▒▒▒▒▒▒░░", "...b"),
        (40, "     ┃▒▒▒▒▒▒▒░░", ".....b"),
        (47, "     ┃▒▒▒▒▒▒▒░░", ".....b"),
        (48, "     █│▒▒▒▒▒▒░░", "......b"),
        (127, "     ██████████┃", "...............b"),
        (128, "     ██████████┃", "...............b"),
        (129, "     ███████████", ""),
    ] {
        let found = bars_in(vec![running()], |chart| chart.now = at(now));
        assert_eq!(found, (text.to_owned(), look.to_owned()), "{now}");
    }
    let kernels = Kernels { levels: vec![], limit: 1, rows: 1 };
    let lanes = [lane(vec![])];
    let buffer = drawn(&Chart { now: at(40), ..chart(&lanes, Some(&kernels)) }, CELLS, 5);
    let rows = [1, 2, 3, 4].map(|y| row(&buffer, y));
    assert_eq!(rows, ["     │", "     │", "     │", "·····│"], "also where nothing else is");
}

#[test]
fn the_schedule_has_a_tick_behind_now_for_each_start() {
    let lanes = [Lane {
        coming: [0, 20, 32, 33, 34, 50, 64, 66, 127, 128, 900].map(at).to_vec(),
        ..lane(vec![active(8, Some((60, 90)), None)])
    }];
    for (now, unicode, text) in [
        (32, true, " ███│◇◇▒◇░░░   ◇"),
        (32, false, " ==>|^^-^...   ^"),
        (70, true, " ███████┃░░░   ◇"),
        (-80, true, "◇▒◇▒◇▒◇▒◇░░░   ◇"),
        (500, true, " ███████████████"),
    ] {
        let mut chart = chart(&lanes, None);
        (chart.now, chart.theme.unicode) = (at(now), unicode);
        assert_eq!(only(&chart).0, text, "{now}");
    }
}

#[test]
fn where_nobody_looked_there_are_dots() {
    let gap = |from, to| Span { from: at(from), to: at(to) };
    let gaps = vec![gap(-900, 20), gap(12, 28), gap(44, 60), gap(70, 60), gap(88, 900)];
    let lanes = [Lane { gaps, ..lane(vec![done(8, 16)]) }];
    for (unicode, text) in [(true, "·█·   ·    ··│"), (false, ".+.   .    ..|")] {
        let mut chart = chart(&lanes, None);
        (chart.now, chart.theme.unicode) = (at(108), unicode);
        assert_eq!(only(&chart), (text.to_owned(), "d.d...d....ddb".to_owned()));
    }
}

#[test]
fn a_note_stands_behind_the_last_bar_if_it_has_room() {
    for (note, bars, coming, text) in [
        ("ok", vec![done(0, 8)], vec![], "█ ok        │"),
        ("ok", vec![done(0, 12)], vec![], "█▌ ok       │"),
        ("sixteen", vec![], vec![], " sixteen    │"),
        ("sixteen8901", vec![], vec![], "            │"),
        ("no", vec![done(0, 80)], vec![], "██████████  │"),
        ("n", vec![done(0, 80)], vec![], "██████████  │ n"),
        ("n", vec![done(0, 76)], vec![], "█████████▌  │ n"),
        ("n", vec![done(0, 72)], vec![], "█████████ n │"),
        ("n", vec![done(0, 80)], vec![106], "██████████  │◇"),
        ("n", vec![active(80, Some((105, 105)), None)], vec![], "          ██┃▒"),
        ("ok", vec![failed(0, 8)], vec![], "█✗ ok       │"),
        ("売", vec![done(0, 8)], vec![], "█ 売         │"),
    ] {
        let coming = coming.into_iter().map(at).collect();
        let lanes = [Lane { note: note.to_owned(), coming, ..lane(bars) }];
        let chart = Chart { now: at(97), ..chart(&lanes, None) };
        assert_eq!(only(&chart).0, text, "{note}");
    }
}
