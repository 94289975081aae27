-- Judging again: what another version of a standard, or a roster that came
-- late, makes of records that are in the books.

-- Each time that changed the books of a contractor.
CREATE TABLE replay (
	contractor_id integer NOT NULL REFERENCES contractor,
	id            bigint NOT NULL,
	standards     text[] NOT NULL,
	roster        bigint NOT NULL,
	since         timestamptz,
	until         timestamptz,
	reason        text NOT NULL CHECK (reason <> ''),
	batches       bigint NOT NULL,
	records       bigint NOT NULL,
	changes       bigint NOT NULL,
	applied_at    timestamptz NOT NULL DEFAULT now(),
	applied_by    text NOT NULL,
	PRIMARY KEY (contractor_id, id)
);
COMMENT ON COLUMN replay.standards IS 'digests of the versions that judged';
COMMENT ON COLUMN replay.roster IS 'version of the contractor''s roster that records were joined to; 0: it had none';

-- What became of one violation. Rows are only ever added.
CREATE TABLE violation_change (
	contractor_id integer NOT NULL,
	id            bigint NOT NULL,
	replay_id     bigint NOT NULL,
	violation_id  bigint NOT NULL,
	what          text NOT NULL CHECK (what IN
		('opened', 'extended', 'shrunk', 'changed', 'merged', 'withdrawn')),
	applied       boolean NOT NULL,
	before        jsonb,
	after         jsonb,
	PRIMARY KEY (contractor_id, id),
	FOREIGN KEY (contractor_id, replay_id) REFERENCES replay (contractor_id, id) DEFERRABLE,
	FOREIGN KEY (contractor_id, violation_id) REFERENCES violation (contractor_id, id)
);
CREATE INDEX violation_change_of ON violation_change (contractor_id, violation_id, id);
COMMENT ON COLUMN violation_change.applied IS 'false: people had decided on it, so it was left as it was';

-- Records that are behind a violation no more.
CREATE TABLE violation_event_gone (
	contractor_id integer NOT NULL,
	change_id     bigint NOT NULL,
	violation_id  bigint NOT NULL,
	batch_id      bigint NOT NULL,
	byte_offset   bigint NOT NULL,
	line          integer NOT NULL,
	byte_length   integer NOT NULL,
	time          timestamptz NOT NULL,
	rule_id       integer NOT NULL,
	PRIMARY KEY (contractor_id, change_id, batch_id, byte_offset),
	FOREIGN KEY (contractor_id, change_id) REFERENCES violation_change (contractor_id, id)
);

COMMENT ON COLUMN violation.run IS '0: all of one day; else a run of a correlation, or withdrawn, and this is the violation''s id';

-- The only way in which a record leaves a violation: it is kept with the change.
CREATE FUNCTION violation_event_leave(contractor integer, change bigint, violation bigint,
	batches bigint[], offsets bigint[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	moved bigint;
BEGIN
	IF NOT EXISTS (SELECT FROM muster.violation_change c WHERE c.contractor_id = contractor
			AND c.id = change AND c.violation_id = violation AND c.applied) THEN
		RAISE EXCEPTION 'violation % has no change %', violation, change;
	END IF;
	WITH gone AS (
		DELETE FROM muster.violation_event e USING unnest(batches, offsets) g (batch, place)
		WHERE e.contractor_id = contractor AND e.violation_id = violation
			AND e.batch_id = g.batch AND e.byte_offset = g.place
		RETURNING e.*
	)
	INSERT INTO muster.violation_event_gone (contractor_id, change_id, violation_id, batch_id,
		byte_offset, line, byte_length, time, rule_id)
	SELECT contractor_id, change, violation_id, batch_id, byte_offset, line, byte_length, time,
		rule_id FROM gone;
	GET DIAGNOSTICS moved = ROW_COUNT;
	RETURN moved;
END $$;
REVOKE EXECUTE ON FUNCTION violation_event_leave(integer, bigint, bigint, bigint[], bigint[]) FROM PUBLIC;

SELECT read_by_portfolio(thing)
FROM unnest(ARRAY['replay', 'violation_change', 'violation_event_gone']) thing;
GRANT INSERT ON replay, violation_change TO muster_daemon;
GRANT UPDATE (run, rule_id, points) ON violation TO muster_daemon;
GRANT UPDATE (roster) ON batch TO muster_daemon;
GRANT DELETE ON batch_unknown TO muster_daemon;
GRANT EXECUTE ON FUNCTION violation_event_leave(integer, bigint, bigint, bigint[], bigint[]) TO muster_daemon;
