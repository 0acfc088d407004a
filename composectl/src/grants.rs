//! What a guest may touch: folders, environment variables, network addresses. Nothing unless granted.
//!
//! Text from the command line becomes a grant here, once; `for_program` turns all grants into the guest's WASI
//! context. Whatever cannot be granted is an error before anything of the guest runs.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

use composectl_plan::{DirGrant, EnvGrant, Grants, NetGrant, Opening, open};
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

use crate::authorities::{self, Authorities};
use crate::beneath::Fences;
use crate::cli::RunArgs;
use crate::exit::{FAILED, Failure};
use crate::file_systems::is_special;
use crate::network;
use crate::overlaps;
use crate::report::Reporter;
use crate::stdio;

/// Where CPython looks for installed packages.
const SITE_PACKAGES: &str = "/lib/python3.13/site-packages";

/// What a guest was granted.
pub struct Granted {
    pub wasi: WasiCtxBuilder,
    pub fences: Fences,
    /// How many folders.
    pub folders: usize,
}

/// The guest's WASI context, from the flags, its `argv0`, its arguments and its environment.
pub fn for_program(
    args: &RunArgs,
    argv0: &str,
    guest_args: &[OsString],
    environment: &BTreeMap<String, String>,
    reporter: Reporter,
) -> Result<Granted, Failure> {
    let mut wasi = WasiCtxBuilder::new();
    // The guest is the only thing that this thread does: file operations need not be sent to another one.
    wasi.allow_blocking_current_thread(true);
    stdio::inherit(&mut wasi);
    wasi.arg(argv0);
    for (index, arg) in guest_args.iter().enumerate() {
        let arg = arg.to_str().ok_or_else(|| {
            Failure::new(
                FAILED,
                format_args!(
                    "argument {} ({arg:?}) is not UTF-8, which is all that WASI can pass on",
                    index + 1
                ),
            )
        })?;
        wasi.arg(arg);
    }
    let mut dirs = args.dir.clone();
    let mut net = args.net.clone();
    if args.allow_all {
        dirs.push(DirGrant { host: "/".into(), guest: "/".to_owned(), read_only: false });
        net.push(NetGrant::Everything);
    }
    let authorities = authorities(args.ca.as_ref(), &dirs, &net, reporter)?;
    // What these variables of this machine name is in the folder that is granted, and may be nowhere else for the guest.
    let is_granted = |name: &str| {
        let asked = args.env.iter().any(|grant| grant.name == name);
        authorities.is_some() && authorities::VARIABLES.contains(&name) && !asked
    };
    for (name, value) in environment.iter().filter(|(name, _)| !is_granted(name)) {
        wasi.env(name, value);
    }
    let site = args.site.as_ref().map(|host| DirGrant {
        host: host.clone(),
        guest: SITE_PACKAGES.to_owned(),
        read_only: true,
    });
    let mut folders = open_folders(site.as_slice(), "--site ", Kind::Ordinary)?;
    folders.append(&mut open_folders(&dirs, "--dir ", Kind::Ordinary)?);
    folders.append(&mut open_folders(&args.system_dir, "--system-dir ", Kind::Special)?);
    folders.append(&mut open_folders(authorities.as_slice(), "--ca ", Kind::Ordinary)?);
    let fences = grant_folders(folders, &mut wasi)?;
    dirs.extend_from_slice(&args.system_dir);
    if let Some(cwd) = std::env::current_dir().ok().and_then(|cwd| guest_cwd(&dirs, &cwd)) {
        wasi.initial_cwd(cwd);
    }
    let fences = fences.with_names(network::grant(&net, "--net=", &mut wasi)?);
    Ok(Granted { wasi, fences, folders: dirs.len() + authorities.iter().chain(&site).count() })
}

/// The folder with the certificates that the guest believes. Unless they were asked for, they come with the network, and
/// it is no error if there are none.
fn authorities(
    asked: Option<&Authorities>,
    dirs: &[DirGrant],
    net: &[NetGrant],
    reporter: Reporter,
) -> Result<Option<DirGrant>, Failure> {
    if let Some(asked) = asked {
        let granted = asked.grant();
        return granted.map_err(|problem| Failure::new(FAILED, format_args!("--ca: {problem}")));
    }
    let is_theirs = |dir: &DirGrant| absolute_guest_path(&dir.guest) == authorities::FOLDER;
    if net.is_empty() || dirs.iter().any(is_theirs) {
        return Ok(None);
    }
    let granted = Authorities::System.grant();
    Ok(granted.unwrap_or_else(|problem| {
        reporter.detail(|| format!("no certificates are granted: {problem}"));
        None
    }))
}

/// Builds a provider's WASI context: what the plan grants it and no more. It has no arguments and starts in its
/// root; its stdin is empty, and what it writes to stdout and stderr is thrown away.
pub fn for_provider(grants: &Grants) -> Result<Granted, Failure> {
    let mut wasi = WasiCtxBuilder::new();
    // Its caller waits for it on this thread.
    wasi.allow_blocking_current_thread(true);
    for grant in &grants.env {
        if let Some(value) = env_value(grant, "grants.env: ")? {
            wasi.env(&grant.name, &value);
        }
    }
    let folders = open_folders(&grants.dirs, "grants.dirs: ", Kind::Ordinary)?;
    let fences = grant_folders(folders, &mut wasi)?;
    let net = grants.net.iter().map(|text| NetGrant::parse(text));
    let net = net
        .collect::<Result<Vec<_>, _>>()
        .map_err(|problem| Failure::new(FAILED, format_args!("grants.net: {problem}")))?;
    let fences = fences.with_names(network::grant(&net, "grants.net: ", &mut wasi)?);
    Ok(Granted { wasi, fences, folders: grants.dirs.len() })
}

/// The guest's environment: sorted, every name once.
pub fn environment(
    args: &RunArgs,
    reporter: Reporter,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut environment = BTreeMap::new();
    if args.inherit_env || args.allow_all {
        for (name, value) in std::env::vars_os() {
            match (name.to_str(), value.to_str()) {
                (Some(name), Some(value)) => {
                    drop(environment.insert(name.to_owned(), value.to_owned()))
                }
                _ => reporter.detail(|| {
                    format!("environment variable {name:?} is not UTF-8 and was left out")
                }),
            }
        }
    }
    for grant in &args.env {
        let Some(value) = env_value(grant, "--env ")? else { continue };
        environment.insert(grant.name.clone(), value);
    }
    Ok(environment)
}

/// The value of a granted variable; none if it is to be passed on and not set here. Messages begin with `flag`.
fn env_value(grant: &EnvGrant, flag: &str) -> Result<Option<String>, Failure> {
    match (&grant.value, std::env::var(&grant.name)) {
        (Some(value), _) => Ok(Some(value.clone())),
        (None, Ok(value)) => Ok(Some(value)),
        (None, Err(std::env::VarError::NotPresent)) => Ok(None),
        (None, Err(error @ std::env::VarError::NotUnicode(_))) => {
            Err(Failure::new(FAILED, format_args!("{flag}{}: {error}", grant.name)))
        }
    }
}

/// A folder that is granted, opened.
struct Folder<'a> {
    grant: &'a DirGrant,
    flag: &'a str,
    file: File,
}

/// What kind of folder a flag grants.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One that holds files.
    Ordinary,
    /// One of procfs, sysfs, devices.
    Special,
}

/// Opens the granted folders. Messages begin with `flag`.
fn open_folders<'a>(
    dirs: &'a [DirGrant],
    flag: &'a str,
    kind: Kind,
) -> Result<Vec<Folder<'a>>, Failure> {
    let open_folder = |grant: &'a DirGrant| {
        let failed = |error| dir_failure(&grant.host, flag, &error);
        let file = open(&grant.host, Opening::Folder).map_err(failed)?;
        let name = format!("{flag}{}", grant.host.display());
        match (is_special(&file).map_err(|error| failed(error.into()))?, kind) {
            (true, Kind::Ordinary) => Err(Failure::new(
                FAILED,
                format_args!("{name}: this is part of procfs, sysfs or the devices, not a folder of files"),
            )
            .with_hint(
                "who may write there can do what you can; where that is meant, `composectl run --system-dir` grants it",
            )),
            (false, Kind::Special) => Err(Failure::new(
                FAILED,
                format_args!("{name}: this is a folder of files, which --dir grants"),
            )),
            _ => Ok(Folder { grant, flag, file }),
        }
    };
    dirs.iter().map(open_folder).collect()
}

/// Grants opened folders.
fn grant_folders(folders: Vec<Folder<'_>>, wasi: &mut WasiCtxBuilder) -> Result<Fences, Failure> {
    let mut seen = BTreeSet::new();
    let as_granted: Vec<_> = folders
        .iter()
        .map(|Folder { grant, file, .. }| overlaps::Folder {
            host: &grant.host,
            file,
            read_only: grant.read_only,
        })
        .collect();
    let (read_only, fences) = overlaps::settle(&as_granted).map_err(|error| {
        Failure::new(FAILED, format_args!("the granted folders cannot be looked at: {error}"))
    })?;
    for (Folder { grant, flag, file }, read_only) in folders.iter().zip(read_only) {
        // `.`, `/` and `./` are one place for a guest: it resolves relative paths against its root.
        if !seen.insert(absolute_guest_path(&grant.guest)) {
            // Others than these have one name only.
            let named = if matches!(*flag, "--site " | "--ca ") { "--dir " } else { flag };
            return Err(Failure::new(
                FAILED,
                format_args!("two folders are granted as {}", grant.guest),
            )
            .with_hint(format!("give them different names: {named}HOST::GUEST")));
        }
        let permissions = if read_only { FsPerms::ReadOnly } else { FsPerms::ReadWrite };
        // By the descriptor that was looked at: another folder may have come to the name. Where there is no procfs at
        // all, by the name.
        let opened = format!("/proc/self/fd/{}", file.as_raw_fd());
        let granted = match wasi.preopened_dir(opened, &grant.guest, permissions) {
            Ok(_) => Ok(()),
            Err(_) => wasi.preopened_dir(&grant.host, &grant.guest, permissions).map(|_| ()),
        };
        granted.map_err(|error| {
            let name = grant.host.display();
            Failure::new(FAILED, format_args!("{flag}{name}: {error:#}"))
        })?;
    }
    Ok(fences)
}

fn dir_failure(host: &Path, flag: &str, error: &io::Error) -> Failure {
    let reason = match error.kind() {
        io::ErrorKind::NotADirectory => "is no folder".to_owned(),
        io::ErrorKind::NotFound => "there is no such folder".to_owned(),
        _ => error.to_string(),
    };
    Failure::new(FAILED, format_args!("{flag}{}: {reason}", host.display()))
}

/// `GUEST` as the guest itself sees it: relative names start at its root.
fn absolute_guest_path(guest: &str) -> String {
    let parts: Vec<_> = guest.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    format!("/{}", parts.join("/"))
}

/// Where the guest starts: where we stand, seen through the closest granted folder around it, if any.
fn guest_cwd(dirs: &[DirGrant], cwd: &Path) -> Option<String> {
    let candidates = dirs.iter().filter_map(|dir| {
        let host = dir.host.canonicalize().ok()?;
        let rest = cwd.strip_prefix(&host).ok()?.to_str()?;
        let guest = absolute_guest_path(&format!("{}/{rest}", dir.guest));
        Some((host.as_os_str().len(), guest))
    });
    candidates.max().map(|(_, guest)| guest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dir(host: &str, guest: &str, read_only: bool) -> DirGrant {
        DirGrant { host: host.into(), guest: guest.to_owned(), read_only }
    }

    #[test]
    fn dirs_are_read() {
        for (text, expected) in [
            (".", dir(".", ".", false)),
            ("/", dir("/", "/", false)),
            ("src/", dir("src/", "src", false)),
            ("src:ro", dir("src", "src", true)),
            ("a::/b", dir("a", "/b", false)),
            ("a::/b/:ro", dir("a", "/b", true)),
            ("..::/parent", dir("..", "/parent", false)),
            ("odd:name", dir("odd:name", "odd:name", false)),
        ] {
            assert_eq!(DirGrant::parse(text), Ok(expected), "{text}");
        }
        for text in ["", ":ro", "::/b", "a::", "a::b::c", "..", "a/../b", "a::/x/../y"] {
            assert!(DirGrant::parse(text).is_err(), "{text} must be refused");
        }
    }

    #[test]
    fn guest_starts_where_we_stand_if_it_can_see_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().canonicalize().expect("it exists");
        let inner = root.join("a/b");
        std::fs::create_dir_all(&inner).expect("can make folders");
        let root_text = root.to_str().expect("UTF-8");
        assert_eq!(guest_cwd(&[dir(root_text, "/r", false)], &inner), Some("/r/a/b".to_owned()));
        assert_eq!(guest_cwd(&[dir(root_text, ".", false)], &root), Some("/".to_owned()));
        assert_eq!(
            guest_cwd(&[dir("/", "/", false), dir(root_text, "/r", false)], &inner),
            Some("/r/a/b".to_owned())
        );
        assert_eq!(
            guest_cwd(&[dir("/", "/", false)], &inner),
            Some(inner.to_str().expect("UTF-8").to_owned())
        );
        assert_eq!(guest_cwd(&[dir(inner.to_str().expect("UTF-8"), "/i", false)], &root), None);
        assert_eq!(guest_cwd(&[], &root), None);
    }

    #[test]
    fn environment_flags_are_read() {
        assert_eq!(
            EnvGrant::parse("A=b=c"),
            Ok(EnvGrant { name: "A".into(), value: Some("b=c".into()) })
        );
        assert_eq!(
            EnvGrant::parse("A="),
            Ok(EnvGrant { name: "A".into(), value: Some(String::new()) })
        );
        assert_eq!(EnvGrant::parse("A"), Ok(EnvGrant { name: "A".into(), value: None }));
        assert!(EnvGrant::parse("=b").is_err() && EnvGrant::parse("").is_err());
    }
}
