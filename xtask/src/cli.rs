//! The command line, declared once: help, completions and parsing come from here.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::graph::{Color, Verbosity};
use crate::manifest::{Linkage, linkage};
use crate::micropython::Engine;
use crate::packages::Requirement;

const AFTER_HELP: &str = "\
Start with `cargo xtask compose`: it provisions the toolchain, builds CPython and all caps, and leaves
target/pylon/pylon.wasm. Then `cargo xtask run -- -c 'import zlib; print(zlib.ZLIB_RUNTIME_VERSION)'`.

Exit codes: 0 done; 1 a build step failed; 2 the command line is wrong; 3 the checkout is wrong (a manifest,
a contract, stale bindings); 4 tests failed. `run` ends with the program's own code.

Environment: WITH_<CAP>=0|1 switches a cap; LINK_<CAP>=embed|dynlink|static says how it is linked; <CAP>_COMPONENT_WASM replaces one; WASI_SDK_PATH names a WASI SDK;
PYLON_CACHE_DIR the cache; PYLON_CPYTHON_ARCHIVE a local copy of CPython's sources; NO_COLOR turns colour off.";

/// Builds Python on wasm with capability components (caps).
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, after_help = AFTER_HELP, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Args, Clone, Debug)]
pub struct Global {
    /// Processes at once
    #[arg(short, long, global = true, value_name = "N", default_value_t = default_jobs(), value_parser = parse_jobs)]
    pub jobs: usize,
    /// Print what would be done, and do nothing
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// After a failure go on with what does not depend on it
    #[arg(long, global = true)]
    pub keep_going: bool,
    /// Never touch the network; what is missing is an error
    #[arg(long, global = true)]
    pub offline: bool,
    /// Fail rather than change a lock file
    #[arg(long, global = true)]
    pub locked: bool,
    /// Take this version of CPython [default: PYLON_PYTHON, else the newest pinned one that can be had]
    #[arg(long, global = true, value_name = "VERSION")]
    pub python: Option<String>,
    /// Print the result as JSON on standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// Print errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more: -v what came from the cache, -vv the logs of all steps
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Print how long each step took
    #[arg(long, global = true)]
    pub timings: bool,
    /// Colour the output
    #[arg(long, global = true, value_enum, default_value_t)]
    pub color: Color,
}

impl Global {
    pub fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, 0) => Verbosity::Normal,
            (_, 1) => Verbosity::Verbose,
            _ => Verbosity::Debug,
        }
    }
}

#[derive(Subcommand)]
pub enum Command {
    /// Provision the toolchain, and say where it is
    Setup,
    /// Generate the C bindings of contracts
    Gen(Gen),
    /// Make a cap: contract, component, extension, Python module, tests and page, working from the first minute
    New(New),
    /// Build vendor libraries for wasm32-wasip1 and -wasip2
    Vendor(Names),
    /// Build the components of caps
    Build(Names),
    /// Build everything and compose target/pylon/pylon.wasm, or with MicroPython target/pylon/micropython.wasm
    Compose(Compose),
    /// Build the providers of caps, and put them into a store and a plan
    Dynlink(Dynlink),
    /// Build composectl, and run pylon.wasm or micropython.wasm by it
    #[command(
        after_help = "Everything before `--` goes to composectl, everything behind it to Python:\n\n  \
        cargo xtask run --dir .::/data -- -c 'import os; print(os.listdir(\"/data\"))'\n  \
        cargo xtask run --with requests --with attrs==24.2 --net --dir . -- script.py"
    )]
    Run(Run),
    /// Build MicroPython with caps folded in, as one core module for small engines
    StaticMp(StaticMp),
    /// Build that image, and run it on a real WAMR (or another engine)
    #[command(after_help = "Everything behind `--` goes to MicroPython:\n\n  \
        cargo xtask run-mp -- -c 'import zlib; print(zlib.crc32(b\"x\"))'\n  \
        cargo xtask run-mp --dir . WITH_ZLIB=0 -- script.py")]
    RunMp(RunMp),
    /// Run the tests
    Test(Test),
    /// List caps, extensions, vendor libraries and their licences
    List(List),
    /// Say why a step would run, or what its inputs are
    Explain(Explain),
    /// Check this machine and this checkout
    Doctor,
    /// Remove what was built in this checkout
    Clean(Clean),
    /// Measure, and compare with native programs in the same run
    Bench(Bench),
    /// Print a shell's completions
    Completions { shell: clap_complete::Shell },
}

#[derive(Args)]
pub struct Gen {
    /// Compare only; fail where a checked-in file is stale
    #[arg(long)]
    pub check: bool,
    /// Then append a stub to a cap's C for each function of its contract that it does not define
    #[arg(long, conflicts_with = "check")]
    pub stubs: bool,
    /// Caps and extensions; all if none are named
    pub names: Vec<String>,
}

#[derive(Args)]
pub struct New {
    /// What it is called on the command line: my-hash; in Python that is my_hash
    pub name: String,
    /// In which language its component is written
    #[arg(long, value_enum, default_value_t)]
    pub language: Language,
    /// A resource of the contract, which is a class in Python; may be repeated
    #[arg(long = "resource", value_name = "NAME")]
    pub resources: Vec<String>,
    /// Put a C library behind it: a crate that bundles one, which is pinned, with a recipe by what it says
    #[arg(long, value_name = "CRATE[@VERSION]")]
    pub vendor: Option<String>,
    /// Let it be linked as `static`, too; in C, MicroPython has it then
    #[arg(long)]
    pub r#static: bool,
}

#[derive(Args)]
pub struct Names {
    /// All if none are named
    pub names: Vec<String>,
}

/// Of a cap's component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Language {
    #[default]
    C,
    Rust,
}

/// Which Python.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Runtime {
    #[default]
    #[value(name = "cpython")]
    CPython,
    #[value(name = "micropython")]
    MicroPython,
}

/// How MicroPython is built.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct MicroPython {
    /// Optimize MicroPython for size (s, z) or speed (1, 2, 3), as clang does [default: 2]
    #[arg(short = 'O', value_name = "LEVEL", value_parser = ["0", "1", "2", "3", "s", "z"])]
    pub level: Option<String>,
    /// Freeze the modules in DIR into it
    #[arg(long, value_name = "DIR")]
    pub freeze: Vec<PathBuf>,
    /// Freeze what FILE, a manifest.py of MicroPython's, lists
    #[arg(long, value_name = "FILE")]
    pub manifest: Option<PathBuf>,
    /// Another of the pinned versions of MicroPython
    #[arg(long = "micropython", value_name = "VERSION")]
    pub version: Option<String>,
}

#[derive(Args)]
pub struct List {
    /// Everything of this cap, with the licences of its crates
    pub cap: Option<String>,
    /// The profile that says what is linked, and how
    #[arg(long, default_value = crate::manifest::profile::DEFAULT)]
    pub profile: String,
}

#[derive(Args)]
pub struct Compose {
    /// Which Python the caps are composed with
    #[arg(long, value_enum, default_value_t)]
    pub runtime: Runtime,
    /// Which caps go in: full, lean, dynlink or dev
    #[arg(long, default_value = crate::manifest::profile::DEFAULT)]
    pub profile: String,
    /// Write the result to FILE, and nothing beside it [default: target/pylon/pylon.wasm or micropython.wasm, with its
    /// parts]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write to FILE where the bytes of the result come from: a treemap (FILE.svg) or the figures (FILE.json)
    #[arg(long, value_name = "FILE", value_parser = parse_report)]
    pub report: Option<PathBuf>,
    /// Leave CPython uninitialized: it starts slower, and a step less is built
    #[arg(long)]
    pub no_snapshot: bool,
    /// Compose and do not fuse: for engines without multi-memory. Calls between Python and caps are slower
    #[arg(long)]
    pub no_fuse: bool,
    /// Take FILE for a cap's component, after checking it against the contract
    #[arg(long, value_name = "CAP=FILE", value_parser = parse_component)]
    pub component: Vec<(String, PathBuf)>,
    /// Make the certificates of FILE (PEM) part of the program, whom `ssl` believes where the host grants no others
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// How a cap is linked: embed (composed into pylon.wasm), dynlink (resolved at run time) or static (its C in Python's
    /// own memory, without isolation)
    #[arg(long, value_name = "CAP=MODE", value_parser = parse_link)]
    pub link: Vec<(String, Linkage)>,
    /// Switch caps on or off: WITH_ZLIB=0; or LINK_ZLIB=dynlink, as --link
    #[arg(value_name = "WITH_<CAP>=0|1, LINK_<CAP>=MODE", value_parser = parse_setting)]
    pub settings: Vec<Setting>,
    #[command(flatten, next_help_heading = "With --runtime micropython")]
    pub micropython: MicroPython,
}

impl Default for Compose {
    /// `compose` without arguments.
    fn default() -> Compose {
        Compose {
            runtime: Runtime::CPython,
            profile: crate::manifest::profile::DEFAULT.to_owned(),
            output: None,
            report: None,
            no_snapshot: false,
            no_fuse: false,
            component: Vec::new(),
            ca: None,
            link: Vec::new(),
            settings: Vec::new(),
            micropython: MicroPython::default(),
        }
    }
}

/// An argument of the form NAME=VALUE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// `WITH_<CAP>` and whether it is on.
    With(String, bool),
    /// `LINK_<CAP>` and the mode.
    Link(String, Linkage),
}

#[derive(Args)]
pub struct Dynlink {
    /// The plan to write into [default: target/pylon/plan.json]
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// The store that takes the providers [default: target/pylon/store]
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// Sign what the plan says of each provider with this key
    #[arg(long, value_name = "KEY")]
    pub sign: Option<PathBuf>,
    /// Make the provider of a cap out of FILE, a component that exports its contract
    #[arg(long, value_name = "CAP=FILE", value_parser = parse_component)]
    pub component: Vec<(String, PathBuf)>,
    /// Do not fuse what is made of a --component: for hosts without multi-memory
    #[arg(long)]
    pub no_fuse: bool,
    /// All with the mode `dynlink` if none are named, here or by --component
    #[arg(value_name = "CAP")]
    pub names: Vec<String>,
}

#[derive(Args)]
pub struct Run {
    /// Which Python; a flag of this command, and so before those of composectl
    #[arg(long, value_enum, default_value_t)]
    pub runtime: Runtime,
    /// A package of PyPI that the program may import, with what it needs: NAME, NAME[EXTRA], NAME==VERSION; may be repeated
    #[arg(long, value_name = "REQUIREMENT")]
    pub with: Vec<Requirement>,
    /// The lock file of those packages, made or added to if need be; alone, all that it has [default: pylock.<SCRIPT>.toml
    /// beside the script, else one in target/pylon/packages]
    #[arg(long, value_name = "FILE")]
    pub lock: Option<PathBuf>,
    /// Lock the newest versions, whatever the file has
    #[arg(long, requires = "with")]
    pub upgrade: bool,
    /// composectl's flags, then `--`, then Python's arguments
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "COMPOSECTL FLAGS -- ARGS"
    )]
    pub args: Vec<String>,
}

#[derive(Args)]
pub struct StaticMp {
    /// What it is to run on
    #[arg(long, value_enum, default_value_t = Engine::Wamr)]
    pub target: Engine,
    #[command(flatten)]
    pub micropython: MicroPython,
    /// Leave the names of functions in the image, for profiles and traces
    #[arg(long)]
    pub names: bool,
    /// Write the image to FILE [default: target/pylon/micropython-<TARGET>.wasm]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Leave caps out: WITH_ZLIB=0
    #[arg(value_name = "WITH_<CAP>=0|1", value_parser = parse_switch)]
    pub switches: Vec<(String, bool)>,
}

/// What runs an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Runner {
    /// WAMR's fast interpreter, built from its sources (pylon-wamr)
    Wamr,
    /// The iwasm in PATH
    Iwasm,
    /// The wasmtime in PATH
    Wasmtime,
    /// The wasmtime in composectl
    Composectl,
}

#[derive(Args)]
pub struct RunMp {
    #[command(flatten)]
    pub image: StaticMp,
    /// What runs it
    #[arg(long, value_enum, default_value_t = Runner::Wamr)]
    pub engine: Runner,
    /// Grant a folder, under the same name
    #[arg(long, value_name = "DIR")]
    pub dir: Vec<PathBuf>,
    /// Stack for wasm functions, in bytes [default: 1048576 on WAMR, else the engine's own]
    #[arg(long, value_name = "BYTES")]
    pub stack_size: Option<u32>,
    /// MicroPython's arguments
    #[arg(last = true, value_name = "ARGS")]
    pub args: Vec<OsString>,
}

#[derive(Args)]
pub struct Test {
    /// Run CPython's own tests only, whole: all modules of tests/fidelity, or those named
    #[arg(long)]
    pub fidelity: bool,
    /// With --fidelity: every module that CPython has, with its test modules in C and the network; goes on where an earlier run was
    #[arg(long, requires = "fidelity")]
    pub all: bool,
    /// Print what a program in pylon.wasm reaches with each kind of grant, and what ends it beyond each bound
    #[arg(long, conflicts_with_all = ["fidelity", "filter"])]
    pub audit: bool,
    /// Run quick starts of packages of PyPI only, all that tests/packages has
    #[arg(long, conflicts_with_all = ["fidelity", "audit"])]
    pub packages: bool,
    /// Also what takes long: a second build in another folder builds libpython anew, too, there are ten times as many
    /// random programs, and pylon.wasm runs in the wasmtime of PyPI and in V8
    #[arg(long)]
    pub full: bool,
    /// Only tests whose name contains one of these; with --fidelity or --packages, of modules or packages
    pub filter: Vec<String>,
}

#[derive(Args)]
pub struct Explain {
    /// Part of a step's name, such as `zlib_cap.c` or `link`
    pub step: String,
}

#[derive(Args)]
pub struct Clean {
    /// Also the shared cache, with the toolchain and all sources
    #[arg(long)]
    pub cache: bool,
    /// Instead, of the shared cache what no command of any checkout has used for so many days
    #[arg(long, value_name = "DAYS", conflicts_with = "cache", value_parser = clap::value_parser!(u64).range(1..=36500))]
    pub unused_for: Option<u64>,
}

#[derive(Args)]
pub struct Bench {
    /// Only benchmarks with a word in their name that begins with one of these; `caps` is those of all caps; `cold` and `python` (which take a quarter of an hour, `python` only the first time) only if they are named
    pub filter: Vec<String>,
}

fn default_jobs() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn parse_jobs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(jobs) if jobs > 0 => Ok(jobs),
        _ => Err("a number of processes, 1 or more".to_owned()),
    }
}

/// `WITH_ZLIB=0` to the cap's name and whether it is on.
pub fn parse_switch(text: &str) -> Result<(String, bool), String> {
    let form = || "a switch has the form WITH_<CAP>=0 or WITH_<CAP>=1".to_owned();
    let (name, value) = text.split_once('=').ok_or_else(form)?;
    if !name.starts_with("WITH_") || name == "WITH_" {
        return Err(form());
    }
    match value {
        "0" => Ok((name.to_owned(), false)),
        "1" => Ok((name.to_owned(), true)),
        _ => Err(form()),
    }
}

/// A switch, or `LINK_ZLIB=dynlink`.
pub fn parse_setting(text: &str) -> Result<Setting, String> {
    match text.split_once('=') {
        Some((name, mode)) if name.starts_with("LINK_") && name != "LINK_" => {
            Ok(Setting::Link(name.to_owned(), linkage::parse_mode(mode)?))
        }
        _ => parse_switch(text).map(|(name, on)| Setting::With(name, on)),
    }
}

fn parse_link(text: &str) -> Result<(String, Linkage), String> {
    match text.split_once('=') {
        Some((cap, mode)) if !cap.is_empty() => Ok((cap.to_owned(), linkage::parse_mode(mode)?)),
        _ => Err("a linkage has the form CAP=embed, CAP=dynlink or CAP=static".to_owned()),
    }
}

fn parse_component(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((cap, file)) if !cap.is_empty() && !file.is_empty() => {
            Ok((cap.to_owned(), file.into()))
        }
        _ => Err("a replacement has the form CAP=FILE".to_owned()),
    }
}

fn parse_report(text: &str) -> Result<PathBuf, String> {
    let file = PathBuf::from(text);
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("svg" | "json") => Ok(file),
        _ => Err("a report is a file that ends with .svg or .json".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn a_switch_is_on_or_off_and_nothing_else() {
        assert_eq!(parse_switch("WITH_ZLIB=0"), Ok(("WITH_ZLIB".to_owned(), false)));
        assert_eq!(parse_switch("WITH_ZLIB=1"), Ok(("WITH_ZLIB".to_owned(), true)));
        for wrong in ["WITH_ZLIB", "WITH_ZLIB=yes", "ZLIB=1", "WITH_=1", "WITH_ZLIB="] {
            assert!(parse_switch(wrong).is_err(), "{wrong}");
        }
    }
}
