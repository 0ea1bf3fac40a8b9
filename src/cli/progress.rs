//! One line on standard error that says how far something is: only on a terminal, only for what takes
//! longer than a second, and gone once it is done.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use crate::domain::{Boot, Now};
use crate::shell::config::without_tokens;
use crate::shell::{outgoing, terminal};
use crate::ui::text::{fit, safe};

/// What takes no longer than this is not worth a word.
const FIRST: Duration = Duration::from_secs(1);
/// How often the line is written anew.
const AGAIN: Duration = Duration::from_millis(250);
/// How wide the line may be where the terminal does not say.
const NARROW: usize = 60;
/// Puts the cursor at the beginning of its line, which is then empty.
const EMPTY: &str = "\r\u{1b}[K";

/// The line, and all else that is said meanwhile.
pub(super) struct Progress {
    err: Box<dyn Write>,
    /// Whether there is somebody to see the line.
    is_seen: bool,
    is_shown: bool,
    due: Option<Boot>,
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { err: _, is_seen, is_shown, due } = self;
        let mut shown = f.debug_struct("Progress");
        shown.field("is_seen", is_seen).field("is_shown", is_shown).field("due", due).finish()
    }
}

impl Progress {
    /// On standard error.
    pub(super) fn new() -> Self {
        let is_dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
        Self::on(Box::new(io::stderr()), io::stderr().is_terminal() && !is_dumb)
    }

    /// On this, where the line is seen or not.
    pub(super) fn on(err: Box<dyn Write>, is_seen: bool) -> Self {
        Self { err, is_seen, is_shown: false, due: None }
    }

    /// Says how far it is, if that is due.
    pub(super) fn update(&mut self, now: Now, text: impl FnOnce() -> String) {
        let due = *self.due.get_or_insert(now.boot + FIRST);
        if !self.is_seen || now.boot < due {
            return;
        }
        self.due = Some(now.boot + AGAIN);
        self.is_shown = true;
        let told = terminal::size().map_or(0, |size| usize::from(size.width));
        let width = if told > 0 { told } else { NARROW };
        self.write(&format!("{EMPTY}{}", fit(&safe(&text()), width.saturating_sub(1))));
    }

    /// Says a sentence that stays.
    pub(super) fn say(&mut self, text: &str) {
        self.clear();
        self.write(&format!("hextop: {}\n", without_tokens(&safe(text))));
    }

    /// Takes the line away.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.is_shown) {
            self.write(EMPTY);
        }
    }

    /// When the line is to be written anew.
    pub(super) fn deadline(&self) -> Option<Boot> {
        self.due.filter(|_| self.is_seen)
    }

    fn write(&mut self, text: &str) {
        // Whoever does not take it does not miss it.
        let _ =
            self.err.write_all(outgoing::clean(text).as_bytes()).and_then(|()| self.err.flush());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What was written to it, for a test that looks at it later.
    #[derive(Clone, Debug, Default)]
    pub(in crate::cli) struct Page(Arc<Mutex<Vec<u8>>>);

    impl Page {
        pub(in crate::cli) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn at(millis: u64) -> Now {
        let boot = Boot::from_secs(100) + Duration::from_millis(millis);
        Now { boot, wall: jiff::Timestamp::UNIX_EPOCH }
    }

    #[test]
    fn the_line_comes_after_a_second_is_written_over_and_goes() {
        let page = Page::default();
        let mut progress = Progress::on(Box::new(page.clone()), true);
        progress.update(at(0), || "none".to_owned());
        progress.update(at(900), || "none".to_owned());
        assert_eq!((page.text().as_str(), progress.deadline()), ("", Some(at(1000).boot)));
        progress.update(at(1000), || "1 of 9".to_owned());
        progress.update(at(1100), || "too soon".to_owned());
        progress.update(at(1250), || "2 of 9".to_owned());
        progress.say("it is slow");
        drop(progress);
        let written = "\r\u{1b}[K1 of 9\r\u{1b}[K2 of 9\r\u{1b}[Khextop: it is slow\n";
        assert_eq!(page.text(), written);
    }

    #[test]
    fn where_nobody_looks_only_sentences_are_written() {
        let page = Page::default();
        let mut progress = Progress::on(Box::new(page.clone()), false);
        progress.update(at(0), || "none".to_owned());
        progress.update(at(5000), || "1 of 9".to_owned());
        progress.say("a\u{1b}[2Jb");
        assert_eq!((page.text().as_str(), progress.deadline()), ("hextop: a·[2Jb\n", None));
    }
}
