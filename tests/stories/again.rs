//! Cancel and start again, against the simulated workspace.

use super::journal::{bodies, opened, scenario, see, select, start_in};
use super::*;

#[test]
fn a_run_is_cancelled_and_started_again_with_its_inputs_once_it_is_killed_and_only_once() {
    let mut stage = opened(&scenario());
    let run = start_in(&mut stage, "amer");
    select(&mut stage, run.as_str());
    stage.press("X").unwrap();
    stage.run_for(secs(1));
    stage.press("r").unwrap();
    see(&mut stage, "once it is cancelled, with");
    stage.press("y y").unwrap();
    let is_over = |stage: &TestApp| api_runs(stage).iter().all(|known| known.id() != run);
    wait(&mut stage, 60, "the end of the run", is_over);
    assert_eq!(bodies(&stage).len(), 1, "while it goes on nothing is started");
    let killed = stage.sent.len();
    stage.run_for(secs(60));
    let calls: Vec<_> = stage.sent.iter().map(|(_, call)| call).collect();
    let place = |is: &dyn Fn(&Call) -> bool| calls.iter().rposition(|call| is(call)).unwrap();
    let delete = place(&|call| matches!(call, Call::Cancel { .. }));
    let post = place(&|call| matches!(call, Call::Trigger { .. }));
    // The workspace moves on as it is asked, so the last request before the end was seen may be the one that shows it.
    let is_read = |call: &&Call| match call {
        Call::RunStatus { run: read, .. } => *read == run,
        Call::ListRuns { .. } => true,
        _ => false,
    };
    let shows_end = &calls[killed - 1..post];
    assert!(delete < killed - 1 && shows_end.iter().any(is_read), "{shows_end:?}");
    let sent = bodies(&stage);
    assert_eq!(sent.len(), 2, "the first and the one again");
    assert_eq!(sent[1], sent[0]);
    assert!(matches!(last_start(&stage), StartStage::Started(again) if again != run));
}
