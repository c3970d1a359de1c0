//! What the fuzzer calls: readers of the files of a prefix.

use super::{channels, direct_url, history, metadata, records};
use crate::environment::parse_environment;

/// Any bytes as each file of a prefix; what is made of them is read again.
pub(crate) fn file(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    _ = history::requested_in(&text);
    if let Ok(distribution) = metadata::parse(&text) {
        let line = format!("dependencies: [{{pip: ['{}=={}']}}]", distribution.name, distribution.version);
        assert!(parse_environment("environment.yml", line.as_bytes()).is_ok(), "{line}");
    }
    if let Ok(direct_url::Direct::Address(address)) = direct_url::read(bytes) {
        assert!(!address.contains(char::is_whitespace), "{address}");
    }
    if let Ok(record) = records::parse(bytes) {
        let line = format!("{}={}={}", record.name.as_normalized(), record.version, record.build);
        let file = format!("dependencies: ['{line}']");
        let read = parse_environment("environment.yml", file.as_bytes());
        assert!(read.is_ok_and(|it| it.dependencies.len() + it.pip.len() == 1), "{line}");
        _ = channels::of(&[record], &mut Vec::new());
    }
}
