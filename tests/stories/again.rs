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
    stage.run_for(secs(60));
    let calls: Vec<_> = stage.sent.iter().map(|(_, call)| call).collect();
    let place = |is: &dyn Fn(&Call) -> bool| calls.iter().rposition(|call| is(call)).unwrap();
    let delete = place(&|call| matches!(call, Call::Cancel { .. }));
    let post = place(&|call| matches!(call, Call::Trigger { .. }));
    let is_read = |call: &&Call| matches!(call, Call::RunStatus { .. } | Call::ListRuns { .. });
    assert!(delete < post && calls[delete..post].iter().any(is_read));
    let sent = bodies(&stage);
    assert_eq!(sent.len(), 2, "the first and the one again");
    assert_eq!(sent[1], sent[0]);
    assert!(matches!(last_start(&stage), StartStage::Started(again) if again != run));
}
