//! Presets: recipes inside the program that a file, a block or a variant extends.

use super::mistake::Mistakes;
use super::suggest::closest;
use super::written::{self, Assignment, Text};

const PRESETS: &[(&str, &str)] = &[
    ("preset:article", include_str!("presets/article.toml")),
    ("preset:paper", include_str!("presets/paper.toml")),
    ("preset:paper-code", include_str!("presets/paper-code.toml")),
];

/// Whether a target of `extends` means a preset and not a file.
pub(super) fn is_meant(target: &Text) -> bool {
    target.text.starts_with("preset:")
}

/// The settings of a preset, placed where it was asked for.
pub(super) fn read(mistakes: &mut Mistakes, target: &Text) -> Vec<Assignment> {
    let Some((name, text)) = PRESETS.iter().find(|(name, _)| *name == target.text) else {
        let names = || PRESETS.iter().map(|(name, _)| *name);
        let help = match closest(&target.text, names()) {
            Some(meant) => format!("did you mean {meant:?}?"),
            None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
        };
        mistakes.push(&target.place, format!("no preset {:?}", target.text), help);
        return Vec::new();
    };
    let source = mistakes.sources.file(name, *text);
    let mut set = written::read(mistakes, source).base;
    for assignment in &mut set {
        assignment.key = target.place.clone();
        assignment.place = target.place.clone();
        assignment.extended = true;
    }
    set
}

#[cfg(test)]
mod tests {
    use super::super::values::Values;
    use super::*;
    use crate::spec::{
        LossSum, MaxoutMode, NoiseDistribution, OptimizerKind, Output, Schedule, Settings,
    };

    fn settings(name: &str) -> Settings {
        let (_, text) = PRESETS.iter().find(|(preset, _)| *preset == name).unwrap();
        crate::spec::parse_settings(name, text).unwrap()
    }

    #[test]
    fn the_presets_apply_all_that_they_write() {
        assert_eq!(settings("preset:article"), Settings::article());
        for (name, text) in PRESETS {
            let mut mistakes = Mistakes::default();
            let source = mistakes.sources.file(name, *text);
            let mut values = Values::defaults();
            let base = written::read(&mut mistakes, source).base;
            base.iter().for_each(|a| values.set(a.id, a.value.clone()));
            assert_eq!(mistakes.count(), 0, "{mistakes}");
            assert!(base.iter().all(|a| values.applies(a.id)), "{name}");
        }
    }

    #[test]
    fn the_papers_recipe() {
        for (name, factor) in [("preset:paper", 1.00004), ("preset:paper-code", 1.000004)] {
            let paper = settings(name);
            assert_eq!(paper.generator.hidden, [1200]);
            assert_eq!(paper.generator.output, Output::Sigmoid);
            assert_eq!(paper.discriminator.maxout, MaxoutMode::DropInputs);
            assert_eq!(paper.train.batch, 100);
            for optimizer in [&paper.optimizer.generator, &paper.optimizer.discriminator] {
                assert_eq!(optimizer.lr, 0.1);
                assert_eq!(optimizer.schedule, Schedule::Exponential { factor, floor: 1e-6 });
                let kind = OptimizerKind::Sgd {
                    momentum: 0.5,
                    momentum_final: 0.7,
                    momentum_ramp: 250,
                    nesterov: false,
                };
                assert_eq!(optimizer.kind, kind);
            }
        }
        assert_eq!(settings("preset:paper").noise.distribution, NoiseDistribution::Uniform);
        let code = settings("preset:paper-code");
        assert_eq!(code.noise.distribution, NoiseDistribution::UniformSqrt3);
        assert_eq!(code.loss.discriminator, LossSum::Mean);
        assert_eq!((code.data.subset, code.discriminator.input_dropout), (50_000, 0.2));
    }
}
