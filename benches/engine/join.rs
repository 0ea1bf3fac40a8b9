//! Joining a large store: until the first screen, each piece after it, and all; and what one poll
//! then writes.

use std::collections::VecDeque;
use std::time::Duration;

use hextop::clock;
use hextop::domain::{Now, ProjectId};
use hextop::engine::sync::protocol::{Answer, StoreEvent, StoreRequest};
use hextop::engine::sync::session::Session;
use hextop::engine::{Effect, Model, Msg, Settings};
use hextop::shell::store::{SqliteStore, StoreLocation};

use super::timed;
use super::workspace::{answer, begin};

/// Until the first screen can be drawn.
const FIRST: Duration = Duration::from_millis(250);
/// What the loop takes in at a time, and how long a writer may hold the file.
const PIECE: Duration = Duration::from_millis(50);

/// Measures it; gives the bounds that are broken.
pub fn measure(projects: usize, runs: usize) -> Vec<String> {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("store.sqlite3");
    let open = |session| {
        let location =
            StoreLocation::new(Some(file.clone()), "this boot".to_owned(), Session(session));
        SqliteStore::open(&location, "token").expect("a store")
    };
    let mut written = Times::default();
    let now = fill(&mut open(1), projects, runs, &mut written);
    let mut shelf = open(2);
    let mut model = Model::new(Settings::default()).sharing(Session(2));
    model.update(Msg::Started, now);
    let (mut read, mut taken) = (Times::default(), Times::default());
    let mut ask = Some(StoreRequest::Join);
    let mut first = None;
    while let Some(next) = ask.take() {
        let mut told = StoreEvent::default();
        read.add(timed(|| told = shelf.answer(next, now).expect("an answer")));
        let (more, is_piece) = (told.more, told.answer != Answer::News);
        let mut effects = Vec::new();
        taken.add(timed(|| effects = model.update(Msg::Store(Ok(told)), now)));
        first.get_or_insert(read.all + taken.all);
        ask = (more && is_piece).then_some(StoreRequest::More);
    }
    let known = model.runs().count();
    let first = first.unwrap_or_default();
    println!(
        "joining {projects} projects with {runs} runs each: {first:.1?} until the first screen, \
         {:.1?} to read and {:.1?} to take in {} pieces, of which the longest took {:.1?} and \
         {:.1?}; {known} runs are kept",
        read.all, taken.all, read.count, read.longest, taken.longest
    );
    println!(
        "{} looks were written in {:.1?}, the longest in {:.1?}",
        written.count, written.all, written.longest
    );
    let project = model.projects().next().map(|watched| watched.project.id.clone());
    let poll = project.map(|project| one_poll(&mut open(3), &project, now)).unwrap_or_default();
    println!(
        "what one poll without news writes takes {:.1?}, at most {:.1?}",
        poll.all, poll.longest
    );
    let mut broken = Vec::new();
    let mut bound = |what: &str, time: Duration, most: Duration| {
        if time > most {
            broken.push(format!("{what} takes {time:.1?}, above {most:?}."));
        }
    };
    bound("The first screen of a large store", first, FIRST);
    bound("Reading a piece of a large store", read.longest, PIECE);
    bound("Taking a piece of a large store in", taken.longest, PIECE);
    bound("Writing a page into a large store", written.longest, PIECE);
    broken
}

#[derive(Default)]
struct Times {
    count: usize,
    all: Duration,
    longest: Duration,
}

impl Times {
    fn add(&mut self, time: Duration) {
        (self.count, self.all) = (self.count + 1, self.all + time);
        self.longest = self.longest.max(time);
    }
}

/// Has an engine read all of a workspace into a store; gives the time then.
fn fill(shelf: &mut SqliteStore, projects: usize, runs: usize, written: &mut Times) -> Now {
    let settings = Settings { requests_per_minute: 1_000_000, ..Settings::default() };
    let (mut model, mut now) = (Model::new(settings).sharing(Session(1)), begin());
    // The store's answers are told in their order.
    let mut msgs = VecDeque::from([Msg::Started]);
    while !model.is_swept() {
        let msg = msgs.pop_front().unwrap_or_else(|| {
            let at = model.deadline(now).unwrap_or(now.boot);
            now = now.after((at - now.boot).max(Duration::from_millis(10)));
            Msg::Woke
        });
        for effect in model.update(msg, now) {
            match effect {
                Effect::Send(id, call, ..) => {
                    msgs.push_back(Msg::Replied(id, answer(&call, projects, runs, 0)));
                }
                Effect::Store(ask) => {
                    let is_page = matches!(&ask, StoreRequest::Put(facts) if facts.len() >= runs);
                    let begun = clock::now().boot;
                    let told = shelf.answer(ask, now).expect("an answer");
                    if is_page {
                        written.add(clock::now().boot - begun);
                    }
                    msgs.push_back(Msg::Store(Ok(told)));
                }
                Effect::ReadToken | Effect::Tell(_) => {}
            }
        }
    }
    now
}

/// What a look without news writes, on average and at most.
fn one_poll(shelf: &mut SqliteStore, project: &ProjectId, now: Now) -> Times {
    shelf.answer(StoreRequest::Join, now).expect("an answer");
    let mut times = Times::default();
    for number in 0..200 {
        let fact = hextop::engine::sync::protocol::CacheEntry {
            key: format!("look/{project}"),
            value: format!("{{\"number\":{number},\"ids\":\"{}\"}}", "0".repeat(200)),
            at: now.boot,
            active: false,
        };
        times.add(timed(|| shelf.answer(StoreRequest::Put(vec![fact]), now).expect("an answer")));
    }
    times.all /= 200;
    times
}
