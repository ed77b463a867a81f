//! Imports run one way: down the rooms in the order that the crate's front page shows, and in no
//! circle between files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemUse, UseTree, Visibility};
use walkdir::WalkDir;

/// A file of the crate as its imports show it.
#[derive(Default)]
struct Source {
    /// Absolute paths it names, without `crate`.
    paths: Vec<Vec<String>>,
    /// Names it hands on (`pub use`), and where each comes from.
    reexports: BTreeMap<String, Vec<String>>,
}

/// The files under `src`, by module path: `["record", "run"]`.
struct Sources(BTreeMap<Vec<String>, Source>);

impl Sources {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut sources = BTreeMap::new();
        for entry in WalkDir::new(&root).sort_by_file_name() {
            let path = entry.unwrap().into_path();
            let name = path.strip_prefix(&root).unwrap().with_extension("");
            let mut module: Vec<String> =
                name.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
            if path.extension().is_none_or(|e| e != "rs") || ["lib", "main"].contains(&&*module[0])
            {
                continue;
            }
            module.pop_if(|last| last == "mod");
            let text = fs::read_to_string(&path).unwrap();
            sources.insert(module.clone(), Source::of(&module, &text));
        }
        Self(sources)
    }

    /// The module in whose file `path` is defined: names that a module hands on are followed.
    fn home(&self, path: &[String]) -> Option<&[String]> {
        let (module, source) =
            (0..=path.len()).rev().find_map(|n| self.0.get_key_value(&path[..n]))?;
        match path.get(module.len()).and_then(|name| source.reexports.get(name)) {
            // A macro is handed on by the file that defines it.
            Some(from) if from.as_slice() != &path[..=module.len()] => self.home(from),
            _ => Some(module),
        }
    }

    /// The modules each module imports from, in files of their own.
    fn edges(&self) -> BTreeMap<&[String], BTreeSet<&[String]>> {
        let of = |(module, source): (&'_ Vec<String>, &'_ Source)| {
            let homes = source.paths.iter().filter_map(|path| self.home(path));
            homes.filter(|home| *home != module.as_slice()).collect()
        };
        self.0.iter().map(|entry| (entry.0.as_slice(), of(entry))).collect()
    }
}

impl Source {
    fn of(module: &[String], text: &str) -> Self {
        let file = syn::parse_file(text).unwrap();
        let children = file.items.iter().filter_map(|item| match item {
            Item::Mod(item) if item.content.is_none() => Some(item.ident.to_string()),
            _ => None,
        });
        let mut reader = Reader { module, children: children.collect(), source: Self::default() };
        reader.visit_file(&file);
        reader.source
    }
}

struct Reader<'a> {
    module: &'a [String],
    /// Modules it declares.
    children: BTreeSet<String>,
    source: Source,
}

impl Reader<'_> {
    /// The absolute path of one that begins with `crate`, `self` or `super`, or in this module.
    fn absolute(&self, path: &[String]) -> Option<Vec<String>> {
        let ups = path.iter().take_while(|part| *part == "super").count();
        let base = match path.first()?.as_str() {
            "crate" => &[],
            "super" => &self.module[..self.module.len().checked_sub(ups)?],
            _ => self.module,
        };
        let rest = path.iter().skip(ups).filter(|part| *part != "crate" && *part != "self");
        Some(base.iter().chain(rest).cloned().collect())
    }

    /// Whether a path that begins so leads to a file of this crate.
    fn leads_here(&self, first: &str) -> bool {
        ["crate", "self", "super"].contains(&first) || self.children.contains(first)
    }

    fn take(&mut self, tree: &UseTree, before: &mut Vec<String>, handed_on: bool) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.take(&path.tree, before, handed_on);
                before.pop();
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.take(tree, before, handed_on);
                }
            }
            UseTree::Name(name) => {
                let name = name.ident.to_string();
                self.leaf(before, (name != "self").then_some(&name), &name, handed_on);
            }
            UseTree::Rename(rename) => {
                let (name, known) = (rename.ident.to_string(), rename.rename.to_string());
                self.leaf(before, Some(&name), &known, handed_on);
            }
            UseTree::Glob(_) => self.leaf(before, None, "*", handed_on),
        }
    }

    fn leaf(&mut self, before: &[String], name: Option<&String>, known: &str, handed_on: bool) {
        let path: Vec<String> = before.iter().chain(name).cloned().collect();
        let Some(absolute) = self.absolute(&path) else { return };
        if handed_on {
            self.source.reexports.insert(known.to_owned(), absolute);
        } else if self.leads_here(&path[0]) {
            self.source.paths.push(absolute);
        }
    }
}

/// Tests may look at everything.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|a| {
        a.path().is_ident("test")
            || (a.path().is_ident("cfg")
                && a.parse_args::<syn::Path>().is_ok_and(|p| p.is_ident("test")))
    })
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes: &[Attribute] = match item {
            Item::Mod(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            _ => &[],
        };
        if !is_test(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let handed_on = !matches!(item.vis, Visibility::Inherited);
        self.take(&item.tree, &mut Vec::new(), handed_on);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        if parts.len() > 1
            && self.leads_here(&parts[0])
            && let Some(absolute) = self.absolute(&parts)
        {
            self.source.paths.push(absolute);
        }
        visit::visit_path(self, path);
    }
}

/// The rooms from top to bottom, as the table of `src/lib.rs` has them.
fn rooms() -> Vec<String> {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs"));
    let rows = text.lines().filter_map(|line| line.strip_prefix("//! | "));
    // Public rooms are links: [`plan`].
    let rows = rows.map(|row| row.trim_start_matches('['));
    rows.filter_map(|row| Some(row.strip_prefix('`')?.split_once('`')?.0.to_owned())).collect()
}

fn file(module: &[String]) -> String {
    format!("src/{}", module.join("/"))
}

#[test]
fn no_room_imports_from_one_above_it() {
    let (sources, rooms) = (Sources::read(), rooms());
    let row = |module: &[String]| {
        let row = rooms.iter().position(|room| *room == module[0]);
        row.unwrap_or_else(|| panic!("the table of src/lib.rs lacks the room {}", module[0]))
    };
    for (from, to) in sources.edges() {
        if let Some(to) = to.into_iter().find(|to| row(to) < row(from)) {
            panic!(
                "{} imports from {}, a room above it: src/lib.rs shows the order",
                file(from),
                file(to)
            );
        }
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let sources = Sources::read();
    let mut left = sources.edges();
    assert!(left.values().map(BTreeSet::len).sum::<usize>() > 300, "imports are not seen");
    // What imports from nothing that is left is in no circle.
    loop {
        let done: BTreeSet<&[String]> =
            left.iter().filter(|(_, to)| to.is_empty()).map(|(from, _)| *from).collect();
        if done.is_empty() {
            break;
        }
        left.retain(|from, _| !done.contains(from));
        for to in left.values_mut() {
            to.retain(|to| !done.contains(to));
        }
    }
    let Some((from, _)) = left.first_key_value() else { return };
    // Following any import that is left comes back to where it was before, sooner or later.
    let mut way = vec![*from];
    loop {
        let next = *left[way.last().unwrap()].first().unwrap();
        if let Some(start) = way.iter().position(|module| *module == next) {
            let names: Vec<String> = way[start..].iter().map(|m| file(m)).collect();
            panic!("imports run in a circle: {} -> {}", names.join(" -> "), file(next));
        }
        way.push(next);
    }
}

#[test]
fn imports_are_read_as_the_compiler_reads_them() {
    let text = "use std::fs;\nuse super::files::{self, table::Row as R};\nuse crate::run::*;\n\
        mod inner;\npub use inner::Shown;\n#[cfg(test)]\nuse crate::cli;\nfn f() { crate::plan::go(); inner::go(); g::h() }\n\
        #[cfg(test)]\nmod tests { use crate::report; }";
    let module = ["record".to_owned(), "store".to_owned()];
    let source = Source::of(&module, text);
    let paths: Vec<String> = source.paths.iter().map(|path| path.join("::")).collect();
    let seen = [
        "record::files",
        "record::files::table::Row",
        "run",
        "plan::go",
        "record::store::inner::go",
    ];
    assert_eq!(paths, seen);
    assert_eq!(source.reexports["Shown"].join("::"), "record::store::inner::Shown");
}
