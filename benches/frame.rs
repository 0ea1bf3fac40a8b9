//! What a frame and a message cost with the screen before the engine, with 900, 20,000 and 200,000 runs of
//! projects of 100 runs each; and with a journal of 5,000 starts, and a long value in the form.
//!
//! A frame draws only what is on the screen, and a message changes only the rows of its project.
//! `cargo bench --bench frame` prints all and fails when a bound is broken: none of them takes more than
//! 2 ms, or more than twice as long as in the smallest workspace of the same run. A filter letter shows its
//! first rows at once and all within 100 ms; in between keys are heard.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a bench prints, and what cannot go on fails"
)]

#[path = "engine/figures.rs"]
mod figures;
#[path = "engine/workspace.rs"]
mod workspace;

use std::collections::BTreeSet;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use figures::{Figure, compare, median, timed};
use hextop::domain::RunId;
use hextop::engine;
use hextop::engine::start::journal::{Entry, StartId, StartStage};
use hextop::engine::sync::protocol::StoreEvent;
use hextop::engine::sync::session::Session;
use hextop::ui::{Msg, State};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;
use workspace::Workspace;

/// Projects of the workspaces that are compared, with so many runs each.
const SIZES: [usize; 3] = [9, 200, 2000];
const RUNS: usize = 100;
const SCREEN: Size = Size { width: 160, height: 48 };
/// What anything may take,
const LONGEST: Duration = Duration::from_millis(2);
/// and so many times as long as in the smallest workspace.
const FACTOR: Option<u32> = Some(2);
/// What a filter letter may take until its first rows are there,
const FIRST_ROWS: Duration = Duration::from_millis(10);
/// and until all of them are, frames included.
const ALL_ROWS: Duration = Duration::from_millis(100);
/// How long the loop takes messages in before it draws.
const BETWEEN_FRAMES: Duration = Duration::from_millis(20);
/// How often everything is measured.
const ROUNDS: usize = 200;

fn main() -> ExitCode {
    let measured: Vec<Vec<Figure>> = SIZES.iter().map(|size| figures(*size)).collect();
    let runs = SIZES.map(|projects| projects * RUNS);
    let mut broken = compare("runs", &runs, &measured);
    broken.extend(fields());
    for sentence in &broken {
        eprintln!("{sentence}");
    }
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Draws into memory.
struct Screen(Terminal<TestBackend>);

impl Screen {
    fn new() -> Self {
        Self(Terminal::new(TestBackend::new(SCREEN.width, SCREEN.height)).expect("none"))
    }

    fn draw(&mut self, space: &Workspace<State>) -> Duration {
        timed(|| black_box(self.0.draw(|frame| space.engine.draw(frame, space.now)).is_ok()))
    }
}

fn figures(projects: usize) -> Vec<Figure> {
    let mut space = Workspace::swept(projects, RUNS).on_screen(SCREEN);
    let mut screen = Screen::new();
    finish(&mut space);
    // What the turns have ended is known of all projects again.
    for _ in 0..2 * projects {
        space.poll(false);
    }
    let same = median(ROUNDS, || space.poll(false));
    let news = median(ROUNDS, || space.poll(true));
    let second = median(ROUNDS, || {
        space.now = space.now.after(Duration::from_secs(1));
        timed(|| black_box(space.engine.update(woke(), space.now)))
    });
    let frame = median(ROUNDS, || screen.draw(&space));
    let key = median(ROUNDS, || keys(&mut space, &["j"]));
    let thaw = median(ROUNDS, || keys(&mut space, &["F", "F"]));
    keys(&mut space, &["/"]);
    let mut letters = ["p", "r", "o", "j", "Backspace", "Backspace"].iter().cycle();
    let mut filtered: Vec<_> = (0..ROUNDS / 10)
        .map(|_| filter(&mut space, &mut screen, letters.next().expect("a letter")))
        .collect();
    let mut of = |part: fn(&Filtered) -> Duration| {
        filtered.sort_by_key(part);
        filtered.get(filtered.len() / 2).map(part).unwrap_or_default()
    };
    let (first, slice, all) = (of(|f| f.first), of(|f| f.slice), of(|f| f.all));
    keys(&mut space, &["Esc"]);
    finish(&mut space);
    remember(&mut space, 5000);
    let with_journal = median(ROUNDS, || screen.draw(&space));
    let thaw_journal = median(ROUNDS / 10, || keys(&mut space, &["F", "F"]));
    [
        ("a reply without news", same, FACTOR, LONGEST),
        ("a reply with news", news, FACTOR, LONGEST),
        ("a second passes", second, FACTOR, LONGEST),
        ("a frame", frame, FACTOR, LONGEST),
        ("a key", key, FACTOR, LONGEST),
        ("freezing and thawing", thaw, None, 2 * LONGEST),
        ("a filter letter: first rows", first, None, FIRST_ROWS),
        ("the longest slice after it", slice, None, LONGEST),
        ("all its rows, and frames", all, None, ALL_ROWS),
        ("a frame, 5,000 starts", with_journal, FACTOR, LONGEST),
        // Indices are copied, runs and starts are not.
        ("freezing, 5,000 starts", thaw_journal, None, 5 * LONGEST),
    ]
    .map(|(name, time, factor, most)| Figure { name, time, factor, most })
    .into()
}

fn woke() -> Msg {
    Msg::Engine(Box::new(engine::Msg::Woke))
}

/// Presses keys; tells how long that took.
fn keys(space: &mut Workspace<State>, names: &[&str]) -> Duration {
    let chords: Vec<_> = names.iter().map(|name| name.parse().expect("a key")).collect();
    timed(|| {
        for chord in chords {
            black_box(space.engine.update(Msg::Key(chord), space.now));
        }
    })
}

/// Has the state do what it has left for later; tells the longest step of it.
fn finish(space: &mut Workspace<State>) -> Duration {
    let mut longest = Duration::ZERO;
    while space.engine.has_more() {
        longest = longest.max(timed(|| space.engine.update(Msg::GoOn, space.now)));
    }
    longest
}

/// What a filter letter takes.
struct Filtered {
    /// Until its first rows are there.
    first: Duration,
    /// The longest step after that, in which no key is heard.
    slice: Duration,
    /// Until all of them are there, with the frames that the loop draws in between.
    all: Duration,
}

fn filter(space: &mut Workspace<State>, screen: &mut Screen, letter: &str) -> Filtered {
    let begun = hextop::clock::now().boot;
    let first = keys(space, &[letter]);
    screen.draw(space);
    let (mut slice, mut drawn) = (Duration::ZERO, hextop::clock::now().boot);
    while space.engine.has_more() {
        slice = slice.max(timed(|| space.engine.update(Msg::GoOn, space.now)));
        if hextop::clock::now().boot - drawn > BETWEEN_FRAMES {
            screen.draw(space);
            drawn = hextop::clock::now().boot;
        }
    }
    screen.draw(space);
    Filtered { first, slice, all: hextop::clock::now().boot - begun }
}

/// Puts a journal of so many starts before a dashboard, as its store would.
fn remember(space: &mut Workspace<State>, starts: u32) {
    let model = space.engine.model();
    let projects: Vec<_> = model.projects().map(|watched| watched.project.id.clone()).collect();
    let at = space.now.wall;
    let entries = (0..starts).zip(projects.iter().cycle()).map(|(number, project)| Entry {
        id: StartId::new(at, Session(1), number),
        by: Session(1),
        who: Some("ana@acme.test".to_owned()),
        project: project.clone(),
        title: "A project".into(),
        body: serde_json::json!({"inputParams": {"n": number}}),
        secrets: BTreeSet::new(),
        at,
        reason: None,
        queue: None,
        after: None,
        stage: StartStage::Started(RunId::new(number.to_string())),
        attempts: 1,
        sent: Some(at),
        deadline: Some(at),
        known: BTreeSet::new(),
        trace: None,
    });
    let told = StoreEvent { entries: entries.collect(), ..StoreEvent::default() };
    let told = Msg::Engine(Box::new(engine::Msg::Store(Ok(told))));
    space.engine.update(told, space.now);
}

/// A long value is edited and drawn at a cost that a person does not feel: a few passes over it for a
/// key, none for a frame.
fn fields() -> Vec<String> {
    let sizes = [100, 10_000, 1_000_000];
    let measure = |bytes: &usize| {
        let mut space = Workspace::swept(SIZES[0], RUNS).on_screen(SCREEN);
        finish(&mut space);
        keys(&mut space, &["t"]);
        space.now = space.now.after(Duration::from_secs(1));
        keys(&mut space, &["ctrl-n", "n", "o", "t", "e", "Tab", "Tab"]);
        space.engine.update(Msg::Paste("a ".repeat(bytes / 2)), space.now);
        let edit = median(ROUNDS, || keys(&mut space, &["y", "Backspace"]));
        let mut screen = Screen::new();
        let draw = median(ROUNDS, || screen.draw(&space));
        [("two keys in a field", edit), ("drawing the field", draw)]
            .map(|(name, time)| Figure { name, time, factor: None, most: 10 * LONGEST })
            .into()
    };
    let measured: Vec<Vec<Figure>> = sizes.iter().map(measure).collect();
    compare("bytes", &sizes, &measured)
}
