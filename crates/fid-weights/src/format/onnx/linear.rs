//! Convolutions and products of an ONNX graph, with everything that is folded into them.

use std::rc::Rc;

use super::constant::Constant;
use super::node::OnnxWindow;
use crate::checkpoint::norm_scale;
use crate::format::problem::FileProblem;
use crate::format::values::{finite, fits, variances};

/// The most steps after a convolution; exporters leave up to four.
const MOST_STEPS: usize = 8;

/// A convolution or a product with a constant matrix, before its ReLU.
#[derive(Debug, Clone)]
pub(super) struct Linear<'a> {
    /// The name of its node, for people.
    pub node: String,
    /// Flow of its input.
    pub input: Rc<str>,
    /// Its weight, filters first.
    pub weight: Constant<'a>,
    /// The geometry of a convolution.
    pub window: Option<OnnxWindow>,
    /// What is done to its result, one value for all channels or one for each.
    steps: Vec<Step<'a>>,
}

/// An operation on a result, channel by channel.
#[derive(Debug, Clone)]
pub(super) enum Step<'a> {
    /// Batch normalisation: scale, shift, mean and variance.
    Norm(Box<[Constant<'a>; 4]>),
    Multiply(Constant<'a>),
    Divide(Constant<'a>),
    /// Adds a constant times a number.
    Add(Constant<'a>, f64),
    /// Multiplies by a number.
    Factor(f64),
}

impl<'a> Linear<'a> {
    /// A convolution or product with nothing after it.
    pub(super) fn new(
        node: String,
        input: Rc<str>,
        weight: Constant<'a>,
        window: Option<OnnxWindow>,
    ) -> Self {
        Self { node, input, weight, window, steps: Vec::new() }
    }

    /// This one with one step more, unless it has very many.
    pub(super) fn then(&self, step: Step<'a>) -> Option<Self> {
        let mut longer = self.clone();
        longer.steps.push(step);
        (longer.steps.len() <= MOST_STEPS).then_some(longer)
    }

    /// Whether something is added to its result.
    pub(super) fn has_bias(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Add(..)))
    }

    /// Weight and bias with all steps folded in, in `f64` and rounded once. `layer` describes them in
    /// errors.
    pub(super) fn fold(
        &self,
        shape: &[usize],
        layer: &str,
    ) -> Result<(Vec<f32>, Vec<f32>), FileProblem> {
        let role = |part: &str| format!("{part} of {layer}");
        let mut weight = self.weight.shaped(shape, &role("weight"))?;
        let filters = shape.first().copied().unwrap_or(0);
        let (mut scale, mut shift) = (vec![1.0; filters], vec![0.0; filters]);
        let values = |constant: &Constant<'_>, part: &str| {
            let values = constant.floats(&role(part))?;
            finite(&constant.label(&role(part)), &values)?;
            if let [one] = values[..] {
                return Ok(vec![f64::from(one); filters]);
            }
            fits(&constant.label(&role(part)), values.len(), &[filters])?;
            Ok::<_, FileProblem>(values.into_iter().map(f64::from).collect())
        };
        for step in &self.steps {
            let (factor, term) = match step {
                Step::Norm(parameters) => {
                    let [gamma, beta, mean, var] = &**parameters;
                    let var = var.shaped(&[filters], &role("variance")).and_then(|values| {
                        variances(&var.label(&role("variance")), &values)?;
                        Ok(values)
                    })?;
                    let gamma = values(gamma, "scale")?;
                    let (beta, mean) = (values(beta, "shift")?, values(mean, "mean")?);
                    let factor = norm_scale(gamma, &var);
                    shift.iter_mut().zip(&mean).for_each(|(shift, mean)| *shift -= mean);
                    (Some(factor), Some(beta))
                }
                Step::Multiply(by) => (Some(values(by, "scale")?), None),
                Step::Divide(by) => {
                    let by = values(by, "divisor")?;
                    (Some(by.into_iter().map(f64::recip).collect()), None)
                }
                Step::Add(term, times) => {
                    let term = values(term, "bias")?;
                    (None, Some(term.into_iter().map(|value| value * times).collect()))
                }
                Step::Factor(factor) => (Some(vec![*factor; filters]), None),
            };
            for (index, factor) in factor.iter().flatten().enumerate() {
                scale[index] *= factor;
                shift[index] *= factor;
            }
            for (index, term) in term.iter().flatten().enumerate() {
                shift[index] += term;
            }
        }
        let fan_in = weight.len() / filters.max(1);
        for (filter, scale) in weight.chunks_exact_mut(fan_in.max(1)).zip(&scale) {
            if *scale != 1.0 {
                filter.iter_mut().for_each(|value| *value = (f64::from(*value) * scale) as f32);
            }
        }
        Ok((weight, shift.into_iter().map(|value| value as f32).collect()))
    }
}
