//! Locks on bytes of a file, which programs of the host see, too.
//!
//! WASI has none, and what imports more than WASI runs in no other engine. So they are asked for by `readlink-at` on a file:
//! no engine has links there, and each says so to who asks in vain (docs/reference/composectl.md). The kernel keeps them with
//! the open file: whoever closes it, or is killed, has none.

use std::fs::File;
use std::os::fd::AsRawFd as _;

use wasmtime_wasi::p2::FsResult;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

use crate::files::code;

/// What a link's name begins with that asks for a lock.
const PREFIX: &str = "pylon:lock/";
/// The bytes that can be locked, which SQLite has its locks on. Each is at most one lock of the kernel's, so a descriptor
/// cannot have many.
const FIRST: i64 = 0x4000_0000;
const END: i64 = FIRST + 512;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Request {
    what: What,
    start: i64,
    length: i64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    /// These bytes are nobody's who has the descriptor.
    None,
    /// To be shared with others, or not.
    Lock(libc::c_int),
    /// Whether another has any of them.
    Held,
}

/// Does what `path` asks for, without waiting: `got`, or `held` if another's lock is in the way.
pub fn answer(file: &File, path: &str) -> FsResult<String> {
    let text = path.strip_prefix(PREFIX).ok_or(ErrorCode::NotDirectory)?;
    let request = Request::read(text).ok_or(ErrorCode::Invalid)?;
    let is_got = request.is_got(file).map_err(code)?;
    Ok(if is_got { "got" } else { "held" }.to_owned())
}

impl Request {
    /// `KIND/START/LENGTH`; nothing else is one.
    fn read(text: &str) -> Option<Self> {
        let (kind, range) = text.split_once('/')?;
        let (start, length) = range.split_once('/')?;
        let what = match kind {
            "none" => What::None,
            "shared" => What::Lock(libc::F_RDLCK),
            "exclusive" => What::Lock(libc::F_WRLCK),
            "held" => What::Held,
            _ => return None,
        };
        let (start, length) = (start.parse::<i64>().ok()?, length.parse::<i64>().ok()?);
        let end = start.checked_add(length)?;
        (FIRST <= start && start < end && end <= END).then_some(Self { what, start, length })
    }

    fn is_got(self, file: &File) -> Result<bool, rustix::io::Errno> {
        let (command, kind) = match self.what {
            What::None => (libc::F_OFD_SETLK, libc::F_UNLCK),
            What::Lock(kind) => (libc::F_OFD_SETLK, kind),
            What::Held => (libc::F_OFD_GETLK, libc::F_WRLCK),
        };
        let mut lock = libc::flock {
            l_type: i16::try_from(kind).expect("invariant: the kernel's constants fit"),
            l_whence: i16::try_from(libc::SEEK_SET).expect("invariant: the kernel's constants fit"),
            l_start: self.start,
            l_len: self.length,
            l_pid: 0,
        };
        // SAFETY: the descriptor is open, and the kernel reads and writes this one structure.
        let done = unsafe { libc::fcntl(file.as_raw_fd(), command, &raw mut lock) };
        match (done, std::io::Error::last_os_error().raw_os_error()) {
            (0, _) => Ok(self.what != What::Held || i32::from(lock.l_type) == libc::F_UNLCK),
            (_, Some(libc::EAGAIN | libc::EACCES)) => Ok(false),
            (_, error) => Err(rustix::io::Errno::from_raw_os_error(error.unwrap_or(libc::EIO))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two descriptors of one file, each with locks of its own.
    fn twice() -> [File; 2] {
        let file = tempfile::NamedTempFile::new().unwrap();
        [file.reopen().unwrap(), file.reopen().unwrap()]
    }

    fn ask(file: &File, request: &str) -> String {
        match answer(file, &format!("pylon:lock/{request}")) {
            Ok(text) => text,
            Err(error) => error.downcast().unwrap().name().to_owned(),
        }
    }

    #[test]
    fn a_lock_is_in_the_way_of_others_until_it_is_given_back() {
        let [one, other] = twice();
        assert_eq!(ask(&one, "shared/1073741826/510"), "got");
        assert_eq!(ask(&other, "shared/1073741826/510"), "got");
        assert_eq!(ask(&other, "exclusive/1073741826/510"), "held");
        assert_eq!(ask(&one, "none/1073741824/512"), "got");
        assert_eq!(ask(&other, "exclusive/1073741826/510"), "got");
        assert_eq!(ask(&one, "shared/1073741826/510"), "held");
        drop(other);
        assert_eq!(ask(&one, "exclusive/1073741826/510"), "got");
    }

    #[test]
    fn who_asks_whether_there_is_one_hears_of_others_only() {
        let [one, other] = twice();
        assert_eq!(ask(&other, "held/1073741825/1"), "got");
        assert_eq!(ask(&one, "exclusive/1073741825/1"), "got");
        assert_eq!(ask(&one, "held/1073741825/1"), "got");
        assert_eq!(ask(&other, "held/1073741825/1"), "held");
        assert_eq!(ask(&other, "held/1073741824/1"), "got");
    }

    #[test]
    fn nothing_but_these_bytes_can_be_locked() {
        let [file, _] = twice();
        for request in [
            "",
            "shared",
            "shared/1073741824",
            "taken/1073741824/1",
            "shared/0/1",
            "shared/1073741823/2",
            "shared/1073741824/513",
            "shared/1073741824/0",
            "shared/1073741824/-1",
            "shared/9223372036854775807/1",
            "shared/1073741824/1/1",
            "shared/1073741824/99999999999999999999",
        ] {
            assert_eq!(ask(&file, request), "invalid", "{request}");
        }
    }

    #[test]
    fn a_file_has_no_links() {
        let [file, _] = twice();
        for name in ["link", "", "pylon:lock", "../pylon:lock/shared/1073741824/1"] {
            let error = answer(&file, name).unwrap_err().downcast().unwrap();
            assert!(matches!(error, ErrorCode::NotDirectory), "{name}: {error}");
        }
    }

    #[test]
    fn what_may_only_be_read_cannot_be_locked_for_writing() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let file = File::open(file.path()).unwrap();
        assert_eq!(ask(&file, "exclusive/1073741824/1"), "bad-descriptor");
        assert_eq!(ask(&file, "shared/1073741824/1"), "got");
    }
}
