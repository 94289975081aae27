-- Duties of contractors that run from a recorded moment. What is recorded,
-- what follows and what becomes of it is only ever added to.

CREATE TABLE duty_rule (
	name     text PRIMARY KEY,
	base     text NOT NULL,
	met      text,
	unit     text NOT NULL CHECK (unit IN ('hour', 'day', 'business day', 'year')),
	amount   integer NOT NULL CHECK (amount >= 0),
	setting  text,
	keep     boolean NOT NULL,
	citation text NOT NULL,
	meaning  text NOT NULL
);
COMMENT ON COLUMN duty_rule.base IS 'the moment from which it runs';
COMMENT ON COLUMN duty_rule.met IS 'the moment that meets it';
COMMENT ON COLUMN duty_rule.keep IS 'lasts until then, and is never overdue';
INSERT INTO duty_rule VALUES
	('cyber-72h', 'discovered', 'reported', 'hour', 72, NULL, false, '32 CFR 236.4(b)(2)', 'report the cyber incident to DoD'),
	('image-90d', 'reported', NULL, 'day', 90, NULL, true, '32 CFR 236.4(i)', 'keep images of the affected systems and what was captured of their traffic'),
	('inquiry-now', 'suspected', 'inquiry', 'hour', 24, 'inquiry_hours', false, '32 CFR 117.8(d)(1)', 'begin a preliminary inquiry at once; the hours after which that is late are a setting'),
	('initial-csa', 'confirmed', 'initial-report', 'hour', 72, 'initial_report_hours', false, '32 CFR 117.8(d)(2)', 'send the initial report promptly, as the cognizant security agency sets it'),
	('final-csa', 'suspected', 'final-report', 'day', 30, 'final_report_days', false, '32 CFR 117.8(d)(3)', 'send the final report, as the cognizant security agency sets it'),
	('poam-180d', 'conditional', 'closeout', 'day', 180, NULL, false, '32 CFR 170.21(b)', 'close out the plan of action and milestones, or the conditional status expires'),
	('affirm-1y', 'affirmed', 'affirmed', 'year', 1, NULL, false, '32 CFR 170.22(a)(3)', 'affirm again'),
	('reassess-3y', 'status', 'status', 'year', 3, NULL, false, '32 CFR 170.16, 170.17', 'be assessed again'),
	('self-inspect-1y', 'inspected', 'inspected', 'year', 1, NULL, false, '32 CFR 117.7(h)(2)', 'inspect itself again'),
	('rebuttal-14bd', 'results', 'rebutted', 'business day', 14, NULL, false, 'DFARS 204.7302(a)(2)', 'rebut the results of an assessment, if it wants to'),
	('export-60d', 'disclosed', 'full-disclosure', 'day', 60, NULL, false, '22 CFR 127.12(c)', 'disclose the export violation in full'),
	('audit-review-7d', 'reviewed', 'reviewed', 'day', 7, 'audit_review_days', false, 'NIST SP 800-53, AU-6', 'review its audit records again'),
	('evidence-6y', 'status', NULL, 'year', 6, NULL, true, '32 CFR 170.16, 170.17', 'keep the evidence of the assessment');

-- What happened, and when; of a violation, or of the contractor as such.
CREATE TABLE duty_moment (
	contractor_id integer NOT NULL REFERENCES contractor,
	number        integer NOT NULL,
	violation_id  bigint,
	act_number    integer,
	name          text NOT NULL,
	at            timestamptz NOT NULL,
	report        text,
	note          text,
	recorded_at   timestamptz NOT NULL,
	recorded_by   text NOT NULL,
	PRIMARY KEY (contractor_id, number),
	FOREIGN KEY (contractor_id, violation_id) REFERENCES violation (contractor_id, id)
);
COMMENT ON COLUMN duty_moment.report IS 'number that the report, status or assessment was given';

-- The deadline is computed when the moment is recorded, and stays.
CREATE TABLE duty (
	contractor_id integer NOT NULL REFERENCES contractor,
	number        integer NOT NULL,
	violation_id  bigint,
	name          text NOT NULL REFERENCES duty_rule,
	began         timestamptz NOT NULL,
	due           timestamptz NOT NULL,
	moment_number integer NOT NULL,
	PRIMARY KEY (contractor_id, number),
	FOREIGN KEY (contractor_id, moment_number) REFERENCES duty_moment (contractor_id, number)
);
CREATE INDEX duty_violation ON duty (contractor_id, violation_id);
CREATE INDEX duty_due ON duty (due);

CREATE TABLE duty_fact (
	contractor_id integer NOT NULL REFERENCES contractor,
	duty_number   integer NOT NULL,
	fact          text NOT NULL CHECK (fact IN ('met', 'overdue', 'replaced')),
	at            timestamptz NOT NULL,
	moment_number integer,
	recorded_at   timestamptz NOT NULL,
	PRIMARY KEY (contractor_id, duty_number, fact),
	FOREIGN KEY (contractor_id, duty_number) REFERENCES duty (contractor_id, number)
);
COMMENT ON COLUMN duty_fact.at IS 'when it was so; of what is overdue, its deadline, whenever that was recorded';

-- A moment ends the duties that it meets, and begins others. Recorded again, it
-- takes the place of what followed from it before.
CREATE FUNCTION duty_begin(m duty_moment) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	last integer;
BEGIN
	PERFORM FROM muster.contractor c WHERE c.id = m.contractor_id FOR NO KEY UPDATE;
	SELECT coalesce(max(x.number), 0) + 1 INTO m.number FROM muster.duty_moment x
		WHERE x.contractor_id = m.contractor_id;
	INSERT INTO muster.duty_moment SELECT m.*;
	INSERT INTO muster.duty_fact
		SELECT d.contractor_id, d.number,
			CASE WHEN r.met = m.name AND m.at >= d.began THEN 'met' ELSE 'replaced' END,
			m.at, m.number, m.recorded_at
		FROM muster.duty d JOIN muster.duty_rule r ON r.name = d.name
		WHERE d.contractor_id = m.contractor_id
		AND d.violation_id IS NOT DISTINCT FROM m.violation_id
		AND (r.met = m.name AND m.at >= d.began OR r.base = m.name)
		AND NOT EXISTS (SELECT FROM muster.duty_fact f WHERE f.contractor_id = d.contractor_id
			AND f.duty_number = d.number AND f.fact IN ('met', 'replaced'));
	SELECT coalesce(max(d.number), 0) INTO last FROM muster.duty d
		WHERE d.contractor_id = m.contractor_id;
	INSERT INTO muster.duty
		SELECT m.contractor_id, last + row_number() OVER (ORDER BY r.name), m.violation_id, r.name,
			m.at, muster.clock_due(m.at, r.unit, r.amount), m.number
		FROM muster.duty_rule r WHERE r.base = m.name;
END $$;

CREATE FUNCTION duty_check(name text, at timestamptz, recorded_at timestamptz) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM muster.duty_rule r WHERE duty_check.name IN (r.base, r.met)) THEN
		PERFORM muster.refuse('MU004', format('%s is no moment from which a duty follows', name));
	ELSIF at IS NULL OR NOT at <= recorded_at OR at = '-infinity' THEN
		PERFORM muster.refuse('MU004', 'it must have happened already');
	END IF;
END $$;

-- What an act that records an incident does.
CREATE FUNCTION duty_of_act(a act) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	m muster.duty_moment;
BEGIN
	m.contractor_id := a.contractor_id;
	m.violation_id := a.violation_id;
	m.act_number := a.number;
	m.name := a.data ->> 'moment';
	m.at := muster.data_moment(a.data, 'at');
	m.report := a.data ->> 'report';
	m.note := a.note;
	m.recorded_at := a.recorded_at;
	m.recorded_by := a.actor;
	PERFORM muster.duty_check(m.name, m.at, m.recorded_at);
	PERFORM muster.duty_begin(m);
END $$;

-- A moment of the contractor as such.
CREATE FUNCTION duty_record(contractor integer, name text, at timestamptz, report text, note text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	who record;
	m muster.duty_moment;
BEGIN
	SELECT x.* INTO who FROM muster.acting() x;
	IF NOT who.roles && '{officer,supervisor,liaison}' THEN
		PERFORM muster.refuse('MU002', format('%s may not record moments of a contractor; it is for: %s',
			who.name, 'officer, supervisor, liaison'));
	ELSIF NOT (muster.sees_all() OR contractor = ANY (muster.portfolio_of())) THEN
		PERFORM muster.refuse('MU004', 'there is no such contractor in your portfolio');
	ELSIF octet_length(concat(report, note)) > 65536 THEN
		PERFORM muster.refuse('MU004', 'more than 65536 bytes of words');
	END IF;
	m.contractor_id := contractor;
	m.name := name;
	m.at := at;
	m.report := report;
	m.note := note;
	m.recorded_at := muster.moment();
	m.recorded_by := who.name;
	PERFORM muster.duty_check(name, at, m.recorded_at);
	PERFORM muster.duty_begin(m);
END $$;

-- What is overdue becomes a fact, with the moment at which it was so.
CREATE FUNCTION duty_pass(most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	now_ timestamptz := muster.moment();
	done integer;
BEGIN
	INSERT INTO muster.duty_fact
		SELECT d.contractor_id, d.number, 'overdue', d.due, NULL, now_
		FROM muster.duty d JOIN muster.duty_rule r ON r.name = d.name
		WHERE NOT r.keep AND d.due <= now_
		AND NOT EXISTS (SELECT FROM muster.duty_fact f WHERE f.contractor_id = d.contractor_id
			AND f.duty_number = d.number)
		ORDER BY d.due LIMIT most
		ON CONFLICT DO NOTHING;
	GET DIAGNOSTICS done = ROW_COUNT;
	RETURN done;
END $$;

-- Amounts that the configuration sets, by the names of the settings.
CREATE FUNCTION duty_configure(settings text[], amounts integer[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE muster.duty_rule r SET amount = s.amount
		FROM unnest(settings, amounts) AS s (setting, amount)
		WHERE r.setting = s.setting AND r.amount <> s.amount
$$;

-- The act that records a moment of a violation, in every state.
INSERT INTO action VALUES
	('incident', 'none', '{moment,at}', '{report,note}', 'record a moment from which a duty follows, or with which one is met');
INSERT INTO transition SELECT s.name, 'incident', s.name, '{officer,supervisor,liaison}', 'never', 'anybody'
	FROM state s;

-- Rights ---------------------------------------------------------------------------

REVOKE EXECUTE ON FUNCTION duty_begin(duty_moment), duty_check(text, timestamptz, timestamptz),
	duty_of_act(act), duty_record(integer, text, timestamptz, text, text), duty_pass(integer),
	duty_configure(text[], integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION duty_record(integer, text, timestamptz, text, text)
	TO muster_officer, muster_supervisor, muster_appeals, muster_liaison;
GRANT EXECUTE ON FUNCTION duty_pass(integer), duty_configure(text[], integer[]) TO muster_daemon;
GRANT EXECUTE ON FUNCTION case_due(violation) TO muster_daemon, muster_officer,
	muster_supervisor, muster_appeals, muster_liaison, muster_auditor;
GRANT SELECT ON duty_rule TO muster_daemon, muster_officer, muster_supervisor, muster_appeals,
	muster_liaison, muster_auditor;
DO $$
DECLARE
	thing text;
BEGIN
	FOREACH thing IN ARRAY ARRAY['duty_moment', 'duty', 'duty_fact'] LOOP
		EXECUTE format('GRANT SELECT ON %I TO muster_daemon, muster_officer, muster_supervisor,
			muster_appeals, muster_liaison, muster_auditor', thing);
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', thing);
		EXECUTE format('CREATE POLICY everything ON %I FOR SELECT TO muster_daemon, muster_auditor
			USING (true)', thing);
		EXECUTE format('CREATE POLICY portfolio ON %I FOR SELECT
			TO muster_officer, muster_supervisor, muster_appeals, muster_liaison
			USING ((SELECT muster.sees_all())
				OR contractor_id = ANY ((SELECT muster.portfolio_of())::integer[]))', thing);
	END LOOP;
END $$;
