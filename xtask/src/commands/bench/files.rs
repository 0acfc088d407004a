//! Files and connections: Python in wasm against the same scripts in a native CPython, in turns.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use super::Bench;
use super::measure::{self, Sample};
use super::table::{Row, Target, Unit};

/// Name, what is done, how much slower than native it may be.
const FIGURES: &[(&str, &str, f64)] = &[
    ("write", "write 256 MiB in pieces of 1 MiB", 1.4),
    ("read", "read 256 MiB in pieces of 1 MiB", 2.2),
    ("small-writes", "50,000 unbuffered writes of 10 bytes", 3.0),
    ("seeks", "20,000 times seek and read(16)", 4.0),
    ("listdir", "listdir of 2,000 names, 10 times", 4.0),
    ("stat", "stat, 20,000 times", 3.0),
];

const TURNS: usize = 4;

/// What `bench/files.py` prints.
type Run = BTreeMap<String, Vec<f64>>;

pub fn files(bench: &Bench) -> Result<Vec<Row>> {
    let programs = bench.programs()?;
    let scripts = bench.session.root().join("bench");
    let work = tempfile::Builder::new().prefix("files").tempdir_in(in_memory(bench)?)?;
    let mounts =
        [format!("{}::/bench:ro", scripts.display()), format!("{}::/work", work.path().display())];
    let flags = ["--dir", &mounts[0], "--dir", &mounts[1]];
    let mut runs: [Vec<Run>; 2] = Default::default();
    for _ in 0..TURNS {
        let mut native = Command::new(&programs.native.program);
        native.arg(scripts.join("files.py")).arg(work.path());
        let ours = programs.pylon(&flags, &["/bench/files.py", "/work"]);
        for (mut command, runs) in [ours, native].into_iter().zip(&mut runs) {
            let said = measure::run(&mut command)?;
            runs.push(serde_json::from_str(&said).context("files.py printed no JSON")?);
        }
    }
    let sample = |side: usize, name: &str| -> Result<Sample> {
        let wall: Vec<f64> =
            runs[side].iter().filter_map(|run| run.get(name)).flatten().copied().collect();
        ensure!(!wall.is_empty(), "files.py did not measure {name}");
        Ok(Sample { wall, cpu: None })
    };
    FIGURES
        .iter()
        .map(|(name, what, most)| {
            Ok(Row {
                name: format!("files-{name}"),
                what: (*what).to_owned(),
                unit: Unit::Seconds,
                ours: sample(0, name)?.into(),
                reference: Some(sample(1, name)?.into()),
                target: Target::Ratio(*most),
                note: format!("against {}", programs.native.version),
            })
        })
        .collect()
}

/// A folder whose files are in memory, where there is one, so that no disk is measured.
pub(super) fn in_memory(bench: &Bench) -> Result<std::path::PathBuf> {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        return Ok(memory.to_owned());
    }
    Ok(bench.copy()?.scratch().to_owned())
}

/// What the session is made of, from PyPI; all are of Python alone.
const PACKAGES: &[&str] = &[
    "requests==2.32.5",
    "urllib3==2.5.0",
    "idna==3.10",
    "certifi==2025.8.3",
    "charset-normalizer==3.4.3",
];

/// 100 requests over one `requests.Session` to a server of this machine.
pub fn session(bench: &Bench) -> Result<Vec<Row>> {
    let ([ours, reference], note) = over_one_connection(bench, None)?;
    Ok(vec![Row {
        name: "files-session".to_owned(),
        what: "100 requests over one Session".to_owned(),
        unit: Unit::Seconds,
        ours: ours.into(),
        reference: Some(reference.into()),
        target: Target::Ratio(2.0),
        note,
    }])
}

/// The same, ours and native. `certificates` has `server.pem` and `ca.pem` of a server with TLS. Whether they are one connection is
/// part of the figure: a client that thinks its idle connection dead makes another.
pub(super) fn over_one_connection(
    bench: &Bench,
    certificates: Option<&Path>,
) -> Result<([Sample; 2], String)> {
    let programs = bench.programs()?;
    let scripts = bench.session.root().join("bench");
    let packages = bench.copy()?.scratch().join("packages");
    fs::create_dir_all(&packages)?;
    let mut install = Command::new(&programs.native.program);
    install.args(["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--target"]);
    measure::run(install.arg(&packages).args(PACKAGES)).context("cannot fetch requests")?;

    let mut mounts = vec![
        format!("--dir={}::/bench:ro", scripts.display()),
        format!("--dir={}::/packages:ro", packages.display()),
    ];
    mounts.extend(certificates.map(|dir| format!("--dir={}::/certificates:ro", dir.display())));
    let flags: Vec<_> =
        ["--net=127.0.0.1"].into_iter().chain(mounts.iter().map(String::as_str)).collect();
    let authority = |folder: &Path| folder.join("ca.pem").display().to_string();
    let [theirs, native_s] = [Some(Path::new("/certificates")), certificates]
        .map(|folder| folder.filter(|_| certificates.is_some()).map(authority));
    let mut times: [Vec<f64>; 2] = Default::default();
    let mut server_s_name = String::new();
    for _ in 0..TURNS {
        let sides: [&dyn Fn(&str) -> Command; 2] = [
            &|port| {
                let mut args = vec!["/bench/http_session.py", "/packages", port];
                args.extend(theirs.as_deref());
                programs.pylon(&flags, &args)
            },
            &|port| {
                let mut native = Command::new(&programs.native.program);
                native.arg(scripts.join("http_session.py")).arg(&packages).arg(port);
                native.args(native_s.as_deref());
                native
            },
        ];
        for (command, times) in sides.into_iter().zip(&mut times) {
            let mut start = Command::new(&programs.native.program);
            start.arg(scripts.join("http_server.py"));
            if let Some(folder) = certificates {
                start.arg(folder.join("server.pem")).arg(bench.copy()?.scratch());
            }
            let (server, port, name) = Server::start(&mut start)?;
            server_s_name = name;
            let said = measure::run(&mut command(&port))?;
            let connections = server.stop()?;
            ensure!(connections == 1, "100 requests were {connections} connections");
            times.push(said.trim().parse().context("http_session.py gave no time")?);
        }
    }
    let note = format!("one connection to {server_s_name}; against {}", programs.native.version);
    Ok((times.map(|wall| Sample { wall, cpu: None }), note))
}

/// `bench/http_server.py`.
struct Server(Child);

impl Server {
    /// It, its port and its name.
    fn start(command: &mut Command) -> Result<(Server, String, String)> {
        let mut server = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the server")?;
        let mut line = String::new();
        let stdout = server.stdout.as_mut().context("invariant: its output is a pipe")?;
        // Byte by byte, since what comes behind the line is read later.
        BufReader::with_capacity(1, stdout).read_line(&mut line)?;
        let (port, name) = line.trim().split_once(' ').context("the server does not start")?;
        Ok((Server(server), port.to_owned(), name.to_owned()))
    }

    /// Ends it; how many connections there were.
    fn stop(mut self) -> Result<usize> {
        drop(self.0.stdin.take());
        let mut said = String::new();
        self.0
            .stdout
            .take()
            .context("invariant: its output is a pipe")?
            .read_to_string(&mut said)?;
        self.0.wait()?;
        said.trim().parse().context("the server did not count")
    }
}
