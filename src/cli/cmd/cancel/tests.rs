//! The command on tokio's paused clock, against the simulated workspace in the same process.

mod story;

use super::end::End;
use super::plan::Consent;
use crate::cli::search::selection::Selection;
use crate::engine::Settings;
use crate::sim::CallKind;
use story::{Story, killed};

#[test]
fn all_that_pass_are_cancelled_with_one_look_at_each_project_that_may_have_them() {
    let ended = Story::default().run("project:churn verdict:runaway");
    assert_eq!((ended.end.code(), ended.states()), (0, vec!["killed"; 3]), "{:?}", ended.seen);
    assert_eq!((killed(&ended), ended.count(CallKind::Cancel)), (3, 3));
    let dry = |filter| {
        let mut story = Story::default();
        story.plan.consent = Consent::DryRun;
        let dry = story.run(filter);
        assert_eq!((dry.end.code(), dry.count(CallKind::Cancel)), (0, 0), "{:?}", dry.seen);
        (dry.seen.lines.len(), dry.count(CallKind::ListRuns))
    };
    assert_eq!(dry("project:churn"), (3, 1));
    assert_eq!(dry("status:running age>45m"), (2, 3), "each project may have such a run");
}

#[test]
fn a_single_run_is_confirmed_by_y_and_several_by_their_number() {
    let one = Story::asked(&["y\n"]).run("project:ad");
    assert_eq!((one.end.code(), killed(&one)), (0, 1), "{:?}", one.seen);
    assert_eq!(one.seen.asked, ["Type y to cancel this run, anything else for no: "]);
    let several = Story::asked(&["3\n"]).run("project:churn");
    assert_eq!((several.end.code(), killed(&several)), (0, 3));
    assert_eq!(several.seen.shown[0], "this cancels 3 runs:");
    assert!(several.seen.shown[1].contains("running (runaway)"), "{:?}", several.seen.shown);
    assert!(several.seen.shown[4].contains("frees 3 kernels"), "{:?}", several.seen.shown);
    for (filter, answers) in [
        ("project:ad", &["n\n"] as &[&str]),
        ("project:ad", &["yes please\n"]),
        ("project:ad", &[""]),
        ("project:churn", &["y\n"]),
        ("project:churn", &["2\n"]),
    ] {
        let no = Story::asked(answers).run(filter);
        assert_eq!((no.end.clone(), no.end.code()), (End::Declined, 1), "{answers:?}");
        assert_eq!(no.count(CallKind::Cancel), 0, "{answers:?}");
    }
}

#[test]
fn a_protected_project_is_confirmed_by_its_title_and_by_nothing_else() {
    let alone = Story::asked(&["Finance close\n"]).protecting().run("project:finance");
    assert_eq!((alone.end.code(), killed(&alone)), (0, 1), "{:?}", alone.seen);
    assert!(alone.seen.asked[0].starts_with("Finance close is protected: type its title"));
    let among = Story::asked(&["Finance close\n", "5\n"]).protecting().run("status:running");
    assert_eq!((among.end.code(), killed(&among)), (0, 5), "{:?}", among.seen);
    for answers in
        [&["y\n"] as &[&str], &["finance close\n"], &["5\n"], &["Finance close\n", "4\n"]]
    {
        let no = Story::asked(answers).protecting().run("status:running");
        assert_eq!((no.end.clone(), no.count(CallKind::Cancel)), (End::Declined, 0), "{answers:?}");
    }
    let given = Story::default().protecting().run("status:running");
    assert_eq!((given.end.code(), given.count(CallKind::Cancel)), (2, 0));
    assert!(given.end.sentences()[0].contains("--protected 'Finance close'"), "{:?}", given.end);
    let mut named = Story::default().protecting();
    named.plan.protected = vec!["Finance close".to_owned()];
    assert_eq!(named.run("status:running").end.code(), 0);
}

#[test]
fn a_cancel_that_hex_keeps_failing_is_told_as_stuck_with_the_reason() {
    let failing = Story { faults: &["cancel:500=1"], ..Story::default() }.run("project:ad");
    assert_eq!((failing.end.code(), failing.states()), (1, vec!["stuck"]), "{:?}", failing.seen);
    let line = &failing.seen.lines[0];
    assert!(line["why"].as_str().unwrap().contains("500"), "{line}");
    assert_eq!((&line["status"], &line["deletes"]), (&"RUNNING".into(), &8.into()), "{line}");
    assert_eq!(killed(&failing), 0);
    let once = Story { faults: &["cancel:timeout=#1"], ..Story::default() }.run("project:ad");
    assert_eq!((once.end.code(), once.states()), (0, vec!["killed"]), "{:?}", once.seen);
    let lost =
        Story { faults: &["cancel:answer-lost=#1"], ..Story::default() }.run("project:churn");
    assert_eq!((lost.end.code(), killed(&lost)), (0, 3), "{:?}", lost.seen);
}

#[test]
fn a_signal_withdraws_what_has_not_left_and_says_what_has() {
    let settings = Settings { requests_per_minute: 8, ..Story::default().settings };
    let story = Story { settings, stop: Some(30), ..Story::default() };
    let left = story.run("status:running");
    let sent = left.count(CallKind::Cancel);
    assert!((1..5).contains(&sent), "{sent} have left: {:?} {:?}", left.end, left.seen);
    let withdrawn = left.states().iter().filter(|state| **state == "withdrawn").count();
    assert_eq!((left.states().len(), withdrawn as u64), (5, 5 - sent), "{:?}", left.seen);
    assert_eq!(left.end.code(), 130);
    let sentence = left.end.sentences().concat();
    assert!(sentence.contains("never sent and withdrawn"), "{sentence}");
    assert_eq!(killed(&left) as u64, sent, "what was withdrawn goes on");
}

#[test]
fn whoever_does_not_wait_is_told_that_hex_has_accepted_it() {
    let mut story = Story::default();
    story.plan.waits = false;
    let ended = story.run("project:churn");
    assert_eq!((ended.end.code(), ended.states()), (0, vec!["accepted"; 3]), "{:?}", ended.seen);
    assert!(ended.seen.lines.iter().all(|line| line["status"] == "RUNNING"));
}

#[test]
fn what_gets_through_nowhere_or_is_refused_ends_with_its_own_code() {
    let offline = Story { faults: &["reset=1"], ..Story::default() }.run("project:churn");
    assert_eq!((offline.end.code(), offline.count(CallKind::Cancel)), (4, 0), "{:?}", offline.end);
    let revoked = Story { faults: &["revoked=1"], ..Story::default() }.run("project:churn");
    assert_eq!(revoked.end.code(), 3, "{:?}", revoked.end);
    let half = Story { faults: &["cancel:revoked=1"], ..Story::default() }.run("project:churn");
    assert_eq!((half.end.code(), killed(&half)), (3, 0), "{:?}", half.end);
    let nothing = Story::default().run("project:nowhere");
    assert_eq!(nothing.end.code(), 5);
    let sentence = nothing.end.sentences().concat();
    assert!(sentence.contains("no active run passes project:nowhere"), "{sentence}");
    assert_eq!(nothing.count(CallKind::ListRuns), 0, "no project may have such a run");
}

#[test]
fn a_list_of_projects_that_hex_keeps_failing_is_given_up() {
    let ended =
        Story { faults: &["list-projects:500=1"], ..Story::default() }.run("status:running");
    assert_eq!((ended.end.code(), ended.count(CallKind::Cancel)), (4, 0), "{:?}", ended.end);
    let sentence = ended.end.sentences().concat();
    assert!(sentence.contains("the projects cannot be listed: Hex failed (500"), "{sentence}");
    let heard: Vec<_> = ended.seen.heard.iter().filter(|text| text.contains("listed")).collect();
    assert!(heard.len() == 1 && heard[0].ends_with("; trying again"), "{:?}", ended.seen.heard);
}

#[test]
fn whoever_waits_sees_how_many_are_over_and_when_the_last_leaves() {
    let settings = Settings { requests_per_minute: 8, ..Story::default().settings };
    let ended = Story { settings, ..Story::default() }.run("status:running");
    assert_eq!((ended.end.code(), killed(&ended)), (0, 5), "{:?}", ended.seen);
    let mut texts = ended.seen.watched.iter().map(|(_, text)| text.as_str());
    assert!(texts.any(|text| text.contains("to leave, the last in")), "{:?}", ended.seen.watched);
    let last = &ended.seen.watched.last().unwrap().1;
    assert_eq!(last, "3 of 5 runs over, 2 sent: waiting until Hex says that they have ended");
}

#[test]
fn a_project_that_cannot_be_looked_at_is_told_and_the_others_are_cancelled_all_the_same() {
    let again = Story { faults: &["list-runs:500=#1"], ..Story::default() }.run("status:running");
    assert_eq!((again.end.code(), killed(&again)), (0, 5), "it is repeated: {:?}", again.seen);
    // The third project's first look and both that repeat it.
    let faults = &["list-runs:500=#1", "list-runs:500=#4", "list-runs:500=#5"];
    let partly = Story { faults, ..Story::default() }.run("status:running");
    assert_eq!((partly.end.code(), killed(&partly)), (1, 4), "{:?}", partly.seen);
    let heard = partly.seen.heard.concat();
    assert!(heard.contains("Finance close could not be looked at: Hex failed (500"), "{heard}");
}

#[test]
fn a_person_who_waits_is_told_how_far_the_looks_are() {
    let slow = Story { faults: &["list-runs:latency=1"], ..Story::default() }.run("status:running");
    assert_eq!(slow.end.code(), 0);
    let mut watched = slow.seen.watched.iter().map(|(_, text)| text.as_str());
    let looks = "looking for the runs: 1 of 3 projects";
    assert!(watched.any(|text| text == looks), "{:?}", slow.seen.watched);
}

/// A run that hangs behind more newer ones than a look shows.
const BUSY: &str = r#"
[kernels]
total = 1000
stop = "1s"

[[project]]
title = "Busy"
median = "60s"
spread = 0.0
hung = [400.0]
api-per-hour = 60.0
past = 300

[[project]]
title = "Idle"
"#;

#[test]
fn a_run_behind_all_that_a_look_shows_is_found_by_its_address_and_by_its_project() {
    let story = || Story { scenario: BUSY, ..Story::default() };
    let world = story().world();
    let hung = world.runs().filter(|run| run.is_active()).min_by_key(|run| run.created()).unwrap();
    let newer = world.runs().filter(|run| run.created() > hung.created()).count();
    assert!(newer > 100, "only {newer} are newer");
    let project = world.project_of(hung).unwrap().id();
    let address = format!("https://app.hex.tech/acme/hex/{project}/run/{}", hung.id());
    let on = |run: String, project: Option<&str>| {
        let project = project.map(str::to_owned);
        story().run_on(Selection { runs: vec![run], project, ..Selection::default() })
    };
    for ended in [on(address, None), on(hung.id().to_string(), Some("Busy"))] {
        assert_eq!((ended.end.code(), ended.states()), (0, vec!["killed"]), "{:?}", ended.seen);
        assert!(ended.count(CallKind::RunStatus) > 0);
    }
    let unseen = on(hung.id().to_string(), None);
    assert_eq!((unseen.end.code(), unseen.count(CallKind::Cancel)), (5, 0));
    let why = unseen.end.sentences().concat();
    assert!(why.contains("If it is older, give its address in Hex"), "{why}");
}
