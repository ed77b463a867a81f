//! Costs against hand-worked numbers and against the networks themselves.

use cgan_sweep::gan::DiscriminatorWidths;
use cgan_sweep::gan::Gan;
use cgan_sweep::gan::{Cgan, CganSettings, LabelInput, MaxoutMode, article, cost};
use cgan_sweep::model::{DataShape, Model, Stream};
use dfdx::tensor::Cpu;

use super::good;

const MNIST: DataShape = DataShape { pixels: 784, classes: 10, scored: 10_000 };

#[test]
fn the_article() {
    let plan = good("");
    let cost = &plan.variants[0].cost;
    assert_eq!(cost.parameters_of("D"), 1_224_351);
    assert_eq!(cost.parameters_of("G"), 693_520);
    assert_eq!(plan.variants[0].steps, 35_250);
    // An image: G forward .69 M, D forward 1.22 M twice, D's weight gradients 1.22 M twice, D's
    // passed-back gradients .28 M (real) and 1.22 M (fake), G backward 1.35 M.
    let g = 100 * 256 + 10 * 256 + 512 * 512 + 512 * 784;
    let d = 784 * 1_200 + 10 * 250 + 290 * 960 + 240;
    let back = 290 * 960 + 240;
    let image = g + 2 * d + 2 * d + back + (back + 784 * 1_200) + (g + 512 * 512 + 512 * 784);
    assert_eq!(cost.step_multiply_adds, 256 * image);
    assert!((8.40e6..8.45e6).contains(&(image as f64)), "{image}");
}

#[test]
fn the_paper() {
    let cost = good("experiment.extends = \"preset:paper\"").variants[0].cost.clone();
    assert_eq!(cost.parameters_of("D"), 1_224_351);
    let g = 101 * 200 + 11 * 1_000 + 1_201 * 1_200 + 1_201 * 784;
    assert_eq!(cost.parameters_of("G"), g);
}

#[test]
fn parameters_are_those_of_the_networks() {
    let labels = [
        LabelInput::Dense { units: 7 },
        LabelInput::Maxout { units: 5, pieces: 3 },
        LabelInput::Embedding { units: 6 },
        LabelInput::Concat,
    ];
    let modes =
        [MaxoutMode::Article, MaxoutMode::DropInputs, MaxoutMode::DropOutputs, MaxoutMode::Relu];
    let data = DataShape { pixels: 35, classes: 4, scored: 0 };
    let mut settings = CganSettings::article();
    settings.noise.dim = 9;
    settings.generator.noise_units = 8;
    settings.discriminator.image_units = 6;
    settings.discriminator.joint_units = 5;
    for label in &labels {
        for mode in modes {
            for hidden in [vec![], vec![11], vec![11, 3, 2]] {
                settings.generator.label = label.clone();
                settings.discriminator.label = Some(label.clone());
                settings.discriminator.maxout = mode;
                settings.generator.hidden = hidden;
                let gan =
                    Gan::new(&Cpu::default(), Stream::new(1), &settings, data.classes, data.pixels);
                let count = |shapes: Vec<[usize; 2]>| -> u64 {
                    shapes.iter().map(|[rows, columns]| (rows * columns) as u64).sum()
                };
                let cost = cost(&article(), &settings, data);
                let g = gan.generator.params().iter().map(|p| p.shape()).collect();
                let d = gan.discriminator.params().iter().map(|p| p.shape()).collect();
                assert_eq!(cost.parameters_of("G"), count(g), "{settings:?}");
                assert_eq!(cost.parameters_of("D"), count(d), "{settings:?}");
            }
        }
    }
}

#[test]
fn a_relu_discriminator_has_a_maxout_ones_parameters() {
    // 784·1,200 and 10·250 weights as in the article, then 193 units on 1,450 inputs.
    let relu = good("discriminator.maxout = \"relu\"").variants[0].cost.clone();
    let by_hand = 785 * 1_200 + 11 * 250 + 1_451 * 193 + 194;
    assert_eq!((relu.parameters_of("D"), by_hand), (by_hand, 1_224_987));

    let mut settings = CganSettings::article().discriminator;
    let shapes = [[240, 5, 240, 4], [6, 3, 5, 2], [1, 1, 1, 1], [3, 7, 90, 1], [64, 2, 1, 9]];
    for [image_units, image_pieces, joint_units, joint_pieces] in shapes {
        for label in [
            LabelInput::Dense { units: 7 },
            LabelInput::Maxout { units: 5, pieces: 3 },
            LabelInput::Embedding { units: 6 },
            LabelInput::Concat,
        ] {
            settings.image_units = image_units;
            settings.image_pieces = image_pieces;
            settings.joint_units = joint_units;
            settings.joint_pieces = joint_pieces;
            settings.label = Some(label);
            let parameters = |mode| {
                let mut all = CganSettings::article();
                all.discriminator = settings.clone();
                all.discriminator.maxout = mode;
                cost(&article(), &all, MNIST).parameters_of("D")
            };
            let widths = |mode| {
                let mut settings = settings.clone();
                settings.maxout = mode;
                DiscriminatorWidths::of(&settings, MNIST.classes)
            };
            let (relu, maxout) = (parameters(MaxoutMode::Relu), parameters(MaxoutMode::Article));
            let unit = widths(MaxoutMode::Relu).joint_inputs(MNIST.classes) as u64 + 2;
            // One unit more or less would be farther off, unless there is but one.
            let nearest = relu.abs_diff(maxout) <= unit.div_ceil(2);
            let one = widths(MaxoutMode::Relu).joint.units == 1 && relu > maxout;
            assert!(nearest || one, "{settings:?}: {relu} against {maxout}");
            assert_eq!(
                widths(MaxoutMode::Relu).image.outputs,
                widths(MaxoutMode::Article).image.outputs
            );
        }
    }
}

#[test]
fn more_work_costs_more() {
    let cost = |text: &str| good(text).variants[0].cost.clone();
    let base = cost("");
    let more = [
        "update.order = \"alternating\"",
        "update.fake_batch = \"fresh\"",
        "update.discriminator_steps = 2",
        "generator.hidden = [512, 512]",
    ];
    for text in more {
        assert!(cost(text).step_multiply_adds > base.step_multiply_adds, "{text}");
    }
    assert_eq!(cost("train.batch = 512").step_multiply_adds, 2 * base.step_multiply_adds);
    // Final scores take more than training does.
    let unscored = |text: &str| cost(&format!("score.full = false\n{text}")).memory_bytes;
    assert!(unscored("optimizer.generator.kind = \"sgd\"") < unscored(""));
    assert!(unscored("") < base.memory_bytes);
    let both = "update = { order = \"alternating\", fake_batch = \"fresh\" }";
    assert!(cost(both).step_multiply_adds > cost(more[0]).step_multiply_adds);
}

#[test]
fn the_largest_settings_do_not_overflow() {
    let cost = Cgan.cost(
        &good(
            "generator.hidden = [65536, 65536]\n[discriminator]\nimage_units = 65536\n\
             image_pieces = 255\njoint_units = 65536\njoint_pieces = 255\nmaxout = \"relu\"\n\
             [train]\nbatch = 1000000\n[update]\ndiscriminator_steps = 1000",
        )
        .variants[0]
            .settings,
        MNIST,
    );
    assert_eq!(cost.step_multiply_adds, u64::MAX);
    assert!(cost.step_seconds(1e9) > 1e9);
}
