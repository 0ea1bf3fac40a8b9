//! What tests of this crate and of its parts share.

/// How many cases a property tries: `usual`, times `HEXTOP_CASES_FACTOR` where that is set to a
/// whole number.
pub fn cases(usual: u32) -> u32 {
    let factor = std::env::var("HEXTOP_CASES_FACTOR").ok();
    usual.saturating_mul(factor.and_then(|text| text.parse().ok()).unwrap_or(1))
}
