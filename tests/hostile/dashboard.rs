//! The dashboard in a terminal before a server that means no good.

use std::fmt::Write;
use std::time::Duration;

use hextop::clock;
use hextop::testkit::cases;

use crate::harmless;
use crate::leaving::{TOKEN, assert_drawn, assert_files, assert_no_secret};
use crate::pty::{Start, Terminal, line};
use crate::server::{Op, Respond, Server};

/// How soon a key is answered on a machine that has time.
const SOON: Duration = Duration::from_millis(100);
/// How much longer than beside a harmless server it may take on one that has none.
const SLOWER: u32 = 20;
/// How often a dashboard whose keys waited is tried again: a fault of the program shows each time.
const TRIES: usize = 6;
/// Keys that are pressed at least, and for how long at most an answer is waited for.
const KEYS: usize = 10;
const PATIENCE: Duration = Duration::from_secs(20);
/// For how long the screen is tried once the answer has come.
const AFTERWARDS: Duration = Duration::from_millis(400);
/// The most memory that was ever in use, in kB.
const MEMORY: u64 = 150 * 1024;

/// What became of a dashboard.
pub(crate) struct Lived {
    /// All text that its terminal was sent.
    pub(crate) text: String,
    /// The server's requests of each kind.
    pub(crate) server: Server,
    slowest: Duration,
}

/// Runs a dashboard, in which everything is looked at, before a server that answers requests of one
/// kind with `respond`; asserts that keys are answered, memory is bounded and nothing leaves that
/// must not.
pub(crate) fn survives(op: Op, respond: Respond) -> Lived {
    let mut slowest = Vec::new();
    for _ in 0..TRIES {
        let lived = live(op, respond);
        // Only a busy machine needs to know how busy it is.
        if lived.slowest <= SOON || lived.slowest <= baseline() * SLOWER {
            return lived;
        }
        slowest.push(lived.slowest);
    }
    panic!("a key waits {slowest:?}; beside a harmless server it waits {:?}", baseline());
}

/// How long a key takes beside a harmless server, here and now: the machine is not as busy at all times.
fn baseline() -> Duration {
    let server = Server::start(Op::Me, harmless::answer);
    let mut terminal = open(&server);
    server.wait_begun();
    let mut took: Vec<_> = (0..9).map(|_| press(&mut terminal)).collect();
    took.sort();
    took[took.len() / 2]
}

fn open(server: &Server) -> Terminal {
    let start = Start::hextop(&[])
        .env("HEX_API_TOKEN", TOKEN)
        .env("HEX_API_BASE_URL", &server.base_url())
        .env("HEXTOP_LOG", "trace");
    let terminal = start.open();
    terminal.wait_for("the screen", |screen| screen.alternate_screen().then_some(()));
    terminal
}

fn live(op: Op, respond: Respond) -> Lived {
    let server = Server::start(op, respond);
    let mut terminal = open(&server);
    if op == Op::Export {
        terminal.wait_for("a run", |screen| line(screen, &["Weekly revenue", "c1000000"]));
        terminal.keys("t");
    }
    server.wait_begun();
    if op == Op::Export {
        terminal.keys("\u{1b}");
    }
    let mut slowest = Duration::ZERO;
    let began = clock::now().boot;
    let mut quiet = None;
    let wait = AFTERWARDS * cases(1);
    for number in 0.. {
        slowest = slowest.max(press(&mut terminal));
        let now = clock::now().boot;
        if server.is_quiet() {
            quiet.get_or_insert(now);
        }
        let is_over = quiet.is_some_and(|since| now.saturating_sub(since) > wait)
            || now.saturating_sub(began) > PATIENCE;
        if number >= KEYS && is_over {
            break;
        }
    }
    slowest = slowest.max(look_around(&mut terminal));
    let used = memory(&terminal);
    assert!(used < MEMORY, "{used} kB of memory");
    let screen = terminal.contents();
    terminal.keys("\u{3}\u{3}");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.assert_restored();
    let text = assert_drawn(&terminal.bytes());
    assert_no_secret("the terminal", text.as_bytes());
    assert_no_secret("the screen", screen.as_bytes());
    assert_files(&terminal.file(""), &[]);
    Lived { text, server, slowest }
}

/// Opens the help and closes it; gives the longer of the two waits.
fn press(terminal: &mut Terminal) -> Duration {
    let begin = clock::now().boot;
    terminal.keys("?");
    terminal.see("Help: type to search");
    let middle = clock::now().boot;
    terminal.keys("\r");
    terminal.see_no_more("Help: type to search");
    middle.saturating_sub(begin).max(clock::now().boot.saturating_sub(middle))
}

/// Looks at every pane and every dialog, but for the clipboard's keys, which write sequences that are
/// none of the screen's; gives how long the keys took in the mean.
fn look_around(terminal: &mut Terminal) -> Duration {
    let tour = [
        "j", "k", "\r", "\u{1b}", "\t", "j", "\r", "z", "z", "\u{4}", "G", "g", "s", "S", "\t",
        "b", "\u{1b}", "@", "\u{1b}", "Q", "\u{1b}", " ", "X", "n", "t", "\u{13}", "\u{1b}",
        "\u{1b}", "\u{1b}",
    ];
    let begin = clock::now().boot;
    for keys in tour {
        terminal.keys(keys);
    }
    press(terminal);
    clock::now().boot.saturating_sub(begin) / u32::try_from(tour.len()).unwrap_or(1)
}

/// The most memory that the program has had, in kB.
fn memory(terminal: &Terminal) -> u64 {
    let mut path = String::from("/proc/");
    write!(path, "{}/status", terminal.process().as_raw_nonzero()).expect("a text");
    let status = std::fs::read_to_string(path).expect("the process's status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a line");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
