//! Whose images they are, where that is known by their hash.

use super::catalogue::{KNOWN, Known};
use super::load;

/// The licence of the image set with this [`hash`](super::DataSet::hash), if it is a well-known one
/// that is trained on as published, with or without its test images.
pub fn licence(hash: &str) -> Option<&'static str> {
    let known = KNOWN.iter().filter(|known| !known.transposed && !known.plain.contains(&""));
    let is = |known: &&Known| {
        let files = known.plain.map(str::to_owned);
        [&files[..], &files[..2]].iter().any(|files| load::hash(files) == hash)
    };
    known.into_iter().find(is).map(|known| known.licence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::DataSet;
    use crate::spec::DataSettings;

    #[test]
    fn the_embedded_set_has_a_licence_and_others_have_none() {
        let set = DataSet::load(&DataSettings { subset: 10, ..DataSettings::default() }).unwrap();
        let said = licence(&set.hash).unwrap();
        let readme = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist/README.md"));
        assert!(said.starts_with("CC BY-SA 3.0") && readme.contains("Attribution-Share Alike 3.0"));
        assert_eq!(set.info.licence.as_deref(), Some(said));
        assert_eq!(licence(&set.hash.replace('0', "1")), None);
    }
}
