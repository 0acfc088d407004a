//! A registry on loopback that answers what a test wants it to answer.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use composectl_plan::{Digest, OciReference};

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    /// With the query.
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

/// What is answered, as raw as a test needs it.
pub enum Answer {
    /// Status, headers, body; the length is added.
    Plain(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// The bytes as they are, then the connection ends.
    Raw(Vec<u8>),
    /// Head and then a byte at a time, with a pause between.
    Drip(Vec<u8>, Vec<u8>, Duration),
    /// Head and then spaces without end.
    Endless(Vec<u8>),
    /// Head and then the same text again and again.
    Again(Vec<u8>, Vec<u8>),
}

pub fn ok(body: impl Into<Vec<u8>>) -> Answer {
    Answer::Plain(200, vec![], body.into())
}

pub fn status(code: u16) -> Answer {
    Answer::Plain(code, vec![], vec![])
}

type Handler = dyn Fn(&Asked) -> Answer + Send + Sync;

/// Runs until the test process ends.
pub struct Server {
    pub address: String,
    log: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub fn start(handler: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound").to_string();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (handler, seen): (Arc<Handler>, _) = (Arc::new(handler), Arc::clone(&log));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (handler, seen) = (Arc::clone(&handler), Arc::clone(&seen));
                std::thread::spawn(move || serve(stream, &*handler, &seen));
            }
        });
        Server { address, log }
    }

    /// Everything that was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.log.lock().expect("no panic").clone()
    }

    pub fn reference(&self, version: &str) -> OciReference {
        OciReference::parse(&format!("{}/caps/demo{version}", self.address)).expect("valid")
    }
}

fn serve(stream: TcpStream, handler: &Handler, log: &Mutex<Vec<Asked>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let asked = Asked { method, path, headers, body };
    log.lock().expect("no panic").push(asked.clone());
    let mut stream = stream;
    match handler(&asked) {
        Answer::Plain(code, headers, body) => {
            let mut head = format!("HTTP/1.1 {code} X\r\nConnection: close\r\n");
            for (name, value) in headers {
                head += &format!("{name}: {value}\r\n");
            }
            head += &format!("Content-Length: {}\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).ok()?;
            if asked.method != "HEAD" {
                stream.write_all(&body).ok()?;
            }
        }
        Answer::Raw(bytes) => stream.write_all(&bytes).ok()?,
        Answer::Drip(head, body, pause) => {
            stream.write_all(&head).ok()?;
            for byte in body {
                stream.write_all(&[byte]).ok()?;
                std::thread::sleep(pause);
            }
        }
        Answer::Endless(head) => again(&mut stream, &head, b" ")?,
        Answer::Again(head, text) => again(&mut stream, &head, &text)?,
    }
    stream.flush().ok()
}

/// Writes the head, and the text until nobody reads it any more.
fn again(stream: &mut TcpStream, head: &[u8], text: &[u8]) -> Option<()> {
    stream.write_all(head).ok()?;
    let block = text.repeat(4096 / text.len() + 1);
    while stream.write_all(&block).is_ok() {}
    Some(())
}

/// A component in a registry: what an honest one has.
#[derive(Clone)]
pub struct Shelf {
    pub component: Vec<u8>,
    pub config: Vec<u8>,
    pub manifest: String,
}

impl Shelf {
    pub fn new(component: &[u8]) -> Shelf {
        let layer = Digest::of(component);
        let config =
            format!(r#"{{"architecture":"wasm","os":"wasip2","layerDigests":["{layer}"]}}"#);
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.wasm.config.v0+json","digest":"{}","size":{}}},"layers":[{{"mediaType":"application/wasm","digest":"{layer}","size":{}}}]}}"#,
            Digest::of(config.as_bytes()),
            config.len(),
            component.len()
        );
        Shelf { component: component.to_vec(), config: config.into_bytes(), manifest }
    }

    pub fn manifest_digest(&self) -> Digest {
        Digest::of(self.manifest.as_bytes())
    }

    pub fn digest(&self) -> Digest {
        Digest::of(&self.component)
    }

    /// What an honest registry answers.
    pub fn answer(&self, asked: &Asked) -> Answer {
        let blob = |bytes: &[u8]| format!("/v2/caps/demo/blobs/{}", Digest::of(bytes));
        let by_digest = format!("/v2/caps/demo/manifests/{}", self.manifest_digest());
        let path = asked.path.as_str();
        if path == "/v2/caps/demo/manifests/1.0" || path == by_digest {
            let headers = vec![("Docker-Content-Digest", self.manifest_digest().to_string())];
            return Answer::Plain(200, headers, self.manifest.clone().into_bytes());
        }
        if path == blob(&self.component) {
            return ok(self.component.clone());
        }
        if path == blob(&self.config) {
            return ok(self.config.clone());
        }
        status(404)
    }
}
