//! Whose images they are, where it is known.

use super::load;
use super::mnist::SHA256;

/// As in `data/mnist/README.md`.
const LICENCE: &str =
    "CC BY-SA 3.0 (Yann LeCun, Corinna Cortes and Christopher J.C. Burges, the MNIST database)";

/// The licence of the image set with this [`hash`](super::DataSet::hash), if it is MNIST, with or
/// without its test images; of no other set is it known here.
pub fn licence(hash: &str) -> Option<&'static str> {
    let all = SHA256.map(str::to_owned);
    [&all[..], &all[..2]].iter().any(|files| load::hash(files) == hash).then_some(LICENCE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::DataSet;
    use crate::spec::DataSettings;

    #[test]
    fn the_embedded_set_has_a_licence_and_others_have_none() {
        let set = DataSet::load(&DataSettings { dir: String::new(), subset: 10 }).unwrap();
        let said = licence(&set.hash).unwrap();
        let readme = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist/README.md"));
        assert!(said.starts_with("CC BY-SA 3.0") && readme.contains("Attribution-Share Alike 3.0"));
        assert_eq!(licence(&set.hash.replace('0', "1")), None);
    }
}
