-- Suppression that surprises nobody: what it would have hidden is counted
-- before it is asked for and before it is signed, by the definition that hides
-- later; what it hid stays on a list, and comes back marked as what was hidden.

ALTER TABLE suppression ADD COLUMN severity smallint CHECK (severity BETWEEN 1 AND 5);
UPDATE suppression s SET severity = v.severity FROM violation v
	WHERE v.contractor_id = s.contractor_id AND v.id = s.violation_id;
ALTER TABLE suppression ALTER COLUMN severity SET NOT NULL;
COMMENT ON COLUMN suppression.severity IS 'what is more severe is not kept out; the violation''s own when it was signed';
COMMENT ON COLUMN violation.suppressed_until IS 'kept out of the queue until then; once that is past, it comes back as what was kept out';

CREATE TABLE suppressed (
	contractor_id integer NOT NULL,
	violation_id  bigint NOT NULL,
	by_violation  bigint NOT NULL,
	by_act        integer NOT NULL,
	PRIMARY KEY (contractor_id, by_violation, by_act, violation_id),
	FOREIGN KEY (contractor_id, violation_id) REFERENCES violation (contractor_id, id),
	FOREIGN KEY (contractor_id, by_violation, by_act) REFERENCES suppression (contractor_id, violation_id, act_number)
);
COMMENT ON TABLE suppressed IS 'what was kept out of the queue when it was opened, and by which suppression';
CREATE INDEX act_suppress ON act (contractor_id, violation_id) WHERE action = 'suppress';

-- What falls under it ---------------------------------------------------------

-- What an act keeps out of the queue besides the violation itself; no row
-- where it is about that alone.
CREATE FUNCTION suppression_of(c violation, a act) RETURNS SETOF suppression
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT c.contractor_id, c.id, a.number, CASE WHEN a.data ? 'rule' THEN c.rule_key END,
		CASE WHEN a.data ? 'subject' THEN c.subject END, a.at,
		muster.data_moment(a.data, 'until'), c.severity
	WHERE a.data ?| '{rule,subject}'
$$;

-- The one definition of what is like it, of the same contractor, for what was
-- and for what comes. most_severe: of the scope.
CREATE FUNCTION suppression_covers(scope_rule text, scope_subject text, most_severe integer,
	of_rule text, of_subject text, of_severity integer) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(scope_rule, of_rule) = of_rule
		AND coalesce(scope_subject, of_subject) = of_subject AND of_severity <= most_severe
$$;

-- Those that were not taken back.
CREATE VIEW suppression_standing WITH (security_invoker = true) AS
	SELECT s.* FROM suppression s WHERE NOT EXISTS (SELECT FROM act u
		WHERE u.contractor_id = s.contractor_id AND u.violation_id = s.violation_id
		AND u.reverses = s.act_number);

CREATE OR REPLACE FUNCTION suppressed_until(contractor integer, of_rule text, of_subject text,
	of_severity integer, opened timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT max(s.until) FROM muster.suppression_standing s
	WHERE s.contractor_id = contractor AND s.since <= opened AND s.until > opened
		AND muster.suppression_covers(s.rule_key, s.subject, s.severity, of_rule, of_subject,
			of_severity)
$$;

-- Put on the list which of the violations that were just opened, by their
-- first and last id, are kept out of the queue, and by what.
CREATE FUNCTION suppressed_record(contractor integer, first bigint, last bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO muster.suppressed (contractor_id, violation_id, by_violation, by_act)
	SELECT v.contractor_id, v.id, s.violation_id, s.act_number
	FROM muster.violation v JOIN muster.suppression_standing s ON s.contractor_id = v.contractor_id
	WHERE v.contractor_id = contractor AND v.id BETWEEN first AND last
		AND v.suppressed_until IS NOT NULL AND s.since <= v.opened_at AND s.until > v.opened_at
		AND muster.suppression_covers(s.rule_key, s.subject, s.severity, v.rule_key, v.subject,
			v.severity)
	ON CONFLICT DO NOTHING
$$;

-- What has become more severe than what it was suppressed with comes back
-- before its time. Returns how many.
CREATE FUNCTION suppression_pass(most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	now_ timestamptz := muster.moment();
	done integer;
BEGIN
	WITH standing AS (SELECT s.* FROM muster.suppression_standing s WHERE s.until > now_),
	hidden AS (SELECT s.contractor_id, s.violation_id AS id, s.until, s.severity FROM standing s
		UNION ALL SELECT h.contractor_id, h.violation_id, s.until, s.severity
		FROM standing s JOIN muster.suppressed h ON h.contractor_id = s.contractor_id
			AND h.by_violation = s.violation_id AND h.by_act = s.act_number),
	outgrown AS (SELECT v.contractor_id, v.id FROM hidden h JOIN muster.violation v
		ON v.contractor_id = h.contractor_id AND v.id = h.id AND v.suppressed_until = h.until
			AND v.severity > h.severity ORDER BY 1, 2 LIMIT most FOR NO KEY UPDATE OF v)
	UPDATE muster.violation v SET suppressed_until = now_ FROM outgrown o
		WHERE v.contractor_id = o.contractor_id AND v.id = o.id;
	GET DIAGNOSTICS done = ROW_COUNT;
	RETURN done;
END $$;

INSERT INTO suppressed (contractor_id, violation_id, by_violation, by_act)
	SELECT v.contractor_id, v.id, s.violation_id, s.act_number
	FROM suppression s JOIN violation v ON v.contractor_id = s.contractor_id
	WHERE v.id <> s.violation_id AND v.suppressed_until = s.until AND s.since <= v.opened_at
		AND suppression_covers(s.rule_key, s.subject, s.severity, v.rule_key, v.subject, v.severity);

-- Looking first ---------------------------------------------------------------

-- What an act with these arguments would have kept out of the queue, besides
-- the violation itself, of what was opened in the last 30 days. more_severe:
-- what it would not have for that reason alone. No row where it is about the
-- violation alone, or is not to be seen by who asks.
CREATE FUNCTION suppression_preview(contractor integer, violation bigint, data jsonb)
RETURNS TABLE (rule_key text, subject text, severity smallint, until timestamptz, hidden bigint,
	sustained bigint, open bigint, dismissed bigint, more_severe bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c muster.violation;
	a muster.act;
	s muster.suppression;
BEGIN
	SELECT v.* INTO c FROM muster.violation v WHERE v.contractor_id = contractor
		AND v.id = violation AND (muster.sees_all() OR contractor = ANY (muster.portfolio_of()));
	a.number := c.version + 1;
	a.at := muster.moment();
	a.data := data;
	SELECT x.* INTO s FROM muster.suppression_of(c, a) x WHERE c.id IS NOT NULL;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	RETURN QUERY SELECT s.rule_key, s.subject, s.severity, s.until,
		coalesce(sum(x.n) FILTER (WHERE x.covered), 0)::bigint,
		coalesce(sum(x.n) FILTER (WHERE x.covered AND t.counts IN ('sustained', 'corrected')), 0)::bigint,
		coalesce(sum(x.n) FILTER (WHERE x.covered AND t.counts = 'open'), 0)::bigint,
		coalesce(sum(x.n) FILTER (WHERE x.covered AND t.counts = 'dismissed'), 0)::bigint,
		coalesce(sum(x.n) FILTER (WHERE NOT x.covered), 0)::bigint
	FROM (SELECT g.state, g.n, muster.suppression_covers(s.rule_key, s.subject, s.severity, g.rule_key,
			g.subject, g.severity) AS covered
		FROM (SELECT v.rule_key, v.subject, v.severity, v.state, count(*) AS n
			FROM muster.violation v WHERE v.contractor_id = s.contractor_id
				AND v.id <> s.violation_id
				AND v.opened_at > a.at - interval '30 days' AND v.opened_at <= a.at
			GROUP BY v.rule_key, v.subject, v.severity, v.state) g
		WHERE muster.suppression_covers(s.rule_key, s.subject, 5, g.rule_key, g.subject,
			g.severity)) x JOIN muster.state t ON t.name = x.state;
END $$;

-- More than the violation itself is suppressed only by whoever has looked at
-- what that would be: with a preview of that very act, on that one alone.
CREATE FUNCTION suppression_check_seen(a act) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF a.action = 'suppress' AND a.data ?| '{rule,subject}' AND NOT EXISTS (
			SELECT FROM muster.bulk_preview p WHERE p.account = a.actor
			AND p.action = 'suppress' AND p.data = a.data
			AND p.reason IS NOT DISTINCT FROM a.reason AND p.note IS NOT DISTINCT FROM a.note
			AND p.contractors = ARRAY[a.contractor_id] AND p.violations = ARRAY[a.violation_id]
			AND p.versions = ARRAY[a.number - 1]) THEN
		PERFORM muster.refuse('MU004', 'what is suppressed with its rule or subject is looked at first:'
			' there is no preview of that, on this one alone');
	END IF;
END $$;
CREATE INDEX bulk_preview_suppress ON bulk_preview (account) WHERE action = 'suppress';

-- Written into acts -----------------------------------------------------------

CREATE OR REPLACE FUNCTION case_write(c violation, a act) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM muster.suppression_check_seen(a);
	UPDATE muster.violation v SET version = a.number, state = c.state, owner = c.owner,
		due = c.due, clock_name = c.clock_name, clock_party = c.clock_party,
		clock_started = c.clock_started, clock_paused_at = c.clock_paused_at,
		disputed = c.disputed, pending_action = c.pending_action,
		suppressed_until = c.suppressed_until, merged_into = c.merged_into
		WHERE v.contractor_id = c.contractor_id AND v.id = c.id;
	INSERT INTO muster.act SELECT a.*;
	INSERT INTO muster.outbox SELECT a.contractor_id, a.violation_id, a.number, a.leaves_at
		WHERE a.leaves_at IS NOT NULL;
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
	WHEN 'sustain', 'unsubstantiate', 'dismiss' THEN
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
	ELSE
		NULL;
	END CASE;
	RETURN c;
END $$;

CREATE OR REPLACE FUNCTION act_undo(c violation, a act) RETURNS violation
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	last muster.act;
BEGIN
	SELECT x.* INTO last FROM muster.act x WHERE x.contractor_id = c.contractor_id
		AND x.violation_id = c.id AND x.number = a.reverses;
	IF NOT FOUND THEN
		PERFORM muster.refuse('MU001', 'nothing has been done that could be undone');
	ELSIF last.actor <> a.actor THEN
		PERFORM muster.refuse('MU002', 'only your own last act can be undone',
			muster.act_in_words(last));
	ELSIF last.action = 'undo' THEN
		PERFORM muster.refuse('MU001', 'it has been undone', muster.act_in_words(last));
	ELSIF last.action IN ('incident', 'recall') THEN
		PERFORM muster.refuse('MU001', format('%s is not undone; it is recorded, or given, anew',
				last.action),
			muster.act_in_words(last));
	ELSIF last.leaves_at <= a.recorded_at THEN
		PERFORM muster.refuse('MU001', 'it has left the building',
			format('at %s', last.leaves_at));
	END IF;
	-- What was kept out of the queue by it comes back, as what was kept out.
	UPDATE muster.violation v SET suppressed_until = a.recorded_at
		FROM muster.suppressed h JOIN muster.suppression s ON s.contractor_id = h.contractor_id
			AND s.violation_id = h.by_violation AND s.act_number = h.by_act
		WHERE h.contractor_id = c.contractor_id AND h.by_violation = c.id
		AND h.by_act = last.number AND v.contractor_id = h.contractor_id
		AND v.id = h.violation_id AND v.suppressed_until = s.until;
	RETURN jsonb_populate_record(c, last.before);
END $$;

-- Rights ----------------------------------------------------------------------

REVOKE EXECUTE ON FUNCTION suppression_of(violation, act),
	suppression_covers(text, text, integer, text, text, integer),
	suppressed_record(integer, bigint, bigint),
	suppression_pass(integer), suppression_preview(integer, bigint, jsonb), suppression_check_seen(act) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION suppressed_record(integer, bigint, bigint), suppression_pass(integer) TO muster_daemon;
GRANT EXECUTE ON FUNCTION suppression_preview(integer, bigint, jsonb)
	TO muster_officer, muster_supervisor, muster_appeals, muster_liaison, muster_auditor;
SELECT read_by_portfolio('suppressed');
GRANT SELECT ON suppression_standing TO muster_daemon, muster_officer, muster_supervisor,
	muster_appeals, muster_liaison, muster_auditor;
