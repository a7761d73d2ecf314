-- The operational store of a shop: what happened since its tables were taken in.
-- One sequence, kept in facts, numbers everything that is written, in the order of the commits. A reader that has seen
-- everything up to a number reads on from there, table by table. Numbers are never given twice; some are left out.

-- Single values: schema (version of this file), last_seq (the last number given), sorted_seq (up to which the events are
-- in events_of_user), events (how many there are) and retries (commits that went well after one that failed).
CREATE TABLE facts (
  name TEXT NOT NULL PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row an event, under the user that it is attributed to today. seq: its place in the sequence; an event that a merge
-- gives to another user gets a new one, so that readers meet it again. event_id: the sender's name for it, stored once.
CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  event_id TEXT NOT NULL UNIQUE CHECK (event_id <> ''),
  user_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  item_id TEXT NOT NULL,
  kind INTEGER NOT NULL,
  timestamp_us INTEGER NOT NULL,
  quantity REAL NOT NULL,
  price_cents INTEGER NOT NULL,
  duration_s REAL NOT NULL,
  recommendation_id TEXT NOT NULL,
  surface TEXT NOT NULL,
  order_id TEXT NOT NULL,
  received_us INTEGER NOT NULL
) STRICT;

-- The events of one user, in the order of seq, up to the number sorted_seq of facts; those after it are few enough to be
-- kept in memory. An index would be of all events, and users come in any order: every commit would write as many pages
-- as it has events. Rows are added many thousands at a time, in the order of the key.
CREATE TABLE events_of_user (
  user_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (user_id, seq)
) STRICT, WITHOUT ROWID;

-- How many events came in a minute (number of minutes since 1970 UTC), by surface, kind and whether they name the
-- recommendation that they follow. Statistics read these rows and not the log.
CREATE TABLE event_minutes (
  minute INTEGER NOT NULL,
  surface TEXT NOT NULL,
  kind INTEGER NOT NULL,
  recommended INTEGER NOT NULL,
  events INTEGER NOT NULL,
  PRIMARY KEY (minute, surface, kind, recommended)
) STRICT, WITHOUT ROWID;

-- One row an item that was changed live: everything that was said about it, the latest word on each column.
CREATE TABLE items (
  item_id TEXT NOT NULL PRIMARY KEY,
  seq INTEGER NOT NULL UNIQUE,
  at_us INTEGER NOT NULL,
  removed INTEGER NOT NULL,
  attributes TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row an id that turned out to be another user. to_id is never itself a from_id: chains are resolved when written.
CREATE TABLE merges (
  from_id TEXT NOT NULL PRIMARY KEY,
  to_id TEXT NOT NULL,
  seq INTEGER NOT NULL UNIQUE,
  at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX merges_into ON merges (to_id);

-- One row a user who was asked whether what they do may be used. agreed: 1, 0, or NULL where the answer was withdrawn.
CREATE TABLE consents (
  user_id TEXT NOT NULL PRIMARY KEY,
  agreed INTEGER,
  seq INTEGER NOT NULL UNIQUE,
  at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
