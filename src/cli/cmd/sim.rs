//! `hextop sim`: serves a simulated workspace until it is interrupted.
//!
//! Its first and only line on standard output is JSON that says where it is and which token it
//! takes; the rest of its life is in the log.

use std::fs::File;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use color_eyre::eyre::{Context as _, Result, eyre};
use serde_json::json;

use crate::clock;
use crate::domain::text::without_mark;
use crate::sim::scenario::{KernelsFull, Paths};
use crate::sim::{FaultSpec, Scenario, SimServer, World};

/// What the simulated workspace is like.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct WorldArgs {
    /// What the workspace is like: a built-in scenario, or a TOML file.
    #[arg(long, value_name = "NAME|FILE", default_value = "demo")]
    pub scenario: String,

    /// Decides everything that is left to chance; the same seed makes the same world.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Make the workspace hold exactly this many projects.
    #[arg(long, value_name = "N")]
    pub projects: Option<u32>,

    /// How many times faster than real life it lives; its limits keep real time.
    #[arg(long, value_name = "X")]
    pub speed: Option<f64>,

    /// Which generation of paths it knows.
    #[arg(long, value_enum)]
    pub paths: Option<PathsArg>,

    /// How many requests a minute it grants; 0 for any number.
    #[arg(long, value_name = "N")]
    pub rpm: Option<u32>,

    /// How many other people there are, with runs and kernels of their own in the same lists; with
    /// 0 all runs are the token owner's.
    #[arg(long, value_name = "N")]
    pub others: Option<u32>,

    /// How many kernels each user may hold.
    #[arg(long, value_name = "N")]
    pub kernels: Option<u32>,

    /// What a trigger gets when its user holds every kernel: a run that waits, or 503.
    #[arg(long, value_enum)]
    pub kernels_full: Option<KernelsFullArg>,

    /// What goes wrong: a fault, for which call, and how often (a share, or #N for the N-th
    /// request) or when (since the start), such as trigger:answer-lost=0.5 or 500=1@1m..2m.
    #[arg(long, value_name = "[CALL:]NAME[=RATE][@FROM..UNTIL]")]
    pub fault: Vec<FaultSpec>,
}

/// Which generation of paths the workspace knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum PathsArg {
    /// Both.
    Both,
    /// /projects/ID/runs/ID
    Current,
    /// /project/ID/run/ID
    Legacy,
}

/// What a trigger gets when its user holds every kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum KernelsFullArg {
    /// A run that waits.
    Pending,
    /// 503 and no run.
    Refuse,
}

impl WorldArgs {
    /// The scenario with everything that the flags change, and the seed.
    ///
    /// # Errors
    /// When there is no such scenario or its file makes no sense.
    pub(in crate::cli) fn scenario(&self) -> Result<(Scenario, u64)> {
        let mut scenario = self.load()?;
        if let Some(count) = self.projects {
            scenario.resize(count);
        }
        if let Some(speed) = self.speed {
            scenario.speed = speed;
        }
        if let Some(paths) = self.paths {
            scenario.paths = match paths {
                PathsArg::Both => Paths::Both,
                PathsArg::Current => Paths::Current,
                PathsArg::Legacy => Paths::Legacy,
            };
        }
        if let Some(rpm) = self.rpm {
            scenario.limits.per_minute = rpm;
        }
        if let Some(others) = self.others {
            scenario.users.others = others;
        }
        if let Some(kernels) = self.kernels {
            scenario.kernels.total = kernels;
        }
        if let Some(full) = self.kernels_full {
            scenario.kernels.full = match full {
                KernelsFullArg::Pending => KernelsFull::Pending,
                KernelsFullArg::Refuse => KernelsFull::Refuse,
            };
        }
        scenario.faults.extend(self.fault.iter().cloned());
        scenario.check()?;
        Ok((scenario, self.seed))
    }

    fn load(&self) -> Result<Scenario> {
        let name = &self.scenario;
        if let Some(scenario) = Scenario::named(name) {
            return Ok(scenario);
        }
        let names: Vec<_> = Scenario::names().collect();
        let text = std::fs::read_to_string(name).map_err(|error| {
            eyre!(
                "There is no scenario `{name}`: it is none of {} and cannot be read as a file \
                 ({error}).",
                names.join(", ")
            )
        })?;
        Scenario::from_toml(without_mark(&text)).wrap_err_with(|| format!("{name} is no scenario"))
    }
}

/// Arguments of `hextop sim`.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct SimArgs {
    /// What the workspace is like.
    #[command(flatten)]
    pub world: WorldArgs,

    /// Where to serve it; port 0 lets the system choose.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,

    /// Append one JSON object for each request to this file.
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
}

/// Serves the workspace until it is interrupted.
///
/// # Errors
/// When the scenario, the address or the log cannot be used.
pub(in crate::cli) async fn run(args: SimArgs) -> Result<ExitCode> {
    let (scenario, seed) = args.world.scenario().wrap_err(crate::cli::Usage)?;
    let log = match &args.log {
        Some(path) => {
            let file = File::options().create(true).append(true).open(path);
            let file = file.wrap_err_with(|| format!("Cannot write the log {}", path.display()))?;
            Some(Box::new(file) as Box<dyn io::Write + Send>)
        }
        None => None,
    };
    // Before anybody is told where the server is, so that no signal can be missed.
    let stop = stop()?;
    let world = World::new(&scenario, seed, clock::now());
    let door = SimServer::open(world, args.listen, log).await;
    let door = match door {
        Ok(door) => door,
        Err(error) => {
            let text = format!("cannot listen at {}: {error}", args.listen);
            return Ok(crate::cli::complain(&text, crate::cli::FAILED));
        }
    };
    let line = json!({ "base_url": door.base_url, "token": door.token });
    match writeln!(io::stdout(), "{line}").and_then(|()| io::stdout().flush()) {
        Ok(()) => {}
        // Nobody would ever know where it is.
        failed => return Ok(ExitCode::from(crate::cli::written(failed))),
    }
    stop.await;
    Ok(ExitCode::SUCCESS)
}

/// Ends when the process is asked to stop.
fn stop() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::sim::{CallKind, FaultName};

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        sim: SimArgs,
    }

    fn args(text: &str) -> Result<SimArgs, clap::Error> {
        Command::try_parse_from(text.split(' ')).map(|command| command.sim)
    }

    #[test]
    fn without_flags_it_is_the_demo_on_any_loopback_port() {
        let args = args("sim").unwrap();
        assert_eq!(args.listen, crate::sim::server::ANY_PORT);
        let (scenario, seed) = args.world.scenario().unwrap();
        assert_eq!((scenario, seed), (Scenario::named("demo").unwrap(), 1));
    }

    #[test]
    fn each_flag_changes_what_it_says() {
        let args = args(
            "sim --scenario quiet --seed 9 --projects 40 --speed 2.5 --paths legacy --rpm 30 \
             --others 2 --kernels 3 --kernels-full refuse --fault trigger:answer-lost=0.5 --fault 500=#2",
        );
        let (scenario, seed) = args.unwrap().world.scenario().unwrap();
        let mut expected = Scenario::named("quiet").unwrap();
        expected.population.count = 35;
        expected.speed = 2.5;
        expected.paths = Paths::Legacy;
        expected.limits.per_minute = 30;
        expected.users.others = 2;
        expected.kernels.total = 3;
        expected.kernels.full = KernelsFull::Refuse;
        let lost = FaultSpec::always(CallKind::Trigger, FaultName::AnswerLost);
        let second = FaultSpec { name: FaultName::Internal, nth: Some(2), ..FaultSpec::default() };
        expected.faults = vec![FaultSpec { rate: 0.5, ..lost }, second];
        assert_eq!((scenario, seed), (expected, 9));
    }

    #[test]
    fn what_makes_no_sense_is_refused_in_words() {
        for flags in ["--fault explode=1", "--paths old", "--kernels-full wait", "--listen here"] {
            assert!(args(&format!("sim {flags}")).is_err(), "{flags}");
        }
        let refusal = |flags: &str| {
            let scenario = args(&format!("sim {flags}")).unwrap().world.scenario();
            scenario.unwrap_err().to_string()
        };
        let unknown = refusal("--scenario nonesuch");
        assert!(unknown.starts_with("There is no scenario `nonesuch`"), "{unknown}");
        assert!(unknown.contains("demo, quiet, incident, large, hostile"), "{unknown}");
        assert_eq!(refusal("--speed 0"), "speed = 0: must be above 0, at most 1000000");
    }

    #[test]
    fn a_file_is_a_scenario_too_and_its_mistakes_have_a_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().display();
        std::fs::write(file.path(), "[[project]]\ntitle = \"Mine\"\n").unwrap();
        let (scenario, _) =
            args(&format!("sim --scenario {path}")).unwrap().world.scenario().unwrap();
        assert_eq!(scenario.projects[0].title, "Mine");
        std::fs::write(file.path(), "about = \"x\"\nspede = 3\n").unwrap();
        let error = args(&format!("sim --scenario {path}")).unwrap().world.scenario().unwrap_err();
        let error = format!("{error:#}");
        assert!(error.contains("line 2") && error.contains("spede"), "{error}");
    }
}
