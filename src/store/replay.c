/* Judging again: the session, what is judged by what, and its frames. */
#include "store/replay_int.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>

#define ARENA_LIMIT ((size_t)1 << 30)
#define DAY (86400 * MICROSECONDS)

static int out_of_memory(struct err *err)
{
	return err_set(err, ERR_MEMORY, "judging again");
}

/* The session ------------------------------------------------------------------------- */

/*
 * What comes first in the path hides the books' table of that name: versions
 * that are tried are known to this session alone.
 */
static const char session_sql[] =
	"SET search_path = pg_temp, muster;"
	"CREATE TEMPORARY TABLE standard (LIKE muster.standard INCLUDING DEFAULTS INCLUDING INDEXES);"
	"CREATE TEMPORARY TABLE standard_in_force (LIKE muster.standard_in_force INCLUDING DEFAULTS INCLUDING INDEXES);"
	"CREATE TEMPORARY TABLE requirement (LIKE muster.requirement INCLUDING INDEXES);"
	"CREATE TEMPORARY TABLE rule (LIKE muster.rule INCLUDING INDEXES);"
	"CREATE TEMPORARY TABLE correlation (LIKE muster.correlation INCLUDING INDEXES);"
	"CREATE TEMPORARY TABLE counter (LIKE muster.counter INCLUDING INDEXES);"
	"INSERT INTO standard SELECT * FROM muster.standard;"
	"INSERT INTO standard_in_force SELECT * FROM muster.standard_in_force;"
	"INSERT INTO requirement SELECT * FROM muster.requirement;"
	"INSERT INTO rule SELECT * FROM muster.rule;"
	"INSERT INTO correlation SELECT * FROM muster.correlation;"
	"INSERT INTO counter SELECT * FROM muster.counter WHERE name IN ('standard', 'rule', 'correlation');"
	"CREATE TEMPORARY TABLE replayed (standard_id integer PRIMARY KEY, name text NOT NULL UNIQUE);"
	"CREATE TEMPORARY TABLE hit_at (time timestamptz, byte_offset bigint)";

int store_replay_new(struct pg *pg, size_t readers, struct store_replay **ret_replay,
		     struct err *err)
{
	CLEAN(store_replay) struct store_replay *replay = calloc(1, sizeof(*replay));
	int done = pg_script(pg, session_sql, err);

	if (!replay || !(replay->arena = arena_new(ARENA_LIMIT)) ||
	    !(replay->slots = calloc(readers, sizeof(*replay->slots))))
		return out_of_memory(err);
	replay->pg = pg;
	replay->slot_count = readers;
	buffer_init(&replay->roster, ROSTER_BLOB_LARGEST);
	for (size_t i = 0; done == 0 && i < readers; i++)
		done = store_batch_new(pg, 0, &replay->slots[i].batch, err);
	if (done == 0)
		done = store_batch_new(pg, 0, &replay->settler, err);
	if (done < 0)
		return done;
	*ret_replay = replay;
	replay = NULL;
	return 0;
}

static void list_free(struct store_replay *replay)
{
	pg_result_free(replay->list);
	pg_result_free(replay->systems);
	replay->list = replay->systems = NULL;
	replay->next = 0;
}

void store_replay_free(struct store_replay *replay)
{
	if (!replay)
		return;
	list_free(replay);
	pg_rollback(&replay->transaction);
	for (size_t i = 0; replay->slots && i < replay->slot_count; i++) {
		store_batch_free(replay->slots[i].batch);
		free(replay->slots[i].rules);
	}
	store_batch_free(replay->settler);
	buffer_done(&replay->roster);
	free(replay->slots);
	free(replay->bundles);
	arena_free(replay->arena);
	free(replay);
}

void store_replay_clean(struct store_replay **replay)
{
	store_replay_free(*replay);
}

/* By what is judged -------------------------------------------------------------------- */

static int add_bundle(struct store_replay *replay, struct text bundle, struct err *err)
{
	struct text *more =
		reallocarray(replay->bundles, replay->bundle_count + 1, sizeof(*more));
	struct text kept = arena_text(replay->arena, bundle);

	if (more)
		replay->bundles = more;
	if (!more || !kept.bytes)
		return out_of_memory(err);
	more[replay->bundle_count++] = kept;
	return 0;
}

static int add_standards(struct store_replay *replay, const char *sql,
			 const struct pg_value *values, size_t count, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int done = pg_query(replay->pg, sql, values, count, &result, err);

	for (size_t i = 0; done == 0 && i < pg_rows(result); i++) {
		CLEAN(pg_result) struct pg_result *added = NULL;
		done = pg_query(replay->pg,
				"INSERT INTO replayed VALUES ($1, $2) ON CONFLICT DO NOTHING",
				PG_VALUES(PG_NUMBER(pg_number(result, i, 0)),
					  PG_TEXT(pg_text(result, i, 1))), &added, err);
		if (done == 0 && pg_affected(added) == 0)
			done = err_set(err, ERR_USAGE, "two versions of %s are named",
				       pg_string(result, i, 1));
		if (done == 0)
			done = add_bundle(replay, pg_text(result, i, 2), err);
	}
	return done;
}

int store_replay_standard(struct store_replay *replay, const char *which, struct err *err)
{
	char digest[STORE_DIGEST];
	int done = 0;

	if (!which) {
		done = add_standards(replay,
			"SELECT s.id, s.name, s.bundle FROM standard s"
			" JOIN muster.standard_in_force f ON f.standard_id = s.id"
			" WHERE f.until IS NULL ORDER BY s.name", PG_NO_VALUES, err);
		if (done == 0 && replay->bundle_count == 0)
			done = err_set(err, ERR_NEGATIVE, "no standard is in force");
		return done;
	}
	done = store_standard_activate(replay->pg, which, "", digest, err);
	return done < 0 ? done :
			  add_standards(replay,
				"SELECT id, name, bundle FROM standard WHERE encode(digest, 'hex') = $1",
				PG_VALUES(PG_STRING(digest)), err);
}

int store_replay_standard_try(struct store_replay *replay, struct text bundle,
			      const struct standard *standard, const struct store_rule *rules,
			      size_t rule_count, struct err *err)
{
	char digest[STORE_DIGEST];
	bool is_new;
	int done = store_standard_load(replay->pg, bundle, standard, rules, rule_count, "",
				       digest, &is_new, err);

	return done < 0 ? done : store_replay_standard(replay, digest, err);
}

const struct text *store_replay_bundles(const struct store_replay *replay, size_t *ret_count)
{
	*ret_count = replay->bundle_count;
	return replay->bundles;
}

int store_replay_must_be_in_force(struct store_replay *replay, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int done = pg_query(replay->pg,
		"SELECT p.name, left(encode(s.digest, 'hex'), 12) FROM replayed p"
		" JOIN standard s ON s.id = p.standard_id"
		" LEFT JOIN muster.standard_in_force f ON f.standard_id = p.standard_id"
		"  AND f.until IS NULL AND f.name = p.name"
		" WHERE f.standard_id IS NULL OR NOT EXISTS (SELECT FROM muster.standard m"
		"  WHERE m.id = s.id AND m.digest = s.digest)"
		" ORDER BY p.name", PG_NO_VALUES, &result, err);

	if (done < 0 || pg_rows(result) == 0)
		return done;
	return err_set(err, ERR_REFUSED,
		       "%s %s is not in force: put it in force first, or what is delivered from now on would be judged by another version than what was delivered before",
		       pg_string(result, 0, 0), pg_string(result, 0, 1));
}

/* What is judged ------------------------------------------------------------------------ */

/*
 * What lies in the scope; and, where not all that is judged by had judged it,
 * what the windows of correlations reach beside it.
 */
#define LIES_BETWEEN(since, until)                                                       \
	"((" since "::timestamptz IS NULL OR b.last_event >= " since ")"                      \
	" AND (" until "::timestamptz IS NULL OR b.first_event < " until "))"
#define BATCHES_IN_SCOPE                                                                 \
	" b.contractor_id = $1 AND b.accepted > 0 AND (" LIES_BETWEEN("$2", "$3")             \
	" OR (" LIES_BETWEEN("$4", "$5") " AND EXISTS (SELECT FROM replayed p WHERE NOT EXISTS" \
	"  (SELECT FROM muster.standard_in_force f WHERE f.standard_id = p.standard_id"       \
	"   AND f.since <= b.received_at AND (f.until IS NULL OR f.until > b.received_at)))))"
#define SCOPE_VALUES(replay, scope)                                                      \
	PG_NUMBER((scope)->contractor_id), PG_MOMENT((scope)->since),                         \
		PG_MOMENT((scope)->until), PG_MOMENT((replay)->read_since),                   \
		PG_MOMENT((replay)->read_until)

/* How far back what makes one run can lie: of runs over runs their timespans together. */
static const char reach_back_sql[] =
	"WITH RECURSIVE judged AS (SELECT r.standard_id, r.rule_key, x.rules,"
	"  greatest(x.timespan, (SELECT max(t.timespan) FROM muster.threshold t"
	"   WHERE t.contractor_id = $1 AND t.rule_key = r.rule_key)) AS timespan"
	"  FROM rule r JOIN replayed p ON p.standard_id = r.standard_id"
	"  JOIN correlation x ON x.id = r.correlation_id),"
	" chain AS (SELECT standard_id, rules, timespan AS reaches FROM judged"
	"  UNION SELECT c.standard_id, j.rules, c.reaches + j.timespan FROM chain c"
	"  JOIN judged j ON j.standard_id = c.standard_id AND j.rule_key = ANY (c.rules))"
	" SELECT coalesce(max(reaches), 0)::bigint FROM chain";

/*
 * What may be answered otherwise since each version of the roster that some
 * batch was joined to: while a row holds that came or went (of a person also a
 * year later: who had an account before is asked about), and where lists were
 * not kept until one of their rows came. Then the batches that lie there.
 */
static const char late_sql[] =
	"WITH held AS (SELECT DISTINCT roster FROM muster.batch WHERE contractor_id = $1 AND accepted > 0),"
	" listed AS (SELECT r.import_id, r.replaced_by, r.valid_from,"
	"   coalesce(r.valid_until, 'infinity') AS valid_until, coalesce(r.valid_until, 'infinity')"
	"    + CASE r.kind WHEN 'persons' THEN interval '1 year 1 day' ELSE '0' END AS told_until, l.list"
	"  FROM muster.roster_row r CROSS JOIN LATERAL (VALUES (r.kind),"
	"   (r.kind || '/' || CASE WHEN r.kind IN ('compartments', 'need-to-know', 'privileged',"
	"     'admissions', 'lists') THEN r.fields[2] END)) l (list)"
	"  WHERE r.contractor_id = $1 AND l.list IS NOT NULL),"
	" span AS (SELECT h.roster, l.list,"
	"   min(l.valid_from) FILTER (WHERE c.new) AS low, max(l.told_until) FILTER (WHERE c.new) AS high,"
	"   min(l.valid_from) FILTER (WHERE c.old) AS kept_from,"
	"   max(l.valid_until) FILTER (WHERE c.old) AS kept_until"
	"  FROM held h CROSS JOIN listed l CROSS JOIN LATERAL"
	"   (SELECT l.import_id > h.roster OR l.replaced_by > h.roster AS new,"
	"    l.import_id <= h.roster AND (l.replaced_by IS NULL OR l.replaced_by > h.roster) AS old) c"
	"  GROUP BY h.roster, l.list),"
	" stretch AS (SELECT roster,"
	"   min(least(low, CASE WHEN kept_until < low THEN kept_until END)) AS low,"
	"   max(greatest(high, CASE WHEN kept_from > high THEN kept_from END)) AS high"
	"  FROM span WHERE low IS NOT NULL GROUP BY roster)"
	" SELECT date_trunc('day', min(greatest(s.low, b.first_event))),"
	"  date_trunc('day', max(least(s.high, b.last_event))) + interval '1 day'"
	" FROM muster.batch b JOIN stretch s ON s.roster = b.roster"
	" WHERE b.contractor_id = $1 AND b.accepted > 0 AND b.last_event >= s.low AND b.first_event < s.high";

static int64_t day_of(int64_t moment)
{
	int64_t rest = moment % DAY;
	return moment - rest - (rest < 0 ? DAY : 0);
}

/*
 * What came late was judged before, but for the roster: its hits are in the
 * books. Else runs at the edge are made of what lies beyond it, too.
 */
static int widen(struct store_replay *replay, const struct store_replay_scope *scope,
		 struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;

	replay->read_since = scope->since;
	replay->read_until = scope->until;
	if (scope->late || (scope->since == MOMENT_NONE && scope->until == MOMENT_NONE))
		return 0;
	int done = pg_query_one(replay->pg, reach_back_sql,
				PG_VALUES(PG_NUMBER(scope->contractor_id)), &result, err);
	if (done == 0 && scope->since != MOMENT_NONE)
		replay->read_since = day_of(scope->since - pg_number(result, 0, 0));
	if (done == 0 && scope->until != MOMENT_NONE)
		replay->read_until = day_of(scope->until + pg_number(result, 0, 0) + DAY - 1);
	return done;
}

/* 1: there may be something; 0: nothing came late. Days become whole. */
static int bound(struct store_replay *replay, struct store_replay_scope *scope, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;

	if (scope->late) {
		int done = pg_query_one(replay->pg, late_sql,
					PG_VALUES(PG_NUMBER(scope->contractor_id)), &result, err);
		if (done < 0 || pg_is_null(result, 0, 0))
			return done;
		scope->since = pg_moment(result, 0, 0);
		scope->until = pg_moment(result, 0, 1);
	} else {
		if (scope->since != MOMENT_NONE)
			scope->since = day_of(scope->since);
		if (scope->until != MOMENT_NONE)
			scope->until = day_of(scope->until + DAY - 1);
	}
	return widen(replay, scope, err) < 0 ? -(int)err->code : 1;
}

int store_replay_is_late(struct pg *pg, const char *contractor, bool *ret_late, struct err *err)
{
	CLEAN(pg_result) struct pg_result *found = NULL;
	CLEAN(pg_result) struct pg_result *result = NULL;
	int done = pg_query(pg,
		"SELECT id FROM muster.contractor WHERE code = $1 AND EXISTS"
		" (SELECT FROM muster.standard_in_force WHERE until IS NULL)",
		PG_VALUES(PG_STRING(contractor)), &found, err);

	*ret_late = false;
	if (done < 0 || pg_rows(found) == 0)
		return done;
	done = pg_query_one(pg, late_sql, PG_VALUES(PG_NUMBER(pg_number(found, 0, 0))), &result, err);
	*ret_late = done == 0 && !pg_is_null(result, 0, 0);
	return done;
}

int store_replay_weigh(struct store_replay *replay, const struct store_replay_scope *asked,
		       int64_t *ret_bytes, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	struct store_replay_scope scope = *asked;
	int done = bound(replay, &scope, err);

	*ret_bytes = 0;
	if (done <= 0)
		return done;
	done = pg_query_one(replay->pg,
		"SELECT coalesce(sum(b.content_bytes), 0)::bigint FROM muster.batch b WHERE"
		BATCHES_IN_SCOPE,
		PG_VALUES(SCOPE_VALUES(replay, &scope)), &result, err);
	if (done == 0)
		*ret_bytes = pg_number(result, 0, 0);
	return done;
}

/* The largest first, so that the readers end together. */
static int list_batches(struct store_replay *replay, int64_t after, struct err *err)
{
	int done;

	list_free(replay);
	done = pg_query(replay->pg,
		"SELECT b.id, b.system_id, array_position(ARRAY['plain', 'gzip', 'zstd'], b.encoding) - 1,"
		" encode(b.evidence_sha256, 'hex'), b.content_bytes, b.records,"
		" b.accepted + b.duplicates, b.duplicates, b.first_event, b.last_event, b.received_at,"
		" b.accepted, b.content_sha256 FROM muster.batch b WHERE" BATCHES_IN_SCOPE
		" AND b.id > $6 ORDER BY b.content_bytes DESC, b.id",
		PG_VALUES(SCOPE_VALUES(replay, &replay->scope), PG_NUMBER(after)), &replay->list,
		err);
	return done < 0 ? done :
			  pg_query(replay->pg,
				   "SELECT id, name, format, zone_data FROM muster.system"
				   " WHERE contractor_id = $1 ORDER BY id",
				   PG_VALUES(replay_contractor(replay)), &replay->systems, err);
}

/* What is made stands beside the books under the names they have, until it is compared. */
static const char beside_sql[] =
	"CREATE TEMPORARY TABLE IF NOT EXISTS counter (LIKE muster.counter INCLUDING INDEXES) ON COMMIT DROP;"
	"CREATE TEMPORARY TABLE violation (LIKE muster.violation INCLUDING DEFAULTS) ON COMMIT DROP;"
	"ALTER TABLE pg_temp.violation ALTER points DROP NOT NULL, ALTER queue_rank DROP NOT NULL;"
	"CREATE TEMPORARY TABLE violation_event (LIKE muster.violation_event INCLUDING INDEXES) ON COMMIT DROP;"
	"CREATE TEMPORARY TABLE hit_block (LIKE muster.hit_block INCLUDING INDEXES INCLUDING STORAGE)"
	" WITH (toast_tuple_target = 4080) ON COMMIT DROP;"
	"CREATE TEMPORARY TABLE run (LIKE muster.run INCLUDING DEFAULTS INCLUDING INDEXES) ON COMMIT DROP;"
	"CREATE TEMPORARY TABLE run_hit (LIKE muster.run_hit INCLUDING INDEXES) ON COMMIT DROP;"
	"CREATE TEMPORARY TABLE reach (LIKE muster.reach INCLUDING INDEXES) ON COMMIT DROP;"
	"CREATE TEMPORARY TABLE undecided (LIKE muster.undecided INCLUDING INDEXES) ON COMMIT DROP;"
	"CREATE TEMPORARY TABLE batch_unknown (LIKE muster.batch_unknown INCLUDING INDEXES) ON COMMIT DROP;"
	"CREATE TEMPORARY TABLE judged_batch (id bigint PRIMARY KEY) ON COMMIT DROP;"
	"CREATE TEMPORARY TABLE affected (correlation_id integer, group_key bytea,"
	" PRIMARY KEY (correlation_id, group_key)) ON COMMIT DROP;"
	"CREATE TEMPORARY TABLE stood (LIKE muster.violation) ON COMMIT DROP;"
	"CREATE TEMPORARY TABLE matched (new_id bigint, old_id bigint, into_id bigint) ON COMMIT DROP;"
	"CREATE TEMPORARY TABLE difference (nth bigint, id bigint, what text, old_id bigint, new_id bigint,"
	" into_id bigint, is_left boolean, is_known boolean, added bigint, gone bigint,"
	" before jsonb, after jsonb) ON COMMIT DROP";

static int read_roster(struct store_replay *replay, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int done = pg_query_one(replay->pg,
		"SELECT coalesce(max(id), 0), now() FROM muster.roster_import WHERE contractor_id = $1",
		PG_VALUES(replay_contractor(replay)), &result, err);

	if (done < 0)
		return done;
	replay->roster_version = pg_number(result, 0, 0);
	replay->moment = pg_moment(result, 0, 1);
	buffer_reset(&replay->roster);
	return replay->roster_version ?
		       store_roster_read(replay->pg, replay->scope.contractor_id,
					 replay->roster_version, &replay->roster, err) :
		       0;
}

/* "again" in ASCII would not fit: one process judges a contractor again at a time. */
#define ALONE "SELECT pg_advisory_xact_lock(1836413813, $1)"

int store_replay_begin(struct store_replay *replay, const struct store_replay_scope *scope,
		       struct err *err)
{
	int done = pg_begin(replay->pg, &replay->transaction, err);

	replay->scope = *scope;
	replay->totals = (struct store_replay_totals){ 0 };
	if (done == 0)
		done = pg_query(replay->pg, ALONE, PG_VALUES(replay_contractor(replay)), NULL, err);
	if (done == 0)
		done = bound(replay, &replay->scope, err);
	if (done > 0)
		done = list_batches(replay, 0, err) < 0 ? -1 : pg_rows(replay->list) > 0;
	if (done <= 0) {
		pg_rollback(&replay->transaction);
		return done;
	}
	done = pg_script(replay->pg, "DROP TABLE IF EXISTS pg_temp.counter", err);
	if (done == 0)
		done = store_session_empty(replay->settler, true, err);
	if (done == 0)
		done = pg_script(replay->pg, beside_sql, err);
	if (done == 0)
		done = read_roster(replay, err);
	if (done < 0) {
		pg_rollback(&replay->transaction);
		return done;
	}
	replay->delivery = (struct ipc_writer_batch){ .contractor_id = scope->contractor_id,
						      .received = replay->moment };
	snprintf(replay->delivery.contractor, sizeof(replay->delivery.contractor), "%s",
		 scope->contractor);
	return 1;
}

static bool find_system(const struct store_replay *replay, int64_t id, size_t *ret_row)
{
	for (*ret_row = 0; *ret_row < pg_rows(replay->systems); ++*ret_row)
		if (pg_number(replay->systems, *ret_row, 0) == id)
			return true;
	return false;
}

int store_replay_next(struct store_replay *replay, size_t reader,
		      struct store_replay_log *ret_log, struct err *err)
{
	struct replay_slot *slot = &replay->slots[reader];
	const struct pg_result *list = replay->list;
	size_t row = replay->next, system;

	if (row == pg_rows(list))
		return 0;
	replay->next++;
	if (!find_system(replay, pg_number(list, row, 1), &system))
		return err_set(err, ERR_DATABASE, "a batch has no system");
	slot->row = row;
	slot->given = true;
	slot->begun = false;
	slot->delivery = replay->delivery;
	slot->delivery.system_id = (int32_t)pg_number(list, row, 1);
	*ret_log = (struct store_replay_log){
		.contractor_id = replay->scope.contractor_id,
		.batch = pg_number(list, row, 0),
		.bytes = pg_number(list, row, 4),
		.received = pg_moment(list, row, 10),
		.evidence = pg_string(list, row, 3),
		.encoding = (enum ipc_encoding)pg_number(list, row, 2),
		.format = pg_string(replay->systems, system, 2),
		.zone = pg_text(replay->systems, system, 3),
		.roster_version = replay->roster_version,
		.roster = buffer_text(&replay->roster),
	};
	replay->totals.batches++;
	replay->totals.records += pg_number(list, row, 11);
	return pg_query(replay->pg, "INSERT INTO judged_batch VALUES ($1)",
			PG_VALUES(PG_NUMBER(ret_log->batch)), NULL, err) < 0 ? -1 : 1;
}

/*
 * The contractor's counter of batches is what every delivery takes first and
 * holds until it is in the books.
 */
int store_replay_lock(struct store_replay *replay, struct err *err)
{
	CLEAN(pg_result) struct pg_result *last = NULL;
	char counter[64];
	int done;

	snprintf(counter, sizeof(counter), "batch of %s", replay->scope.contractor);
	done = pg_query(replay->pg, "SELECT value FROM muster.counter WHERE name = $1 FOR UPDATE",
			PG_VALUES(PG_STRING(counter)), NULL, err);
	if (done == 0)
		done = pg_query_one(replay->pg, "SELECT coalesce(max(id), 0) FROM judged_batch",
				    PG_NO_VALUES, &last, err);
	if (done == 0)
		done = list_batches(replay, pg_number(last, 0, 0), err);
	return done < 0 ? done : pg_rows(replay->list) > 0;
}

/* Frames ---------------------------------------------------------------------------------- */

static int begin(struct store_replay *replay, struct replay_slot *slot,
		 const struct ipc_frame *frame, struct err *err)
{
	const struct ipc_reference *reference = ipc_payload(frame, sizeof(*reference));
	int64_t batch = pg_number(replay->list, slot->row, 0);

	if (!reference || !slot->rules || slot->begun || reference->batch != (uint64_t)batch)
		return err_set(err, ERR_PROTOCOL, "a batch begins that was not given");
	slot->begun = true;
	store_batch_again(slot->batch, batch, &slot->delivery);
	return 0;
}

/* Where the hits of correlations are, for a look at what was forgotten. */
static int copy_places(struct store_replay *replay, struct replay_slot *slot, struct err *err)
{
	CLEAN(pg_copy) struct pg_copy copy = { 0 };
	int done = pg_script(replay->pg, "TRUNCATE hit_at", err);

	if (done == 0)
		done = pg_copy_begin(replay->pg,
			"COPY hit_at (time, byte_offset) FROM STDIN (FORMAT binary)", &copy, err);
	if (done < 0)
		return done;
	correlated_places(slot->batch->correlated, &copy);
	return pg_copy_end(&copy, NULL, err);
}

#define NOT_AN_EVENT                                                                     \
	" NOT EXISTS (SELECT FROM muster.event e WHERE e.contractor_id = $1 AND e.batch_id = $2" \
	" AND e.time BETWEEN $3 AND $4 AND e.time = h.time AND e.byte_offset = h.byte_offset)"

/* What is no event of the books was forgotten as a repetition, or rejected then. */
static int forget(struct store_replay *replay, struct replay_slot *slot, struct err *err)
{
	CLEAN(pg_result) struct pg_result *forgotten = NULL;
	const struct pg_value values[] = { replay_contractor(replay),
					   PG_NUMBER(slot->batch->id),
					   PG_MOMENT(pg_moment(replay->list, slot->row, 8)),
					   PG_MOMENT(pg_moment(replay->list, slot->row, 9)) };
	int done = pg_query(replay->pg,
		"DELETE FROM pg_temp.hit h WHERE h.batch_id = $2 AND" NOT_AN_EVENT, values, 4, NULL, err);

	if (done == 0)
		done = copy_places(replay, slot, err);
	if (done == 0)
		done = pg_query(replay->pg,
			"SELECT DISTINCT h.byte_offset FROM hit_at h WHERE" NOT_AN_EVENT, values, 4,
			&forgotten, err);
	for (size_t i = 0; done == 0 && i < pg_rows(forgotten); i++) {
		int64_t offset = pg_number(forgotten, i, 0);
		buffer_add(&slot->batch->forgotten, &offset, sizeof(offset));
	}
	return done == 0 && slot->batch->forgotten.failed ? out_of_memory(err) : done;
}

static int end(struct store_replay *replay, struct replay_slot *slot,
	       const struct ipc_frame *frame, struct err *err)
{
	const struct ipc_end *end = ipc_payload(frame, sizeof(*end));
	int64_t events = pg_number(replay->list, slot->row, 6);
	int64_t bytes = pg_number(replay->list, slot->row, 4);
	const char *evidence = pg_string(replay->list, slot->row, 3);
	int done;

	if (!end)
		return err_set(err, ERR_PROTOCOL, "the end of a batch is cut short");
	if (!store_unknown_agree(end))
		return err_set(err, ERR_PROTOCOL, "the counts of the batch do not agree");
	if (end->content_bytes != (uint64_t)bytes)
		return err_set(err, ERR_SYNTAX,
			       "batch %lld of %s: its evidence has changed: %llu bytes where %lld were "
			       "delivered; restore evidence/%.2s/%s",
			       (long long)slot->batch->id, replay->scope.contractor,
			       (unsigned long long)end->content_bytes, (long long)bytes, evidence,
			       evidence);
	if (!text_equal(pg_text(replay->list, slot->row, 12),
			(struct text){ (const char *)end->content_sha256, sizeof(end->content_sha256) }))
		return err_set(err, ERR_SYNTAX,
			       "batch %lld of %s: its evidence has changed: it is as long as what was "
			       "delivered, but of another SHA-256; restore evidence/%.2s/%s",
			       (long long)slot->batch->id, replay->scope.contractor, evidence, evidence);
	bool differs = end->events != (uint64_t)events;
	if (differs)
		log_warning("batch %lld of %s is not read as it was: %llu events now, %lld then",
			    (long long)slot->batch->id, replay->scope.contractor,
			    (unsigned long long)end->events, (long long)events);
	slot->given = slot->begun = false;
	done = store_batch_flush_all(slot->batch, err);
	if (done == 0)
		done = store_unknown_insert(slot->batch, end, err);
	if (done == 0 && (differs || pg_number(replay->list, slot->row, 7) > 0))
		done = forget(replay, slot, err);
	return done < 0 ? done : store_correlated_keep(slot->batch, err);
}

static int take_correlated(struct replay_slot *slot, struct text payload, struct err *err)
{
	int done = store_batch_correlated(slot->batch, payload, slot->rules, slot->rule_count, err);

	if (done > 0)
		return err_set(err, ERR_LIMIT, "batch %lld: %s", (long long)slot->batch->id,
			       store_batch_refusal(slot->batch)->reason);
	return done;
}

static int fail(const struct replay_slot *slot, const struct ipc_frame *frame, struct err *err)
{
	const struct ipc_fail *fail = ipc_payload(frame, sizeof(*fail));

	if (!fail)
		return err_set(err, ERR_PROTOCOL, "the end of a batch is cut short");
	return err_set(err, ERR_SYNTAX, "batch %lld cannot be read any more: %.*s",
		       (long long)slot->batch->id, TEXT_PRINT(ipc_member(fail->reason)));
}

int store_replay_frame(struct store_replay *replay, size_t reader, const struct ipc_frame *frame,
		       struct err *err)
{
	struct replay_slot *slot = &replay->slots[reader];

	if (frame->message == IPC_DATA_RULES) {
		free(slot->rules);
		slot->rules = NULL;
		return store_batch_rules(slot->batch, frame->payload, &slot->rules,
					 &slot->rule_count, err);
	}
	if (frame->message == IPC_DATA_BEGIN)
		return slot->given ? begin(replay, slot, frame, err) :
				     err_set(err, ERR_PROTOCOL, "a batch begins that was not given");
	if (!slot->begun)
		return err_set(err, ERR_PROTOCOL, "data without a batch");
	switch (frame->message) {
	case IPC_DATA_NAMES:
		return store_batch_names(slot->batch, frame->payload, err);
	case IPC_DATA_HITS:
		return store_batch_hits(slot->batch, frame->payload, slot->rules,
					slot->rule_count, err);
	case IPC_DATA_CORRELATED:
		return take_correlated(slot, frame->payload, err);
	case IPC_DATA_END:
		return end(replay, slot, frame, err);
	case IPC_DATA_FAIL:
		return fail(slot, frame, err);
	default:
		return err_set(err, ERR_PROTOCOL, "%s", ipc_message_name(frame->message));
	}
}

/* The end --------------------------------------------------------------------------------- */

int store_replay_as_if(struct store_replay *replay, bool as_if, struct err *err)
{
	return pg_script(replay->pg,
			 as_if ? "SET LOCAL search_path = pg_temp, muster" :
				 "SET LOCAL search_path = muster, pg_temp", err);
}

int store_replay_moment(struct store_replay *replay, int64_t *ret_moment, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int done = pg_query_one(replay->pg, "SELECT muster.moment()", PG_NO_VALUES, &result, err);

	if (done == 0)
		*ret_moment = pg_moment(result, 0, 0);
	return done;
}

int store_replay_end(struct store_replay *replay, bool commit, struct err *err)
{
	int done = 0;

	list_free(replay);
	for (size_t i = 0; i < replay->slot_count; i++)
		replay->slots[i].given = replay->slots[i].begun = false;
	if (commit) {
		crash_point("replay-before-commit");
		done = pg_commit(&replay->transaction, err);
		crash_point("replay-after-commit");
	} else {
		pg_rollback(&replay->transaction);
	}
	return done;
}
