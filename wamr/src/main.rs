//! `pylon-wamr`: runs a WASI program on WAMR's fast interpreter, in the manner of iwasm.

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::process::exit;

use clap::Parser;
use clap::builder::{OsStringValueParser, TypedValueParser as _};
use pylon_wamr::{Ended, Error, Program, Runtime};

/// Wrong usage, a folder that cannot be granted, too little memory.
const FAILED: i32 = 125;
/// FILE is no module that this WAMR can run.
const NOT_RUNNABLE: i32 = 126;
const NOT_FOUND: i32 = 127;
const TRAPPED: i32 = 134;

const AFTER_HELP: &str = "\
Examples:
  pylon-wamr --stack-size=1048576 target/pylon/micropython-wamr.wasm -c 'print(6 * 7)'
  pylon-wamr --stack-size=1048576 --dir=. target/pylon/micropython-wamr.wasm script.py
  pylon-wamr --map-dir=/data::/srv/corpus --env=LANG=C program.wasm /data/report.txt

Exit codes:
  0-255  the program's own
  125    wrong usage, or a folder that cannot be granted
  126    FILE is no WASI command that this WAMR can run
  127    FILE does not exist
  134    the program trapped; why is on standard error (iwasm: 1, and standard output)";

#[derive(Parser, Debug)]
#[command(
    name = "pylon-wamr",
    version,
    about = "Runs a WASI program on WAMR's fast interpreter, in the manner of iwasm",
    long_about = "Runs a WASI program (preview 1) on the fast interpreter of a real WAMR, of 2020-12, in the manner of \
                  iwasm. The program gets the standard streams, clocks, random numbers and its arguments, and what \
                  flags grant.",
    after_help = AFTER_HELP
)]
struct Cli {
    /// Bytes of stack for wasm functions
    #[arg(long, value_name = "BYTES", default_value_t = Program::STACK_SIZE)]
    stack_size: u32,

    /// Bytes of heap for WAMR's own allocations in the program's memory; at least 1024 are taken
    #[arg(long, value_name = "BYTES", default_value_t = Program::HEAP_SIZE)]
    heap_size: u32,

    /// Grant a folder, under the same name
    #[arg(long, value_name = "DIR")]
    dir: Vec<PathBuf>,

    /// Grant a folder under another name
    #[arg(long, value_name = "GUEST::HOST", value_parser = MappedDir::parse)]
    map_dir: Vec<MappedDir>,

    /// Set an environment variable
    #[arg(long, value_name = "NAME=VALUE", value_parser = OsStringValueParser::new().try_map(Variable::parse))]
    env: Vec<Variable>,

    /// Tell nothing of what the standard streams are in the states of their descriptors, as WAMR 2.4 does: for tests
    #[arg(long)]
    untyped_streams: bool,

    /// What WAMR says on standard error: 0 nothing, 1 errors, 2 warnings, up to 5 everything
    #[arg(short, value_name = "LEVEL", default_value_t = 2, value_parser = clap::value_parser!(u32).range(..=5))]
    verbose: u32,

    /// The module, and the program's arguments
    #[arg(value_names = ["FILE", "ARGS"], required = true, num_args = 1.., trailing_var_arg = true)]
    file_and_args: Vec<OsString>,
}

#[derive(Clone, Debug)]
struct MappedDir {
    guest: OsString,
    host: PathBuf,
}

impl MappedDir {
    fn parse(text: &str) -> Result<MappedDir, String> {
        match text.split_once("::") {
            Some((guest, host)) if !guest.is_empty() && !host.is_empty() => {
                Ok(MappedDir { guest: guest.into(), host: host.into() })
            }
            _ => Err("expected GUEST::HOST".to_owned()),
        }
    }
}

#[derive(Clone, Debug)]
struct Variable {
    name: OsString,
    value: OsString,
}

impl Variable {
    fn parse(text: OsString) -> Result<Variable, &'static str> {
        let bytes = text.as_bytes();
        match bytes.iter().position(|&byte| byte == b'=') {
            Some(at) if at > 0 => Ok(Variable {
                name: OsStr::from_bytes(&bytes[..at]).to_owned(),
                value: OsStr::from_bytes(&bytes[at + 1..]).to_owned(),
            }),
            _ => Err("expected NAME=VALUE"),
        }
    }
}

fn main() {
    let cli = Cli::try_parse().unwrap_or_else(|error| {
        let _ = error.print();
        exit(if error.use_stderr() { FAILED } else { 0 });
    });
    let code = match run(&cli) {
        Ok(Ended::Exit(code)) => (code & 0xff) as i32,
        Ok(Ended::Trap(reason)) => {
            eprintln!("pylon-wamr: trap: {reason}");
            if reason.contains("stack overflow") {
                let size = cli.stack_size;
                eprintln!("pylon-wamr: hint: --stack-size=BYTES gives more than {size}");
            }
            TRAPPED
        }
        Err((code, message)) => {
            eprintln!("pylon-wamr: {message}");
            code
        }
    };
    exit(code);
}

/// Runs the program; an error comes with the exit code.
fn run(cli: &Cli) -> Result<Ended, (i32, String)> {
    let file = cli.file_and_args[0].as_os_str();
    let name = file.display();
    let failed = |error: Error| {
        let code = match error {
            Error::Load(_) | Error::Instantiate(_) | Error::NoStart => NOT_RUNNABLE,
            _ => FAILED,
        };
        let about_file = if code == NOT_RUNNABLE { format!("{name}: ") } else { String::new() };
        (code, format!("{about_file}{error}"))
    };
    let program = program(cli).map_err(failed)?;
    let bytes = std::fs::read(file).map_err(|error| {
        let code = if error.kind() == ErrorKind::NotFound { NOT_FOUND } else { NOT_RUNNABLE };
        (code, format!("cannot read {name}: {error}"))
    })?;
    let mut runtime = Runtime::start().map_err(failed)?;
    runtime.set_log_level(cli.verbose);
    let mut module = runtime.load(bytes).map_err(failed)?;
    let instance = module.instantiate(&program).map_err(failed)?;
    instance.run().map_err(failed)
}

fn program(cli: &Cli) -> Result<Program, Error> {
    let mut program = Program::new().stack_size(cli.stack_size).heap_size(cli.heap_size);
    if cli.untyped_streams {
        program = program.untyped_streams();
    }
    for arg in &cli.file_and_args {
        program = program.arg(arg)?;
    }
    for Variable { name, value } in &cli.env {
        program = program.env(name, value)?;
    }
    for dir in &cli.dir {
        program = program.dir(dir, dir)?;
    }
    for MappedDir { guest, host } in &cli.map_dir {
        program = program.dir(host, guest)?;
    }
    Ok(program)
}
