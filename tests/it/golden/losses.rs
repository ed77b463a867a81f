use cgan_sweep::gan::losses;
use serde_json::json;

use super::{Case, resolve};

const CASES: &str = include_str!("../../golden/losses.json");

#[test]
fn values_and_derivatives() {
    for case in &Case::all(CASES) {
        let settings = resolve(&json!({ "loss": case.settings }));
        let (real, fake) = (case.input("real").f32(), case.input("fake").f32());
        let ours = losses(&settings.loss, &real, &fake, &[]);
        case.check_f64("discriminator", &[ours.dis_loss], 1e-8);
        case.check_f64("generator", &[ours.gen_loss], 1e-8);
        let (d_real, d_fake) = ours.d_weights.split_at(real.len());
        case.check("discriminator_dreal", d_real, 1e-7);
        case.check("discriminator_dfake", d_fake, 1e-7);
        case.check("generator_dfake", &ours.g_weights, 1e-7);
    }
}
