//! Operations that stand for other weights than the network's, refused by name wherever they are.

use super::proto::NodeProto;
use crate::format::problem::{FileProblem, plain};

/// Refuses quantised graphs and those with weights in the order of one processor.
pub(super) fn check(nodes: &[NodeProto]) -> Result<(), FileProblem> {
    for node in nodes {
        let operation = node.operation();
        let reason = if node.domain == "com.microsoft.nchwc" {
            "onnxruntime has rearranged its weights for one kind of processor; load the graph that \
             was optimised, or save it at the level ORT_ENABLE_EXTENDED"
        } else if is_quantised(&node.op_type) {
            "its weights are quantised, which changes every feature; export it with floating-point \
             weights"
        } else {
            continue;
        };
        let operation = format!("{}[{}]", plain(&operation, 100), node.label());
        return Err(FileProblem::Operation { operation, reason });
    }
    Ok(())
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
