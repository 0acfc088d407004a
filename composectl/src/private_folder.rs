//! A folder that only this user could have written to, and that cannot be exchanged for another.
//!
//! Code out of the cache is executed, so this is what sshd's StrictModes demand of keys, and more: each folder on the way,
//! also behind symbolic links, belongs to this user or to root and cannot be written to by others (unless it is sticky, as
//! /tmp is: there nobody can exchange what is another's). The way is gone once, from descriptor to descriptor, and every
//! file is opened below the last one; what was checked is therefore what is used.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, Timespec, Timestamps};
use rustix::io::Errno;

use crate::random;

/// Symbolic links on the way, as many as the kernel follows.
const MOST_LINKS: usize = 40;
/// Files that are read whole are small.
const MOST_READ: u64 = 4096;
/// A file that was marked less than this ago is not marked again.
const MARK_AGE: Duration = Duration::from_secs(3600);

/// The folder.
#[derive(Debug)]
pub struct PrivateFolder {
    folder: OwnedFd,
    path: PathBuf,
}

/// A file in the folder.
pub struct Entry {
    pub name: String,
    pub bytes: u64,
    /// When it was last written to, or [marked](PrivateFolder::mark).
    pub modified: SystemTime,
}

impl PrivateFolder {
    /// The folder `name` in `parent`, an absolute path; what is missing is created, for this user alone. An error says
    /// which folder is not as it must be.
    pub fn open(parent: &Path, name: &str) -> Result<Self, String> {
        let path = parent.join(name);
        let above = Walk::new(parent).go()?;
        let opened = match open_folder(&above, name) {
            Err(Errno::NOENT) => make_folder(&above, name).and_then(|()| open_folder(&above, name)),
            opened => opened,
        };
        let folder = match opened {
            Err(Errno::LOOP | Errno::NOTDIR) => Err(format!("{} is no folder", path.display())),
            opened => opened.map_err(|error| fault(&path, error)),
        }?;
        let about = rustix::fs::fstat(&folder).map_err(|error| fault(&path, error))?;
        let problem = if about.st_uid != user() {
            "belongs to another user"
        } else if about.st_mode & 0o077 != 0 {
            "is open to other users (remove it, or `chmod 700` it if nobody else has written there)"
        } else {
            return Ok(Self { folder, path });
        };
        Err(format!("{} {problem}", path.display()))
    }

    /// Where it lies, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a file for reading. A link is not followed, and a pipe not waited for.
    pub fn open_file(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.folder, name, flags, Mode::empty())?.into())
    }

    /// The content of a small file.
    pub fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        // Room for what there usually is spares a few calls of each start.
        let mut bytes = Vec::with_capacity(1024);
        self.open_file(name)?.take(MOST_READ).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Notes in a file's time that it is used now: to the hour, which costs a start next to nothing. It need not succeed.
    pub fn mark(&self, name: &str) {
        let about = rustix::fs::statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW);
        let is_marked = |time: SystemTime| time.elapsed().is_ok_and(|age| age < MARK_AGE);
        if about.is_ok_and(|about| !is_marked(modified(&about))) {
            let now = Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_NOW };
            let times = Timestamps { last_access: now, last_modification: now };
            let _ = rustix::fs::utimensat(&self.folder, name, &times, AtFlags::SYMLINK_NOFOLLOW);
        }
    }

    /// Writes a file so that a reader sees the old content or the new one, nothing between.
    pub fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.new_file()?;
        file.write_all(bytes)?;
        file.keep(name).map(drop)
    }

    /// A file that nobody sees by name before it is finished.
    pub fn new_file(&self) -> io::Result<NewFile<'_>> {
        let mut name = [0; 8];
        random::fill(&mut name)?;
        let name = format!("{TEMPORARY_PREFIX}{:016x}", u64::from_ne_bytes(name));
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.folder, &name, flags, PRIVATE_FILE)?.into();
        Ok(NewFile { folder: self, file, name })
    }

    /// Opens a file that processes lock, and creates it if need be.
    pub fn lock_file(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.folder, name, flags, PRIVATE_FILE)?.into())
    }

    /// Removes a file; that it is gone already is as good.
    pub fn remove(&self, name: &str) {
        let _ = rustix::fs::unlinkat(&self.folder, name, AtFlags::empty());
    }

    /// Makes a folder in it, unless there is one.
    pub fn make_folder(&self, name: &str) -> io::Result<()> {
        Ok(make_folder(&self.folder, name)?)
    }

    /// The regular files of a folder in it, or of itself (`.`); none if it cannot be read.
    pub fn files(&self, folder: &str) -> Vec<Entry> {
        let Ok(folder) = open_folder(&self.folder, folder) else { return Vec::new() };
        let Ok(entries) = Dir::read_from(&folder) else { return Vec::new() };
        let files = entries.flatten().filter_map(|entry| {
            let about =
                rustix::fs::statat(&folder, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW).ok()?;
            Some(Entry {
                name: entry.file_name().to_str().ok()?.to_owned(),
                bytes: u64::try_from(about.st_size).unwrap_or(0),
                modified: modified(&about),
            })
            .filter(|_| kind(&about) == FileType::RegularFile)
        });
        files.collect()
    }
}

/// What the names of unfinished files begin with.
const TEMPORARY_PREFIX: &str = ".tmp-";
const PRIVATE_FILE: Mode = Mode::RUSR.union(Mode::WUSR);

/// A file without its name yet; removed when dropped.
pub struct NewFile<'a> {
    folder: &'a PrivateFolder,
    file: File,
    name: String,
}

impl NewFile<'_> {
    /// The file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Gives it its name, in place of what has it. The handle is the file's.
    pub fn keep(self, name: &str) -> io::Result<File> {
        rustix::fs::renameat(&self.folder.folder, &self.name, &self.folder.folder, name)?;
        self.file.try_clone()
    }
}

impl Write for NewFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for NewFile<'_> {
    fn drop(&mut self) {
        // Nothing is there any more if it was kept.
        self.folder.remove(&self.name);
    }
}

/// The way to a folder.
struct Walk {
    /// Where it has come to, and how that is called.
    here: PathBuf,
    ahead: VecDeque<OsString>,
    links: usize,
}

impl Walk {
    fn new(path: &Path) -> Self {
        let mut walk = Self { here: PathBuf::new(), ahead: VecDeque::new(), links: 0 };
        walk.turn_to(path);
        walk
    }

    /// Puts the steps of `path` before all others; an absolute one starts anew.
    fn turn_to(&mut self, path: &Path) {
        for step in path.components().rev() {
            if !matches!(step, Component::CurDir) {
                self.ahead.push_front(step.as_os_str().to_owned());
            }
        }
    }

    /// Goes to the end and returns its folder.
    fn go(mut self) -> Result<OwnedFd, String> {
        let mut folder = self.root()?;
        while let Some(step) = self.ahead.pop_front() {
            if step == "/" {
                folder = self.root()?;
                continue;
            }
            folder = match self.step(&folder, &step)? {
                Some(next) => next,
                None => folder,
            };
        }
        Ok(folder)
    }

    fn root(&mut self) -> Result<OwnedFd, String> {
        self.here = PathBuf::from("/");
        let root = rustix::fs::open("/", PASSING, Mode::empty());
        let root = root.map_err(|error| fault(&self.here, error))?;
        let about = rustix::fs::fstat(&root).map_err(|error| fault(&self.here, error))?;
        self.check(&about)?;
        Ok(root)
    }

    /// One step; nothing if it was a link, whose steps are ahead now.
    fn step(&mut self, folder: &OwnedFd, step: &OsStr) -> Result<Option<OwnedFd>, String> {
        let path = self.here.join(step);
        let failed = |error: Errno| fault(&path, error);
        let open = || rustix::fs::openat(folder, step, PASSING, Mode::empty());
        let next = match open() {
            Err(Errno::NOENT) => make_folder(folder, step)
                .and_then(|()| open())
                .map_err(|error| format!("cannot create {}", failed(error))),
            opened => opened.map_err(failed),
        }?;
        let about = rustix::fs::fstat(&next).map_err(failed)?;
        match kind(&about) {
            FileType::Directory => {
                self.here = if step == ".." { parent_of(&self.here) } else { path };
                self.check(&about)?;
                Ok(Some(next))
            }
            FileType::Symlink if self.links < MOST_LINKS => {
                check_owner(&path, &about)?;
                self.links += 1;
                let target = rustix::fs::readlinkat(&next, "", Vec::new()).map_err(failed)?;
                self.turn_to(Path::new(OsStr::from_bytes(target.as_bytes())));
                Ok(None)
            }
            FileType::Symlink => Err(failed(Errno::LOOP)),
            _ => Err(failed(Errno::NOTDIR)),
        }
    }

    fn check(&self, about: &Stat) -> Result<(), String> {
        check_owner(&self.here, about)?;
        let (others_write, sticky) = (about.st_mode & 0o022 != 0, about.st_mode & 0o1000 != 0);
        if others_write && !sticky {
            return Err(format!(
                "{} can be written to by other users (`chmod go-w` it, or name another folder with PYLON_CACHE_DIR)",
                self.here.display()
            ));
        }
        Ok(())
    }
}

/// A folder that is only passed on the way to another need not be readable.
const PASSING: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

fn check_owner(path: &Path, about: &Stat) -> Result<(), String> {
    if [0, user()].contains(&about.st_uid) {
        return Ok(());
    }
    Err(format!(
        "{} belongs to another user (PYLON_CACHE_DIR names another folder)",
        path.display()
    ))
}

fn open_folder(parent: &OwnedFd, name: &str) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(parent, name, flags, Mode::empty())
}

fn make_folder(parent: &OwnedFd, name: impl AsRef<OsStr>) -> rustix::io::Result<()> {
    match rustix::fs::mkdirat(parent, name.as_ref(), Mode::RWXU) {
        Err(Errno::EXIST) => Ok(()),
        made => made,
    }
}

fn modified(about: &Stat) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::try_from(about.st_mtime).unwrap_or(0))
}

fn kind(about: &Stat) -> FileType {
    FileType::from_raw_mode(about.st_mode)
}

fn parent_of(path: &Path) -> PathBuf {
    path.parent().unwrap_or(path).to_owned()
}

fn fault(path: &Path, error: Errno) -> String {
    format!("{}: {}", path.display(), io::Error::from(error))
}

/// The effective user.
pub fn user() -> u32 {
    // SAFETY: geteuid has no arguments and cannot fail.
    unsafe { libc::geteuid() }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
    }

    fn refused(parent: &Path) -> String {
        PrivateFolder::open(parent, "compiled").map(|_| ()).expect_err("refused")
    }

    #[test]
    fn a_folder_below_one_that_others_can_write_to_is_refused() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let (above, parent) = (place.path().join("above"), place.path().join("above/parent"));
        PrivateFolder::open(&parent, "compiled").expect("made for this user alone");
        assert_eq!(fs::metadata(&above).expect("made").permissions().mode() & 0o777, 0o700);
        for open in [0o777, 0o775, 0o757] {
            for folder in [&above, &parent] {
                mode(folder, open);
                let said = refused(&parent);
                assert!(
                    said.starts_with(&format!("{} can be written", folder.display())),
                    "{said}"
                );
                mode(folder, 0o755);
            }
        }
        mode(&parent, 0o1777);
        PrivateFolder::open(&parent, "compiled").expect("sticky: nobody can exchange it");
    }

    #[test]
    fn a_link_is_followed_only_through_folders_of_this_user() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let (real, open) = (place.path().join("real"), place.path().join("open"));
        fs::create_dir_all(&real).expect("room");
        fs::create_dir_all(&open).expect("room");
        symlink("real", place.path().join("link")).expect("room");
        symlink(&real, open.join("link")).expect("room");
        PrivateFolder::open(&place.path().join("link"), "compiled").expect("our own link");
        assert!(real.join("compiled").is_dir());
        mode(&open, 0o777);
        let said = refused(&open.join("link"));
        assert!(said.contains("open can be written to"), "{said}");
        let said = refused(&open.join("../real/../open/link"));
        assert!(said.contains("open can be written to"), "{said}");
        symlink("round", place.path().join("round")).expect("room");
        assert!(refused(&place.path().join("round")).contains("symbolic links"));
        // The folder itself may be no link at all.
        fs::rename(real.join("compiled"), place.path().join("elsewhere")).expect("ours");
        symlink("../elsewhere", real.join("compiled")).expect("room");
        assert!(refused(&real).ends_with("is no folder"));
    }

    /// Whatever takes the folder's name after it was checked, files are opened in the one that was.
    #[test]
    fn files_are_those_of_the_folder_that_was_checked() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let folder = PrivateFolder::open(place.path(), "compiled").expect("private");
        folder.write("it", b"ours").expect("room");
        fs::rename(place.path().join("compiled"), place.path().join("old")).expect("ours");
        fs::create_dir(place.path().join("compiled")).expect("room");
        fs::write(place.path().join("compiled/it"), b"another's").expect("room");
        assert_eq!(folder.read("it").expect("there"), b"ours");
        folder.write("new", b"x").expect("room");
        assert!(place.path().join("old/new").is_file());
        folder.remove("it");
        assert!(!place.path().join("old/it").exists() && place.path().join("compiled/it").exists());
    }

    #[test]
    fn unfinished_files_leave_nothing() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let folder = PrivateFolder::open(place.path(), "compiled").expect("private");
        drop(folder.new_file().expect("room"));
        assert!(folder.files(".").is_empty());
        let mut file = folder.new_file().expect("room");
        file.write_all(b"12").expect("room");
        file.keep("it").expect("room");
        let found: Vec<_> =
            folder.files(".").into_iter().map(|entry| (entry.name, entry.bytes)).collect();
        assert_eq!(found, [("it".to_owned(), 2)]);
    }
}
