//! Core dumps: a file with all of the process's memory, the token among it, that a crash leaves.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Sees to it that this process leaves none, whatever the system does with them. On Linux other
/// processes of the same user cannot read its memory any more either.
pub fn disable() {
    let limit = Rlimit { current: Some(0), ..getrlimit(Resource::Core) };
    // A system that refuses this keeps what it has; nothing else depends on it.
    let _ = setrlimit(Resource::Core, limit);
    // A limit of zero does not hold for a program that dumps are piped to.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}
