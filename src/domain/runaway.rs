//! The one rule that says which run is out of hand.

/// An active run that has taken this many times its project's usual duration is a runaway.
pub const RUNAWAY: f64 = 3.0;

/// What is said of a run because of how long it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It takes far longer than is usual.
    Runaway,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::Runaway];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Runaway => "runaway",
        }
    }
}

/// What is said of a run that has taken `ratio` times the usual duration; nothing of one that has ended,
/// or where nothing is known of what is usual.
pub fn verdict(is_active: bool, ratio: Option<f64>) -> Option<Verdict> {
    let is_far = ratio.is_some_and(|ratio| ratio >= RUNAWAY);
    (is_active && is_far).then_some(Verdict::Runaway)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_active_run_far_beyond_what_is_usual_is_a_runaway() {
        assert_eq!(verdict(true, Some(3.0)), Some(Verdict::Runaway));
        assert_eq!(verdict(true, Some(2.99)), None);
        assert_eq!(verdict(false, Some(30.0)), None);
        assert_eq!(verdict(true, None), None);
    }
}
