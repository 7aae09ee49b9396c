//! Without `FID_TEST_GPU=yes`, GPU tests are compiled as *ignored*, so that a run without a GPU
//! says so instead of passing.

fn main() {
    println!("cargo::rerun-if-env-changed=FID_TEST_GPU");
    println!("cargo::rustc-check-cfg=cfg(no_gpu)");
    if std::env::var("FID_TEST_GPU").as_deref() != Ok("yes") {
        println!("cargo::rustc-cfg=no_gpu");
    }
}
