//! The timeline: what it shows, and how a person moves in it.

use super::*;
use crate::domain::Schedule;
use crate::domain::schedule::Cadence;
use crate::engine::sync::protocol::{Answer, StoreEvent, StoreRequest};
use crate::engine::sync::session::Session;
use crate::engine::timeline::{ChangePage, ChangeRange, SeenChange};
use crate::ui::command::{Context, Verb};

const WIDE: Size = Size { width: 120, height: 36 };

/// The workspace, with a schedule for the second project.
fn scheduled() -> Vec<(Project, Vec<Run>)> {
    let mut projects = workspace();
    let (enabled, zone) = (true, "UTC".to_owned());
    projects[1].0.schedules =
        vec![Schedule { enabled, cadence: Cadence::Hourly { minute: 30 }, zone }];
    projects
}

/// The line of the screen that begins with a title.
fn lane(shown: &str, title: &str) -> String {
    let line =
        shown.lines().find(|line| line.trim_matches(['"', '│', ' ', '┃']).starts_with(title));
    line.unwrap_or_else(|| panic!("no {title}: {shown}")).to_owned()
}

#[test]
fn it_has_a_row_for_each_project_with_what_ran_what_goes_on_and_what_is_to_come() {
    let mut state = opened(&scheduled(), WIDE);
    press(&mut state, "g t", at(40));
    assert_eq!(state.context(), Context::Timeline);
    let shown = drawn(&mut state, WIDE, at(40));
    look("timeline at 120x36", &mut state, at(40));
    assert!(shown.contains("Timeline, 05:00 to 09:00"), "{shown}");
    assert!(lane(&shown, "Churn model").contains('█'), "{shown}");
    let revenue = lane(&shown, "Weekly revenue");
    assert!(revenue.contains('◇') && revenue.contains("1 pending"), "{shown}");
    assert!(shown.contains("kernels 0–4 of 25"), "{shown}");
    press(&mut state, "Esc", at(40));
    assert!(state.layers.is_empty());
}

#[test]
fn a_project_is_entered_and_a_run_is_gone_to_among_all() {
    let mut state = opened(&scheduled(), WIDE);
    press(&mut state, "g t Enter", at(40));
    let shown = drawn(&mut state, WIDE, at(40));
    assert!(shown.contains("Timeline of Churn model"), "{shown}");
    assert!(lane(&shown, "0000b7e1 52m41s ‼ runaway").contains('█'), "{shown}");
    press(&mut state, "j j", at(40));
    press(&mut state, "Enter", at(40));
    assert!(state.layers.is_empty());
    let Some(RowId::Run(_, run)) = state.runs.cursor.key.clone() else { panic!("no run") };
    assert_eq!(run.short(), "00000101", "the third of the project");
    // One that the filter hides is shown all the same.
    press(&mut state, "/ w e e k l y Enter", at(40));
    press(&mut state, "Tab", at(40));
    press(&mut state, "g t g g Enter Enter", at(40));
    state.update(Msg::Engine(Box::new(engine::Msg::Woke)), at(41));
    let Some(RowId::Run(project, _)) = state.runs.cursor.key.clone() else { panic!("no run") };
    assert_eq!(state.title(&project), "Churn model");
}

#[test]
fn it_moves_through_the_time_and_back_to_now_and_never_out_of_it() {
    let mut state = opened(&scheduled(), WIDE);
    press(&mut state, "g t", at(40));
    let title = |state: &mut State| {
        let shown = drawn(state, WIDE, at(40));
        let line = shown.lines().find(|line| line.contains("Timeline")).unwrap().to_owned();
        line.split("Timeline, ").nth(1).unwrap().split("  ").next().unwrap().trim().to_owned()
    };
    let from = |title: &str| title.split(" ━").next().unwrap().to_owned();
    for (keys, expected) in [
        ("h", "04:00 to 08:00"),
        ("l l", "06:00 to 10:00"),
        ("0", "05:00 to 09:00"),
        ("+", "06:30 to 08:30"),
        ("- -", "02:00 to 10:00"),
    ] {
        press(&mut state, keys, at(40));
        assert_eq!(from(&title(&mut state)), expected, "{keys}");
    }
    for key in ["l", "h", "+", "-"] {
        for _ in 0..400 {
            press(&mut state, key, at(40));
        }
        drawn(&mut state, WIDE, at(40));
    }
}

#[test]
fn it_fits_every_size_and_an_empty_workspace() {
    for projects in [scheduled(), Vec::new()] {
        for size in SIZES.into_iter().chain([WIDE]) {
            let mut state = opened(&projects, size);
            press(&mut state, "g t", at(40));
            press(&mut state, "G", at(40));
            press(&mut state, "Enter", at(40));
            let shown = drawn(&mut state, size, at(40));
            assert!(shown.contains("Timeline"), "{shown}");
        }
    }
}

/// A screen that shares a store, which keeps these changes, or fails when it is asked for any.
struct Keeping {
    state: State,
    changes: Result<Vec<SeenChange>, String>,
    /// How often changes were asked for.
    asked: usize,
    /// Records in the log.
    log: i64,
}

impl Keeping {
    fn opened(changes: Result<Vec<SeenChange>, String>) -> Self {
        let options = Options { workspace: "acme".to_owned(), ..Options::default() };
        let model = Model::new(Settings::default()).sharing(Session(1));
        let state = State::new(model, options, WIDE, at(0));
        let mut keeping = Self { state, changes, asked: 0, log: 0 };
        keeping.tell(engine::Msg::Started, 0);
        for second in 1..40 {
            keeping.tell(engine::Msg::Woke, second);
        }
        keeping
    }

    fn tell(&mut self, msg: engine::Msg, second: u64) {
        let effects = self.state.update(Msg::Engine(Box::new(msg)), at(second));
        self.answer(effects, second);
    }

    fn press(&mut self, keys: &str) {
        for key in keys.split(' ') {
            let effects = press(&mut self.state, key, at(40));
            self.answer(effects, 40);
        }
    }

    /// Answers everything that is asked of the store and of Hex, until nothing is asked any more.
    fn answer(&mut self, effects: Vec<Effect>, second: u64) {
        let mut left = settle(&mut self.state, effects, &scheduled(), at(second));
        for _ in 0..1000 {
            let Some(effect) = left.pop() else { return };
            let Effect::Store(request) = effect else { continue };
            let Some(told) = self.told(request) else { continue };
            let msg = Msg::Engine(Box::new(engine::Msg::Store(told)));
            let effects = self.state.update(msg, at(second));
            left.extend(settle(&mut self.state, effects, &scheduled(), at(second)));
        }
        panic!("it asks without end: {left:?}");
    }

    /// What the store says; nothing more once it has failed.
    fn told(&mut self, request: StoreRequest) -> Option<Result<StoreEvent, String>> {
        if self.changes.is_err() && self.asked > 0 {
            return None;
        }
        let (records, answer) = match request {
            StoreRequest::Join => (Vec::new(), Answer::Joined),
            StoreRequest::Claim { after, records, .. } => (records, Answer::Claimed(after)),
            StoreRequest::Append(records) => (records, Answer::News),
            StoreRequest::ReadChanges(range) => {
                self.asked += 1;
                let changes = match &self.changes {
                    Ok(changes) => changes,
                    Err(why) => return Some(Err(why.clone())),
                };
                let is_in = |it: &&SeenChange| (range.since..range.until).contains(&it.seen);
                let changes: Vec<_> = changes.iter().filter(is_in).cloned().collect();
                // However many there are, they are told in one page, and more are said to follow.
                let is_more = changes.len() > 20_000;
                let next = changes.iter().map(|it| it.seen).min().filter(|_| is_more);
                let next =
                    next.map(|first| ChangeRange { after: Some((first, 0)), ..range.clone() });
                (Vec::new(), Answer::Changes(ChangePage { of: range, changes, next }))
            }
            _ => (Vec::new(), Answer::News),
        };
        let records: Vec<_> = (self.log + 1..).zip(records).collect();
        self.log += i64::try_from(records.len()).unwrap();
        Some(Ok(StoreEvent { records, answer, ..StoreEvent::default() }))
    }

    fn drawn(&mut self) -> String {
        drawn(&mut self.state, WIDE, at(40))
    }
}

/// A run of the first project so many minutes ago that no list has any more.
fn long_ago(number: usize, minutes: u64, took: u64) -> Vec<SeenChange> {
    let (churn, _) = workspace().remove(0);
    let ago = |minutes: u64| at(0).wall - Duration::from_secs(60 * minutes);
    let change = |to: RunStatus, happened: Timestamp| SeenChange {
        project: churn.id.clone(),
        title: churn.title.clone(),
        run: run(&churn, number, RunStatus::Running, 0, 0).id,
        from: None,
        to,
        seen: happened + Duration::from_secs(7),
        happened: Some(happened),
        trigger: None,
        version: None,
        first_look: false,
    };
    let ended = ago(minutes.saturating_sub(took));
    vec![change(RunStatus::Running, ago(minutes)), change(RunStatus::Errored, ended)]
}

#[test]
fn what_is_in_memory_no_more_is_drawn_from_what_the_store_keeps() {
    let kept = [long_ago(0xdead, 900, 60), long_ago(0xbeef, 20 * 24 * 60, 30)].concat();
    let with = |changes| {
        let mut keeping = Keeping::opened(Ok(changes));
        keeping.press("g t - - -");
        let bars = lane(&keeping.drawn(), "Churn model");
        (keeping, bars)
    };
    let (mut empty, without) = with(Vec::new());
    assert!(empty.asked > 0, "it is asked for when the timeline opens");
    assert!(!empty.drawn().contains("reading what is kept"));
    let (mut keeping, bars) = with(kept);
    let filled = |bars: &str| bars.matches('█').count();
    assert!(filled(&bars) > filled(&without), "{without}\n{bars}");
    keeping.press("h l 0");
    let asked = keeping.asked;
    keeping.press("h l 0");
    assert_eq!(keeping.asked, asked, "where one has been nothing more is needed");
    keeping.press("Enter");
    let shown = keeping.drawn();
    assert!(shown.contains("0000dead  1h00m ✗ errored"), "{shown}");
    assert!(!shown.contains("0000beef"), "that was weeks ago\n{shown}");
    keeping.press("G Enter");
    let notice = keeping.state.notice.as_ref().unwrap().text.clone();
    assert!(notice.starts_with("0000dead is only in the timeline"), "{notice}");
    assert_eq!(keeping.state.context(), Context::Timeline);
}

#[test]
fn a_timeline_that_cannot_be_read_says_so_and_is_read_once_the_store_works_again() {
    let mut keeping = Keeping::opened(Err("disk I/O error".to_owned()));
    keeping.press("g t");
    let shown = keeping.drawn();
    assert!(shown.contains("what is kept cannot be read"), "{shown}");
    assert!(lane(&shown, "Churn model").contains('█'), "{shown}");
    keeping.changes = Ok(long_ago(0xdead, 100, 60));
    for second in 41..160 {
        keeping.tell(engine::Msg::Woke, second);
    }
    keeping.press("Enter");
    let shown = keeping.drawn();
    assert!(!shown.contains("what is kept"), "{shown}");
    assert!(shown.contains("0000dead  1h00m ✗ errored"), "{shown}");
}

#[test]
fn what_is_kept_is_drawn_on_a_frozen_screen_and_in_a_timeline_that_is_opened_again() {
    let mut keeping = Keeping::opened(Ok(long_ago(0xdead, 100, 60)));
    let freeze = keeping.state.key(Context::Panes, Verb::Freeze);
    keeping.press(&freeze);
    assert!(keeping.state.is_frozen());
    for _ in 0..2 {
        keeping.press("g t Enter");
        let shown = keeping.drawn();
        assert!(shown.contains("0000dead  1h00m ✗ errored"), "{shown}");
        assert!(!shown.contains("reading what is kept"), "{shown}");
        keeping.press("Esc Esc");
    }
}

#[test]
fn what_leaves_the_memory_later_is_read_while_the_timeline_stays_open() {
    let mut keeping = Keeping::opened(Ok(Vec::new()));
    keeping.press("g t");
    let asked = keeping.asked;
    keeping.changes =
        Ok(long_ago(0xdead, 0, 1).into_iter().chain(long_ago(0xdead, 100, 60)).collect());
    for second in 41..400 {
        keeping.tell(engine::Msg::Woke, second);
    }
    let minutes = keeping.asked - asked;
    assert!((3..=8).contains(&minutes), "about once a minute: {minutes}");
}

#[test]
fn a_timeline_with_too_much_says_from_when_on_it_is_whole() {
    let many = (0..20_001).flat_map(|number| long_ago(number, 100, 10));
    let mut keeping = Keeping::opened(Ok(many.take(20_001).collect()));
    keeping.press("g t");
    let shown = keeping.drawn();
    assert!(shown.contains("too much to be whole before"), "{shown}");
    assert!(lane(&shown, "Churn model").contains('█'), "{shown}");
}
