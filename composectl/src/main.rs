//! composectl: runs pylon.wasm and other WASI programs.
//!
//! `main` only parses and dispatches. What a run does, in order, is told by `run.rs`; what the guest may
//! touch by `grants.rs`; how compiled code is kept and why it may be trusted by `compiled_cache.rs`; how the
//! process ends by `exit.rs`.

// Tests open what they made themselves.
#![cfg_attr(test, allow(clippy::disallowed_methods))]

mod attention;
mod authorities;
mod beneath;
mod cli;
mod code;
mod commands;
mod compiled_cache;
mod compiler;
mod completions;
mod component;
mod connections;
mod digest_index;
mod dynlink;
mod engine;
mod exit;
mod file_systems;
mod files;
mod grants;
mod heap;
mod limits;
mod locks;
mod network;
mod overlaps;
mod paths;
mod precompile;
mod preview1;
mod preview1_paths;
mod preview1_places;
mod private_folder;
mod random;
mod report;
mod run;
mod shown;
mod status;
mod stdio;
mod totals;
mod trap;

use cli::Command;

fn main() {
    compiler::child::serve_if_ordered();
    let cli = cli::parse();
    let reporter = report::Reporter::new(cli.verbose);
    let outcome = match cli.command {
        Command::Run(args) => run::run(*args, reporter),
        Command::Precompile(args) => precompile::run(&args, reporter),
        Command::Inspect(args) => commands::inspect::run(&args),
        Command::Plan(args) => commands::plan::run(&args, reporter),
        Command::Blob(args) => commands::blob::run(&args, reporter),
        Command::Trust(args) => commands::trust::run(&args, reporter),
        Command::Pull(args) => commands::pull::run(&args, reporter),
        Command::Push(args) => commands::push::run(&args, reporter),
        Command::Doctor(args) => commands::doctor::run(&args, reporter),
        Command::Completions(args) => completions::run(&args),
    };
    exit::finish(outcome, reporter)
}
