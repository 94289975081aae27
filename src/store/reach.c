/*
 * Which hits of a batch can matter. Tallies bound from above what a window
 * holds: where those of the buckets that a window can lie in are too few
 * together, its condition is not true, and no hit needs to be read.
 */
#include "store/correlated.h"
#include "store/pages.h"

#include <stdlib.h>

/* Hits of the batch further apart than this and a timespan are asked about one by one. */
#define APART (86400 * MICROSECONDS)

/* Blocks of one group, near each other. */
struct cluster {
	struct hit_group *group;
	const struct hit_block *from, *end; /* end: the first that is not of it, or NULL */
	int64_t first, last;
};

struct tally {
	int64_t bucket;
	uint32_t count;
	bool fresh;                /* of this batch */
};

struct reaching {
	struct store_batch *batch;
	struct cluster *clusters;
	size_t count, room;
	size_t next;               /* the first that is not decided yet */
	struct tally *tallies;     /* of that one */
	size_t tally_count, tally_room;
	bool sorted;
};

static int out_of_memory(struct err *err)
{
	return err_set(err, ERR_MEMORY, "tallies of a batch");
}

static const struct correlation *correlation_of(const struct reaching *r,
						const struct hit_group *group)
{
	return r->batch->correlated->known.list[group->correlation];
}

/* Clusters --------------------------------------------------------------------------- */

static bool add_cluster(struct reaching *r, const struct cluster *cluster)
{
	if (r->count == r->room) {
		size_t room = r->room ? r->room * 2 : 256;
		struct cluster *wider = realloc(r->clusters, room * sizeof(*wider));
		if (!wider)
			return false;
		r->clusters = wider;
		r->room = room;
	}
	r->clusters[r->count++] = *cluster;
	return true;
}

static bool cluster_group(struct reaching *r, struct hit_group *group)
{
	int64_t apart = correlation_of(r, group)->rule.timespan + APART;
	const struct hit_block *from = group->list.blocks;
	while (from) {
		struct cluster cluster = { group, from, from->next, from->first, from->last };
		while (cluster.end && cluster.end->first - cluster.last <= apart) {
			cluster.last = cluster.end->last;
			cluster.end = cluster.end->next;
		}
		if (!add_cluster(r, &cluster))
			return false;
		from = cluster.end;
	}
	return true;
}

/* Tallies ---------------------------------------------------------------------------- */

static bool add_tally(struct reaching *r, const struct hit_tally *tally, bool fresh)
{
	if (r->tally_count == r->tally_room) {
		size_t room = r->tally_room ? r->tally_room * 2 : 256;
		struct tally *wider = realloc(r->tallies, room * sizeof(*wider));
		if (!wider)
			return false;
		r->tallies = wider;
		r->tally_room = room;
	}
	if (r->tally_count && r->tallies[r->tally_count - 1].bucket > tally->bucket)
		r->sorted = false;
	r->tallies[r->tally_count++] = (struct tally){ tally->bucket, tally->count, fresh };
	return true;
}

static bool add_fresh(struct reaching *r, const struct cluster *cluster)
{
	for (const struct hit_block *b = cluster->from; b != cluster->end; b = b->next)
		for (uint32_t i = 0; i < b->tally_count; i++)
			if (!add_tally(r, &b->tallies[i], true))
				return false;
	return true;
}

static int compare_tallies(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;
	return x->bucket < y->bucket ? -1 : x->bucket > y->bucket;
}

/* Buckets from … to hold enough, hits of this batch among them. */
static bool add_reach(struct reaching *r, const struct cluster *cluster, int64_t from, int64_t to)
{
	struct hit_group *group = cluster->group;
	const struct correlation *c = correlation_of(r, group);
	size_t count = group->reach_count;
	struct hit_reach reach = { from * c->width, (to + 1) * c->width - 1 };
	if (count && group->reaches[count - 1].to >= reach.from) {
		group->reaches[count - 1].to = reach.to;
		return true;
	}
	/* Room is a power of two. */
	if ((count & (count - 1)) == 0) {
		struct arena *arena = r->batch->correlated->arena;
		struct hit_reach *wider = arena_get_many(arena, count ? 2 * count : 1,
							 sizeof(*wider));
		if (!wider)
			return false;
		if (count)
			memcpy(wider, group->reaches, count * sizeof(*wider));
		group->reaches = wider;
	}
	group->reaches[group->reach_count++] = reach;
	return true;
}

static bool decide(struct reaching *r, const struct cluster *cluster)
{
	const struct correlation *c = correlation_of(r, cluster->group);
	const uint64_t least = (uint64_t)correlation_least(c);
	const int64_t buckets = correlation_buckets(c);
	uint64_t sum = 0;
	size_t left = 0, fresh = 0;
	if (!r->sorted)
		qsort(r->tallies, r->tally_count, sizeof(struct tally), compare_tallies);
	for (size_t i = 0; i < r->tally_count; i++) {
		const struct tally *right = &r->tallies[i];
		sum += right->count;
		fresh += right->fresh;
		for (; right->bucket - r->tallies[left].bucket >= buckets; left++) {
			sum -= r->tallies[left].count;
			fresh -= r->tallies[left].fresh;
		}
		if (fresh && sum >= least &&
		    !add_reach(r, cluster, r->tallies[left].bucket, right->bucket))
			return false;
	}
	return true;
}

/* Those before nth have no more tallies to come. */
static int decide_until(struct reaching *r, size_t nth, struct err *err)
{
	for (; r->next < nth; r->next++) {
		const struct cluster *cluster = &r->clusters[r->next];
		if (!add_fresh(r, cluster) || !decide(r, cluster))
			return out_of_memory(err);
		r->tally_count = 0;
		r->sorted = true;
	}
	return 0;
}

/* The books -------------------------------------------------------------------------- */

static int take_page(void *context, const struct pg_result *page, struct err *err)
{
	struct reaching *r = context;
	for (size_t row = 0; row < pg_rows(page); row++) {
		struct text rest = pg_text(page, row, 1);
		struct hit_tally tally;
		int64_t bucket = 0;
		int done = decide_until(r, (size_t)pg_number(page, row, 0), err);
		if (done < 0)
			return done;
		r->batch->correlated->effort.tallies++;
		while (rest.length) {
			if (!hit_tally_next(&rest, &bucket, &tally))
				return err_set(err, ERR_DATABASE, "tallies of hits are not understood");
			if (!add_tally(r, &tally, false))
				return out_of_memory(err);
		}
	}
	return 0;
}

static int ask(struct reaching *r, struct err *err)
{
	CLEAN(pg_copy) struct pg_copy copy = { 0 };
	int done = changed_begin(r->batch, &copy, err);
	if (done < 0)
		return done;
	for (size_t i = 0; i < r->count; i++) {
		const struct cluster *cluster = &r->clusters[i];
		const struct correlation *c = correlation_of(r, cluster->group);
		changed_add(&copy, i, c, cluster->group->key, cluster->first - c->rule.timespan,
			    cluster->last + c->rule.timespan);
	}
	return store_session_copy_end(r->batch, &copy, err);
}

static const char tallies_sql[] =
	"SELECT c.nth, b.tallies FROM pg_temp.changed c CROSS JOIN LATERAL"
	" (SELECT b.tallies FROM hit_block b WHERE b.contractor_id = $1"
	"  AND b.correlation_id = c.correlation_id AND b.group_key = c.group_key"
	"  AND b.last_hit BETWEEN c.low AND c.latest AND b.first_hit <= c.high"
	"  AND b.batch_id < $2 OFFSET 0) b"
	" ORDER BY c.nth";

static int find(struct reaching *r, const char *sql, store_page_function *page, struct err *err)
{
	int done = r->count ? ask(r, err) : 0;
	if (done == 0 && r->count)
		done = store_pages(r->batch->pg, sql,
				   PG_VALUES(PG_NUMBER(r->batch->delivery->contractor_id),
					     PG_NUMBER(r->batch->id)), page, r, err);
	return done;
}

int reach_find(struct store_batch *batch, struct err *err)
{
	struct reaching r = { .batch = batch, .sorted = true };
	const struct correlated *all = batch->correlated;
	int done = 0;
	for (size_t i = 0; done == 0 && i < all->group_count; i++)
		if (correlation_of(&r, all->groups[i])->grows && !cluster_group(&r, all->groups[i]))
			done = out_of_memory(err);
	if (done == 0)
		done = find(&r, tallies_sql, take_page, err);
	if (done == 0)
		done = decide_until(&r, r.count, err);
	free(r.clusters);
	free(r.tallies);
	return done;
}

/* Runs below ------------------------------------------------------------------------- */

static int take_below(void *context, const struct pg_result *page, struct err *err)
{
	struct reaching *r = context;
	for (size_t row = 0; row < pg_rows(page); row++) {
		const struct cluster *cluster = &r->clusters[pg_number(page, row, 0)];
		if (cluster->group->reach_count == 0 && !add_reach(r, cluster, 0, 0))
			return out_of_memory(err);
	}
	return 0;
}

static const char below_sql[] =
	"SELECT c.nth FROM pg_temp.changed c WHERE EXISTS (SELECT FROM run_hit h"
	" WHERE h.contractor_id = $1 AND $2::bigint IS NOT NULL AND h.correlation_id = c.correlation_id"
	" AND h.group_key = c.group_key AND h.time BETWEEN c.low AND c.high OFFSET 0)";

int reach_find_below(struct store_batch *batch, unsigned depth, struct err *err)
{
	struct reaching r = { .batch = batch };
	const struct correlated *all = batch->correlated;
	int done = 0;
	for (size_t i = 0; done == 0 && i < all->group_count; i++) {
		const struct correlation *c = correlation_of(&r, all->groups[i]);
		if (c->depth == depth && c->needs_below && !cluster_group(&r, all->groups[i]))
			done = out_of_memory(err);
	}
	if (done == 0)
		done = find(&r, below_sql, take_below, err);
	free(r.clusters);
	return done;
}
