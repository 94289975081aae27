-- The clock itself. Where it was moved, that is a fact, and what time alone
-- would bring waits until somebody has looked.

-- What musterd saw last: what its clock should show follows from it, as long
-- as the machine has not been started again.
CREATE TABLE clock_seen (
	one     boolean PRIMARY KEY DEFAULT true CHECK (one),
	at      timestamptz NOT NULL,
	boot    text NOT NULL,
	running bigint NOT NULL
);
COMMENT ON COLUMN clock_seen.boot IS 'which start of the machine, as the kernel names it';
COMMENT ON COLUMN clock_seen.running IS 'microseconds since then, also those in which it slept';

CREATE TABLE clock_step (
	number          integer PRIMARY KEY,
	kind            text NOT NULL CHECK (kind IN ('set', 'behind', 'database')),
	expected        timestamptz NOT NULL,
	shown           timestamptz NOT NULL,
	bound           interval NOT NULL,
	returned        boolean NOT NULL DEFAULT false,
	acknowledged_at timestamptz,
	acknowledged_by text,
	note            text CHECK (btrim(note) <> ''),
	CHECK (num_nonnulls(acknowledged_at, acknowledged_by, note) IN (0, 3))
);
COMMENT ON COLUMN clock_step.kind IS
	'set: while musterd watched, or the machine ran; behind: earlier than the books, at the start of musterd; database: the clock of the database against that of musterd';
COMMENT ON COLUMN clock_step.returned IS 'it was taken back by a later step';

-- The latest moment that the books know of, from which time goes on. Once the
-- clock was moved, what they date tells nothing: only what was seen last counts.
CREATE FUNCTION clock_latest() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN EXISTS (SELECT FROM muster.clock_step)
		THEN (SELECT c.at FROM muster.clock_seen c)
		ELSE greatest((SELECT c.at FROM muster.clock_seen c),
			(SELECT max((SELECT max(d.received_at) FROM muster.delivery d
				WHERE d.contractor_id = k.id)) FROM muster.contractor k),
			(SELECT max((SELECT max(a.at) FROM muster.act a
				WHERE a.contractor_id = k.id)) FROM muster.contractor k)) END
$$;

CREATE FUNCTION clock_see(at timestamptz, boot text, running bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO muster.clock_seen AS c (at, boot, running) VALUES (at, boot, running)
		ON CONFLICT (one) DO UPDATE
		SET at = excluded.at, boot = excluded.boot, running = excluded.running
$$;

-- Steps that still stand, of the machine's clock or of the database's.
CREATE VIEW clock_step_open WITH (security_invoker = true) AS
	SELECT s.*, s.shown - s.expected AS size, s.kind = 'database' AS of_database
	FROM clock_step s WHERE NOT s.returned AND s.acknowledged_at IS NULL;

-- Steps that together come back to where the clock was are over.
CREATE FUNCTION clock_step_record(kind text, expected timestamptz, shown timestamptz, bound interval)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	LOCK TABLE muster.clock_step IN SHARE ROW EXCLUSIVE MODE;
	INSERT INTO muster.clock_step (number, kind, expected, shown, bound)
		SELECT coalesce(max(s.number), 0) + 1, clock_step_record.kind, clock_step_record.expected,
			clock_step_record.shown, clock_step_record.bound FROM muster.clock_step s;
	UPDATE muster.clock_step s SET returned = true
		FROM (SELECT o.of_database FROM muster.clock_step_open o GROUP BY o.of_database
			HAVING sum(o.size) BETWEEN -max(o.bound) AND max(o.bound)) w
		WHERE NOT s.returned AND s.acknowledged_at IS NULL AND (s.kind = 'database') = w.of_database;
END $$;

-- Time cannot be held against anybody: the clock is ahead of where it should
-- be, or two clocks are apart and nobody has said which is right.
CREATE FUNCTION clock_held() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM muster.clock_step_open o GROUP BY o.of_database
		HAVING o.of_database OR sum(o.size) > interval '0')
$$;

-- A person has looked, and says that time goes on from here. How many steps
-- that was about.
CREATE FUNCTION clock_acknowledge(words text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	who record;
	done integer;
BEGIN
	SELECT x.* INTO who FROM muster.acting() x;
	IF NOT who.roles && '{officer,supervisor}' THEN
		PERFORM muster.refuse('MU002', format('%s may not acknowledge steps of the clock; it is for: %s',
			who.name, 'officer, supervisor'));
	ELSIF coalesce(btrim(words), '') = '' THEN
		PERFORM muster.refuse('MU004', 'it needs words for the record');
	ELSIF octet_length(words) > 65536 THEN
		PERFORM muster.refuse('MU004', 'more than 65536 bytes of words');
	END IF;
	UPDATE muster.clock_step s SET acknowledged_at = muster.moment(), acknowledged_by = who.name,
		note = words WHERE NOT s.returned AND s.acknowledged_at IS NULL;
	GET DIAGNOSTICS done = ROW_COUNT;
	RETURN done;
END $$;

-- The law: nothing has run out while the clock is held.
CREATE FUNCTION clock_check(a act) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF a.action IN ('lapse', 'expire') AND muster.clock_held() THEN
		PERFORM muster.refuse('MU001', 'the clock was moved, and nobody has acknowledged that');
	END IF;
END $$;

-- When an act on a case is: now, and never before what was done with it last.
CREATE FUNCTION case_moment(c violation) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN greatest(muster.moment(), (SELECT a.recorded_at FROM muster.act a
		WHERE a.contractor_id = c.contractor_id AND a.violation_id = c.id AND a.number = c.version));
END $$;

ALTER FUNCTION duty_pass(integer) RENAME TO duty_lapse;
CREATE FUNCTION duty_pass(most integer) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN muster.clock_held() THEN 0 ELSE muster.duty_lapse(most) END
$$;
COMMENT ON FUNCTION duty_pass(integer) IS 'what is overdue becomes a fact, unless the clock is held';

-- What waits to be taken, as of the last look: held against nobody.
CREATE TABLE waiting (
	contractor_id integer NOT NULL REFERENCES contractor,
	name          text NOT NULL,
	since         timestamptz NOT NULL,
	PRIMARY KEY (contractor_id, name)
);
COMMENT ON COLUMN waiting.name IS 'of a system that has delivered, or number of a violation that was answered';
SELECT read_by_portfolio('waiting');

-- Rights ---------------------------------------------------------------------------

REVOKE EXECUTE ON FUNCTION clock_latest(), clock_see(timestamptz, text, bigint),
	clock_step_record(text, timestamptz, timestamptz, interval), clock_held(),
	clock_acknowledge(text), clock_check(act), case_moment(violation), duty_pass(integer),
	duty_lapse(integer) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION duty_lapse(integer) FROM muster_daemon;
GRANT EXECUTE ON FUNCTION clock_latest(), clock_see(timestamptz, text, bigint),
	clock_step_record(text, timestamptz, timestamptz, interval), duty_pass(integer)
	TO muster_daemon;
GRANT EXECUTE ON FUNCTION clock_held() TO muster_daemon, muster_officer, muster_supervisor,
	muster_appeals, muster_liaison, muster_auditor;
GRANT EXECUTE ON FUNCTION clock_acknowledge(text) TO muster_officer, muster_supervisor,
	muster_appeals, muster_liaison;
GRANT SELECT ON clock_seen, clock_step, clock_step_open TO muster_daemon, muster_officer,
	muster_supervisor, muster_appeals, muster_liaison, muster_auditor;
GRANT INSERT, DELETE ON waiting TO muster_daemon;
