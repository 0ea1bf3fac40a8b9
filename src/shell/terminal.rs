//! The terminal, taken over and given back.
//!
//! Whatever ends the program, the terminal is as it was: the guard restores it when dropped, and
//! the panic hook before the panic is printed. A frame is drawn in memory and written by
//! `writer`, which never makes the loop wait.

mod writer;

use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::rc::Rc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::QueueableCommand;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Position, Rect, Size};
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::notify::{FOCUS_REPORTS_OFF, FOCUS_REPORTS_ON};
use super::screen::Screen;
use crate::domain::Now;
use crate::ui::State;
use crate::ui::theme::Theme;
use writer::Writer;

/// Buttons and the wheel, in the encoding that any window is wide enough for; not what the mouse does while
/// it is moved, which nothing is done with.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1000l";

/// What a frame in which nothing has changed consists of: the looks are reset and the cursor is hidden, as they
/// are already.
const NOTHING: &[u8] = b"\x1b[39m\x1b[49m\x1b[59m\x1b[0m\x1b[?25l";

/// Whether the terminal is taken over at the moment.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Whether the terminal takes what is written to it, as far as was seen when it was given back.
static HEARD: AtomicBool = AtomicBool::new(true);
/// What writes to the terminal, from the first time that it is taken over.
static WRITER: OnceLock<Writer> = OnceLock::new();

/// The terminal while it is ours.
#[derive(Debug)]
pub struct Tty {
    writer: Writer,
    canvas: Canvas,
    /// Whether the terminal was told to report the mouse.
    mouse: bool,
}

/// Where frames are drawn.
#[derive(Debug)]
struct Canvas {
    terminal: Terminal<CrosstermBackend<Bytes>>,
    bytes: Bytes,
    size: Size,
}

/// Bytes in memory, for the terminal.
#[derive(Clone, Debug, Default)]
struct Bytes(Rc<RefCell<Vec<u8>>>);

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Canvas {
    /// A canvas of this size; its first frame clears the terminal.
    fn new(size: Size) -> io::Result<Self> {
        let mut bytes = Bytes::default();
        bytes.queue(Clear(ClearType::All))?;
        let area = Rect::from((Position::ORIGIN, size));
        let options = TerminalOptions { viewport: Viewport::Fixed(area) };
        let terminal = Terminal::with_options(CrosstermBackend::new(bytes.clone()), options)?;
        Ok(Self { terminal, bytes, size })
    }

    /// The bytes that make the terminal show the state.
    fn draw(&mut self, state: &State, now: Now) -> io::Result<Vec<u8>> {
        self.terminal.draw(|frame| {
            state.draw(frame, now);
            panic_if_told("draw");
        })?;
        let bytes = self.bytes.0.take();
        Ok(if bytes == NOTHING { Vec::new() } else { bytes })
    }
}

impl Tty {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// If it cannot be; it is then as it was.
    pub fn take() -> io::Result<Self> {
        let writer = if let Some(writer) = WRITER.get() {
            writer.clone()
        } else {
            let writer = Writer::start(io::stdout().as_fd().try_clone_to_owned()?)?;
            WRITER.get_or_init(|| writer).clone()
        };
        let taken = take_over(&writer).and_then(|()| Canvas::new(Size::default()));
        match taken {
            Ok(canvas) => Ok(Self { writer, canvas, mouse: false }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }
}

fn take_over(writer: &Writer) -> io::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    let mut bytes = Vec::new();
    bytes.queue(EnterAlternateScreen)?.queue(EnableBracketedPaste)?.queue(Hide)?;
    bytes.extend_from_slice(FOCUS_REPORTS_ON);
    writer.send(&bytes)
}

impl Screen for Tty {
    fn draw(&mut self, state: &State, now: Now) -> io::Result<()> {
        if !TAKEN.load(Ordering::SeqCst) {
            // A panic beside the loop gave the terminal back; nothing may cover what it says.
            return Err(io::Error::other("a part of hextop has failed"));
        }
        if self.canvas.size != state.size() {
            self.canvas = Canvas::new(state.size())?;
        }
        let mut bytes = self.canvas.draw(state, now)?;
        if self.mouse != state.listens_to_mouse() {
            self.mouse = !self.mouse;
            bytes.extend_from_slice(if self.mouse { MOUSE_ON } else { MOUSE_OFF });
        }
        if bytes.is_empty() {
            return Ok(());
        }
        self.writer.send(&bytes)
    }

    fn is_free(&self) -> bool {
        self.writer.is_free()
    }

    async fn freed(&mut self) {
        self.writer.freed().await;
    }

    fn forget(&mut self) -> io::Result<()> {
        self.canvas = Canvas::new(self.canvas.size)?;
        Ok(())
    }

    fn lend(&mut self) -> io::Result<()> {
        give_back();
        Ok(())
    }

    fn take_back(&mut self) -> io::Result<Option<Size>> {
        // Raw mode is set anew, whatever a shell has set meanwhile.
        disable_raw_mode()?;
        take_over(&self.writer)?;
        self.mouse = false;
        self.forget()?;
        size().map(Some)
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        give_back();
    }
}

/// The size of the window.
///
/// # Errors
/// If the terminal does not tell it.
pub fn size() -> io::Result<Size> {
    crossterm::terminal::size().map(|(width, height)| Size { width, height })
}

/// Whether the terminal is ours at the moment, and not lent to an editor.
pub fn is_taken() -> bool {
    TAKEN.load(Ordering::SeqCst)
}

/// Puts the terminal back as it was; does nothing if it is. Each step is tried whatever became
/// of those before, because a terminal that is gone cannot be helped but a raw one can. Takes two
/// seconds at most; tells whether the terminal takes what is written to it.
pub fn give_back() -> bool {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return HEARD.load(Ordering::SeqCst);
    }
    let mut bytes = Vec::new();
    bytes.extend_from_slice(MOUSE_OFF);
    bytes.extend_from_slice(FOCUS_REPORTS_OFF);
    // Writing into memory does not fail.
    let _ = bytes.queue(DisableBracketedPaste);
    let _ = bytes.queue(LeaveAlternateScreen);
    let _ = bytes.queue(Show);
    let heard = WRITER.get().is_some_and(|writer| writer.finish(&bytes));
    HEARD.store(heard, Ordering::SeqCst);
    let _ = disable_raw_mode();
    heard
}

/// Writes something beside the frames, such as a text for the clipboard; waits for nothing.
///
/// # Errors
/// If the terminal takes nothing, or is not ours.
pub fn send(bytes: &[u8]) -> io::Result<()> {
    match WRITER.get().filter(|_| is_taken()) {
        Some(writer) => writer.send(bytes),
        None => Err(io::Error::other("it is not taken over")),
    }
}

/// Panics at the place that `HEXTOP_PANIC` names, so that a test sees what a panic leaves behind.
/// Only debug builds can be told to.
///
/// # Panics
/// If it was told to.
pub fn panic_if_told(place: &str) {
    let told = cfg!(debug_assertions) && std::env::var("HEXTOP_PANIC").is_ok_and(|at| at == place);
    assert!(!told, "told to panic: {place}");
}

/// Why there is nothing to draw on, as a sentence; none if there is.
pub fn unfit() -> Option<String> {
    if !(io::stdout().is_terminal() && io::stdin().is_terminal()) {
        return Some(
            "hextop draws on a terminal, and this is not one: start it in a terminal, or use \
             `hextop sim` or `hextop screenshot`, which need none"
                .to_owned(),
        );
    }
    let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
    dumb.then(|| {
        "the terminal cannot place text (TERM=dumb): set TERM to what it really is, such as \
                  xterm-256color"
            .to_owned()
    })
}

/// Whether an argument has said that no colours are wanted.
static NO_COLOUR: AtomicBool = AtomicBool::new(false);

/// Has everything drawn and printed without colours from now on, as `NO_COLOR` does.
pub fn without_colours() {
    NO_COLOUR.store(true, Ordering::SeqCst);
}

/// A variable of the environment, after what an argument has said of colours.
pub fn variable(name: &str) -> Option<String> {
    match name {
        "NO_COLOR" if NO_COLOUR.load(Ordering::SeqCst) => Some("1".to_owned()),
        name => std::env::var(name).ok(),
    }
}

/// How the terminal can be drawn on, by its environment.
pub fn theme() -> Theme {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
    // A locale that says nothing is no reason to think that the terminal is an old one.
    let unicode = locale.is_none_or(|locale| {
        let locale = locale.to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    });
    Theme { colour: set("NO_COLOR").is_none(), unicode, ..Theme::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Boot;
    use crate::engine::{Model, Settings};
    use crate::ui::Options;

    #[test]
    fn a_frame_in_which_nothing_has_changed_writes_nothing() {
        let now = Now { boot: Boot::from_secs(100), wall: jiff::Timestamp::UNIX_EPOCH };
        let size = Size { width: 80, height: 24 };
        let state = State::new(Model::new(Settings::default()), Options::default(), size, now);
        let mut canvas = Canvas::new(size).unwrap();
        assert!(!canvas.draw(&state, now).unwrap().is_empty());
        assert_eq!(canvas.draw(&state, now).unwrap(), b"");
    }
}
