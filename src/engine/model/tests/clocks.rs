//! Starts whose answers are lost, whatever the clocks say and however slow the answers are.

use super::*;

/// How long a request may take; what takes longer is given up.
const TIMEOUT: u64 = 60_000;

/// What replies say of the server's time.
#[derive(Clone, Copy, Debug)]
enum Dates {
    /// The time.
    True,
    /// Nothing.
    None,
    /// Every so many replies come from a cache and have the date of the first of all.
    Cached(usize),
}

/// What a story is made of.
#[derive(Clone, Debug)]
struct Plot {
    /// How long each request takes to arrive, and its answer to come back.
    delays: Vec<(u64, u64)>,
    /// How long the start takes to arrive.
    start: u64,
    dates: Dates,
    /// How many seconds the server's clock is ahead of this machine's.
    ahead: i64,
    /// When this machine's wall clock is set, and by how many seconds.
    jump: (u64, i64),
    /// After which time its run is listed, and how much later it has a start time.
    appears: (u64, u64),
}

fn plots() -> impl Strategy<Value = Plot> {
    let delay = prop_oneof![0..1_000_u64, 0..29_000_u64];
    let dates = prop_oneof![
        3 => Just(Dates::True),
        1 => Just(Dates::None),
        2 => (2..5_usize).prop_map(Dates::Cached),
    ];
    let seconds = || prop_oneof![Just(0), -90_000..90_000_i64];
    (
        prop::collection::vec((delay.clone(), delay), 1..6),
        0..TIMEOUT,
        dates,
        seconds(),
        (0..400_000_u64, seconds()),
        (0..5_000_u64, 0..20_000_u64),
    )
        .prop_map(|(delays, start, dates, ahead, jump, appears)| Plot {
            delays,
            start,
            dates,
            ahead,
            jump,
            appears,
        })
}

/// What happens at a time.
enum Due {
    /// A request arrives, and its answer takes so long.
    Arrives(CallId, Call, u64),
    Answered(CallId, Box<Response>),
}

/// One start whose answer is lost, from its confirmation until it is settled.
struct Story {
    plot: Plot,
    model: Model,
    now: u64,
    due: Vec<(u64, Due)>,
    sent: usize,
    answered: usize,
    first_date: Option<Timestamp>,
    /// When the start's request arrived.
    arrived: Option<u64>,
    attempts: usize,
}

impl Story {
    fn of(plot: Plot) -> Self {
        let settings = Settings { timeout: Duration::from_millis(TIMEOUT), ..Settings::default() };
        Self {
            plot,
            model: Model::new(settings),
            now: 0,
            due: Vec::new(),
            sent: 0,
            answered: 0,
            first_date: None,
            arrived: None,
            attempts: 0,
        }
    }

    /// This machine's time.
    fn time(&self) -> Now {
        let (when, by) = self.plot.jump;
        let jumped = SignedDuration::from_secs(if self.now >= when { by } else { 0 });
        let now = at(self.now);
        Now { wall: now.wall.checked_add(jumped).unwrap(), ..now }
    }

    /// The server's time at a moment of the story.
    fn server(&self, millis: u64) -> Timestamp {
        at(millis).wall.checked_add(SignedDuration::from_secs(self.plot.ahead)).unwrap()
    }

    fn tell(&mut self, msg: Msg) {
        let now = self.time();
        for effect in self.model.update(msg, now) {
            let Effect::Send(id, call, ..) = effect else { continue };
            let (there, back) = self.plot.delays[self.sent % self.plot.delays.len()];
            self.sent += 1;
            if call.kind() == Kind::Trigger {
                self.attempts += 1;
                let lost = Response::from(Failure::Timeout(60));
                self.due.push((self.now + TIMEOUT, Due::Answered(id, Box::new(lost))));
                self.due.push((self.now + self.plot.start, Due::Arrives(id, call, 0)));
            } else {
                self.due.push((self.now + there, Due::Arrives(id, call, back)));
            }
        }
    }

    /// Runs of the project that the server lists: three that have ended, and the start's own.
    fn runs(&self) -> Vec<Run> {
        let run = |id: &str, start: Option<Timestamp>, status: RunStatus| Run {
            project: project_id(0),
            id: RunId::new(id),
            version: Some("1".to_owned()),
            url: None,
            end: start.filter(|_| status == RunStatus::Completed),
            status,
            trigger: Some(RunTrigger::Api),
            start,
            elapsed: None,
        };
        let (listed, starts) = self.plot.appears;
        let own = self.arrived.filter(|arrived| arrived + listed <= self.now).map(|arrived| {
            let started = arrived + starts;
            let start = (started <= self.now).then(|| self.server(started));
            run("own", start, start.map_or(RunStatus::Pending, |_| RunStatus::Running))
        });
        let before = [5, 60, 86_400].map(|ago| {
            let start = self.server(0).checked_sub(Duration::from_secs(ago)).unwrap();
            run(&format!("before-{ago}"), Some(start), RunStatus::Completed)
        });
        own.into_iter().chain(before).collect()
    }

    fn date(&mut self) -> Option<Timestamp> {
        let date = Timestamp::from_second(self.server(self.now).as_second()).unwrap();
        let first = *self.first_date.get_or_insert(date);
        self.answered += 1;
        match self.plot.dates {
            Dates::None => None,
            Dates::Cached(every) if self.answered.is_multiple_of(every) => Some(first),
            Dates::True | Dates::Cached(_) => Some(date),
        }
    }

    fn arrive(&mut self, id: CallId, call: Call, back: u64) {
        let result = match call {
            Call::Trigger { .. } => {
                self.arrived = Some(self.now);
                return;
            }
            Call::ListRuns { project, .. } => {
                let order = PageOrder::NewestFirst;
                let runs = self.runs().into_iter().filter(|run| run.project == project).collect();
                Ok(Reply::Runs { runs, more: false, order })
            }
            Call::RunStatus { run, .. } => {
                let found = self.runs().into_iter().find(|one| one.id == run);
                found.map(Reply::Run).ok_or_else(|| ApiError::NotFound(Detail::default()))
            }
            call => Server::new().serve(&call),
        };
        let response = Response { result, rate: RateHint::default(), date: self.date() };
        self.due.push((self.now + back, Due::Answered(id, Box::new(response))));
    }

    fn run_until(&mut self, end: u64) {
        loop {
            let wake = self.model.deadline(self.time()).map(|wake| {
                let ahead = wake.saturating_sub(at(self.now).boot).as_millis();
                self.now + u64::try_from(ahead).unwrap().max(1)
            });
            let first = self.due.iter().map(|(when, _)| *when).min();
            let Some(next) = first.into_iter().chain(wake).min().filter(|next| *next <= end) else {
                break;
            };
            self.now = next;
            match self.due.iter().position(|(when, _)| *when <= next) {
                None => self.tell(Msg::Woke),
                Some(index) => match self.due.swap_remove(index).1 {
                    Due::Arrives(id, call, back) => self.arrive(id, call, back),
                    Due::Answered(id, response) => self.tell(Msg::Replied(id, *response)),
                },
            }
        }
        self.now = end;
    }

    /// What is said of the start ten minutes after it was confirmed.
    fn stage(mut self) -> StartStage {
        self.tell(Msg::Started);
        self.run_until(150_000);
        let (ticket, project) = (ticket_id(1), project_id(0));
        let start = StartRun::default();
        self.tell(Msg::Intent(Intent::Start { ticket, project, start, reason: None }));
        self.run_until(750_000);
        assert_eq!(self.attempts, 1);
        self.model.start_of(ticket_id(1)).unwrap().entry.stage.clone()
    }
}

#[test]
fn a_run_is_found_although_all_answers_before_it_were_slow_on_their_way_there() {
    let plot = Plot {
        delays: vec![(29_000, 10)],
        start: 40,
        dates: Dates::True,
        ahead: 0,
        jump: (0, 0),
        appears: (0, 0),
    };
    assert_eq!(Story::of(plot).stage(), StartStage::ProbablyOurs(RunId::new("own")));
}

#[test]
fn a_run_is_found_without_any_date_on_a_machine_whose_clock_is_a_day_ahead() {
    let plot = Plot {
        delays: vec![(50, 50)],
        start: 40,
        dates: Dates::None,
        ahead: -86_400,
        jump: (0, 0),
        appears: (0, 0),
    };
    assert_eq!(Story::of(plot).stage(), StartStage::ProbablyOurs(RunId::new("own")));
}

#[test]
fn a_clock_that_is_set_forward_ends_no_search_before_the_run_can_appear() {
    let plot = Plot {
        delays: vec![(50, 50)],
        start: 59_000,
        dates: Dates::None,
        ahead: 0,
        jump: (160_000, 86_400),
        appears: (5_000, 0),
    };
    assert_eq!(Story::of(plot).stage(), StartStage::ProbablyOurs(RunId::new("own")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(100)))]

    #[test]
    fn a_run_is_found_whatever_the_clocks_and_however_slow_the_answers(plot in plots()) {
        let stage = Story::of(plot).stage();
        prop_assert_eq!(stage, StartStage::ProbablyOurs(RunId::new("own")));
    }
}
