//! The real loop on a screen in memory, with scripted keys, tokio's paused clock and the
//! simulated workspace in the same process.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::stream::{self, Stream};
use futures_util::{FutureExt, StreamExt};
use hextop::api::{Call, Connection, PathStyle, Response};
use hextop::clock::Clock;
use hextop::domain::{Boot, Now, RunStatus};
use hextop::engine::alerts::Alert;
use hextop::engine::model::Poller;
use hextop::engine::start::export::json_lines;
use hextop::engine::sync::log::{LogEvent, LogRecord};
use hextop::engine::sync::protocol::StoreRequest;
use hextop::engine::sync::session::Session;
use hextop::engine::{Model, Settings};
use hextop::shell::host::Host;
use hextop::shell::run::Loop;
use hextop::shell::screen::Screen;
use hextop::shell::store::{SqliteStore, Store, StoreLocation};
use hextop::shell::wire::Wire;
use hextop::sim::{Scenario, World};
use hextop::ui::{Msg, Options, State};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

const SIZE: Size = Size { width: 120, height: 36 };

/// Answers from the world, some virtual milliseconds later.
struct Near {
    world: Arc<Mutex<World>>,
    clock: Clock,
}

impl Wire for Near {
    fn send(
        &self,
        call: Call,
        style: PathStyle,
        _: Connection,
    ) -> impl Future<Output = Response> + Send + 'static {
        let (world, clock) = (Arc::clone(&self.world), self.clock);
        async move {
            tokio::time::sleep(Duration::from_millis(40)).await;
            let response = {
                let mut world = world.lock().unwrap();
                let mut request = call.request(style);
                let bearer = format!("Bearer {}", world.token()).parse().unwrap();
                request.headers_mut().insert(http::header::AUTHORIZATION, bearer);
                world.handle(&request, clock.now()).response
            };
            tokio::time::sleep(Duration::from_millis(40)).await;
            call.read(&response, clock.now().wall)
        }
    }
}

/// Keeps the last frame and counts them.
#[derive(Default)]
struct Film {
    frames: Arc<Mutex<(usize, String)>>,
    lent: bool,
    /// How long the terminal takes for a frame.
    takes: Duration,
    free_at: Option<tokio::time::Instant>,
}

#[allow(clippy::disallowed_methods, reason = "tokio's clock, which is paused here")]
fn instant() -> tokio::time::Instant {
    tokio::time::Instant::now()
}

impl Screen for Film {
    fn is_free(&self) -> bool {
        self.free_at.is_none_or(|at| at <= instant())
    }

    async fn freed(&mut self) {
        if let Some(at) = self.free_at {
            tokio::time::sleep_until(at).await;
        }
    }

    fn draw(&mut self, state: &State, now: Now) -> io::Result<()> {
        assert!(!self.lent, "the terminal is the editor's");
        assert!(self.is_free(), "the terminal has not taken the last frame");
        self.free_at = Some(instant() + self.takes);
        let drawn = || -> Result<String, Infallible> {
            let mut terminal = Terminal::new(TestBackend::new(SIZE.width, SIZE.height))?;
            terminal.draw(|frame| state.draw(frame, now))?;
            Ok(terminal.backend().to_string())
        };
        let Ok(text) = drawn();
        let mut frames = self.frames.lock().unwrap();
        *frames = (frames.0 + 1, text);
        Ok(())
    }

    fn lend(&mut self) -> io::Result<()> {
        self.lent = true;
        Ok(())
    }

    fn take_back(&mut self) -> io::Result<Option<Size>> {
        self.lent = false;
        Ok(Some(SIZE))
    }
}

/// A machine without a browser, whose clipboard is a list; being stopped is noted there too.
#[derive(Default)]
struct Bare(Arc<Mutex<Vec<String>>>);

impl Host for Bare {
    fn open(&mut self, _: String) -> impl Future<Output = Result<(), String>> + Send + 'static {
        std::future::ready(Err("no browser here".to_owned()))
    }

    fn copy(
        &mut self,
        text: String,
    ) -> impl Future<Output = Result<String, String>> + Send + 'static {
        self.0.lock().unwrap().push(text);
        async { Ok("copied".to_owned()) }
    }

    fn notify(&mut self, _: Alert) -> impl Future<Output = Result<(), String>> + Send + 'static {
        std::future::ready(Ok(()))
    }

    fn remember(&mut self, _: &str) {}

    fn keep_filter(&mut self, _: &str, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn suspend(&mut self) -> Result<(), String> {
        Err("no shell here".to_owned())
    }

    /// The shell goes on with it an hour later.
    fn stop(&mut self) {
        let _ = pin!(tokio::time::advance(Duration::from_hours(1))).as_mut().now_or_never();
        self.0.lock().unwrap().push("stopped".to_owned());
    }

    fn save(&mut self, name: &str, text: &str) -> Result<String, String> {
        self.0.lock().unwrap().push(text.to_owned());
        Ok(format!("/nowhere/{name}"))
    }

    /// An editor that takes half a minute and writes one input.
    fn edit(
        &mut self,
        text: String,
        _ending: &'static str,
    ) -> impl Future<Output = Result<String, String>> + Send + 'static {
        half_a_minute(text)
    }

    fn read(
        &mut self,
        path: String,
    ) -> impl Future<Output = Result<String, String>> + Send + 'static {
        std::future::ready(Err(format!("there is no {path} here")))
    }
}

async fn half_a_minute(text: String) -> Result<String, String> {
    tokio::time::sleep(Duration::from_secs(30)).await;
    Ok(text.replace("{}", r#"{"inputParams": {"horizon_days": 30}}"#))
}

/// Keys and the two signals of a shell, each after a pause.
fn script(steps: Vec<(u64, &'static str)>) -> impl Stream<Item = io::Result<Msg>> + Unpin {
    Box::pin(stream::unfold(steps.into_iter(), |mut steps| async {
        let (pause, key) = steps.next()?;
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let msg = match key {
            "TSTP" => Msg::Stop,
            "CONT" => Msg::Continued,
            key => Msg::Key(key.parse().unwrap()),
        };
        Some((Ok(msg), steps))
    }))
}

/// Keys that are all there at once, each of which takes five milliseconds to be handled.
fn storm(keys: usize) -> impl Stream<Item = io::Result<Msg>> + Unpin {
    Box::pin(stream::iter(0..keys).map(|_| {
        let mut passing = pin!(tokio::time::advance(Duration::from_millis(5)));
        // Time passes when it is polled first.
        let _ = passing.as_mut().now_or_never();
        Ok(Msg::Key("j".parse().unwrap()))
    }))
}

/// What is left when the loop has ended.
struct Ended {
    state: State,
    world: Arc<Mutex<World>>,
    frames: usize,
    last: String,
    copied: Vec<String>,
}

fn play(steps: Vec<(u64, &'static str)>) -> Ended {
    play_on(Film::default(), || script(steps))
}

fn play_on<K>(film: Film, keys: impl FnOnce() -> K) -> Ended
where
    K: Stream<Item = io::Result<Msg>> + Unpin,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let wall = "2026-10-20T08:00:00Z".parse().unwrap();
        let clock = Clock::tokio(Now { boot: Boot::from_secs(2 * 3600), wall });
        let scenario = Scenario::named("demo").unwrap();
        let world = Arc::new(Mutex::new(World::new(&scenario, 1, clock.now())));
        let options = Options::default();
        let state = State::new(Model::new(Settings::default()), options, SIZE, clock.now());
        let bare = Bare::default();
        let (frames, copied) = (Arc::clone(&film.frames), Arc::clone(&bare.0));
        let wire = Near { world: Arc::clone(&world), clock };
        let (store, keys) = (Store::none(), keys());
        let state =
            Loop { state, screen: film, keys, wire, host: bare, store, clock }.run().await.unwrap();
        let (frames, last) = frames.lock().unwrap().clone();
        let copied = copied.lock().unwrap().clone();
        Ended { state, world, frames, last, copied }
    })
}

#[test]
fn a_life_of_the_loop_watches_starts_cancels_and_is_refused_nothing() {
    let ended = play(vec![
        (5_000, "t"),
        (100, "ctrl-s"),
        (300, "Enter"),
        (8_000, "y"),
        (300, "X"),
        (300, "y"),
        (20_000, "q"),
    ]);
    assert_eq!(ended.world.lock().unwrap().refused(), 0);
    let killed = ended.copied.first().unwrap();
    let world = ended.world.lock().unwrap();
    let run = world.runs().find(|run| run.id().as_str() == killed).unwrap();
    assert_eq!(*run.status(), RunStatus::Killed, "{}", ended.last);
    let seen = ended.state.model().runs().find(|(_, seen)| seen.run.id.as_str() == killed);
    assert_eq!(seen.unwrap().1.run.status, RunStatus::Killed);
    assert!(ended.last.contains("■ killed"), "{}", ended.last);
}

#[test]
fn it_draws_when_something_happens_and_once_a_second_for_the_clocks_not_by_a_tick() {
    let ended = play(vec![(120_000, "q")]);
    let replies = usize::try_from(ended.world.lock().unwrap().tally().total()).unwrap();
    assert!(ended.frames >= 120, "{} frames", ended.frames);
    assert!(ended.frames <= 125 + 2 * replies, "{} frames, {replies} replies", ended.frames);
}

#[test]
fn what_the_machine_cannot_do_is_said_and_the_loop_goes_on() {
    let ended = play(vec![(5_000, "o"), (500, "j"), (100, "o"), (100, "ctrl-c")]);
    assert!(ended.last.contains("no browser here"), "{}", ended.last);
}

#[test]
fn the_journal_is_saved_to_a_file_and_its_place_is_told() {
    let mut steps = vec![(5_000, "t"), (100, "ctrl-s"), (300, "Enter"), (8_000, "@"), (100, "x")];
    steps.push((1_500, "ctrl-c"));
    steps.push((100, "ctrl-c"));
    let ended = play(steps);
    let starts = ended.state.model().starts().map(|start| &start.entry);
    assert_eq!(ended.copied, [json_lines(starts)]);
    assert!(ended.last.contains("exported to /nowhere/hextop-journal-"), "{}", ended.last);
}

#[test]
fn when_the_keys_end_so_does_the_loop() {
    let ended = play(vec![(2_000, "j")]);
    assert!(ended.last.contains("Churn model"), "{}", ended.last);
}

#[test]
fn while_the_editor_has_the_terminal_nothing_is_drawn_and_watching_goes_on() {
    let before = play(vec![(5_000, "t"), (1_000, "ctrl-c")]).world.lock().unwrap().tally().total();
    // The project whose input the editor sets.
    let ended = play(vec![
        (5_000, "j"),
        (100, "t"),
        (1_000, "ctrl-e"),
        (31_000, "ctrl-s"),
        (300, "Enter"),
        (3_000, "ctrl-c"),
        (100, "ctrl-c"),
    ]);
    let world = ended.world.lock().unwrap();
    let given = serde_json::json!({"horizon_days": 30});
    let ours = world.runs().filter(|run| serde_json::json!(run.inputs()) == given).count();
    assert_eq!(ours, 1, "{}", ended.last);
    assert!(world.tally().total() > before + 5, "polls wait for nobody");
    assert_eq!(world.refused(), 0);
}

#[test]
fn on_a_terminal_that_takes_nothing_starts_and_cancels_go_on() {
    let film = Film { takes: Duration::from_hours(24), ..Film::default() };
    let keys = [(5_000, "t"), (100, "ctrl-s"), (300, "Enter"), (8_000, "y")];
    let steps = keys.into_iter().chain([(300, "X"), (300, "y"), (20_000, "q")]).collect();
    let ended = play_on(film, || script(steps));
    assert_eq!(ended.frames, 1, "it has taken the first alone");
    let killed = ended.copied.first().unwrap();
    let world = ended.world.lock().unwrap();
    let run = world.runs().find(|run| run.id().as_str() == killed).unwrap();
    assert_eq!(*run.status(), RunStatus::Killed);
    assert_eq!(world.refused(), 0);
}

#[test]
fn a_terminal_that_is_slow_is_drawn_on_when_it_is_free_with_what_is_so_then() {
    let film = Film { takes: Duration::from_secs(10), ..Film::default() };
    let ended =
        play_on(film, || script(vec![(61_000, "?"), (500, "x"), (500, "Esc"), (9_000, "q")]));
    assert_eq!(ended.frames, 8, "one every ten seconds");
    assert!(!ended.last.contains("Help: type"), "no frame waits for its turn: {}", ended.last);
    assert!(ended.last.contains("RUNS"), "{}", ended.last);
}

#[test]
fn keys_that_never_end_do_not_keep_the_screen_from_being_drawn() {
    let ended = play_on(Film::default(), || storm(200));
    assert!(ended.frames >= 40, "{} frames in a second", ended.frames);
}

#[test]
fn a_stop_lends_the_terminal_and_an_hour_later_nothing_is_sent_in_a_burst() {
    let before = play(vec![(4_999, "ctrl-c")]).world.lock().unwrap().tally().total();
    let ended = play(vec![(5_000, "TSTP"), (100, "CONT"), (3_000, "CONT"), (50_000, "q")]);
    assert_eq!(ended.copied, ["stopped"]);
    let world = ended.world.lock().unwrap();
    assert_eq!(world.refused(), 0);
    let sent = world.tally().total() - before;
    assert!((5..=60).contains(&sent), "{sent} requests in the minute that follows");
    assert!(ended.last.contains("Churn model"), "{}", ended.last);
}

#[test]
fn a_stop_while_the_editor_has_the_terminal_leaves_it_to_the_editor() {
    // The screen asserts that nothing is drawn before the editor has ended.
    let ended = play(vec![
        (5_000, "t"),
        (1_000, "ctrl-e"),
        (5_000, "TSTP"),
        (100, "CONT"),
        (26_000, "Esc"),
        (100, "ctrl-c"),
        (100, "ctrl-c"),
    ]);
    assert_eq!(ended.copied, ["stopped"]);
}

/// Watches until this process polls.
struct Watching {
    polls: Arc<tokio::sync::Notify>,
}

impl Screen for Watching {
    fn draw(&mut self, state: &State, now: Now) -> io::Result<()> {
        if state.model().poller(now.boot) == Poller::Here {
            self.polls.notify_one();
        }
        Ok(())
    }
}

/// Never answers.
struct Silent;

impl Wire for Silent {
    fn send(
        &self,
        _: Call,
        _: PathStyle,
        _: Connection,
    ) -> impl Future<Output = Response> + Send + 'static {
        std::future::pending()
    }
}

#[test]
fn a_loop_that_ends_with_an_error_leaves_the_polls_to_others_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("own/store.sqlite3");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let clock = Clock::System;
    let session = Session(1);
    let error = runtime.block_on(async {
        let polls = Arc::new(tokio::sync::Notify::new());
        let told = Arc::clone(&polls);
        let keys = Box::pin(stream::once(async move {
            told.notified().await;
            Err(io::Error::other("the terminal is gone"))
        }));
        let model = Model::new(Settings::default()).sharing(session);
        let state = State::new(model, Options::default(), SIZE, clock.now());
        let location = StoreLocation::here(file.clone(), session);
        let store = Store::start(location, "token".to_owned(), clock);
        let (screen, host) = (Watching { polls }, Bare::default());
        Loop { state, screen, keys, wire: Silent, host, store, clock }.run().await.unwrap_err()
    });
    assert_eq!(error.to_string(), "the terminal is gone");
    let mut store = SqliteStore::open(&StoreLocation::here(file, Session(2)), "token").unwrap();
    let joined = store.answer(StoreRequest::Join, clock.now()).unwrap();
    let lease = |(_, record): &(i64, LogRecord)| match record.what {
        LogEvent::Lease { lasts } => Some(lasts),
        _ => None,
    };
    let leases: Vec<_> = joined.records.iter().filter_map(lease).collect();
    assert_eq!(leases.last(), Some(&Duration::ZERO), "it has polled, and gives that up");
}
