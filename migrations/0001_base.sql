-- The books of muster: who delivers, what was delivered, what it showed.
--
-- contractor_id leads every key of every table about a contractor, and such
-- tables carry no trigger, so that the schema can be distributed by it.
-- Numbers that must have no gaps come from "counter", under its row lock.

CREATE TABLE counter (
	name  text PRIMARY KEY,
	value bigint NOT NULL
);
COMMENT ON TABLE counter IS 'last number given, by kind of thing numbered';

CREATE TABLE instance (
	only_one    boolean PRIMARY KEY DEFAULT true CHECK (only_one),
	name_key    bytea NOT NULL CHECK (octet_length(name_key) = 16),
	created_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN instance.name_key IS 'secret key under which name.id and event.identity are made';

-- Standards -----------------------------------------------------------------

CREATE TABLE standard (
	id         integer PRIMARY KEY,
	name       text NOT NULL,
	title      text NOT NULL,
	digest     bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
	bundle     bytea NOT NULL,
	loaded_at  timestamptz NOT NULL DEFAULT now(),
	loaded_by  text NOT NULL DEFAULT session_user
);
COMMENT ON COLUMN standard.bundle IS 'every file of the standard, as it was loaded; digest is the SHA-256 of these bytes';

CREATE TABLE standard_in_force (
	standard_id  integer NOT NULL REFERENCES standard,
	name         text NOT NULL,
	since        timestamptz NOT NULL DEFAULT now(),
	until        timestamptz,
	activated_by text NOT NULL DEFAULT session_user
);
CREATE UNIQUE INDEX standard_in_force_one ON standard_in_force (name) WHERE until IS NULL;

CREATE TABLE requirement (
	standard_id    integer NOT NULL REFERENCES standard,
	id             text NOT NULL,
	position       integer NOT NULL,
	title          text NOT NULL,
	family         text NOT NULL,
	weight         integer,
	weight_partial integer,
	citation       text NOT NULL,
	observable     text NOT NULL CHECK (observable IN ('direct', 'indirect', 'none')),
	plan_allowed   text NOT NULL CHECK (plan_allowed IN ('yes', 'no', 'partial')),
	PRIMARY KEY (standard_id, id)
);

CREATE TABLE rule (
	id           integer PRIMARY KEY,
	standard_id  integer NOT NULL REFERENCES standard,
	rule_key     text NOT NULL,
	title        text NOT NULL,
	severity     smallint NOT NULL CHECK (severity BETWEEN 1 AND 5),
	direct       boolean NOT NULL,
	requirements text[] NOT NULL,
	says         text NOT NULL,
	file         text NOT NULL,
	UNIQUE (standard_id, rule_key)
);
COMMENT ON COLUMN rule.rule_key IS 'id of the rule in its YAML; the same through all versions of the standard';

-- Contractors ---------------------------------------------------------------

CREATE TABLE contractor (
	id         integer PRIMARY KEY,
	code       text NOT NULL UNIQUE CHECK (code ~ '^[A-Z0-9][A-Z0-9-]{0,31}$'),
	name       text NOT NULL,
	unsigned   boolean NOT NULL DEFAULT false,
	active     boolean NOT NULL DEFAULT true,
	created_at timestamptz NOT NULL DEFAULT now(),
	created_by text NOT NULL DEFAULT session_user
);

CREATE TABLE system (
	contractor_id  integer NOT NULL REFERENCES contractor,
	id             integer NOT NULL,
	name           text NOT NULL CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$'),
	format         text NOT NULL,
	every_seconds  bigint CHECK (every_seconds > 0),
	timezone       text NOT NULL DEFAULT 'UTC',
	zone_data      bytea,
	active         boolean NOT NULL DEFAULT true,
	created_at     timestamptz NOT NULL DEFAULT now(),
	created_by     text NOT NULL DEFAULT session_user,
	PRIMARY KEY (contractor_id, id),
	UNIQUE (contractor_id, name)
);
COMMENT ON COLUMN system.zone_data IS 'TZif rules of the time zone as they were when the system was enrolled';

CREATE TABLE person (
	contractor_id integer NOT NULL REFERENCES contractor,
	id            text NOT NULL,
	name          text NOT NULL,
	level         smallint NOT NULL CHECK (level BETWEEN 0 AND 5),
	status        text NOT NULL,
	valid_from    timestamptz NOT NULL,
	valid_until   timestamptz,
	PRIMARY KEY (contractor_id, id, valid_from)
);

CREATE TABLE asset (
	contractor_id integer NOT NULL REFERENCES contractor,
	id            text NOT NULL,
	name          text NOT NULL,
	level         smallint NOT NULL CHECK (level BETWEEN 0 AND 5),
	programme     text,
	valid_from    timestamptz NOT NULL,
	valid_until   timestamptz,
	PRIMARY KEY (contractor_id, id, valid_from)
);

CREATE TABLE host (
	contractor_id integer NOT NULL REFERENCES contractor,
	id            text NOT NULL,
	level         smallint NOT NULL CHECK (level BETWEEN 0 AND 5),
	place         text,
	valid_from    timestamptz NOT NULL,
	valid_until   timestamptz,
	PRIMARY KEY (contractor_id, id, valid_from)
);

CREATE TABLE place (
	contractor_id integer NOT NULL REFERENCES contractor,
	id            text NOT NULL,
	name          text NOT NULL,
	level         smallint NOT NULL CHECK (level BETWEEN 0 AND 5),
	valid_from    timestamptz NOT NULL,
	valid_until   timestamptz,
	PRIMARY KEY (contractor_id, id, valid_from)
);

-- Deliveries ----------------------------------------------------------------

-- The content of one log, whatever its name and however it was compressed.
CREATE TABLE batch (
	contractor_id  integer NOT NULL REFERENCES contractor,
	id             bigint NOT NULL,
	system_id      integer NOT NULL,
	content_sha256 bytea NOT NULL CHECK (octet_length(content_sha256) = 32),
	evidence_sha256 bytea NOT NULL CHECK (octet_length(evidence_sha256) = 32),
	encoding       text NOT NULL CHECK (encoding IN ('plain', 'gzip', 'zstd')),
	content_bytes  bigint NOT NULL,
	records        bigint NOT NULL,
	accepted       bigint NOT NULL,
	rejected       bigint NOT NULL,
	duplicates     bigint NOT NULL,
	first_event    timestamptz,
	last_event     timestamptz,
	received_at    timestamptz NOT NULL,
	PRIMARY KEY (contractor_id, id),
	UNIQUE (contractor_id, system_id, content_sha256),
	FOREIGN KEY (contractor_id, system_id) REFERENCES system (contractor_id, id),
	CHECK (records = accepted + rejected + duplicates)
);
CREATE INDEX batch_time ON batch (contractor_id, system_id, last_event, first_event);

-- Every drop into the spool, with the receipt that was given for it.
CREATE TABLE delivery (
	contractor_id  integer NOT NULL REFERENCES contractor,
	id             text NOT NULL,
	name           text NOT NULL,
	system_id      integer,
	batch_id       bigint,
	evidence_sha256 bytea,
	outcome        text NOT NULL CHECK (outcome IN ('accepted', 'accepted-with-rejects', 'refused')),
	reason         text,
	records        bigint NOT NULL,
	accepted       bigint NOT NULL,
	rejected       bigint NOT NULL,
	duplicates     bigint NOT NULL,
	receipt        text NOT NULL,
	received_at    timestamptz NOT NULL,
	PRIMARY KEY (contractor_id, id),
	FOREIGN KEY (contractor_id, batch_id) REFERENCES batch (contractor_id, id),
	CHECK (records = accepted + rejected + duplicates)
);
CREATE INDEX delivery_received ON delivery (contractor_id, received_at);
COMMENT ON COLUMN delivery.id IS 'given when the file was claimed from the spool; the same after a crash';

CREATE TABLE reject (
	contractor_id integer NOT NULL REFERENCES contractor,
	batch_id      bigint NOT NULL,
	line          bigint NOT NULL,
	byte_offset   bigint NOT NULL,
	code          text NOT NULL,
	reason        text NOT NULL,
	FOREIGN KEY (contractor_id, batch_id) REFERENCES batch (contractor_id, id)
);
CREATE INDEX reject_batch ON reject (contractor_id, batch_id, line);

-- Events --------------------------------------------------------------------

-- Strings that repeat, once per contractor. id is a keyed hash of the value.
CREATE TABLE name (
	contractor_id integer NOT NULL,
	id            bigint NOT NULL,
	value         text NOT NULL,
	PRIMARY KEY (contractor_id, id)
);

CREATE TABLE event (
	contractor_id integer NOT NULL,
	batch_id      bigint NOT NULL,
	line          integer NOT NULL,
	byte_length   integer NOT NULL,
	byte_offset   bigint NOT NULL,
	time          timestamptz NOT NULL,
	identity      bigint NOT NULL,
	actor         bigint,
	object        bigint,
	host          bigint,
	address       bigint,
	session       bigint,
	bytes         bigint,
	action        smallint NOT NULL,
	outcome       smallint NOT NULL,
	level         smallint NOT NULL
) PARTITION BY RANGE (time);
COMMENT ON COLUMN event.identity IS 'keyed hash of the record''s native identity (last bit set), or else of its bytes (last bit clear)';
COMMENT ON COLUMN event.byte_offset IS 'of the record''s first byte in the uncompressed log; the evidence file holds the rest';
CREATE TABLE event_other PARTITION OF event DEFAULT;

-- A month's partition, made when its first event comes. Months outside
-- 2000 to 2099 go to event_other.
CREATE FUNCTION event_partition(moment timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	month     timestamp := date_trunc('month', moment AT TIME ZONE 'UTC');
	partition text := 'event_' || to_char(month, 'YYYY_MM');
BEGIN
	IF month < timestamp '2000-01-01' OR month >= timestamp '2100-01-01' THEN
		RETURN 'event_other';
	END IF;
	PERFORM 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = 'muster' AND c.relname = partition;
	IF NOT FOUND THEN
		EXECUTE format('CREATE TABLE muster.%I PARTITION OF muster.event FOR VALUES FROM (%L) TO (%L)',
			partition, month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
		EXECUTE format('GRANT SELECT, INSERT ON muster.%I TO muster_daemon', partition);
		EXECUTE format('GRANT SELECT ON muster.%I TO muster_officer, muster_auditor', partition);
	END IF;
	RETURN partition;
END $$;
REVOKE EXECUTE ON FUNCTION event_partition(timestamptz) FROM PUBLIC;

-- What this uncommitted batch repeats of itself or of what its system has
-- already delivered is taken out again; returns where those records began.
-- Records with an identity of their own count once. Others are lines: the
-- nth equal line of one moment repeats the nth that is already there. Called
-- only for batches that may hold repetitions, so only they pay for an index.
CREATE FUNCTION event_forget_repeats(contractor integer, of_system integer, new_batch bigint,
	from_time timestamptz, to_time timestamptz, in_batch boolean) RETURNS SETOF bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- Nothing is known yet of rows that were copied a moment ago; hashing never
-- costs more than their number, nested loops its square.
SET enable_nestloop = off SET work_mem = '64MB' AS $$
DECLARE
	partition name;
BEGIN
	IF EXISTS (SELECT FROM muster.batch b WHERE b.contractor_id = contractor AND b.id = new_batch) THEN
		RAISE EXCEPTION 'batch % has been taken already', new_batch;
	END IF;
	FOR partition IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
			WHERE i.inhparent = 'muster.event'::regclass AND c.relname::text COLLATE "C" BETWEEN
				to_char(from_time AT TIME ZONE 'UTC', '"event_"YYYY_MM') AND
				to_char(to_time AT TIME ZONE 'UTC', '"event_"YYYY_MM') LOOP
		EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON muster.%I USING brin (time) WITH (pages_per_range = 32)',
			partition || '_time', partition);
	END LOOP;
	RETURN QUERY WITH
	fresh AS (
		SELECT e.ctid AS place, e.tableoid AS part, e.byte_offset, e.time, e.identity,
			row_number() OVER (PARTITION BY e.time, e.identity ORDER BY e.byte_offset) AS nth
		FROM muster.event e
		WHERE e.contractor_id = contractor AND e.batch_id = new_batch
			AND (in_batch OR e.time BETWEEN from_time AND to_time)
	), known AS (
		SELECT o.time, o.identity, count(*) AS copies
		FROM muster.event o JOIN muster.batch b ON b.contractor_id = contractor AND b.id = o.batch_id
		WHERE o.contractor_id = contractor AND b.system_id = of_system
			AND o.time BETWEEN from_time AND to_time
		GROUP BY o.time, o.identity
	), repeated AS (
		SELECT f.place, f.part FROM fresh f
		LEFT JOIN known k ON k.time = f.time AND k.identity = f.identity
		WHERE CASE WHEN f.identity & 1 = 1 THEN f.nth > 1 OR k.copies > 0
			ELSE f.nth <= k.copies END
	)
	DELETE FROM muster.event e USING repeated r
	WHERE e.ctid = r.place AND e.tableoid = r.part AND e.batch_id = new_batch
	RETURNING e.byte_offset;
END $$;
REVOKE EXECUTE ON FUNCTION event_forget_repeats(integer, integer, bigint, timestamptz, timestamptz, boolean) FROM PUBLIC;

-- Violations ----------------------------------------------------------------

CREATE TABLE violation (
	contractor_id integer NOT NULL REFERENCES contractor,
	id            bigint NOT NULL,
	number        text NOT NULL CHECK (number ~ '^V-[0-9]{4}-[0-9]{6,}$'),
	rule_key      text NOT NULL,
	rule_id       integer NOT NULL,
	subject_kind  text NOT NULL,
	subject       text NOT NULL,
	day           date NOT NULL,
	severity      smallint NOT NULL,
	state         text NOT NULL DEFAULT 'flagged',
	level         smallint NOT NULL,
	count         bigint NOT NULL,
	first_event   timestamptz NOT NULL,
	last_event    timestamptz NOT NULL,
	owner         text,
	due           timestamptz,
	opened_at     timestamptz NOT NULL,
	PRIMARY KEY (contractor_id, id),
	UNIQUE (contractor_id, number),
	UNIQUE (contractor_id, rule_key, subject_kind, subject, day)
);
-- Open cases in the order of the queue: rule by rule, since the rule and the
-- severity decide how many points are at stake. Of all, and of one contractor.
CREATE INDEX violation_queue ON violation (rule_id, severity, first_event, contractor_id, id)
	WHERE state <> ALL ('{dismissed,unsubstantiated,overturned,merged,withdrawn,closed}');
CREATE INDEX violation_queue_of ON violation (contractor_id, rule_id, severity, first_event, id)
	WHERE state <> ALL ('{dismissed,unsubstantiated,overturned,merged,withdrawn,closed}');
CREATE INDEX violation_number ON violation (number);
CREATE INDEX violation_rule ON violation (contractor_id, rule_key, last_event);
CREATE INDEX violation_subject ON violation (contractor_id, subject_kind, subject, last_event);
CREATE INDEX violation_opened ON violation (contractor_id, opened_at);
COMMENT ON COLUMN violation.level IS 'highest level among the objects of its events';
COMMENT ON COLUMN violation.rule_id IS 'the version of the rule that opened it; names the standard';

-- Every event behind a violation.
CREATE TABLE violation_event (
	contractor_id integer NOT NULL,
	violation_id  bigint NOT NULL,
	batch_id      bigint NOT NULL,
	byte_offset   bigint NOT NULL,
	line          integer NOT NULL,
	byte_length   integer NOT NULL,
	time          timestamptz NOT NULL,
	rule_id       integer NOT NULL,
	PRIMARY KEY (contractor_id, violation_id, batch_id, byte_offset),
	FOREIGN KEY (contractor_id, violation_id) REFERENCES violation (contractor_id, id),
	FOREIGN KEY (contractor_id, batch_id) REFERENCES batch (contractor_id, id)
);

-- Rights --------------------------------------------------------------------

GRANT USAGE ON SCHEMA muster TO muster_daemon, muster_officer, muster_auditor;
GRANT SELECT ON ALL TABLES IN SCHEMA muster TO muster_daemon;
GRANT SELECT ON counter, standard, standard_in_force, requirement, rule, contractor, system,
	person, asset, host, place, batch, delivery, reject, name, event, event_other,
	violation, violation_event TO muster_officer, muster_auditor;
GRANT INSERT, UPDATE ON counter TO muster_daemon;
GRANT INSERT ON batch, delivery, reject, name, event, event_other, violation, violation_event TO muster_daemon;
GRANT UPDATE (count, first_event, last_event, severity, level) ON violation TO muster_daemon;
GRANT EXECUTE ON FUNCTION event_partition(timestamptz) TO muster_daemon;
GRANT EXECUTE ON FUNCTION event_forget_repeats(integer, integer, bigint, timestamptz, timestamptz, boolean) TO muster_daemon;
