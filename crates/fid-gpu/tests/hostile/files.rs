//! Malicious files.

/// Name, content, and a part of the expected error.
type Hostile = (&'static str, Vec<u8>, &'static str);

pub(crate) fn weights() -> Vec<Hostile> {
    [pickles(), archives(), safetensors(), onnx()].concat()
}

/// The first bytes of a legacy `.pth` file.
const LEGACY: &[u8] =
    b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}.\x80\x02";

const MILLION: usize = 1_000_000;

fn pickles() -> Vec<Hostile> {
    let legacy = |pickle: &[u8]| [LEGACY, pickle].concat();
    let call = b"}X\x01\0\0\0acposix\nsystem\nX\x1c\0\0\0touch /tmp/fid-gpu-was-here #\x85Rs.";
    let mut doubling = b"]q\x00".to_vec();
    for level in 0..250 {
        doubling.extend([b']', b'q', level + 1, b'(', b'h', level, b'h', level, b'e']);
    }
    let many_dicts = b"}".repeat(50 * MILLION);
    let memo: Vec<u8> = (0..2 * MILLION as u32)
        .flat_map(|at| [&b"Nr"[..], &at.to_le_bytes(), b"0"].concat())
        .collect();
    vec![
        ("call.pth", legacy(call), "posix.system"),
        ("deep.pth", legacy(&[&b")"[..], &vec![0x85; 50 * MILLION]].concat()), "steps"),
        ("marks.pth", legacy(&vec![b'('; 50 * MILLION]), "steps"),
        ("dicts.pth", legacy(&many_dicts), "steps"),
        ("doubling.pth", legacy(&[&doubling[..], b".\x80\x02]."].concat()), "not a state dict"),
        ("memo.pth", legacy(&memo), "steps"),
        ("long.pth", legacy(b"X\xff\xff\xff\xff"), "cut short"),
        ("longer.pth", legacy(b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7f"), "cut short"),
    ]
}

fn archives() -> Vec<Hostile> {
    // An entry that claims to unpack to 4 GB.
    let mut bomb = b"PK\x03\x04\x14\0\0\0\x08\0".to_vec();
    bomb.extend([0; 8]);
    bomb.extend([10, 0, 0, 0, 0xff, 0xff, 0xff, 0xfe, 8, 0, 0, 0]);
    bomb.extend(b"data.pkl0123456789");
    let at = bomb.len() as u32;
    bomb.extend(b"PK\x01\x02\x14\0\x14\0\0\0\x08\0");
    bomb.extend([0; 8]);
    bomb.extend([10, 0, 0, 0, 0xff, 0xff, 0xff, 0xfe, 8, 0]);
    bomb.extend([0; 16]);
    bomb.extend(b"data.pkl");
    let length = bomb.len() as u32 - at;
    bomb.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    bomb.extend([length.to_le_bytes(), at.to_le_bytes()].concat());
    bomb.extend([0, 0]);
    vec![("bomb.pth", bomb, "compressed"), ("directory.pth", long_directory(), "entries")]
}

/// An archive with a directory of a million entries: 50 MB.
pub(crate) fn long_directory() -> Vec<u8> {
    let mut file = b"PK\x03\x04".to_vec();
    file.resize(30, 0);
    for entry in 0..MILLION as u32 {
        file.extend(b"PK\x01\x02\x14\0\x14\0");
        file.extend([0; 20]);
        file.extend([4, 0]);
        file.extend([0; 16]);
        file.extend(entry.to_le_bytes().map(|byte| byte | 0x80));
    }
    let length = file.len() as u64 - 30;
    let record = file.len() as u64;
    file.extend(b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\0\x2d\0\0\0\0\0\0\0\0\0");
    for value in [MILLION as u64, MILLION as u64, length, 30] {
        file.extend(value.to_le_bytes());
    }
    file.extend(b"PK\x06\x07\0\0\0\0");
    file.extend(record.to_le_bytes());
    file.extend(b"\x01\0\0\0PK\x05\x06\0\0\0\0");
    file.extend([0xff; 12]);
    file.extend([0, 0]);
    file
}

fn safetensors() -> Vec<Hostile> {
    let with_header = |header: &[u8], data: &[u8]| {
        [&(header.len() as u64).to_le_bytes()[..], header, data].concat()
    };
    let mut tensors = b"{".to_vec();
    for index in 0..MILLION {
        tensors.extend(
            format!(r#""{index}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}},"#).bytes(),
        );
    }
    tensors.pop();
    tensors.push(b'}');
    let shape = [br#"{"a":{"dtype":"F32","shape":["#, &b"0,".repeat(45 * MILLION)[..]].concat();
    let overlap = br#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#;
    let beyond = br#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8589934592]}}"#;
    vec![
        ("tensors.safetensors", with_header(&tensors, b""), "header"),
        ("shape.safetensors", with_header(&shape, b""), "header"),
        ("promise.safetensors", b"\x00\xe0\xf5\x05\0\0\0\0{".to_vec(), "header"),
        ("overlap.safetensors", with_header(overlap, &[0; 12]), "damaged"),
        ("beyond.safetensors", with_header(beyond, &[0; 12]), "damaged"),
    ]
}

/// A field of a protobuf message.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut length = content.len();
    let mut field = vec![number << 3 | 2];
    while length > 0x7f {
        field.push(length as u8 | 0x80);
        length >>= 7;
    }
    field.push(length as u8);
    [&field[..], content].concat()
}

fn onnx() -> Vec<Hostile> {
    let model = |graph: &[u8]| [&b"\x08\x08"[..], &field(7, graph)].concat();
    let nodes = field(1, b"").repeat(25 * MILLION);
    let strings = field(1, &field(1, b"").repeat(25 * MILLION));
    let dims = field(5, &field(1, &vec![1; 50 * MILLION]));
    // A tensor that claims 2^31 values, and one whose data claim a length of 2 GB.
    let tensor = [&field(8, b"w")[..], b"\x08\x80\x80\x80\x80\x08\x10\x01"].concat();
    let external = [&tensor[..], b"\x70\x01"].concat();
    let secret = [field(1, b"location"), field(2, b"../../etc/passwd")].concat();
    let external = [external, field(13, &secret)].concat();
    let endless = [&field(8, b"w")[..], b"\x4a\x80\x80\x80\x80\x08"].concat();
    let graph = |tensor: &[u8]| {
        let conv = [&field(1, b"x")[..], &field(1, b"w"), &field(2, b"y"), &field(4, b"Conv")];
        let image = field(11, &field(1, b"x"));
        [field(1, &conv.concat()), field(5, tensor), image, field(12, &field(1, b"y"))].concat()
    };
    vec![
        ("nodes.onnx", model(&nodes), "graph"),
        ("strings.onnx", model(&strings), "graph"),
        ("dims.onnx", model(&dims), "graph"),
        ("declared.onnx", model(&graph(&tensor)), "declared.onnx"),
        ("external.onnx", model(&graph(&external)), "external.onnx"),
        ("endless.onnx", model(&graph(&endless)), "damaged"),
        ("groups.onnx", vec![0x08, 0x08, 0x0b, 0x0b, 0x0b], "damaged"),
    ]
}
