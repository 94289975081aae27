-- What people record about requirements: findings of assessors, since no log
-- shows everything, and exceptions on file, which cover findings for a time.
-- Nothing is changed or taken out: what is wrong is recorded anew, what ends
-- gets a row that ends it.

CREATE TABLE assessment (
	contractor_id integer NOT NULL REFERENCES contractor,
	id            bigint NOT NULL,
	standard      text NOT NULL,
	requirement   text NOT NULL,
	finding       text NOT NULL CHECK (finding IN ('met', 'not-met', 'partial', 'not-applicable')),
	assessed_at   timestamptz NOT NULL,
	assessor      text NOT NULL CHECK (assessor <> ''),
	basis         text NOT NULL CHECK (basis <> ''),
	recorded_at   timestamptz NOT NULL,
	recorded_by   text NOT NULL,
	PRIMARY KEY (contractor_id, id),
	CHECK (assessed_at <= recorded_at)
);
CREATE INDEX assessment_of ON assessment (contractor_id, standard, requirement, assessed_at, id);
COMMENT ON COLUMN assessment.finding IS 'partial: not met, but only what the requirement''s partial value is for';
COMMENT ON COLUMN assessment.basis IS 'what the assessor examined, interviewed or tested, and where that is kept';

CREATE TABLE exception (
	contractor_id integer NOT NULL REFERENCES contractor,
	id            bigint NOT NULL,
	kind          text NOT NULL CHECK (kind IN ('enduring', 'temporary')),
	standard      text NOT NULL,
	requirement   text NOT NULL,
	rule_key      text,
	subject       text,
	reference     text NOT NULL CHECK (reference <> ''),
	reason        text NOT NULL CHECK (reason <> ''),
	owner         text NOT NULL CHECK (owner <> ''),
	valid_from    timestamptz NOT NULL,
	valid_until   timestamptz NOT NULL,
	proposed_at   timestamptz NOT NULL,
	proposed_by   text NOT NULL,
	PRIMARY KEY (contractor_id, id),
	CHECK (valid_until > valid_from AND valid_until <= valid_from + interval '3 years'),
	CHECK (kind <> 'temporary' OR valid_until <= valid_from + interval '1 year')
);
COMMENT ON TABLE exception IS 'enduring exceptions and temporary deficiencies: 32 CFR 170.24(b)(1)';
COMMENT ON COLUMN exception.rule_key IS 'covers only what this rule found; NULL: any';
COMMENT ON COLUMN exception.subject IS 'covers only findings about this subject; NULL: any';
COMMENT ON COLUMN exception.reference IS 'where it stands: the section of the system security plan, or the operational plan of action';

CREATE TABLE exception_decision (
	contractor_id integer NOT NULL,
	exception_id  bigint NOT NULL,
	decision      text NOT NULL CHECK (decision IN ('approved', 'refused', 'ended')),
	decided_at    timestamptz NOT NULL,
	decided_by    text NOT NULL,
	note          text NOT NULL,
	PRIMARY KEY (contractor_id, exception_id, decision),
	FOREIGN KEY (contractor_id, exception_id) REFERENCES exception (contractor_id, id)
);
CREATE UNIQUE INDEX exception_decision_first ON exception_decision (contractor_id, exception_id)
	WHERE decision IN ('approved', 'refused');

-- Refuses who has none of the roles, or not that contractor; returns who it is.
CREATE FUNCTION must_be(contractor integer, roles text[], to_do text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	who record;
BEGIN
	SELECT x.* INTO who FROM muster.acting() x;
	IF NOT who.roles && must_be.roles THEN
		PERFORM muster.refuse('MU002', format('%s may not %s; it is for: %s', who.name, to_do,
			array_to_string(must_be.roles, ', ')));
	ELSIF NOT (muster.sees_all() OR contractor = ANY (muster.portfolio_of())) THEN
		PERFORM muster.refuse('MU002', format('%s does not have this contractor', who.name));
	END IF;
	RETURN who.name;
END $$;
REVOKE EXECUTE ON FUNCTION must_be(integer, text[], text) FROM PUBLIC;

-- The requirement, by a standard's name, as its newest version has it.
CREATE FUNCTION requirement_known(of_standard text, of_requirement text, OUT known boolean, OUT has_partial boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT count(*) > 0, coalesce(bool_or(r.weight_partial IS NOT NULL), false)
	FROM muster.requirement r WHERE r.id = of_requirement AND r.standard_id =
		(SELECT max(s.id) FROM muster.standard s WHERE s.name = of_standard)
$$;
REVOKE EXECUTE ON FUNCTION requirement_known(text, text) FROM PUBLIC;

CREATE FUNCTION next_number(of_what text) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO muster.counter AS c VALUES (of_what, 1)
	ON CONFLICT (name) DO UPDATE SET value = c.value + 1 RETURNING value
$$;
REVOKE EXECUTE ON FUNCTION next_number(text) FROM PUBLIC;

CREATE FUNCTION assess(contractor integer, of_standard text, of_requirement text, outcome text,
	at timestamptz, by_assessor text, on_basis text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	requirement record;
	number bigint;
BEGIN
	PERFORM muster.must_be(contractor, ARRAY['officer', 'supervisor'], 'record an assessment');
	requirement := muster.requirement_known(of_standard, of_requirement);
	IF NOT requirement.known THEN
		PERFORM muster.refuse('MU004', format('standard %s has no requirement %s', of_standard, of_requirement));
	END IF;
	IF outcome = 'partial' AND NOT requirement.has_partial THEN
		PERFORM muster.refuse('MU004', format('requirement %s has no partial value: it is met or not met', of_requirement));
	END IF;
	IF at > muster.moment() THEN
		PERFORM muster.refuse('MU004', 'an assessment cannot have been made in the future');
	END IF;
	number := muster.next_number('assessment of ' || contractor);
	INSERT INTO muster.assessment VALUES (contractor, number, of_standard, of_requirement, outcome,
		at, by_assessor, on_basis, muster.moment(), session_user);
	RETURN number;
END $$;
REVOKE EXECUTE ON FUNCTION assess(integer, text, text, text, timestamptz, text, text) FROM PUBLIC;

CREATE FUNCTION exception_propose(contractor integer, of_kind text, of_standard text, of_requirement text,
	for_rule text, for_subject text, stands_in text, because text, of_owner text,
	begins timestamptz, ends timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	requirement record;
	number bigint;
BEGIN
	PERFORM muster.must_be(contractor, ARRAY['officer', 'supervisor'], 'propose an exception');
	requirement := muster.requirement_known(of_standard, of_requirement);
	IF NOT requirement.known THEN
		PERFORM muster.refuse('MU004', format('standard %s has no requirement %s', of_standard, of_requirement));
	END IF;
	IF ends <= muster.moment() THEN
		PERFORM muster.refuse('MU004', 'the exception would have ended already');
	END IF;
	IF ends > begins + interval '3 years' OR of_kind = 'temporary' AND ends > begins + interval '1 year' THEN
		PERFORM muster.refuse('MU004', 'a temporary deficiency lasts a year at most, an enduring exception three: then it is looked at again');
	END IF;
	number := muster.next_number('exception of ' || contractor);
	INSERT INTO muster.exception VALUES (contractor, number, of_kind, of_standard, of_requirement,
		for_rule, for_subject, stands_in, because, of_owner, begins, ends, muster.moment(), session_user);
	RETURN number;
END $$;
REVOKE EXECUTE ON FUNCTION exception_propose(integer, text, text, text, text, text, text, text, text,
	timestamptz, timestamptz) FROM PUBLIC;

CREATE FUNCTION exception_decide(contractor integer, number bigint, decides text, because text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	proposer text;
	earlier text;
BEGIN
	PERFORM muster.must_be(contractor,
		CASE decides WHEN 'ended' THEN ARRAY['officer', 'supervisor'] ELSE ARRAY['supervisor'] END,
		'decide on an exception');
	SELECT e.proposed_by INTO proposer FROM muster.exception e
		WHERE e.contractor_id = contractor AND e.id = number FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM muster.refuse('MU004', format('there is no exception %s', number));
	END IF;
	IF decides <> 'ended' AND proposer = session_user THEN
		PERFORM muster.refuse('MU002', format('%s proposed it; another person must decide', proposer));
	END IF;
	SELECT d.decision || ' by ' || d.decided_by INTO earlier FROM muster.exception_decision d
		WHERE d.contractor_id = contractor AND d.exception_id = number
		ORDER BY d.decided_at DESC, d.decision LIMIT 1;
	IF earlier IS NOT NULL AND (decides <> 'ended' OR earlier NOT LIKE 'approved%') THEN
		PERFORM muster.refuse('MU003', format('it was %s already', earlier));
	END IF;
	INSERT INTO muster.exception_decision VALUES (contractor, number, decides, muster.moment(),
		session_user, because);
END $$;
REVOKE EXECUTE ON FUNCTION exception_decide(integer, bigint, text, text) FROM PUBLIC;

-- Rights: as on other tables about contractors.
SELECT read_by_portfolio('assessment');
SELECT read_by_portfolio('exception');
SELECT read_by_portfolio('exception_decision');
GRANT EXECUTE ON FUNCTION assess(integer, text, text, text, timestamptz, text, text),
	exception_propose(integer, text, text, text, text, text, text, text, text, timestamptz, timestamptz),
	exception_decide(integer, bigint, text, text)
	TO muster_officer, muster_supervisor, muster_appeals, muster_liaison;

-- A violation is dismissed as authorised only while the exception that is
-- named covers its rule, subject and a requirement of the rule.
CREATE FUNCTION exception_covers(c violation, number bigint, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM muster.exception e
		JOIN muster.exception_decision d ON d.contractor_id = e.contractor_id
			AND d.exception_id = e.id AND d.decision = 'approved'
		JOIN muster.rule r ON r.id = c.rule_id JOIN muster.standard s ON s.id = r.standard_id
		WHERE e.contractor_id = c.contractor_id AND e.id = number
		AND e.valid_from <= at AND e.valid_until > at
		AND NOT EXISTS (SELECT FROM muster.exception_decision x WHERE x.contractor_id = e.contractor_id
			AND x.exception_id = e.id AND x.decision = 'ended')
		AND e.standard = s.name AND e.requirement = ANY (r.requirements)
		AND coalesce(e.rule_key, c.rule_key) = c.rule_key
		AND coalesce(e.subject, c.subject) = c.subject)
$$;
REVOKE EXECUTE ON FUNCTION exception_covers(violation, bigint, timestamptz) FROM PUBLIC;
CREATE OR REPLACE FUNCTION act_check_exception(c violation, a act) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT muster.exception_covers(c, muster.data_integer(a.data, 'exception'), a.recorded_at) THEN
		PERFORM muster.refuse('MU004', format('exception %s is not in force, or does not cover it',
			a.data ->> 'exception'));
	END IF;
END $$;
REVOKE EXECUTE ON FUNCTION act_check_exception(violation, act) FROM PUBLIC;
