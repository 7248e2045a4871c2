//! What a command prints: two streams for agents, one where it is held against
//! CI's log.

use sentinel::runner::{Around, Order, Tier};

use super::{run, settings, shell, source, text, working};

const BOTH: &str = "echo one; echo two >&2; echo three; echo four >&2; exit 3";

#[test]
fn one_stream_keeps_the_order_in_which_both_were_written() {
    for tier in Tier::ALL {
        let Some(runner) = working(settings(tier)) else {
            continue;
        };
        let said = |one_stream: bool| {
            let around = Around {
                one_stream,
                ..Around::default()
            };
            let order = Order {
                around,
                ..shell(BOTH)
            };
            let ran = run(&runner, &order, &source(&[])).unwrap();
            assert_eq!(ran.exit, Some(3), "{ran:?}");
            (text(&ran.stdout.text()), text(&ran.stderr.text()))
        };
        let one = ("one\ntwo\nthree\nfour\n".to_owned(), String::new());
        assert_eq!(said(true), one, "{tier:?}");
        let apart = ("one\nthree\n".to_owned(), "two\nfour\n".to_owned());
        assert_eq!(said(false), apart, "{tier:?}");
    }
}

/// Whoever closes one of them, or hands it to somebody who stays, changes
/// nothing about how the other ends.
#[test]
fn one_stream_ends_with_the_command() {
    for tier in Tier::ALL {
        let Some(runner) = working(settings(tier)) else {
            continue;
        };
        let around = Around {
            one_stream: true,
            ..Around::default()
        };
        let script = "exec 2>&-; (sleep 60; echo late) & echo now";
        let order = Order {
            around,
            ..shell(script)
        };
        let ran = run(&runner, &order, &source(&[])).unwrap();
        assert_eq!(text(&ran.stdout.text()), "now\n", "{tier:?}");
        assert!(ran.killed.is_none() && ran.exit == Some(0), "{ran:?}");
    }
}
