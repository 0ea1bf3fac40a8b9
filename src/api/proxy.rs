//! The variables that name a proxy.
//!
//! What reqwest cannot use of them it passes over, and then sends without the proxy. So they are
//! looked at before, and what it would pass over is an error. It never repeats the value, which
//! may hold a password.

use std::ffi::{OsStr, OsString};

use http::Uri;

/// The variables that reqwest reads.
const VARIABLES: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
/// The schemes that it can use.
const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// Why a proxy cannot be used. `Display` says what to write instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the environment variable {variable} {fault}: write http://proxy.example:3128 or \
     socks5h://127.0.0.1:1080, or unset it"
)]
pub struct ProxyError {
    variable: &'static str,
    fault: &'static str,
}

/// That each of the variables is unset, empty or an address that can be used.
pub(super) fn check(value: impl Fn(&str) -> Option<OsString>) -> Result<(), ProxyError> {
    let mut faults = VARIABLES.into_iter().filter_map(|variable| {
        let value = value(variable).filter(|value| !value.is_empty())?;
        fault(&value).map(|fault| ProxyError { variable, fault })
    });
    faults.next().map_or(Ok(()), Err)
}

fn fault(value: &OsStr) -> Option<&'static str> {
    let Some(text) = value.to_str() else { return Some("is not UTF-8 text") };
    if text.trim() != text {
        return Some("begins or ends with white space");
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Some("has white space or a control character in it");
    }
    let Ok(uri) = text.parse::<Uri>() else { return Some("is not an address") };
    if uri.scheme_str().is_some_and(|scheme| !SCHEMES.contains(&scheme)) {
        return Some(
            "has a scheme that is none of http, https, socks4, socks4a, socks5 and socks5h",
        );
    }
    let Some(authority) = uri.authority().filter(|authority| !authority.host().is_empty()) else {
        return Some("names no host");
    };
    let place = authority.as_str().rsplit('@').next().unwrap_or_default();
    let has_port = place.len() > authority.host().len();
    (has_port && authority.port_u16().is_none()).then_some("has a port that is no number to 65535")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_passed_over_is_named_and_never_repeated() {
        for (value, part) in [
            ("http://ana:secret@proxy.example:3128 ", "ends with white space"),
            ("\thttp://ana:secret@proxy.example:3128", "begins or ends"),
            (" ", "white space"),
            ("http://ana:secret@proxy example:3128", "white space or a control"),
            ("ftp://ana:secret@proxy.example", "a scheme that is none of http"),
            ("socks://ana:secret@proxy.example", "a scheme that is none of http"),
            ("http://ana:secret@proxy.example:99999", "a port"),
            ("http://ana:secret@proxy.example:", "a port"),
            ("http://ana:secret@", "is not an address"),
            ("http://", "is not an address"),
            ("/proxy?secret", "names no host"),
            ("<secret>", "is not an address"),
        ] {
            let set = |name: &str| (name == "https_proxy").then(|| value.into());
            let error = check(set).map_err(|error| error.to_string());
            let error = error.expect_err(value);
            assert!(error.contains(part), "{value}: {error}");
            assert!(error.contains("variable https_proxy "), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn every_form_that_can_be_used_is_accepted() {
        for value in [
            "",
            "proxy",
            "proxy.example:3128",
            "http://proxy.example:3128/",
            "https://ana:secret@proxy.example",
            "http://[::1]:3128",
            "http://ana@[::1]",
            "socks5://127.0.0.1:1080",
            "socks5h://ana:secret@127.0.0.1:1080",
            "socks4a://127.0.0.1:1080",
        ] {
            assert_eq!(check(|_| Some(value.into())), Ok(()), "{value}");
        }
        assert_eq!(check(|_| None), Ok(()));
    }
}
