//! What sends calls: the real client, with the token read anew where it is kept.

use std::future::Future;
use std::io;

use tokio::task::{JoinError, JoinSet};

use super::config::TokenSource;
use crate::api::{Call, Client, Connection, PathStyle, Response};
use crate::engine::{self, CallId};

/// What sends a call.
pub trait Wire {
    /// Sends a call once.
    fn send(
        &self,
        call: Call,
        style: PathStyle,
        connection: Connection,
    ) -> impl Future<Output = Response> + Send + 'static;

    /// Reads the token from where it is kept and uses it from now on; tells whether it is another
    /// than before.
    ///
    /// # Errors
    /// A sentence for the person. The token then stays what it was.
    fn read_token(&self) -> impl Future<Output = Result<bool, String>> + Send + 'static {
        async { Ok(false) }
    }
}

/// A workspace over HTTP.
#[derive(Clone, Debug)]
pub struct HttpWire {
    /// What sends bytes.
    pub client: Client,
    /// Where the token is kept.
    pub tokens: TokenSource,
}

impl Wire for HttpWire {
    fn send(
        &self,
        call: Call,
        style: PathStyle,
        connection: Connection,
    ) -> impl Future<Output = Response> + Send + 'static {
        let client = self.client.clone();
        async move { client.send_on(connection, &call, style).await }
    }

    fn read_token(&self) -> impl Future<Output = Result<bool, String>> + Send + 'static {
        let Self { client, tokens } = self.clone();
        async move {
            let token = tokens.read_anew().await.map_err(|error| error.to_string())?;
            Ok(token.is_some_and(|token| client.use_token(&token)))
        }
    }
}

/// Sends a call; its answer is among `calls` when it has come.
pub(super) fn send<W: Wire>(
    wire: &W,
    id: CallId,
    call: Call,
    style: PathStyle,
    connection: Connection,
    calls: &mut JoinSet<(CallId, Response)>,
) {
    tracing::info!(%call, ?style, ?connection, "sending");
    let sent = wire.send(call, style, connection);
    calls.spawn(async move { (id, sent.await) });
}

/// A call that has been answered, as the engine is told of it.
pub(super) fn replied(done: Result<(CallId, Response), JoinError>) -> io::Result<engine::Msg> {
    let (id, response) = done.map_err(io::Error::other)?;
    if let Err(error) = &response.result {
        tracing::warn!(%error, trace = error.trace(), "failed");
    }
    Ok(engine::Msg::Replied(id, response))
}

/// A token that has been read, as the engine is told of it.
pub(super) fn token_read(done: Result<Result<bool, String>, JoinError>) -> io::Result<engine::Msg> {
    let read = done.map_err(io::Error::other)?;
    tracing::info!(?read, "the token was read anew");
    Ok(engine::Msg::TokenRead(read))
}
