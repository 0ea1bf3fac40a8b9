//! Bodies that are too large, too deep, too slow, cut, or none of Hex's.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::answer::{Answer, Framing, Piece};
use crate::harmless::{RUN, run, runs};
use crate::leaving::TOKEN;

const MB: usize = 1_000_000;

fn once(text: &str) -> Piece {
    Piece::Once(text.as_bytes().to_vec())
}

/// `before`, `part` until there are so many bytes of it, and `after`.
fn filled(before: &str, part: &str, size: usize, after: &str) -> Answer {
    // Portions of a sensible size, whose number is whole.
    let portion = part.repeat((64 * 1024 / part.len()).max(1));
    let count = size / portion.len();
    Answer::pieces(vec![once(before), Piece::Times(count, portion.into_bytes()), once(after)])
}

/// A page of runs in which this stands for another field of a run.
fn beside_a_run(name: &str, value: &str) -> String {
    let mut run = run(RUN, "RUNNING").to_string();
    run.truncate(run.len() - 1);
    format!(r#"{{"runs": [{run}, "{name}": {value}}}], "nextPage": null}}"#)
}

/// The same of `size` bytes with `part` again and again.
fn large_beside_a_run(before: &str, part: &str, size: usize, after: &str) -> Answer {
    let page = beside_a_run("extra", &format!("{before}\u{0}{after}"));
    let (head, tail) = page.split_once('\u{0}').unwrap();
    filled(head, part, size, tail)
}

/// 16 MB that are 16 kB on the wire.
fn bomb() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![b' '; 16 * MB]).unwrap();
    encoder.finish().unwrap()
}

fn failed(body: Answer) -> Answer {
    body.status("502 Bad Gateway")
}

fn page() -> String {
    runs(&[run(RUN, "RUNNING")]).to_string()
}

scenarios! {
    a_list_of_15_mb_that_repeats_the_token: dashboard, Runs => |_| filled("", TOKEN, 15 * MB, "");
    an_error_of_15_mb_that_repeats_the_token: dashboard, Runs => |_| failed(filled("", TOKEN, 15 * MB, ""));
    a_text_of_15_mb_that_repeats_the_token: dashboard, Runs =>
        |_| large_beside_a_run("\"", &format!("{TOKEN} "), 15 * MB, "\"");
    beginnings_of_the_token_for_15_mb: dashboard, Runs =>
        |_| failed(filled("", &TOKEN[..7], 15 * MB, ""));
    a_list_of_16_mb_of_empty_objects: dashboard, Runs =>
        |_| filled("{\"runs\": [", "{},", 16 * MB - 9000, "{}]}");
    an_error_of_16_mb_of_empty_objects: dashboard, Runs =>
        |_| failed(filled("{\"message\": [", "{},", 16 * MB - 9000, "{}]}"));
    empty_objects_beside_a_run: dashboard, Runs => |_| large_beside_a_run("[", "{},", 15 * MB, "{}]");
    projects_that_are_empty_objects: dashboard, Projects =>
        |_| filled("{\"values\": [", "{},", 15 * MB, "{}]}");
    more_than_is_read: dashboard, Runs => |_| filled("{\"runs\": [", "   ", 40 * MB, "]}");
    more_than_is_read_without_a_length: dashboard, Runs =>
        |_| filled("{\"runs\": [", "   ", 40 * MB, "]}").framed(Framing::Close);
    a_number_of_16_mb: dashboard, Runs => |_| large_beside_a_run("", "7", 15 * MB, "");
    a_duration_of_a_million_digits: dashboard, Runs => |_| {
        let digits = "9".repeat(MB);
        Answer::json(page().replace("60000", &digits))
    };
    a_hundred_thousand_fields_that_nobody_knows: dashboard, Runs => |_| {
        let fields: Vec<_> = (0..100_000).map(|n| format!("\"x{n}\": {n}")).collect();
        Answer::json(format!("{{\"runs\": [{{{}}}]}}", fields.join(",")))
    };
    a_name_of_a_megabyte: dashboard, Runs => |_| {
        Answer::json(format!("{{\"runs\": [{{\"{}\": 1}}]}}", "n".repeat(MB)))
    };
    lists_in_lists: dashboard, Runs => |_| large_beside_a_run("", "[", 4 * MB, "");
    lists_in_lists_that_end: dashboard, Runs => |_| {
        let depth = 200_000;
        Answer::json(beside_a_run("extra", &("[".repeat(depth) + &"]".repeat(depth))))
    };
    objects_in_objects: dashboard, Runs => |_| filled("", "{\"a\":", 4 * MB, "");
    errors_in_objects_in_objects: dashboard, Runs => |_| failed(filled("", "{\"message\":", 4 * MB, ""));
    escapes_for_15_mb: dashboard, Runs => |_| large_beside_a_run("\"", "\\ud83d", 15 * MB, "\"");
    bytes_that_are_no_text: dashboard, Runs => |_| {
        Answer::pieces(vec![Piece::Times(100_000, (0..=255).collect())])
    };
    utf_16: dashboard, Runs => |_| {
        Answer::json(page().encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>())
    };
    a_web_page_instead_of_the_runs: dashboard, Runs => |_| {
        let page = "<!DOCTYPE html><html><head><title>\u{1b}]0;a\u{7}Sign in\u{202e}</title></head></html>";
        Answer::json(page).bare().header("content-type", "text/html")
    };
    a_page_of_15_mb_whose_title_never_ends: dashboard, Runs => |_| failed(filled("<html><title>", "T", 15 * MB, ""));
    json_that_is_called_a_picture: dashboard, Runs =>
        |_| Answer::json(page()).bare().header("content-type", "image/png");
    json_without_a_type: dashboard, Runs => |_| Answer::json(page()).bare();
    a_bomb_in_gzip: dashboard, Runs => |_| Answer::json(bomb()).header("content-encoding", "gzip");
    a_bomb_in_brotli_by_name: dashboard, Runs => |_| Answer::json(bomb()).header("content-encoding", "br");
    a_body_that_drips: dashboard, Runs => |_| {
        let page = page();
        Answer::pieces(vec![Piece::Slowly(page.as_bytes()[..100].to_vec()), once(&page[100..])])
    };
    a_project_list_that_drips: dashboard, Projects =>
        |_| Answer::pieces(vec![Piece::Slowly(vec![b' '; 100])]);
    a_body_that_ends_in_the_middle: dashboard, Runs =>
        |_| Answer::json(&page()[..80]).framed(Framing::Claimed(page().len()));
    a_chunked_body_with_trailers: dashboard, Runs => |_| {
        let trailers = format!("x-trace-id: {TOKEN}\r\ncontent-length: 5\r\n").into_bytes();
        Answer::json(page()).framed(Framing::Chunked { trailers })
    };
    chunks_of_one_byte: dashboard, Runs => |_| {
        let body = page().into_bytes().into_iter().map(|byte| Piece::Once(vec![byte])).collect();
        Answer::pieces(body).framed(Framing::Chunked { trailers: Vec::new() })
    };
    a_start_that_is_answered_with_an_endless_text: headless, Trigger => |_| {
        Answer::json(json!({"runId": RUN, "runUrl": "u".repeat(4 * MB)}).to_string())
    };
}
