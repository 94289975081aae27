-- Limits of the process: what waits for a second person does not wait for
-- ever, no clock is extended without end, no plan begins its days anew, no
-- contractor keeps its case from being decided, and nobody sees anything whom
-- the books do not know.

-- Lists ----------------------------------------------------------------------------

ALTER TABLE clock_rule
	ADD COLUMN longest integer NOT NULL DEFAULT 0,
	ADD COLUMN setting text,
	ADD CHECK (longest = 0 OR longest >= greatest(amount, amount_high));
COMMENT ON COLUMN clock_rule.longest IS 'how long it may last with all extensions; 0: it is not extended';
COMMENT ON COLUMN clock_rule.setting IS 'the setting that says so';
UPDATE clock_rule r SET longest = x.longest, setting = x.setting
	FROM (VALUES ('reply', 28, 'reply_longest'), ('plan', 30, 'plan_longest'), ('correct', 180, NULL))
		AS x (name, longest, setting)
	WHERE r.name = x.name;
INSERT INTO clock_rule VALUES
	('sign', 'us', 'business day', 5, 2, 'time for a second person to sign what a colleague asked for; then it has expired', 0, NULL);

UPDATE reason SET meaning = 'authorised: an exception that was in force at the time covers it'
	WHERE code = 'AUT';
INSERT INTO action VALUES
	('expire', 'none', '{}', '{}', 'nobody signed in time what a colleague asked for, which is void');
INSERT INTO transition SELECT s.name, 'expire', s.name, '{daemon}', 'never', 'anybody'
	FROM state s WHERE s.clock IS NOT NULL;
-- What was promised is recorded when it is done, however late.
INSERT INTO transition SELECT s, 'milestone', s, '{officer,liaison}', 'never', 'anybody'
	FROM unnest('{overdue,escalated}'::text[]) s;
UPDATE transition SET second = 'always'
	WHERE action = 'plan' AND from_state IN ('overdue', 'escalated');

-- Lengths that the configuration sets, by the names of the settings.
CREATE FUNCTION clock_configure(settings text[], amounts integer[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE muster.clock_rule r SET longest = s.amount
		FROM unnest(settings, amounts) AS s (setting, amount)
		WHERE r.setting = s.setting AND r.longest <> s.amount
$$;

-- Cases ----------------------------------------------------------------------------

ALTER TABLE violation
	ADD COLUMN pending_until timestamptz,
	ADD COLUMN correct_since timestamptz;
COMMENT ON COLUMN violation.pending_until IS 'when the act that waits for a second person expires';
COMMENT ON COLUMN violation.correct_since IS 'when the days of corrective action began: with the first plan after the decision, or when the time for one had run out';
-- What waits has its time from now on; plans that are under way keep their days.
UPDATE violation v SET pending_until = clock_due(now(), r.unit,
		CASE WHEN v.severity >= 4 THEN r.amount_high ELSE r.amount END)
	FROM clock_rule r WHERE r.name = 'sign' AND v.pending_action IS NOT NULL;
UPDATE violation v SET correct_since = (SELECT min(p.at) FROM act_in_force p
		WHERE p.contractor_id = v.contractor_id AND p.violation_id = v.id
		AND p.action IN ('plan', 'lapse') AND p.to_state IN ('corrective-action', 'overdue')
		AND p.number > coalesce((SELECT max(d.number) FROM act_in_force d
			WHERE d.contractor_id = v.contractor_id AND d.violation_id = v.id
			AND d.to_state = 'sustained' AND d.from_state <> 'sustained'), 0))
	FROM state s WHERE s.name = v.state AND s.counts = 'sustained' AND v.version > 0;
ALTER TABLE violation ADD CONSTRAINT violation_pending_check
	CHECK ((pending_action IS NULL) = (pending_until IS NULL));
CREATE INDEX violation_pending_until ON violation (pending_until) WHERE pending_action IS NOT NULL;

-- What a contractor answered beyond what makes acts.
CREATE TABLE further_answer (
	contractor_id integer NOT NULL,
	violation_id  bigint NOT NULL,
	number        integer NOT NULL CHECK (number BETWEEN 1 AND 1000),
	received_at   timestamptz NOT NULL,
	answer        text NOT NULL REFERENCES reason,
	words         text,
	delivery      text NOT NULL,
	attachments   jsonb NOT NULL,
	PRIMARY KEY (contractor_id, violation_id, number),
	FOREIGN KEY (contractor_id, violation_id) REFERENCES violation (contractor_id, id)
);

-- A new plan takes the place of what is not met yet once it is in force, not
-- while it waits.
CREATE OR REPLACE VIEW plan WITH (security_invoker = true) AS
	SELECT p.* FROM (SELECT DISTINCT ON (m.contractor_id, m.violation_id, m.number)
		m.contractor_id, m.violation_id, m.number, m.revision, m.title, m.due,
		first_value(m.due) OVER (PARTITION BY m.contractor_id, m.violation_id, m.number
			ORDER BY m.revision) AS first_due, m.act_number,
		(SELECT min(d.at) FROM act_in_force d WHERE d.contractor_id = m.contractor_id
			AND d.violation_id = m.violation_id AND d.action = 'milestone'
			AND (d.data ->> 'milestone')::integer = m.number) AS met_at
	FROM milestone m JOIN act_in_force a ON a.contractor_id = m.contractor_id
		AND a.violation_id = m.violation_id AND a.number = m.act_number
	ORDER BY m.contractor_id, m.violation_id, m.number, m.revision DESC) p
	WHERE p.met_at IS NOT NULL OR p.act_number >= (SELECT max(x.number) FROM act_in_force x
		WHERE x.contractor_id = p.contractor_id AND x.violation_id = p.violation_id
		AND x.data ? 'milestones' AND x.outcome IN ('done', 'approved'));

-- Who sees what --------------------------------------------------------------------

-- Is this session a role of the office itself, or who made the cluster?
CREATE FUNCTION is_office() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN session_user IN ('muster_officer', 'muster_auditor')
		OR EXISTS (SELECT FROM pg_roles r WHERE r.rolname = session_user AND r.rolsuper);
END $$;

-- Is it that, or a person whose account is open?
CREATE FUNCTION is_known() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN muster.is_office() OR EXISTS (SELECT FROM muster.account a
		WHERE a.name = session_user AND a.closed_at IS NULL);
END $$;

-- Whom the books do not know has no portfolio, whatever roles the server gave.
CREATE OR REPLACE FUNCTION sees_all() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN muster.is_office() OR EXISTS (SELECT FROM muster.account a
		JOIN muster.portfolio p ON p.account = a.name
		WHERE a.name = session_user AND a.closed_at IS NULL
		AND p.revoked_at IS NULL AND p.contractor IS NULL);
END $$;
CREATE OR REPLACE FUNCTION portfolio_of() RETURNS integer[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN coalesce((SELECT array_agg(p.contractor)
		FROM muster.account a JOIN muster.portfolio p ON p.account = a.name
		WHERE a.name = session_user AND a.closed_at IS NULL
			AND p.revoked_at IS NULL AND p.contractor IS NOT NULL), '{}');
END $$;
CREATE FUNCTION audits() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN muster.is_office() OR EXISTS (SELECT FROM muster.account a
		JOIN muster.account_role g ON g.account = a.name
		WHERE a.name = session_user AND a.closed_at IS NULL
		AND g.role = 'auditor' AND g.revoked_at IS NULL);
END $$;

CREATE OR REPLACE FUNCTION read_by_portfolio(thing text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format('GRANT SELECT ON muster.%I TO muster_daemon, muster_officer, muster_supervisor,
		muster_appeals, muster_liaison, muster_auditor', thing);
	EXECUTE format('ALTER TABLE muster.%I ENABLE ROW LEVEL SECURITY', thing);
	EXECUTE format('CREATE POLICY daemon ON muster.%I TO muster_daemon USING (true) WITH CHECK (true)',
		thing);
	EXECUTE format('CREATE POLICY auditor ON muster.%I FOR SELECT TO muster_auditor
		USING ((SELECT muster.audits()))', thing);
	EXECUTE format('CREATE POLICY portfolio ON muster.%I FOR SELECT
		TO muster_officer, muster_supervisor, muster_appeals, muster_liaison
		USING ((SELECT muster.sees_all())
			OR %I = ANY ((SELECT muster.portfolio_of())::integer[]))', thing,
		CASE thing WHEN 'contractor' THEN 'id' ELSE 'contractor_id' END);
END $$;

DO $$
DECLARE
	thing text;
BEGIN
	FOREACH thing IN ARRAY ARRAY['duty_moment', 'duty', 'duty_fact'] LOOP
		EXECUTE format('DROP POLICY everything ON %I', thing);
		EXECUTE format('CREATE POLICY daemon ON %I TO muster_daemon USING (true) WITH CHECK (true)', thing);
		EXECUTE format('CREATE POLICY auditor ON %I FOR SELECT TO muster_auditor USING (true)', thing);
	END LOOP;
	FOR thing IN SELECT p.tablename FROM pg_policies p
			WHERE p.schemaname = 'muster' AND p.policyname = 'auditor' LOOP
		EXECUTE format('ALTER POLICY auditor ON %I USING ((SELECT muster.audits()))', thing);
	END LOOP;
	-- Who works here, and for which contractors, is for those who do.
	FOREACH thing IN ARRAY ARRAY['account', 'account_role', 'portfolio'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', thing);
		EXECUTE format('CREATE POLICY daemon ON %I FOR SELECT TO muster_daemon USING (true)', thing);
		EXECUTE format('CREATE POLICY known ON %I FOR SELECT TO muster_officer, muster_supervisor,
			muster_appeals, muster_liaison, muster_auditor USING ((SELECT muster.is_known()))', thing);
	END LOOP;
END $$;

CREATE OR REPLACE FUNCTION filter_save(filter_name text, words text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT muster.is_known() THEN
		PERFORM muster.refuse('MU002', format('%s is no person of this office', session_user));
	ELSIF (SELECT count(*) FROM muster.saved_filter f WHERE f.account = session_user AND f.name <> filter_name) >= 200 THEN
		RAISE EXCEPTION 'a person keeps at most 200 filters' USING ERRCODE = 'program_limit_exceeded';
	END IF;
	INSERT INTO muster.saved_filter (account, name, filter) VALUES (session_user, filter_name, words)
	ON CONFLICT (account, name) DO UPDATE SET filter = words, saved_at = now();
END $$;

-- What an act does -----------------------------------------------------------------
-- What stands here in PL/pgSQL is planned once a session, and not at each call.

CREATE OR REPLACE FUNCTION moment() RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN clock_timestamp();
END $$;

CREATE OR REPLACE FUNCTION clock_of(c violation) RETURNS clock_reading
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN row(c.clock_name, c.clock_started, c.due, c.clock_paused_at)::muster.clock_reading;
END $$;

CREATE OR REPLACE FUNCTION case_due(c violation) RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF c.state <> 'corrective-action' THEN
		RETURN c.due;
	END IF;
	RETURN least(c.due, (SELECT (min(p.due) + 1)::timestamp AT TIME ZONE o.time_zone
		FROM muster.plan p, muster.office o WHERE p.contractor_id = c.contractor_id
		AND p.violation_id = c.id AND p.met_at IS NULL GROUP BY o.time_zone));
END $$;

CREATE OR REPLACE FUNCTION act_leaves(kind text, reason text, at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT at + o.outbox_hold FROM muster.office o
		WHERE kind IN ('notice', 'request', 'sanction', 'merge', 'withdraw') OR kind <> 'suppress'
			AND EXISTS (SELECT FROM muster.reason r
				WHERE r.code = act_leaves.reason AND r.told AND r.list <> 'answer'));
END $$;

CREATE OR REPLACE FUNCTION case_remembered(c violation) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
BEGIN
	RETURN jsonb_build_object('state', c.state, 'owner', c.owner, 'due', c.due,
		'clock_name', c.clock_name, 'clock_party', c.clock_party,
		'clock_started', c.clock_started, 'clock_paused_at', c.clock_paused_at,
		'disputed', c.disputed, 'pending_action', c.pending_action,
		'pending_until', c.pending_until, 'correct_since', c.correct_since,
		'suppressed_until', c.suppressed_until, 'merged_into', c.merged_into);
END $$;

CREATE OR REPLACE FUNCTION case_write(c violation, a act) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM muster.suppression_check_seen(a);
	UPDATE muster.violation v SET version = a.number, state = c.state, owner = c.owner,
		due = c.due, clock_name = c.clock_name, clock_party = c.clock_party,
		clock_started = c.clock_started, clock_paused_at = c.clock_paused_at,
		disputed = c.disputed, pending_action = c.pending_action,
		pending_until = c.pending_until, correct_since = c.correct_since,
		suppressed_until = c.suppressed_until, merged_into = c.merged_into
		WHERE v.contractor_id = c.contractor_id AND v.id = c.id;
	INSERT INTO muster.act SELECT a.*;
	IF a.leaves_at IS NOT NULL THEN
		INSERT INTO muster.outbox VALUES (a.contractor_id, a.violation_id, a.number, a.leaves_at);
	END IF;
END $$;

-- An exception on file only after the fact is looked at by a second person.
CREATE OR REPLACE FUNCTION act_second(c violation, a act) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	needed text := (SELECT t.second FROM muster.transition t
		WHERE t.from_state = c.state AND t.action = a.action);
BEGIN
	IF needed = 'by reason' THEN
		needed := (SELECT r.second FROM muster.reason r WHERE r.code = a.reason);
	END IF;
	RETURN needed = 'always' OR needed = 'high' AND c.severity >= 4
		OR a.action = 'suppress' AND a.data ?| '{rule,subject}'
		OR a.data ? 'exception' AND EXISTS (SELECT FROM muster.exception_decision d
			WHERE d.contractor_id = c.contractor_id AND d.decision = 'approved'
			AND d.exception_id = muster.data_integer(a.data, 'exception')
			AND d.decided_at > c.first_event);
END $$;

-- The days of corrective action run from their first beginning after the
-- decision, whatever happened since: 32 CFR 170.21(b) counts from one date.
CREATE OR REPLACE FUNCTION clock_run(c violation, started timestamptz) RETURNS violation
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF c.state IN ('corrective-action', 'overdue') THEN
		c.correct_since := coalesce(c.correct_since, started);
	END IF;
	IF c.state = 'corrective-action' THEN
		started := c.correct_since;
	END IF;
	SELECT r.name, r.party, clock_run.started, NULL, muster.clock_due(clock_run.started, r.unit,
			CASE WHEN c.severity >= 4 THEN r.amount_high ELSE r.amount END)
		INTO c.clock_name, c.clock_party, c.clock_started, c.clock_paused_at, c.due
		FROM muster.state s LEFT JOIN muster.clock_rule r ON r.name = s.clock
		WHERE s.name = c.state;
	IF c.clock_name IS NULL THEN
		c.clock_started := NULL;
	END IF;
	RETURN c;
END $$;

CREATE FUNCTION signing_due(c violation, asked_at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT muster.clock_due(asked_at, r.unit,
			CASE WHEN c.severity >= 4 THEN r.amount_high ELSE r.amount END)
		FROM muster.clock_rule r WHERE r.name = 'sign');
END $$;

-- Whether an act may be ------------------------------------------------------------

-- More time than the rules leave room for is nobody's to give.
CREATE FUNCTION act_check_longest(c violation, until timestamptz) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	rule muster.clock_rule;
	last timestamptz;
BEGIN
	SELECT r.* INTO rule FROM muster.clock_rule r WHERE r.name = c.clock_name;
	last := muster.clock_due(c.clock_started, rule.unit, rule.longest);
	IF until > last THEN
		PERFORM muster.refuse('MU004', format('clock %s lasts %s %ss at most with all extensions: until %s',
			rule.name, rule.longest, rule.unit, last));
	END IF;
END $$;

CREATE OR REPLACE FUNCTION act_check_until(c violation, a act) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	until timestamptz := muster.data_moment(a.data, 'until');
	milestone muster.plan;
BEGIN
	IF NOT until > a.recorded_at OR until = 'infinity' THEN
		PERFORM muster.refuse('MU004', 'until must be a moment to come');
	ELSIF a.action = 'suppress' AND until > a.recorded_at + interval '366 days' THEN
		PERFORM muster.refuse('MU004', 'nothing is suppressed for more than a year');
	ELSIF a.action = 'extend' AND c.clock_paused_at IS NOT NULL THEN
		PERFORM muster.refuse('MU001', 'the notice has not left: its clock does not run yet');
	ELSIF a.action = 'extend' AND a.data ? 'milestone' THEN
		SELECT p.* INTO milestone FROM muster.plan p WHERE p.contractor_id = c.contractor_id
			AND p.violation_id = c.id AND p.number = muster.data_integer(a.data, 'milestone');
		IF milestone.number IS NULL OR milestone.met_at IS NOT NULL THEN
			PERFORM muster.refuse('MU004', format('there is no milestone %s that is not met',
				a.data ->> 'milestone'));
		ELSIF (until AT TIME ZONE 'UTC')::date <= milestone.due OR until > c.due THEN
			PERFORM muster.refuse('MU004', format(
				'a milestone is extended past its day, %s, and not past the clock''s', milestone.due));
		END IF;
	ELSIF a.action = 'extend' THEN
		PERFORM muster.act_check_longest(c, until);
		IF until <= c.due THEN
			PERFORM muster.refuse('MU004', format('it is due at %s; an extension is later', c.due));
		END IF;
	END IF;
END $$;

CREATE OR REPLACE FUNCTION act_check_plan(c violation, a act) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	last timestamptz := muster.clock_due(coalesce(c.correct_since, a.at), 'day',
		(SELECT CASE WHEN c.severity >= 4 THEN r.amount_high ELSE r.amount END
			FROM muster.clock_rule r WHERE r.name = 'correct'));
	today date := muster.office_day(a.at);
	last_day date;
	wrong text;
BEGIN
	IF last <= a.at THEN
		PERFORM muster.refuse('MU001', format('the days for corrective action ran out at %s, and no plan begins them anew',
			last), format('they began at %s', c.correct_since));
	END IF;
	last_day := muster.office_day(last);
	IF jsonb_typeof(a.data -> 'milestones') <> 'array' OR
			jsonb_array_length(a.data -> 'milestones') NOT BETWEEN 1 AND 100 THEN
		PERFORM muster.refuse('MU004', 'a plan has 1 to 100 milestones');
	END IF;
	BEGIN
		SELECT m.value ->> 'title' INTO wrong FROM jsonb_array_elements(a.data -> 'milestones') m
			WHERE coalesce(btrim(m.value ->> 'title'), '') = ''
			OR (m.value ->> 'due')::date IS NULL OR (m.value ->> 'due')::date < today
			OR (m.value ->> 'due')::date > last_day
			OR m.value ? 'milestone' AND (NOT EXISTS (SELECT FROM muster.milestone h
				WHERE h.contractor_id = c.contractor_id AND h.violation_id = c.id
				AND h.number = (m.value ->> 'milestone')::integer)
				OR EXISTS (SELECT FROM muster.plan h WHERE h.contractor_id = c.contractor_id
				AND h.violation_id = c.id AND h.met_at IS NOT NULL
				AND h.number = (m.value ->> 'milestone')::integer))
			LIMIT 1;
	EXCEPTION WHEN data_exception THEN
		PERFORM muster.refuse('MU004', 'a milestone has a title, and a day on which it is due');
	END;
	IF FOUND THEN
		PERFORM muster.refuse('MU004', format('milestone "%s" needs a title and a day from %s to %s, '
			'and only one of this plan can be set anew', wrong, today, last_day));
	ELSIF (SELECT count(*) <> count(DISTINCT (m.value ->> 'milestone')::integer)
			FROM jsonb_array_elements(a.data -> 'milestones') m WHERE m.value ? 'milestone') THEN
		PERFORM muster.refuse('MU004', 'a milestone is set anew once in a plan');
	END IF;
END $$;

CREATE OR REPLACE FUNCTION act_check_time(c violation, a act) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	leaves timestamptz;
BEGIN
	IF a.action = 'expire' AND c.pending_action IS NULL THEN
		PERFORM muster.refuse('MU001', 'nothing waits for a second person');
	ELSIF a.action = 'expire' AND c.pending_until > a.recorded_at THEN
		PERFORM muster.refuse('MU001', format('it can be signed until %s', c.pending_until));
	ELSIF a.action = 'lapse' AND c.clock_paused_at IS NOT NULL THEN
		PERFORM muster.refuse('MU001', 'the clock does not run yet');
	ELSIF a.action = 'lapse' AND muster.case_due(c) > a.recorded_at THEN
		PERFORM muster.refuse('MU001', format('it is due at %s', muster.case_due(c)));
	ELSIF a.action = 'deliver' AND c.clock_paused_at IS NULL THEN
		PERFORM muster.refuse('MU001', 'the notice has left already');
	ELSIF a.action = 'recall' AND c.clock_paused_at IS NULL THEN
		PERFORM muster.refuse('MU001', 'the notice has left', (SELECT muster.act_in_words(d)
			FROM muster.act d WHERE d.contractor_id = c.contractor_id AND d.violation_id = c.id
			AND d.action = 'deliver' ORDER BY d.number DESC LIMIT 1));
	ELSIF a.action IN ('deliver', 'recall') THEN
		SELECT n.leaves_at INTO leaves FROM muster.act n WHERE n.contractor_id = c.contractor_id
			AND n.violation_id = c.id AND n.action = 'notice' ORDER BY n.number DESC LIMIT 1;
		IF a.action = 'deliver' AND leaves > a.recorded_at THEN
			PERFORM muster.refuse('MU001', format('the outbox holds it until %s', leaves));
		ELSIF a.action = 'recall' AND leaves <= a.recorded_at THEN
			PERFORM muster.refuse('MU001', format('the outbox has let it go at %s', leaves));
		END IF;
	ELSIF a.action = 'reply' AND c.clock_paused_at IS NOT NULL THEN
		PERFORM muster.refuse('MU001', 'the notice has not left: there is nothing to answer yet');
	END IF;
END $$;

-- An exception covers what happened while it was valid: it names the rule,
-- the subject and a requirement of the rule, was in force from the first to
-- the last event, and was signed by now.
DROP FUNCTION exception_covers(violation, bigint, timestamptz);
CREATE FUNCTION exception_covers(c violation, number bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM muster.exception e
		JOIN muster.exception_decision d ON d.contractor_id = e.contractor_id
			AND d.exception_id = e.id AND d.decision = 'approved'
		JOIN muster.rule r ON r.id = c.rule_id JOIN muster.standard s ON s.id = r.standard_id
		WHERE e.contractor_id = c.contractor_id AND e.id = number
		AND e.valid_from <= c.first_event AND e.valid_until > c.last_event
		AND NOT EXISTS (SELECT FROM muster.exception_decision x WHERE x.contractor_id = e.contractor_id
			AND x.exception_id = e.id AND x.decision = 'ended' AND x.decided_at <= c.last_event)
		AND e.standard = s.name AND e.requirement = ANY (r.requirements)
		AND coalesce(e.rule_key, c.rule_key) = c.rule_key
		AND coalesce(e.subject, c.subject) = c.subject)
$$;
CREATE OR REPLACE FUNCTION act_check_exception(c violation, a act) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
BEGIN
	IF NOT muster.exception_covers(c, muster.data_integer(a.data, 'exception')) THEN
		PERFORM muster.refuse('MU004', format('exception %s does not cover it, or was not in force from its first event, %s, to its last, %s',
			a.data ->> 'exception', c.first_event, c.last_event));
	END IF;
END $$;

CREATE OR REPLACE FUNCTION act_check(c violation, a act) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM muster.act_check_needs(a);
	IF a.data ? 'owner' THEN
		PERFORM muster.act_check_owner(c, a);
	END IF;
	IF a.data ? 'of' THEN
		PERFORM muster.act_check_of(c, a);
	END IF;
	IF a.data ? 'until' THEN
		PERFORM muster.act_check_until(c, a);
	END IF;
	IF a.data ? 'exception' THEN
		PERFORM muster.act_check_exception(c, a);
	END IF;
	CASE WHEN a.action IN ('lapse', 'expire', 'deliver', 'recall', 'reply') THEN
		PERFORM muster.act_check_time(c, a);
	WHEN a.action = 'plan' THEN
		PERFORM muster.act_check_plan(c, a);
	WHEN a.action IN ('milestone', 'verify') THEN
		PERFORM muster.act_check_milestones(c, a);
	WHEN a.action = 'sanction' THEN
		PERFORM muster.act_check_sanction(c, a);
	WHEN a.action = 'appeal' THEN
		PERFORM muster.act_check_appeal(c, a);
	ELSE
		NULL;
	END CASE;
END $$;

-- One request waits at a time, whoever made it; and what is asked for holds the
-- contractor's clock back only if it was asked for while that ran.
CREATE FUNCTION act_check_asked(c violation, a act) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF c.pending_action IS NOT NULL THEN
		PERFORM muster.refuse('MU001', 'an act waits for a second person, who approves or refuses it',
			(SELECT muster.act_in_words(x) FROM muster.act x WHERE x.contractor_id = c.contractor_id
				AND x.violation_id = c.id AND x.number = c.pending_action));
	ELSIF a.action = 'extend' AND muster.case_due(c) <= a.recorded_at THEN
		PERFORM muster.refuse('MU001', format('its time ran out at %s; more of it is asked for before',
			muster.case_due(c)));
	END IF;
END $$;

CREATE OR REPLACE FUNCTION case_effect(c violation, a act, kind text, to_state text) RETURNS violation
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	until timestamptz := muster.data_moment(a.data, 'until');
BEGIN
	c := muster.case_enter(c, to_state, a.at);
	CASE kind
	WHEN 'take' THEN
		c.owner := a.actor;
	WHEN 'assign' THEN
		c.owner := a.data ->> 'owner';
	WHEN 'suppress' THEN
		c.suppressed_until := until;
		INSERT INTO muster.suppression SELECT s.* FROM muster.suppression_of(c, a) s;
	WHEN 'notice' THEN
		c.clock_paused_at := c.clock_started;
		c.due := NULL;
	WHEN 'deliver' THEN
		c := muster.clock_run(c, a.at);
	WHEN 'reply' THEN
		c.disputed := c.disputed OR a.reason LIKE 'DISPUTE-%';
	WHEN 'sustain' THEN
		c.disputed := false;
		c.correct_since := NULL;
	WHEN 'unsubstantiate', 'dismiss' THEN
		c.disputed := false;
	WHEN 'plan' THEN
		PERFORM muster.plan_record(a);
	WHEN 'extend' THEN
		IF a.data ? 'milestone' THEN
			INSERT INTO muster.milestone SELECT p.contractor_id, p.violation_id, p.number,
				1 + (SELECT max(m.revision) FROM muster.milestone m
					WHERE m.contractor_id = c.contractor_id AND m.violation_id = c.id
					AND m.number = p.number), p.title, (until AT TIME ZONE 'UTC')::date, a.number
				FROM muster.plan p WHERE p.contractor_id = c.contractor_id
				AND p.violation_id = c.id AND p.number = muster.data_integer(a.data, 'milestone');
		ELSE
			c.due := until;
		END IF;
	WHEN 'sanction' THEN
		INSERT INTO muster.sanction_taken SELECT a.contractor_id, a.violation_id, a.number,
			s.step, a.at FROM muster.sanction s WHERE s.code = a.data ->> 'step';
	WHEN 'incident' THEN
		PERFORM muster.duty_of_act(a);
	WHEN 'merge' THEN
		c.merged_into := muster.act_check_of(c, a);
	WHEN 'expire' THEN
		c.pending_action := NULL;
	ELSE
		NULL;
	END CASE;
	RETURN c;
END $$;

CREATE OR REPLACE FUNCTION act_sign(c violation, a act) RETURNS violation
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	asked muster.act;
BEGIN
	SELECT x.* INTO asked FROM muster.act x WHERE x.contractor_id = c.contractor_id
		AND x.violation_id = c.id AND x.number = c.pending_action;
	IF NOT FOUND THEN
		PERFORM muster.refuse('MU001', 'nothing waits for a second person');
	ELSIF asked.actor = a.actor THEN
		PERFORM muster.refuse('MU002', format('%s asked for it; somebody else signs', a.actor),
			muster.act_in_words(asked));
	ELSIF a.action = 'approve' AND c.pending_until <= a.recorded_at THEN
		PERFORM muster.refuse('MU001', format('it could be signed until %s, and has expired', c.pending_until),
			muster.act_in_words(asked));
	END IF;
	c.pending_action := NULL;
	IF a.action = 'refuse' THEN
		RETURN c;
	END IF;
	asked.at := a.at;
	asked.recorded_at := a.recorded_at;
	PERFORM muster.act_check(c, asked);
	RETURN muster.case_effect(c, a, asked.action, (SELECT t.to_state FROM muster.transition t
		WHERE t.from_state = c.state AND t.action = asked.action));
END $$;

-- The one way in -------------------------------------------------------------------

CREATE OR REPLACE FUNCTION act(contractor integer, violation bigint, expected_version integer,
	action text, reason text, note text, data jsonb)
RETURNS TABLE (number integer, state text, version integer, waits boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	who record;
	c muster.violation;
	a muster.act;
BEGIN
	IF current_setting('transaction_isolation') <> 'read committed' THEN
		RAISE EXCEPTION 'acts are for transactions that read what is committed'
			USING ERRCODE = 'invalid_transaction_state';
	END IF;
	SELECT x.* INTO who FROM muster.acting() x;
	c := muster.case_lock(contractor, violation, who.roles);
	IF expected_version IS NULL AND who.roles <> '{daemon}' THEN
		PERFORM muster.refuse('MU004', 'the version is missing that the act is based on');
	ELSIF expected_version <> c.version THEN
		PERFORM muster.act_conflict(c, expected_version);
	END IF;
	a.contractor_id := contractor;
	a.violation_id := violation;
	a.number := c.version + 1;
	a.recorded_at := muster.case_moment(c);
	a.at := a.recorded_at;
	a.actor := who.name;
	a.action := action;
	a.reason := reason;
	a.note := note;
	a.data := coalesce(data, '{}');
	a.role := muster.act_permit(c, action, who.name, who.roles);
	a.from_state := c.state;
	a.clock_before := muster.clock_of(c);
	a.before := muster.case_remembered(c);
	IF action IN ('dismiss', 'unsubstantiate', 'approve') THEN
		PERFORM muster.duplicates_lock(c, a);
	END IF;
	PERFORM muster.act_check_pending(c, action, a.role);
	PERFORM muster.clock_check(a);
	PERFORM muster.act_check(c, a);
	IF action = 'undo' THEN
		a.reverses := NULLIF(c.version, 0);
		a.outcome := 'done';
		c := muster.act_undo(c, a);
	ELSIF action IN ('approve', 'refuse') THEN
		a.approves := c.pending_action;
		a.outcome := CASE action WHEN 'approve' THEN 'approved' ELSE 'refused' END;
		IF action = 'approve' THEN
			SELECT x.reason, x.data, muster.act_leaves(x.action, x.reason, a.at)
				INTO a.reason, a.data, a.leaves_at
				FROM muster.act x WHERE x.contractor_id = contractor
				AND x.violation_id = act.violation AND x.number = c.pending_action;
		END IF;
		c := muster.act_sign(c, a);
	ELSIF muster.act_second(c, a) THEN
		PERFORM muster.act_check_asked(c, a);
		a.outcome := 'waits';
		c.pending_action := a.number;
		c.pending_until := muster.signing_due(c, a.recorded_at);
	ELSE
		a.outcome := 'done';
		IF action = 'lapse' THEN
			a.at := muster.case_due(c);
		ELSIF action = 'expire' THEN
			a.at := c.pending_until;
		ELSIF action = 'deliver' AND a.data ? 'sent' THEN
			-- Not before the outbox let it go.
			a.at := greatest(least(muster.data_moment(a.data, 'sent'), a.recorded_at),
				(SELECT n.leaves_at FROM muster.act n WHERE n.contractor_id = contractor
				AND n.violation_id = act.violation AND n.action = 'notice'
				ORDER BY n.number DESC LIMIT 1));
		END IF;
		a.leaves_at := muster.act_leaves(action, reason, a.at);
		c := muster.case_effect(c, a, action, (SELECT t.to_state FROM muster.transition t
			WHERE t.from_state = c.state AND t.action = act.action));
		IF c.state <> a.from_state THEN
			c.pending_action := NULL;
		END IF;
	END IF;
	IF c.pending_action IS NULL THEN
		c.pending_until := NULL;
	ELSIF c.pending_until IS NULL THEN
		-- It was signed before there was a time for that, and that was undone.
		c.pending_until := muster.signing_due(c, a.recorded_at);
	END IF;
	a.to_state := c.state;
	a.clock_after := muster.clock_of(c);
	PERFORM muster.case_write(c, a);
	RETURN QUERY SELECT a.number, c.state, a.number, a.outcome = 'waits';
END $$;

-- What time has brought by then: what has expired, then what has lapsed, which
-- something that waited may have held back. A case whose answer came in time
-- and waits to be taken has not lapsed.
CREATE FUNCTION case_pass_until(most integer, until timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c muster.violation;
	now_ timestamptz := least(muster.moment(), until);
	done integer := 0;
BEGIN
	IF muster.clock_held() THEN
		RETURN 0;
	END IF;
	FOR c IN SELECT v.* FROM muster.violation v
			WHERE v.pending_action IS NOT NULL AND v.pending_until <= now_
			LIMIT most FOR NO KEY UPDATE SKIP LOCKED LOOP
		done := done + muster.case_try(c, 'expire');
	END LOOP;
	FOR c IN SELECT v.* FROM muster.violation v
			WHERE v.clock_party = 'them' AND v.clock_paused_at IS NULL
			AND v.state IN (SELECT t.from_state FROM muster.transition t WHERE t.action = 'lapse')
			AND (v.due <= now_ OR EXISTS (SELECT FROM muster.milestone m
				WHERE m.contractor_id = v.contractor_id AND m.violation_id = v.id
				AND m.due < now_::date + 2))
			AND muster.case_due(v) <= now_
			AND NOT EXISTS (SELECT FROM muster.act p WHERE p.contractor_id = v.contractor_id
				AND p.violation_id = v.id AND p.number = v.pending_action AND p.action = 'extend')
			AND NOT EXISTS (SELECT FROM muster.waiting w WHERE w.contractor_id = v.contractor_id
				AND w.name = v.number AND w.since < muster.case_due(v))
			LIMIT most FOR NO KEY UPDATE SKIP LOCKED LOOP
		done := done + muster.case_try(c, 'lapse');
	END LOOP;
	RETURN done;
END $$;
CREATE OR REPLACE FUNCTION case_pass(most integer) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT muster.case_pass_until(most, 'infinity')
$$;

-- Letters that leave now, as before.
CREATE OR REPLACE FUNCTION letters_due(most integer)
RETURNS TABLE (contractor_id integer, violation_id bigint, act_number integer, action text,
	reason text, at timestamptz, wanted boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT o.contractor_id, o.violation_id, o.act_number, k.action, a.reason, a.at,
		NOT EXISTS (SELECT FROM muster.act u WHERE u.contractor_id = a.contractor_id
			AND u.violation_id = a.violation_id AND u.reverses = a.number)
		AND CASE k.action WHEN 'notice'
			THEN v.state = 'noticed' AND v.clock_paused_at IS NOT NULL
				AND a.number = (SELECT max(n.number) FROM muster.act n
					WHERE n.contractor_id = a.contractor_id
					AND n.violation_id = a.violation_id AND n.action = 'notice')
			WHEN 'request' THEN v.clock_name IS NOT NULL
			ELSE muster.case_told(a.contractor_id, a.violation_id) END
	FROM muster.outbox o JOIN muster.act a ON a.contractor_id = o.contractor_id
		AND a.violation_id = o.violation_id AND a.number = o.act_number
	JOIN muster.violation v ON v.contractor_id = o.contractor_id AND v.id = o.violation_id
	CROSS JOIN LATERAL (SELECT coalesce((SELECT x.action FROM muster.act x
		WHERE x.contractor_id = a.contractor_id AND x.violation_id = a.violation_id
		AND x.number = a.approves), a.action) AS action) k
	WHERE o.leaves_at <= muster.moment() ORDER BY o.leaves_at LIMIT most;
END $$;

-- What contractors answer ----------------------------------------------------------

-- Is this answer one that is kept beside the case? Three a day are acts, which
-- whoever decides has to have seen; more of them change nothing but the version,
-- on which others' work is based. What disputes for the first time, and what
-- leads on, is always an act.
CREATE FUNCTION answer_is_further(contractor integer, violation bigint, answer text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c muster.violation := muster.case_lock(contractor, violation, '{daemon}');
BEGIN
	RETURN c.state = 'replied' AND (c.disputed OR answer NOT LIKE 'DISPUTE-%')
		AND (SELECT count(*) >= 3 FROM muster.act a WHERE a.contractor_id = contractor
			AND a.violation_id = answer_is_further.violation AND a.action = 'reply'
			AND a.role = 'daemon' AND a.from_state = 'replied'
			AND a.recorded_at > muster.moment() - interval '24 hours');
END $$;

CREATE FUNCTION answer_keep(contractor integer, violation bigint, answer text, words text,
	delivery text, attachments jsonb) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a muster.act;
	last integer := (SELECT count(*) FROM muster.further_answer f
		WHERE f.contractor_id = contractor AND f.violation_id = violation);
BEGIN
	a.action := 'reply'; a.role := 'daemon'; a.reason := answer; a.note := words; a.data := '{}';
	PERFORM muster.act_check_needs(a);
	IF last >= 1000 THEN
		PERFORM muster.refuse('MU001', 'a case takes 1,000 further answers at most');
	END IF;
	INSERT INTO muster.further_answer VALUES (contractor, violation, last + 1, muster.moment(), answer,
		NULLIF(words, ''), delivery, attachments);
	RETURN last + 1;
END $$;

CREATE OR REPLACE FUNCTION reply_take(contractor integer, of_number text, named text, answer text,
	words text, digests bytea[], delivery text, OUT code text, OUT why text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	known bigint := muster.case_known(contractor, of_number);
	missing bytea;
	attached jsonb := (SELECT coalesce(jsonb_agg(encode(d, 'hex')), '[]') FROM unnest(digests) d);
BEGIN
	SELECT d INTO missing FROM unnest(digests) d WHERE NOT EXISTS (SELECT FROM muster.attachment t
		WHERE t.contractor_id = contractor AND t.violation_id = known AND t.sha256 = d) LIMIT 1;
	IF known IS NULL THEN
		code := 'unknown-violation';
		why := format('you have no notice of %s', of_number);
	ELSIF named NOT IN ('', of_number) THEN
		code := 'bad-reply';
		why := format('its name is about %s, and it says %s', of_number, left(named, 40));
	ELSIF answer <> 'APPEAL' AND NOT EXISTS (SELECT FROM muster.reason r
			WHERE r.list = 'answer' AND r.code = answer) THEN
		code := 'bad-reply';
		why := format('%s is no answer; the answers are %s, APPEAL', left(answer, 40),
			(SELECT string_agg(r.code, ', ' ORDER BY r.code) FROM muster.reason r
				WHERE r.list = 'answer'));
	ELSIF missing IS NOT NULL THEN
		code := 'unknown-attachment';
		why := format('no attachment %s was delivered for %s', encode(missing, 'hex'), of_number);
	ELSIF answer <> 'APPEAL' AND muster.answer_is_further(contractor, known, answer) THEN
		why := format('received as further answer %s of this case, and kept with it: of the answers of a day, three are acts',
			muster.answer_keep(contractor, known, answer, words, delivery, attached));
	ELSE
		PERFORM muster.act(contractor, known, NULL,
			CASE answer WHEN 'APPEAL' THEN 'appeal' ELSE 'reply' END, NULLIF(answer, 'APPEAL'), words,
			jsonb_build_object('delivery', delivery, 'attachments', attached));
	END IF;
EXCEPTION
	WHEN SQLSTATE 'MU001' THEN
		code := 'not-awaited';
		-- Where the case stands is told by letters, and not all of it is told.
		why := CASE WHEN EXISTS (SELECT FROM muster.violation v
				JOIN muster.transition t ON t.from_state = v.state
				WHERE v.contractor_id = contractor AND v.id = known
				AND t.action = CASE answer WHEN 'APPEAL' THEN 'appeal' ELSE 'reply' END)
			THEN SQLERRM
			ELSE format('%s is not possible now', CASE answer WHEN 'APPEAL'
				THEN 'an appeal' ELSE 'an answer' END) END;
	WHEN SQLSTATE 'MU004' THEN
		code := 'bad-reply';
		why := SQLERRM;
END $$;

-- Rights ---------------------------------------------------------------------------

SELECT read_by_portfolio('further_answer');
REVOKE EXECUTE ON FUNCTION clock_configure(text[], integer[]), case_pass_until(integer, timestamptz), is_office(), is_known(), audits(),
	signing_due(violation, timestamptz), act_check_longest(violation, timestamptz),
	act_check_asked(violation, act), exception_covers(violation, bigint),
	answer_is_further(integer, bigint, text),
	answer_keep(integer, bigint, text, text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clock_configure(text[], integer[]), case_pass_until(integer, timestamptz)
	TO muster_daemon;
GRANT EXECUTE ON FUNCTION is_known() TO muster_officer, muster_supervisor, muster_appeals,
	muster_liaison, muster_auditor;
GRANT EXECUTE ON FUNCTION audits() TO muster_auditor;
