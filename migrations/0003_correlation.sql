-- Correlations: what several records together show. The hits of a group, the
-- runs they make, and the violations that are runs and not days.

-- One row for each way in which a correlation was ever defined. What changes
-- its definition makes another, with hits and runs of its own.
CREATE TABLE correlation (
	id          integer PRIMARY KEY,
	rule_key    text NOT NULL,
	type        text NOT NULL,
	timespan    bigint NOT NULL CHECK (timespan >= 0),
	rules       text[] NOT NULL,
	group_by    text[] NOT NULL,
	bounds      text[] NOT NULL CHECK (cardinality(bounds) = 6),
	finding     boolean NOT NULL,
	explanation text NOT NULL
);
COMMENT ON COLUMN correlation.timespan IS 'microseconds';
COMMENT ON COLUMN correlation.bounds IS 'of >, >=, <, <=, =, not =; empty: not compared';
COMMENT ON COLUMN correlation.finding IS 'a run of it is a violation; else it only serves other correlations';

ALTER TABLE rule ADD COLUMN correlation_id integer REFERENCES correlation;

-- Hits of one group from one batch, some hundred in a row: hits are many and
-- are read by stretches of time. bucket is the number of the timespan, from
-- 1970, in which all of them lie.
CREATE TABLE hit_block (
	contractor_id  integer NOT NULL,
	correlation_id integer NOT NULL,
	group_key      bytea NOT NULL,
	bucket         bigint NOT NULL,
	batch_id       bigint NOT NULL,
	part           integer NOT NULL,
	count          integer NOT NULL,
	first_hit      timestamptz NOT NULL,
	last_hit       timestamptz NOT NULL,
	hits           bytea NOT NULL,
	PRIMARY KEY (contractor_id, correlation_id, group_key, bucket, batch_id, part)
);
ALTER TABLE hit_block ALTER COLUMN hits SET STORAGE EXTERNAL;
COMMENT ON COLUMN hit_block.group_key IS 'name.id of each group-by value, big-endian; compares as the values do';
COMMENT ON COLUMN hit_block.hits IS 'hits packed one after the other, big-endian, in the order of time';

-- Hits covered by overlapping windows in which the condition held.
CREATE TABLE run (
	contractor_id  integer NOT NULL,
	correlation_id integer NOT NULL,
	group_key      bytea NOT NULL,
	first_hit      timestamptz NOT NULL,
	last_hit       timestamptz NOT NULL,
	count          bigint NOT NULL,
	became         bytea NOT NULL,
	level          smallint NOT NULL,
	violation_id   bigint,
	evidence       integer NOT NULL DEFAULT 0,
	PRIMARY KEY (contractor_id, correlation_id, group_key, first_hit)
);
CREATE INDEX run_violation ON run (contractor_id, violation_id);
COMMENT ON COLUMN run.became IS 'the hit with which the condition first became true: its batch, then as in hit_block';
COMMENT ON COLUMN run.evidence IS 'rows of violation_event that are kept; at most 10000 of count';

-- Hits of correlations over correlations: one for each run below.
CREATE TABLE run_hit (
	contractor_id  integer NOT NULL,
	correlation_id integer NOT NULL,
	group_key      bytea NOT NULL,
	time           timestamptz NOT NULL,
	of_correlation integer NOT NULL,
	of_group       bytea NOT NULL,
	of_first       timestamptz NOT NULL,
	position       integer NOT NULL,
	hit            bytea NOT NULL,
	PRIMARY KEY (contractor_id, correlation_id, group_key, time, of_correlation, of_group, of_first, position)
);
CREATE INDEX run_hit_of ON run_hit (contractor_id, of_correlation, of_group, of_first);

-- Violations that are runs: kind "group", several a day.
ALTER TABLE violation
	ADD COLUMN run bigint NOT NULL DEFAULT 0,
	ADD COLUMN merged_into bigint,
	ADD FOREIGN KEY (contractor_id, merged_into) REFERENCES violation (contractor_id, id),
	DROP CONSTRAINT violation_contractor_id_rule_key_subject_kind_subject_day_key,
	ADD CONSTRAINT violation_key UNIQUE (contractor_id, rule_key, subject_kind, subject, day, run);
COMMENT ON COLUMN violation.run IS '0: all of one day; else a run of a correlation, and this is the violation''s id';
COMMENT ON COLUMN violation.merged_into IS 'id of the older violation that has taken this one in';

GRANT SELECT ON correlation, hit_block, run, run_hit TO muster_daemon, muster_officer, muster_auditor;
GRANT INSERT ON hit_block TO muster_daemon;
GRANT INSERT, DELETE ON run, run_hit TO muster_daemon;
GRANT UPDATE (state, merged_into) ON violation TO muster_daemon;
