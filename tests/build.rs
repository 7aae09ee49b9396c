//! Without `FID_TEST_GPU=yes`, GPU tests are compiled as *ignored*, so that a run without a GPU
//! says so instead of passing; and so are tests of the scripts without `FID_TEST_PYTHON`.

fn main() {
    println!("cargo::rerun-if-env-changed=FID_TEST_GPU");
    println!("cargo::rustc-check-cfg=cfg(no_gpu)");
    if std::env::var("FID_TEST_GPU").as_deref() != Ok("yes") {
        println!("cargo::rustc-cfg=no_gpu");
    }
    println!("cargo::rerun-if-env-changed=FID_TEST_PYTHON");
    println!("cargo::rustc-check-cfg=cfg(no_python)");
    if std::env::var_os("FID_TEST_PYTHON").is_none_or(|python| python.is_empty()) {
        println!("cargo::rustc-cfg=no_python");
    }
}
