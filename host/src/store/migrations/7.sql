-- Version 7: what became of changes and what that teaches, and jobs that were
-- run again.

-- Each thing that became of a task's change, once.
CREATE TABLE outcome (
    task TEXT NOT NULL REFERENCES task (id),
    kind TEXT NOT NULL,
    -- For people; null where the kind says it all.
    why  TEXT,
    at   INTEGER NOT NULL,
    PRIMARY KEY (task, kind)
) STRICT;

-- What we do to a published change: intended, then done.
CREATE TABLE change_edit (
    task        TEXT NOT NULL REFERENCES task (id),
    kind        TEXT NOT NULL,
    -- The edit as JSON: a try that was cut off is carried out as it was meant.
    edit        TEXT NOT NULL,
    -- The outcome that it comes to.
    outcome     TEXT NOT NULL,
    why         TEXT NOT NULL,
    intended_at INTEGER NOT NULL,
    done_at     INTEGER,
    PRIMARY KEY (task, kind)
) STRICT;

-- What a strategy's proposal taught, as it is known by now.
CREATE TABLE lesson (
    task       TEXT NOT NULL REFERENCES task (id),
    strategy   TEXT NOT NULL,
    agent      TEXT NOT NULL,
    repository TEXT NOT NULL,
    stated     REAL NOT NULL,
    lesson     TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (task, strategy)
) STRICT;
CREATE INDEX lesson_by_strategy ON lesson (agent, strategy, repository, at);

-- Attempts that we asked for.
CREATE TABLE rerun (
    -- The run's key as it is written for its first attempt.
    run         TEXT NOT NULL,
    -- The attempt that had failed.
    attempt     INTEGER NOT NULL,
    task        TEXT NOT NULL REFERENCES task (id),
    repository  TEXT NOT NULL,
    commit_id   TEXT NOT NULL,
    job         TEXT NOT NULL,
    intended_at INTEGER NOT NULL,
    -- The attempt it made; null between intent and outcome.
    made        INTEGER,
    -- How that ended: `passed` or `failed`.
    ended       TEXT,
    PRIMARY KEY (run, attempt)
) STRICT;
CREATE INDEX rerun_by_job ON rerun (repository, commit_id, job);

-- How an incident ended (`repaired`, `flaky`); null while it goes on. What
-- shows again goes on again.
ALTER TABLE incident ADD COLUMN ended TEXT;
ALTER TABLE incident ADD COLUMN ended_at INTEGER;
