//! Sorts why a request did not reach Hex, by the types of the errors and never by their words.

use std::error::Error;
use std::io;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use rustls::{AlertDescription, CertificateError};
use tower_service::Service;

use crate::api::error::{ConnectFault, NoConnection};

/// hyper-util names these types only as what its services answer.
type TunnelError = <Tunnel<HttpConnector> as Service<Uri>>::Error;
type SocksError = <SocksV5<HttpConnector> as Service<Uri>>::Error;

/// Which way a request was to take.
pub(super) struct Way<'a> {
    /// Hex's host, with its port if that is not the usual one.
    pub(super) host: &'a str,
    /// The proxy's host and port, if there is one.
    pub(super) proxy: Option<&'a str>,
    /// How many seconds connecting may take.
    pub(super) patience: u64,
}

/// Why no connection came about, if these types tell.
pub(super) fn no_connection(error: &reqwest::Error, way: &Way<'_>) -> Option<NoConnection> {
    let chain = chain(error);
    let proxy = way.proxy.map(str::to_owned);
    let by_proxy = |why| proxy.clone().map(|proxy| NoConnection::Proxy { proxy, why });
    let by_hex = |why| NoConnection::Hex { host: way.host.to_owned(), why };
    if let Some(refusal) = chain.iter().find_map(|part| refusal(*part, way)) {
        return Some(refusal);
    }
    let is_tunnelled = chain.iter().any(|part| part.is::<TunnelError>() || part.is::<SocksError>());
    let why = chain.iter().rev().find_map(|part| fault(*part));
    // A SOCKS connection gives no source, so that reqwest does not see what failed in it. What is
    // no error of the connection there is one of the proxy's name.
    let is_late = |part: &&(dyn Error + 'static)| {
        let error = part.downcast_ref::<io::Error>();
        error.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
    };
    let is_late = error.is_timeout() || chain.iter().any(is_late);
    let in_socks = chain.iter().any(|part| part.is::<SocksError>());
    if error.is_dns() || in_socks && why.is_none() && !is_late {
        // Whose name it is that a SOCKS proxy's client looks up itself is not told.
        return by_proxy(ConnectFault::Name).or(Some(by_hex(ConnectFault::Name)));
    }
    match why {
        Some(why) if is_tunnelled || is_of_transport(&why) => {
            Some(by_proxy(why.clone()).unwrap_or_else(|| by_hex(why)))
        }
        Some(why) => Some(by_hex(why)),
        None if is_late => {
            let why = ConnectFault::TimedOut(way.patience);
            by_proxy(why.clone()).or(Some(by_hex(why)))
        }
        None => None,
    }
}

/// What a proxy that was reached has said.
fn refusal(error: &(dyn Error + 'static), way: &Way<'_>) -> Option<NoConnection> {
    let proxy = way.proxy?.to_owned();
    let host = way.host.to_owned();
    let why = if let Some(error) = error.downcast_ref::<TunnelError>() {
        match error {
            TunnelError::ConnectFailed(_) => return None,
            TunnelError::ProxyAuthRequired => return Some(NoConnection::ProxyPassword { proxy }),
            TunnelError::TunnelUnsuccessful => "its answer to CONNECT is not 200".to_owned(),
            TunnelError::TunnelUnexpectedEof => "it has closed the connection".to_owned(),
            error => error.to_string(),
        }
    } else {
        match error.downcast_ref::<SocksError>()? {
            SocksError::Inner(_) => return None,
            SocksError::V4(error) => error.to_string(),
            SocksError::V5(error) => error.to_string(),
            error => error.to_string(),
        }
    };
    Some(NoConnection::ProxyRefused { proxy, host, why })
}

/// That the server has refused the certificate that it was shown, or that none was shown. With TLS 1.3
/// it says so after the client has finished its part, and reads nothing of the request.
pub(super) fn refused_certificate(error: &reqwest::Error, host: &str) -> Option<NoConnection> {
    let faults = chain(error).into_iter().filter_map(fault);
    let mut refusals = faults.filter(|fault| matches!(fault, ConnectFault::ClientCertificate(_)));
    refusals.next().map(|why| NoConnection::Hex { host: host.to_owned(), why })
}

/// Whether what answered does not speak HTTP.
pub(super) fn is_not_http(error: &reqwest::Error) -> bool {
    let mut errors = chain(error).into_iter().filter_map(<dyn Error>::downcast_ref::<hyper::Error>);
    errors.any(|error| error.is_parse() && !error.is_parse_too_large())
}

fn is_of_transport(fault: &ConnectFault) -> bool {
    use ConnectFault::{Name, NoRoute, Refused, TimedOut};
    matches!(fault, Name | NoRoute | Refused | TimedOut(_))
}

/// An error and its causes, also those that an error of input and output wraps and those of a SOCKS
/// connection, which gives no source.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut chain = vec![error];
    let mut last = error;
    loop {
        let wrapped = last.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let inner: Option<&'a (dyn Error + 'static)> = match last.downcast_ref::<SocksError>() {
            Some(SocksError::Inner(inner)) => Some(inner),
            Some(SocksError::Io(inner)) => Some(inner),
            _ => wrapped.map(|wrapped| wrapped as &(dyn Error + 'static)),
        };
        match inner.or_else(|| last.source()) {
            Some(next) => last = next,
            None => return chain,
        }
        chain.push(last);
    }
}

/// What one error of the chain says.
fn fault(error: &(dyn Error + 'static)) -> Option<ConnectFault> {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(of_tls(error));
    }
    match error.downcast_ref::<io::Error>()?.kind() {
        io::ErrorKind::ConnectionRefused => Some(ConnectFault::Refused),
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable => Some(ConnectFault::NoRoute),
        _ => None,
    }
}

fn of_tls(error: &rustls::Error) -> ConnectFault {
    use CertificateError as Bad;
    match error {
        rustls::Error::InvalidCertificate(bad) => match bad {
            Bad::UnknownIssuer => ConnectFault::UnknownIssuer,
            Bad::Expired | Bad::ExpiredContext { .. } => ConnectFault::Expired,
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => ConnectFault::NotYetValid,
            Bad::NotValidForName => ConnectFault::OtherHost(Vec::new()),
            Bad::NotValidForNameContext { presented, .. } => {
                ConnectFault::OtherHost(presented.clone())
            }
            bad => ConnectFault::Certificate(bad.to_string()),
        },
        rustls::Error::AlertReceived(alert) if is_of_certificate(*alert) => {
            ConnectFault::ClientCertificate(format!("{alert:?}"))
        }
        rustls::Error::InvalidMessage(_) => ConnectFault::NotTls,
        error => ConnectFault::Handshake(error.to_string()),
    }
}

/// Whether a server that has ended the handshake so may want another certificate, or one at all.
fn is_of_certificate(alert: AlertDescription) -> bool {
    use AlertDescription as Alert;
    matches!(
        alert,
        Alert::CertificateRequired
            | Alert::HandshakeFailure
            | Alert::NoCertificate
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
            | Alert::DecryptError
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use reqwest::dns::{Name, Resolve, Resolving};

    use super::*;

    /// Knows no name.
    struct NoNames;

    impl Resolve for NoNames {
        fn resolve(&self, _: Name) -> Resolving {
            Box::pin(async { Err("no such name".into()) })
        }
    }

    #[tokio::test]
    async fn a_name_without_an_address_is_hexs_or_the_proxys() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let why = ConnectFault::Name;
        let proxy = || "proxy.example:3128".to_owned();
        let host = "hex.example".to_owned();
        for (set, expected) in [
            (None, NoConnection::Hex { host, why: why.clone() }),
            (Some("http"), NoConnection::Proxy { proxy: proxy(), why: why.clone() }),
            (Some("socks5h"), NoConnection::Proxy { proxy: proxy(), why: why.clone() }),
        ] {
            let client = reqwest::Client::builder().dns_resolver(Arc::new(NoNames)).no_proxy();
            let address = set.map(|scheme| format!("{scheme}://{}", proxy()));
            let client = match &address {
                Some(address) => client.proxy(reqwest::Proxy::all(address).unwrap()),
                None => client,
            };
            let sent = client.build().unwrap().get("https://hex.example/").send().await;
            let proxy = set.map(|_| "proxy.example:3128");
            let way = Way { host: "hex.example", proxy, patience: 5 };
            assert_eq!(no_connection(&sent.unwrap_err(), &way), Some(expected));
        }
    }

    #[test]
    fn an_error_is_sorted_by_its_kind_also_inside_another() {
        let io = |kind| fault(&io::Error::from(kind));
        assert_eq!(io(io::ErrorKind::ConnectionRefused), Some(ConnectFault::Refused));
        for kind in [io::ErrorKind::HostUnreachable, io::ErrorKind::NetworkUnreachable] {
            assert_eq!(io(kind), Some(ConnectFault::NoRoute));
        }
        assert_eq!(io(io::ErrorKind::ConnectionReset), None);
        let tls = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let wrapped = io::Error::new(io::ErrorKind::InvalidData, tls);
        let twice = io::Error::other(wrapped);
        let found = chain(&twice).into_iter().rev().find_map(fault);
        assert_eq!(found, Some(ConnectFault::UnknownIssuer));
        let alert = |alert| of_tls(&rustls::Error::AlertReceived(alert));
        let wants = ConnectFault::ClientCertificate("CertificateRequired".to_owned());
        assert_eq!(alert(AlertDescription::CertificateRequired), wants);
        assert!(matches!(alert(AlertDescription::ProtocolVersion), ConnectFault::Handshake(_)));
    }
}
