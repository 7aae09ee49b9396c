//! A model and its contract.

use std::sync::Arc;

use rten::{
    DataType, Dimension, Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value, ValueType,
    ValueView,
};
use rten_tensor::prelude::*;

use crate::caught::caught;
use crate::error::OnnxProblem;
use crate::own_input::OwnInput;
use crate::source::Source;

/// A loaded model of one input and one chosen output.
pub(crate) struct Network {
    model: Model,
    input: NodeId,
    output: NodeId,
    output_name: String,
    /// Images of every call.
    pub(crate) batch: usize,
    pub(crate) channels: usize,
    pub(crate) side: usize,
}

/// Why a call gave no features.
pub(crate) enum Failure {
    /// rten's message.
    Run(String),
    /// The output is no row for each image: what it is.
    Shape(String),
}

impl Network {
    /// Loads a model, and completes `input` from its metadata and shapes.
    pub(crate) fn load(source: &Source, input: &mut OwnInput) -> Result<Self, OnnxProblem> {
        let model = load(source, true)?;
        for (field, value) in model.metadata().fields() {
            if let Some(name) = field.to_string().strip_prefix("fid.") {
                let named = |problem| match problem {
                    OnnxProblem::Setting { value, expected, .. } => OnnxProblem::Setting {
                        setting: format!("fid.{name} in its metadata"),
                        value,
                        expected,
                    },
                    other => other,
                };
                input.set(name, value, false).map_err(named)?;
            }
        }
        let (batch, channels) = shapes(&model, input)?;
        let inner = |model: &Model, name: &str| {
            model.output_ids().iter().all(|id| name_of(model, *id) != name)
        };
        // The optimiser removes values inside the graph.
        let model = match &input.output {
            Some(name) if inner(&model, name) => load(source, false)?,
            _ => model,
        };
        let output = output(&model, input.output.as_deref())?;
        let output_name = name_of(&model, output);
        input.output = Some(output_name.clone());
        let side = usize::from(input.size.ok_or(OnnxProblem::NoSize)?);
        let [image] = *model.input_ids() else { return Err(inputs(&model)) };
        Ok(Self { model, input: image, output, output_name, batch, channels, side })
    }

    /// The features of one call, `[batch,features]`, from `[batch,channels,side,side]`.
    pub(crate) fn run(&self, images: &[f32], pool: &Arc<ThreadPool>) -> Result<Vec<f32>, Failure> {
        let shape = [self.batch, self.channels, self.side, self.side];
        let failed = |error: &dyn std::error::Error| Failure::Run(error.to_string());
        let view = ValueView::from_shape(shape, images).map_err(|error| failed(&error))?;
        let options = RunOptions::default().with_thread_pool(Some(pool.clone()));
        let outputs = caught(|| {
            self.model.run_n(vec![(self.input, view.into())], [self.output], Some(options))
        })
        .map_err(Failure::Run)?;
        let [output] = outputs.map_err(|error| failed(&error))?;
        self.rows(output)
    }

    fn rows(&self, output: Value) -> Result<Vec<f32>, Failure> {
        let Value::FloatTensor(tensor) = output else {
            return Err(Failure::Shape(output.dtype().to_string()));
        };
        match *tensor.shape() {
            [batch, features] | [batch, features, 1, 1] if batch == self.batch && features > 0 => {
                Ok(tensor.into_data())
            }
            ref shape => Err(Failure::Shape(format!("{shape:?}"))),
        }
    }

    /// The number of features, from calls with made-up images.
    pub(crate) fn trial(&self, pool: &Arc<ThreadPool>) -> Result<usize, OnnxProblem> {
        let image = self.channels * self.side * self.side;
        // Waves, each of another frequency if `apart`.
        let run = |apart: f32| {
            let value = |at: usize| {
                let frequency = 0.011 + 0.003 * apart * (at / image) as f32;
                ((at % image) as f32 * frequency).sin()
            };
            let waves: Vec<_> = (0..self.batch * image).map(value).collect();
            self.run(&waves, pool).map_err(|failure| match failure {
                Failure::Run(cause) => OnnxProblem::Run { cause },
                Failure::Shape(found) => {
                    OnnxProblem::OutputShape { output: self.output_name.clone(), found }
                }
            })
        };
        let mixed = run(1.0)?;
        let features = mixed.len() / self.batch;
        if self.batch > 1 {
            // The first image beside others, and in every place beside itself.
            let (alone, first) = (run(0.0)?, &mixed[..features]);
            let off = |row: &[f32]| -> f64 {
                row.iter().zip(first).map(|(a, b)| f64::from(a - b).powi(2)).sum()
            };
            let norm: f64 = first.iter().map(|a| f64::from(*a).powi(2)).sum();
            if alone.chunks_exact(features).any(|row| off(row) > 1e-6 * norm) {
                return Err(OnnxProblem::BatchDependent { batch: self.batch });
            }
        }
        Ok(features)
    }
}

fn load(source: &Source, optimise: bool) -> Result<Model, OnnxProblem> {
    let mut options = ModelOptions::with_all_ops();
    options.enable_optimization(optimise);
    for (location, content) in &source.data {
        options.external_data(location, content.clone());
    }
    caught(|| options.load(source.model.clone()))
        .map_err(|cause| OnnxProblem::Load { cause })?
        .map_err(|error| OnnxProblem::Load { cause: error.to_string() })
}

fn name_of(model: &Model, id: NodeId) -> String {
    model.node_info(id).and_then(|node| node.name()).unwrap_or_default().into()
}

/// Name and shape of a value, `features [N,64]`.
fn described(model: &Model, id: NodeId) -> String {
    let shape = model.node_info(id).and_then(|node| node.shape());
    let dims = shape.map(|shape| {
        let dims = shape.iter().map(|dim| match dim {
            Dimension::Fixed(size) => size.to_string(),
            Dimension::Symbolic(name) => name.clone(),
        });
        format!(" [{}]", dims.collect::<Vec<_>>().join(","))
    });
    format!("'{}'{}", name_of(model, id).escape_debug(), dims.unwrap_or_default())
}

fn list(model: &Model, ids: &[NodeId]) -> String {
    let mut texts: Vec<_> = ids.iter().take(20).map(|id| described(model, *id)).collect();
    if ids.len() > texts.len() {
        texts.push(format!("and {} more", ids.len() - texts.len()));
    }
    if texts.is_empty() { "none".into() } else { texts.join(", ") }
}

fn inputs(model: &Model) -> OnnxProblem {
    OnnxProblem::Inputs { found: list(model, model.input_ids()) }
}

/// Batch size and channels. Sets size and channels of `input`.
fn shapes(model: &Model, input: &mut OwnInput) -> Result<(usize, usize), OnnxProblem> {
    let &[id] = model.input_ids() else { return Err(inputs(model)) };
    let info = model.node_info(id);
    if info
        .as_ref()
        .and_then(|node| node.dtype())
        .is_some_and(|kind| kind != ValueType::Tensor(DataType::Float))
    {
        return Err(inputs(model));
    }
    let contradicts = |setting, asked: String, found: usize| OnnxProblem::Contradicts {
        setting,
        asked,
        input: name_of(model, id),
        found: found.to_string(),
    };
    let (mut batch, mut channels) = (None, None);
    if let Some(shape) = info.and_then(|node| node.shape()) {
        let fixed = |dim: &Dimension| match dim {
            Dimension::Fixed(size) => Some(*size),
            Dimension::Symbolic(_) => None,
        };
        let dims: Vec<_> = shape.iter().map(fixed).collect();
        let &[images, planes, height, width] = &dims[..] else { return Err(inputs(model)) };
        if planes.is_some_and(|planes| planes != 1 && planes != 3) || images == Some(0) {
            return Err(inputs(model));
        }
        let sides = [height, width].into_iter().flatten();
        for side in sides {
            let size =
                u16::try_from(side).ok().filter(|side| *side > 0).ok_or_else(|| inputs(model))?;
            let asked = *input.size.get_or_insert(size);
            if asked != size {
                return Err(contradicts("input size", asked.to_string(), side));
            }
        }
        (batch, channels) = (images, planes);
    }
    let asked = *input.channels.get_or_insert(channels.unwrap_or(3));
    match channels {
        Some(found) if found != asked => {
            Err(contradicts("number of channels", asked.to_string(), found))
        }
        _ => Ok((batch.unwrap_or(1), asked)),
    }
}

fn output(model: &Model, asked: Option<&str>) -> Result<NodeId, OnnxProblem> {
    let outputs = model.output_ids();
    let names = || list(model, outputs);
    match (asked, outputs) {
        (Some(asked), _) => model
            .find_node(asked)
            .ok_or_else(|| OnnxProblem::NoOutput { asked: asked.into(), names: names() }),
        (None, &[only]) => Ok(only),
        (None, _) => Err(OnnxProblem::ChooseOutput { count: outputs.len(), names: names() }),
    }
}
