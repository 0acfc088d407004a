//! `cargo xtask`: the build system of pylon. This file parses and dispatches; `commands` has a file a command.

#![deny(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use xtask::cli::{Cli, Command};
use xtask::commands::{self, Session};
use xtask::output;

fn main() -> ExitCode {
    let (json, result) = match Cli::try_parse() {
        Ok(cli) => (cli.global.json, dispatch(cli)),
        Err(wrong) if wrong.use_stderr() => wrong.exit(),
        Err(help) => (false, output::print(&help.render().to_string()).map(|()| ExitCode::SUCCESS)),
    };
    result.unwrap_or_else(|error| commands::explain_failure(&error, json))
}

fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    if let Command::Completions { shell } = cli.command {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "cargo-xtask", &mut script);
        output::print(&String::from_utf8(script)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let session = Session::new(cli.global)?;
    let result = match cli.command {
        Command::Setup => commands::setup::run(&session),
        Command::Gen(args) => commands::r#gen::run(&session, &args),
        Command::New(args) => commands::new::run(&session, &args),
        Command::Vendor(args) => commands::vendor::run(&session, &args),
        Command::Build(args) => commands::build::run(&session, &args),
        Command::Compose(args) => commands::compose::run(&session, &args),
        Command::Dynlink(args) => commands::dynlink::run(&session, &args),
        Command::Run(args) => return commands::run::run(&session, args),
        Command::RunMp(args) => return commands::run_mp::run(&session, &args),
        Command::StaticMp(args) => commands::static_mp::run(&session, &args),
        Command::Test(args) => commands::test::run(&session, &args),
        Command::List(args) => commands::list::run(&session, &args),
        Command::Explain(args) => commands::explain::run(&session, &args),
        Command::Doctor => commands::doctor::run(&session),
        Command::Clean(args) => commands::clean::run(&session, &args),
        Command::Bench(args) => commands::bench::run(&session, &args),
        Command::Completions { .. } => Ok(()),
    };
    session.finish();
    result.map(|()| ExitCode::SUCCESS)
}
