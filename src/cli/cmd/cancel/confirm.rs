//! What a person has to type before anything is cancelled: the title of each protected project, the
//! number of runs where they are several, and `y` for a single one.

use crate::cli::search::choice::Target;
use crate::domain::RunStatus;
use crate::domain::{Boot, Now};
use crate::engine::Model;
use crate::engine::guard::Refusal;
use crate::engine::model::CancelOrder;
use crate::ui::text::{count, middle, pad, safe, span};

/// Columns that a project's title takes.
const TITLE: usize = 28;

/// A confirmation that is not complete yet.
#[derive(Clone, Debug)]
pub(super) struct Confirm {
    order: CancelOrder,
    asks: Asks,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asks {
    /// The title of this protected project.
    Title(String),
    /// How many runs there are.
    Number,
    /// Yes or no.
    Yes,
    /// Nothing more.
    Nothing,
}

/// What an answer leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answered {
    /// To another question, or to none if all is confirmed.
    On,
    /// To nothing at all.
    No,
}

impl Confirm {
    /// A confirmation of an order that may name protected projects already.
    pub(super) fn new(order: CancelOrder, model: &Model) -> Self {
        let mut confirm = Self { order, asks: Asks::Nothing };
        confirm.asks = confirm.first(model);
        confirm
    }

    fn first(&self, model: &Model) -> Asks {
        match model.check(&self.order) {
            Err(Refusal::Protected { name }) => Asks::Title(name),
            // What else forbids it was said before anything is asked.
            Err(_) => Asks::Nothing,
            Ok(()) if self.order.runs.len() > 1 => Asks::Number,
            Ok(()) => Asks::Yes,
        }
    }

    /// What is asked now; none if all is confirmed.
    pub(super) fn question(&self) -> Option<String> {
        let number = self.order.runs.len();
        let what = match &self.asks {
            Asks::Title(name) => {
                format!("{} is protected: type its title to cancel there", safe(name))
            }
            Asks::Number => format!("Type {number} to cancel {number} runs"),
            Asks::Yes => "Type y to cancel this run".to_owned(),
            Asks::Nothing => return None,
        };
        Some(format!("{what}, anything else for no: "))
    }

    /// Takes in an answer.
    pub(super) fn answer(&mut self, typed: &str, model: &Model) -> Answered {
        let typed = typed.trim();
        let next = match &self.asks {
            Asks::Title(name) => {
                self.order.named.push(typed.to_owned());
                match self.first(model) {
                    Asks::Title(again) if again == *name => return Answered::No,
                    // Whoever has typed the title of a single run's project has confirmed it.
                    Asks::Yes => Asks::Nothing,
                    next => next,
                }
            }
            Asks::Number if typed == self.order.runs.len().to_string() => Asks::Nothing,
            Asks::Yes if typed.eq_ignore_ascii_case("y") => Asks::Nothing,
            Asks::Number | Asks::Yes => return Answered::No,
            Asks::Nothing => Asks::Nothing,
        };
        self.asks = next;
        Answered::On
    }

    /// What was confirmed.
    pub(super) fn order(self) -> CancelOrder {
        self.order
    }
}

/// Exactly what will be cancelled, as a person reads it before being asked.
pub(super) fn listing(targets: &[Target], model: &Model, now: Now) -> Vec<String> {
    let head = format!("this cancels {}:", count(targets.len(), "run"));
    let lines = targets.iter().map(|target| line(target, model, now));
    let known = || targets.iter().filter_map(|(project, run)| model.run(project, run));
    let kernels = known().filter(|seen| seen.run.status == RunStatus::Running).count();
    let moment = model.moment(now);
    let work = known().filter_map(|seen| moment.elapsed(seen)).sum();
    let (kernels, work) = (count(kernels, "kernel"), span(work));
    let tail = format!("frees {kernels}, loses {work} of work; {}", plan(targets, model, now.boot));
    [head].into_iter().chain(lines).chain([format!("  {tail}")]).collect()
}

/// When the cancels leave.
fn plan(targets: &[Target], model: &Model, now: Boot) -> String {
    let plan = model.cancel_plan(targets.len(), now);
    let at_once = plan.iter().filter(|at| **at <= now).count();
    match plan.last() {
        Some(last) if at_once < plan.len() => {
            let wait = span(last.saturating_sub(now));
            format!("{at_once} leave at once, the rest within {wait}, as the budget allows")
        }
        _ if targets.len() == 1 => "it leaves at once".to_owned(),
        _ => "they leave at once".to_owned(),
    }
}

fn line((project, run): &Target, model: &Model, now: Now) -> String {
    let watched = model.project(project);
    let Some((watched, seen)) = watched.zip(model.run(project, run)) else {
        return format!("  {run}");
    };
    let moment = model.moment(now);
    let said = match moment.verdict(watched, seen) {
        Some(verdict) => format!("{} ({})", seen.run.status.word(), verdict.word()),
        None => seen.run.status.word().to_owned(),
    };
    let took = moment.elapsed(seen).map_or_else(|| "not started".to_owned(), span);
    let trigger = seen.run.trigger.as_ref().map_or("", |trigger| trigger.word());
    let protected = if model.protected_name(project).is_some() { "protected" } else { "" };
    let line = format!(
        "  {}  {}  {}  {}  {}  {protected}",
        pad(&middle(&safe(&watched.project.title), TITLE), TITLE),
        safe(run.short()),
        pad(&safe(&said), 18),
        pad(&took, 11),
        pad(&safe(trigger), 11),
    );
    line.trim_end().to_owned()
}
