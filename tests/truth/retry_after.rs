//! What `Retry-After` may do: polls wait as told, an hour at most; a confirmed cancel waits a minute
//! at most; and no number of 429s makes hextop ask every second.

use std::time::Duration;

use crate::dashboard::{END, play};
use crate::hex::Hex;
use crate::hex::life::Life;
use crate::hex::reply::Reply;
use crate::hex::request::{OPS, Op};
use crate::hex::rule::{Act, Rule};
use crate::hex::world::ME;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn too_many(retry_after: &str) -> Act {
    let wait = Some(retry_after).filter(|wait| !wait.is_empty());
    Act::Instead(Reply::too_many(wait))
}

/// Every form in which it asks for far too long.
const TOO_LONG: [&str; 5] = [
    "99999999999",
    "86400",
    "9223372036854775807",
    "Fri, 31 Dec 2100 23:59:59 GMT",
    "2100-01-01T00:00:00Z",
];

/// Times of the requests that arrived from a second on.
fn arrivals(hex: &Hex, op: Option<Op>, from: u64) -> Vec<Duration> {
    let requests = hex.requests().into_iter();
    let wanted = requests.filter(|request| op.is_none_or(|op| request.op == op));
    wanted.map(|request| request.at).filter(|at| *at >= secs(from)).collect()
}

#[test]
fn a_confirmed_cancel_leaves_within_a_minute_however_long_hex_asks_to_wait() {
    for wait in TOO_LONG {
        let hex = Hex::new();
        hex.project("Alpha", Life::endless());
        let run = hex.begin("Alpha", ME);
        hex.rule(Rule::on_all(&[Op::Runs, Op::Run], too_many(wait)).from(10).until(40));
        let played = play(&hex, &[(45_000, "X"), (300, "y"), (90_000, END)]);
        let deletes = arrivals(&hex, Some(Op::Cancel), 0);
        let first = deletes.first().copied();
        assert!(first.is_some_and(|at| at <= secs(45 + 62)), "{wait}: {first:?} {}", played.last());
        assert_eq!(hex.status(&run), "KILLED", "{wait}");
    }
}

#[test]
fn a_cancel_that_is_refused_so_is_tried_once_a_minute() {
    for wait in TOO_LONG {
        let hex = Hex::new();
        hex.project("Alpha", Life::endless());
        hex.begin("Alpha", ME);
        hex.rule(Rule::on_all(&OPS, too_many(wait)).from(10));
        play(&hex, &[(12_000, "X"), (300, "y"), (600_000, END)]);
        let deletes = arrivals(&hex, Some(Op::Cancel), 0);
        assert!((8..=11).contains(&deletes.len()), "{wait}: {deletes:?}");
        for pair in deletes.windows(2) {
            let pause = pair[1] - pair[0];
            assert!(pause >= secs(55) && pause <= secs(75), "{wait}: {deletes:?}");
        }
    }
}

#[test]
fn polls_wait_as_they_are_told_and_an_hour_at_most() {
    for (wait, least, most) in
        [("30", 30, 95), ("600", 600, 665), ("99999999999", 3_500, 3_665), ("86400", 3_500, 3_665)]
    {
        let hex = Hex::new();
        hex.project("Alpha", Life::endless());
        hex.begin("Alpha", ME);
        hex.rule(Rule::on_all(&OPS, too_many(wait)).from(10).times(1));
        play(&hex, &[(5_000_000, END)]);
        let refused = hex.requests().into_iter().find(|request| request.status == Some(429));
        let refused = refused.unwrap().at;
        // What was on its way already does not count.
        let next = arrivals(&hex, None, refused.as_secs() + 2);
        let pause = next[0] - refused;
        assert!(pause >= secs(least) && pause <= secs(most), "{wait}: {pause:?}");
    }
}

#[test]
fn no_number_of_429s_makes_it_ask_every_second() {
    for wait in ["0", "", "0.2", "1", "soon", "-5", "Tue, 20 Oct 2020 08:00:00 GMT"] {
        let hex = Hex::new();
        hex.project("Alpha", Life::endless());
        hex.begin("Alpha", ME);
        hex.rule(Rule::on_all(&OPS, too_many(wait)).from(10));
        play(&hex, &[(610_000, END)]);
        let asked = arrivals(&hex, None, 11);
        assert!(asked.len() <= 40, "{wait:?}: {} requests in ten minutes", asked.len());
        assert!(asked.len() >= 5, "{wait:?}: {} requests in ten minutes", asked.len());
        let last: Vec<_> = asked.windows(2).rev().take(3).map(|two| two[1] - two[0]).collect();
        assert!(last.iter().any(|pause| *pause >= secs(15)), "{wait:?}: {last:?}");
    }
}

#[test]
fn cancels_refused_with_no_pause_at_all_are_tried_with_growing_pauses_too() {
    for wait in ["0", ""] {
        let hex = Hex::new();
        hex.project("Alpha", Life::endless());
        hex.begin("Alpha", ME);
        hex.rule(Rule::on_all(&OPS, too_many(wait)).from(10));
        play(&hex, &[(12_000, "X"), (300, "y"), (600_000, END)]);
        let deletes = arrivals(&hex, Some(Op::Cancel), 0);
        assert!((8..=40).contains(&deletes.len()), "{wait:?}: {}", deletes.len());
    }
}
