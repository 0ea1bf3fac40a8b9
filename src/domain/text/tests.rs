use super::*;
use crate::testkit::cases;
use proptest::prelude::*;

#[test]
fn what_people_write_stays_as_it_is() {
    for text in [
        "Umsatz – 売上 🚀",
        "Cafe\u{301} cre\u{300}me",
        "tie\u{302}\u{301}ng Vie\u{323}\u{302}t",
        "👩\u{200d}💻 👨\u{200d}👩\u{200d}👧\u{200d}👦 ❤\u{fe0f} 1\u{fe0f}\u{20e3} 🇩🇪",
        "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        "हिन्दी रिपोर्ट क्ष्म्य",
        "क\u{94d}\u{200d}ष",
        "ยอดขายรายสัปดาห์ ที่ น้ำ",
        "می\u{200c}خواهم تقرير לשָׁלוֹם",
        "한국어 \u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}",
        "ﾊﾞﾝﾄﾞ",
    ] {
        assert_eq!(clean(text), text);
        assert!(is_clean(text, LONGEST), "{text}");
    }
}

#[test]
fn nothing_acts_hides_poses_or_piles_up() {
    let tower = format!("z{}", "\u{334}\u{301}".repeat(50));
    for (text, shown) in [
        ("a\u{1b}[31mb\r\n\tc\u{202e}d\u{200b}e\u{9b}", "a·[31mb  c·d·e·"),
        ("one\u{2028}two\u{2029}\u{85}", "one two  "),
        ("\u{2066}a\u{2069}\u{200f}\u{61c}", "·a···"),
        ("\u{115f}|\u{3164}|\u{2800}|\u{ffa0}|\u{1160}|\u{17b4}|\u{ad}", "·|·|·|·|·|·|·"),
        ("\u{301}a \u{301}b", "·a \u{301}b"),
        ("pay\u{200d}roll\u{200c}", "pay·roll·"),
        ("a\u{e0041}\u{e0042}", "a·"),
        ("🏳\u{200d}\u{200d}🌈", "🏳·🌈"),
        (tower.as_str(), "z\u{334}\u{301}\u{334}\u{301}"),
    ] {
        assert_eq!(clean(text), shown, "{text:?}");
    }
    let chain = format!("{}👩", "👩\u{200d}".repeat(500));
    assert_eq!(clean(&chain).chars().count(), LONGEST_CLUSTER);
}

#[test]
fn a_text_is_cut_once_between_what_is_seen_as_characters() {
    assert_eq!(cut("abcdef", 6), "abcdef");
    assert_eq!(cut("abcdefg", 6), "abcde…");
    assert_eq!(cut("ae\u{301}e\u{301}e\u{301}", 6), "ae\u{301}e\u{301}…");
    assert_eq!(cut("ae\u{301}e\u{301}e\u{301}", 5), "ae\u{301}…");
    let huge = Text::from("x".repeat(1_000_000));
    assert_eq!(huge.chars().count(), LONGEST);
    assert!(huge.ends_with("x…"));
    assert_eq!(Text::word(&"Z".repeat(500)).chars().count(), LONGEST_WORD);
}

#[test]
fn a_text_from_a_store_is_cleaned_as_one_from_a_server() {
    let text: Text = serde_json::from_str(r#""a\u001b[2Jb""#).unwrap();
    assert_eq!(text, "a·[2Jb");
    assert_eq!(serde_json::to_string(&text).unwrap(), r#""a·[2Jb""#);
}

#[test]
fn json_is_escaped_where_a_terminal_would_act_and_means_the_same() {
    let value = serde_json::json!({"a": "\u{1b}[0m\u{9b}\u{202e}e\u{301}\u{1f680}\u{e0041}ü \""});
    let line = harmless_json(&value.to_string());
    assert_eq!(serde_json::from_str::<serde_json::Value>(&line).unwrap(), value);
    assert!(is_clean(&line, usize::MAX), "{line}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(256)))]

    #[test]
    fn what_is_clean_stays_as_it_is(
        text in "(\\PC|[\u{0}-\u{a0}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{300}-\u{310}\u{1100}-\u{11ff}\u{e0020}-\u{e007f}🏴👩🇩]){0,24}",
        most in 1_usize..30,
    ) {
        let once = cut(&text, most);
        prop_assert!(once.chars().count() <= most);
        prop_assert_eq!(cut(&once, most), once.clone());
        prop_assert!(!once.chars().any(is_hidden));
        for cluster in once.graphemes(true) {
            prop_assert!(columns(cluster) > 0, "{:?} in {:?}", cluster, once);
        }
    }
}
