//! `composectl completions`: the completion script of a shell, on stdout.

use std::io::Write;

use clap::CommandFactory;

use crate::cli::{Cli, CompletionsArgs};
use crate::exit::{FAILED, Failure, Outcome};

/// Prints the script. Built in memory first: a closed stdout is an error here, not a panic in the generator.
pub fn run(args: &CompletionsArgs) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "composectl", &mut script);
    let mut stdout = std::io::stdout();
    stdout
        .write_all(&script)
        .and_then(|()| stdout.flush())
        .map_err(|error| Failure::new(FAILED, format_args!("cannot write the script: {error}")))?;
    Ok(0)
}
