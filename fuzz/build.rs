//! Lets the linker leave out the coverage counters of what no target calls, which is most of Burn: half
//! a million counters would be looked through after every run.

fn main() {
    println!("cargo::rustc-link-arg-bins=-Wl,-z,start-stop-gc");
}
