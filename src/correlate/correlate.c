#include "correlate/engine.h"

#include <math.h>

/* Numbers are added as millionths, so that sums do not depend on an order. */
#define SCALE 1000000.0
#define NUMBER_LIMIT 1e18

/* A window slides over the hits of one group; what it holds is kept up to date. */
struct window {
	const struct correlate_rule *rule;
	size_t begin; /* first hit in it */
	uint64_t records;
	__int128 sum;
	uint32_t *counts; /* of values or rules in it */
	uint32_t distinct;
	/* latest[r][n]: where the latest chain of n + 1 ordered rules that ends
	 * with rule r begins, as index + 1; 0: there is none. */
	size_t (*latest)[CORRELATE_RULES_LIMIT];
};

struct work {
	const struct correlate_rule *rule;
	uint32_t *value_numbers; /* of hits: equal values have equal numbers */
	uint32_t *counts;
	size_t (*latest)[CORRELATE_RULES_LIMIT];
	int64_t since, until;
	correlate_function *run;
	void *context;
	struct err *err;
};

static int compare_hits(const void *a, const void *b)
{
	const struct correlate_hit *x = a, *y = b;
	int order = text_compare(x->key, y->key);
	if (order)
		return order;
	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	for (int i = 0; i < 2; i++)
		if (x->identity[i] != y->identity[i])
			return x->identity[i] < y->identity[i] ? -1 : 1;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

bool correlate_same_record(const struct correlate_hit *a, const struct correlate_hit *b)
{
	return a->time == b->time && a->identity[0] == b->identity[0] &&
	       a->identity[1] == b->identity[1];
}

/* Is it about the rules that hits are of? */
static bool is_temporal(const struct correlate_rule *rule)
{
	return rule->type == CORRELATE_TEMPORAL ||
	       rule->type == CORRELATE_TEMPORAL_ORDERED ||
	       rule->type == CORRELATE_ABSENCE;
}

static bool is_of_use(const struct correlate_rule *rule, const struct correlate_hit *hit)
{
	if (rule->type == CORRELATE_VALUE_COUNT)
		return hit->value.bytes != NULL;
	if (rule->type == CORRELATE_VALUE_SUM || rule->type == CORRELATE_VALUE_AVERAGE)
		return fabs(hit->number) < NUMBER_LIMIT / SCALE; /* false for NAN */
	return hit->rule < rule->rule_count;
}

static __int128 scaled(double number)
{
	double millionths = number * SCALE;
	return (__int128)(millionths < 0 ? millionths - 0.5 : millionths + 0.5);
}

static bool compare(enum correlate_comparison comparison, bool less, bool more)
{
	switch (comparison) {
	case CORRELATE_GT:
		return more;
	case CORRELATE_GTE:
		return !less;
	case CORRELATE_LT:
		return less;
	case CORRELATE_LTE:
		return !more;
	case CORRELATE_EQ:
		return !less && !more;
	default:
		return less || more;
	}
}

/* value / divisor against all bounds, in whole numbers. */
static bool holds(const struct correlate_rule *rule, __int128 value, uint64_t divisor)
{
	for (int i = 0; i < CORRELATE_COMPARISON_COUNT; i++) {
		if (!rule->compares[i])
			continue;
		__int128 bound = scaled(rule->bounds[i]) * (__int128)divisor;
		if (!compare((enum correlate_comparison)i, value<bound, value> bound))
			return false;
	}
	return true;
}

static bool is_hot(const struct window *w)
{
	const struct correlate_rule *rule = w->rule;
	bool compares = false;
	__int128 one = (__int128)SCALE, value = 0;
	for (int i = 0; i < CORRELATE_COMPARISON_COUNT; i++)
		compares = compares || rule->compares[i];
	switch (rule->type) {
	case CORRELATE_EVENT_COUNT:
		return holds(rule, one * w->records, 1);
	case CORRELATE_VALUE_SUM:
		return holds(rule, w->sum, 1);
	case CORRELATE_VALUE_AVERAGE:
		return holds(rule, w->sum, w->records);
	case CORRELATE_VALUE_COUNT:
		return holds(rule, one * w->distinct, 1);
	case CORRELATE_TEMPORAL:
		value = w->distinct;
		break;
	case CORRELATE_ABSENCE:
	case CORRELATE_GAP:
	case CORRELATE_TRAVEL:
		return false; /* of apart.c */
	case CORRELATE_TEMPORAL_ORDERED:
		for (uint32_t r = 0; r < rule->rule_count; r++)
			for (uint32_t n = 0; n <= r; n++)
				if (w->latest[r][n] > w->begin && value < n + 1)
					value = n + 1;
		break;
	}
	return compares ? holds(rule, one * value, 1) : value == rule->rule_count;
}

static void chain(struct window *w, uint32_t rule, size_t at)
{
	w->latest[rule][0] = at + 1;
	for (uint32_t before = 0; before < rule; before++)
		for (uint32_t n = 0; n <= before; n++)
			if (w->latest[before][n] > w->latest[rule][n + 1])
				w->latest[rule][n + 1] = w->latest[before][n];
}

static void enter(struct window *w, const struct work *work,
		  const struct correlate_hit *hits, size_t at)
{
	const struct correlate_hit *hit = &hits[at];
	if (at == w->begin || !correlate_same_record(hit, &hits[at - 1]))
		w->records++;
	if (w->rule->type == CORRELATE_VALUE_SUM ||
	    w->rule->type == CORRELATE_VALUE_AVERAGE)
		w->sum += scaled(hit->number);
	uint32_t number = is_temporal(w->rule) ? hit->rule : work->value_numbers[at];
	w->distinct += w->counts[number]++ == 0;
	if (w->rule->type == CORRELATE_TEMPORAL_ORDERED)
		chain(w, hit->rule, at);
}

static void leave(struct window *w, const struct work *work,
		  const struct correlate_hit *hits)
{
	const struct correlate_hit *hit = &hits[w->begin];
	/* Hits of one record have one time: they enter and leave together. */
	if (!correlate_same_record(hit, &hits[w->begin + 1]))
		w->records--;
	if (w->rule->type == CORRELATE_VALUE_SUM ||
	    w->rule->type == CORRELATE_VALUE_AVERAGE)
		w->sum -= scaled(hit->number);
	uint32_t number =
		is_temporal(w->rule) ? hit->rule : work->value_numbers[w->begin];
	w->distinct -= --w->counts[number] == 0;
	w->begin++;
}

static int tell(const struct work *work, const struct correlate_hit *hits, size_t from,
		size_t to, size_t became)
{
	struct correlate_run run = {.key = hits[from].key,
				    .first = hits[from].time,
				    .last = hits[to].time,
				    .became = &hits[became],
				    .from = &hits[from],
				    .to = &hits[to]};
	for (size_t i = from; i <= to; i++)
		run.count += i == from || !correlate_same_record(&hits[i], &hits[i - 1]);
	return work->run(work->context, &run, work->err);
}

/* The hits of one group, in order. */
static int one_group(const struct work *work, const struct correlate_hit *hits,
		     size_t first, size_t end)
{
	struct window w = {.rule = work->rule,
			   .begin = first,
			   .counts = work->counts,
			   .latest = work->latest};
	size_t from = 0, to = 0, became = 0;
	bool open = false;
	if (w.rule->type == CORRELATE_TEMPORAL_ORDERED)
		memset(w.latest, 0, CORRELATE_RULES_LIMIT * sizeof(*w.latest));
	for (size_t i = first; i < end; i++) {
		while (w.begin < i &&
		       hits[w.begin].time < hits[i].time - w.rule->timespan)
			leave(&w, work, hits);
		enter(&w, work, hits, i);
		if (hits[i].time < work->since || hits[i].time > work->until || !is_hot(&w))
			continue;
		if (open && w.begin > to) {
			int result = tell(work, hits, from, to, became);
			if (result)
				return result;
			open = false;
		}
		if (!open) {
			from = w.begin;
			became = i;
			open = true;
		}
		to = i;
	}
	while (w.begin + 1 < end)
		leave(&w, work, hits);
	if (first < end)
		w.counts[is_temporal(w.rule) ? hits[w.begin].rule
					     : work->value_numbers[w.begin]] = 0;
	return open ? tell(work, hits, from, to, became) : 0;
}

/* Other types than the temporal ones see a record once, whatever rules it matched. */
static size_t without_repeats(const struct correlate_rule *rule,
			      struct correlate_hit *hits, size_t count)
{
	size_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		if (kept && !is_temporal(rule) &&
		    correlate_same_record(&hits[i], &hits[kept - 1]) &&
		    text_equal(hits[i].key, hits[kept - 1].key) &&
		    text_equal(hits[i].value, hits[kept - 1].value))
			continue;
		hits[kept++] = hits[i];
	}
	return kept;
}

static int number_values(struct work *work, const struct correlate_hit *hits,
			 size_t count)
{
	CLEAN(map) struct map values;
	map_init(&values);
	bool counts = work->rule->type == CORRELATE_VALUE_COUNT ||
		      work->rule->type == CORRELATE_ABSENCE;
	for (size_t i = 0; counts && i < count; i++) {
		bool new;
		struct text value = hits[i].value;
		if (!value.bytes)
			continue;
		union map_value *number = map_add(&values, value, &new);
		if (!number)
			return err_set(work->err, ERR_MEMORY,
				       "out of memory correlating");
		if (new)
			number->number = values.count - 1;
		work->value_numbers[i] = (uint32_t)number->number;
	}
	return 0;
}

static int whole_group(const struct work *work, const struct correlate_hit *hits,
		       size_t first, size_t end)
{
	const struct correlate_group group = {
		work->rule,    hits + first,  end - first, work->value_numbers + first,
		work->counts,  work->since,   work->until, work->run,
		work->context, work->err,
	};
	return correlate_is_apart(work->rule) ? correlate_apart(&group)
					      : one_group(work, hits, first, end);
}

static int all_groups(struct work *work, struct correlate_hit *hits, size_t count)
{
	int result = number_values(work, hits, count);
	for (size_t first = 0, end; result == 0 && first < count; first = end) {
		end = first + 1;
		while (end < count && text_equal(hits[end].key, hits[first].key))
			end++;
		result = whole_group(work, hits, first, end);
	}
	return result;
}

int correlate_since(const struct correlate_rule *rule, int64_t since, int64_t until,
		    struct correlate_hit *hits, size_t count, correlate_function *run,
		    void *context, size_t *ret_kept, struct err *err)
{
	struct work work = {
		.rule = rule, .since = since, .until = until, .run = run, .context = context, .err = err};
	size_t kept = 0;
	int result;

	*ret_kept = 0;
	if (rule->rule_count > CORRELATE_RULES_LIMIT || count > UINT32_MAX / 2)
		return err_set(err, ERR_LIMIT, "too much to correlate");
	for (size_t i = 0; i < count; i++)
		if (is_of_use(rule, &hits[i]))
			hits[kept++] = hits[i];
	if (kept == 0)
		return 0;
	qsort(hits, kept, sizeof(*hits), compare_hits);
	kept = without_repeats(rule, hits, kept);
	*ret_kept = kept;
	work.value_numbers = calloc(kept, sizeof(*work.value_numbers));
	work.counts = calloc(kept > CORRELATE_RULES_LIMIT ? kept : CORRELATE_RULES_LIMIT,
			     sizeof(*work.counts));
	work.latest = calloc(CORRELATE_RULES_LIMIT, sizeof(*work.latest));
	result = work.value_numbers && work.counts && work.latest
			 ? all_groups(&work, hits, kept)
			 : err_set(err, ERR_MEMORY, "out of memory correlating");
	free(work.value_numbers);
	free(work.counts);
	free(work.latest);
	return result;
}

int correlate(const struct correlate_rule *rule, struct correlate_hit *hits, size_t count,
	      correlate_function *run, void *context, struct err *err)
{
	size_t kept;
	return correlate_since(rule, INT64_MIN, INT64_MAX, hits, count, run, context, &kept, err);
}
