//! What the screen asks of the machine besides requests: the browser and the clipboard.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The machine, as far as the screen may use it.
pub trait Host {
    /// Opens an address in the browser.
    ///
    /// # Errors
    /// A sentence for the person.
    fn open(&mut self, url: &str) -> Result<(), String>;

    /// Puts a text into the clipboard.
    ///
    /// # Errors
    /// A sentence for the person.
    fn copy(&mut self, text: &str) -> Result<(), String>;
}

/// This machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Machine;

impl Host for Machine {
    fn open(&mut self, url: &str) -> Result<(), String> {
        open::that_detached(url)
            .map_err(|error| format!("no browser could be opened ({error}); Y copies the URL"))
    }

    /// By the terminal (OSC 52), so that it works over SSH.
    fn copy(&mut self, text: &str) -> Result<(), String> {
        let mut out = io::stdout().lock();
        write!(out, "\u{1b}]52;c;{}\u{7}", STANDARD.encode(text))
            .and_then(|()| out.flush())
            .map_err(|error| format!("the terminal did not take the text: {error}"))
    }
}
