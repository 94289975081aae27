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

-- STUB begin
CREATE FUNCTION moment() RETURNS timestamptz LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$ SELECT clock_timestamp() $$;
CREATE FUNCTION must_be(contractor integer, roles text[], to_do text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN; END $$;
-- STUB end

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
		RAISE EXCEPTION 'standard % has no requirement %', of_standard, of_requirement
			USING ERRCODE = 'MU004';
	END IF;
	IF outcome = 'partial' AND NOT requirement.has_partial THEN
		RAISE EXCEPTION 'requirement % has no partial value: it is met or not met', of_requirement
			USING ERRCODE = 'MU004';
	END IF;
	IF at > muster.moment() THEN
		RAISE EXCEPTION 'an assessment cannot have been made in the future' USING ERRCODE = 'MU004';
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
		RAISE EXCEPTION 'standard % has no requirement %', of_standard, of_requirement
			USING ERRCODE = 'MU004';
	END IF;
	IF ends <= muster.moment() THEN
		RAISE EXCEPTION 'the exception would have ended already' USING ERRCODE = 'MU004';
	END IF;
	IF ends > begins + interval '3 years' OR of_kind = 'temporary' AND ends > begins + interval '1 year' THEN
		RAISE EXCEPTION 'a temporary deficiency lasts a year at most, an enduring exception three: then it is looked at again'
			USING ERRCODE = 'MU004';
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
		RAISE EXCEPTION 'there is no exception %', number USING ERRCODE = 'MU004';
	END IF;
	IF decides <> 'ended' AND proposer = session_user THEN
		RAISE EXCEPTION '% proposed it; another person must decide', proposer USING ERRCODE = 'MU002';
	END IF;
	SELECT d.decision || ' by ' || d.decided_by INTO earlier FROM muster.exception_decision d
		WHERE d.contractor_id = contractor AND d.exception_id = number
		ORDER BY d.decided_at DESC, d.decision LIMIT 1;
	IF earlier IS NOT NULL AND (decides <> 'ended' OR earlier NOT LIKE 'approved%') THEN
		RAISE EXCEPTION 'it was % already', earlier USING ERRCODE = 'MU003';
	END IF;
	INSERT INTO muster.exception_decision VALUES (contractor, number, decides, muster.moment(),
		session_user, because);
END $$;
REVOKE EXECUTE ON FUNCTION exception_decide(integer, bigint, text, text) FROM PUBLIC;

GRANT SELECT ON assessment, exception, exception_decision TO muster_daemon, muster_officer, muster_auditor;
GRANT EXECUTE ON FUNCTION assess(integer, text, text, text, timestamptz, text, text) TO muster_officer;
GRANT EXECUTE ON FUNCTION exception_propose(integer, text, text, text, text, text, text, text, text,
	timestamptz, timestamptz) TO muster_officer;
GRANT EXECUTE ON FUNCTION exception_decide(integer, bigint, text, text) TO muster_officer;
