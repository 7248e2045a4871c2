//! Private keys over many lines, in the frames that logs put around them.

use sentinel::redact::{MARK, redact};

const BODY: [&str; 3] = [
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7q7ZpX2vK9sLw",
    "4TbN8mRdC1yHf6JgAeU3oViQ5xSkq7ZpX2vK9sLw4TbN8mRdC1yHf6JgAeU3oViQ",
    "q7ZpX2vK9sLw==",
];

/// A log with a key in it, and the same without, line by line from `frame`.
fn framed(kind: &str, frame: impl Fn(usize) -> String) -> (String, String) {
    let (begin, end) = (
        format!("-----BEGIN {kind}-----"),
        format!("-----END {kind}-----"),
    );
    let lines = |body: [&str; 3]| {
        let lines = ["before", &begin, body[0], body[1], body[2], &end, "after"];
        let lines = lines.iter().enumerate();
        lines
            .map(|(at, line)| format!("{}{line}\n", frame(at)))
            .collect::<String>()
    };
    (lines(BODY), lines([MARK; 3]))
}

/// Logs with keys, and what is left of each.
pub fn all() -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = [
        "PRIVATE KEY",
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "DSA PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "PGP PRIVATE KEY BLOCK",
    ]
    .map(|kind| framed(kind, |_| String::new()))
    .into();
    let key = "RSA PRIVATE KEY";
    all.push(framed(key, |line| {
        format!("2031-01-02T03:04:05.{line}234567Z ")
    }));
    all.push(framed(key, |line| {
        format!("build\tRun x\t2031-01-02T03:04:{}.1Z   ", 8 + line)
    }));
    all.push(framed(key, |line| {
        format!("[2031-01-02T03:04:05.{line}23Z] ")
    }));
    all.push(framed(key, |line| format!("[{line:02}:59:59] ")));
    all.push(framed(key, |_| "app_1  | ".into()));
    all.push(framed(key, |line| format!(" {} | ", 8 + line)));
    all.push(framed(key, |_| "+".into()));
    all.push(framed(key, |_| "-".into()));
    all.push(framed(key, |_| "      ".into()));
    all.push(framed(key, |_| "> ".into()));
    all
}

#[test]
fn keys_go_whatever_stands_before_their_lines() {
    for (log, expected) in all() {
        assert_eq!(redact(&log), expected);
        let windows = log.replace('\n', "\r\n");
        assert_eq!(redact(&windows), expected.replace('\n', "\r\n"));
        // A cut log has no end of the key.
        let cut = log.split("-----END").next().unwrap();
        assert_eq!(redact(cut), expected.split("-----END").next().unwrap());
    }
}

#[test]
fn keys_in_colours_variables_and_code() {
    let [first, second, last] = BODY;
    for (before, each, after) in [
        ("KEY=\"", ("", ""), "\""),
        (
            "2031-01-02T03:04:05Z KEY='",
            ("2031-01-02T03:04:06Z ", ""),
            "'",
        ),
        ("\u{1b}[36;1m", ("\u{1b}[36;1m", "\u{1b}[0m"), ""),
        ("key = \"", ("  \"", "\\n\" +"), "\";"),
    ] {
        let text = |body: [&str; 3]| {
            let lines = body
                .map(|line| format!("{}{line}{}\n", each.0, each.1))
                .concat();
            let ends = ["-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"];
            format!(
                "{before}{}{}\n{lines}{}{}{after}\nafter\n",
                ends[0], each.1, each.0, ends[1]
            )
        };
        assert_eq!(redact(&text([first, second, last])), text([MARK; 3]));
    }
}

#[test]
fn headers_and_blank_lines_of_a_key_stay() {
    let text = |body: &str| {
        format!(
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,12\n\n{body}\n\
             -----END RSA PRIVATE KEY-----\n"
        )
    };
    assert_eq!(redact(&text(BODY[0])), text(MARK));
}

#[test]
fn keys_on_one_line() {
    let body = BODY.join("\\n");
    let text = |body: &str| {
        format!(
            "{{\"private_key\": \"-----BEGIN PRIVATE KEY-----{body}-----END PRIVATE KEY-----\\n\", \"x\": 1}}"
        )
    };
    assert_eq!(redact(&text(&format!("\\n{body}\\n"))), text(MARK));
    let cut = format!("\"-----BEGIN PRIVATE KEY-----\\n{body}");
    assert_eq!(redact(&cut), format!("\"-----BEGIN PRIVATE KEY-----{MARK}"));
}

#[test]
fn putty_counts_its_lines() {
    let text = |body: &str| {
        format!("Public-Lines: 1\nAAAA\nPrivate-Lines: 2\n{body}\n{body}\nPrivate-MAC: 12ab\n")
    };
    assert_eq!(redact(&text(BODY[0])), text(MARK));
}

#[test]
fn lines_of_others_in_between_stay_and_hide_nothing() {
    let text = |one: &str, two: &str, token: &str| {
        format!(
            "-----BEGIN PRIVATE KEY-----\n{one}\nworker 2: done, {token}\n{two}\n-----END PRIVATE KEY-----\n"
        )
    };
    let token = format!("ghp_{}", "q7Zp".repeat(9));
    assert_eq!(
        redact(&text(BODY[0], BODY[1], &token)),
        text(MARK, MARK, MARK)
    );
}

#[test]
fn what_is_said_of_keys_stays() {
    for text in [
        "expected -----BEGIN PRIVATE KEY----- and -----END PRIVATE KEY-----\nnext\n",
        "grep 'BEGIN RSA PRIVATE KEY' *.pem\nfound nothing here\nnor there\n",
        "-----BEGIN PRIVATE KEY-----\nthis is a line of words\nand one more\nand more\nfinished\ndone\n",
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n",
    ] {
        assert_eq!(redact(text), text);
    }
}

/// A block that never ends takes no more than its lines.
#[test]
fn a_key_without_an_end_is_bounded() {
    let log = format!(
        "-----BEGIN PRIVATE KEY-----\n{}",
        format!("{}\n", BODY[0]).repeat(3_000)
    );
    let marks = redact(&log).matches(MARK).count();
    assert_eq!(marks, 1_024);
}
