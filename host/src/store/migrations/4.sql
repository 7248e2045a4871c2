-- Version 4: what is known of a failure beside its own run, what lies beside a
-- log when it is read, and what is to be done first.

ALTER TABLE run ADD COLUMN branch TEXT NOT NULL DEFAULT '';
UPDATE run SET branch = event ->> '$.branch';
-- How a branch ended, newest first.
CREATE INDEX run_by_branch ON run (repository, branch, received_at);
-- Which repositories were red lately.
CREATE INDEX run_by_time ON run (received_at, conclusion, repository);

-- From 0 to 100, as it was when it was last seen.
ALTER TABLE incident ADD COLUMN urgency INTEGER NOT NULL DEFAULT 0;
-- One failure in how many repositories.
CREATE INDEX incident_by_fingerprint ON incident (fingerprint, last_seen);
CREATE INDEX incident_by_time ON incident (last_seen);

-- `due` is `not_before` less what its urgency is worth: the order of the queue.
ALTER TABLE work ADD COLUMN urgency INTEGER NOT NULL DEFAULT 0;
ALTER TABLE work ADD COLUMN due INTEGER NOT NULL DEFAULT 0;
UPDATE work SET due = not_before;
DROP INDEX work_ready;
CREATE INDEX work_ready ON work (dead, leased, due);

-- Logs of jobs that passed, and what no CI system gave: that is not asked for
-- again.
CREATE TABLE passing_log (
    run        TEXT NOT NULL,
    name       TEXT NOT NULL,
    -- Null where there is none to be had.
    digest     TEXT,
    fetched_at INTEGER NOT NULL,
    PRIMARY KEY (run, name)
) STRICT;

-- What became of a task's change.
CREATE INDEX change_by_task ON change (task);
