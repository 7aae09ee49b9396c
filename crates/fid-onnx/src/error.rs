//! Errors of opening a model.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// An error of a model or of what is asked of it.
#[derive(Debug)]
pub struct OnnxError {
    /// The model.
    pub file: PathBuf,
    /// What is wrong with it.
    pub problem: OnnxProblem,
}

impl fmt::Display for OnnxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.problem)
    }
}

impl Error for OnnxError {
    /// The message has the problem's, so this is the problem's source.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.problem.source()
    }
}

/// What is wrong with a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OnnxProblem {
    /// The file cannot be read.
    #[error("it cannot be read")]
    Io(#[source] io::Error),
    /// The file is longer than protobuf allows.
    #[error("it is longer than 2 GiB, which ONNX files cannot be; weights in other files can")]
    TooLarge,
    /// The file is no ONNX model, or a damaged one.
    #[error("it is not a whole ONNX model ({cause})")]
    Damaged {
        /// Where reading failed.
        cause: String,
    },
    /// Another file with weights cannot be read.
    #[error(
        "the file '{}' beside it, in which it keeps weights, cannot be read; put it there, or save the model as \
         one file: torch.onnx.export(…, external_data=False), or onnx.save(onnx.load(file), new_file)",
        location.escape_debug()
    )]
    Data {
        /// The other file's name, as the model has it.
        location: String,
        /// The operating system's error.
        #[source]
        cause: io::Error,
    },
    /// Another file with weights is not in the model's folder.
    #[error("it keeps weights in '{}', and a model's other files are read from its own folder alone", location.escape_debug())]
    DataOutside {
        /// The other file's name, as the model has it.
        location: String,
    },
    /// The operators are newer than those known here.
    #[error(
        "it has operators of opset {found}, and {newest} is the newest known: export it with opset_version={newest}"
    )]
    Opset {
        /// The model's opset.
        found: i64,
        /// The newest known.
        newest: i64,
    },
    /// The graph cannot be loaded: an operator is not supported, or it has wrong attributes.
    #[error("rten cannot load it: {cause}")]
    Load {
        /// rten's message, with the node's name.
        cause: String,
    },
    /// The model has not one input of images.
    #[error(
        "it needs one input [N,3,size,size] or [N,1,size,size] of 32-bit floats, and has {found}"
    )]
    Inputs {
        /// Its inputs: names and shapes.
        found: String,
    },
    /// The size is not in the model.
    #[error(
        "it takes images of any size: the input size must be given, or written into its metadata as fid.input_size"
    )]
    NoSize,
    /// A setting contradicts the model.
    #[error("the {setting} is {asked}, and its input '{input}' has {found}")]
    Contradicts {
        /// Which setting.
        setting: &'static str,
        /// Its value.
        asked: String,
        /// The input's name.
        input: String,
        /// What the input has.
        found: String,
    },
    /// A setting has a wrong value.
    #[error("{setting} is '{value}': {expected}")]
    Setting {
        /// Which setting, or its name in the model's metadata.
        setting: String,
        /// Its text.
        value: String,
        /// What it must be.
        expected: String,
    },
    /// No output, or several and none chosen.
    #[error("it has {count} outputs, of which one must be chosen: {names}")]
    ChooseOutput {
        /// Number of outputs.
        count: usize,
        /// Names and shapes.
        names: String,
    },
    /// The chosen output does not exist.
    #[error("it has no output '{asked}'; its outputs are {names}")]
    NoOutput {
        /// The name asked for.
        asked: String,
        /// Names and shapes of the outputs.
        names: String,
    },
    /// The output is no row of features for each image.
    #[error(
        "its output '{output}' is {found}, and must be [N,features] or [N,features,1,1] of 32-bit floats"
    )]
    OutputShape {
        /// The output's name.
        output: String,
        /// Its type and shape for a batch.
        found: String,
    },
    /// A trial run failed.
    #[error("it failed on a trial image: {cause}")]
    Run {
        /// rten's message.
        cause: String,
    },
    /// An image's row changes with the images beside it.
    #[error(
        "an image's features depend on the other images of a batch (its batch size is fixed to {batch}): export it in evaluation mode, or for batches of 1"
    )]
    BatchDependent {
        /// The fixed batch size.
        batch: usize,
    },
}
