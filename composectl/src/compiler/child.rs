//! The child that compiles: the side of it that runs in the child.

use std::ffi::OsString;
use std::io::{self, Read, Write};

use composectl_wasm::names;

use super::bounds::{self, Budget};
use super::{CODE, COMMAND, REFUSAL};
use crate::code::Program;
use crate::engine::{self, Role};

/// What the child is to do, as its command line says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    pub role: Role,
    pub budget: Budget,
}

impl Order {
    /// The words of the command line, and who gives them.
    pub fn words(self) -> [String; 5] {
        let role = match self.role {
            Role::Program => "program",
            Role::Provider => "provider",
            Role::Untimed => "untimed",
        };
        let Budget { memory, seconds } = self.budget;
        let parent = std::process::id().to_string();
        [COMMAND.to_owned(), role.to_owned(), memory.to_string(), seconds.to_string(), parent]
    }

    /// The order that these words are (without the program's name), and the process that gave it.
    fn read(words: &[String]) -> Option<(Self, u32)> {
        let [command, role, memory, seconds, parent] = words else { return None };
        let role = match role.as_str() {
            "program" => Role::Program,
            "provider" => Role::Provider,
            "untimed" => Role::Untimed,
            _ => return None,
        };
        let budget = Budget { memory: memory.parse().ok()?, seconds: seconds.parse().ok()? };
        (command == COMMAND).then_some((Self { role, budget }, parent.parse().ok()?))
    }
}

/// Does what a parent has ordered, if this process was started for that, and ends it.
pub fn serve_if_ordered() {
    let words: Vec<String> = std::env::args_os()
        .skip(1)
        .take(6)
        .map_while(|word| OsString::into_string(word).ok())
        .collect();
    let Some((order, parent)) = Order::read(&words) else { return };
    if !end_with(parent) {
        return;
    }
    limit(order.budget);
    let answered = match compile(order.role) {
        Ok(code) => answer(&[format!("{CODE}{}\n", code.len()).as_bytes(), &code]),
        Err(why) => answer(&[REFUSAL.as_bytes(), why.as_bytes()]),
    };
    std::process::exit(i32::from(answered.is_err()));
}

/// Has the kernel end this process with the parent; false if that is gone already.
fn end_with(parent: u32) -> bool {
    // SAFETY: both calls take numbers only.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        libc::getppid() == parent as libc::pid_t
    }
}

/// Sets the kernel's limits. What it counts as data is all memory that is written to, threads' stacks too, and no
/// addresses that are only reserved.
fn limit(budget: Budget) {
    let set = |resource, soft: u64, hard: u64| {
        let limit = libc::rlimit { rlim_cur: soft, rlim_max: hard };
        // SAFETY: the call gets a valid structure. A limit that is lower already cannot be raised, and need not.
        unsafe { libc::setrlimit(resource, &limit) };
    };
    set(libc::RLIMIT_DATA, budget.memory, budget.memory);
    set(libc::RLIMIT_CPU, budget.seconds, budget.seconds + 1);
    set(libc::RLIMIT_CORE, 0, 0);
}

fn compile(role: Role) -> Result<Vec<u8>, String> {
    let mut wasm = Vec::new();
    io::stdin().lock().read_to_end(&mut wasm).map_err(|error| error.to_string())?;
    bounds::check(&wasm)?;
    let compiler = engine::compiler(role).map_err(|failure| failure.message)?;
    if role == Role::Program {
        names::hide(&mut wasm);
    }
    Program::compile(&compiler, &wasm).map_err(|error| format!("{error:#}"))
}

fn answer(parts: &[&[u8]]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    parts.iter().try_for_each(|part| out.write_all(part))?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_read_back_and_nothing_else_is_one() {
        let order = Order { role: Role::Provider, budget: Budget::for_size(1000) };
        let words = order.words();
        assert_eq!(Order::read(&words), Some((order, std::process::id())));
        for at in 0..words.len() {
            let mut other = words.clone();
            other[at] = "x".to_owned();
            assert_eq!(Order::read(&other), None, "{other:?}");
        }
        assert_eq!(Order::read(&words[..4]), None);
        assert_eq!(Order::read(&[]), None);
    }
}
