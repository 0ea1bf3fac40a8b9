//! Who the token belongs to.

use serde_json::Value;

use crate::api::{Me, times};

use super::fields;

/// A person's token tells the person and the workspace, a workspace's token only the latter;
/// nothing if the body tells neither.
pub(super) fn me(body: &Value) -> Option<Me> {
    let me = Me {
        id: fields::text(body, "id"),
        email: fields::text(body, "email"),
        role: fields::text(body, "role"),
        org: fields::text(fields::at(body, "org"), "id"),
        // The unit of `exp` is not documented.
        expires: fields::text_or_number(fields::at(body, "token"), "exp")
            .and_then(|number| times::unix(times::number(&number)?)),
    };
    (me.email.is_some() || me.org.is_some()).then_some(me)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_expiry_is_read_in_seconds_or_milliseconds() {
        let expires = |exp: Value| {
            let body = json!({"org": {"id": "o"}, "token": {"exp": exp}});
            me(&body).unwrap().expires
        };
        let moment = "2026-10-28T00:00:00Z".parse().ok();
        for exp in [json!(1_793_145_600), json!(1_793_145_600_000_i64), json!(1_793_145_600.0)] {
            assert_eq!(expires(exp), moment);
        }
        for never in [json!(null), json!(0), json!("never"), json!(-1)] {
            assert_eq!(expires(never), None);
        }
    }

    #[test]
    fn a_body_that_tells_nobody_is_none() {
        for body in [json!({}), json!({"status": "ok"}), json!([]), json!({"org": null})] {
            assert_eq!(me(&body), None);
        }
        assert_eq!(
            me(&json!({"org": {"id": "o"}, "token": null})),
            Some(Me { org: Some("o".to_owned()), ..Me::default() })
        );
    }
}
