//! `cargo xtask run-mp`: the image of MicroPython on an engine: a real WAMR built from its sources, or what is installed.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Result, anyhow};

use super::{Failure, Session, static_mp};
use crate::cli::{self, Runner};
use crate::{composectl, wamr};

/// Makes the image as `static-mp` does with the same arguments, and becomes the engine that runs it.
pub fn run(session: &Session, args: &cli::RunMp) -> Result<ExitCode> {
    let Some(made) = static_mp::make(session, &args.image)? else { return Ok(ExitCode::SUCCESS) };
    let program = match args.engine {
        Runner::Wamr => wamr::build(session.cargo_options())?,
        Runner::Composectl => composectl::build(session.cargo_options())?,
        Runner::Iwasm => PathBuf::from("iwasm"),
        Runner::Wasmtime => PathBuf::from("wasmtime"),
    };
    session.finish();
    let mut command = Command::new(&program);
    command.args(words(args.engine, args.stack_size, &args.dir, &made.output)).args(&args.args);
    let error = command.exec();
    let name = program.display();
    if error.kind() == ErrorKind::NotFound {
        let hint = "leave --engine out for the WAMR that xtask builds by itself";
        return Err(Failure::Usage(format!("there is no {name} in PATH\nhint: {hint}")).into());
    }
    Err(anyhow!("cannot start {name}: {error}"))
}

/// The engine's words in front of MicroPython's arguments.
fn words(engine: Runner, stack: Option<u32>, dirs: &[PathBuf], image: &Path) -> Vec<OsString> {
    let with_value = |flag: &str, value: &Path| {
        let mut word = OsString::from(flag);
        word.push("=");
        word.push(value);
        word
    };
    let mut words: Vec<OsString> = Vec::new();
    match engine {
        Runner::Wamr | Runner::Iwasm => {
            let stack = stack.unwrap_or(wamr::STACK_SIZE);
            words.push(format!("--stack-size={stack}").into());
        }
        // What they give by themselves is enough.
        Runner::Wasmtime => {
            words.push("run".into());
            words.extend(stack.map(|stack| format!("-Wmax-wasm-stack={stack}").into()));
        }
        Runner::Composectl => {
            words.push("run".into());
            words.extend(stack.map(|stack| format!("--max-wasm-stack={stack}").into()));
        }
    }
    words.extend(dirs.iter().map(|dir| with_value("--dir", dir)));
    words.push(image.into());
    if engine == Runner::Composectl {
        // The first is taken away; MicroPython may have one of its own.
        words.push("--".into());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_engine_gets_its_own_words() {
        let dirs = [PathBuf::from(".")];
        let line = |engine, stack| {
            let words = words(engine, stack, &dirs, Path::new("mp.wasm"));
            words.join(std::ffi::OsStr::new(" ")).into_string().expect("UTF-8")
        };
        assert_eq!(line(Runner::Wamr, None), "--stack-size=1048576 --dir=. mp.wasm");
        assert_eq!(line(Runner::Iwasm, Some(65536)), "--stack-size=65536 --dir=. mp.wasm");
        assert_eq!(line(Runner::Wasmtime, None), "run --dir=. mp.wasm");
        assert_eq!(line(Runner::Wasmtime, Some(9)), "run -Wmax-wasm-stack=9 --dir=. mp.wasm");
        assert_eq!(
            line(Runner::Composectl, Some(65536)),
            "run --max-wasm-stack=65536 --dir=. mp.wasm --"
        );
    }
}
