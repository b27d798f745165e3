//! Lets a fresh clone compile: the web application's folder is embedded, and may not have been built yet.

fn main() {
    let dist = "../dist";
    std::fs::create_dir_all(dist).expect("the folder for the web application can be made beside the server's");
    println!("cargo::rerun-if-changed={dist}");
}
