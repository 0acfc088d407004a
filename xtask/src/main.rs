//! `cargo xtask`: the build system of pylon. This file parses and dispatches; `commands` has a file a command.

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use xtask::cli::{Cli, Command};
use xtask::commands::{self, Session};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.global.json;
    match dispatch(cli) {
        Ok(code) => code,
        Err(error) => commands::explain_failure(&error, json),
    }
}

fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    if let Command::Completions { shell } = cli.command {
        clap_complete::generate(shell, &mut Cli::command(), "cargo-xtask", &mut std::io::stdout());
        return Ok(ExitCode::SUCCESS);
    }
    let session = Session::new(cli.global)?;
    let result = match cli.command {
        Command::Setup => commands::setup::run(&session),
        Command::Gen(args) => commands::r#gen::run(&session, &args),
        Command::Vendor(args) => commands::vendor::run(&session, &args),
        Command::Build(args) => commands::build::run(&session, &args),
        Command::Compose(args) => commands::compose::run(&session, &args),
        Command::Dynlink(args) => commands::dynlink::run(&session, &args),
        Command::Run(args) => return commands::run::run(&session, args),
        Command::RunMp(args) => return commands::run_mp::run(&session, &args),
        Command::StaticMp(args) => commands::static_mp::run(&session, &args),
        Command::Test(args) => commands::test::run(&session, &args),
        Command::List => commands::list::run(&session),
        Command::Explain(args) => commands::explain::run(&session, &args),
        Command::Doctor => commands::doctor::run(&session),
        Command::Clean(args) => commands::clean::run(&session, &args),
        Command::Bench(args) => commands::bench::run(&session, &args),
        Command::Completions { .. } => Ok(()),
    };
    session.finish();
    result.map(|()| ExitCode::SUCCESS)
}
