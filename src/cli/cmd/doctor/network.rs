//! The way to Hex: proxy, certificates, name, connection and TLS.

use jiff::Timestamp;

use super::check::Check;
use crate::api::client::PeerCertificate;
use crate::api::{ApiError, ConnectFault, Failure, NoConnection};
use crate::cli::NETWORK;
use crate::ui::text::count;

/// From this many days before its end on, a server's certificate is worth a word.
const SOON: i64 = 14;

/// What is known of the way.
#[derive(Clone, Debug, Default)]
pub(super) struct Way {
    /// Hex's host, with its port if that is not the usual one.
    pub(super) host: String,
    /// Whether it is reached without TLS.
    pub(super) is_plain: bool,
    /// The proxy's host and port.
    pub(super) proxy: Option<String>,
    /// What is trusted beside or in place of the system's certificates.
    pub(super) trust: Vec<String>,
    /// Whether any certificate is accepted.
    pub(super) is_insecure: bool,
    /// Whether anything has answered.
    pub(super) is_reached: bool,
    /// Why nothing came, if so.
    pub(super) error: Option<ApiError>,
    /// The certificate that was shown.
    pub(super) peer: Option<PeerCertificate>,
}

/// The steps of a connection, in their order.
const STEPS: [&str; 4] = ["proxy", "dns", "tcp", "tls"];

pub(super) fn checks(way: &Way, now: Timestamp) -> Vec<Check> {
    let failed = failed_step(way);
    let mut checks = vec![certificates(way)];
    for (number, name) in STEPS.into_iter().enumerate() {
        checks.push(match &failed {
            Some((step, sentence)) if *step == number => Check::told(name, NETWORK, sentence),
            Some((step, _)) if *step < number => Check::skip(name, "not reached"),
            _ if !way.is_reached && failed.is_none() => Check::skip(name, "nothing was asked"),
            _ => passed(name, way, now),
        });
    }
    if failed.is_none()
        && let Some(error) = &way.error
    {
        checks.push(Check::told("http", NETWORK, &error.to_string()));
    }
    checks
}

/// Which step failed, and the sentence that says so.
fn failed_step(way: &Way) -> Option<(usize, String)> {
    let Some(ApiError::Transport(Failure::Connect(reason))) = &way.error else { return None };
    let step = match (reason, reason.fault()) {
        (NoConnection::Hex { .. }, Some(ConnectFault::Name)) => 1,
        (NoConnection::Hex { .. }, Some(fault)) => match fault {
            ConnectFault::Refused | ConnectFault::NoRoute | ConnectFault::TimedOut(_) => 2,
            _ => 3,
        },
        (NoConnection::Other(_), _) => 2,
        _ => 0,
    };
    Some((step, reason.to_string()))
}

fn certificates(way: &Way) -> Check {
    let name = "certificates";
    if way.is_plain {
        return Check::skip(name, "not needed without TLS");
    }
    if way.is_insecure {
        let next = "leave out --insecure and name the server's root in ca_file";
        return Check::warn(name, "any certificate is accepted (--insecure)", next);
    }
    let trust = if way.trust.is_empty() { "the system's".to_owned() } else { way.trust.join(", ") };
    Check::good(name, trust)
}

/// A step that went well.
fn passed(name: &'static str, way: &Way, now: Timestamp) -> Check {
    match (name, &way.proxy) {
        ("proxy", None) => Check::good(name, "none"),
        ("proxy", Some(proxy)) => Check::good(name, proxy.as_str()),
        ("dns", Some(_)) => Check::skip(name, "the proxy finds the address"),
        ("dns", None) if is_address(&way.host) => Check::skip(name, "the host is an address"),
        ("dns", None) => Check::good(name, format!("{} has an address", way.host)),
        ("tcp", None) => Check::good(name, format!("{} takes connections", way.host)),
        ("tcp", Some(proxy)) => Check::good(name, format!("{} by way of {proxy}", way.host)),
        _ if way.is_plain => Check::skip(name, "none, as Hex is on this machine"),
        _ => tls(name, way, now),
    }
}

fn tls(name: &'static str, way: &Way, now: Timestamp) -> Check {
    let Some(peer) = &way.peer else {
        return Check::good(name, "the server's certificate is good");
    };
    let issuer = format!("certificate by {}", peer.issuer);
    let Some(expires) = peer.expires else { return Check::good(name, issuer) };
    let days = (expires.as_second() - now.as_second()) / 86_400;
    let detail = match usize::try_from(days) {
        Ok(days) => format!("{issuer}, good for {} more", count(days, "day")),
        Err(_) => format!("{issuer}, expired"),
    };
    if days > SOON {
        Check::good(name, detail)
    } else {
        Check::warn(name, detail, format!("tell whoever runs {}", way.host))
    }
}

/// Whether a host is written as an address, and not as a name.
fn is_address(host: &str) -> bool {
    host.starts_with('[')
        || host.split(':').next().is_some_and(|host| host.parse::<std::net::Ipv4Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::super::check::State;
    use super::*;

    fn states(way: &Way) -> Vec<(&'static str, State)> {
        let checks = checks(way, Timestamp::UNIX_EPOCH);
        checks.iter().map(|check| (check.name, check.state)).collect()
    }

    fn way() -> Way {
        Way { host: "hex.example".to_owned(), is_reached: true, ..Way::default() }
    }

    #[test]
    fn what_comes_after_the_step_that_failed_is_not_judged() {
        use State::{Fail, Good, Skip};
        let hex = |why| NoConnection::Hex { host: "hex.example".to_owned(), why };
        let proxy = NoConnection::ProxyPassword { proxy: "p:1".to_owned() };
        for (reason, states_of_steps) in [
            (hex(ConnectFault::Name), [Good, Fail, Skip, Skip]),
            (hex(ConnectFault::Refused), [Good, Good, Fail, Skip]),
            (hex(ConnectFault::TimedOut(5)), [Good, Good, Fail, Skip]),
            (hex(ConnectFault::UnknownIssuer), [Good, Good, Good, Fail]),
            (hex(ConnectFault::ClientCertificate("x".to_owned())), [Good, Good, Good, Fail]),
            (proxy, [Fail, Skip, Skip, Skip]),
        ] {
            let error = Some(ApiError::Transport(Failure::Connect(reason)));
            let told = states(&Way { error, is_reached: false, ..way() });
            let expected: Vec<_> = STEPS.into_iter().zip(states_of_steps).collect();
            assert_eq!(told.get(1..).unwrap(), expected);
        }
    }

    #[test]
    fn a_way_that_is_clear_is_told_with_all_that_is_on_it() {
        use State::{Good, Skip};
        let clear = Way { proxy: Some("p:1".to_owned()), ..way() };
        let told: Vec<_> = checks(&clear, Timestamp::UNIX_EPOCH);
        let details: Vec<_> = told.iter().map(|check| check.detail.as_str()).collect();
        let expected = [
            "the system's",
            "p:1",
            "the proxy finds the address",
            "hex.example by way of p:1",
            "the server's certificate is good",
        ];
        assert_eq!(details, expected);
        let plain = Way { is_plain: true, host: "127.0.0.1:80".to_owned(), ..way() };
        let states: Vec<_> = states(&plain).into_iter().map(|(_, state)| state).collect();
        assert_eq!(states, [Skip, Good, Skip, Good, Skip]);
        let insecure = states_of(&Way { is_insecure: true, ..way() });
        assert_eq!(insecure, ("certificates", State::Warn));
        let garbled = Way { error: Some(ApiError::Transport(Failure::NotHttp)), ..way() };
        let last = checks(&garbled, Timestamp::UNIX_EPOCH).pop().unwrap();
        assert_eq!((last.name, last.state, last.code), ("http", State::Fail, NETWORK));
    }

    fn states_of(way: &Way) -> (&'static str, State) {
        states(way).remove(0)
    }
}
