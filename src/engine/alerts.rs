//! What a person is told of who looks elsewhere: runs out of hand in any project, ends of runs that are watched,
//! and failures in projects that are watched.
//!
//! What happens within ten seconds is told together, and each run once for each kind of news.

mod watched;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::text::cut;
use crate::domain::{Boot, ProjectId, RunId, RunStatus, Text};
use crate::engine::projects::changes::{Change, News};

use watched::Watched;

/// How long what happens is gathered before it is told.
const GATHERED: Duration = Duration::from_secs(10);
/// The same where a person has only so long to do something about it.
const AT_ONCE: Duration = Duration::from_secs(1);
/// Runs of which it is kept what was told.
const MOST_TOLD: usize = 10_000;
/// Runs that are told of together; of more only how many there are.
const MOST_TOGETHER: usize = 1000;

/// What is new about a run; the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AlertKind {
    /// A rule is about to cancel it.
    Countdown,
    /// It is out of hand.
    Runaway,
    /// A rule would cancel it, and may not.
    Held,
    /// A watched rule has cancelled it.
    Ordered,
    /// A watched rule would cancel it, and only tries out what it would do.
    Would,
    /// A person keeps it from a watched rule.
    Kept,
    /// The last runs of its project failed.
    Failing,
    /// A schedule of a project started no run that was seen.
    Missed,
    /// It has failed, or got no kernel.
    Failed,
    /// Hex keeps refusing to cancel it.
    Stuck,
    /// It was to be started again once it was cancelled, and the start never leaves.
    Unrepeated,
    /// It was watched and has ended.
    Ended,
    /// It was watched and is not listed any more.
    Gone,
    /// It was out of hand and is over.
    Over,
}

impl AlertKind {
    /// All of them, the gravest first.
    pub const ALL: [Self; 14] = [
        Self::Countdown,
        Self::Runaway,
        Self::Held,
        Self::Ordered,
        Self::Would,
        Self::Kept,
        Self::Failing,
        Self::Missed,
        Self::Failed,
        Self::Stuck,
        Self::Unrepeated,
        Self::Ended,
        Self::Gone,
        Self::Over,
    ];

    /// What happened to so many runs: `2 runs out of hand`.
    pub fn words(self, number: usize) -> String {
        let runs = if number == 1 { "1 run".to_owned() } else { format!("{number} runs") };
        match self {
            Self::Countdown => format!("{runs} about to be cancelled by a rule"),
            Self::Runaway => format!("{runs} out of hand"),
            Self::Held => format!("{runs} that a rule may not cancel now"),
            Self::Ordered => format!("{runs} cancelled by a watched rule"),
            Self::Would => format!("{runs} that a watched rule would cancel"),
            Self::Kept => format!("{runs} kept from a watched rule"),
            Self::Failing if number == 1 => "1 project failing".to_owned(),
            Self::Failing => format!("{number} projects failing"),
            Self::Missed if number == 1 => "1 schedule started no run".to_owned(),
            Self::Missed => format!("{number} schedules started no run"),
            Self::Failed => format!("{runs} failed"),
            Self::Stuck if number == 1 => "1 cancel stuck".to_owned(),
            Self::Stuck => format!("{number} cancels stuck"),
            Self::Unrepeated => format!("{runs} not started again after the cancel"),
            Self::Ended => format!("{runs} ended"),
            Self::Gone => format!("{runs} no longer listed"),
            Self::Over => {
                format!("{runs} over that {} out of hand", if number == 1 { "was" } else { "were" })
            }
        }
    }
}

/// What is new about one run.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertItem {
    /// What.
    pub kind: AlertKind,
    /// Its project.
    pub project: ProjectId,
    /// The project's title.
    pub title: Text,
    /// The run; of a schedule that started none, the time at which it was to.
    pub run: RunId,
    /// Its status then.
    pub status: RunStatus,
    /// What else is known of it.
    pub known: Known,
}

/// What several runs may have in common.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// The version that it runs.
    pub version: Option<String>,
    /// Its inputs, each by its name with its value as JSON; none of a run that was not started with hextop.
    pub inputs: Vec<(String, String)>,
    /// When it ended, or began if it goes on.
    pub at: Option<Timestamp>,
}

impl AlertItem {
    /// What names it: the run's short id, or the time at which a run was missed.
    pub fn label(&self) -> &str {
        if self.kind == AlertKind::Missed { self.run.as_str() } else { self.run.short() }
    }

    /// What is so of the run: `out of hand`, or how it ended.
    pub fn what(&self) -> &str {
        match self.kind {
            AlertKind::Countdown => "about to be cancelled by a rule",
            AlertKind::Runaway => "out of hand",
            AlertKind::Held => "not cancelled by its rule",
            AlertKind::Ordered => "cancelled by a watched rule",
            AlertKind::Would => "a watched rule would cancel it",
            AlertKind::Kept => "kept from a watched rule",
            AlertKind::Failing => "failed, like those before it",
            AlertKind::Missed => "its schedule started no run",
            AlertKind::Stuck => "cancel stuck",
            AlertKind::Unrepeated => "not started again after the cancel",
            AlertKind::Gone => "no longer listed",
            AlertKind::Failed | AlertKind::Ended | AlertKind::Over => self.status.word(),
        }
    }
}

/// What is told at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// When the last of it was seen, by the server's clock.
    pub at: Timestamp,
    /// The gravest first; not empty.
    pub items: Vec<AlertItem>,
    /// How many more there were.
    pub more: usize,
}

impl Alert {
    /// `4 runs failed, 3 of Churn model; 1 run ended`, and behind several what they have in common. The titles and
    /// inputs are as Hex has them. Of inputs it has only the names, so that it can be told anywhere.
    pub fn words(&self) -> String {
        self.words_with(Inputs::Named)
    }

    /// The same with the values of inputs, which are for the screen alone.
    pub fn words_on_screen(&self) -> String {
        self.words_with(Inputs::Shown)
    }

    fn words_with(&self, inputs: Inputs) -> String {
        let parts = AlertKind::ALL.into_iter().filter_map(|kind| {
            let items: Vec<_> = self.items.iter().filter(|item| item.kind == kind).collect();
            let mut of_projects = BTreeMap::<_, Vec<_>>::new();
            for item in &items {
                of_projects.entry(&item.project).or_default().push(*item);
            }
            // Of those that have as many, the first.
            let most = of_projects.values().rev().max_by_key(|theirs| theirs.len())?;
            let title = &*most.first()?.title;
            let of = match (most.len(), items.len()) {
                (same, all) if same == all => format!(" of {title}"),
                (same, _) if same > 1 => format!(", {same} of {title}"),
                _ => String::new(),
            };
            let common = in_common(&items, of_projects.len() == 1, inputs);
            let common =
                if common.is_empty() { String::new() } else { format!(" ({})", common.join(", ")) };
            Some(kind.words(items.len()) + &of + &common)
        });
        let mut words = parts.collect::<Vec<_>>().join("; ");
        if self.more > 0 {
            words += &format!("; and {} more", self.more);
        }
        words
    }
}

/// The most inputs that are named of those that runs have in common.
const MOST_INPUTS: usize = 2;
/// The most characters that are shown of one.
const INPUT: usize = 40;
/// What happened within so long may have one cause.
const TOGETHER: SignedDuration = SignedDuration::from_mins(1);

/// What is told of the inputs that runs have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inputs {
    /// Only their names: values may be secret although nobody has marked them so.
    Named,
    /// Their values too.
    Shown,
}

/// What several runs have in common besides their project: the version, inputs and the minute.
fn in_common(items: &[&AlertItem], of_one_project: bool, inputs: Inputs) -> Vec<String> {
    let Some((first, rest)) = items.split_first().filter(|(_, rest)| !rest.is_empty()) else {
        return Vec::new();
    };
    let mut common = Vec::new();
    if let Some(version) = first.known.version.as_ref().filter(|_| of_one_project)
        && rest.iter().all(|item| item.known.version.as_ref() == Some(version))
    {
        common.push(format!("all v{version}"));
    }
    let is_shared =
        |input: &&(String, String)| rest.iter().all(|item| item.known.inputs.contains(input));
    let shared = first.known.inputs.iter().filter(is_shared).take(MOST_INPUTS);
    let shared = shared.map(|(name, value)| match inputs {
        Inputs::Named => cut(name, INPUT),
        Inputs::Shown => cut(&format!("{name}={value}"), INPUT),
    });
    let shared: Vec<_> = shared.collect();
    match inputs {
        _ if shared.is_empty() => {}
        Inputs::Named => common.push(format!("all with the same {}", shared.join(" and "))),
        Inputs::Shown => common.push(format!("all with {}", shared.join(" "))),
    }
    let times: Option<Vec<_>> = items.iter().map(|item| item.known.at).collect();
    let ends = times.as_ref().and_then(|times| times.iter().min().zip(times.iter().max()));
    if ends.is_some_and(|(first, last)| last.duration_since(*first) <= TOGETHER) {
        common.push("within a minute".to_owned());
    }
    common
}

/// Whether a run that came to this status has failed.
fn has_failed(status: &RunStatus) -> bool {
    matches!(status, RunStatus::Errored | RunStatus::NoKernel)
}

/// What is watched, and what is about to be told.
#[derive(Clone, Debug, Default)]
pub struct Alerts {
    watched: Watched,
    told: BTreeSet<(RunId, AlertKind)>,
    /// The same in the order in which it was told.
    told_in_order: VecDeque<(RunId, AlertKind)>,
    items: Vec<AlertItem>,
    more: usize,
    /// Since when something waits, and when the last of it was seen.
    since: Option<(Boot, Timestamp)>,
}

impl Alerts {
    /// Takes in that a run has another status.
    pub fn note_change(&mut self, change: &Change, now: Boot) {
        if !change.to.is_terminal() || change.news == News::FirstLook {
            return;
        }
        let has_failed = has_failed(&change.to);
        let was_told = self.told.remove(&(change.run.clone(), AlertKind::Runaway));
        let is_watched = self.watches_run(&change.project, &change.run);
        let kind = match () {
            () if has_failed && (is_watched || self.watches_project(&change.project)) => {
                AlertKind::Failed
            }
            () if is_watched => AlertKind::Ended,
            () if was_told => AlertKind::Over,
            () => return,
        };
        if is_watched {
            self.watched.runs.choose((change.project.clone(), change.run.clone()), false, now);
        }
        let item = AlertItem {
            kind,
            project: change.project.clone(),
            title: change.title.clone(),
            run: change.run.clone(),
            status: change.to.clone(),
            known: Known::default(),
        };
        self.add(item, now, change.seen);
    }

    /// Takes in that a run is out of hand, or that its cancel is stuck, which may have been so before.
    pub fn note(
        &mut self,
        kind: AlertKind,
        (project, title): (&ProjectId, &Text),
        run: &RunId,
        now: Boot,
        seen: Timestamp,
    ) {
        let item = AlertItem {
            kind,
            project: project.clone(),
            title: title.clone(),
            run: run.clone(),
            status: RunStatus::Running,
            known: Known::default(),
        };
        self.add(item, now, seen);
    }

    /// Takes in which statuses the runs of a project have, after a look at it: what is watched and is not among
    /// them is gone, and what has ended did so while nobody was told.
    pub fn note_listed(
        &mut self,
        (project, title): (&ProjectId, &Text),
        status: impl Fn(&RunId) -> Option<RunStatus>,
        now: Boot,
        seen: Timestamp,
    ) {
        let of_project = self.watched.runs.on().filter(|(of, _)| of == project);
        let is_over = |(_, run): &(ProjectId, RunId)| {
            let status = status(run);
            let goes_on = status.as_ref().is_some_and(|status| !status.is_terminal());
            (!goes_on).then(|| (run.clone(), status))
        };
        let over: Vec<_> = of_project.filter_map(is_over).collect();
        for (run, status) in over {
            self.watched.runs.choose((project.clone(), run.clone()), false, now);
            let (kind, status) = match status {
                None => (AlertKind::Gone, RunStatus::Running),
                Some(status) if has_failed(&status) => (AlertKind::Failed, status),
                Some(status) => (AlertKind::Ended, status),
            };
            let (project, title) = (project.clone(), title.clone());
            let known = Known::default();
            self.add(AlertItem { kind, project, title, run, status, known }, now, seen);
        }
    }

    /// Takes in that something was told before this process began: it is not told again.
    pub fn remember(&mut self, run: &RunId, kind: AlertKind) {
        self.items.retain(|item| item.run != *run || item.kind != kind);
        if self.items.is_empty() && self.more == 0 {
            self.since = None;
        }
        if self.told.insert((run.clone(), kind)) {
            self.told_in_order.push_back((run.clone(), kind));
        }
    }

    fn add(&mut self, item: AlertItem, now: Boot, seen: Timestamp) {
        let told = (item.run.clone(), item.kind);
        if !self.told.insert(told.clone()) {
            return;
        }
        self.told_in_order.push_back(told);
        if self.told_in_order.len() > MOST_TOLD
            && let Some(oldest) = self.told_in_order.pop_front()
        {
            self.told.remove(&oldest);
        }
        // A countdown leaves no time to wait for what else may happen.
        let begins = if item.kind == AlertKind::Countdown { now + AT_ONCE - GATHERED } else { now };
        let since = self.since.map_or(begins, |(since, _)| since.min(begins));
        self.since = Some((since, seen));
        if self.items.len() < MOST_TOGETHER {
            self.items.push(item);
        } else {
            self.more += 1;
        }
    }

    /// When the next alert is due.
    pub fn deadline(&self) -> Option<Boot> {
        self.since.map(|(since, _)| since + GATHERED)
    }

    /// What is due, which is told by that.
    pub fn take_due(&mut self, now: Boot) -> Option<Alert> {
        let (_, at) = self.since.filter(|(since, _)| *since + GATHERED <= now)?;
        self.since = None;
        let mut items = std::mem::take(&mut self.items);
        items.sort_by(|a, b| (a.kind, &a.project, &a.run).cmp(&(b.kind, &b.project, &b.run)));
        Some(Alert { at, items, more: std::mem::take(&mut self.more) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Boot = Boot::from_secs(100);

    fn seen() -> Timestamp {
        Timestamp::from_second(1_792_483_200).unwrap()
    }

    fn change(project: &str, run: &str, to: RunStatus) -> Change {
        Change {
            project: ProjectId::new(project),
            title: format!("Project {project}").as_str().into(),
            run: RunId::new(run),
            news: News::Changed(RunStatus::Running),
            to,
            seen: seen(),
            happened: None,
            trigger: None,
            version: None,
        }
    }

    fn told(alerts: &mut Alerts) -> Option<String> {
        alerts.take_due(NOW + GATHERED).map(|alert| alert.words())
    }

    #[test]
    fn what_happens_within_ten_seconds_is_told_together_the_gravest_first() {
        let mut alerts = Alerts::default();
        alerts.turn_project(&ProjectId::new("a"), NOW);
        alerts.turn_project(&ProjectId::new("b"), NOW);
        alerts.turn_run(&ProjectId::new("c"), &RunId::new("9"), NOW);
        alerts.note_change(&change("c", "9", RunStatus::Completed), NOW);
        for (project, run) in [("a", "1"), ("a", "2"), ("b", "3"), ("a", "4")] {
            alerts.note_change(&change(project, run, RunStatus::Errored), NOW);
        }
        let (id, title) = (ProjectId::new("d"), "Project d".into());
        alerts.note(AlertKind::Runaway, (&id, &title), &RunId::new("5"), NOW, seen());
        assert_eq!(alerts.take_due(NOW + Duration::from_secs(9)), None);
        assert_eq!(alerts.deadline(), Some(NOW + GATHERED));
        let words = "1 run out of hand of Project d; 4 runs failed, 3 of Project a; 1 run ended of Project c";
        assert_eq!(told(&mut alerts), Some(words.to_owned()));
        assert_eq!((told(&mut alerts), alerts.deadline()), (None, None));
    }

    #[test]
    fn what_several_runs_have_in_common_is_said_behind_them() {
        let at = |second: i64| seen().checked_add(SignedDuration::from_secs(second)).ok();
        let item = |project: &str, version: &str, inputs: &[(&str, &str)], second| AlertItem {
            kind: AlertKind::Failed,
            project: ProjectId::new(project),
            title: project.into(),
            run: RunId::new(format!("{project}{second}")),
            status: RunStatus::Errored,
            known: Known {
                version: Some(version.to_owned()),
                inputs: inputs
                    .iter()
                    .map(|(name, value)| ((*name).into(), (*value).into()))
                    .collect(),
                at: at(second),
            },
        };
        let words = |items: Vec<AlertItem>| Alert { at: seen(), items, more: 0 }.words_on_screen();
        let (emea, apac) = (("region", r#""emea""#), ("region", r#""apac""#));
        let of = |project: &str, second| item(project, "9", &[emea, ("n", "1")], second);
        assert_eq!(words(vec![of("a", 0)]), "1 run failed of a");
        assert_eq!(
            words(vec![of("a", 0), of("a", 60)]),
            r#"2 runs failed of a (all v9, all with region="emea" n=1, within a minute)"#
        );
        assert_eq!(
            words(vec![item("a", "8", &[apac, ("n", "1")], 0), of("a", 61)]),
            "2 runs failed of a (all with n=1)"
        );
        // The same number is no common version where the projects differ, and the larger group is named.
        assert_eq!(
            words(vec![item("a", "9", &[], 0), of("b", 1), of("b", 2)]),
            "3 runs failed, 2 of b (within a minute)"
        );
        assert_eq!(words(vec![item("a", "8", &[], 0), item("b", "9", &[], 99)]), "2 runs failed");
        let long = format!("\"{}\"", "é".repeat(5000));
        let long = [("sql", long.as_str())];
        let cut = words(vec![item("a", "8", &long, 0), item("a", "9", &long, 99)]);
        assert!(cut.ends_with("é…)") && cut.chars().count() < 80, "{cut}");
        // What leaves the screen has no values.
        let told = |items: Vec<AlertItem>| Alert { at: seen(), items, more: 0 }.words();
        assert_eq!(
            told(vec![of("a", 0), of("a", 60)]),
            "2 runs failed of a (all v9, all with the same region and n, within a minute)"
        );
        assert_eq!(
            told(vec![item("a", "8", &[apac, ("n", "1")], 0), of("a", 61)]),
            "2 runs failed of a (all with the same n)"
        );
    }

    #[test]
    fn a_run_is_told_of_once_for_each_kind_and_when_it_is_over() {
        let mut alerts = Alerts::default();
        let (id, title, run) = (ProjectId::new("a"), "A".into(), RunId::new("1"));
        for _ in 0..3 {
            alerts.note(AlertKind::Runaway, (&id, &title), &run, NOW, seen());
        }
        assert_eq!(told(&mut alerts), Some("1 run out of hand of A".to_owned()));
        alerts.note(AlertKind::Runaway, (&id, &title), &run, NOW, seen());
        assert_eq!(told(&mut alerts), None);
        alerts.note_change(&change("a", "1", RunStatus::Killed), NOW);
        assert_eq!(
            told(&mut alerts),
            Some("1 run over that was out of hand of Project a".to_owned())
        );
    }

    #[test]
    fn what_nobody_watches_and_what_was_so_before_is_not_told() {
        let mut alerts = Alerts::default();
        alerts.note_change(&change("a", "1", RunStatus::Errored), NOW);
        alerts.turn_project(&ProjectId::new("a"), NOW);
        let first = Change { news: News::FirstLook, ..change("a", "2", RunStatus::Errored) };
        alerts.note_change(&first, NOW);
        alerts.note_change(&change("a", "3", RunStatus::Completed), NOW);
        alerts.note_change(&change("a", "4", RunStatus::Running), NOW);
        assert_eq!(told(&mut alerts), None);
        alerts.turn_project(&ProjectId::new("a"), NOW);
        assert!(!alerts.watches_project(&ProjectId::new("a")), "it is turned off again");
        alerts.note_change(&change("a", "5", RunStatus::Errored), NOW);
        assert_eq!(told(&mut alerts), None);
    }

    #[test]
    fn a_watched_run_that_is_not_listed_any_more_is_told_and_forgotten() {
        let mut alerts = Alerts::default();
        let (id, title) = (ProjectId::new("a"), "A".into());
        for run in ["1", "2"] {
            alerts.turn_run(&id, &RunId::new(run), NOW);
        }
        let status = |run: &RunId| (run.as_str() == "2").then_some(RunStatus::Running);
        alerts.note_listed((&id, &title), status, NOW, seen());
        assert_eq!(told(&mut alerts), Some("1 run no longer listed of A".to_owned()));
        assert_eq!(alerts.watched(), [1, 0]);
        // It ended while no hextop was there.
        alerts.note_listed((&id, &title), |_| Some(RunStatus::Errored), NOW, seen());
        assert_eq!(told(&mut alerts), Some("1 run failed of A".to_owned()));
        assert_eq!(alerts.watched(), [0, 0]);
    }

    #[test]
    fn what_was_told_before_a_restart_is_not_told_again_however_late_that_is_known() {
        let mut alerts = Alerts::default();
        let (id, title) = (ProjectId::new("a"), "A".into());
        for run in ["1", "2"] {
            alerts.note(AlertKind::Runaway, (&id, &title), &RunId::new(run), NOW, seen());
        }
        alerts.remember(&RunId::new("1"), AlertKind::Runaway);
        assert_eq!(told(&mut alerts), Some("1 run out of hand of A".to_owned()));
        alerts.remember(&RunId::new("3"), AlertKind::Runaway);
        alerts.note(AlertKind::Runaway, (&id, &title), &RunId::new("3"), NOW, seen());
        assert_eq!((told(&mut alerts), alerts.deadline()), (None, None));
    }

    #[test]
    fn what_was_told_long_ago_gives_way_before_what_was_told_just_now() {
        let mut alerts = Alerts::default();
        let (id, title) = (ProjectId::new("a"), "A".into());
        let note = |alerts: &mut Alerts, run: &str| {
            alerts.note(AlertKind::Runaway, (&id, &title), &RunId::new(run), NOW, seen());
        };
        for number in 0..MOST_TOLD {
            note(&mut alerts, &format!("z{number}"));
        }
        note(&mut alerts, "a");
        told(&mut alerts);
        note(&mut alerts, "a");
        assert_eq!(told(&mut alerts), None, "although its id comes first");
    }

    #[test]
    fn of_very_many_runs_only_the_number_is_told() {
        let mut alerts = Alerts::default();
        alerts.turn_project(&ProjectId::new("a"), NOW);
        for number in 0..MOST_TOGETHER + 7 {
            alerts.note_change(&change("a", &number.to_string(), RunStatus::Errored), NOW);
        }
        let alert = alerts.take_due(NOW + GATHERED).unwrap();
        assert_eq!((alert.items.len(), alert.more), (MOST_TOGETHER, 7));
        assert!(alert.words().ends_with("and 7 more"), "{}", alert.words());
    }
}
