//! The token, and a secret input, in any place of an answer and in any way of writing it, reach
//! nothing that is shown, logged or kept.

use std::collections::HashSet;
use std::fmt::Write;

use hextop::api::{Call, PathStyle, Response};
use hextop::domain::Draft;
use hextop::domain::inputs::{ParamSpec, Source};
use hextop::testkit::cases;
use proptest::prelude::*;
use proptest::sample::select;

use crate::stub::{Answer, DATE, Stub};
use crate::{RUN, TOKEN, client, project};

const SECRET: &str = "Kupfer-4711/Zinnober:Ostwind";
/// How many characters of a secret beside each other are too many.
const USABLE: usize = 8;

/// How each character of a text is written; chosen at random for each.
#[derive(Clone, Copy, Debug)]
enum Way {
    Plain,
    /// `\u0068`, in small or large digits.
    Escape {
        large: bool,
    },
    /// `%68`, in small or large digits.
    Percent {
        large: bool,
    },
}

/// Where it stands.
#[derive(Clone, Debug)]
enum Place {
    HeaderValue(&'static str),
    HeaderName,
    Trailer,
    ReasonPhrase,
    /// The value of a field of an object, or of one in a list in it.
    Field(&'static str),
    FieldOfList(&'static str, &'static str),
    /// The name of a field.
    Name,
    TextBody,
    WebPage,
    /// A body that ends within it.
    CutBody,
}

const HEADERS: [&str; 9] = [
    "x-trace-id",
    "location",
    "retry-after",
    "ratelimit-limit",
    "x-ratelimit-reset",
    "server",
    "www-authenticate",
    "content-type",
    "set-cookie",
];
const FIELDS: [&str; 17] = [
    "message",
    "reason",
    "details",
    "error",
    "code",
    "traceId",
    "runUrl",
    "runId",
    "status",
    "projectVersion",
    "runTrigger",
    "title",
    "id",
    "email",
    "nextPage",
    "content",
    "role",
];
const FIELDS_OF_LISTS: [(&str, &str); 12] = [
    ("invalid", "paramName"),
    ("invalid", "paramValue"),
    ("invalid", "dataType"),
    ("invalid", "inputCellType"),
    ("issues", "message"),
    ("runs", "runUrl"),
    ("runs", "status"),
    ("runs", "runId"),
    ("values", "title"),
    ("values", "id"),
    ("notFound", ""),
    ("runs", "runTrigger"),
];

fn any_place() -> impl Strategy<Value = Place> {
    prop_oneof![
        1 => select(&HEADERS[..]).prop_map(Place::HeaderValue),
        1 => Just(Place::HeaderName),
        1 => Just(Place::Trailer),
        1 => Just(Place::ReasonPhrase),
        4 => select(&FIELDS[..]).prop_map(Place::Field),
        3 => select(&FIELDS_OF_LISTS[..]).prop_map(|(list, field)| Place::FieldOfList(list, field)),
        1 => Just(Place::Name),
        1 => Just(Place::TextBody),
        1 => Just(Place::WebPage),
        1 => Just(Place::CutBody),
    ]
}

/// As it is, or some characters as the escapes of JSON.
fn any_escapes() -> BoxedStrategy<Vec<Way>> {
    mixed(any::<bool>().prop_map(|large| Way::Escape { large }))
}

/// As it is, or some characters as in a URL.
fn any_percents() -> BoxedStrategy<Vec<Way>> {
    mixed(any::<bool>().prop_map(|large| Way::Percent { large }))
}

fn mixed(way: impl Strategy<Value = Way> + 'static) -> BoxedStrategy<Vec<Way>> {
    let some = prop::collection::vec(prop_oneof![Just(Way::Plain), way], 1..40);
    prop_oneof![Just(vec![Way::Plain]), some].boxed()
}

/// Characters before it, so many that it stands where a text is cut.
fn any_length() -> impl Strategy<Value = usize> {
    prop_oneof![Just(0_usize), 0..30_usize, 60..80_usize, 170..200_usize, 470..500_usize]
}

/// What is shown of the answer to `call` in which `secret` stands, and the part of it that is.
fn repeated(
    secret: &'static str,
    call: &Call,
    status: u16,
    place: &Place,
    ways: &[Way],
    before: usize,
) -> Result<(), TestCaseError> {
    let in_json = matches!(place, Place::Field(_) | Place::FieldOfList(..) | Place::Name);
    let text = written(secret, ways, before, in_json);
    let shown = shown(&send(call, answer(status, place, &text)));
    prop_assert_eq!(part_of(secret, &shown), None, "{}", shown);
    Ok(())
}

/// `secret` behind so many other characters, each of its own written in its way.
fn written(secret: &str, ways: &[Way], before: usize, in_json: bool) -> String {
    let mut text = "x".repeat(before);
    for (byte, way) in secret.bytes().zip(ways.iter().cycle()) {
        // A string takes any text.
        let _ = match way {
            Way::Escape { large: true } if in_json => write!(text, "\\u{byte:04X}"),
            Way::Escape { .. } if in_json => write!(text, "\\u{byte:04x}"),
            Way::Percent { large: true } => write!(text, "%{byte:02X}"),
            Way::Percent { .. } => write!(text, "%{byte:02x}"),
            _ => write!(text, "{}", char::from(byte)),
        };
    }
    text
}

/// The answer that has `text` in its place.
fn answer(status: u16, place: &Place, text: &str) -> Answer {
    let mut headers = format!("date: {DATE}\r\n");
    let mut reason = "Whatever";
    let mut body =
        r#"{"runId": "r", "id": "p", "status": "RUNNING", "runs": [], "values": []}"#.to_owned();
    let mut trailer = None;
    let field = |name: &str, value: &str| format!("{{\"runId\": \"{RUN}\", \"{name}\": {value}}}");
    match place {
        Place::HeaderValue(name) => headers += &format!("{name}: {text}\r\n"),
        Place::HeaderName => headers += &format!("{}: v\r\n", text.replace([':', '/'], "-")),
        Place::Trailer => trailer = Some(format!("x-trace-id: {text}\r\n")),
        Place::ReasonPhrase => reason = text,
        Place::Field(name) => body = field(name, &format!("\"{text}\"")),
        Place::FieldOfList(list, "") => body = field(list, &format!("[\"{text}\"]")),
        Place::FieldOfList(list, name) => {
            let element = format!(
                "{{\"id\": \"p\", \"runId\": \"r\", \"status\": \"RUNNING\", \"paramName\": \"key\", \"{name}\": \"{text}\"}}"
            );
            body = field(list, &format!("[{element}]"));
        }
        Place::Name => body = field(text, "1"),
        Place::TextBody | Place::CutBody => body = format!("you sent {text}"),
        Place::WebPage => body = format!("<html><title>{text}</title>"),
    }
    let head = format!("HTTP/1.1 {status} {reason}\r\n{headers}");
    if let Some(trailer) = trailer {
        let size = body.len();
        let chunked = "transfer-encoding: chunked\r\n\r\n";
        return Answer::Whole(
            format!("{head}{chunked}{size:x}\r\n{body}\r\n0\r\n{trailer}\r\n").into_bytes(),
        );
    }
    let length = format!("content-length: {}\r\n\r\n", body.len());
    if let Place::CutBody = place {
        body.truncate(body.len() - 3);
    }
    Answer::ThenClose(format!("{head}{length}{body}").into_bytes())
}

/// Everything that a person, a log or the store could be given of an exchange.
fn shown(response: &Response) -> String {
    let mut text = format!("{response:?} {response:#?}");
    if let Err(error) = &response.result {
        text += &format!("{error} {:?} {}", error.trace(), serde_json::to_string(error).unwrap());
    }
    text
}

/// The part of `secret` that stands in `text`, in clear or percent encoded.
fn part_of<'a>(secret: &'a str, text: &str) -> Option<&'a str> {
    let decoded = form_urlencoded_text(text);
    let parts = (0..=secret.len() - USABLE).map(|at| &secret[at..at + USABLE]);
    let parts: HashSet<_> = parts.collect();
    parts.into_iter().find(|part| text.contains(part) || decoded.contains(part))
}

fn form_urlencoded_text(text: &str) -> String {
    let pair = format!("x={}", text.replace(['&', '+'], " "));
    let decoded = url::form_urlencoded::parse(pair.as_bytes());
    decoded.map(|(_, value)| value.into_owned()).collect()
}

fn with_secret() -> Call {
    let spec = ParamSpec { secret: true, ..ParamSpec::named("key", Source::Config) };
    let mut draft = Draft::fresh(vec![spec]);
    (draft.rows[0].text, draft.rows[0].set) = (SECRET.to_owned(), true);
    let start = draft.finish(&"2026-10-20T08:00:00[UTC]".parse().unwrap()).unwrap();
    Call::Trigger { project: project(), start }
}

fn send(call: &Call, answer: Answer) -> Response {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let stub = Stub::serve([answer]).await;
        client(&stub).send(call, PathStyle::Current).await
    })
}

fn any_status() -> impl Strategy<Value = u16> {
    select(vec![200_u16, 201, 302, 400, 403, 404, 409, 418, 422, 429, 500, 502, 503, 999])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(192)))]

    #[test]
    fn the_token_anywhere_in_an_answer_reaches_nothing_that_is_shown(
        call in select(crate::every_call().to_vec()),
        status in any_status(),
        place in any_place(),
        ways in any_escapes(),
        before in any_length(),
    ) {
        repeated(TOKEN, &call, status, &place, &ways, before)?;
    }

    #[test]
    fn a_secret_input_anywhere_in_an_answer_reaches_nothing_that_is_shown(
        status in any_status(),
        place in any_place(),
        ways in any_escapes(),
        before in any_length(),
    ) {
        repeated(SECRET, &with_secret(), status, &place, &ways, before)?;
    }

    #[test]
    fn secrets_in_percents_reach_nothing_that_is_shown(
        status in any_status(),
        place in any_place(),
        ways in any_percents(),
        before in any_length(),
    ) {
        repeated(TOKEN, &with_secret(), status, &place, &ways, before)?;
        repeated(SECRET, &with_secret(), status, &place, &ways, before)?;
    }
}

#[test]
fn parts_of_a_secret_are_recognised() {
    for text in ["a Zinnober b", "Kupfer-4…", "%4bupfer%2D47", "%4Bupfer%2d47"] {
        assert!(part_of(SECRET, text).is_some(), "{text}");
    }
    assert_eq!(part_of(SECRET, "Kupfer- 4711 Zinnobe"), None);
    let ways = [Way::Escape { large: false }, Way::Percent { large: true }, Way::Plain];
    assert_eq!(written("Jz!", &ways, 2, true), "xx\\u004a%7A!");
}
