//! What a state is drawn on.

use std::io;

use ratatui::layout::Size;

use crate::domain::Now;
use crate::ui::State;

/// What a state is drawn on: a terminal, or in tests something like it.
pub trait Screen {
    /// Draws the state; waits for nothing.
    ///
    /// # Errors
    /// If the terminal is gone.
    fn draw(&mut self, state: &State, now: Now) -> io::Result<()>;

    /// Whether it takes a drawing: what was drawn last has reached it.
    fn is_free(&self) -> bool {
        true
    }

    /// Comes when that may have changed.
    fn freed(&mut self) -> impl Future<Output = ()> {
        std::future::pending()
    }

    /// Forgets what was drawn, so that the next drawing draws everything. A window that shrinks
    /// and grows again loses a part of its text, though its size is what it was.
    ///
    /// # Errors
    /// If the terminal does not take it.
    fn forget(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Leaves the terminal to another program.
    ///
    /// # Errors
    /// If the terminal does not take it.
    fn lend(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Takes the terminal back, and tells its size where that may have changed.
    ///
    /// # Errors
    /// If the terminal does not take it.
    fn take_back(&mut self) -> io::Result<Option<Size>> {
        Ok(None)
    }
}

/// One loop after another draws on the same screen.
impl<S: Screen> Screen for &mut S {
    fn draw(&mut self, state: &State, now: Now) -> io::Result<()> {
        (**self).draw(state, now)
    }

    fn is_free(&self) -> bool {
        (**self).is_free()
    }

    fn freed(&mut self) -> impl Future<Output = ()> {
        (**self).freed()
    }

    fn forget(&mut self) -> io::Result<()> {
        (**self).forget()
    }

    fn lend(&mut self) -> io::Result<()> {
        (**self).lend()
    }

    fn take_back(&mut self) -> io::Result<Option<Size>> {
        (**self).take_back()
    }
}
