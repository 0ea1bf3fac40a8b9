//! Keys, pastes and what takes them back.

use super::*;

#[test]
fn each_change_can_be_taken_back_and_a_paste_is_one() {
    let mut field = TextField::holding("ab");
    field.press(Chord::plain(Key::Char('c')));
    field.press(Chord::plain(Key::Left));
    field.paste("x\ny").unwrap();
    field.replace("other");
    let mut seen = Vec::new();
    while field.undo() {
        seen.push((field.text().to_owned(), field.cursor()));
    }
    assert_eq!(seen, [("abx yc".to_owned(), 5), ("abc".to_owned(), 2), ("ab".to_owned(), 2)]);
    for _ in 0..2 * UNDOS {
        field.press(Chord::plain(Key::Char('z')));
    }
    assert_eq!(std::iter::from_fn(|| field.undo().then_some(())).count(), UNDOS);
}

#[test]
fn a_change_is_taken_back_between_characters_of_any_length() {
    // They share their first bytes, or their last.
    for (before, after) in [("aéb", "aèb"), ("é", "è"), ("売上", "売丈"), ("", "é"), ("ĩ", "é")]
    {
        let mut field = TextField::holding(before);
        field.replace(after);
        assert!(field.undo());
        assert_eq!(field.text(), before, "after {after}");
    }
}

#[test]
fn what_has_no_room_is_left_out_whole_and_nothing_is_lost_of_what_was_there() {
    for (mut field, most) in [(TextField::holding(""), LINE), (TextField::for_value(""), VALUE)] {
        field.paste(&"é".repeat(most / 2 - 3)).unwrap();
        let before = field.text().to_owned();
        assert_eq!(field.paste("1234567"), Err(field.full()));
        assert_eq!(field.text(), before);
        field.paste("123456").unwrap();
        assert!(field.is_full());
        field.press(Chord::plain(Key::Char('z')));
        assert_eq!(field.text().len(), most);
        field.press(Chord::plain(Key::Backspace));
        assert_eq!(field.text().len(), most - 1, "what is too much can be taken out");
        assert!(field.undo() && field.undo() && field.undo());
        assert_eq!(field.text(), "");
    }
    let long = "x".repeat(2 * LINE);
    let mut field = TextField::holding(&long);
    field.press(Chord::plain(Key::Backspace));
    assert_eq!(field.text().len(), long.len() - 1, "what it held from the start stays");
}

#[test]
fn words_are_found_in_a_long_text_as_in_a_short_one() {
    let words = |text: &str| {
        let mut field = TextField::for_value(text);
        let mut seen = Vec::new();
        for name in ["ctrl-Left", "ctrl-Left", "ctrl-w", "ctrl-Right"] {
            field.press(name.parse().unwrap());
            let (before, after) = field.halves();
            seen.push((before.len(), after.to_owned()));
        }
        (seen, field.text().len())
    };
    let far = "é ".repeat(100_000);
    let ((short, left), (long, rest)) =
        (words("one two three"), words(&(far.clone() + "one two three")));
    assert_eq!((rest, long.len()), (far.len() + left, short.len()));
    for ((a, after), (b, then)) in short.into_iter().zip(long) {
        assert_eq!((far.len() + a, after), (b, then));
    }
}

#[test]
fn taking_changes_back_costs_what_was_changed_and_not_the_whole_text_each_time() {
    let mut field = TextField::for_value(&"x".repeat(VALUE - 2 * UNDOS));
    for _ in 0..UNDOS {
        field.press(Chord::plain(Key::Char('y')));
    }
    let kept: usize = field.undos.iter().map(|undo| undo.removed.capacity()).sum();
    assert!(kept < UNDOS, "{kept} bytes");
    for letter in ["a", "b", "c", "d"] {
        field.replace(&letter.repeat(VALUE));
    }
    let kept: usize = field.undos.iter().map(|undo| undo.removed.len()).sum();
    assert!(kept <= KEPT, "{kept} bytes");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(crate::testkit::cases(200)))]

    #[test]
    fn the_cursor_is_always_in_sight_with_what_stands_before_it(
        text in "[a-zé漢字 🚀\u{301}\u{0928}\u{093f}]{0,80}",
        left in 0_usize..90,
        room in 3_usize..60,
    ) {
        let mut field = TextField::holding(&text);
        for _ in 0..left {
            field.press(Chord::plain(Key::Left));
        }
        let (shown, column) = field.in_sight(room, str::to_owned);
        proptest::prop_assert!(text::width(&shown) < room && column < room, "{shown:?} {column}");
        // What is shown is a part of the text around the cursor.
        let (before, after) = field.halves();
        let at = (0..=shown.len()).filter_map(|at| shown.split_at_checked(at));
        let is_it = |(a, b): (&str, &str)| before.ends_with(a) && after.starts_with(b) && text::width(a) == column;
        proptest::prop_assert!(at.into_iter().any(is_it), "{shown:?} {column} of {before:?} {after:?}");
        let whole = text::width(before) + text::width(after) < room;
        proptest::prop_assert!(!whole || shown == text, "{shown:?}");
    }
}
