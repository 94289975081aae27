-- Numbers that a system gave to records once, and in a later delivery to
-- others: what was uploaded differs from what was uploaded before.
CREATE TABLE rewrite (
	contractor_id integer NOT NULL,
	system_id     integer NOT NULL,
	batch_id      bigint NOT NULL,
	first         bigint NOT NULL,
	last          bigint NOT NULL,
	records       bigint NOT NULL CHECK (records > 0),
	since         timestamptz NOT NULL,
	PRIMARY KEY (contractor_id, batch_id)
);
COMMENT ON TABLE rewrite IS 'deliveries with numbers that other records of the system have borne';
COMMENT ON COLUMN rewrite.first IS 'the least number of the delivery that was borne before, as last is the greatest';
COMMENT ON COLUMN rewrite.records IS 'how many of its records at least are others than those that bore their numbers';
COMMENT ON COLUMN rewrite.since IS 'when it was received';
CREATE TABLE rewrite_violation (
	contractor_id integer NOT NULL,
	rule_key      text NOT NULL,
	batch_id      bigint NOT NULL,
	violation_id  bigint NOT NULL,
	PRIMARY KEY (contractor_id, rule_key, batch_id)
);

GRANT SELECT ON rewrite, rewrite_violation TO muster_daemon, muster_auditor;
GRANT INSERT ON rewrite, rewrite_violation TO muster_daemon;
