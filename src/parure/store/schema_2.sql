-- What version 2 adds: what was searched for, counted by day (number of days since 1970 UTC) and words, without who asked.

-- query: lower case, spaces folded, at most 100 characters; or what stands for a longer one, or for none. searches: how
-- often; empty: how often nothing was found; results and took_ms: sums, for means. Rows go after 90 days.
CREATE TABLE searches (
  day INTEGER NOT NULL,
  query TEXT NOT NULL,
  searches INTEGER NOT NULL,
  empty INTEGER NOT NULL,
  results INTEGER NOT NULL,
  took_ms REAL NOT NULL,
  PRIMARY KEY (day, query)
) STRICT, WITHOUT ROWID;

-- Of an item that was changed live: where the sequence stood when the shop's own files came to say it, 0 before that; what
-- has been trained since then goes by the files.
ALTER TABLE items ADD COLUMN settled_seq INTEGER NOT NULL DEFAULT 0;
