//! The journal, the comparison of two runs, and the form that repeats one.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::api::{ApiError, Failure};
use crate::engine::model::{BatchItem, Entry, StartId, StartStage};
use crate::engine::sync::protocol::StoreEvent;
use crate::engine::sync::session::Session;

const REVENUE: &str = "00000002-0000-4000-8000-000000000000";

fn id(number: usize) -> RunId {
    RunId::new(format!("{number:08x}-0000-4000-8000-000000000000"))
}

/// The `number`-th start that another process has written down.
fn entry(number: u32, body: Value, stage: StartStage) -> Entry {
    let at =
        at(0).wall - Duration::from_secs(3_100_000) + Duration::from_secs(600 * u64::from(number));
    let attempts = u32::from(!matches!(stage, StartStage::Waiting | StartStage::NeverSent(_)));
    Entry {
        id: StartId::new(at, Session(9), number),
        by: Session(9),
        who: Some("ana@acme.test".to_owned()),
        project: ProjectId::new(REVENUE),
        title: "Weekly revenue, with a title that is longer than its column".into(),
        body,
        secrets: BTreeSet::new(),
        at,
        reason: None,
        queue: None,
        after: None,
        stage,
        attempts,
        sent: (attempts > 0).then_some(at + Duration::from_secs(1)),
        deadline: None,
        known: BTreeSet::new(),
        trace: None,
    }
}

/// One entry of every kind.
pub(super) fn entries() -> Vec<Entry> {
    let lost = || ApiError::Transport(Failure::Timeout(20));
    let inputs = |region: &str| json!({"inputParams": {"region": region, "threshold": 0.95}});
    let queue = StartId::new(at(0).wall, Session(9), 40);
    vec![
        Entry {
            reason: Some(
                "nightly numbers were wrong, INC-1234: again with the mended table".to_owned(),
            ),
            trace: Some("trc-77".to_owned()),
            secrets: BTreeSet::from(["api_key".to_owned()]),
            ..entry(1, inputs("emea"), StartStage::Started(id(0x200)))
        },
        entry(2, json!({}), StartStage::Refused(ApiError::RateLimited)),
        entry(3, json!({}), StartStage::NeverSent("nothing was sent: the disk is full".to_owned())),
        entry(4, json!({}), StartStage::Withdrawn),
        entry(5, inputs("apac"), StartStage::Unconfirmed(lost())),
        Entry {
            who: Some("ben@acme.test".to_owned()),
            body: json!({"inputParams": {"region": "amer", "threshold": 0.95}, "useCachedSqlResults": false}),
            ..entry(6, json!({}), StartStage::ProbablyOurs(id(0x203)))
        },
        entry(7, json!({}), StartStage::Ambiguous(vec![id(0x204), id(0x205)])),
        Entry { who: None, ..entry(8, json!({}), StartStage::NotSeen) },
        Entry {
            queue: Some(BatchItem { queue, index: 2, of: 30 }),
            ..entry(9, inputs("emea"), StartStage::Waiting)
        },
    ]
}

/// Starts of runs that are listed: two that are known, one with a secret, one that is only probable.
pub(super) fn started() -> Vec<Entry> {
    let inputs = |region: &str| json!({"inputParams": {"region": region}});
    let cached = json!({"inputParams": {"region": "apac"}, "useCachedSqlResults": false});
    vec![
        Entry {
            secrets: BTreeSet::from(["api_key".to_owned()]),
            ..entry(1, inputs("emea"), StartStage::Started(id(0x200)))
        },
        entry(2, inputs("emea"), StartStage::Started(id(0x201))),
        entry(3, cached, StartStage::Started(id(0x202))),
        entry(4, inputs("amer"), StartStage::ProbablyOurs(id(0x203))),
    ]
}

/// A start of the run of the second project that goes on.
pub(super) fn known_to_go_on() -> Vec<Entry> {
    let inputs = json!({"inputParams": {"region": "emea", "threshold": 0.5}});
    vec![entry(1, inputs, StartStage::Started(id(0xa0d4)))]
}

/// Starts of one sweep with this reason, one of whose runs goes on; and another start.
pub(super) fn swept(reason: &str) -> Vec<Entry> {
    let queue = StartId::new(at(0).wall, Session(9), 40);
    let of_sweep = |index: u16, run: usize| Entry {
        id: queue.point(index),
        queue: Some(BatchItem { queue, index, of: 3 }),
        reason: Some(reason.to_owned()),
        ..entry(1, json!({}), StartStage::Started(id(run)))
    };
    let other = entry(2, json!({}), StartStage::Started(id(0xb7e1)));
    vec![of_sweep(0, 0x200), of_sweep(1, 0xa0d4), other]
}

pub(super) fn tell(state: &mut State, entries: Vec<Entry>, now: Now) {
    let told = engine::Msg::Store(Ok(StoreEvent { entries, ..StoreEvent::default() }));
    state.update(Msg::Engine(Box::new(told)), now);
}

fn journal() -> State {
    let mut state = opened(&workspace(), SIZES[1]);
    tell(&mut state, entries(), at(40));
    state
}

#[test]
fn the_journal_at_all_sizes() {
    let mut state = journal();
    press(&mut state, "@", at(40));
    look("journal", &mut state, at(40));
}

#[test]
fn an_entry_of_the_journal_at_all_sizes() {
    let mut state = journal();
    press(&mut state, "@ G Enter", at(40));
    look("journal_entry", &mut state, at(40));
    press(&mut state, "Esc j k k k Enter", at(40));
    let shown = drawn(&mut state, SIZES[2], at(40));
    assert!(shown.contains("taken back before it was sent"), "{shown}");
}

#[test]
fn the_comparison_of_two_runs_at_all_sizes() {
    let mut state = journal();
    press(
        &mut state,
        "/ w e e k l y Space s t a t u s : e n d e d Enter Home j Space j j Space D",
        at(40),
    );
    look("compare", &mut state, at(40));
}

#[test]
fn the_form_that_repeats_a_run_at_all_sizes() {
    let mut state = journal();
    let told = entries().remove(0);
    press(&mut state, "@ G T", at(40));
    settle(&mut state, Vec::new(), &workspace(), at(40));
    let shown = drawn(&mut state, SIZES[2], at(40));
    assert!(shown.contains(told.stage.run().unwrap().short()), "{shown}");
    look("rerun", &mut state, at(40));
}

#[test]
fn marked_runs_are_run_again_after_one_review_if_their_inputs_are_certain() {
    let mut state = opened(&workspace(), SIZES[1]);
    tell(&mut state, started(), at(40));
    press(&mut state, "/ w e e k l y Enter ctrl-a T", at(40));
    look("rerun_marks", &mut state, at(40));
    let marked = state.runs.marks.len();
    let before = state.model.starts().count();
    press(&mut state, "1 y", at(40));
    assert_eq!(state.model.starts().count(), before, "the count is another one");
    press(&mut state, "Backspace 2 y", at(40));
    let bodies: Vec<_> = state.model.starts().skip(before).map(|start| &start.entry.body).collect();
    let [first, second] = [&started()[1].body, &started()[2].body].map(Clone::clone);
    assert!(bodies == [&first, &second] || bodies == [&second, &first], "{bodies:?}");
    assert_eq!(state.runs.marks.len(), marked - 2, "what was left out stays marked");
    press(&mut state, "T", at(41));
    let shown = drawn(&mut state, SIZES[2], at(41));
    assert!(shown.contains("none of"), "{shown}");
}

#[test]
fn without_colour_and_utf8_the_journal_is_ascii_and_says_every_state_in_words() {
    let mut state = journal();
    state.options.theme = Theme { colour: false, unicode: false, ..Theme::default() };
    press(&mut state, "@", at(40));
    let shown = drawn(&mut state, SIZES[2], at(40));
    assert!(shown.is_ascii(), "{shown}");
    for word in [
        "started",
        "refused",
        "not sent",
        "taken back",
        "unconfirmed",
        "probably ours",
        "ambiguous",
        "not seen",
        "waiting",
    ] {
        assert!(shown.contains(word), "{word}\n{shown}");
    }
}

#[test]
fn an_empty_journal_says_what_will_stand_there() {
    let mut state = opened(&workspace(), SIZES[1]);
    press(&mut state, "@ j G Enter e T X x", at(40));
    for size in SIZES {
        let shown = drawn(&mut state, size, at(40));
        assert!(shown.contains("Nothing has been started or"), "{shown}");
    }
    press(&mut state, "Esc", at(40));
    assert!(state.layers.is_empty());
}

#[test]
fn the_selection_stays_on_its_entry_when_others_come() {
    let mut state = journal();
    press(&mut state, "@ j", at(40));
    let here = |state: &mut State| {
        let shown = drawn(state, SIZES[2], at(40));
        shown.lines().rev().find(|line| line.contains("entry  ")).unwrap().to_owned()
    };
    let before = here(&mut state);
    let more = (10..40).map(|number| entry(number, json!({}), StartStage::NotSeen)).collect();
    tell(&mut state, more, at(41));
    assert_eq!(here(&mut state), before);
    press(&mut state, "k", at(41));
    assert_ne!(here(&mut state), before);
}

#[test]
fn thousands_of_entries_are_drawn_as_far_as_they_are_in_sight() {
    let mut state = opened(&workspace(), SIZES[1]);
    let many = (0..5000).map(|number| entry(number, json!({}), StartStage::NotSeen)).collect();
    tell(&mut state, many, at(40));
    press(&mut state, "@ / s t a t e : n o t Enter G", at(40));
    for size in SIZES {
        let shown = drawn(&mut state, size, at(40));
        assert!(shown.contains("5000"), "{shown}");
        assert!(shown.contains("09-14 10:53"), "the oldest is in sight\n{shown}");
    }
}

#[test]
fn a_filter_that_cannot_be_read_says_so_and_leaves_the_one_in_force() {
    let mut state = journal();
    press(&mut state, "@ / a m b i g Enter", at(40));
    let rows = |state: &mut State| {
        let shown = drawn(state, SIZES[1], at(40));
        (shown.matches("? ambiguous").count(), shown.matches("taken back").count(), shown)
    };
    let (ambiguous, others, shown) = rows(&mut state);
    assert_eq!((ambiguous > 0, others), (true, 0), "{shown}");
    press(&mut state, "/ ctrl-u c o l o u r : r e d Enter", at(40));
    let (_, others, shown) = rows(&mut state);
    assert!(others == 0 && shown.contains("`colour:` is no filter"), "{shown}");
    press(&mut state, "Esc", at(40));
    let (_, others, shown) = rows(&mut state);
    assert!(others > 0, "{shown}");
    press(&mut state, "/ n o w h e r e Enter", at(40));
    let (.., shown) = rows(&mut state);
    assert!(shown.contains("No entry matches the filter"), "{shown}");
    press(&mut state, "Esc Esc", at(40));
    assert!(state.layers.is_empty(), "the first clears the filter, the second closes");
}

#[test]
fn the_form_opened_from_the_journal_goes_back_to_it() {
    let mut state = journal();
    press(&mut state, "@ G k T", at(40));
    assert_eq!(state.context(), Context::FormOption);
    press(&mut state, "Esc", at(40));
    let shown = drawn(&mut state, SIZES[1], at(40));
    assert!(shown.contains(" Journal: 9 starts ") && shown.contains("refused"), "{shown}");
}

#[test]
fn what_another_hextop_is_busy_with_is_neither_changed_nor_taken_back_here() {
    let mut state = journal();
    let effects = press(&mut state, "@ X", at(40));
    let shown = drawn(&mut state, SIZES[1], at(40));
    assert!(effects.is_empty() && shown.contains("taken back only there"), "{shown}");
    press(&mut state, "e", at(40));
    let shown = drawn(&mut state, SIZES[1], at(40));
    assert!(shown.contains("another hextop is still busy"), "{shown}");
    assert!(state.model.starts().all(|start| start.entry.reason.as_deref() != Some("no")));
    press(&mut state, "j X", at(40));
    let shown = drawn(&mut state, SIZES[1], at(40));
    assert!(shown.contains("only what has not left can be taken back"), "{shown}");
}

#[test]
fn the_id_that_is_copied_is_the_runs_where_there_is_one() {
    let mut state = journal();
    let copied = press(&mut state, "@ y G y", at(40));
    let first = entries().pop().unwrap().id.to_string();
    assert_eq!(copied, [Effect::Copy(first), Effect::Copy(id(0x200).to_string())]);
    let opened = press(&mut state, "o", at(40));
    assert_eq!(opened, [Effect::Open("https://app.hex.tech/acme/run".to_owned())]);
}

#[test]
fn a_run_that_is_only_probably_ours_is_said_to_be_wherever_it_is_shown() {
    let mut told =
        entry(1, json!({"inputParams": {"region": "emea"}}), StartStage::ProbablyOurs(id(0xa0d4)));
    told.reason = Some("month end".to_owned());
    told.at = "2026-10-19T07:10:00Z".parse().unwrap();
    let mut state = opened(&workspace(), SIZES[2]);
    tell(&mut state, vec![told], at(40));
    press(&mut state, "/ w e e k l y Space s t a t u s : r u n n i n g Enter", at(40));
    let doubt = "probably the start you confirmed at 2026-10-19 07:10:00Z; its answer was lost";
    // Where the details have whole lines.
    let shown = drawn(&mut state, Size { width: 150, height: 50 }, at(40));
    for words in [
        "(probably ours)",
        doubt,
        "inputs  region=\"emea\"   (from this journal)",
        "reason  month end",
    ] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    press(&mut state, "X", at(40));
    for size in SIZES {
        let shown = drawn(&mut state, size, at(40));
        assert!(shown.contains("probably the start you"), "{shown}");
    }
    assert!(drawn(&mut state, SIZES[2], at(40)).contains(doubt));
}

#[test]
fn comparing_wants_exactly_two_marks_and_says_so() {
    let mut state = opened(&workspace(), SIZES[2]);
    for (keys, words) in [
        ("D", "mark both with Space first"),
        ("Space D", "mark one more with Space"),
        ("Space Space D", "and 3 are marked"),
    ] {
        press(&mut state, keys, at(40));
        let shown = drawn(&mut state, SIZES[2], at(40));
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    assert!(state.layers.is_empty());
}

#[test]
fn the_open_journal_follows_starts_and_cancels_and_not_the_news_of_runs() {
    let mut projects = workspace();
    let mut state = journal();
    press(&mut state, "@", at(40));
    // The title counts them: `Journal: 9 starts and 1 cancel`.
    let rows = |state: &mut State| {
        let shown = drawn(state, SIZES[2], at(40));
        let title = shown.split(" Journal: ").nth(1).unwrap().split("━").next().unwrap().to_owned();
        title.split(' ').filter_map(|word| word.parse::<usize>().ok()).sum::<usize>()
    };
    let before = (state.model.journal_revision(), state.model.revision(), rows(&mut state));
    let (project, runs) = &mut projects[1];
    runs.insert(0, run(project, 0x7777, RunStatus::Running, 1, 0));
    let mut second = 40;
    while state.model.revision() == before.1 {
        second += 1;
        let woke = state.update(Msg::Engine(Box::new(engine::Msg::Woke)), at(second));
        settle(&mut state, woke, &projects, at(second));
    }
    assert_eq!((state.model.journal_revision(), rows(&mut state)), (before.0, before.2));
    let run = (projects[1].0.id.clone(), id(0x7777));
    let cancel = Intent::Cancel(vec![run].into());
    state.update(Msg::Engine(Box::new(engine::Msg::Intent(cancel))), at(second));
    assert_eq!(rows(&mut state), before.2 + 1);
    tell(&mut state, vec![entry(77, json!({}), StartStage::NotSeen)], at(second));
    assert_eq!(rows(&mut state), before.2 + 2);
}
