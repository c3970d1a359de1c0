//! What the machine has of S3: the variables and files of AWS, and the buckets of pixi's configuration.
//!
//! Source of the names: <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html>. Other ways to get keys
//! (SSO, roles, the metadata of a virtual machine) end in the variables with `aws configure export-credentials --format env`.

use std::fmt;

use url::Url;

use super::{Machine, Surroundings};

/// What is said of all buckets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aws {
    /// The keys; none for what is public.
    pub keys: Option<AwsKeys>,
    /// The region.
    pub region: Option<String>,
    /// The server in the place of AWS.
    pub endpoint: Option<Url>,
}

/// Keys that sign requests.
#[derive(Clone, PartialEq, Eq)]
pub struct AwsKeys {
    /// Whose they are.
    pub id: String,
    /// The secret.
    pub secret: String,
    /// What goes with keys that last for a while only.
    pub token: Option<String>,
}

impl fmt::Debug for AwsKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsKeys").finish_non_exhaustive()
    }
}

/// What is said of one bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct S3Bucket {
    /// Its server.
    pub endpoint: Option<Url>,
    /// Its region.
    pub region: Option<String>,
    /// Whether its name stands in the path of a URL, not in the host.
    pub is_path_style: Option<bool>,
}

/// Takes what variables and files have. The variables come first, and are all that counts where files are left unread.
pub(super) fn read(around: &Surroundings, is_said_only: bool, machine: &mut Machine) {
    let any = |names: &[&str]| names.iter().find_map(|name| around.text(name));
    let profile = any(&["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]).unwrap_or_else(|| "default".to_owned());
    let mut file = |variable: &str, usual: &str, section: &str| {
        let path = around.path(variable).or_else(|| around.home(usual)).filter(|_| !is_said_only)?;
        Some((ini(&around.read(&path, machine)?, section), around.shown(&path)))
    };
    let keys = file("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials", &profile);
    let section = if profile == "default" { profile } else { format!("profile {profile}") };
    let config = file("AWS_CONFIG_FILE", ".aws/config", &section);
    let of = |from: &Option<(Vec<(String, String)>, String)>, key: &str| {
        let (values, _) = from.as_ref()?;
        values.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone())
    };
    let pair = |id: Option<String>, secret: Option<String>, token| Some(AwsKeys { id: id?, secret: secret?, token });
    let said =
        pair(around.text("AWS_ACCESS_KEY_ID"), around.text("AWS_SECRET_ACCESS_KEY"), around.text("AWS_SESSION_TOKEN"));
    let stored =
        pair(of(&keys, "aws_access_key_id"), of(&keys, "aws_secret_access_key"), of(&keys, "aws_session_token"));
    if let (None, Some(_), Some((_, shown))) = (&said, &stored, &keys) {
        machine.take("keys for S3", shown);
    }
    let endpoint = any(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]).or_else(|| of(&config, "endpoint_url"));
    machine.aws = Aws {
        keys: said.or(stored),
        region: any(&["AWS_REGION", "AWS_DEFAULT_REGION"]).or_else(|| of(&config, "region")),
        endpoint: endpoint.and_then(|text| Url::parse(&text).ok()),
    };
}

/// The values of a section.
fn ini(text: &str, section: &str) -> Vec<(String, String)> {
    let mut is_inside = false;
    let mut values = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            is_inside = name.trim() == section;
        } else if let Some((key, value)) = line.split_once('=').filter(|_| is_inside && !line.starts_with(['#', ';'])) {
            values.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_has_its_section_and_variables_come_first() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".aws")).unwrap();
        let write = |name: &str, text: &str| std::fs::write(home.path().join(".aws").join(name), text).unwrap();
        write(
            "credentials",
            "[default]\naws_access_key_id = A\n[team]\naws_access_key_id=B\naws_secret_access_key = s==\n",
        );
        write("config", "[profile team]\n# region = x\nregion = eu-west-1\nendpoint_url = http://host:9000\n");
        let mut around = Surroundings { home: Some(home.path().to_owned()), ..Surroundings::default() };
        let of = |around: &Surroundings, is_said_only| {
            let mut machine = Machine::default();
            read(around, is_said_only, &mut machine);
            machine.aws
        };
        assert_eq!(of(&around, false), Aws::default());
        around.variables.insert("AWS_PROFILE".into(), "team".into());
        let team = of(&around, false);
        assert_eq!(team.keys, Some(AwsKeys { id: "B".into(), secret: "s==".into(), token: None }));
        assert_eq!((team.region.as_deref(), team.endpoint.unwrap().as_str()), (Some("eu-west-1"), "http://host:9000/"));
        assert_eq!(of(&around, true), Aws::default());
        for (name, value) in [("AWS_ACCESS_KEY_ID", "C"), ("AWS_SECRET_ACCESS_KEY", "t"), ("AWS_SESSION_TOKEN", "u")] {
            around.variables.insert(name.into(), value.into());
        }
        assert_eq!(
            of(&around, true).keys,
            Some(AwsKeys { id: "C".into(), secret: "t".into(), token: Some("u".into()) })
        );
    }
}
