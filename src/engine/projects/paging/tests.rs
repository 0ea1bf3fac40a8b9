//! Looks at lists of any order, length and page size, that grow and shrink meanwhile.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::domain::{ProjectId, RunStatus};

/// A list on a server.
#[derive(Clone, Debug)]
struct List {
    /// When its runs started, in seconds; none have ended.
    starts: Vec<i64>,
    order: PageOrder,
    /// The most runs that a page has, whatever is asked for.
    size: u32,
    /// Whether it says that there are more.
    says_more: bool,
}

impl List {
    fn new(length: i64, order: PageOrder, size: u32) -> Self {
        Self { starts: (0..length).collect(), order, size, says_more: true }
    }

    /// So many runs begin.
    fn grow(&mut self, by: i64) {
        let next = self.starts.last().map_or(0, |last| last + 1);
        self.starts.extend(next..next + by);
    }

    fn newest(&self) -> i64 {
        *self.starts.last().unwrap()
    }

    /// The page from `offset` on, sorted as the client does it, with the starts of its runs.
    fn page(&self, offset: u32) -> (Page, Vec<i64>) {
        let mut listed = self.starts.clone();
        match self.order {
            PageOrder::NewestFirst => listed.reverse(),
            PageOrder::OldestFirst => {}
            PageOrder::Mixed => listed.sort_by_key(|start| (start * 7_919) % 10_007),
        }
        let (from, size) = (usize::try_from(offset).unwrap(), usize::try_from(self.size).unwrap());
        let more = self.says_more && listed.len() > from + size;
        let starts: Vec<_> = listed.into_iter().skip(from).take(size.min(100)).collect();
        let mut sorted = starts.clone();
        sorted.sort_unstable_by_key(|start| std::cmp::Reverse(*start));
        let runs: Vec<_> = sorted.into_iter().map(run).collect();
        let rises = starts.windows(2).filter(|pair| pair[0] < pair[1]).count();
        let order = match rises {
            0 => PageOrder::NewestFirst,
            all if all + 1 == starts.len() => PageOrder::OldestFirst,
            _ => PageOrder::Mixed,
        };
        (Page::new(&runs, offset, (more, order), Boot::from_secs(1)), starts)
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn run(start: i64) -> Run {
    Run {
        project: ProjectId::new("p"),
        id: RunId::new(format!("run-{start}")),
        version: None,
        url: None,
        status: RunStatus::Running,
        trigger: None,
        start: Some(at(start)),
        end: None,
        elapsed: None,
    }
}

/// What a look has come to.
struct Look {
    covered: Covered,
    requests: usize,
    seen: BTreeSet<i64>,
}

/// Looks until the look is complete; after each page the list grows by so many.
fn look(paging: &mut Paging, list: &mut List, goal: Goal, growth: i64) -> Look {
    let (mut requests, mut seen) = (0, BTreeSet::new());
    let mut offset = paging.head();
    loop {
        requests += 1;
        assert!(requests < 100, "{list:?} {paging:?}");
        let (page, starts) = list.page(offset);
        seen.extend(starts);
        match paging.take(&page, goal) {
            Next::Read(next) => offset = next,
            Next::Done(covered) => return Look { covered, requests, seen },
            Next::Nothing => panic!("{list:?} {paging:?}"),
        }
        list.grow(growth);
    }
}

const DIRECTIONS: [PageOrder; 2] = [PageOrder::NewestFirst, PageOrder::OldestFirst];

#[test]
fn what_a_person_wants_is_read_back_to_in_whatever_order_and_no_further() {
    for order in [PageOrder::NewestFirst, PageOrder::OldestFirst, PageOrder::Mixed] {
        for (since, most, first) in
            [(Some(5_500), u32::MAX, 5_500), (None, 450, 5_550), (None, u32::MAX, 0)]
        {
            let mut list = List::new(6_000, order, 100);
            let to = ReadBack { since: since.map(at), most };
            let Look { covered, requests, seen } =
                look(&mut Paging::default(), &mut list, Goal::Back(to), 0);
            assert!(covered.reached, "{order:?} {to:?}");
            assert!((first..6_000).all(|start| seen.contains(&start)), "{order:?} {to:?}");
            let few = order != PageOrder::Mixed && first > 0;
            assert!(!few || requests < 25, "{order:?} {to:?}: {requests}");
        }
    }
}

#[test]
fn the_newest_of_many_runs_are_seen_with_few_requests_and_then_with_one_a_look() {
    for order in DIRECTIONS {
        for length in [1, 99, 100, 101, 130, 300, 1_000, 1_001, 20_000] {
            let mut list = List::new(length, order, 100);
            let mut paging = Paging::default();
            let first = look(&mut paging, &mut list, Goal::First, 0);
            assert!(first.seen.contains(&list.newest()), "{order:?} {length}");
            assert!(first.seen.len() >= 75.min(usize::try_from(length).unwrap()));
            assert!(first.requests <= 18, "{order:?} {length} {}", first.requests);
            for _ in 0..20 {
                let known = list.newest();
                list.grow(7);
                let next = look(&mut paging, &mut list, Goal::Known(Some(at(known))), 0);
                assert!(next.seen.contains(&list.newest()), "{order:?} {length}");
                assert!(next.covered.reached, "{order:?} {length}");
                // The list may just not fit on a page any more.
                assert!(next.requests <= 2, "{order:?} {length} {}", next.requests);
            }
            let known = Goal::Known(Some(at(list.newest())));
            list.grow(7);
            assert_eq!(look(&mut paging, &mut list, known, 0).requests, 1, "{order:?} {length}");
        }
    }
}

#[test]
fn the_end_of_a_thousand_runs_is_found_within_eight_requests() {
    let mut list = List::new(1_000, PageOrder::OldestFirst, 100);
    let first = look(&mut Paging::default(), &mut list, Goal::First, 0);
    assert!(first.requests <= 8, "{}", first.requests);
}

#[test]
fn a_process_that_is_told_of_the_list_looks_at_its_end_at_once() {
    let mut list = List::new(1_000, PageOrder::OldestFirst, 100);
    let mut reader = Paging::default();
    look(&mut reader, &mut list, Goal::First, 0);
    let mut other = Paging::default();
    let json = serde_json::to_string(&reader.layout()).unwrap();
    other.apply(serde_json::from_str(&json).unwrap());
    let first = look(&mut other, &mut list, Goal::First, 0);
    assert!(first.requests == 1 && first.seen.contains(&list.newest()));
}

#[test]
fn a_list_in_no_order_is_read_whole_at_first_and_then_in_turn() {
    let mut list = List::new(450, PageOrder::Mixed, 100);
    let mut paging = Paging::default();
    let first = look(&mut paging, &mut list, Goal::First, 0);
    assert_eq!((first.requests, first.seen.len(), first.covered.all), (5, 450, true));
    list.grow(3);
    let known = Goal::Known(Some(at(449)));
    let looks: Vec<_> = (0..6).map(|_| look(&mut paging, &mut list, known, 0)).collect();
    assert!(looks.iter().all(|look| look.requests == 1));
    assert_eq!(looks.into_iter().flat_map(|look| look.seen).collect::<BTreeSet<_>>().len(), 453);
    let search = look(&mut paging, &mut list, Goal::Search(at(449)), 0);
    assert_eq!(search.seen.len(), 453, "a start's run may be anywhere");
}

#[test]
fn a_list_that_has_lost_most_of_its_runs_is_read_at_its_new_end() {
    let mut list = List::new(2_000, PageOrder::OldestFirst, 100);
    let mut paging = Paging::default();
    look(&mut paging, &mut list, Goal::First, 0);
    for gone in [100, 1_500, 2_000] {
        list.starts.drain(..list.starts.len().min(gone));
        list.grow(5);
        let known = Goal::Known(Some(at(list.newest() - 5)));
        let next = look(&mut paging, &mut list, known, 0);
        assert!(next.seen.contains(&list.newest()) && next.covered.reached, "{gone}");
    }
}

#[test]
fn runs_that_all_started_at_once_and_a_server_that_ignores_the_offset_are_given_up_soon() {
    let mut paging = Paging::default();
    let runs: Vec<_> = (0..100).map(|number| Run { start: Some(at(5)), ..run(number) }).collect();
    let page = |offset: u32, first: usize| {
        let mut runs = runs.clone();
        runs.rotate_left(first);
        Page::new(&runs, offset, (true, PageOrder::NewestFirst), Boot::ZERO)
    };
    let goal = Goal::Known(Some(at(5)));
    assert_eq!(paging.take(&page(0, 0), goal), Next::Read(100));
    assert_eq!(paging.take(&page(100, 1), goal), Next::Read(200));
    assert_eq!(paging.take(&page(200, 2), goal), Next::Read(300));
    assert!(matches!(paging.take(&page(300, 3), goal), Next::Done(_)));
    assert!(matches!(paging.take(&page(0, 0), goal), Next::Done(_)), "and not learned again");
    let list = List::new(1_000, PageOrder::OldestFirst, 100);
    let (first, _) = list.page(0);
    let mut paging = Paging::default();
    assert_eq!(paging.take(&first, Goal::First), Next::Read(100));
    assert!(matches!(paging.take(&Page { offset: 100, ..first }, Goal::First), Next::Done(_)));
}

#[test]
fn a_page_that_was_asked_for_before_the_order_was_known_leads_to_the_end() {
    let mut list = List::new(1_000, PageOrder::OldestFirst, 100);
    let mut paging = Paging::default();
    look(&mut paging, &mut list, Goal::First, 0);
    let head = paging.head();
    assert!(head > 900);
    let goal = Goal::Known(Some(at(999)));
    assert_eq!(paging.take(&list.page(0).0, goal), Next::Read(head));
    assert!(matches!(paging.take(&list.page(head).0, goal), Next::Done(_)));
    assert_eq!(paging.take(&list.page(500).0, goal), Next::Nothing);
}

fn orders() -> impl Strategy<Value = PageOrder> {
    prop_oneof![Just(PageOrder::NewestFirst), Just(PageOrder::OldestFirst)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(300)))]

    #[test]
    fn no_run_is_missed_whatever_the_order_the_page_size_and_the_growth(
        order in orders(),
        length in 1..1_500_i64,
        size in prop_oneof![Just(100_u32), 20..100_u32, 4..20_u32],
        says_more in any::<bool>(),
        growths in prop::collection::vec((0..90_i64, 0..3_i64), 1..8),
    ) {
        // A server that never says that there are more fills its pages.
        let size = if says_more { size } else { 100 };
        let mut list = List { says_more, ..List::new(length, order, size) };
        let mut paging = Paging::default();
        let mut newest = list.newest();
        look(&mut paging, &mut list, Goal::First, 0);
        for (between, meanwhile) in growths {
            list.grow(between);
            let (known, begun) = (newest, list.newest());
            let next = look(&mut paging, &mut list, Goal::Known(Some(at(known))), meanwhile);
            prop_assert!(next.seen.contains(&begun), "the newest: {known} {begun} {:?}", next.seen);
            if next.covered.reached {
                prop_assert!((known..=begun).all(|start| next.seen.contains(&start)));
            } else {
                // Everything from there on was seen, and the rest is told as a gap.
                let from = next.covered.oldest.unwrap().as_second();
                prop_assert!((from..=begun).all(|start| next.seen.contains(&start)));
                prop_assert!(size < 20 || between + 8 * meanwhile > 300, "given up too soon");
            }
            newest = next.seen.last().copied().unwrap();
        }
    }
}
