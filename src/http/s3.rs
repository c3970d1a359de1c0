//! `s3://bucket/key`: the request for an object, signed where there are credentials.
//!
//! Signed by hand-over to `rusty-s3`, which sends nothing itself: the SDK of AWS brings a TLS stack and a client of its own.

use std::time::Duration;

use rattler_networking::Authentication;
use rusty_s3::{Bucket, Credentials, S3Action as _, UrlStyle};
use url::{Host, Url};

use super::failure::{Failure, clean};
use crate::machine::{Machine, S3Bucket};

/// How long a signed request may be sent.
const VALID: Duration = Duration::from_mins(15);
/// The region where nobody says.
const REGION: &str = "us-east-1";

/// The URL that an object is asked for at, over http or https.
///
/// # Errors
///
/// Where the endpoint that was configured can't be one.
pub(super) fn signed(url: &Url, stored: Option<&Authentication>, machine: &Machine) -> Result<Url, Failure> {
    let fail = |reason: String| Failure::Final { url: clean(url), reason };
    let name = url.host_str().unwrap_or_default().to_owned();
    let configured = machine.buckets.get(&name);
    let region = configured.and_then(|it| it.region.clone()).or_else(|| machine.aws.region.clone());
    let region = region.unwrap_or_else(|| REGION.to_owned());
    let endpoint = match configured.and_then(|it| it.endpoint.clone()).or_else(|| machine.aws.endpoint.clone()) {
        Some(endpoint) => endpoint,
        None => Url::parse(&format!("https://s3.{region}.amazonaws.com")).map_err(|_| fail(no_endpoint(&region)))?,
    };
    let is_plain = endpoint.scheme() == "http";
    let style = if is_path_style(configured, &endpoint, &name) { UrlStyle::Path } else { UrlStyle::VirtualHost };
    let bucket = Bucket::new(endpoint, style, name, region.clone()).map_err(|_| fail(no_endpoint(&region)))?;
    let credentials = match stored {
        Some(Authentication::S3Credentials { access_key_id, secret_access_key, session_token }) => {
            Some(credentials(access_key_id, secret_access_key, session_token.as_deref()))
        }
        // Those of the machine are for AWS, or for the endpoint that it names.
        _ => machine.aws.keys.as_ref().map(|it| credentials(&it.id, &it.secret, it.token.as_deref())),
    };
    let key = percent_encoding::percent_decode_str(url.path().trim_start_matches('/')).decode_utf8_lossy().into_owned();
    let mut object = bucket.get_object(credentials.as_ref(), &key).sign(VALID);
    // Anonymous requests have no signature that could go stale.
    if credentials.is_none() {
        object.set_query(None);
    }
    debug_assert_eq!(object.scheme() == "http", is_plain);
    Ok(object)
}

fn no_endpoint(region: &str) -> String {
    format!("there is no endpoint of S3 for the region `{region}`")
}

/// Whether the bucket stands in the path: as it is said, and else where it can't stand in the host.
fn is_path_style(configured: Option<&S3Bucket>, endpoint: &Url, name: &str) -> bool {
    let said = configured.and_then(|it| it.is_path_style);
    let has_no_subdomains = !matches!(endpoint.host(), Some(Host::Domain(domain)) if domain.contains('.'));
    said.unwrap_or(has_no_subdomains || name.contains('.'))
}

fn credentials(id: &str, secret: &str, token: Option<&str>) -> Credentials {
    match token {
        Some(token) => Credentials::new_with_token(id, secret, token),
        None => Credentials::new(id, secret),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str, machine: &Machine) -> String {
        let signed = signed(&url.parse().unwrap(), None, machine).unwrap();
        signed.as_str().split('?').next().unwrap().to_owned()
    }

    #[test]
    fn an_object_is_at_aws_or_where_it_is_said_to_be() {
        let mut machine = Machine::default();
        assert_eq!(at("s3://team/c/a+b-1.conda", &machine), "https://team.s3.us-east-1.amazonaws.com/c/a%2Bb-1.conda");
        assert_eq!(at("s3://te.am/c", &machine), "https://s3.us-east-1.amazonaws.com/te.am/c");
        machine.aws.region = Some("eu-west-1".to_owned());
        assert_eq!(at("s3://team/c", &machine), "https://team.s3.eu-west-1.amazonaws.com/c");
        machine.aws.endpoint = Some("http://127.0.0.1:9000".parse().unwrap());
        assert_eq!(at("s3://team/c", &machine), "http://127.0.0.1:9000/team/c");
        let endpoint = "https://store.example.org".parse().ok();
        let bucket = S3Bucket { endpoint, region: None, is_path_style: Some(true) };
        machine.buckets.insert("team".to_owned(), bucket);
        assert_eq!(at("s3://team/c", &machine), "https://store.example.org/team/c");
    }
}
