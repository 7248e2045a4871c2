-- Version 2: runs that passed are kept beside those that failed, and what
-- deliveries tell besides runs has a place.

-- How it ended: `success`, or the word of a red conclusion.
ALTER TABLE run ADD COLUMN conclusion TEXT NOT NULL DEFAULT 'failure';
ALTER TABLE run ADD COLUMN commit_id TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN workflow TEXT NOT NULL DEFAULT '';
UPDATE run SET
    conclusion = event ->> '$.conclusion',
    commit_id = event ->> '$.commit',
    workflow = event ->> '$.workflow';
-- One commit, different conclusions: a flaky job.
CREATE INDEX run_by_commit ON run (repository, commit_id);

-- The forge's own word for why the job failed.
ALTER TABLE job_log ADD COLUMN failure_reason TEXT;

-- What became of it: `merged` or `closed`; null while it is open.
ALTER TABLE change ADD COLUMN outcome TEXT;
ALTER TABLE change ADD COLUMN ended_at INTEGER;

-- What deliveries told besides runs. The key says what it is about, so that a
-- replay is known whatever id it comes with.
CREATE TABLE happening (
    key         TEXT PRIMARY KEY,
    event       TEXT NOT NULL,
    delivery    INTEGER REFERENCES delivery (id),
    received_at INTEGER NOT NULL
) STRICT;
