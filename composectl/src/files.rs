//! The calls of `wasi:filesystem` that programs make by the thousand, without what they need not cost.
//!
//! wasmtime-wasi runs every call as a task of its asynchronous runtime and lets that look for other work first. Files
//! are read and written in the calling thread here (`allow_blocking_current_thread`), so such a task has always ended
//! when it was first asked. And it asks the system for the status of every entry of a folder that it lists, of which
//! WASI wants the type alone, which the listing has.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use rustix::fs::{AtFlags, Dir, FileType, statat};
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceType};
use wasmtime_wasi::WasiView;
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystemView as _};
use wasmtime_wasi::p2::FsResult;
use wasmtime_wasi::p2::bindings::filesystem::types::{DirectoryEntry, ErrorCode, HostDescriptor};
use wasmtime_wasi::runtime::in_tokio;

use crate::paths::{self, HasFences};
use crate::status::{Status, kind};

/// What a folder had when it was listed, and how much of it was told.
struct Listing(std::vec::IntoIter<Result<DirectoryEntry, ErrorCode>>);

/// A function's answer, as it goes to the guest.
pub type Answer<T> = wasmtime::Result<(Result<T, ErrorCode>,)>;

/// Replaces them in a linker that has WASI.
pub fn add_to_linker<T: HasFences + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut types = linker.instance("wasi:filesystem/types@0.2.12")?;
    types.func_wrap(
        "[method]descriptor.read",
        |mut store: StoreContextMut<T>, (fd, length, offset): (Resource<Descriptor>, u64, u64)| {
            answer(at_once(store.data_mut().filesystem().read(fd, length, offset)))
        },
    )?;
    types.func_wrap(
        "[method]descriptor.write",
        |mut store: StoreContextMut<T>,
         (fd, bytes, offset): (Resource<Descriptor>, Vec<u8>, u64)| {
            answer(at_once(store.data_mut().filesystem().write(fd, bytes, offset)))
        },
    )?;
    types.func_wrap(
        "[method]descriptor.stat",
        |mut store: StoreContextMut<T>, (fd,): (Resource<Descriptor>,)| {
            status_of(store.data_mut(), &fd, |status| status.told())
        },
    )?;
    types.func_wrap(
        "[method]descriptor.metadata-hash",
        |mut store: StoreContextMut<T>, (fd,): (Resource<Descriptor>,)| {
            status_of(store.data_mut(), &fd, |status| status.identity())
        },
    )?;
    paths::add_to(&mut types)?;
    types.resource(
        "directory-entry-stream",
        ResourceType::host::<Listing>(),
        |mut store, listing| {
            let listing = Resource::<Listing>::new_own(listing);
            store.data_mut().ctx().table.delete(listing)?;
            Ok(())
        },
    )?;
    types.func_wrap(
        "[method]descriptor.read-directory",
        |mut store: StoreContextMut<T>, (fd,): (Resource<Descriptor>,)| {
            let table = store.data_mut().ctx().table;
            let listing = match table.get(&fd)? {
                Descriptor::File(_) => Err(ErrorCode::NotDirectory),
                Descriptor::Dir(folder) => list(&folder.dir),
            };
            Ok((match listing {
                Ok(listing) => Ok(table.push(listing)?),
                Err(code) => Err(code),
            },))
        },
    )?;
    types.func_wrap(
        "[method]directory-entry-stream.read-directory-entry",
        |mut store: StoreContextMut<T>, (listing,): (Resource<Listing>,)| {
            Ok((store.data_mut().ctx().table.get_mut(&listing)?.0.next().transpose(),))
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

pub fn at_once<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => in_tokio(future),
    }
}

pub fn answer<T>(result: FsResult<T>) -> Answer<T> {
    Ok((match result {
        Ok(value) => Ok(value),
        Err(error) => Err(error.downcast()?),
    },))
}

fn status_of<R>(
    data: &mut impl WasiView,
    fd: &Resource<Descriptor>,
    tell: impl FnOnce(Status) -> R,
) -> Answer<R> {
    let status = Status::of_descriptor(data.ctx().table.get(fd)?);
    Ok((status.map(tell).map_err(ErrorCode::from),))
}

fn list(folder: &std::fs::File) -> Result<Listing, ErrorCode> {
    let mut entries = Vec::new();
    for entry in Dir::read_from(folder).map_err(code)? {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                entries.push(Err(code(error)));
                break;
            }
        };
        if matches!(entry.file_name().to_bytes(), b"." | b"..") {
            continue;
        }
        let of = match entry.file_type() {
            // Some file systems do not tell it.
            FileType::Unknown => statat(folder, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW)
                .map(|status| FileType::from_raw_mode(status.st_mode)),
            known => Ok(known),
        };
        // A name that is no UTF-8 cannot be told; what follows can.
        entries.push(match (entry.file_name().to_str(), of) {
            (Ok(name), Ok(of)) => Ok(DirectoryEntry { type_: kind(of), name: name.to_owned() }),
            (Err(_), _) => Err(ErrorCode::IllegalByteSequence),
            (_, Err(error)) => Err(code(error)),
        });
    }
    Ok(Listing(entries.into_iter()))
}

pub fn code(error: rustix::io::Errno) -> ErrorCode {
    ErrorCode::from(std::io::Error::from(error))
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;

    use wasmtime_wasi::p2::bindings::filesystem::types::DescriptorType;

    use super::*;

    #[test]
    fn a_name_that_is_no_utf8_does_not_end_a_listing() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        std::fs::create_dir(folder.path().join("folder")).unwrap();
        std::os::unix::fs::symlink("file", folder.path().join("link")).unwrap();
        std::fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"\xff")), "").unwrap();
        let Listing(entries) = list(&std::fs::File::open(folder.path()).unwrap()).unwrap();
        let (mut names, mut without) = (Vec::new(), 0);
        for entry in entries {
            match entry {
                Ok(entry) => names.push((entry.name, entry.type_)),
                Err(code) => {
                    assert!(matches!(code, ErrorCode::IllegalByteSequence));
                    without += 1;
                }
            }
        }
        names.sort_by(|one, other| one.0.cmp(&other.0));
        let names: Vec<_> = names.into_iter().map(|(name, of)| format!("{name} {of:?}")).collect();
        let file = format!("file {:?}", DescriptorType::RegularFile);
        let folder = format!("folder {:?}", DescriptorType::Directory);
        let link = format!("link {:?}", DescriptorType::SymbolicLink);
        assert_eq!(names, [file, folder, link]);
        assert_eq!(without, 1);
    }

    #[test]
    fn what_is_no_folder_cannot_be_listed() {
        let file = tempfile::tempfile().unwrap();
        assert!(matches!(list(&file), Err(ErrorCode::NotDirectory)));
    }
}
