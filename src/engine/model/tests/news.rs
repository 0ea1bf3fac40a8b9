//! What counts as news: only that makes the rows of a screen anew.

use super::*;

#[test]
fn a_reply_without_news_changes_no_revision_and_one_with_news_does() {
    let mut play = Play::new(Vec::new());
    play.run_until(60_000);
    let run = play.server.runs.keys().next().unwrap().clone();
    let mut elapsed = Duration::ZERO;
    let mut revision = play.model.revision();
    for round in 2..6 {
        // What an active run has taken so far is no news.
        elapsed += Duration::from_secs(30);
        play.server.runs.values_mut().for_each(|run| run.elapsed = Some(elapsed));
        let before = play.sent.len();
        play.run_until(round * 60_000);
        let looks = |(_, call): &&(u64, Call)| matches!(call, Call::ListRuns { .. });
        assert!(play.sent[before..].iter().filter(looks).count() >= 4, "all were looked at");
        assert_eq!(play.model.revision(), revision, "minute {round}");
    }
    let changes: [fn(&mut Run); 3] = [
        |run| run.version = Some("2".to_owned()),
        |run| run.status = RunStatus::Errored,
        |run| run.end = run.start,
    ];
    for (change, minute) in changes.into_iter().zip(6..) {
        change(play.server.runs.get_mut(&run).unwrap());
        play.run_until(minute * 60_000);
        assert!(play.model.revision() > revision, "minute {minute}");
        revision = play.model.revision();
    }
}
