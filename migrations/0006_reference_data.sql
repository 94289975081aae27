-- Events that could not be judged in full: what they name is not in the
-- contractor's roster. Missing reference data is unknown, never a violation;
-- here it is counted, so that somebody can ask for it.

CREATE TABLE batch_unknown (
	contractor_id integer NOT NULL,
	batch_id      bigint NOT NULL,
	kind          text NOT NULL,
	events        bigint NOT NULL CHECK (events > 0),
	PRIMARY KEY (contractor_id, batch_id, kind),
	FOREIGN KEY (contractor_id, batch_id) REFERENCES batch (contractor_id, id)
);
COMMENT ON TABLE batch_unknown IS 'events of a batch that a rule asked the roster about, without an answer, by the kind of reference data that lacks a row';
COMMENT ON COLUMN batch_unknown.kind IS 'kind of reference data, as muster roster import has it';

SELECT read_by_portfolio('batch_unknown');
GRANT INSERT ON batch_unknown TO muster_daemon;
