//! The settings, and the variables of the environment that change what hextop does.

use super::check::Check;
use crate::cli::USAGE;
use crate::shell::config::without_tokens;

/// Variables that are shown as they are.
const SHOWN: [&str; 8] = [
    "HEX_API_BASE_URL",
    "HEXTOP_CONFIG",
    "HEXTOP_PROFILE",
    "HEXTOP_LOG",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NO_PROXY",
    "NO_COLOR",
];
/// Variables that may hold a secret: that they are set is told, and nothing else.
const HIDDEN: [&str; 7] = [
    "HEX_API_TOKEN",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// What is known of the settings.
pub(super) struct Settings<'a> {
    /// Their file, as it is shown.
    pub(super) file: &'a str,
    /// Whether it is there.
    pub(super) is_there: bool,
    /// Why they cannot be used.
    pub(super) error: Option<String>,
}

pub(super) fn checks(
    settings: &Settings<'_>,
    variable: impl Fn(&str) -> Option<String>,
) -> Vec<Check> {
    let file = settings.file;
    let first = match &settings.error {
        Some(error) => {
            let mut lines = error.lines();
            let detail = lines.next().unwrap_or_default();
            let next = "correct the settings; until then no token is sent";
            Check::fail("settings", USAGE, detail, next)
        }
        None if settings.is_there => Check::good("settings", file),
        None => Check::good("settings", format!("the defaults, as there is no {file}")),
    };
    let value = |name| variable(name).map(|value| without_tokens(without_user(&value)));
    let shown = SHOWN.into_iter().filter_map(|name| Some(format!("{name}={}", value(name)?)));
    let hidden = HIDDEN.into_iter().filter(|name| variable(name).is_some());
    let set: Vec<_> = shown.chain(hidden.map(|name| format!("{name} (not shown)"))).collect();
    let environment = if set.is_empty() {
        Check::good("environment", "no variable of it changes anything")
    } else {
        Check::good("environment", set.join(", "))
    };
    vec![first, environment]
}

/// An address without its user and password.
fn without_user(address: &str) -> &str {
    address.rsplit('@').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_found_missing_or_wrong() {
        let of = |is_there, error: Option<&str>| {
            let error = error.map(str::to_owned);
            let settings = Settings { file: "/etc/h.toml", is_there, error };
            checks(&settings, |_| None).remove(0)
        };
        assert_eq!(of(true, None), Check::good("settings", "/etc/h.toml"));
        let defaults = "the defaults, as there is no /etc/h.toml";
        assert_eq!(of(false, None), Check::good("settings", defaults));
        let wrong = of(true, Some("line 2: no such setting\nEvery setting stands in …"));
        assert_eq!((wrong.detail.as_str(), wrong.code), ("line 2: no such setting", USAGE));
    }

    #[test]
    fn a_variable_that_may_hold_a_secret_is_named_and_not_shown() {
        let variable = |name: &str| {
            let set = [("HEX_API_TOKEN", "hxtp_secret"), ("HTTPS_PROXY", "http://a:secret@p")];
            let shown = [("NO_PROXY", "localhost")];
            let mut all = set.iter().chain(&shown);
            all.find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned())
        };
        let settings = Settings { file: "f", is_there: true, error: None };
        let environment = checks(&settings, variable).remove(1).detail;
        let expected = "NO_PROXY=localhost, HEX_API_TOKEN (not shown), HTTPS_PROXY (not shown)";
        assert_eq!(environment, expected);
    }
}
