//! Which names say that their value is a secret.

/// How much a name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrecy {
    /// A value of any look: people choose passwords.
    Password,
    /// A value that a machine made.
    Token,
    /// A key of some kind, which in logs is mostly none of a lock: only a long
    /// random value.
    Key,
}

/// Longest name looked at, in bytes.
pub(super) const LONGEST: usize = 64;

/// Ends of names, written without what separates their words.
const PASSWORDS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passwort",
    "pwd",
    "secret",
    "secretkey",
    "clientsecret",
    "storepass",
    "keypass",
];
const TOKENS: &[&str] = &[
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "accountkey",
    "authkey",
    "signingkey",
    "encryptionkey",
    "masterkey",
    "secretkeybase",
    "subscriptionkey",
    "applicationkey",
    "credential",
    "credentials",
    "secretid",
    "servicekey",
    "deploykey",
    "licensekey",
    "sharedaccesssignature",
];
/// Tokens that page, stop or parse.
const OTHER_TOKENS: &[&str] = &[
    "nexttoken",
    "pagetoken",
    "continuationtoken",
    "continuetoken",
    "cancellationtoken",
    "canceltoken",
    "unexpectedtoken",
    "expectedtoken",
    "invalidtoken",
    "synctoken",
    "endtoken",
    "starttoken",
    "tokentoken",
    "stoptoken",
    "eostoken",
    "bostoken",
    "padtoken",
    "currenttoken",
    "lasttoken",
    "firsttoken",
    "prevtoken",
];
/// Keys that open nothing.
const OTHER_KEYS: &[&str] = &[
    "cachekey",
    "publickey",
    "primarykey",
    "foreignkey",
    "sortkey",
    "partitionkey",
    "objectkey",
    "hostkey",
    "bucketkey",
    "restorekey",
    "idempotencykey",
    "uniquekey",
    "hashkey",
    "indexkey",
    "rowkey",
    "mapkey",
    "pubkey",
    "groupkey",
    "issuekey",
    "projectkey",
    "routingkey",
    "dedupkey",
    "lookupkey",
    "storagekey",
    "s3key",
    "gpgkey",
    "localkey",
    "buildkey",
    "jobkey",
    "eventkey",
    "statekey",
    "querykey",
    "itemkey",
    "messagekey",
    "i18nkey",
    "translationkey",
    "matchedkey",
    "invalidkey",
    "missingkey",
    "duplicatekey",
    "registrykey",
    "keykey",
];
/// Words after the one that counts.
const TAILS: &[&str] = &[
    "value",
    "base64",
    "b64",
    "raw",
    "plain",
    "prod",
    "production",
    "staging",
    "dev",
    "test",
];

/// What a name says of its value; names of one letter's case or another, and
/// with any separators, are the same.
pub(super) fn secrecy(name: &[u8]) -> Option<Secrecy> {
    let name = without_tail(name);
    let letters: Vec<u8> = name
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(u8::to_ascii_lowercase)
        .collect();
    let letters = without_number(&letters);
    let ends = |list: &[&str]| list.iter().any(|end| letters.ends_with(end.as_bytes()));
    let secrecy = if ends(PASSWORDS) || is_short_for_password(name, letters) {
        Secrecy::Password
    } else if ends(TOKENS) {
        Secrecy::Token
    } else if is_last(name, b"key") || is_last(name, b"auth") || name == b"auth" {
        Secrecy::Key
    } else {
        return None;
    };
    (!ends(OTHER_TOKENS) && !ends(OTHER_KEYS)).then_some(secrecy)
}

/// Whether a word ends a name of several.
fn is_last(name: &[u8], word: &[u8]) -> bool {
    name.len() > word.len() && last_word(name).eq_ignore_ascii_case(word)
}

/// `pass` ends names of counts and of tests as well, so not by itself.
fn is_short_for_password(name: &[u8], letters: &[u8]) -> bool {
    const BEFORE: &[&str] = &[
        "db", "user", "smtp", "mail", "ftp", "ssh", "admin", "root", "redis", "mysql", "postgres",
        "pg", "rabbitmq", "docker", "registry", "sonatype", "ossrh", "nexus", "keystore", "gpg",
        "sign", "login", "svn", "git", "proxy", "mongo", "ldap", "auth", "http", "sudo",
    ];
    let Some(before) = letters.strip_suffix(b"pass") else {
        return false;
    };
    last_word(name).eq_ignore_ascii_case(b"pass")
        && BEFORE.iter().any(|word| before.ends_with(word.as_bytes()))
}

/// The last word of a name: what follows its last separator, or its last
/// capital after a small letter.
fn last_word(name: &[u8]) -> &[u8] {
    let separator = name
        .iter()
        .rposition(|byte| matches!(byte, b'_' | b'-' | b'.'));
    let word = separator.map_or(name, |at| &name[at + 1..]);
    let hump = word
        .windows(2)
        .rposition(|w| w[0].is_ascii_lowercase() && w[1].is_ascii_uppercase());
    hump.map_or(word, |at| &word[at + 1..])
}

/// `DEPLOY_TOKEN_PROD` is a token; `TOKEN_FILE` is not.
fn without_tail(name: &[u8]) -> &[u8] {
    let Some(at) = name
        .iter()
        .rposition(|byte| matches!(byte, b'_' | b'-' | b'.'))
    else {
        return name;
    };
    let tail = &name[at + 1..];
    let known = TAILS
        .iter()
        .any(|word| tail.eq_ignore_ascii_case(word.as_bytes()));
    match known || !tail.is_empty() && tail.iter().all(u8::is_ascii_digit) {
        true => &name[..at],
        false => name,
    }
}

fn without_number(letters: &[u8]) -> &[u8] {
    let digits = letters
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit());
    &letters[..letters.len() - digits.count()]
}
