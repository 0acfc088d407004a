//! The calls of `wasi:filesystem` that take a path. Where it leads is found out in `beneath.rs`; what is done there is
//! wasmtime-wasi's, but for opening and asking for a status.

use rustix::fs::OFlags;
use rustix::io::Errno;
use wasmtime::StoreContextMut;
use wasmtime::component::{LinkerInstance, Resource, ResourceTable};
use wasmtime_wasi::filesystem::{
    Descriptor, Dir, File, OpenMode, WasiFilesystemCtxView, WasiFilesystemView as _,
};
use wasmtime_wasi::p2::bindings::filesystem::types::{
    DescriptorFlags, ErrorCode, HostDescriptor as _, NewTimestamp, OpenFlags, PathFlags,
};
use wasmtime_wasi::p2::{FsError, FsResult};
use wasmtime_wasi::{FsPerms, WasiView};

use crate::beneath::{Beneath, Fences, Place};
use crate::files::{answer, at_once};
use crate::locks;
use crate::status::Status;

/// A store's data that knows what its guest's grants keep it from.
pub trait HasFences: WasiView {
    /// The fences.
    fn fences(&self) -> &Fences;

    /// Counts a descriptor that is about to be opened; false if there may be no more.
    fn may_open(&mut self) -> bool {
        true
    }
}

type Fd = Resource<Descriptor>;

/// Replaces them in `wasi:filesystem/types`.
pub fn add_to<T: HasFences + 'static>(types: &mut LinkerInstance<'_, T>) -> wasmtime::Result<()> {
    types.func_wrap(
        "[method]descriptor.open-at",
        |mut store: StoreContextMut<T>,
         (fd, follow, path, how, flags): (Fd, PathFlags, String, OpenFlags, DescriptorFlags)| {
            answer(open_at(store.data_mut(), &fd, follow, &path, how, flags))
        },
    )?;
    types.func_wrap(
        "[method]descriptor.stat-at",
        |mut store: StoreContextMut<T>, (fd, follow, path): (Fd, PathFlags, String)| {
            answer(status(store.data_mut(), &fd, follow, &path).map(|status| status.told()))
        },
    )?;
    types.func_wrap(
        "[method]descriptor.metadata-hash-at",
        |mut store: StoreContextMut<T>, (fd, follow, path): (Fd, PathFlags, String)| {
            answer(status(store.data_mut(), &fd, follow, &path).map(|status| status.identity()))
        },
    )?;
    types.func_wrap(
        "[method]descriptor.set-times-at",
        |mut store: StoreContextMut<T>,
         (fd, follow, path, accessed, modified): (
            Fd,
            PathFlags,
            String,
            NewTimestamp,
            NewTimestamp,
        )| {
            let data = store.data_mut();
            answer(to_change(data, &fd, follow, &path).and_then(|()| {
                let follow = follow.contains(PathFlags::SYMLINK_FOLLOW);
                at_place(data, &fd, &path, follow, |mut files, folder, name| {
                    at_once(files.set_times_at(
                        folder,
                        PathFlags::empty(),
                        name,
                        accessed,
                        modified,
                    ))
                })
            }))
        },
    )?;
    types.func_wrap(
        "[method]descriptor.create-directory-at",
        |mut store: StoreContextMut<T>, (fd, path): (Fd, String)| {
            answer(at_place(store.data_mut(), &fd, &path, false, |mut files, folder, name| {
                at_once(files.create_directory_at(folder, name))
            }))
        },
    )?;
    types.func_wrap(
        "[method]descriptor.readlink-at",
        |mut store: StoreContextMut<T>, (fd, path): (Fd, String)| {
            answer(read_link(store.data_mut(), &fd, &path))
        },
    )?;
    types.func_wrap(
        "[method]descriptor.remove-directory-at",
        |mut store: StoreContextMut<T>, (fd, path): (Fd, String)| {
            answer(at_place(store.data_mut(), &fd, &path, false, |mut files, folder, name| {
                at_once(files.remove_directory_at(folder, name))
            }))
        },
    )?;
    types.func_wrap(
        "[method]descriptor.unlink-file-at",
        |mut store: StoreContextMut<T>, (fd, path): (Fd, String)| {
            answer(at_place(store.data_mut(), &fd, &path, false, |mut files, folder, name| {
                at_once(files.unlink_file_at(folder, name))
            }))
        },
    )?;
    types.func_wrap(
        "[method]descriptor.symlink-at",
        |mut store: StoreContextMut<T>, (fd, target, path): (Fd, String, String)| {
            answer(at_place(store.data_mut(), &fd, &path, false, |mut files, folder, name| {
                at_once(files.symlink_at(folder, target, name))
            }))
        },
    )?;
    types.func_wrap(
        "[method]descriptor.rename-at",
        |mut store: StoreContextMut<T>, (fd, old, new_fd, new): (Fd, String, Fd, String)| {
            let ends = [(&fd, &*old), (&new_fd, &*new)];
            answer(at_places(store.data_mut(), ends, |mut files, [(from, old), (to, new)]| {
                at_once(files.rename_at(from, old, to, new))
            }))
        },
    )?;
    types.func_wrap(
        "[method]descriptor.link-at",
        |mut store: StoreContextMut<T>,
         (fd, follow, old, new_fd, new): (Fd, PathFlags, String, Fd, String)| {
            let ends = [(&fd, &*old), (&new_fd, &*new)];
            answer(at_places(store.data_mut(), ends, |mut files, [(from, old), (to, new)]| {
                at_once(files.link_at(from, follow, old, to, new))
            }))
        },
    )
}

/// What a link says; of a file, whether bytes of it are locked.
fn read_link<T: HasFences>(data: &mut T, fd: &Fd, path: &str) -> FsResult<String> {
    if let Descriptor::File(file) = data.ctx().table.get(fd)? {
        return locks::answer(&file.file, path);
    }
    at_place(data, fd, path, false, |mut files, folder, name| {
        at_once(files.readlink_at(folder, name))
    })
}

/// A folder of the guest's.
fn folder<'t>(table: &'t ResourceTable, fd: &Fd) -> FsResult<&'t Dir> {
    match table.get(fd)? {
        Descriptor::Dir(folder) => Ok(folder),
        Descriptor::File(_) => Err(ErrorCode::NotDirectory.into()),
    }
}

/// Calls `work` with what resolves paths beneath a folder of the guest's.
fn beneath<T: HasFences, R>(
    data: &mut T,
    fd: &Fd,
    work: impl FnOnce(Beneath<'_>, &Dir) -> Result<R, Errno>,
) -> FsResult<R> {
    let fences = data.fences().clone();
    let dir = folder(data.ctx().table, fd)?;
    let writable = dir.perms == FsPerms::ReadWrite;
    work(Beneath { folder: &dir.dir, writable, fences: &fences }, dir).map_err(refused)
}

/// What the guest is told of an error. That a path would lead out of its folder is wasmtime-wasi's `not-permitted`.
fn refused(error: Errno) -> FsError {
    let code = match error {
        Errno::XDEV => ErrorCode::NotPermitted,
        Errno::MFILE | Errno::NFILE => ErrorCode::Quota,
        error => ErrorCode::from(std::io::Error::from(error)),
    };
    code.into()
}

fn open_at<T: HasFences>(
    data: &mut T,
    fd: &Fd,
    follow: PathFlags,
    path: &str,
    how: OpenFlags,
    flags: DescriptorFlags,
) -> FsResult<Fd> {
    use DescriptorFlags as Wanted;
    let unknown =
        Wanted::FILE_INTEGRITY_SYNC | Wanted::DATA_INTEGRITY_SYNC | Wanted::REQUESTED_WRITE_SYNC;
    if flags.intersects(unknown) {
        return Err(ErrorCode::Unsupported.into());
    }
    let makes = OpenFlags::CREATE | OpenFlags::EXCLUSIVE | OpenFlags::TRUNCATE;
    if how.contains(OpenFlags::DIRECTORY) && how.intersects(makes) {
        return Err(ErrorCode::Invalid.into());
    }
    let writes =
        flags.contains(Wanted::WRITE) || how.intersects(OpenFlags::CREATE | OpenFlags::TRUNCATE);
    // What is not opened to be written is opened to be read, whatever is said.
    let reads = flags.contains(Wanted::READ) || !flags.contains(Wanted::WRITE);
    let mut system = match (reads, writes) {
        (true, true) => OFlags::RDWR,
        (false, true) => OFlags::WRONLY,
        _ => OFlags::RDONLY,
    };
    system.set(OFlags::CREATE, how.contains(OpenFlags::CREATE));
    system.set(OFlags::EXCL, how.contains(OpenFlags::CREATE | OpenFlags::EXCLUSIVE));
    system.set(OFlags::TRUNC, how.contains(OpenFlags::TRUNCATE));
    system.set(OFlags::DIRECTORY, how.contains(OpenFlags::DIRECTORY));
    let mut mode = OpenMode::empty();
    mode.set(OpenMode::READ, reads);
    mode.set(OpenMode::WRITE, writes);

    if !data.may_open() {
        return Err(ErrorCode::Quota.into());
    }
    let follow = follow.contains(PathFlags::SYMLINK_FOLLOW);
    let opened = beneath(data, fd, |beneath, _| {
        if writes && !beneath.writable {
            return Err(Errno::PERM);
        }
        beneath.open(path, follow, system)
    })?;
    let perms = if opened.writable { FsPerms::ReadWrite } else { FsPerms::ReadOnly };
    let file = std::fs::File::from(opened.file);
    let descriptor = if opened.is_folder {
        Descriptor::Dir(Dir::new(file, perms, mode, true))
    } else {
        Descriptor::File(File::new(file, perms, mode, true))
    };
    Ok(data.ctx().table.push(descriptor)?)
}

fn status<T: HasFences>(data: &mut T, fd: &Fd, follow: PathFlags, path: &str) -> FsResult<Status> {
    let follow = follow.contains(PathFlags::SYMLINK_FOLLOW);
    beneath(data, fd, |beneath, _| beneath.status(path, follow))
}

/// Fails if what `path` names may not be changed itself.
fn to_change<T: HasFences>(data: &mut T, fd: &Fd, follow: PathFlags, path: &str) -> FsResult<()> {
    let follow = follow.contains(PathFlags::SYMLINK_FOLLOW);
    beneath(data, fd, |beneath, _| beneath.may_change(path, follow))
}

/// Calls `work` with the folder in which `path` ends, and the name there.
fn at_place<T: HasFences, R>(
    data: &mut T,
    fd: &Fd,
    path: &str,
    follow: bool,
    work: impl FnOnce(WasiFilesystemCtxView<'_>, Fd, String) -> FsResult<R>,
) -> FsResult<R> {
    let (name, entry) = place(data, fd, path, follow)?;
    match entry {
        None => work(data.filesystem(), Resource::new_borrow(fd.rep()), name),
        Some(entry) => with_entry(data, entry, |files, folder| work(files, folder, name)),
    }
}

/// [`at_place`] for two paths.
fn at_places<T: HasFences, R>(
    data: &mut T,
    [(fd, path), (other_fd, other_path)]: [(&Fd, &str); 2],
    work: impl FnOnce(WasiFilesystemCtxView<'_>, [(Fd, String); 2]) -> FsResult<R>,
) -> FsResult<R> {
    // In this order: of two paths that lead nowhere, the error is that of the first.
    let (name, entry) = place(data, fd, path, false)?;
    let (other_name, other_entry) = place(data, other_fd, other_path, false)?;
    let other_entry = match other_entry {
        Some(entry) => entry,
        None => Descriptor::Dir(folder(data.ctx().table, other_fd)?.clone()),
    };
    let other = data.ctx().table.push(other_entry)?;
    let ends = |folder| [(folder, name), (Resource::new_borrow(other.rep()), other_name)];
    let done = match entry {
        None => work(data.filesystem(), ends(Resource::new_borrow(fd.rep()))),
        Some(entry) => with_entry(data, entry, |files, folder| work(files, ends(folder))),
    };
    data.ctx().table.delete(other)?;
    done
}

/// The name of what `path` names, and the folder that holds it, unless that is `fd` itself.
fn place<T: HasFences>(
    data: &mut T,
    fd: &Fd,
    path: &str,
    follow: bool,
) -> FsResult<(String, Option<Descriptor>)> {
    beneath(data, fd, |beneath, dir| {
        let Place { folder, name, writable } = beneath.place(path, follow)?;
        let perms = if writable { FsPerms::ReadWrite } else { FsPerms::ReadOnly };
        let entry = folder
            .map(|folder| Descriptor::Dir(Dir::new(folder.into(), perms, dir.open_mode, true)));
        Ok((name, entry))
    })
}

/// Calls `work` with an entry of the guest's table that lasts as long as the call.
fn with_entry<T: WasiView, R>(
    data: &mut T,
    entry: Descriptor,
    work: impl FnOnce(WasiFilesystemCtxView<'_>, Fd) -> FsResult<R>,
) -> FsResult<R> {
    let entry = data.ctx().table.push(entry)?;
    let done = work(data.filesystem(), Resource::new_borrow(entry.rep()));
    data.ctx().table.delete(entry)?;
    done
}
