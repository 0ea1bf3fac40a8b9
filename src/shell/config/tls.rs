//! The certificates that the settings and the environment name.

use std::path::{Path, PathBuf};

use super::token::read_secret;
use super::{Config, ConfigError};
use crate::api::{BaseUrl, Tls};

/// The variable that names a bundle in place of the system's, which `rustls-native-certs` reads.
pub(crate) const BUNDLE_VARIABLE: &str = "SSL_CERT_FILE";

impl Config {
    /// How connections to this address are secured.
    ///
    /// # Errors
    /// If a file cannot be read, has nothing usable in it, or has a key that others may read.
    pub fn tls(&self, base: &BaseUrl) -> Result<Tls, ConfigError> {
        let mut tls = Tls::default();
        if self.insecure {
            tls.accept_any();
        }
        if base.is_plain() {
            return Ok(tls);
        }
        if let Some(bundle) = std::env::var_os(BUNDLE_VARIABLE) {
            check_bundle(&PathBuf::from(bundle))?;
        }
        if !self.ca_file.is_empty() {
            let file = self.path("ca_file", &self.ca_file)?;
            let bundle = read("ca_file", &file)?;
            tls.trust(&bundle).map_err(|why| wrong("ca_file", &file, &why))?;
        }
        let shown = match (self.client_cert_file.as_str(), self.client_key_file.as_str()) {
            ("", "") => return Ok(tls),
            ("", key) => {
                let why = "is of no use without client_cert_file: name the certificate there";
                return Err(wrong("client_key_file", Path::new(key), &why));
            }
            (shown, _) => self.path("client_cert_file", shown)?,
        };
        let certificate = read("client_cert_file", &shown)?;
        tls.show_certificate(&certificate)
            .map_err(|why| wrong("client_cert_file", &shown, &why))?;
        let (setting, file) = match self.client_key_file.as_str() {
            "" => ("client_cert_file", shown),
            key => ("client_key_file", self.path("client_key_file", key)?),
        };
        let key = read_secret(&file).map_err(|why| wrong(setting, &file, &why))?;
        tls.sign_with(key.as_bytes()).map_err(|why| wrong(setting, &file, &why))?;
        Ok(tls)
    }
}

/// That the bundle can be read and has a certificate: what cannot be read would be passed over, and
/// every server then be one of an unknown issuer. One among many that cannot be a root is passed over.
fn check_bundle(file: &Path) -> Result<(), ConfigError> {
    let bundle = read(BUNDLE_VARIABLE, file)?;
    Tls::check(&bundle).map_err(|why| wrong(BUNDLE_VARIABLE, file, &why))
}

fn read(setting: &'static str, file: &Path) -> Result<Vec<u8>, ConfigError> {
    std::fs::read(file).map_err(|error| {
        wrong(setting, file, &format!("cannot be read ({error}): name a file that is there"))
    })
}

fn wrong(setting: &'static str, file: &Path, why: &impl ToString) -> ConfigError {
    ConfigError::Certificates { setting, file: file.to_owned(), why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::api::tls::tests::made;

    #[test]
    fn what_is_wrong_with_a_file_is_said_with_its_setting_and_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let (certificate, key) = made();
        for (name, text) in [
            ("ca.pem", certificate.clone()),
            ("none.pem", "rubbish".to_owned()),
            ("key.pem", key.clone()),
            ("both.pem", certificate + &key),
        ] {
            let file = dir.path().join(name);
            std::fs::write(&file, text).unwrap();
            let mode = if name == "ca.pem" { 0o644 } else { 0o600 };
            std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        }
        let said = |ca: &str, shown: &str, key: &str| {
            let config = Config {
                ca_file: ca.to_owned(),
                client_cert_file: shown.to_owned(),
                client_key_file: key.to_owned(),
                directory: dir.path().to_owned(),
                ..Config::default()
            };
            let tls = config.tls(&BaseUrl::default());
            tls.map_or_else(|error| error.to_string(), |_| "good".to_owned())
        };
        assert_eq!(said("ca.pem", "ca.pem", "key.pem"), "good");
        assert_eq!(said("", "both.pem", ""), "good");
        for (ca, shown, key, setting, part) in [
            ("nowhere.pem", "", "", "ca_file ", "cannot be read (No such file"),
            ("none.pem", "", "", "ca_file ", "none.pem: has no certificate"),
            ("", "", "key.pem", "client_key_file ", "without client_cert_file"),
            ("", "none.pem", "", "client_cert_file ", "has no certificate"),
            ("", "ca.pem", "", "client_cert_file ", "chmod 600"),
            ("", "ca.pem", "ca.pem", "client_key_file ", "chmod 600"),
            ("", "ca.pem", "none.pem", "client_key_file ", "has no private key"),
        ] {
            let said = said(ca, shown, key);
            assert!(said.starts_with(setting) && said.contains(part), "{said}");
        }
    }

    #[test]
    fn a_bundle_of_the_environment_must_be_there_and_hold_a_certificate() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("bundle.pem");
        let said = |file: &Path| check_bundle(file).map_err(|error| error.to_string());
        let missing = said(&file).unwrap_err();
        assert!(missing.starts_with("SSL_CERT_FILE "), "{missing}");
        assert!(missing.contains("bundle.pem: cannot be read (No such file"), "{missing}");
        std::fs::write(&file, "rubbish").unwrap();
        assert!(said(&file).unwrap_err().contains("has no certificate"));
        std::fs::write(&file, made().0).unwrap();
        assert!(said(&file).is_ok());
    }
}
