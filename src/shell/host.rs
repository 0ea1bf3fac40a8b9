//! What the screen asks of the machine besides requests: the browser, the clipboard, the editor,
//! and files that a person names.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::engine::alerts::Alert;

use super::clipboard::{self, Way};
use super::history::{COMMANDS, FILTERS};
use super::notify::Notifier;
use super::save::save;
use super::{browser, config, editor, file, stop, terminal};

/// The machine, as far as the screen may use it.
pub trait Host {
    /// Opens an address in the browser; nothing starts before the future is polled.
    ///
    /// # Errors
    /// A sentence for the person.
    fn open(&mut self, url: String) -> impl Future<Output = Result<(), String>> + Send + 'static;

    /// Puts a text into the clipboard; gives by what, and whether that has told so; nothing starts before the
    /// future is polled.
    ///
    /// # Errors
    /// A sentence for the person.
    fn copy(
        &mut self,
        text: String,
    ) -> impl Future<Output = Result<String, String>> + Send + 'static;

    /// Tells the person of an alert outside of the screen; nothing starts before the future is polled.
    ///
    /// # Errors
    /// A sentence for the person.
    fn notify(&mut self, alert: Alert)
    -> impl Future<Output = Result<(), String>> + Send + 'static;

    /// Keeps a command line for the next time.
    fn remember(&mut self, line: &str);

    /// Keeps a filter for the next time, or forgets it if it is empty.
    ///
    /// # Errors
    /// A sentence for the person.
    fn keep_filter(&mut self, name: &str, text: &str) -> Result<(), String>;

    /// Has the terminal's job stop until the shell goes on with it: it is then told as
    /// [`crate::ui::Msg::Stop`], as from outside.
    ///
    /// # Errors
    /// A sentence for the person, where nothing could go on with it.
    fn suspend(&mut self) -> Result<(), String>;

    /// Stops this process; returns when it goes on.
    fn stop(&mut self);

    /// Saves a text in a new file of about this name in the directory that hextop runs in, readable
    /// by this user alone, and gives its path.
    ///
    /// # Errors
    /// A sentence for the person.
    fn save(&mut self, name: &str, text: &str) -> Result<String, String>;

    /// Lets the person edit a text in a file with this ending; nothing starts before the future
    /// is polled, and it is done when the editor has ended.
    ///
    /// # Errors
    /// A sentence for the person.
    fn edit(
        &mut self,
        text: String,
        ending: &'static str,
    ) -> impl Future<Output = Result<String, String>> + Send + 'static;

    /// Opens the workspace of a profile, which the screen is then left for; nothing starts before the future is
    /// polled.
    ///
    /// # Errors
    /// A sentence for the person.
    fn open_profile(
        &mut self,
        name: String,
    ) -> impl Future<Output = Result<(), String>> + Send + 'static {
        async move { Err(format!("there is no profile `{name}` here")) }
    }

    /// Reads a text file that a person has named; nothing starts before the future is polled.
    ///
    /// # Errors
    /// A sentence for the person.
    fn read(
        &mut self,
        path: String,
    ) -> impl Future<Output = Result<String, String>> + Send + 'static;
}

/// This machine.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Whether the demo runs, which keeps no filters.
    pub is_demo: bool,
    /// How a person is told of alerts, by the settings that count now.
    pub notifier: Arc<Mutex<Notifier>>,
    /// Opens the workspace of a profile.
    pub opener: Opener,
}

/// What opens the workspace of a profile, and keeps it for when the loop has ended.
#[derive(Clone)]
pub struct Opener(pub Arc<dyn Fn(String) -> Opening + Send + Sync>);

/// The workspace while it is being opened.
pub type Opening = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opener")
    }
}

impl Host for Machine {
    fn open(&mut self, url: String) -> impl Future<Output = Result<(), String>> + Send + 'static {
        let failed = |error| format!("no browser could be opened: copy the URL instead ({error})");
        aside("the browser", move || browser::open(&url).map_err(failed))
    }

    fn copy(
        &mut self,
        text: String,
    ) -> impl Future<Output = Result<String, String>> + Send + 'static {
        aside("copying", move || {
            let mut failure = String::new();
            for way in clipboard::ways(|name| std::env::var_os(name)) {
                let (by, done) = match way {
                    Way::Program(program, arguments) => {
                        let done = clipboard::give(&text, program, arguments);
                        (format!("copied by {program}"), done)
                    }
                    Way::Terminal | Way::Screen => {
                        let done = terminal::send(&way.bytes(&text).unwrap_or_default());
                        ("sent to the terminal's clipboard".to_owned(), done)
                    }
                };
                match done {
                    Ok(()) => return Ok(by),
                    Err(error) => failure = format!("nothing was copied: {error}"),
                }
            }
            Err(failure)
        })
    }

    fn notify(
        &mut self,
        alert: Alert,
    ) -> impl Future<Output = Result<(), String>> + Send + 'static {
        let notifier = self.notifier.lock().unwrap_or_else(PoisonError::into_inner).clone();
        async move { notifier.tell(&alert, terminal::send).await }
    }

    fn open_profile(
        &mut self,
        name: String,
    ) -> impl Future<Output = Result<(), String>> + Send + 'static {
        (self.opener.0)(name)
    }

    fn remember(&mut self, line: &str) {
        let kept = config::state_dir().and_then(|dir| COMMANDS.append(&dir, line));
        if let Err(error) = kept {
            tracing::warn!(%error, "a command line is not kept");
        }
    }

    fn keep_filter(&mut self, name: &str, text: &str) -> Result<(), String> {
        if self.is_demo {
            return Ok(());
        }
        let line = format!("{name} {text}");
        config::state_dir()
            .and_then(|dir| FILTERS.append(&dir, &line))
            .map_err(|why| format!("@{name} is not kept for the next time: {why}"))
    }

    fn suspend(&mut self) -> Result<(), String> {
        stop::suspend()
    }

    fn stop(&mut self) {
        stop::stop();
    }

    fn save(&mut self, name: &str, text: &str) -> Result<String, String> {
        let here = std::env::current_dir()
            .map_err(|error| format!("nothing was saved: no current directory ({error})"))?;
        save(&here, name, text).map(|path| path.display().to_string())
    }

    fn edit(
        &mut self,
        text: String,
        ending: &'static str,
    ) -> impl Future<Output = Result<String, String>> + Send + 'static {
        edit(text, ending)
    }

    fn read(
        &mut self,
        path: String,
    ) -> impl Future<Output = Result<String, String>> + Send + 'static {
        aside("reading", move || file::read(&path))
    }
}

/// In a thread of its own: an editor that outlives the program keeps the person's text.
async fn edit(text: String, ending: &'static str) -> Result<String, String> {
    aside("the editor", move || editor::edit(&config::state_dir()?, &text, ending)).await
}

/// Does something that may take long in a thread of its own.
async fn aside<T: Send + 'static>(
    what: &str,
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let (tell, told) = oneshot::channel();
    std::thread::spawn(move || {
        // Nobody listens any more where the program is ending.
        let _ = tell.send(work());
    });
    told.await.unwrap_or_else(|_| Err(format!("{what} has failed")))
}
