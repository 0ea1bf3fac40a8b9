//! Which runs were on a page, in a few bytes: whoever knows the runs can tell which they were, and
//! whether that is certain.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::{Run, RunId};

/// A page of a project's runs.
///
/// A page shows all runs of a stretch of time, so the stretch nearly always names them: those that
/// began within it, and those without any time. The few that it gets wrong are named one by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageDigest {
    /// When the first and the last of its runs began, by the server's clock.
    span: Option<(Timestamp, Timestamp)>,
    /// Runs within the stretch that are not on the page.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    except: BTreeSet<RunId>,
    /// A digest of the ids on the page.
    ids: String,
}

impl PageDigest {
    /// The digest of a page of these runs; `known` are all known runs of the project, those on the
    /// page among them.
    pub fn of<'a>(page: &[RunId], known: impl IntoIterator<Item = &'a Run>) -> Self {
        let page: BTreeSet<&RunId> = page.iter().collect();
        let known: Vec<&Run> = known.into_iter().collect();
        let times = known.iter().filter(|run| page.contains(&run.id)).filter_map(|run| began(run));
        let span = times.fold(None, |span: Option<(Timestamp, Timestamp)>, at| {
            Some(span.map_or((at, at), |(first, last)| (first.min(at), last.max(at))))
        });
        let digest = Self { span, except: BTreeSet::new(), ids: digest(page.iter().copied()) };
        let except = known.iter().filter(|run| digest.spans(run) && !page.contains(&run.id));
        Self { except: except.map(|run| run.id.clone()).collect(), ..digest }
    }

    /// Which of these runs of the project were on the page, and whether they are exactly those.
    pub fn select<'a>(&self, known: impl IntoIterator<Item = &'a Run>) -> (Vec<&'a Run>, bool) {
        let is_on = |run: &&Run| self.spans(run) && !self.except.contains(&run.id);
        let runs: Vec<&Run> = known.into_iter().filter(is_on).collect();
        let ids: BTreeSet<&RunId> = runs.iter().map(|run| &run.id).collect();
        let is_exact = digest(ids) == self.ids;
        (runs, is_exact)
    }

    fn spans(&self, run: &Run) -> bool {
        match (began(run), self.span) {
            (Some(at), Some((first, last))) => (first..=last).contains(&at),
            (Some(_), None) => false,
            (None, _) => true,
        }
    }
}

fn began(run: &Run) -> Option<Timestamp> {
    run.start.or(run.end)
}

/// The same for the same ids, in every process and version.
fn digest<'a>(sorted: impl IntoIterator<Item = &'a RunId>) -> String {
    let mut hash = Sha256::new();
    for id in sorted {
        hash.update(id.as_str());
        hash.update([0]);
    }
    let bytes = hash.finalize();
    bytes.iter().take(8).fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{ProjectId, RunStatus};

    fn run(id: u8, start: Option<i64>) -> Run {
        Run {
            project: ProjectId::new("p"),
            id: RunId::new(format!("run {id}")),
            version: None,
            url: None,
            status: RunStatus::Pending,
            trigger: None,
            start: start.map(|at| Timestamp::from_second(at).unwrap()),
            end: None,
            elapsed: None,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(256)))]

        #[test]
        fn whoever_knows_the_same_runs_knows_which_were_on_the_page(
            starts in prop::collection::btree_map(any::<u8>(), prop::option::of(0..40_i64), 0..60),
            on_page in prop::collection::btree_set(any::<u8>(), 0..60),
            forgotten in prop::option::of(any::<prop::sample::Index>()),
        ) {
            let known: Vec<Run> = starts.iter().map(|(id, start)| run(*id, *start)).collect();
            let page = known.iter().map(|run| &run.id);
            let named: BTreeSet<String> = on_page.iter().map(|id| format!("run {id}")).collect();
            let page: Vec<RunId> =
                page.filter(|id| named.contains(id.as_str())).cloned().collect();
            let told = serde_json::to_string(&PageDigest::of(&page, &known)).unwrap();
            let told: PageDigest = serde_json::from_str(&told).unwrap();
            let (runs, is_exact) = told.select(&known);
            let runs: Vec<RunId> = runs.into_iter().map(|run| run.id.clone()).collect();
            prop_assert_eq!((runs, is_exact), (page.clone(), true));
            // One who lacks a run of the page knows that it is not the whole page.
            if let Some(index) = forgotten.filter(|_| !page.is_empty()) {
                let lacking = known.iter().filter(|run| run.id != *index.get(&page));
                prop_assert!(!told.select(lacking).1);
            }
        }
    }

    #[test]
    fn a_page_of_a_hundred_runs_takes_few_bytes() {
        let known: Vec<Run> = (0..200).map(|id| run(id, Some(i64::from(id)))).collect();
        let page: Vec<RunId> = known.iter().rev().take(100).map(|run| run.id.clone()).collect();
        let told = serde_json::to_string(&PageDigest::of(&page, &known)).unwrap();
        assert!(told.len() < 120, "{told}");
    }
}
