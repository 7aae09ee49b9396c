//! Operations that move values and do not change them.

use std::rc::Rc;

use super::constant::Constant;
use super::dims::{UNKNOWN, axes, axis, permutation, unsqueezed};
use super::proto::NodeProto;
use super::value::{Activation, Axis, Frame, Kind, Value, bounded, join};
use super::walk::Walk;

impl<'a> Walk<'a> {
    /// Another order of dimensions.
    pub(super) fn transpose(&self, node: &NodeProto) -> Option<Activation<'a>> {
        let x = self.activation(node, 0)?;
        let order = permutation(node, x.axes.len())?;
        let axes = order.into_iter().map(|at| x.axes[at]).collect();
        Some(Activation { axes, ..x.clone() })
    }

    /// Drops or adds dimensions of length 1.
    pub(super) fn reshape(&mut self, node: &NodeProto) -> Option<Activation<'a>> {
        let x = self.activation(node, 0)?;
        let target = if node.op_type == "Flatten" {
            // What comes before `axis` and the rest, one length each.
            let at = axis(node.int("axis", 1), x.axes.len() + 1)?;
            let has = |axes: &[Axis], axis| axes.contains(&axis);
            let rows = has(&x.axes[..at], Axis::Channels) || has(&x.axes[at..], Axis::Images);
            if rows {
                return None;
            }
            vec![UNKNOWN, x.channels]
        } else {
            self.list(node, "shape", 1)?
        };
        let axes = x.reshaped(&target, node.int("allowzero", 0) != 0)?;
        Some(Activation { axes, ..x.clone() })
    }

    /// Drops dimensions of length 1.
    pub(super) fn squeeze(&self, node: &NodeProto) -> Option<Activation<'a>> {
        let x = self.activation(node, 0)?;
        let dropped = match self.list(node, "axes", 1) {
            Some(positions) => axes(&positions, x.axes.len())?,
            None if self.is_left_out(node, 1) => {
                (0..x.axes.len()).filter(|&at| x.axes[at] == Axis::One).collect()
            }
            None => return None,
        };
        // The number of images may be 1.
        let short = |&at: &usize| matches!(x.axes[at], Axis::One | Axis::Images);
        let kept = (0..x.axes.len()).filter(|at| !dropped.contains(at)).map(|at| x.axes[at]);
        let axes = kept.collect();
        dropped.iter().all(short).then(|| Activation { axes, ..x.clone() })
    }

    /// Adds dimensions of length 1.
    pub(super) fn unsqueeze(&self, node: &NodeProto) -> Option<Activation<'a>> {
        let mut x = self.activation(node, 0)?.clone();
        for at in unsqueezed(&self.list(node, "axes", 1)?, x.axes.len())? {
            x.axes.insert(at, Axis::One);
        }
        (x.axes.len() <= 8).then_some(x)
    }

    /// Channels of several values in turn, nested ones in one list.
    pub(super) fn concat(&self, node: &NodeProto) -> Option<Activation<'a>> {
        let parts: Option<Vec<_>> =
            (0..node.input.len()).map(|i| self.activation(node, i)).collect();
        let (parts, at) = (parts?, node.int("axis", 0));
        let first = *parts.first()?;
        if let Some(images) = parts.iter().map(|part| part.image()).collect::<Option<Vec<_>>>() {
            let image = super::scaling::Image::join(&images)?;
            let single =
                parts.iter().all(|part| matches!(part.axis(at), Some(Axis::Channels | Axis::One)));
            let mut axes = first.axes.clone();
            axes[axis(at, first.axes.len())?] = Axis::Channels;
            let channels = image.len();
            let joined = Activation { axes, channels, ..first.with(Kind::Image(image)) };
            return (single && parts.iter().all(|part| part.axes == first.axes)).then_some(joined);
        }
        let alike = |part: &&Activation<'_>| {
            part.axes == first.axes && part.axis(at) == Some(Axis::Channels)
        };
        if !parts.iter().all(alike) {
            return None;
        }
        let texts: Option<Vec<_>> = parts.iter().map(|part| part.text()).collect();
        let texts = texts?;
        // A text that starts so is one concatenation to its end.
        let inner = |text: &'_ Rc<str>| -> String {
            let inner = text.strip_prefix("cat(").and_then(|text| text.strip_suffix(')'));
            inner.unwrap_or(text).into()
        };
        let text = bounded(format!("cat({})", join(texts.iter().map(inner))?))?;
        let known = parts.iter().all(|part| part.channels != UNKNOWN);
        let sum = parts.iter().try_fold(0_i64, |sum, part| sum.checked_add(part.channels));
        let channels = sum.filter(|_| known).unwrap_or(UNKNOWN);
        Some(Activation { channels, ..first.with(Kind::Flow(text.into())) })
    }

    /// A frame around an image, which the next operation takes as its padding.
    pub(super) fn pad(&mut self, node: &NodeProto) -> Option<Activation<'a>> {
        if !matches!(node.text("mode"), None | Some(b"" | b"constant")) {
            return None;
        }
        let value = self.number(node, "value", 2)?.unwrap_or(0.0);
        let pads = match node.ints("paddings") {
            Some(pads) => pads.to_vec(),
            None => self.list(node, "pads", 1)?,
        };
        let x = self.activation(node, 0)?;
        let at: Vec<_> = match self.constant(node, 3).map(|axes| axes.ints()) {
            Some(axes) => {
                axes?.into_iter().map(|at| axis(at, x.axes.len())).collect::<Option<_>>()?
            }
            None => (0..x.axes.len()).collect(),
        };
        if pads.len() != 2 * at.len() {
            return None;
        }
        let mut frame = [0_i64; 4];
        for (index, &place) in at.iter().enumerate() {
            let (before, after) = (pads[index], pads[index + at.len()]);
            match x.axes[place] {
                Axis::Height => (frame[0], frame[2]) = (before, after),
                Axis::Width => (frame[1], frame[3]) = (before, after),
                _ if (before, after) == (0, 0) => {}
                _ => return None,
            }
        }
        if frame.iter().any(|&pad| pad < 0) {
            // It cuts pixels off.
            return None;
        }
        let around = if frame == [0; 4] { x.frame } else { Some(Frame { pads: frame, value }) };
        (x.frame.is_none() || frame == [0; 4]).then(|| Activation { frame: around, ..x.clone() })
    }

    /// One or some channels of the image, or all channels of an average in their order, which is
    /// how dynamo=True writes the average of an NHWC image.
    pub(super) fn gather(&self, node: &NodeProto) -> Option<Activation<'a>> {
        let (x, index) = (self.activation(node, 0)?, self.constant(node, 1)?);
        if x.axes == [Axis::Channels] && node.op_type == "Gather" {
            let in_order = index.ints()?.into_iter().eq(0..x.channels);
            let axes = in_order.then(|| x.reshaped(&index.dims, true))??;
            return Some(Activation { axes, ..x.clone() });
        }
        let at = match node.op_type.as_str() {
            // A list of places along the first dimension.
            "GatherND" if index.dims.get(1..) == Some(&[1]) && node.int("batch_dims", 0) == 0 => 0,
            "Gather" if index.dims.len() < 2 => axis(node.int("axis", 0), x.axes.len())?,
            _ => return None,
        };
        let count = usize::try_from(x.image()?.len()).ok()?;
        let places = index.ints()?.into_iter().map(|place| axis(place, count));
        let mut chosen = x.channels_at(at, &places.collect::<Option<Vec<_>>>()?)?;
        if index.dims.is_empty() {
            chosen.axes.remove(at);
        }
        Some(chosen)
    }

    /// Some channels of the image, or all of a value.
    pub(super) fn slice(&mut self, node: &NodeProto) -> Option<Activation<'a>> {
        let mut x = self.activation(node, 0).filter(|x| x.frame.is_none())?.clone();
        let dims: Vec<_> = x.axes.iter().map(|&axis| x.length(axis)).collect();
        for (at, places) in self.slices(node, &dims)? {
            if places.iter().copied().eq(0..dims[at] as usize) {
                continue;
            }
            x = x.channels_at(at, &places)?;
        }
        Some(x)
    }

    /// The channels of the image one by one.
    pub(super) fn split(&mut self, node: &'a NodeProto) -> Option<Activation<'a>> {
        let x = self.activation(node, 0)?.clone();
        let at = axis(node.int("axis", 0), x.axes.len())?;
        let count = x.image()?.len() as usize;
        let even = || vec![(count / node.output.len().max(1)) as i64; node.output.len().min(count)];
        let sizes = self.list(node, "split", 1).unwrap_or_else(even);
        let mut start = 0;
        let mut parts = Vec::new();
        for size in sizes {
            let end = usize::try_from(size).ok()?.checked_add(start)?;
            let places: Vec<_> = (start..end.min(count)).collect();
            parts.push(x.channels_at(at, &places)?);
            start = end;
        }
        if start != count || parts.len() != node.output.len() {
            return None;
        }
        for (index, part) in parts.iter().enumerate().skip(1) {
            self.define_output(node, index, Value::Activation(part.clone()));
        }
        parts.into_iter().next()
    }

    /// A constant that is a node of its own.
    pub(super) fn constant_node(&self, node: &'a NodeProto) -> Option<Constant<'a>> {
        use super::constant::Elements::{Floats, Ints};
        let name = node.output.first()?;
        if let Some(tensor) = node.tensor("value") {
            return Constant::stored(tensor, self.files);
        }
        if let Some(value) = node.optional_float("value_float") {
            return Constant::computed(name, Vec::new(), Floats(vec![value]));
        }
        if let Some(value) = node.optional_int("value_int") {
            return Constant::computed(name, Vec::new(), Ints(vec![value]));
        }
        if let Some(values) = node.floats("value_floats") {
            let dims = vec![values.len() as i64];
            return Constant::computed(name, dims, Floats(values.to_vec()));
        }
        Some(Constant::list(name, node.ints("value_ints")?.to_vec()))
    }
}

impl Activation<'_> {
    /// Some channels of the image, if the dimension `at` has them.
    fn channels_at(&self, at: usize, places: &[usize]) -> Option<Self> {
        let image = self.image()?.select(places)?;
        if self.axes.get(at) != Some(&Axis::Channels) {
            return None;
        }
        Some(Self { channels: image.len(), ..self.with(Kind::Image(image)) })
    }

    /// The dimensions after a `Reshape` to `target`, if it only drops or adds dimensions of length
    /// 1, as after an average over the image.
    fn reshaped(&self, target: &[i64], zeros: bool) -> Option<Vec<Axis>> {
        let spatial = self.axes.iter().any(|axis| matches!(axis, Axis::Height | Axis::Width));
        if spatial || !self.axes.contains(&Axis::Channels) || target.len() > 8 {
            return None;
        }
        let is_channels = |at: usize, length: i64| match length {
            0 if !zeros => self.axes.get(at) == Some(&Axis::Channels),
            -1 | UNKNOWN => true,
            length => length == self.channels,
        };
        // Channels are the last dimension that can be them: that of images comes before.
        let last = target
            .iter()
            .enumerate()
            .rposition(|(at, &length)| length != 1 && is_channels(at, length))?;
        let others = |lengths: &[i64]| lengths.iter().filter(|&&length| length != 1).count();
        // Where an earlier length is that of the channels, an open one is not.
        let is_open = |&length: &i64| matches!(length, -1 | UNKNOWN);
        let earlier = || target[..last].iter().enumerate();
        if is_open(&target[last]) && earlier().any(|(at, l)| !is_open(l) && is_channels(at, *l)) {
            return None;
        }
        if others(&target[..last]) > 1 || others(&target[last + 1..]) > 0 {
            return None;
        }
        // A single image has a length of 1.
        let images = target[..last].iter().position(|&length| length != 1).unwrap_or(0);
        let meaning = |at| match at {
            at if at == last => Axis::Channels,
            at if at == images => Axis::Images,
            _ => Axis::One,
        };
        Some((0..target.len()).map(meaning).collect())
    }
}
