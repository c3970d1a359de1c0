use std::fs;

use rattler_networking::Authentication::{BasicHTTP, CondaToken};
use tempfile::TempDir;

use super::*;

/// A home with these files, and these variables.
fn around(files: &[(&str, &str)], variables: &[(&str, &str)]) -> (TempDir, Surroundings) {
    let home = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let variables = variables.iter().map(|(name, value)| ((*name).into(), value.into())).collect();
    let around = Surroundings {
        home: Some(home.path().to_owned()),
        config: Some(home.path().join(".config")),
        root: Some(home.path().join("root")),
        variables,
    };
    (home, around)
}

fn read_from(files: &[(&str, &str)], variables: &[(&str, &str)]) -> Machine {
    let (_home, around) = around(files, variables);
    Machine::of(&around, false)
}

#[test]
fn later_files_count_more_and_mappings_are_put_together() {
    let machine = read_from(
        &[
            (
                "root/etc/conda/condarc",
                "channel_alias: https://etc\ncustom_channels: {a: https://etc, b: https://etc}\n",
            ),
            (".config/conda/condarc.d/x.yml", "custom_channels:\n  b: https://x\n"),
            (".condarc", "# mine\nchannel_alias: https://me:s3cr3t@home/$WHERE\n"),
        ],
        &[("WHERE", "conda")],
    );
    assert_eq!(machine.names.alias.as_deref(), Some("https://me:s3cr3t@home/conda"));
    let custom: Vec<_> = machine.names.custom.iter().map(|(name, url)| (name.as_str(), url.as_str())).collect();
    assert_eq!(custom, [("a", "https://etc"), ("b", "https://x")]);
    assert_eq!(machine.notes, [""; 0]);
    assert_eq!(machine.taken[0], "names of channels are below https://home/conda (~/.condarc:2)");
    assert!(!machine.taken.iter().any(|line| line.contains("s3cr3t")));
}

#[test]
fn what_makes_no_sense_is_a_note_with_file_and_line_and_the_rest_counts() {
    let machine = read_from(
        &[
            (".conda/.condarc", "a: 1\nb: [\n"),
            (".condarc", "channel_alias: https://a\n\ncustom_channels: [x]\nremote_read_timeout_secs: soon\n"),
            (".mamba/auth/authentication.json", "{\n  \"host\": {\"type\": \"BearerToken\", \"tokn\": \"s3cr3t\"}}"),
            (".netrc", "machine a\nlogin x\noops s3cr3t\n"),
            (".pixi/config.toml", "[mirrors]\n\"https://a\" = 7\n"),
        ],
        &[("CONDARC", "/nowhere/condarc")],
    );
    assert_eq!(machine.names.alias.as_deref(), Some("https://a"));
    let starts = [
        "~/.conda/.condarc:3 is passed over: it is no YAML",
        "~/.condarc:3: `custom_channels` is passed over, as it has a value of another kind",
        "there is no /nowhere/condarc, which CONDARC names",
        "~/.condarc:4: `remote_read_timeout_secs` is passed over, as it is no number of seconds",
        "~/.pixi/config.toml:2 is passed over: ",
        "~/.mamba/auth/authentication.json:2 is passed over: ",
        "~/.netrc:3 makes no sense, and the rest of the file is passed over",
    ];
    assert_eq!(machine.notes.len(), starts.len(), "{:?}", machine.notes);
    for (note, start) in machine.notes.iter().zip(starts) {
        assert!(note.starts_with(start), "{note}");
        assert!(!note.contains("s3cr3t"), "{note}");
    }
}

#[test]
fn nobody_is_trusted_unseen_and_certificates_are() {
    let off = read_from(&[(".condarc", "ssl_verify: false\n")], &[]);
    assert!(off.notes[0].starts_with("`ssl_verify: false` (~/.condarc:1) is not followed: "), "{:?}", off.notes);
    assert_eq!(off.network.certificates, None);
    let bundle = read_from(&[(".condarc", "ssl_verify: ~/ca.pem\n")], &[]).network.certificates.unwrap();
    assert!(bundle.path.ends_with("ca.pem") && bundle.path.is_absolute());
    let said = read_from(&[(".condarc", "ssl_verify: false\n")], &[("CONDA_SSL_VERIFY", "/ca.pem")]);
    assert_eq!(said.network.certificates, Some(Bundle { path: "/ca.pem".into(), said: "CONDA_SSL_VERIFY".into() }));
}

#[test]
fn proxies_and_waits_are_taken_unless_a_variable_says_otherwise() {
    let text = "proxy_servers:\n  https: http://me:s3cr3t@proxy:3128\n  https://near: other:1\n\
                remote_connect_timeout_secs: 2.5\nremote_read_timeout_secs: 7\n";
    let machine = read_from(&[(".condarc", text)], &[]);
    let proxy = |url: &str| {
        let url = Url::parse(url).unwrap();
        machine.network.proxies.iter().find(|it| it.scope.is_for(&url)).map(|it| it.url.to_string())
    };
    assert_eq!(proxy("https://far/a").as_deref(), Some("http://me:s3cr3t@proxy:3128/"));
    assert_eq!(proxy("https://near/a").as_deref(), Some("http://other:1/"));
    assert_eq!(proxy("http://far/a"), None);
    assert_eq!(machine.network.connect, Some(Duration::from_millis(2500)));
    assert_eq!(machine.network.read, Some(Duration::from_secs(7)));
    assert!(!machine.taken.iter().any(|line| line.contains("s3cr3t")), "{:?}", machine.taken);
    assert!(read_from(&[(".condarc", text)], &[("https_proxy", "http://p")]).network.proxies.is_empty());
}

#[test]
fn mirrors_are_of_the_channel_that_has_the_name_here() {
    let text = "custom_channels: {team: https://host/conda}\nmirrored_channels:\n  \
                conda-forge: [https://one/conda-forge, nonsense]\n  team: https://two/team\n";
    let pixi = "[mirrors]\n\"https://conda.anaconda.org/bioconda\" = [\"https://three/bioconda\"]\n";
    let machine = read_from(&[(".condarc", text), (".pixi/config.toml", pixi)], &[]);
    let of: Vec<_> = machine.mirrors.iter().map(|mirror| mirror.of.as_str()).collect();
    let expected =
        ["https://conda.anaconda.org/conda-forge/", "https://host/conda/team/", "https://conda.anaconda.org/bioconda/"];
    assert_eq!(of, expected);
    assert_eq!(
        machine.notes,
        ["~/.condarc:2: not every mirror of conda-forge is a URL, and the others are passed over"]
    );
}

#[test]
fn what_is_ignored_is_not_read_but_for_what_was_said_for_the_run() {
    let files = [(".condarc", "channel_alias: https://a\n"), (".netrc", "machine a login b password c\n")];
    let (home, mut around) = around(&files, &[("RATTLER_AUTH_FILE", "/auth.json")]);
    let machine = Machine::of(&around, true);
    assert_eq!(machine.names, crate::machine::ChannelNames::default());
    assert_eq!((machine.accounts.len(), machine.auth_files.len(), machine.taken.len()), (0, 1, 0));
    around.variables.insert("NETRC".into(), home.path().join(".netrc").into());
    assert_eq!(Machine::of(&around, true).accounts.len(), 1);
}

#[test]
fn micromambas_credentials_are_read_and_the_longest_place_counts_first() {
    let text = r#"{"host": {"type": "BasicHTTPAuthentication", "user": "me", "password": "cMOkc3M="},
                   "host/team": {"type": "CondaToken", "token": "tk"}, "new": {"type": "Newer"}}"#;
    let machine = read_from(&[(".mamba/auth/authentication.json", text)], &[]);
    let of = |url: &str| {
        let url = Url::parse(url).unwrap();
        machine.accounts.iter().find_map(|account| account.of(&url)).cloned()
    };
    assert_eq!(of("https://host/team/x"), Some(CondaToken("tk".into())));
    assert_eq!(of("https://host/x"), Some(BasicHTTP { username: "me".into(), password: "päss".into() }));
    assert_eq!(of("https://new/x"), None);
}

#[test]
fn a_handler_of_conda_is_said_to_be_missing() {
    let text = "channel_settings:\n  - channel: https://host/*\n    auth: anaconda-auth\n  - channel: x\n";
    let machine = read_from(&[(".condarc", text)], &[]);
    assert_eq!(machine.taken.len(), 1);
    assert!(machine.taken[0].starts_with("https://host/* is left as it is: its `auth: anaconda-auth` is a plugin"));
}
