-- Version 9: repositories that ConfigOptimizer looks at on a timetable.
CREATE TABLE look (
    repository TEXT PRIMARY KEY,
    looked_at  INTEGER NOT NULL,
    -- When it is looked at again.
    due_at     INTEGER NOT NULL,
    -- Why nothing could be looked at; null where it could.
    trouble    TEXT
) STRICT;
