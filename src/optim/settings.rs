//! The settings of an optimizer: declared, resolved, and what they resolve to.

use std::ops::Bound::{Excluded, Included};
use std::ops::Range;

use serde::Serialize;

use crate::spec::{Setting, Values, When};

const RATE: Range<f64> = 0.0..1.0;

/// The settings `optimizer.<net>.…`, which variant names call `<short>.…`.
pub fn declared(net: &str, short: &str) -> Vec<Setting> {
    let key = |name: &str| format!("optimizer.{net}.{name}");
    let short = |name: &str| format!("{short}.{name}");
    let of = |kinds| When::is(&key("kind"), kinds);
    let by = |schedules| When::is(&key("schedule"), schedules);
    vec![
Setting::choice(&key("kind"), &short("opt"), &["adam", "adamw", "rmsprop", "sgd"])
.default("\"adam\"")
.about("The update rule: \"adam\", \"adamw\" (decoupled weight decay), \"rmsprop\", \"sgd\" (with momentum).")
.source("the article"),
Setting::float(&key("lr"), &short("lr"), (Excluded(0.0), Included(10.0)))
.default("2e-4")
.about("Learning rate at the first step.")
.source("the article"),
Setting::float(&key("beta1"), &short("beta1"), RATE)
.when(of(&["adam", "adamw"]))
.default("0.5")
.about("Decay of Adam's mean of gradients.")
.source("the article"),
Setting::float(&key("beta2"), &short("beta2"), RATE)
.when(of(&["adam", "adamw"]))
.default("0.999")
.about("Decay of Adam's mean of squared gradients.")
.source("the Keras default"),
Setting::float(&key("rho"), &short("rho"), RATE)
.when(of(&["rmsprop"]))
.default("0.9")
.about("Decay of RMSProp's mean of squared gradients.")
.source("the Keras default"),
Setting::float(&key("eps"), &short("eps"), (Excluded(0.0), Included(1.0)))
.when(of(&["adam", "adamw", "rmsprop"]))
.default("1e-7")
.about("ε, which keeps a denominator from zero.")
.source("the Keras default"),
Setting::float(&key("weight_decay"), &short("weight_decay"), 0.0..=1.0)
.when(of(&["adamw"]))
.default("0.01")
.about("Weight decay, multiplied by the learning rate.")
.source("Loshchilov & Hutter 2019"),
Setting::float(&key("momentum"), &short("momentum"), RATE)
.when(of(&["rmsprop", "sgd"]))
.default("0.0")
.about("Momentum at the first epoch; 0 means none.")
.source("Mirza & Osindero 2014, section 4.1, begin at 0.5"),
Setting::int(&key("momentum_ramp"), &short("momentum_ramp"), 0..=1_000_000)
.unit("epochs")
.when(of(&["sgd"]))
.default("0")
.about("Epochs over which momentum grows in a straight line to `momentum_final`; 0 means it stays.")
.source("the code beside Goodfellow et al. 2014 takes 250"),
Setting::float(&key("momentum_final"), &short("momentum_final"), RATE)
.when(of(&["sgd"]))
.when(When::positive(&key("momentum_ramp")))
.default("0.7")
.about("Momentum at the end of the ramp.")
.source("Mirza & Osindero 2014, section 4.1"),
Setting::flag(&key("nesterov"), &short("nesterov"))
.when(of(&["sgd"]))
.default("false")
.about("Nesterov's momentum instead of the classic one.")
.source("Sutskever et al. 2013"),
Setting::choice(&key("schedule"), &short("schedule"), &["constant", "exponential", "linear", "cosine"])
.default("\"constant\"")
.about("How the learning rate changes: \"constant\"; \"exponential\", max(lr / factor^step, floor); \"linear\" or \"cosine\" from lr to floor over the run's steps.")
.source("the article's is constant; Mirza & Osindero 2014 decay exponentially"),
Setting::float(&key("schedule_factor"), &short("schedule_factor"), 1.0..=2.0)
.when(by(&["exponential"]))
.default("1.00004")
.about("Divisor of the learning rate at each step.")
.source("Mirza & Osindero 2014, section 4.1"),
Setting::float(&key("schedule_floor"), &short("schedule_floor"), 0.0..=10.0)
.when(by(&["exponential", "linear", "cosine"]))
.default("1e-6")
.about("Smallest learning rate.")
.source("Mirza & Osindero 2014, section 4.1"),
Setting::float(&key("clip"), &short("clip"), 0.0..=1_000_000.0)
.default("0.0")
.about("Largest L2 norm of the whole gradient; a longer one is scaled down. 0 means no clipping.")
.source("Pascanu et al. 2013; the article has none"),
    ]
}

/// The optimizer of one network as its settings have it.
pub fn resolve(values: &Values, net: &str) -> OptimizerSettings {
    let key = |name: &str| format!("optimizer.{net}.{name}");
    let number = |name: &str| values.number(&key(name));
    let kind = match values.choice(&key("kind")) {
        "adam" => OptimizerKind::Adam {
            beta1: number("beta1"),
            beta2: number("beta2"),
            eps: number("eps"),
        },
        "adamw" => OptimizerKind::AdamW {
            beta1: number("beta1"),
            beta2: number("beta2"),
            eps: number("eps"),
            weight_decay: number("weight_decay"),
        },
        "rmsprop" => OptimizerKind::RmsProp {
            rho: number("rho"),
            eps: number("eps"),
            momentum: number("momentum"),
        },
        _ => OptimizerKind::Sgd {
            momentum: number("momentum"),
            // Without a ramp momentum stays where it begins.
            momentum_final: values.number_or(&key("momentum_final"), number("momentum")),
            momentum_ramp: values.count(&key("momentum_ramp")),
            nesterov: values.flag(&key("nesterov")),
        },
    };
    let floor = || number("schedule_floor");
    let schedule = match values.choice(&key("schedule")) {
        "constant" => Schedule::Constant,
        "exponential" => {
            Schedule::Exponential { factor: number("schedule_factor"), floor: floor() }
        }
        "linear" => Schedule::Linear { floor: floor() },
        _ => Schedule::Cosine { floor: floor() },
    };
    OptimizerSettings { kind, lr: number("lr"), schedule, clip: number("clip") }
}

/// One network's optimizer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OptimizerSettings {
    /// The rule and its constants.
    pub kind: OptimizerKind,
    /// Learning rate at the first step.
    pub lr: f64,
    /// How the learning rate changes.
    pub schedule: Schedule,
    /// Largest global gradient norm; 0 means no clipping.
    pub clip: f64,
}

/// An update rule with its constants.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum OptimizerKind {
    /// Kingma & Ba (2015), with ε where Keras has it: next to √v, before bias correction.
    Adam {
        /// Decay of the first moment.
        beta1: f64,
        /// Decay of the second moment.
        beta2: f64,
        /// ε.
        eps: f64,
    },
    /// Adam with decoupled weight decay (Loshchilov & Hutter 2019).
    #[serde(rename = "adamw")]
    AdamW {
        /// Decay of the first moment.
        beta1: f64,
        /// Decay of the second moment.
        beta2: f64,
        /// ε.
        eps: f64,
        /// Weight decay, multiplied by the learning rate.
        weight_decay: f64,
    },
    /// RMSProp (Hinton, lecture 6e), ε inside the root.
    #[serde(rename = "rmsprop")]
    RmsProp {
        /// Decay of the squared gradient's mean.
        rho: f64,
        /// ε.
        eps: f64,
        /// Momentum on the scaled gradient; 0 means none.
        momentum: f64,
    },
    /// Gradient descent with momentum that may grow over the first epochs.
    Sgd {
        /// Momentum at the first epoch; 0 means none.
        momentum: f64,
        /// Momentum at the end of the ramp.
        momentum_final: f64,
        /// Epochs over which momentum grows linearly; 0 means it stays at `momentum`.
        momentum_ramp: usize,
        /// Nesterov's form instead of the classic one.
        nesterov: bool,
    },
}

/// How a learning rate changes with the step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Schedule {
    /// lr.
    Constant,
    /// max(lr / factor^step, floor).
    Exponential {
        /// Divisor applied at each step, at least 1.
        factor: f64,
        /// Smallest learning rate.
        floor: f64,
    },
    /// From lr to floor in a straight line over the run.
    Linear {
        /// Learning rate at the end.
        floor: f64,
    },
    /// From lr to floor along half a cosine over the run.
    Cosine {
        /// Learning rate at the end.
        floor: f64,
    },
}
