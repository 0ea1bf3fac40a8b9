//! Which run a text means, among the runs that are known so far.

use std::collections::BTreeMap;

use crate::domain::{ProjectId, RunId, resolve};
use crate::engine::Model;

/// So many characters of an id tell it apart from all others, known or not; see `domain::resolve`.
const SURE: usize = 8;

/// What a text means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Meaning {
    /// This run, whatever others there are.
    Run(ProjectId, RunId),
    /// This run, unless another one is found whose id begins so.
    Perhaps(ProjectId, RunId),
    /// Any of these.
    Several(Vec<(ProjectId, RunId)>),
    /// A run of this project that is not known yet, or none.
    In(ProjectId),
    /// No run that is known.
    Unknown,
}

impl Meaning {
    /// Whether runs that are not known yet may change it.
    pub(in crate::cli) fn is_open(&self) -> bool {
        matches!(self, Self::Perhaps(..) | Self::Unknown)
    }

    /// The one run that it means, as far as is known.
    pub(in crate::cli) fn run(&self) -> Option<(&ProjectId, &RunId)> {
        match self {
            Self::Run(project, run) | Self::Perhaps(project, run) => Some((project, run)),
            Self::Several(_) | Self::In(_) | Self::Unknown => None,
        }
    }

    /// The one project that it is about, as far as is known.
    pub(in crate::cli) fn project(&self) -> Option<&ProjectId> {
        match self {
            Self::Run(project, _) | Self::Perhaps(project, _) | Self::In(project) => Some(project),
            Self::Several(_) | Self::Unknown => None,
        }
    }
}

/// The runs that may be meant, with their projects: those that Hex has shown, and those that the
/// journal has. Only of this project, if one is given.
pub(in crate::cli) fn known(model: &Model, of: Option<&ProjectId>) -> BTreeMap<RunId, ProjectId> {
    let started = model.starts().filter_map(|start| {
        Some((start.entry.stage.started()?.clone(), start.entry.project.clone()))
    });
    let cancelled = model.cancel_entries().map(|entry| (entry.run.clone(), entry.project.clone()));
    let shown =
        model.runs().map(|(watched, seen)| (seen.run.id.clone(), watched.project.id.clone()));
    let all = started.chain(cancelled).chain(shown);
    all.filter(|(_, project)| of.is_none_or(|of| of == project)).collect()
}

/// What a text means, given what is known; `of` is the only project that is looked in, if there is
/// one.
pub(in crate::cli) fn meaning(
    said: &str,
    known: &BTreeMap<RunId, ProjectId>,
    of: Option<&ProjectId>,
) -> Meaning {
    let is_address = said.contains("://");
    let addressed = ProjectId::named_in_full(said).filter(|_| is_address);
    let full = RunId::named_in_full(said);
    if let (Some(project), Some(run)) = (addressed.as_ref().or(of), &full) {
        let is_elsewhere = of.is_some_and(|of| of != project);
        return if is_elsewhere {
            Meaning::Unknown
        } else {
            Meaning::Run(project.clone(), run.clone())
        };
    }
    let known: Vec<_> = known.iter().collect();
    let found = resolve(said, &known, |(run, _)| run.as_str(), |_| None);
    let named = |(run, project): &(&RunId, &ProjectId)| ((*project).clone(), (*run).clone());
    match found.as_slice() {
        [] => match addressed {
            Some(project) if of.is_none() => Meaning::In(project),
            _ => Meaning::Unknown,
        },
        [only] => {
            let (project, run) = named(only);
            let is_sure = full.is_some() || is_address || said.trim().chars().count() >= SURE;
            if is_sure { Meaning::Run(project, run) } else { Meaning::Perhaps(project, run) }
        }
        several => Meaning::Several(several.iter().map(|one| named(one)).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHURN: &str = "3f1c2b9e-8a47-4d55-9f0e-6b1d7c20a911";
    const ADS: &str = "77aa0c55-9d3b-4b0e-8f7a-1e2d3c4b5a69";
    const RUNS: [(&str, &str); 3] = [
        ("a0d4c6f2-1b3e-4c5d-8e9f-0a1b2c3d4e5f", CHURN),
        ("a0d4c6f2-1b3e-4c5d-8e9f-0a1b2c3d4e60", ADS),
        ("b7e19c30-0000-4000-8000-000000000001", ADS),
    ];

    fn meant(said: &str, of: Option<&str>) -> Meaning {
        let of = of.map(ProjectId::new);
        let known: BTreeMap<_, _> = RUNS
            .iter()
            .map(|(run, project)| (RunId::new(*run), ProjectId::new(*project)))
            .filter(|(_, project)| of.as_ref().is_none_or(|of| of == project))
            .collect();
        meaning(said, &known, of.as_ref())
    }

    fn run(number: usize) -> (ProjectId, RunId) {
        let (run, project) = RUNS[number];
        (ProjectId::new(project), RunId::new(run))
    }

    #[test]
    fn a_run_is_meant_by_its_id_the_beginning_of_it_or_its_address() {
        let sure = |number| {
            let (project, run) = run(number);
            Meaning::Run(project, run)
        };
        let (project, perhaps) = run(2);
        let address =
            |project: &str, run: &str| format!("https://app.hex.tech/a/hex/{project}/run/{run}");
        let unseen = "c0000000-0000-4000-8000-000000000001";
        for (said, of, expected) in [
            (RUNS[0].0.to_uppercase(), None, sure(0)),
            (address(CHURN, RUNS[0].0), None, sure(0)),
            ("B7E19C30".to_owned(), None, sure(2)),
            ("b7e1".to_owned(), None, Meaning::Perhaps(project, perhaps)),
            ("a0d4c6f2".to_owned(), None, Meaning::Several(vec![run(0), run(1)])),
            ("a0d4c6f2".to_owned(), Some(ADS), sure(1)),
            (RUNS[0].0.to_owned(), Some(CHURN), sure(0)),
            ("c000".to_owned(), None, Meaning::Unknown),
            (unseen.to_owned(), None, Meaning::Unknown),
            (address(ADS, unseen), None, Meaning::Run(ProjectId::new(ADS), RunId::new(unseen))),
            (address(ADS, RUNS[2].0), Some(CHURN), Meaning::Unknown),
            (
                format!("https://app.hex.tech/a/hex/{ADS}/logic?run={unseen}"),
                None,
                Meaning::In(ProjectId::new(ADS)),
            ),
            (format!("https://app.hex.tech/a/hex/{ADS}/logic?run={}", RUNS[2].0), None, sure(2)),
            ("Churn model".to_owned(), None, Meaning::Unknown),
        ] {
            assert_eq!(meant(&said, of), expected, "{said} {of:?}");
        }
    }

    #[test]
    fn what_more_runs_may_change_is_open() {
        let is_open = |said| meant(said, None).is_open();
        assert!(is_open("b7e1") && is_open("c0000000"));
        assert!(!is_open("b7e19c30") && !is_open("a0d4"));
    }
}
