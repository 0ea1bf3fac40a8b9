//! A line that is typed at the terminal without being shown.

use std::io::{self, BufRead, IsTerminal, Read};

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use tokio::sync::oneshot;

/// The most that is read where no terminal is, in bytes.
const LARGEST: u64 = 64 * 1024;

/// The terminal without echo; as it was when this is dropped.
#[derive(Debug)]
pub struct Unseen(Option<Termios>);

impl Unseen {
    /// Has what is typed at standard input not be shown, if that is a terminal. Stopping is switched
    /// off as well: a shell would take the terminal as it is now.
    ///
    /// # Errors
    /// If the terminal cannot be changed; nothing is to be typed then.
    pub fn begin() -> io::Result<Self> {
        let input = io::stdin();
        if !input.is_terminal() {
            return Ok(Self(None));
        }
        let before = tcgetattr(&input)?;
        let mut unseen = before.clone();
        unseen.local_modes.remove(LocalModes::ECHO);
        unseen.local_modes.insert(LocalModes::ECHONL);
        unseen.special_codes[SpecialCodeIndex::VSUSP] = 0;
        tcsetattr(&input, OptionalActions::Flush, &unseen)?;
        Ok(Self(Some(before)))
    }

    /// What is typed up to the end of the line; all of it where standard input is no terminal.
    /// Nothing comes where it cannot be read.
    pub async fn read(&self) -> Option<String> {
        let is_typed = self.0.is_some();
        let (tell, told) = oneshot::channel();
        // Reading cannot be taken back, and must not keep signals waiting.
        std::thread::spawn(move || {
            let mut text = String::new();
            let mut input = io::stdin().lock();
            let read = if is_typed {
                input.read_line(&mut text)
            } else {
                input.take(LARGEST).read_to_string(&mut text)
            };
            let _ = tell.send(read.ok().map(|_| text));
        });
        told.await.ok().flatten()
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = tcsetattr(io::stdin(), OptionalActions::Flush, before);
        }
    }
}
