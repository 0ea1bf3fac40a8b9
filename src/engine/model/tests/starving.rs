//! What persons leave open, and how old what is known of the other projects becomes.

use super::*;
use crate::engine::poll::refresh::LASTS;

/// Something that a person leaves open.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Open {
    /// A dialog, opened anew after so many seconds.
    Dialog { every: u64 },
    /// So many cancels that Hex accepts and that never end their runs, tried again after so many seconds.
    Cancels { count: u64, every: u64 },
    /// Starts whose answers are lost.
    LostStarts(u64),
    /// A queue for which there is never a kernel.
    Queue(u16),
    /// Everything is looked at again after so many seconds, however far it is.
    RefreshAll { every: u64 },
    /// A project is looked at by hand after so many seconds.
    Refresh { every: u64 },
    /// A project that the list does not have is asked for after so many seconds.
    LookUps { every: u64 },
}

/// A workspace in which nothing ends.
struct Crowd {
    model: Model,
    count: u64,
    flights: VecDeque<(u64, CallId, Response)>,
    sent: Vec<(u64, Call)>,
    lag: u64,
    /// Requests a minute that the server states.
    limit: Option<u32>,
    now: u64,
    ticket: u64,
    next: u64,
}

impl Crowd {
    fn new(count: u64) -> Self {
        let model = Model::new(Settings::default());
        let (flights, sent) = (VecDeque::new(), Vec::new());
        let mut crowd =
            Self { model, count, flights, sent, lag: 150, limit: None, now: 0, ticket: 0, next: 0 };
        crowd.tell(Msg::Started);
        crowd
    }

    fn run_of(project: &ProjectId) -> Run {
        Run {
            project: project.clone(),
            id: RunId::new(format!("run of {project}")),
            version: Some("1".to_owned()),
            url: None,
            status: RunStatus::Running,
            trigger: Some(RunTrigger::Scheduled),
            start: Some(at(0).wall),
            end: None,
            elapsed: None,
        }
    }

    fn serve(&self, call: &Call) -> Result<Reply, ApiError> {
        Ok(match call {
            Call::Me => Reply::Me(crate::api::Me::default()),
            Call::ListProjects { .. } => {
                let project = |number| Project {
                    id: project_id(number),
                    title: format!("Project {number}").into(),
                    published: Published::At(Timestamp::UNIX_EPOCH),
                    retired: false,
                    owner: None,
                    categories: Vec::new(),
                    label: None,
                    schedules: Vec::new(),
                };
                let projects = (0..self.count).map(project).collect();
                Reply::Projects { projects, after: None }
            }
            Call::ListRuns { project, .. } => Reply::Runs {
                runs: vec![Self::run_of(project)],
                more: false,
                order: PageOrder::NewestFirst,
            },
            Call::RunStatus { project, .. } => Reply::Run(Self::run_of(project)),
            Call::Cancel { .. } => Reply::Cancelled,
            Call::Trigger { project, .. } if *project == project_id(0) => {
                return Err(ApiError::KernelsFull(Detail::default()));
            }
            Call::Trigger { .. } => return Err(ApiError::Transport(Failure::Timeout(20))),
            Call::GetProject { .. } => return Err(ApiError::NotFound(Detail::default())),
            Call::DryRun { .. } | Call::Export { .. } => Reply::Checked,
        })
    }

    fn tell(&mut self, msg: Msg) {
        for effect in self.model.update(msg, at(self.now)) {
            let Effect::Send(id, call, ..) = effect else { continue };
            let result = self.serve(&call);
            let rate = RateHint { limit: self.limit, ..RateHint::default() };
            let response = Response { result, rate, date: None };
            self.sent.push((self.now, call));
            self.flights.push_back((self.now + self.lag, id, response));
        }
    }

    fn intend(&mut self, intent: Intent) {
        self.tell(Msg::Intent(intent));
    }

    fn run_until(&mut self, end: u64) {
        loop {
            let wake = self.model.deadline(at(self.now)).map(|wake| {
                let ahead = wake.saturating_sub(at(self.now).boot).as_millis();
                self.now + u64::try_from(ahead).unwrap().max(1)
            });
            let lands = self.flights.front().map(|(when, ..)| *when);
            let Some(next) = lands.into_iter().chain(wake).min().filter(|next| *next <= end) else {
                break;
            };
            self.now = next;
            match self.flights.pop_front_if(|(when, ..)| *when <= next) {
                Some((_, id, response)) => self.tell(Msg::Replied(id, response)),
                None => self.tell(Msg::Woke),
            }
        }
        self.now = end;
    }

    /// What a person does at the beginning of a second.
    fn act(&mut self, open: Open, second: u64) {
        let number = self.next % self.count;
        // Nobody asks for ever more while nothing is answered.
        let is_busy = self.model.requests.waiting().len() > 40;
        let is_time = |every: u64| second.is_multiple_of(every) && !is_busy;
        match open {
            Open::Dialog { every } if is_time(every) => {
                self.next += 1;
                for dialog in [Vec::new(), vec![project_id(number)]] {
                    self.intend(Intent::Focus { selected: None, dialog });
                }
            }
            Open::RefreshAll { every } if is_time(every) => self.intend(Intent::RefreshAll),
            Open::Refresh { every } if is_time(every) => {
                self.next += 1;
                self.intend(Intent::Refresh(project_id(number)));
            }
            Open::LookUps { every } if is_time(every) => {
                self.next += 1;
                self.intend(Intent::LookUp(ProjectId::new(format!("unlisted {}", self.next))));
            }
            Open::Cancels { count, every } if second >= 120 && second.is_multiple_of(every) => {
                let runs = (0..count.min(self.count)).map(project_id);
                let runs = runs.map(|project| (project.clone(), Self::run_of(&project).id));
                self.intend(Intent::Cancel(runs.collect::<Vec<_>>().into()));
            }
            Open::LostStarts(count) if second == 120 => {
                for number in 0..count {
                    self.ticket += 1;
                    let (ticket, start) = (ticket_id(self.ticket), StartRun::default());
                    let project = project_id(1 + number % (self.count - 1));
                    self.intend(Intent::Start { ticket, project, start, reason: None });
                }
            }
            Open::Queue(count) if second == 120 => {
                self.ticket += 1000;
                let starts = vec![StartRun::default(); usize::from(count)];
                let (queue, project) = (ticket_id(self.ticket), project_id(0));
                self.intend(Intent::Queue { queue, project, starts, reason: None, after: None });
            }
            _ => {}
        }
    }

    /// The longest that any project has been left alone, of those that were known for so long.
    fn oldest(&self) -> Duration {
        let age = |watched: &ProjectState| {
            at(self.now).boot.saturating_sub(watched.looked.unwrap_or(watched.listed))
        };
        self.model.projects().map(age).max().unwrap_or_default()
    }

    fn tell_oldest(&self) -> String {
        let oldest = self.model.projects().min_by_key(|watched| watched.looked).unwrap();
        let id = &oldest.project.id;
        let waiting = self.model.requests.waiting();
        format!(
            "{id} {:?} {} {waiting:?}",
            oldest.looked,
            self.model.planner.present().describe(id)
        )
    }

    /// Lets time pass while persons leave all that open; gives the greatest age and its bound.
    fn live(&mut self, open: &[Open], seconds: u64) -> (Duration, Duration) {
        let (mut oldest, mut bound) = (Duration::ZERO, Duration::ZERO);
        for second in 0..seconds {
            for one in open {
                self.act(*one, second);
            }
            self.run_until((second + 1) * 1000);
            if second.is_multiple_of(10) {
                oldest = oldest.max(self.oldest());
                bound = bound.max(self.model.oldest_ever(at(self.now)));
            }
        }
        (oldest, bound)
    }

    fn looks(&self, from: u64) -> usize {
        let looks = |(when, call): &&(u64, Call)| {
            *when >= from && matches!(call, Call::ListRuns { offset: 0, status: None, .. })
        };
        self.sent.iter().filter(looks).count()
    }
}

fn open() -> impl Strategy<Value = Open> {
    prop_oneof![
        (1..200_u64).prop_map(|every| Open::Dialog { every }),
        (1..60_u64, 120..900_u64).prop_map(|(count, every)| Open::Cancels { count, every }),
        (1..12_u64).prop_map(Open::LostStarts),
        (1..40_u16).prop_map(Open::Queue),
        (1..600_u64).prop_map(|every| Open::RefreshAll { every }),
        (1..20_u64).prop_map(|every| Open::Refresh { every }),
        (1..20_u64).prop_map(|every| Open::LookUps { every }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(12)))]

    #[test]
    fn whatever_persons_leave_open_no_project_is_older_than_the_bound(
        count in 15..90_u64,
        open in prop::collection::vec(open(), 1..6),
        lag in 50..1500_u64,
    ) {
        let mut crowd = Crowd::new(count);
        crowd.lag = lag;
        let (oldest, bound) = crowd.live(&open, 3600);
        prop_assert!(oldest <= bound, "{:?} > {:?}; at the end {}", oldest, bound, crowd.tell_oldest());
    }
}

#[test]
fn among_two_thousand_projects_none_is_older_than_the_bound_either() {
    let mut crowd = Crowd::new(2000);
    crowd.limit = Some(60);
    let open = [
        Open::Dialog { every: 119 },
        Open::Cancels { count: 300, every: 600 },
        Open::RefreshAll { every: 3000 },
        Open::Refresh { every: 5 },
        Open::LookUps { every: 6 },
    ];
    let (oldest, bound) = crowd.live(&open, 5 * 3600);
    assert!(oldest <= bound, "{oldest:?}, but the bound is {bound:?}");
    assert!(oldest > bound / 4, "{oldest:?}: it was no trial");
}

#[test]
fn a_dialog_that_is_left_open_narrows_polling_for_two_minutes_at_most() {
    let mut crowd = Crowd::new(40);
    crowd.run_until(300_000);
    let dialog = vec![project_id(3)];
    crowd.intend(Intent::Focus { selected: None, dialog });
    crowd.run_until(420_000);
    let during = crowd.looks(300_000);
    crowd.run_until(540_000);
    let after = crowd.looks(420_000);
    assert!((20..=50).contains(&during), "{during} looks while it is new");
    assert!(after >= 48, "{after} looks in the two minutes after");
    let of_others = |from: u64| {
        let then = crowd.sent.iter().filter(|(when, _)| (from..from + 120_000).contains(when));
        then.filter(|(_, call)| call.project().is_some_and(|p| *p != project_id(3))).count()
    };
    assert!((10..=30).contains(&of_others(300_000)), "{}", of_others(300_000));
    assert!(of_others(420_000) >= 40, "as if nothing were open: {}", of_others(420_000));
}

#[test]
fn a_start_that_waits_for_its_slot_is_not_looked_after() {
    let mut crowd = Crowd::new(3);
    crowd.run_until(60_000);
    let starts = vec![StartRun::default(); 3];
    let (queue, project) = (ticket_id(9000), project_id(0));
    crowd.intend(Intent::Queue {
        queue,
        project: project.clone(),
        starts,
        reason: None,
        after: None,
    });
    crowd.intend(Intent::PauseQueue(queue));
    crowd.run_until(70_000);
    assert!(!crowd.model.is_unsettled(&project));
    let (ticket, start) = (ticket_id(1), StartRun::default());
    let other = project_id(1);
    crowd.intend(Intent::Start { ticket, project: other.clone(), start, reason: None });
    crowd.run_until(71_000);
    assert!(crowd.model.is_unsettled(&other), "its answer is lost");
}

#[test]
fn looking_at_everything_shows_how_far_it_is_and_never_stops_the_polls() {
    let mut crowd = Crowd::new(60);
    crowd.run_until(600_000);
    let quiet = crowd.looks(300_000);
    crowd.intend(Intent::RefreshAll);
    let waiting = crowd.model.requests.waiting().len();
    assert!(waiting <= 6, "{waiting} requests wait at once");
    let mut done = Vec::new();
    while let Some(progress) = crowd.model.refresh_progress() {
        assert_eq!(progress.of, 60);
        done.push(progress.done);
        crowd.run_until(crowd.now + 1000);
        assert!(crowd.now < 900_000, "{done:?}");
    }
    assert!(done.is_sorted() && done.len() > 20, "{done:?}");
    let took = Duration::from_millis(crowd.now - 600_000);
    assert!(took <= LASTS && took < Duration::from_mins(5), "{took:?}");
    let polls = |from: u64| {
        let sent = crowd.sent.iter().filter(|(when, _)| (from..from + 60_000).contains(when));
        sent.filter(|(_, call)| matches!(call, Call::ListRuns { .. })).count()
    };
    assert!(polls(600_000) >= quiet / 6, "{} against {quiet} in five minutes", polls(600_000));
    assert!(polls(600_000) <= 28);
}

#[test]
fn looking_at_everything_can_be_taken_back() {
    let mut crowd = Crowd::new(300);
    crowd.run_until(120_000);
    crowd.intend(Intent::RefreshAll);
    crowd.run_until(140_000);
    assert!(crowd.model.refresh_progress().is_some());
    crowd.intend(Intent::WithdrawRefresh);
    assert_eq!(crowd.model.refresh_progress(), None);
    let looks = |w: &&crate::engine::request::Waiting| matches!(w.call, Call::ListRuns { .. });
    assert_eq!(crowd.model.requests.waiting().iter().filter(looks).count(), 0);
    crowd.run_until(141_000);
    crowd.run_until(201_000);
    assert!(crowd.looks(141_000) <= 27, "only polls: {}", crowd.looks(141_000));
}

#[test]
fn what_persons_read_leaves_polls_half_of_each_minute_and_cancels_their_reserve() {
    let mut crowd = Crowd::new(200);
    crowd.run_until(120_000);
    for number in 0..150 {
        crowd.intend(Intent::LookUp(ProjectId::new(format!("unlisted {number}"))));
    }
    crowd.run_until(420_000);
    let polls = crowd.looks(180_000);
    assert!(polls >= 4 * 14, "{polls} polls in four minutes");
    let looked_up =
        |(when, call): &&(u64, Call)| *when >= 180_000 && matches!(call, Call::GetProject { .. });
    let others = crowd.sent.iter().filter(looked_up).count();
    assert!(others >= 4 * 10, "{others} look-ups in four minutes");
    let spare = crowd.model.budget().admit(Kind::Cancel, Priority::Cancel, at(crowd.now).boot);
    assert_eq!(spare, crate::engine::Admission::Granted);
}
