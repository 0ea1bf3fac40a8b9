//! Servers with certificates of a private authority: whom hextop trusts, whom it shows its own
//! certificate, and what it says where a handshake fails.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hextop::api::{
    ApiError, BaseUrl, Client, ClientError, ConnectFault, Failure, NoConnection, PathStyle,
    Redactor, Response, Timeouts, Tls, Token,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use crate::stub::bytes;
use crate::{TOKEN, body, list_runs, trigger};

/// An authority that nobody knows.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate of it with its key.
pub(crate) struct Issued {
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self::named("Acme Root")
    }

    fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn der(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    pub(crate) fn pem(&self) -> String {
        pem("CERTIFICATE", &self.der())
    }

    fn trusted(&self) -> Tls {
        let mut tls = Tls::default();
        tls.trust(self.pem().as_bytes()).unwrap();
        tls
    }

    pub(crate) fn issue(&self, names: &[&str]) -> Issued {
        self.issue_with(names, |_| ())
    }

    fn issue_with(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Issued {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap().der().clone();
        Issued { certificate, key: key.serialize_der() }
    }
}

impl Issued {
    fn pem(&self) -> String {
        pem("CERTIFICATE", &self.certificate) + &pem("PRIVATE KEY", &self.key)
    }

    fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(self.key.clone()).unwrap()
    }

    fn acceptor(&self) -> TlsAcceptor {
        let config = ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(vec![self.certificate.clone()], self.key()).unwrap();
        TlsAcceptor::from(Arc::new(config))
    }

    /// One that wants a certificate of `clients`.
    fn demanding(&self, clients: &Authority) -> TlsAcceptor {
        let mut roots = RootCertStore::empty();
        roots.add(clients.der()).unwrap();
        let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap();
        let config = ServerConfig::builder().with_client_cert_verifier(verifier);
        let config = config.with_single_cert(vec![self.certificate.clone()], self.key()).unwrap();
        TlsAcceptor::from(Arc::new(config))
    }

    /// Serves an empty list of runs on this connection, to whoever takes the certificate.
    pub(crate) async fn serve(&self, stream: TcpStream) -> io::Result<()> {
        serve(&self.acceptor(), stream).await
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

async fn serve(acceptor: &TlsAcceptor, stream: TcpStream) -> io::Result<()> {
    let accepted = acceptor.accept(stream).into_fallible().await;
    let mut stream = match accepted {
        Ok(stream) => stream,
        Err((error, mut stream)) => {
            // What is closed with something unread is reset, and the alert may be lost.
            stream.read_to_end(&mut Vec::new()).await?;
            return Err(error);
        }
    };
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    stream.write_all(&bytes(200, &[], body!("runs_empty"))).await?;
    stream.shutdown().await
}

/// Listens at this address of this machine, serves with the acceptor, and gives the port.
async fn listen(at: &str, acceptor: TlsAcceptor) -> u16 {
    let listener = TcpListener::bind(at).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Whoever does not trust the certificate goes away.
            drop(serve(&acceptor, stream).await);
        }
    });
    port
}

fn client(base: &str, tls: Tls) -> Result<Client, ClientError> {
    let base = BaseUrl::parse(base).unwrap();
    let token = Token::new(TOKEN).unwrap();
    Client::sharing(Redactor::default(), base, &token, Timeouts::default(), tls)
}

async fn look(base: &str, tls: Tls) -> Response {
    client(base, tls).unwrap().send(&list_runs(), PathStyle::Current).await
}

/// Why there is no connection, and the sentence that says so.
async fn fault(base: &str, tls: Tls) -> (ConnectFault, String) {
    let error = look(base, tls).await.result.unwrap_err();
    assert!(error.had_no_effect(), "{error:?}");
    let ApiError::Transport(Failure::Connect(NoConnection::Hex { ref why, .. })) = error else {
        panic!("{error:?}")
    };
    (why.clone(), error.to_string())
}

const HERE: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

#[tokio::test]
async fn a_private_authority_is_trusted_where_it_is_named_and_only_there() {
    let authority = Authority::new();
    let port = listen("127.0.0.1:0", authority.issue(&HERE).acceptor()).await;
    for base in [format!("https://localhost:{port}"), format!("https://127.0.0.1:{port}")] {
        let (why, sentence) = fault(&base, Tls::default()).await;
        assert_eq!(why, ConnectFault::UnknownIssuer);
        assert!(sentence.contains("not trusted") && sentence.contains("ca_file"), "{sentence}");
        let (why, _) = fault(&base, Authority::new().trusted()).await;
        assert!(
            matches!(why, ConnectFault::UnknownIssuer | ConnectFault::Certificate(_)),
            "{why:?}"
        );
        let client = client(&base, authority.trusted()).unwrap();
        assert_eq!(client.peer_certificate(), None);
        client.send(&list_runs(), PathStyle::Current).await.result.unwrap();
        let shown = client.peer_certificate().unwrap();
        assert_eq!((shown.issuer.as_str(), shown.expires.is_some()), ("Acme Root", true));
    }
}

#[tokio::test]
async fn a_host_is_reached_by_its_address_of_ip_version_6() {
    let authority = Authority::new();
    let port = listen("[::1]:0", authority.issue(&HERE).acceptor()).await;
    look(&format!("https://[::1]:{port}"), authority.trusted()).await.result.unwrap();
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_said() {
    let authority = Authority::new();
    let past = |params: &mut CertificateParams| {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    };
    let future = |params: &mut CertificateParams| {
        params.not_before = rcgen::date_time_ymd(2900, 1, 1);
        params.not_after = rcgen::date_time_ymd(2901, 1, 1);
    };
    let other = ConnectFault::OtherHost(vec!["DnsName(\"portal.test\")".to_owned()]);
    for (issued, expected, part) in [
        (authority.issue_with(&HERE, past), ConnectFault::Expired, "has expired"),
        (authority.issue_with(&HERE, future), ConnectFault::NotYetValid, "not valid yet"),
        (authority.issue(&["portal.test"]), other, "is for"),
    ] {
        let port = listen("127.0.0.1:0", issued.acceptor()).await;
        let (why, sentence) =
            fault(&format!("https://localhost:{port}"), authority.trusted()).await;
        assert_eq!(why, expected);
        assert!(sentence.contains(part), "{sentence}");
    }
}

#[tokio::test]
async fn a_server_that_wants_a_certificate_gets_the_one_that_is_named() {
    let (authority, clients) = (Authority::new(), Authority::named("Acme Staff"));
    let port = listen("127.0.0.1:0", authority.issue(&HERE).demanding(&clients)).await;
    let base = format!("https://localhost:{port}");
    let showing = |issued: &Issued| {
        let mut tls = authority.trusted();
        tls.show_certificate(issued.pem().as_bytes()).unwrap();
        tls.sign_with(issued.pem().as_bytes()).unwrap();
        tls
    };
    look(&base, showing(&clients.issue(&["ana"]))).await.result.unwrap();
    for tls in [authority.trusted(), showing(&Authority::named("Evil Staff").issue(&["eve"]))] {
        let (why, sentence) = fault(&base, tls).await;
        assert!(matches!(why, ConnectFault::ClientCertificate(_)), "{why:?}");
        assert!(sentence.contains("client_cert_file"), "{sentence}");
    }
}

#[tokio::test]
async fn a_key_that_is_not_the_certificates_is_refused_before_anything_is_sent() {
    let clients = Authority::new();
    let mut tls = Tls::default();
    let certificate = pem("CERTIFICATE", &clients.issue(&["ana"]).certificate);
    tls.show_certificate(certificate.as_bytes()).unwrap();
    tls.sign_with(pem("PRIVATE KEY", &clients.issue(&["ben"]).key).as_bytes()).unwrap();
    let refusal = client("https://localhost:1", tls).unwrap_err();
    assert!(matches!(refusal, ClientError::Identity(_)), "{refusal:?}");
    assert!(refusal.to_string().contains("client_key_file"), "{refusal}");
}

#[tokio::test]
async fn any_certificate_is_accepted_of_this_machine_alone() {
    let port = listen("127.0.0.1:0", Authority::new().issue(&["portal.test"]).acceptor()).await;
    let any = || {
        let mut tls = Tls::default();
        tls.accept_any();
        tls
    };
    look(&format!("https://localhost:{port}"), any()).await.result.unwrap();
    for base in ["https://app.hex.tech", "https://10.0.0.1", "https://localhost.evil.test"] {
        let refusal = client(base, any()).unwrap_err();
        assert_eq!(refusal, ClientError::Insecure);
        assert!(refusal.to_string().contains("ca_file"), "{refusal}");
    }
}

#[tokio::test]
async fn a_port_without_a_server_is_told_with_its_address() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone: SocketAddr = listener.local_addr().unwrap();
    drop(listener);
    let (why, sentence) = fault(&format!("https://{gone}"), Tls::default()).await;
    assert_eq!(why, ConnectFault::Refused);
    assert!(sentence.contains(&format!("{gone} refuses connections")), "{sentence}");
}

#[tokio::test]
async fn what_does_not_speak_tls_is_told_as_such_and_gets_no_request() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 302 Found\r\nlocation: http://login/\r\n\r\n").await.unwrap();
        let mut seen = Vec::new();
        stream.read_to_end(&mut seen).await.unwrap();
        seen
    });
    let client = client(&base, Tls::default()).unwrap();
    let error = client.send(&trigger(), PathStyle::Current).await.result.unwrap_err();
    assert!(error.to_string().contains("does not speak TLS"), "{error}");
    drop(client);
    let seen = String::from_utf8_lossy(&server.await.unwrap()).into_owned();
    assert!(!seen.contains(TOKEN) && !seen.contains("POST"), "{seen}");
}
