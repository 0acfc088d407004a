//! `composectl pull` and `push` against a real registry, and the store read by another OCI tool. Both come as Debian
//! packages (vendor/toolchain.toml); where there are none for this machine, the tests are skipped. What a broken or
//! hostile registry may do is tested in `composectl/registry/tests`.

use std::collections::BTreeSet;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

use super::suite::{Counts, Test};
use crate::commands::Session;
use crate::composectl::{self, CargoOptions};
use crate::toolchain::{Program, Role, TestTool};

/// bcrypt of [`PASSWORD`], the only form that the registry knows.
const USERS: &str = "tester:$2b$05$abcdefghijklmnopqrstuu3Jd./u/rH1RxB6auX5v7gLP6uWhKCgG\n";
const PASSWORD: &str = "let-me-in";

pub fn tests(session: &Session) -> Vec<Test<'_>> {
    let with_registry = |name: &str, test: fn(&Bench) -> Result<()>| {
        Test::new(name, move || {
            let bench = match Bench::new(session)? {
                Ok(bench) => bench,
                Err(reason) => return Ok(skipped(session, &reason)),
            };
            test(&bench).map(|()| Counts::passed(1))
        })
    };
    vec![
        with_registry("push and pull", pushed_is_pulled),
        with_registry("what is not there", unknown_is_not_found),
        with_registry("users", users_are_asked_for),
        Test::new("TLS", move || {
            // The certificate is made for this test; a registry has one anyhow.
            if Command::new("openssl").arg("version").output().is_err() {
                return Ok(skipped(session, "there is no openssl to make a certificate with"));
            }
            match Bench::new(session)? {
                Ok(bench) => certificates_are_checked(&bench).map(|()| Counts::passed(1)),
                Err(reason) => Ok(skipped(session, &reason)),
            }
        }),
        Test::new("the store is an OCI layout", move || {
            let tool = TestTool::new(session.context()?, Role::OciTool)?;
            if let Some(reason) = tool.unavailable() {
                return Ok(skipped(session, &reason));
            }
            let skopeo = tool.program(session.context()?, "skopeo")?;
            match Bench::new(session)? {
                Ok(bench) => others_read_the_store(&bench, &skopeo).map(|()| Counts::passed(1)),
                Err(reason) => Ok(skipped(session, &reason)),
            }
        }),
    ]
}

fn skipped(session: &Session, reason: &str) -> Counts {
    session.note(&format!("{:>10} {reason}", "skipped:"));
    Counts { skipped: 1, output: reason.to_owned(), ..Counts::default() }
}

fn pushed_is_pulled(bench: &Bench) -> Result<()> {
    let registry = Registry::start(bench, "")?;
    let reference = format!("{}/caps/demo:1.0", registry.address);
    let file = bench.component()?;
    let pushed = bench.json(&["push", text(&file)?, &reference])?;
    let digest = format!("sha256:{}", crate::graph::Digest::of_file(&file)?);
    ensure!(pushed["digest"] == digest.as_str() && pushed["sent"] == true, "{pushed}");

    let pinned = pushed["pinned"].as_str().context("no pinned reference")?.to_owned();
    for (store, wanted) in [("by-tag", reference.as_str()), ("by-digest", &pinned)] {
        let store = bench.path(store);
        let pulled = bench.json(&["pull", "--store", text(&store)?, wanted])?;
        ensure!(pulled["pinned"] == pinned.as_str(), "{wanted}: {pulled}");
        ensure!(pulled["digest"] == digest.as_str() && pulled["fetched"] == true, "{pulled}");
        let blob = store.join("blobs/sha256").join(&digest["sha256:".len()..]);
        ensure!(fs::read(&blob)? == fs::read(&file)?, "{} differs", blob.display());
        let again = bench.json(&["pull", "--store", text(&store)?, wanted])?;
        ensure!(again["fetched"] == false, "it was there: {again}");
    }
    // Into a plan, of which one line changes.
    let plan = bench.path("plan.json");
    fs::write(&plan, "{\n  \"version\": \"1\",\n  \"components\": [\n  ]\n}\n")?;
    bench.json(&["pull", "--plan", text(&plan)?, "--id", "demo", &reference])?;
    let written = fs::read_to_string(&plan)?;
    ensure!(written.contains(&format!("\"source\": \"oci:{pinned}\"")), "{written}");
    ensure!(written.contains(&digest) && written.contains("\"demo\""), "{written}");
    // Out of a store, under another name: the same bytes, hence the same manifest.
    let other = format!("{}/other/demo:2", registry.address);
    let store = bench.path("by-tag");
    let again = bench.json(&["push", "--store", text(&store)?, &digest, &other])?;
    let manifest = pinned.split_once('@').context("not pinned")?.1;
    ensure!(again["pinned"].as_str().is_some_and(|text| text.ends_with(manifest)), "{again}");
    Ok(())
}

fn unknown_is_not_found(bench: &Bench) -> Result<()> {
    let registry = Registry::start(bench, "")?;
    let store = bench.path("store");
    for wanted in ["caps/demo:1.0", &format!("caps/demo@sha256:{}", "0".repeat(64))] {
        let wanted = format!("{}/{wanted}", registry.address);
        let output = bench.run(&["pull", "--store", text(&store)?, &wanted])?;
        ensure!(output.status.code() == Some(127), "{output:?}");
    }
    ensure!(!store.exists(), "a failed pull leaves nothing");
    Ok(())
}

fn users_are_asked_for(bench: &Bench) -> Result<()> {
    let users = bench.path("users");
    fs::write(&users, USERS)?;
    let auth = format!("auth:\n  htpasswd:\n    realm: test\n    path: {}\n", users.display());
    let registry = Registry::start(bench, &auth)?;
    let reference = format!("{}/caps/demo:1.0", registry.address);
    let file = bench.component()?;
    let push = ["push", text(&file)?, &reference];
    let refused = |why: &str| -> Result<()> {
        let output = bench.run(&push)?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.code() == Some(125) && said.contains(why), "{output:?}");
        ensure!(!said.contains("wrong-one") && !said.contains(PASSWORD), "{said}");
        Ok(())
    };
    refused("docker's configuration knows none for it")?;
    bench.log_in(&registry, "wrong-one")?;
    refused("refuses access")?;
    bench.log_in(&registry, PASSWORD)?;
    let pushed = bench.json(&push)?;
    ensure!(pushed["sent"] == true, "{pushed}");
    bench.json(&["pull", "--store", text(&bench.path("store"))?, &reference])?;
    Ok(())
}

fn certificates_are_checked(bench: &Bench) -> Result<()> {
    let (certificate, key) = (bench.path("certificate.pem"), bench.path("key.pem"));
    let output = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", text(&key)?])
        .args(["-out", text(&certificate)?])
        .output()?;
    ensure!(output.status.success(), "openssl: {output:?}");
    let tls =
        format!("  tls:\n    certificate: {}\n    key: {}\n", certificate.display(), key.display());
    let registry = Registry::start(bench, &tls)?;
    let reference = format!("{}/caps/demo:1.0", registry.address);
    let file = bench.component()?;
    let push = ["push", "--plain-http=false", text(&file)?, &reference];
    let output = bench.run(&push)?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() == Some(125) && said.contains("certificate"), "{output:?}");
    let mut command = bench.command(&push);
    let output = command.env("SSL_CERT_FILE", &certificate).output()?;
    ensure!(output.status.success(), "with its certificate trusted: {output:?}");
    Ok(())
}

fn others_read_the_store(bench: &Bench, skopeo: &Program) -> Result<()> {
    let registry = Registry::start(bench, "")?;
    let reference = format!("{}/caps/demo:1.0", registry.address);
    let file = bench.component()?;
    bench.json(&["push", text(&file)?, &reference])?;
    let store = bench.path("store");
    bench.json(&["pull", "--store", text(&store)?, &reference])?;

    let layout = format!("oci:{}:{reference}", store.display());
    let output = skopeo.command().args(["inspect", "--raw", &layout]).output()?;
    ensure!(output.status.success(), "skopeo: {output:?}");
    let manifest: Value = serde_json::from_slice(&output.stdout)?;
    ensure!(manifest["layers"][0]["mediaType"] == "application/wasm", "{manifest}");

    // Copying reads and checks every blob.
    let copy = format!("docker://{}/copied/demo:1", registry.address);
    let output = skopeo
        .command()
        .args(["copy", "--insecure-policy", "--dest-tls-verify=false", &layout, &copy])
        .env("HOME", bench.path("home"))
        .output()?;
    ensure!(output.status.success(), "skopeo: {output:?}");
    let copied = format!("{}/copied/demo:1", registry.address);
    let pulled = bench.json(&["pull", "--store", text(&bench.path("other"))?, &copied])?;
    ensure!(
        pulled["digest"] == format!("sha256:{}", crate::graph::Digest::of_file(&file)?).as_str()
    );
    Ok(())
}

/// composectl, the registry's program, and a folder for one test.
struct Bench {
    composectl: PathBuf,
    server: Program,
    folder: TempDir,
}

impl Bench {
    /// `Ok(Err(..))`: why there is no registry to be had on this machine.
    fn new(session: &Session) -> Result<Result<Bench, String>> {
        let cx = session.context()?;
        let tool = TestTool::new(cx, Role::RegistryServer)?;
        if let Some(reason) = tool.unavailable() {
            return Ok(Err(reason));
        }
        let server = tool.program(cx, "docker-registry")?;
        let options = CargoOptions { quiet: true, ..session.cargo_options() };
        let composectl = composectl::build(options)?;
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join("home"))?;
        Ok(Ok(Bench { composectl, server, folder }))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// composectl, of a user with a home of its own, who has not logged in anywhere.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.composectl);
        command.args(args).current_dir(self.folder.path()).env("HOME", self.path("home"));
        for name in ["DOCKER_CONFIG", "PYLON_STORE", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
            command.env_remove(name);
        }
        command
    }

    fn run(&self, args: &[&str]) -> Result<Output> {
        self.command(args).output().context("cannot start composectl")
    }

    /// The result of a command that succeeds.
    fn json(&self, args: &[&str]) -> Result<Value> {
        let output =
            self.command(args).arg("--json").output().context("cannot start composectl")?;
        ensure!(output.status.success(), "composectl {}: {output:?}", args.join(" "));
        serde_json::from_slice(&output.stdout).context("composectl's JSON")
    }

    /// What `docker login` leaves in the user's home.
    fn log_in(&self, registry: &Registry, password: &str) -> Result<()> {
        let folder = self.path("home/.docker");
        fs::create_dir_all(&folder)?;
        let user = serde_json::json!({ "username": "tester", "password": password });
        let config = serde_json::json!({ "auths": { registry.address.as_str(): user } });
        Ok(fs::write(folder.join("config.json"), config.to_string())?)
    }

    /// The smallest component that is worth sending: a megabyte, most of it in a section of its own.
    fn component(&self) -> Result<PathBuf> {
        const PADDING: usize = 1 << 20;
        let mut bytes = b"\0asm\x0d\0\x01\0\x01\x08\0asm\x01\0\0\0\0".to_vec();
        let mut rest = PADDING + 8;
        while rest >= 0x80 {
            bytes.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
        bytes.extend(b"\x07padding");
        bytes.extend((0..PADDING).map(|index| ((index * index) >> 7) as u8));
        let path = self.path("demo.wasm");
        fs::write(&path, bytes)?;
        Ok(path)
    }
}

/// A port that nobody listens on, and no other test of this run was given: it would take that one's registry for its own.
fn free_port() -> Result<u16> {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        if GIVEN.lock().unwrap_or_else(PoisonError::into_inner).insert(port) {
            return Ok(port);
        }
    }
}

/// A registry on loopback, ended with the test.
struct Registry {
    address: String,
    process: Child,
}

impl Registry {
    /// Starts a registry with an empty folder. `settings` are lines of its configuration: below `http:` if indented.
    fn start(bench: &Bench, settings: &str) -> Result<Registry> {
        let data = tempfile::tempdir_in(bench.folder.path())?.keep();
        // Somebody else may take the port between our look and the registry's start.
        for _ in 0..5 {
            let address = format!("127.0.0.1:{}", free_port()?);
            let config = data.join("config.yml");
            let storage = data.join("data");
            fs::write(
                &config,
                format!(
                    "version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {}\n\
                     http:\n  addr: {address}\n{settings}",
                    storage.display()
                ),
            )?;
            let log = fs::File::create(data.join("log"))?;
            let process = bench
                .server
                .command()
                .arg("serve")
                .arg(&config)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(log)
                .spawn()
                .context("cannot start the registry")?;
            let mut registry = Registry { address, process };
            if registry.is_up()? {
                return Ok(registry);
            }
        }
        let log = fs::read_to_string(data.join("log")).unwrap_or_default();
        bail!("the registry does not start:\n{log}")
    }

    fn is_up(&mut self) -> Result<bool> {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(20) {
            if self.process.try_wait()?.is_some() {
                return Ok(false);
            }
            if TcpStream::connect(&self.address).is_ok() {
                return Ok(true);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(false)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a folder for tests has a name that is not UTF-8")
}
