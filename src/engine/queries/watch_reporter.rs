//! What there is to tell somebody who listens to changes and sees no screen.
//!
//! Silence must mean that nothing happened. So whoever listens is told when the view is lost and
//! when it is back, as a whole or of one project, and each such change once.

use std::collections::BTreeSet;

use crate::api::ApiError;
use crate::domain::{Now, ProjectId, Text};
use crate::engine::Model;
use crate::engine::model::{
    CancelEntry, Change, Health, ListingCut, ProjectState, RuleNews, VerdictNews,
};

/// Looks at a project that fail so often in a row make it blind; before that one that fails is
/// simply tried again.
const BLIND: u32 = 3;

/// Something that a listener is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// A run's status was seen that was not known before.
    Run(Change),
    /// A graver verdict is given on an active run than before.
    Verdict(VerdictNews),
    /// A rule does something about a run, or does not.
    Rule(RuleNews),
    /// What has become of a cancel that a rule has ordered here.
    Cancelled(CancelEntry),
    /// The view as a whole is another. [`Health::Starting`] until every project was looked at
    /// once; from [`Health::Live`] on, silence means that nothing has happened.
    Health(Health),
    /// A project cannot be read any more, or again can where there is no reason.
    Project {
        /// Which.
        project: ProjectId,
        /// Its title.
        title: Text,
        /// Why it cannot be read.
        error: Option<ApiError>,
    },
    /// The list of projects cannot be read, or again can where there is no reason.
    Listing(Option<ApiError>),
    /// Configured names that no project has any more.
    Missing(Vec<String>),
    /// The list of projects was not read to its end.
    Cut(ListingCut),
    /// No watched project has a published version, so that nothing can run; or one has again.
    NothingPublished(bool),
}

/// What a listener was told last.
#[derive(Clone, Debug, Default)]
pub struct WatchReporter {
    health: Option<Health>,
    /// Whether every project was looked at once.
    swept: bool,
    /// Projects that were said not to be readable.
    blind: BTreeSet<ProjectId>,
    unlisted: bool,
    missing: Vec<String>,
    cut: Option<ListingCut>,
    nothing_published: bool,
}

impl WatchReporter {
    /// What is to be told now that was not told before.
    pub fn look(&mut self, model: &Model, now: Now) -> Vec<Report> {
        let mut reports = Vec::new();
        self.swept |= model.is_caught_up(now);
        let health = match model.health(now.boot) {
            Health::Live { .. } if !self.swept => Health::Starting,
            health => health,
        };
        let kind = std::mem::discriminant(&health);
        if self.health.as_ref().map(std::mem::discriminant) != Some(kind) {
            self.health = Some(health.clone());
            reports.push(Report::Health(health));
        }
        self.look_at_projects(model, &mut reports);
        let error = model.listing_error();
        if error.is_some() != std::mem::replace(&mut self.unlisted, error.is_some()) {
            reports.push(Report::Listing(error.cloned()));
        }
        if model.missing() != self.missing {
            self.missing = model.missing().to_vec();
            if !self.missing.is_empty() {
                reports.push(Report::Missing(self.missing.clone()));
            }
        }
        if model.listing_cut() != self.cut {
            self.cut = model.listing_cut();
            reports.extend(self.cut.map(Report::Cut));
        }
        let nothing = model.has_nothing_published();
        if nothing != std::mem::replace(&mut self.nothing_published, nothing) {
            reports.push(Report::NothingPublished(nothing));
        }
        reports
    }

    fn look_at_projects(&mut self, model: &Model, reports: &mut Vec<Report>) {
        for watched in model.failing() {
            let (project, title) = (watched.project.id.clone(), watched.project.title.clone());
            if let Some(error) = blind(watched).filter(|_| self.blind.insert(project.clone())) {
                reports.push(Report::Project { project, title, error: Some(error.clone()) });
            }
        }
        self.blind.retain(|project| {
            // A project that has left the list is read no more, which is no news about its runs.
            let Some(watched) = model.project(project) else { return false };
            if watched.error.is_none() {
                let (project, title) = (project.clone(), watched.project.title.clone());
                reports.push(Report::Project { project, title, error: None });
            }
            watched.error.is_some()
        });
    }
}

/// Why a project cannot be read, if looks at it fail for good or again and again. A refusal of
/// everybody, as by the rate limit or a cut connection, is no property of the project.
fn blind(watched: &ProjectState) -> Option<&ApiError> {
    let look = watched.error.as_ref()?;
    let of_all = matches!(look.error, ApiError::RateLimited | ApiError::Transport(_));
    let lasting = watched.is_unreadable() || look.tries >= BLIND;
    (lasting && !of_all).then_some(&look.error)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::api::error::Detail;
    use crate::api::{Call, Failure, PageOrder, RateHint, Reply, Response};
    use crate::domain::{Boot, Project, Published};
    use crate::engine::{Effect, Msg, Settings};

    fn at(seconds: u64) -> Now {
        let wall = Timestamp::from_second(1_792_483_200).unwrap();
        Now { boot: Boot::from_secs(3600), wall }.after(Duration::from_secs(seconds))
    }

    fn project(id: &str) -> Project {
        Project {
            id: ProjectId::new(id),
            title: id.to_uppercase().into(),
            published: Published::At(Timestamp::UNIX_EPOCH),
            retired: false,
            owner: None,
            categories: Vec::new(),
            label: None,
            schedules: Vec::new(),
        }
    }

    /// Tells the model and answers all it asks with `answer`; gives what is to be told.
    fn tell(
        model: &mut Model,
        reporter: &mut WatchReporter,
        seconds: u64,
        answer: impl Fn(&Call) -> Result<Reply, ApiError>,
    ) -> Vec<Report> {
        let msg = if seconds == 0 { Msg::Started } else { Msg::Woke };
        let mut effects = model.update(msg, at(seconds));
        let mut reports = reporter.look(model, at(seconds));
        while let Some(effect) = effects.pop() {
            let Effect::Send(id, call, ..) = effect else { continue };
            let response =
                Response { result: answer(&call), rate: RateHint::default(), date: None };
            effects.extend(model.update(Msg::Replied(id, response), at(seconds)));
            reports.extend(reporter.look(model, at(seconds)));
        }
        reports
    }

    fn reply(call: &Call) -> Reply {
        match call {
            Call::ListProjects { .. } => {
                Reply::Projects { projects: vec![project("a"), project("b")], after: None }
            }
            Call::ListRuns { .. } => {
                Reply::Runs { runs: Vec::new(), more: false, order: PageOrder::NewestFirst }
            }
            _ => Reply::Me(crate::api::Me::default()),
        }
    }

    fn kinds(reports: &[Report]) -> Vec<&str> {
        let kind = |report: &Report| match report {
            Report::Health(Health::Starting) => "starting",
            Report::Health(Health::Live { .. }) => "live",
            Report::Health(Health::Offline { .. }) => "offline",
            Report::Project { error: Some(_), .. } => "blind",
            Report::Project { error: None, .. } => "seeing",
            _ => "other",
        };
        reports.iter().map(kind).collect()
    }

    #[test]
    fn it_is_live_only_when_every_project_was_looked_at() {
        let (mut model, mut reporter) = (Model::new(Settings::default()), WatchReporter::default());
        let without_b = |call: &Call| match call {
            Call::ListRuns { project, .. } if project.as_str() == "b" => {
                Err(ApiError::Transport(Failure::Timeout(20)))
            }
            call => Ok(reply(call)),
        };
        let reports = tell(&mut model, &mut reporter, 0, |call| Ok(reply(call)));
        assert_eq!(kinds(&reports), ["starting", "live"]);
        let (mut model, mut reporter) = (Model::new(Settings::default()), WatchReporter::default());
        let reports = tell(&mut model, &mut reporter, 0, without_b);
        assert!(!kinds(&reports).contains(&"blind"), "a cut connection is nobody's own");
        assert_eq!(kinds(&reports).first(), Some(&"starting"));
        assert!(kinds(&reports).contains(&"offline"), "{reports:?}");
    }

    #[test]
    fn each_loss_and_return_of_the_view_is_told_once() {
        let (mut model, mut reporter) = (Model::new(Settings::default()), WatchReporter::default());
        tell(&mut model, &mut reporter, 0, |call| Ok(reply(call)));
        let mut told = Vec::new();
        for seconds in 1..400 {
            let reports = tell(&mut model, &mut reporter, seconds, |call| match call {
                _ if (100..200).contains(&seconds) => {
                    Err(ApiError::Transport(Failure::Connect("refused".into())))
                }
                call => Ok(reply(call)),
            });
            told.extend(kinds(&reports).into_iter().map(str::to_owned));
        }
        assert_eq!(told, ["offline", "live"]);
    }

    #[test]
    fn a_project_that_cannot_be_read_is_named_and_so_is_its_return() {
        let (mut model, mut reporter) = (Model::new(Settings::default()), WatchReporter::default());
        tell(&mut model, &mut reporter, 0, |call| Ok(reply(call)));
        let mut told = Vec::new();
        for seconds in 1..1500 {
            let reports = tell(&mut model, &mut reporter, seconds, |call| match call {
                Call::ListRuns { project, .. } if project.as_str() == "b" && seconds < 300 => {
                    Err(ApiError::Forbidden(Detail::default()))
                }
                call => Ok(reply(call)),
            });
            told.extend(reports);
        }
        let (project, title) = (ProjectId::new("b"), Text::from("B"));
        let lost = Some(ApiError::Forbidden(Detail::default()));
        let expected = [
            Report::Project { project: project.clone(), title: title.clone(), error: lost },
            Report::Project { project, title, error: None },
        ];
        assert_eq!(told, expected);
    }
}
