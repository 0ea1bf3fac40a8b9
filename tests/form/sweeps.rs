//! Sweeps through the keys: several values in a field, a file of them, their queue, and a start
//! that waits for room.

use super::*;
use hextop::domain::Boot;
use hextop::domain::inputs::{Cardinality, Table};
use hextop::engine::model::QueueState;
use hextop::sim::SimRun;

/// The notes of all runs that were started with one.
fn notes(stage: &TestApp) -> Vec<String> {
    let mut runs: Vec<&SimRun> = stage.world.runs().collect();
    runs.sort_by_key(|run| run.created());
    let note = |run: &&SimRun| run.inputs().get("note")?.as_str().map(str::to_owned);
    runs.iter().filter_map(note).collect()
}

/// The form, with the last input in focus and these values in it.
fn with_notes(stage: &mut TestApp, values: &str) {
    stage.press("t").unwrap();
    stage.run_for(secs(1));
    stage.press("Tab Tab Tab Tab Tab ctrl-l").unwrap();
    stage.type_in(values);
}

fn state(stage: &TestApp) -> QueueState {
    stage.state.model().queues(stage.now())[0].state.clone()
}

#[test]
fn a_sweep_is_sent_paused_resumed_and_cut_by_keys() {
    let mut stage = open_with(&scenario(), Settings::default());
    with_notes(&mut stage, "a, b, c, d, e");
    see(&mut stage, "text ×5");
    see(&mut stage, "5 values: a, b, c … e");
    see(&mut stage, "5 starts: note ×5");
    stage.press("ctrl-s").unwrap();
    see(&mut stage, "5 runs: the last leaves at once and ends in about 10 min");
    see(&mut stage, "The first of 5 bodies");
    see(&mut stage, "\"note\": \"e\"");
    stage.press("ctrl-y").unwrap();
    stage.run_for(secs(2));
    see(&mut stage, "Hex would start the first and the last. Nothing was started.");
    assert_eq!((posts(&stage), notes(&stage).len()), (0, 0));
    let checked = |(_, call): &&(Boot, Call)| matches!(call, Call::DryRun { .. });
    assert_eq!(stage.sent.iter().filter(checked).count(), 2);
    stage.press("n").unwrap();
    stage.type_in("a backfill");
    stage.press("Enter").unwrap();
    see(&mut stage, "Reason: a backfill");
    stage.press("Enter").unwrap();
    assert!(stage.run_until(secs(2), |stage| posts(stage) == 2));
    stage.press("Space").unwrap();
    stage.run_for(secs(60));
    assert_eq!(notes(&stage), ["a", "b"]);
    see(&mut stage, "2/5");
    see(&mut stage, "paused: by you");
    stage.press("Space").unwrap();
    assert!(stage.run_until(secs(2), |stage| posts(stage) == 3));
    stage.press("x").unwrap();
    see(&mut stage, "Take back 2 starts? What has left stays.");
    stage.press("n").unwrap();
    assert!(matches!(state(&stage), QueueState::Going(_)));
    stage.press("Space x y").unwrap();
    stage.run_for(secs(60));
    assert_eq!(notes(&stage), ["a", "b", "c"]);
    see(&mut stage, "2 taken back");
    stage.press("Enter").unwrap();
    see(&mut stage, "taken back");
    see(&mut stage, "note=\"e\"");
    stage.press("Esc Esc").unwrap();
    let reasons: Vec<_> = stage.state.model().starts().map(|s| s.entry.reason.clone()).collect();
    assert_eq!(reasons, vec![Some("a backfill".to_owned()); 5]);
    assert!(stage.world.runs().filter(|run| run.is_active()).count() == 3, "none was cancelled");
}

#[test]
fn many_starts_are_confirmed_by_their_number_and_never_by_enter_alone() {
    for confirm in ["Enter", "y"] {
        let mut stage = open_with(&scenario(), Settings::default());
        with_notes(&mut stage, "a, b, c, d, e, f, g, h, i, j, k, l");
        stage.press("ctrl-s Enter y Enter").unwrap();
        see(&mut stage, "type 12 first");
        stage.press("1 Enter 3 Enter y").unwrap();
        stage.run_for(secs(5));
        assert_eq!((posts(&stage), notes(&stage).len()), (0, 0));
        stage.press("Backspace 2").unwrap();
        stage.press(confirm).unwrap();
        stage.run_for(secs(30));
        assert_eq!(notes(&stage).len(), 12, "{confirm}");
        assert_eq!(stage.world.refused(), 0);
    }
}

#[test]
fn a_list_of_one_is_an_ordinary_start() {
    let mut stage = open_with(&scenario(), Settings::default());
    with_notes(&mut stage, "alone");
    stage.press("ctrl-s Enter").unwrap();
    stage.run_for(secs(2));
    assert_eq!(given(&stage), json!({"note": "alone"}));
    assert!(stage.state.model().queues(stage.now()).is_empty());
}

#[test]
fn several_fields_multiply_and_what_is_wrong_stands_under_its_field() {
    let mut stage = open(&scenario());
    // Of the choices two are ticked; one of the numbers is none.
    stage.press("ctrl-l Down Enter Down Enter Esc Tab ctrl-l").unwrap();
    stage.type_in("0.5, x");
    see(&mut stage, "↑ not a number");
    stage.press("ctrl-s").unwrap();
    see(&mut stage, "1 thing to mend first");
    stage.press("Backspace 1 ctrl-s").unwrap();
    see(&mut stage, "Over region ×2, threshold ×2.");
    stage.press("Esc Tab Tab Tab Tab ctrl-l").unwrap();
    let many: Vec<_> = (0..300).map(|n| n.to_string()).collect();
    stage.tell(Msg::Paste(many.join(",")));
    see(&mut stage, "1200 starts, but at most 1000 go in one sweep");
    stage.press("ctrl-s").unwrap();
    see(&mut stage, "1200 starts, but at most 1000 go in one sweep");
    stage.press("ctrl-x ctrl-s Enter").unwrap();
    stage.run_for(secs(10));
    let mut given: Vec<_> = stage
        .world
        .runs()
        .filter(|run| run.is_active())
        .map(|run| Value::Object(run.inputs().clone()).to_string())
        .collect();
    given.sort();
    let body = |region: &str, n: &Value| json!({"region": region, "threshold": n}).to_string();
    let (half, one) = (json!(0.5), json!(1));
    assert_eq!(
        given,
        [body("amer", &half), body("amer", &one), body("emea", &half), body("emea", &one)]
    );
}

#[test]
fn a_file_with_a_mistake_is_refused_with_its_line_and_nothing_is_lost() {
    let mut stage = open(&scenario());
    stage.press("Tab Tab Tab Tab Tab").unwrap();
    stage.type_in("kept");
    stage.press("ctrl-f").unwrap();
    stage.type_in("~/rows.csv");
    stage.press("Enter").unwrap();
    assert_eq!(stage.asked, [Effect::Read("~/rows.csv".to_owned())]);
    see(&mut stage, "reading it");
    let text = "region,threshold,extra\namer,0.5,1\nemea,much,\n";
    stage.tell(Msg::FileRead(Ok(text.to_owned())));
    see(&mut stage, "line 3, column `threshold`: not a number");
    see(&mut stage, "Path: ~/rows.csv");
    stage.press("Enter").unwrap();
    stage.tell(Msg::FileRead(Err("rows.csv cannot be read: no such file".to_owned())));
    see(&mut stage, "cannot be read");
    stage.press("Esc").unwrap();
    see(&mut stage, "kept");
    assert!(!screen(&mut stage).contains("extra"));
    stage.press("ctrl-f").unwrap();
    stage.tell(Msg::Paste("/tmp/rows.csv\n".to_owned()));
    stage.press("Enter").unwrap();
    stage.tell(Msg::FileRead(Ok("region,threshold\namer,0.5\nemea,\n".to_owned())));
    see(&mut stage, "rows.csv: 2 starts, columns region, threshold");
    see(&mut stage, "2 starts: rows.csv ×2");
    see(&mut stage, "from rows.csv");
    stage.press("ctrl-s Enter").unwrap();
    stage.run_for(secs(5));
    let mut given: Vec<_> =
        stage.world.runs().filter(|run| run.is_active()).map(|run| run.inputs().len()).collect();
    given.sort_unstable();
    assert_eq!(given, [2, 3], "an empty cell is not sent, the other field is");
}

#[test]
fn a_file_can_be_taken_out_again() {
    let mut stage = open(&scenario());
    stage.press("ctrl-f f Enter").unwrap();
    stage.tell(Msg::FileRead(Ok("extra\n1\n2\n".to_owned())));
    see(&mut stage, "f: 2 starts, column extra");
    stage.press("ctrl-x").unwrap();
    let shown = screen(&mut stage);
    assert!(!shown.contains("extra") && !shown.contains("starts"), "{shown}");
    stage.press("ctrl-s Enter").unwrap();
    stage.run_for(secs(2));
    assert_eq!(given(&stage), json!({}));
}

/// A workspace with one kernel, which is taken for a minute.
fn crowded() -> (TestApp, Settings) {
    let mut scenario = scenario();
    scenario.kernels.total = 1;
    scenario.projects[0].median = secs(60);
    scenario.projects[0].spread = 0.01;
    scenario.projects[0].failure = 0.0;
    let settings = Settings { kernels: 1, ..Settings::default() };
    let mut stage = open_with(&scenario, settings.clone());
    stage.press("t ctrl-s Enter").unwrap();
    stage.run_for(secs(10));
    assert_eq!(stage.world.kernels_taken(), 1);
    stage.press("t").unwrap();
    stage.run_for(secs(1));
    stage.press("Tab Tab Tab Tab Tab").unwrap();
    stage.type_in("mine");
    stage.press("ctrl-s Enter").unwrap();
    stage.run_for(secs(1));
    (stage, settings)
}

#[test]
fn a_sweep_goes_on_while_forty_runs_of_others_are_active() {
    let mut scenario = scenario();
    scenario.projects[0].running = 40;
    let mut stage = open_with(&scenario, Settings::default());
    assert_eq!(stage.state.model().running_runs(), 40);
    with_notes(&mut stage, "a, b, c, d, e");
    stage.press("ctrl-s").unwrap();
    see(&mut stage, "the last leaves at once");
    stage.press("Enter").unwrap();
    stage.run_for(secs(30));
    assert_eq!(notes(&stage), ["a", "b", "c", "d", "e"]);
    assert_eq!((posts(&stage), stage.world.kernels_taken()), (5, 5));
    assert!(!screen(&mut stage).contains("of 25 kernels"), "that is far from all");
}

#[test]
fn a_sweep_that_hex_has_no_kernels_for_goes_on_as_its_own_runs_end() {
    let mut scenario = scenario();
    // Three of the user's kernels are free for hextop, whatever the settings say.
    scenario.kernels.total = 3;
    (scenario.projects[0].running, scenario.projects[0].median) = (9, secs(120));
    (scenario.projects[0].spread, scenario.projects[0].failure) = (0.01, 0.0);
    let mut stage = open_with(&scenario, Settings::default());
    with_notes(&mut stage, "a, b, c, d, e, f");
    stage.press("ctrl-s Enter").unwrap();
    stage.run_for(secs(15));
    assert_eq!(notes(&stage), ["a", "b", "c"]);
    see(&mut stage, "kernels 25/25 FULL, 3 wait");
    see(&mut stage, "Hex has no kernel free; it goes on when a run ends that may hold yours");
    assert_eq!(posts(&stage), 4, "three and one that was refused");
    stage.press("Esc t").unwrap();
    stage.run_for(secs(1));
    stage.press("ctrl-s").unwrap();
    see(&mut stage, "3 of 25 kernels are held by runs started here");
    see(&mut stage, "with 3 runs started here holding one");
    stage.press("Esc Esc y").unwrap();
    stage.run_for(secs(400));
    assert_eq!(notes(&stage), ["a", "b", "c", "d", "e", "f"]);
    assert!(posts(&stage) < 12, "{} requests for six starts", posts(&stage));
    assert!(!screen(&mut stage).contains("FULL"));
}

#[test]
fn after_a_503_the_runs_that_would_free_a_kernel_are_named_own_first() {
    let mut scenario = scenario();
    scenario.kernels.total = 1;
    scenario.projects[0].running = 2;
    let mut stage = open_with(&scenario, Settings::default());
    stage.press("t ctrl-s Enter").unwrap();
    stage.run_for(secs(10));
    stage.press("t ctrl-s Enter").unwrap();
    stage.run_for(secs(2));
    see(&mut stage, "To free one, cancel Weekly revenue");
    see(&mut stage, "may be yours: Weekly revenue");
}

#[test]
fn a_start_refused_for_want_of_a_kernel_leaves_once_when_there_is_one() {
    let (mut stage, _) = crowded();
    see(&mut stage, "w sends it at the first moment");
    see(&mut stage, "To free one, cancel Weekly revenue");
    stage.run_for(secs(5));
    assert_eq!(posts(&stage), 2, "not by itself");
    stage.press("Esc").unwrap();
    see(&mut stage, "mine");
    stage.press("ctrl-s Enter").unwrap();
    stage.run_for(secs(1));
    stage.press("w").unwrap();
    see(&mut stage, "Waiting for room");
    stage.run_for(secs(20));
    assert_eq!(notes(&stage).len(), 0);
    stage.run_for(secs(120));
    assert_eq!(notes(&stage), ["mine"]);
    let posts_then = posts(&stage);
    stage.run_for(secs(300));
    assert_eq!((notes(&stage).len(), posts(&stage)), (1, posts_then));
    assert!(stage.state.model().queues(stage.now())[0].started == 1);
}

#[test]
fn a_start_refused_by_the_limit_leaves_once_when_it_may() {
    let mut scenario = scenario();
    scenario.limits.triggers_per_minute = 1;
    let mut stage = open_with(&scenario, Settings::default());
    stage.press("t ctrl-s Enter").unwrap();
    stage.run_for(secs(3));
    stage.press("t").unwrap();
    stage.run_for(secs(1));
    stage.press("Tab Tab Tab Tab Tab").unwrap();
    stage.type_in("mine");
    stage.press("ctrl-s Enter").unwrap();
    stage.run_for(secs(1));
    see(&mut stage, "(429): no run was created");
    stage.press("w").unwrap();
    see(&mut stage, "it goes out in");
    stage.run_for(secs(300));
    assert_eq!(notes(&stage), ["mine"]);
}

#[test]
fn a_start_that_waits_for_room_can_be_taken_back() {
    for way in ["form", "row"] {
        let (mut stage, _) = crowded();
        stage.press("w").unwrap();
        stage.run_for(secs(2));
        if way == "form" {
            stage.press("Esc").unwrap();
            see(&mut stage, "mine");
            stage.press("Esc y").unwrap();
        } else {
            stage.press("Enter").unwrap();
            see(&mut stage, "X takes it back");
            stage.press("Home X").unwrap();
        }
        stage.run_for(secs(300));
        assert_eq!(notes(&stage).len(), 0, "{way}");
    }
}

#[test]
fn the_cursor_stays_where_it_is_while_a_sweep_starts_its_runs() {
    let mut stage = open_with(&scenario(), Settings::default());
    stage.press("G y").unwrap();
    let copied = stage.asked.last().cloned();
    with_notes(&mut stage, "a, b, c, d, e");
    stage.press("ctrl-s Enter").unwrap();
    stage.run_for(secs(20));
    assert_eq!(notes(&stage).len(), 5);
    stage.press("Esc y").unwrap();
    assert_eq!(stage.asked.last().cloned(), copied);
}

#[test]
fn quitting_says_what_of_a_queue_is_not_sent() {
    let mut stage = open_with(&scenario(), Settings::default());
    with_notes(&mut stage, "a, b, c, d, e");
    stage.press("ctrl-s Enter Space Esc").unwrap();
    stage.run_for(secs(12));
    see(&mut stage, "paused (Q)");
    stage.press("ctrl-c").unwrap();
    see(&mut stage, "a queue of 4 starts not sent");
    assert!(!stage.is_over());
    stage.press("ctrl-c").unwrap();
    assert!(stage.is_over());
}

#[test]
fn what_has_failed_of_a_queue_is_started_again() {
    let mut scenario = scenario();
    scenario.projects[0].failure = 1.0;
    scenario.projects[0].median = secs(5);
    let mut stage = open_with(&scenario, Settings::default());
    with_notes(&mut stage, "a, b");
    stage.press("ctrl-s Enter").unwrap();
    stage.run_for(secs(90));
    see(&mut stage, "2 failed");
    stage.press("t").unwrap();
    see(&mut stage, "Start 2 failed starts again?");
    stage.press("y").unwrap();
    stage.run_for(secs(5));
    assert_eq!(notes(&stage), ["a", "b", "a", "b"]);
    assert_eq!(stage.state.model().queues(stage.now()).len(), 2);
}

#[test]
fn a_start_of_a_queue_that_never_reached_hex_is_told_and_can_be_tried_again() {
    let mut scenario = with_faults(&["trigger:timeout=#2"]);
    scenario.projects[0].failure = 0.0;
    let mut stage = open_with(&scenario, Settings::default());
    with_notes(&mut stage, "a, b, c");
    stage.press("ctrl-s Enter").unwrap();
    stage.run_for(secs(60));
    assert_eq!(notes(&stage), ["a"], "the next waits until that is settled");
    stage.run_for(secs(240));
    assert_eq!(notes(&stage), ["a", "c"]);
    see(&mut stage, "3/3");
    see(&mut stage, "1 failed");
    stage.press("t y").unwrap();
    stage.run_for(secs(5));
    assert_eq!(notes(&stage), ["a", "c", "b"]);
    assert_eq!(posts(&stage), 4);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(hextop::testkit::cases(150)))]

    /// Whatever stands in a sweep, each of its starts is one that the strict paths take for a body.
    #[test]
    fn a_sweep_that_can_be_finished_has_only_bodies_that_the_schema_takes(
        rows in prop::collection::vec(
            (
                prop::sample::select(vec!["region", "threshold", "segments", "start_date", "note", "odd"]),
                prop::sample::select(ParamKind::ALL.to_vec()),
                "-?[0-9]{1,2}|[0-9]\\.\\.[0-9]{1,2}|emea, amer|-3d\\.\\.today|false, true|\\[1, \"a\"\\]|.{0,6}",
                any::<bool>(),
            ),
            0..4,
        ),
        file in prop::option::of("(region|note|n)(,(threshold|start_date))?\n([a-z0-9]{0,3},?[0-9]{0,2}\n){1,4}"),
        view in prop::option::of(Just("v".to_owned())),
        which in any::<prop::sample::Index>(),
    ) {
        let mut lenient = scenario();
        lenient.limits.per_minute = 100_000;
        let stage = TestApp::new(&lenient, 7, Settings::default(), SIZE);
        let now = "2026-11-24T10:00:00[Europe/Berlin]".parse().unwrap();
        let mut draft = Draft::default();
        for (name, kind, text, several) in rows {
            let spec = ParamSpec { kind, ..ParamSpec::named(name, Source::Export) };
            let mut row = ParamRow::fresh(spec);
            (row.text, row.set, row.origin) = (text, true, Origin::Typed);
            row.holds = if several { Cardinality::Several } else { Cardinality::One };
            draft.rows.push(row);
        }
        draft.options.view = view;
        if let Some(Ok(table)) = file.map(|text| Table::parse("f.csv", &text)) {
            let before = draft.clone();
            if draft.take_table(table, &now).is_err() {
                prop_assert_eq!(&draft, &before);
            }
        }
        let Ok(starts) = draft.finish_all(&now) else { return Ok(()) };
        prop_assert!((1..=1000).contains(&starts.count()));
        prop_assert_eq!(starts.iter().count(), starts.count());
        for start in [starts.first(), starts.last(), starts.nth(which.index(starts.count())).unwrap()] {
            prop_assert!(Body::of(&start.body()).is_ok());
            let mut world = World::new(&lenient, 7, stage.now());
            let project = world.projects().next().unwrap().id();
            let call = Call::DryRun { project, start };
            let said = status(&mut world, &call, &stage);
            prop_assert!(said == 201 || said == 422, "{} to {:?}", said, call);
        }
    }
}
