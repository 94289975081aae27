-- What is missing: how far the logs reach, and hits that wait for them to reach
-- further.

ALTER TABLE correlation
	ADD COLUMN answer_before bigint NOT NULL DEFAULT 0,
	ADD COLUMN answer_distinct boolean NOT NULL DEFAULT false,
	ADD COLUMN answer_known boolean NOT NULL DEFAULT false,
	ADD COLUMN gap_open boolean NOT NULL DEFAULT false,
	ADD COLUMN travel_speed bigint NOT NULL DEFAULT 0,
	ADD COLUMN travel_distance bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN correlation.answer_before IS 'microseconds of the timespan that lie before the trigger of an absence';
COMMENT ON COLUMN correlation.answer_distinct IS 'an answer counts only if its value is not that of the trigger';
COMMENT ON COLUMN correlation.answer_known IS 'only where the contractor''s logs had an answer before, in whatever group';
COMMENT ON COLUMN correlation.gap_open IS 'a gap that has no end yet counts';
COMMENT ON COLUMN correlation.travel_speed IS 'km/h, to be exceeded';
COMMENT ON COLUMN correlation.travel_distance IS 'km, to be exceeded';

-- Earliest and latest event of all batches that were judged by a correlation;
-- an event later than its delivery reaches no further than that.
CREATE TABLE reach (
	contractor_id  integer NOT NULL,
	correlation_id integer NOT NULL,
	first_event    timestamptz NOT NULL,
	last_event     timestamptz NOT NULL,
	first_answer   timestamptz,
	PRIMARY KEY (contractor_id, correlation_id)
);
COMMENT ON COLUMN reach.first_answer IS 'of an absence that is only told where answers are known: the earliest, of any group; none: there was none';

-- A group is looked at again around a hit once the logs reach past a moment,
-- or begin behind it, or there was an answer at or before it.
CREATE TABLE undecided (
	contractor_id  integer NOT NULL,
	correlation_id integer NOT NULL,
	waits_for      text NOT NULL CHECK (waits_for IN ('after', 'before', 'known')),
	until          timestamptz NOT NULL,
	group_key      bytea NOT NULL,
	time           timestamptz NOT NULL,
	PRIMARY KEY (contractor_id, correlation_id, waits_for, until, group_key, time)
);

COMMENT ON COLUMN run.last_hit IS 'the last moment that can be kept: it has not ended';

GRANT SELECT ON reach, undecided TO muster_daemon, muster_auditor;
GRANT INSERT, UPDATE ON reach TO muster_daemon;
GRANT INSERT, DELETE ON undecided TO muster_daemon;

-- The feeds themselves: systems that fall silent, and numbers that are missing.
ALTER TABLE correlation ADD COLUMN silent_intervals bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN correlation.silent_intervals IS 'of a silence: as many of the agreed intervals may pass';

CREATE INDEX delivery_of_system ON delivery (contractor_id, system_id, received_at);

-- Each silence that was ever found, and its violation.
CREATE TABLE silence (
	contractor_id integer NOT NULL,
	rule_key      text NOT NULL,
	system_id     integer NOT NULL,
	since         timestamptz NOT NULL,
	violation_id  bigint NOT NULL,
	ended         boolean NOT NULL DEFAULT false,
	PRIMARY KEY (contractor_id, rule_key, system_id, since)
);
CREATE INDEX silence_goes_on ON silence (contractor_id, system_id) WHERE NOT ended;
COMMENT ON COLUMN silence.since IS 'last delivery before it, or enrolment';

-- Numbers that a system's records have borne, and those between that none has.
CREATE TABLE sequence (
	contractor_id integer NOT NULL,
	system_id     integer NOT NULL,
	numbers       int8multirange NOT NULL,
	PRIMARY KEY (contractor_id, system_id)
);
CREATE TABLE hole (
	contractor_id integer NOT NULL,
	system_id     integer NOT NULL,
	first         bigint NOT NULL,
	last          bigint NOT NULL,
	since         timestamptz NOT NULL,
	PRIMARY KEY (contractor_id, system_id, first)
);
CREATE INDEX hole_since ON hole (since);
COMMENT ON COLUMN hole.since IS 'delivery of the first record with a greater number';
CREATE TABLE hole_violation (
	contractor_id integer NOT NULL,
	rule_key      text NOT NULL,
	system_id     integer NOT NULL,
	first         bigint NOT NULL,
	last          bigint NOT NULL,
	violation_id  bigint NOT NULL,
	PRIMARY KEY (contractor_id, rule_key, system_id, first, last)
);

GRANT SELECT ON silence, sequence, hole, hole_violation TO muster_daemon, muster_auditor;
GRANT INSERT, UPDATE ON silence, sequence TO muster_daemon;
GRANT INSERT, DELETE ON hole, hole_violation TO muster_daemon;
