//! Runtime dynlink: a program that resolves and calls what its arguments say (`consumer.wat`), and providers that do
//! what they should or what they should not (`provider.wat`).
//!
//! Whatever a provider does, the program gets an error value with the documented code, goes on, and ends with 0.

mod asking;
mod asking_faults;
mod attacks;
mod bombs;
mod calls;
mod faults;
mod figures;
mod limits;
mod nesting;
mod promises;
mod sources;
mod trust;
mod vouching;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use sha2::{Digest, Sha256};

use super::{Place, code, stderr, stdout};
pub use limits::with_wasi;

const CONSUMER: &str = include_str!("consumer.wat");
const PROVIDER: &str = include_str!("provider.wat");
const LINKER: &str = include_str!("linker.wat");
const STEPS: &str = include_str!("steps.wat");
const ASKER: &str = include_str!("asker.wat");

/// A provider that answers every call with its payload.
const ECHO: &str = "(call $ok (local.get $payload) (local.get $length))";

/// The text of a provider, by parts.
#[derive(Clone)]
struct Provider<'a> {
    /// What `handle` does.
    body: &'a str,
    /// What stands beside it in the core module.
    beside: &'a str,
    /// What it imports, besides the linker.
    imports: &'a str,
    /// What its core module imports for that, and what it is given.
    core_imports: &'a str,
    with: &'a str,
    /// Whether it imports the linker.
    resolves: bool,
    /// Whether it asks its consumer (`asker.wat`).
    asks: bool,
    /// Pages of its memory.
    memory: &'a str,
    /// What it exports.
    export: &'a str,
    /// What `session` does.
    session: &'a str,
}

/// A provider whose `handle` is `body`.
fn provider(body: &str) -> Provider<'_> {
    Provider {
        body,
        beside: "",
        imports: "",
        core_imports: "",
        with: "",
        resolves: false,
        asks: false,
        memory: "2",
        export: "compose:dynlink/endpoint@0.1.0",
        session: "(call $error (i32.const 194) (i32.const 15))",
    }
}

impl Provider<'_> {
    fn wasm(&self) -> Vec<u8> {
        let (linker, lowered, core, with) = if self.resolves {
            (
                LINKER,
                r#"(core func $by-id (canon lower (func $linker "resolve-by-id") (memory $mem) (realloc $realloc)))
                (core func $invoke (canon lower (func $linker "[method]instance.invoke") (memory $mem) (realloc $realloc)))
                (core func $drop (canon resource.drop $instance))"#,
                r#"(import "host" "by-id" (func $resolve (param i32 i32 i32)))
                (import "host" "invoke" (func $invoke (param i32 i32 i32 i32 i32 i32)))
                (import "host" "drop" (func $drop (param i32)))"#,
                r#"(with "host" (instance (export "by-id" (func $by-id)) (export "invoke" (func $invoke))
                (export "drop" (func $drop))))"#,
            )
        } else {
            ("", "", "", "")
        };
        let asker = |name| if self.asks { section(ASKER, name) } else { "" };
        let text = PROVIDER
            .replace("CORE_IMPORTS", &format!("{core}{}{}", asker("ASKER_CORE"), self.core_imports))
            .replace("IMPORTS", &format!("{linker}{}{}", asker("ASKER_IMPORTS"), self.imports))
            .replace("LOWERED", &format!("{lowered}{}", asker("ASKER_LOWERED")))
            .replace("MEMORY", self.memory)
            .replace("EXPORT", self.export)
            .replace("BESIDE", &format!("{}{}", asker("ASKER_BESIDE"), self.beside))
            .replace("SESSION", self.session)
            .replace("WITH", &format!("{with}{}{}", asker("ASKER_WITH"), self.with))
            .replace("BODY", self.body);
        wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"))
    }
}

/// A part of a file of parts.
fn section<'a>(parts: &'a str, name: &str) -> &'a str {
    let begin = parts.find(&format!(";; == {name}\n")).unwrap_or_else(|| panic!("no {name}"));
    let part = &parts[begin + ";; == ".len() + name.len()..];
    &part[..part.find(";; == ").unwrap_or(part.len())]
}

/// A plan that is being written, and its store.
pub struct Plan<'p> {
    place: &'p Place,
    /// Digest and further fields of each component.
    components: BTreeMap<String, (String, String)>,
    bindings: Vec<(String, String, String)>,
    policy: String,
    root: Option<String>,
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl<'p> Plan<'p> {
    pub fn new(place: &'p Place) -> Self {
        let (components, bindings) = Default::default();
        Self { place, components, bindings, policy: String::new(), root: None }
    }

    /// Puts a provider into the store and the plan. `fields` are further fields of its entry, as JSON text that
    /// begins with a comma.
    pub fn add_with(&mut self, id: &str, wasm: &[u8], fields: &str) -> &mut Self {
        let digest = hex(wasm);
        let path = self.blob(&digest);
        std::fs::create_dir_all(path.parent().expect("has one")).expect("can make the store");
        if !path.exists() {
            std::fs::write(&path, wasm).expect("can write");
        }
        self.components.insert(id.to_owned(), (digest, fields.to_owned()));
        self
    }

    fn add(&mut self, id: &str, body: &str) -> &mut Self {
        self.add_with(id, &provider(body).wasm(), "")
    }

    /// Lets `consumer` resolve `provider` under the name `name`.
    fn bind(&mut self, consumer: &str, name: &str, provider: &str) -> &mut Self {
        self.bindings.push((consumer.to_owned(), name.to_owned(), provider.to_owned()));
        self
    }

    fn policy(&mut self, policy: &str) -> &mut Self {
        self.policy = format!(r#", "policy": {policy}"#);
        self
    }

    fn blob(&self, digest: &str) -> PathBuf {
        self.place.path("store/blobs/sha256").join(digest)
    }

    /// The file in the store of the component `id`.
    fn blob_of(&self, id: &str) -> PathBuf {
        self.blob(&self.components[id].0)
    }

    /// Compiles the providers, for which one that has little time has a second: not much on a busy machine.
    fn compile(&self) {
        let blobs = self.components.values().map(|(digest, _)| self.blob(digest));
        let output = self.place.composectl(["precompile"]).args(blobs).output().expect("starts");
        assert_eq!(code(&output), 0, "{}", stderr(&output));
    }

    /// Writes the plan and returns its path.
    fn write(&self) -> PathBuf {
        let components = self.components.iter().map(|(id, (digest, fields))| {
            format!(r#"{{"id": "{id}", "digest": "sha256:{digest}"{fields}}}"#)
        });
        let bindings = self.bindings.iter().map(|(consumer, name, provider)| {
            format!(r#"{{"consumer_id": "{consumer}", "import_name": "{name}", "provider_id": "{provider}"}}"#)
        });
        let join = |items: &mut dyn Iterator<Item = String>| items.collect::<Vec<_>>().join(",\n");
        let text = format!(
            r#"{{"version": "1", {} "components": [{}], "bindings": [{}]{}}}"#,
            self.root.as_ref().map(|root| format!(r#""root": "{root}","#)).unwrap_or_default(),
            join(&mut components.into_iter()),
            join(&mut bindings.into_iter()),
            self.policy
        );
        self.place.file("plan.json", text.as_bytes())
    }

    /// Runs the consumer with this plan and these commands. These tests' plans are their own, and so are registries
    /// of theirs; what happens without that word is in `vouching.rs` and `sources.rs`.
    fn run_with(&self, flags: &[&str], commands: &[&str]) -> Output {
        self.run_by(&consumer(self.place), flags, commands)
    }

    fn run_by(&self, program: &Path, flags: &[&str], commands: &[&str]) -> Output {
        let plan = self.write();
        let plan = plan.to_str().expect("UTF-8");
        let ours = ["--allow-unsigned-grants", "--allow-private-registries"];
        let flags = [&["--plan", plan], &ours[..], flags].concat();
        self.place.run(&flags, program, commands)
    }

    /// Runs the consumer, which must end with 0 and say nothing on stderr, and returns the lines that it prints.
    #[track_caller]
    pub fn run(&self, commands: &[&str]) -> Vec<String> {
        lines(&self.run_with(&[], commands))
    }

    /// The same with the consumer that answers questions.
    #[track_caller]
    fn ask(&self, commands: &[&str]) -> Vec<String> {
        lines(&self.run_by(&answerer(self.place), &[], commands))
    }
}

/// The parts of `steps.wat`.
const STEP_PARTS: [&str; 5] =
    ["STEPS_LOWERED", "STEPS_IMPORTS", "STEPS_FUNCTIONS", "STEPS_COMMANDS", "STEPS_GIVEN"];

/// A program of version 0.1.0, which takes no questions.
fn consumer(place: &Place) -> PathBuf {
    let text = STEP_PARTS.iter().fold(CONSUMER.to_owned(), |text, part| text.replace(part, ""));
    assembled(place, &text.replace("LINKER", LINKER))
}

/// The same in version 0.1.1, which answers questions.
fn answerer(place: &Place) -> PathBuf {
    let more = format!("{}(export \"resolve-by-id\"", section(STEPS, "STEPS_LINKER"));
    let linker = LINKER.replace("linker@0.1.0", "linker@0.1.1").replacen(
        "(export \"resolve-by-id\"",
        &more,
        1,
    );
    let text = STEP_PARTS
        .iter()
        .fold(CONSUMER.to_owned(), |text, part| text.replace(part, section(STEPS, part)));
    assembled(place, &text.replace("LINKER", &linker))
}

fn assembled(place: &Place, text: &str) -> PathBuf {
    let wasm = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"));
    place.file("consumer.wasm", &wasm)
}

/// What a run printed, which must have gone well.
#[track_caller]
fn lines(output: &Output) -> Vec<String> {
    assert_eq!((code(output), stderr(output).as_str()), (0, ""), "{}", stdout(output));
    stdout(output).lines().map(str::to_owned).collect()
}

/// Fails unless `line` is an error with this code whose message and context hold all of `parts`.
#[track_caller]
fn assert_error(line: &str, code: &str, parts: &[&str]) {
    assert!(line.starts_with(&format!("{code}|")), "not {code}: {line}");
    for part in parts {
        assert!(line.contains(part), "lacks `{part}`: {line}");
    }
}

/// Runs the consumer as [`Plan::run`] does, and says how much memory the process had at most, in bytes.
#[track_caller]
fn run_measured(plan: &Plan<'_>, commands: &[&str]) -> (Vec<String>, u64) {
    measured(plan, &consumer(plan.place), commands)
}

#[track_caller]
fn measured(plan: &Plan<'_>, program: &Path, commands: &[&str]) -> (Vec<String>, u64) {
    let path = plan.write();
    let flags = ["--plan", path.to_str().expect("UTF-8")];
    // It is looked at while it waits: it has done all else, and is still there.
    let commands = [commands, &["p"]].concat();
    let mut command = plan.place.run_command(&flags, program, &commands);
    let mut running = Running::start(command.stdin(Stdio::piped()));
    let lines: Vec<_> =
        std::iter::from_fn(|| running.line().filter(|line| line != "waits")).collect();
    let most = running.most_memory();
    assert_eq!(running.end(), [""; 0], "{lines:?}");
    (lines, most.expect("it waited"))
}

/// A consumer that runs.
struct Running {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("composectl starts");
        let stdout = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { child, stdout }
    }

    /// The next line that it prints, if it does not end before.
    fn line(&mut self) -> Option<String> {
        self.stdout.next().map(|line| line.expect("UTF-8"))
    }

    /// The kernel's high-water mark of this process alone; nothing if it has ended. (What wait4 reports counts the memory
    /// of the process that started it, too.)
    fn most_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
    }

    /// The lines that it goes on to print. It must end well.
    #[track_caller]
    fn end(mut self) -> Vec<String> {
        drop(self.child.stdin.take());
        let rest = std::iter::from_fn(|| self.line()).collect();
        let output = self.child.wait_with_output().expect("ended");
        assert_eq!((code(&output), stderr(&output).as_str()), (0, ""), "{rest:?}");
        rest
    }
}
