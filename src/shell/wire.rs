//! What sends calls: the real client, with the token read anew where it is kept.

use std::future::Future;
use std::io;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};

use super::config::{Stamp, TokenSource};
use crate::api::{Call, Client, Connection, PathStyle, Response};
use crate::domain::Boot;
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

    /// Whether the place where the token is kept has changed since this was last asked, as far as it is
    /// looked at now.
    fn has_token_changed(&mut self, _: Boot) -> bool {
        false
    }
}

/// The least time between two looks at the token's file.
const BETWEEN_LOOKS: Duration = Duration::from_secs(3);

/// A workspace over HTTP.
#[derive(Clone, Debug)]
pub struct HttpWire {
    /// What sends bytes.
    pub client: Client,
    /// Where the token is kept.
    pub tokens: TokenSource,
    /// When its file was looked at last, and what that was like.
    pub seen: Option<(Boot, Option<Stamp>)>,
}

impl HttpWire {
    /// Sends by this client, whose token is kept there.
    pub fn new(client: Client, tokens: TokenSource) -> Self {
        Self { client, tokens, seen: None }
    }
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
        let Self { client, tokens, .. } = self.clone();
        async move {
            let token = tokens.read_anew().await.map_err(|error| error.to_string())?;
            Ok(token.is_some_and(|token| client.use_token(&token)))
        }
    }

    fn has_token_changed(&mut self, now: Boot) -> bool {
        if self.seen.is_some_and(|(at, _)| now < at + BETWEEN_LOOKS) {
            return false;
        }
        let stamp = self.tokens.stamp();
        let before = self.seen.replace((now, stamp));
        before.is_some_and(|(_, before)| before != stamp)
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
