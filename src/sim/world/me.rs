//! `Me`: whose token it is.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sim::reply::Reply;

use super::World;

impl World {
    pub(super) fn me(&self) -> Reply {
        let expires = self.rules.token.expires_after;
        let expires = expires.and_then(|after| self.born.checked_add(after).ok());
        let token = json!({ "exp": expires.map(Timestamp::as_second) });
        let org = json!({ "id": self.org });
        let body: Value = if self.rules.token.workspace {
            json!({ "org": org, "token": token })
        } else {
            json!({
                "id": self.person,
                "name": "Ana",
                "email": "ana@acme.test",
                "role": "EDITOR",
                "lastLoginDate": format!("{:.3}", self.born),
                "org": org,
                "token": token,
            })
        };
        Reply::json(StatusCode::OK, &body)
    }
}
