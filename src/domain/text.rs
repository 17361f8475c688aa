//! Text from outside (file names, operator names, answers of a server), made safe to put on a terminal.
//!
//! A name may carry escape sequences that move the cursor, set the clipboard or reverse the reading direction. Such
//! characters are shown as visible escapes, once, where text enters; raw bytes are kept for I/O.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character may reach a terminal as it is: no C0, DEL, C1, no bidirectional control, no invisible joiner
/// that would make two different names look alike, no line or paragraph separator.
pub fn is_plain(c: char) -> bool {
    !(c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'))
}

/// Shows a string, with characters that must not reach a terminal as escapes such as `\x1b` or `\u{202e}`.
pub fn scrub(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| (0x20..0x7f).contains(&b)) || text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        push(&mut shown, c);
    }
    Cow::Owned(shown)
}

/// Shows bytes that should be UTF-8 but need not be: as [`scrub`] does, and each byte that is no UTF-8 as `\xNN`.
pub fn scrub_bytes(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return scrub(text);
    }
    let mut shown = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            push(&mut shown, c);
        }
        for byte in chunk.invalid() {
            let _ = write!(shown, "\\x{byte:02x}");
        }
    }
    Cow::Owned(shown)
}

fn push(shown: &mut String, c: char) {
    let _ = match c {
        c if is_plain(c) => {
            shown.push(c);
            Ok(())
        }
        '\n' => shown.write_str("\\n"),
        '\t' => shown.write_str("\\t"),
        '\r' => shown.write_str("\\r"),
        c if (c as u32) < 0x100 => write!(shown, "\\x{:02x}", c as u32),
        c => write!(shown, "\\u{{{:x}}}", c as u32),
    };
}

/// The same text with stars in place of passwords and tokens: in URLs, as in `s3n://key:secret@bucket`, and in what is asked
/// for, as in `?token=secret`.
pub fn without_password(text: &str) -> Cow<'_, str> {
    match without_userinfo(text) {
        Cow::Borrowed(text) => without_parameters(text),
        Cow::Owned(safe) => Cow::Owned(without_parameters(&safe).into_owned()),
    }
}

/// What the names of parameters contain whose values nobody else is to know.
const SECRETS: [&str; 10] = [
    "token",
    "password",
    "passwd",
    "pwd",
    "secret",
    "signature",
    "credential",
    "apikey",
    "api_key",
    "accesskey",
];

/// Without the values of secret parameters. One ends where the next begins, or the text that it stands in.
fn without_parameters(text: &str) -> Cow<'_, str> {
    let begins = |c: char| matches!(c, '?' | '&' | ';');
    let ends = |c: char| begins(c) || c.is_whitespace() || matches!(c, '"' | '\'' | '#');
    let mut safe = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(begins) {
        let (before, after) = rest.split_at(at + 1);
        safe.push_str(before);
        rest = after;
        let end = after.find(ends).unwrap_or(after.len());
        let Some((name, _)) = after[..end].split_once('=') else {
            continue;
        };
        let lower = name.to_ascii_lowercase();
        // `sig` is what signs a link to a blob of Azure's.
        if lower == "sig" || SECRETS.iter().any(|it| lower.contains(it)) {
            safe.push_str(name);
            safe.push_str("=***");
            rest = &after[end..];
        }
    }
    safe.push_str(rest);
    if safe == text {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(safe)
    }
}

fn without_userinfo(text: &str) -> Cow<'_, str> {
    let mut safe = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        safe.push_str(before);
        let end = after
            .find(|c: char| c == '/' || c.is_whitespace())
            .unwrap_or(after.len());
        let authority = &after[..end];
        // A password may have an `@` of its own.
        let user_ends = authority.rfind('@');
        match user_ends.map(|end| (authority[..end].find(':'), end)) {
            Some((Some(colon), at)) => {
                safe.push_str(&authority[..=colon]);
                safe.push_str("***");
                safe.push_str(&authority[at..]);
            }
            // To a server of the web it is a token that stands alone there; elsewhere a user, or a container.
            Some((None, at)) if before.ends_with("http://") || before.ends_with("https://") => {
                safe.push_str("***");
                safe.push_str(&authority[at..]);
            }
            _ => safe.push_str(authority),
        }
        rest = &after[end..];
    }
    if safe.is_empty() {
        return Cow::Borrowed(text);
    }
    safe.push_str(rest);
    if safe == text {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(safe)
    }
}

/// Quotes text for a POSIX shell, so that a yanked command can be pasted whatever the path holds.
pub fn shell_quote(text: &str) -> Cow<'_, str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-./:=,@%+".contains(&b);
    if !text.is_empty() && text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
}

/// The same, always in quotes: for a word that is to be seen as one.
pub fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_and_tokens_are_hidden_and_nothing_else() {
        for (text, safe) in [
            ("s3n://key:a@b@bucket/x", "s3n://key:***@bucket/x"),
            ("https://abc@host/x", "https://***@host/x"),
            ("hdfs://me@host/x", "hdfs://me@host/x"),
            ("abfs://box@account/x", "abfs://box@account/x"),
            ("/x?token=a/b=&page=2 said", "/x?token=***&page=2 said"),
            ("x?X-Amz-Signature=1#top", "x?X-Amz-Signature=***#top"),
            (
                "jdbc:a://h/d;PWD=1;ssl=true",
                "jdbc:a://h/d;PWD=***;ssl=true",
            ),
            ("x?sv=1&sig=abc", "x?sv=1&sig=***"),
            ("x?design=1&a;b?c", "x?design=1&a;b?c"),
        ] {
            assert_eq!(without_password(text), safe);
        }
        assert!(matches!(without_password("a://b@c/?d=e"), Cow::Borrowed(_)));
    }

    #[test]
    fn plain_text_stays() {
        assert!(matches!(scrub("keyed stats → Größe 値"), Cow::Borrowed(_)));
    }

    #[test]
    fn nothing_that_steers_a_terminal_passes() {
        assert_eq!(
            scrub("a\u{1b}]52;c;ZXZpbA==\u{7}b"),
            "a\\x1b]52;c;ZXZpbA==\\x07b"
        );
        assert_eq!(
            scrub("\u{202e}txt.exe\u{9b}31m\u{7f}"),
            "\\u{202e}txt.exe\\x9b31m\\x7f"
        );
        assert_eq!(scrub_bytes(b"chk-\xff\xfe\n"), "chk-\\xff\\xfe\\n");
    }

    #[test]
    fn a_quoted_word_is_one_word() {
        assert_eq!(shell_quote("file:/data/chk-7"), "file:/data/chk-7");
        assert_eq!(shell_quote("/a b/it's $(x)"), r"'/a b/it'\''s $(x)'");
        assert_eq!(shell_quote(""), "''");
    }
}
