//! What registries and their token servers say, apart from manifests: challenges, tokens, errors. Reading it needs no
//! network.

use composectl_plan::shortened;
use serde::Deserialize;

/// What `WWW-Authenticate` asks for.
#[derive(Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The scheme, in lower case.
    pub scheme: String,
    /// Names in lower case, and values.
    pub parameters: Vec<(String, String)>,
}

impl Challenge {
    /// The parameter called `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut parameters = self.parameters.iter();
        parameters.find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The challenges of one header (RFC 9110, 11.3): a scheme, then `name=value` or `name="value"` with commas.
pub fn challenges_of(header: &str) -> Vec<Challenge> {
    let mut challenges: Vec<Challenge> = Vec::new();
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest.find([' ', '\t', ',', '=']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if word.is_empty() {
            return challenges;
        }
        let Some(value) = after.strip_prefix('=') else {
            let scheme = word.to_ascii_lowercase();
            challenges.push(Challenge { scheme, parameters: Vec::new() });
            rest = after;
            continue;
        };
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => unquote(quoted),
            None => {
                let end = value.find([' ', '\t', ',']).unwrap_or(value.len());
                (value[..end].to_owned(), &value[end..])
            }
        };
        if let Some(challenge) = challenges.last_mut() {
            challenge.parameters.push((word.to_ascii_lowercase(), value));
        }
        rest = after;
    }
}

/// The text up to the closing quote, and what follows it.
fn unquote(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return (value, &text[index + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

/// The token in the answer of a token server.
pub fn token(answer: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Token {
        token: Option<String>,
        access_token: Option<String>,
    }
    let Token { token, access_token } = serde_json::from_slice(answer).ok()?;
    token.or(access_token).filter(|token| !token.is_empty())
}

/// The error that a registry has put into words; empty if it has not.
pub fn said(answer: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Errors {
        errors: Vec<Said>,
    }
    #[derive(Deserialize)]
    struct Said {
        #[serde(default)]
        code: String,
        #[serde(default)]
        message: String,
    }
    let Ok(Errors { errors }) = serde_json::from_slice(answer) else { return String::new() };
    let text = |error: &Said| {
        let message = shortened(error.message.trim(), 150);
        if message.is_empty() { shortened(&error.code, 50) } else { message }
    };
    errors.iter().take(3).map(text).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read() {
        let read = challenges_of(
            r#"Bearer realm="https://auth.test/token",service="registry.test",scope="repository:a/b:pull,push""#,
        );
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].scheme, "bearer");
        assert_eq!(read[0].get("realm"), Some("https://auth.test/token"));
        assert_eq!(read[0].get("scope"), Some("repository:a/b:pull,push"));
        let read = challenges_of(r#"Basic Realm="a \"b\"", BEARER realm=x , service=y"#);
        assert_eq!(read[0].get("realm"), Some("a \"b\""));
        assert_eq!((read[1].scheme.as_str(), read[1].get("service")), ("bearer", Some("y")));
    }

    #[test]
    fn broken_challenges_end() {
        for text in
            ["", ",", "=", "a=", "Bearer realm=\"", "Bearer realm=\"\\", "\"", "Bearer ,,=,"]
        {
            let _ = challenges_of(text);
        }
        assert_eq!(challenges_of("realm=x"), []);
    }
}
