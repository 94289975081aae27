/* Judging again: the runs of all hits, made at once and not batch by batch. */
#include "store/pages.h"
#include "store/replay_int.h"
#include "store/run.h"

#include <stdlib.h>

#define GROUPS_AT_ONCE ((size_t)1000)

/* Correlations by which is judged. */
#define JUDGED_BY                                                                        \
	"(SELECT r.correlation_id FROM rule r JOIN replayed p ON p.standard_id = r.standard_id" \
	" WHERE r.correlation_id IS NOT NULL)"

/* The correlations by which is judged, for the one that makes runs. */
static int read_definitions(struct store_replay *replay, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int done = pg_query(replay->pg,
		"SELECT r.id FROM rule r JOIN replayed p ON p.standard_id = r.standard_id"
		" WHERE r.correlation_id IS NOT NULL ORDER BY r.id", PG_NO_VALUES, &result, err);

	if (done < 0)
		return done;
	int32_t *rules = calloc(pg_rows(result) + 1, sizeof(*rules));
	if (!rules)
		return err_set(err, ERR_MEMORY, "correlations");
	for (size_t i = 0; i < pg_rows(result); i++)
		rules[i] = (int32_t)pg_number(result, i, 0);
	done = store_correlated_definitions(replay->settler, rules, pg_rows(result), err);
	free(rules);
	return done;
}

/*
 * Groups that have, or had, hits of what is judged; groups over such, or over
 * runs by an earlier definition; and all where answers are known since another
 * moment.
 */
static const char affected_sql[] =
	"INSERT INTO affected SELECT $2, group_key FROM ("
	" SELECT group_key FROM pg_temp.hit_block WHERE correlation_id = $2"
	" UNION SELECT h.group_key FROM muster.hit_block h JOIN judged_batch j ON j.id = h.batch_id"
	"  WHERE h.contractor_id = $1 AND h.correlation_id = $2"
	" UNION SELECT group_key FROM pg_temp.run_hit WHERE correlation_id = $2"
	" UNION SELECT h.group_key FROM muster.hit_block h WHERE h.contractor_id = $1"
	"  AND h.correlation_id = $2 AND EXISTS (SELECT FROM pg_temp.reach r"
	"   LEFT JOIN muster.reach m ON m.contractor_id = $1 AND m.correlation_id = $2"
	"   WHERE r.correlation_id = $2 AND r.first_answer IS DISTINCT FROM m.first_answer)"
	" UNION SELECT r.group_key FROM muster.run_hit r JOIN affected a"
	"  ON a.correlation_id = r.of_correlation AND a.group_key = r.of_group"
	"  WHERE r.contractor_id = $1 AND r.correlation_id = $2"
	" UNION SELECT r.group_key FROM muster.run_hit r WHERE r.contractor_id = $1"
	"  AND r.correlation_id = $2 AND r.of_correlation NOT IN " JUDGED_BY ") g";

/* What those groups have of batches that are not judged again. */
static const char fill_blocks_sql[] =
	"INSERT INTO pg_temp.hit_block SELECT h.* FROM muster.hit_block h"
	" JOIN affected a ON a.correlation_id = h.correlation_id AND a.group_key = h.group_key"
	" WHERE h.contractor_id = $1 AND h.correlation_id = $2"
	" AND NOT EXISTS (SELECT FROM judged_batch j WHERE j.id = h.batch_id)";
static const char fill_run_hits_sql[] =
	"INSERT INTO pg_temp.run_hit SELECT r.* FROM muster.run_hit r"
	" JOIN affected a ON a.correlation_id = r.correlation_id AND a.group_key = r.group_key"
	" WHERE r.contractor_id = $1 AND r.correlation_id = $2"
	" AND NOT EXISTS (SELECT FROM affected o WHERE o.correlation_id = r.of_correlation"
	"  AND o.group_key = r.of_group) AND r.of_correlation IN " JUDGED_BY;

static const char groups_sql[] =
	"SELECT group_key, min(first_hit), max(last_hit) FROM ("
	" SELECT group_key, first_hit, last_hit, count FROM pg_temp.hit_block WHERE correlation_id = $1"
	" UNION ALL SELECT group_key, time, time, 1 FROM pg_temp.run_hit WHERE correlation_id = $1) h"
	" GROUP BY group_key HAVING sum(count) >= $2 ORDER BY group_key";

static int make_some(struct store_replay *replay, uint32_t place, const struct pg_result *groups,
		     size_t from, size_t to, struct err *err)
{
	struct store_batch *batch = replay->settler;
	struct hit_change *changes = calloc(to - from, sizeof(*changes));
	int done = changes ? 0 : err_set(err, ERR_MEMORY, "runs");

	for (size_t i = from; done == 0 && i < to; i++) {
		struct hit_change *change = &changes[i - from];
		change->group = correlated_group(batch->correlated, place, pg_text(groups, i, 0));
		change->is.first = pg_moment(groups, i, 1);
		change->is.last = pg_moment(groups, i, 2);
		if (!change->group)
			done = err_set(err, ERR_MEMORY, "runs");
	}
	if (done == 0)
		done = neighbourhood_renew(batch, changes, to - from, err);
	if (done == 0)
		done = horizon_flush(batch, err);
	if (done == 0)
		done = pg_script(replay->pg, "TRUNCATE pg_temp.waiting", err);
	if (done == 0)
		done = run_evidence_flush(batch, err);
	correlated_forget(batch->correlated);
	free(changes);
	return done;
}

static int make_of(struct store_replay *replay, uint32_t place, struct err *err)
{
	const struct correlation *is = replay->settler->correlated->known.list[place];
	const struct pg_value values[] = { replay_contractor(replay), PG_NUMBER(is->id) };
	CLEAN(pg_result) struct pg_result *groups = NULL;
	int done = pg_query(replay->pg, affected_sql, values, 2, NULL, err);

	if (done == 0 && !replay_is_whole(replay))
		done = pg_query(replay->pg, fill_blocks_sql, values, 2, NULL, err);
	if (done == 0 && !replay_is_whole(replay))
		done = pg_query(replay->pg, fill_run_hits_sql, values, 2, NULL, err);
	if (done == 0)
		done = pg_query(replay->pg, groups_sql,
				PG_VALUES(PG_NUMBER(is->id), PG_NUMBER(correlation_least(is))),
				&groups, err);
	for (size_t from = 0, to; done == 0 && from < pg_rows(groups); from = to) {
		to = from + GROUPS_AT_ONCE < pg_rows(groups) ? from + GROUPS_AT_ONCE :
							       pg_rows(groups);
		done = make_some(replay, place, groups, from, to, err);
	}
	return done;
}

static bool is_judged_by(const struct pg_result *standards, int32_t standard)
{
	for (size_t i = 0; i < pg_rows(standards); i++)
		if (pg_number(standards, i, 0) == standard)
			return true;
	return false;
}

/* How far the logs reach ---------------------------------------------------------- */

/*
 * As far as what is judged again, and what a correlation has judged before
 * where the two meet. Of logs that lie only partly in what is read others may
 * lie beside that part: it ends there.
 */
static const char reach_sql[] =
	"INSERT INTO pg_temp.reach WITH again AS (SELECT"
	"  greatest(min(b.first_event), $2) AS low, least(max(CASE WHEN b.last_event <= b.received_at"
	"   THEN b.last_event ELSE greatest(b.received_at, b.first_event) END), $3) AS high"
	"  FROM muster.batch b JOIN judged_batch j ON j.id = b.id WHERE b.contractor_id = $1)"
	" SELECT $1, c.id, CASE WHEN o.meets THEN least(m.first_event, a.low)"
	"   ELSE coalesce(m.first_event, a.low) END,"
	"  CASE WHEN o.meets THEN greatest(m.last_event, a.high)"
	"   ELSE coalesce(m.last_event, a.high) END"
	" FROM (SELECT DISTINCT r.correlation_id AS id FROM rule r"
	"  JOIN replayed p ON p.standard_id = r.standard_id WHERE r.correlation_id IS NOT NULL) c"
	" JOIN correlation k ON k.id = c.id"
	" CROSS JOIN again a LEFT JOIN muster.reach m ON m.contractor_id = $1 AND m.correlation_id = c.id"
	" CROSS JOIN LATERAL (SELECT a.low <= m.last_event AND a.high >= m.first_event AS meets) o"
	" WHERE (k.type = 'absence' OR k.gap_open) AND (a.low <= a.high OR m.correlation_id IS NOT NULL)"
	" RETURNING correlation_id, first_event, last_event";

/* Blocks of all groups, the earliest first. */
static const char answers_sql[] =
	"SELECT first_hit, hits FROM pg_temp.hit_block WHERE correlation_id = $2"
	" UNION ALL SELECT h.first_hit, h.hits FROM muster.hit_block h WHERE h.contractor_id = $1"
	"  AND h.correlation_id = $2 AND NOT EXISTS (SELECT FROM judged_batch j WHERE j.id = h.batch_id)"
	" ORDER BY 1";

static int seek_answer(void *context, const struct pg_result *page, struct err *err)
{
	int64_t *earliest = context;

	for (size_t row = 0; row < pg_rows(page) && pg_moment(page, row, 0) < *earliest; row++) {
		struct text rest = pg_text(page, row, 1);
		struct hit_before before = { 0 };
		struct held_hit hit;
		while (rest.length) {
			if (!hit_block_next(&rest, &before, &hit))
				return err_set(err, ERR_DATABASE, "a block of hits is not understood");
			if (hit.position != 0 && hit.time < *earliest)
				*earliest = hit.time;
		}
	}
	return 0;
}

static int find_answer(struct store_replay *replay, struct correlation *is, struct err *err)
{
	const struct pg_value values[] = { replay_contractor(replay), PG_NUMBER(is->id) };
	int64_t *earliest = &is->rule.known_from;

	*earliest = INT64_MAX;
	int done = store_pages(replay->pg, answers_sql, values, 2, seek_answer, earliest, err);
	return done < 0 || *earliest == INT64_MAX ?
		       done :
		       pg_query(replay->pg,
				"UPDATE pg_temp.reach SET first_answer = $2 WHERE correlation_id = $1",
				PG_VALUES(PG_NUMBER(is->id), PG_MOMENT(*earliest)), NULL, err);
}

static int find_reach(struct store_replay *replay, struct err *err)
{
	const struct correlations *known = &replay->settler->correlated->known;
	CLEAN(pg_result) struct pg_result *result = NULL;
	int done = pg_query(replay->pg, reach_sql,
			    PG_VALUES(replay_contractor(replay), PG_MOMENT(replay->read_since),
				      PG_MOMENT(replay->read_until)), &result, err);

	for (size_t row = 0; done == 0 && row < pg_rows(result); row++)
		for (size_t i = 0; done == 0 && i < known->count; i++) {
			struct correlation *is = known->list[i];
			if (!is->waits || is->id != pg_number(result, row, 0))
				continue;
			is->rule.reach_from = pg_moment(result, row, 1);
			is->rule.reach_to = pg_moment(result, row, 2);
			if (is->rule.where_known)
				done = find_answer(replay, is, err);
		}
	return done;
}

int replay_runs_make(struct store_replay *replay, struct err *err)
{
	struct store_batch *settler = replay->settler;
	const struct correlations *known = &settler->correlated->known;
	CLEAN(pg_result) struct pg_result *standards = NULL;
	int done = read_definitions(replay, err);

	if (done == 0)
		done = pg_query(replay->pg, "SELECT standard_id FROM replayed", PG_NO_VALUES,
				&standards, err);
	/* Hits of all batches are near. */
	store_batch_again(settler, INT64_MAX, &replay->delivery);
	/* Groups may be of names that only a later roster gives. */
	if (done == 0)
		done = store_names_insert(settler, err);
	if (done == 0)
		done = correlations_hold_for(replay->pg, &settler->correlated->known,
					     replay->scope.contractor_id, err);
	if (done == 0)
		done = find_reach(replay, err);
	for (unsigned depth = 0; done == 0 && depth <= known->deepest; depth++)
		for (uint32_t i = 0; done == 0 && i < known->count; i++)
			if (known->list[i]->depth == depth &&
			    is_judged_by(standards, known->list[i]->standard_id))
				done = make_of(replay, i, err);
	return done;
}

/* Violations that were opened have their ids; those that stood keep theirs. */
static const char *const write_sql[] = {
	"DELETE FROM muster.hit_block h USING judged_batch j WHERE h.contractor_id = $1"
	" AND h.batch_id = j.id AND h.correlation_id IN " JUDGED_BY,
	"INSERT INTO muster.hit_block SELECT f.* FROM pg_temp.found_block f"
	" JOIN judged_batch j ON j.id = f.batch_id WHERE f.contractor_id = $1",
	"INSERT INTO muster.reach AS r SELECT f.* FROM found_reach f WHERE f.contractor_id = $1"
	" ON CONFLICT (contractor_id, correlation_id) DO UPDATE"
	" SET first_event = least(r.first_event, excluded.first_event),"
	" last_event = greatest(r.last_event, excluded.last_event), first_answer = excluded.first_answer",
	"DELETE FROM muster.undecided w USING affected a WHERE w.contractor_id = $1"
	" AND w.correlation_id = a.correlation_id AND w.group_key = a.group_key",
	"INSERT INTO muster.undecided SELECT f.* FROM found_undecided f WHERE f.contractor_id = $1"
	" ON CONFLICT DO NOTHING",
	"DELETE FROM muster.run_hit r USING affected a WHERE r.contractor_id = $1"
	" AND r.of_correlation = a.correlation_id AND r.of_group = a.group_key",
	"DELETE FROM muster.run u USING affected a WHERE u.contractor_id = $1"
	" AND u.correlation_id = a.correlation_id AND u.group_key = a.group_key",
	/* Earlier definitions make no more runs of what these have taken over. */
	"DELETE FROM muster.run u USING stood s WHERE u.contractor_id = $1 AND u.violation_id = s.id"
	" AND u.correlation_id NOT IN " JUDGED_BY,
	"INSERT INTO muster.run_hit SELECT f.* FROM pg_temp.found_run_hit f"
	" WHERE f.contractor_id = $1 ON CONFLICT DO NOTHING",
	"INSERT INTO muster.run (contractor_id, correlation_id, group_key, first_hit, last_hit,"
	" count, became, level, violation_id, evidence)"
	" SELECT u.contractor_id, u.correlation_id, u.group_key, u.first_hit, u.last_hit,"
	"  u.count, u.became, u.level, coalesce((SELECT m.into_id FROM matched m"
	"   WHERE m.new_id = u.violation_id LIMIT 1), (SELECT d.old_id FROM difference d"
	"   WHERE d.new_id = u.violation_id AND d.what = 'opened')), u.evidence"
	" FROM pg_temp.found_run u WHERE u.contractor_id = $1",
};

int replay_runs_write(struct store_replay *replay, struct err *err)
{
	int done = 0;

	for (size_t i = 0; done == 0 && i < ARRAY_LENGTH(write_sql); i++)
		done = pg_query(replay->pg, write_sql[i], PG_VALUES(replay_contractor(replay)),
				NULL, err);
	return done;
}
