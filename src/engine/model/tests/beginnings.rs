//! What is known of who has started a run, for filters.

use super::cancels::Desk;
use super::*;
use crate::domain::Query;
use crate::domain::filter::{Saved, StartFacts, Subject};
use crate::engine::start::journal::UNKNOWN_PROJECT;
use crate::engine::sync::protocol::{Answer, MOST_TOLD, StoreEvent};

fn known(model: &Model, run: &Run) -> &'static str {
    let query = Query::parse("mine", Subject::Runs, &Saved::new()).unwrap();
    match model.start_facts(&query, run) {
        StartFacts::Unknown => "unknown",
        StartFacts::Elsewhere => "elsewhere",
        StartFacts::Here { .. } => "here",
    }
}

fn api_run(id: &str, at: Timestamp) -> Run {
    Run {
        project: project_id(1),
        id: RunId::new(id),
        version: None,
        url: None,
        status: RunStatus::Running,
        trigger: Some(RunTrigger::Api),
        start: Some(at),
        end: None,
        elapsed: None,
    }
}

/// An entry of another process of this stage, for a request that left at `sent` and was given up a minute later.
fn entry(number: u64, stage: StartStage, sent: Timestamp) -> Entry {
    let later = sent.checked_add(Duration::from_mins(1)).unwrap();
    let json = serde_json::json!({
        "id": ticket_id(number), "by": 7, "project": "project-1", "body": {}, "at": sent,
        "stage": StartStage::Waiting, "sent_after": sent, "deadline": later,
    });
    Entry { stage, ..serde_json::from_value(json).unwrap() }
}

fn told(model: &mut Model, entries: Vec<Entry>) {
    let event = StoreEvent { entries, ..StoreEvent::default() };
    model.update(Msg::Store(Ok(event)), at(0));
}

#[test]
fn nobody_has_started_a_run_elsewhere_before_the_journal_is_read() {
    let run = api_run("r", at(0).wall);
    let mut model = Model::new(Settings::default()).sharing(Session(5));
    model.update(Msg::Started, at(0));
    assert_eq!(known(&model, &run), "unknown");
    let join = |more| StoreEvent { answer: Answer::Joined, more, ..StoreEvent::default() };
    model.update(Msg::Store(Ok(join(true))), at(0));
    assert_eq!(known(&model, &run), "unknown", "there is more");
    told(&mut model, vec![entry(1, StartStage::Started(run.id.clone()), at(0).wall)]);
    assert_eq!(known(&model, &run), "here");
}

#[test]
fn a_start_without_an_answer_may_have_begun_whatever_run_could_be_its_own() {
    let sent = at(0).wall;
    let later = |seconds| sent.checked_add(Duration::from_secs(seconds)).unwrap();
    let lost = || ApiError::from(Failure::Broken("reset".to_owned()));
    let [own, other] = ["own", "other"].map(RunId::new);
    for (stage, expected) in [
        (StartStage::Sent, ["unknown"; 2]),
        (StartStage::Unconfirmed(lost()), ["unknown"; 2]),
        (StartStage::NotSeen, ["unknown"; 2]),
        (StartStage::Ambiguous(vec![own.clone()]), ["unknown", "elsewhere"]),
        (StartStage::ProbablyOurs(own.clone()), ["unknown", "elsewhere"]),
        (StartStage::Started(own.clone()), ["here", "elsewhere"]),
        (StartStage::Unreadable { open: false }, ["unknown"; 2]),
        (StartStage::Waiting, ["elsewhere"; 2]),
        (StartStage::Refused(lost()), ["elsewhere"; 2]),
    ] {
        let mut desk = Desk::new(true);
        told(&mut desk.model, vec![entry(1, stage.clone(), sent)]);
        let of = |id: &RunId| known(&desk.model, &api_run(id.as_str(), later(5)));
        assert_eq!([of(&own), of(&other)], expected, "{stage:?}");
        let earlier = api_run("earlier", sent.checked_sub(Duration::from_mins(1)).unwrap());
        assert_eq!(known(&desk.model, &earlier), "elsewhere", "{stage:?}");
        let by_schedule = Run { trigger: Some(RunTrigger::Scheduled), ..api_run("x", later(5)) };
        assert_eq!(known(&desk.model, &by_schedule), "elsewhere", "{stage:?}");
    }
    let mut desk = Desk::new(true);
    let nowhere = ProjectId::new(UNKNOWN_PROJECT);
    let unreadable = entry(1, StartStage::Unreadable { open: true }, sent);
    told(&mut desk.model, vec![Entry { project: nowhere, ..unreadable }]);
    assert_eq!(known(&desk.model, &api_run("any", later(3600))), "unknown", "of any project");
    let mut desk = Desk::new(true);
    told(&mut desk.model, vec![entry(1, StartStage::NotSeen, sent)]);
    assert_eq!(known(&desk.model, &api_run("other", later(3600))), "elsewhere", "it was not seen");
}

#[test]
fn of_a_long_journal_nothing_is_known_of_the_starts_of_old_runs() {
    let mut desk = Desk::new(true);
    let begun = |number: u16| {
        let stage = StartStage::Started(RunId::new(format!("of-{number}")));
        entry(u64::from(number), stage, at(0).wall)
    };
    let hour = Duration::from_hours(1);
    let [old, new] = [at(0).wall.checked_sub(hour), at(0).wall.checked_add(hour)];
    let [old, new] = [old, new].map(|at| api_run("x", at.unwrap()));
    told(&mut desk.model, (1..MOST_TOLD).map(begun).collect());
    assert_eq!([&old, &new].map(|run| known(&desk.model, run)), ["elsewhere"; 2]);
    // One that is still open is told first, however old it is: it says nothing of those between.
    told(&mut desk.model, vec![entry(0, StartStage::Waiting, at(0).wall)]);
    assert_eq!([&old, &new].map(|run| known(&desk.model, run)), ["unknown"; 2]);
    let id = StartId::new(at(0).wall, Session(7), 1);
    let piece = Entry { id, ..begun(1) };
    let answer = Answer::More { before: true };
    let event = StoreEvent { answer, entries: vec![piece], ..StoreEvent::default() };
    desk.model.update(Msg::Store(Ok(event)), at(0));
    assert_eq!([&old, &new].map(|run| known(&desk.model, run)), ["unknown", "elsewhere"]);
}
