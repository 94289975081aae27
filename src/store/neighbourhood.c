/* What is near the hits that changed is read, and its runs are made anew. */
#include "store/correlated.h"
#include "store/pages.h"
#include "store/run.h"

#include <stdlib.h>

#define HITS_LIMIT ((size_t)20000000)

struct renewing {
	struct store_batch *batch;
	struct hit_change *changes;
	size_t count;
	size_t next;               /* the first that is not renewed yet */
	struct arena *arena;       /* of the change being read */
	struct held_hit **known;
	size_t known_count, known_room;
};

static int out_of_memory(struct err *err)
{
	return err_set(err, ERR_MEMORY, "correlating a neighbourhood");
}

static const struct correlation *correlation_of(const struct store_batch *batch,
						const struct hit_change *change)
{
	return batch->correlated->known.list[change->group->correlation];
}

/* Asking ------------------------------------------------------------------------------- */

static int64_t in_range(int64_t moment)
{
	return moment < MOMENT_LEAST ? MOMENT_LEAST : moment > MOMENT_MOST ? MOMENT_MOST : moment;
}

int changed_begin(struct store_batch *batch, struct pg_copy *ret_copy, struct err *err)
{
	int done = store_session_table_empty(batch, "changed", &batch->correlated->changed_turns, err);
	return done < 0 ? done : pg_copy_begin(batch->pg,
		"COPY pg_temp.changed (nth, correlation_id, group_key, low, high, latest, nearest)"
		" FROM STDIN (FORMAT binary)", ret_copy, err);
}

void changed_add(struct pg_copy *copy, size_t nth, const struct correlation *c, struct text key,
		 int64_t low, int64_t high)
{
	pg_copy_row(copy, 7);
	pg_copy_integer(copy, (int32_t)nth);
	pg_copy_integer(copy, c->id);
	pg_copy_text(copy, key);
	pg_copy_moment(copy, in_range(low));
	pg_copy_moment(copy, in_range(high));
	pg_copy_moment(copy, in_range(high + c->span));
	pg_copy_bool(copy, correlate_needs_nearest(&c->rule));
}

/* Nothing near a change that lies deep inside a run, and after it became one, can matter. */
static bool is_inside(const struct correlation *c, const struct hit_change *change)
{
	for (size_t i = 0; c->grows && i < change->standing_count; i++)
		if (change->standing[i].became.time < change->is.first &&
		    change->standing[i].last >= change->is.last + c->rule.timespan)
			return true;
	return false;
}

static void copy_change(struct store_batch *batch, struct pg_copy *copy,
			const struct hit_change *change, size_t nth, bool hits)
{
	const struct correlation *c = correlation_of(batch, change);
	int64_t from, to;
	if (hits && is_inside(c, change))
		return;
	if (hits)
		correlate_near_hits(&c->rule, &change->is, change->standing,
				    change->standing_count, &from, &to);
	else
		correlate_near_runs(&c->rule, &change->is, &from, &to);
	changed_add(copy, nth, c, change->group->key, from, to);
}

static int copy_changes(struct renewing *r, bool hits, struct err *err)
{
	CLEAN(pg_copy) struct pg_copy copy = { 0 };
	int done = changed_begin(r->batch, &copy, err);
	if (done < 0)
		return done;
	for (size_t i = 0; i < r->count; i++)
		copy_change(r->batch, &copy, &r->changes[i], i, hits);
	return store_session_copy_end(r->batch, &copy, err);
}

/* Runs --------------------------------------------------------------------------------- */

struct correlate_hit neighbourhood_hit(const struct correlation *c, struct held_hit *held)
{
	struct correlate_hit hit = {
		.time = held->time,
		.identity = { held->identity,
			      (uint64_t)(uint32_t)held->system << 32 | held->ordinal },
		.rule = held->position,
		.owner = held,
	};
	const struct text value = { (const char *)&held->value, sizeof(held->value) };
	if (c->rule.type == CORRELATE_VALUE_COUNT ||
	    (c->rule.type == CORRELATE_ABSENCE && held->value))
		hit.value = value;
	else if (c->rule.type == CORRELATE_TRAVEL)
		hit.point = (struct correlate_point){ (int32_t)(held->value >> 32),
						      (int32_t)held->value };
	else
		memcpy(&hit.number, &held->value, sizeof(hit.number));
	return hit;
}

static bool read_became(struct arena *arena, struct text packed, struct held_hit *ret)
{
	struct text kept = arena_text(arena, packed), rest = text_skip(kept, 8);
	uint64_t of_batch;
	if (!kept.bytes || kept.length < 8 || !held_hit_unpack(&rest, ret))
		return false;
	memcpy(&of_batch, kept.bytes, 8);
	ret->batch = (int64_t)be64toh(of_batch);
	return true;
}

static int read_standing(struct renewing *r, struct hit_change *change,
			 const struct pg_result *result, size_t from, size_t to,
			 struct err *err)
{
	const struct correlation *c = correlation_of(r->batch, change);
	struct arena *arena = r->batch->correlated->arena;
	struct run_standing *more = arena_get_many(arena, to - from + 1, sizeof(*more));

	change->standing_count = 0;
	change->standing = arena_get_many(arena, to - from + 1, sizeof(*change->standing));
	if (!more || !change->standing)
		return out_of_memory(err);
	for (size_t row = from; row < to; row++) {
		struct correlate_standing *standing = &change->standing[change->standing_count++];
		struct run_standing *is = more++;
		if (!read_became(arena, pg_text(result, row, 4), &is->became))
			return err_set(err, ERR_DATABASE, "a run is not understood");
		is->evidence = (int32_t)pg_number(result, row, 5);
		is->violation = pg_number(result, row, 6);
		is->level = (int)pg_number(result, row, 7);
		int64_t last = pg_moment(result, row, 2);
		*standing = (struct correlate_standing){ .first = pg_moment(result, row, 1),
							 .last = last == RUN_OPEN ? CORRELATE_OPEN
										  : last,
							 .count = (uint64_t)pg_number(result, row, 3),
							 .became = neighbourhood_hit(c, &is->became),
							 .owner = is };
	}
	return 0;
}

static int find_standing(struct renewing *r, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int done = copy_changes(r, false, err);
	if (done == 0)
		done = pg_query(r->batch->pg,
			"SELECT c.nth, r.first_hit, r.last_hit, r.count, r.became, r.evidence,"
			" coalesce(r.violation_id, 0), r.level FROM pg_temp.changed c"
			" CROSS JOIN LATERAL (SELECT * FROM run r WHERE r.contractor_id = $1"
			"  AND r.correlation_id = c.correlation_id AND r.group_key = c.group_key"
			"  AND r.first_hit <= c.high AND r.last_hit >= c.low OFFSET 0) r"
			" ORDER BY c.nth, r.first_hit",
			PG_VALUES(PG_NUMBER(r->batch->delivery->contractor_id)), &result, err);
	for (size_t from = 0, to; done == 0 && from < pg_rows(result); from = to) {
		for (to = from + 1; to < pg_rows(result); to++)
			if (pg_number(result, to, 0) != pg_number(result, from, 0))
				break;
		done = read_standing(r, &r->changes[pg_number(result, from, 0)], result, from, to,
				     err);
	}
	return done;
}

static bool is_overridden(const struct hit_group *group, size_t from, int64_t first)
{
	for (size_t i = from; i < group->written_count; i++)
		if (group->written[i].is.first == first)
			return true;
	return false;
}

/* What no later change can meet is forgotten: their windows only move on. */
static void forget_written(struct hit_group *group, int64_t from)
{
	size_t kept = 0;
	for (size_t i = 0; i < group->written_count; i++)
		if (group->written[i].is.last >= from)
			group->written[kept++] = group->written[i];
	group->written_count = kept;
}

static int compare_standing(const void *a, const void *b)
{
	const struct correlate_standing *x = a, *y = b;
	return x->first < y->first ? -1 : x->first > y->first;
}

/* What changes before this one in the same group have written since takes the place of what was. */
static int renew_standing(struct renewing *r, struct hit_change *change, struct err *err)
{
	const struct correlation *c = correlation_of(r->batch, change);
	struct hit_group *group = change->group;
	int64_t from, to;
	size_t count = 0;
	correlate_near_runs(&c->rule, &change->is, &from, &to);
	forget_written(group, from);
	if (!group->written_count)
		return 0;
	struct correlate_standing *list =
		arena_get_many(r->batch->correlated->arena,
			       change->standing_count + group->written_count, sizeof(*list));
	if (!list)
		return out_of_memory(err);
	for (size_t i = 0; i < change->standing_count; i++)
		if (!is_overridden(group, 0, change->standing[i].first))
			list[count++] = change->standing[i];
	for (size_t i = 0; i < group->written_count; i++) {
		const struct run_written *written = &group->written[i];
		if (!written->gone && written->is.first <= to && written->is.last >= from &&
		    !is_overridden(group, i + 1, written->is.first))
			list[count++] = written->is;
	}
	qsort(list, count, sizeof(*list), compare_standing);
	change->standing = list;
	change->standing_count = count;
	return 0;
}

/* One change ----------------------------------------------------------------------------- */

struct telling {
	struct renewing *renewing;
	const struct hit_change *change;
};

static int on_renewed(void *context, const struct correlate_renewed *run, struct err *err)
{
	const struct telling *telling = context;
	return run_renew(telling->renewing->batch, telling->change, run, err);
}

static int renew(struct renewing *r, struct hit_change *change, struct err *err)
{
	const struct correlation *c = correlation_of(r->batch, change);
	size_t count = r->known_count + change->fresh_count;
	struct correlate_hit *hits = calloc(count + 1, sizeof(*hits));
	struct telling telling = { r, change };
	if (!hits)
		return out_of_memory(err);
	for (size_t i = 0; i < r->known_count; i++)
		hits[i] = neighbourhood_hit(c, r->known[i]);
	for (size_t i = 0; i < change->fresh_count; i++) {
		hits[r->known_count + i] = neighbourhood_hit(c, change->fresh[i]);
		hits[r->known_count + i].fresh = true;
	}
	if (c->waits)
		horizon_note(r->batch, change, hits, count);
	int done = correlate_again(&c->rule, &change->is, hits, count, change->standing,
				   change->standing_count, on_renewed, &telling, err);
	for (size_t i = 0; done == 0 && i < change->standing_count; i++)
		if (!change->standing[i].kept)
			done = run_withdraw(r->batch, change, &change->standing[i], err);
	free(hits);
	return done;
}

/* Those before nth have no more hits to come. */
static int renew_until(struct renewing *r, size_t nth, struct err *err)
{
	int done = 0;
	for (; done == 0 && r->next < nth; r->next++) {
		struct hit_change *change = &r->changes[r->next];
		const struct correlation *c = correlation_of(r->batch, change);
		done = renew_standing(r, change, err);
		if (done == 0 && (r->known_count || change->standing_count ||
		    (int64_t)change->fresh_count >= correlation_least(c)))
			done = renew(r, change, err);
		r->known_count = 0;
		arena_reset(r->arena);
	}
	return done;
}

/* Hits ------------------------------------------------------------------------------------- */

static int keep_hit(struct renewing *r, const struct held_hit *hit, struct err *err)
{
	if (r->known_count == HITS_LIMIT)
		return err_set(err, ERR_LIMIT, "more than %zu hits at once in one group",
			       HITS_LIMIT);
	if (r->known_count == r->known_room) {
		size_t room = r->known_room ? r->known_room * 2 : 1024;
		struct held_hit **wider = realloc(r->known, room * sizeof(struct held_hit *));
		if (!wider)
			return out_of_memory(err);
		r->known = wider;
		r->known_room = room;
	}
	struct held_hit *kept = arena_get(r->arena, sizeof(*kept));
	if (!kept)
		return out_of_memory(err);
	*kept = *hit;
	r->known[r->known_count++] = kept;
	return 0;
}

/* A block of hits; a run below, which has a batch and a hit of its own, has no system. */
static int take_block(struct renewing *r, const struct pg_result *page, size_t row,
		      struct err *err)
{
	size_t nth = (size_t)pg_number(page, row, 0);
	int done = renew_until(r, nth, err);
	if (done < 0)
		return done;
	int64_t low = pg_moment(page, row, 1), high = pg_moment(page, row, 2);
	struct text rest = arena_text(r->arena, pg_text(page, row, 5));
	struct hit_before before = { 0 };
	bool alone = pg_is_null(page, row, 4);
	if (!rest.bytes)
		return out_of_memory(err);
	r->batch->correlated->effort.blocks++;
	r->batch->correlated->effort.bytes += rest.length;
	while (done == 0 && rest.length) {
		struct held_hit hit;
		if (!(alone ? held_hit_unpack(&rest, &hit) : hit_block_next(&rest, &before, &hit)))
			return err_set(err, ERR_DATABASE, "a block of hits is not understood");
		hit.batch = pg_number(page, row, 3);
		if (!alone)
			hit.system = (int32_t)pg_number(page, row, 4);
		if (hit.time >= low && hit.time <= high)
			done = keep_hit(r, &hit, err);
	}
	return done;
}

static int take_page(void *context, const struct pg_result *page, struct err *err)
{
	int done = 0;
	for (size_t row = 0; done == 0 && row < pg_rows(page); row++)
		done = take_block(context, page, row, err);
	return done;
}

/*
 * The nearest hit before a change: in the block that ends last before it, or
 * in one that reaches over its begin. The nearest behind it: in the block that
 * ends first, or in one that begins before that and ends later.
 */
#define BLOCKS_OF "hit_block b WHERE b.contractor_id = $1" \
	" AND b.correlation_id = c.correlation_id AND b.group_key = c.group_key"
#define NEAREST_BEFORE                                                                             \
	" UNION ALL SELECT c.nth, n.first_hit, least(n.last_hit, c.low - interval '1 microsecond')," \
	"  n.batch_id, n.system_id, n.hits FROM pg_temp.changed c CROSS JOIN LATERAL"              \
	"  ((SELECT b.* FROM " BLOCKS_OF " AND b.last_hit < c.low ORDER BY b.last_hit DESC LIMIT 1)" \
	"   UNION ALL (SELECT b.* FROM " BLOCKS_OF " AND b.last_hit BETWEEN c.low AND c.latest"    \
	"    AND b.first_hit < c.low OFFSET 0)) n WHERE c.nearest"
#define NEAREST_BEHIND                                                                             \
	" UNION ALL SELECT c.nth, greatest(n.first_hit, c.high + interval '1 microsecond'),"       \
	"  n.last_hit, n.batch_id, n.system_id, n.hits FROM pg_temp.changed c CROSS JOIN LATERAL"  \
	"  (SELECT b.last_hit FROM " BLOCKS_OF " AND b.last_hit > c.high ORDER BY b.last_hit"      \
	"   LIMIT 1) e CROSS JOIN LATERAL (SELECT b.* FROM " BLOCKS_OF " AND b.last_hit > c.high"  \
	"   AND b.last_hit <= e.last_hit + (c.latest - c.high) AND b.first_hit <= e.last_hit"     \
	"   OFFSET 0) n WHERE c.nearest"
#define NEAREST_RUN(is_there, order)                                                               \
	" UNION ALL SELECT c.nth, n.time, n.time,"                                                 \
	"  ('x' || encode(substr(n.hit, 1, 8), 'hex'))::bit(64)::bigint, NULL, substr(n.hit, 9)"   \
	"  FROM pg_temp.changed c CROSS JOIN LATERAL (SELECT h.time, h.hit FROM run_hit h"         \
	"   WHERE h.contractor_id = $1 AND h.correlation_id = c.correlation_id"                    \
	"   AND h.group_key = c.group_key AND " is_there " ORDER BY h.time " order " LIMIT 1) n"   \
	"  WHERE c.nearest"

/*
 * Blocks of earlier batches, and runs below. Each part is found by its key
 * alone: OFFSET 0 keeps the planner from joining with all that a contractor has.
 */
static const char near_sql[] =
	"SELECT c.nth, c.low, c.high, b.batch_id, b.system_id, b.hits"
	" FROM pg_temp.changed c CROSS JOIN LATERAL"
	" (SELECT b.batch_id, b.system_id, b.hits FROM hit_block b WHERE b.contractor_id = $1"
	"  AND b.correlation_id = c.correlation_id AND b.group_key = c.group_key"
	"  AND b.last_hit BETWEEN c.low AND c.latest AND b.first_hit <= c.high"
	"  AND b.batch_id < $2 OFFSET 0) b"
	" UNION ALL SELECT c.nth, c.low, c.high,"
	"  ('x' || encode(substr(h.hit, 1, 8), 'hex'))::bit(64)::bigint, NULL, substr(h.hit, 9)"
	"  FROM pg_temp.changed c CROSS JOIN LATERAL (SELECT h.hit FROM run_hit h"
	"   WHERE h.contractor_id = $1 AND h.correlation_id = c.correlation_id"
	"   AND h.group_key = c.group_key AND h.time BETWEEN c.low AND c.high OFFSET 0) h"
	NEAREST_BEFORE NEAREST_BEHIND
	NEAREST_RUN("h.time < c.low", "DESC")
	NEAREST_RUN("h.time > c.high", "")
	" ORDER BY 1";

int neighbourhood_renew(struct store_batch *batch, struct hit_change *changes, size_t count,
			struct err *err)
{
	struct renewing r = { .batch = batch, .changes = changes, .count = count };
	r.arena = arena_new((size_t)4 << 30);
	if (!r.arena)
		return out_of_memory(err);
	for (size_t i = 0; i < count; i++)
		changes[i].group->written_count = 0;
	int done = find_standing(&r, err);
	if (done == 0)
		done = copy_changes(&r, true, err);
	if (done == 0)
		done = store_pages(batch->pg, near_sql,
				   PG_VALUES(PG_NUMBER(batch->delivery->contractor_id),
					     PG_NUMBER(batch->id)), take_page, &r, err);
	if (done == 0)
		done = renew_until(&r, count, err);
	if (done == 0)
		done = runs_flush(batch, err);
	free(r.known);
	arena_free(r.arena);
	return done;
}
