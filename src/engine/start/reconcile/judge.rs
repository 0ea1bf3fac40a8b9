//! Starts whose answers went missing, judged together by the runs that each may have begun.

use std::collections::BTreeSet;

use crate::domain::RunId;
use crate::engine::start::journal::{Entry, StartId, StartStage};

/// A start whose answer went missing.
#[derive(Clone, Debug)]
pub(super) struct Case<'a> {
    /// What the journal has of it.
    pub(super) entry: &'a Entry,
    /// Whether everything has been looked at for so long that its run would have appeared.
    pub(super) is_over: bool,
    /// Runs that may be its own and are claimed by no other start, in a fixed order.
    pub(super) candidates: Vec<RunId>,
}

/// What is to be said of a start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Finding {
    /// Nothing yet.
    Wait,
    /// No run appeared.
    NotSeen,
    /// This run is probably its own.
    Ours(RunId),
    /// Any of these may be.
    Ambiguous(Vec<RunId>),
}

/// Judges all starts of one project whose answers went missing. One that was not seen is reopened
/// only by a run that none of the others may have begun.
pub(super) fn judge(cases: &[Case<'_>]) -> Vec<(StartId, Finding)> {
    let (open, before): (Vec<_>, Vec<_>) =
        cases.iter().cloned().partition(|case| case.entry.stage != StartStage::NotSeen);
    let mut findings = judge_alike(&open);
    let wanted: BTreeSet<&RunId> = open.iter().flat_map(|case| &case.candidates).collect();
    let (left, kept): (Vec<_>, Vec<_>) =
        before.into_iter().partition(|case| !case.candidates.iter().any(|r| wanted.contains(r)));
    findings.extend(judge_alike(&left));
    findings.extend(kept.iter().map(|case| (case.entry.id, Finding::Wait)));
    findings
}

fn judge_alike(cases: &[Case<'_>]) -> Vec<(StartId, Finding)> {
    let mut findings = Vec::new();
    for group in groups(cases) {
        let runs: BTreeSet<&RunId> = group.iter().flat_map(|case| &case.candidates).collect();
        let alike = group.iter().all(|case| group.iter().all(|o| case.entry.is_same(o.entry)));
        let is_over = group.iter().all(|case| case.is_over);
        let matched = matching(&group);
        let all_used = matched.iter().flatten().count() == runs.len();
        for (case, run) in group.iter().zip(matched) {
            let finding = match run {
                _ if runs.is_empty() && is_over => Finding::NotSeen,
                _ if runs.is_empty() => Finding::Wait,
                _ if !alike || !all_used => Finding::Ambiguous(case.candidates.clone()),
                _ if runs.len() < group.len() && !is_over => Finding::Wait,
                Some(run) => Finding::Ours(run.clone()),
                None => Finding::NotSeen,
            };
            findings.push((case.entry.id, finding));
        }
    }
    findings
}

/// Cases that share candidates, directly or by way of others.
fn groups<'c, 'a>(cases: &'c [Case<'a>]) -> Vec<Vec<&'c Case<'a>>> {
    let mut groups: Vec<Vec<&Case<'_>>> = Vec::new();
    for case in cases {
        let shares = |group: &Vec<&Case<'_>>| {
            group.iter().any(|other| other.candidates.iter().any(|r| case.candidates.contains(r)))
        };
        let (theirs, others): (Vec<_>, Vec<_>) = groups.into_iter().partition(shares);
        groups = others;
        groups.push(theirs.into_iter().flatten().chain([case]).collect());
    }
    for group in &mut groups {
        group.sort_by_key(|case| case.entry.id);
    }
    groups
}

/// As many cases as possible with a candidate of their own, by augmenting paths.
fn matching<'c>(group: &[&'c Case<'_>]) -> Vec<Option<&'c RunId>> {
    let mut matched = vec![None; group.len()];
    for index in 0..group.len() {
        augment(group, index, &mut BTreeSet::new(), &mut matched);
    }
    matched
}

fn augment<'c>(
    group: &[&'c Case<'_>],
    index: usize,
    tried: &mut BTreeSet<&'c RunId>,
    matched: &mut [Option<&'c RunId>],
) -> bool {
    let candidates = group.get(index).into_iter().flat_map(|case| &case.candidates);
    let (taken, free): (Vec<_>, Vec<_>) = candidates.partition(|run| matched.contains(&Some(run)));
    for run in free.into_iter().chain(taken) {
        if !tried.insert(run) {
            continue;
        }
        let holder = matched.iter().position(|taken| *taken == Some(run));
        if holder.is_none_or(|holder| augment(group, holder, tried, matched)) {
            if let Some(place) = matched.get_mut(index) {
                *place = Some(run);
            }
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::domain::{ProjectId, Text};
    use crate::engine::sync::session::Session;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn entry(number: u32, body: &str) -> Entry {
        Entry {
            id: StartId::new(at(0), Session(1), number),
            by: Session(1),
            who: None,
            project: ProjectId::new("p"),
            title: Text::default(),
            body: json!({"inputParams": {"x": body}}),
            secrets: BTreeSet::new(),
            at: at(0),
            reason: None,
            queue: None,
            after: None,
            stage: StartStage::Sent,
            attempts: 1,
            sent: Some(at(100)),
            deadline: Some(at(120)),
            known: BTreeSet::new(),
            trace: None,
        }
    }

    fn judged(cases: &[(&str, bool, &[&str])]) -> Vec<Finding> {
        let entries: Vec<_> =
            cases.iter().zip(1..).map(|((body, ..), number)| entry(number, body)).collect();
        let cases: Vec<_> = cases
            .iter()
            .zip(&entries)
            .map(|((_, is_over, candidates), entry)| Case {
                entry,
                is_over: *is_over,
                candidates: candidates.iter().map(|id| RunId::new(*id)).collect(),
            })
            .collect();
        let mut findings = judge(&cases);
        findings.sort_by_key(|(ticket, _)| *ticket);
        findings.into_iter().map(|(_, finding)| finding).collect()
    }

    fn ours(run: &str) -> Finding {
        Finding::Ours(RunId::new(run))
    }

    fn any_of(runs: &[&str]) -> Finding {
        Finding::Ambiguous(runs.iter().map(|run| RunId::new(*run)).collect())
    }

    #[test]
    fn one_start_is_settled_by_one_candidate_and_not_seen_only_when_its_time_is_over() {
        assert_eq!(judged(&[("a", false, &[])]), [Finding::Wait]);
        assert_eq!(judged(&[("a", true, &[])]), [Finding::NotSeen]);
        assert_eq!(judged(&[("a", false, &["x"])]), [ours("x")]);
        assert_eq!(judged(&[("a", false, &["x", "y"])]), [any_of(&["x", "y"])]);
    }

    #[test]
    fn starts_that_send_the_same_settle_by_count_and_others_do_not() {
        let both: &[&str] = &["x", "y"];
        assert_eq!(judged(&[("a", false, both), ("a", false, both)]), [ours("x"), ours("y")]);
        assert_eq!(
            judged(&[("a", false, &["x", "y"]), ("a", false, &["x"])]),
            [ours("y"), ours("x")],
            "the later one can only be x"
        );
        let one: &[&str] = &["x"];
        assert_eq!(judged(&[("a", false, one), ("a", false, one)]), [Finding::Wait, Finding::Wait]);
        assert_eq!(judged(&[("a", true, one), ("a", true, one)]), [ours("x"), Finding::NotSeen]);
        assert_eq!(judged(&[("a", true, both), ("b", true, both)]), [any_of(both), any_of(both)]);
        let three: &[&str] = &["x", "y", "z"];
        assert_eq!(
            judged(&[("a", true, three), ("a", true, three)]),
            [any_of(three), any_of(three)]
        );
    }

    #[test]
    fn a_start_that_was_not_seen_takes_no_run_from_one_that_is_looked_for() {
        let [before, now] = [entry(1, "a"), entry(2, "a")];
        let before = Entry { stage: StartStage::NotSeen, ..before };
        let case = |entry, candidates: &[&str]| Case {
            entry,
            is_over: true,
            candidates: candidates.iter().map(|id| RunId::new(*id)).collect(),
        };
        assert_eq!(
            judge(&[case(&before, &["x"]), case(&now, &["x"])]),
            [(now.id, ours("x")), (before.id, Finding::Wait)]
        );
        assert_eq!(
            judge(&[case(&before, &["x"]), case(&now, &[])]),
            [(now.id, Finding::NotSeen), (before.id, ours("x"))],
            "it has arrived after all"
        );
    }

    #[test]
    fn starts_that_share_no_candidate_are_judged_by_themselves() {
        assert_eq!(
            judged(&[("a", false, &["x"]), ("b", false, &["y"]), ("c", true, &[])]),
            [ours("x"), ours("y"), Finding::NotSeen]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(256)))]

        #[test]
        fn no_run_is_given_twice_and_each_only_to_a_start_that_it_may_be_of(
            cases in prop::collection::vec(
                ("[ab]", any::<bool>(), prop::collection::btree_set("[p-u]", 0..4)), 0..6,
            )
        ) {
            let lists: Vec<Vec<&str>> =
                cases.iter().map(|(.., runs)| runs.iter().map(String::as_str).collect()).collect();
            let told: Vec<_> = cases
                .iter()
                .zip(&lists)
                .map(|((body, over, _), runs)| (body.as_str(), *over, runs.as_slice()))
                .collect();
            let findings = judged(&told);
            prop_assert_eq!(findings.len(), cases.len(), "every start has its finding");
            let mut given = BTreeSet::new();
            for (finding, runs) in findings.iter().zip(&lists) {
                match finding {
                    Finding::Ours(run) => {
                        prop_assert!(given.insert(run.clone()));
                        prop_assert!(runs.contains(&run.as_str()));
                    }
                    Finding::Wait | Finding::NotSeen => {}
                    Finding::Ambiguous(any) => {
                        let any: Vec<_> = any.iter().map(RunId::as_str).collect();
                        prop_assert_eq!(&any, runs);
                    }
                }
            }
        }
    }
}
