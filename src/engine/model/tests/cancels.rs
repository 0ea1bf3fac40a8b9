//! Cancels in the whole model: the store, the guard and the queue beside them.

use super::*;
use crate::engine::cancel::CancelStage;
use crate::engine::sync::protocol::{Answer, StoreEvent, StoreRequest};

/// How the store behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disk {
    None,
    Works,
    /// It answers nothing any more.
    Silent,
    /// It fails at whatever it is asked.
    Broken,
}

/// A model that has read everything, with such a store from now on, and what it sends then.
pub(super) struct Desk {
    pub(super) model: Model,
    pub(super) server: Server,
    disk: Disk,
    log: i64,
    pub(super) now: u64,
    pub(super) sent: Vec<(u64, Call)>,
    asked: Vec<StoreRequest>,
    pub(super) told: Vec<Event>,
    /// What a silent store was asked, which it does once it can.
    held: Vec<StoreRequest>,
}

impl Desk {
    pub(super) fn new(has_store: bool) -> Self {
        let model = Model::new(Settings::default());
        let model = if has_store { model.sharing(Session(5)) } else { model };
        let disk = if has_store { Disk::Works } else { Disk::None };
        let (server, sent, asked, told) = (Server::new(), Vec::new(), Vec::new(), Vec::new());
        let (log, now, held) = (0, 0, Vec::new());
        let mut bench = Self { model, server, disk, log, now, sent, asked, told, held };
        bench.tell(Msg::Started);
        bench.run_for(20_000);
        bench
    }

    pub(super) fn tell(&mut self, msg: Msg) {
        let mut msgs = VecDeque::from([msg]);
        while let Some(msg) = msgs.pop_front() {
            for effect in self.model.update(msg, at(self.now)) {
                match effect {
                    Effect::Send(id, call, ..) => {
                        self.sent.push((self.now, call.clone()));
                        self.server.now = at(self.now).wall;
                        let result = self.server.serve(&call);
                        let response = Response { result, rate: RateHint::default(), date: None };
                        msgs.push_back(Msg::Replied(id, response));
                    }
                    Effect::Store(ask) => {
                        self.asked.push(ask.clone());
                        msgs.extend(self.store(ask));
                    }
                    Effect::Tell(event) => self.told.push(event),
                    Effect::ReadToken => {}
                }
            }
        }
    }

    fn store(&mut self, ask: StoreRequest) -> Option<Msg> {
        let (records, answer) = match (self.disk, ask) {
            (Disk::None, _) => return None,
            (Disk::Silent, ask) => {
                self.held.push(ask);
                return None;
            }
            (Disk::Broken, _) => return Some(Msg::Store(Err("the disk is gone".to_owned()))),
            (Disk::Works, StoreRequest::Join) => (Vec::new(), Answer::Joined),
            (Disk::Works, StoreRequest::Claim { after, records, .. }) => {
                (records, Answer::Claimed(after))
            }
            (Disk::Works, StoreRequest::Append(records)) => (records, Answer::News),
            (Disk::Works, StoreRequest::RecordCancels(entries)) => {
                let ids = entries.iter().map(|entry| entry.id).collect();
                (Vec::new(), Answer::CancelsRecorded(ids))
            }
            (Disk::Works, StoreRequest::CompareAndSet { .. }) => (Vec::new(), Answer::Settled),
            (Disk::Works, StoreRequest::LogRecord(entries)) => {
                let ids = entries.iter().map(|entry| entry.id).collect();
                (Vec::new(), Answer::Recorded(ids))
            }
            (Disk::Works, _) => (Vec::new(), Answer::News),
        };
        let records: Vec<_> = (self.log + 1..).zip(records).collect();
        self.log += i64::try_from(records.len()).unwrap();
        Some(Msg::Store(Ok(StoreEvent { records, answer, ..StoreEvent::default() })))
    }

    /// The store works again, and does what it was asked.
    fn mend(&mut self) {
        self.disk = Disk::Works;
        self.asked.clear();
        for ask in std::mem::take(&mut self.held) {
            let done = self.store(ask);
            if let Some(msg) = done {
                self.tell(msg);
            }
        }
    }

    pub(super) fn run_for(&mut self, millis: u64) {
        let end = self.now + millis;
        while self.now < end {
            self.now = (self.now + 50).min(end);
            self.tell(Msg::Woke);
        }
    }

    pub(super) fn first(&self) -> (ProjectId, RunId) {
        let (watched, seen) = self.model.runs().find(|(_, seen)| seen.run.is_active()).unwrap();
        (watched.project.id.clone(), seen.run.id.clone())
    }

    fn order(&mut self) -> RunId {
        let target = self.first();
        self.asked.clear();
        self.tell(Msg::Intent(Intent::Cancel(vec![target.clone()].into())));
        target.1
    }

    /// How long after `from` the DELETE of a run left.
    fn left(&self, run: &RunId, from: u64) -> Option<u64> {
        let is_it = |call: &Call| matches!(call, Call::Cancel { run: told, .. } if told == run);
        let (at, _) = self.sent.iter().find(|(_, call)| is_it(call))?;
        Some(at - from)
    }

    /// Stages of the cancels that the store was asked to write, in that order.
    fn written(&self) -> Vec<&'static str> {
        let entries = self.asked.iter().filter_map(|ask| match ask {
            StoreRequest::RecordCancels(entries) => Some(entries),
            _ => None,
        });
        entries.flatten().map(|entry| entry.stage.word()).collect()
    }
}

#[test]
fn a_cancel_never_waits_for_the_journal_whatever_the_store_does() {
    for (disk, patience) in
        [(Disk::None, 0), (Disk::Works, 0), (Disk::Silent, 300), (Disk::Broken, 0)]
    {
        let mut bench = Desk::new(disk != Disk::None);
        bench.disk = disk;
        let from = bench.now;
        let run = bench.order();
        bench.run_for(90_000);
        let left = bench.left(&run, from);
        assert!(left.is_some_and(|late| late <= patience), "{disk:?}: {left:?}");
        assert!(bench.model.cancelling(&run).is_none(), "{disk:?}: it is settled");
        let entry = bench.model.cancel_entries().next().unwrap();
        assert_eq!(entry.stage, CancelStage::Killed, "{disk:?}: and shown");
        if matches!(disk, Disk::Silent | Disk::Broken) {
            // It gets what it has missed.
            bench.mend();
            bench.run_for(60_000);
            assert_eq!(bench.written(), ["killed"], "{disk:?}");
        }
    }
}

#[test]
fn the_slot_of_a_cancel_is_claimed_before_its_journal_is_written() {
    let mut bench = Desk::new(true);
    bench.order();
    let place = |is: fn(&StoreRequest) -> bool| bench.asked.iter().position(is).unwrap();
    let claim = place(|ask| matches!(ask, StoreRequest::Claim { .. }));
    assert!(
        claim < place(|ask| matches!(ask, StoreRequest::RecordCancels(_))),
        "{:?}",
        bench.asked
    );
    bench.run_for(5_000);
    assert_eq!(bench.written().last(), Some(&"killed"));
    assert!(!bench.model.owes_cancels());
}

#[test]
fn no_order_whoever_makes_it_cancels_a_protected_run_without_naming_the_project() {
    let mut bench = Desk::new(false);
    bench.model.set_rules(
        vec![crate::domain::rules::Rule::protecting(&[
            "project 0".to_owned(),
            "Project 1".to_owned(),
        ])],
        crate::engine::model::Automatic::Off,
    );
    let (project, run) = bench.first();
    assert_eq!(project, project_id(0));
    let order = |named: &[&str]| CancelOrder {
        runs: vec![(project.clone(), run.clone())],
        named: named.iter().map(|&name| name.to_owned()).collect(),
        reason: None,
        rule: None,
    };
    for named in [&[] as &[&str], &["yes"], &["Project 1"]] {
        bench.told.clear();
        bench.tell(Msg::Intent(Intent::Cancel(order(named))));
        let [Event::CancelRefused(refusal)] = bench.told.as_slice() else {
            panic!("{named:?}: {:?}", bench.told)
        };
        assert!(refusal.to_string().contains("--protected 'Project 0'"), "{refusal}");
        assert_eq!(bench.left(&run, 0), None, "{named:?}");
        assert_eq!(bench.model.open_cancels(), 0);
    }
    bench.tell(Msg::Intent(Intent::Cancel(order(&[" Project  0"]))));
    assert!(bench.left(&run, 0).is_some());
}

#[test]
fn a_reply_without_news_of_an_open_cancel_changes_no_revision() {
    let mut model = Model::new(Settings::default());
    let run = RunId::new("a");
    model.update(Msg::Started, at(0));
    model.update(Msg::Intent(Intent::Cancel(vec![(project_id(0), run)].into())), at(1));
    let before = model.revision();
    model.update(Msg::Woke, at(2));
    assert_eq!(model.revision(), before);
}
