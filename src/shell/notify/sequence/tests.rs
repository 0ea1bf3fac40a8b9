use proptest::prelude::*;

use super::*;

const WAYS: [Way; 4] = [Way::Bell, Way::Osc9, Way::Osc777, Way::Osc99];
const PASSAGES: [Passage; 4] = [Passage::Direct, Passage::Tmux, Passage::Screen, Passage::Nested];

fn notice(title: &str, body: &str) -> Notice {
    Notice { title: title.to_owned(), body: body.to_owned(), urgency: Urgency::Critical }
}

fn written(way: Way, passage: Passage, title: &str, body: &str) -> String {
    String::from_utf8(bytes(way, passage, &notice(title, body), 0x2a)).unwrap()
}

/// What reaches the terminal behind a multiplexer, as its source has it.
fn passed_on(passage: Passage, written: &str) -> String {
    let parts = written.strip_prefix(BELL).unwrap().split_inclusive("\u{1b}P");
    let unwrapped = match passage {
        Passage::Direct => return written.to_owned(),
        Passage::Nested => String::new(),
        // A doubled ESC is one; `ESC \` that is none of a pair ends it.
        Passage::Tmux => {
            let inner = |part: &str| part.replace("\u{1b}\u{1b}", "\u{0}");
            let part = |part: &str| inner(part).split("\u{1b}\\").next().unwrap().to_owned();
            let parts = parts.filter_map(|text| text.strip_prefix("tmux;").map(part));
            parts.collect::<String>().replace('\0', "\u{1b}")
        }
        // The first `ESC \` ends it; it has room for 255, and keeps 8 bits of each.
        Passage::Screen => {
            let part = |part: &str| part.split("\u{1b}\\").next().unwrap().to_owned();
            let parts: Vec<_> = parts.skip(1).map(part).collect();
            assert!(parts.iter().all(|part| part.chars().count() < 256), "{parts:?}");
            let lowest = |letter| char::from(u8::try_from(u32::from(letter) & 0xff).unwrap());
            parts.concat().chars().map(lowest).collect()
        }
    };
    format!("{BELL}{unwrapped}")
}

/// The sequences that a terminal reads, without beginning and end; fails if there is anything else
/// but one bell before them.
fn read(passage: Passage, written: &str) -> Vec<String> {
    let received = passed_on(passage, written);
    let mut rest = received.strip_prefix(BELL).expect("a bell first");
    let mut sequences = Vec::new();
    while !rest.is_empty() {
        let inner = rest.strip_prefix("\u{1b}]").expect("a sequence and nothing else");
        let end = inner.find(char::is_control).expect("an end");
        let (sequence, after) = inner.split_at(end);
        let terminator = if passage == Passage::Screen { BELL } else { "\u{1b}\\" };
        rest = after.strip_prefix(terminator).expect("the end and no other control character");
        sequences.push(sequence.to_owned());
    }
    sequences
}

#[test]
fn each_kind_has_its_bytes() {
    let kind = |way| written(way, Passage::Direct, "2 runs failed", "Revenue; Churn");
    assert_eq!(kind(Way::Bell), "\x07");
    assert_eq!(kind(Way::Osc9), "\x07\x1b]9;hextop: 2 runs failed: Revenue; Churn\x1b\\");
    assert_eq!(kind(Way::Osc777), "\x07\x1b]777;notify;hextop: 2 runs failed;Revenue, Churn\x1b\\");
    assert_eq!(
        kind(Way::Osc99),
        "\x07\x1b]99;i=hextop-2a:d=0:p=title:u=2:e=1;aGV4dG9wOiAyIHJ1bnMgZmFpbGVk\x1b\\\
         \x1b]99;i=hextop-2a:d=1:p=body:u=2:e=1;UmV2ZW51ZTsgQ2h1cm4=\x1b\\"
    );
}

#[test]
fn tmux_is_given_every_escape_twice_and_the_bell_as_it_is() {
    let kind = |way| written(way, Passage::Tmux, "failed", "Revenue");
    assert_eq!(kind(Way::Bell), "\x07");
    assert_eq!(kind(Way::Osc9), "\x07\x1bPtmux;\x1b\x1b]9;hextop: failed: Revenue\x1b\x1b\\\x1b\\");
    assert_eq!(
        kind(Way::Osc777),
        "\x07\x1bPtmux;\x1b\x1b]777;notify;hextop: failed;Revenue\x1b\x1b\\\x1b\\"
    );
    assert_eq!(
        kind(Way::Osc99),
        "\x07\x1bPtmux;\x1b\x1b]99;i=hextop-2a:d=0:p=title:u=2:e=1;aGV4dG9wOiBmYWlsZWQ=\x1b\x1b\\\x1b\\\
         \x1bPtmux;\x1b\x1b]99;i=hextop-2a:d=1:p=body:u=2:e=1;UmV2ZW51ZQ==\x1b\x1b\\\x1b\\"
    );
}

#[test]
fn screen_is_given_sequences_that_end_with_a_bell_and_are_ascii() {
    let kind = |way| written(way, Passage::Screen, "failed", "Tržby ě[2J");
    assert_eq!(kind(Way::Bell), "\x07");
    assert_eq!(kind(Way::Osc9), "\x07\x1bP\x1b]9;hextop: failed: Tr?by ?[2J\x07\x1b\\");
    assert_eq!(kind(Way::Osc777), "\x07\x1bP\x1b]777;notify;hextop: failed;Tr?by ?[2J\x07\x1b\\");
    assert_eq!(
        kind(Way::Osc99),
        "\x07\x1bP\x1b]99;i=hextop-2a:d=0:p=title:u=2:e=1;aGV4dG9wOiBmYWlsZWQ=\x07\x1b\\\
         \x1bP\x1b]99;i=hextop-2a:d=1:p=body:u=2:e=1;VHLFvmJ5IMSbWzJK\x07\x1b\\"
    );
}

#[test]
fn one_multiplexer_within_another_is_given_the_bell_alone() {
    for way in WAYS {
        assert_eq!(written(way, Passage::Nested, "failed", "Revenue"), "\x07");
    }
}

#[test]
fn hostile_titles_stay_text() {
    let line = |title| written(Way::Osc9, Passage::Direct, title, "");
    for (title, shown) in [
        ("\x1b]0;owned\x07", "hextop: ·]0;owned·"),
        ("a\nb\tc", "hextop: a b c"),
        ("a\u{9c}\u{9d}0;b", "hextop: a··0;b"),
        ("a\u{7f}b", "hextop: a·b"),
        ("a\u{202e}b", "hextop: a·b"),
        ("4;1;100", "hextop: 4;1;100"),
        ("5 runs failed", "hextop: 5 runs failed"),
        ("  7;calc.exe", "hextop: 7;calc.exe"),
        ("４;1;100", "hextop: ４;1;100"),
        ("👩🏽‍🚀 done 🇩🇪", "hextop: 👩🏽‍🚀 done 🇩🇪"),
        ("hextop: 2 runs failed", "hextop: 2 runs failed"),
        ("", "hextop"),
        (" \n", "hextop"),
    ] {
        assert_eq!(line(title), format!("\x07\x1b]9;{shown}\x1b\\"), "{title:?}");
    }
    let fields = written(Way::Osc777, Passage::Direct, "a;b;c", "--icon=x;y");
    assert_eq!(fields, "\x07\x1b]777;notify;hextop: a,b,c; --icon=x,y\x1b\\");
}

#[test]
fn long_texts_are_cut_between_what_looks_like_one_character() {
    let flags = "🇩🇪".repeat(300);
    let line = written(Way::Osc9, Passage::Direct, &flags, &"x".repeat(300));
    let (title, body) = line.split_once("…: ").unwrap();
    assert!(title.ends_with("🇩🇪") && title.matches("🇩🇪").count() == 95, "{title}");
    assert_eq!(body, format!("{}…\x1b\\", "x".repeat(199)));
}

#[test]
fn what_is_too_long_for_one_sequence_comes_in_several() {
    let title = "ř".repeat(180);
    let sequences = read(Passage::Screen, &written(Way::Osc99, Passage::Screen, &title, "b"));
    let fields = |text: &str| {
        let (metadata, payload) = text.rsplit_once(';').unwrap();
        let text = String::from_utf8(STANDARD.decode(payload).unwrap()).unwrap();
        (metadata.to_owned(), text)
    };
    let (metadata, texts): (Vec<_>, Vec<_>) = sequences.iter().map(|text| fields(text)).unzip();
    let metadata: Vec<_> =
        metadata.iter().map(|text| &text[.."99;i=hextop-2a:d=0:p=t".len()]).collect();
    assert_eq!(
        metadata,
        [
            "99;i=hextop-2a:d=0:p=t",
            "99;i=hextop-2a:d=0:p=t",
            "99;i=hextop-2a:d=0:p=t",
            "99;i=hextop-2a:d=1:p=b"
        ]
    );
    assert_eq!(texts.concat(), format!("hextop: {title}b"));
}

/// Texts with what sequences are made of, and with characters whose lowest 8 bits are such.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        proptest::sample::select(vec![
            "\x1b",
            "\x07",
            "\\",
            "\x1b\\",
            "\x1b]9;4;",
            "]",
            ";",
            "\u{9c}",
            "\u{9d}",
            "\r\n",
            "\0",
            "tmux;",
            "\x1bP",
            "ě",
            "ć",
            "Μ",
            "Ü",
            "5",
            "-",
            "hextop",
            "e\u{301}",
            "\u{202e}",
        ])
        .prop_map(String::from),
        "[ -~]{0,60}",
    ];
    proptest::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(256)))]

    #[test]
    fn whatever_the_text_the_terminal_reads_one_bell_and_whole_sequences(
        title in hostile(), body in hostile(), number: u64,
    ) {
        for (way, passage) in WAYS.iter().flat_map(|way| PASSAGES.map(|passage| (*way, passage))) {
            let written = bytes(way, passage, &notice(&title, &body), number);
            let sequences = read(passage, &String::from_utf8(written).unwrap());
            if passage == Passage::Nested || way == Way::Bell {
                prop_assert!(sequences.is_empty());
                continue;
            }
            match way {
                Way::Osc9 => prop_assert!(sequences[0].starts_with("9;hextop") && sequences.len() == 1),
                Way::Osc777 => {
                    let fields: Vec<_> = sequences[0].split(';').collect();
                    prop_assert!(sequences.len() == 1 && fields.len() == 4, "{:?}", fields);
                    prop_assert!(fields[2].starts_with("hextop") && !fields[3].starts_with('-'));
                }
                _ => {
                    let done = sequences.iter().filter(|text| text.contains(":d=1:")).count();
                    prop_assert!(done == 1 && sequences.last().unwrap().contains(":d=1:"));
                    for sequence in &sequences {
                        prop_assert!(sequence.is_ascii() && sequence.matches(';').count() == 2);
                        prop_assert!(sequence.len() < 4096);
                    }
                }
            }
        }
    }

    #[test]
    fn pieces_are_the_whole_text_and_none_is_too_long(text: String, most in 4_usize..20) {
        let pieces = chunks(&text, most);
        prop_assert_eq!(pieces.concat(), text.as_str());
        prop_assert!(pieces.iter().all(|piece| !piece.is_empty() && piece.len() <= most));
    }
}
