//! Without `FID_TEST_GPU=yes`, GPU tests are compiled as *ignored*, so that a run without a GPU
//! says so instead of passing; and so are tests of the scripts without `FID_TEST_PYTHON`, and of
//! the page without `FID_TEST_BROWSER`.

fn main() {
    println!("cargo::rerun-if-env-changed=FID_TEST_GPU");
    println!("cargo::rustc-check-cfg=cfg(no_gpu)");
    if std::env::var("FID_TEST_GPU").as_deref() != Ok("yes") {
        println!("cargo::rustc-cfg=no_gpu");
    }
    unless_named("FID_TEST_PYTHON", "no_python");
    unless_named("FID_TEST_BROWSER", "no_browser");
}

/// Sets `cfg` where no program is named by `variable`.
fn unless_named(variable: &str, cfg: &str) {
    println!("cargo::rerun-if-env-changed={variable}");
    println!("cargo::rustc-check-cfg=cfg({cfg})");
    if std::env::var_os(variable).is_none_or(|program| program.is_empty()) {
        println!("cargo::rustc-cfg={cfg}");
    }
}
