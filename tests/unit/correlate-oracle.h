/*
 * Runs by the plain words of the definition, for tests: every window is
 * looked at hit by hit. Shares no code with room correlate.
 */
#ifndef TEST_CORRELATE_ORACLE_H
#define TEST_CORRELATE_ORACLE_H

#include <math.h>

#include "correlate/correlate.h"

#define ORACLE_HITS 512

struct oracle_run {
	int64_t first, last;
	uint64_t count;
	int64_t became;            /* moment and identity of the first hot hit */
	uint64_t identity;
};

static inline int oracle_order(const void *a, const void *b)
{
	const struct correlate_hit *x = a, *y = b;
	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	if (x->identity[0] != y->identity[0])
		return x->identity[0] < y->identity[0] ? -1 : 1;
	if (x->identity[1] != y->identity[1])
		return x->identity[1] < y->identity[1] ? -1 : 1;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

/* What the condition is about, for the hits from..at. */
static inline double oracle_value(const struct correlate_rule *rule, const struct correlate_hit *h,
				  size_t from, size_t at)
{
	double records = 0, values = 0, sum = 0, longest = 0;
	uint64_t rules = 0;
	double chain[ORACLE_HITS] = {0};
	for (size_t i = from; i <= at; i++) {
		bool again = false, known = false;
		for (size_t j = from; j < i; j++) {
			again = again || (h[j].time == h[i].time && h[j].identity[0] == h[i].identity[0] &&
					  h[j].identity[1] == h[i].identity[1]);
			known = known || text_equal(h[j].value, h[i].value);
			if (h[j].rule < h[i].rule && chain[j] > chain[i])
				chain[i] = chain[j];
		}
		chain[i]++;
		longest = chain[i] > longest ? chain[i] : longest;
		records += !again;
		values += !known;
		rules |= (uint64_t)1 << h[i].rule;
		sum += h[i].number;
	}
	switch (rule->type) {
	case CORRELATE_EVENT_COUNT: return records;
	case CORRELATE_VALUE_COUNT: return values;
	case CORRELATE_VALUE_SUM: return sum;
	case CORRELATE_VALUE_AVERAGE: return sum / records;
	case CORRELATE_TEMPORAL: return __builtin_popcountll(rules);
	default: return longest;
	}
}

static inline bool oracle_hot(const struct correlate_rule *rule, double v)
{
	const double *b = rule->bounds;
	bool any = false, holds = true;
	for (int i = 0; i < CORRELATE_COMPARISON_COUNT; i++) {
		const bool is[] = {v > b[i], v >= b[i], v < b[i], v <= b[i], v == b[i], v != b[i]};
		any = any || rule->compares[i];
		holds = holds && (!rule->compares[i] || is[i]);
	}
	return any ? holds : v == rule->rule_count;
}

/* Does anything answer the trigger? */
static inline bool oracle_answered(const struct correlate_rule *rule, const struct correlate_hit *h,
				   size_t count, size_t trigger)
{
	for (size_t i = 0; i < count; i++) {
		int64_t later = h[i].time - h[trigger].time;
		if (h[i].rule == 0 || later > rule->timespan - rule->before || -later > rule->before)
			continue;
		if (!rule->distinct)
			return true;
		if (h[i].value.bytes && (!h[trigger].value.bytes ||
					 !text_equal(h[i].value, h[trigger].value)))
			return true;
	}
	return false;
}

static inline double oracle_metres(struct correlate_point a, struct correlate_point b)
{
	double unit = 3.14159265358979323846 / 180e6;
	double p = a.latitude * unit, q = b.latitude * unit;
	double u = sin((p - q) / 2), v = sin((a.longitude - b.longitude) * unit / 2);
	return 2 * 6371000 * asin(sqrt(u * u + cos(p) * cos(q) * v * v));
}

static inline struct oracle_run oracle_one(const struct correlate_hit *first,
					   const struct correlate_hit *last, uint64_t count,
					   const struct correlate_hit *became)
{
	return (struct oracle_run){first->time, last->time, count, became->time,
				   became->identity[0]};
}

/* Absence, gap and travel; hits are sorted, each a record of its own or of two rules. */
static inline size_t oracle_apart(const struct correlate_rule *rule, const struct correlate_hit *h,
				  size_t count, struct oracle_run *runs)
{
	int64_t after = rule->timespan - rule->before;
	size_t n = 0;
	for (size_t i = 0; rule->type == CORRELATE_ABSENCE && i < count; i++) {
		if (h[i].rule != 0 || oracle_answered(rule, h, count, i) ||
		    (rule->where_known && rule->known_from > h[i].time - rule->before) ||
		    (after && h[i].time + after >= rule->reach_to) ||
		    (rule->before && h[i].time - rule->before < rule->reach_from))
			continue;
		if (n && runs[n - 1].first == h[i].time)
			runs[n - 1].count++;
		else
			runs[n++] = oracle_one(&h[i], &h[i], 1, &h[i]);
	}
	for (size_t i = 1; rule->type == CORRELATE_GAP && i < count; i++)
		if (h[i].time - h[i - 1].time > rule->timespan)
			runs[n++] = oracle_one(&h[i - 1], &h[i], 2, &h[i]);
	if (rule->type == CORRELATE_GAP && rule->open && count &&
	    rule->reach_to > h[count - 1].time + rule->timespan) {
		runs[n] = oracle_one(&h[count - 1], &h[count - 1], 1, &h[count - 1]);
		runs[n++].last = CORRELATE_OPEN;
	}
	for (size_t i = 1, begun = 0; rule->type == CORRELATE_TRAVEL && i < count; i++) {
		int64_t lasts = h[i].time - h[i - 1].time;
		double metres = oracle_metres(h[i - 1].point, h[i].point);
		if (lasts > rule->timespan || metres <= rule->distance * 1000.0 ||
		    metres * 3.6e6 <= (double)rule->speed * (double)lasts)
			continue;
		if (n && h[i - 1].time <= runs[n - 1].last) {
			runs[n - 1].last = h[i].time;
			runs[n - 1].count = i - begun + 1;
		} else {
			begun = i - 1;
			runs[n++] = oracle_one(&h[i - 1], &h[i], 2, &h[i]);
		}
	}
	return n;
}

/* hits: of one group, get sorted; no two the same. Returns how many runs. */
static inline size_t oracle_runs(const struct correlate_rule *rule, struct correlate_hit *h,
				 size_t count, struct oracle_run *runs)
{
	bool covered[ORACLE_HITS] = {0}, joined[ORACLE_HITS] = {0}, hot[ORACLE_HITS] = {0};
	size_t n = 0;
	qsort(h, count, sizeof(*h), oracle_order);
	if (rule->type >= CORRELATE_ABSENCE)
		return oracle_apart(rule, h, count, runs);
	for (size_t i = 0; i < count; i++) {
		size_t from = i;
		while (from > 0 && h[from - 1].time >= h[i].time - rule->timespan)
			from--;
		hot[i] = oracle_hot(rule, oracle_value(rule, h, from, i));
		for (size_t j = from; hot[i] && j <= i; j++) {
			covered[j] = true;
			joined[j] = joined[j] || j > from;
		}
	}
	for (size_t i = 0; i < count; i++) {
		if (!covered[i])
			continue;
		if (!joined[i])
			runs[n++] = (struct oracle_run){h[i].time, 0, 0, INT64_MIN, 0};
		runs[n - 1].last = h[i].time;
		runs[n - 1].count += i == 0 || !joined[i] || h[i].time != h[i - 1].time ||
				     h[i].identity[0] != h[i - 1].identity[0] ||
				     h[i].identity[1] != h[i - 1].identity[1];
		if (hot[i] && runs[n - 1].became == INT64_MIN) {
			runs[n - 1].became = h[i].time;
			runs[n - 1].identity = h[i].identity[0];
		}
	}
	return n;
}

#endif
