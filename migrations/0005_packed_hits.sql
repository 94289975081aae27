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
COMMENT ON COLUMN hit_block.tallies IS 'how many hits lie in which eighth of a timespan: numbers of seven bits a byte, each bucket''s distance from the one before, then its count';
COMMENT ON COLUMN hit_block.hits IS 'hits one after the other, in the order of time, each as what differs from the one before';

GRANT SELECT ON hit_block TO muster_daemon, muster_auditor;
GRANT INSERT, DELETE ON hit_block TO muster_daemon;

-- Thresholds of contractors: another bound or another timespan for one of
-- their correlations than the standard says. Rows are only added; the last
-- of a rule counts, and one without both gives the standard its word back.
CREATE TABLE threshold (
	contractor_id integer NOT NULL REFERENCES contractor,
	rule_key      text NOT NULL,
	number        integer NOT NULL,
	bound         text,
	timespan      bigint CHECK (timespan > 0),
	said          text NOT NULL,
	since         timestamptz NOT NULL DEFAULT now(),
	set_by        text NOT NULL,
	PRIMARY KEY (contractor_id, rule_key, number)
);
COMMENT ON COLUMN threshold.bound IS 'a number in place of the rule''s only bound; null: as the standard says';
COMMENT ON COLUMN threshold.timespan IS 'microseconds; null: as the standard says';
COMMENT ON COLUMN threshold.said IS 'both as they were given, for people';

CREATE VIEW threshold_in_force WITH (security_invoker = true) AS
	SELECT DISTINCT ON (contractor_id, rule_key) contractor_id, rule_key, number, bound,
		timespan, said, since, set_by
	FROM threshold ORDER BY contractor_id, rule_key, number DESC;

ALTER TABLE violation ADD COLUMN threshold integer;
COMMENT ON COLUMN violation.threshold IS 'threshold.number by which its run was made last; null: as the standard says';

SELECT read_by_portfolio('threshold');
GRANT SELECT ON threshold_in_force TO muster_daemon, muster_officer, muster_supervisor,
	muster_appeals, muster_liaison, muster_auditor;
GRANT INSERT (threshold), UPDATE (threshold) ON violation TO muster_daemon;
