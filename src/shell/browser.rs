//! The person's browser, as the system opens it.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use super::child::without_token;

/// How long a program is watched: one that fails meanwhile is followed by the next.
const WATCHED: u32 = 25;
const PAUSE: Duration = Duration::from_millis(10);

/// Opens an address with the first of the system's programs that does not fail within a quarter of
/// a second; waits for that, and so must not run in the loop's own thread. Like the editor, they do
/// not get the token.
pub(super) fn open(url: &str) -> io::Result<()> {
    let mut failure = io::Error::from(io::ErrorKind::NotFound);
    for mut command in open::commands(url) {
        match start(&mut command) {
            Ok(()) => return Ok(()),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn start(command: &mut Command) -> io::Result<()> {
    without_token(command).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // The terminal's signals are not meant for it.
    let mut child = command.process_group(0).spawn()?;
    match ended(&mut child)? {
        Some(status) if !status.success() => {
            Err(io::Error::other(format!("it ended with {status}")))
        }
        Some(_) => Ok(()),
        None => {
            // Nobody may be left to hear how it ends.
            std::thread::spawn(move || child.wait());
            Ok(())
        }
    }
}

/// How a program has ended, if it does so soon.
fn ended(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    for _ in 0..WATCHED {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(PAUSE);
    }
    Ok(None)
}
