//! Headers that are too many, too long, unreadable or nonsense.

use crate::answer::Answer;
use crate::harmless::{RUN, run, runs};
use crate::leaving::FORGED;

fn page() -> Answer {
    Answer::json(runs(&[run(RUN, "RUNNING")]).to_string())
}

/// Too many requests, with this wait.
fn later(wait: &[u8]) -> Answer {
    Answer::json("{}").status("429 Too Many Requests").header("retry-after", wait)
}

scenarios! {
    a_header_of_300_kb: dashboard, Runs => |_| page().header("x-long", "v".repeat(300_000));
    two_thousand_headers: dashboard, Runs => |_| {
        (0..2_000).fold(page(), |answer, n| answer.header(&format!("x-{n}"), "v"))
    };
    ninety_headers_of_the_same_name: dashboard, Runs => |_| {
        (0..90).fold(page(), |answer, n| answer.header("ratelimit-remaining", n.to_string()))
    };
    escapes_and_latin_1_in_every_header: dashboard, Runs => |_| {
        let odd = b"\xe9\xff\x9b31m\x80 caf\xe9";
        ["x-trace-id", "date", "retry-after", "ratelimit-limit", "location", "server", "content-language"]
            .iter()
            .fold(page().status("500 Oh"), |answer, name| answer.header(name, odd))
    };
    an_escape_in_a_header: dashboard, Runs => |_| page().header("x-trace-id", "\u{1b}]0;owned\u{7}\u{1b}[2J");
    a_trace_of_60_kb: dashboard, Runs => |_| page().status("500 Oh").header("x-trace-id", "t".repeat(60_000));
    a_trace_with_tabs: dashboard, Runs => |_| {
        page().status("500 Oh").header("x-trace-id", format!("a\t{FORGED}\tINFO"))
    };
    a_reason_phrase_with_escapes: dashboard, Runs => |_| Answer::json("").status(&b"500 \x1b[31m\xff"[..]);
    a_reason_phrase_of_300_kb: dashboard, Runs => |_| Answer::json("").status("500 ".to_owned() + &"r".repeat(300_000));
    a_status_that_does_not_exist: dashboard, Runs => |_| Answer::json("\u{1b}[31m").status("999 Odd");
    a_status_of_four_digits: dashboard, Runs => |_| Answer::json("{}").status("2000 OK");
    no_http_at_all: dashboard, Runs => |_| page().after(vec![0; 100_000]);
    a_flood_of_answers_before_the_answer: dashboard, Runs =>
        |_| page().after("HTTP/1.1 100 Continue\r\n\r\n".repeat(50_000));
    a_flood_of_early_hints: dashboard, Runs =>
        |_| page().after("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(50_000));
    a_switch_of_protocols: dashboard, Runs => |_| page().status("101 Switching Protocols");
    dates_that_cannot_be: dashboard, Runs => |request| {
        let dates = ["Tue, 20 Oct 9999 08:20:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "soon", ""];
        page().header("date", dates[request.number % dates.len()])
    };
    waits_of_all_kinds: dashboard, Runs => |request| {
        let waits: [&[u8]; 10] = [
            b"0", b"-1", b"1e9", b"99999999999999999999999", b"Tue, 20 Oct 9999 08:20:00 GMT", b"NaN",
            b"", b"\xff", b"Thu, 01 Jan 1970 00:00:00 GMT", b"18446744073709551615",
        ];
        later(waits[request.number % waits.len()])
    };
    waits_of_all_kinds_for_the_projects: dashboard, Projects => |request| {
        later([&b"1e308"[..], b"9223372036854775807", b"0"][request.number % 3])
    };
    limits_of_all_kinds: dashboard, Runs => |request| {
        let texts = ["0", "-1", "4294967296", "1e3", "60, 60;w=60", "\"default\";r=0;t=99999999999", "="];
        let text = texts[request.number % texts.len()];
        ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "ratelimit", "ratelimit-policy"]
            .iter()
            .fold(page(), |answer, name| answer.header(name, text))
    };
    a_redirect_to_nowhere: dashboard, Runs => |_| {
        Answer::json("").status("302 Found").header("location", "http://\u{1b}[31m/\u{7}")
    };
    a_redirect_of_60_kb: dashboard, Runs => |_| {
        let host = format!("https://{}.test/", "a".repeat(60_000));
        Answer::json("").status("302 Found").header("location", host)
    };
}
