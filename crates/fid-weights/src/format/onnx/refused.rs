//! Operations that stand for other weights than the network's. They are refused by name, wherever
//! they are.

use super::proto::NodeProto;
use crate::format::problem::{FileProblem, plain};

/// Refuses graphs that are quantised, in training mode or with weights in the order of one processor.
pub(super) fn check(nodes: &[NodeProto]) -> Result<(), FileProblem> {
    for node in nodes {
        let operation = node.operation();
        let reason = if node.domain == "com.microsoft.nchwc" {
            "onnxruntime has rearranged its weights for one kind of processor; load the graph that \
             was optimised, or save it at the level ORT_ENABLE_EXTENDED"
        } else if is_quantised(&node.op_type) {
            "its weights are quantised, which changes every feature; export it with floating-point \
             weights"
        } else if node.op_type == "BatchNormalization" && is_training(node) {
            "it is in training mode, and an export in that mode changes the statistics; export it \
             after `model.eval()`, with `training=TrainingMode.PRESERVE` to keep normalisation apart"
        } else {
            continue;
        };
        let operation = format!("{}[{}]", plain(&operation, 100), node.label());
        return Err(FileProblem::Operation { operation, reason });
    }
    Ok(())
}

/// Whether a normalisation gives statistics besides its result, as it did before it had a mode.
fn is_training(node: &NodeProto) -> bool {
    let extra = node.output.iter().skip(1).any(|output| !output.is_empty());
    extra || node.int("training_mode", 0) != 0
}

/// Whether an operation of ONNX or onnxruntime works on quantised values.
fn is_quantised(operation: &str) -> bool {
    const OTHERS: [&str; 4] =
        ["QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "QAttention"];
    OTHERS.contains(&operation)
        || operation.starts_with("QLinear")
        || operation.starts_with("QGemm")
        || operation.ends_with("Integer")
        || operation.ends_with("NBits")
        || operation.ends_with("IntegerToFloat")
}
