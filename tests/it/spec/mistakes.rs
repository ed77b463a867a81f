//! The table of mistakes, each with its whole message.

use std::fmt::Write as _;

use cgan_sweep::gan::Cgan;
use cgan_sweep::model::Model;
use cgan_sweep::plan::{self, Limits};
use cgan_sweep::spec::{self, Overrides};

use super::{Folder, asking, mnist, plan_with, wrong};

fn table(cases: &[(&str, &str)]) -> String {
    let mut shown = String::new();
    for (name, text) in cases {
        write!(shown, "### {name}\n{}\n\n", wrong(text)).unwrap();
    }
    shown
}

#[test]
fn values() {
    let shown = table(&[
        ("unknown key", "[discriminator]\nimage_piece = 5"),
        ("key in the wrong table", "[train]\nimage_pieces = 5"),
        ("unknown table", "[discriminater]\nimage_pieces = 5"),
        ("short name as a key", "g.lr = 1e-4"),
        ("nothing like it", "[noise]\nwibble = 5"),
        ("wrong type", "[train]\nepochs = \"many\""),
        ("a number in quotes", "[train]\nepochs = \"5\""),
        ("a float for an integer", "[train]\nepochs = 5.0"),
        ("a list for a value", "[train]\nepochs = [5, 6]"),
        ("a table for a value", "[train.epochs]\nx = 1"),
        ("a value for a table", "train = 5"),
        ("a date", "[train]\nepochs = 2020-01-01"),
        ("zero width", "[generator]\nhidden = [0]"),
        ("negative width", "[discriminator]\nimage_units = -240"),
        ("too many layers", "[generator]\nhidden = [1, 1, 1, 1, 1, 1, 1, 1, 1]"),
        ("no pieces", "[discriminator]\nimage_pieces = 0"),
        ("dropout of all", "[discriminator]\ndropout = 1.0"),
        ("dropout below nothing", "[generator]\ndropout = -0.1"),
        ("NaN", "[optimizer.generator]\nlr = nan"),
        ("infinity", "[optimizer.generator]\nlr = inf"),
        ("too large for any number", "[optimizer.generator]\nlr = 1e999"),
        ("too large for an integer", "[train]\nepochs = 99999999999999999999"),
        ("no such choice", "[loss]\nkind = \"non-satruating\""),
        ("a choice of another type", "[loss]\nkind = 1"),
        ("set twice", "train.epochs = 1\n\"train.epochs\" = 2"),
        ("control character", "[data]\ndir = \"a\\u0007b\""),
        ("does not apply", "[optimizer.generator]\nkind = \"sgd\"\nbeta1 = 0.5"),
        (
            "applies only with a ramp",
            "optimizer.generator = { kind = \"sgd\", momentum_final = 0.9 }",
        ),
        ("steps and epochs", "[train]\nsteps = 100\nepochs = 3"),
        (
            "set by every variant",
            "experiment.baseline = \"epochs=1\"\ntrain.epochs = 3\n[axes]\ntrain.epochs = [1, 2]",
        ),
        ("a subset of more than there is", "[data]\nsubset = 70000"),
    ]);
    insta::assert_snapshot!(shown);
}

#[test]
fn axes() {
    let shown = table(&[
        ("empty axis", "[axes]\nnoise.dim = []"),
        ("no axis", "[axes]\n"),
        ("not a list", "[axes]\nnoise.dim = 5"),
        ("unknown setting", "[axes]\nnoise.dimm = [5]"),
        ("a bad value among good ones", "[axes]\nnoise.dim = [5, 0, \"six\", 7]"),
        ("a value twice", "[axes]\noptimizer.generator.lr = [1e-4, 0.0001]"),
        ("two axes of one setting", "[axes]\nnoise.dim = [5]\n[zip]\nnoise.dim = [6]"),
        (
            "too many variants",
            "[axes]\nnoise.dim = [1,2,3,4,5,6,7,8,9,10]\ngenerator.noise_units = [1,2,3,4,5,6,7,8,9,10]\n\
             discriminator.image_units = [1,2,3,4,5,6,7,8,9,10]\ndiscriminator.image_pieces = [1,2,3,4,5,6,7,8,9,10]\n\
             discriminator.joint_units = [1,2,3,4,5,6,7,8,9,10]\ndiscriminator.joint_pieces = [1,2,3,4,5,6,7,8,9,10]\n\
             train.batch = [1,2,3,4,5,6,7,8,9,10]",
        ),
        (
            "two presets",
            "[axes]\na = [{ name = \"p\", extends = \"preset:paper\" }]\nb = [{ name = \"c\", extends = \"preset:paper-code\" }]",
        ),
        ("zip of unequal lists", "[zip]\nnoise.dim = [1, 2]\ngenerator.noise_units = [1, 2, 3]"),
        ("zip of nothing", "[zip]\n"),
        ("a table without a name", "[axes]\noptimizer = [{ optimizer.generator.kind = \"sgd\" }]"),
        ("a table without its value", "[axes]\nnoise.dim = [{ name = \"a\", train.epochs = 1 }]"),
        ("values that mean the same", "[axes]\nrecord.samples_every = [1, 2]"),
        ("the base again", "[axes]\nnoise.dim = [100, 200]"),
        (
            "same settings under two names",
            "[variants.a]\nnoise.dim = 5\n[variants.b]\nnoise.dim = 5",
        ),
        (
            "does not apply to a variant",
            "[axes]\noptimizer.generator.kind = [\"adam\", \"sgd\"]\noptimizer.generator.beta1 = [0.1]",
        ),
        ("a text that is no name", "[axes]\ndata.dir = [\"data/fashion\"]"),
        ("exclude that drops nothing", "[axes]\nnoise.dim = [5, 6]\n[[exclude]]\nnoise.dim = 7"),
        ("require that leaves nothing", "[axes]\nnoise.dim = [5, 6]\n[[require]]\nnoise.dim = 7"),
        ("empty condition", "[axes]\nnoise.dim = [5, 6]\n[[exclude]]\n"),
        ("condition on nothing", "[[exclude]]\nnoise.dim = 7"),
        ("range of a choice", "[axes]\nnoise.dim = [5, 6]\n[[exclude]]\nloss.kind = { min = 1 }"),
        ("exclude as a table", "[axes]\nnoise.dim = [5, 6]\n[exclude]\nnoise.dim = 5"),
        ("block of nothing", "[[block]]\nset.noise.dim = 5"),
        ("unknown key of a block", "[[block]]\nname = \"a\"\nnoise.dim = 5"),
        ("sample without count", "[sample]\nnoise.dim = { uniform = [1, 9] }"),
        ("sample of nothing", "[sample]\ncount = 3"),
        ("unknown rule", "[sample]\ncount = 3\nnoise.dim = { unifrom = [1, 9] }"),
        ("log from zero", "[sample]\ncount = 3\ngenerator.dropout = { log = [0.0, 0.5] }"),
        ("range upside down", "[sample]\ncount = 3\nnoise.dim = { uniform = [9, 1] }"),
        ("range of a choice in a sample", "[sample]\ncount = 3\nloss.kind = { uniform = [1, 2] }"),
        ("sample that repeats itself", "[sample]\ncount = 9\nnoise.dim = { choice = [1, 2] }"),
        (
            "no such method",
            "[sample]\nmethod = \"halton\"\ncount = 0\nnoise.dim = { uniform = [1, 9] }",
        ),
        (
            "require that drops nothing",
            "[axes]\nnoise.dim = [5, 6]\n[[require]]\nnoise.dim = [5, 6]",
        ),
        ("a range of three", "[sample]\ncount = 3\nnoise.dim = { uniform = [1, 2, 3] }"),
        ("conditions that leave nothing", "[axes]\nnoise.dim = [5]\n[[exclude]]\nnoise.dim = 5"),
    ]);
    insta::assert_snapshot!(shown);
}

#[test]
fn names() {
    let variant = |name: &str| format!("[variants.\"{name}\"]\nnoise.dim = 5");
    let cases: Vec<(String, String)> = [
        "a/b", "..", "a\\u0007b", "ключ", "a\\u202Eb", "a b", "", "-a", "plan.json", "a\\\\b",
    ]
    .iter()
    .map(|name| (format!("variant {name:?}"), variant(name)))
    .chain([
        ("too long".to_owned(), variant(&"x".repeat(200))),
        ("capitals".to_owned(), format!("{}\n[variants.A]\nnoise.dim = 6", variant("a"))),
        (
            "joined too long".to_owned(),
            format!("[axes]\na = [{{ name = \"{0}\", noise.dim = 5 }}]\nb = [{{ name = \"{0}\", train.epochs = 5 }}]", "x".repeat(90)),
        ),
        (
            "same name in two blocks".to_owned(),
            "[[block]]\naxes.noise.dim = [5]\n[[block]]\nset.train.epochs = 3\naxes.noise.dim = [5]".to_owned(),
        ),
        ("bad name of a value".to_owned(),
            "[axes]\nnoise.dim = [{ name = \"a/b\", value = 5 }]".to_owned()),
    ])
    .collect();
    let cases: Vec<(&str, &str)> = cases.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let shown = table(&cases);
    insta::assert_snapshot!(shown);
}

#[test]
fn experiment() {
    let shown = table(&[
        ("unknown key", "[experiment]\nsedes = [1]"),
        ("settings in the wrong place", "[experiment]\ntrain.epochs = 3"),
        ("duplicate seeds", "[experiment]\nseeds = [1, 2, 1]"),
        ("no seeds", "[experiment]\nseeds = []"),
        ("bad seeds", "[experiment]\nseeds = [-1, 1.5, \"2\"]"),
        ("empty range of seeds", "[experiment]\nseeds = \"5..=1\""),
        ("too many seeds", "[experiment]\nseeds = \"1..=1000000\""),
        (
            "baseline that is no variant",
            "[experiment]\nbaseline = \"n.dim=6\"\n[axes]\nnoise.dim = [5, 60]",
        ),
        (
            "baseline far from any",
            "[experiment]\nbaseline = \"control\"\n[axes]\nnoise.dim = [5, 60]",
        ),
        ("primary that is no metric", "[experiment]\nprimary = \"fakep\""),
        ("text of the wrong type", "[experiment]\nexpected = 5"),
        ("empty text", "[experiment]\nexpected = \" \""),
        ("no such preset", "[experiment]\nextends = \"preset:papr\""),
        ("no such file", "[experiment]\nextends = \"nowhere.toml\""),
        ("variant that extends a file", "[variants.a]\nextends = \"other.toml\""),
        ("not TOML", "[train\nepochs = = 3\nbatch = 'x"),
        ("key twice", "[train]\nepochs = 1\nepochs = 2"),
        (
            "several at once",
            "[train]\nepochs = 0\nbatch = \"x\"\n[noise]\ndimension = 3\n[axes]\ngenerator.output = [\"tan\"]",
        ),
    ]);
    insta::assert_snapshot!(shown);
}

#[test]
fn the_header() {
    let cases = [
        ("no question", "[train]\nepochs = 3"),
        ("empty file", ""),
        ("empty question", "[experiment]\nquestion = \"\""),
        ("experiment is no table", "experiment = 5"),
    ];
    let mut shown = String::new();
    for (name, text) in cases {
        let folder = Folder::new();
        let mistakes =
            spec::load(&folder.write("x.toml", text), &Overrides::default(), Cgan.schema());
        write!(shown, "### {name}\n{}\n\n", folder.shown(mistakes.unwrap_err())).unwrap();
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn circles_of_extends() {
    let folder = Folder::new();
    folder.write("a.toml", "[experiment]\nextends = \"b.toml\"");
    folder.write("b.toml", "[experiment]\nextends = [\"preset:paper\", \"deep/c.toml\"]");
    folder.write("deep/c.toml", "[experiment]\nextends = \"../b.toml\"");
    let path = folder.write("x.toml", "[experiment]\nquestion = \"?\"\nextends = \"a.toml\"");
    let mistakes = spec::load(&path, &Overrides::default(), Cgan.schema()).unwrap_err();
    insta::assert_snapshot!(folder.shown(mistakes));
}

#[test]
fn endless_extends_end() {
    let folder = Folder::new();
    for n in 0..40 {
        let next = format!("f{}.toml", n + 1);
        folder.write(
            &format!("f{n}.toml"),
            &format!("[experiment]\nquestion = \"?\"\nextends = [\"{next}\", \"{next}\"]"),
        );
    }
    folder.write("f40.toml", "");
    let mistakes =
        spec::load(&folder.path("f0.toml"), &Overrides::default(), Cgan.schema()).unwrap_err();
    assert!(mistakes.to_string().contains("more than 100 files are extended"), "{mistakes}");
}

#[test]
fn mistakes_of_an_extended_file_are_shown_there() {
    let folder = Folder::new();
    folder.write("base.toml", "[train]\nepochs = 0");
    let path = folder.write("x.toml", &asking("experiment.extends = \"base.toml\""));
    let mistakes = spec::load(&path, &Overrides::default(), Cgan.schema()).unwrap_err();
    insta::assert_snapshot!(folder.shown(mistakes));
}

#[test]
fn command_line() {
    let mut shown = String::new();
    for set in [
        "train.epochs",
        "train.epochs=0",
        "train.epoch=3",
        "=3",
        "train.epochs=",
        "train.epochs=[",
        "generator.output=tahn",
        "generator={ output = 5 }",
        "train.epochs=1\nnoise.dim=0",
        "optimizer.generator.rho=0.5",
    ] {
        let overrides = Overrides { set: vec![set.to_owned()], seeds: None };
        let mistakes = plan_with(&asking(""), &overrides).unwrap_err();
        write!(shown, "### --set {set}\n{mistakes}\n\n").unwrap();
    }
    for seeds in ["", "1,1", "5..1", "x"] {
        let overrides = Overrides { set: Vec::new(), seeds: Some(seeds.to_owned()) };
        let mistakes = plan_with(&asking(""), &overrides).unwrap_err();
        write!(shown, "### --seeds {seeds}\n{mistakes}\n\n").unwrap();
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn more_memory_than_there_is() {
    let text = asking("[generator]\nhidden = [65536, 65536]\n[axes]\nnoise.dim = [5, 65536]");
    let folder = Folder::new();
    let path = folder.write("x.toml", &text);
    let experiment = spec::load(&path, &Overrides::default(), Cgan.schema());
    let limits = Limits::of_memory(16 << 30);
    let mistakes =
        experiment.and_then(|e| plan::plan_within(&Cgan, &e, mnist, &limits)).unwrap_err();
    insta::assert_snapshot!(folder.shown(mistakes));
}

#[test]
fn too_many_runs() {
    let mut text = asking("experiment.seeds = \"1..=10000\"\n[axes]\nnoise.dim = [");
    for n in 1..=11 {
        write!(text, "{n},").unwrap();
    }
    let mistakes = plan_with(&format!("{text}]"), &Overrides::default()).unwrap_err();
    let shown = mistakes.to_string();
    assert!(shown.contains("12 variants × 10000 seeds are 120,000 runs"), "{shown}");
}

#[test]
fn unreadable_files_are_no_mistake_of_the_writing() {
    let folder = Folder::new();
    let missing =
        spec::load(&folder.path("x.toml"), &Overrides::default(), Cgan.schema()).unwrap_err();
    assert!(missing.only_io());
    insta::assert_snapshot!(folder.shown(missing));
    std::fs::write(folder.path("y.toml"), b"\xff\xfe").unwrap();
    let binary =
        spec::load(&folder.path("y.toml"), &Overrides::default(), Cgan.schema()).unwrap_err();
    insta::assert_snapshot!(folder.shown(binary));
    let odd = folder.write("my question.toml", &asking(""));
    let odd = spec::load(&odd, &Overrides::default(), Cgan.schema()).unwrap_err();
    insta::assert_snapshot!(folder.shown(odd));
}

#[test]
fn what_belongs_to_the_file_is_no_setting() {
    let set = |argument: &str| {
        let overrides = Overrides { set: vec![argument.to_owned()], seeds: None };
        plan_with(&asking(""), &overrides).unwrap_err().to_string()
    };
    assert!(set("experiment.seeds=[3]").contains("`experiment` holds no settings"));
    assert!(set("experiment.seeds=[3]").contains("change the seeds with --seeds"));
    assert!(set("optimizer.generator.lr=.001").contains("write 0.001"));
}
