-- The roster: reference data against which events are judged. It takes the
-- place of four tables that nothing was ever written into.

DROP TABLE person, asset, host, place;

CREATE TABLE roster_import (
	contractor_id integer NOT NULL REFERENCES contractor,
	id            bigint NOT NULL,
	kind          text NOT NULL,
	file          text NOT NULL,
	digest        bytea NOT NULL CHECK (octet_length(digest) = 32),
	rows          bigint NOT NULL,
	added         bigint NOT NULL,
	changed       bigint NOT NULL,
	imported_at   timestamptz NOT NULL DEFAULT now(),
	imported_by   text NOT NULL DEFAULT session_user,
	PRIMARY KEY (contractor_id, id),
	CHECK (added + changed BETWEEN 1 AND rows)
);
COMMENT ON COLUMN roster_import.id IS 'counts the contractor''s imports: the version of its roster from here on';
COMMENT ON COLUMN roster_import.digest IS 'SHA-256 of the file';
COMMENT ON COLUMN roster_import.rows IS 'of the file, for this contractor; those that changed nothing are neither added nor changed';

-- Nothing is taken out or overwritten: a row that is corrected stays, and says
-- which import replaced it, so that every version can be had again.
CREATE TABLE roster_row (
	contractor_id integer NOT NULL,
	import_id     bigint NOT NULL,
	line          integer NOT NULL,
	kind          text NOT NULL,
	key           text NOT NULL,
	fields        text[] NOT NULL,
	valid_from    timestamptz NOT NULL,
	valid_until   timestamptz,
	replaced_by   bigint,
	PRIMARY KEY (contractor_id, import_id, line),
	FOREIGN KEY (contractor_id, import_id) REFERENCES roster_import (contractor_id, id)
		DEFERRABLE,
	FOREIGN KEY (contractor_id, replaced_by) REFERENCES roster_import (contractor_id, id)
		DEFERRABLE,
	CHECK (valid_until > valid_from),
	CHECK (replaced_by > import_id)
);
CREATE UNIQUE INDEX roster_row_current ON roster_row (contractor_id, kind, key, valid_from)
	WHERE replaced_by IS NULL;
COMMENT ON COLUMN roster_row.fields IS 'values in the order of the kind''s columns, which only grows at its end';
COMMENT ON COLUMN roster_row.line IS 'of the file, on which the row begins';

ALTER TABLE batch ADD COLUMN roster bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN batch.roster IS 'version of the contractor''s roster that its events were joined to; 0: it had none';

GRANT SELECT ON roster_import, roster_row TO muster_daemon, muster_officer, muster_auditor;
