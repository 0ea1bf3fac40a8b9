//! Reading the list of projects: where it ends, what it costs others, and projects that are named
//! by their id and that it does not have.

use super::*;
use crate::domain::Query;
use crate::domain::filter::{Saved, Subject};
use crate::engine::sync::protocol::{Answer, StoreEvent};
use crate::engine::sync::{ListPage, Shared};

/// A page: its projects and the cursor of the next one.
type Page = Result<(Vec<Project>, Option<String>), ApiError>;

/// The page with a cursor, with unlisted projects or without.
type Pages = fn(Option<&str>, bool) -> Page;

/// A server that lists projects, with what it has answered.
struct Lists {
    model: Model,
    /// What a page holds: its projects and the cursor of the next one.
    page: Pages,
    /// What it says of one project.
    one: fn(&ProjectId) -> Result<Project, ApiError>,
    sent: Vec<Call>,
    now: u64,
}

fn published(id: &str, title: &str) -> Project {
    Project {
        id: ProjectId::new(id),
        title: title.into(),
        published: Published::At(Timestamp::UNIX_EPOCH),
        retired: false,
        owner: None,
        categories: Vec::new(),
        label: None,
        schedules: Vec::new(),
    }
}

fn not_found() -> ApiError {
    ApiError::NotFound(Detail::default())
}

const HIDDEN: &str = "3f1c2b9e-8a47-4d55-9f0e-6b1d7c20a911";

impl Lists {
    fn new(
        settings: Settings,
        page: Pages,
        one: fn(&ProjectId) -> Result<Project, ApiError>,
    ) -> Self {
        let model = Model::new(settings);
        let mut lists = Self { model, page, one, sent: Vec::new(), now: 0 };
        lists.tell(Msg::Started);
        lists
    }

    fn tell(&mut self, msg: Msg) {
        let mut msgs = VecDeque::from([msg]);
        while let Some(msg) = msgs.pop_front() {
            for effect in self.model.update(msg, at(self.now)) {
                let Effect::Send(id, call, ..) = effect else { continue };
                let result = match &call {
                    Call::ListProjects { after, unlisted } => {
                        (self.page)(after.as_deref(), *unlisted)
                            .map(|(projects, after)| Reply::Projects { projects, after })
                    }
                    Call::GetProject { project } => (self.one)(project).map(Reply::Project),
                    Call::Me => Ok(Reply::Me(crate::api::Me::default())),
                    _ => {
                        let (runs, order) = (Vec::new(), PageOrder::NewestFirst);
                        Ok(Reply::Runs { runs, more: false, order })
                    }
                };
                self.sent.push(call);
                let response = Response { result, rate: RateHint::default(), date: None };
                msgs.push_back(Msg::Replied(id, response));
            }
        }
    }

    /// Lets so many seconds pass.
    fn wait(&mut self, seconds: u64) {
        for _ in 0..seconds * 10 {
            self.now += 100;
            self.tell(Msg::Woke);
        }
    }

    fn pages(&self) -> usize {
        self.sent.iter().filter(|call| matches!(call, Call::ListProjects { .. })).count()
    }

    fn looked_up(&self) -> usize {
        self.sent.iter().filter(|call| matches!(call, Call::GetProject { .. })).count()
    }

    fn titles(&self) -> Vec<&str> {
        self.model.projects().map(|watched| watched.project.title.as_str()).collect()
    }
}

fn number(after: Option<&str>) -> usize {
    after.map_or(0, |cursor| cursor.parse().unwrap())
}

fn nobody(_: &ProjectId) -> Result<Project, ApiError> {
    Err(not_found())
}

#[test]
fn a_listing_ends_where_its_pages_bring_nothing_new() {
    let empty: Pages = |after, _| Ok((Vec::new(), Some((number(after) + 1).to_string())));
    let repeated: Pages = |after, _| {
        let next = Some((number(after) + 1).to_string());
        Ok((vec![published("a", "A"), published("b", "B")], next))
    };
    let comes_round: Pages = |after, _| {
        let page = number(after);
        let id = format!("p{page}");
        Ok((vec![published(&id, &id)], Some(((page + 1) % 2).to_string())))
    };
    for (name, page, pages, projects) in
        [("empty", empty, 3, 0), ("repeated", repeated, 4, 2), ("comes round", comes_round, 3, 2)]
    {
        let mut lists = Lists::new(Settings::default(), page, nobody);
        lists.wait(60);
        assert_eq!(lists.pages(), pages, "{name}");
        assert!(lists.model.is_listed(), "{name}");
        let cut = ListingCut { projects, pages, why: CutReason::NothingNew };
        assert_eq!(lists.model.listing_cut(), Some(cut), "{name}");
        assert_eq!(lists.model.projects().count(), projects, "{name}");
    }
}

#[test]
fn a_cut_list_that_another_process_has_read_is_not_read_again() {
    let mut model = Model::new(Settings::default()).sharing(Session(2));
    model.update(Msg::Started, at(0));
    let cut = ListingCut { projects: 1, pages: 4, why: CutReason::NothingNew };
    let page = |number, projects, cut| {
        Shared::Page(ListPage { by: Session(1), number, projects, cut }).fact(at(0).boot)
    };
    let facts = vec![page(0, vec![published("a", "A")], None), page(3, Vec::new(), Some(cut))];
    let told = StoreEvent { facts, answer: Answer::Joined, ..StoreEvent::default() };
    let mut effects = model.update(Msg::Store(Ok(told)), at(10));
    effects.extend(model.update(Msg::Woke, at(10_000)));
    let lists = |effect: &&Effect| matches!(effect, Effect::Send(_, Call::ListProjects { .. }, ..));
    assert_eq!(effects.iter().find(lists), None);
    assert_eq!((model.is_listed(), model.listing_cut()), (true, Some(cut)));
    let titles: Vec<_> = model.projects().map(|watched| watched.project.title.as_str()).collect();
    assert_eq!(titles, ["A"]);
}

#[test]
fn an_empty_page_in_the_middle_ends_nothing() {
    let mut lists = Lists::new(
        Settings::default(),
        |after, _| {
            Ok(match number(after) {
                page @ (0 | 3) => {
                    let id = format!("p{page}");
                    (vec![published(&id, &id)], (page == 0).then(|| "1".to_owned()))
                }
                page => (Vec::new(), Some((page + 1).to_string())),
            })
        },
        nobody,
    );
    lists.wait(60);
    assert_eq!((lists.pages(), lists.titles()), (4, vec!["p0", "p3"]));
    assert_eq!(lists.model.listing_cut(), None);
}

#[test]
fn a_list_that_never_ends_is_cut_after_a_fixed_number_of_pages_and_that_is_told() {
    let mut lists = Lists::new(
        Settings::default(),
        |after, _| {
            let page = number(after);
            let id = |row| format!("p{page}-{row}");
            let projects = (0..7).map(|row| published(&id(row), &id(row))).collect();
            Ok((projects, Some((page + 1).to_string())))
        },
        nobody,
    );
    lists.wait(900);
    assert_eq!(lists.pages(), 100);
    let cut = ListingCut { projects: 700, pages: 100, why: CutReason::TooLong };
    assert_eq!((lists.model.listing_cut(), lists.model.is_listed()), (Some(cut), true));
    // One page of a hundred thousand projects is cut as well.
    let mut long = Lists::new(
        Settings::default(),
        |after, _| {
            let id = |row| format!("p{}-{row}", number(after));
            let projects = (0..20_000).map(|row| published(&id(row), "same")).collect();
            Ok((projects, Some((number(after) + 1).to_string())))
        },
        nobody,
    );
    long.wait(1);
    let cut = ListingCut { projects: 10_000, pages: 1, why: CutReason::TooLong };
    assert_eq!((long.model.listing_cut(), long.pages()), (Some(cut), 1));
}

/// A page with an unlisted project where it is asked for.
fn with_hidden(unlisted: bool) -> (Vec<Project>, Option<String>) {
    let hidden = unlisted.then(|| published(HIDDEN, "Hidden"));
    (hidden.into_iter().chain([published("a", "A")]).collect(), None)
}

fn refused() -> ApiError {
    let (detail, params) = (Detail::default(), ParamIssues::default());
    ApiError::Rejected { status: 400, detail, params }
}

#[test]
fn unlisted_projects_are_asked_for_and_a_refusal_of_that_is_remembered() {
    let mut knowing =
        Lists::new(Settings::default(), |_, unlisted| Ok(with_hidden(unlisted)), nobody);
    knowing.wait(10);
    assert_eq!(knowing.titles(), ["Hidden", "A"]);
    let refuse: Pages =
        |_, unlisted| if unlisted { Err(refused()) } else { Ok(with_hidden(false)) };
    let mut refusing = Lists::new(Settings::default(), refuse, nobody);
    refusing.wait(1);
    assert_eq!((refusing.pages(), refusing.titles()), (2, vec!["A"]));
    assert_eq!(refusing.model.listing_error(), None);
    refusing.wait(1300);
    assert_eq!(refusing.pages(), 4, "once more each ten minutes, never with the question");
}

#[test]
fn a_list_that_is_refused_however_it_is_asked_for_is_told() {
    let mut lists = Lists::new(Settings::default(), |_, _| Err(refused()), nobody);
    lists.wait(10);
    assert_eq!((lists.pages(), lists.model.listing_error()), (2, Some(&refused())));
}

fn hidden(id: &ProjectId) -> Result<Project, ApiError> {
    if id.as_str() == HIDDEN { Ok(published(HIDDEN, "Hidden")) } else { Err(not_found()) }
}

fn watching(names: &[&str]) -> Settings {
    let watch = names.iter().map(|name| (*name).to_owned()).collect();
    Settings { watch, ..Settings::default() }
}

#[test]
fn projects_configured_by_their_ids_are_polled_at_once_and_no_list_is_read() {
    let upper = HIDDEN.to_uppercase();
    let address = format!("https://app.hex.tech/acme/hex/{HIDDEN}/draft");
    for name in [HIDDEN, &upper, &address] {
        let mut lists = Lists::new(watching(&[name]), |_, _| Err(refused()), hidden);
        let polls = |call: &Call| matches!(call, Call::ListRuns { project, .. } if project.as_str() == HIDDEN);
        assert!(lists.sent.iter().any(polls), "{name}: {:?}", lists.sent);
        lists.wait(1300);
        assert_eq!((lists.pages(), lists.titles()), (0, vec!["Hidden"]), "{name}");
        assert_eq!(lists.looked_up(), 3, "{name}: its title may change");
        assert!(lists.model.is_listed() && lists.model.missing().is_empty(), "{name}");
    }
}

#[test]
fn a_filter_chooses_the_watched_projects_beside_those_that_are_named() {
    let pages: Pages = |_, _| {
        let of = |number: usize, owner: &str, category: &str| Project {
            owner: Some(owner.to_owned()),
            categories: vec![category.to_owned()],
            ..published(&format!("p{number}"), &format!("P {number}"))
        };
        let projects = vec![
            of(0, "ana@acme.test", "Sales"),
            of(1, "ben@acme.test", "Finance"),
            of(2, "ben@acme.test", "Sales"),
            Project { published: Published::Never, ..of(3, "ana@acme.test", "Sales") },
        ];
        Ok((projects, None))
    };
    let filtered = |filter: &str, names: &[&str]| {
        let watch_filter = Query::parse(filter, Subject::Projects, &Saved::new()).unwrap();
        let mut lists = Lists::new(Settings { watch_filter, ..watching(names) }, pages, nobody);
        lists.wait(60);
        let polled = |call: &Call| match call {
            Call::ListRuns { project, .. } => Some(project.to_string()),
            _ => None,
        };
        let polled: BTreeSet<_> = lists.sent.iter().filter_map(polled).collect();
        (lists.titles().join(" "), polled.into_iter().collect::<Vec<_>>().join(" "))
    };
    for (filter, names, watched, polled) in [
        ("", &[][..], "P 0 P 1 P 2 P 3", "p0 p1 p2"),
        ("owner:ana or category:finance", &[], "P 0 P 1 P 3", "p0 p1"),
        ("owner:ana", &["P 2"], "P 0 P 2 P 3", "p0 p2"),
        ("owner:carl", &[], "", ""),
    ] {
        let found = filtered(filter, names);
        assert_eq!((found.0.as_str(), found.1.as_str()), (watched, polled), "{filter} {names:?}");
    }
}

#[test]
fn an_id_that_hex_does_not_know_is_missing_as_soon_as_hex_says_so() {
    let nobody_has = "00000000-0000-4000-8000-000000000000";
    let mut lists = Lists::new(watching(&[HIDDEN, nobody_has]), |_, _| Err(refused()), hidden);
    lists.wait(1);
    assert!(lists.model.is_listed());
    assert_eq!(lists.model.missing(), &[nobody_has.to_owned()]);
    lists.wait(60);
    assert_eq!(lists.titles(), ["Hidden"]);
}

#[test]
fn a_project_that_the_list_hides_is_looked_up_where_it_is_configured_or_pinned() {
    let listed: Pages = |_, _| Ok(with_hidden(false));
    let mut configured = Lists::new(watching(&["A", HIDDEN]), listed, hidden);
    configured.wait(1300);
    assert_eq!(configured.titles(), ["Hidden", "A"]);
    assert!(configured.model.missing().is_empty());
    let mut pinned = Lists::new(Settings::default(), listed, hidden);
    pinned.tell(Msg::Intent(Intent::Pin(BTreeSet::from([ProjectId::new(HIDDEN)]))));
    pinned.wait(700);
    assert_eq!(pinned.titles(), ["Hidden", "A"]);
    pinned.wait(1300);
    assert_eq!(pinned.titles(), ["Hidden", "A"], "it stays");
    let mut plain = Lists::new(Settings::default(), listed, hidden);
    plain.wait(700);
    assert_eq!((plain.titles(), plain.looked_up()), (vec!["A"], 0));
}

#[test]
fn a_lookup_that_fails_is_tried_again_and_leaves_the_project_polled() {
    let failing = |_: &ProjectId| Err(ApiError::Server { status: 500, detail: Detail::default() });
    let mut lists = Lists::new(watching(&[HIDDEN]), |_, _| Err(refused()), failing);
    lists.wait(1);
    assert_eq!((lists.looked_up(), lists.model.is_listed()), (1, false));
    lists.wait(120);
    assert!((4..=7).contains(&lists.looked_up()), "{}", lists.looked_up());
    assert!(lists.model.is_listed(), "it is not waited for for ever");
    assert!(lists.model.missing().is_empty());
    let watched = lists.model.project(&ProjectId::new(HIDDEN)).unwrap();
    assert!(watched.read.is_some());
}

/// Thirty pages, as of a workspace with three thousand projects.
fn long(after: Option<&str>) -> (Vec<Project>, Option<String>) {
    let page = number(after);
    let id = |row: usize| format!("p{page:02}-{row:02}");
    let projects = (0..100).map(|row| published(&id(row), &id(row))).collect();
    (projects, (page < 29).then(|| (page + 1).to_string()))
}

#[test]
fn reading_a_long_list_leaves_persons_and_cancels_their_requests_and_polls_their_turns() {
    let mut lists = Lists::new(Settings::default(), |after, _| Ok(long(after)), nobody);
    lists.wait(5);
    let spare = lists.model.budget().spare(at(lists.now).boot);
    assert!(spare >= 3, "{spare} requests are left to persons");
    let before = lists.sent.len();
    for row in 0..3 {
        let project = ProjectId::new(format!("p00-{row:02}"));
        lists.tell(Msg::Intent(Intent::Refresh(project)));
    }
    let run = |number: u64| (project_id(number), RunId::new(format!("run-{number}")));
    lists.tell(Msg::Intent(Intent::Cancel(vec![run(1), run(2)].into())));
    let sent = &lists.sent[before..];
    let looks = sent.iter().filter(|call| matches!(call, Call::ListRuns { .. })).count();
    let cancels = sent.iter().filter(|call| matches!(call, Call::Cancel { .. })).count();
    assert!(looks >= 3 && cancels == 2, "at once: {sent:?}");
    // After the first pages the list and the polls take turns.
    let mut lists = Lists::new(Settings::default(), |after, _| Ok(long(after)), nobody);
    lists.wait(60);
    let before = lists.sent.len();
    lists.wait(60);
    let sent = &lists.sent[before..];
    let polls = sent.iter().filter(|call| matches!(call, Call::ListRuns { .. })).count();
    let pages = sent.iter().filter(|call| matches!(call, Call::ListProjects { .. })).count();
    assert!(polls >= 12 && pages > 0 && pages <= polls, "{polls} polls, {pages} pages");
    lists.wait(180);
    assert_eq!((lists.pages(), lists.model.is_listed()), (30, true));
}

#[test]
fn a_command_that_waits_for_the_list_reads_it_as_fast_as_the_budget_allows() {
    let mut lists = Lists::new(Settings::default(), |after, _| Ok(long(after)), nobody);
    lists.tell(Msg::Intent(Intent::Poll(PollScope::Selected)));
    lists.wait(130);
    assert_eq!((lists.pages(), lists.model.is_listed()), (30, true));
}

#[test]
fn while_nothing_is_published_the_list_is_read_often_so_that_the_first_is_seen_soon() {
    let draft: Pages = |_, _| {
        let draft = Project { published: Published::Never, ..published("d", "Draft") };
        Ok((vec![draft], None))
    };
    let mut lists = Lists::new(Settings::default(), draft, nobody);
    assert!(lists.model.has_nothing_published());
    lists.wait(300);
    assert!((9..=11).contains(&lists.pages()), "{}", lists.pages());
    lists.page = |_, unlisted| Ok(with_hidden(unlisted));
    lists.wait(31);
    assert!(!lists.model.has_nothing_published());
    let before = lists.pages();
    lists.wait(300);
    assert_eq!(lists.pages(), before);
}
