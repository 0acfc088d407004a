//! What lies beneath a granted folder, and what does not although a path leads there.
//!
//! wasmtime-wasi keeps paths from leading out of a folder. It does not look at what is mounted below it: with `--dir /`
//! the memory of this very process would be a file (`/proc/self/mem`), and opening a device or a pipe is an act of its
//! own. So paths are resolved here, and what they lead to is looked at before it is used:
//!
//! * The kernel resolves the path and is told not to leave the folder's mount (`RESOLVE_NO_XDEV`). The folder was looked
//!   at when it was opened, so what is found is of the same file system and allowed. This is nearly every call, and costs
//!   none more than before.
//! * Where it would have to leave the mount, or cannot be asked (before Linux 5.6, under some sandboxes), the path is
//!   walked folder by folder, each held open; the last one and what lies in it is asked for its file system. What was
//!   looked at is what is used: nobody can exchange it meanwhile.
//!
//! The walk is also what keeps a folder that was granted with `:ro` read-only where it lies in another granted folder.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, ResolveFlags, Stat, fstat, openat, openat2, readlinkat, statat,
};
use rustix::io::{Errno, Result};

use crate::file_systems::{is_of_kernel, is_special};
use crate::status::Status;

/// What the grants of one guest keep it from although another grant contains it.
#[derive(Clone, Debug, Default)]
pub struct Fences(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// Device and inode of each folder that was granted read-only.
    read_only: Vec<(u64, u64)>,
    /// Whether one of them can be met below a folder that may be written.
    overlap: bool,
    /// Whether names may be looked up.
    names: bool,
}

impl Fences {
    /// Fences around these folders. `overlap`: one of them lies, or may lie, in a folder that may be written.
    pub fn new(read_only: Vec<(u64, u64)>, overlap: bool) -> Self {
        Self(Arc::new(Inner { read_only, overlap, names: false }))
    }

    /// The same, and whether names of hosts may be looked up.
    pub fn with_names(mut self, names: bool) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.names = names;
        }
        self
    }

    /// Whether names of hosts may be looked up.
    pub fn looks_up_names(&self) -> bool {
        self.0.names
    }

    /// Whether a folder that may be written holds one that may not.
    #[cfg(test)]
    pub fn overlap(&self) -> bool {
        self.0.overlap
    }

    fn are_around(&self, status: &Stat) -> bool {
        self.0.read_only.contains(&(status.st_dev, status.st_ino))
    }
}

/// A folder that a guest has, to resolve paths beneath it.
pub struct Beneath<'a> {
    pub folder: &'a File,
    /// Whether the guest may write in it.
    pub writable: bool,
    pub fences: &'a Fences,
}

/// Where something is, or would be.
pub struct Place {
    /// The folder that holds it, if it is another one than that which was asked.
    pub folder: Option<OwnedFd>,
    /// Its name in there: one component, or `.`. Slashes behind it mean that it has to be a folder.
    pub name: String,
    pub writable: bool,
}

/// What was opened.
pub struct Opened {
    pub file: OwnedFd,
    pub is_folder: bool,
    pub writable: bool,
}

/// Of more symbolic links than this in one path, it is said to have a loop, as the kernel does.
const MOST_LINKS: usize = 40;
/// How often the kernel is asked again that was disturbed by a renaming somewhere.
const MOST_TRIES: usize = 16;
/// To know something is enough, it is not opened.
const LOOK: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);

impl Beneath<'_> {
    /// Opens what `path` names. It is a file or a folder, or it is not opened at all: pipes and sockets are ENOTSUP,
    /// devices EACCES but for [`is_harmless`] ones, and so is what lies in a file system of the kernel's own.
    pub fn open(&self, path: &str, follow: bool, flags: OFlags) -> Result<Opened> {
        // No opening waits, whatever comes to the place meanwhile, and no terminal becomes this process's.
        let flags = flags | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let mode = if flags.contains(OFlags::CREATE) { NEW_FILE } else { Mode::empty() };
        if !self.may_act(path, follow) {
            match self.direct(path, no_follow(flags, follow), mode) {
                Ok(file) => {
                    let status = fstat(&file)?;
                    let writable = self.writable && !self.fences.are_around(&status);
                    let is_folder = kind(&status) == FileType::Directory;
                    if is_folder || kind(&status) == FileType::RegularFile {
                        return Ok(Opened { file, is_folder, writable });
                    }
                }
                Err(Errno::XDEV) => {}
                Err(error) => return Err(error),
            }
        }
        self.open_by_walking(path, follow, flags, mode)
    }

    fn open_by_walking(
        &self,
        path: &str,
        follow: bool,
        flags: OFlags,
        mode: Mode,
    ) -> Result<Opened> {
        let walked = self.walk(path, follow)?;
        let (folder, name) = (
            walked.folder.as_ref().map_or(self.folder.as_fd(), AsFd::as_fd),
            walked.name.trim_end_matches('/'),
        );
        let flags = no_follow(flags, false);
        let flags = if name.len() < walked.name.len() { flags | OFlags::DIRECTORY } else { flags };
        match openat(folder, name, no_follow(LOOK, false), Mode::empty()) {
            Ok(there) => {
                let status = fstat(&there)?;
                // A symbolic link is refused below, in the words that fit the flags.
                if kind(&status) != FileType::Symlink {
                    self.allow(there.as_fd(), &status)?;
                }
            }
            Err(Errno::NOENT) if flags.contains(OFlags::CREATE) => self.allow_within(folder)?,
            Err(error) => return Err(error),
        }
        if !walked.writable && flags.intersects(OFlags::RWMODE | OFlags::CREATE | OFlags::TRUNC) {
            return Err(Errno::PERM);
        }
        let file = openat(folder, name, flags, mode)?;
        // It may be another one by now.
        let status = fstat(&file)?;
        self.allow(file.as_fd(), &status)?;
        let writable = walked.writable && !self.fences.are_around(&status);
        Ok(Opened { file, is_folder: kind(&status) == FileType::Directory, writable })
    }

    /// Finds what `path` names, to ask for its status.
    pub fn find(&self, path: &str, follow: bool) -> Result<OwnedFd> {
        match self.direct(path, no_follow(LOOK, follow), Mode::empty()) {
            Err(Errno::XDEV) => {}
            found => return found,
        }
        let Place { folder, name, .. } = self.walk(path, follow)?;
        let folder = folder.as_ref().map_or(self.folder.as_fd(), AsFd::as_fd);
        let flags = no_follow(LOOK, false);
        let found = match name.strip_suffix('/') {
            Some(name) => {
                openat(folder, name.trim_end_matches('/'), flags | OFlags::DIRECTORY, Mode::empty())
            }
            None => openat(folder, &*name, flags, Mode::empty()),
        }?;
        if !is_harmless(&fstat(&found)?) {
            self.allow_within(found.as_fd())?;
        }
        Ok(found)
    }

    /// Fails if what `path` names may not be changed itself: it is a folder that was granted read-only.
    pub fn may_change(&self, path: &str, follow: bool) -> Result<()> {
        let found = self.find(path, follow)?;
        if self.fences.are_around(&fstat(found)?) { Err(Errno::PERM) } else { Ok(()) }
    }

    /// The status of what `path` names.
    pub fn status(&self, path: &str, follow: bool) -> Result<Status> {
        // A link of the folder's own leads nowhere, as long as it is not followed.
        let is_name = !path.contains('/') && !matches!(path, "" | "." | "..");
        if is_name
            && !follow
            && let Ok(Some(status)) = Status::at(self.folder, path)
        {
            return Ok(status);
        }
        let found = File::from(self.find(path, follow)?);
        Status::of(&found).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
    }

    /// Where `path` leads to, for what is done there. If `follow`, what it names is no symbolic link.
    pub fn place(&self, path: &str, follow: bool) -> Result<Place> {
        let place = self.place_of_opened(path, follow)?;
        if let Some(folder) = &place.folder {
            self.allow_within(folder.as_fd())?;
        }
        Ok(place)
    }

    /// Where `path` leads to, for who was given what lies there by [`Beneath::open`] and uses nothing else.
    pub fn place_of_opened(&self, path: &str, follow: bool) -> Result<Place> {
        let bare = path.trim_end_matches('/');
        let (parent, name) = match bare.rfind('/') {
            Some(slash) => (&path[..slash], &path[slash + 1..]),
            None => ("", path),
        };
        let simple =
            !matches!(name.trim_end_matches('/'), "" | "." | "..") && !path.starts_with('/');
        if simple && !follow {
            if parent.is_empty() {
                return Ok(Place { folder: None, name: name.to_owned(), writable: self.writable });
            }
            match self.direct(parent, LOOK | OFlags::DIRECTORY, Mode::empty()) {
                Ok(folder) => {
                    let (folder, name) = (Some(folder), name.to_owned());
                    return Ok(Place { folder, name, writable: self.writable });
                }
                Err(Errno::XDEV) => {}
                Err(error) => return Err(error),
            }
        }
        // What a slash behind the name means is the matter of what is done there.
        let mut place = self.walk(if follow { path } else { bare }, follow)?;
        if bare.len() < path.len() && !place.name.ends_with('/') {
            place.name.push('/');
        }
        Ok(place)
    }

    /// Whether opening what `path` names would be an act of its own: a device, a pipe. Only asked to spare them that;
    /// what is really opened is looked at, too.
    fn may_act(&self, path: &str, follow: bool) -> bool {
        let follow = if follow { AtFlags::empty() } else { AtFlags::SYMLINK_NOFOLLOW };
        statat(self.folder, path, follow).is_ok_and(|status| {
            !matches!(
                kind(&status),
                FileType::RegularFile | FileType::Directory | FileType::Symlink
            )
        })
    }

    /// Has the kernel open `path`; EXDEV if it is to be walked.
    fn direct(&self, path: &str, flags: OFlags, mode: Mode) -> Result<OwnedFd> {
        if self.writable && self.fences.0.overlap {
            return Err(Errno::XDEV);
        }
        let within = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_XDEV;
        for _ in 0..MOST_TRIES {
            match openat2(self.folder, path, flags, mode, within) {
                Err(Errno::AGAIN) => {}
                // Some sandboxes say the latter of calls that they do not know.
                Err(Errno::NOSYS | Errno::PERM) => return Err(Errno::XDEV),
                opened => return opened,
            }
        }
        Err(Errno::XDEV)
    }

    /// Walks `path` folder by folder, each of which stays open: `..` is the folder that was come from.
    fn walk(&self, path: &str, follow: bool) -> Result<Place> {
        if path.is_empty() {
            return Err(Errno::NOENT);
        }
        let mut walk = Walk { at: self, trail: Vec::new(), ahead: Vec::new(), links: 0 };
        walk.ahead_of(path)?;
        while let Some(part) = walk.ahead.pop() {
            let name = part.trim_end_matches('/');
            match name {
                "." => continue,
                ".." => {
                    walk.trail.pop().ok_or(Errno::XDEV)?;
                    continue;
                }
                _ => {}
            }
            let is_last = walk.ahead.is_empty();
            if is_last && !follow && name.len() == part.len() {
                return Ok(walk.place(part));
            }
            if !walk.step(&part, is_last)? {
                return Ok(walk.place(part));
            }
        }
        Ok(walk.place(".".to_owned()))
    }

    /// Fails if what was found is no part of the folder.
    fn allow(&self, found: BorrowedFd<'_>, status: &Stat) -> Result<()> {
        match kind(status) {
            FileType::RegularFile | FileType::Directory => self.allow_within(found),
            _ if is_harmless(status) => Ok(()),
            FileType::CharacterDevice | FileType::BlockDevice if is_special(self.folder)? => Ok(()),
            FileType::CharacterDevice | FileType::BlockDevice => Err(Errno::ACCESS),
            _ => Err(Errno::NOTSUP),
        }
    }

    /// Fails if `found` lies in a file system that is no part of the folder: one of the kernel's own, unless the folder
    /// lies in such a one itself. Then it was named.
    fn allow_within(&self, found: BorrowedFd<'_>) -> Result<()> {
        if is_special(found)? && !is_special(self.folder)? { Err(Errno::ACCESS) } else { Ok(()) }
    }
}

/// A walk on its way.
struct Walk<'a> {
    at: &'a Beneath<'a>,
    /// The folders from the granted one (which is not among them) to here, and whether they may be written.
    trail: Vec<(OwnedFd, bool)>,
    /// What is still to be walked, the next part last.
    ahead: Vec<String>,
    links: usize,
}

impl Walk<'_> {
    /// Puts the parts of `path` before what is ahead. The last one keeps a slash behind it.
    fn ahead_of(&mut self, path: &str) -> Result<()> {
        if path.starts_with('/') {
            return Err(Errno::XDEV);
        }
        let behind = if path.ends_with('/') { "/" } else { "" };
        let parts = path.split('/').filter(|part| !part.is_empty()).rev();
        let parts = parts.enumerate().map(|(index, part)| match index {
            0 => format!("{part}{behind}"),
            _ => part.to_owned(),
        });
        self.ahead.extend(parts);
        Ok(())
    }

    fn here(&self) -> BorrowedFd<'_> {
        self.trail.last().map_or(self.at.folder.as_fd(), |(folder, _)| folder.as_fd())
    }

    fn writable(&self) -> bool {
        self.trail.last().map_or(self.at.writable, |(_, writable)| *writable)
    }

    fn place(mut self, name: String) -> Place {
        let writable = self.writable();
        Place { folder: self.trail.pop().map(|(folder, _)| folder), name, writable }
    }

    /// Goes to `part`, or where it leads; false if it is the last part and no link.
    fn step(&mut self, part: &str, is_last: bool) -> Result<bool> {
        let name = part.trim_end_matches('/');
        let found = match openat(self.here(), name, no_follow(LOOK, false), Mode::empty()) {
            Err(Errno::NOENT) if is_last => return Ok(false),
            found => found?,
        };
        let status = fstat(&found)?;
        match kind(&status) {
            FileType::Symlink => {
                self.links += 1;
                if self.links > MOST_LINKS {
                    return Err(Errno::LOOP);
                }
                let target = readlinkat(&found, "", Vec::new())?;
                let target = target.into_string().map_err(|_| Errno::ILSEQ)?;
                self.ahead_of(&format!("{target}{}", &part[name.len()..]))?;
                Ok(true)
            }
            _ if is_last => Ok(false),
            FileType::Directory => {
                // Who walks through processes sees which there are.
                if is_of_kernel(&found)? && !is_special(self.at.folder)? {
                    return Err(Errno::ACCESS);
                }
                let writable = self.writable() && !self.at.fences.are_around(&status);
                self.trail.push((found, writable));
                Ok(true)
            }
            _ => Err(Errno::NOTDIR),
        }
    }
}

/// Permissions of a new file, of which the process's mask takes some away.
const NEW_FILE: Mode = Mode::from_raw_mode(0o666);

fn no_follow(flags: OFlags, follow: bool) -> OFlags {
    if follow { flags } else { flags | OFlags::NOFOLLOW }
}

fn kind(status: &Stat) -> FileType {
    FileType::from_raw_mode(status.st_mode)
}

/// `null`, `zero`, `full`, `random` and `urandom`: what every sandbox has.
fn is_harmless(status: &Stat) -> bool {
    kind(status) == FileType::CharacterDevice
        && rustix::fs::major(status.st_rdev) == 1
        && matches!(rustix::fs::minor(status.st_rdev), 3 | 5 | 7 | 8 | 9)
}

#[cfg(test)]
mod tests;
