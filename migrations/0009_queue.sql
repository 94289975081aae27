-- The queue in its order, filters that people keep, and acts on many at once.

-- The order of the queue ------------------------------------------------------

-- What a rule weighs: none where it is only a reason to ask.
CREATE FUNCTION rule_points(rule integer) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN r.direct THEN coalesce((SELECT sum(q.weight) FROM muster.requirement q
		WHERE q.standard_id = r.standard_id AND q.id = ANY (r.requirements)), 0) ELSE 0 END::integer
	FROM muster.rule r WHERE r.id = rule
$$;
REVOKE EXECUTE ON FUNCTION rule_points(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rule_points(integer) TO muster_daemon;

-- Whoever opens a violation says its points; it has no default, lest one that
-- was forgotten stands at the end of the queue.
ALTER TABLE violation ADD COLUMN points integer CHECK (points BETWEEN 0 AND 999999);
UPDATE violation v SET points = coalesce(muster.rule_points(v.rule_id), 0);
ALTER TABLE violation ALTER COLUMN points SET NOT NULL;
ALTER TABLE violation ADD COLUMN queue_rank integer NOT NULL
	GENERATED ALWAYS AS (-(severity * 1000000 + points)) STORED;
COMMENT ON COLUMN violation.points IS 'rule_points() of rule_id';
COMMENT ON COLUMN violation.queue_rank IS 'severity, then points; the lower, the sooner';

-- What is urgent depends on the hour. Where few are of a class of urgency
-- they come from violation_due, to be sorted; where many are, the order is
-- walked. Either from the index alone.
DROP INDEX violation_queue, violation_queue_of;
CREATE INDEX violation_order ON violation (queue_rank, first_event, contractor_id, id)
	INCLUDE (due, suppressed_until)
	WHERE state <> ALL ('{dismissed,unsubstantiated,overturned,merged,withdrawn,closed}') AND clock_paused_at IS NULL;
CREATE INDEX violation_order_of ON violation (contractor_id, queue_rank, first_event, id)
	INCLUDE (due, suppressed_until)
	WHERE state <> ALL ('{dismissed,unsubstantiated,overturned,merged,withdrawn,closed}') AND clock_paused_at IS NULL;
CREATE INDEX violation_order_paused ON violation (queue_rank, first_event, contractor_id, id)
	INCLUDE (suppressed_until)
	WHERE state <> ALL ('{dismissed,unsubstantiated,overturned,merged,withdrawn,closed}') AND clock_paused_at IS NOT NULL;
CREATE INDEX violation_due ON violation (due)
	INCLUDE (queue_rank, first_event, contractor_id, id, suppressed_until)
	WHERE state <> ALL ('{dismissed,unsubstantiated,overturned,merged,withdrawn,closed}') AND clock_paused_at IS NULL;
CREATE INDEX violation_owner ON violation (owner, queue_rank, first_event, contractor_id, id)
	WHERE state <> ALL ('{dismissed,unsubstantiated,overturned,merged,withdrawn,closed}') AND owner IS NOT NULL;
CREATE INDEX violation_order_in ON violation (state, queue_rank, first_event, contractor_id, id);
CREATE INDEX violation_disputed ON violation (queue_rank, first_event, contractor_id, id) WHERE disputed;
CREATE INDEX violation_pending ON violation (queue_rank, first_event, contractor_id, id)
	WHERE pending_action IS NOT NULL;

GRANT INSERT (points) ON violation TO muster_daemon;

-- Filters that people keep ----------------------------------------------------

CREATE TABLE saved_filter (
	account  text NOT NULL,
	name     text NOT NULL CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$'),
	filter   text NOT NULL CHECK (octet_length(filter) BETWEEN 1 AND 4000),
	saved_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (account, name)
);
COMMENT ON TABLE saved_filter IS 'everybody sees and changes only their own';
ALTER TABLE saved_filter ENABLE ROW LEVEL SECURITY;
CREATE POLICY saved_filter_own ON saved_filter FOR SELECT USING (account = session_user);

CREATE FUNCTION filter_save(filter_name text, words text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF (SELECT count(*) FROM muster.saved_filter f WHERE f.account = session_user AND f.name <> filter_name) >= 200 THEN
		RAISE EXCEPTION 'a person keeps at most 200 filters' USING ERRCODE = 'program_limit_exceeded';
	END IF;
	INSERT INTO muster.saved_filter (account, name, filter) VALUES (session_user, filter_name, words)
	ON CONFLICT (account, name) DO UPDATE SET filter = words, saved_at = now();
END $$;
CREATE FUNCTION filter_remove(filter_name text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	DELETE FROM muster.saved_filter f WHERE f.account = session_user AND f.name = filter_name;
	RETURN FOUND;
END $$;
REVOKE EXECUTE ON FUNCTION filter_save(text, text), filter_remove(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION filter_save(text, text), filter_remove(text) TO muster_officer, muster_supervisor,
	muster_appeals, muster_liaison, muster_auditor;
GRANT SELECT ON saved_filter TO muster_officer, muster_supervisor, muster_appeals, muster_liaison, muster_auditor;

-- Acts on many at once --------------------------------------------------------
-- What is to be done is looked at first: a preview keeps which violations in
-- which versions. Only that very set is acted upon, once.

CREATE TABLE bulk_preview (
	token       text PRIMARY KEY CHECK (token ~ '^[0-9a-f]{32}$'),
	at          timestamptz NOT NULL,
	account     text NOT NULL,
	action      text NOT NULL REFERENCES action,
	reason      text,
	note        text,
	data        jsonb NOT NULL,
	filter      text NOT NULL,
	contractors integer[] NOT NULL,
	violations  bigint[] NOT NULL,
	versions    integer[] NOT NULL,
	highest     smallint NOT NULL,
	CHECK (cardinality(contractors) BETWEEN 1 AND 10000
		AND cardinality(violations) = cardinality(contractors)
		AND cardinality(versions) = cardinality(contractors))
);
COMMENT ON COLUMN bulk_preview.token IS 'digest of who, what, and the violations in their versions';
COMMENT ON COLUMN bulk_preview.filter IS 'in words, what they were found by';
COMMENT ON COLUMN bulk_preview.highest IS 'highest severity among them';

CREATE TABLE bulk (
	token   text PRIMARY KEY REFERENCES bulk_preview,
	at      timestamptz NOT NULL,
	account text NOT NULL,
	done    integer NOT NULL,
	waits   integer NOT NULL,
	skipped integer NOT NULL
);
COMMENT ON COLUMN bulk.waits IS 'of those done, wait for a second person';
ALTER TABLE bulk_preview ENABLE ROW LEVEL SECURITY;
ALTER TABLE bulk ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON bulk_preview FOR SELECT USING (account = session_user);
CREATE POLICY own ON bulk FOR SELECT USING (account = session_user);
CREATE POLICY auditor ON bulk_preview FOR SELECT TO muster_auditor USING (true);
CREATE POLICY auditor ON bulk FOR SELECT TO muster_auditor USING (true);

-- What is never done to many at once: a second signature, what leaves the
-- building, a sanction, an appeal, and what is about one case alone.
CREATE FUNCTION bulk_refuse(kind text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM muster.action k WHERE k.name = kind) THEN
		PERFORM muster.refuse('MU004', format('there is no action "%s"', kind));
	ELSIF kind <> ALL ('{take,assign,note,triage,dismiss,suppress,notice,recall,sustain,unsubstantiate,close,escalate,reopen,undo}') THEN
		PERFORM muster.refuse('MU002', format('%s is done to one violation at a time, never in bulk', kind));
	END IF;
END $$;

-- Would muster.act() take this act? NULL, or why not.
CREATE FUNCTION bulk_why_not(c violation, a act, roles text[]) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM muster.act_check_pending(c, a.action, muster.act_permit(c, a.action, a.actor, roles));
	PERFORM muster.act_check(c, a);
	RETURN NULL;
EXCEPTION WHEN SQLSTATE 'MU001' OR SQLSTATE 'MU002' OR SQLSTATE 'MU003' OR SQLSTATE 'MU004' THEN
	-- The number would make every reason one of its own.
	RETURN replace(SQLERRM, c.number || ' is ', 'it is ');
END $$;

-- A preview of an act on these violations. A row for each: why it is left out,
-- or else what the act would do. token is NULL where all are left out.
CREATE FUNCTION bulk_prepare(kind text, reason text, note text, data jsonb, filter text,
	contractors integer[], violations bigint[])
RETURNS TABLE (token text, number text, contractor text, severity smallint, why_not text, waits boolean, leaves boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	who record;
	c muster.violation;
	a muster.act;
	p muster.bulk_preview;
	codes text[] := '{}';
	numbers text[] := '{}';
	severities smallint[] := '{}';
	whys text[] := '{}';
	seconds boolean[] := '{}';
	outward boolean[] := '{}';
	why text;
BEGIN
	PERFORM muster.bulk_refuse(kind);
	SELECT x.* INTO who FROM muster.acting() x;
	p.contractors := '{}'; p.violations := '{}'; p.versions := '{}'; p.highest := 0;
	a.action := kind; a.reason := bulk_prepare.reason; a.note := bulk_prepare.note;
	a.data := coalesce(bulk_prepare.data, '{}'); a.actor := who.name;
	a.recorded_at := muster.moment(); a.at := a.recorded_at;
	FOR c IN SELECT v.* FROM unnest(bulk_prepare.contractors, violations) WITH ORDINALITY AS u (contractor_id, id, nth)
			JOIN muster.violation v ON v.contractor_id = u.contractor_id AND v.id = u.id
			WHERE muster.sees_all() OR v.contractor_id = ANY (muster.portfolio_of())
			ORDER BY u.nth LOOP
		a.contractor_id := c.contractor_id; a.violation_id := c.id; a.number := c.version + 1;
		a.from_state := c.state;
		why := muster.bulk_why_not(c, a, who.roles);
		codes := codes || (SELECT x.code FROM muster.contractor x WHERE x.id = c.contractor_id);
		numbers := numbers || c.number;
		severities := severities || c.severity;
		whys := whys || why;
		seconds := seconds || (why IS NULL AND muster.act_second(c, a));
		outward := outward || (why IS NULL AND muster.act_leaves(kind, bulk_prepare.reason, a.at) IS NOT NULL);
		IF why IS NULL THEN
			p.contractors := p.contractors || c.contractor_id;
			p.violations := p.violations || c.id;
			p.versions := p.versions || c.version;
			p.highest := greatest(p.highest, c.severity);
		END IF;
	END LOOP;
	IF cardinality(p.violations) > 0 THEN
		p.token := encode(substr(sha256(convert_to(jsonb_build_array(who.name, kind, bulk_prepare.reason,
			bulk_prepare.note, a.data, p.contractors, p.violations, p.versions)::text, 'UTF8')), 1, 16), 'hex');
		INSERT INTO muster.bulk_preview (token, at, account, action, reason, note, data, filter,
			contractors, violations, versions, highest)
		VALUES (p.token, a.at, who.name, kind, bulk_prepare.reason, bulk_prepare.note, a.data,
			bulk_prepare.filter, p.contractors, p.violations, p.versions, p.highest)
		ON CONFLICT DO NOTHING;
	END IF;
	RETURN QUERY SELECT p.token, u.* FROM unnest(numbers, codes, severities, whys, seconds, outward) u;
END $$;

-- Do to the set of a preview what it says. expect: how many they are, said by
-- the person; needed for more than 50, and where one is of severity high or
-- critical. A row for each: what became of it.
CREATE FUNCTION bulk_act(of_token text, expect integer)
RETURNS TABLE (number text, contractor text, outcome text, why_not text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	p muster.bulk_preview;
	done muster.bulk;
	many integer;
	result record;
BEGIN
	SELECT x.* INTO p FROM muster.bulk_preview x WHERE x.token = of_token AND x.account = session_user
		FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		PERFORM muster.refuse('MU004', 'you have made no preview with this token');
	END IF;
	SELECT x.* INTO done FROM muster.bulk x WHERE x.token = of_token;
	IF FOUND THEN
		PERFORM muster.refuse('MU003', 'this has been done', format('at %s', done.at));
	END IF;
	many := cardinality(p.violations);
	IF expect IS NOT NULL AND expect <> many THEN
		PERFORM muster.refuse('MU004', format('the preview has %s violations and not %s; nothing was done', many, expect));
	ELSIF expect IS NULL AND (many > 50 OR p.highest >= 4) THEN
		PERFORM muster.refuse('MU004', CASE WHEN many > 50 THEN 'these are more than 50: say how many they are'
			ELSE 'some are of severity high or critical: say how many they are' END);
	END IF;
	done.done := 0; done.waits := 0; done.skipped := 0;
	FOR i IN 1 .. many LOOP
		number := NULL; outcome := 'skipped'; why_not := NULL;
		BEGIN
			SELECT v.number, x.code INTO number, contractor FROM muster.violation v
				JOIN muster.contractor x ON x.id = v.contractor_id
				WHERE v.contractor_id = p.contractors[i] AND v.id = p.violations[i]
				FOR NO KEY UPDATE OF v NOWAIT;
			SELECT x.* INTO result FROM muster.act(p.contractors[i], p.violations[i], p.versions[i],
				p.action, p.reason, p.note, p.data) x;
			outcome := CASE WHEN result.waits THEN 'waits' ELSE 'done' END;
			done.done := done.done + 1;
			done.waits := done.waits + result.waits::integer;
		EXCEPTION
			WHEN SQLSTATE 'MU001' OR SQLSTATE 'MU002' OR SQLSTATE 'MU003' OR SQLSTATE 'MU004' THEN
				why_not := SQLERRM;
				IF SQLSTATE = 'MU003' THEN
					GET STACKED DIAGNOSTICS why_not = PG_EXCEPTION_DETAIL;
					why_not := 'it has changed since: ' || why_not;
				END IF;
			WHEN lock_not_available THEN
				why_not := 'somebody is at work on it';
		END;
		IF outcome = 'skipped' THEN
			SELECT v.number, x.code INTO number, contractor FROM muster.violation v
				JOIN muster.contractor x ON x.id = v.contractor_id
				WHERE v.contractor_id = p.contractors[i] AND v.id = p.violations[i];
			done.skipped := done.skipped + 1;
		END IF;
		RETURN NEXT;
	END LOOP;
	INSERT INTO muster.bulk VALUES (p.token, muster.moment(), session_user, done.done, done.waits, done.skipped);
END $$;

REVOKE EXECUTE ON FUNCTION bulk_refuse(text), bulk_why_not(violation, act, text[]),
	bulk_prepare(text, text, text, jsonb, text, integer[], bigint[]), bulk_act(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bulk_prepare(text, text, text, jsonb, text, integer[], bigint[]), bulk_act(text, integer)
	TO muster_officer, muster_supervisor, muster_appeals, muster_liaison;
GRANT SELECT ON bulk_preview, bulk TO muster_officer, muster_supervisor, muster_appeals, muster_liaison, muster_auditor;
