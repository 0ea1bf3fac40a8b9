//! The person at the command line: what came of each run goes to standard output, all else to
//! standard error, and answers come from the terminal.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, TryRecvError, channel};

use super::lines::Line;
use super::plan::Person;
use crate::cli::progress::Progress;
use crate::domain::{Boot, Now};
use crate::shell::outgoing;
use crate::ui::text::safe;

/// Standard output, standard error and perhaps a terminal.
#[derive(Debug)]
pub(super) struct Console<'a> {
    json: bool,
    unicode: bool,
    /// Whether somebody sits there and reads standard error.
    is_watched: bool,
    /// What kept the output from being written first. The cancels go on all the same.
    trouble: &'a RefCell<Option<io::Error>>,
    typed: Option<Receiver<String>>,
    progress: Progress,
}

impl<'a> Console<'a> {
    pub(super) fn new(
        json: bool,
        unicode: bool,
        is_watched: bool,
        trouble: &'a RefCell<Option<io::Error>>,
    ) -> Self {
        Self { json, unicode, is_watched, trouble, typed: None, progress: Progress::new() }
    }
}

impl Person for Console<'_> {
    fn take(&mut self, line: &Line) {
        if self.trouble.borrow().is_some() {
            return;
        }
        let text = if self.json { line.json() } else { line.plain(self.unicode) };
        self.progress.clear();
        let mut out = io::stdout().lock();
        let written = writeln!(out, "{}", outgoing::clean(&text)).and_then(|()| out.flush());
        if let Err(error) = written {
            *self.trouble.borrow_mut() = Some(error);
        }
    }

    fn hear(&mut self, text: &str) {
        self.progress.say(text);
    }

    fn see(&mut self, text: &str) {
        if self.is_watched {
            self.progress.clear();
            let _ = writeln!(io::stderr().lock(), "{}", outgoing::clean(&safe(text)));
        }
    }

    fn watch(&mut self, now: Now, text: &dyn Fn() -> String) {
        self.progress.update(now, text);
    }

    fn watch_again(&self) -> Option<Boot> {
        self.progress.deadline()
    }

    fn ask(&mut self, question: &str) {
        self.progress.clear();
        let mut err = io::stderr().lock();
        let _ = write!(err, "{}", outgoing::clean(&safe(question))).and_then(|()| err.flush());
        let (tell, typed) = channel();
        self.typed = Some(typed);
        // Reading a terminal cannot be taken back, and must not keep signals and answers waiting.
        std::thread::spawn(move || {
            let mut line = String::new();
            // What cannot be read confirms nothing.
            let _ = io::stdin().read_line(&mut line);
            tell.send(line)
        });
    }

    fn answer(&mut self) -> Option<String> {
        match self.typed.as_ref()?.try_recv() {
            Ok(line) => Some(line),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(String::new()),
        }
    }
}
