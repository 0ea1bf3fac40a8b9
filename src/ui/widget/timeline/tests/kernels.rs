//! Columns of kernels.

use super::*;

fn level(minutes: i64, in_use: Option<(u32, u32)>) -> Level {
    let in_use = in_use.map(|(certain, possible)| InUse { certain, possible });
    Level { at: at(minutes), in_use }
}

/// The rows of the kernels with their looks, from the top, and the label.
fn columns(kernels: &Kernels, change: impl FnOnce(&mut Chart<'_>)) -> Vec<(String, String)> {
    let mut chart = chart(&[], Some(kernels));
    change(&mut chart);
    let buffer = drawn(&chart, CELLS, kernels.rows + 2);
    (2..kernels.rows + 2).map(|y| (row(&buffer, y), looks(&buffer, y))).collect()
}

#[test]
fn a_column_is_as_high_as_its_number_and_red_from_the_limit_on() {
    let known = |minutes, number| level(minutes, Some((number, number)));
    let levels = vec![
        known(8, 0),
        known(16, 1),
        known(24, 12),
        known(32, 24),
        known(40, 25),
        known(52, 3),
        level(64, None),
        known(76, 40),
        known(80, 4),
        known(92, 10),
    ];
    let looks = ["d....RR.dR...b", ".....RR..R...b", ".....RR..R...b"];
    for (unicode, from_below) in [
        (true, vec!["· ▁▃▇██▁·█▁▃▃│"]),
        (true, vec!["· ▁▇███▁·█▂▆▆│", "    ▇██  █   │"]),
        (true, vec!["· ▁████▂·█▃██│", "   ▃███  █ ▁▁│", "    ▇██  █   │"]),
        (false, vec![". _==##_.#_==|", "    =##  #   |"]),
    ] {
        let rows = u16::try_from(from_below.len()).unwrap();
        let kernels = Kernels { levels: levels.clone(), limit: 25, rows };
        let found =
            columns(&kernels, |chart| (chart.now, chart.theme.unicode) = (at(106), unicode));
        for ((found, text), look) in found.into_iter().rev().zip(from_below).zip(looks) {
            assert_eq!(found, (text.to_owned(), look.to_owned()));
        }
    }
}

#[test]
fn possible_kernels_are_lighter_than_certain_ones() {
    let levels = vec![
        level(0, Some((8, 16))),
        level(8, Some((2, 4))),
        level(16, Some((2, 5))),
        level(24, Some((9, 12))),
        level(32, Some((0, 16))),
        level(40, Some((5, 3))),
        level(48, Some((16, 16))),
    ];
    let kernels = Kernels { levels, limit: 16, rows: 2 };
    for (unicode, colour, rows) in [
        (true, true, [("█  ▄█ █│", "d..dd.Rb"), ("█▄▅██▅█│", "..d.d.Rb")]),
        (true, false, [("░  ░░ █│", "d..dd.bb"), ("█▄░█░▅█│", "..d.d.bb")]),
        (false, true, [(":  :: #|", "d..dd.Rb"), ("==:=:=#|", "..d.d.Rb")]),
    ] {
        let found = columns(&kernels, |chart| {
            chart.now = at(56);
            chart.theme = Theme { colour, unicode, ..chart.theme };
        });
        assert_eq!(found, rows.map(|(text, look)| (text.to_owned(), look.to_owned())));
    }
}

#[test]
fn the_label_says_how_many_there_are_now() {
    let levels = vec![level(0, Some((8, 8))), level(10, Some((8, 12))), level(20, None)];
    for (now, limit, text) in [
        (-1, 25, "kernels ? of 25"),
        (0, 25, "kernels 8 of 25"),
        (9, 0, "kernels 8"),
        (10, 25, "kernels 8–12 of 25"),
        (500, 25, "kernels ? of 25"),
    ] {
        let kernels = Kernels { levels: levels.clone(), limit, rows: 1 };
        let chart = Chart { now: at(now), label_width: 20, ..chart(&[], Some(&kernels)) };
        let found = row(&drawn(&chart, 40, 3), 2);
        assert_eq!(found.chars().take(20).collect::<String>().trim_end(), text);
    }
}

#[test]
fn without_a_limit_the_most_fill_the_rows_and_nothing_is_red() {
    let levels = vec![level(0, Some((2, 2))), level(8, Some((4, 4))), level(16, Some((0, 0)))];
    let kernels = Kernels { levels, limit: 0, rows: 1 };
    let found = columns(&kernels, |_| ());
    assert_eq!(found, [("▄█".to_owned(), String::new())]);
}
