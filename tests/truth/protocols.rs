//! The real client over both protocols.

use crate::hex::Hex;
use crate::hex::life::Life;
use crate::server::Protocol;
use crate::workspace::Workspace;

#[test]
fn both_protocols_are_spoken_and_connections_are_kept_alive() {
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let hex = Hex::new();
        hex.project("Alpha", Life::ends(9_000, "COMPLETED"));
        let workspace = Workspace::over(&hex, protocol, 20);
        let ended = workspace.run(&["run", "Alpha", "--wait"]);
        assert_eq!(ended.code, Some(0), "{protocol:?} {ended:?}");
        let (opened, requests) = (workspace.relay().opened(), hex.requests().len());
        assert!(opened < requests, "{protocol:?}: {opened} connections, {requests} requests");
    }
}
