//! How wide the discriminator's layers are: what networks are built from and costs counted by.

use super::settings::{DiscriminatorSettings, LabelInput, MaxoutMode};

/// Widths of the discriminator's layers.
#[derive(Clone, Debug, PartialEq)]
pub struct DiscriminatorWidths {
    /// The layer on the image.
    pub image: Width,
    /// How the label enters beside the image.
    pub label: Option<LabelInput>,
    /// The layer on both branches.
    pub joint: Width,
}

/// Width of a layer before and after its max.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Width {
    /// Rows of its weight: units × pieces.
    pub outputs: usize,
    /// Values it passes on.
    pub units: usize,
}

impl Width {
    fn maxout(units: usize, pieces: usize) -> Self {
        Self { outputs: units * pieces, units }
    }

    fn flat(units: usize) -> Self {
        Self { outputs: units, units }
    }
}

impl DiscriminatorWidths {
    /// The widths that settings mean for this number of classes.
    ///
    /// Where `maxout` is "relu", the branches are dense layers of units × pieces outputs, and so of
    /// exactly a maxout layer's parameters. They pass all of these on, so a joint layer of units ×
    /// pieces outputs would have several times the parameters: it gets as many units as bring the
    /// whole network nearest to those of the maxout network.
    pub fn of(settings: &DiscriminatorSettings, classes: usize) -> Self {
        let image = Width::maxout(settings.image_units, settings.image_pieces);
        let joint = Width::maxout(settings.joint_units, settings.joint_pieces);
        let label = settings.label.clone();
        if settings.maxout != MaxoutMode::Relu {
            return Self { image, label, joint };
        }
        let flat_label = label.clone().map(|label| match label {
            LabelInput::Maxout { units, pieces } => LabelInput::Dense { units: units * pieces },
            other => other,
        });
        // Weights and biases of the joint layer and of the one output after it.
        let inputs = image.units + passed_on(&label, classes);
        let parameters = (inputs + 1) * joint.outputs + joint.units;
        let flat_inputs = image.outputs + passed_on(&flat_label, classes);
        let each = flat_inputs + 1 + 1;
        let units = ((parameters + each / 2) / each).max(1);
        Self { image: Width::flat(image.outputs), label: flat_label, joint: Width::flat(units) }
    }

    /// Values that the joint layer takes in.
    pub fn joint_inputs(&self, classes: usize) -> usize {
        self.image.units + passed_on(&self.label, classes)
    }
}

/// Values that a label becomes.
fn passed_on(label: &Option<LabelInput>, classes: usize) -> usize {
    match *label {
        None => 0,
        Some(
            LabelInput::Dense { units }
            | LabelInput::Maxout { units, .. }
            | LabelInput::Embedding { units },
        ) => units,
        Some(LabelInput::Concat) => classes,
    }
}
