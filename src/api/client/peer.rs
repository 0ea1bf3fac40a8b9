//! What a server's certificate says of itself.

use jiff::Timestamp;
use x509_parser::prelude::{FromDer, X509Certificate};

/// A server's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerCertificate {
    der: Vec<u8>,
    /// The name of whoever has issued it: its common name, else the whole of it.
    pub issuer: String,
    /// When it ends.
    pub expires: Option<Timestamp>,
}

impl PeerCertificate {
    /// Reads one; none if it cannot be read.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let issuer = certificate.issuer();
        let common = issuer.iter_common_name().find_map(|name| name.as_str().ok());
        let end = certificate.validity().not_after.timestamp();
        Some(Self {
            der: der.to_vec(),
            issuer: common.map_or_else(|| issuer.to_string(), str::to_owned),
            expires: Timestamp::from_second(end).ok(),
        })
    }

    /// Whether it is this one.
    pub(super) fn is(&self, der: &[u8]) -> bool {
        self.der == der
    }
}
