//! A start whose slot is being claimed: what a person wants of it then, and what the journal says.

use super::*;
use crate::api::Me;
use crate::engine::sync::log::LogRecord;
use crate::engine::sync::protocol::{Answer, StoreEvent, StoreRequest};

/// A process with a store that answers at once, but for the claim of a start.
struct Desk {
    model: Model,
    /// What the journal was asked to hold, in that order.
    written: Vec<Entry>,
    /// The claim that is not answered yet, with its records.
    claim: Option<(i64, Vec<LogRecord>)>,
    /// Records in the log.
    log: i64,
}

impl Desk {
    fn do_all(&mut self, msg: Msg) {
        let mut msgs = VecDeque::from([msg]);
        let mut taken = 0;
        while let Some(msg) = msgs.pop_front() {
            taken += 1;
            assert!(taken < 100, "it goes round in circles: {msg:?}");
            for effect in self.model.update(msg, at(0)) {
                msgs.extend(self.answer(effect));
            }
        }
    }

    /// Writes to the log and tells what it then has.
    fn told(&mut self, records: Vec<LogRecord>, answer: Answer) -> Msg {
        let numbered = (self.log + 1..).zip(records).collect::<Vec<_>>();
        self.log += i64::try_from(numbered.len()).unwrap();
        Msg::Store(Ok(StoreEvent { records: numbered, answer, ..StoreEvent::default() }))
    }

    fn answer(&mut self, effect: Effect) -> Option<Msg> {
        match effect {
            Effect::Store(StoreRequest::Join) => Some(self.told(Vec::new(), Answer::Joined)),
            Effect::Store(StoreRequest::LogRecord(entries)) => {
                let tickets = entries.iter().map(|entry| entry.id).collect();
                self.written.extend(entries);
                Some(self.told(Vec::new(), Answer::Recorded(tickets)))
            }
            Effect::Store(StoreRequest::Claim { after, records, entries })
                if entries.is_empty() =>
            {
                Some(self.told(records, Answer::Claimed(after)))
            }
            Effect::Store(StoreRequest::Claim { after, records, entries }) => {
                self.written.extend(entries);
                self.claim = Some((after, records));
                None
            }
            Effect::Store(StoreRequest::Append(records)) => Some(self.told(records, Answer::News)),
            Effect::Store(_) => Some(self.told(Vec::new(), Answer::News)),
            Effect::Send(_, Call::Trigger { .. }, ..) | Effect::Tell(_) | Effect::ReadToken => None,
            Effect::Send(id, call, ..) => {
                let reply = match call {
                    Call::Me => Reply::Me(Me::default()),
                    Call::ListProjects { .. } => Reply::Projects { projects: vec![], after: None },
                    _ => {
                        Reply::Runs { runs: Vec::new(), more: false, order: PageOrder::NewestFirst }
                    }
                };
                let response =
                    Response { result: Ok(reply), rate: RateHint::default(), date: None };
                Some(Msg::Replied(id, response))
            }
        }
    }
}

impl Desk {
    /// A process whose start is about to leave, and that start; its claim is not answered.
    fn leaving() -> (Self, StartId) {
        let model = Model::new(Settings::default()).sharing(Session(1));
        let mut desk = Self { model, written: Vec::new(), claim: None, log: 0 };
        desk.do_all(Msg::Started);
        let ticket = StartId::new(at(0).wall, Session(1), 1);
        let (project, start) = (project_id(1), StartRun::default());
        desk.do_all(Msg::Intent(Intent::Start { ticket, project, start, reason: None }));
        (desk, ticket)
    }

    fn stage(&self, ticket: StartId) -> StartStage {
        self.model.start_of(ticket).unwrap().entry.stage.clone()
    }
}

#[test]
fn a_start_that_is_taken_back_while_it_leaves_stays_if_it_gets_no_slot() {
    let (mut desk, ticket) = Desk::leaving();
    let (after, _) = desk.claim.take().expect("the start is to leave");
    desk.do_all(Msg::Intent(Intent::WithdrawStart(ticket)));
    assert_eq!(desk.stage(ticket), StartStage::Waiting, "that cannot be told yet");
    let behind = desk.told(Vec::new(), Answer::Behind { after, refused: Vec::new() });
    desk.do_all(behind);
    assert_eq!(desk.stage(ticket), StartStage::Withdrawn);
    assert_eq!(desk.claim, None, "it does not line up again");
    assert_eq!(desk.written.last().unwrap().stage, StartStage::Withdrawn);
}

#[test]
fn a_start_that_the_journal_does_not_keep_is_given_up_and_holds_nothing_up() {
    let (mut desk, ticket) = Desk::leaving();
    for _ in 0..10 {
        let Some((after, _)) = desk.claim.take() else { break };
        let behind = desk.told(Vec::new(), Answer::Behind { after, refused: vec![ticket] });
        desk.do_all(behind);
    }
    assert!(matches!(desk.stage(ticket), StartStage::NeverSent(_)), "{:?}", desk.stage(ticket));
    assert_eq!(desk.claim, None);
}

#[test]
fn a_reason_written_while_a_start_leaves_is_kept_and_takes_nothing_back() {
    let (mut desk, ticket) = Desk::leaving();
    let (after, records) = desk.claim.take().expect("the start is to leave");
    let reason = Some("month end".to_owned());
    desk.do_all(Msg::Intent(Intent::Annotate { ticket, reason: reason.clone() }));
    let last = desk.written.last().unwrap();
    assert_eq!(last.stage, StartStage::Sent, "the journal must not have it as waiting again");
    let claimed = desk.told(records, Answer::Claimed(after));
    desk.do_all(claimed);
    let entry = &desk.model.start_of(ticket).unwrap().entry;
    assert_eq!((&entry.stage, &entry.reason), (&StartStage::Sent, &reason));
    let later = Some("quarter end".to_owned());
    desk.do_all(Msg::Intent(Intent::Annotate { ticket, reason: later.clone() }));
    let last = desk.written.last().unwrap();
    assert_eq!((&last.stage, &last.reason), (&StartStage::Sent, &later));
}

/// What the store tells of a start whose record it could not read.
fn unreadable(desk: &Desk, ticket: StartId, answer: Answer) -> Msg {
    let entry = desk.model.start_of(ticket).unwrap().entry.clone();
    let entry = Entry { stage: StartStage::Unreadable { open: true }, ..entry };
    Msg::Store(Ok(StoreEvent { entries: vec![entry], answer, ..StoreEvent::default() }))
}

#[test]
fn a_start_whose_record_cannot_be_read_is_given_up_before_it_leaves() {
    let (mut desk, ticket) = Desk::leaving();
    let (after, _) = desk.claim.take().expect("the start is to leave");
    let written = desk.written.len();
    let told = unreadable(&desk, ticket, Answer::Behind { after, refused: vec![ticket] });
    desk.do_all(told);
    assert_eq!(desk.stage(ticket), StartStage::Unreadable { open: true });
    assert_eq!(desk.claim, None, "it does not line up again");
    assert_eq!(desk.written.len(), written, "the journal says so already");
}

#[test]
fn a_start_that_has_left_keeps_its_own_word_whatever_became_of_its_record() {
    let (mut desk, ticket) = Desk::leaving();
    let (after, records) = desk.claim.take().expect("the start is to leave");
    let claimed = desk.told(records, Answer::Claimed(after));
    desk.do_all(claimed);
    let told = unreadable(&desk, ticket, Answer::News);
    desk.do_all(told);
    assert_eq!(desk.stage(ticket), StartStage::Sent);
}
