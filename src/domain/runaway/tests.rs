use super::*;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A workspace in which runs scatter by a quarter around four minutes.
fn workspace() -> Prior {
    Prior { mean: 240.0_f64.ln(), variance: 1.0, spread: 0.25, earlier: 0 }
}

/// So many runs that scatter evenly by a factor of 1.3 around a median.
fn runs(median: f64, count: u32) -> Summary {
    let durations: Vec<_> = (0..count)
        .map(|number| {
            let place = (f64::from(number) + 0.5) / f64::from(count) * 2.0 - 1.0;
            Duration::from_secs_f64(median * (place * 1.3_f64.ln()).exp())
        })
        .collect();
    Summary::of(&durations)
}

#[test]
fn the_longer_a_run_takes_the_graver_is_the_verdict() {
    let limits = Limits::of(&workspace(), &runs(240.0, 40), 1e-3);
    let said = |elapsed| verdict(&limits, elapsed);
    assert_eq!(said(secs(240)), None);
    assert_eq!(said(limits.late), None, "the limit itself is not beyond it");
    assert_eq!(said(limits.late + secs(1)), Some(Verdict::Late));
    assert_eq!(said(limits.slow + secs(1)), Some(Verdict::Slow));
    assert_eq!(said(secs(720)), Some(Verdict::Runaway));
    let mut before = None;
    for elapsed in (0..2000).map(secs) {
        assert!(said(elapsed) >= before, "{elapsed:?}");
        before = said(elapsed);
    }
}

#[test]
fn where_runs_scatter_the_limits_are_quantiles_of_what_is_expected() {
    let summary = runs(600.0, 40);
    let limits = Limits::of(&Prior { spread: 0.5, ..workspace() }, &summary, 1e-3);
    for (limit, probability) in
        [(limits.late, 0.05), (limits.slow, 0.01), (limits.runaway.unwrap(), 1e-3)]
    {
        let found = limits.expected.exceeds(limit);
        assert!((found / probability - 1.0).abs() < 1e-6, "{probability}: {found}");
    }
}

#[test]
fn a_slow_run_has_taken_half_as_long_again_and_a_runaway_twice_the_usual() {
    let steady = Summary::of(&[secs(1000); 50]);
    let limits = Limits::of(&Prior { spread: 0.02, ..workspace() }, &steady, 1e-2);
    assert!(limits.late < secs(1100), "{limits:?}");
    assert!(limits.slow.abs_diff(secs(1500)) < secs(1), "{limits:?}");
    assert!(limits.runaway.unwrap().abs_diff(secs(2000)) < secs(1), "{limits:?}");
    assert!((limits.ratio(secs(1500)) - 1.5).abs() < 1e-9);
}

#[test]
fn a_short_run_is_no_runaway_before_it_has_taken_a_minute_more_than_is_usual() {
    let limits = Limits::of(&workspace(), &Summary::of(&[secs(2); 50]), 1e-2);
    assert_eq!(verdict(&limits, secs(61)), Some(Verdict::Slow), "30 times the usual");
    assert_eq!(verdict(&limits, secs(63)), Some(Verdict::Runaway));
}

#[test]
fn what_has_once_completed_is_no_runaway_when_it_comes_again() {
    let mut durations = vec![secs(240); 40];
    durations.push(secs(7200));
    let limits = Limits::of(&workspace(), &Summary::of(&durations), 1e-2);
    assert_eq!(verdict(&limits, secs(7200)), Some(Verdict::Slow));
    assert_eq!(verdict(&limits, secs(7201)), Some(Verdict::Runaway));
}

#[test]
fn a_project_none_of_whose_runs_has_completed_has_no_runaways() {
    let limits = Limits::of(&workspace(), &Summary::NONE, 1e-2);
    assert_eq!((limits.runaway, limits.slowest, limits.runs), (None, None, 0));
    assert_eq!(verdict(&limits, Duration::MAX), Some(Verdict::Slow));
    let later = Limits::of(&workspace().after(&Summary::NONE), &Summary::NONE, 1e-2);
    assert_eq!(later, limits, "versions of which no run has completed say nothing");
}

#[test]
fn a_new_version_is_judged_by_the_old_one_but_leniently() {
    let old = runs(240.0, 40);
    let limits = Limits::of(&workspace().after(&old), &Summary::NONE, 1e-3);
    assert_eq!((limits.runs, limits.earlier, limits.slowest), (0, 40, None));
    assert_ne!(verdict(&limits, secs(3 * 400)), Some(Verdict::Runaway), "a slow run, 3 × slower");
    assert_eq!(verdict(&limits, secs(240 * 20)), Some(Verdict::Runaway), "20 × slower");
    let known = Limits::of(&workspace().after(&old), &runs(720.0, 10), 1e-3);
    assert!(known.runaway.unwrap() < limits.runaway.unwrap(), "its own runs say more");
    assert_ne!(verdict(&known, secs(1200)), Some(Verdict::Runaway));
}

#[test]
fn the_budget_is_spread_over_the_runs_of_a_day() {
    let alpha = |runs_a_day| AlarmBudget::default().alpha(runs_a_day);
    assert!((alpha(100.0) * 700.0 - 1.0).abs() < 1e-9, "one in a week's runs");
    assert!((alpha(1.0) - 1e-2).abs() < 1e-12);
    assert!((alpha(0.0) - 1e-2).abs() < 1e-12);
    assert!((alpha(1e6) - 1e-4).abs() < 1e-12);
    assert!((alpha(f64::NAN) - 1e-4).abs() < 1e-12);
    assert!((AlarmBudget { a_day: 0.0 }.alpha(0.0) - 1e-4).abs() < 1e-12);
    assert!((AlarmBudget { a_day: 1.0 }.alpha(1000.0) - 1e-3).abs() < 1e-12);
}

#[test]
fn a_smaller_budget_makes_no_limit_lower() {
    let summary = runs(240.0, 10);
    let limit = |alpha| Limits::of(&workspace(), &summary, alpha).runaway.unwrap();
    assert!(limit(1e-4) > limit(1e-3) && limit(1e-3) > limit(1e-2));
}

#[test]
fn verdicts_have_an_order_and_a_word_each() {
    assert!(Verdict::ALL.is_sorted());
    assert_eq!(Verdict::ALL.map(Verdict::word), ["waiting", "late", "slow", "runaway"]);
}

#[test]
fn evidence_is_of_the_version_and_of_the_law() {
    let limits = Limits::of(&workspace(), &runs(240.0, 40), 1e-3);
    let usual = Evidence::of(&limits, secs(240));
    assert_eq!((usual.is_longest, usual.one_in), (false, None));
    let far = Evidence::of(&limits, limits.runaway.unwrap() + secs(1));
    assert_eq!((far.is_longest, far.runs, far.earlier), (true, 40, 0));
    assert!(far.one_in.unwrap() >= 1000, "{far:?}");
    let slowest = limits.slowest.unwrap();
    assert!(!Evidence::of(&limits, slowest).is_longest, "as long as another is not longer");
    let is_thin = |count| {
        Evidence::of(&Limits::of(&workspace(), &runs(240.0, count), 1e-3), secs(1)).is_thin()
    };
    assert!(is_thin(0) && is_thin(4) && !is_thin(5));
}

#[test]
fn a_number_of_false_alarms_is_read_as_it_is_written() {
    for (text, a_day) in [("1 a week", 1.0 / 7.0), (" 3 a  day ", 3.0), ("0.5 a month", 0.5 / 30.0)]
    {
        let read: AlarmBudget = text.parse().unwrap();
        assert!((read.a_day - a_day).abs() < 1e-12, "{text}");
    }
    for text in ["1 a week", "2 a day", "9 a month"] {
        assert_eq!(text.parse::<AlarmBudget>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "1",
        "a week",
        "1 a year",
        "0 a day",
        "-1 a day",
        "nan a day",
        "inf a week",
        "1e9 a day",
    ] {
        let said = text.parse::<AlarmBudget>().unwrap_err();
        assert!(said.contains("`1 a week`"), "{said}");
    }
}
