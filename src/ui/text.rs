//! Text that is safe to print and fits.
//!
//! Nothing from outside is trusted: control characters, escape sequences and characters that
//! reorder text are replaced, so that a title cannot draw on the screen or pose as another. Text is
//! measured and cut by grapheme clusters, each as wide as ratatui draws it.

use std::time::Duration;

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

pub use crate::domain::text::clean as safe;

/// The columns that a text takes where it is drawn.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.bytes().filter(|byte| !byte.is_ascii_control()).count();
    }
    text.graphemes(true).map(columns).sum()
}

/// The columns of one grapheme cluster; ratatui draws none that holds a control character.
fn columns(cluster: &str) -> usize {
    if cluster.contains(char::is_control) { 0 } else { usize::from(cluster.cell_width()) }
}

/// The most characters that one line of any screen shows.
const LINE: usize = 2000;

/// The beginning of a text, as much as one line of any screen shows: what is drawn for each frame
/// must not cost more for a text that goes on for a megabyte.
pub fn start(text: &str) -> &str {
    text.char_indices().nth(LINE).map_or(text, |(end, _)| text.split_at(end).0)
}

/// The end of a text, as much as one line of any screen shows.
pub fn end(text: &str) -> &str {
    text.char_indices().nth_back(LINE - 1).map_or(text, |(start, _)| text.split_at(start).1)
}

/// The text cut to so many columns, the last of them an ellipsis if anything was lost.
pub fn fit(text: &str, most: usize) -> String {
    // No more is measured than decides. A character of no width hardly ever follows another.
    let (first, _) = text.split_at(text.floor_char_boundary(most.max(LINE).saturating_mul(16)));
    if width(first) <= most && (first.len() == text.len() || width(text) <= most) {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut used = 0;
    for cluster in text.graphemes(true) {
        used += columns(cluster);
        if used >= most {
            break;
        }
        cut.push_str(cluster);
    }
    if most > 0 {
        cut.push('…');
    }
    cut
}

/// `text` in at most so many columns: a longer one loses its middle, because names that belong together
/// often differ at their ends.
pub fn middle(text: &str, most: usize) -> String {
    let cut = fit(text, most);
    if cut == text {
        return cut;
    }
    let tail = most / 3;
    let mut end = String::new();
    for part in self::end(text).graphemes(true).rev() {
        if width(&end) + width(part) > tail {
            break;
        }
        end.insert_str(0, part);
    }
    fit(text, most.saturating_sub(width(&end))) + end.trim_start()
}

/// The text cut or filled up with spaces to exactly so many columns.
pub fn pad(text: &str, columns: usize) -> String {
    let mut text = fit(text, columns);
    let missing = columns.saturating_sub(width(&text));
    text.extend(std::iter::repeat_n(' ', missing));
    text
}

/// The text in lines of at most so many columns, broken between words where that is possible, and inside one that is
/// longer than a line. Only of a word that goes on for very long the end is left out.
pub fn wrap(text: &str, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        let joins = !line.is_empty();
        if joins && width(line) + 1 + width(start(word)) <= most {
            line.push(' ');
            line.push_str(word);
            continue;
        }
        let shown = start(word);
        let mut pieces = if most < 2 { vec![fit(shown, most)] } else { pieces(shown, most) };
        if shown.len() < word.len()
            && let Some(last) = pieces.last_mut()
        {
            *last = fit(&format!("{last}……"), width(last).max(1));
        }
        if !joins {
            lines.pop();
        }
        lines.append(&mut pieces);
    }
    lines
}

/// The text cut into lines of at most so many columns, with nothing left out.
pub fn pieces(text: &str, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    let mut push = |piece: &str, wide: usize| {
        if used + wide > most {
            lines.push(String::new());
            used = 0;
        }
        used += wide;
        if let Some(line) = lines.last_mut() {
            line.push_str(piece);
        }
    };
    for cluster in text.graphemes(true) {
        let wide = columns(cluster);
        if wide <= most {
            push(cluster, wide);
        } else {
            // Syllables of several letters may be wider than a narrow line.
            for letter in cluster.chars() {
                let letter = letter.to_string();
                push(&letter, columns(&letter));
            }
        }
    }
    lines
}

/// The most lines of a long text that are there to scroll through.
const PAGE: usize = 2000;

/// A text as a page to scroll through, its lines cut to at most so many columns; one that goes on
/// behind so many lines ends with a line that says how much was left out.
pub fn page(text: &str, most: usize) -> Vec<String> {
    let (mut lines, mut rest) = (Vec::new(), text);
    while !rest.is_empty() && lines.len() < PAGE {
        let line = rest.split_once('\n').map_or(rest, |(line, _)| line);
        let room = (PAGE - lines.len()).saturating_mul(most.max(1));
        let end = line.char_indices().nth(room).map_or(line.len(), |(end, _)| end);
        lines.extend(pieces(&safe(line.split_at(end).0), most));
        rest = rest.split_at(end).1;
        rest = rest.strip_prefix('\n').unwrap_or(rest);
    }
    if !rest.is_empty() {
        let left = rest.len().div_ceil(1024);
        lines.push(fit(&format!("… {left} KiB more, which are not shown here"), most));
    }
    lines
}

/// The text in lines of at most so many columns with nothing left out: broken between words where
/// that is possible, and inside one that is longer than a line.
pub fn fold(text: &str, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        // A piece of a long word fills its line, so the next one never joins it there.
        for piece in pieces(word, most.max(2)) {
            let Some(line) = lines.last_mut() else { break };
            if line.is_empty() {
                line.push_str(&piece);
            } else if width(line) + 1 + width(&piece) <= most {
                line.push(' ');
                line.push_str(&piece);
            } else {
                lines.push(piece);
            }
        }
    }
    lines
}

/// A duration as `8s`, `2m31s`, `52m09s`, `3h07m`, `4d02h`.
pub fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{minutes}m{:02}s", seconds % 60),
        3600..86400 => format!("{hours}h{:02}m", minutes % 60),
        _ => format!("{days}d{:02}h", hours % 24),
    }
}

/// A duration as one says it: `under a minute`, `12 min`, `3 h 20 min`, `2 d 4 h`.
pub fn about(duration: Duration) -> String {
    let minutes = (duration.as_secs() + 30) / 60;
    let (hours, days) = (minutes / 60, minutes / 1440);
    match minutes {
        0 => "under a minute".to_owned(),
        1..60 => format!("{minutes} min"),
        60..1440 => match minutes % 60 {
            0 => format!("{hours} h"),
            rest => format!("{hours} h {rest} min"),
        },
        _ => format!("{days} d {} h", hours % 24),
    }
}

/// An age with one unit: `8s`, `2m`, `3h`, `4d`.
pub fn age(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86400),
    }
}

/// `1 run`, `2 runs`.
pub fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::width as drawn;
    use super::*;
    use proptest::prelude::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn a_title_cannot_draw_on_the_screen() {
        assert_eq!(safe("a\u{1b}[31mb\r\n\tc\u{202e}d\u{200b}e\u{9b}"), "a·[31mb  c·d·e·");
        assert_eq!(safe("Umsatz – 売上 🚀"), "Umsatz – 売上 🚀");
    }

    #[test]
    fn a_text_of_a_megabyte_costs_no_more_to_show_than_what_is_shown_of_it() {
        for text in ["x".repeat(1 << 20), "ab cd\n".repeat(200_000), "🚀é".repeat(200_000)] {
            assert!(start(&text).chars().count() == LINE && text.starts_with(start(&text)));
            assert!(end(&text).chars().count() == LINE && text.ends_with(end(&text)));
            let lines = page(&text, 80);
            let last = lines.last().unwrap();
            assert!(lines.len() <= 2 * PAGE + 1 && last.contains("KiB more"), "{last}");
            assert!(lines.iter().all(|line| width(line) <= 80));
        }
        assert_eq!((start("é売"), end("é売"), fit("é売", 2)), ("é売", "é売", "é…".to_owned()));
        assert_eq!(page("{\n  \"a\": 12345\n\n}", 8), ["{", "  \"a\": 1", "2345", "", "}"]);
    }

    #[test]
    fn how_long_something_takes_is_told_in_hours_and_minutes() {
        for (seconds, words) in [
            (0, "under a minute"),
            (29, "under a minute"),
            (30, "1 min"),
            (616, "10 min"),
            (12_000, "3 h 20 min"),
            (7200, "2 h"),
            (187_200, "2 d 4 h"),
        ] {
            assert_eq!(about(Duration::from_secs(seconds)), words);
        }
    }

    #[test]
    fn spans_and_ages_have_the_precision_their_size_deserves() {
        let table = [
            (8, "8s", "8s"),
            (151, "2m31s", "2m"),
            (3129, "52m09s", "52m"),
            (11_220, "3h07m", "3h"),
            (352_800, "4d02h", "4d"),
        ];
        for (seconds, long, short) in table {
            assert_eq!(span(Duration::from_secs(seconds)), long);
            assert_eq!(age(Duration::from_secs(seconds)), short);
        }
    }

    #[test]
    fn a_text_is_as_wide_as_it_is_drawn_and_cut_between_clusters() {
        for (text, columns) in [
            ("Cafe\u{301} \u{1f680}", 7),
            ("\u{1f469}\u{200d}\u{1f4bb}|", 3),
            ("हिन्दी", 5),
            ("لا", 2),
            ("한국어", 6),
        ] {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 40, 1));
            let (end, _) = buffer.set_stringn(0, 0, text, 40, Style::new());
            assert_eq!((drawn(text), usize::from(end)), (columns, columns), "{text}");
        }
        let mut buffer = Buffer::empty(Rect::new(0, 0, 40, 1));
        let (end, _) = buffer.set_stringn(0, 0, "ﾊﾞﾝﾄﾞ", 40, Style::new());
        assert_eq!(drawn("ﾊﾞﾝﾄﾞ"), usize::from(end), "as ratatui counts its sound marks");
        assert_eq!(fit("ae\u{301}e\u{301}e\u{301}", 3), "ae\u{301}…");
        assert_eq!(fit("a\u{1f469}\u{200d}\u{1f4bb}b", 3), "a…");
        assert_eq!(pieces("ae\u{301}e\u{301}", 2), ["ae\u{301}", "e\u{301}"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(256)))]

        #[test]
        fn fitted_text_never_exceeds_its_width(text in ".*", width in 0_usize..40) {
            prop_assert!(drawn(&fit(&safe(&text), width)) <= width);
            prop_assert_eq!(drawn(&pad(&safe(&text), width)), width);
        }

        #[test]
        fn pieces_leave_nothing_out(text in "\\PC*", width in 2_usize..30) {
            let text = safe(&text);
            let lines = pieces(&text, width);
            prop_assert!(lines.iter().all(|line| drawn(line) <= width));
            prop_assert_eq!(lines.concat(), text);
        }

        #[test]
        fn folded_text_leaves_nothing_out_and_keeps_within_its_width(
            text in "[a-zä]{1,30}( [a-z]{1,30}){0,6}", width in 2_usize..20,
        ) {
            let lines = fold(&text, width);
            prop_assert!(lines.iter().all(|line| drawn(line) <= width));
            prop_assert!(lines.iter().all(|line| line.split(' ').all(|word| text.contains(word))));
            prop_assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
            let whole = fold(&text, 500);
            prop_assert_eq!(whole, vec![text]);
        }

        #[test]
        fn wrapped_text_keeps_its_words_within_its_width(text in "[a-z]{1,9}( [a-z]{1,9}){0,12}") {
            let lines = wrap(&text, 12);
            prop_assert!(lines.iter().all(|line| drawn(line) <= 12));
            prop_assert_eq!(lines.join(" "), text);
        }

        #[test]
        fn words_longer_than_a_line_are_wrapped_and_not_cut(
            text in "[a-zä語]{1,40}( [a-z]{1,40}){0,6}", width in 2_usize..20,
        ) {
            let lines = wrap(&text, width);
            prop_assert!(lines.iter().all(|line| drawn(line) <= width), "{lines:?}");
            prop_assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        }

        #[test]
        fn safe_text_has_no_control_characters(text in ".*") {
            prop_assert!(!safe(&text).chars().any(char::is_control));
        }
    }
}
