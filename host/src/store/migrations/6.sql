-- Version 6: what people ask for in comments is done, once.

-- Commands that were decided. Until the answer is on the forge `answered_at`
-- is null, and `answer` says what is still to be said.
CREATE TABLE command (
    key         TEXT PRIMARY KEY,
    repository  TEXT NOT NULL,
    change      INTEGER NOT NULL,
    -- Who it was, by the forge's word.
    author      TEXT NOT NULL,
    word        TEXT NOT NULL,
    -- 'ALLOW', 'BLOCK' or 'ERROR'.
    verdict     TEXT NOT NULL,
    answer      TEXT,
    decided_at  INTEGER NOT NULL,
    answered_at INTEGER
) STRICT;
CREATE INDEX command_by_time ON command (repository, decided_at);

-- What a person does not want: an incident's repair on a branch, or with no
-- incident anything there.
CREATE TABLE halt (
    repository TEXT NOT NULL,
    branch     TEXT NOT NULL,
    incident   TEXT NOT NULL DEFAULT '',
    by         TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (repository, branch, incident)
) STRICT;

-- What waits on a branch.
CREATE INDEX task_by_branch ON task (repository, record ->> '$.target', created_at);
