//! The checks of `composectl doctor`. Each tries what a run would do, rather than guess.

use std::ffi::CString;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use composectl_plan::{
    Deadline, Error, HostPolicy, Instant, Keyring, Store, TrustFiles, check_owners,
};
use wasmtime::component::Component;

use super::Finding;
use crate::commands::output;
use crate::compiled_cache::{CompiledCache, Key};
use crate::compiler;
use crate::digest_index::HexDigest;
use crate::engine::{self, Role};
use crate::report::Reporter;

/// Addresses that wasmtime reserves for one memory of a guest: 4 GiB and guard regions.
const MEMORY_ADDRESSES: u64 = 5 << 30;
/// Less free room than this is worth a warning: pylon.wasm compiles to some 30 MB.
const ROOM: u64 = 256 << 20;
/// A component with one module that does nothing, to compile and load.
const TINY: &[u8] = b"\0asm\x0d\0\x01\0\x01\x08\0asm\x01\0\0\0";

/// Whether the engine runs on this processor.
pub fn processor() -> Finding {
    const NAME: &str = "processor";
    let here = format!("{}{}", std::env::consts::ARCH, features());
    let engines = [Role::Program, Role::Provider, Role::Untimed].map(engine::runtime);
    match engines.into_iter().find_map(Result::err) {
        None => Finding::ok(NAME, here),
        Some(failure) => Finding::fail(
            NAME,
            format!("{here}: {}", failure.message),
            "composectl was built for another kind of processor; build it on this machine",
        ),
    }
}

/// What compiled code may use of an x86 processor.
fn features() -> String {
    #[cfg(target_arch = "x86_64")]
    {
        let known = [
            ("sse4.2", std::is_x86_feature_detected!("sse4.2")),
            ("popcnt", std::is_x86_feature_detected!("popcnt")),
            ("avx", std::is_x86_feature_detected!("avx")),
            ("avx2", std::is_x86_feature_detected!("avx2")),
            ("fma", std::is_x86_feature_detected!("fma")),
            ("bmi1", std::is_x86_feature_detected!("bmi1")),
            ("bmi2", std::is_x86_feature_detected!("bmi2")),
            ("lzcnt", std::is_x86_feature_detected!("lzcnt")),
            ("avx512f", std::is_x86_feature_detected!("avx512f")),
        ];
        let names: Vec<_> = known.iter().filter(|(_, have)| *have).map(|(name, _)| *name).collect();
        format!(" with {}", names.join(", "))
    }
    #[cfg(not(target_arch = "x86_64"))]
    String::new()
}

/// Whether a guest's memory can be reserved.
pub fn address_space() -> Finding {
    const NAME: &str = "address space";
    let limit = match soft_limit(libc::RLIMIT_AS) {
        None => "no limit".to_owned(),
        Some(limit) => format!("limited to {}", output::bytes(limit.into())),
    };
    if can_reserve(MEMORY_ADDRESSES) {
        return Finding::ok(NAME, limit);
    }
    Finding::fail(
        NAME,
        format!("{limit}; {} cannot be reserved", output::rounded(MEMORY_ADDRESSES.into())),
        "every memory of a guest reserves that many addresses (not memory): `ulimit -v unlimited`",
    )
}

fn can_reserve(bytes: u64) -> bool {
    let Ok(bytes) = usize::try_from(bytes) else { return false };
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a new private mapping that nobody uses; it is taken away with its own address and length.
    unsafe {
        let at = libc::mmap(std::ptr::null_mut(), bytes, libc::PROT_NONE, flags, -1, 0);
        at != libc::MAP_FAILED && libc::munmap(at, bytes) == 0
    }
}

/// Whether the main thread can be the guest's, which starts sooner.
pub fn stack() -> Finding {
    const NAME: &str = "stack";
    let wanted = 2 * (engine::GUEST_STACK + engine::HOST_STACK) as u64;
    let hard = limits(libc::RLIMIT_STACK).and_then(|(_, hard)| hard);
    match hard {
        Some(hard) if hard < wanted => Finding::warn(
            NAME,
            format!(
                "limited to {}: guests get a thread of their own",
                output::rounded(hard.into())
            ),
            format!(
                "`ulimit -H -s` of {} or more starts a little faster",
                output::rounded(wanted.into())
            ),
        ),
        Some(hard) => Finding::ok(NAME, format!("up to {}", output::rounded(hard.into()))),
        None => Finding::ok(NAME, "no limit"),
    }
}

fn soft_limit(resource: libc::__rlimit_resource_t) -> Option<u64> {
    limits(resource).and_then(|(soft, _)| soft)
}

/// Soft and hard limit; `None`: no limit.
fn limits(resource: libc::__rlimit_resource_t) -> Option<(Option<u64>, Option<u64>)> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the call gets a valid structure.
    let result = unsafe { libc::getrlimit(resource, &mut limit) };
    let known = |value: libc::rlim_t| (value != libc::RLIM_INFINITY).then_some(value);
    (result == 0).then(|| (known(limit.rlim_cur), known(limit.rlim_max)))
}

/// Whether there is a private folder with room for compiled code.
pub fn cache_folder(reporter: Reporter) -> Finding {
    const NAME: &str = "cache";
    let cache = match CompiledCache::open(reporter) {
        Ok(cache) => cache,
        Err(problem) => {
            return Finding::warn(
                NAME,
                problem,
                "compiled code is not kept, so every start compiles; PYLON_CACHE_DIR names another folder",
            );
        }
    };
    let folder = cache.path();
    if let Err(error) = cache.check_writable() {
        return Finding::warn(
            NAME,
            format!("{} cannot be written: {error}", folder.display()),
            "compiled code is not kept, so every start compiles; PYLON_CACHE_DIR names another folder",
        );
    }
    with_room(NAME, folder, format!("{}, private", folder.display()))
}

/// `found` and the free room; a warning if it is little.
fn with_room(name: &'static str, folder: &Path, found: String) -> Finding {
    match free_room(folder) {
        Some(free) if free < ROOM => Finding::warn(
            name,
            format!("{found}, only {} free", output::rounded(free.into())),
            "make room, or name a folder elsewhere",
        ),
        Some(free) => Finding::ok(name, format!("{found}, {} free", output::rounded(free.into()))),
        None => Finding::ok(name, found),
    }
}

/// Bytes that this user may still write in the folder's file system.
fn free_room(folder: &Path) -> Option<u64> {
    let path = CString::new(folder.as_os_str().as_bytes()).ok()?;
    let mut room = std::mem::MaybeUninit::<libc::statvfs>::zeroed();
    // SAFETY: a path that ends with a zero, and room for the answer, which is plain numbers.
    let room = unsafe {
        if libc::statvfs(path.as_ptr(), room.as_mut_ptr()) != 0 {
            return None;
        }
        room.assume_init()
    };
    Some(room.f_bavail.saturating_mul(room.f_frsize))
}

/// Whether code can be compiled, kept and loaded again.
pub fn compiled_code(reporter: Reporter) -> Finding {
    const NAME: &str = "compiled code";
    match compile_and_load(reporter) {
        Ok(found) => Finding::ok(NAME, found),
        Err(problem) => Finding::fail(
            NAME,
            problem,
            "a file system that is mounted noexec or a policy against executable mappings prevents this",
        ),
    }
}

fn compile_and_load(reporter: Reporter) -> Result<String, String> {
    let engine = engine::runtime(Role::Program).map_err(|failure| failure.message)?;
    let code = compiler::compile(TINY, Role::Program, Deadline::NEVER)
        .map_err(|fault| format!("a tiny component {fault}"))?;
    let Ok(cache) = CompiledCache::open(reporter) else {
        // SAFETY: `code` was made a moment ago and never left this process.
        let loaded = unsafe { Component::deserialize(&engine, &code) };
        return match loaded {
            Ok(_) => Ok("compiles and loads, but is not kept".to_owned()),
            Err(error) => Err(format!("cannot load what was compiled: {error:#}")),
        };
    };
    let key = Key::new(&HexDigest::of(TINY), &engine);
    let kept = cache.store(&key, &code);
    let loaded = kept.is_ok() && cache.load::<Component>(&engine, &key).is_some();
    // Nobody runs it.
    cache.remove(&key);
    match kept {
        Err(error) => Ok(format!("compiles and loads, but is not kept: {error}")),
        Ok(()) if loaded => Ok("is compiled, kept and loaded again".to_owned()),
        Ok(()) => Err(format!("what was kept in {} cannot be loaded", cache.path().display())),
    }
}

/// Whether the store can be read, and written.
pub fn store(folder: Option<&Path>) -> Finding {
    const NAME: &str = "store";
    let store = Store::open(Store::folder(folder, None));
    let root = store.root();
    let shown = root.display();
    match fs::metadata(root) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Finding::ok(NAME, format!("{shown} is not there yet; the first put makes it"));
        }
        Err(error) => {
            return Finding::fail(NAME, format!("{shown}: {error}"), "name another with --store");
        }
        Ok(metadata) if !metadata.is_dir() => {
            return Finding::fail(
                NAME,
                format!("{shown} is no folder"),
                "name another with --store",
            );
        }
        Ok(_) => {}
    }
    let (names, blobs) = match store.names().and_then(|names| Ok((names, store.blobs_list()?))) {
        Ok(found) => found,
        Err(error) => return failed(NAME, error),
    };
    let size: u64 = blobs.iter().map(|(_, size)| size).sum();
    let found = format!(
        "{shown}: {} blobs, {} names, {}",
        output::grouped(blobs.len() as u128),
        output::grouped(names.len() as u128),
        output::rounded(size.into())
    );
    if let Some(lost) =
        names.iter().find(|named| named.component.is_none_or(|digest| !store.has(&digest)))
    {
        return Finding::warn(
            NAME,
            format!("{found}; what `{}` names is not there", lost.name),
            "put it again; `composectl blob verify` checks the content of all blobs",
        );
    }
    if tempfile::Builder::new().prefix(".doctor-").tempfile_in(root).is_err() {
        return Finding::warn(
            NAME,
            format!("{found}; it cannot be written"),
            "what a plan's source names cannot be fetched into it",
        );
    }
    with_room(NAME, root, found)
}

/// Whether the keys can be read, and nobody else can add one.
pub fn keyring(trust: &TrustFiles) -> Finding {
    const NAME: &str = "keyring";
    let Some(folder) = &trust.keyring else {
        return Finding::ok(NAME, "none: neither XDG_CONFIG_HOME nor HOME is set");
    };
    let shown = folder.display();
    if trust.keyring_needed || folder.symlink_metadata().is_ok() {
        if let Err(error) = Keyring::need(folder) {
            return failed(NAME, error);
        }
    } else {
        return Finding::ok(NAME, format!("{shown} is not there: no key is trusted"));
    }
    if let Some(finding) = open_to_others(NAME, folder) {
        return finding;
    }
    let keyring = match Keyring::load(folder) {
        Ok(keyring) => keyring,
        Err(error) => return failed(NAME, error),
    };
    let now = Instant::now();
    let expired = |key: &&composectl_plan::Key| key.expires.is_some_and(|until| until < now);
    let expired: Vec<_> =
        keyring.keys.values().filter(expired).map(|key| key.id.as_str()).collect();
    let found = format!(
        "{shown}: {} keys, {} revocations",
        keyring.keys.len(),
        keyring.revoked.keys.len() + keyring.revoked.blobs.len() + keyring.revoked.plans.len()
    );
    if expired.is_empty() {
        return Finding::ok(NAME, found);
    }
    Finding::warn(
        NAME,
        format!("{found}; expired: {}", expired.join(", ")),
        "`composectl trust add` replaces a key, `composectl trust rm` removes one",
    )
}

/// Whether the host's policy can be read.
pub fn policy(trust: &TrustFiles) -> Finding {
    const NAME: &str = "policy";
    let Some(path) = &trust.policy else {
        return Finding::ok(NAME, "none: neither XDG_CONFIG_HOME nor HOME is set");
    };
    if !trust.policy_needed && path.symlink_metadata().is_err() {
        return Finding::ok(NAME, format!("{} is not there: plans decide", path.display()));
    }
    if let Some(finding) = open_to_others(NAME, path) {
        return finding;
    }
    match HostPolicy::load(path) {
        Ok(_) => Finding::ok(NAME, path.display().to_string()),
        Err(error) => failed(NAME, error),
    }
}

/// A failure if another user can change what says whom to trust.
fn open_to_others(name: &'static str, path: &Path) -> Option<Finding> {
    check_owners(path).err().map(|error| failed(name, error))
}

fn failed(name: &'static str, error: Error) -> Finding {
    let hint = error.context.unwrap_or_else(|| format!("code {}", error.code));
    Finding::fail(name, error.message, hint)
}
