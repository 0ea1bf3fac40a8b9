//! Projects made up from the seed: a few very lively, most nearly asleep.

use std::time::Duration;

use jiff::civil::Weekday;
use serde::Deserialize;

use crate::domain::Schedule;
use crate::domain::schedule::Cadence;
use crate::sim::rng::Rng;

use super::{ProjectSpec, span};

/// What the titles are like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Titles {
    /// Such as people write.
    #[default]
    Plain,
    /// Such as nobody should: control characters, escape sequences, right-to-left text, emoji,
    /// ten thousand characters.
    Hostile,
}

/// Projects made up from the seed.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Population {
    /// How many.
    pub count: u32,
    /// What their titles are like.
    pub titles: Titles,
    /// Share that was never published.
    pub unpublished: f64,
    /// Share that has a schedule.
    pub scheduled: f64,
    /// Runs that others start through the API, an hour and project: the mean of a heavy tail.
    pub api_per_hour: f64,
    /// How many runs each has had when the world begins.
    pub past: u32,
    /// The median of the projects' median durations.
    #[serde(deserialize_with = "span::required")]
    pub median: Duration,
}

impl Default for Population {
    fn default() -> Self {
        Self {
            count: 0,
            titles: Titles::default(),
            unpublished: 0.1,
            scheduled: 0.5,
            api_per_hour: 0.5,
            past: 60,
            median: Duration::from_secs(90),
        }
    }
}

const SUBJECTS: [&str; 24] = [
    "Revenue",
    "Churn",
    "Signups",
    "Orders",
    "Margin",
    "Inventory",
    "Pipeline",
    "Forecast",
    "Retention",
    "Tickets",
    "Payroll",
    "Ad spend",
    "Shipping",
    "Returns",
    "Sessions",
    "Uptime",
    "Invoices",
    "Headcount",
    "Pricing",
    "Usage",
    "Fraud",
    "Referrals",
    "Cohorts",
    "Budget",
];
const VIEWS: [&str; 16] = [
    "by region",
    "by week",
    "overview",
    "deep dive",
    "for the board",
    "by plan",
    "alerts",
    "model",
    "refresh",
    "by channel",
    "audit",
    "backfill",
    "export",
    "by customer",
    "trends",
    "checks",
];
const ZONES: [&str; 6] = ["+00:00", "+01:00", "-05:00", "-08:00", "+05:30", "+09:00"];
const HOSTILE: [&str; 8] = [
    "\u{1b}[2J\u{1b}[31mred\u{1b}]0;owned\u{7}",
    "tab\tline\nreturn\rbell\u{7}nul\u{0}",
    "\u{202e}stropeR \u{2066}drawkcab",
    "إيرادات الأسبوع",
    "👩‍👩‍👧‍👦 familia 🏳️‍🌈 \u{1f468}\u{1f3fd}\u{200d}\u{1f680}",
    "Z\u{335}\u{321}a\u{334}l\u{336}g\u{337}o\u{301}\u{302}\u{303}",
    "日本語のとても長い題名はここにあります",
    "\u{9b}31m\u{90}C1\u{9c} <script>alert(1)</script> %s %n ../../etc",
];

impl Population {
    /// The `number`-th project.
    pub(crate) fn project(&self, number: u32, seed: u64) -> ProjectSpec {
        let mut rng = Rng::stream(seed, 0x706f_7075 + u64::from(number));
        let median = rng.log_normal(self.median, 1.0);
        let schedules =
            if rng.chance(self.scheduled) { vec![schedule(&mut rng)] } else { Vec::new() };
        ProjectSpec {
            title: self.title(number, &mut rng),
            published: !rng.chance(self.unpublished),
            schedules,
            median: median.max(Duration::from_secs(2)),
            spread: rng.within(0.1, 0.6),
            failure: rng.within(0.0, 0.12),
            runaway: 0.001,
            no_kernel: 0.001,
            api_per_hour: self.api_per_hour * rng.heavy(),
            refreshes_per_hour: if rng.chance(0.2) { 0.2 } else { 0.0 },
            publishes_per_day: 0.05,
            past: self.past,
            ..ProjectSpec::default()
        }
    }

    fn title(&self, number: u32, rng: &mut Rng) -> String {
        let mut word = |words: &[&'static str]| rng.pick(words).copied().unwrap_or_default();
        let plain = format!("{} {}", word(&SUBJECTS), word(&VIEWS));
        match self.titles {
            Titles::Plain if number < 200 => plain,
            Titles::Plain => format!("{plain} {number}"),
            Titles::Hostile if number % 16 == 9 => "long ".repeat(2000),
            Titles::Hostile => format!("{} {number}", word(&HOSTILE)),
        }
    }
}

fn schedule(rng: &mut Rng) -> Schedule {
    let minute = |rng: &mut Rng| {
        // Most people choose the full hour.
        let choices = [0, 0, 0, 0, 15, 30, 30, 45, 5, 7];
        rng.pick(&choices).copied().unwrap_or_default()
    };
    let hour = i8::try_from(rng.below(24)).unwrap_or_default();
    let minute = minute(rng);
    let cadence = match rng.below(20) {
        0..8 => Cadence::Hourly { minute },
        8..16 => Cadence::Daily { hour, minute },
        16..18 => Cadence::Weekly { day: Weekday::Monday, hour, minute },
        18 => Cadence::Monthly { day: 1, hour, minute },
        _ => Cadence::Cron("*/10 * * * *".into()),
    };
    Schedule {
        enabled: true,
        cadence,
        zone: rng.pick(&ZONES).copied().unwrap_or("+00:00").to_owned(),
    }
}
