-- What the queue says of a violation besides where it stands: that evidence
-- under it is missing; and how a contractor is asked for it.

ALTER TABLE violation
	ADD COLUMN evidence_rejected boolean NOT NULL DEFAULT false,
	ADD COLUMN evidence_missing boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN violation.evidence_rejected IS 'a record of it came in a delivery of which records were rejected';
COMMENT ON COLUMN violation.evidence_missing IS 'a record of it came in a delivery next to one that is missing, as of the last look at the feeds';
CREATE INDEX violation_evidence_gap ON violation (queue_rank, first_event, contractor_id, id)
	WHERE evidence_rejected OR evidence_missing;
GRANT INSERT (evidence_rejected) ON violation TO muster_daemon;
GRANT UPDATE (evidence_rejected, evidence_missing) ON violation TO muster_daemon;

-- What a delivery is behind; its rows are added one behind the other.
CREATE INDEX violation_event_batch ON violation_event (contractor_id, batch_id);

UPDATE violation v SET evidence_rejected = true
WHERE (v.contractor_id, v.id) IN (SELECT e.contractor_id, e.violation_id
	FROM batch b JOIN violation_event e ON e.contractor_id = b.contractor_id AND e.batch_id = b.id
	WHERE b.rejected > 0);

-- Deliveries next to something that is missing: the last one of a system that
-- is silent; the one in which a hole in a system's numbers showed, and the one
-- before it.
CREATE VIEW evidence_gap WITH (security_invoker = true) AS
	SELECT q.contractor_id, d.batch_id, 'silence' AS what, q.system_id, q.since,
		NULL::bigint AS first, NULL::bigint AS last
	FROM silence q JOIN delivery d ON d.contractor_id = q.contractor_id
		AND d.system_id = q.system_id AND d.received_at = q.since
	WHERE NOT q.ended AND d.batch_id IS NOT NULL
	UNION ALL
	SELECT h.contractor_id, d.batch_id, 'hole', h.system_id, h.since, h.first, h.last
	FROM hole h CROSS JOIN LATERAL (
		(SELECT x.batch_id FROM delivery x WHERE x.contractor_id = h.contractor_id
			AND x.system_id = h.system_id AND x.received_at = h.since AND x.batch_id IS NOT NULL)
		UNION
		(SELECT x.batch_id FROM delivery x WHERE x.contractor_id = h.contractor_id
			AND x.system_id = h.system_id AND x.received_at < h.since AND x.batch_id IS NOT NULL
			ORDER BY x.received_at DESC LIMIT 1)) d;
SELECT read_by_portfolio(thing) FROM unnest(ARRAY['silence', 'hole']) thing;
GRANT SELECT ON evidence_gap TO muster_daemon, muster_officer, muster_supervisor, muster_appeals,
	muster_liaison, muster_auditor;

-- Evidence is asked for -----------------------------------------------------
-- A letter, held by the outbox, that says what is asked for; the case stays
-- where it is. What the contractor sends comes as documents.

INSERT INTO action VALUES
	('request', 'none', '{evidence}', '{note}', 'ask the contractor for evidence; the letter leaves when the outbox lets it');
INSERT INTO transition VALUES
	('flagged', 'request', 'flagged', '{officer}', 'never', 'anybody'),
	('reopened', 'request', 'reopened', '{officer}', 'never', 'anybody'),
	('triaged', 'request', 'triaged', '{officer}', 'never', 'anybody'),
	('replied', 'request', 'replied', '{officer}', 'never', 'anybody'),
	('unanswered', 'request', 'unanswered', '{officer}', 'never', 'anybody');

CREATE OR REPLACE FUNCTION act_leaves(kind text, reason text, at timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT at + o.outbox_hold FROM muster.office o
	WHERE kind IN ('notice', 'request', 'sanction', 'merge', 'withdraw') OR kind <> 'suppress'
		AND EXISTS (SELECT FROM muster.reason r
			WHERE r.code = act_leaves.reason AND r.told AND r.list <> 'answer')
$$;

-- Has a notice of it left, or a request? Also one whose case had moved on meanwhile.
CREATE OR REPLACE FUNCTION case_told(contractor integer, violation bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM muster.act a WHERE a.contractor_id = contractor
		AND a.violation_id = violation AND (a.action = 'deliver' OR a.action IN ('notice', 'request')
			AND EXISTS (SELECT FROM muster.letter l WHERE l.contractor_id = contractor
				AND l.violation_id = violation AND l.act_number = a.number)))
$$;

-- Letters that leave now: of acts that stand. A notice goes out as long as its
-- case waits for it, a request as long as the case has not ended; other letters
-- only where one of these has gone before.
CREATE OR REPLACE FUNCTION letters_due(most integer)
RETURNS TABLE (contractor_id integer, violation_id bigint, act_number integer, action text,
	reason text, at timestamptz, wanted boolean)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT o.contractor_id, o.violation_id, o.act_number, k.action, a.reason, a.at,
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
	WHERE o.leaves_at <= muster.moment() ORDER BY o.leaves_at LIMIT most
$$;
