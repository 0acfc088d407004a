//! The functions of WASI preview 1 that take a path, resolved in `beneath.rs` as those of components are.
//!
//! wasmtime-wasi's own are called for what is done there: with the folder in which the path ends in the place of the one
//! that was given, and with a name instead of the path. Which folder belongs to a number is known to nobody else, so it
//! is noted here.

use rustix::fs::OFlags;
use rustix::io::Errno;
use wasmtime::component::Resource;
use wasmtime::{Caller, Linker};
use wasmtime_wasi::filesystem::{Descriptor, Dir, File, OpenMode};
use wasmtime_wasi::p1::types::Errno as Code;
use wasmtime_wasi::p1::wasi_snapshot_preview1 as wasi;
use wasmtime_wasi::{FsPerms, WasiView as _};
use wiggle::GuestMemory;

use crate::files::at_once;
use crate::preview1::{Guest, WASI};
use crate::preview1_places::{
    Answer, DIRECTORY, LONGEST_PATH, READ, Refused, Result, Text, What, at, at_place, at_places,
    beneath, folders, length_of, next_entry, number, read, scratch, standing_in, told, write,
};

/// Flags of lookups, of openings, of descriptors, and rights.
const FOLLOW: i32 = 1;
const CREATE: i32 = 1;
const EXCLUSIVE: i32 = 4;
const TRUNCATE: i32 = 8;
const SYNC: i32 = 1 << 1 | 1 << 3 | 1 << 4;
const WRITE: i64 = 1 << 6;
/// The size of `filestat`.
const STATUS: usize = 64;

type Call<'a> = Caller<'a, Guest>;

/// Replaces them in a linker that has WASI preview 1.
pub fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    add_numbers(linker)?;
    add_lookups(linker)?;
    add_changes(linker)
}

/// What changes which number stands for what.
fn add_numbers(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    linker.func_wrap(WASI, "fd_close", |mut call: Call<'_>, fd: i32| -> Answer {
        folders(call.data_mut())?.remove(&fd);
        let wasi = &mut call.data_mut().wasi;
        at_once(wasi::fd_close(wasi, &mut GuestMemory::Unshared(&mut []), fd))
    })?;
    linker.func_wrap(WASI, "fd_renumber", |mut call: Call<'_>, from: i32, to: i32| -> Answer {
        let wasi = &mut call.data_mut().wasi;
        let memory = &mut GuestMemory::Unshared(&mut []);
        let code = at_once(wasi::fd_renumber(wasi, memory, from, to))?;
        let folders = folders(call.data_mut())?;
        if code == 0 && from != to {
            match folders.remove(&from) {
                Some(entry) => folders.insert(to, entry),
                None => folders.remove(&to),
            };
        }
        Ok(code)
    })?;
    linker.func_wrap(
        WASI,
        "path_open",
        |mut call: Call<'_>,
         fd: i32,
         follow: i32,
         at: i32,
         length: i32,
         how: i32,
         rights: i64,
         inheriting: i64,
         flags: i32,
         out: i32|
         -> Answer {
            let wanted =
                Wanted { fd, follow: follow & FOLLOW != 0, how, rights, inheriting, flags };
            told(open(&mut call, &wanted, (at, length), out))
        },
    )?;
    Ok(())
}

/// What looks at a path.
fn add_lookups(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    linker.func_wrap(
        WASI,
        "path_filestat_get",
        |mut call: Call<'_>, fd: i32, follow: i32, at: i32, length: i32, out: i32| -> Answer {
            told(
                at_place(
                    &mut call,
                    fd,
                    (at, length),
                    What::Status(follow & FOLLOW != 0),
                    |wasi, fd, name| {
                        let (mut memory, at, end) = scratch(&[name], STATUS);
                        let memory_ = &mut GuestMemory::Unshared(&mut memory);
                        let code = at_once(wasi::path_filestat_get(
                            wasi,
                            memory_,
                            fd,
                            0,
                            at[0],
                            length_of(name),
                            end,
                        ))?;
                        Ok((code, memory.split_off(end as usize)))
                    },
                )
                .and_then(|(code, status)| write(&mut call, out, code, &status)),
            )
        },
    )?;
    linker.func_wrap(
        WASI,
        "path_readlink",
        |mut call: Call<'_>,
         fd: i32,
         at: i32,
         length: i32,
         out: i32,
         room: i32,
         used: i32|
         -> Answer {
            let room =
                usize::try_from(room.cast_unsigned()).unwrap_or(usize::MAX).min(LONGEST_PATH);
            told(
                at_place(&mut call, fd, (at, length), What::Name, |wasi, fd, name| {
                    let (mut memory, at, end) = scratch(&[name], room + 4);
                    let memory_ = &mut GuestMemory::Unshared(&mut memory);
                    let room = i32::try_from(room)?;
                    let length = length_of(name);
                    let code = at_once(wasi::path_readlink(
                        wasi,
                        memory_,
                        fd,
                        at[0],
                        length,
                        end + 4,
                        room,
                        end,
                    ))?;
                    Ok((code, memory.split_off(end as usize)))
                })
                .and_then(|(code, answer)| {
                    let (count, text) = answer.split_at(4);
                    let length = count.try_into().map_or(0, u32::from_le_bytes) as usize;
                    write(&mut call, out, code, &text[..length.min(text.len())])?;
                    write(&mut call, used, code, count)
                }),
            )
        },
    )?;
    Ok(())
}

/// What changes what is there.
fn add_changes(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    linker.func_wrap(
        WASI,
        "path_filestat_set_times",
        |mut call: Call<'_>,
         fd: i32,
         follow: i32,
         at: i32,
         length: i32,
         accessed: i64,
         modified: i64,
         which: i32|
         -> Answer {
            let what = What::Times(follow & FOLLOW != 0);
            told(at_place(&mut call, fd, (at, length), what, |wasi, fd, name| {
                let (mut memory, at, _) = scratch(&[name], 0);
                let memory = &mut GuestMemory::Unshared(&mut memory);
                let length = length_of(name);
                at_once(wasi::path_filestat_set_times(
                    wasi, memory, fd, 0, at[0], length, accessed, modified, which,
                ))
            }))
        },
    )?;
    macro_rules! on_a_name {
        ($($name:literal: $function:ident;)*) => {$(
            linker.func_wrap(WASI, $name, |mut call: Call<'_>, fd: i32, at: i32, length: i32| -> Answer {
                told(at_place(&mut call, fd, (at, length), What::Name, |wasi, fd, name| {
                    let (mut memory, at, _) = scratch(&[name], 0);
                    let memory = &mut GuestMemory::Unshared(&mut memory);
                    at_once(wasi::$function(wasi, memory, fd, at[0], length_of(name)))
                }))
            })?;
        )*};
    }
    on_a_name! {
        "path_create_directory": path_create_directory;
        "path_remove_directory": path_remove_directory;
        "path_unlink_file": path_unlink_file;
    }
    linker.func_wrap(
        WASI,
        "path_symlink",
        |mut call: Call<'_>, to: i32, to_length: i32, fd: i32, at: i32, length: i32| -> Answer {
            told(read(&mut call, (to, to_length)).and_then(|target| {
                at_place(&mut call, fd, (at, length), What::Name, |wasi, fd, name| {
                    let (mut memory, at, _) = scratch(&[&target, name], 0);
                    let memory = &mut GuestMemory::Unshared(&mut memory);
                    let (target, length) = (length_of(&target), length_of(name));
                    at_once(wasi::path_symlink(wasi, memory, at[0], target, fd, at[1], length))
                })
            }))
        },
    )?;
    linker.func_wrap(
        WASI,
        "path_rename",
        |mut call: Call<'_>,
         fd: i32,
         at: i32,
         length: i32,
         new_fd: i32,
         new_at: i32,
         new_length: i32|
         -> Answer {
            let ends = [(fd, (at, length)), (new_fd, (new_at, new_length))];
            told(at_places(&mut call, ends, |wasi, [(fd, old), (new_fd, new)]| {
                let (mut memory, at, _) = scratch(&[old, new], 0);
                let memory = &mut GuestMemory::Unshared(&mut memory);
                let (old, new) = (length_of(old), length_of(new));
                at_once(wasi::path_rename(wasi, memory, fd, at[0], old, new_fd, at[1], new))
            }))
        },
    )?;
    linker.func_wrap(
        WASI,
        "path_link",
        |mut call: Call<'_>,
         fd: i32,
         follow: i32,
         at: i32,
         length: i32,
         new_fd: i32,
         new_at: i32,
         new_length: i32|
         -> Answer {
            let ends = [(fd, (at, length)), (new_fd, (new_at, new_length))];
            told(at_places(&mut call, ends, |wasi, [(fd, old), (new_fd, new)]| {
                let (mut memory, at, _) = scratch(&[old, new], 0);
                let memory = &mut GuestMemory::Unshared(&mut memory);
                let (old, new) = (length_of(old), length_of(new));
                at_once(wasi::path_link(wasi, memory, fd, follow, at[0], old, new_fd, at[1], new))
            }))
        },
    )?;
    Ok(())
}

/// What `path_open` was asked for.
struct Wanted {
    fd: i32,
    follow: bool,
    how: i32,
    rights: i64,
    inheriting: i64,
    flags: i32,
}

/// Opens a path and writes the new number to `out`. wasmtime-wasi opens what was found once more, for its own table; but
/// what is read and written is what was looked at.
fn open(call: &mut Call<'_>, wanted: &Wanted, path: Text, out: i32) -> Result<i32> {
    let Wanted { fd, follow, how, rights, inheriting, flags } = *wanted;
    if flags & SYNC != 0 {
        return Err(Refused::Code(Code::Notsup));
    }
    let makes = how & (CREATE | EXCLUSIVE | TRUNCATE) != 0;
    if makes && how & DIRECTORY != 0 {
        return Err(Refused::Code(Code::Inval));
    }
    let writes = rights & WRITE != 0 || how & (CREATE | TRUNCATE) != 0;
    let reads = rights & READ != 0 || rights & WRITE == 0;
    let mut system = match (reads, writes) {
        (true, true) => OFlags::RDWR,
        (false, true) => OFlags::WRONLY,
        _ => OFlags::RDONLY,
    };
    system.set(OFlags::CREATE, how & CREATE != 0);
    system.set(OFlags::EXCL, how & (CREATE | EXCLUSIVE) == CREATE | EXCLUSIVE);
    system.set(OFlags::TRUNC, how & TRUNCATE != 0);
    system.set(OFlags::DIRECTORY, how & DIRECTORY != 0);
    let mut mode = OpenMode::empty();
    mode.set(OpenMode::READ, reads);
    mode.set(OpenMode::WRITE, writes);

    let path = read(call, path)?;
    let guest = call.data_mut();
    let (opened, ..) = beneath(guest, fd, |beneath| {
        if writes && !beneath.writable {
            return Err(Errno::PERM);
        }
        beneath.open(&path, follow, system)
    })?;
    let perms = if opened.writable { FsPerms::ReadWrite } else { FsPerms::ReadOnly };
    let file = std::fs::File::from(opened.file);
    let found = if opened.is_folder {
        Descriptor::Dir(Dir::new(file, perms, mode, true))
    } else {
        Descriptor::File(File::new(file, perms, mode, true))
    };

    let at = at(beneath(guest, fd, |beneath| beneath.place_of_opened(&path, follow))?);
    let entry = next_entry(guest.wasi.ctx().table)?;
    let (code, number) = standing_in(&mut guest.wasi, at.entry, at.folder, |wasi| {
        let (mut memory, place, end) = scratch(&[&at.name], 4);
        let inside = &mut GuestMemory::Unshared(&mut memory);
        let length = length_of(&at.name);
        let how = how & DIRECTORY;
        let code = at_once(wasi::path_open(
            wasi, inside, fd, 0, place[0], length, how, rights, inheriting, flags, end,
        ))?;
        Ok((code, number(&memory, end)))
    })?;
    if code != 0 {
        return Ok(code);
    }
    let table = guest.wasi.ctx().table;
    let own = table.get_mut(&Resource::<Descriptor>::new_borrow(entry))?;
    if std::mem::discriminant(own) != std::mem::discriminant(&found) {
        // Another one came to the place.
        let wasi = &mut guest.wasi;
        at_once(wasi::fd_close(wasi, &mut GuestMemory::Unshared(&mut []), number))?;
        return Err(Refused::Code(Code::Noent));
    }
    *own = found;
    if opened.is_folder {
        folders(guest)?.insert(number, entry);
    }
    write(call, out, 0, &number.to_le_bytes())
}
