-- Version 3: what agents there are, what was compiled of them, and what their
-- runs can be repeated from.

-- Which bytes are the machine code this host compiled (a file of the
-- artifacts directory). Only what has this digest is ever loaded.
CREATE TABLE artifact (
    key    TEXT PRIMARY KEY,
    digest TEXT NOT NULL
) STRICT;

-- Components by name. One of a name is active; one that asks for more than the
-- active one waits for a person.
CREATE TABLE agent (
    name          TEXT NOT NULL,
    version       TEXT NOT NULL,
    digest        TEXT NOT NULL,
    -- As it was read from the component, as JSON.
    manifest      TEXT NOT NULL,
    -- 'active', 'held' or 'former'.
    state         TEXT NOT NULL,
    registered_at INTEGER NOT NULL,
    PRIMARY KEY (name, digest)
) STRICT;
CREATE UNIQUE INDEX agent_active ON agent (name) WHERE state = 'active';

-- The recording of a task's run: a blob from which it can be replayed.
CREATE TABLE recording (
    task        TEXT PRIMARY KEY,
    digest      TEXT NOT NULL,
    agent       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX recording_by_time ON recording (kind, recorded_at);

-- What became of a repository's earlier failures.
CREATE INDEX task_by_repository ON task (repository, kind, updated_at);
CREATE INDEX task_by_incident ON task (incident);
