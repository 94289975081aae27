-- What the queue says of a violation besides where it stands: that evidence
-- under it is missing.

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
