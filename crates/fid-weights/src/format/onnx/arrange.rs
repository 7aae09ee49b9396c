//! Rearranging constants: parts of them, several in one, and repeated values.

use super::constant::{Constant, Elements};
use super::dims::{axis, places, size, slice};
use super::proto::NodeProto;
use super::walk::Walk;

/// The most values of a constant in a folded operation; the classifier, the network's largest, has
/// two million.
const LARGEST: usize = 1 << 22;

impl<'a> Walk<'a> {
    /// Makes room for results of folded operations, which stay in memory.
    pub(super) fn charge(&mut self, count: usize) -> Option<()> {
        self.budget = self.budget.checked_sub(count)?;
        (count <= LARGEST).then_some(())
    }

    /// Makes room for a result of some shape, which must not be empty.
    pub(super) fn fill(&mut self, dims: &[i64]) -> Option<()> {
        self.charge(size(dims).filter(|&count| count > 0)?)
    }

    /// The values of a constant. A fault in them is noted.
    pub(super) fn elements(&mut self, constant: &Constant<'a>) -> Option<Elements> {
        if size(&constant.dims)? > LARGEST {
            return None;
        }
        if !constant.is_float() {
            return constant.ints().map(Elements::Ints);
        }
        match constant.floats("") {
            Ok(values) => Some(Elements::Floats(values)),
            Err(problem) => {
                self.problem.get_or_insert(problem);
                None
            }
        }
    }

    /// A constant repeated to fill a wider shape.
    pub(super) fn stretch(
        &mut self,
        constant: &Constant<'a>,
        dims: Vec<i64>,
    ) -> Option<Constant<'a>> {
        self.fill(&dims)?;
        let places = places(&constant.dims, &dims);
        let elements = match self.elements(constant)? {
            Elements::Floats(values) => Elements::Floats(pick(&values, places, 1)?),
            Elements::Ints(values) => Elements::Ints(pick(&values, places, 1)?),
        };
        Constant::computed(constant.name, dims, elements)
    }

    /// The parts of a constant at some places along a dimension.
    pub(super) fn select(
        &mut self,
        constant: &Constant<'a>,
        at: usize,
        chosen: &[usize],
    ) -> Option<Constant<'a>> {
        let mut dims = constant.dims.clone();
        let length = size(dims.get(at..=at)?)?;
        let (outer, inner) = (size(&dims[..at])?, size(&dims[at + 1..])?);
        dims[at] = chosen.len() as i64;
        self.fill(&dims)?;
        let block = |block: usize| chosen.iter().map(move |place| block * length + place);
        let places = (0..outer).flat_map(block).collect();
        let elements = match self.elements(constant)? {
            Elements::Floats(values) => Elements::Floats(pick(&values, places, inner)?),
            Elements::Ints(values) => Elements::Ints(pick(&values, places, inner)?),
        };
        Constant::computed(constant.name, dims, elements)
    }

    /// A concatenation of constants.
    pub(super) fn join(&mut self, node: &NodeProto) -> Option<Constant<'a>> {
        let parts: Option<Vec<_>> = (0..node.input.len()).map(|i| self.constant(node, i)).collect();
        let parts = parts?;
        let Constant { name, mut dims, .. } = parts.first()?.clone();
        let at = axis(node.int("axis", 0), dims.len())?;
        dims[at] = 0;
        for part in &parts {
            let mut others = part.dims.clone();
            let length = std::mem::replace(others.get_mut(at)?, dims[at]);
            if others != dims {
                return None;
            }
            dims[at] = length.checked_add(dims[at])?;
        }
        self.fill(&dims)?;
        let outer = size(&dims[..at])?;
        let (mut floats, mut ints) = (Vec::new(), Vec::new());
        for part in &parts {
            match self.elements(part)? {
                Elements::Floats(values) => floats.push(values),
                Elements::Ints(values) => ints.push(values),
            }
        }
        let elements = match (floats.is_empty(), ints.is_empty()) {
            (false, true) => Elements::Floats(interleave(&floats, outer)),
            (true, false) => Elements::Ints(interleave(&ints, outer)),
            _ => return None,
        };
        Constant::computed(name, dims, elements)
    }

    /// The dimensions of a `Slice`, and the places it keeps of each.
    pub(super) fn slices(
        &mut self,
        node: &NodeProto,
        dims: &[i64],
    ) -> Option<Vec<(usize, Vec<usize>)>> {
        let (starts, ends) = (self.list(node, "starts", 1)?, self.list(node, "ends", 2)?);
        let axes = self.list(node, "axes", 3).unwrap_or_else(|| (0..starts.len() as i64).collect());
        let steps = self.list(node, "steps", 4).unwrap_or_else(|| vec![1; starts.len()]);
        if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] {
            return None;
        }
        let slices = starts.into_iter().zip(ends).zip(axes).zip(steps);
        // Everything, which exporters slice as well; the number of images may be unknown.
        let cuts = slices.filter(|&(((start, end), _), step)| {
            (start, step) != (0, 1) || end < i64::from(i32::MAX)
        });
        let places = |(((start, end), at), step)| {
            let at = axis(at, dims.len())?;
            Some((at, slice(dims[at], start, end, step)?))
        };
        cuts.map(places).collect()
    }

    /// A part of a shape, as integers.
    pub(super) fn part_of_shape(
        &self,
        node: &'a NodeProto,
        dims: Vec<i64>,
    ) -> Option<Constant<'a>> {
        let length = dims.len() as i64;
        let places = slice(length, node.int("start", 0), node.int("end", length), 1)?;
        let kept = places.into_iter().map(|at| dims[at]).collect();
        Some(Constant::list(node.output.first()?, kept))
    }
}

/// The blocks of `inner` values at some places.
fn pick<T: Copy>(values: &[T], places: Vec<usize>, inner: usize) -> Option<Vec<T>> {
    let mut picked = Vec::with_capacity(places.len().checked_mul(inner)?);
    for place in places {
        picked.extend_from_slice(values.get(place * inner..(place + 1) * inner)?);
    }
    Some(picked)
}

/// The `outer` equal parts of each, in turn.
fn interleave<T: Copy>(parts: &[Vec<T>], outer: usize) -> Vec<T> {
    let mut joined = Vec::with_capacity(parts.iter().map(Vec::len).sum());
    for block in 0..outer {
        for part in parts {
            let size = part.len() / outer;
            joined.extend_from_slice(&part[block * size..(block + 1) * size]);
        }
    }
    joined
}
