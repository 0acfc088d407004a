//! The command line: flags, help texts and examples. Values are checked here or where they are turned into
//! grants (`grants.rs`, `limits.rs`); no other file looks at raw text from the command line.

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{Arg, ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use composectl_plan::{Digest, DirGrant, EnvGrant, NetGrant};

use crate::authorities::Authorities;
use crate::commands::blob::BlobArgs;
use crate::commands::doctor::DoctorArgs;
use crate::commands::inspect::InspectArgs;
use crate::commands::plan::PlanArgs;
use crate::commands::pull::PullArgs;
use crate::commands::push::PushArgs;
use crate::commands::trust::TrustArgs;
use crate::exit;
use crate::limits::{ByteSize, StackSize, Timeout};
use crate::shown;

const AFTER_HELP: &str = "\
Examples:
  composectl run pylon.wasm -- -c 'print(6 * 7)'
  composectl run --dir . pylon.wasm -- script.py
  composectl run --dir data::/data:ro --env LANG pylon.wasm -- /data/report.py
  composectl precompile pylon.wasm

`composectl help run` explains the grants and the exit codes.";

const RUN_AFTER_HELP: &str = "\
Examples:
  # a script in the current folder, which it may read and write
  composectl run --dir . pylon.wasm -- script.py

  # a folder under another name, read-only
  composectl run --dir ~/corpus::/corpus:ro pylon.wasm -- -c 'import os; print(os.listdir(\"/corpus\"))'

  # may talk to one address only; may listen on a port of this machine only
  composectl run --net=192.0.2.7:443 pylon.wasm -- client.py
  composectl run --net=127.0.0.1:8080 pylon.wasm -- -m http.server 8080

  # with packages: pip install --target packages --only-binary=:all: --platform any requests
  composectl run --net --site packages --dir . pylon.wasm -- client.py

  # at most two seconds and 256 MiB
  composectl run --timeout 2s --max-memory 256M pylon.wasm -- -c 'while True: pass'

Exit codes:
  0-255  the guest's own, unchanged (`sys.exit(n)`)
  124    --timeout ended it
  125    composectl failed: wrong usage, a folder that cannot be granted, ...
  126    FILE is no program that can run here
  127    FILE does not exist
  134    the guest trapped (crashed); what and where is on stderr
  128+n  signal n ended it, as for any program (130: Ctrl-C)

Compiled code is kept in $PYLON_CACHE_DIR/compiled (default: $XDG_CACHE_HOME/pylon or ~/.cache/pylon).
Compiling is bounded: 128 MiB of WebAssembly, 250000 functions of at most 1 MiB and 10000 local variables, and
memory and processor time that follow from the size.";

#[derive(Parser, Debug)]
#[command(
    name = "composectl",
    version,
    about = "Runs pylon.wasm and other WASI programs",
    long_about = "Runs pylon.wasm and other WASI 0.2 command components, and core modules of WASI preview 1.\n\nA guest gets nothing but stdin, stdout \
                  and stderr unless a flag grants it.",
    after_help = AFTER_HELP,
    arg_required_else_help = true
)]
pub struct Cli {
    /// Say on stderr what is done and how long it takes
    #[arg(short, long, global = true)]
    pub verbose: bool,

    #[command(subcommand)]
    pub command: Command,
}

// `about` in the attribute: a doc comment here would hide the `long_about` of the arguments.
#[derive(Subcommand, Debug)]
pub enum Command {
    #[command(about = "Run a component, or a core module of WASI preview 1")]
    Run(Box<RunArgs>),
    #[command(
        about = "Compile components into the cache, so that their first run or resolve starts fast"
    )]
    Precompile(PrecompileArgs),
    #[command(about = "Say what a WebAssembly file is made of, needs and offers")]
    Inspect(InspectArgs),
    #[command(about = "Look at plans and change them")]
    Plan(Box<PlanArgs>),
    #[command(about = "Put components into the store, get them, look after them")]
    Blob(BlobArgs),
    #[command(about = "Make keys, sign, and say whom to trust")]
    Trust(TrustArgs),
    #[command(about = "Fetch a component from an OCI registry into the store")]
    Pull(PullArgs),
    #[command(about = "Store a component in an OCI registry")]
    Push(PushArgs),
    #[command(about = "Check what runs need of this machine and of this user's folders")]
    Doctor(DoctorArgs),
    #[command(about = "Print the completion script of a shell")]
    Completions(CompletionsArgs),
}

/// `composectl run`.
#[derive(Args, Debug)]
#[command(
    about = "Run a component, or a core module of WASI preview 1",
    long_about = "Run a component that exports wasi:cli/run (a WASI 0.2 command), or a core module that exports _start \
                  (a program of WASI preview 1).\n\nFlags of composectl stand \
                  before FILE; all that follows FILE (after an optional `--`) belongs to the guest.",
    after_long_help = RUN_AFTER_HELP,
    after_help = "`composectl help run` shows examples and exit codes."
)]
pub struct RunArgs {
    /// Grant a folder: HOST[::GUEST][:ro]
    ///
    /// HOST is a folder of this machine, GUEST its name for the guest (default: the same text), `:ro` makes it
    /// read-only. Symbolic links and `..` do not lead out of it. May be repeated.
    #[arg(long, value_name = "HOST[::GUEST][:ro]", value_parser = DirGrant::parse)]
    pub dir: Vec<DirGrant>,

    /// Grant a folder of the kernel's own, which --dir does not: procfs, sysfs, /dev
    ///
    /// Who can write there can do what you can, who can read there sees your processes. May be repeated.
    #[arg(long, value_name = "HOST[::GUEST][:ro]", value_parser = DirGrant::parse)]
    pub system_dir: Vec<DirGrant>,

    /// Grant a folder of packages, read-only, where Python looks for installed ones
    ///
    /// DIR is what `pip install --target DIR` makes; `.pth` files in it are read. The guest sees it as
    /// /lib/python3.13/site-packages.
    #[arg(long, value_name = "DIR")]
    pub site: Option<PathBuf>,

    /// Set an environment variable: NAME=VALUE, or NAME to pass on its value here
    ///
    /// A NAME that is not set here is not set for the guest either. May be repeated; the last one wins.
    #[arg(long, value_name = "NAME[=VALUE]", value_parser = EnvGrant::parse)]
    pub env: Vec<EnvGrant>,

    /// Pass on the whole environment; --env still adds and overrides
    #[arg(long)]
    pub inherit_env: bool,

    /// Grant the network: everything, or only the addresses listed
    ///
    /// Without a value: all TCP and UDP, in and out, and name lookup. With a value only those ADDRs (an IPv4
    /// address, an IPv6 address in brackets when a port follows, or a host name, which is looked up once at the start) and
    /// ports (all when left out) may be connected to, sent to, listened on or received from; names can be looked up only if a host
    /// name is listed. May be repeated.
    #[arg(
        long,
        value_name = "ADDR[:PORT],...",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "*",
        value_delimiter = ',',
        value_parser = NetGrant::parse
    )]
    pub net: Vec<NetGrant>,

    /// Whose certificates the guest's TLS believes: this machine's (system), those in a FILE (PEM), or nobody's (none)
    ///
    /// The guest sees them as /etc/ssl/cert.pem or in /etc/ssl/certs, where nothing else is. With --net the default is system,
    /// which SSL_CERT_FILE and SSL_CERT_DIR name, as for all programs; otherwise it is none.
    #[arg(long, value_name = "system|FILE|none", value_parser = OsStringValueParser::new().map(Authorities::parse))]
    pub ca: Option<Authorities>,

    /// Grant all: every folder of files under its own name, the environment, the network; no --system-dir
    #[arg(long)]
    pub allow_all: bool,

    /// End the guest after this time (exit code 124): 30s, 1.5s, 500ms, 2m, 1h; a plain number is seconds
    #[arg(long, value_name = "DURATION", value_parser = Timeout::parse)]
    pub timeout: Option<Timeout>,

    /// Bound the guest's memory, all its parts together: 256M, 1G, or bytes. Beyond it allocation fails
    #[arg(long, value_name = "SIZE", value_parser = ByteSize::parse, default_value = "4G")]
    pub max_memory: ByteSize,

    /// Bound the memory of the guest and of all providers together (default: the plan's total_memory_bytes, 8G)
    #[arg(long, value_name = "SIZE", value_parser = ByteSize::parse)]
    pub max_total_memory: Option<ByteSize>,

    /// Bound the guest's stack: 16K to 64M. Deeper recursion is a trap
    ///
    /// CPython needs the default. Programs for small engines check their depth by themselves, and can be tried with
    /// what those give (wasmtime: 512K).
    #[arg(long, value_name = "SIZE", value_parser = StackSize::parse, default_value = "8M")]
    pub max_wasm_stack: StackSize,

    /// What may be resolved at run time: a plan (JSON)
    ///
    /// Without one nothing can be. Where the plan names a root, FILE must be it, or may be left out: the root is then
    /// run from the store (`composectl run --plan FILE -- ARGS`).
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,

    /// Run only if the plan has this digest; then you answer for what it grants
    #[arg(long, value_name = "sha256:HEX", requires = "plan")]
    pub plan_digest: Option<Digest>,

    /// Give providers the folders, variables and addresses of a plan that nobody answers for
    ///
    /// Without this flag a plan can grant them if a trusted key has signed it or the component, if the host's policy
    /// lists it, or with --plan-digest.
    #[arg(long, requires = "plan")]
    pub allow_unsigned_grants: bool,

    /// Let the plan's sources name registries that have private addresses, this machine's included
    ///
    /// Without this flag only those can that the host's policy lists.
    #[arg(long, requires = "plan")]
    pub allow_private_registries: bool,

    /// The blob store (default: $PYLON_STORE, else `store` beside the plan)
    #[arg(long, value_name = "DIR", requires = "plan")]
    pub store: Option<PathBuf>,

    /// The host's trust policy, which can only narrow the plan's (default: policy.json in ~/.config/pylon)
    #[arg(long, value_name = "FILE", requires = "plan")]
    pub policy: Option<PathBuf>,

    /// The folder of the keys that are trusted (default: keyring in ~/.config/pylon)
    #[arg(long, value_name = "DIR", requires = "plan")]
    pub keyring: Option<PathBuf>,

    /// Say on stderr what is resolved and called, and how long it takes
    #[arg(long)]
    pub trace: bool,

    /// What the guest sees as argv[0] (default: FILE without its folder)
    #[arg(long, value_name = "NAME")]
    pub argv0: Option<String>,

    /// The component, and the guest's arguments
    #[arg(
        value_names = ["FILE", "ARGS"],
        required_unless_present = "plan",
        num_args = 1..,
        trailing_var_arg = true
    )]
    pub file_and_args: Vec<OsString>,

    /// Whether a `--` stands directly in front of them.
    #[arg(skip)]
    pub separated: bool,
}

/// `composectl precompile`.
#[derive(Args, Debug)]
#[command(
    long_about = "Compile components into the cache, so that their first run or resolve starts fast.\n\nA component \
                  that exports compose:dynlink/endpoint is compiled as a provider. Nothing is done for what is \
                  there already. The code is for this machine's processor and this composectl only.\n\nA file that is no \
                  component does not stop the others. Compiling is bounded as `composectl help run` \
                  says.\n\nExit codes: 0, else that of the first failure: 126 (no \
                  component), 127 (no such file), 125 (anything else)."
)]
pub struct PrecompileArgs {
    /// The components
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,

    /// Compile providers for plans that give them all the time there is (time_ms: 86400000)
    #[arg(long)]
    pub untimed: bool,

    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// `composectl completions`.
#[derive(Args, Debug)]
#[command(
    long_about = "Print the completion script of a shell, for example:\n\n  composectl completions bash \
                        > ~/.local/share/bash-completion/completions/composectl"
)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

impl RunArgs {
    /// FILE, if there is one, and the guest's arguments without the `--` that may separate them. With a plan FILE
    /// may be left out, and `--` must then stand before arguments.
    pub fn split(&self) -> (Option<PathBuf>, &[OsString]) {
        match self.file_and_args.as_slice() {
            args if self.separated && self.plan.is_some() => (None, args),
            [] => (None, &[]),
            [file, separator, args @ ..] if separator == "--" => (Some(file.into()), args),
            [file, args @ ..] => (Some(file.into()), args),
        }
    }
}

/// Parses the process's arguments. Wrong usage ends the process with composectl's own code instead of clap's
/// 2, which many programs use themselves.
pub fn parse() -> Cli {
    let words: Vec<_> = std::env::args_os().collect();
    parse_from(&words).unwrap_or_else(|error| {
        complain(&words, &error);
        std::process::exit(if error.use_stderr() { i32::from(exit::FAILED) } else { 0 })
    })
}

/// Prints what clap has to say. It quotes words as they are, and they may come from `composectl inspect *`.
fn complain(words: &[OsString], error: &clap::Error) {
    let is_plain = |word: &OsString| {
        word.to_str().is_some_and(|word| matches!(shown::line(word), Cow::Borrowed(_)))
    };
    let _ = if words.iter().all(is_plain) {
        error.print()
    } else {
        let text = error.to_string();
        let lines: Vec<_> = text.lines().map(shown::line).collect();
        writeln!(std::io::stderr(), "{}", lines.join("\n"))
    };
}

fn parse_from(words: &[OsString]) -> Result<Cli, clap::Error> {
    let mut cli = match parse_run(words) {
        Some(cli) => cli,
        None => Cli::from_arg_matches(&Cli::command().try_get_matches_from(words)?)?,
    };
    if let Command::Run(args) = &mut cli.command {
        // clap drops this one, but not what follows it.
        let before = words.len().checked_sub(args.file_and_args.len() + 1);
        args.separated = before.is_some_and(|index| words[index] == "--");
    }
    Ok(cli)
}

/// Reads `composectl run ..` without setting all other subcommands up, which would take a tenth of a start. None for
/// everything else, and for what is wrong: the whole parser knows best what to say about that.
fn parse_run(words: &[OsString]) -> Option<Cli> {
    let (_, words) = words.split_first()?;
    if words.first()? != "run" {
        return None;
    }
    let verbose = Arg::new("verbose").short('v').long("verbose").action(ArgAction::SetTrue);
    let command = RunArgs::augment_args(clap::Command::new("run")).arg(verbose);
    let matches = command.try_get_matches_from(words).ok()?;
    let args = RunArgs::from_arg_matches(&matches).ok()?;
    Some(Cli { verbose: matches.get_flag("verbose"), command: Command::Run(Box::new(args)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_to_run_reads_the_same_as_the_whole_parser() {
        for words in [
            &["f"][..],
            &["-v", "f", "-v", "--", "-x"],
            &["--verbose", "--dir", "a::/b:ro", "--net", "--env", "A=b", "f"],
            &["--plan", "p", "--trace", "--", "-c", "x"],
            &[
                "--net=a:1,b",
                "--inherit-env",
                "--timeout",
                "1s",
                "--max-memory",
                "1M",
                "f",
                "--",
                "--",
            ],
        ] {
            let words = ["composectl", "run"].iter().chain(words).map(OsString::from);
            let words: Vec<_> = words.collect();
            let whole = Cli::command().try_get_matches_from(&words).expect("valid usage");
            let whole = Cli::from_arg_matches(&whole).expect("valid usage");
            let short = parse_run(&words).expect("valid usage");
            assert_eq!(format!("{short:?}"), format!("{whole:?}"));
        }
        for words in [
            &["composectl", "-v", "run", "f"][..],
            &["composectl", "run", "--help"],
            &["composectl", "run"],
        ] {
            let words: Vec<_> = words.iter().map(OsString::from).collect();
            assert!(parse_run(&words).is_none());
        }
    }

    fn parse(words: &[&str]) -> Result<Cli, clap::Error> {
        let words = ["composectl", "run"].iter().chain(words);
        parse_from(&words.map(OsString::from).collect::<Vec<_>>())
    }

    fn split(words: &[&str]) -> (String, Vec<String>) {
        let Command::Run(args) = parse(words).expect("valid usage").command else {
            panic!("not a run")
        };
        let (file, rest) = args.split();
        let rest = rest.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        (file.map_or("none".to_owned(), |file| file.to_string_lossy().into_owned()), rest)
    }

    #[test]
    fn with_a_plan_the_file_may_be_left_out() {
        assert_eq!(split(&["--plan", "p", "f", "a"]), ("f".into(), vec!["a".into()]));
        assert_eq!(split(&["--plan", "p", "f", "--", "a"]), ("f".into(), vec!["a".into()]));
        assert_eq!(split(&["--plan", "p"]), ("none".into(), vec![]));
        assert_eq!(split(&["--plan", "p", "--"]), ("none".into(), vec![]));
        assert_eq!(split(&["--plan", "p", "--", "-c", "--"]).1, ["-c", "--"]);
        assert_eq!(split(&["--", "f", "a"]), ("f".into(), vec!["a".into()]));
        assert!(parse(&[]).is_err());
    }

    #[test]
    fn command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn arguments_after_the_file_are_the_guests() {
        assert_eq!(split(&["f", "-c", "pass"]), ("f".into(), vec!["-c".into(), "pass".into()]));
        assert_eq!(
            split(&["f", "--", "-c", "--dir"]),
            ("f".into(), vec!["-c".into(), "--dir".into()])
        );
        assert_eq!(
            split(&["--inherit-env", "f", "--dir", "x"]),
            ("f".into(), vec!["--dir".into(), "x".into()])
        );
        assert_eq!(split(&["f", "--help"]), ("f".into(), vec!["--help".into()]));
        assert_eq!(split(&["f"]), ("f".into(), vec![]));
    }

    #[test]
    fn only_the_first_separator_is_taken() {
        assert_eq!(split(&["f", "--", "a", "--", "b"]).1, ["a", "--", "b"]);
        assert_eq!(split(&["f", "a", "--", "b"]).1, ["a", "--", "b"]);
        assert_eq!(split(&["f", "--", "--", "b"]).1, ["--", "b"]);
    }

    #[test]
    fn unknown_flags_before_the_file_are_refused() {
        assert!(parse(&["--dirs", "x", "f"]).is_err());
    }
}
