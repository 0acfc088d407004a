//! Debian packages and source packages by pin, fetched by apt with state of its own: the machine's apt is neither
//! asked nor changed, and no root is needed. apt checks the archive's signatures; we check our own digests too.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use serde::Deserialize;

use crate::graph::{Context, Digest, Inputs, Work};

/// `vendor/toolchain.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pins {
    schema: String,
    architecture: String,
    #[serde(rename = "package")]
    packages: Vec<Package>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Package {
    name: String,
    role: Role,
    pins: Vec<Pin>,
}

/// One version of a package that serves.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Pin {
    suite: String,
    version: String,
    /// Bytes.
    size: u64,
    sha256: Digest,
    /// Releases of Debian on which its programs start; empty: all.
    #[serde(default)]
    runs_on: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Sdk,
    HostLibrary,
    Rust,
    RegistryServer,
    OciTool,
}

impl Role {
    pub fn describe(self) -> &'static str {
        match self {
            Role::Sdk => "compiler and C library",
            Role::HostLibrary => "shared libraries of the compiler",
            Role::Rust => "Rust, for wasm",
            Role::RegistryServer => "a registry for tests",
            Role::OciTool => "a reader of OCI layouts for tests",
        }
    }

    /// Whether builds need it.
    fn is_for_builds(self) -> bool {
        matches!(self, Role::Sdk | Role::HostLibrary | Role::Rust)
    }
}

/// A source archive that a Debian source package carries.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourcePackage {
    pub package: String,
    /// A stable one keeps its upstream version; the package's own revision may move on.
    pub suite: String,
    /// The file's name in the source package.
    pub file: String,
}

impl Pins {
    /// Reads `vendor/toolchain.toml` of the checkout.
    pub fn load(root: &Path) -> Result<Pins> {
        let path = root.join("vendor/toolchain.toml");
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let pins: Pins =
            toml_edit::de::from_str(&text).with_context(|| path.display().to_string())?;
        if pins.schema != "pylon:toolchain@0.1.0" {
            bail!(
                "{}: unknown schema \"{}\"\nhint: this xtask knows \"pylon:toolchain@0.1.0\"",
                path.display(),
                pins.schema
            );
        }
        Ok(pins)
    }

    fn of(&self, role: Role) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(move |package| package.role == role)
    }

    /// Why the role's packages cannot be had on this machine, if that is so whatever its mirrors offer.
    pub fn unavailable(&self, role: Role) -> Option<String> {
        if let Err(error) = require_apt(self, role) {
            return error.to_string().lines().next().map(str::to_owned);
        }
        let release = match release() {
            Ok(release) => release,
            Err(error) => return Some(format!("{error:#}")),
        };
        let missing = self.of(role).find(|package| package.wanted(&release).pins.is_empty())?;
        Some(format!("no version of {} is pinned for Debian {release}", missing.name))
    }

    /// Declares the pins of a role. Which alternative was taken does not matter: each of them serves.
    pub fn input(&self, role: Role, inputs: &mut Inputs) {
        for package in self.of(role) {
            inputs.list(&package.name, package.pins.iter().map(|pin| pin.sha256.to_string()));
        }
    }
}

/// Fetches the role's packages into `work.out()`, verified.
pub fn fetch_packages(cx: &Context, work: &Work, pins: &Pins, role: Role) -> Result<()> {
    require_apt(pins, role)?;
    let what = if role.is_for_builds() { "the toolchain" } else { "a tool of the tests" };
    work.network(&format!("{what} ({})", role.describe()))?;
    let release = release()?;
    let wanted: Vec<Wanted> = pins.of(role).map(|package| package.wanted(&release)).collect();
    // Usually each first choice is there, and the lists of other suites need not be fetched.
    let first = wanted.iter().flat_map(|wanted| wanted.pins.first());
    let all = wanted.iter().flat_map(|wanted| wanted.pins.iter());
    let (first, all) = (suites(first.copied()), suites(all.copied()));
    let mut apt = Apt::open(cx, work, "deb", &first)?;
    let mut chosen = choose(&apt, &wanted);
    if chosen.is_err() && all != first {
        apt = Apt::open(cx, work, "deb", &all)?;
        chosen = choose(&apt, &wanted);
    }
    let chosen = chosen?;
    let total = chosen.iter().map(|(_, pin)| pin.size).sum();
    let names = chosen.iter().map(|(package, pin)| format!("{}={}", package.name, pin.version));
    with_progress(cx, work.out(), total, || apt.get(work.out(), &["download"], names.collect()))?;
    for (package, pin) in chosen {
        let file = find_download(work.out(), &package.name)?;
        verify(&file, pin.sha256)?;
    }
    Ok(())
}

/// A package, and what of it starts on this machine, in order of preference.
struct Wanted<'a> {
    package: &'a Package,
    pins: Vec<&'a Pin>,
}

impl Package {
    fn wanted(&self, release: &str) -> Wanted<'_> {
        let runs =
            |pin: &&Pin| pin.runs_on.is_empty() || pin.runs_on.iter().any(|name| name == release);
        Wanted { package: self, pins: self.pins.iter().filter(runs).collect() }
    }
}

fn suites<'a>(pins: impl Iterator<Item = &'a Pin>) -> Vec<String> {
    let suites: std::collections::BTreeSet<_> = pins.map(|pin| pin.suite.clone()).collect();
    suites.into_iter().collect()
}

/// For each package the first of its pins that the suites offer.
fn choose<'a>(apt: &Apt<'_>, wanted: &[Wanted<'a>]) -> Result<Vec<(&'a Package, &'a Pin)>> {
    let mut chosen = Vec::new();
    for Wanted { package, pins } in wanted {
        let offered = apt.offered(&package.name)?;
        let pin = pins.iter().find(|pin| offered.contains(&pin.version));
        chosen.push((*package, *pin.ok_or_else(|| not_offered(package, pins, &offered))?));
    }
    Ok(chosen)
}

/// Fetches one archive out of a source package into `work.out()`; the caller verifies it.
pub fn fetch_source(cx: &Context, work: &Work, source: &SourcePackage) -> Result<PathBuf> {
    work.network(&format!("the source package {}", source.package))?;
    let apt = Apt::open(cx, work, "deb-src", std::slice::from_ref(&source.suite))?;
    let dir = work.scratch()?;
    apt.get(&dir, &["source", "--download-only"], vec![source.package.clone()])?;
    let file = dir.join(&source.file);
    if !file.is_file() {
        bail!(
            "{}'s source package {} has no {} any more",
            source.suite,
            source.package,
            source.file
        );
    }
    Ok(file)
}

fn require_apt(pins: &Pins, role: Role) -> Result<()> {
    let have = |program: &str| Path::new("/usr/bin").join(program).is_file();
    let here = if cfg!(target_arch = "x86_64") { "amd64" } else { std::env::consts::ARCH };
    if have("apt-get") && have("dpkg-deb") && here == pins.architecture {
        return Ok(());
    }
    let Pins { architecture, .. } = pins;
    if !role.is_for_builds() {
        bail!("{} can be had on Debian {architecture} only", role.describe());
    }
    bail!(
        "the toolchain can be provisioned on Debian {architecture} only, and this machine is something else\n\
         hint: set WASI_SDK_PATH to a WASI SDK; the smallest that serves is {}",
        super::FITTING_SDK
    );
}

fn not_offered(package: &Package, pins: &[&Pin], offered: &[String]) -> anyhow::Error {
    let wanted: Vec<_> =
        pins.iter().map(|pin| format!("{} ({})", pin.version, pin.suite)).collect();
    let otherwise = if package.role.is_for_builds() {
        let smallest = super::FITTING_SDK;
        format!(
            "set WASI_SDK_PATH to a WASI SDK of your own (the smallest that serves is {smallest}), or "
        )
    } else {
        String::new()
    };
    anyhow!(
        "none of the pinned versions of {} can be had: wanted {}; the suites offer {}\n\
         hint: {otherwise}pin a version that is offered in vendor/toolchain.toml",
        package.name,
        wanted.join(" or "),
        if offered.is_empty() { "none".to_owned() } else { offered.join(", ") },
    )
}

fn find_download(dir: &Path, package: &str) -> Result<PathBuf> {
    let prefix = format!("{package}_");
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&prefix) {
            return Ok(entry.path());
        }
    }
    bail!("apt said that it fetched {package}, but there is no such file")
}

/// Fails unless the file has the pinned digest.
pub fn verify(file: &Path, pinned: Digest) -> Result<()> {
    let actual = Digest::of_file(file)?;
    if actual != pinned {
        bail!(
            "{} is not what is pinned: its sha256 is {actual}, the pin says {pinned}",
            file.display()
        );
    }
    Ok(())
}

/// The code name of this machine's Debian.
fn release() -> Result<String> {
    let text = fs::read_to_string("/etc/os-release").context("cannot read /etc/os-release")?;
    let name = text.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    Ok(name.unwrap_or("unknown").trim_matches('"').to_owned())
}

fn with_progress(
    cx: &Context,
    dir: &Path,
    total: u64,
    work: impl FnOnce() -> Result<()> + Send,
) -> Result<()> {
    let bar = cx.report().download(total);
    let (done, finished) = std::sync::mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // apt writes what it has so far to `<dir>/<file>` while it fetches.
            while finished.recv_timeout(Duration::from_millis(200))
                == Err(RecvTimeoutError::Timeout)
            {
                let files = super::walk(dir).unwrap_or_default();
                let bytes =
                    files.iter().filter_map(|file| file.metadata().ok()).map(|m| m.len()).sum();
                bar.set_position(bytes);
            }
            bar.finish_and_clear();
        });
        let result = work();
        drop(done);
        result
    })
}

/// apt with sources, state and cache of its own.
struct Apt<'a> {
    work: &'a Work<'a>,
    options: Vec<String>,
    _lock: fs::File,
}

impl<'a> Apt<'a> {
    /// apt for `kind` (`deb` or `deb-src`) of these suites, with fresh lists.
    fn open(cx: &Context, work: &'a Work<'a>, kind: &str, suites: &[String]) -> Result<Apt<'a>> {
        // One apt a set of suites: another set would drop this one's lists.
        let dir = cx.cache_root().join("apt").join(format!("{kind}+{}", suites.join("+")));
        for part in ["state/lists/partial", "cache/archives/partial", "etc"] {
            fs::create_dir_all(dir.join(part))?;
        }
        let lock = fs::File::create(dir.join("lock"))?;
        lock.lock().context("cannot lock apt's folder")?;
        fs::write(dir.join("etc/pylon.sources"), sources(kind, suites)?)?;
        let dir = dir.display();
        let options = [
            format!("Dir::Etc::sourcelist={dir}/etc/pylon.sources"),
            "Dir::Etc::sourceparts=/dev/null".to_owned(),
            "Dir::Etc::preferencesparts=/dev/null".to_owned(),
            format!("Dir::State={dir}/state"),
            "Dir::State::status=/dev/null".to_owned(),
            format!("Dir::Cache={dir}/cache"),
            // The folders are the user's own, which apt's download user cannot write to.
            "APT::Sandbox::User=root".to_owned(),
            "Acquire::Languages=none".to_owned(),
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false".to_owned(),
            "Acquire::IndexTargets::deb::CNF::DefaultEnabled=false".to_owned(),
            "Acquire::Retries=3".to_owned(),
            // Our pins say what is right; a mirror that stands still serves as well.
            "Acquire::Check-Valid-Until=false".to_owned(),
        ];
        let options = options.into_iter().flat_map(|option| ["-o".to_owned(), option]).collect();
        let apt = Apt { work, options, _lock: lock };
        apt.run("apt-get", &["-q", "update"], vec![], None)?;
        Ok(apt)
    }

    /// The versions that the suites offer of a package.
    fn offered(&self, package: &str) -> Result<Vec<String>> {
        let lines = self.run("apt-cache", &["madison"], vec![package.to_owned()], None)?;
        let mut versions: Vec<String> = Vec::new();
        for line in lines.lines().filter(|line| line.contains("Packages")) {
            if let Some(version) = line.split('|').nth(1).map(str::trim)
                && !versions.iter().any(|known| known == version)
            {
                versions.push(version.to_owned());
            }
        }
        Ok(versions)
    }

    fn get(&self, dir: &Path, verb: &[&str], names: Vec<String>) -> Result<()> {
        let verb: Vec<_> = [&["-q"], verb].concat();
        self.run("apt-get", &verb, names, Some(dir))?;
        Ok(())
    }

    fn run(
        &self,
        program: &str,
        verb: &[&str],
        names: Vec<String>,
        dir: Option<&Path>,
    ) -> Result<String> {
        let process =
            self.work.process(program).network().args(&self.options).args(verb).args(names);
        match dir {
            Some(dir) => process.current_dir(dir).run(),
            None => process.run(),
        }
    }
}

/// A sources file for `suites`, with the mirrors that this machine's own apt uses.
fn sources(kind: &str, suites: &[String]) -> Result<String> {
    let mirrors = Mirrors::of_this_machine()?;
    let mut text = String::new();
    for suite in suites {
        let uri = if suite.ends_with("-security") { &mirrors.security } else { &mirrors.main };
        text += &format!(
            "Types: {kind}\nURIs: {uri}\nSuites: {suite}\nComponents: main\nSigned-By: {}\n\n",
            mirrors.keyring
        );
    }
    Ok(text)
}

struct Mirrors {
    main: String,
    security: String,
    keyring: String,
}

impl Mirrors {
    fn of_this_machine() -> Result<Mirrors> {
        let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
        if let Ok(entries) = fs::read_dir("/etc/apt/sources.list.d") {
            files.extend(entries.flatten().map(|entry| entry.path()));
        }
        files.sort();
        let texts: Vec<_> = files.iter().filter_map(|file| fs::read_to_string(file).ok()).collect();
        Mirrors::parse(&texts.join("\n")).ok_or_else(|| {
            anyhow!(
                "this machine's apt sources name no Debian mirror\n\
                 hint: set WASI_SDK_PATH to {}",
                super::FITTING_SDK
            )
        })
    }

    /// Reads both forms of apt's sources, `URIs:` lines and one-line entries.
    fn parse(text: &str) -> Option<Mirrors> {
        let mut main = None;
        let mut security = None;
        for line in text.lines() {
            let line = line.trim();
            let uris = match line.strip_prefix("URIs:") {
                Some(uris) => uris,
                None if line.starts_with("deb ") => line,
                None => continue,
            };
            for uri in uris.split_whitespace().filter(|word| word.contains("://")) {
                let uri = uri.trim_end_matches('/');
                if uri.ends_with("debian-security") {
                    security.get_or_insert(uri.to_owned());
                } else if uri.ends_with("/debian") {
                    main.get_or_insert(uri.to_owned());
                }
            }
        }
        let main = main?;
        let security = security.unwrap_or_else(|| format!("{main}-security"));
        let keyring = "/usr/share/keyrings/debian-archive-keyring.gpg".to_owned();
        Some(Mirrors { main, security, keyring })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_are_read_from_both_forms_of_sources() {
        let new = "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\n\
                   URIs: http://mirror.example/debian-security\n";
        let old = "# comment\ndeb [arch=amd64] http://mirror.example/debian/ bookworm main\n";
        for text in [new, old] {
            let mirrors = Mirrors::parse(text).unwrap();
            assert_eq!(mirrors.main, "http://mirror.example/debian");
            assert_eq!(mirrors.security, "http://mirror.example/debian-security");
        }
        assert!(Mirrors::parse("deb http://mirror.example/apt stable main").is_none());
    }

    #[test]
    fn the_checked_in_pins_parse() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let pins = Pins::load(root).unwrap();
        assert!(pins.of(Role::Sdk).any(|package| package.name == "wasi-libc"));
        assert!(pins.of(Role::HostLibrary).count() > 0);
    }

    #[test]
    fn a_version_that_is_gone_is_named_with_what_there_is() {
        let pin = Pin {
            suite: "sid".into(),
            version: "1".into(),
            size: 0,
            sha256: Digest::of(""),
            runs_on: vec![],
        };
        let mut package = Package { name: "wasi-libc".into(), role: Role::Sdk, pins: vec![] };
        let error = not_offered(&package, &[&pin], &["2".into()]).to_string();
        assert!(
            error.contains("of wasi-libc can be had: wanted 1 (sid); the suites offer 2"),
            "{error}"
        );
        assert!(error.contains("WASI_SDK_PATH"), "{error}");
        package.role = Role::OciTool;
        let error = not_offered(&package, &[&pin], &[]).to_string();
        assert!(!error.contains("WASI_SDK_PATH") && error.contains("offer none"), "{error}");
    }

    #[test]
    fn what_is_pinned_for_no_release_of_this_kind_is_unavailable() {
        let pin = Pin {
            suite: "sid".into(),
            version: "1".into(),
            size: 0,
            sha256: Digest::of(""),
            runs_on: vec!["some other release".into()],
        };
        let package = Package { name: "skopeo".into(), role: Role::OciTool, pins: vec![pin] };
        let pins =
            Pins { schema: String::new(), architecture: "amd64".into(), packages: vec![package] };
        assert!(pins.unavailable(Role::OciTool).is_some());
    }
}
