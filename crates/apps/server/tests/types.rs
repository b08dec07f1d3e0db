//! The console's TypeScript is what the server's types say it is.
//!
//! `CHAPERONE_WRITE_TYPES=1 cargo test -p chaperone-server --test types` writes the files; without it they are compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use chaperone_server::dto;
use ts_rs::{Config, TS};

#[test]
fn the_generated_typescript_is_current() {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../ui/shared/src/generated");
    let wanted = generate();
    if std::env::var_os("CHAPERONE_WRITE_TYPES").is_some() {
        fs::create_dir_all(&dir).unwrap();
        for (name, text) in &wanted {
            fs::write(dir.join(name), text).unwrap();
        }
    }
    for (name, text) in &wanted {
        let found = fs::read_to_string(dir.join(name)).unwrap_or_default();
        assert_eq!(&found, text, "{name} is not current: run this test with CHAPERONE_WRITE_TYPES=1");
    }
}

#[cfg(test)]
fn generate() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut index = String::from("// Generated from the server's types. Do not edit.\n");
    let config = Config::new().with_large_int("number");
    macro_rules! emit {
        ($($name:ident),+ $(,)?) => {$(
            let text = dto::$name::export_to_string(&config).unwrap();
            // The first line names the generator's home; the project's files name only the project.
            let body = text.split_once('\n').map_or("", |(_, rest)| rest);
            let text = format!("// Generated from the server's types. Do not edit.\n{body}");
            files.insert(format!("{}.ts", stringify!($name)), text);
            index.push_str(&format!("export type {{ {0} }} from \"./{0}\";\n", stringify!($name)));
        )+};
    }
    emit!(
        AlarmList,
        AuditAcknowledged,
        AuditChain,
        AuditFact,
        AuditLine,
        AuditPage,
        AuditSession,
        Device,
        DeviceCode,
        FirstAdministrator,
        Gap,
        LaunchLink,
        Login,
        Me,
        Message,
        OwnPassword,
        Person,
        PersonAdd,
        PersonChange,
        PersonPassword,
        Problem,
        RightsChange,
        RightsEntry,
        Role,
        Secret,
        SecretAdd,
        SecretChange,
        SecretKind,
        SecretRight,
        SessionBeat,
        SessionEnd,
        SessionList,
        SessionMessage,
        SessionPage,
        SessionState,
        SessionSummary,
        State,
        Track,
        TrackKind,
        Witness,
    );
    files.insert("index.ts".to_owned(), index);
    files
}
