//! Writes a checkpoint like PyTorch before 1.6, the form of the published file.

use fid_weights::{Checkpoint, LayerTable, Norm};

/// The magic number and the version of the legacy form, as pickled integers.
const HEADER: [&[u8]; 2] =
    [b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", b"\x80\x02M\xe9\x03."];

/// The bytes of a legacy `.pth` file: five pickles, then for each tensor its count and its values.
/// A dictionary of 566 tensors, with the published names and the counters of batches.
///
/// # Panics
///
/// If the checkpoint is folded or has no classifier.
pub(crate) fn legacy(checkpoint: &Checkpoint) -> Vec<u8> {
    let tensors = tensors(checkpoint);
    let mut file = HEADER.concat();
    file.extend(b"\x80\x02}");
    text(&mut file, "little_endian");
    file.extend(b"\x88s.");
    file.extend(b"\x80\x02}(");
    for (at, (name, shape, data)) in tensors.iter().enumerate() {
        let [kind, width] =
            if shape.is_empty() { ["LongStorage", "8"] } else { ["FloatStorage", "4"] };
        let count = data.len() / width.parse::<usize>().unwrap();
        text(&mut file, name);
        file.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        text(&mut file, "storage");
        file.extend(format!("ctorch\n{kind}\n").bytes());
        text(&mut file, &at.to_string());
        text(&mut file, "cpu");
        number(&mut file, count);
        file.extend(b"NtQ"); // the tuple above names a storage
        number(&mut file, 0);
        tuple(&mut file, shape);
        tuple(&mut file, &strides(shape));
        file.extend(b"\x89ccollections\nOrderedDict\n)RtR");
    }
    file.extend(b"u.\x80\x02](");
    (0..tensors.len()).for_each(|at| text(&mut file, &at.to_string()));
    file.extend(b"e.");
    for (_, shape, data) in &tensors {
        let count: usize = shape.iter().product();
        file.extend((count as u64).to_le_bytes());
        file.extend(data);
    }
    file
}

type Tensor = (String, Vec<usize>, Vec<u8>);

fn tensors(checkpoint: &Checkpoint) -> Vec<Tensor> {
    let bytes = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    let mut tensors = Vec::new();
    for (params, layer) in checkpoint.convs.iter().zip(LayerTable::get().convs()) {
        let Norm::Batch { gamma, beta, mean, var } = &params.norm else { panic!("folded") };
        let name = |part: &str| format!("{}.{part}", layer.name);
        tensors.push((name("conv.weight"), layer.weight_shape().to_vec(), bytes(&params.weight)));
        for (part, values) in
            [("weight", gamma), ("bias", beta), ("running_mean", mean), ("running_var", var)]
        {
            tensors.push((name(&format!("bn.{part}")), vec![values.len()], bytes(values)));
        }
        tensors.push((name("bn.num_batches_tracked"), vec![], 0u64.to_le_bytes().to_vec()));
    }
    let fc = checkpoint.classifier.as_ref().unwrap();
    tensors.push(("fc.weight".into(), LayerTable::get().fc_shape().to_vec(), bytes(&fc.weight)));
    tensors.push(("fc.bias".into(), vec![fc.bias.len()], bytes(&fc.bias)));
    tensors
}

fn strides(shape: &[usize]) -> Vec<usize> {
    (0..shape.len()).map(|axis| shape[axis + 1..].iter().product()).collect()
}

fn text(file: &mut Vec<u8>, text: &str) {
    file.push(b'X');
    file.extend((text.len() as u32).to_le_bytes());
    file.extend(text.bytes());
}

fn number(file: &mut Vec<u8>, number: usize) {
    file.push(b'J');
    file.extend((number as u32).to_le_bytes());
}

fn tuple(file: &mut Vec<u8>, values: &[usize]) {
    file.push(b'(');
    values.iter().for_each(|&value| number(file, value));
    file.push(b't');
}
