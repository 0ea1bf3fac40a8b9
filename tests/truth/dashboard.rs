//! The dashboard's own loop on a screen in memory, with scripted keys, in virtual time, its requests
//! carried to the Hex of the tests in the same process.

use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::stream::{self, Stream};
use hextop::api::{Call, Connection, Failure, PathStyle, Response};
use hextop::clock::Clock;
use hextop::domain::{Boot, Now};
use hextop::engine::alerts::Alert;
use hextop::engine::{Model, Settings};
use hextop::shell::host::Host;
use hextop::shell::run::Loop;
use hextop::shell::screen::Screen;
use hextop::shell::store::Store;
use hextop::shell::wire::Wire;
use hextop::ui::{Msg, Options, State};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

use crate::hex::request::Asked;
use crate::hex::{Hex, Outcome};

const SIZE: Size = Size { width: 140, height: 40 };
/// When a client gives a request up, as the settings say.
const TIMEOUT: Duration = Duration::from_secs(20);
/// When a virtual story begins.
const OPENING: &str = "2026-10-20T08:00:00Z";

/// Carries requests to a Hex in the same process, with the token that was read last.
#[derive(Clone)]
pub(crate) struct Line {
    hex: Hex,
    clock: Clock,
    token: Arc<Mutex<String>>,
}

impl Line {
    pub(crate) fn new(hex: Hex, clock: Clock) -> Self {
        let token = hex.world().persons_token.clone();
        Self { hex, clock, token: Arc::new(Mutex::new(token)) }
    }
}

impl Wire for Line {
    fn send(
        &self,
        call: Call,
        style: PathStyle,
        _: Connection,
    ) -> impl Future<Output = Response> + Send + 'static {
        let (hex, clock) = (self.hex.clone(), self.clock);
        let token = format!("Bearer {}", self.token.lock().unwrap());
        async move {
            let request = call.request(style);
            let (method, target) = (request.method().as_str(), request.uri().to_string());
            let asked = Asked::new(method, &target, &token, request.body());
            let answered = async {
                match hex.serve(asked).await {
                    Outcome::Silence => std::future::pending().await,
                    outcome => outcome,
                }
            };
            match tokio::time::timeout(TIMEOUT, answered).await {
                Ok(Outcome::Answered(reply)) => {
                    let mut response = http::Response::builder().status(reply.status);
                    for (name, value) in &reply.headers {
                        response = response.header(name, value);
                    }
                    let response = response.body(reply.body.into_bytes()).unwrap();
                    call.read(&response, clock.now().wall)
                }
                Ok(_) => Response::from(Failure::Broken("connection reset".to_owned())),
                Err(_) => Response::from(Failure::Timeout(TIMEOUT.as_secs())),
            }
        }
    }

    fn read_token(&self) -> impl Future<Output = Result<bool, String>> + Send + 'static {
        let Self { hex, token, .. } = self.clone();
        async move {
            let read = hex.world().persons_token.clone();
            let mut used = token.lock().unwrap();
            let is_new = *used != read;
            *used = read;
            Ok(is_new)
        }
    }
}

/// Frames with their times: all that follow a key closely, and others now and then. Drawing takes most of
/// the time of a long story.
struct Film {
    frames: Arc<Mutex<Vec<(Duration, String)>>>,
    clock: Clock,
    opening: Boot,
    /// When keys are pressed.
    keys: Vec<Duration>,
}

/// For so long after a key every frame is kept,
const SHORTLY: Duration = Duration::from_secs(3);
/// and otherwise one in so long.
const SELDOM: Duration = Duration::from_secs(2);

impl Film {
    fn keeps(&self, at: Duration) -> bool {
        let last = self.frames.lock().unwrap().last().map(|(last, _)| *last);
        last.is_none_or(|last| at >= last + SELDOM)
            || self.keys.iter().any(|key| (*key..*key + SHORTLY).contains(&at))
    }
}

impl Screen for Film {
    fn draw(&mut self, state: &State, now: Now) -> io::Result<()> {
        let at = self.clock.now().boot - self.opening;
        if self.keeps(at) {
            self.frames.lock().unwrap().push((at, drawn(state, now)));
        }
        Ok(())
    }
}

fn drawn(state: &State, now: Now) -> String {
    let Ok(mut terminal) = Terminal::new(TestBackend::new(SIZE.width, SIZE.height));
    let Ok(_) = terminal.draw(|frame| state.draw(frame, now));
    terminal.backend().to_string()
}

/// A machine that can do nothing.
struct Bare;

impl Host for Bare {
    fn open(&mut self, _: String) -> impl Future<Output = Result<(), String>> + Send + 'static {
        std::future::ready(Ok(()))
    }

    fn copy(&mut self, _: String) -> impl Future<Output = Result<String, String>> + Send + 'static {
        std::future::ready(Ok(String::new()))
    }

    fn notify(&mut self, _: Alert) -> impl Future<Output = Result<(), String>> + Send + 'static {
        std::future::ready(Ok(()))
    }

    fn remember(&mut self, _: &str) {}

    fn keep_filter(&mut self, _: &str, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn suspend(&mut self) -> Result<(), String> {
        Ok(())
    }

    fn stop(&mut self) {}

    fn save(&mut self, name: &str, _: &str) -> Result<String, String> {
        Ok(name.to_owned())
    }

    fn edit(
        &mut self,
        text: String,
        _: &'static str,
    ) -> impl Future<Output = Result<String, String>> + Send + 'static {
        std::future::ready(Ok(text))
    }

    fn read(
        &mut self,
        path: String,
    ) -> impl Future<Output = Result<String, String>> + Send + 'static {
        std::future::ready(Err(format!("there is no {path} here")))
    }
}

/// Keys, each after a pause; the story ends so long after the last one.
fn script(keys: Vec<(u64, &'static str)>) -> impl Stream<Item = io::Result<Msg>> + Unpin {
    Box::pin(stream::unfold(keys.into_iter(), |mut keys| async {
        let (pause, key) = keys.next()?;
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let msg = if key == END { Msg::Terminate } else { Msg::Key(key.parse().unwrap()) };
        Some((Ok(msg), keys))
    }))
}

/// The key that ends a story at once, whatever is open.
pub(crate) const END: &str = "end";

/// What is left of a story.
pub(crate) struct Played {
    frames: Vec<(Duration, String)>,
    pub(crate) state: State,
}

impl Played {
    /// What was on the screen at a time since the opening.
    pub(crate) fn screen_at(&self, at: Duration) -> &str {
        let before = self.frames.iter().rev().find(|(drawn, _)| *drawn <= at);
        before.map_or("", |(_, text)| text)
    }

    /// What was on the screen at the end.
    pub(crate) fn last(&self) -> &str {
        self.screen_at(Duration::MAX)
    }

    /// Whether this was ever on the screen.
    pub(crate) fn ever_said(&self, text: &str) -> bool {
        self.frames.iter().any(|(_, frame)| frame.contains(text))
    }
}

/// Plays a story from the opening of the workspace: keys with the pauses in milliseconds before
/// them.
pub(crate) fn play(hex: &Hex, keys: &[(u64, &'static str)]) -> Played {
    play_with(hex, Settings::default(), keys)
}

/// The same with other settings.
pub(crate) fn play_with(hex: &Hex, settings: Settings, keys: &[(u64, &'static str)]) -> Played {
    virtual_time(async {
        let clock = hex.open(OPENING);
        let opening = clock.now();
        let state = State::new(Model::new(settings), Options::default(), SIZE, opening);
        let frames = Arc::default();
        let pressed = keys.iter().scan(Duration::ZERO, |at, (pause, _)| {
            *at += Duration::from_millis(*pause);
            Some(*at)
        });
        let (opening, keys_at) = (opening.boot, pressed.collect());
        let screen = Film { frames: Arc::clone(&frames), clock, opening, keys: keys_at };
        let wire = Line::new(hex.clone(), clock);
        let (keys, host, store) = (script(keys.to_vec()), Bare, Store::none());
        let state = Loop { state, screen, keys, wire, host, store, clock }.run().await.unwrap();
        // What is due by now happens, so that the workspace can be looked at afterwards.
        drop(hex.world());
        let mut frames: Vec<_> = std::mem::take(&mut frames.lock().unwrap());
        let now = clock.now();
        frames.push((now.boot - opening, drawn(&state, now)));
        Played { frames, state }
    })
}

/// Runs to its end in a time that passes only while everybody waits.
pub(crate) fn virtual_time<T>(story: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(story)
}

/// The opening of a virtual story, for those that are played otherwise.
pub(crate) fn open(hex: &Hex) -> Clock {
    hex.open(OPENING)
}
