//! Active runs that are no longer on their project's newest page.

use super::*;

/// So many runs go on, and so many newer ones have ended.
fn pushed_off(active: u64, ended: u64) -> Play {
    let mut play = Play::new(Vec::new());
    play.run_until(20_000);
    for number in 0..active + ended {
        play.server.now = at(20_000 + number * 10).wall;
        let run = play.server.begin(&project_id(0));
        if number >= active {
            let run = play.server.runs.get_mut(&run).unwrap();
            (run.status, run.end) = (RunStatus::Completed, run.start);
        }
    }
    play
}

fn count(play: &Play, such: impl Fn(&Call) -> bool) -> usize {
    play.sent.iter().filter(|(_, call)| such(call)).count()
}

fn is_list_of_active(call: &Call) -> bool {
    matches!(call, Call::ListRuns { status: Some(RunStatus::Running), .. })
}

#[test]
fn however_many_they_are_one_list_tells_of_all_of_them() {
    let mut play = pushed_off(60, 130);
    play.run_until(320_000);
    let looks = count(
        &play,
        |call| matches!(call, Call::ListRuns { project, offset: 0, status: None, .. } if *project == project_id(0)),
    );
    assert_eq!(count(&play, |call| matches!(call, Call::RunStatus { .. })), 0);
    let lists = count(&play, is_list_of_active);
    assert!((2..=looks).contains(&lists), "{lists} lists for {looks} looks");
    let active = play.model.project(&project_id(0)).unwrap().active();
    let oldest = active.map(|seen| seen.at).min().unwrap();
    let age = at(play.now).boot.saturating_sub(oldest);
    assert!(age < Duration::from_mins(1), "{age:?}");
}

#[test]
fn one_that_has_ended_is_asked_for_by_itself_once() {
    let mut play = pushed_off(60, 130);
    play.run_until(120_000);
    let active = play.model.project(&project_id(0)).unwrap().active();
    let ending: Vec<_> = active.take(3).map(|seen| seen.run.id.clone()).collect();
    for run in &ending {
        let run = play.server.runs.get_mut(run).unwrap();
        (run.status, run.end) = (RunStatus::Errored, Some(at(120_000).wall));
    }
    play.run_until(300_000);
    for run in &ending {
        let asked = count(&play, |call| matches!(call, Call::RunStatus { run: r, .. } if r == run));
        assert_eq!(asked, 1, "{run}");
        let seen = play.model.run(&project_id(0), run).unwrap();
        assert_eq!(seen.run.status, RunStatus::Errored);
    }
}
