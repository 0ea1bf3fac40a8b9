//! The filter language: every operator, what is wrong with a filter, and that it is read as it is
//! written.

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::domain::{ProjectId, Published, RunId};

fn parse(text: &str) -> Result<Query, FilterError> {
    Query::parse(text, Subject::Runs, &Saved::new())
}

fn of_projects(text: &str) -> Result<Query, FilterError> {
    Query::parse(text, Subject::Projects, &Saved::new())
}

fn project(title: &str) -> Project {
    Project {
        id: ProjectId::new("3f1c2b9e"),
        title: title.into(),
        published: Published::Never,
        retired: false,
        owner: Some("Ana@acme.test".to_owned()),
        categories: Vec::new(),
        label: None,
        schedules: Vec::new(),
    }
}

fn run() -> Run {
    Run {
        project: ProjectId::new("3f1c2b9e"),
        id: RunId::new("a0d4c6f2"),
        version: Some("14".to_owned()),
        url: None,
        status: RunStatus::Running,
        trigger: Some(RunTrigger::AppRefresh),
        start: Some(Timestamp::UNIX_EPOCH),
        end: None,
        elapsed: None,
    }
}

fn admits_titled(filter: &str, title: &str) -> bool {
    let (run, project) = (run(), project(title));
    let elapsed = Some(Duration::from_mins(10));
    let (ratio, verdict) = (Some(4.0), Some(Verdict::Runaway));
    let sweep = Some(SweepFacts { id: 0x019a_bcde << 96, reason: Some("Nightly backfill") });
    let start = StartFacts::Here { sweep };
    let facts = RunFacts { run: &run, project: &project, elapsed, ratio, verdict, start };
    parse(filter).unwrap().admits(&facts)
}

fn admits(filter: &str) -> bool {
    admits_titled(filter, "Churn Model")
}

#[test]
fn a_title_is_found_in_whatever_form_it_and_the_filter_are_written() {
    for filter in ["caf\u{e9}", "cafe\u{301}", "project:CAFE\u{301}", "project:caf\u{e9}"] {
        for title in ["Caf\u{e9} sales", "Cafe\u{301} sales", "Ca\u{200d}f\u{e9} sales"] {
            assert!(admits_titled(filter, title), "{filter:?} in {title:?}");
            assert!(of_projects(filter).unwrap().admits_project(&project(title)), "{filter:?}");
        }
    }
    assert!(!admits_titled("cafe", "Caf\u{e9} sales"), "an accent counts");
}

#[test]
fn every_operator_does_what_it_says() {
    for yes in [
        "",
        "CHURN",
        "a0d4",
        "running",
        "status:running",
        "status:run",
        "STATUS:active",
        "project:model",
        "project:3f1c",
        "project:\"churn model\"",
        "owner:ana",
        "version:14",
        "trigger:app",
        "verdict:runaway",
        "age>9m",
        "age<11m",
        "elapsed>599",
        "ratio>3",
        "ratio<4.5",
        "mine",
        "sweep:BACKFILL",
        "sweep:\"nightly back\"",
        "sweep:019abcde",
        "not revenue",
        "not not churn",
        "revenue or churn",
        "revenue OR (status:running NOT status:killed)",
        "not (revenue or status:killed)",
        "revenue status:killed or churn mine",
        "churn model status:RUNNING age>1s",
        "\"churn m\"",
        "()",
    ] {
        assert!(admits(yes), "{yes}");
    }
    for no in [
        "revenue",
        "status:killed",
        "status:ended",
        "owner:ben",
        "version:1",
        "trigger:api",
        "age>10m",
        "age<1m",
        "ratio>4",
        "not mine",
        "sweep:weekly",
        "sweep:9abc",
        "sweep:019a",
        "not verdict:runaway",
        "churn status:pending",
        "churn or revenue status:killed not churn",
        "(churn or revenue) status:killed",
        "\"model churn\"",
        "\"or\"",
        "\"mine\"",
    ] {
        let shown = parse(no).unwrap();
        assert_eq!(admits(no), no.starts_with("churn or"), "{no}: {shown:?}");
    }
}

#[test]
fn what_is_not_known_is_neither_so_nor_not_so() {
    let run = Run { version: None, trigger: None, ..run() };
    let project = project("Churn Model");
    let (elapsed, ratio, verdict) = (None, None, None);
    let start = StartFacts::Unknown;
    let facts = RunFacts { run: &run, project: &project, elapsed, ratio, verdict, start };
    for term in
        ["mine", "sweep:x", "trigger:api", "version:14", "ratio>2", "scheduled", "verdict:runaway"]
    {
        for (filter, holds) in [
            (term.to_owned(), None),
            (format!("not {term}"), None),
            (format!("churn not {term}"), None),
            (format!("churn or not {term}"), Some(true)),
            (format!("not {term} or churn"), Some(true)),
            (format!("revenue not {term}"), Some(false)),
            (format!("not {term} not churn"), Some(false)),
        ] {
            assert_eq!(parse(&filter).unwrap().judges(&facts), holds, "{filter}");
        }
    }
}

#[test]
fn projects_are_chosen_by_what_the_list_tells_of_them() {
    let churn = Project {
        categories: vec!["Finance".to_owned(), "Weekly".to_owned()],
        label: Some("In production".to_owned()),
        ..project("Churn model")
    };
    for (filter, passes) in [
        ("", true),
        ("churn", true),
        ("revenue", false),
        ("3F1C", true),
        ("owner:ana or category:sales", true),
        ("owner:ben or category:finance", true),
        ("category:fin category:week", true),
        ("not category:finance", false),
        ("label:production", true),
        ("label:draft", false),
        ("not (owner:ben or not churn)", true),
    ] {
        assert_eq!(of_projects(filter).unwrap().admits_project(&churn), passes, "{filter}");
    }
    let bare = project("Churn model");
    assert!(!of_projects("category:finance or label:p").unwrap().admits_project(&bare));
    let run = run();
    let (elapsed, ratio, verdict) = (None, None, None);
    let start = StartFacts::default();
    let facts = RunFacts { run: &run, project: &churn, elapsed, ratio, verdict, start };
    assert!(parse("category:finance label:prod").unwrap().admits(&facts), "its runs as well");
}

#[test]
fn what_says_nothing_about_the_subject_is_refused_with_what_does() {
    for (filter, at, named) in [
        (
            "churn status:running",
            6..20,
            "`status:` says nothing about projects; there are project:",
        ),
        ("mine", 0..4, "`mine` says nothing about projects"),
        ("not age>3m", 4..10, "`age>` says nothing about projects"),
        ("state:refused", 0..13, "`state:` says nothing about projects"),
        ("colour:red", 0..10, "`colour:` is no filter"),
    ] {
        let error = of_projects(filter).unwrap_err();
        assert_eq!(error.at, at, "{filter}");
        assert!(error.reason.starts_with(named), "{filter}: {error}");
    }
    assert!(of_projects("\"status:running\" or \"mine\"").is_ok(), "texts are looked for");
    assert!(parse("who:ana").unwrap_err().reason.starts_with("`who:` says nothing about runs"));
}

#[test]
fn a_name_stands_for_the_filter_that_is_kept_under_it() {
    let saved = Saved::from(
        [
            ("bad", "status:errored or verdict:runaway"),
            ("mine-bad", "mine @bad"),
            ("ring", "churn or @gnir"),
            ("gnir", "@ring"),
            ("wrong", "age>soon"),
        ]
        .map(|(name, text)| (name.to_owned(), text.to_owned())),
    );
    let of = |text: &str| Query::parse(text, Subject::Runs, &saved);
    for (filter, same) in [
        ("@bad", "status:errored or verdict:runaway"),
        ("churn not @bad", "churn not (status:errored or verdict:runaway)"),
        ("@mine-bad", "mine (status:errored or verdict:runaway)"),
        ("\"@bad\"", "\"@bad\""),
    ] {
        assert_eq!(of(filter), parse(same), "{filter}");
    }
    // Each name twice in the next: a million of them.
    let many: Saved = (0..20)
        .map(|level: u32| {
            let below = level
                .checked_sub(1)
                .map_or("x or not y".to_owned(), |below| format!("@a{below} or not @a{below}"));
            (format!("a{level}"), below)
        })
        .collect();
    let error = Query::parse("@a19", Subject::Runs, &many).unwrap_err();
    assert!(error.reason.contains("more than 1000 kept filters"), "{error}");
    for (filter, at, named) in [
        ("x @none", 2..7, "no filter is kept as `@none`; kept: @bad @gnir"),
        ("@ring", 0..5, "in `@ring`: "),
        ("a @wrong", 2..8, "in `@wrong`: `soon` is no age"),
    ] {
        let error = of(filter).unwrap_err();
        assert_eq!(error.at, at, "{filter}: {error}");
        assert!(error.reason.starts_with(named), "{filter}: {error}");
    }
    let error = Query::parse("@bad", Subject::Projects, &saved).unwrap_err();
    assert!(error.reason.contains("`status:` says nothing about projects"), "{error}");
    assert_eq!(completions("churn @mi", Subject::Runs, &saved, Vec::new), ["churn @mine-bad"]);
    assert!(check_name("mine-bad_2").is_ok());
    for name in ["", "a b", "a)", "@a"] {
        assert!(check_name(name).is_err(), "{name}");
    }
}

#[test]
fn what_cannot_be_read_is_named_with_its_place() {
    for (wrong, at, named) in [
        ("colour:red", 0..10, "`colour:`"),
        ("churn usual>3", 6..13, "`usual>`"),
        ("rati>3", 0..6, "did you mean `ratio>`"),
        ("x statsu:run", 2..12, "did you mean `status:`"),
        ("status:blue", 0..11, "`status:blue`"),
        ("status:", 0..7, "`status:` wants something"),
        ("project:\"\u{200b}\"", 0..13, "`project:` wants something"),
        ("trigger:moon", 0..12, "`trigger:moon`"),
        ("verdict:guilty", 0..14, "verdict:runaway"),
        ("age>soon", 0..8, "`soon`"),
        ("age>1w", 0..6, "`1w`"),
        ("age>99999999999999999999d", 0..25, "no age"),
        ("ratio>inf", 0..9, "multiple"),
        ("a (b", 2..3, "no `)`"),
        ("a) b", 1..2, "no `(`"),
        ("a \"b", 2..4, "no end"),
        ("or a", 0..2, "both sides"),
        ("a or", 2..4, "both sides"),
        ("a not", 2..5, "something behind it"),
        ("not (or)", 5..7, "both sides"),
    ] {
        let error = parse(wrong).unwrap_err();
        assert_eq!(error.at, at, "{wrong}: {error}");
        assert!(error.reason.contains(named), "{wrong}: {error}");
    }
    let deep = "(".repeat(60) + &")".repeat(60);
    assert!(parse(&deep).unwrap_err().reason.contains("nested"));
}

#[test]
fn keys_and_values_are_completed() {
    let completed = |text| completions(text, Subject::Runs, &Saved::new(), Vec::new);
    assert_eq!(completions("st", Subject::Journal, &Saved::new(), Vec::new), ["state:"]);
    assert_eq!(completions("status:r", Subject::Projects, &Saved::new(), Vec::new), [""; 0]);
    assert_eq!(completed("churn stat"), ["churn status:"]);
    assert_eq!(completed("(status:ru"), ["(status:running"]);
    assert_eq!(
        completed("verdict:"),
        ["verdict:waiting", "verdict:late", "verdict:slow", "verdict:runaway"]
    );
    let sweeps = || vec!["Nightly backfill".to_owned(), "019abcde0123".to_owned()];
    let of_sweeps = |text| completions(text, Subject::Runs, &Saved::new(), sweeps);
    assert_eq!(
        of_sweeps("churn sweep:"),
        ["churn sweep:\"nightly backfill\"", "churn sweep:019abcde0123"]
    );
    assert_eq!(of_sweeps("sweep:01"), ["sweep:019abcde0123"]);
    assert_eq!(completions("sweep:", Subject::Projects, &Saved::new(), sweeps), [""; 0]);
    assert_eq!(completed("mi"), ["mine"]);
    assert_eq!(completed("age"), ["age>", "age<"]);
    assert_eq!(completed(""), [""; 0]);
    assert_eq!(completed("colour:r"), [""; 0]);
}

/// A filter as a person might mean it, apart from how it is read and kept.
#[derive(Clone, Debug)]
enum Meant {
    Word(&'static str),
    Status(RunStatus),
    Ended,
    Owner(&'static str),
    Version(&'static str),
    Trigger(RunTrigger),
    Verdict(Verdict),
    Longer(u64),
    Shorter(u64),
    Ratio(u32),
    Mine,
    Sweep(&'static str),
    Not(Box<Meant>),
    Both(Box<Meant>, Box<Meant>),
    Either(Box<Meant>, Box<Meant>),
}

fn meant() -> impl Strategy<Value = Meant> {
    let words =
        prop::sample::select(vec!["churn", "re ve", "é", "not", "or", "a:b", "\"", "x\\", "mine"]);
    let leaf = prop_oneof![
        words.prop_map(Meant::Word),
        prop::sample::select(RunStatus::KNOWN.to_vec()).prop_map(Meant::Status),
        Just(Meant::Ended),
        prop::sample::select(vec!["ana", "ben"]).prop_map(Meant::Owner),
        prop::sample::select(vec!["14", "v 2"]).prop_map(Meant::Version),
        prop::sample::select(RunTrigger::KNOWN.to_vec()).prop_map(Meant::Trigger),
        prop::sample::select(Verdict::ALL.to_vec()).prop_map(Meant::Verdict),
        (0_u64..2000).prop_map(Meant::Longer),
        (0_u64..2000).prop_map(Meant::Shorter),
        (0_u32..8).prop_map(Meant::Ratio),
        Just(Meant::Mine),
        prop::sample::select(vec!["outage", "x y"]).prop_map(Meant::Sweep),
    ];
    leaf.prop_recursive(4, 24, 2, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            inner.prop_map(|a| Meant::Not(Box::new(a))),
            pair.clone().prop_map(|(a, b)| Meant::Both(Box::new(a), Box::new(b))),
            pair.prop_map(|(a, b)| Meant::Either(Box::new(a), Box::new(b))),
        ]
    })
}

impl Meant {
    /// With parentheses wherever they are allowed.
    fn written(&self) -> String {
        let quoted =
            |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        match self {
            Self::Word(word) => quoted(word),
            Self::Status(status) => format!("Status:{}", status.word().replace(' ', "")),
            Self::Ended => "status:ended".to_owned(),
            Self::Owner(owner) => format!("owner:{owner}"),
            Self::Version(version) => format!("version:{}", quoted(version)),
            Self::Trigger(trigger) => format!("trigger:{}", quoted(trigger.word())),
            Self::Verdict(verdict) => format!("verdict:{}", verdict.word()),
            Self::Longer(seconds) => format!("age>{seconds}"),
            Self::Shorter(seconds) => format!("elapsed<{seconds}s"),
            Self::Ratio(times) => format!("ratio>{times}"),
            Self::Mine => "MINE".to_owned(),
            Self::Sweep(name) => format!("sweep:{}", quoted(name)),
            Self::Not(a) => format!("NOT  ({})", a.written()),
            Self::Both(a, b) => format!("({})\t({})", a.written(), b.written()),
            Self::Either(a, b) => format!("( {} ) Or({})", a.written(), b.written()),
        }
    }

    /// Whether it holds; none if that is not known.
    fn holds(&self, facts: &RunFacts<'_>) -> Option<bool> {
        let RunFacts { run, project, elapsed, ratio, verdict, start } = facts;
        let seconds = || elapsed.map(|elapsed| elapsed.as_secs());
        let holds = match self {
            Self::Word(word) => {
                let trigger = run.trigger.as_ref().map_or("", |trigger| trigger.word());
                let texts = [
                    folded(&project.title),
                    run.id.to_string(),
                    run.status.word().to_owned(),
                    trigger.to_owned(),
                ];
                let is_said = texts.iter().any(|text| text.to_lowercase().contains(word));
                let may_be = |trigger: &RunTrigger| trigger.word().contains(word);
                if !is_said && run.trigger.is_none() && RunTrigger::KNOWN.iter().any(may_be) {
                    return None;
                }
                is_said
            }
            Self::Status(status) => run.status == *status,
            Self::Ended => run.status.is_terminal(),
            Self::Owner(owner) => {
                project.owner.as_deref().unwrap_or("").to_lowercase().contains(owner)
            }
            Self::Version(version) => run.version.as_deref()? == *version,
            Self::Trigger(trigger) => run.trigger.as_ref()? == trigger,
            Self::Verdict(wanted) => match (verdict, ratio, &run.status) {
                (None, None, RunStatus::Running) => return None,
                (verdict, ..) => *verdict == Some(*wanted),
            },
            Self::Longer(limit) => seconds().is_some_and(|elapsed| elapsed > *limit),
            Self::Shorter(limit) => seconds().is_some_and(|elapsed| elapsed < *limit),
            Self::Ratio(limit) => (*ratio)? > f64::from(*limit),
            Self::Mine | Self::Sweep(_) if matches!(start, StartFacts::Unknown) => return None,
            Self::Mine => matches!(start, StartFacts::Here { .. }),
            Self::Sweep(word) => matches!(start, StartFacts::Here { sweep: Some(sweep) }
                if sweep.reason.is_some_and(|it| it == *word)),
            Self::Not(a) => !a.holds(facts)?,
            Self::Both(a, b) => match [a.holds(facts), b.holds(facts)] {
                [Some(true), Some(true)] => true,
                both => return both.contains(&Some(false)).then_some(false),
            },
            Self::Either(a, b) => match [a.holds(facts), b.holds(facts)] {
                [Some(false), Some(false)] => false,
                both => return both.contains(&Some(true)).then_some(true),
            },
        };
        Some(holds)
    }
}

/// What is said of a run: how many times the usual it has taken, and the verdict.
type Said = (Option<f64>, Option<Verdict>);

/// What is known of a start, but for its sweep's name.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Begun {
    Unknown,
    Elsewhere,
    Here,
}

fn runs() -> impl Strategy<Value = (Run, Project, Option<Duration>, Said, Begun)> {
    let statuses = prop::sample::select(RunStatus::KNOWN.to_vec());
    let triggers = prop::option::of(prop::sample::select(RunTrigger::KNOWN.to_vec()));
    let versions = prop::option::of(prop::sample::select(vec!["14", "v 2"]));
    let titles = prop::sample::select(vec!["Churn", "Re ve \"é\"", "a:b not x\\", ""]);
    let owners = prop::option::of(prop::sample::select(vec!["Ana@acme.test", "ben"]));
    let ratio = prop::option::of((0_u32..80).prop_map(|tenths| f64::from(tenths) / 10.0));
    let said = (ratio, prop::option::of(prop::sample::select(Verdict::ALL.to_vec())));
    let times = (prop::option::of(0_i64..2000), 0_i64..2000);
    let begun = prop::sample::select(vec![Begun::Unknown, Begun::Elsewhere, Begun::Here]);
    (statuses, triggers, versions, titles, owners, said, times, begun).prop_map(
        |(status, trigger, version, title, owner, said, (start, took), begun)| {
            let start = start.map(|second| Timestamp::from_second(second).unwrap());
            let end = start.filter(|_| status.is_terminal());
            let end = end
                .and_then(|start| start.checked_add(Duration::from_secs(took.unsigned_abs())).ok());
            let elapsed = start.zip(end).map(|(start, end)| {
                Duration::from_secs(end.duration_since(start).as_secs().unsigned_abs())
            });
            let version = version.map(str::to_owned);
            let elapsed = elapsed.or(start.map(|_| Duration::from_secs(took.unsigned_abs())));
            let run = Run { version, status, trigger, start, end, elapsed, ..run() };
            let project = Project { owner: owner.map(str::to_owned), ..project(title) };
            (run, project, elapsed, said, begun)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(10_000)))]

    #[test]
    fn a_filter_admits_what_it_says_and_is_read_as_it_is_written(
        meant in meant(),
        (run, project, elapsed, (ratio, verdict), begun) in runs(),
    ) {
        let query = parse(&meant.written()).unwrap();
        let reason = [None, Some("outage"), Some("x y")][run.status.word().len() % 3];
        let start = match begun {
            Begun::Unknown => StartFacts::Unknown,
            Begun::Elsewhere => StartFacts::Elsewhere,
            Begun::Here => StartFacts::Here { sweep: Some(SweepFacts { id: 7, reason }) },
        };
        let facts = RunFacts { run: &run, project: &project, elapsed, ratio, verdict, start };
        prop_assert_eq!(query.judges(&facts), meant.holds(&facts), "{} as {:?}", meant.written(), query);
        prop_assert_eq!(parse(&query.to_string()), Ok(query.clone()), "{}", query);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(256)))]

    #[test]
    fn no_text_breaks_the_reader(text in "(.|[a-c :<>()\"\\\\]|not |or ){0,40}") {
        match parse(&text) {
            Ok(query) => prop_assert_eq!(parse(&query.to_string()), Ok(query)),
            Err(error) => {
                prop_assert!(text.get(error.at.clone()).is_some(), "{error:?} in {text:?}");
            }
        }
        let _ = completions(&text, Subject::Runs, &Saved::new(), Vec::new);
    }
}

#[test]
fn a_text_that_is_looked_at_as_it_is_has_what_its_folded_form_has() {
    for text in [
        "",
        "Churn Model",
        " Churn",
        "Churn ",
        "Churn  Model",
        "CHURN",
        "Churn\tModel",
        "É",
        "a",
        "aab",
    ] {
        for word in ["", "churn", "churn model", "n m", "model ", "é", "ab", "a", "churn models"] {
            assert_eq!(contains(text, word), folded(text).contains(word), "{text:?} {word:?}");
        }
    }
}
