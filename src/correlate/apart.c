/* Types that judge single hits: by what is around them, or by the hit before. */
#include "correlate/engine.h"

bool correlate_is_apart(const struct correlate_rule *rule)
{
	return rule->type == CORRELATE_ABSENCE || rule->type == CORRELATE_GAP ||
	       rule->type == CORRELATE_TRAVEL;
}

enum correlate_wait correlate_waits(const struct correlate_rule *rule,
				    const struct correlate_hit *hit, bool is_last,
				    int64_t *ret_until)
{
	int64_t after = rule->timespan - rule->before;
	if (rule->type == CORRELATE_GAP && rule->open && is_last &&
	    hit->time + rule->timespan >= rule->reach_to) {
		*ret_until = hit->time + rule->timespan;
		return CORRELATE_WAITS_AFTER;
	}
	if (rule->type != CORRELATE_ABSENCE || hit->rule != 0)
		return CORRELATE_DECIDED;
	if (rule->where_known && hit->time - rule->before < rule->known_from) {
		*ret_until = hit->time - rule->before;
		return CORRELATE_WAITS_KNOWN;
	}
	if (after > 0 && hit->time + after >= rule->reach_to) {
		*ret_until = hit->time + after;
		return CORRELATE_WAITS_AFTER;
	}
	if (rule->before > 0 && hit->time - rule->before < rule->reach_from) {
		*ret_until = hit->time - rule->before;
		return CORRELATE_WAITS_BEFORE;
	}
	return CORRELATE_DECIDED;
}

/* The run that is being gathered. */
struct gathering {
	const struct correlate_group *of;
	struct correlate_run run;
	bool begun;
};

static int tell(struct gathering *g)
{
	if (!g->begun)
		return 0;
	g->begun = false;
	return g->of->run(g->of->context, &g->run, g->of->err);
}

/* A run begins with a hit. */
static void begin(struct gathering *g, size_t at, size_t became)
{
	const struct correlate_hit *hits = g->of->hits;
	g->begun = true;
	g->run = (struct correlate_run){
		.key = hits[at].key,
		.first = hits[at].time,
		.last = hits[at].time,
		.count = 1,
		.became = &hits[became],
		.from = &hits[at],
		.to = &hits[at],
	};
}

/* And takes in the next one. */
static void extend(struct gathering *g, size_t at)
{
	const struct correlate_hit *hit = &g->of->hits[at];
	g->run.count += !correlate_same_record(hit, g->run.to);
	g->run.to = hit;
	g->run.last = hit->time;
}

static bool is_within(const struct correlate_group *of, int64_t time)
{
	return time >= of->since && time <= of->until;
}

/* Absence ------------------------------------------------------------------------ */

/* Answers around one trigger; both ends only ever go forward. */
struct around {
	size_t low, high;
	uint32_t answers, valued;
};

static void count_answer(const struct correlate_group *of, struct around *around, size_t at,
			 uint32_t by)
{
	if (of->hits[at].rule == 0)
		return;
	around->answers += by;
	if (of->hits[at].value.bytes) {
		around->valued += by;
		of->counts[of->numbers[at]] += by;
	}
}

static bool is_answered(const struct correlate_group *of, struct around *around, size_t at)
{
	const struct correlate_rule *rule = of->rule;
	const struct correlate_hit *hit = &of->hits[at];
	int64_t after = rule->timespan - rule->before;
	for (; around->high < of->count && of->hits[around->high].time <= hit->time + after;
	     around->high++)
		count_answer(of, around, around->high, 1);
	for (; of->hits[around->low].time < hit->time - rule->before; around->low++)
		count_answer(of, around, around->low, (uint32_t)-1);
	if (!rule->distinct)
		return around->answers > 0;
	return around->valued > (hit->value.bytes ? of->counts[of->numbers[at]] : 0);
}

/* Triggers of one moment that nothing answers are one run. */
static int absences(const struct correlate_group *of)
{
	struct gathering g = {.of = of};
	struct around around = {0};
	int64_t until;
	int result = 0;
	for (size_t i = 0; result == 0 && i < of->count; i++) {
		const struct correlate_hit *hit = &of->hits[i];
		if (hit->rule != 0 || !is_within(of, hit->time) || is_answered(of, &around, i) ||
		    correlate_waits(of->rule, hit, false, &until) != CORRELATE_DECIDED)
			continue;
		if (g.begun && g.run.last == hit->time) {
			extend(&g, i);
			continue;
		}
		result = tell(&g);
		begin(&g, i, i);
	}
	for (; around.low < around.high; around.low++)
		count_answer(of, &around, around.low, (uint32_t)-1);
	return result == 0 ? tell(&g) : result;
}

/* Gap ------------------------------------------------------------------------------- */

/* The last hit of all, where the logs reach far enough beyond it. */
static int open_gap(const struct correlate_group *of)
{
	struct gathering g = {.of = of};
	const struct correlate_hit *last = &of->hits[of->count - 1];
	int64_t until;
	if (!of->rule->open || last->time > of->until ||
	    correlate_waits(of->rule, last, true, &until) != CORRELATE_DECIDED)
		return 0;
	begin(&g, of->count - 1, of->count - 1);
	g.run.last = CORRELATE_OPEN;
	return tell(&g);
}

static int gaps(const struct correlate_group *of)
{
	struct gathering g = {.of = of};
	int result = 0;
	for (size_t i = 1; result == 0 && i < of->count; i++) {
		const struct correlate_hit *before = &of->hits[i - 1], *hit = &of->hits[i];
		if (hit->time < of->since || before->time > of->until ||
		    hit->time - before->time <= of->rule->timespan)
			continue;
		begin(&g, i - 1, i);
		extend(&g, i);
		result = tell(&g);
	}
	return result == 0 ? open_gap(of) : result;
}

/* Travel ----------------------------------------------------------------------------- */

static bool is_too_fast(const struct correlate_rule *rule, const struct correlate_hit *from,
			const struct correlate_hit *to)
{
	int64_t lasts = to->time - from->time;
	if (lasts > rule->timespan)
		return false;
	int64_t metres = correlate_metres(from->point, to->point);
	return metres > rule->distance * 1000 &&
	       (__int128)metres * 3600 * 1000 > (__int128)rule->speed * lasts;
}

static int travels(const struct correlate_group *of)
{
	struct gathering g = {.of = of};
	int result = 0;
	for (size_t i = 1; result == 0 && i < of->count; i++) {
		const struct correlate_hit *before = &of->hits[i - 1];
		if (!is_within(of, of->hits[i].time) ||
		    !is_too_fast(of->rule, before, &of->hits[i]))
			continue;
		if (g.begun && before->time > g.run.last)
			result = tell(&g);
		if (!g.begun)
			begin(&g, i - 1, i);
		while (g.run.to < &of->hits[i])
			extend(&g, (size_t)(g.run.to - of->hits) + 1);
	}
	return result == 0 ? tell(&g) : result;
}

int correlate_apart(const struct correlate_group *group)
{
	if (group->rule->type == CORRELATE_ABSENCE)
		return absences(group);
	return group->rule->type == CORRELATE_GAP ? gaps(group) : travels(group);
}
