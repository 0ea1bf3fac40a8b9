//! What the client reads is what is true in the world, value by value.

use std::collections::HashSet;
use std::time::Duration;

use hextop::api::words::status_word;
use hextop::api::{ApiError, Call, Me, RateHint, Reply};
use hextop::domain::time::between;
use hextop::domain::{ProjectId, Run, RunId, RunStatus, RunTrigger, StartRun, Text};
use hextop::sim::scenario::{
    Answers, Era, HeaderStyle, Kernels, Limits, NextPage, Order, Population, Refused, ResetForm,
    RetryAfter, Scope, Titles, TokenSpec,
};
use hextop::sim::{ProjectSpec, Scenario, SimProject, SimRun, SimServer, Version};
use jiff::{SignedDuration, Timestamp};

use crate::{STYLES, active, ask, open};

/// One project with runs of every ending and two that hang; nothing happens while one looks.
fn past() -> Scenario {
    let busy = ProjectSpec {
        median: Duration::from_mins(1),
        past: 80,
        failure: 0.3,
        no_kernel: 0.3,
        api_per_hour: 4.0,
        drafts_per_hour: 2.0,
        hung: vec![100.0, 200.0],
        ..ProjectSpec::titled("Weekly revenue")
    };
    Scenario {
        limits: unlimited(),
        answers: Answers { elapsed_ticks: false, ..Answers::default() },
        projects: vec![busy],
        ..Scenario::default()
    }
}

fn unlimited() -> Limits {
    Limits { per_minute: 0, triggers_per_minute: 0, triggers_per_hour: 0, ..Limits::default() }
}

/// The run as a client should see it, made from what the world knows and the contract says.
fn seen(door: &SimServer, project: &ProjectId, run: &SimRun, era: Era) -> Run {
    let origin = door.base_url.strip_suffix("/api/v1").unwrap();
    // The API tells whole milliseconds.
    let told = |at: Timestamp| format!("{at:.3}").parse().unwrap();
    let (before, id) = (era == Era::Before, run.id());
    let start = run.start().or(before.then_some(run.created()));
    let took = start.zip(run.end()).map(|(start, end)| between(start, end).as_millis());
    Run {
        project: project.clone(),
        version: Some(match run.version() {
            Version::Published(number) => number.to_string(),
            Version::Draft => "draft".to_owned(),
        }),
        url: Some(format!("{origin}/acme/hex/{project}/run/{id}")),
        id,
        status: run.status().clone(),
        trigger: (!before).then(|| run.trigger().clone()),
        start: start.map(told),
        end: run.end().map(told),
        elapsed: took.map(|millis| Duration::from_millis(millis.try_into().unwrap())),
    }
}

/// Every run of the world's first project, by id.
fn truth(door: &SimServer, era: Era) -> Vec<Run> {
    let project = crate::project(door);
    // Where versions are numbers, runs of the draft are in no list.
    let is_listed = |run: &&SimRun| era == Era::Now || !matches!(run.version(), Version::Draft);
    let seen = |run: &SimRun| seen(door, &project, run, era);
    let mut runs: Vec<_> = door.look(|world| world.runs().filter(is_listed).map(seen).collect());
    runs.sort_by(|one, other| one.id.cmp(&other.id));
    runs
}

#[tokio::test]
async fn every_run_is_read_as_the_world_has_it_in_lists_and_alone() {
    for era in [Era::Now, Era::July, Era::Before] {
        let mut scenario = past();
        scenario.answers.era = era;
        for style in STYLES {
            let (door, client) = open(&scenario).await;
            let truth = truth(&door, era);
            let ended: HashSet<_> = truth.iter().map(|run| status_word(&run.status)).collect();
            for status in ["RUNNING", "COMPLETED", "ERRORED", "UNABLE_TO_ALLOCATE_KERNEL"] {
                assert!(
                    ended.contains(status),
                    "{era:?} is worth nothing without {status}: {ended:?}"
                );
            }
            let Ok(Reply::Runs { mut runs, more: false, .. }) =
                ask(&client, &crate::list(&door), style).await
            else {
                panic!("{era:?} {style:?}")
            };
            runs.sort_by(|one, other| one.id.cmp(&other.id));
            assert_eq!(runs, truth, "{era:?} {style:?}");
            for run in truth {
                let call = Call::RunStatus { project: run.project.clone(), run: run.id.clone() };
                assert_eq!(ask(&client, &call, style).await, Ok(Reply::Run(run)), "{era:?}");
            }
        }
    }
}

#[tokio::test]
async fn pages_hold_every_run_once_however_the_server_orders_and_names_them() {
    let forms = [NextPage::Absolute, NextPage::Relative, NextPage::Token];
    for (next_page, order) in forms
        .map(|form| (form, Order::NewestFirst))
        .into_iter()
        .chain([(NextPage::Absolute, Order::OldestFirst)])
    {
        let mut scenario = past();
        (scenario.answers.next_page, scenario.answers.order) = (next_page, order);
        let (door, client) = open(&scenario).await;
        let truth = truth(&door, Era::Now);
        for style in STYLES {
            let (mut read, mut more) = (Vec::new(), true);
            while more {
                let offset = read.len().try_into().unwrap();
                let call = Call::ListRuns {
                    project: crate::project(&door),
                    limit: 25,
                    offset,
                    status: None,
                };
                let Ok(Reply::Runs { runs, more: goes_on, .. }) = ask(&client, &call, style).await
                else {
                    panic!("{next_page:?} {offset}")
                };
                assert_eq!(runs.len(), 25.min(truth.len() - read.len()), "{next_page:?} {offset}");
                assert!(
                    runs.windows(2).all(|pair| pair[0].start.is_none()
                        || pair[1].start.is_none()
                        || pair[0].start >= pair[1].start),
                    "newest first within a page, {order:?}"
                );
                read.extend(runs);
                more = goes_on;
            }
            read.sort_by(|one, other| one.id.cmp(&other.id));
            assert_eq!(read, truth, "{next_page:?} {order:?}");
        }
    }
}

#[tokio::test]
async fn a_started_run_is_followed_to_each_of_its_ends() {
    let table = [
        (0.0, 0.0, RunStatus::Completed),
        (1.0, 0.0, RunStatus::Errored),
        (0.0, 1.0, RunStatus::NoKernel),
    ];
    for (failure, no_kernel, end) in table {
        let quick = ProjectSpec {
            median: Duration::from_millis(20),
            failure,
            no_kernel,
            ..ProjectSpec::titled("Weekly revenue")
        };
        let kernels = Kernels { boot: Duration::from_millis(5), ..Kernels::default() };
        let scenario = Scenario { projects: vec![quick], kernels, ..past() };
        for style in STYLES {
            let (door, client) = open(&scenario).await;
            let project = crate::project(&door);
            let call = Call::Trigger { project: project.clone(), start: StartRun::default() };
            let Ok(Reply::Started(started)) = ask(&client, &call, style).await else {
                panic!("{end:?}")
            };
            let version = door.look(|world| world.projects().next().unwrap().version());
            assert_eq!(started.version, Some(version.to_string()));
            assert!(started.trace.is_some());
            let call = Call::RunStatus { project, run: started.run.clone() };
            let run = loop {
                let Ok(Reply::Run(run)) = ask(&client, &call, style).await else {
                    panic!("{end:?}")
                };
                if run.status.is_terminal() {
                    break run;
                }
            };
            assert_eq!((&run.status, &run.trigger), (&end, &Some(RunTrigger::Api)));
            assert_eq!((&run.id, &run.url), (&started.run, &started.url));
            assert_eq!(truth(&door, Era::Now), [run]);
        }
    }
}

#[tokio::test]
async fn titles_that_nobody_should_print_arrive_as_they_were_sent() {
    let population = Population { count: 240, titles: Titles::Hostile, ..Population::default() };
    let scenario = Scenario { projects: Vec::new(), population, ..past() };
    let (door, client) = open(&scenario).await;
    let (mut after, mut read) = (None, Vec::new());
    loop {
        let call = Call::ListProjects { after, unlisted: false };
        let Ok(Reply::Projects { projects, after: next }) = ask(&client, &call, STYLES[0]).await
        else {
            panic!("no page")
        };
        read.extend(projects);
        after = next;
        if after.is_none() {
            break;
        }
    }
    let told = |one: &SimProject| {
        let title = Text::from(one.title());
        (one.id(), title, one.spec().schedules.clone(), one.is_runnable())
    };
    let mut truth: Vec<_> = door.look(|world| world.projects().map(told).collect());
    let mut read: Vec<_> = read
        .into_iter()
        .map(|one| {
            let is_runnable = one.is_runnable();
            (one.id, one.title, one.schedules, is_runnable)
        })
        .collect();
    truth.sort_by(|one, other| one.0.cmp(&other.0));
    read.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(read, truth);
    let is_hostile = |one: &SimProject| one.title().contains('\u{1b}');
    assert!(door.look(|world| world.projects().any(is_hostile)), "none of them is hostile");
}

#[tokio::test]
async fn a_token_tells_its_person_or_only_its_workspace() {
    for workspace in [false, true] {
        for expires_after in [None, Some(Duration::from_hours(72))] {
            let token = TokenSpec { workspace, expires_after, ..TokenSpec::default() };
            let began = hextop::clock::now().wall;
            let (_door, client) = open(&Scenario { token, ..past() }).await;
            let Ok(Reply::Me(me)) = ask(&client, &Call::Me, STYLES[0]).await else {
                panic!("no user")
            };
            let person = |text: &str| (!workspace).then(|| text.to_owned());
            assert_eq!(me.id.is_some(), !workspace);
            let expected = Me {
                id: me.id.clone(),
                email: person("ana@acme.test"),
                role: person("EDITOR"),
                org: me.org.clone(),
                expires: me.expires,
            };
            assert_eq!(me, expected);
            assert!(me.org.is_some());
            let lives = me.expires.map(|at| between(began, at).as_secs());
            let fits = |lives: u64| (72 * 3600 - 1..72 * 3600 + 60).contains(&lives);
            assert_eq!(lives.is_some(), expires_after.is_some());
            assert!(lives.is_none_or(fits), "{lives:?}");
        }
    }
}

#[tokio::test]
async fn a_token_that_may_only_read_reads_and_changes_nothing() {
    let token =
        TokenSpec { workspace: true, scopes: vec![Scope::ReadProjects], ..TokenSpec::default() };
    let (door, client) = open(&Scenario { token, ..past() }).await;
    let project = crate::project(&door);
    let run = door.look(|world| world.runs().find(|run| run.is_active()).unwrap().id());
    let before = truth(&door, Era::Now);
    for style in STYLES {
        assert!(ask(&client, &crate::list(&door), style).await.is_ok());
        for call in [
            Call::Trigger { project: project.clone(), start: StartRun::default() },
            Call::Cancel { project: project.clone(), run: run.clone() },
        ] {
            let error = ask(&client, &call, style).await.unwrap_err();
            assert!(matches!(error, ApiError::Forbidden(_)), "{call}: {error:?}");
            assert!(error.had_no_effect() && !error.is_transient(), "{call}: {error:?}");
        }
    }
    assert_eq!(truth(&door, Era::Now), before);
    assert_eq!(active(&door), 2);
}

#[tokio::test]
async fn what_is_not_there_is_told_as_the_server_tells_it_for_every_call() {
    let (door, client) = open(&past()).await;
    let project = crate::project(&door);
    let (no_project, no_run) = ("00000000-0000-4000-8000-000000000000", "not there");
    let (no_project, no_run) = (ProjectId::new(no_project), RunId::new(no_run));
    let gone = RunId::new(no_project.as_str());
    for style in STYLES {
        for call in [
            Call::GetProject { project: no_project.clone() },
            Call::ListRuns { project: no_project.clone(), limit: 25, offset: 0, status: None },
            Call::RunStatus { project: project.clone(), run: gone.clone() },
            Call::Trigger { project: no_project.clone(), start: StartRun::default() },
            Call::Cancel { project: project.clone(), run: gone.clone() },
        ] {
            let error = ask(&client, &call, style).await.unwrap_err();
            assert!(matches!(error, ApiError::NotFound(_)), "{call}: {error:?}");
        }
        for call in [
            Call::RunStatus { project: project.clone(), run: no_run.clone() },
            Call::Cancel { project: project.clone(), run: no_run.clone() },
        ] {
            let error = ask(&client, &call, style).await.unwrap_err();
            assert!(matches!(error, ApiError::Rejected { status: 400, .. }), "{call}: {error:?}");
        }
    }
}

#[tokio::test]
async fn a_refusal_tells_how_long_to_wait_only_where_the_server_does() {
    for retry_after in [RetryAfter::None, RetryAfter::Seconds, RetryAfter::Date] {
        for refused in [Refused::Old, Refused::New, Refused::Text, Refused::Empty] {
            let headers = HeaderStyle::None;
            let limits =
                Limits { per_minute: 1, headers, retry_after, refused, ..Limits::default() };
            let (_door, client) = open(&Scenario { limits, ..past() }).await;
            let granted = client.send(&Call::Me, STYLES[0]).await;
            assert_eq!((granted.result.is_ok(), granted.rate), (true, RateHint::default()));
            let refusal = client.send(&Call::Me, STYLES[0]).await;
            assert_eq!(refusal.result, Err(ApiError::RateLimited), "{refused:?}");
            let wait = refusal.rate.retry_after;
            assert_eq!(refusal.rate, RateHint { retry_after: wait, ..RateHint::default() });
            assert_eq!(wait.is_some(), retry_after != RetryAfter::None, "{retry_after:?}");
            let minute = Duration::from_secs(50)..=Duration::from_secs(62);
            assert!(wait.is_none_or(|wait| minute.contains(&wait)), "{retry_after:?}: {wait:?}");
        }
    }
}

#[tokio::test]
async fn a_clock_that_is_hours_off_bends_no_wait() {
    for hours in [-5, 5] {
        for reset in [ResetForm::Unix, ResetForm::UnixMillis] {
            let limits = Limits {
                per_minute: 1,
                headers: HeaderStyle::Ratelimit,
                retry_after: RetryAfter::Date,
                reset,
                ..Limits::default()
            };
            let clock_skew = SignedDuration::from_hours(hours);
            let (_door, client) = open(&Scenario { limits, clock_skew, ..past() }).await;
            let granted = client.send(&Call::Me, STYLES[0]).await;
            let refusal = client.send(&Call::Me, STYLES[0]).await;
            let ahead = granted.date.unwrap().duration_since(hextop::clock::now().wall);
            assert!((ahead - clock_skew).abs() < SignedDuration::from_secs(10), "{ahead}");
            let minute = Duration::from_secs(50)..=Duration::from_secs(62);
            for wait in [granted.rate.reset, refusal.rate.reset, refusal.rate.retry_after] {
                assert!(wait.is_some_and(|wait| minute.contains(&wait)), "{hours} h: {wait:?}");
            }
        }
    }
}
