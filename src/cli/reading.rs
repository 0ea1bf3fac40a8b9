//! Commands that only read: how they are driven, what they wait for, and how they end badly.

use std::process::ExitCode;
use std::time::Duration;

use color_eyre::eyre::Result;

use super::patience::{Outage, Patience};
use super::progress::Progress;
use super::search::Trouble;
use super::workspace::{Workspace, interrupted};
use super::{AUTH, FAILED, NETWORK, NOT_FOUND, USAGE, complain};
use crate::api::ApiError;
use crate::api::Kind;
use crate::clock::Clock;
use crate::domain::{Boot, Now};
use crate::engine::{Model, Priority, Settings};
use crate::shell::headless::{Headless, Task};
use crate::ui::text::{about, safe};

/// Whatever is to be read and takes longer than this is announced.
const LONG: Duration = Duration::from_mins(1);
/// So many requests are played through to tell when the last of them leaves.
const PLAYED: usize = 500;

/// Why a command that reads has not read all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The arguments do not fit, or it is not clear what they mean.
    Wrong(String),
    /// There is no such thing.
    Nothing(String),
    /// The token may not do this.
    Forbidden(String),
    /// By this signal.
    Signal(u8),
    /// Its time was up.
    TimeUp(String),
    /// Nothing got through any more.
    Outage(Outage),
}

impl Failure {
    /// The exit code.
    pub(super) fn code(&self) -> u8 {
        match self {
            Self::Wrong(_) => USAGE,
            Self::Nothing(_) => NOT_FOUND,
            Self::Forbidden(_) | Self::Outage(Outage::TokenRefused) => AUTH,
            // By convention 128 and the signal's number.
            Self::Signal(number) => 128 + number,
            Self::TimeUp(_) => FAILED,
            Self::Outage(Outage::Unreachable(_)) => NETWORK,
        }
    }

    /// Says it; gives the exit code.
    pub(super) fn tell(&self) -> ExitCode {
        let text = match self {
            Self::Wrong(text)
            | Self::Nothing(text)
            | Self::Forbidden(text)
            | Self::TimeUp(text) => text.clone(),
            Self::Signal(_) => "interrupted".to_owned(),
            Self::Outage(Outage::TokenRefused) => format!("{}.", ApiError::Unauthorized),
            Self::Outage(Outage::Unreachable(error)) => format!("nothing got through: {error}"),
        };
        complain(&safe(&text), self.code())
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Wrong(text) => Self::Wrong(text),
            Trouble::Nothing(text) => Self::Nothing(text),
        }
    }
}

/// Whoever waits for what is read.
#[derive(Debug)]
pub(super) struct Waiter {
    patience: Patience,
    pub(super) progress: Progress,
    /// When it must be over.
    time_up: Option<Boot>,
}

impl Waiter {
    pub(super) fn new(progress: Progress, time_up: Option<Boot>) -> Self {
        Self { patience: Patience::default(), progress, time_up }
    }

    /// Says how far it is; gives the reason why waiting is over, if it is.
    pub(super) fn wait(
        &mut self,
        model: &Model,
        now: Now,
        text: impl FnOnce() -> String,
    ) -> Option<Failure> {
        let progress = &mut self.progress;
        let outage = self.patience.outage(model, now, |text| progress.say(text));
        self.go_on(outage, now, text)
    }

    /// The same while the list of projects is waited for.
    pub(super) fn wait_for_list(&mut self, model: &Model, now: Now) -> Option<Failure> {
        let progress = &mut self.progress;
        let outage = self.patience.list_outage(model, now, |text| progress.say(text));
        let known = model.projects().len();
        self.go_on(outage, now, || format!("reading the list of projects: {known} so far"))
    }

    fn go_on(
        &mut self,
        outage: Option<Outage>,
        now: Now,
        text: impl FnOnce() -> String,
    ) -> Option<Failure> {
        if let Some(outage) = outage {
            return Some(Failure::Outage(outage));
        }
        if self.is_late(now) {
            return Some(Failure::TimeUp("the time was up before it could be read".to_owned()));
        }
        self.progress.update(now, text);
        None
    }

    pub(super) fn is_late(&self, now: Now) -> bool {
        self.time_up.is_some_and(|at| at <= now.boot)
    }

    /// Says how long so many requests take, if that is more than a minute.
    pub(super) fn announce(&mut self, requests: usize, what: &str, model: &Model, now: Now) {
        let takes = takes(requests, model, now);
        if takes > LONG {
            let limit = model.budget().limit();
            self.progress.say(&format!(
                "{what} takes about {}: Hex's limits allow {limit} requests a minute",
                about(takes)
            ));
        }
    }

    pub(super) fn deadline(&self) -> Option<Boot> {
        let deadlines = [self.progress.deadline(), self.time_up, self.patience.deadline()];
        deadlines.into_iter().flatten().min()
    }
}

/// How long it takes at least until so many reads have left.
fn takes(requests: usize, model: &Model, now: Now) -> Duration {
    let budget = model.budget();
    let played = requests.min(PLAYED);
    let last = budget.forecast(Kind::Read, Priority::Person, played, now.boot).pop();
    let (_, for_cancels) = budget.kept();
    let a_minute = budget.limit().saturating_sub(for_cancels).max(1);
    let rest = u32::try_from(requests - played).unwrap_or(u32::MAX);
    let rest = Duration::from_mins(1).saturating_mul(rest) / a_minute;
    last.map_or(Duration::ZERO, |at| at.saturating_sub(now.boot)).saturating_add(rest)
}

/// Goes on a task in a workspace until that is done or somebody stops it.
pub(super) async fn drive<T, E>(
    workspace: Workspace,
    settings: Settings,
    task: T,
) -> Result<(Result<E, Failure>, Model)>
where
    T: Task<End = Result<E, Failure>>,
{
    let interrupted = interrupted()?;
    let stop = Box::pin(async { Err(Failure::Signal(interrupted.await)) });
    // The list of projects is read only if nothing else tells what is asked for.
    let model = Model::new(Settings { reads_list: false, ..settings }).sharing(workspace.session);
    let (wire, store, clock) = (workspace.wire, workspace.store, Clock::System);
    Ok(Headless { model, task, wire, stop, store, clock }.run().await?)
}
