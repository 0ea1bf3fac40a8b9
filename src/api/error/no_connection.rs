//! Why no connection came about. Each reason has a sentence of its own that ends with what to do.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why no connection came about, so that the request never left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoConnection {
    /// Connecting to Hex failed.
    Hex {
        /// Its host, with the port if that is not the usual one.
        host: String,
        /// What happened.
        why: ConnectFault,
    },
    /// Connecting to the proxy failed.
    Proxy {
        /// Its host and port.
        proxy: String,
        /// What happened.
        why: ConnectFault,
    },
    /// The proxy wants a name and a password, or other ones (407).
    ProxyPassword {
        /// Its host and port.
        proxy: String,
    },
    /// The proxy does not connect to Hex.
    ProxyRefused {
        /// Its host and port.
        proxy: String,
        /// Hex's host.
        host: String,
        /// What it said.
        why: String,
    },
    /// Anything else, in words.
    #[serde(untagged)]
    Other(String),
}

/// At which step connecting failed, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConnectFault {
    /// No address is known for the name.
    Name,
    /// Nothing listens there.
    Refused,
    /// No way leads there.
    NoRoute,
    /// Nothing came within so many seconds.
    TimedOut(u64),
    /// The certificate's issuer is not trusted.
    UnknownIssuer,
    /// The certificate's time is over.
    Expired,
    /// The certificate's time has not come.
    NotYetValid,
    /// The certificate is for these names.
    OtherHost(Vec<String>),
    /// The certificate cannot be used for another reason.
    Certificate(String),
    /// The server has ended the handshake; mostly it wants a client certificate, or another one.
    ClientCertificate(String),
    /// What answers does not speak TLS.
    NotTls,
    /// The handshake failed for another reason.
    Handshake(String),
}

impl NoConnection {
    /// The step that failed, if that is known.
    pub fn fault(&self) -> Option<&ConnectFault> {
        match self {
            Self::Hex { why, .. } | Self::Proxy { why, .. } => Some(why),
            Self::ProxyPassword { .. } | Self::ProxyRefused { .. } | Self::Other(_) => None,
        }
    }
}

impl From<&str> for NoConnection {
    fn from(text: &str) -> Self {
        Self::Other(text.to_owned())
    }
}

impl fmt::Display for NoConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hex { host, why } => why.of_hex(host, f),
            Self::Proxy { proxy, why } => why.of_proxy(proxy, f),
            Self::ProxyPassword { proxy } => write!(
                f,
                "the proxy {proxy} wants a name and a password, or refuses those it got: write them \
                 into HTTPS_PROXY, as in http://NAME:PASSWORD@{proxy}"
            ),
            Self::ProxyRefused { proxy, host, why } => write!(
                f,
                "the proxy {proxy} does not connect to {host} ({why}): have it allowed there, or set \
                 NO_PROXY to {host} if it can be reached without the proxy"
            ),
            Self::Other(text) => write!(
                f,
                "no connection to Hex ({text}): check the network, the proxy and base_url"
            ),
        }
    }
}

impl ConnectFault {
    fn of_hex(&self, host: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => write!(
                f,
                "no address is known for the name {host} (DNS): check base_url, the network and the VPN"
            ),
            Self::Refused => write!(
                f,
                "{host} refuses connections: check the host and the port in base_url, and that the \
                 server runs"
            ),
            Self::NoRoute => write!(f, "no route leads to {host}: check the network and the VPN"),
            Self::TimedOut(seconds) => write!(
                f,
                "no connection to {host} within {seconds} s: check the network, the VPN and the \
                 firewall, and whether a proxy is needed (HTTPS_PROXY)"
            ),
            Self::ClientCertificate(alert) => write!(
                f,
                "{host} has ended the TLS handshake ({alert}), as servers do that want a client \
                 certificate: name yours in client_cert_file and its key in client_key_file"
            ),
            _ => self.of_certificate(host, f),
        }
    }

    fn of_proxy(&self, proxy: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => write!(
                f,
                "no address is known for the name of the proxy {proxy} (DNS): check HTTPS_PROXY and the \
                 network"
            ),
            Self::Refused => write!(
                f,
                "the proxy {proxy} refuses connections: check HTTPS_PROXY, and that the proxy runs"
            ),
            Self::NoRoute => {
                write!(f, "no route leads to the proxy {proxy}: check HTTPS_PROXY and the network")
            }
            Self::TimedOut(seconds) => write!(
                f,
                "no connection through the proxy {proxy} within {seconds} s: check HTTPS_PROXY and the \
                 network"
            ),
            _ => self.of_certificate(proxy, f),
        }
    }

    /// What is wrong with the TLS of a host.
    fn of_certificate(&self, host: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownIssuer => write!(
                f,
                "the certificate of {host} is from an issuer that is not trusted here: where a \
                 company's proxy or server has its own, name that root certificate in ca_file"
            ),
            Self::Expired => write!(
                f,
                "the certificate of {host} has expired: check this machine's clock, else tell whoever \
                 runs {host}"
            ),
            Self::NotYetValid => write!(
                f,
                "the certificate of {host} is not valid yet: check this machine's clock, else tell \
                 whoever runs {host}"
            ),
            Self::OtherHost(names) => write!(
                f,
                "the certificate of {host} is for {}: check base_url, and whether a login page of \
                 the network is in between",
                listed(names)
            ),
            Self::NotTls => write!(
                f,
                "what answers at {host} does not speak TLS: check base_url, and whether a login page of \
                 the network or a proxy is in between"
            ),
            Self::Certificate(why) => write!(
                f,
                "the certificate of {host} cannot be used ({why}): tell whoever runs {host}"
            ),
            Self::ClientCertificate(why) | Self::Handshake(why) => write!(
                f,
                "the TLS handshake with {host} failed ({why}): check base_url, and whether a proxy is \
                 in between"
            ),
            Self::Name | Self::Refused | Self::NoRoute | Self::TimedOut(_) => Ok(()),
        }
    }
}

/// The names of a certificate, of which there may be hundreds.
fn listed(names: &[String]) -> String {
    match names {
        [] => "another host".to_owned(),
        [name] => name.clone(),
        [name, rest @ ..] => format!("{name} and {} more", rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_a_sentence_of_its_own_that_says_what_to_do() {
        use ConnectFault::*;
        let hex = |why| NoConnection::Hex { host: "hex.example".to_owned(), why };
        let proxy = || "proxy.example:3128".to_owned();
        let of_proxy = |why| NoConnection::Proxy { proxy: proxy(), why };
        let names = |names: &[&str]| OtherHost(names.iter().map(|name| (*name).into()).collect());
        let table = [
            (hex(Name), "no address is known for the name hex.example", "base_url"),
            (hex(Refused), "hex.example refuses connections", "port"),
            (hex(NoRoute), "no route leads to hex.example", "VPN"),
            (hex(TimedOut(5)), "no connection to hex.example within 5 s", "HTTPS_PROXY"),
            (hex(UnknownIssuer), "issuer that is not trusted here", "ca_file"),
            (hex(Expired), "has expired", "clock"),
            (hex(NotYetValid), "is not valid yet", "clock"),
            (hex(names(&["a.test", "b.test"])), "is for a.test and 1 more", "login page"),
            (hex(names(&[])), "is for another host", "base_url"),
            (hex(Certificate("Revoked".into())), "cannot be used (Revoked)", "tell whoever"),
            (hex(ClientCertificate("x".into())), "ended the TLS handshake (x)", "client_cert_file"),
            (hex(NotTls), "does not speak TLS", "login page"),
            (hex(Handshake("eof".into())), "handshake with hex.example failed (eof)", "base_url"),
            (of_proxy(Name), "name of the proxy proxy.example:3128", "HTTPS_PROXY"),
            (of_proxy(Refused), "the proxy proxy.example:3128 refuses", "HTTPS_PROXY"),
            (of_proxy(NoRoute), "no route leads to the proxy", "HTTPS_PROXY"),
            (of_proxy(TimedOut(5)), "through the proxy proxy.example:3128", "HTTPS_PROXY"),
            (of_proxy(UnknownIssuer), "certificate of proxy.example:3128", "ca_file"),
            (NoConnection::ProxyPassword { proxy: proxy() }, "a name and a password", "NAME:"),
            (
                NoConnection::ProxyRefused {
                    proxy: proxy(),
                    host: "hex.example".into(),
                    why: "eof".into(),
                },
                "does not connect to hex.example (eof)",
                "NO_PROXY",
            ),
            ("reset".into(), "no connection to Hex (reset)", "base_url"),
        ];
        let mut sentences = std::collections::BTreeSet::new();
        for (reason, what, next) in table {
            let sentence = reason.to_string();
            let (before, after) = sentence.split_once(": ").unwrap();
            assert!(before.contains(what) && after.contains(next), "{sentence}");
            let json = serde_json::to_string(&reason).unwrap();
            assert_eq!(serde_json::from_str::<NoConnection>(&json).unwrap(), reason, "{json}");
            assert!(sentences.insert(sentence));
        }
    }
}
