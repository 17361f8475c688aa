use std::path::Path;

use super::super::file;
use super::super::settings::Danger;
use super::*;

const FILE: &str = r#"
context = "dev"
timeout = "30s"
levels = 7
theme = "light"
write = false
[contexts.dev]
flink = "http://dev:8081"
write = true
[contexts.prod]
flink = ["https://a:1", "https://b:2"]
token_file = "/secret"
certificate_file = "/cert"
key_file = "/key"
danger = "red"
levels = 2
roots = ["/ck"]
timeout = "5s"
"#;

fn settings(
    flags: &Flags,
    variables: &[(&str, &str)],
    text: &str,
) -> Result<Settings, ConfigError> {
    let environment = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let file = file::parse(Path::new("/c.toml"), None, text)?;
    resolve(flags, &environment, &file)
}

fn context(name: &str) -> Flags {
    Flags {
        context: Some(name.to_owned()),
        ..Flags::default()
    }
}

fn urls(settings: &Settings) -> Vec<&str> {
    let urls = settings.clusters.iter().map(|it| it.value.url.as_str());
    urls.collect()
}

#[test]
fn nothing_set_is_the_defaults() {
    assert_eq!(
        settings(&Flags::default(), &[], ""),
        Ok(Settings::default())
    );
}

#[test]
fn each_layer_wins_over_those_below() {
    let file = settings(&Flags::default(), &[], FILE).unwrap();
    assert_eq!(urls(&file), ["http://dev:8081"]);
    assert_eq!(file.clusters[0].value.name, "dev");
    assert_eq!(file.clusters[0].value.timeout, Duration::from_secs(30));
    assert_eq!(file.clusters[0].origin.to_string(), "/c.toml:8");
    assert_eq!(file.levels.as_ref().unwrap().value, 7);
    assert!(
        file.write.value,
        "the context's word is nearer than the top's"
    );

    let variables = [(CONTEXT, "prod"), (WRITE, "1"), (THEME, "mono")];
    let environment = settings(&Flags::default(), &variables, FILE).unwrap();
    assert_eq!(urls(&environment), ["https://a:1", "https://b:2"]);
    assert_eq!(environment.clusters[1].value.name, "prod b:2");
    assert_eq!(
        environment.clusters[1].value.timeout,
        Duration::from_secs(5)
    );
    assert_eq!(environment.levels.as_ref().unwrap().value, 2);
    assert_eq!(environment.danger.value, Danger::Red);
    assert_eq!(environment.write.origin, Origin::Environment(WRITE));
    assert_eq!(environment.theme.as_ref().unwrap().value, "mono");

    let flags = Flags {
        levels: Some(0),
        timeout: Some(Duration::from_secs(1)),
        certificate_file: Some("/mine".into()),
        paths: vec!["/here".into()],
        ..context("prod")
    };
    let flagged = settings(&flags, &[(CONTEXT, "dev")], FILE).unwrap();
    assert_eq!(flagged.context.unwrap().origin, Origin::Flag("--context"));
    assert_eq!(flagged.levels, flag("--levels", Some(0)));
    assert_eq!(flagged.roots, given("PATH", &["/here".into()]).unwrap());
    let reached = &flagged.clusters[0].value;
    assert_eq!(reached.timeout, Duration::from_secs(1));
    assert_eq!(
        reached.tls.certificate_file.as_deref(),
        Some(Path::new("/mine"))
    );
    assert_eq!(reached.tls.key_file, None, "no key of another certificate");
    assert_eq!(
        reached.credentials,
        Credentials::BearerFile("/secret".into())
    );
}

#[test]
fn a_context_keeps_its_secrets_and_rights_for_its_own_clusters() {
    let flags = Flags {
        flink: vec!["http://other:8081".to_owned()],
        ..Flags::default()
    };
    for (variables, said) in [
        (
            &[][..],
            "context `dev` is set aside: --flink names clusters",
        ),
        (
            &[(CONTEXT, "prod")],
            "context `prod` is set aside: --flink names clusters",
        ),
    ] {
        let aside = settings(&flags, variables, FILE).unwrap();
        assert_eq!(aside.context, None);
        assert_eq!(aside.set_aside.as_ref().unwrap().to_string(), said);
        assert_eq!(urls(&aside), ["http://other:8081"]);
        assert_eq!(aside.clusters[0].value.credentials, Credentials::None);
        assert!(!aside.write.value);
    }
    let both = Flags {
        context: Some("prod".to_owned()),
        ..flags
    };
    let together = settings(&both, &[], FILE).unwrap();
    assert_eq!(together.set_aside, None);
    assert_eq!(urls(&together), ["http://other:8081"]);
    let reached = &together.clusters[0].value;
    assert_eq!(
        reached.credentials,
        Credentials::BearerFile("/secret".into())
    );
    let lower = settings(&Flags::default(), &[(FLINK, "http://e:1")], FILE).unwrap();
    assert_eq!(lower.set_aside.unwrap().by, Origin::Environment(FLINK));
    let higher = settings(&context("dev"), &[(FLINK, "http://e:1")], FILE).unwrap();
    assert_eq!(higher.set_aside, None);
    assert_eq!(urls(&higher), ["http://dev:8081"]);
}

#[test]
fn variables_are_checked_and_empty_ones_are_not_set() {
    let listed = settings(&Flags::default(), &[(FLINK, "http://a:1, http://b:2,")], "").unwrap();
    assert_eq!(urls(&listed), ["http://a:1", "http://b:2"]);
    assert_eq!(listed.clusters[0].origin, Origin::Environment(FLINK));
    let empty = [(CONTEXT, ""), (FLINK, " "), (WRITE, ""), (THEME, "")];
    assert_eq!(
        settings(&Flags::default(), &empty, ""),
        Ok(Settings::default())
    );
    for (name, value) in [
        (WRITE, "yes"),
        (THEME, "pink"),
        (FLINK, "a:1"),
        (CONTEXT, "x"),
    ] {
        let error = settings(&Flags::default(), &[(name, value)], "").unwrap_err();
        assert_eq!((error.asked, error.place), (true, format!("${name}")));
    }
}

#[test]
fn an_unknown_context_names_the_known_ones() {
    let error = settings(&context("prd"), &[], FILE).unwrap_err();
    assert_eq!(error.to_string(), "--context: no context `prd`");
    assert_eq!(
        error.hint.as_deref(),
        Some("did you mean `prod`? known: dev, prod")
    );
}
