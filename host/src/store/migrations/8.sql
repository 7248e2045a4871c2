-- Version 8: what language models cost. A request is reserved before it is
-- sent, at its worst, and settled when it is known; one that was never settled
-- counts at its worst.
CREATE TABLE model_use (
    id            INTEGER PRIMARY KEY,
    at            INTEGER NOT NULL,
    -- The operator's name for it.
    model         TEXT NOT NULL,
    task          TEXT NOT NULL,
    repository    TEXT,
    outcome       TEXT NOT NULL CHECK (outcome IN ('reserved', 'answered', 'failed')),
    -- As the provider counts them; 0 until it has.
    input_tokens  INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL DEFAULT 0,
    -- What counts against the budgets.
    tokens        INTEGER NOT NULL,
    micros        INTEGER NOT NULL
) STRICT;
CREATE INDEX model_use_by_task ON model_use (model, task);
CREATE INDEX model_use_by_repository ON model_use (model, repository, at);
CREATE INDEX model_use_by_time ON model_use (model, at);
