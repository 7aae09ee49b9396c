//! Marks tests as *ignored* if the environment lacks what they need, so that they do not count as
//! passed: GPU tests without `FID_TEST_GPU=yes`, tests of scripts without `FID_TEST_PYTHON`, and
//! tests of the HTML report without `FID_TEST_BROWSER`.

fn main() {
    println!("cargo::rerun-if-env-changed=FID_TEST_GPU");
    println!("cargo::rustc-check-cfg=cfg(no_gpu)");
    if std::env::var("FID_TEST_GPU").as_deref() != Ok("yes") {
        println!("cargo::rustc-cfg=no_gpu");
    }
    unless_named("FID_TEST_PYTHON", "no_python");
    unless_named("FID_TEST_BROWSER", "no_browser");
}

/// Sets `cfg` unless the environment variable `variable` names a program.
fn unless_named(variable: &str, cfg: &str) {
    println!("cargo::rerun-if-env-changed={variable}");
    println!("cargo::rustc-check-cfg=cfg({cfg})");
    if std::env::var_os(variable).is_none_or(|program| program.is_empty()) {
        println!("cargo::rustc-cfg={cfg}");
    }
}
