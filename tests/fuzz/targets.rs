//! What holds of any bytes, reader by reader.

use std::time::Duration;

use hextop::api::{ApiError, Call, PathStyle, RateHint, Reply, Response};
use hextop::domain::filter::{RunFacts, Saved, Subject};
use hextop::domain::inputs::{Table, value_list};
use hextop::domain::{Boot, Project, ProjectId, Published, Query, Run, RunId, RunStatus, StartRun};
use hextop::shell::config::Config;
use hextop::shell::input::Input;
use hextop::shell::input::parser::{BODY_WAIT, Parser};
use hextop::ui::chord::{Chord, Key};
use hextop::ui::text::safe;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;

/// Reads bytes, and panics where something does not hold.
type Target = fn(&[u8]);

/// All targets by the names of their corpora.
pub(crate) const ALL: [(&str, Target); 7] = [
    ("terminal", terminal),
    ("bodies", bodies),
    ("headers", headers),
    ("export", export),
    ("settings", settings),
    ("csv", csv),
    ("filter", filter),
];

/// The longest wait that a server can ask for.
const DAY: Duration = Duration::from_hours(24);
/// Characters of the longest sentence about an answer, besides the names of inputs.
const SENTENCE: usize = 2_000;

/// What a terminal sends, in portions of 7 bytes: as many inputs as there are bytes at most, keys
/// that are read as they are shown, and after a pause the next key is heard.
pub(crate) fn terminal(bytes: &[u8]) {
    let mut parser = Parser::default();
    let mut heard = Vec::new();
    for portion in bytes.chunks(7) {
        parser.feed(portion, Boot::ZERO, &mut heard);
    }
    parser.elapse(Boot::at(BODY_WAIT), &mut heard);
    assert_eq!(parser.deadline(), None, "nothing waits for ever");
    let before = heard.len();
    let pasted = |input: &Input| match input {
        Input::Paste(text) => text.len(),
        Input::Key(_) | Input::Mouse(_) | Input::Focus(_) => 0,
    };
    // A byte that is no UTF-8 becomes a character of three bytes.
    assert!(heard.iter().map(pasted).sum::<usize>() <= 3 * bytes.len());
    assert!(before <= bytes.len(), "{before} inputs of {} bytes", bytes.len());
    for input in &heard {
        if let Input::Key(chord) = input {
            assert_eq!(chord.to_string().parse::<Chord>().as_ref(), Ok(chord));
        }
    }
    parser.feed(b"k", Boot::at(BODY_WAIT), &mut heard);
    assert_eq!(heard.get(before..), Some(&[Input::Key(Chord::plain(Key::Char('k')))][..]));
}

fn every_call() -> [Call; 9] {
    let (project, run) = (ProjectId::new("p"), RunId::new("r"));
    [
        Call::ListProjects { after: None, unlisted: true },
        Call::GetProject { project: project.clone() },
        Call::ListRuns { project: project.clone(), limit: 25, offset: 0, status: None },
        Call::RunStatus { project: project.clone(), run: run.clone() },
        Call::Trigger { project: project.clone(), start: StartRun::default() },
        Call::DryRun { project: project.clone(), start: StartRun::default() },
        Call::Export { project: project.clone() },
        Call::Cancel { project, run },
        Call::Me,
    ]
}

/// A body with good and bad statuses, as the answer to every call.
pub(crate) fn bodies(bytes: &[u8]) {
    for status in [200, 201, 204, 302, 400, 403, 404, 409, 422, 429, 500, 503] {
        let response = http::Response::builder().status(status).body(bytes.to_vec()).unwrap();
        for call in every_call() {
            let response = call.read(&response, Timestamp::UNIX_EPOCH);
            assert_eq!(response.result.is_ok(), response.result.is_ok() && status < 300);
            assert_bounded(&response, bytes.len());
        }
    }
}

/// What came of an answer is bounded, is safe to print once it is cleaned, and what is asked next
/// because of it can be asked.
fn assert_bounded(response: &Response, length: usize) {
    match &response.result {
        Ok(reply) => {
            assert_reply(reply);
            // A run has a dozen names and its project besides what the body says.
            let kept = format!("{reply:?}").len();
            assert!(kept <= 64 * length + 4096, "{kept} bytes kept of {length}");
        }
        Err(error) => assert_error(error, length),
    }
}

fn assert_reply(reply: &Reply) {
    let calls: Vec<_> = match reply {
        Reply::Projects { projects, after } => {
            let of = |project: &Project| Call::GetProject { project: project.id.clone() };
            let next = Call::ListProjects { after: after.clone(), unlisted: true };
            projects.iter().map(of).chain([next]).collect()
        }
        Reply::Runs { runs, .. } => {
            let mut ids: Vec<_> = runs.iter().map(|run| &run.id).collect();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), runs.len(), "each run once");
            let of = |run: &Run| Call::Cancel { project: run.project.clone(), run: run.id.clone() };
            runs.iter().map(of).collect()
        }
        _ => Vec::new(),
    };
    for call in calls {
        let uri = call.request(PathStyle::Current).uri().to_string();
        assert!(
            uri.starts_with("/v1/") && uri.bytes().all(|byte| byte.is_ascii_graphic()),
            "{uri}"
        );
    }
}

fn assert_error(error: &ApiError, length: usize) {
    let said = error.to_string();
    let named =
        if let ApiError::Rejected { params, .. } = error { params.to_string().len() } else { 0 };
    let trace = error.trace().map_or(0, str::len);
    assert!(said.chars().count() <= SENTENCE + named + trace, "{} of {length}: {said}", said.len());
    assert!(!safe(&said).chars().any(char::is_control), "{said:?}");
    let kept = serde_json::to_string(error).unwrap();
    assert_eq!(serde_json::from_str::<ApiError>(&kept).as_ref().ok(), Some(error), "{kept}");
}

/// Headers, a line each: waits of a day at most, and an error of bounded length.
pub(crate) fn headers(bytes: &[u8]) {
    let mut map = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let name = HeaderName::from_bytes(parts.next().unwrap_or_default());
        let value = HeaderValue::from_bytes(parts.next().unwrap_or_default().trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value)
            // A client takes no more.
            && map.try_append(name, value).is_err()
        {
            break;
        }
    }
    for now in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
        let hint = RateHint::read(&map, now);
        assert!(hint.limit.is_none_or(|limit| limit > 0));
        assert!(hint.reset.is_none_or(|wait| wait <= DAY));
        assert!(hint.retry_after.is_none_or(|wait| wait <= DAY));
        for status in [200, 302, 429, 500] {
            let mut response = http::Response::builder().status(status).body(Vec::new()).unwrap();
            response.headers_mut().clone_from(&map);
            let response = Call::Me.read(&response, now);
            let (rate, date) = (response.rate, response.date);
            assert!(date.is_some() || rate == hint, "{rate:?} {hint:?}");
            if let Err(error) = response.result {
                assert_error(&error, bytes.len());
            }
        }
    }
}

/// The export of an app: a bounded number of inputs with good names, each once.
pub(crate) fn export(bytes: &[u8]) {
    let content = String::from_utf8_lossy(bytes);
    let body = serde_json::json!({ "filename": "app.hex.yaml", "content": content }).to_string();
    let response = http::Response::new(body.into_bytes());
    let call = Call::Export { project: ProjectId::new("p") };
    let response = call.read(&response, Timestamp::UNIX_EPOCH);
    let Ok(Reply::Inputs(specs)) = &response.result else {
        return assert_bounded(&response, bytes.len());
    };
    assert!(specs.len() <= 500 && specs.iter().all(|spec| spec.choices.len() <= 2_000));
    let mut names: Vec<_> = specs.iter().map(|spec| &spec.name).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), specs.len(), "each input once");
    assert!(names.iter().all(|name| !name.is_empty()));
    // Aliases may repeat a text, but within the reader's budget.
    assert!(format!("{specs:?}").len() <= 4_000_000);
}

/// A file of settings: what fits is within its ranges, and a refusal is short.
pub(crate) fn settings(bytes: &[u8]) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    match Config::load(file.path(), true) {
        Ok(config) => {
            assert!((1..=600).contains(&config.requests_per_minute));
            let timeouts = config.timeouts();
            let range = Duration::from_secs(1)..=Duration::from_mins(5);
            assert!(range.contains(&timeouts.total) && range.contains(&timeouts.connect));
            assert!((1..=20).contains(&config.settle_looks_seconds.len()));
            let _ = (config.engine(), config.zone(), config.server(), config.token_source());
            if let Err(error) = config.address(None) {
                assert!(error.to_string().len() < 1_000, "{error}");
            }
        }
        Err(error) => {
            let said = error.to_string();
            // It shows the line that is wrong.
            assert!(said.len() <= 2_000 + 2 * bytes.len(), "{} of {}", said.len(), bytes.len());
        }
    }
}

/// A file of values: some starts, or what is wrong with it in a short sentence.
pub(crate) fn csv(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Table::parse("rows.csv", &text) {
        Ok(table) => {
            assert!((1..=value_list::MOST).contains(&table.count()));
            let mut columns = table.columns().to_vec();
            assert!(columns.iter().all(|column| !column.is_empty()));
            columns.sort();
            columns.dedup();
            assert_eq!(columns.len(), table.columns().len(), "each parameter once");
            if !text.starts_with('\u{feff}') {
                let marked = Table::parse("rows.csv", &format!("\u{feff}{text}"));
                assert_eq!(marked.as_ref(), Ok(&table));
            }
        }
        Err(reason) => assert!(!reason.is_empty() && reason.len() < 1_000, "{reason:.2000}"),
    }
}

/// A filter: it is read as it is written, and terms beside each other each narrow it down.
pub(crate) fn filter(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let parse = |text: &str, subject| Query::parse(text, subject, &Saved::new());
    for subject in [Subject::Projects, Subject::Journal] {
        if let Ok(query) = parse(&text, subject) {
            assert_eq!(parse(&query.to_string(), subject).as_ref(), Ok(&query), "{query:.2000}");
        }
    }
    let query = match parse(&text, Subject::Runs) {
        Ok(query) => query,
        Err(error) => {
            let reason = error.to_string();
            assert!(text.get(error.at).is_some());
            return assert!(reason.len() <= 1_000 + text.len(), "{reason:.2000}");
        }
    };
    assert_eq!(parse(&query.to_string(), Subject::Runs).as_ref(), Ok(&query), "{query:.2000}");
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let run = Run {
        project: ProjectId::new("p-1"),
        id: RunId::new("a0d4c6f2"),
        version: None,
        url: None,
        status: RunStatus::Running,
        trigger: None,
        start: Some(at("2026-10-20T08:00:00Z")),
        end: None,
        elapsed: None,
    };
    let project = Project {
        id: ProjectId::new("p-1"),
        title: "Churn model".into(),
        published: Published::Never,
        retired: false,
        owner: None,
        categories: Vec::new(),
        label: None,
        schedules: Vec::new(),
    };
    let is_flat = !text.contains(['(', ')', '"'])
        && !text.split_whitespace().any(|word| ["not", "or"].contains(&&*word.to_lowercase()));
    let terms: Vec<_> = text.split_whitespace().filter(|_| is_flat).collect();
    let parts: Vec<_> = terms.iter().map(|term| parse(term, Subject::Runs).unwrap()).collect();
    for now in ["-009999-01-02T02:00:00Z", "2026-10-20T08:20:00Z", "9999-12-30T22:00:00Z"].map(at) {
        let elapsed = run.elapsed_at(now);
        let facts = RunFacts {
            run: &run,
            project: &project,
            elapsed,
            ratio: None,
            verdict: None,
            start: hextop::domain::filter::StartFacts::default(),
        };
        let each = parts.iter().all(|part| part.admits(&facts));
        assert!(!is_flat || query.admits(&facts) == each);
    }
}
