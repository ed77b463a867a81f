//! The axes of a design, found in the variants themselves: so a plan that was frozen long ago has
//! them as one that is made now.

use std::collections::{BTreeMap, BTreeSet};

/// Dotted key to value as text, of the settings that some variant sets.
pub type Varied = BTreeMap<String, String>;

/// A setting that varies, or several that vary together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// The settings, by dotted key; the first gives the axis its name and its order.
    pub keys: Vec<String>,
    /// The values of the first key, each once: numbers ascending, others as they first appear.
    pub levels: Vec<String>,
    /// Whether the levels are numbers.
    pub numeric: bool,
    /// The level of each member of the design.
    pub of: Vec<usize>,
}

impl Axis {
    /// What it is called: its first setting.
    pub fn name(&self) -> &str {
        &self.keys[0]
    }
}

/// The axes of some variants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Design {
    /// In the order of their keys.
    pub axes: Vec<Axis>,
    /// The variants that lie on them, by index.
    pub members: Vec<usize>,
}

impl Design {
    /// Of these variants, of which `base` is the settings without any axis. It stands aside where
    /// the others are a grid that it is no part of.
    pub fn of(variants: &[Varied], base: Option<usize>) -> Self {
        let of = |members: Vec<usize>| {
            let kept: Vec<&Varied> = members.iter().map(|v| &variants[*v]).collect();
            Self { axes: axes(&kept), members }
        };
        let all = of((0..variants.len()).collect());
        let Some(base) = base.filter(|_| !all.is_grid()) else { return all };
        let others = of((0..variants.len()).filter(|v| *v != base).collect());
        if others.axes.len() > 1 && others.is_grid() { others } else { all }
    }

    /// Whether the variants hold every combination of the axes' levels exactly once.
    pub fn is_grid(&self) -> bool {
        let cell = |m| self.axes.iter().map(|axis| axis.of[m]).collect();
        let cells: BTreeSet<Vec<usize>> = (0..self.members.len()).map(cell).collect();
        let levels = self.axes.iter().map(|axis| axis.levels.len());
        let product = levels.fold(1usize, usize::saturating_mul);
        cells.len() == self.members.len() && product == self.members.len()
    }

    /// The axis of this setting.
    pub fn find(&self, key: &str) -> Option<usize> {
        self.axes.iter().position(|axis| axis.keys.iter().any(|k| k == key))
    }

    /// The level that each member has on every axis.
    pub fn levels(&self) -> Vec<Vec<usize>> {
        let on = |m| self.axes.iter().map(|axis| axis.of[m]).collect();
        (0..self.members.len()).map(on).collect()
    }

    /// Cells of the other axes in which every level of axis `of` is there.
    pub fn whole_cells(&self, of: usize) -> usize {
        let mut there: BTreeMap<Vec<usize>, BTreeSet<usize>> = BTreeMap::new();
        for mut levels in self.levels() {
            let level = levels.remove(of);
            there.entry(levels).or_default().insert(level);
        }
        there.values().filter(|there| there.len() == self.axes[of].levels.len()).count()
    }
}

/// The axes over these variants. Settings that always change together (pairs of a `[zip]`, a whole
/// table as a value) are one axis.
fn axes(variants: &[&Varied]) -> Vec<Axis> {
    let keys: BTreeSet<&String> = variants.iter().flat_map(|v| v.keys()).collect();
    let mut axes: Vec<Axis> = Vec::new();
    for key in keys {
        let Some(axis) = axis(key, variants) else { continue };
        // A draw that happens to differ everywhere moves freely; a pair goes up or down together.
        let monotone = |other: &Axis| {
            let pairs: BTreeSet<(usize, usize)> =
                axis.of.iter().copied().zip(other.of.iter().copied()).collect();
            let others: Vec<usize> = pairs.into_iter().map(|pair| pair.1).collect();
            others.is_sorted() || others.iter().rev().is_sorted()
        };
        let together = |other: &&mut Axis| {
            same_classes(&axis.of, &other.of)
                && (!axis.numeric || !other.numeric || monotone(other))
        };
        match axes.iter_mut().find(together) {
            None => axes.push(axis),
            // Numbers have an order to lend.
            Some(other) if axis.numeric && !other.numeric => {
                let keys = std::mem::take(&mut other.keys);
                *other = axis;
                other.keys.extend(keys);
            }
            Some(other) => other.keys.push(key.clone()),
        }
    }
    axes
}

fn axis(key: &str, variants: &[&Varied]) -> Option<Axis> {
    let value = |v: &Varied| v.get(key).cloned().unwrap_or_default();
    let mut levels: Vec<String> = Vec::new();
    for variant in variants {
        let value = value(variant);
        if !levels.contains(&value) {
            levels.push(value);
        }
    }
    if levels.len() < 2 {
        return None;
    }
    let number = |text: &String| text.parse::<f64>().ok().filter(|v| v.is_finite());
    let numbers: Option<Vec<f64>> = levels.iter().map(number).collect();
    let numeric = numbers.is_some();
    if let Some(numbers) = numbers {
        let mut sorted: Vec<(f64, String)> = numbers.into_iter().zip(levels).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        levels = sorted.into_iter().map(|pair| pair.1).collect();
    }
    let place: BTreeMap<&String, usize> = levels.iter().zip(0..).collect();
    let of = variants.iter().map(|v| place[&value(v)]).collect();
    Some(Axis { keys: vec![key.to_owned()], levels, numeric, of })
}

/// Whether two labellings sort the variants into the same classes.
fn same_classes(a: &[usize], b: &[usize]) -> bool {
    let pairs: BTreeSet<(usize, usize)> = a.iter().copied().zip(b.iter().copied()).collect();
    let distinct = |x: &[usize]| x.iter().collect::<BTreeSet<_>>().len();
    pairs.len() == distinct(a) && pairs.len() == distinct(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variants(rows: &[&[(&str, &str)]]) -> Vec<Varied> {
        let pair = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
        rows.iter().map(|row| row.iter().map(pair).collect()).collect()
    }

    fn design(variants: &[Varied]) -> Design {
        Design::of(variants, None)
    }

    #[test]
    fn numbers_are_put_in_order_and_texts_stay() {
        let found = design(&variants(&[&[("n", "10")], &[("n", "9")], &[("n", "1e-1")]]));
        assert_eq!(found.axes.len(), 1);
        assert_eq!(
            (found.axes[0].levels.join(" "), found.axes[0].numeric),
            ("1e-1 9 10".into(), true)
        );
        assert_eq!(found.axes[0].of, [2, 1, 0]);
        let texts = design(&variants(&[&[("k", "\"b\"")], &[("k", "\"a\"")], &[]]));
        assert_eq!(
            (texts.axes[0].levels.join(" "), texts.axes[0].numeric),
            ("\"b\" \"a\" ".into(), false)
        );
    }

    #[test]
    fn pairs_are_one_axis_and_draws_are_not() {
        let zip = design(&variants(&[
            &[("pieces", "2"), ("units", "600")],
            &[("pieces", "5"), ("units", "240")],
            &[("pieces", "20"), ("units", "60")],
        ]));
        assert_eq!(zip.axes.len(), 1);
        assert_eq!(zip.axes[0].keys, ["pieces", "units"]);
        let draws = design(&variants(&[
            &[("a", "1"), ("b", "7")],
            &[("a", "2"), ("b", "9")],
            &[("a", "3"), ("b", "8")],
        ]));
        assert_eq!(draws.axes.len(), 2);
        assert!(!draws.is_grid());
    }

    #[test]
    fn a_grid_is_whole_or_none() {
        let grid: Vec<Varied> = (0..6)
            .map(|i| [("a".into(), (i / 3).to_string()), ("b".into(), (i % 3).to_string())].into())
            .collect();
        let found = design(&grid);
        assert!(found.is_grid());
        assert_eq!((found.whole_cells(0), found.whole_cells(1)), (3, 2));
        let cut = design(&grid[..5]);
        assert!(!cut.is_grid());
        assert_eq!((cut.whole_cells(0), cut.whole_cells(1)), (2, 1));
        // The base beside a grid stands aside.
        let base: Varied = [("a".into(), "7".into()), ("b".into(), "7".into())].into();
        let beside = [std::slice::from_ref(&base), &grid].concat();
        assert!(!Design::of(&beside, None).is_grid());
        assert_eq!(Design::of(&beside, Some(0)).members, [1, 2, 3, 4, 5, 6]);
    }
}
