//! Which certificates are trusted beside the system's, and which one hextop shows itself.
//!
//! Whoever reads the files passes their bytes; what is wrong with them is said with its line, and
//! never repeated, because it may be a key.

use std::fmt;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, SectionKind};
use secrecy::{ExposeSecret, SecretSlice};

/// How connections are secured. By default as the system says.
#[derive(Clone, Default)]
pub struct Tls {
    roots: Vec<CertificateDer<'static>>,
    /// A certificate with its chain and its key, in PEM.
    identity: Option<SecretSlice<u8>>,
    insecure: bool,
}

/// Why a file with certificates cannot be used. `Display` goes on after the file's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// There is none in it.
    #[error("has no certificate: it needs PEM, which begins with -----BEGIN CERTIFICATE-----")]
    NoCertificate,
    /// It is in binary form.
    #[error("is in DER and not in PEM: convert it with openssl x509 -inform der")]
    Der,
    /// A section of PEM is broken.
    #[error("line {line}: {why}")]
    Pem {
        /// Where the section begins, counted from 1.
        line: usize,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A certificate cannot be the root of others.
    #[error("line {line}: this certificate cannot be a root ({why})")]
    Root {
        /// Where it begins, counted from 1.
        line: usize,
        /// Why not.
        why: String,
    },
    /// There is no private key.
    #[error(
        "has no private key: it needs PEM, which begins with -----BEGIN PRIVATE KEY----- or the like"
    )]
    NoKey,
    /// There is more than one private key.
    #[error("has {0} private keys: it needs the certificate's alone")]
    SeveralKeys(usize),
    /// The private key has a passphrase.
    #[error(
        "has an encrypted private key, which hextop cannot open: write it with openssl pkey -out"
    )]
    EncryptedKey,
}

impl Tls {
    /// Trusts the certificates of a PEM bundle too.
    ///
    /// # Errors
    /// If there is none in it, or one that cannot be read or cannot be a root.
    pub fn trust(&mut self, bundle: &[u8]) -> Result<(), TlsError> {
        let mut store = RootCertStore::empty();
        for section in sections(bundle)? {
            if section.kind != SectionKind::Certificate {
                continue;
            }
            let certificate = CertificateDer::from(section.der);
            store
                .add(certificate.clone())
                .map_err(|error| TlsError::Root { line: section.line, why: error.to_string() })?;
            self.roots.push(certificate);
        }
        if store.is_empty() { Err(no_certificate(bundle)) } else { Ok(()) }
    }

    /// That a PEM bundle can be read and has a certificate in it.
    ///
    /// # Errors
    /// As for [`Tls::trust`], but for certificates that cannot be a root.
    pub fn check(bundle: &[u8]) -> Result<(), TlsError> {
        let sections = sections(bundle)?;
        let has_one = sections.iter().any(|section| section.kind == SectionKind::Certificate);
        if has_one { Ok(()) } else { Err(no_certificate(bundle)) }
    }

    /// Shows this certificate to servers that ask for one.
    ///
    /// # Errors
    /// If there is no certificate in it.
    pub fn show_certificate(&mut self, certificate: &[u8]) -> Result<(), TlsError> {
        Self::check(certificate)?;
        self.identity = Some(certificate.to_vec().into());
        Ok(())
    }

    /// Signs with this key for the certificate that is shown; both may be in one file.
    ///
    /// # Errors
    /// If there is not exactly one private key in it that can be read.
    pub fn sign_with(&mut self, key: &[u8]) -> Result<(), TlsError> {
        if String::from_utf8_lossy(key).contains("ENCRYPTED") {
            return Err(TlsError::EncryptedKey);
        }
        match sections(key)?.iter().filter(|section| section.is_key()).count() {
            0 => return Err(TlsError::NoKey),
            1 => {}
            number => return Err(TlsError::SeveralKeys(number)),
        }
        let shown = self.identity.take();
        let shown = shown.as_ref().map_or(&[][..], |shown| shown.expose_secret());
        let has_key = sections(shown)?.iter().any(Section::is_key);
        let key = if has_key { &[][..] } else { key };
        self.identity = Some([shown, b"\n", key].concat().into());
        Ok(())
    }

    /// Accepts any certificate; a client does so for this machine alone.
    pub fn accept_any(&mut self) {
        self.insecure = true;
    }

    /// Whether any certificate is accepted.
    pub fn accepts_any(&self) -> bool {
        self.insecure
    }

    /// The same without a certificate of its own.
    pub(super) fn without_identity(self) -> Self {
        Self { identity: None, ..self }
    }

    /// The certificates that are trusted beside the system's.
    pub(super) fn roots(&self) -> &[CertificateDer<'static>] {
        &self.roots
    }

    pub(super) fn identity(&self) -> Option<&[u8]> {
        self.identity.as_ref().map(ExposeSecret::expose_secret)
    }
}

/// Shows nothing of a key.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("roots", &self.roots.len())
            .field("insecure", &self.insecure)
            .finish_non_exhaustive()
    }
}

/// One section of a PEM file.
struct Section {
    kind: SectionKind,
    der: Vec<u8>,
    line: usize,
}

impl Section {
    fn is_key(&self) -> bool {
        use SectionKind::{EcPrivateKey, PrivateKey, RsaPrivateKey};
        matches!(self.kind, PrivateKey | RsaPrivateKey | EcPrivateKey)
    }
}

/// All sections of a PEM file, with where they begin.
fn sections(bytes: &[u8]) -> Result<Vec<Section>, TlsError> {
    let mut sections = Vec::new();
    let mut rest = bytes;
    loop {
        let line = begin(bytes, bytes.len() - rest.len());
        let why = |error| match error {
            pem::Error::MissingSectionEnd { .. } => "this section of PEM has no end",
            pem::Error::IllegalSectionStart { .. } => "this beginning of a section is not PEM",
            pem::Error::Base64Decode(_) => "this section of PEM is not Base64",
            _ => "this section of PEM cannot be read",
        };
        match pem::from_buf(&mut rest).map_err(|error| TlsError::Pem { line, why: why(error) })? {
            Some((kind, der)) => sections.push(Section { kind, der, line }),
            None => return Ok(sections),
        }
    }
}

/// The line, counted from 1, in which the next section begins.
fn begin(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let ahead = rest.windows(10).position(|part| part == b"-----BEGIN").unwrap_or(0);
    let before = bytes.get(..from + ahead).unwrap_or_default();
    1 + before.split(|byte| *byte == b'\n').count().saturating_sub(1)
}

fn no_certificate(bytes: &[u8]) -> TlsError {
    // A SEQUENCE with a length of two bytes, as every certificate is.
    if bytes.starts_with(&[0x30, 0x82]) { TlsError::Der } else { TlsError::NoCertificate }
}

#[cfg(test)]
pub(crate) mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn section(label: &str, der: &[u8]) -> String {
        let text = STANDARD.encode(der);
        let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    }

    /// A certificate and its key, in PEM.
    pub(crate) fn made() -> (String, String) {
        let made = rcgen::generate_simple_self_signed(["hex.example".to_owned()]).unwrap();
        let key = section("PRIVATE KEY", &made.signing_key.serialize_der());
        (section("CERTIFICATE", made.cert.der()), key)
    }

    #[test]
    fn a_bundle_is_trusted_whole_or_the_line_is_named_that_is_wrong() {
        let (pem, key) = made();
        let mut tls = Tls::default();
        tls.trust(format!("# ours\n{pem}\n{pem}").as_bytes()).unwrap();
        assert_eq!(tls.roots().len(), 2);
        let lines = pem.lines().count();
        let not_base64 = pem.replacen("MII", "M#I", 1).replacen("\nMI", "\n#I", 1);
        let not_der = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let der: Vec<u8> =
            CertificateDer::from(sections(pem.as_bytes()).unwrap().remove(0).der).as_ref().to_vec();
        let no_end = TlsError::Pem { line: 1, why: "this section of PEM has no end" };
        for (bytes, error) in [
            (Vec::new(), TlsError::NoCertificate),
            (b"<html>\n</html>".to_vec(), TlsError::NoCertificate),
            (key.clone().into_bytes(), TlsError::NoCertificate),
            (der, TlsError::Der),
            (b"-----BEGIN CERTIFICATE-----\nMIIB".to_vec(), no_end),
        ] {
            assert_eq!(Tls::default().trust(&bytes), Err(error));
        }
        let second = Tls::default().trust(format!("{pem}{not_base64}").as_bytes()).unwrap_err();
        assert_eq!(
            second.to_string(),
            format!("line {}: this section of PEM is not Base64", lines + 1)
        );
        let second = Tls::default().trust(format!("{pem}{not_der}").as_bytes()).unwrap_err();
        let start = format!("line {}: this certificate cannot be a root (", lines + 1);
        assert!(second.to_string().starts_with(&start), "{second}");
    }

    #[test]
    fn a_certificate_and_its_key_come_from_one_file_or_from_two() {
        let (pem, key) = made();
        let both = format!("{pem}{key}");
        for (shown, signs) in [(&pem, &key), (&both, &both), (&pem, &both)] {
            let mut tls = Tls::default();
            tls.show_certificate(shown.as_bytes()).unwrap();
            tls.sign_with(signs.as_bytes()).unwrap();
            let whole = sections(tls.identity().unwrap()).unwrap();
            assert_eq!(whole.iter().filter(|section| section.is_key()).count(), 1);
            assert!(!format!("{tls:?}").contains("PRIVATE"));
        }
        let mut tls = Tls::default();
        assert_eq!(tls.show_certificate(key.as_bytes()), Err(TlsError::NoCertificate));
        assert_eq!(tls.sign_with(pem.as_bytes()), Err(TlsError::NoKey));
        let two = format!("{key}{key}");
        assert_eq!(tls.sign_with(two.as_bytes()), Err(TlsError::SeveralKeys(2)));
        let encrypted = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
        assert_eq!(tls.sign_with(encrypted.as_bytes()), Err(TlsError::EncryptedKey));
    }
}
