//! Well-known sets of images: their files with hashes, where their publishers have them, their traps.
//!
//! Hashes of the `.gz` files as published are those of TensorFlow Datasets' and torchvision's lists;
//! EMNIST's are of the members of its `gzip.zip`. Hashes of unpacked files were computed here.

/// A set that a person asks for by name.
#[derive(Debug)]
pub(super) struct Known {
    /// As in `[data] name`.
    pub(super) name: &'static str,
    /// What people call it.
    pub(super) title: &'static str,
    /// What its files' names begin with.
    prefix: &'static str,
    /// What its files call the test set.
    test: &'static str,
    /// How the name of a file of labels ends.
    labels: &'static str,
    /// SHA-256 of its `.gz` files as published: images and labels of the train set, then of the test
    /// set.
    pub(super) zipped: [&'static str; 4],
    /// SHA-256 of its unpacked files; empty where it is not known.
    pub(super) plain: [&'static str; 4],
    /// Folders below a place in which it is kept: ours and Keras', then torchvision's.
    pub(super) folders: &'static [&'static str],
    /// What the classes show, in order of their labels, by commas; empty where it is the digit.
    classes: &'static str,
    /// Terms and author.
    pub(super) licence: &'static str,
    source: Source,
    /// Each image lies in its file with rows and columns exchanged.
    pub(super) transposed: bool,
    /// The label of the first class in the file.
    pub(super) first_label: u8,
}

/// Where a set comes from.
#[derive(Debug)]
enum Source {
    /// It is in the program.
    Program,
    /// A package of Debian and what is made of it.
    Debian(&'static str),
    /// The `.gz` files, in a folder on the web.
    Folder(&'static str),
    /// A zip of `.gz` files in a folder `gzip`.
    Zip(&'static str),
}

impl Known {
    /// Names of its files, without `.gz`, in the order of [`Self::zipped`].
    pub(super) fn files(&self) -> [String; 4] {
        let Self { prefix, test, labels, .. } = self;
        [
            ("train", "images-idx3-ubyte"),
            ("train", labels),
            (test, "images-idx3-ubyte"),
            (test, labels),
        ]
        .map(|(part, kind)| format!("{prefix}{part}-{kind}"))
    }

    /// What the classes show, in order of their labels; none where it is the digit.
    pub(super) fn class_names(&self) -> Vec<String> {
        let names = self.classes.split(',').filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    }

    /// What to do where it is missing.
    pub(super) fn remedy(&self) -> String {
        match self.source {
            Source::Program => "it is inside the program: leave out data.path".to_owned(),
            _ => format!("get it by `{}`", self.fetch()),
        }
    }

    /// The command that fetches it, to where it is looked for; empty for what is inside the program.
    pub(super) fn fetch(&self) -> String {
        let Self { name, prefix, .. } = self;
        match self.source {
            Source::Program => String::new(),
            Source::Debian(package) => format!("sudo apt-get install {package}"),
            Source::Folder(url) => {
                let files = self.files().join(",");
                format!(
                    "mkdir -p data/{name} && cd data/{name} && curl -fL --remote-name-all '{url}{{{files}}}.gz'"
                )
            }
            Source::Zip(url) => format!(
                "mkdir -p data/emnist && curl -fL {url} -o data/emnist.zip && unzip -j data/emnist.zip \
                 'gzip/{prefix}*' -d data/emnist"
            ),
        }
    }
}

/// The set of this name.
pub(super) fn find(name: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.name == name)
}

/// The set whose unpacked files have these hashes; test files may be missing. Only of sets that are
/// trained on as their files have them.
pub(super) fn by_hashes(hashes: &[String]) -> Option<&'static Known> {
    let is = |known: &&Known| {
        !known.transposed && hashes.iter().zip(known.plain).all(|(found, plain)| found == plain)
    };
    KNOWN.iter().filter(|_| hashes.len() >= 2).find(is)
}

const LETTERS: &str = "A,B,C,D,E,F,G,H,I,J,K,L,M,N,O,P,Q,R,S,T,U,V,W,X,Y,Z";
const MERGED: &str = "0,1,2,3,4,5,6,7,8,9,A,B,C,D,E,F,G,H,I,J,K,L,M,N,O,P,Q,R,S,T,U,V,W,X,Y,Z,\
                      a,b,d,e,f,g,h,n,q,r,t";
const ALL: &str = "0,1,2,3,4,5,6,7,8,9,A,B,C,D,E,F,G,H,I,J,K,L,M,N,O,P,Q,R,S,T,U,V,W,X,Y,Z,\
                   a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z";

/// A split of EMNIST: its images are transposed, and its files are in one zip with all others.
const fn emnist(
    (name, title): (&'static str, &'static str),
    prefix: &'static str,
    classes: &'static str,
    first_label: u8,
    zipped: [&'static str; 4],
) -> Known {
    Known {
        name,
        title,
        prefix,
        test: "test",
        labels: "labels-idx1-ubyte",
        zipped,
        plain: [""; 4],
        folders: &["emnist", "gzip", "EMNIST/raw"],
        classes,
        licence: "none stated (Cohen, Afshar, Tapson and van Schaik, EMNIST, of NIST Special Database 19)",
        source: Source::Zip("https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/gzip.zip"),
        transposed: true,
        first_label,
    }
}

/// Every set that is known by name.
pub(super) static KNOWN: [Known; 10] = [
    Known {
        name: "mnist",
        title: "MNIST",
        prefix: "",
        test: "t10k",
        labels: "labels-idx1-ubyte",
        zipped: [
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ],
        plain: [
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ],
        folders: &["mnist", "MNIST/raw"],
        classes: "",
        licence: "CC BY-SA 3.0 (Yann LeCun, Corinna Cortes and Christopher J.C. Burges, the MNIST database)",
        source: Source::Program,
        transposed: false,
        first_label: 0,
    },
    Known {
        name: "fashion-mnist",
        title: "Fashion-MNIST",
        prefix: "",
        test: "t10k",
        labels: "labels-idx1-ubyte",
        zipped: [
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ],
        plain: [
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ],
        folders: &["fashion-mnist", "FashionMNIST/raw"],
        classes: "T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot",
        licence: "MIT (Zalando SE, Fashion-MNIST)",
        source: Source::Debian("dataset-fashion-mnist"),
        transposed: false,
        first_label: 0,
    },
    Known {
        name: "kmnist",
        title: "Kuzushiji-MNIST",
        prefix: "",
        test: "t10k",
        labels: "labels-idx1-ubyte",
        zipped: [
            "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
            "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
            "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
            "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
        ],
        plain: [""; 4],
        folders: &["kmnist", "KMNIST/raw"],
        classes: "o,ki,su,tsu,na,ha,ma,ya,re,wo",
        licence: "CC BY-SA 4.0 (Center for Open Data in the Humanities, KMNIST)",
        source: Source::Folder("http://codh.rois.ac.jp/kmnist/dataset/kmnist/"),
        transposed: false,
        first_label: 0,
    },
    Known {
        name: "qmnist",
        title: "QMNIST",
        prefix: "qmnist-",
        test: "test",
        labels: "labels-idx2-int",
        zipped: [
            "9e26a7bf1683614e065d7b76460ccd52807165b3f22561fb782bd9f38c52b51d",
            "2c05dc77f6b916b38e455e97ab129a42a444f3dbef09b278a366f82904e0dd9f",
            "43fc22bf7498b8fc98de98369d72f752d0deabc280a43a7bcc364ab19e57b375",
            "9fbcbe594c3766fdf4f0b15c5165dc0d1e57ac604e01422608bb72c906030d06",
        ],
        plain: [
            "",
            "bb1b6e1ec7b04fd5696f1ed50b5f58f8ef195118edd5c93c81783df9740b8ac5",
            "",
            "92d0ccb8c25f9c6534270fb4be7e1d24a1c6d315edfc8a638bfbd31c70f362dd",
        ],
        folders: &["qmnist", "QMNIST/raw"],
        classes: "",
        licence: "BSD 3-Clause (Facebook, Inc., QMNIST, of NIST Special Database 19)",
        source: Source::Folder("https://raw.githubusercontent.com/facebookresearch/qmnist/master/"),
        transposed: false,
        first_label: 0,
    },
    emnist(
        ("emnist-letters", "EMNIST letters"),
        "emnist-letters-",
        LETTERS,
        1,
        [
            "6288f418a917e007bf5fddb823a2dc7a5c6a35031401b93292a539cb12bd881f",
            "9759af91ea6bccdf07a6040fd085861f2ec88e37f7c3f5760f6feb57106fbe5c",
            "50f0e93d75b99b463e9760b8345866f22587fa2c2fba472730a5ba09c693412d",
            "924955c31fe7fd809b7303b5c0141282955f4b8390c74cdfd5d80435e0f4b4cb",
        ],
    ),
    emnist(
        ("emnist-balanced", "EMNIST balanced"),
        "emnist-balanced-",
        MERGED,
        0,
        [
            "74295e75e4e9fa2c102147460ee7eb763653d5132d883a84fb88932bfb8d2db4",
            "b46d41e5156a0a8aaaa4d18979fdd1588850fa8571018acffd5d93b325a7d6ed",
            "117fc12b015e37ea98bfb2cbba3f77c3782c056cdbd219b87abfc8661d7135db",
            "a67cac948379b67270b9a4d0a01c8ec661598accf2f2b1964340b7c83cb175cd",
        ],
    ),
    emnist(
        ("emnist-byclass", "EMNIST by class"),
        "emnist-byclass-",
        ALL,
        0,
        [
            "9e21987f03a6eb8b870187e785883ddad96947299587908f1a7ec2ca0f4be5f0",
            "f7ef403d48dc18a89dae0d83d11ee69cecb6e1c12c3a961d03712e495c02a8fa",
            "5ec835bd5d5b1a66378a132e727fef20fe994b3cc666899befcca5ac766f50cd",
            "501e305eeeacb093b162592d80e8a2632040872360fa6d85cfcb2200d91ca92a",
        ],
    ),
    emnist(
        ("emnist-bymerge", "EMNIST by merge"),
        "emnist-bymerge-",
        MERGED,
        0,
        [
            "39bf8c68037dad40db35348895f7e4e056e8c0a005ab78869c9fbc2c96e947be",
            "2c47293b9e62d6abf6ad05fbf67e40baa32adfd380b8d7b44dcc35534b64e1f1",
            "5e5815ec1b522089134435f7c55e75a00960b58414793593ffff23efc0821683",
            "8bda1516255683ba9071e141947ca0c91a911176065cdd6259b0b4d8dc5b5f35",
        ],
    ),
    emnist(
        ("emnist-digits", "EMNIST digits"),
        "emnist-digits-",
        "",
        0,
        [
            "f7c95004d14d81af89522e67d8f0c781dfb3bd544181c81bfe1eb6b41c35b726",
            "6638a6ff5fe2eefd9cca2471995b46c82986b8e4b2a70d2f5ce8e05d7edb319e",
            "20ebe43509264f7639d37c835a3f0b009e90b29e00a099a03101abe1644a3f63",
            "bad1834c45d5988e270b99d43b13edc3fd898f658ffbc2caf2846ef27f7b05b0",
        ],
    ),
    emnist(
        ("emnist-mnist", "EMNIST MNIST"),
        "emnist-mnist-",
        "",
        0,
        [
            "5f9942f441031c0f1f2e4d162059fd6e19ea808b34c328b6d16cab0ed24c78f2",
            "00c6d3c2342fdffb1711e0b5656cac4ce5862d2826399d383a9bac07d612e9f8",
            "b25640fa9e356c618132f5df347c95ef5bae6d9c2596be1de40f7e0ae1c3eac6",
            "bcc5385d38f083dba046f5f756e99b32f5ea7fad122c6243c71c2239873065ca",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::DATA_NAMES;

    #[test]
    fn every_name_that_can_be_asked_for_is_known() {
        assert_eq!(DATA_NAMES[1..], KNOWN.iter().map(|known| known.name).collect::<Vec<_>>());
        for known in &KNOWN {
            assert!(known.zipped.iter().all(|hash| hash.len() == 64), "{}", known.name);
            assert!(known.plain.iter().all(|hash| [0, 64].contains(&hash.len())), "{}", known.name);
        }
    }

    #[test]
    fn classes_are_as_many_as_published() {
        let count = |name: &str| find(name).unwrap().class_names().len();
        let counts = ["letters", "balanced", "bymerge", "byclass"]
            .map(|split| count(&format!("emnist-{split}")));
        assert_eq!(counts, [26, 47, 47, 62]);
        assert_eq!((count("fashion-mnist"), count("kmnist"), count("mnist")), (10, 10, 0));
    }

    #[test]
    fn commands_name_the_files() {
        let fetch = |name: &str| find(name).unwrap().fetch();
        insta::assert_snapshot!(
            ["fashion-mnist", "kmnist", "qmnist", "emnist-letters"].map(fetch).join("\n")
        );
    }
}
