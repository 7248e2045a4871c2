-- One file. Statuses are words of the enums that own them; times are
-- milliseconds since the epoch; digests are SHA-256 in hexadecimal and name
-- blobs, which are synced before the row that names them is committed.

CREATE TABLE delivery (
    id          INTEGER PRIMARY KEY,
    provider    TEXT NOT NULL,
    -- The sender's id: outside the signature, so `run` dedups as well.
    delivery    TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    body        BLOB NOT NULL,
    UNIQUE (provider, delivery)
) STRICT;

CREATE TABLE run (
    key         TEXT PRIMARY KEY,
    repository  TEXT NOT NULL,
    event       TEXT NOT NULL,
    -- None where polling found the run.
    delivery    INTEGER REFERENCES delivery (id),
    received_at INTEGER NOT NULL
) STRICT;
CREATE INDEX run_by_repository ON run (repository, received_at);

CREATE TABLE job_log (
    run       TEXT NOT NULL REFERENCES run (key),
    job       TEXT NOT NULL,
    name      TEXT NOT NULL,
    digest    TEXT NOT NULL,
    bytes     INTEGER NOT NULL,
    truncated INTEGER NOT NULL,
    PRIMARY KEY (run, job)
) STRICT;

CREATE TABLE incident (
    id          TEXT PRIMARY KEY,
    repository  TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    class       TEXT NOT NULL,
    first_seen  INTEGER NOT NULL,
    last_seen   INTEGER NOT NULL,
    UNIQUE (repository, fingerprint)
) STRICT;

CREATE TABLE failure (
    run      TEXT NOT NULL REFERENCES run (key),
    job      TEXT NOT NULL,
    ordinal  INTEGER NOT NULL,
    incident TEXT NOT NULL REFERENCES incident (id),
    body     TEXT NOT NULL,
    PRIMARY KEY (run, job, ordinal)
) STRICT;
CREATE INDEX failure_by_incident ON failure (incident);

CREATE TABLE task (
    id         TEXT PRIMARY KEY,
    kind       TEXT NOT NULL,
    state      TEXT NOT NULL,
    repository TEXT NOT NULL,
    run        TEXT NOT NULL REFERENCES run (key),
    job        TEXT NOT NULL,
    incident   TEXT REFERENCES incident (id),
    -- Everything else people and later stages read, as JSON.
    record     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX task_by_state ON task (state, created_at);

CREATE TABLE change (
    repository TEXT NOT NULL,
    branch     TEXT NOT NULL,
    task       TEXT NOT NULL REFERENCES task (id),
    -- The published change as JSON; null between intent and outcome.
    published  TEXT,
    intended_at INTEGER NOT NULL,
    PRIMARY KEY (repository, branch, task)
) STRICT;
CREATE INDEX change_by_time ON change (repository, intended_at);

CREATE TABLE work (
    id         INTEGER PRIMARY KEY,
    stage      TEXT NOT NULL,
    subject    TEXT NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER NOT NULL,
    -- Set while a worker has it.
    leased     INTEGER NOT NULL DEFAULT 0,
    error      TEXT,
    -- Set when it is given up; kept for people to see.
    dead       INTEGER NOT NULL DEFAULT 0,
    UNIQUE (stage, subject)
) STRICT;
CREATE INDEX work_ready ON work (dead, leased, not_before);

CREATE TABLE ledger (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- Canonical JSON (RFC 8785).
    body    TEXT NOT NULL,
    content TEXT NOT NULL,
    -- Set by the sequencer, both or neither.
    idx     INTEGER UNIQUE,
    link    TEXT,
    CHECK ((idx IS NULL) = (link IS NULL))
) STRICT;
CREATE INDEX ledger_unsequenced ON ledger (id) WHERE idx IS NULL;
CREATE INDEX ledger_by_subject ON ledger (subject);
