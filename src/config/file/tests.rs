use super::*;

fn parsed(text: &str) -> Result<File, ConfigError> {
    parse(
        Path::new("/etc/sw/config.toml"),
        Some(Path::new("/home/me")),
        text,
    )
}

#[test]
fn every_value_knows_its_line_and_paths_are_resolved() {
    let file = parsed(
        "grace = \"5m\"\n\n[contexts.prod]\nflink = [\"http://a:1\",\n  \"http://b:2\"]\n\
         roots = [\"~/ck\", \"sp\", \"s3://b/c\", \"/abs\"]\nca_file = \"ca.pem\"\ndanger = \"red\"\n",
    )
    .unwrap();
    let grace = file.top.grace.unwrap();
    assert_eq!(grace.value, SignedDuration::from_mins(5));
    assert_eq!(grace.origin.to_string(), "/etc/sw/config.toml:1");
    let prod = &file.contexts["prod"];
    assert_eq!(prod.flink[1].value, "http://b:2");
    assert_eq!(prod.flink[1].origin.to_string(), "/etc/sw/config.toml:5");
    let roots: Vec<_> = prod.roots.iter().map(|root| root.value.clone()).collect();
    assert_eq!(roots, ["/home/me/ck", "/etc/sw/sp", "s3://b/c", "/abs"]);
    assert_eq!(
        prod.ca_file.as_ref().unwrap().value,
        Path::new("/etc/sw/ca.pem")
    );
    assert_eq!(prod.danger.as_ref().unwrap().value, Danger::Red);
}

#[test]
fn what_is_not_understood_is_refused_where_it_stands() {
    for (text, place, message, hint) in [
        (
            "[contexts.a]\n  rots = []\n",
            "2:3",
            "unknown key `rots`",
            "did you mean `roots`?",
        ),
        (
            "[contexts.a]\ntheme = \"mono\"\n",
            "2:1",
            "unknown key `theme`",
            "belongs at the top",
        ),
        (
            "roots = []\n",
            "1:1",
            "unknown key `roots`",
            "belongs in a context",
        ),
        (
            "[context.prod]\nwrite = true\n",
            "1:2",
            "unknown section `[context]`",
            "did you mean `[contexts.prod]`?",
        ),
        (
            "[context]\nwrite = true\n",
            "1:2",
            "unknown section `[context]`",
            "did you mean `[contexts.NAME]`?",
        ),
        (
            "[contxts.prod]\nwrite = true\n",
            "1:2",
            "unknown section `[contxts]`",
            "did you mean `[contexts.prod]`?",
        ),
        (
            "[prod]\nwrite = true\n",
            "1:2",
            "unknown section `[prod]`",
            "a context is written `[contexts.prod]`",
        ),
        (
            "[contexts.a]\nflink = \"http://u:p@h\"\n",
            "2:9",
            "must not hold user and password",
            "set `user` and `password_file`, or `token_file`, in this context",
        ),
        (
            "zzzz = 1\n",
            "1:1",
            "unknown key `zzzz`",
            "known here: context, theme",
        ),
        (
            "[contexts.a]\npassword = \"x\"\n",
            "2:1",
            "secret",
            "`password_file`",
        ),
        ("token = \"x\"\n", "1:1", "secret", "`token_file`"),
    ] {
        let error = parsed(text).unwrap_err();
        assert_eq!(
            error.place,
            format!("/etc/sw/config.toml:{place}"),
            "{text}"
        );
        assert!(error.message.contains(message), "{error}");
        assert!(error.hint.as_ref().unwrap().contains(hint), "{error:?}");
    }
}

#[test]
fn wrong_values_are_refused_where_they_stand() {
    for (text, place, message) in [
        (
            "write = \"yes\"",
            "1:9",
            "`write` must be true or false, not string",
        ),
        ("levels = -1", "1:10", "no number of levels"),
        ("grace = 10", "1:9", "must be a string"),
        ("grace = \"soon\"", "1:9", "not `soon`"),
        ("timeout = \"0s\"", "1:11", "longer than nothing"),
        (
            "theme = \"pink\"",
            "1:9",
            "is one of default, light, high-contrast, mono",
        ),
        ("contexts = 1", "1:12", "a table for each context"),
        ("contexts.a = 1", "1:14", "`a` is a table"),
        ("contexts.a.flink = 1", "1:20", "a URL or a list of URLs"),
        (
            "contexts.a.flink = \"http://u:p@h\"",
            "1:20",
            "must not hold user and password",
        ),
        ("contexts.a.roots = [1]", "1:21", "holds strings"),
        ("contexts.a.maps = [\"/a\"]", "1:20", "write FROM=TO"),
        ("contexts.a.token_command = []", "1:28", "has none"),
        ("contexts.a.danger = \"blue\"", "1:21", "none, yellow, red"),
        ("a = = 1", "1:5", "no TOML"),
    ] {
        let error = parsed(text).unwrap_err();
        assert_eq!(
            error.place,
            format!("/etc/sw/config.toml:{place}"),
            "{text}: {error}"
        );
        assert!(error.message.contains(message), "{error}");
    }
}

#[test]
fn ways_to_say_who_we_are_do_not_mix() {
    for keys in [
        "user = \"me\"\ntoken_file = \"t\"\npassword_file = \"p\"",
        "token_file = \"t\"\ntoken_command = [\"t\"]",
        "user = \"me\"",
        "password_file = \"p\"",
        "key_file = \"k\"",
    ] {
        let error = parsed(&format!("[contexts.a]\n{keys}\n")).unwrap_err();
        assert!(error.message.starts_with("context `a` "), "{error}");
    }
}
