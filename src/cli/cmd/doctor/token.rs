//! The token: where it is, whether Hex takes it, whose it is, and for how long.

use jiff::Timestamp;

use super::check::Check;
use crate::api::{ApiError, Me};
use crate::cli::AUTH;
use crate::ui::text::count;

/// From this many days before its end on, a token's end is worth a word.
const SOON: i64 = 7;

/// What is known of the token.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// Where it is, or why there is none and what to do.
    pub(super) place: Option<Result<String, (String, String)>>,
    /// What stands around it.
    pub(super) note: Option<String>,
    /// Whether Hex has refused it.
    pub(super) is_refused: bool,
    /// Whose it is.
    pub(super) me: Option<Me>,
    /// Why that is not known, if Hex has answered.
    pub(super) error: Option<ApiError>,
}

pub(super) fn checks(facts: &Facts, now: Timestamp) -> Vec<Check> {
    let place = match &facts.place {
        None => Check::skip("token", "the settings cannot be used"),
        Some(Err((why, next))) => Check::fail("token", AUTH, why, next),
        Some(Ok(place)) => match &facts.note {
            Some(note) => Check::warn("token", place, note),
            None => Check::good("token", place),
        },
    };
    let mut checks = vec![place];
    if facts.is_refused {
        checks.push(Check::fail(
            "owner",
            AUTH,
            "Hex refused the token (401): it is expired, revoked or wrong, or another workspace's",
            "make a new one in Hex under Settings, API keys, and give it to `hextop login`",
        ));
        return checks;
    }
    let Some(me) = &facts.me else {
        checks.push(match &facts.error {
            Some(error) => Check::warn("owner", "Hex did not say whose it is", error.to_string()),
            None => Check::skip("owner", "Hex was not asked"),
        });
        return checks;
    };
    let org = me.org.as_deref().unwrap_or("one that Hex does not name");
    checks.push(Check::good(
        "owner",
        match &me.email {
            Some(email) => format!("{email}, a personal token, workspace {org}"),
            None => format!("a workspace's token, workspace {org}"),
        },
    ));
    checks.push(role(me));
    checks.push(expiry(me, now));
    checks
}

/// What the token may do, as far as that is told.
fn role(me: &Me) -> Check {
    match &me.role {
        None => Check::skip("role", "Hex tells no scopes: starts need Run projects"),
        Some(role) if ["VIEWER", "GUEST", "EXPLORER"].contains(&role.to_uppercase().as_str()) => {
            let next = "ask an admin for the Editor role to start and cancel runs";
            Check::warn("role", role.to_lowercase(), next)
        }
        Some(role) => Check::good("role", role.to_lowercase()),
    }
}

fn expiry(me: &Me, now: Timestamp) -> Check {
    let Some(end) = me.expires else { return Check::good("expiry", "Hex tells no end") };
    let days = (end.as_second() - now.as_second()) / 86_400;
    let left = count(usize::try_from(days).unwrap_or(0), "day");
    if days > SOON {
        Check::good("expiry", format!("good for {left} more"))
    } else {
        let next = "make a new one in Hex under Settings, API keys, and give it to `hextop login`";
        Check::warn("expiry", format!("expires in {left}"), next)
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::State;
    use super::*;

    fn told(facts: &Facts) -> Vec<(&'static str, State, String)> {
        let checks = checks(facts, Timestamp::UNIX_EPOCH);
        checks.into_iter().map(|check| (check.name, check.state, check.detail)).collect()
    }

    #[test]
    fn a_token_is_missing_refused_or_somebodys() {
        use State::{Fail, Good, Skip, Warn};
        let place = || Some(Ok("HEX_API_TOKEN".to_owned()));
        let missing = Facts {
            place: Some(Err(("there is none".to_owned(), "make one".to_owned()))),
            ..Facts::default()
        };
        assert_eq!(told(&missing)[0].1, Fail);
        assert_eq!(checks(&missing, Timestamp::UNIX_EPOCH)[0].code, AUTH);
        assert_eq!(told(&missing)[1].1, Skip);
        let refused = Facts { place: place(), is_refused: true, ..Facts::default() };
        assert_eq!(told(&refused).iter().map(|it| it.1).collect::<Vec<_>>(), [Good, Fail]);
        let noted = Facts { place: place(), note: Some("quotes".to_owned()), ..Facts::default() };
        assert_eq!(told(&noted)[0].1, Warn);
        let me = |role: Option<&str>, days: i64| Facts {
            place: place(),
            me: Some(Me {
                email: role.map(|_| "ana@acme.test".to_owned()),
                role: role.map(str::to_owned),
                org: Some("o".to_owned()),
                expires: Timestamp::from_second(days * 86_400 + 5).ok(),
                ..Me::default()
            }),
            ..Facts::default()
        };
        let states = |facts: &Facts| told(facts).iter().map(|it| it.1).collect::<Vec<_>>();
        assert_eq!(states(&me(Some("EDITOR"), 30)), [Good; 4]);
        assert_eq!(states(&me(Some("VIEWER"), 7)), [Good, Good, Warn, Warn]);
        assert_eq!(states(&me(None, 8)), [Good, Good, Skip, Good]);
        assert_eq!(told(&me(Some("EDITOR"), 1))[3].2, "expires in 1 day");
        let owner = "ana@acme.test, a personal token, workspace o";
        assert_eq!(told(&me(Some("EDITOR"), 1))[1].2, owner);
        assert_eq!(told(&me(None, 1))[1].2, "a workspace's token, workspace o");
    }
}
