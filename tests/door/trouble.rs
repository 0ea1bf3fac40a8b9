//! Every call under every fault: the error says what is known, and the world what happened.

use std::time::Duration;

use hextop::api::{ApiError, Call, Client, Failure, PathStyle, Reply};
use hextop::domain::{RunStatus, RunTrigger, StartRun};
use hextop::sim::scenario::{Kernels, Limits};
use hextop::sim::{CallKind, FaultName, FaultSpec, ProjectSpec, Scenario, SimServer};

use tokio::task::{JoinSet, LocalSet};

use crate::{STYLES, active, ask, hasty, open};

/// A project in which one run hangs and others have ended.
fn scenario(faults: Vec<FaultSpec>) -> Scenario {
    let weekly = ProjectSpec {
        median: Duration::from_mins(10),
        past: 5,
        hung: vec![100.0],
        ..ProjectSpec::titled("Weekly revenue")
    };
    let limits = Limits { per_minute: 0, ..Limits::default() };
    let kernels = Kernels { stop: Duration::from_millis(5), ..Kernels::default() };
    Scenario { projects: vec![weekly], faults, limits, kernels, ..Scenario::default() }
}

/// Every call, with the name by which the world counts it.
fn calls(door: &SimServer) -> [(CallKind, Call); 7] {
    let project = crate::project(door);
    let run = door.look(|world| world.runs().find(|run| run.is_active()).unwrap().id());
    [
        (CallKind::ListProjects, Call::ListProjects { after: None, unlisted: true }),
        (CallKind::GetProject, Call::GetProject { project: project.clone() }),
        (CallKind::ListRuns, crate::list(door)),
        (CallKind::RunStatus, Call::RunStatus { project: project.clone(), run: run.clone() }),
        (CallKind::Trigger, Call::Trigger { project: project.clone(), start: StartRun::default() }),
        (CallKind::Cancel, Call::Cancel { project, run }),
        (CallKind::Me, Call::Me),
    ]
}

/// A world in which `name` strikes every request, and a client with just the patience it needs.
async fn struck(name: FaultName) -> (SimServer, Client) {
    let (door, client) = open(&scenario(vec![FaultSpec { name, ..FaultSpec::default() }])).await;
    let is_silent = |name| matches!(name, FaultName::Timeout | FaultName::AnswerStuck);
    let client = if is_silent(name) || name == FaultName::SlowBody { hasty(&door) } else { client };
    (door, client)
}

/// Lives through `life` under each of these faults and in each generation of paths, all at once.
async fn under_each<L: Future<Output = ()> + 'static>(
    names: &[FaultName],
    life: impl Fn(FaultName, PathStyle) -> L,
) {
    let mut lives = JoinSet::new();
    let here = LocalSet::new();
    for name in names {
        for style in STYLES {
            lives.spawn_local_on(life(*name, style), &here);
        }
    }
    here.run_until(async {
        while let Some(lived) = lives.join_next().await {
            lived.unwrap();
        }
    })
    .await;
}

/// How many runs there are, and how many of them are active.
fn state(door: &SimServer) -> (usize, usize) {
    (door.look(|world| world.runs().count()), active(door))
}

/// Whether an error of this call is what such a fault should give.
fn fits(kind: CallKind, name: FaultName, error: &ApiError) -> bool {
    match name {
        FaultName::TooMany => *error == ApiError::RateLimited,
        FaultName::Revoked => *error == ApiError::Unauthorized,
        FaultName::Internal => matches!(error, ApiError::Server { status: 500, .. }),
        FaultName::BadGateway => matches!(error, ApiError::Server { status: 502, .. }),
        // Only for a start does it say that no kernel is left.
        FaultName::Unavailable if kind == CallKind::Trigger => {
            matches!(error, ApiError::KernelsFull(_))
        }
        FaultName::Unavailable => matches!(error, ApiError::Server { status: 503, .. }),
        FaultName::Timeout | FaultName::AnswerStuck | FaultName::SlowBody => {
            matches!(error, ApiError::Transport(Failure::Timeout(_)))
        }
        FaultName::Reset | FaultName::AnswerLost | FaultName::Truncated => {
            matches!(error, ApiError::Transport(Failure::Broken(_)))
        }
        _ => matches!(error, ApiError::Unreadable { .. }),
    }
}

#[tokio::test]
async fn what_keeps_a_call_from_its_effect_is_an_error_and_never_a_promise_too_much() {
    let names = [
        FaultName::TooMany,
        FaultName::Internal,
        FaultName::BadGateway,
        FaultName::Unavailable,
        FaultName::Revoked,
        FaultName::Reset,
        FaultName::Timeout,
    ];
    under_each(&names, |name, style| async move {
        let (door, client) = struck(name).await;
        let before = state(&door);
        for (kind, call) in calls(&door) {
            let error = ask(&client, &call, style).await.unwrap_err();
            assert!(fits(kind, name, &error), "{name:?}, {call}: {error:?}");
            // Only a refusal is certain; whoever hears nothing or a proxy knows nothing.
            let refused = matches!(
                error,
                ApiError::RateLimited | ApiError::Unauthorized | ApiError::KernelsFull(_)
            );
            assert_eq!(error.had_no_effect(), refused, "{name:?}, {call}");
            let asked = door.look(|world| world.tally().of(kind));
            assert_eq!(asked, 1, "{name:?}, {call}: one call is one request");
        }
        assert_eq!(state(&door), before, "{name:?}");
    })
    .await;
}

/// Whether a part of the answer comes.
fn can_hold_id(name: FaultName) -> bool {
    matches!(name, FaultName::AnswerLost | FaultName::Truncated | FaultName::SlowBody)
}

#[tokio::test]
async fn an_answer_spoiled_on_its_way_is_an_error_of_every_call_that_has_a_body() {
    let names = [
        FaultName::AnswerLost,
        FaultName::AnswerStuck,
        FaultName::Truncated,
        FaultName::SlowBody,
        FaultName::NotJson,
        FaultName::EmptyBody,
    ];
    under_each(&names, |name, style| async move {
        let (door, client) = struck(name).await;
        let (runs, _) = state(&door);
        for (kind, call) in calls(&door) {
            let is_cut = matches!(name, FaultName::AnswerLost | FaultName::AnswerStuck);
            if kind == CallKind::Cancel && !is_cut {
                continue;
            }
            match ask(&client, &call, style).await {
                Err(error) => {
                    assert!(fits(kind, name, &error), "{name:?}, {call}: {error:?}");
                    assert!(!error.had_no_effect() && error.is_transient(), "{name:?}, {call}");
                }
                // The run's id may have come before the rest was lost.
                Ok(Reply::Started(_)) if kind == CallKind::Trigger && can_hold_id(name) => {}
                other => panic!("{name:?}, {call}: {other:?}"),
            }
            let asked = door.look(|world| world.tally().of(kind));
            assert_eq!(asked, 1, "{name:?}, {call}: one call is one request");
        }
        assert_eq!(state(&door).0, runs + 1, "{name:?}: the start has happened, once");
    })
    .await;
}

#[tokio::test]
async fn an_accepted_cancel_has_no_body_to_spoil() {
    for name in
        [FaultName::NotJson, FaultName::EmptyBody, FaultName::WrongType, FaultName::ExtraFields]
    {
        for style in STYLES {
            let fault = FaultSpec::always(CallKind::Cancel, name);
            let (door, client) = open(&scenario(vec![fault])).await;
            let [.., (_, cancel), _] = calls(&door);
            assert_eq!(ask(&client, &cancel, style).await, Ok(Reply::Cancelled), "{name:?}");
        }
    }
}

#[tokio::test]
async fn a_cancel_whose_answer_is_lost_can_be_repeated_until_a_look_shows_the_end() {
    for style in STYLES {
        let fault = FaultSpec::nth(CallKind::Cancel, FaultName::AnswerLost, 1);
        let (door, client) = open(&scenario(vec![fault])).await;
        let [.., (_, look), _, (_, cancel), _] = calls(&door);
        let error = ask(&client, &cancel, style).await.unwrap_err();
        assert!(!error.had_no_effect() && error.is_transient(), "{error:?}");
        // Depending on the moment it is still stopping or has already ended.
        let again = ask(&client, &cancel, style).await;
        let fits = match &again {
            Ok(reply) => *reply == Reply::Cancelled,
            Err(error) => matches!(error, ApiError::Rejected { status: 422, .. }),
        };
        assert!(fits, "{again:?}");
        let ended = loop {
            let Ok(Reply::Run(run)) = ask(&client, &look, style).await else { panic!("no run") };
            if run.status.is_terminal() {
                break run;
            }
        };
        assert_eq!(ended.status, RunStatus::Killed);
        assert_eq!(active(&door), 0);
    }
}

#[tokio::test]
async fn a_slow_answer_within_the_time_is_as_good_as_a_quick_one() {
    for name in [FaultName::Latency, FaultName::SlowBody] {
        let takes = Some(Duration::from_millis(100));
        let (door, client) =
            open(&scenario(vec![FaultSpec { name, takes, ..FaultSpec::default() }])).await;
        for (_, call) in calls(&door) {
            let reply = ask(&client, &call, STYLES[0]).await;
            assert!(reply.is_ok(), "{name:?}, {call}: {reply:?}");
        }
    }
}

#[tokio::test]
async fn fields_and_types_nobody_has_heard_of_change_nothing_that_is_read() {
    let fault = |kind, name| FaultSpec::nth(kind, name, 1);
    for name in [FaultName::ExtraFields, FaultName::WrongType] {
        for style in STYLES {
            let mut scenario = scenario(CallKind::ALL.map(|kind| fault(kind, name)).to_vec());
            scenario.answers.elapsed_ticks = false;
            let (door, client) = open(&scenario).await;
            for (kind, call) in calls(&door) {
                let odd = ask(&client, &call, style).await;
                assert!(odd.is_ok(), "{name:?}, {call}: {odd:?}");
                // A second start or cancel is another matter.
                if !matches!(kind, CallKind::Trigger | CallKind::Cancel) {
                    assert_eq!(ask(&client, &call, style).await, odd, "{name:?}, {call}");
                }
            }
        }
    }
}

#[tokio::test]
async fn words_nobody_has_heard_of_are_kept_and_the_rest_is_as_before() {
    let mut scenario =
        scenario(vec![FaultSpec::nth(CallKind::RunStatus, FaultName::UnknownEnums, 1)]);
    scenario.answers.elapsed_ticks = false;
    for style in STYLES {
        let (door, client) = open(&scenario).await;
        let [.., (_, look), _, _, _] = calls(&door);
        let Ok(Reply::Run(odd)) = ask(&client, &look, style).await else { panic!("no run") };
        assert_eq!(odd.status, RunStatus::Unknown("PAUSED".into()));
        assert_eq!(odd.trigger, Some(RunTrigger::Unknown("WEBHOOK".into())));
        assert!(odd.is_active(), "what is not known to have ended may go on");
        let Ok(Reply::Run(plain)) = ask(&client, &look, style).await else { panic!("no run") };
        let (status, trigger) = (plain.status.clone(), plain.trigger.clone());
        assert_eq!(hextop::domain::Run { status, trigger, ..odd }, plain);
    }
}
