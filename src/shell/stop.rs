//! Stopping and going on, as ctrl-z and `fg` ask for it.
//!
//! tokio's handler of SIGTSTP stands in the way of the kernel's own, so the process stops itself by
//! SIGSTOP, which means the same to a shell.

use std::io;

use futures_util::{Stream, stream};
use rustix::process::{self, Signal};
use tokio::signal::unix::{SignalKind, signal};

use crate::ui::Msg;

/// SIGTSTP and SIGCONT as messages.
///
/// # Errors
/// If they cannot be heard.
pub fn signals() -> io::Result<impl Stream<Item = io::Result<Msg>> + Unpin> {
    let heard = |of: Signal, msg: fn() -> Msg| -> io::Result<_> {
        let source = signal(SignalKind::from_raw(of.as_raw()))?;
        Ok(Box::pin(stream::unfold(source, move |mut source| async move {
            source.recv().await?;
            Some((Ok(msg()), source))
        })))
    };
    Ok(stream::select(heard(Signal::TSTP, || Msg::Stop)?, heard(Signal::CONT, || Msg::Continued)?))
}

/// Sends SIGTSTP to all processes of the job, as the terminal does for ctrl-z outside raw mode: a
/// script that waits for this one stops too.
///
/// # Errors
/// A sentence for the person, where no shell could go on with the job.
pub(super) fn suspend() -> Result<(), String> {
    // A group that is also the session's has no shell above it (`ssh -t host hextop`, a window of
    // tmux that runs nothing else). The kernel does not stop such a group by SIGTSTP either.
    let is_alone = match (process::getpgid(None), process::getsid(None)) {
        (Ok(group), Ok(session)) => group == session,
        _ => false,
    };
    if is_alone {
        return Err(
            "there is no shell to go back to: this terminal runs only hextop, and q leaves \
                    it"
            .to_owned(),
        );
    }
    process::kill_current_process_group(Signal::TSTP)
        .map_err(|error| format!("hextop cannot be suspended: {error}"))
}

/// Stops this process; returns when it goes on.
pub(super) fn stop() {
    // It may always send itself a signal.
    let _ = process::kill_process(process::getpid(), Signal::STOP);
}
