//! Registries that attack whoever pulls. Each attack ends in an error, within bounds of time and memory, and leaves
//! nothing in the store.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use composectl_plan::{Code, Digest, Store};

use super::memory::peak_of;
use super::server::{Answer, Asked, Server, Shelf, ok, status};
use super::{COMPONENT, files, hurried, options, pull, pull_with};

/// No attack holds a pull longer. Those that take what time there is end after 1.5 s a request (`super::hurried`), of which
/// there are four.
const MOST_TIME: Duration = Duration::from_secs(20);
/// No attack costs more memory, in bytes.
const MOST_MEMORY: usize = 16 << 20;

/// Where a registry attacks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum At {
    Manifest,
    Config,
    Component,
    /// Anything that is asked of its token server, after it has wanted to know who asks.
    Token,
}

impl At {
    fn is(self, shelf: &Shelf, asked: &Asked) -> bool {
        let path = asked.path.as_str();
        match self {
            At::Manifest => path.contains("/manifests/"),
            At::Config => path.ends_with(&Digest::of(&shelf.config).to_string()),
            At::Component => path.ends_with(&shelf.digest().to_string()),
            At::Token => path.starts_with("/token"),
        }
    }
}

type Answering = dyn Fn(&Shelf, &Asked) -> Answer + Send + Sync;

struct Attack {
    name: &'static str,
    at: At,
    answer: Box<Answering>,
    code: Code,
    says: &'static str,
    /// Whether it goes on for as long as it is waited for.
    takes_time: bool,
}

fn attack(
    name: &'static str,
    at: At,
    code: Code,
    says: &'static str,
    answer: impl Fn(&Shelf, &Asked) -> Answer + Send + Sync + 'static,
) -> Attack {
    Attack { name, at, answer: Box::new(answer), code, says, takes_time: false }
}

/// A byte of `rest` at a time, behind `head`.
fn drip(name: &'static str, at: At, head: &str, rest: Vec<u8>, pause: u64) -> Attack {
    let (head, pause) = (head.as_bytes().to_vec(), Duration::from_millis(pause));
    let answer = move |_: &Shelf, _: &Asked| Answer::Drip(head.clone(), rest.clone(), pause);
    Attack { takes_time: true, ..attack(name, at, Code::BlobIoError, "too long", answer) }
}

/// What is answered, as it is.
fn raw(text: impl Into<Vec<u8>>) -> Answer {
    Answer::Raw(text.into())
}

/// A head that is followed by the text again and again.
fn endless(head: &str, text: &str) -> Answer {
    Answer::Again(head.into(), text.into())
}

fn location(to: impl Into<String>) -> Answer {
    Answer::Plain(307, vec![("Location", to.into())], vec![])
}

/// The manifest with something else in it.
fn manifest(shelf: &Shelf, from: &str, to: &str) -> Answer {
    let changed = shelf.manifest.replacen(from, to, 1);
    assert_ne!(changed, shelf.manifest, "{from} is in the manifest");
    ok(changed)
}

fn challenge(text: impl Into<String>) -> Answer {
    Answer::Plain(401, vec![("WWW-Authenticate", text.into())], vec![])
}

#[rustfmt::skip]
fn redirects() -> Vec<Attack> {
    use At::{Component, Manifest};
    use Code::{BlobIoError, TrustUntrustedSource};
    let to = |name, at, to: &'static str, says| attack(name, at, TrustUntrustedSource, says, move |_, _| location(to));
    vec![
        to("another host without TLS", Component, "http://registry.test/x", "not asked without https"),
        to("a private address without TLS", Component, "http://10.0.0.1/x", "not asked without https"),
        to("the address of a cloud's secrets", Component, "http://169.254.169.254/latest", "not asked without https"),
        to("an address that begins like loopback", Component, "http://127.0.0.1.registry.test/", "not asked"),
        to("a file", Component, "file:///etc/passwd", "leads on to"),
        to("another protocol", Manifest, "gopher://127.0.0.1/", "only http and https"),
        to("a user and a password", Manifest, "http://u:p@127.0.0.1/", "leads on to"),
        to("nothing", Manifest, "", "leads on to"),
        to("text that is no address", Manifest, "http://[::1", "leads on to"),
        to("a relative path", Manifest, "../../x", "leads on to"),
        attack("itself", Manifest, BlobIoError, "led on and on", |_, asked| location(asked.path.clone())),
        attack("ever longer paths", Manifest, BlobIoError, "led on and on", |_, asked| location(format!("{0}{0}", asked.path))),
        attack("no place", Component, BlobIoError, "names no place", |_, _| status(302)),
        attack("300 without a place", Component, BlobIoError, "names no place", |_, _| status(300)),
        attack("not modified", Component, BlobIoError, "304", |_, _| status(304)),
    ]
}

#[rustfmt::skip]
fn framing() -> Vec<Attack> {
    use At::{Component, Config, Manifest};
    use Code::{BlobDigestMismatch, BlobIoError, ExecResourceExhausted, InvalidInput};
    const CHUNKED: &str = "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n";
    let head = |name, text: &'static str| attack(name, Manifest, BlobIoError, "cannot talk to", move |_, _| raw(text));
    vec![
        attack("a gzip bomb", Component, BlobDigestMismatch, "sent", |_, _| Answer::Plain(200, vec![("Content-Encoding", "gzip".into())], vec![0x1f; 900])),
        attack("a manifest in gzip", Manifest, InvalidInput, "no manifest", |_, _| Answer::Plain(200, vec![("Content-Encoding", "gzip".into())], b"\x1f\x8b\x08\0".to_vec())),
        attack("chunks in gzip", Manifest, BlobIoError, "", |_, _| raw("HTTP/1.1 200 X\r\nTransfer-Encoding: gzip, chunked\r\n\r\nffffffffff\r\n\x1f")),
        attack("a chunk without a size", Manifest, BlobIoError, "", move |_, _| raw(format!("{CHUNKED}zz\r\nabc\r\n0\r\n\r\n"))),
        attack("a chunk of 2^64 bytes", Manifest, BlobIoError, "", move |_, _| raw(format!("{CHUNKED}10000000000000000\r\nabc"))),
        attack("a chunk of -1 bytes", Manifest, BlobIoError, "", move |_, _| raw(format!("{CHUNKED}-1\r\nabc\r\n"))),
        attack("a chunk that breaks off", Component, BlobIoError, "broke off", move |_, _| raw(format!("{CHUNKED}ff\r\nabc"))),
        attack("an extension of a chunk without end", Manifest, BlobIoError, "", move |_, _| endless(&format!("{CHUNKED}1;"), "x=yyyyyyyyyyyy;")),
        attack("a size of a chunk without end", Manifest, BlobIoError, "", move |_, _| endless(CHUNKED, "0")),
        Attack { takes_time: true, ..attack("a trailer without end", Component, BlobIoError, "", move |_, _| endless(&format!("{CHUNKED}0\r\n"), "X: yyyyyyyyyyyyyy\r\n")) },
        attack("empty manifests in chunks", Manifest, InvalidInput, "no manifest", move |_, _| raw(format!("{CHUNKED}0\r\n\r\n"))),
        attack("a length and chunks", Component, BlobDigestMismatch, "sent", |_, _| raw("HTTP/1.1 200 X\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n")),
        attack("two lengths", Component, BlobIoError, "cannot talk to", |shelf, _| raw(format!("HTTP/1.1 200 X\r\nContent-Length: {}\r\nContent-Length: 1\r\n\r\nx", shelf.component.len() + 1))),
        attack("a negative length", Component, BlobIoError, "", |_, _| raw("HTTP/1.1 200 X\r\nContent-Length: -1\r\n\r\nx")),
        attack("a length of 2^65", Component, BlobIoError, "", |_, _| raw("HTTP/1.1 200 X\r\nContent-Length: 36893488147419103232\r\n\r\nx")),
        attack("more than the length", Config, BlobDigestMismatch, "sent", |shelf, _| raw(format!("HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\n{}", shelf.config.len(), "x".repeat(100_000)))),
        head("no answer", ""),
        head("an answer of HTTP/0.9", "<html>hello</html>"),
        head("a status of four digits", "HTTP/1.1 2000 X\r\n\r\n"),
        head("a status of two digits", "HTTP/1.1 99 X\r\n\r\n"),
        head("another version", "HTTP/9.9 200 X\r\n\r\n"),
        head("a header without a colon", "HTTP/1.1 200 X\r\nabc\r\n\r\n"),
        head("a header with a NUL", "HTTP/1.1 200 X\r\nA: b\0c\r\n\r\n"),
        head("a header with an escape in its name", "HTTP/1.1 200 X\r\nA\x1b[2J: b\r\n\r\n"),
        head("a greeting of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        head("an alert of TLS", "\x15\x03\x01\0\x02\x02\x28"),
        attack("a header of 9 MB", Manifest, BlobIoError, "cannot talk to", |_, _| raw(format!("HTTP/1.1 200 X\r\nA: {}\r\n\r\n", "b".repeat(9 << 20)))),
        attack("a header without end", Manifest, BlobIoError, "cannot talk to", |_, _| endless("HTTP/1.1 200 X\r\nA: ", "bbbbbbbbbbbbbbbb")),
        attack("headers without end", Manifest, BlobIoError, "cannot talk to", |_, _| endless("HTTP/1.1 200 X\r\n", "Abc: defghijklmnop\r\n")),
        attack("100 again and again", Manifest, BlobIoError, "cannot talk to", |_, _| endless("", "HTTP/1.1 100 Continue\r\n\r\n")),
        attack("hints again and again", Manifest, BlobIoError, "", |_, _| endless("", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")),
        attack("another protocol", Manifest, BlobIoError, "101", |_, _| raw("HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")),
        drip("a byte at a time", Manifest, "HTTP/1.1 200 X\r\n\r\n", vec![b' '; 1000], 100),
        drip("a head of a byte at a time", Manifest, "", b"HTTP/1.1 200 X\r\nA: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb".to_vec(), 100),
        drip("silence", Component, "", b"HT".to_vec(), 60_000),
        attack("a manifest of 5 MB", Manifest, ExecResourceExhausted, "larger than", |_, _| ok(vec![b' '; 5 << 20])),
        attack("a manifest without end", Manifest, ExecResourceExhausted, "larger than", |_, _| endless("HTTP/1.1 200 X\r\n\r\n", "                ")),
    ]
}

#[rustfmt::skip]
fn statuses() -> Vec<Attack> {
    use At::{Component, Manifest};
    use Code::{BlobIoError, BlobNotFound};
    let is = |name, at, code: u16, says| attack(name, at, BlobIoError, says, move |_, _| status(code));
    vec![
        is("no content", Manifest, 204, "204"),
        is("a part of a manifest", Manifest, 206, "206"),
        attack("a part of a component", Component, BlobIoError, "206", |shelf, _| Answer::Plain(206, vec![("Content-Range", "bytes 0-3/4".into())], shelf.component.clone())),
        attack("later, in a year", Manifest, BlobIoError, "429", |_, _| Answer::Plain(429, vec![("Retry-After", "31536000".into())], vec![])),
        attack("unavailable, until a date", Component, BlobIoError, "503", |_, _| Answer::Plain(503, vec![("Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT".into())], vec![])),
        attack("not found, with a manifest", Manifest, BlobNotFound, "there is no", |shelf, _| Answer::Plain(404, vec![], shelf.manifest.clone().into())),
        attack("an error of escapes", Manifest, BlobIoError, "500", |_, _| Answer::Plain(500, vec![], br#"{"errors":[{"message":"\u001b]0;x\u0007\r\n\u009b2J"}]}"#.to_vec())),
        attack("a thousand errors", Manifest, BlobIoError, "400", |_, _| Answer::Plain(400, vec![], format!("{{\"errors\":[{}{{}}]}}", "{\"message\":\"long, long, long\"},".repeat(1000)).into())),
        attack("an error without end", Manifest, BlobIoError, "500", |_, _| endless("HTTP/1.1 500 X\r\n\r\n", "{\"errors\":[{\"message\":\"x\"}]}")),
        attack("a status with escapes", Manifest, BlobIoError, "", |_, _| raw("HTTP/1.1 500 \x1b[2J\r\n\r\n")),
    ]
}

#[rustfmt::skip]
fn documents() -> Vec<Attack> {
    use At::{Component, Config, Manifest};
    use Code::{BlobDigestMismatch, ExecResourceExhausted, InvalidInput};
    const LAYERS: &str = "\"layers\":[";
    let changed = |name, from: &'static str, to: &'static str, says| {
        attack(name, Manifest, InvalidInput, says, move |shelf, _| manifest(shelf, from, to))
    };
    let sized = |name, code, says, size: &'static str| attack(name, Manifest, code, says, move |shelf, _| {
        manifest(shelf, &format!("\"size\":{}}}]", shelf.component.len()), &format!("\"size\":{size}}}]"))
    });
    let digest = |name, to: &'static str| attack(name, Manifest, InvalidInput, "has the digest", move |shelf, _| {
        manifest(shelf, &shelf.digest().to_string(), to)
    });
    vec![
        attack("a deep manifest", Manifest, InvalidInput, "no manifest", |_, _| ok("[".repeat(4000))),
        attack("a deep manifest of objects", Manifest, InvalidInput, "no manifest", |_, _| ok("{\"layers\":".repeat(400))),
        changed("layers twice", LAYERS, "\"layers\":[],\"layers\":[", "no manifest"),
        changed("two layers", LAYERS, "\"layers\":[{\"mediaType\":\"application/wasm\",\"digest\":\"sha256:x\",\"size\":1},", "2 layers"),
        changed("no layers", LAYERS, "\"others\":[", "0 layers"),
        changed("an index as well", LAYERS, "\"manifests\":[],\"layers\":[", "index"),
        changed("a layer of another type", "application/wasm", "application/vnd.oci.image.layer.v1.tar+gzip", "its layer is of type"),
        changed("a config of another type", "vnd.wasm.config", "vnd.oci.image.config", "its config is of type"),
        changed("a type of escapes", "application/wasm", "\\u001b[2J\\n", "its layer is of type"),
        changed("schema 1", "\"schemaVersion\":2", "\"schemaVersion\":1", "schemaVersion is 1"),
        changed("escapes", "{\"schema", "\u{1b}]0;owned\u{7}", "no manifest"),
        changed("an unknown field of escapes", "\"schemaVersion\":2", "\"\\u001b[2J\":2", "no manifest"),
        digest("a path in place of a digest", "sha256:../../../../../../../../../../etc/passwd"),
        digest("a query in place of a digest", "x?y=z&"),
        digest("another algorithm", "sha512:00"),
        digest("line ends in place of a digest", "\\r\\nHost: x\\r\\n\\r\\n"),
        sized("a size that is too small", BlobDigestMismatch, "sent", "3"),
        sized("a size that is too large", BlobDigestMismatch, "sent", "40000"),
        sized("a size that nobody has", ExecResourceExhausted, "at most", "18446744073709551615"),
        sized("a negative size", InvalidInput, "no manifest", "-1"),
        sized("a size that is no integer", InvalidInput, "no manifest", "1e3"),
        attack("another digest than announced", Manifest, BlobDigestMismatch, "sent a manifest", |shelf, _| Answer::Plain(200, vec![("Docker-Content-Digest", format!("sha256:{}", "0".repeat(64)))], shelf.manifest.clone().into())),
        attack("another component", Component, BlobDigestMismatch, "sent", |shelf, _| ok(vec![0; shelf.component.len()])),
        attack("another config", Config, BlobDigestMismatch, "sent", |shelf, _| ok(vec![b' '; shelf.config.len()])),
        attack("a config of 4 GB", Manifest, ExecResourceExhausted, "the config", |shelf, _| {
            manifest(shelf, &format!("\"size\":{}}},\"layers\"", shelf.config.len()), "\"size\":4294967296},\"layers\"")
        }),
    ]
}

#[rustfmt::skip]
fn tokens() -> Vec<Attack> {
    use At::{Manifest, Token};
    use Code::{BlobIoError, ExecResourceExhausted, InvalidInput, TrustUntrustedSource};
    let asks = |name, code, says, text: &'static str| attack(name, Manifest, code, says, move |_, _| challenge(text));
    let answers = |name, code, says, text: &'static str| attack(name, Token, code, says, move |_, _| ok(text));
    vec![
        asks("a realm on another host", TrustUntrustedSource, "not asked without https", "Bearer realm=\"http://tokens.test/\""),
        asks("a realm at a private address", TrustUntrustedSource, "not asked without https", "Bearer realm=\"http://192.168.0.1/\""),
        asks("a realm that is a file", TrustUntrustedSource, "leads on to", "Bearer realm=\"file:///etc/passwd\""),
        asks("a realm of escapes", BlobIoError, "cannot talk to", "Bearer realm=\"\x1b[2J\""),
        asks("no realm", BlobIoError, "no server to get a token from", "Bearer service=\"x\""),
        asks("an unknown scheme", BlobIoError, "not known here", "Negotiate"),
        asks("a password", BlobIoError, "docker's configuration knows none", "Basic realm=\"x\""),
        attack("a challenge without end", Manifest, BlobIoError, "cannot talk to", |_, _| endless("HTTP/1.1 401 X\r\nWWW-Authenticate: ", "Bearer realm=x, ")),
        attack("no challenge", Manifest, BlobIoError, "not known here", |_, _| status(401)),
        attack("403", Manifest, BlobIoError, "refuses access", |_, _| status(403)),
        answers("a token with a line end", InvalidInput, "no request can be made", "{\"token\":\"a\\r\\nHost: x\"}"),
        answers("an empty token", BlobIoError, "no token", "{\"token\":\"\"}"),
        answers("a token that nobody accepts", BlobIoError, "refuses access", "{\"token\":\"x\"}"),
        answers("no token", BlobIoError, "no token", "[]"),
        attack("a token of 5 MB", Token, ExecResourceExhausted, "the token", |_, _| ok(format!("{{\"token\":\"{}\"}}", "x".repeat(5 << 20)))),
        attack("a token without end", Token, ExecResourceExhausted, "the token", |_, _| endless("HTTP/1.1 200 X\r\n\r\n", "                ")),
        attack("a token server that leads on", Token, BlobIoError, "knows none", |_, _| location("http://127.0.0.1:1/")),
        attack("a token server that asks, too", Token, BlobIoError, "knows none", |_, _| challenge("Bearer realm=\"/token\"")),
    ]
}

/// What the server of an attack answers.
fn answer(attack: &Attack, shelf: &Shelf, asked: &Asked) -> Answer {
    if attack.at.is(shelf, asked) {
        return (attack.answer)(shelf, asked);
    }
    if attack.at == At::Token {
        return challenge(format!("Bearer realm=\"http://{}/token\"", asked.headers["host"]));
    }
    shelf.answer(asked)
}

/// What is wrong with how the attack ends; nothing is as it should be.
fn ends(attack: Attack) -> Result<(), String> {
    let Attack { name, at, code, says, takes_time, .. } = attack;
    let shelf = Shelf::new(COMPONENT);
    let server = Server::start(move |asked| answer(&attack, &shelf, asked));
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path().join("store"));
    let begin = Instant::now();
    let options = if takes_time { hurried() } else { options() };
    let (peak, pulled) = peak_of(|| pull_with(&server.reference(":1.0"), &store, &options));
    let took = begin.elapsed();
    let error = match pulled {
        Ok(_) => return Err(format!("{at:?}, {name}: it succeeds")),
        Err(error) => error,
    };
    let message = &error.message;
    let holds = [
        (error.code == code, "the code is another"),
        (message.contains(says), "it does not say so"),
        (message.len() < 1000, "it is long"),
        (files(folder.path()).is_empty(), "something is left in the store"),
        (took < MOST_TIME, "it takes long"),
        (peak < MOST_MEMORY, "it takes memory"),
        (server.asked().len() < 10, "it is asked again and again"),
    ];
    let wrong: Vec<_> = holds.iter().filter(|(holds, _)| !holds).map(|(_, what)| *what).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    let wrong = wrong.join(", ");
    Err(format!("{at:?}, {name}: {wrong} ({took:?}, {peak} bytes): {:?} {message}", error.code))
}

fn all_end(attacks: Vec<Attack>) {
    let attacks = Mutex::new(attacks.into_iter());
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let next = attacks.lock().expect("no panic").next();
                    let Some(attack) = next else { return };
                    wrong.lock().expect("no panic").extend(ends(attack).err());
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no panic");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_registry_cannot_lead_astray() {
    all_end(redirects());
}

#[test]
fn answers_that_are_framed_to_deceive_end_in_errors() {
    all_end(framing());
}

#[test]
fn a_status_other_than_success_is_an_error_at_once() {
    all_end(statuses());
}

#[test]
fn documents_that_lie_are_refused() {
    all_end(documents());
}

#[test]
fn a_token_server_gets_nothing_and_gives_nothing_bad() {
    all_end(tokens());
}

/// Places to get a layer from, and names for it, are for others.
#[test]
fn what_a_layer_says_beside_its_digest_is_not_heeded() {
    let elsewhere = Server::start(|_| status(404));
    let urls = format!("\"urls\":[\"http://{}/x\",\"file:///etc/passwd\"]", elsewhere.address);
    let titles = "\"annotations\":{\"org.opencontainers.image.title\":\"../../../evil\"}";
    let shelf = Shelf::new(COMPONENT);
    let layer = "{\"mediaType\":\"application/wasm\",";
    let text = shelf.manifest.replace(layer, &format!("{layer}{urls},{titles},"));
    assert_ne!(text, shelf.manifest);
    let server = Server::start(move |asked| {
        if At::Manifest.is(&shelf, asked) { ok(text.clone()) } else { shelf.answer(asked) }
    });
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("a/b/store"));
    pull(&server.reference(":1.0"), &store).unwrap();
    assert_eq!(elsewhere.asked().len(), 0);
    let outside = files(folder.path()).into_iter().filter(|file| !file.contains("/a/b/store/"));
    assert_eq!(outside.collect::<Vec<_>>(), [""; 0]);
}
