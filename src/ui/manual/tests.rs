use std::collections::BTreeSet;

use super::layout::{self, Layout, length, lines};
use super::markdown::{Block, Mark, Piece, Text, blocks, plain, saying};
use super::{NAMES, TOPICS, nearest, topic};

/// The text of each line.
fn shown(source: &str, width: usize) -> Vec<String> {
    let layout = Layout { width, folds_code: false, rule: '-' };
    lines(&blocks(source), layout).iter().map(|line| plain(line)).collect()
}

/// The words of a page, as a person reads them.
fn words(lines: &[String]) -> BTreeSet<String> {
    let text = lines.concat();
    text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect()
}

#[test]
fn every_page_fits_and_says_all_at_every_width() {
    for topic in TOPICS {
        let page = blocks(topic.text);
        for width in [20, 40, 80, 120, 300] {
            let layout = Layout { width, folds_code: false, rule: '─' };
            let lines = lines(&page, layout);
            let is_code = |line: &layout::Line| line.iter().any(|piece| piece.mark == Mark::Code);
            for line in lines.iter().filter(|line| length(line) > width) {
                assert!(is_code(line), "{} at {width}: {line:?}", topic.name);
            }
            let folded = layout::lines(&page, Layout { folds_code: true, ..layout });
            let longest = folded.iter().map(|line| length(line)).max();
            assert!(longest <= Some(width), "{} at {width}: {longest:?}", topic.name);
        }
        let all = lines(&page, Layout { width: 2000, folds_code: false, rule: '─' });
        let wide = words(&all.iter().map(|line| plain(line) + " ").collect::<Vec<_>>());
        let narrow = shown(topic.text, 80);
        let narrow = words(&narrow.iter().map(|line| line.clone() + " ").collect::<Vec<_>>());
        let lost: Vec<_> = wide.difference(&narrow).collect();
        assert_eq!(lost, [""; 0], "{}", topic.name);
    }
}

#[test]
fn every_code_line_and_every_cell_of_a_page_is_there() {
    for topic in TOPICS {
        let (mut is_code, mut cells) = (false, 0);
        let joined = shown(topic.text, 2000).join("\n");
        for line in topic.text.lines() {
            if line.starts_with("```") {
                is_code = !is_code;
            } else if is_code {
                assert!(joined.contains(line), "{}: {line}", topic.name);
            }
            let is_row = !is_code && line.starts_with('|') && !line.starts_with("|---");
            cells += if is_row { line.replace("\\|", "").matches('|').count() - 1 } else { 0 };
        }
        let found = blocks(topic.text).into_iter().map(|block| match block {
            Block::Table { head, rows } => head.len() * (rows.len() + 1),
            _ => 0,
        });
        assert_eq!(found.sum::<usize>(), cells, "{}", topic.name);
    }
}

#[test]
fn a_page_begins_with_its_title_and_every_topic_is_found_by_its_name() {
    for (topic, name) in TOPICS.iter().zip(NAMES) {
        assert_eq!(topic.name, *name);
        assert_eq!(super::topic(name), Some(topic));
        let page = blocks(topic.text);
        assert!(matches!(page.first(), Some(Block::Heading(1, _))), "{name}");
        let titles = page.iter().filter(|block| matches!(block, Block::Heading(1, _)));
        assert_eq!(titles.count(), 1, "{name}");
        assert!(topic.summary.chars().count() < 60, "{name}");
    }
    assert_eq!(topic("budge"), None);
    assert_eq!(nearest("budge", NAMES.iter().copied()), Some("budget"));
    assert_eq!(nearest("exit", NAMES.iter().copied()), None);
    assert_eq!(nearest("zzzzzz", NAMES.iter().copied()), None);
}

#[test]
fn a_page_is_drawn_as_it_is_meant() {
    let page = "# Title\n\nA *word* with `code of mine`, and\na [link](budget.md).\n\n- one\n  goes on\n  \
                1. deep\n- **two**\n\n```sh\nhextop  --demo\n```\n\n| a | b |\n|---|---|\n| `x` | y z |\n| | w |\n";
    assert_eq!(
        shown(page, 22),
        [
            "Title",
            "",
            "A word with code of",
            "mine, and a link.",
            "",
            "- one goes on",
            "  1. deep",
            "- two",
            "",
            "  hextop  --demo",
            "",
            "a  b",
            "------",
            "x  y z",
            "   w",
        ]
    );
    let layout = Layout { width: 22, folds_code: false, rule: '-' };
    let marks: Vec<_> = lines(&blocks(page), layout)
        .into_iter()
        .flatten()
        .filter(|piece| piece.mark != Mark::Plain)
        .map(|piece| (piece.mark, piece.text))
        .collect();
    let expected = [
        (Mark::Heading, "Title"),
        (Mark::Emphasis, "word"),
        (Mark::Code, "code of"),
        (Mark::Code, "mine"),
        (Mark::Link, "link"),
        (Mark::Strong, "two"),
        (Mark::Code, "hextop  --demo"),
        (Mark::Heading, "a"),
        (Mark::Heading, "b"),
        (Mark::Rule, "------"),
        (Mark::Code, "x"),
    ];
    assert_eq!(marks, expected.map(|(mark, text)| (mark, text.to_owned())));
}

#[test]
fn a_table_without_room_stands_below_itself() {
    let page = "| event | keys | what |\n|---|---|---|\n| `run` | | a long explanation of it |\n";
    assert_eq!(shown(page, 20), ["run", "  what: a long", "  explanation of it"]);
    let page = "| k | what it says |\n|---|---|\n| a_very_long_name | short |\n";
    assert_eq!(shown(page, 18), ["a_very_long_name", "  short"]);
    assert_eq!(shown(page, 30)[0], "k                 what it says");
}

#[test]
fn what_is_longer_than_a_line_is_broken_and_nothing_is_lost() {
    let text: Text =
        vec![Piece::new("see ", Mark::Plain), Piece::new("週次売上abcdef", Mark::Code)];
    for width in 2..20 {
        let lines = layout::wrap(&text, width);
        assert!(lines.iter().all(|line| length(line) <= width), "{width}: {lines:?}");
        let all: String = lines.iter().map(|line| plain(line)).collect();
        assert_eq!(all.replace(' ', ""), "see週次売上abcdef", "{width}");
    }
    assert_eq!(layout::wrap(&[], 10), [Vec::new()]);
}

#[test]
fn a_search_keeps_the_headings_over_what_is_found_and_the_rows_of_a_table() {
    let page = blocks(
        "# Page\n\nintro\n\n## Alpha\n\nnothing\n\n## Beta\n\nThe Word.\n\n- no\n\n| k |\n|---|\n| word |\n| no |\n\n## Word\n\nall of it\n",
    );
    let found = saying(&page, "word");
    let layout = Layout { width: 40, folds_code: false, rule: '-' };
    let texts: Vec<_> = lines(&found, layout).iter().map(|line| plain(line)).collect();
    let texts: Vec<_> = texts.iter().filter(|line| !line.is_empty()).collect();
    assert_eq!(texts, ["Page", "Beta", "The Word.", "k", "----", "word", "Word", "all of it"]);
    assert_eq!(saying(&page, "nowhere"), []);
    assert_eq!(saying(&page, ""), page);
}
