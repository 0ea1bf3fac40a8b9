//! Properties of the budget against servers that count for themselves.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::api::RateHint;

/// One thing that somebody may want, some time after the one before.
#[derive(Clone, Debug)]
struct Wish {
    after: u64,
    priority: Priority,
    kind: Kind,
    /// How long until the reply.
    latency: u64,
    /// Which part of that passes before the server sees it, in percent.
    seen: u64,
}

fn wish() -> impl Strategy<Value = Wish> {
    let pause = prop_oneof![4 => 0..50_u64, 4 => 50..2_000_u64, 1 => 2_000..70_000_u64];
    let who = prop_oneof![
        6 => Just((Priority::Poll, Kind::Read)),
        1 => Just((Priority::Sweep, Kind::Read)),
        2 => Just((Priority::Person, Kind::Read)),
        1 => Just((Priority::Person, Kind::Trigger)),
        1 => Just((Priority::Cancel, Kind::Cancel)),
    ];
    let latency = prop_oneof![6 => 20..300_u64, 1 => 300..20_000_u64];
    (pause, who, latency, 0..=100_u64).prop_map(|(after, (priority, kind), latency, seen)| Wish {
        after,
        priority,
        kind,
        latency,
        seen,
    })
}

/// What a server says in its headers.
#[derive(Clone, Copy, Debug)]
enum Headers {
    None,
    Remaining,
    All,
}

/// A server with the documented window: it starts with the first request and lasts a minute.
struct Server {
    limit: u32,
    headers: Headers,
    window: Option<(Boot, u32)>,
    arrivals: Vec<(Boot, Kind)>,
}

impl Server {
    fn arrive(&mut self, kind: Kind, at: Boot) -> (RateHint, bool) {
        self.arrivals.push((at, kind));
        let (start, count) =
            self.window.filter(|(start, _)| at < *start + MINUTE).unwrap_or((at, 0));
        let refused = count >= self.limit;
        let count = count + u32::from(!refused);
        self.window = Some((start, count));
        let remaining = Some(self.limit - count);
        let hint = match self.headers {
            Headers::None => RateHint::default(),
            Headers::Remaining => RateHint { remaining, ..RateHint::default() },
            Headers::All => RateHint {
                limit: Some(self.limit),
                remaining,
                reset: Some((start + MINUTE).saturating_sub(at)),
                retry_after: None,
            },
        };
        (hint, refused)
    }
}

/// Acts the wishes out as far as the budget grants them; every reply arrives in its time.
/// Returns how many were refused.
fn act(budget: &mut Budget, server: &mut Server, wishes: &[Wish], begin: Boot) -> (u32, Boot) {
    let mut now = begin;
    let mut arrivals: Vec<(Boot, CallId, Kind)> = Vec::new();
    let mut replies: Vec<(Boot, CallId, RateHint, bool)> = Vec::new();
    let mut refusals = 0;
    for (number, wish) in wishes.iter().enumerate() {
        now += Duration::from_millis(wish.after);
        // What reaches the server, and what comes back, does so in the order of time.
        arrivals.sort_by_key(|(at, ..)| *at);
        let due = arrivals.iter().take_while(|(at, ..)| *at <= now).count();
        for (at, call, kind) in arrivals.drain(..due) {
            let (hint, refused) = server.arrive(kind, at);
            refusals += u32::from(refused);
            for reply in replies.iter_mut().filter(|(_, id, ..)| *id == call) {
                (reply.2, reply.3) = (hint, refused);
            }
        }
        replies.sort_by_key(|(at, ..)| *at);
        let due = replies.iter().take_while(|(at, ..)| *at <= now).count();
        for (at, call, hint, refused) in replies.drain(..due) {
            budget.settle(call, &hint, refused, at);
        }
        if budget.admit(wish.kind, wish.priority, now) == Admission::Granted {
            let call = CallId::numbered(number as u64);
            budget.take(call, wish.kind, wish.priority, now);
            let seen = now + Duration::from_millis(wish.latency * wish.seen / 100);
            arrivals.push((seen, call, wish.kind));
            let back = now + Duration::from_millis(wish.latency);
            replies.push((back, call, RateHint::default(), false));
        }
    }
    (refusals, now)
}

/// The most arrivals that any stretch of `window` holds.
fn densest(arrivals: &[(Boot, Kind)], window: Duration, which: impl Fn(Kind) -> bool) -> usize {
    let mut times: Vec<_> =
        arrivals.iter().filter(|(_, kind)| which(*kind)).map(|(at, _)| *at).collect();
    times.sort_unstable();
    let held =
        |from: usize| times[from..].iter().take_while(|at| **at < times[from] + window).count();
    (0..times.len()).map(held).max().unwrap_or(0)
}

fn headers() -> impl Strategy<Value = Headers> {
    prop_oneof![Just(Headers::None), Just(Headers::Remaining), Just(Headers::All)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(400)))]

    #[test]
    fn no_stretch_at_the_server_ever_holds_more_than_the_limit(
        wishes in prop::collection::vec(wish(), 1..600),
        headers in headers(),
        limit in prop_oneof![Just(30_u32), Just(60_u32)],
    ) {
        let mut budget = Budget::new(60);
        let mut server = Server { limit, headers, window: None, arrivals: Vec::new() };
        let (refusals, _) = act(&mut budget, &mut server, &wishes, Boot::from_secs(5 * 3600));
        prop_assert_eq!(refusals, 0);
        let most = densest(&server.arrivals, MINUTE, |_| true);
        prop_assert!(most <= limit as usize, "{} in a minute", most);
        prop_assert!(densest(&server.arrivals, MINUTE, |kind| kind == Kind::Trigger) <= 20);
        prop_assert!(densest(&server.arrivals, HOUR, |kind| kind == Kind::Trigger) <= 60);
    }

    #[test]
    fn whatever_polls_and_persons_did_a_cancel_leaves_at_once(
        wishes in prop::collection::vec(wish(), 1..600),
        headers in headers(),
    ) {
        let wishes: Vec<_> = wishes.into_iter().filter(|wish| wish.priority != Priority::Cancel).collect();
        let mut budget = Budget::new(60);
        let mut server = Server { limit: 60, headers, window: None, arrivals: Vec::new() };
        let (_, now) = act(&mut budget, &mut server, &wishes, Boot::from_secs(5 * 3600));
        prop_assert_eq!(budget.admit(Kind::Cancel, Priority::Cancel, now), Admission::Granted);
    }

    #[test]
    fn a_moment_that_is_named_is_never_past_and_comes_true_in_the_end(
        wishes in prop::collection::vec(wish(), 1..300),
    ) {
        let mut budget = Budget::new(60);
        let mut server =
            Server { limit: 60, headers: Headers::All, window: None, arrivals: Vec::new() };
        let (_, now) = act(&mut budget, &mut server, &wishes, Boot::from_secs(5 * 3600));
        for priority in [Priority::Poll, Priority::Sweep, Priority::Person, Priority::Cancel] {
            let plan = budget.forecast(Kind::Read, priority, 80, now);
            prop_assert!(plan.is_sorted());
            prop_assert!(plan.iter().all(|at| *at >= now));
        }
    }
}
