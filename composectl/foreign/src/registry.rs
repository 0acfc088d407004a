//! What registries and token servers answer.

use composectl_plan::{Code, Digest};
use composectl_registry::answers::{challenges_of, said, token};
use composectl_registry::location::{self, Uri, is_loopback, is_secure, same_origin};
use composectl_registry::manifest::{self, Descriptor, Named};

pub fn manifest(bytes: &[u8]) {
    if let Err(error) = manifest::read(bytes) {
        assert_eq!(error.code, Code::InvalidInput);
        assert!(error.message.len() < 1000, "{}", error.message);
    }
    let nothing = Descriptor { digest: Digest::of(b""), size: 0 };
    let named = Named { config: nothing.clone(), component: nothing };
    if let Err(error) = manifest::check_config(bytes, &named) {
        assert_eq!(error.code, Code::InvalidInput);
        assert!(error.message.len() < 1000, "{}", error.message);
    }
}

/// Headers and the bodies of answers that are no manifests.
pub fn answers(bytes: &[u8]) {
    let said = said(bytes);
    assert!(said.len() < 10_000, "{said}");
    assert!(token(bytes).is_none_or(|token| !token.is_empty()));
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let challenges = challenges_of(text);
    let words = challenges.iter().map(|challenge| {
        let words = challenge.parameters.iter().map(|(name, value)| name.len() + value.len());
        challenge.scheme.len() + words.sum::<usize>()
    });
    assert!(words.sum::<usize>() <= text.len(), "{challenges:?}");
    for from in ["https://registry.test/v2/a", "http://127.0.0.1:5000/v2/a", "http://r.test/a"] {
        leads(&from.parse().expect("an address"), text);
    }
}

/// What a registry leads to is never a step back from TLS, and without TLS never another host.
fn leads(from: &Uri, text: &str) {
    match location::target(from, text) {
        Ok(to) => {
            let authority = to.authority().expect("an address has a host").as_str();
            assert!(!authority.contains('@'), "{to}");
            let plain = same_origin(from, &to) || is_loopback(from) && is_loopback(&to);
            assert!(is_secure(&to) || !is_secure(from) && plain, "{from} -> {to}");
        }
        Err(error) => {
            assert_eq!(error.code, Code::TrustUntrustedSource);
            assert!(error.message.len() < 2000, "{}", error.message);
        }
    }
}
