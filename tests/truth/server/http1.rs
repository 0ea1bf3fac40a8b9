//! HTTP/1.1 by hand, as much of it as the client speaks, with connections kept alive.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::hex::request::Asked;
use crate::hex::{Hex, Outcome};

/// Serves one connection until it ends.
pub(super) async fn serve(mut stream: TcpStream, hex: Hex) {
    let mut unread = Vec::new();
    while let Some(asked) = request(&mut stream, &mut unread).await {
        match hex.serve(asked).await {
            Outcome::Broken => return,
            Outcome::Silence => std::future::pending().await,
            Outcome::Answered(reply) => {
                let mut head = format!("HTTP/1.1 {} Whatever\r\n", reply.status);
                for (name, value) in &reply.headers {
                    head += &format!("{name}: {value}\r\n");
                }
                if reply.status != 204 {
                    head += &format!("content-length: {}\r\n", reply.body.len());
                }
                let bytes = [head, "\r\n".to_owned(), reply.body].concat().into_bytes();
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// The next request; none if the connection ends before one is complete.
async fn request(stream: &mut TcpStream, unread: &mut Vec<u8>) -> Option<Asked> {
    loop {
        if let Some(end) = unread.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&unread[..end]).into_owned();
            let header = |name: &str| {
                head.lines().skip(1).find_map(|line| {
                    let (found, value) = line.split_once(':')?;
                    found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
                })
            };
            let length: usize = header("content-length").map_or(0, |text| text.parse().unwrap());
            let body = end + 4..end + 4 + length;
            if let Some(body) = unread.get(body.clone()) {
                let mut words = head.split(' ');
                let (method, target) = (words.next()?, words.next()?);
                let authorization = header("authorization").unwrap_or_default();
                let asked = Asked::new(method, target, &authorization, body);
                unread.drain(..end + 4 + length);
                return Some(asked);
            }
        }
        if stream.read_buf(unread).await.ok()? == 0 {
            return None;
        }
    }
}
