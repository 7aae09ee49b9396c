//! Which operations of the network write parts of concatenations, and which convolutions run as one.

use fid_core::Tap;
use fid_weights::inception::{Conv, Graph, Window, inception_v3};

/// A 1×1 convolution, which is a product of matrices.
const POINT: Window = Window { size: [1, 1], stride: 1, padding: [0, 0] };

/// What is known about the network before it runs.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// For each operation, convolution or pooling, its part of a concatenation, if any.
    parts: Vec<Option<Part>>,
    /// For each convolution, in the order of the network.
    places: Vec<Place>,
}

/// An operation's part of a concatenation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    /// Index of the concatenation in the order of the network.
    pub(crate) concat: usize,
    /// First channel of the part.
    pub(crate) offset: usize,
    /// Channels of the whole concatenation.
    pub(crate) channels: usize,
}

/// Where a convolution runs and where its channels go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// The convolution that it runs with: itself, or an earlier one with the same input.
    runs_with: usize,
    /// For a convolution that others run with: the channels of all that are no part of a
    /// concatenation. They share rows.
    pub(crate) beside: Option<usize>,
    /// Its first channel in these rows.
    pub(crate) offset: Option<usize>,
}

impl Plan {
    /// The plan; `fuse` runs 1×1 convolutions of the same input as one.
    pub(crate) fn new(fuse: bool) -> Self {
        let mut walk = Walk::default();
        inception_v3(&mut walk, &Made { operation: None, value: 0, channels: 3 });
        let Walk { parts, convs, .. } = walk;
        let mut places: Vec<Place> = (0..convs.len())
            .map(|runs_with| Place { runs_with, beside: None, offset: None })
            .collect();
        let points = |seen: &Seen| fuse && seen.window == POINT;
        for first in 0..convs.len() {
            let same = |at: &usize| points(&convs[*at]) && convs[*at].input == convs[first].input;
            let group: Vec<usize> = (first..convs.len()).filter(same).collect();
            // One part of a concatenation at most, and first: it has rows of its own.
            let concatenated = |at: &&usize| parts[convs[**at].operation].is_some();
            let others = if group.iter().take(1).any(|at| concatenated(&at)) { 1 } else { 0 };
            if group.len() < 2
                || group[0] != first
                || places[first].runs_with != first
                || group.iter().skip(others).any(|at| concatenated(&at))
            {
                continue;
            }
            let mut channels = 0;
            for &at in &group {
                places[at].runs_with = first;
                if at != first || others == 0 {
                    places[at].offset = Some(channels);
                    channels += convs[at].channels;
                }
            }
            places[first].beside = Some(channels);
        }
        Self { parts, places }
    }

    /// The operation's part of a concatenation.
    pub(crate) fn part(&self, operation: usize) -> Option<Part> {
        self.parts[operation]
    }

    /// The place of a convolution.
    pub(crate) fn place(&self, conv: usize) -> Place {
        self.places[conv]
    }

    /// The convolutions that run with one, itself first; empty if it runs with another.
    pub(crate) fn together(&self, conv: usize) -> Vec<usize> {
        let with = |at: &usize| self.places[*at].runs_with == conv;
        (0..self.places.len()).filter(with).collect()
    }
}

/// Walks the network.
#[derive(Debug, Default)]
struct Walk {
    /// One entry for each operation.
    parts: Vec<Option<Part>>,
    convs: Vec<Seen>,
    concats: usize,
    /// Values so far, without the image.
    values: usize,
}

/// A convolution of the walk.
#[derive(Debug)]
struct Seen {
    operation: usize,
    /// The value that it reads.
    input: usize,
    window: Window,
    channels: usize,
}

/// A value of the walk.
#[derive(Debug, Clone, Copy)]
struct Made {
    /// The operation that writes it; `None` for the image and for concatenations.
    operation: Option<usize>,
    /// Tells values apart.
    value: usize,
    channels: usize,
}

impl Walk {
    fn made(&mut self, operation: Option<usize>, channels: usize) -> Made {
        self.values += 1;
        Made { operation, value: self.values, channels }
    }

    fn operation(&mut self, channels: usize) -> Made {
        self.parts.push(None);
        self.made(Some(self.parts.len() - 1), channels)
    }
}

impl Graph for Walk {
    type Value = Made;

    fn conv(&mut self, _name: &str, x: &Made, conv: Conv) -> Made {
        let channels = conv.out_channels;
        let operation = self.parts.len();
        self.convs.push(Seen { operation, input: x.value, window: conv.window(), channels });
        self.operation(channels)
    }

    fn max_pool(&mut self, x: &Made, _stride: usize, _padding: usize) -> Made {
        self.operation(x.channels)
    }

    fn avg_pool(&mut self, x: &Made) -> Made {
        self.operation(x.channels)
    }

    fn concat(&mut self, parts: Vec<Made>) -> Made {
        let channels = parts.iter().map(|part| part.channels).sum();
        let mut offset = 0;
        for part in parts {
            // The image and concatenations are never parts of a concatenation.
            if let Some(operation) = part.operation {
                self.parts[operation] = Some(Part { concat: self.concats, offset, channels });
            }
            offset += part.channels;
        }
        self.concats += 1;
        self.made(None, channels)
    }

    fn tap(&mut self, _tap: Tap, _x: &Made) {}
}

#[cfg(test)]
mod tests {
    use fid_weights::LayerTable;

    use super::*;

    /// The names of convolutions that run together.
    fn groups(plan: &Plan) -> Vec<Vec<&'static str>> {
        let names: Vec<_> =
            LayerTable::get().convs().iter().map(|layer| layer.name.as_str()).collect();
        let groups = (0..names.len()).map(|conv| plan.together(conv));
        let named = |group: Vec<usize>| group.into_iter().map(|conv| names[conv]).collect();
        groups.filter(|group| group.len() > 1).map(named).collect()
    }

    #[test]
    fn point_convolutions_of_one_input_run_as_one() {
        let groups = groups(&Plan::new(true));
        let expected = ["branch1x1", "branch5x5_1", "branch3x3dbl_1"];
        assert_eq!(groups[0], expected.map(|name| format!("Mixed_5b.{name}")));
        // Ten blocks: three 5, four 6, three 7; `Mixed_6a` has a single one.
        assert_eq!(groups.len(), 10);
        assert_eq!(groups.iter().map(Vec::len).sum::<usize>(), 9 * 3 + 2);
        assert!(self::groups(&Plan::new(false)).is_empty());
    }

    #[test]
    fn channels_beside_a_concatenation_are_disjoint() {
        let plan = Plan::new(true);
        let convs = LayerTable::get().convs();
        for first in 0..convs.len() {
            let group = plan.together(first);
            let Some(all) = plan.place(first).beside else { continue };
            let mut end = 0;
            for conv in group {
                let Some(offset) = plan.place(conv).offset else { continue };
                assert_eq!(offset, end, "{}", convs[conv].name);
                end += convs[conv].conv.out_channels;
            }
            assert_eq!(end, all);
        }
    }
}
