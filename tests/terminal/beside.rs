//! Dashboards beside each other on one token, and one whose store does not work.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::SignedDuration;
use rustix::process::Signal;
use tempfile::TempDir;
use vt100::Screen;

use crate::pty::{HEXTOP, Start, Terminal, line};
use crate::sim::{Request, Sim, now};

/// Published projects of the demo, which are all that are looked at.
pub(crate) const PROJECTS: usize = 13;
/// How long the lease of whoever polls lasts, and what a busy machine may add.
const TAKEN_OVER: SignedDuration = SignedDuration::from_secs(10 + 3);
/// A directory in which not even root can make a file.
const READ_ONLY: &str = if cfg!(target_os = "macos") { "/System" } else { "/sys/kernel" };

/// What a dashboard has sent, by its own log.
pub(crate) fn sent(log: &Path) -> Vec<String> {
    let log = std::fs::read_to_string(log).expect("its log");
    log.lines().filter(|line| line.contains("sending")).map(str::to_owned).collect()
}

pub(crate) fn sent_by(terminal: &Terminal) -> Vec<String> {
    sent(&terminal.file("state/hextop/hextop.log"))
}

/// How long ago each project was seen, in seconds, as the pane of projects shows it.
pub(crate) fn ages(screen: &Screen) -> BTreeMap<String, u64> {
    let (_, width) = screen.size();
    let rows = screen.rows(0, width.get()).filter_map(|row| {
        let cell = row.split(['│', '┃']).nth(1)?.trim().to_owned();
        let (title, age) = cell.rsplit_once(' ')?;
        let (number, unit) = age.split_at_checked(age.len().checked_sub(1)?)?;
        let unit = match unit {
            "s" => 1,
            "m" => 60,
            _ => return None,
        };
        Some((title.chars().take(12).collect(), number.parse::<u64>().ok()? * unit))
    });
    rows.collect()
}

/// Waits until two dashboards show that they saw every project at the same time; tells how long
/// that took.
pub(crate) fn agree(first: &Terminal, second: &Terminal) -> SignedDuration {
    let begun = now();
    second.wait_for("the same ages as the other", |screen| {
        let (here, there) = (ages(screen), first.look(ages));
        // Both clocks tick when they do; from a minute on they tick by the minute.
        let near = |title: &String, age: u64| {
            there
                .get(title)
                .is_some_and(|other| age.abs_diff(*other) <= if age < 59 { 1 } else { 60 })
        };
        let agrees = here.len() == PROJECTS && here.iter().all(|(title, age)| near(title, *age));
        agrees.then_some(())
    });
    now().duration_since(begun)
}

/// Opens a dashboard and waits for its first rows; a wide one has the word in its heading, too.
fn open_on_rows(start: Start) -> Terminal {
    let terminal = start.open();
    terminal.wait_for("a run", |screen| line(screen, &["▶ running"]));
    terminal
}

/// Opens a dashboard on a workspace and waits for its first rows.
pub(crate) fn open(sim: &Sim, data: &Path) -> Terminal {
    open_on_rows(sim.dashboard(data))
}

/// Waits until every project has been looked at; gives how many looks that took.
pub(crate) fn wait_for_sweep(sim: &Sim) -> usize {
    sim.wait_for("a look at every project", |requests| {
        let looks: Vec<_> = requests.iter().filter_map(Request::looks_at).collect();
        let mut projects = looks.clone();
        projects.sort_unstable();
        projects.dedup();
        (projects.len() == PROJECTS).then_some(looks.len())
    })
}

/// Waits for so many more looks of anybody.
fn wait_for_looks(sim: &Sim, more: usize) {
    let looks = |requests: &[Request]| requests.iter().filter(|r| r.looks_at().is_some()).count();
    let before = looks(&sim.requests());
    sim.wait_for("more looks", |requests| (looks(requests) >= before + more).then_some(()));
}

#[test]
fn a_second_dashboard_shows_all_rows_at_once_and_asks_for_none() {
    let (sim, data) = (Sim::start(&[]), TempDir::new().expect("a directory"));
    let mut first = open(&sim, data.path());
    wait_for_sweep(&sim);
    let mut second = open(&sim, data.path());
    let took = agree(&first, &second);
    assert!(took < SignedDuration::from_secs(2), "{took:?}");
    second.wait_for("that it is live", |screen| line(screen, &["hextop", "● live"]));
    wait_for_looks(&sim, 3);
    assert_eq!(sent_by(&second), Vec::<String>::new());
    for (terminal, who) in [(&mut first, "this one polls"), (&mut second, "another one polls")] {
        terminal.keys("b");
        terminal.see(&format!("by 2 hextop processes in the last minute; {who}"));
    }
    // The second polls as soon as the first has ended.
    for terminal in [&mut first, &mut second] {
        terminal.keys("\u{1b}q");
        assert_eq!(terminal.wait_exit(), 0);
    }
    let lists = sim.requests().iter().filter(|request| request.lists()).count();
    assert_eq!(lists, 1, "the list of projects is asked for once");
}

#[test]
fn when_the_one_that_polls_is_killed_the_other_takes_over_within_the_lease() {
    let (sim, data) = (Sim::start(&[]), TempDir::new().expect("a directory"));
    let first = open(&sim, data.path());
    wait_for_sweep(&sim);
    let mut second = open(&sim, data.path());
    wait_for_looks(&sim, 1);
    assert_eq!(sent_by(&second), Vec::<String>::new());
    let killed = now();
    first.signal(Signal::KILL);
    let looked = sim.wait_for("a look by the other", |requests| {
        let look = requests.iter().rfind(|r| r.looks_at().is_some() && r.at > killed)?;
        (!sent_by(&second).is_empty()).then_some(look.at)
    });
    let took = looked.duration_since(killed);
    assert!(took < TAKEN_OVER, "{took:?}");
    second.keys("b");
    second.see("this one polls");
    second.keys("\u{1b}q");
    assert_eq!(second.wait_exit(), 0);
}

#[test]
fn a_cancel_at_one_dashboard_shows_at_the_other() {
    let (sim, data) = (Sim::start(&[]), TempDir::new().expect("a directory"));
    let first = open(&sim, data.path());
    let mut second = open(&sim, data.path());
    let run = cancel(&sim, &mut second);
    first.wait_for("the killed run", |screen| line(screen, &["■ killed", &run]));
}

/// Waits until the open panel says `words`, wherever its lines are broken.
fn see_in_panel(terminal: &Terminal, words: &str) {
    terminal.wait_for(words, |screen| {
        let text = screen.contents();
        let lines: Vec<_> = text.lines().filter_map(|line| line.split('┃').nth(1)).collect();
        let lines = lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
        lines.contains(words).then_some(())
    });
}

/// Cancels the runaway that the demo shows first and waits for its end; gives the run.
fn cancel(sim: &Sim, terminal: &mut Terminal) -> String {
    // The cursor stays with the run that it is on while others come.
    terminal.see("13 of 13");
    terminal.keys("gg");
    terminal.wait_for("the runaway", |screen| line(screen, &["runaway", "Churn model"]));
    terminal.keys("ggX");
    terminal.look_at("Cancel 1 run");
    terminal.keys("y");
    let path = sim.wait_for("the cancel", |requests| {
        let cancel = |r: &&Request| r.method == "DELETE" && r.status == Some(204);
        requests.iter().find(cancel).map(|request| request.path.clone())
    });
    let run: String = path.rsplit('/').next().expect("a run").chars().take(8).collect();
    terminal.wait_for("its end", |screen| line(screen, &["■ killed", &run]));
    run
}

/// Confirms a start, which is refused where no journal can be written, and leaves the form.
fn start_in_vain(sim: &Sim, terminal: &mut Terminal) {
    terminal.keys("ggt");
    terminal.see("ctrl-s");
    terminal.keys("\u{13}");
    terminal.look_at("exactly as it will be sent");
    terminal.keys("\r");
    terminal.see("the journal cannot be written");
    terminal.keys("\u{1b}");
    terminal.see_no_more("ctrl-s");
    let is_start = |request: &Request| request.method == "POST" && request.path.ends_with("/runs");
    assert!(!sim.requests().iter().any(is_start), "nothing was sent");
}

/// Asserts that a dashboard whose store fails shows rows, says so plainly, starts nothing, and
/// cancels.
fn assert_goes_on(sim: &Sim, start: Start, reason: &str) {
    let mut terminal = open_on_rows(start);
    terminal.see("The store fails: other hextop processes are not seen");
    terminal.keys("b");
    for words in ["the store fails (", reason, "the budget is kept at half"] {
        see_in_panel(&terminal, words);
    }
    terminal.keys("\u{1b}");
    terminal.see_no_more("Budget:");
    start_in_vain(sim, &mut terminal);
    cancel(sim, &mut terminal);
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn a_data_directory_that_cannot_be_written_is_said_and_it_goes_on() {
    let sim = Sim::start(&[]);
    let start = sim.dashboard(Path::new(READ_ONLY));
    assert_goes_on(&sim, start, READ_ONLY);
}

#[test]
fn a_full_disk_is_said_and_it_goes_on() {
    let (sim, data) = (Sim::start(&[]), TempDir::new().expect("a directory"));
    // No file may grow beyond some 60 KB, and the signal that tells so is ignored.
    let script = "trap '' XFSZ; ulimit -f 120; exec \"$0\"";
    let shell = Start::program(Path::new("/bin/sh"), &["-c", script, HEXTOP]);
    let start = sim.furnish(shell, data.path());
    assert_goes_on(&sim, start, "disk");
}

#[test]
fn a_store_that_is_none_is_said_and_left_alone() {
    let (sim, data) = (Sim::start(&[]), TempDir::new().expect("a directory"));
    let (store, garbage) = (sim.store(data.path()), "These are somebody's notes.\n".repeat(500));
    std::fs::write(&store, &garbage).expect("a file");
    assert_goes_on(&sim, sim.dashboard(data.path()), "file is not a database");
    assert_eq!(std::fs::read_to_string(&store).expect("a file"), garbage);
}

#[test]
fn a_store_of_a_newer_version_is_said_and_left_alone() {
    let (sim, data) = (Sim::start(&[]), TempDir::new().expect("a directory"));
    let store = sim.store(data.path());
    let newer = rusqlite::Connection::open(&store).expect("a store");
    newer.pragma_update(None, "user_version", 99).expect("a version");
    drop(newer);
    let before = std::fs::read(&store).expect("a file");
    assert_goes_on(&sim, sim.dashboard(data.path()), "written by a newer hextop");
    assert_eq!(std::fs::read(&store).expect("a file"), before);
}

#[test]
fn a_store_that_a_newer_hextop_upgrades_meanwhile_takes_no_start() {
    let (sim, data) = (Sim::start(&[]), TempDir::new().expect("a directory"));
    let mut terminal = open(&sim, data.path());
    let newer = rusqlite::Connection::open(sim.store(data.path())).expect("a store");
    newer.pragma_update(None, "user_version", 99).expect("a version");
    terminal.see("The store fails: other hextop processes are not seen");
    start_in_vain(&sim, &mut terminal);
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn a_store_that_is_removed_meanwhile_is_missed_at_once_and_made_anew() {
    let (sim, data) = (Sim::start(&[]), TempDir::new().expect("a directory"));
    let mut terminal = open(&sim, data.path());
    let store = sim.store(data.path());
    std::fs::remove_file(&store).expect("a store");
    terminal.see("The store fails: other hextop processes are not seen");
    terminal.see_no_more("The store fails");
    assert!(store.exists());
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn a_record_that_cannot_be_read_is_said_on_the_screen() {
    let (sim, data) = (Sim::start(&[]), TempDir::new().expect("a directory"));
    let mut terminal = open(&sim, data.path());
    let store = rusqlite::Connection::open(sim.store(data.path())).expect("a store");
    let spoilt = "INSERT INTO log (owner, boot, wall, at, record)
                  SELECT owner, boot, wall, at, '{' FROM log LIMIT 1";
    assert_eq!(store.execute(spoilt, []).expect("a record"), 1);
    terminal.see("1 record of the store could not be read and was set aside");
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
}
