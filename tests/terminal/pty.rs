//! The program in a pseudo-terminal, and a person in front of it.
//!
//! Nothing here sleeps: whoever waits is woken by output, and gives up at a deadline that only a
//! broken program reaches, showing what was on the screen.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portable_pty::{
    Child, CommandBuilder, MasterPty, PtyPair, PtySize, SlavePty, native_pty_system,
};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process, waitid};
use tempfile::TempDir;
use vt100::{MouseProtocolMode, Parser, Screen};

/// When a wait is given up. Generous, because the machine may be busy with other tests.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// How long after a dialog has appeared nothing is confirmed in it, and a little more.
const UNSEEN: Duration = Duration::from_millis(250);

/// The program under test.
pub(crate) const HEXTOP: &str = env!("CARGO_BIN_EXE_hextop");

/// Held while processes are started, so that none inherits another test's terminal.
pub(crate) fn spawning() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How the program is started.
pub(crate) struct Start {
    program: PathBuf,
    arguments: Vec<String>,
    size: (u16, u16),
    /// The size that the terminal tells, where that is not its own.
    told: Option<(u16, u16)>,
    env: Vec<(String, String)>,
    home: TempDir,
}

impl Start {
    /// The program with these arguments, in a terminal of 120 columns and 36 lines, with an
    /// environment that holds nothing of this machine.
    pub(crate) fn hextop(arguments: &[&str]) -> Self {
        Self::program(Path::new(HEXTOP), arguments)
    }

    /// Another program in the same surroundings.
    pub(crate) fn program(program: &Path, arguments: &[&str]) -> Self {
        let home = TempDir::new().expect("a directory to live in");
        let path = |name: &str| home.path().join(name).to_string_lossy().into_owned();
        let env = [
            ("HOME", path("")),
            // Empty, so that no key can start a program.
            ("PATH", path("bin")),
            ("XDG_CONFIG_HOME", path("config")),
            ("XDG_STATE_HOME", path("state")),
            ("TERM", "xterm-256color".to_owned()),
            ("LANG", "C.UTF-8".to_owned()),
        ];
        // Nobody is led through what there is to do: the footer says what it always says.
        let state = home.path().join("state/hextop");
        let mut private = std::fs::DirBuilder::new();
        private.recursive(true).mode(0o700).create(&state).expect("a directory for the state");
        std::fs::write(state.join("tours"), "shown\n").expect("a file");
        Self {
            program: program.to_owned(),
            arguments: arguments.iter().map(|text| (*text).to_owned()).collect(),
            size: (120, 36),
            told: None,
            env: env.map(|(name, value)| (name.to_owned(), value)).into(),
            home,
        }
    }

    /// The demo.
    pub(crate) fn demo() -> Self {
        Self::hextop(&["--demo"])
    }

    /// Sets an environment variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Makes the terminal so many columns wide and lines high.
    pub(crate) fn size(mut self, columns: u16, lines: u16) -> Self {
        self.size = (columns, lines);
        self
    }

    /// Has the terminal tell another size than it has.
    pub(crate) fn telling(mut self, columns: u16, lines: u16) -> Self {
        self.told = Some((columns, lines));
        self
    }

    /// Writes the settings; gives their file.
    pub(crate) fn settings(&self, text: &str) -> PathBuf {
        let directory = self.home.path().join("config/hextop");
        std::fs::create_dir_all(&directory).expect("a directory for settings");
        let file = directory.join("config.toml");
        std::fs::write(&file, text).expect("settings");
        file
    }

    /// Starts it without a terminal and waits for its end.
    pub(crate) fn run_without_terminal(&self) -> Output {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env_clear().envs(self.env.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let alone = spawning();
        let child = command.spawn().expect("hextop starts");
        drop(alone);
        child.wait_with_output().expect("hextop ends")
    }

    /// Starts it in a terminal.
    pub(crate) fn open(self) -> Terminal {
        let (columns, lines) = self.size;
        let told = self.told.unwrap_or(self.size);
        let alone = spawning();
        let PtyPair { slave, master } =
            native_pty_system().openpty(pty_size(told.0, told.1)).expect("a pty");
        let before = modes(master.as_ref());
        let child = self.spawn(slave.as_ref());
        drop(slave);
        let writer = master.take_writer().expect("a writer");
        let seen =
            Seen { parser: parser(columns, lines), bytes: Vec::new(), reads: true, closed: false };
        let shared = Arc::new((Mutex::new(seen), Condvar::new()));
        let mut reader = master.try_clone_reader().expect("a reader");
        drop(alone);
        let theirs = Arc::clone(&shared);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let length = reader.read(&mut buffer).unwrap_or(0);
                let seen = theirs.0.lock().unwrap_or_else(PoisonError::into_inner);
                let waited = theirs.1.wait_while(seen, |seen| !seen.reads);
                let mut seen = waited.unwrap_or_else(PoisonError::into_inner);
                seen.parser.process(&buffer[..length]);
                seen.bytes.extend_from_slice(&buffer[..length]);
                seen.closed = length == 0;
                theirs.1.notify_all();
                if seen.closed {
                    break;
                }
            }
        });
        Terminal { master, writer, child, shared, before, home: self.home }
    }

    /// Starts the demo in a terminal and waits for its first rows. Only then it reads single
    /// keys; what is typed before goes through the terminal's own line editing.
    pub(crate) fn open_on_rows(self) -> Terminal {
        let terminal = self.open();
        terminal.wait_for("a run", |screen| line(screen, &["running"]));
        terminal
    }

    /// Starts it in a terminal that vanishes as soon as `seen` holds; gives how it ended.
    pub(crate) fn open_and_hang_up(
        self,
        seen: impl Fn(&Screen) -> bool,
    ) -> portable_pty::ExitStatus {
        let (columns, lines) = self.size;
        let alone = spawning();
        let PtyPair { slave, master } =
            native_pty_system().openpty(pty_size(columns, lines)).expect("a pty");
        let mut child = self.spawn(slave.as_ref());
        let mut reader = master.try_clone_reader().expect("a reader");
        drop((slave, alone));
        let mut parser = parser(columns, lines);
        let mut buffer = [0; 4096];
        while !seen(parser.screen()) {
            let length = reader.read(&mut buffer).expect("output");
            assert_ne!(length, 0, "it ended too early:\n{}", parser.screen().contents());
            parser.process(&buffer[..length]);
        }
        drop((reader, master));
        child.wait().expect("an exit status")
    }

    fn spawn(&self, slave: &dyn SlavePty) -> Box<dyn Child + Send + Sync> {
        let mut command = CommandBuilder::new(&self.program);
        command.args(&self.arguments);
        command.env_clear();
        for (name, value) in &self.env {
            command.env(name, value);
        }
        slave.spawn_command(command).expect("hextop starts")
    }
}

/// What has come out of the terminal so far.
struct Seen {
    parser: Parser,
    bytes: Vec<u8>,
    /// Whether the terminal takes what is written to it.
    reads: bool,
    closed: bool,
}

/// A terminal with the program in it.
pub(crate) struct Terminal {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    shared: Arc<(Mutex<Seen>, Condvar)>,
    /// The terminal's modes before the program touched them.
    before: String,
    home: TempDir,
}

impl Terminal {
    /// Waits until `look` finds something on the screen.
    pub(crate) fn wait_for<T>(&self, what: &str, look: impl Fn(&Screen) -> Option<T>) -> T {
        let mut found = None;
        self.wait(what, |seen| {
            found = look(seen.parser.screen());
            found.is_some()
        });
        found.expect("the wait is over")
    }

    /// Waits until the screen shows `text`.
    pub(crate) fn see(&self, text: &str) {
        self.wait_for(text, |screen| screen.contents().contains(text).then_some(()));
    }

    /// Waits until the screen no longer shows `text`.
    pub(crate) fn see_no_more(&self, text: &str) {
        let what = format!("no {text}");
        self.wait_for(&what, |screen| (!screen.contents().contains(text)).then_some(()));
    }

    /// Presses keys, given as the bytes they send.
    pub(crate) fn keys(&mut self, keys: &str) {
        // A program that has ended takes no keys; that shows elsewhere.
        let _ = self.writer.write_all(keys.as_bytes()).and_then(|()| self.writer.flush());
    }

    /// Looks at a dialog for as long as nothing is confirmed in it. Real time is what this rule is about.
    pub(crate) fn look_at(&self, text: &str) {
        self.see(text);
        let shows = |seen: &mut Seen| seen.parser.screen().contents().contains(text);
        let waited = self.shared.1.wait_timeout_while(self.lock(), UNSEEN, shows);
        let (seen, result) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(result.timed_out(), "{}", complaint("it closed by itself", text, &seen));
    }

    /// Pastes a text, as a terminal with bracketed paste does.
    pub(crate) fn paste(&mut self, text: &str) {
        self.keys(&format!("\u{1b}[200~{text}\u{1b}[201~"));
    }

    /// Gives the window another size.
    pub(crate) fn resize(&self, columns: u16, lines: u16) {
        let mut seen = self.lock();
        let (height, width) = (at_least_one(lines), at_least_one(columns));
        seen.parser.screen_mut().set_size(height, width);
        self.master.resize(pty_size(columns, lines)).expect("a new size");
    }

    /// Takes nothing any more, as after ctrl-s or on a hung connection, or takes everything again.
    pub(crate) fn take_output(&self, reads: bool) {
        self.lock().reads = reads;
        self.shared.1.notify_all();
    }

    /// Loses what is on the screen, as after another program has written to it.
    pub(crate) fn lose_screen(&self) {
        self.lock().parser.process(b"\x1b[2J");
    }

    /// The program's process.
    pub(crate) fn process(&self) -> Pid {
        let number = self.child.process_id().and_then(|id| i32::try_from(id).ok());
        number.and_then(Pid::from_raw).expect("a process")
    }

    /// Sends a signal from outside.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.process(), signal).expect("the signal is delivered");
    }

    /// Waits until a signal has stopped the program; gives its number.
    pub(crate) fn wait_stop(&self) -> Option<i32> {
        self.wait_state(WaitIdOptions::STOPPED).stopping_signal()
    }

    /// Waits until the program has ended, whatever of its output was taken; gives its exit code.
    pub(crate) fn wait_end(&mut self) -> u32 {
        self.wait_state(WaitIdOptions::EXITED);
        self.child.wait().expect("an exit status").exit_code()
    }

    /// Waits until the program has ended and all it wrote has been seen; gives its exit code.
    pub(crate) fn wait_exit(&mut self) -> u32 {
        self.wait("the end of the program", |seen| seen.closed);
        let status = self.child.wait().expect("an exit status");
        assert_eq!(status.signal(), None, "it ends by itself");
        status.exit_code()
    }

    /// Waits until all that was written has been seen.
    pub(crate) fn wait_closed(&self) {
        self.wait("the end of the output", |seen| seen.closed);
    }

    fn wait_state(&self, states: WaitIdOptions) -> WaitIdStatus {
        let pid = WaitId::Pid(self.process());
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            // Nobody listens any more where the wait was given up.
            let _ = tell.send(waitid(pid, states | WaitIdOptions::NOWAIT));
        });
        let waited = told.recv_timeout(PATIENCE);
        let waited = waited.unwrap_or_else(|_| panic!("waited in vain for {states:?}"));
        waited.expect("a child").expect("its state")
    }

    /// Whether the program has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.lock().closed
    }

    /// Asserts that the terminal is as it was before the program started.
    pub(crate) fn assert_restored(&self) {
        let seen = self.lock();
        let screen = seen.parser.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is left");
        assert!(!screen.hide_cursor(), "the cursor is visible");
        assert!(!screen.bracketed_paste(), "bracketed paste is off");
        assert_eq!(screen.mouse_protocol_mode(), MouseProtocolMode::None, "the mouse is left");
        assert_eq!(modes(self.master.as_ref()), self.before, "the modes are as they were");
    }

    /// Asserts that the terminal is taken over at the moment, so that there is something to
    /// restore.
    pub(crate) fn assert_taken(&self) {
        // A frame may have come only in part so far.
        self.wait_for("the whole screen", |screen| {
            let is_taken = screen.alternate_screen() && screen.bracketed_paste();
            (is_taken && screen.hide_cursor()).then_some(())
        });
        assert_ne!(modes(self.master.as_ref()), self.before, "the terminal is in raw mode");
    }

    /// The text on the screen.
    pub(crate) fn contents(&self) -> String {
        self.lock().parser.screen().contents()
    }

    /// Everything that was ever written.
    pub(crate) fn output(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }

    /// The same as it came.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.lock().bytes.clone()
    }

    /// Looks at the screen as it is now.
    pub(crate) fn look<T>(&self, look: impl Fn(&Screen) -> T) -> T {
        look(self.lock().parser.screen())
    }

    /// A file below the program's home.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn wait(&self, what: &str, mut holds: impl FnMut(&Seen) -> bool) {
        let waited = self.shared.1.wait_timeout_while(self.lock(), PATIENCE, |seen| {
            let done = holds(seen);
            assert!(done || !seen.closed, "{}", complaint("it ended without", what, seen));
            !done
        });
        let (seen, result) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(!result.timed_out(), "{}", complaint("waited in vain for", what, &seen));
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Of a failed test nothing stays behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first line of the screen that contains all of `words`.
pub(crate) fn line(screen: &Screen, words: &[&str]) -> Option<String> {
    let (_, width) = screen.size();
    screen.rows(0, width.get()).find(|line| words.iter().all(|word| line.contains(word)))
}

/// The row of a run in the pane of runs, without its glyph.
pub(crate) fn run(screen: &Screen, status: &str, project: &str) -> Option<String> {
    line(screen, &[&format!("{status:<15}{project}")])
}

fn complaint(why: &str, what: &str, seen: &Seen) -> String {
    format!("{why}: {what}\n{}", seen.parser.screen().contents())
}

/// All modes of the terminal, for comparing.
fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().expect("the modes of the terminal"))
}

fn parser(columns: u16, lines: u16) -> Parser {
    Parser::new(at_least_one(lines), at_least_one(columns), 0)
}

fn at_least_one(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap_or(NonZeroU16::MIN)
}

fn pty_size(cols: u16, rows: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}
