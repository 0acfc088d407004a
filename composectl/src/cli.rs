//! The command line: flags, help texts and examples. Values are checked here or where they are turned into
//! grants (`grants.rs`, `limits.rs`); no other file looks at raw text from the command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::exit;
use crate::grants::{DirGrant, EnvGrant, NetGrant};
use crate::limits::{ByteSize, Timeout};

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

  # at most two seconds and 256 MiB
  composectl run --timeout 2s --max-memory 256M pylon.wasm -- -c 'while True: pass'

Exit codes:
  0-255  the guest's own, unchanged (`sys.exit(n)`)
  124    --timeout ended it
  125    composectl failed: wrong usage, a folder that cannot be granted, ...
  126    FILE is no component that can run here
  127    FILE does not exist
  134    the guest trapped (crashed); what and where is on stderr
  128+n  signal n ended it, as for any program (130: Ctrl-C)

Compiled code is kept in $PYLON_CACHE_DIR/compiled (default: $XDG_CACHE_HOME/pylon or ~/.cache/pylon).";

#[derive(Parser, Debug)]
#[command(
    name = "composectl",
    version,
    about = "Runs pylon.wasm and other WASI 0.2 command components",
    long_about = "Runs pylon.wasm and other WASI 0.2 command components.\n\nA guest gets nothing but stdin, stdout \
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

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run a component
    Run(Box<RunArgs>),
    /// Compile a component into the cache, so that its first run starts fast
    Precompile(PrecompileArgs),
    /// Print the completion script of a shell
    Completions(CompletionsArgs),
}

/// `composectl run`.
#[derive(Args, Debug)]
#[command(
    about = "Run a component",
    long_about = "Run a component that exports wasi:cli/run (a WASI 0.2 command).\n\nFlags of composectl stand \
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

    /// Grant all: every folder under its own name, the current folder, the environment, the network
    #[arg(long)]
    pub allow_all: bool,

    /// End the guest after this time (exit code 124): 30s, 1.5s, 500ms, 2m, 1h; a plain number is seconds
    #[arg(long, value_name = "DURATION", value_parser = Timeout::parse)]
    pub timeout: Option<Timeout>,

    /// Bound the guest's memory, all its parts together: 256M, 1G, or bytes. Beyond it allocation fails
    #[arg(long, value_name = "SIZE", value_parser = ByteSize::parse)]
    pub max_memory: Option<ByteSize>,

    /// What the guest sees as argv[0] (default: FILE without its folder)
    #[arg(long, value_name = "NAME")]
    pub argv0: Option<String>,

    /// The component, and the guest's arguments
    #[arg(
        value_names = ["FILE", "ARGS"],
        required = true,
        num_args = 1..,
        trailing_var_arg = true
    )]
    pub file_and_args: Vec<OsString>,
}

/// `composectl precompile`.
#[derive(Args, Debug)]
#[command(
    long_about = "Compile a component into the cache, so that its first run starts fast.\n\nDoes nothing if it is \
                        there already. The code is for this machine's processor and this composectl only."
)]
pub struct PrecompileArgs {
    /// The component
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
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
    /// FILE, and the guest's arguments without the `--` that may separate them.
    pub fn split(&self) -> (PathBuf, &[OsString]) {
        match self.file_and_args.as_slice() {
            [] => (PathBuf::new(), &[]),
            [file, separator, args @ ..] if separator == "--" => (file.into(), args),
            [file, args @ ..] => (file.into(), args),
        }
    }
}

/// Parses the process's arguments. Wrong usage ends the process with composectl's own code instead of clap's
/// 2, which many programs use themselves.
pub fn parse() -> Cli {
    let parsed =
        Cli::command().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    parsed.unwrap_or_else(|error| {
        let _ = error.print();
        std::process::exit(if error.use_stderr() { i32::from(exit::FAILED) } else { 0 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(words: &[&str]) -> (String, Vec<String>) {
        let words = ["composectl", "run"].iter().chain(words);
        let Command::Run(args) = Cli::try_parse_from(words).expect("valid usage").command else {
            panic!("not a run")
        };
        let (file, rest) = args.split();
        let rest = rest.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        (file.to_string_lossy().into_owned(), rest)
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
        assert!(Cli::try_parse_from(["composectl", "run", "--dirs", "x", "f"]).is_err());
    }
}
