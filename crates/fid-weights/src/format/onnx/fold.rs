//! Operations on constants alone, which are done while reading.

use super::constant::{Constant, Elements};
use super::dims::{
    UNKNOWN, axis, broadcast, permutation, places, reshaped, size, squeezed, unsqueezed,
};
use super::proto::NodeProto;
use super::tensor::{INT32, INT64, is_float};
use super::walk::Walk;

impl<'a> Walk<'a> {
    /// The result of an operation on constants; `None` if it is not one that exporters leave in the
    /// graph of the network, or if all results together are larger than the network.
    pub(super) fn fold(&mut self, node: &'a NodeProto) -> Option<Constant<'a>> {
        let first = self.constant(node, 0)?;
        let rank = first.dims.len();
        match node.operation().as_str() {
            "Transpose" => first.transposed(&permutation(node, rank)?),
            "Reshape" => {
                let target = self.list(node, "shape", 1)?;
                let dims = reshaped(&first.dims, &target, node.int("allowzero", 0) != 0)?;
                self.row_major(first)?.reshaped(dims)
            }
            "Flatten" => {
                let at = axis(node.int("axis", 1), rank + 1)?;
                let dims = vec![size(&first.dims[..at])? as i64, size(&first.dims[at..])? as i64];
                self.row_major(first)?.reshaped(dims)
            }
            "Squeeze" => {
                let mut dims = first.dims.clone();
                for at in squeezed(&dims, self.list(node, "axes", 1).as_deref())?.iter().rev() {
                    dims.remove(*at);
                }
                self.row_major(first)?.reshaped(dims)
            }
            "Unsqueeze" => {
                let mut dims = first.dims.clone();
                for at in unsqueezed(&self.list(node, "axes", 1)?, rank)? {
                    dims.insert(at, 1);
                }
                self.row_major(first)?.reshaped(dims)
            }
            "Shape" => self.part_of_shape(node, first.dims.clone()),
            "ConstantOfShape" => {
                let value = match node.tensor("value") {
                    Some(tensor) => Constant::stored(tensor, self.files)?,
                    None => Constant::computed("", vec![1], Elements::Floats(vec![0.0]))?,
                };
                self.stretch(&value, first.ints()?)
            }
            "Expand" => {
                let dims = broadcast(&first.dims, &self.constant(node, 1)?.ints()?)?;
                self.stretch(&first, dims)
            }
            "Gather" => {
                let at = axis(node.int("axis", 0), rank)?;
                let index = self.constant(node, 1)?;
                let length = usize::try_from(first.dims[at]).ok()?;
                let places: Option<Vec<_>> =
                    index.ints()?.into_iter().map(|place| axis(place, length)).collect();
                let selected = self.select(&first, at, &places?)?;
                let mut dims = selected.dims.clone();
                dims.splice(at..=at, index.dims);
                selected.reshaped(dims)
            }
            "Slice" => {
                let dims = first.dims.clone();
                self.slices(node, &dims)?
                    .into_iter()
                    .try_fold(first, |sliced, (at, places)| self.select(&sliced, at, &places))
            }
            "Concat" => self.join(node),
            "Add" => self.pair(node, |a, b| a + b),
            "Sub" => self.pair(node, |a, b| a - b),
            "Mul" => self.pair(node, |a, b| a * b),
            "Div" => self.pair(node, |a, b| a / b),
            "Pow" => self.pair(node, f64::powf),
            "Sqrt" => self.each(&first, f64::sqrt),
            "Neg" => self.each(&first, |a| -a),
            "Reciprocal" => self.each(&first, f64::recip),
            "Exp" => self.each(&first, f64::exp),
            "Floor" => self.each(&first, f64::floor),
            "Ceil" => self.each(&first, f64::ceil),
            _ => None,
        }
    }

    /// A constant as another element type; `None` if values may change in a way that is not known.
    pub(super) fn retyped(&mut self, constant: Constant<'a>, to: i32) -> Option<Constant<'a>> {
        if is_float(to) && constant.is_float() {
            // Another width of the same values.
            return Some(constant);
        }
        self.charge(size(&constant.dims)?)?;
        let elements = match self.elements(&constant)? {
            Elements::Ints(values) if is_float(to) => {
                let known = !values.contains(&UNKNOWN);
                Elements::Floats(known.then(|| values.iter().map(|&v| v as f32).collect())?)
            }
            Elements::Ints(values) => Elements::Ints(values),
            // ONNX cuts off the fraction.
            Elements::Floats(values) => Elements::Ints(values.iter().map(|&v| v as i64).collect()),
        };
        if let Elements::Ints(values) = &elements {
            let fits = |&value: &i64| value == UNKNOWN || i32::try_from(value).is_ok();
            (to == INT64 || to == INT32 && values.iter().all(fits)).then_some(())?;
        }
        Constant::computed(constant.name, constant.dims, elements)
    }

    /// A constant whose values lie in the order of its dimensions.
    fn row_major(&mut self, constant: Constant<'a>) -> Option<Constant<'a>> {
        if constant.is_row_major() {
            return Some(constant);
        }
        let elements = self.elements(&constant)?;
        self.charge(size(&constant.dims)?)?;
        Constant::computed(constant.name, constant.dims, elements)
    }

    fn pair(&mut self, node: &NodeProto, op: fn(f64, f64) -> f64) -> Option<Constant<'a>> {
        let (a, b) = (self.constant(node, 0)?, self.constant(node, 1)?);
        let dims = broadcast(&a.dims, &b.dims)?;
        let name = if size(&a.dims)? >= size(&b.dims)? { a.name } else { b.name };
        self.fill(&dims)?;
        let (places_a, places_b) = (places(&a.dims, &dims), places(&b.dims, &dims));
        let pairs = places_a.into_iter().zip(places_b);
        let elements = match (self.elements(&a)?, self.elements(&b)?) {
            (Elements::Floats(a), Elements::Floats(b)) => {
                Elements::Floats(pairs.map(|(i, k)| op(a[i].into(), b[k].into()) as f32).collect())
            }
            (Elements::Ints(a), Elements::Ints(b)) => {
                // Sizes and positions are far below 2^53.
                let result = |(i, k): (usize, usize)| match (a[i], b[k]) {
                    (UNKNOWN, _) | (_, UNKNOWN) => UNKNOWN,
                    (a, b) => op(a as f64, b as f64) as i64,
                };
                Elements::Ints(pairs.map(result).collect())
            }
            _ => return None,
        };
        Constant::computed(name, dims, elements)
    }

    fn each(&mut self, constant: &Constant<'a>, op: fn(f64) -> f64) -> Option<Constant<'a>> {
        let Elements::Floats(values) = self.elements(constant)? else { return None };
        self.charge(values.len())?;
        let values = values.into_iter().map(|value| op(value.into()) as f32).collect();
        let dims = constant.dims.clone();
        Constant::computed(constant.name, dims, Elements::Floats(values))
    }
}
