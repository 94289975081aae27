/* Judging again: what differs from what stands, and how that gets into the books. */
#include "store/pages.h"
#include "store/replay_int.h"
#include "store/suppression.h"

#include <stdio.h>

/*
 * Runs keep some of their records only, and those over other runs one of each,
 * which may have changed: these are not compared record by record.
 */
#define RECORDS_KEPT "10000"
#define IS_OVER_RUNS                                                                     \
	"EXISTS (SELECT FROM rule r JOIN correlation x ON x.id = r.correlation_id"            \
	" JOIN rule l ON l.standard_id = r.standard_id AND l.rule_key = ANY (x.rules)"        \
	" WHERE r.id = f.rule_id AND l.correlation_id IS NOT NULL)"

static int run_all(struct store_replay *replay, const char *const *sql, size_t count,
		   struct err *err)
{
	int done = 0;

	for (size_t i = 0; done == 0 && i < count; i++)
		done = pg_query(replay->pg, sql[i], PG_NO_VALUES, NULL, err);
	return done;
}

static int run_for_contractor(struct store_replay *replay, const char *const *sql, size_t count,
			      struct err *err)
{
	int done = 0;

	for (size_t i = 0; done == 0 && i < count; i++)
		done = pg_query(replay->pg, sql[i], PG_VALUES(replay_contractor(replay)), NULL,
				err);
	return done;
}

/* What was found ---------------------------------------------------------------------- */

/* One violation for each rule, subject and day; ids below zero, apart from those of runs. */
static const char *const found_sql[] = {
	"INSERT INTO pg_temp.violation (contractor_id, id, number, rule_key, rule_id, subject_kind,"
	" subject, day, severity, level, count, first_event, last_event, opened_at)"
	" SELECT $1, -row_number() OVER (ORDER BY g.day, g.rule_key, g.subject_kind COLLATE \"C\","
	"  g.subject COLLATE \"C\"), 'V-0000-000000', g.rule_key, g.rule_id, g.subject_kind,"
	"  g.subject, g.day, g.severity, g.level, g.count, g.first_event, g.last_event, now()"
	" FROM pg_temp.grouped g",
	"INSERT INTO pg_temp.violation_event (contractor_id, violation_id, batch_id, byte_offset,"
	" line, byte_length, time, rule_id)"
	" SELECT $1, v.id, h.batch_id, h.byte_offset, h.line, h.byte_length, h.time, h.rule_id"
	" FROM pg_temp.hit h JOIN rule r ON r.id = h.rule_id"
	" JOIN muster.name n ON n.contractor_id = $1 AND n.id = h.subject"
	" JOIN pg_temp.violation v ON v.rule_key = r.rule_key AND v.subject_kind ="
	"  (ARRAY['actor','object','host','address','session'])[h.subject_kind + 1]"
	"  AND v.subject = n.value AND v.day = (h.time AT TIME ZONE 'UTC')::date"
	" ON CONFLICT DO NOTHING",
};

/* From here on the names mean the books again. */
static const char *const aside_sql[] = {
	"DROP TABLE pg_temp.counter",
	"ALTER TABLE pg_temp.violation RENAME TO found",
	"ALTER TABLE pg_temp.violation_event RENAME TO found_event",
	"ALTER TABLE pg_temp.hit_block RENAME TO found_block",
	"ALTER TABLE pg_temp.run RENAME TO found_run",
	"ALTER TABLE pg_temp.run_hit RENAME TO found_run_hit",
	"ALTER TABLE pg_temp.reach RENAME TO found_reach",
	"ALTER TABLE pg_temp.undecided RENAME TO found_undecided",
	"ALTER TABLE pg_temp.batch_unknown RENAME TO found_unknown",
	"ANALYZE found",
	"ANALYZE found_event",
	"ANALYZE found_run",
};

static int find(struct store_replay *replay, struct err *err)
{
	int done = pg_query(replay->pg,
		"DELETE FROM pg_temp.hit WHERE time < $1 OR time >= $2",
		PG_VALUES(PG_MOMENT(replay->scope.since), PG_MOMENT(replay->scope.until)), NULL,
		err);

	if (done == 0)
		done = pg_script(replay->pg, "ANALYZE pg_temp.hit", err);
	if (done == 0)
		done = store_hits_group(replay->settler, err);
	if (done == 0)
		done = run_for_contractor(replay, found_sql, ARRAY_LENGTH(found_sql), err);
	return done < 0 ? done : run_all(replay, aside_sql, ARRAY_LENGTH(aside_sql), err);
}

/* What stands --------------------------------------------------------------------------- */

/*
 * Violations that records made, under any version of what is judged by: of
 * whole days, and runs of groups that are judged again. What was never
 * delivered no record made.
 */
static const char stood_sql[] =
	"INSERT INTO stood SELECT v.* FROM muster.violation v"
	" JOIN muster.rule r ON r.id = v.rule_id JOIN muster.standard s ON s.id = r.standard_id"
	" WHERE v.contractor_id = $1 AND s.name IN (SELECT name FROM replayed)"
	" AND v.state <> ALL ('{merged,withdrawn}')"
	" AND NOT EXISTS (SELECT FROM muster.correlation x WHERE x.id = r.correlation_id"
	"  AND x.type IN ('silence', 'hole', 'rewrite'))"
	" AND CASE WHEN v.subject_kind IN ('actor','object','host','address','session') THEN v.run = 0"
	"  AND ($2::timestamptz IS NULL OR v.day >= ($2 AT TIME ZONE 'UTC')::date)"
	"  AND ($3::timestamptz IS NULL OR v.day < ($3 AT TIME ZONE 'UTC')::date)"
	" WHEN v.subject_kind = 'group' THEN ($2 IS NULL AND $3 IS NULL) OR EXISTS"
	"  (SELECT FROM muster.run u JOIN affected a ON a.correlation_id = u.correlation_id"
	"   AND a.group_key = u.group_key WHERE u.contractor_id = $1 AND u.violation_id = v.id)"
	"  OR (r.correlation_id NOT IN (SELECT n.correlation_id FROM rule n JOIN replayed p"
	"    ON p.standard_id = n.standard_id WHERE n.correlation_id IS NOT NULL)"
	"   AND ($2 IS NULL OR v.last_event >= $2) AND ($3 IS NULL OR v.first_event < $3))"
	" ELSE false END";

/*
 * A day is the same day. A run goes on where it is still there, else where it
 * begins, else in the first that it meets, one that ends where it begins coming
 * last; and the oldest takes in the others.
 */
static const char *const matched_sql[] = {
	"ANALYZE stood",
	"INSERT INTO matched SELECT f.id, s.id, s.id FROM found f JOIN stood s ON s.rule_key = f.rule_key"
	" AND s.subject_kind = f.subject_kind AND s.subject = f.subject AND s.day = f.day"
	" WHERE f.subject_kind <> 'group'",
	"INSERT INTO matched SELECT new_id, old_id, min(old_id) OVER (PARTITION BY new_id) FROM"
	" (SELECT f.id AS new_id, s.id AS old_id,"
	"   row_number() OVER (PARTITION BY s.id ORDER BY f.first_event <> s.first_event"
	"    OR f.last_event <> s.last_event, f.first_event <> s.first_event,"
	"    f.last_event = s.first_event, f.first_event, f.id) AS nth"
	"  FROM found f JOIN stood s ON s.rule_key = f.rule_key AND s.subject = f.subject"
	"   AND f.first_event <= s.last_event AND f.last_event >= s.first_event"
	"  WHERE f.subject_kind = 'group' AND s.subject_kind = 'group') p WHERE nth = 1",
	"ANALYZE matched",
};

/*
 * What is read beside the scope completes runs that meet it. Others that are
 * all of such batches, where no run stands, are not judged now. What is left
 * of a run that stands is told wherever it lies, and so is what hits make that
 * were in the books already.
 */
static const char *const beside_sql[] = {
	"DELETE FROM found f WHERE f.contractor_id = $1 AND f.subject_kind = 'group'"
	" AND (f.last_event < $2::timestamptz OR f.first_event >= $3::timestamptz)"
	" AND NOT EXISTS (SELECT FROM matched m WHERE m.new_id = f.id)"
	" AND NOT EXISTS (SELECT FROM pg_temp.found_run u JOIN muster.run r ON r.contractor_id = $1"
	"  AND r.correlation_id = u.correlation_id AND r.group_key = u.group_key"
	"  AND r.first_hit <= u.last_hit AND r.last_hit >= u.first_hit WHERE u.violation_id = f.id)"
	" AND NOT EXISTS (SELECT FROM found_event n JOIN muster.batch b ON b.contractor_id = $1"
	"  AND b.id = n.batch_id WHERE n.violation_id = f.id"
	"  AND (NOT EXISTS (SELECT FROM judged_batch j WHERE j.id = b.id)"
	"   OR (($2 IS NULL OR b.last_event >= $2) AND ($3 IS NULL OR b.first_event < $3))))",
	"DELETE FROM pg_temp.found_run u WHERE u.contractor_id = $1 AND (u.last_hit < $2::timestamptz OR u.first_hit >= $3::timestamptz)"
	" AND u.violation_id IS NOT NULL AND NOT EXISTS (SELECT FROM found f WHERE f.id = u.violation_id)",
};

static int leave_beside(struct store_replay *replay, struct err *err)
{
	int done = 0;

	for (size_t i = 0; done == 0 && i < ARRAY_LENGTH(beside_sql); i++)
		done = pg_query(replay->pg, beside_sql[i],
				PG_VALUES(replay_contractor(replay), PG_MOMENT(replay->scope.since),
					  PG_MOMENT(replay->scope.until)), NULL, err);
	return done;
}

/* What differs ---------------------------------------------------------------------------- */

/* A person has done something with it. */
#define IS_LEFT(v) "(" v ".state <> 'flagged' OR " v ".version > 0)"
#define SIDE(v, r, d)                                                                    \
	"jsonb_build_object('state', " v ".state, 'count', " v ".count, 'first', " v ".first_event," \
	" 'last', " v ".last_event, 'severity', " v ".severity, 'level', " v ".level,"             \
	" 'requirements', " r ".requirements, 'standard', " d ")"
#define RULE_SAYS(r) "(" r ".title, " r ".severity, " r ".direct, " r ".requirements, " r ".says)"

static const char *const difference_sql[] = {
	/* Found, and it did not stand. */
	"INSERT INTO difference (what, new_id, is_left, is_known, added, gone, after)"
	" SELECT 'opened', f.id, false, false, f.count, 0, " SIDE("f", "r", "encode(s.digest, 'hex')")
	" FROM found f JOIN rule r ON r.id = f.rule_id JOIN standard s ON s.id = r.standard_id"
	" WHERE f.contractor_id = $1 AND NOT EXISTS (SELECT FROM matched m WHERE m.new_id = f.id)",
	/* It stood, and was found otherwise. Runs that shrank may keep records: those alone are no difference. */
	"WITH pair AS (SELECT m.new_id, m.old_id, f.subject_kind <> 'group' OR"
	"   (f.count < " RECORDS_KEPT " AND s.count < " RECORDS_KEPT " AND NOT " IS_OVER_RUNS ") AS whole"
	"  FROM matched m JOIN found f ON f.id = m.new_id JOIN stood s ON s.id = m.old_id"
	"  WHERE m.old_id = m.into_id),"
	" added AS (SELECT p.new_id, count(*) FROM pair p JOIN found_event n ON n.violation_id = p.new_id"
	"  LEFT JOIN muster.violation_event o ON o.contractor_id = $1 AND o.violation_id = p.old_id"
	"   AND o.batch_id = n.batch_id AND o.byte_offset = n.byte_offset"
	"  WHERE p.whole AND o.violation_id IS NULL GROUP BY 1),"
	" gone AS (SELECT p.new_id, count(*) FROM pair p JOIN muster.violation_event o"
	"   ON o.contractor_id = $1 AND o.violation_id = p.old_id"
	"  LEFT JOIN found_event n ON n.violation_id = p.new_id"
	"   AND n.batch_id = o.batch_id AND n.byte_offset = o.byte_offset"
	"  WHERE p.whole AND n.violation_id IS NULL GROUP BY 1),"
	" both_sides AS (SELECT p.new_id, p.old_id,"
	"   coalesce(a.count, CASE WHEN p.whole THEN 0 ELSE greatest(f.count - s.count, 0) END) AS added,"
	"   coalesce(g.count, CASE WHEN p.whole THEN 0 ELSE greatest(s.count - f.count, 0) END) AS gone"
	"  FROM pair p JOIN found f ON f.id = p.new_id JOIN stood s ON s.id = p.old_id"
	"  LEFT JOIN added a ON a.new_id = p.new_id LEFT JOIN gone g ON g.new_id = p.new_id)"
	" INSERT INTO difference (what, old_id, new_id, into_id, is_left, is_known, added, gone, before, after)"
	" SELECT CASE WHEN b.gone > 0 AND b.added = 0 THEN 'shrunk' WHEN b.added > 0 AND b.gone = 0"
	"   THEN 'extended' ELSE 'changed' END, s.id, f.id, s.id, " IS_LEFT("s") ", false,"
	"  b.added, b.gone, " SIDE("s", "o", "encode(t.digest, 'hex')") ","
	"  " SIDE("f", "n", "encode(u.digest, 'hex')") " || jsonb_build_object('state', s.state)"
	" FROM both_sides b JOIN found f ON f.id = b.new_id JOIN stood s ON s.id = b.old_id"
	" JOIN muster.rule o ON o.id = s.rule_id JOIN muster.standard t ON t.id = o.standard_id"
	" JOIN rule n ON n.id = f.rule_id JOIN standard u ON u.id = n.standard_id"
	" WHERE b.added > 0 OR (b.gone > 0 AND f.subject_kind <> 'group') OR (s.count, s.first_event, s.last_event, s.severity, s.level)"
	"  IS DISTINCT FROM (f.count, f.first_event, f.last_event, f.severity, f.level)"
	"  OR " RULE_SAYS("o") " IS DISTINCT FROM " RULE_SAYS("n"),
	/* It stood, and is part of another or of none. */
	"INSERT INTO difference (what, old_id, into_id, is_left, is_known, added, gone, before, after)"
	" SELECT CASE WHEN m.old_id IS NULL THEN 'withdrawn' ELSE 'merged' END, s.id, m.into_id,"
	"  " IS_LEFT("s") ", false, 0, s.count, " SIDE("s", "o", "encode(t.digest, 'hex')") ","
	"  jsonb_build_object('state', CASE WHEN m.old_id IS NULL THEN 'withdrawn' ELSE 'merged' END)"
	" FROM stood s JOIN muster.rule o ON o.id = s.rule_id JOIN muster.standard t ON t.id = o.standard_id"
	" LEFT JOIN matched m ON m.old_id = s.id WHERE s.contractor_id = $1"
	" AND (m.old_id IS NULL OR m.old_id <> m.into_id)",
	/* What people decided on stays; that it differs is said once. */
	"UPDATE difference d SET is_known = true WHERE d.is_left AND EXISTS"
	" (SELECT FROM (SELECT c.what, c.after, c.applied FROM muster.violation_change c"
	"   WHERE c.contractor_id = $1 AND c.violation_id = d.old_id ORDER BY c.id DESC LIMIT 1) c"
	"  WHERE NOT c.applied AND c.what = d.what AND c.after = d.after)",
	"WITH numbered AS (SELECT d.ctid AS place, row_number() OVER (ORDER BY"
	"   coalesce(f.day, s.day), coalesce(f.rule_key, s.rule_key),"
	"   coalesce(f.subject_kind, s.subject_kind) COLLATE \"C\", coalesce(f.subject, s.subject)"
	"   COLLATE \"C\", coalesce(f.first_event, s.first_event), d.old_id, d.new_id) AS nth"
	"  FROM difference d LEFT JOIN found f ON f.id = d.new_id LEFT JOIN stood s ON s.id = d.old_id"
	"  WHERE coalesce(f.contractor_id, s.contractor_id) = $1)"
	" UPDATE difference d SET nth = n.nth FROM numbered n WHERE n.place = d.ctid",
};

int store_replay_compare(struct store_replay *replay, struct store_replay_totals *ret_totals,
			 struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int done = replay_runs_make(replay, err);

	if (done == 0)
		done = find(replay, err);
	if (done == 0)
		done = pg_query(replay->pg, stood_sql,
				PG_VALUES(replay_contractor(replay), PG_MOMENT(replay->scope.since),
					  PG_MOMENT(replay->scope.until)), NULL, err);
	/* Whoever decides on one of them now waits until this is over. */
	if (done == 0)
		done = run_all(replay, matched_sql, ARRAY_LENGTH(matched_sql), err);
	if (done == 0)
		done = leave_beside(replay, err);
	if (done == 0)
		done = run_for_contractor(replay, difference_sql, ARRAY_LENGTH(difference_sql), err);
	if (done == 0)
		done = pg_query_one(replay->pg,
			"SELECT count(*), count(*) FILTER (WHERE is_left) FROM difference",
			PG_NO_VALUES, &result, err);
	if (done < 0)
		return done;
	replay->totals.changes = pg_number(result, 0, 0);
	replay->totals.left = pg_number(result, 0, 1);
	*ret_totals = replay->totals;
	return 0;
}

/* Into the books ---------------------------------------------------------------------------- */

/* Somebody may have decided since they were compared; nobody can from here on. */
static int lock_violations(struct store_replay *replay, struct err *err)
{
	int done = pg_query(replay->pg,
		"SELECT 1 FROM muster.violation v WHERE v.contractor_id = $1 AND v.id IN"
		" (SELECT old_id FROM difference) ORDER BY v.id FOR NO KEY UPDATE",
		PG_VALUES(replay_contractor(replay)), NULL, err);

	return done < 0 ? done :
			  pg_query(replay->pg,
				   "UPDATE difference d SET is_left = true FROM muster.violation v"
				   " WHERE v.contractor_id = $1 AND v.id = d.old_id AND " IS_LEFT("v"),
				   PG_VALUES(replay_contractor(replay)), NULL, err);
}

/* As rule_points() has it, also for rules that only this session knows. */
#define POINTS(id)                                                                       \
	"(SELECT CASE WHEN w.direct THEN coalesce((SELECT sum(q.weight) FROM requirement q"   \
	"  WHERE q.standard_id = w.standard_id AND q.id = ANY (w.requirements)), 0) ELSE 0"  \
	"  END::integer FROM rule w WHERE w.id = " id ")"

static int open_violations(struct store_replay *replay, struct err *err)
{
	CLEAN(pg_result) struct pg_result *count = NULL;
	char of_contractor[64], of_year[64];
	int64_t last_id = 0, last_number = 0, opened;
	int year = calendar_civil(replay->moment).year;
	int done = pg_query_one(replay->pg,
		"SELECT count(*) FROM difference WHERE what = 'opened'", PG_NO_VALUES, &count, err);

	if (done < 0 || (opened = pg_number(count, 0, 0)) == 0)
		return done;
	snprintf(of_contractor, sizeof(of_contractor), "violation of %s", replay->scope.contractor);
	snprintf(of_year, sizeof(of_year), "violation number of %04d", year);
	done = store_counter_take(replay->pg, of_contractor, opened, &last_id, err);
	if (done == 0)
		done = store_counter_take(replay->pg, of_year, opened, &last_number, err);
	if (done == 0)
		done = pg_query(replay->pg,
			"WITH placed AS (SELECT new_id, row_number() OVER (ORDER BY nth) AS place"
			"  FROM difference WHERE what = 'opened'),"
			" new AS (INSERT INTO muster.violation (contractor_id, id, number, rule_key, rule_id,"
			"  subject_kind, subject, day, severity, level, count, first_event, last_event,"
			"  opened_at, clock_started, due, threshold, run, points, suppressed_until)"
			"  SELECT $1, $2 + p.place, 'V-' || lpad($4::text, 4, '0') || '-' ||"
			"   CASE WHEN $3 + p.place < 1000000 THEN lpad(($3 + p.place)::text, 6, '0')"
			"   ELSE ($3 + p.place)::text END, f.rule_key, f.rule_id, f.subject_kind, f.subject,"
			"   f.day, f.severity, f.level, f.count, f.first_event, f.last_event, now(),"
			"   now(), CASE WHEN f.severity >= 4 THEN (SELECT opening_due(now(), true))"
			"    ELSE (SELECT opening_due(now(), false)) END, f.threshold,"
			"   CASE WHEN f.subject_kind = 'group' THEN $2 + p.place ELSE 0 END,"
			"   " POINTS("f.rule_id") ","
			"   muster.suppressed_until($1, f.rule_key, f.subject, f.severity, now())"
			"  FROM placed p JOIN found f ON f.id = p.new_id)"
			" UPDATE difference d SET old_id = $2 + p.place FROM placed p WHERE p.new_id = d.new_id"
			"  AND d.what = 'opened'",
			PG_VALUES(replay_contractor(replay), PG_NUMBER(last_id - opened),
				  PG_NUMBER(last_number - opened), PG_NUMBER(year)), NULL, err);
	return done < 0 ? done :
			  store_suppressed_record(replay->pg, replay->scope.contractor_id,
						  last_id - opened + 1, last_id, err);
}

/* The difference's id is its number among all of the contractor's. */
static int record(struct store_replay *replay, const char *reason, const char *who,
		  struct err *err)
{
	CLEAN(pg_result) struct pg_result *count = NULL;
	char of_replay[64], of_change[64];
	int64_t id = 0, last = 0, told;
	int done = pg_query_one(replay->pg, "SELECT count(*) FROM difference WHERE NOT is_known",
				PG_NO_VALUES, &count, err);

	if (done < 0)
		return done;
	told = pg_number(count, 0, 0);
	snprintf(of_replay, sizeof(of_replay), "replay of %s", replay->scope.contractor);
	snprintf(of_change, sizeof(of_change), "change of %s", replay->scope.contractor);
	done = store_counter_take(replay->pg, of_replay, 1, &id, err);
	if (done == 0)
		done = store_counter_take(replay->pg, of_change, told, &last, err);
	if (done == 0)
		done = pg_query(replay->pg,
			"INSERT INTO muster.replay (contractor_id, id, standards, roster, since, until,"
			" reason, batches, records, changes, applied_at, applied_by)"
			" SELECT $1, $2, ARRAY(SELECT encode(s.digest, 'hex') FROM replayed p"
			"  JOIN standard s ON s.id = p.standard_id ORDER BY s.name), $3, $4, $5, $6, $7, $8,"
			"  $9, now(), $10",
			PG_VALUES(replay_contractor(replay), PG_NUMBER(id),
				  PG_NUMBER(replay->roster_version), PG_MOMENT(replay->scope.since),
				  PG_MOMENT(replay->scope.until), PG_STRING(reason),
				  PG_NUMBER(replay->totals.batches), PG_NUMBER(replay->totals.records),
				  PG_NUMBER(told), PG_STRING(who)), NULL, err);
	if (done == 0)
		done = pg_query(replay->pg,
			"UPDATE difference d SET id = $1 + n.place FROM (SELECT nth,"
			"  row_number() OVER (ORDER BY nth) AS place FROM difference WHERE NOT is_known) n"
			" WHERE n.nth = d.nth", PG_VALUES(PG_NUMBER(last - told)), NULL, err);
	if (done == 0)
		done = pg_query(replay->pg,
			"INSERT INTO muster.violation_change (contractor_id, id, replay_id, violation_id,"
			" what, applied, before, after)"
			" SELECT $1, id, $2, old_id, what, NOT is_left, before, after FROM difference"
			" WHERE NOT is_known", PG_VALUES(replay_contractor(replay), PG_NUMBER(id)), NULL, err);
	return done;
}

static const char *const change_sql[] = {
	"UPDATE muster.violation v SET count = f.count, first_event = f.first_event,"
	" last_event = f.last_event, severity = f.severity, level = f.level, rule_id = f.rule_id,"
	" threshold = f.threshold, points = " POINTS("f.rule_id")
	" FROM difference d JOIN found f ON f.id = d.new_id WHERE v.contractor_id = $1"
	" AND v.id = d.old_id AND NOT d.is_left AND d.what IN ('extended', 'shrunk', 'changed')",
	"SELECT muster.violation_event_leave($1, d.id, d.old_id, array_agg(o.batch_id), array_agg(o.byte_offset))"
	" FROM difference d JOIN found f ON f.id = d.new_id"
	" JOIN muster.violation_event o ON o.contractor_id = $1 AND o.violation_id = d.old_id"
	" WHERE NOT d.is_left AND d.what IN ('extended', 'shrunk', 'changed')"
	" AND (f.subject_kind <> 'group' OR f.count < " RECORDS_KEPT ")"
	" AND NOT EXISTS (SELECT FROM found_event n WHERE n.violation_id = d.new_id"
	"  AND n.batch_id = o.batch_id AND n.byte_offset = o.byte_offset) GROUP BY d.id, d.old_id",
	"INSERT INTO muster.violation_event (contractor_id, violation_id, batch_id, byte_offset, line,"
	" byte_length, time, rule_id)"
	" SELECT $1, d.old_id, n.batch_id, n.byte_offset, n.line, n.byte_length, n.time, n.rule_id"
	" FROM difference d JOIN found_event n ON n.violation_id = d.new_id"
	" WHERE NOT d.is_left AND d.what IN ('opened', 'extended', 'shrunk', 'changed')"
	" ON CONFLICT DO NOTHING",
	"UPDATE muster.violation v SET evidence_rejected = EXISTS (SELECT FROM found_event n"
	"  JOIN muster.batch b ON b.contractor_id = $1 AND b.id = n.batch_id"
	"  WHERE n.violation_id = d.new_id AND b.rejected > 0)"
	" FROM difference d WHERE v.contractor_id = $1 AND v.id = d.old_id AND NOT d.is_left"
	" AND d.what IN ('opened', 'extended', 'shrunk', 'changed')",
};

/* Where a violation stands is for acts to say. A day that is withdrawn may be opened again. */
static const char *const act_sql[] = {
	"SELECT muster.act($1, d.old_id, NULL, 'withdraw', NULL, $2, NULL) FROM difference d"
	" WHERE d.what = 'withdrawn' AND NOT d.is_left ORDER BY d.nth",
	"SELECT muster.act($1, d.old_id, NULL, 'merge', NULL, $2, jsonb_build_object('of', o.number))"
	" FROM difference d JOIN muster.violation o ON o.contractor_id = $1 AND o.id = d.into_id"
	" WHERE d.what = 'merged' AND NOT d.is_left ORDER BY d.nth",
	"UPDATE muster.violation v SET run = v.id FROM difference d WHERE v.contractor_id = $1"
	" AND v.id = d.old_id AND d.what = 'withdrawn' AND NOT d.is_left AND $2 <> ''",
};

static int act_on_violations(struct store_replay *replay, const char *reason, struct err *err)
{
	int done = 0;

	for (size_t i = 0; done == 0 && i < ARRAY_LENGTH(act_sql); i++)
		done = pg_query(replay->pg, act_sql[i],
				PG_VALUES(replay_contractor(replay), PG_STRING(reason)), NULL, err);
	return done;
}

/* What was judged whole was joined to the roster as it is; what came late, altogether. */
static int write_roster(struct store_replay *replay, struct err *err)
{
	return pg_query(replay->pg,
		"UPDATE muster.batch b SET roster = $2 FROM judged_batch j WHERE b.contractor_id = $1"
		" AND b.id = j.id AND b.roster <> $2 AND ($3 OR"
		"  (($4::timestamptz IS NULL OR b.first_event >= $4) AND ($5::timestamptz IS NULL OR b.last_event < $5)))",
		PG_VALUES(replay_contractor(replay), PG_NUMBER(replay->roster_version),
			  PG_BOOL(replay->scope.late), PG_MOMENT(replay->scope.since),
			  PG_MOMENT(replay->scope.until)), NULL, err);
}

/* Where all that is in force has judged, what the roster lacked is what it lacks. */
#define ALL_HAVE_JUDGED                                                                  \
	" NOT EXISTS (SELECT FROM muster.standard_in_force f WHERE f.until IS NULL"           \
	" AND f.standard_id NOT IN (SELECT standard_id FROM replayed))"
static const char *const unknown_sql[] = {
	"DELETE FROM muster.batch_unknown u USING judged_batch j WHERE u.contractor_id = $1"
	" AND u.batch_id = j.id AND" ALL_HAVE_JUDGED,
	"INSERT INTO muster.batch_unknown SELECT f.* FROM found_unknown f WHERE f.contractor_id = $1"
	" AND" ALL_HAVE_JUDGED,
};

int store_replay_write(struct store_replay *replay, const char *reason, const char *who,
		       struct err *err)
{
	char of_roster[64];
	int done = lock_violations(replay, err);

	snprintf(of_roster, sizeof(of_roster), "roster version %lld",
		 (long long)replay->roster_version);
	if (!reason)
		reason = of_roster;
	if (done == 0)
		done = open_violations(replay, err);
	if (done == 0)
		done = record(replay, reason, who, err);
	if (done == 0)
		done = run_for_contractor(replay, change_sql, ARRAY_LENGTH(change_sql), err);
	if (done == 0)
		done = act_on_violations(replay, reason, err);
	if (done == 0)
		done = replay_runs_write(replay, err);
	if (done == 0)
		done = run_for_contractor(replay, unknown_sql, ARRAY_LENGTH(unknown_sql), err);
	return done < 0 ? done : write_roster(replay, err);
}

/* Telling ------------------------------------------------------------------------------------ */

#define SIDE_COLUMNS(side)                                                               \
	"coalesce((" side "->>'count')::bigint, 0), (" side "->>'first')::timestamptz,"       \
	" (" side "->>'last')::timestamptz, coalesce((" side "->>'severity')::integer, 0),"  \
	" coalesce(" side "->>'state', '')"

static struct store_replay_side read_side(const struct pg_result *result, size_t row,
					  size_t column)
{
	return (struct store_replay_side){ .count = pg_number(result, row, column),
					   .first = pg_moment(result, row, column + 1),
					   .last = pg_moment(result, row, column + 2),
					   .severity = (int)pg_number(result, row, column + 3),
					   .state = pg_string(result, row, column + 4) };
}

struct telling {
	store_replay_change_function *row;
	void *context;
};

static int tell_page(void *context, const struct pg_result *page, struct err *err)
{
	const struct telling *telling = context;
	int done = 0;

	for (size_t i = 0; done == 0 && i < pg_rows(page); i++) {
		struct store_replay_change change = {
			.what = pg_string(page, i, 0),
			.number = pg_string(page, i, 1),
			.rule = pg_string(page, i, 2),
			.subject_kind = pg_string(page, i, 3),
			.subject = pg_string(page, i, 4),
			.day = pg_moment(page, i, 5),
			.left = pg_bool(page, i, 6),
			.added = pg_number(page, i, 7),
			.gone = pg_number(page, i, 8),
			.before = read_side(page, i, 9),
			.after = read_side(page, i, 14),
		};
		done = telling->row(telling->context, &change, err);
	}
	return done;
}

int store_replay_changes(struct store_replay *replay, store_replay_change_function *row,
			 void *context, struct err *err)
{
	struct telling telling = { row, context };

	return store_pages(replay->pg,
		"SELECT d.what, v.number, v.rule_key, v.subject_kind, v.subject, v.day, d.is_left,"
		" d.added, d.gone, " SIDE_COLUMNS("d.before") ", " SIDE_COLUMNS("d.after")
		" FROM difference d JOIN muster.violation v ON v.contractor_id = $1 AND v.id = d.old_id"
		" ORDER BY d.nth", PG_VALUES(replay_contractor(replay)), tell_page, &telling, err);
}

int store_violation_changes(struct pg *pg, int32_t contractor_id, int64_t violation_id,
			    store_violation_change_function *row, void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int done = pg_query(pg,
		"SELECT c.what, r.reason, r.applied_by, r.applied_at, r.roster, c.applied,"
		" " SIDE_COLUMNS("c.before") ", " SIDE_COLUMNS("c.after")
		" FROM violation_change c JOIN replay r ON r.contractor_id = c.contractor_id"
		"  AND r.id = c.replay_id WHERE c.contractor_id = $1 AND c.violation_id = $2 ORDER BY c.id",
		PG_VALUES(PG_NUMBER(contractor_id), PG_NUMBER(violation_id)), &result, err);

	for (size_t i = 0; done == 0 && i < pg_rows(result); i++) {
		struct store_violation_change change = {
			.what = pg_string(result, i, 0),
			.reason = pg_string(result, i, 1),
			.by = pg_string(result, i, 2),
			.at = pg_moment(result, i, 3),
			.roster = pg_number(result, i, 4),
			.applied = pg_bool(result, i, 5),
			.before = read_side(result, i, 6),
			.after = read_side(result, i, 11),
		};
		done = row(context, &change, err);
	}
	return done;
}
