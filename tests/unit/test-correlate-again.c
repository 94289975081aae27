/*
 * Runs kept up to date batch by batch are the runs of the whole, for random
 * rules, hits, splits and orders. MUSTER_SEED=N repeats a case.
 */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "correlate-oracle.h"

#define CASES 10000
#define HITS 60

static uint64_t state;
static uint64_t seed;

static uint32_t below(uint32_t bound)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((state >> 33) % bound);
}

/* The books of one group. */
struct books {
	struct correlate_rule rule;
	struct correlate_hit hits[HITS];
	size_t hit_count;
	int64_t answers[4 * HITS]; /* that there ever were, of whatever group */
	size_t answer_count;
	struct correlate_standing runs[HITS];
	size_t run_count;
	struct correlate_standing renewed[HITS];
	size_t renewed_count;
};

static int on_run(void *context, const struct correlate_renewed *run, struct err *err UNUSED)
{
	struct books *b = context;
	b->renewed[b->renewed_count++] = (struct correlate_standing){
		.first = run->first, .last = run->last, .count = run->count, .became = *run->became};
	for (size_t i = 0; i < run->hit_count; i++)
		ck_assert(run->hits[i].time >= run->first && run->hits[i].time <= run->last);
	return 0;
}

static int by_first(const void *a, const void *b)
{
	const struct correlate_standing *x = a, *y = b;
	return x->first < y->first ? -1 : x->first > y->first;
}

static void change(struct books *b, const struct correlate_change *is, struct correlate_hit *fresh,
		   size_t fresh_count)
{
	struct correlate_standing near[HITS];
	struct correlate_hit hits[2 * HITS];
	size_t near_count = 0, count = 0, kept = 0;
	int64_t from, to;
	struct err err;

	b->renewed_count = 0;
	correlate_near_runs(&b->rule, is, &from, &to);
	for (size_t i = 0; i < b->run_count; i++) {
		if (b->runs[i].last >= from && b->runs[i].first <= to)
			near[near_count++] = b->runs[i];
		else
			b->runs[kept++] = b->runs[i];
	}
	b->run_count = kept;
	correlate_near_hits(&b->rule, is, near, near_count, &from, &to);
	if (correlate_needs_nearest(&b->rule)) {
		int64_t before = INT64_MIN, behind = INT64_MAX;
		for (size_t i = 0; i < b->hit_count; i++) {
			if (b->hits[i].time < from && b->hits[i].time > before)
				before = b->hits[i].time;
			if (b->hits[i].time > to && b->hits[i].time < behind)
				behind = b->hits[i].time;
		}
		from = before > INT64_MIN ? before : from;
		to = behind < INT64_MAX ? behind : to;
	}
	for (size_t i = 0; i < b->hit_count; i++)
		if (b->hits[i].time >= from && b->hits[i].time <= to)
			hits[count++] = b->hits[i];
	for (size_t i = 0; i < fresh_count; i++) {
		hits[count] = fresh[i];
		hits[count++].fresh = true;
		b->hits[b->hit_count++] = fresh[i];
	}
	ck_assert_int_eq(correlate_again(&b->rule, is, hits, count, near, near_count, on_run, b, &err),
			 0);
	for (size_t i = 0; i < b->renewed_count; i++)
		b->runs[b->run_count++] = b->renewed[i];
	for (size_t i = 0; i < near_count; i++)
		ck_assert(near[i].kept || !is->grows);
	qsort(b->runs, b->run_count, sizeof(b->runs[0]), by_first);
}

/* A batch of hits, in as many changes as there are gaps. */
static void take(struct books *b, struct correlate_hit *batch, size_t count)
{
	bool grows = correlate_only_grows(&b->rule);
	qsort(batch, count, sizeof(*batch), oracle_order);
	for (size_t from = 0, to; from < count; from = to) {
		for (to = from + 1; to < count; to++)
			if ((grows || b->rule.type == CORRELATE_GAP) && batch[to].time - batch[to - 1].time > b->rule.timespan)
				break;
		struct correlate_change is = {batch[from].time, batch[to - 1].time, grows};
		change(b, &is, batch + from, to - from);
	}
}

static bool is_last(const struct books *b, size_t at)
{
	for (size_t i = 0; i < b->hit_count; i++)
		if (b->hits[i].time > b->hits[at].time)
			return false;
	return true;
}

/*
 * The logs reach further, or an earlier answer is known: what waited for that is
 * judged again, and nothing else.
 */
static void reach(struct books *b, int64_t from, int64_t to, int64_t known_from)
{
	bool wakes[HITS];
	for (size_t i = 0; i < b->hit_count; i++) {
		int64_t until = 0;
		enum correlate_wait wait =
			correlate_waits(&b->rule, &b->hits[i], is_last(b, i), &until);
		wakes[i] = (wait == CORRELATE_WAITS_AFTER && until < to) ||
			   (wait == CORRELATE_WAITS_BEFORE && until >= from) ||
			   (wait == CORRELATE_WAITS_KNOWN && until >= known_from);
	}
	b->rule.known_from = known_from;
	b->rule.reach_from = from;
	b->rule.reach_to = to;
	for (size_t i = 0; i < b->hit_count; i++) {
		struct correlate_change is = {b->hits[i].time, b->hits[i].time, false};
		if (wakes[i])
			change(b, &is, NULL, 0);
	}
}

/* The earlier of what was known and an answer. */
static int64_t learn(struct books *b, int64_t known_from, int64_t answer)
{
	b->answers[b->answer_count++] = answer;
	return answer < known_from ? answer : known_from;
}

/* The logs reach as far as all hits did, or a little further; another group has answers, too. */
static void reach_with(struct books *b, const struct correlate_hit *hits, size_t count)
{
	int64_t from = b->rule.reach_from, to = b->rule.reach_to, known = b->rule.known_from;
	for (size_t i = 0; i < count; i++) {
		from = hits[i].time < from ? hits[i].time : from;
		to = hits[i].time > to ? hits[i].time : to;
		if (hits[i].rule != 0)
			known = learn(b, known, hits[i].time);
	}
	if (below(6) == 0)
		known = learn(b, known, below(300));
	reach(b, from, to + below(3) / 2 * below(20), known);
}

static void forget(struct books *b, size_t at)
{
	struct correlate_change is = {b->hits[at].time, b->hits[at].time, false};
	b->hits[at] = b->hits[--b->hit_count];
	change(b, &is, NULL, 0);
}

static struct correlate_rule random_rule(void)
{
	struct correlate_rule rule = {.type = (enum correlate_type)below(9),
				      .timespan = below(8) ? 1 + below(30) : 0,
				      .rule_count = 1 + below(4),
				      .distinct = below(2),
				      .open = below(2),
				      .speed = 1000000000LL * (1 + below(12)) + 7919,
				      .distance = below(2) * 150,
				      .where_known = below(2),
				      .known_from = INT64_MAX,
				      .reach_from = INT64_MAX / 2,
				      .reach_to = INT64_MIN / 2};
	rule.before = below(3) ? below((uint32_t)rule.timespan + 1) : below(2) * rule.timespan;
	if (rule.type >= CORRELATE_ABSENCE)
		return rule;
	for (uint32_t n = rule.type >= CORRELATE_TEMPORAL && below(2) ? 0 : 1 + below(4) / 3; n; n--) {
		unsigned which = below(3) ? below(2) : below(CORRELATE_COMPARISON_COUNT);
		rule.compares[which] = true;
		rule.bounds[which] = below(6);
	}
	return rule;
}

static size_t random_hits(const struct correlate_rule *rule, struct correlate_hit *hits)
{
	static const struct text values[] = {{"a", 1}, {"b", 1}, {"c", 1}, {"dd", 2}, {"e", 1}};
	size_t count = below(HITS - 8);
	uint32_t spread = 1 + below(300);
	for (size_t i = 0; i < count; i++)
		hits[i] = (struct correlate_hit){.time = below(spread),
						 .identity = {i + 1, 0},
						 .rule = below(rule->rule_count),
						 .value = values[below(5)],
						 .point = {0, (int32_t)below(5) * 1000000},
						 .number = below(5)};
	for (size_t i = 0; i < count && rule->type == CORRELATE_ABSENCE; i++)
		if (!below(5))
			hits[i].value = TEXT_NONE;
	for (size_t i = 0; i < count; i++) { /* any order of identities and of coming */
		size_t other = below((uint32_t)count);
		uint64_t identity = hits[i].identity[0];
		hits[i].identity[0] = hits[other].identity[0];
		hits[other].identity[0] = identity;
	}
	/* Records that more than one rule matched. */
	bool several = rule->type == CORRELATE_TEMPORAL || rule->type == CORRELATE_TEMPORAL_ORDERED;
	for (size_t i = 0; i + 1 < count && several; i++)
		if (!below(6) && hits[i].rule != hits[i + 1].rule && hits[i].identity[1] == 0) {
			struct correlate_hit twin = hits[i];
			twin.rule = hits[i + 1].rule;
			twin.identity[1] = hits[i].identity[1] = i + 1;
			hits[i + 1] = twin;
			i++;
		}
	return count;
}

static void compare(struct books *b, const char *when)
{
	struct correlate_hit all[HITS];
	struct oracle_run runs[HITS];
	struct correlate_rule rule = b->rule;
	memcpy(all, b->hits, sizeof(all));
	rule.known_from = INT64_MAX;
	for (size_t i = 0; i < b->answer_count; i++)
		if (b->answers[i] < rule.known_from)
			rule.known_from = b->answers[i];
	size_t count = oracle_runs(&rule, all, b->hit_count, runs);
	bool same = count == b->run_count;
	for (size_t i = 0; same && i < count; i++)
		same = runs[i].first == b->runs[i].first && runs[i].last == b->runs[i].last &&
		       runs[i].count == b->runs[i].count && runs[i].became == b->runs[i].became.time;
	ck_assert_msg(same, "MUSTER_SEED=%" PRIu64 ": %s: type %d, timespan %d: %zu runs, not %zu",
		      seed, when, (int)b->rule.type, (int)b->rule.timespan, b->run_count, count);
}

static void one_case(void)
{
	struct books b = {.rule = random_rule()};
	struct correlate_hit hits[HITS];
	size_t count = random_hits(&b.rule, hits);
	for (size_t at = 0, size; at < count; at += size) {
		struct correlate_hit batch[HITS];
		size = 1 + below(12);
		size = size > count - at ? count - at : size;
		/* A record comes whole. */
		while (at + size < count && hits[at + size].identity[1] &&
		       hits[at + size].identity[1] == hits[at + size - 1].identity[1])
			size++;
		memcpy(batch, hits + at, size * sizeof(*batch));
		reach_with(&b, batch, size);
		take(&b, batch, size);
		compare(&b, "after a batch");
		if (below(4) == 0) { /* records that are no hits */
			reach(&b, b.rule.reach_from - below(20), b.rule.reach_to + below(20),
			      b.rule.known_from);
			compare(&b, "after the logs went on");
		}
	}
	for (unsigned n = below(4); n && b.hit_count; n--) {
		forget(&b, below((uint32_t)b.hit_count));
		compare(&b, "after a hit had gone");
	}
}

START_TEST(runs_kept_up_to_date_are_the_runs_of_the_whole)
{
	const char *given = getenv("MUSTER_SEED");
	uint64_t first = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL) * CASES;

	printf("seeds from %" PRIu64 "\n", first);
	for (seed = first; seed < first + (given ? 1 : CASES); seed++) {
		state = seed * 0x9e3779b97f4a7c15u + 1;
		below(2);
		one_case();
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("correlate again");
	TCase *tests = tcase_create("again");
	tcase_set_timeout(tests, 300);
	tcase_add_test(tests, runs_kept_up_to_date_are_the_runs_of_the_whole);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
