//! Sums and products with constants: of the image, its scaling, and of a convolution, a bias or a
//! normalisation.

use std::rc::Rc;

use super::constant::{Constant, Elements};
use super::linear::Step;
use super::proto::NodeProto;
use super::scaling::Image;
use super::value::{Activation, Kind};
use super::walk::Walk;

impl<'a> Walk<'a> {
    /// The two inputs of a node with one constant input, the constant last.
    pub(super) fn with_constant(&self, node: &NodeProto) -> Option<(Activation<'a>, Constant<'a>)> {
        let at =
            |index| Some((self.activation(node, index)?.clone(), self.constant(node, 1 - index)?));
        at(0).or_else(|| at(1)).filter(|_| node.input.len() == 2)
    }

    /// The values of a constant of any kind.
    pub(super) fn numbers(&mut self, constant: &Constant<'a>) -> Option<Vec<f64>> {
        Some(match self.elements(constant)? {
            Elements::Floats(values) => values.into_iter().map(f64::from).collect(),
            Elements::Ints(values) => values.into_iter().map(|value| value as f64).collect(),
        })
    }

    /// A sum, difference, product or quotient with a constant that has one value, or one for each
    /// channel.
    pub(super) fn elementwise(&mut self, node: &NodeProto) -> Option<Activation<'a>> {
        let (x, constant) = self.with_constant(node)?;
        // Integers are rounded after each operation.
        if !constant.is_float() || !x.is_by_channel(&constant) || x.frame.is_some() {
            return None;
        }
        let reversed = self.constant(node, 0).is_some();
        let kind = match &x.kind {
            Kind::Image(image) => {
                let values = self.numbers(&constant)?;
                Kind::Image(scaled(image, &node.op_type, reversed, &values)?)
            }
            Kind::Open(linear) => {
                let steps = match (node.op_type.as_str(), reversed) {
                    ("Mul", _) => vec![Step::Multiply(constant)],
                    ("Div", false) => vec![Step::Divide(constant)],
                    ("Add" | "Sum", _) => vec![Step::Add(constant, 1.0)],
                    ("Sub", false) => vec![Step::Add(constant, -1.0)],
                    ("Sub", true) => vec![Step::Factor(-1.0), Step::Add(constant, 1.0)],
                    _ => return None,
                };
                let linear =
                    steps.into_iter().try_fold(linear.as_ref().clone(), |l, s| l.then(s))?;
                if linear.window.is_none() {
                    self.products.push(linear.clone());
                }
                Kind::Open(Rc::new(linear))
            }
            Kind::Flow(flow) => {
                let neutral = match (node.op_type.as_str(), reversed) {
                    ("Mul", _) | ("Div", false) => 1.0,
                    ("Add" | "Sum", _) | ("Sub", false) => 0.0,
                    _ => return None,
                };
                self.numbers(&constant)?.iter().all(|&value| value == neutral).then_some(())?;
                Kind::Flow(flow.clone())
            }
        };
        Some(x.with(kind))
    }
}

fn scaled(image: &Image, operation: &str, reversed: bool, values: &[f64]) -> Option<Image> {
    let each = |op: fn(f64) -> f64| values.iter().copied().map(op).collect::<Vec<_>>();
    match (operation, reversed) {
        ("Mul", _) => image.scaled(values, &[0.0]),
        ("Div", false) => image.scaled(&each(f64::recip), &[0.0]),
        ("Add" | "Sum", _) => image.scaled(&[1.0], values),
        ("Sub", false) => image.scaled(&[1.0], &each(|value| -value)),
        ("Sub", true) => image.scaled(&[-1.0], values),
        _ => None,
    }
}
