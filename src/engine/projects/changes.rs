//! Changes of runs as data: what a look has found that was not known before.
//!
//! The first look at a project tells only of its active runs, because what ended before anybody
//! watched is no news. From then on every run that appears and every change of status is told
//! once, whatever answer brought it. Between two looks a run may pass through several statuses;
//! only the last is known, so `from` and `to` need not be neighbours.

use std::time::Duration;

use jiff::Timestamp;

use super::state::ProjectState;
use crate::domain::time::between;
use crate::domain::{Boot, ProjectId, Run, RunId, RunStatus, RunTrigger, Text};

/// Why a run's status is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// It was active at the first look at its project; nobody knows since when it is so.
    FirstLook,
    /// It was not there at the look before.
    Appeared,
    /// Its status was this when it was seen before.
    Changed(RunStatus),
}

/// A run's status that was not known before.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The run's project.
    pub project: ProjectId,
    /// The project's title.
    pub title: Text,
    /// The run.
    pub run: RunId,
    /// What is new about it.
    pub news: News,
    /// What its status is now.
    pub to: RunStatus,
    /// When the answer came that showed it, by the server's clock.
    pub seen: Timestamp,
    /// When it came to be so, by the server's clock: a running run's start, an ended one's end.
    /// None where Hex does not say, as for a pending run.
    pub happened: Option<Timestamp>,
    /// What started the run, where Hex says.
    pub trigger: Option<RunTrigger>,
    /// The published version it runs.
    pub version: Option<String>,
}

impl Change {
    /// What to tell of `run` as it is described now.
    fn of(watched: &ProjectState, run: &Run, news: News, seen: Timestamp) -> Self {
        let happened = match run.status {
            RunStatus::Running => run.start,
            _ if !run.is_active() => run.end,
            _ => None,
        };
        Self {
            project: run.project.clone(),
            title: watched.project.title.clone(),
            run: run.id.clone(),
            news,
            to: run.status.clone(),
            seen,
            happened,
            trigger: run.trigger.clone(),
            version: run.version.clone(),
        }
    }

    /// What its status was before, if it was known.
    pub fn from(&self) -> Option<&RunStatus> {
        match &self.news {
            News::Changed(from) => Some(from),
            News::FirstLook | News::Appeared => None,
        }
    }

    /// How long it went unseen: from when it happened until it was seen. None where Hex does not
    /// say when it happened, and at a first look, before which nobody watched; zero where its
    /// clock seems to be behind.
    pub fn late(&self) -> Option<Duration> {
        let happened = self.happened.filter(|_| self.news != News::FirstLook)?;
        Some(between(happened, self.seen))
    }
}

impl ProjectState {
    /// Takes in how a run was described by an answer to a request sent at `sent`, and tells what
    /// is new about it; `seen` is the server's time at `now`.
    pub(in crate::engine) fn apply(
        &mut self,
        run: Run,
        sent: Boot,
        seen: Timestamp,
        now: Boot,
    ) -> Option<Change> {
        if self.runs.confirms(&run, sent) {
            return None;
        }
        let id = run.id.clone();
        let first = self.read.is_none();
        let known = self.runs.get(&id).map(|known| &known.run).or_else(|| self.gone.get(&id));
        let before = known.map(|run| (run.status.clone(), run.is_active()));
        let is_past = self.is_past(&run);
        self.put(run, sent, now);
        let run = &self.runs.get(&id)?.run;
        let news = match before {
            Some((status, was_active)) if status == run.status && was_active == run.is_active() => {
                return None;
            }
            Some((from, _)) => News::Changed(from),
            None if !first && is_past => return None,
            None if !first => News::Appeared,
            None if run.is_active() => News::FirstLook,
            None => return None,
        };
        Some(Change::of(self, run, news, seen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Project, Published};
    use crate::engine::projects::paging::{Covered, ReadBack};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_792_483_200 + seconds).unwrap()
    }

    fn run(id: &str, status: RunStatus) -> Run {
        Run {
            project: ProjectId::new("p"),
            id: RunId::new(id),
            version: Some("3".to_owned()),
            url: None,
            start: (status != RunStatus::Pending).then(|| at(10)),
            end: status.is_terminal().then(|| at(50)),
            elapsed: None,
            trigger: Some(RunTrigger::Scheduled),
            status,
        }
    }

    fn watched() -> ProjectState {
        let project = Project {
            id: ProjectId::new("p"),
            title: "Churn model".into(),
            published: Published::At(Timestamp::UNIX_EPOCH),
            retired: false,
            owner: None,
            categories: Vec::new(),
            label: None,
            schedules: Vec::new(),
        };
        ProjectState::new(project, Boot::ZERO)
    }

    /// What an answer tells that was asked for `asked` seconds after the boot and came a second
    /// later.
    fn look(watched: &mut ProjectState, asked: u64, runs: Vec<Run>) -> Vec<Change> {
        let (sent, now) = (Boot::from_secs(asked), Boot::from_secs(asked + 1));
        let seen = at(i64::try_from(asked + 1).unwrap());
        let told = runs.into_iter().filter_map(|run| watched.apply(run, sent, seen, now)).collect();
        watched.read = Some(sent);
        told
    }

    fn news(changes: &[Change]) -> Vec<(&str, News, RunStatus)> {
        changes.iter().map(|c| (c.run.as_str(), c.news.clone(), c.to.clone())).collect()
    }

    #[test]
    fn the_first_look_tells_of_active_runs_and_later_ones_of_what_is_new() {
        let mut watched = watched();
        let first = vec![
            run("a", RunStatus::Running),
            run("b", RunStatus::Completed),
            run("c", RunStatus::Pending),
        ];
        let told = look(&mut watched, 20, first.clone());
        let expected = [
            ("a", News::FirstLook, RunStatus::Running),
            ("c", News::FirstLook, RunStatus::Pending),
        ];
        assert_eq!(news(&told), expected);
        assert_eq!(look(&mut watched, 30, first), []);
        let later = vec![
            run("a", RunStatus::Completed),
            run("c", RunStatus::Running),
            run("d", RunStatus::Errored),
        ];
        let told = look(&mut watched, 60, later);
        let expected = [
            ("a", News::Changed(RunStatus::Running), RunStatus::Completed),
            ("c", News::Changed(RunStatus::Pending), RunStatus::Running),
            ("d", News::Appeared, RunStatus::Errored),
        ];
        assert_eq!(news(&told), expected);
    }

    #[test]
    fn it_says_when_it_happened_and_how_late_it_was_seen() {
        let mut watched = watched();
        look(&mut watched, 5, vec![run("a", RunStatus::Pending)]);
        let started = look(&mut watched, 20, vec![run("a", RunStatus::Running)]);
        let ended = look(&mut watched, 90, vec![run("a", RunStatus::Killed)]);
        assert_eq!(started[0].late(), Some(Duration::from_secs(11)));
        let (first, appeared) = (run("x", RunStatus::Running), run("y", RunStatus::Running));
        let told = self::watched().apply(first, Boot::ZERO, at(9), Boot::ZERO);
        assert_eq!(told.unwrap().late(), None, "nobody watched");
        let told = watched.apply(appeared, Boot::from_secs(95), at(96), Boot::from_secs(96));
        assert_eq!(told.unwrap().late(), Some(Duration::from_secs(86)));
        let expected = Change {
            project: ProjectId::new("p"),
            title: "Churn model".into(),
            run: RunId::new("a"),
            news: News::Changed(RunStatus::Running),
            to: RunStatus::Killed,
            seen: at(91),
            happened: Some(at(50)),
            trigger: Some(RunTrigger::Scheduled),
            version: Some("3".to_owned()),
        };
        assert_eq!(expected.late(), Some(Duration::from_secs(41)));
        assert_eq!(ended, [expected]);
    }

    #[test]
    fn an_answer_that_overtook_a_later_one_is_no_news() {
        let mut watched = watched();
        look(&mut watched, 10, vec![run("a", RunStatus::Running)]);
        look(&mut watched, 60, vec![run("a", RunStatus::Completed)]);
        assert_eq!(look(&mut watched, 55, vec![run("a", RunStatus::Running)]), []);
        assert_eq!(look(&mut watched, 70, vec![run("a", RunStatus::Completed)]), []);
    }

    #[test]
    fn what_is_read_back_for_one_person_is_kept_here_and_is_not_for_others() {
        let mut watched = watched();
        for number in 0..250 {
            let start = Some(at(1_000 + number));
            let ended = run(&format!("r{number}"), RunStatus::Completed);
            let _ = watched.apply(
                Run { start, end: Some(at(2_000)), ..ended },
                Boot::from_secs(9),
                at(9),
                Boot::from_secs(9),
            );
        }
        let to = ReadBack { since: Some(at(1_000)), most: u32::MAX };
        assert!(!watched.reaches_back(to) && watched.told_since().is_none());
        watched.back = Some((to, false));
        let oldest = Some(at(1_000));
        watched.note_back(Covered { since: Boot::ZERO, oldest, all: false, reached: true });
        watched.tidy();
        assert_eq!((watched.runs.len(), watched.told_since()), (250, Some(at(1_049))));
        assert!(watched.reaches_back(to));
        assert!(!watched.reaches_back(ReadBack { since: None, most: 300 }), "that was not read");
        (watched.back, watched.complete) = (None, Some(at(1_100)));
        assert!(watched.reaches_back(ReadBack { since: Some(at(1_100)), ..to }));
        assert!(!watched.reaches_back(to));
        watched.tidy();
        assert_eq!(watched.runs.len(), 200, "no more are kept than of any other");
    }
}
