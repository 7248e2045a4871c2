-- Version 5: logs are stored without their secrets. How many of which rule were
-- taken out, as JSON; NULL for a log that an older version stored as it came.
ALTER TABLE job_log ADD COLUMN taken TEXT;
