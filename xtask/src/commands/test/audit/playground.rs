//! What there is to be reached: folders with files and links, listeners on loopback, a plan with one provider of two.

use std::ffi::OsString;
use std::io::Write as _;
use std::net::{TcpListener, UdpSocket};
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use super::joined;
use crate::commands::test::subject::Subject;
use crate::composectl;

/// What stands in files outside and in composectl's environment.
pub const MACHINE_SECRET: &str = "secret";

/// Made anew for each kind of grant. Its listeners live as long as the process.
pub struct Playground {
    folder: tempfile::TempDir,
    store: PathBuf,
    listed: u16,
    other: u16,
    datagrams: u16,
}

impl Playground {
    pub fn new(dynlinked: &Subject) -> Result<Playground> {
        let folder = tempfile::tempdir()?;
        let (granted, outside) = (folder.path().join("granted"), folder.path().join("outside"));
        for (folder, names) in
            [(&granted, &["inside", "changed", "removed", "moved"][..]), (&outside, &["secret"])]
        {
            std::fs::create_dir(folder)?;
            for name in names {
                std::fs::write(folder.join(format!("{name}.txt")), name)?;
            }
        }
        symlink("../outside/secret.txt", granted.join("link"))?;
        symlink("../outside/written.txt", granted.join("link-to-write"))?;
        symlink(outside.join("secret.txt"), granted.join("absolute-link"))?;
        let pipe = std::process::Command::new("mkfifo").arg(granted.join("pipe")).status();
        ensure!(pipe.context("cannot start mkfifo")?.success(), "mkfifo fails");
        let place = dynlinked.place()?;
        let own = folder.path().join("plan.json");
        std::fs::copy(&place.plan, &own)?;
        let composectl = &dynlinked.built()?.composectl;
        let mut remove = std::process::Command::new(composectl);
        composectl::succeed(remove.args(["plan", "rm"]).arg(own).arg("crc32c"))?;
        Ok(Playground {
            store: place.store.clone(),
            listed: greeter()?,
            other: greeter()?,
            datagrams: echo()?,
            folder,
        })
    }

    /// A flag with what is this playground's in place of its names.
    pub fn filled_in(&self, flag: &str) -> OsString {
        let path = self.folder.path();
        match flag.strip_prefix("FOLDER") {
            Some(rest) => joined(&path.join("granted"), rest),
            None if flag == "PLAN" => path.join("plan.json").into(),
            None if flag == "STORE" => self.store.clone().into(),
            None => flag.replace("LISTED", &self.listed.to_string()).into(),
        }
    }

    /// What the program is told of it.
    pub fn parameters(&self) -> String {
        let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        json!({
            "granted": self.folder.path().join("granted"),
            "outside": self.folder.path().join("outside"),
            "machine": machine.trim(),
            "listed": self.listed,
            "other": self.other,
            "datagrams": self.datagrams,
            "process": std::process::id(),
        })
        .to_string()
    }
}

/// Says hello to whoever connects.
fn greeter() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no port on loopback")?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.write_all(b"hello");
        }
    });
    Ok(port)
}

/// Sends each datagram back.
fn echo() -> Result<u16> {
    let socket = UdpSocket::bind("127.0.0.1:0").context("no port on loopback")?;
    let port = socket.local_addr()?.port();
    std::thread::spawn(move || {
        let mut buffer = [0; 64];
        while let Ok((length, sender)) = socket.recv_from(&mut buffer) {
            let _ = socket.send_to(&buffer[..length], sender);
        }
    });
    Ok(port)
}
