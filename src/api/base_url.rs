//! The address of a Hex workspace in all the forms people write it.
//!
//! The token goes wherever this points, so what is not plainly a workspace's address is refused.

use std::fmt;

use url::{Host, Url};

/// What it is without any setting: the multi-tenant workspace host in the US.
const DEFAULT: &str = "https://app.hex.tech";

/// The root under which every path begins `/v1/`: `https://app.hex.tech/api`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    origin: String,
    loopback: bool,
}

/// Why an address is refused. `Display` says what to write instead, and never repeats the
/// address, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// Not an address at all.
    #[error("base_url is not an address: write your workspace's host, such as app.hex.tech")]
    NotAnAddress,
    /// Neither http nor https.
    #[error("base_url must begin with https://, as in https://app.hex.tech")]
    Scheme,
    /// The token would be readable on the way.
    #[error(
        "base_url must begin with https://, because the token goes with every request; http:// is \
         for this machine only (127.0.0.1, [::1], localhost)"
    )]
    Insecure,
    /// A name or password before the host.
    #[error(
        "base_url must not hold a user name or password: write only the host, such as \
         app.hex.tech, and give the token separately"
    )]
    UserInfo,
    /// A path that is none of the API's.
    #[error(
        "base_url must end after the host or with /api or /api/v1: write https://app.hex.tech for \
         https://app.hex.tech/acme/home"
    )]
    Path,
    /// `?…` or `#…`.
    #[error("base_url must not hold ? or #: write only the host, such as app.hex.tech")]
    Extra,
}

impl BaseUrl {
    /// Reads `app.hex.tech`, an origin, or an origin with `/api` or `/api/v1`. Without a scheme
    /// it is https.
    ///
    /// # Errors
    /// Whatever is not plainly a workspace's address, and http to another machine.
    pub fn parse(text: &str) -> Result<Self, BaseUrlError> {
        let text = text.trim();
        let url = if text.contains("://") {
            Url::parse(text)
        } else {
            Url::parse(&format!("https://{text}"))
        }
        .map_err(|_| BaseUrlError::NotAnAddress)?;
        let loopback = match url.host() {
            None => return Err(BaseUrlError::NotAnAddress),
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
        };
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            "http" => return Err(BaseUrlError::Insecure),
            _ => return Err(BaseUrlError::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::UserInfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::Extra);
        }
        if !matches!(url.path().trim_end_matches('/'), "" | "/api" | "/api/v1") {
            return Err(BaseUrlError::Path);
        }
        Ok(Self { origin: url.origin().ascii_serialization(), loopback })
    }

    /// Scheme, host and port: `https://app.hex.tech`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Host and port, where that is not the usual one: `app.hex.tech`.
    pub fn authority(&self) -> &str {
        self.origin.split_once("://").map_or(&self.origin, |(_, authority)| authority)
    }

    /// Whether it is reached without TLS, as only this machine may be.
    pub fn is_plain(&self) -> bool {
        self.origin.starts_with("http://")
    }

    /// Whether it is on this machine.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }
}

impl Default for BaseUrl {
    fn default() -> Self {
        Self { origin: DEFAULT.to_owned(), loopback: false }
    }
}

/// The root itself, without a slash at its end.
impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/api", self.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_address_becomes_the_api_root() {
        let table = [
            ("app.hex.tech", "https://app.hex.tech/api", false),
            (" app.hex.tech/ ", "https://app.hex.tech/api", false),
            ("app.hex.tech/api/v1", "https://app.hex.tech/api", false),
            ("https://APP.hex.tech", "https://app.hex.tech/api", false),
            ("https://app.hex.tech:443/api", "https://app.hex.tech/api", false),
            ("https://eu.hex.tech/api/", "https://eu.hex.tech/api", false),
            ("https://eu.hex.tech/api/v1", "https://eu.hex.tech/api", false),
            ("https://eu.hex.tech/api/v1/", "https://eu.hex.tech/api", false),
            ("https://hex.acme.test:8443", "https://hex.acme.test:8443/api", false),
            ("http://127.0.0.1:4000", "http://127.0.0.1:4000/api", true),
            ("http://127.8.9.1/api", "http://127.8.9.1/api", true),
            ("http://localhost:4000/api/v1", "http://localhost:4000/api", true),
            ("https://[::1]:8443/", "https://[::1]:8443/api", true),
            ("[2001:db8::1]", "https://[2001:db8::1]/api", false),
            ("http://[::1]:4000", "http://[::1]:4000/api", true),
            ("https://localhost", "https://localhost/api", true),
        ];
        for (text, root, loopback) in table {
            let base = BaseUrl::parse(text).unwrap();
            assert_eq!((base.to_string().as_str(), base.is_loopback()), (root, loopback), "{text}");
            assert_eq!(format!("{}/api", base.origin()), root);
            assert!(base.origin().ends_with(&format!("://{}", base.authority())));
            assert_eq!(BaseUrl::parse(root), Ok(base));
        }
        assert_eq!(BaseUrl::parse("app.hex.tech"), Ok(BaseUrl::default()));
    }

    #[test]
    fn what_is_not_plainly_a_workspace_is_refused() {
        use BaseUrlError::{Extra, Insecure, NotAnAddress, Path, Scheme, UserInfo};
        let table = [
            ("", NotAnAddress),
            ("https://", NotAnAddress),
            ("not a host", NotAnAddress),
            ("app.hex.tech:port", NotAnAddress),
            ("ftp://app.hex.tech", Scheme),
            ("http://app.hex.tech", Insecure),
            ("http://localhost.evil.test", Insecure),
            ("http://127.0.0.1.evil.test", Insecure),
            ("http://10.0.0.1", Insecure),
            ("http://0.0.0.0:80", Insecure),
            ("https://app.hex.tech@evil.test", UserInfo),
            ("https://me:secret@app.hex.tech", UserInfo),
            ("https://app.hex.tech/acme/home", Path),
            ("https://app.hex.tech/api/v2", Path),
            ("https://app.hex.tech/api?x=1", Extra),
            ("https://app.hex.tech/#top", Extra),
        ];
        for (text, error) in table {
            assert_eq!(BaseUrl::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn no_reason_repeats_a_password() {
        let error = BaseUrl::parse("https://me:secret@app.hex.tech").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}
