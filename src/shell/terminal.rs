//! The terminal, taken over and given back.
//!
//! Whatever ends the program, the terminal is as it was: the guard restores it when dropped, and
//! the panic hook before the panic is printed.

use std::io::{self, IsTerminal, Stdout};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{ExecutableCommand, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Position, Rect, Size};

use super::run::Screen;
use crate::domain::Now;
use crate::ui::State;
use crate::ui::theme::Theme;

/// Whether the terminal is taken over at the moment.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal while it is ours.
#[derive(Debug)]
pub struct Tty {
    /// Never dropped: it would show the cursor, which [`give_back`] does, and panic where the
    /// terminal is gone.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<Stdout>>>,
}

impl Tty {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// If it cannot be; it is then as it was.
    pub fn take() -> io::Result<Self> {
        TAKEN.store(true, Ordering::SeqCst);
        let taken = enable_raw_mode()
            .and_then(|()| execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste))
            .and_then(|()| Terminal::new(CrosstermBackend::new(io::stdout())));
        match taken {
            Ok(terminal) => Ok(Self { terminal: ManuallyDrop::new(terminal) }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }
}

impl Screen for Tty {
    fn draw(&mut self, state: &State, now: Now) -> io::Result<()> {
        if !TAKEN.load(Ordering::SeqCst) {
            // A panic beside the loop gave the terminal back; nothing may cover what it says.
            return Err(io::Error::other("a part of hextop has failed"));
        }
        let draw = |frame: &mut ratatui::Frame<'_>| {
            state.draw(frame, now);
            panic_if_told("draw");
        };
        self.terminal.draw(draw).map(|_| ())
    }

    fn forget(&mut self) -> io::Result<()> {
        // Not `clear`, which asks the terminal for its cursor and waits for the answer.
        let area = Rect::from((Position::ORIGIN, self.terminal.size()?));
        self.terminal.resize(area)
    }

    fn lend(&mut self) -> io::Result<()> {
        give_back();
        Ok(())
    }

    fn take_back(&mut self) -> io::Result<Option<Size>> {
        TAKEN.store(true, Ordering::SeqCst);
        enable_raw_mode()?;
        execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
        self.forget()?;
        self.terminal.hide_cursor()?;
        self.terminal.size().map(Some)
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        give_back();
    }
}

/// Whether the terminal is ours at the moment, and not lent to an editor.
pub fn is_taken() -> bool {
    TAKEN.load(Ordering::SeqCst)
}

/// Puts the terminal back as it was; does nothing if it is. Each step is tried whatever became
/// of those before, because a terminal that is gone cannot be helped but a raw one can.
pub fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let mut out = io::stdout();
        let _ = out.execute(DisableBracketedPaste);
        let _ = out.execute(LeaveAlternateScreen);
        let _ = out.execute(Show);
        let _ = disable_raw_mode();
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

/// How the terminal can be drawn on, by its environment.
pub fn theme() -> Theme {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
    // A locale that says nothing is no reason to think that the terminal is an old one.
    let unicode = locale.is_none_or(|locale| {
        let locale = locale.to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    });
    Theme { colour: set("NO_COLOR").is_none(), unicode }
}
