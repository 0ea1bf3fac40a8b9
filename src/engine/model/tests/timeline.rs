//! Which changes are written into the timeline, and by whom.

use super::*;
use crate::engine::sync::protocol::{Answer, CacheEntry, StoreEvent, StoreRequest};
use crate::engine::timeline::SeenChange;

/// A process whose requests and whose store are answered at once.
struct Shared {
    model: Model,
    server: Server,
    /// What it has asked the store to keep, in that order: changes, and other facts.
    kept: Vec<StoreRequest>,
    told: Vec<Change>,
    /// Records in the log.
    log: i64,
}

impl Shared {
    fn new(model: Model) -> Self {
        Self { model, server: Server::new(), kept: Vec::new(), told: Vec::new(), log: 0 }
    }

    fn tell(&mut self, msg: Msg, millis: u64) {
        let mut msgs = VecDeque::from([msg]);
        while let Some(msg) = msgs.pop_front() {
            for effect in self.model.update(msg, at(millis)) {
                msgs.extend(self.answer(effect));
            }
        }
    }

    fn answer(&mut self, effect: Effect) -> Option<Msg> {
        match effect {
            Effect::Send(id, call, ..) => {
                let result = self.server.serve(&call);
                let response = Response { result, rate: RateHint::default(), date: None };
                Some(Msg::Replied(id, response))
            }
            Effect::Store(request) => Some(self.store(request)),
            Effect::Tell(Event::RunChanged(change)) => {
                self.told.push(change);
                None
            }
            Effect::Tell(_) | Effect::ReadToken => None,
        }
    }

    fn store(&mut self, request: StoreRequest) -> Msg {
        let (records, answer) = match request {
            StoreRequest::Join => (Vec::new(), Answer::Joined),
            StoreRequest::Claim { after, records, .. } => (records, Answer::Claimed(after)),
            StoreRequest::Append(records) => (records, Answer::News),
            request => {
                self.kept.push(request);
                (Vec::new(), Answer::News)
            }
        };
        let records: Vec<_> = (self.log + 1..).zip(records).collect();
        self.log += i64::try_from(records.len()).unwrap();
        Msg::Store(Ok(StoreEvent { records, answer, ..StoreEvent::default() }))
    }

    /// The changes that it has asked to keep since this was last asked, one list for each request.
    fn changes(&mut self) -> Vec<Vec<SeenChange>> {
        let kept = std::mem::take(&mut self.kept);
        let changes = kept.into_iter().filter_map(|request| match request {
            StoreRequest::AppendChanges(changes) => Some(changes),
            _ => None,
        });
        changes.collect()
    }
}

/// A process that shares a store with others, after it has looked at every project.
fn sharing() -> Shared {
    let mut shared = Shared::new(Model::new(Settings::default()).sharing(Session(1)));
    shared.tell(Msg::Started, 0);
    for second in 1..60 {
        shared.tell(Msg::Woke, second * 1000);
    }
    assert_eq!(shared.model.projects().filter(|it| it.read.is_some()).count(), 4);
    shared
}

#[test]
fn each_first_look_is_written_at_once_and_marked_before_its_runs_are() {
    let mut shared = sharing();
    let is_of_runs = |entry: &CacheEntry| entry.key.starts_with("run/");
    let order: Vec<_> = shared
        .kept
        .iter()
        .filter_map(|request| match request {
            StoreRequest::AppendChanges(_) => Some("changes"),
            StoreRequest::Put(entries) if entries.iter().any(is_of_runs) => Some("runs"),
            _ => None,
        })
        .collect();
    assert_eq!(order, ["changes", "runs"].repeat(4), "one writing for each look");
    for changes in shared.changes() {
        assert_eq!(changes.len(), 3);
        for change in changes {
            let run = &shared.server.runs[&change.run];
            let expected = SeenChange {
                project: run.project.clone(),
                title: change.title.clone(),
                run: run.id.clone(),
                from: None,
                to: RunStatus::Running,
                seen: change.seen,
                happened: run.start,
                trigger: Some(RunTrigger::Api),
                version: Some("1".to_owned()),
                first_look: true,
            };
            assert_eq!(change, expected);
        }
    }
}

#[test]
fn what_one_look_shows_to_have_changed_is_one_writing_and_no_news_is_none() {
    let mut shared = sharing();
    shared.changes();
    let look = |shared: &mut Shared, second: u64| {
        shared.tell(Msg::Intent(Intent::Refresh(project_id(0))), second * 1000);
        let changes = shared.changes();
        let named = |change: SeenChange| (change.run, change.from, change.to, change.first_look);
        let named = |changes: Vec<_>| changes.into_iter().map(named).collect::<Vec<_>>();
        changes.into_iter().map(named).collect::<Vec<_>>()
    };
    assert!(look(&mut shared, 61).is_empty(), "nothing has changed");
    let theirs = shared.server.runs.values_mut().filter(|run| run.project == project_id(0));
    let ended: Vec<_> = theirs
        .take(2)
        .map(|run| {
            (run.status, run.end) = (RunStatus::Errored, run.start);
            run.id.clone()
        })
        .collect();
    shared.server.now = at(62_000).wall;
    let new = shared.server.begin(&project_id(0));
    let [changes] = <[_; 1]>::try_from(look(&mut shared, 63)).unwrap();
    let errored = |run: &RunId| (run.clone(), Some(RunStatus::Running), RunStatus::Errored, false);
    assert_eq!(changes.len(), 3);
    assert!(ended.iter().all(|run| changes.contains(&errored(run))), "{changes:?}");
    assert!(changes.contains(&(new, None, RunStatus::Running, false)), "{changes:?}");
    assert!(look(&mut shared, 64).is_empty(), "it is written once");
}

#[test]
fn a_start_that_hex_has_accepted_is_a_change_as_well() {
    let mut shared = sharing();
    shared.changes();
    let (ticket, project) = (ticket_id(1), project_id(1));
    let start = StartRun::default();
    shared.tell(Msg::Intent(Intent::Start { ticket, project, start, reason: None }), 61_000);
    shared.model.recorded(vec![ticket]);
    shared.tell(Msg::Woke, 61_001);
    let changes: Vec<_> = shared.changes().concat();
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!((&changes[0].from, &changes[0].to), (&None, &RunStatus::Pending));
}

#[test]
fn what_was_taken_over_from_the_store_is_told_and_not_written_again() {
    let one = sharing();
    let facts = one.kept.iter().filter_map(|request| match request {
        StoreRequest::Put(entries) => Some(entries.clone()),
        _ => None,
    });
    let facts: Vec<CacheEntry> = facts.flatten().collect();
    for answer in [Answer::News, Answer::Joined, Answer::More { before: true }] {
        let mut other = Shared::new(Model::new(Settings::default()).sharing(Session(2)));
        let told = StoreEvent { facts: facts.clone(), answer, ..StoreEvent::default() };
        let mut asked = other.model.update(Msg::Started, at(60_000));
        asked.extend(other.model.update(
            Msg::Store(Ok(StoreEvent { answer: Answer::Joined, ..StoreEvent::default() })),
            at(60_000),
        ));
        asked.extend(other.model.update(Msg::Store(Ok(told)), at(60_000)));
        let changed = |effect: &&Effect| matches!(effect, Effect::Tell(Event::RunChanged(_)));
        assert_eq!(asked.iter().filter(changed).count(), 12, "every active run");
        let writes =
            |effect: &&Effect| matches!(effect, Effect::Store(StoreRequest::AppendChanges(_)));
        assert_eq!(asked.iter().filter(writes).count(), 0);
    }
}

#[test]
fn without_a_store_nothing_is_written() {
    let mut alone = Shared::new(Model::new(Settings::default()));
    alone.tell(Msg::Started, 0);
    for second in 1..60 {
        alone.tell(Msg::Woke, second * 1000);
    }
    assert_eq!(alone.told.len(), 12);
    assert_eq!(alone.kept, []);
}
