//! Whole files, as the tools and people write them.

use miette::Diagnostic;
use proptest::prelude::*;

use super::*;
use crate::solve::SolveError;

fn read(text: &str) -> Environment {
    parse_environment("env.yml", text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The message of the error, which has to come with a help.
fn refused(text: &str) -> String {
    let error = parse_environment("env.yml", text.as_bytes()).expect_err(text);
    assert!(error.help().is_some_and(|help| !help.to_string().is_empty()), "{error}");
    error.to_string()
}

/// Name, version, build of every spec, with `==` for exact, `=` for like.
fn specs(environment: &Environment) -> Vec<String> {
    let version = |wanted: &Wanted| match wanted {
        Wanted::Any => String::new(),
        Wanted::Exact(version) => format!(" =={}", version.as_str()),
        Wanted::Like(version) => format!(" ={}", version.as_str()),
        Wanted::Range(range) => format!(" {range}"),
    };
    let build = |build: &Option<String>| build.as_ref().map_or(String::new(), |build| format!(" {build}"));
    let text = |spec: &CondaSpec| format!("{}{}{}", spec.name.as_source(), version(&spec.version), build(&spec.build));
    environment.dependencies.iter().map(|dependency| text(&dependency.spec)).collect()
}

fn values(located: &[Located<String>]) -> Vec<&str> {
    located.iter().map(|located| located.value.as_str()).collect()
}

fn messages(environment: &Environment) -> Vec<(usize, &str)> {
    environment.warnings.iter().map(|warning| (warning.at.line, warning.message.as_str())).collect()
}

#[test]
fn wheels_among_conda_s_packages_are_pip_lines() {
    let lines = "channels: [conda-forge, conda-pypi]\ndependencies:\n  - python=3.12.1=h0_0\n  - idna=3.11=py3_none_any_0\n  \
                 - zlib=1.3=h1_0\n  - conda-pypi::pytorch=2.9.0=py310_none_any_12\n  - tqdm=4.66=pypi_0\n  \
                 - other::rich=14=py3_none_any_0\n  - pip:\n    - six==1.17\n";
    let environment = read(lines);
    assert_eq!(specs(&environment), ["python ==3.12.1 h0_0", "zlib ==1.3 h1_0", "rich ==14 py3_none_any_0"]);
    let pip: Vec<(usize, &str)> = environment.pip.iter().map(|it| (it.at.line, it.value.as_str())).collect();
    assert_eq!(pip, [(10, "six==1.17"), (4, "idna==3.11"), (6, "torch==2.9.0"), (7, "tqdm==4.66")]);
    let told = "idna, pytorch and tqdm are wheels of PyPI: pip installs what conda did";
    assert_eq!(messages(&environment), [(4, told)]);
    // Without the channel, such a build is one of conda's.
    let other = read(&lines.replace(", conda-pypi]", "]"));
    assert_eq!(specs(&other).len(), 4);
    assert_eq!(values(&other.pip), ["six==1.17", "torch==2.9.0", "tqdm==4.66"]);
}

const CONDA_4: &str = "\
name: stats
channels:
  - conda-forge
  - defaults
dependencies:
  - appnope=0.1.0=py36_0
  - libgfortran=3.0.1=h93005f0_2
  - numpy=1.15.4=py36h6a91979_0
  - x264=1!152.20180717=h1de35cc_0
  - pip:
    - tensorflow==1.12.0
prefix: /Users/me/miniconda3/envs/stats
";

#[test]
fn an_export_of_conda_4_is_read() {
    let environment = read(CONDA_4);
    assert_eq!(environment.name.as_deref(), Some("stats"));
    assert_eq!(environment.prefix.as_deref(), Some("/Users/me/miniconda3/envs/stats"));
    assert_eq!(values(&environment.channels), ["conda-forge", "defaults"]);
    assert_eq!(
        specs(&environment),
        [
            "appnope ==0.1.0 py36_0",
            "libgfortran ==3.0.1 h93005f0_2",
            "numpy ==1.15.4 py36h6a91979_0",
            "x264 ==1!152.20180717 h1de35cc_0",
        ]
    );
    assert_eq!(values(&environment.pip), ["tensorflow==1.12.0"]);
    assert_eq!(messages(&environment), []);
}

#[test]
fn every_place_is_a_line_and_its_bytes() {
    let environment = read(CONDA_4);
    let numpy = &environment.dependencies[2];
    assert_eq!((numpy.at.line, &environment.text[numpy.at.span.clone()]), (8, "numpy=1.15.4=py36h6a91979_0"));
    let tensorflow = &environment.pip[0];
    assert_eq!((tensorflow.at.line, &environment.text[tensorflow.at.span.clone()]), (11, "tensorflow==1.12.0"));
    let defaults = &environment.channels[1];
    assert_eq!((defaults.at.line, &environment.text[defaults.at.span.clone()]), (4, "defaults"));
}

#[test]
fn an_export_of_conda_26_is_read_as_yaml_and_as_json() {
    let yaml = read(
        "name: /opt/envs/a\nchannels:\n  - conda-forge\ndependencies:\n  - numpy=2.1.0=py312h1\n  - \
         pytorch[version='>=2,<3',build=cuda*]\n  - pip:\n      - requests==2.32.0\nvariables:\n  TOKEN: '01'\n  \
         A: 1.10\nprefix: /opt/envs/a\n",
    );
    let json = read(
        "{\n  \"name\": \"/opt/envs/a\",\n  \"channels\": [\n    \"conda-forge\"\n  ],\n  \"dependencies\": [\n    \
         \"numpy=2.1.0=py312h1\",\n    \"pytorch[version='>=2,<3',build=cuda*]\",\n    {\n      \"pip\": [\n        \
         \"requests==2.32.0\"\n      ]\n    }\n  ],\n  \"variables\": {\n    \"TOKEN\": \"01\",\n    \
         \"A\": \"1.10\"\n  },\n  \"prefix\": \"/opt/envs/a\"\n}\n",
    );
    for environment in [&yaml, &json] {
        assert_eq!(environment.name.as_deref(), Some("/opt/envs/a"));
        assert_eq!(values(&environment.channels), ["conda-forge"]);
        assert_eq!(specs(environment), ["numpy ==2.1.0 py312h1", "pytorch >=2,<3 cuda*"]);
        assert_eq!(values(&environment.pip), ["requests==2.32.0"]);
        let variables = [("TOKEN", "01"), ("A", "1.10")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(environment.variables, variables);
        assert_eq!(messages(environment), []);
    }
    assert_eq!(json.dependencies[0].at.line, 7);
}

#[test]
fn a_later_error_points_at_the_item_of_its_line() {
    let environment = read("dependencies: [numpy=1.16, \"python=4\", python]\n");
    for (text, written) in [("numpy=1.16", "numpy=1.16"), ("python=4", "\"python=4\""), ("gone", "numpy=1.16")] {
        let error = environment.error_at((1, text), &SolveError::OutOfTime, "here", "leave it out");
        assert_eq!(&environment.text[error.at.offset()..][..error.at.len()], written);
    }
}

#[test]
fn json_on_one_line_is_read() {
    let environment = read(r#"{"channels":["a"],"dependencies":["b=1=c",{"pip":["d"]}],"name":"e"}"#);
    assert_eq!(specs(&environment), ["b ==1 c"]);
    assert_eq!(values(&environment.pip), ["d"]);
    assert_eq!(&environment.text[environment.dependencies[0].at.span.clone()], "\"b=1=c\"");
}

#[test]
fn an_export_of_micromamba_is_read() {
    let environment = read(
        "name: a\nchannels:\n- conda-forge\ndependencies:\n\
         - conda-forge/osx-arm64::numpy=1.26.4=py312h1[md5=d8285bea2a350f63fab23bf460221f3f]\n\
         - https://host/t/TOKEN/chan/noarch::six=1.16.0=pyh6c4a22f_0\n- pip:\n  - requests==2.31.0\n\nprefix: /opt/a\n",
    );
    assert_eq!(specs(&environment), ["numpy ==1.26.4 py312h1", "six ==1.16.0 pyh6c4a22f_0"]);
    let channels: Vec<_> = environment.dependencies.iter().map(|item| item.spec.channel.as_deref()).collect();
    assert_eq!(channels, [Some("conda-forge"), Some("https://host/chan")]);
    assert_eq!(environment.dependencies[1].text, "https://host/chan/noarch::six=1.16.0=pyh6c4a22f_0");
    assert_eq!(values(&environment.pip), ["requests==2.31.0"]);
    assert_eq!(messages(&environment), []);
}

#[test]
fn specs_from_history_are_read() {
    let environment = read(
        "name: a\nchannels:\n  - defaults\ndependencies:\n  - python=3.10\n  - numpy\n  - pandas[version='>=1.2,<2']\n  \
         - scipy==1.9.1\n",
    );
    assert_eq!(specs(&environment), ["python =3.10", "numpy", "pandas >=1.2,<2", "scipy ==1.9.1"]);
}

#[test]
fn a_hand_written_file_is_read_with_its_selectors() {
    let environment = read(
        "# how to use it\nchannels: conda-forge\ndependencies:\n  - python >=3.9, <3.11  # why\n  - appnope  # [osx]\n  \
         - pywin32 # [win]\n  - uvloop # [not win]\n  - \"blas=*=openblas # comment\"\n  - 'cupy # [linux]'\n  \
         - foo # [unix and cuda]\n  - sel(osx): libcxx\n  - sel(unix):\n    - ncurses\n    - readline=8\n  - pip\n  \
         - pip: [-e ., \"a[b]==1\"]\n  - pip:\n  - pip:\n    - pyobjc # [osx]\n    - -r more.txt\n",
    );
    assert_eq!(values(&environment.channels), ["conda-forge"]);
    assert_eq!(
        specs(&environment),
        [
            "python >=3.9,<3.11",
            "appnope",
            "pywin32",
            "uvloop",
            "blas openblas",
            "cupy",
            "foo",
            "libcxx",
            "ncurses",
            "readline =8",
            "pip"
        ]
    );
    let selectors: Vec<_> = environment.dependencies.iter().map(|item| item.selector).collect();
    let (here, osx, win) = (Some(Selector::Linux64), Some(Selector::Osx), Some(Selector::Win));
    assert_eq!(selectors, [None, osx, win, here, None, here, None, osx, here, here, None]);
    assert_eq!(values(&environment.pip), ["-e .", "a[b]==1", "-r more.txt"]);
    assert_eq!(
        messages(&environment),
        [
            (10, "the selector `[unix and cuda]` was not understood, and the line kept"),
            (19, "`pyobjc` was left out: it is not for linux-64"),
        ]
    );
}

#[test]
fn channels_lose_credentials_and_subdirs_and_keep_their_order() {
    let environment = read(
        "channels:\n  - https://me:pw@host/b/\n  - nodefaults\n  - https://host/t/TOKEN/a/osx-64\n  - <unknown>\n  \
         - $MIRROR/c\n  - pkgs/main\ndependencies: [d]\n",
    );
    assert_eq!(values(&environment.channels), ["https://host/b", "https://host/a", "$MIRROR/c", "pkgs/main"]);
    assert!(environment.nodefaults);
    assert_eq!(
        messages(&environment),
        [
            (5, "`<unknown>` names no channel and was read past"),
            (6, "the environment variable in the channel `$MIRROR/c` was not replaced"),
        ]
    );
}

#[test]
fn credentials_get_into_no_message() {
    let environment =
        read("dependencies:\n  - a[url=https://u:pw@h/a-1-0.conda]\n  - pip:\n    - git+https://u:pw@h/b # [win]\n");
    assert_eq!(
        messages(&environment),
        [
            (2, "`[url=https://h/a-1-0.conda]` was dropped: it is not used to choose a package"),
            (4, "`git+https://h/b` was left out: it is not for linux-64"),
        ]
    );
}

#[test]
fn every_encoding_gives_the_same_environment() {
    let text = CONDA_4.replace("me/", "rené/");
    let windows = text.replace('\n', "\r\n");
    let utf16 = |to_bytes: fn(u16) -> [u8; 2]| windows.encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>();
    let (little, big) = (utf16(u16::to_le_bytes), utf16(u16::to_be_bytes));
    let expected = format!("{:?}", read(&text));
    for bytes in [
        windows.as_bytes().to_vec(),
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        [b"\xff\xfe".as_slice(), &little, b"\0\0"].concat(),
        [b"\xfe\xff".as_slice(), &big].concat(),
        little,
        big,
    ] {
        assert_eq!(format!("{:?}", parse_environment("env.yml", &bytes).unwrap()), expected);
    }
}

#[test]
fn windows_1252_is_read_with_a_warning() {
    let environment = parse_environment("env.yml", b"name: a\ndependencies:\n  - b\nprefix: C:\\Ren\xe9\n").unwrap();
    assert_eq!(environment.prefix.as_deref(), Some("C:\\René"));
    assert_eq!(messages(&environment), [(4, "the file is not UTF-8 and was read as Windows-1252")]);
}

#[test]
fn console_noise_above_is_read_past_and_lines_stay() {
    let environment = read(
        "Collecting package metadata (repodata.json): ...working... done\r\n\r\n==> WARNING: A newer version of conda \
         exists. <==\r\n  current version: 4.7.10\r\nname: a\r\ndependencies:\r\n  - b=1=0\r\n",
    );
    assert_eq!(specs(&environment), ["b ==1 0"]);
    assert_eq!(environment.dependencies[0].at.line, 7);
    assert_eq!(messages(&environment), [(1, "what the console wrote into the file was read past (lines 1 to 4)")]);
    assert!(environment.text.starts_with("Collecting"));
}

#[test]
fn unknown_keys_are_read_past_with_a_warning() {
    let environment = read("platforms: [osx-64]\ncategory: dev\nfoo: 1\nname:\ndependencies: [a]\n");
    assert_eq!(
        messages(&environment),
        [
            (1, "`platforms:` was read past: the lock is for linux-64"),
            (2, "`category:` was read past: every package of the file belongs to one environment"),
            (3, "`foo:` was read past: environment files have no such key"),
        ]
    );
}

#[test]
fn whatever_an_unknown_key_is_and_holds_is_read_past() {
    let text = "dependencies: [a]\n1: a\n? [b, c]\n: d\n~: e\nx-common: &common {f: [1, !tag g]}\nextra: *common\n\
                channel_priority: strict\n";
    let environment = read(text);
    let lines: Vec<usize> = messages(&environment).into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, [2, 3, 5, 6, 7, 8]);
    assert_eq!(environment.dependencies.len(), 1);
}

#[test]
fn a_misspelt_key_is_told_with_the_one_that_was_meant() {
    let environment = read("chanels: [b]\nvariable: {}\nNames: c\nprefx: d\ndate: e\ndependencies: [a]\n");
    let meant = |(_, message): &(usize, &str)| message.split_once("such key").map(|(_, meant)| meant.to_owned());
    let meant: Vec<String> = messages(&environment).iter().filter_map(meant).collect();
    let expected = ["; did you mean `channels:`?", "; did you mean `variables:`?", "; did you mean `name:`?"];
    assert_eq!(meant[..3], expected);
    assert_eq!(meant[3..], ["; did you mean `prefix:`?", ""]);
}

#[test]
fn a_quoted_placeholder_in_the_name_does_no_harm() {
    let environment = read("name: \"a-{{ b }}\"\ndependencies: [c]\n");
    assert_eq!(messages(&environment), [(1, "`name:` still has a placeholder of a template in it")]);
}

#[test]
fn whoever_gives_what_conda_list_prints_is_told_what_to_give() {
    let text = "# packages in environment at /opt/x:\n#\n# Name  Version  Build  Channel\nxz  5.2.4  h14c3975_4\n";
    let help = |text: &str| parse_environment("env.yml", text.as_bytes()).unwrap_err().help().unwrap().to_string();
    assert!(help(text).starts_with("this is what `conda list` prints"), "{}", help(text));
    assert!(help("xz  5.2.4\n").starts_with("an environment file has a `dependencies:` list"));
}

#[test]
fn what_cannot_be_read_is_refused_with_file_line_and_reason() {
    for (text, message) in [
        ("name: a\n", "env.yml:1: the file has no `dependencies:` list (its keys: `name`)"),
        ("a: 1\ndependancies: [b]\n", "env.yml:2: the file has no `dependencies:` list, but one of `dependancies:`"),
        ("# x\n- a\n", "env.yml:2: the file is a list, not an environment file"),
        ("# x\n", "env.yml:1: the file holds nothing but comments"),
        ("name: a\ndependencies: []\n", "env.yml:2: `dependencies:` names no package"),
        ("name: a\ndependencies:\n", "env.yml:2: `dependencies:` names no package"),
        ("dependencies: python\n", "env.yml:1: `dependencies:` is a text, not a list"),
        ("dependencies:\n  python: 3.9\n", "env.yml:1: `dependencies:` is a mapping, not a list"),
        ("dependencies:\n  - a\n  - python: 3.9\n", "env.yml:3: `python:` is no section of `dependencies:`"),
        ("dependencies:\n  - npm:\n    - a\n", "env.yml:2: `npm:` is no section of `dependencies:`"),
        ("dependencies:\n  - sel(amiga): a\n", "env.yml:2: `sel(amiga)` names no platform"),
        ("dependencies:\n  - a\n  - 3.9\n", "env.yml:3: an item of `dependencies:` is a number, not a package"),
        ("dependencies:\n  - null\n", "env.yml:2: an item of `dependencies:` is empty"),
        ("dependencies:\n  - a\n  -\n", "env.yml:3: an item of `dependencies:` is empty"),
        ("dependencies:\n  - true\n", "env.yml:2: an item of `dependencies:` is true or false, not a package"),
        ("dependencies:\n  - - a\n", "env.yml:2: there is a list within the list of `dependencies:`"),
        (
            "dependencies:\n  - pip:\n    - a: b\n",
            "env.yml:3: an item of the `pip:` section is a mapping, not a requirement",
        ),
        ("dependencies:\n - a\n - pip\n   - b\n", "env.yml:3: `pip - b`: two items have run together"),
        ("dependencies:\n - pip:\n   - a\n     - b\n", "env.yml:3: `a - b`: two items have run together"),
        ("dependencies:\n  - numpy = = 1\n", "env.yml:2: `numpy = = 1`: there is a space within the operator"),
        ("dependencies:\n  - \"a[b\"\n", "env.yml:2: `a[b`: its square brackets don't match"),
        (
            "dependencies:\n  - https://u:pw@host/x.zip\n",
            "env.yml:2: `https://host/x.zip`: `https://host/x.zip` is not the name of a conda package",
        ),
        ("name: a\nname: b\ndependencies: [c]\n", "env.yml:2: `name:` is there twice"),
        ("name: [a]\ndependencies: [c]\n", "env.yml:1: `name:` is a list"),
        ("channels:\n  - a: b\ndependencies: [c]\n", "env.yml:2: `channels:` is a mapping"),
        ("dependencies: [c]\nvariables: [A=1]\n", "env.yml:2: `variables:` is a list"),
        ("dependencies: [c]\nvariables:\n  A: {B: 1}\n", "env.yml:3: `A:` is a mapping"),
        ("<<<<<<< HEAD\nname: a\n", "env.yml:1: the file has an unresolved merge conflict"),
        (
            "name: a\ndependencies:\n  - pip:\n    - \"b=={{ c }}\"\n",
            "env.yml:4: the file is a template: `{{` is to be replaced before conda can read it",
        ),
        ("", "env.yml: the file is empty"),
        ("PK\u{3}\u{4}\0\0\0\u{8}", "env.yml: this is not a text file"),
    ] {
        assert_eq!(refused(text), message, "{text}");
    }
    assert_eq!(
        refused("dependencies:\n  - pip:\n\t  - sphinx\n"),
        "env.yml:3: the line is indented with a tab, and YAML allows only spaces there"
    );
}

#[test]
fn faults_that_are_mended_alike_share_a_code_and_others_have_their_own() {
    for (code, texts) in [
        (
            "environment-yaml",
            &[
                "name: a\nname: b\ndependencies: [c]\n",
                "dependencies:\n  - pip:\n\t  - sphinx\n",
                "dependencies:\n  - a\n  -b\n",
                "dependencies: [a]\n---\ndependencies: [b]\n",
                "dependencies:\n - a\n - pip\n   - b\n",
            ][..],
        ),
        ("environment-merge-conflict", &["<<<<<<< HEAD\nname: a\n"]),
        ("environment-template", &["dependencies: ['{{ a }}']\n", "name: {{ a }}\ndependencies: [b]\n"]),
        ("environment-no-packages", &["name: a\n", "- a\n", "# x\n", "dependencies: []\n"]),
        (
            "environment-shape",
            &[
                "dependencies: python\n",
                "dependencies:\n  - - a\n",
                "dependencies:\n  - npm: [a]\n",
                "dependencies:\n  - 3.9\n",
                "name: [a]\ndependencies: [c]\n",
                "dependencies: [a]\nx-envlock: {requested: ['a b']}\n",
            ],
        ),
        ("environment-spec", &["dependencies: ['numpy=']\n", "dependencies: ['numpy[']\n", "dependencies: [./a]\n"]),
        ("environment-not-text", &["", "PK\u{3}\u{4}\0\0\0\u{8}"]),
    ] {
        for text in texts {
            let error = parse_environment("env.yml", text.as_bytes()).unwrap_err();
            assert_eq!(error.code().map(|code| code.to_string()).as_deref(), Some(code), "{text}: {error}");
        }
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = read_environment(std::path::Path::new("no/such/environment.yml")).unwrap_err();
    assert!(error.to_string().starts_with("no/such/environment.yml: can't be read: "), "{error}");
    let error = read_environment(std::path::Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap_err();
    assert!(error.help().unwrap().to_string().contains("this is a directory"), "{error}");
}

#[test]
fn what_envlock_wrote_besides_is_read_and_what_isn_t_known_is_read_past() {
    let read =
        |captured: &str| parse_environment("env.yml", format!("dependencies: [numpy, six]\n{captured}").as_bytes());
    let of = |captured: &str| {
        let environment = read(captured).unwrap();
        let names = environment.captured.requested.map(|names| {
            names.iter().map(|it| format!("{}:{}", it.at.line, it.value.as_normalized())).collect::<Vec<_>>().join(" ")
        });
        let warnings: Vec<String> = environment.warnings.into_iter().map(|it| it.message).collect();
        (environment.captured.platform.map(|it| it.to_string()), names, warnings)
    };
    let some = |text: &str| Some(text.to_owned());
    let whole = "x-envlock:\n  platform: osx-64\n  requested:\n    - six\n    - NumPy\n";
    assert_eq!(of(whole), (some("osx-64"), some("5:six 6:numpy"), vec![]));
    assert_eq!(of("x-envlock: {requested: []}"), (None, some(""), vec![]));
    assert_eq!(of("x-envlock:"), (None, None, vec![]));
    assert_eq!(
        of("x-envlock: {platform: amiga, later: [1], requested: [gone, six]}"),
        (
            None,
            some("2:six"),
            [
                "`platform:` of `x-envlock:` names no platform and was read past",
                "`later` of `x-envlock:` was read past",
                "`gone` of `requested:` was read past: `dependencies:` doesn't name it",
            ]
            .map(str::to_owned)
            .to_vec()
        )
    );
    for (captured, message) in [
        ("x-envlock: [a]", "env.yml:2: `x-envlock:` is a list"),
        ("x-envlock: {requested: six}", "env.yml:2: `requested:` is a text"),
        (
            "x-envlock: {requested: [[six]]}",
            "env.yml:2: `requested:` of `x-envlock:` has an item that names no package",
        ),
        (
            "x-envlock: {requested: ['a b']}",
            "env.yml:2: `requested:` of `x-envlock:` has an item that names no package",
        ),
    ] {
        assert_eq!(read(captured).unwrap_err().to_string(), message);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let result = parse_environment("env.yml", &bytes);
        prop_assert!(result.is_ok() || result.is_err_and(|error| error.to_string().starts_with("env.yml:")));
    }

    #[test]
    fn places_point_into_the_text_whatever_is_written(
        lines in proptest::collection::vec("(  - |    - |\t|name: |channels:|dependencies:|pip:|# \\[osx\\]|[a-zé=>.:'\"{}*\\[\\]-]{0,6}){0,4}", 0..12),
    ) {
        let text = format!("dependencies:\n  - a\n{}", lines.join("\r\n"));
        if let Ok(environment) = parse_environment("env.yml", text.as_bytes()) {
            let places = environment.dependencies.iter().map(|item| &item.at);
            let places = places.chain(environment.pip.iter().map(|item| &item.at));
            for at in places.chain(environment.warnings.iter().map(|warning| &warning.at)) {
                prop_assert!(environment.text.get(at.span.clone()).is_some());
                prop_assert_eq!(at.line, environment.text[..at.span.start].matches('\n').count() + 1);
            }
        }
    }
}
