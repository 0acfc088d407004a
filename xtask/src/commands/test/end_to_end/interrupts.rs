//! Ctrl-C: KeyboardInterrupt at the next safe point, wherever the program is, and the end of the process at the second if the
//! program has not seen the first. Other signals: what the program has for them, or what they do by default.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};

use super::super::subject::Subject;
use super::super::suite::Test;

/// What a program does when Ctrl-C comes, and what it prints from then on. Each ends by the signal, and says `ready()` where it
/// is to come.
const INTERRUPTED: &[(&str, &str, &str)] = &[
    ("a loop", "ready()\n    while True: pass", "finally\n"),
    ("time.sleep", "ready(); time.sleep(60)", "finally\n"),
    ("select", "ready(); select.select([], [], [], 60)", "finally\n"),
    (
        "a lock",
        "lock = threading.Lock(); lock.acquire(); ready(); lock.acquire(timeout=60)",
        "finally\n",
    ),
    ("a queue", "empty = queue.Queue(); ready(); empty.get(timeout=60)", "finally\n"),
    ("a regex", "ready(); re.match('(a+)+$', 'a' * 60 + 'b')", "finally\n"),
    ("input", "ready(); input()", "finally\n"),
    (
        "asyncio",
        "async def main():\n        ready()\n        await asyncio.sleep(60)\n    asyncio.run(main())",
        "finally\n",
    ),
    (
        "a handler",
        "came = []\n    signal.signal(signal.SIGINT, lambda *_: came.append(print('handler', flush=True))); ready()\n    \
         while not came: begin = time.monotonic(); time.sleep(0.7); slept = time.monotonic() - begin\n    \
         print(slept >= 0.7); signal.raise_signal(signal.SIGINT); sys.exit(130)",
        "handler\nTrue\nhandler\nfinally\n",
    ),
    (
        "no handler",
        "signal.signal(signal.SIGINT, signal.SIG_DFL); ready(); time.sleep(0.5); [0 for _ in iter(int, 1)]",
        "",
    ),
];

/// A signal that others send, what the program does with it, and what it prints from then on.
const TOLD: &[(&str, Signal, &str, &str)] = &[
    (
        "a handler of SIGTERM",
        Signal::TERM,
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(3)); ready(); time.sleep(60)",
        "finally\n",
    ),
    (
        "a handler of SIGTERM in a loop",
        Signal::TERM,
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(3)); ready(); [0 for _ in iter(int, 1)]",
        "finally\n",
    ),
    (
        "a handler of a loop of asyncio",
        Signal::TERM,
        "async def main():\n        came = asyncio.Event()\n        \
         asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, came.set)\n        ready()\n        \
         await came.wait()\n        print('came', flush=True)\n    asyncio.run(main()); sys.exit(3)",
        "came\nfinally\n",
    ),
    (
        "SIGHUP ignored",
        Signal::HUP,
        "signal.signal(signal.SIGHUP, signal.SIG_IGN); ready(); time.sleep(0.7); sys.exit(3)",
        "finally\n",
    ),
    (
        "SIGUSR1 waited for",
        Signal::USR1,
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1]); ready()\n    \
         print(signal.sigwait([signal.SIGUSR1]), flush=True); sys.exit(3)",
        "10\nfinally\n",
    ),
    (
        "pause",
        Signal::USR2,
        "signal.signal(signal.SIGUSR2, lambda *_: print('handler', flush=True)); ready(); signal.pause(); sys.exit(3)",
        "handler\nfinally\n",
    ),
];

pub fn tests<'a>(subject: &'a Subject<'a>, dynlinked: &'a Subject<'a>) -> Result<Vec<Test<'a>>> {
    let mut tests: Vec<_> = INTERRUPTED
        .iter()
        .map(|(name, code, expected)| {
            Test::simple(format!("Ctrl-C in {name}"), move || interrupt(subject, code, expected))
        })
        .collect();
    for &(name, signal, code, expected) in TOLD {
        for (inherited, shown) in [(FOREGROUND, ""), (BACKGROUND, ", in the background")] {
            let test = move || told(inherited, subject, signal, code, expected);
            tests.push(Test::simple(format!("signals: {name}{shown}"), test));
        }
    }
    for (name, signal) in [("SIGTERM", Signal::TERM), ("SIGUSR1", Signal::USR1)] {
        let test = move || by_default(subject, signal);
        tests.push(Test::simple(format!("signals: {name} by default"), test));
    }
    tests.push(Test::simple("Ctrl-C and on", move || goes_on(subject)));
    tests.push(Test::simple("a second Ctrl-C", move || second(subject)));
    if dynlinked.extensions()?.iter().any(|extension| extension.name == "duckdb") {
        tests.push(Test::simple("Ctrl-C in a query of DuckDB", move || query(dynlinked)));
    }
    Ok(tests)
}

/// Options of env: how a shell starts what it waits for, and what a script starts beside it.
const FOREGROUND: &str = "--default-signal=INT";
const BACKGROUND: &str = "--ignore-signal=INT";

/// A program that has said that it is where it is to be.
struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Running {
    fn start(subject: &Subject, code: &str) -> Result<Running> {
        Running::start_as(FOREGROUND, subject, code)
    }

    fn start_as(inherited: &str, subject: &Subject, code: &str) -> Result<Running> {
        let program = format!(
            "import asyncio, queue, re, select, signal, sys, threading, time\n\
             def ready(): print('ready', flush=True)\n\
             try:\n    {code}\nfinally:\n    print('finally', flush=True)\n"
        );
        Running::start_program(inherited, subject, &program)
    }

    fn start_program(inherited: &str, subject: &Subject, program: &str) -> Result<Running> {
        let mut composectl = subject.composectl()?;
        composectl.args(["--timeout", "10m"]).arg(&subject.built()?.pylon);
        composectl.args(["--", "-c", program]);
        let mut command = Command::new("env");
        command.arg(inherited).arg(composectl.get_program());
        command.args(composectl.get_args());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("starting composectl")?;
        let stdout = child.stdout.take().context("it has no standard output")?;
        let mut running = Running { child, stdout: BufReader::new(stdout) };
        running.wait_for("ready\n")?;
        Ok(running)
    }

    fn wait_for(&mut self, expected: &str) -> Result<()> {
        let mut line = String::new();
        self.stdout.read_line(&mut line)?;
        ensure!(line == expected, "it said {line:?} and not {expected:?}: {}", self.errors()?);
        self.settle()
    }

    /// Waits until it is where it goes next: it sleeps there, or has computed for a while.
    fn settle(&self) -> Result<()> {
        let process = PathBuf::from(format!("/proc/{}", self.child.id()));
        let of_all = || Stat::read(&process).context("invariant: nobody has waited for it yet");
        let enough = of_all()?.ticks + 5;
        loop {
            // One that ends meanwhile is not there any more.
            let tasks = std::fs::read_dir(process.join("task"))?.flatten();
            let mut states = tasks.filter_map(|task| Some(Stat::read(&task.path())?.state));
            let all = of_all()?;
            ensure!(all.state != 'Z', "it has ended");
            if all.ticks >= enough || states.all(|state| state == 'S') {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn interrupt(&self) -> Result<()> {
        self.send(Signal::INT)
    }

    fn send(&self, signal: Signal) -> Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        Ok(kill_process(pid.context("invariant: a process has a number")?, signal)?)
    }

    fn errors(&mut self) -> Result<String> {
        let mut text = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            let _ = self.child.kill();
            stderr.read_to_string(&mut text)?;
        }
        Ok(text)
    }

    /// Waits for the end, which must be by SIGINT; returns what was printed and said until then.
    fn end(self) -> Result<(String, String)> {
        let (status, out, said) = self.end_with()?;
        let interrupt = Signal::INT.as_raw();
        ensure!(status.signal() == Some(interrupt), "it ended with {status}:\n{out}{said}");
        Ok((out, said))
    }

    fn end_with(mut self) -> Result<(ExitStatus, String, String)> {
        let (mut out, mut said) = (String::new(), String::new());
        self.stdout.read_to_string(&mut out)?;
        self.child.stderr.take().context("it has no standard error")?.read_to_string(&mut said)?;
        Ok((self.child.wait()?, out, said))
    }
}

/// What the kernel says of a process or a thread.
struct Stat {
    /// Such as `S`: it sleeps.
    state: char,
    /// Of processor time, a hundred a second.
    ticks: u64,
}

impl Stat {
    fn read(folder: &Path) -> Option<Stat> {
        let text = std::fs::read_to_string(folder.join("stat")).ok()?;
        // Behind the name, which is in parentheses.
        let fields: Vec<_> = text.rsplit_once(") ")?.1.split(' ').collect();
        let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
        Some(Stat { state: fields.first()?.chars().next()?, ticks: number(11)? + number(12)? })
    }
}

fn interrupt(subject: &Subject, code: &str, expected: &str) -> Result<()> {
    let running = Running::start(subject, code)?;
    running.interrupt()?;
    let (out, said) = running.end()?;
    ensure!(out == expected, "it printed {out:?}: {said}");
    let is_plain = expected == "finally\n";
    ensure!(said.trim_end().ends_with("KeyboardInterrupt") == is_plain, "{said}");
    Ok(())
}

/// Each of the programs ends with 3 when it has done what it does with the signal.
fn told(
    inherited: &str,
    subject: &Subject,
    signal: Signal,
    code: &str,
    expected: &str,
) -> Result<()> {
    let running = Running::start_as(inherited, subject, code)?;
    running.send(signal)?;
    let (status, out, said) = running.end_with()?;
    ensure!(status.code() == Some(3) && out == expected, "{status}: {out}{said}");
    Ok(())
}

/// Without a handler the process ends as any other, at once.
fn by_default(subject: &Subject, signal: Signal) -> Result<()> {
    let running = Running::start(subject, "ready()\n    while True: pass")?;
    running.send(signal)?;
    let (status, out, said) = running.end_with()?;
    ensure!(status.signal() == Some(signal.as_raw()), "{status}: {out}{said}");
    ensure!(out.is_empty() && said.is_empty(), "{out}{said}");
    Ok(())
}

/// Each Ctrl-C is one exception, and the program goes on as it likes.
fn goes_on(subject: &Subject) -> Result<()> {
    let code = "ready()\n    for n in range(3):\n        try: time.sleep(60)\n        except KeyboardInterrupt: print(n, flush=True)\n    while True: pass";
    let mut running = Running::start(subject, code)?;
    for line in ["0\n", "1\n", "2\n"] {
        running.interrupt()?;
        running.wait_for(line)?;
    }
    running.interrupt()?;
    let (out, said) = running.end()?;
    ensure!(out == "finally\n" && said.contains("KeyboardInterrupt"), "{out}{said}");
    Ok(())
}

/// What looks at no signals is ended by the second.
fn second(subject: &Subject) -> Result<()> {
    let mut running = Running::start(subject, "ready(); sum(iter(int, 1))")?;
    running.interrupt()?;
    thread::sleep(Duration::from_millis(500));
    running.settle()?;
    ensure!(running.child.try_wait()?.is_none(), "it ended at the first");
    running.interrupt()?;
    let (out, said) = running.end()?;
    ensure!(out.is_empty() && said.is_empty(), "{out}{said}");
    Ok(())
}

/// A query ends between two of its tasks, and its connection runs the next.
fn query(subject: &Subject) -> Result<()> {
    let code = "ready(); import duckdb; connection = duckdb.connect()\n    \
                long = 'select count(*) from range(1000000) a, range(1000000) b'\n    \
                print('connected', flush=True)\n    try: connection.execute(long)\n    \
                except KeyboardInterrupt: print(connection.execute('select 42').fetchall(), flush=True)\n    \
                connection.sql(long).fetchall()";
    let mut running = Running::start(subject, code)?;
    running.wait_for("connected\n")?;
    running.interrupt()?;
    running.wait_for("[(42,)]\n")?;
    running.interrupt()?;
    let (out, said) = running.end()?;
    ensure!(out == "finally\n" && said.trim_end().ends_with("KeyboardInterrupt"), "{out}{said}");
    Ok(())
}
