//! A connection that has gone silent without closing does not hold a person's request.

use std::time::Duration;

use crate::hex::Hex;
use crate::hex::life::Life;
use crate::hex::request::Op;
use crate::server::Protocol;
use crate::workspace::{Ended, Workspace};

const PROTOCOLS: [Protocol; 2] = [Protocol::Http1, Protocol::Http2];

/// `run Alpha --wait`, cancelled after so many seconds, with requests that are given up after twenty
/// as the settings are shipped.
fn waiting(timeout: &str) -> [&str; 6] {
    ["run", "Alpha", "--wait", "--timeout", timeout, "--cancel-on-timeout"]
}

/// When the first of these arrived.
fn first(hex: &Hex, op: Op) -> Duration {
    let requests = hex.requests_of(op);
    requests.first().map_or(Duration::MAX, |request| request.at)
}

#[test]
fn a_cancel_gets_through_while_every_open_connection_is_silent() {
    for protocol in PROTOCOLS {
        let hex = Hex::new();
        hex.project("Alpha", Life::endless());
        let workspace = Workspace::over(&hex, protocol, 20);
        let relay = workspace.relay();
        // The answer to the second look after the start never arrives.
        hex.when(Op::Start, 1, move |world| {
            world.after(Duration::from_secs(2), move |_| relay.silence());
        });
        let ended: Ended = workspace.run(&waiting("8s"));
        // The command began a little before its first request arrived.
        let (begun, deleted) =
            (first(&hex, Op::Projects).min(first(&hex, Op::Me)), first(&hex, Op::Cancel));
        let late = deleted.saturating_sub(begun + Duration::from_secs(8));
        assert!(late <= Duration::from_secs(3), "{protocol:?}: {late:?} late, {ended:?}");
        assert!(ended.err.contains("the run is cancelled"), "{protocol:?} {ended:?}");
    }
}

#[test]
fn looks_go_on_over_new_connections_after_a_silent_one() {
    for protocol in PROTOCOLS {
        let hex = Hex::new();
        hex.project("Alpha", Life::ends(6_000, "COMPLETED"));
        let workspace = Workspace::over(&hex, protocol, 3);
        let relay = workspace.relay();
        hex.when(Op::Start, 1, move |world| {
            world.after(Duration::from_secs(2), move |_| relay.silence());
        });
        // One timeout is the price, not one after the other on the same connection.
        let ended = workspace.run(&["run", "Alpha", "--wait", "--timeout", "25s"]);
        assert_eq!(ended.code, Some(0), "{protocol:?} {ended:?}");
    }
}

#[test]
fn a_cancel_gets_through_soon_after_new_connections_work_again() {
    for protocol in PROTOCOLS {
        let hex = Hex::new();
        hex.project("Alpha", Life::endless());
        let workspace = Workspace::over(&hex, protocol, 3);
        let relay = workspace.relay();
        hex.when(Op::Start, 1, move |world| {
            let again = relay.clone();
            world.after(Duration::from_secs(2), move |_| {
                relay.silence();
                relay.silence_new(true);
            });
            // Nothing arrives meanwhile, so the workspace would not notice by itself.
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_secs(12));
                again.silence_new(false);
            });
        });
        let ended = workspace.run(&waiting("6s"));
        let (started, deleted) = (first(&hex, Op::Start), first(&hex, Op::Cancel));
        let late = deleted.saturating_sub(started + Duration::from_secs(12));
        assert!(late <= Duration::from_secs(20), "{protocol:?}: {late:?} late, {ended:?}");
        assert!(ended.err.contains("the run is cancelled"), "{protocol:?} {ended:?}");
    }
}
