//! The task of `hextop journal --settle`: every start that is open is settled one way or the
//! other.

use std::io;
use std::time::Duration;

use color_eyre::eyre::Result;

use crate::api::ApiError;
use crate::cli::workspace::{Workspace, interrupted};
use crate::cli::{AUTH, FAILED, NETWORK, UNCONFIRMED, complain};
use crate::clock::{self, Clock};
use crate::domain::{Boot, Now};
use crate::engine::model::{Health, PollScope, Start, StartStage};
use crate::engine::{Event, Intent, Model, Settings};
use crate::shell::headless::{Headless, Step, Task};
use crate::ui::text::{count, safe};

/// How long nothing may get through before it gives up.
const GIVE_UP: Duration = Duration::from_secs(30);
/// What may be added to the looks that settle the youngest start: waiting for slots and answers.
const SPARE: Duration = Duration::from_mins(2);

/// How settling has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    Settled,
    Signal(u8),
    TokenRefused,
    Unreachable(String),
    /// The journal cannot be written.
    Unwritable(String),
    /// So many are open, though their time was up.
    Open(usize),
}

struct Settling {
    begun: bool,
    until: Boot,
}

impl Task for Settling {
    type End = End;

    fn step(&mut self, _: &[Event], model: &Model, now: Now) -> io::Result<Step<End>> {
        if !std::mem::replace(&mut self.begun, true) {
            // Nothing is polled but what settles a start.
            return Ok(Step::StoreRequest(Intent::Poll(PollScope::Selected)));
        }
        if !model.has_joined() {
            return Ok(Step::Wait);
        }
        if let Some(reason) = model.store_trouble() {
            return Ok(Step::End(End::Unwritable(reason.to_owned())));
        }
        let open = model.starts().filter(|start| is_to_settle(start)).count();
        if open == 0 && !model.is_guessing() {
            return Ok(Step::End(End::Settled));
        }
        Ok(match model.health(now.boot) {
            Health::TokenRefused => Step::End(End::TokenRefused),
            Health::TokenDoubted { .. } if self.until <= now.boot => Step::End(End::TokenRefused),
            Health::Offline { since, error, .. } if since + GIVE_UP <= now.boot => {
                Step::End(End::Unreachable(error.to_string()))
            }
            _ if self.until <= now.boot => Step::End(End::Open(open)),
            _ => Step::Wait,
        })
    }

    fn deadline(&self) -> Option<Boot> {
        Some(self.until)
    }
}

/// What waits in a queue is settled by whoever resumes or cuts it.
fn is_to_settle(start: &Start) -> bool {
    let waits_in_queue = start.entry.stage == StartStage::Waiting && start.entry.queue.is_some();
    start.is_open() && !waits_in_queue
}

/// Settles what can be; gives the exit code.
pub(super) async fn settle(mut workspace: Workspace) -> Result<u8> {
    workspace.config.projects.clear();
    workspace.config.watch.clear();
    let interrupted = interrupted()?;
    let stop = Box::pin(async { End::Signal(interrupted.await) });
    // What is to be settled is in the journal, with its project.
    let settings = Settings { reads_list: false, ..workspace.config.engine() };
    let looks = settings.settle_looks.iter().max().copied().unwrap_or_default();
    let until = clock::now().boot + settings.timeout + looks + SPARE;
    let model = Model::new(settings).sharing(workspace.session).taking_up();
    let task = Settling { begun: false, until };
    let (wire, store, clock) = (workspace.wire, workspace.store, Clock::System);
    let (end, _) = Headless { model, task, wire, stop, store, clock }.run().await?;
    let (text, code) = match end {
        End::Settled => return Ok(0),
        End::Signal(number) => return Ok(128 + number),
        End::TokenRefused => (format!("{}.", ApiError::Unauthorized), AUTH),
        End::Unreachable(why) => (format!("nothing got through: {why}"), NETWORK),
        End::Unwritable(why) => (format!("the journal cannot be written: {why}"), FAILED),
        End::Open(open) => {
            let open = count(open, "start");
            (format!("{open} not settled yet: another hextop may be waiting for it"), UNCONFIRMED)
        }
    };
    complain(&safe(&text), code);
    Ok(code)
}
