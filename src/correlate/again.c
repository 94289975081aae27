/* Runs kept up to date: only the neighbourhood of a change is made anew. */
#include "correlate/engine.h"

bool correlate_only_grows(const struct correlate_rule *rule)
{
	if (rule->type == CORRELATE_VALUE_SUM || rule->type == CORRELATE_VALUE_AVERAGE ||
	    correlate_is_apart(rule))
		return false;
	return !rule->compares[CORRELATE_LT] && !rule->compares[CORRELATE_LTE] &&
	       !rule->compares[CORRELATE_EQ] && !rule->compares[CORRELATE_NEQ];
}

bool correlate_needs_every(const struct correlate_rule *rule)
{
	for (size_t i = 0; i < CORRELATE_COMPARISON_COUNT; i++)
		if (rule->compares[i])
			return false;
	return rule->type == CORRELATE_TEMPORAL || rule->type == CORRELATE_TEMPORAL_ORDERED;
}

void correlate_near_runs(const struct correlate_rule *rule, const struct correlate_change *change,
			 int64_t *ret_from, int64_t *ret_to)
{
	int64_t back = rule->timespan, ahead = rule->timespan;
	if (rule->type == CORRELATE_ABSENCE) {
		back = rule->timespan - rule->before;
		ahead = rule->before;
	}
	if (rule->type == CORRELATE_GAP)
		back = ahead = 0;
	*ret_from = change->first - back;
	*ret_to = change->last + ahead;
}

bool correlate_needs_nearest(const struct correlate_rule *rule)
{
	return rule->type == CORRELATE_GAP;
}

/* Runs of which each hit is judged for itself do not grow into one another. */
static bool runs_stand_alone(const struct correlate_rule *rule)
{
	return rule->type == CORRELATE_ABSENCE || rule->type == CORRELATE_GAP;
}

/* The stretch in which runs are made anew. */
static void renewed_stretch(const struct correlate_rule *rule,
			    const struct correlate_change *change,
			    const struct correlate_standing *standing, size_t count,
			    int64_t *ret_from, int64_t *ret_to)
{
	correlate_near_runs(rule, change, ret_from, ret_to);
	for (size_t i = 0; i < count && !change->grows && !runs_stand_alone(rule); i++) {
		if (standing[i].first < *ret_from)
			*ret_from = standing[i].first;
		if (standing[i].last > *ret_to)
			*ret_to = standing[i].last;
	}
}

void correlate_near_hits(const struct correlate_rule *rule, const struct correlate_change *change,
			 const struct correlate_standing *standing, size_t count,
			 int64_t *ret_from, int64_t *ret_to)
{
	renewed_stretch(rule, change, standing, count, ret_from, ret_to);
	if (rule->type == CORRELATE_ABSENCE) {
		*ret_from -= rule->before;
		*ret_to += rule->timespan - rule->before;
	} else if (!change->grows && rule->type != CORRELATE_GAP) {
		*ret_from -= rule->timespan;
	}
}

struct found {
	struct correlate_run *runs;
	size_t count, room;
};

static int keep_run(void *context, const struct correlate_run *run, struct err *err)
{
	struct found *found = context;
	if (found->count == found->room) {
		size_t room = found->room ? found->room * 2 : 16;
		struct correlate_run *wider = realloc(found->runs, room * sizeof(*wider));
		if (!wider)
			return err_set(err, ERR_MEMORY, "out of memory correlating");
		found->runs = wider;
		found->room = room;
	}
	found->runs[found->count++] = *run;
	return 0;
}

struct renewing {
	const struct correlate_rule *rule;
	struct correlate_hit *hits;
	size_t hit_count, hit; /* hit: the first not yet in a run, or past one */
	struct correlate_standing *standing;
	size_t standing_count, standing_next;
	const struct found *found;
	size_t found_next;
};

static bool comes_before(const struct correlate_hit *a, const struct correlate_hit *b)
{
	if (a->time != b->time)
		return a->time < b->time;
	if (a->identity[0] != b->identity[0])
		return a->identity[0] < b->identity[0];
	return a->identity[1] < b->identity[1];
}

static void join(struct correlate_renewed *run, int64_t first, int64_t last,
		 const struct correlate_hit *became)
{
	if (first < run->first)
		run->first = first;
	if (last > run->last)
		run->last = last;
	if (!run->became || comes_before(became, run->became))
		run->became = became;
}

/* Runs that stood and those found, where they meet; false: there are no more. */
static bool next_run(struct renewing *r, struct correlate_renewed *run)
{
	*run = (struct correlate_renewed){.first = INT64_MAX, .last = INT64_MIN};
	if (r->standing_count > 0)
		run->standing = r->standing + r->standing_next;
	for (;;) {
		struct correlate_standing *standing =
			r->standing_next < r->standing_count
				? &r->standing[r->standing_next]
				: NULL;
		const struct correlate_run *found = r->found_next < r->found->count
							    ? &r->found->runs[r->found_next]
							    : NULL;
		bool takes_standing =
			standing && (!found || standing->first <= found->first);
		if (!standing && !found)
			break;
		int64_t first = takes_standing ? standing->first : found->first;
		if (run->became && first > run->last)
			break;
		if (takes_standing) {
			join(run, first, standing->last, &standing->became);
			standing->kept = true;
			run->count += standing->count;
			run->standing_count++;
			r->standing_next++;
		} else {
			join(run, first, found->last, found->became);
			r->found_next++;
		}
	}
	return run->became;
}

static bool stood(const struct correlate_renewed *run, int64_t time)
{
	for (size_t i = 0; i < run->standing_count; i++)
		if (time >= run->standing[i].first && time <= run->standing[i].last)
			return true;
	return false;
}

/* The hits from hit on that lie in the run; those that are new to it are counted. */
static void count_hits(struct renewing *r, struct correlate_renewed *run)
{
	while (r->hit < r->hit_count && r->hits[r->hit].time < run->first)
		r->hit++;
	if (r->hit_count > 0)
		run->hits = r->hits + r->hit;
	for (; r->hit < r->hit_count && r->hits[r->hit].time <= run->last; r->hit++) {
		struct correlate_hit *hit = &r->hits[r->hit];
		bool again = run->hit_count && correlate_same_record(hit, hit - 1);
		hit->fresh = hit->fresh || !stood(run, hit->time);
		run->count += hit->fresh && !again;
		run->hit_count++;
	}
}

static int grow(struct renewing *r, correlate_renewed_function *run, void *context,
		struct err *err)
{
	struct correlate_renewed renewed;
	int result = 0;
	while (result == 0 && next_run(r, &renewed)) {
		count_hits(r, &renewed);
		result = run(context, &renewed, err);
	}
	return result;
}

/* Gaps share the hit between them: that they touch is not that they meet. */
static bool is_behind(const struct renewing *r, const struct correlate_standing *standing,
		      const struct correlate_run *found)
{
	if (r->rule->type == CORRELATE_GAP)
		return standing->first < found->first && standing->last <= found->first;
	return standing->last < found->first;
}

static bool is_reached(const struct renewing *r, const struct correlate_standing *standing,
		       const struct correlate_run *found)
{
	if (r->rule->type == CORRELATE_GAP)
		return standing->first < found->last;
	return standing->first <= found->last;
}

/* Runs found stand for themselves; what stood is in the first that it meets. */
static int replace(struct renewing *r, correlate_renewed_function *run, void *context,
		   struct err *err)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < r->found->count; i++) {
		const struct correlate_run *found = &r->found->runs[i];
		struct correlate_renewed renewed = {
			.first = found->first,
			.last = found->last,
			.count = found->count,
			.became = found->became,
			.hits = found->from,
			.hit_count = (size_t)(found->to - found->from) + 1};
		while (r->standing_next < r->standing_count &&
		       is_behind(r, &r->standing[r->standing_next], found))
			r->standing_next++;
		if (r->standing_count > 0)
			renewed.standing = r->standing + r->standing_next;
		while (r->standing_next < r->standing_count &&
		       is_reached(r, &r->standing[r->standing_next], found)) {
			r->standing[r->standing_next++].kept = true;
			renewed.standing_count++;
		}
		for (size_t h = 0; h < renewed.hit_count; h++) {
			struct correlate_hit *hit =
				&r->hits[(size_t)(found->from - r->hits) + h];
			hit->fresh = hit->fresh || !stood(&renewed, hit->time);
		}
		result = run(context, &renewed, err);
	}
	return result;
}

int correlate_again(const struct correlate_rule *rule, const struct correlate_change *change,
		    struct correlate_hit *hits, size_t count, struct correlate_standing *standing,
		    size_t standing_count, correlate_renewed_function *run, void *context,
		    struct err *err)
{
	struct found found = {0};
	int64_t since, until;
	size_t kept;
	for (size_t i = 0; i < standing_count; i++)
		standing[i].kept = false;
	renewed_stretch(rule, change, standing, standing_count, &since, &until);
	if (change->grows)
		since = change->first;
	int result =
		correlate_since(rule, since, until, hits, count, keep_run, &found, &kept, err);
	struct renewing r = {.rule = rule,
			     .hits = hits,
			     .hit_count = kept,
			     .standing = standing,
			     .standing_count = standing_count,
			     .found = &found};
	if (result == 0)
		result = (change->grows ? grow : replace)(&r, run, context, err);
	free(found.runs);
	return result;
}
