//! Figures of workspaces of several sizes beside each other, and the bounds that they break.

use std::time::Duration;

use hextop::clock;

/// What something takes, and what it may take.
pub struct Figure {
    pub name: &'static str,
    pub time: Duration,
    /// So many times what it takes in the smallest workspace, if that is bounded,
    pub factor: Option<u32>,
    /// and no more than this.
    pub most: Duration,
}

/// Up to this, what differs are the caches of the processor.
const SAME: Duration = Duration::from_micros(10);

/// Prints the figures of each size, the smallest first; gives the bounds that are broken.
pub fn compare(unit: &str, sizes: &[usize], measured: &[Vec<Figure>]) -> Vec<String> {
    let mut broken = Vec::new();
    let heads: Vec<_> = sizes.iter().map(|size| format!("{size:>14}")).collect();
    println!("{unit:<32}{}", heads.concat());
    let [small, rest @ ..] = measured else { return broken };
    for (row, Figure { name, time: least, factor, most }) in small.iter().enumerate() {
        let times: Vec<Duration> = rest.iter().filter_map(|all| Some(all.get(row)?.time)).collect();
        let shown: Vec<_> = times.iter().map(|time| format!("{time:>14.1?}")).collect();
        println!("{name:<32}{least:>14.1?}{}", shown.concat());
        for (size, time) in sizes.iter().skip(1).zip(&times) {
            let least = least.max(&SAME);
            if time > most || factor.is_some_and(|factor| *time > *least * factor) {
                let factor = factor.map(|factor| format!("{factor} times {least:.1?} and "));
                broken.push(format!(
                    "{name} takes {time:.1?} with {size} {unit}: at most {}{most:?} are allowed.",
                    factor.unwrap_or_default()
                ));
            }
        }
    }
    broken
}

/// What something takes: the median of some rounds, the least of five of those, because other programs
/// can make it only longer.
pub fn median(rounds: usize, mut measure: impl FnMut() -> Duration) -> Duration {
    let mut block = || {
        let mut times: Vec<Duration> = (0..rounds.div_ceil(5)).map(|_| measure()).collect();
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    };
    (0..5).map(|_| block()).min().unwrap_or_default()
}

/// How long something takes.
pub fn timed<T>(act: impl FnOnce() -> T) -> Duration {
    let begun = clock::now().boot;
    let done = act();
    let took = clock::now().boot - begun;
    drop(done);
    took
}
