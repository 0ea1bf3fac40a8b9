//! How calls and replies look on the wire.

use http::Request;

use super::{Call, PathStyle};

pub(super) fn request(_call: &Call, _style: PathStyle) -> Request<Vec<u8>> {
    Request::new(Vec::new())
}
