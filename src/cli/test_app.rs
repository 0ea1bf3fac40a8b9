//! A simulated workspace and the dashboard's state in virtual time, without a screen or a socket.
//!
//! Minutes pass in milliseconds and the same seed gives the same story, so screenshots and tests
//! are exact.

use std::time::Duration;

use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::Size;

use crate::api::{ApiError, Call, Failure, PathStyle, RateHint, Response};
use crate::domain::{Boot, Now};
use crate::engine::{self, CallId, Model, Settings};
use crate::shell::store::SqliteStore;
use crate::sim::{Answer, Fate, Scenario, World};
use crate::ui::chord::Chord;
use crate::ui::{Effect, Msg, Options, State};

/// How long an answer takes besides what the world delays it.
const LATENCY: Duration = Duration::from_millis(80);
/// When a request is given up, as the client does by default.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The world and the state, and the answers on their way between them.
#[derive(Debug)]
pub struct TestApp {
    /// The simulated workspace.
    pub world: World,
    /// The dashboard.
    pub state: State,
    /// What the dashboard asked of the machine: addresses opened and texts copied.
    pub asked: Vec<Effect>,
    /// Every call sent, with the moment.
    pub sent: Vec<(Boot, Call)>,
    now: Now,
    flights: Vec<(Boot, CallId, Response)>,
    open_store: Option<SqliteStore>,
    over: bool,
}

impl TestApp {
    /// Raises the curtain: the world is made and the dashboard has sent its first requests.
    pub fn new(scenario: &Scenario, seed: u64, settings: Settings, size: Size) -> Self {
        let now = Now { boot: Boot::from_secs(3600), wall: opening() };
        let options = Options { workspace: "demo (simulated)".to_owned(), ..Options::default() };
        let mut stage = Self {
            world: World::new(scenario, seed, now),
            state: State::new(Model::new(settings), options, size, now),
            asked: Vec::new(),
            sent: Vec::new(),
            now,
            flights: Vec::new(),
            open_store: None,
            over: false,
        };
        stage.tell(Msg::Engine(Box::new(engine::Msg::Started)));
        stage
    }

    /// The moment it is.
    pub fn now(&self) -> Now {
        self.now
    }

    /// Whether the dashboard has been quit.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Presses keys, named as in the table of keys and separated by spaces.
    ///
    /// # Errors
    /// If a name is none.
    pub fn press(&mut self, keys: &str) -> Result<(), String> {
        for name in keys.split(' ') {
            let chord: Chord = name.parse()?;
            self.look(chord);
            self.tell(Msg::Key(chord));
        }
        Ok(())
    }

    /// Takes the time to see what has opened, without which no key confirms anything in it.
    fn look(&mut self, chord: Chord) {
        let unseen = self.state.unseen_until(chord).saturating_sub(self.now.boot);
        if !unseen.is_zero() {
            self.run_for(unseen);
        }
    }

    /// Types letters.
    pub fn type_in(&mut self, text: &str) {
        for letter in text.chars() {
            let chord = Chord::plain(crate::ui::chord::Key::Char(letter));
            self.look(chord);
            self.tell(Msg::Key(chord));
        }
    }

    /// Tells the dashboard something now; what it has left for later is done at once.
    pub fn tell(&mut self, msg: Msg) {
        self.hear(msg);
        while self.state.has_more() {
            self.hear(Msg::GoOn);
        }
    }

    fn hear(&mut self, msg: Msg) {
        for effect in self.state.update(msg, self.now) {
            match effect {
                Effect::Send(id, call, style, _) => self.send(id, &call, style),
                Effect::ReadToken => {
                    // It is the world's own, which does not change.
                    self.tell(Msg::Engine(Box::new(engine::Msg::TokenRead(Ok(false)))));
                }
                Effect::Store(ask) => {
                    if let Some(open_store) = &mut self.open_store {
                        let told = open_store.answer(ask, self.now);
                        self.tell(Msg::Engine(Box::new(engine::Msg::Store(told))));
                    }
                }
                Effect::Quit => self.over = true,
                other => self.asked.push(other),
            }
        }
    }

    /// Lets time pass.
    pub fn run_for(&mut self, span: Duration) {
        let end = self.now.boot + span;
        loop {
            let arrival = self.flights.iter().map(|(at, ..)| *at).min();
            let wake = self.state.deadline(self.now);
            let next = arrival.map_or(wake, |at| at.min(wake)).max(self.now.boot);
            if next > end {
                break;
            }
            // A deadline that is already here must not stop the clock.
            let step = next.saturating_sub(self.now.boot).max(Duration::from_millis(1));
            self.now = self.now.after(step);
            self.deliver();
            self.tell(Msg::Engine(Box::new(engine::Msg::Woke)));
        }
        let rest = end.saturating_sub(self.now.boot);
        self.now = self.now.after(rest);
        self.deliver();
    }

    /// Lets time pass until something holds, at most for `span`; tells whether it came to hold.
    pub fn run_until(&mut self, span: Duration, holds: impl Fn(&Self) -> bool) -> bool {
        let end = self.now.boot + span;
        while !holds(self) {
            if self.now.boot >= end {
                return false;
            }
            self.run_for(Duration::from_millis(100));
        }
        true
    }

    /// What is on the screen.
    ///
    /// # Errors
    /// None: drawing into memory does not fail, but ratatui's signature allows it.
    pub fn screen(&mut self, size: Size) -> Result<Buffer, std::convert::Infallible> {
        self.tell(Msg::Resize(size));
        let mut terminal = Terminal::new(TestBackend::new(size.width, size.height))?;
        terminal.draw(|frame| self.state.draw(frame, self.now))?;
        Ok(terminal.backend().buffer().clone())
    }

    fn send(&mut self, id: CallId, call: &Call, style: PathStyle) {
        self.sent.push((self.now.boot, call.clone()));
        let mut request = call.request(style);
        if let Ok(bearer) = format!("Bearer {}", self.world.token()).parse() {
            request.headers_mut().insert(http::header::AUTHORIZATION, bearer);
        }
        let answer = self.world.handle(&request, self.now);
        let (after, response) = deliver(call, &answer, self.now);
        self.flights.push((self.now.boot + after, id, response));
    }

    fn deliver(&mut self) {
        let here = self.now.boot;
        let (landed, flying): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.flights).into_iter().partition(|(at, ..)| *at <= here);
        self.flights = flying;
        for (_, id, response) in landed {
            self.tell(Msg::Engine(Box::new(engine::Msg::Replied(id, response))));
        }
    }
}

/// The screen as lines of text, without what is empty at their ends.
pub fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while let Some(cell) = buffer.cell((x, y)).filter(|_| x < buffer.area.width) {
            line.push_str(cell.symbol());
            // A wide character covers the cell after it as well.
            x += cell.cell_width().max(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// When every story begins.
fn opening() -> Timestamp {
    Timestamp::from_second(1_792_483_200).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// What the client makes of an answer, and when.
pub(super) fn deliver(call: &Call, answer: &Answer, now: Now) -> (Duration, Response) {
    let failed = |failure: Failure| Response {
        result: Err(ApiError::Transport(failure)),
        rate: RateHint::default(),
        date: None,
    };
    let after = LATENCY + answer.delay;
    let timeout = (TIMEOUT, failed(Failure::Timeout(TIMEOUT.as_secs())));
    match answer.fate {
        _ if after >= TIMEOUT => timeout,
        Fate::Hang => timeout,
        Fate::Slow(over) if after + over >= TIMEOUT => timeout,
        Fate::Slow(over) => (after + over, call.read(&answer.response, now.wall)),
        Fate::Whole => (after, call.read(&answer.response, now.wall)),
        Fate::Reset | Fate::Truncated => {
            (after, failed(Failure::Broken("connection reset".to_owned())))
        }
    }
}
