//! The console's TypeScript of a judgement is what this crate's types say it is.
//!
//! `CHAPERONE_WRITE_TYPES=1 cargo test -p chaperone-verify-web --test types` writes the file; without it it is compared.

use std::path::PathBuf;

use chaperone_verify_web::dto;
use ts_rs::{Config, TS};

#[test]
fn the_generated_typescript_is_current() {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../ui/console/src/generated/judgement.ts");
    let config = Config::new().with_large_int("number");
    let declarations = [
        dto::Judgement::decl(&config),
        dto::Judged::decl(&config),
        dto::JudgedTrack::decl(&config),
        dto::JudgedStretch::decl(&config),
        dto::Standing::decl(&config),
        dto::JudgedFinding::decl(&config),
    ];
    let mut wanted = String::from("// Generated from the verifier's types. Do not edit.\n");
    for declaration in declarations {
        wanted.push_str(&format!("\nexport {declaration}\n"));
    }
    if std::env::var_os("CHAPERONE_WRITE_TYPES").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        found,
        wanted,
        "{} is not current: run this test with CHAPERONE_WRITE_TYPES=1",
        path.display()
    );
}
