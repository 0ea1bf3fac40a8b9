//! What the guard lets pass.

use super::*;
use crate::domain::RunId;
use crate::domain::rules::{MaxDuration, Pattern};

fn guard(protected: &[&str]) -> Guard {
    let protected: Vec<_> = protected.iter().map(|&name| name.to_owned()).collect();
    Guard::of(vec![Rule::protecting(&protected)])
}

/// Whether an order for one run of a protected project passes that names these.
fn passes(protected: &str, title: Option<&str>, named: &[&str]) -> bool {
    let order = CancelOrder {
        runs: vec![(ProjectId::new("0f3c-p"), RunId::new("a0d4c6f2-1b3e"))],
        named: named.iter().map(|&name| name.to_owned()).collect(),
        ..CancelOrder::default()
    };
    guard(&[protected]).check(&order, |_| title).is_ok()
}

#[test]
fn a_protected_project_is_cancelled_only_by_whoever_names_it() {
    let title = Some("Cafe\u{301}\u{a0}revenue ");
    for (protected, named, expected) in [
        ("Café revenue", &[] as &[&str], false),
        ("Café revenue", &[""], false),
        ("Café revenue", &["yes", "y", "Café", "café revenue"], false),
        ("café REVENUE", &["  Café   revenue\n"], true),
        ("Café revenue", &["other", "Cafe\u{301} revenue"], true),
        ("0F3C-P", &["Café revenue"], true),
        ("0f3c-p", &["0f3c-p"], true),
        ("0f3c-p", &[], false),
        ("Café revenue", &["a0d4c6f2"], true),
        ("another", &[], true),
    ] {
        assert_eq!(passes(protected, title, named), expected, "{protected} {named:?}");
    }
}

#[test]
fn until_hex_has_told_its_title_every_project_may_be_the_protected_one() {
    for title in [None, Some("0f3c-p")] {
        assert!(!passes("Finance close", title, &[]));
        assert!(!passes("Finance close", title, &["Finance close"]));
        assert!(passes("Finance close", title, &["0f3c-p"]));
    }
    let id = ProjectId::new("p");
    assert_eq!(Guard::default().name(Subject::of(&id, None)), None);
}

#[test]
fn one_protected_project_among_others_keeps_the_whole_order_from_passing() {
    let runs = ["a", "b", "c"].map(|id| (ProjectId::new(id), RunId::new(id))).to_vec();
    let guard = guard(&["b", "c"]);
    let title = |id: &ProjectId| Some(if id.as_str() == "a" { "Alpha" } else { "Beta" });
    let refused = |named: &[&str]| {
        let named = named.iter().map(|&name| name.to_owned()).collect();
        guard
            .check(&CancelOrder { runs: runs.clone(), named, ..CancelOrder::default() }, title)
            .err()
    };
    assert_eq!(refused(&[]), Some(Refusal::Protected { name: "Beta".to_owned() }));
    assert_eq!(refused(&["b"]), Some(Refusal::Protected { name: "Beta".to_owned() }), "not c");
    assert_eq!(refused(&["b", "c"]), None);
}

/// A rule about projects with these titles.
fn rule(name: &str, projects: &[&str]) -> Rule {
    let projects = projects.iter().map(|text| Pattern::new(text)).collect();
    Rule { projects, ..Rule::named(name) }
}

fn limit(hours: u64, action: Action) -> MaxDuration {
    MaxDuration { limit: Duration::from_hours(hours), action }
}

#[test]
fn a_project_that_is_read_only_is_neither_cancelled_nor_started_whoever_names_it() {
    let guard = Guard::of(vec![Rule { read_only: true, ..rule("audit", &["Fin*"]) }]);
    let (id, run) = (ProjectId::new("p"), RunId::new("r"));
    let order = CancelOrder {
        runs: vec![(id.clone(), run)],
        named: vec!["Finance".to_owned()],
        ..CancelOrder::default()
    };
    let refusal = guard.check(&order, |_| Some("Finance")).unwrap_err();
    assert!(!refusal.passes());
    assert!(refusal.to_string().starts_with("the rule `audit` makes Finance read only"));
    assert_eq!(guard.check(&order, |_| Some("Churn")), Ok(()));
    assert!(guard.check(&order, |_| None).is_err(), "it may be called so");
    let start = |title| {
        let of = Subject::of(&id, title);
        guard.check_start(of, 0, Timestamp::UNIX_EPOCH, &TimeZone::UTC)
    };
    assert_eq!((start(Some("Finance")), start(Some("Churn"))), (Err(refusal), Ok(())));
}

#[test]
fn starts_are_refused_outside_the_hours_and_beyond_the_number_of_runs() {
    let hours = "mon-fri 08:00-18:00".parse().unwrap();
    let guard = Guard::of(vec![
        Rule { allowed_hours: Some(hours), ..rule("office", &["Churn"]) },
        Rule { max_concurrent: Some(2), ..rule("pool", &[]) },
    ]);
    let id = ProjectId::new("p");
    let said = |title, active, at: &str| {
        let at: Timestamp = at.parse().unwrap();
        let of = Subject::of(&id, Some(title));
        let refused = guard.check_start(of, active, at, &TimeZone::get("Europe/Berlin").unwrap());
        refused.err().map(|refusal| (refusal.passes(), refusal.to_string()))
    };
    let [friday, evening] = ["2026-11-27T07:00:00Z", "2026-11-27T17:00:00Z"];
    assert_eq!(said("Churn", 1, friday), None, "eight o'clock in Berlin");
    let refused = "the rule `office` lets runs of Churn be started only mon-fri 08:00-18:00";
    assert_eq!(said("Churn", 1, evening), Some((true, refused.to_owned())));
    assert_eq!(said("Revenue", 1, evening), None);
    let full =
        "the rule `pool` lets 2 runs of Revenue be active at a time, and 2 are or are about to be";
    assert_eq!(said("Revenue", 2, evening), Some((true, full.to_owned())));
}

#[test]
fn a_run_is_ended_only_by_a_rule_that_certainly_is_about_it_and_never_where_it_is_protected() {
    let cancels =
        Rule { max_duration: Some(limit(2, Action::Cancel)), ..rule("nightly", &["Churn*"]) };
    let runaways = Rule { cancel_runaway: true, ..rule("hung", &[]) };
    let tells = Rule { max_duration: Some(limit(1, Action::Notify)), ..rule("long", &[]) };
    let keeps = Rule { protected: true, ..rule("close", &["Churn close"]) };
    let guard = Guard::of(vec![tells, cancels, runaways, keeps]);
    let id = ProjectId::new("p");
    let ends = |title, hours: u64, verdict| {
        let of = Subject::of(&id, title);
        let found = guard.ends(of, Duration::from_mins(60 * hours + 1), verdict);
        found.map(|(rule, cause)| (rule.name.as_str(), cause.to_string()))
    };
    let late = Some(Verdict::Slow);
    let by = |rule, cause: &str| Some((rule, cause.to_owned()));
    assert_eq!(ends(Some("Churn model"), 2, None), by("nightly", "longer than 2h"));
    assert_eq!(ends(Some("Churn model"), 1, late), None, "that rule only tells");
    assert_eq!(ends(Some("Revenue"), 9, late), None);
    assert_eq!(ends(Some("Revenue"), 1, Some(Verdict::Runaway)), by("hung", "runaway"));
    assert_eq!(ends(Some("Churn close"), 9, Some(Verdict::Runaway)), None, "protected");
    assert_eq!(ends(None, 9, Some(Verdict::Runaway)), None, "it may be the protected one");
    let of = |title| guard.limit(Subject::of(&id, title)).map(|(rule, _)| rule.name.clone());
    assert_eq!(of(Some("Churn model")), Some("long".to_owned()), "the shortest");
}
