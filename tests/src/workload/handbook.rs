//! A page full of text, the same every time.

use std::fmt::Write as _;

const WORDS: [&str; 16] = [
    "session",
    "policy",
    "gateway",
    "certificate",
    "storage",
    "replay",
    "operator",
    "window",
    "terminal",
    "channel",
    "ticket",
    "vault",
    "approval",
    "record",
    "audit",
    "network",
];
const STYLE: &str = "body{font:15px/1.5 sans-serif;margin:0 auto;max-width:1500px;columns:2;column-gap:40px}\
    h2{color:#135}pre{background:#f2f2f2;padding:8px;font-size:13px}table{border-collapse:collapse}\
    td{border:1px solid #bbb;padding:2px 8px}nav{column-span:all;background:#eef;padding:8px}";
const SECTIONS: usize = 60;

/// The page, as HTML; its title is `handbook`.
pub(super) fn page() -> String {
    let mut page =
        format!("<!doctype html><meta charset=utf-8><title>handbook</title><style>{STYLE}</style><nav>");
    for section in (1..=SECTIONS).step_by(6) {
        put(&mut page, format_args!("<a href=\"#s{section}\">Section {section}</a> "));
    }
    page.push_str("</nav>");
    for section in 1..=SECTIONS {
        self::section(&mut page, section);
    }
    page
}

fn section(page: &mut String, number: usize) {
    let title = (word(number), word(number * 5));
    put(page, format_args!("<h2 id=s{number}>{number}. The {} and the {}</h2>", title.0, title.1));
    for paragraph in 0..3 {
        page.push_str("<p>");
        for nth in 0..90 {
            let end = if nth % 13 == 12 { "." } else { "" };
            put(page, format_args!("{}{end} ", word(number * 7 + paragraph * 3 + nth * nth)));
        }
        page.push_str("</p>");
    }
    page.push_str("<pre>");
    for nth in 0..6 {
        let (names, id) = ((word(number + nth), word(number * nth)), number * 100 + nth);
        let hash = number * 7919 + nth * 104_729;
        put(page, format_args!("{}.{}(id={id}, ttl={}s) -&gt; {hash:08x}\n", names.0, names.1, nth * 30));
    }
    page.push_str("</pre><table>");
    for nth in 0..5 {
        let (first, last) = (word(number + nth * 3), word(number * 3 + nth));
        let (count, host) = (number * nth * 17, number + nth);
        put(
            page,
            format_args!(
                "<tr><td>{first}</td><td>{count}</td><td>10.{number}.{nth}.{host}</td><td>{last}</td></tr>"
            ),
        );
    }
    page.push_str("</table>");
}

fn word(number: usize) -> &'static str {
    WORDS.get(number % WORDS.len()).copied().unwrap_or_default()
}

fn put(page: &mut String, text: std::fmt::Arguments<'_>) {
    // A string takes everything.
    page.write_fmt(text).ok();
}
