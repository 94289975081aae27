-- Hits that correlations are about, packed closer and tallied. No standard
-- that was shipped before made any; what other rules kept is let go, and
-- their runs go on with the hits that come.

DROP TABLE hit_block;

-- Hits of one group from one batch, some dozens in a row. Blocks that reach
-- into a stretch of time have their last hit in it or at most a span later,
-- and are found by that.
CREATE TABLE hit_block (
	contractor_id  integer NOT NULL,
	correlation_id integer NOT NULL,
	group_key      bytea NOT NULL,
	last_hit       timestamptz NOT NULL,
	first_hit      timestamptz NOT NULL,
	batch_id       bigint NOT NULL,
	part           integer NOT NULL,
	system_id      integer NOT NULL,
	count          integer NOT NULL,
	tallies        bytea NOT NULL,
	hits           bytea NOT NULL,
	PRIMARY KEY (contractor_id, correlation_id, group_key, last_hit, first_hit, batch_id, part)
);
ALTER TABLE hit_block ALTER COLUMN hits SET STORAGE EXTERNAL;
COMMENT ON COLUMN hit_block.group_key IS 'name.id of each group-by value, big-endian; compares as the values do';
COMMENT ON COLUMN hit_block.tallies IS 'how many hits lie in which quarter of a timespan: numbers of seven bits a byte, each bucket''s distance from the one before, then its count';
COMMENT ON COLUMN hit_block.hits IS 'hits one after the other, in the order of time, each as what differs from the one before';

GRANT SELECT ON hit_block TO muster_daemon, muster_officer, muster_auditor;
GRANT INSERT ON hit_block TO muster_daemon;
