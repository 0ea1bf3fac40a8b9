//! HTTP/2 over TLS.

use std::convert::Infallible;
use std::io;
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::hex::request::Asked;
use crate::hex::{Hex, Outcome};

/// Makes a certificate for `localhost`, writes it to a file as PEM, and gives what uses it.
pub(super) fn acceptor(file: &Path) -> TlsAcceptor {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let text = STANDARD.encode(&certificate);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    let pem =
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
    std::fs::write(file, pem).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

/// Serves one connection until it ends.
pub(super) async fn serve(stream: TcpStream, tls: TlsAcceptor, hex: Hex) {
    // A client that does not trust the certificate goes away.
    let Ok(stream) = tls.accept(stream).await else { return };
    let service = service_fn(|request: http::Request<Incoming>| answer(request, hex.clone()));
    let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    // A connection that breaks off is what some stories are about.
    drop(builder.serve_connection(TokioIo::new(stream), service).await);
}

async fn answer(
    request: http::Request<Incoming>,
    hex: Hex,
) -> Result<http::Response<Full<Bytes>>, io::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let header = |name: &str| parts.headers.get(name)?.to_str().ok();
    let authorization = header("authorization").unwrap_or_default();
    let asked = Asked::new(parts.method.as_str(), target, authorization, &body);
    match hex.serve(asked).await {
        Outcome::Broken => Err(io::Error::other("broken off")),
        Outcome::Silence => {
            let nothing: Infallible = std::future::pending().await;
            match nothing {}
        }
        Outcome::Answered(reply) => {
            let mut response = http::Response::builder().status(reply.status);
            for (name, value) in &reply.headers {
                response = response.header(name, value);
            }
            Ok(response.body(Full::from(reply.body)).unwrap())
        }
    }
}
