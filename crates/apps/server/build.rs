//! Rebuilds the program when the console's built pages change. A missing console is no error: the server then serves a
//! page that says how to build it.

use std::path::Path;

fn main() {
    let console = "../../../ui/console";
    let dist = "../../../ui/console/dist";
    for path in [dist, console] {
        if Path::new(path).exists() {
            println!("cargo::rerun-if-changed={path}");
            break;
        }
    }
    println!("cargo::rerun-if-changed=build.rs");
}
