#include <check.h>
#include <math.h>

#include "correlate/correlate.h"

#define S MICROSECONDS

struct expected {
	int64_t first, last;
	uint64_t count;
	int64_t became;
};

struct seen {
	struct expected runs[64];
	size_t count;
};

static int on_run(void *context, const struct correlate_run *run, struct err *err UNUSED)
{
	struct seen *seen = context;
	ck_assert_uint_lt(seen->count, 64);
	seen->runs[seen->count++] = (struct expected){run->first / S, run->last / S,
						      run->count, run->became->time / S};
	return 0;
}

static struct seen runs_of(const struct correlate_rule *rule,
			   const struct correlate_hit *hits, size_t count)
{
	struct seen seen = {0};
	struct err err;
	struct correlate_hit copy[256];
	ck_assert_uint_le(count, 256);
	memcpy(copy, hits, count * sizeof(*hits));
	ck_assert_int_eq(correlate(rule, copy, count, on_run, &seen, &err), 0);
	return seen;
}

static void check_run(const struct seen *seen, size_t i, int64_t first, int64_t last,
		      uint64_t count, int64_t became)
{
	ck_assert_uint_gt(seen->count, i);
	ck_assert_int_eq(seen->runs[i].first, first);
	ck_assert_int_eq(seen->runs[i].last, last);
	ck_assert_uint_eq(seen->runs[i].count, count);
	ck_assert_int_eq(seen->runs[i].became, became);
}

/* One hit a second named; identities ascend. */
static size_t hits_at(struct correlate_hit *hits, const int *seconds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		hits[i] = (struct correlate_hit){
			.time = seconds[i] * S, .identity = {i + 1, 0}, .number = NAN};
	return count;
}

static struct correlate_rule counting(int64_t seconds, double least)
{
	struct correlate_rule rule = {
		.type = CORRELATE_EVENT_COUNT, .timespan = seconds * S, .rule_count = 1};
	rule.compares[CORRELATE_GTE] = true;
	rule.bounds[CORRELATE_GTE] = least;
	return rule;
}

START_TEST(windows_are_closed_and_exact)
{
	struct correlate_hit hits[8];
	struct correlate_rule rule = counting(10, 3);
	struct seen seen = runs_of(&rule, hits, hits_at(hits, (int[]){0, 5, 10}, 3));
	ck_assert_uint_eq(seen.count, 1);
	check_run(&seen, 0, 0, 10, 3, 10);
	hits_at(hits, (int[]){0, 5, 10}, 3);
	hits[2].time++; /* one microsecond too late */
	seen = runs_of(&rule, hits, 3);
	ck_assert_uint_eq(seen.count, 0);
}
END_TEST

START_TEST(overlapping_windows_are_one_run)
{
	struct correlate_hit hits[16];
	struct correlate_rule rule = counting(10, 3);
	/* 0 5 10 | 18 (not hot) | 20: window 10..20 holds 10 18 20 */
	struct seen seen =
		runs_of(&rule, hits, hits_at(hits, (int[]){0, 5, 10, 18, 20}, 5));
	ck_assert_uint_eq(seen.count, 1);
	check_run(&seen, 0, 0, 20, 5, 10);
	seen = runs_of(&rule, hits, hits_at(hits, (int[]){0, 1, 2, 50, 51, 52, 90}, 7));
	ck_assert_uint_eq(seen.count, 2);
	check_run(&seen, 0, 0, 2, 3, 2);
	check_run(&seen, 1, 50, 52, 3, 52);
}
END_TEST

START_TEST(one_window_does_not_reach_into_the_next)
{
	struct correlate_hit hits[16];
	struct correlate_rule rule = counting(10, 3);
	/* Windows 0..10 and 11..21 touch no common hit. */
	struct seen seen =
		runs_of(&rule, hits, hits_at(hits, (int[]){0, 0, 0, 11, 12, 13}, 6));
	ck_assert_uint_eq(seen.count, 2);
	check_run(&seen, 0, 0, 0, 3, 0);
	check_run(&seen, 1, 11, 13, 3, 13);
}
END_TEST

START_TEST(a_range_ends_the_heat)
{
	struct correlate_hit hits[16];
	struct correlate_rule rule = {
		.type = CORRELATE_EVENT_COUNT, .timespan = 100 * S, .rule_count = 1};
	rule.compares[CORRELATE_GT] = rule.compares[CORRELATE_LTE] = true;
	rule.bounds[CORRELATE_GT] = 2;
	rule.bounds[CORRELATE_LTE] = 4;
	struct seen seen =
		runs_of(&rule, hits, hits_at(hits, (int[]){1, 2, 3, 4, 5, 6}, 6));
	ck_assert_uint_eq(seen.count, 1);
	check_run(&seen, 0, 1, 4, 4, 3);
}
END_TEST

START_TEST(groups_are_apart)
{
	struct correlate_hit hits[6];
	struct correlate_rule rule = counting(10, 2);
	hits_at(hits, (int[]){0, 1, 2, 30, 31, 32}, 6);
	hits[0].key = hits[3].key = hits[4].key = TEXT("a");
	hits[1].key = TEXT("b");
	hits[2].key = TEXT("A");
	hits[5].key = TEXT("b");
	struct seen seen = runs_of(&rule, hits, 6);
	ck_assert_uint_eq(seen.count, 1);
	check_run(&seen, 0, 30, 31, 2, 31);
}
END_TEST

START_TEST(a_record_counts_once)
{
	struct correlate_hit hits[3];
	struct correlate_rule rule = counting(10, 3);
	rule.rule_count = 2;
	hits_at(hits, (int[]){0, 1, 1}, 3);
	hits[2].identity[0] = hits[1].identity[0];
	hits[2].rule = 1;
	ck_assert_uint_eq(runs_of(&rule, hits, 3).count, 0);
	hits[2].identity[0]++;
	ck_assert_uint_eq(runs_of(&rule, hits, 3).count, 1);
}
END_TEST

START_TEST(values_are_distinct)
{
	struct correlate_hit hits[5];
	struct correlate_rule rule = counting(10, 3);
	rule.type = CORRELATE_VALUE_COUNT;
	hits_at(hits, (int[]){0, 1, 2, 3, 12}, 5);
	hits[0].value = TEXT("x");
	hits[1].value = TEXT("y");
	hits[2].value = TEXT("x");
	hits[4].value = TEXT("z"); /* and hits[3] has none: x, y, z are never together */
	ck_assert_uint_eq(runs_of(&rule, hits, 5).count, 0);
	hits[4].time = 11 * S;
	struct seen seen = runs_of(&rule, hits, 5);
	ck_assert_uint_eq(seen.count, 1);
	check_run(&seen, 0, 1, 11, 3, 11);
}
END_TEST

START_TEST(sums_and_averages_are_exact)
{
	struct correlate_hit hits[12];
	struct correlate_rule rule = {
		.type = CORRELATE_VALUE_SUM, .timespan = 1000 * S, .rule_count = 1};
	rule.compares[CORRELATE_EQ] = true;
	rule.bounds[CORRELATE_EQ] = 1;
	int seconds[10];
	for (int i = 0; i < 10; i++)
		seconds[i] = i;
	hits_at(hits, seconds, 10);
	for (int i = 0; i < 10; i++)
		hits[i].number = 0.1; /* ten of them make no 1 in binary */
	struct seen seen = runs_of(&rule, hits, 10);
	ck_assert_uint_eq(seen.count, 1);
	check_run(&seen, 0, 0, 9, 10, 9);

	rule.type = CORRELATE_VALUE_AVERAGE;
	rule.compares[CORRELATE_EQ] = false;
	rule.compares[CORRELATE_GT] = true;
	rule.bounds[CORRELATE_GT] = 500;
	hits_at(hits, (int[]){0, 1, 2, 3}, 4);
	hits[0].number = 400;
	hits[1].number = 600; /* exactly 500: not above */
	hits[2].number = NAN; /* no number: left out */
	hits[3].number = 501;
	seen = runs_of(&rule, hits, 4);
	ck_assert_uint_eq(seen.count, 1);
	check_run(&seen, 0, 0, 3, 3, 3);
}
END_TEST

START_TEST(rules_come_together)
{
	struct correlate_hit hits[4];
	struct correlate_rule rule = {
		.type = CORRELATE_TEMPORAL, .timespan = 10 * S, .rule_count = 2};
	hits_at(hits, (int[]){0, 1, 20, 25}, 4);
	hits[3].rule = 1;
	struct seen seen = runs_of(&rule, hits, 4);
	ck_assert_uint_eq(seen.count, 1);
	check_run(&seen, 0, 20, 25, 2, 25);
	hits[3].time = 31 * S;
	ck_assert_uint_eq(runs_of(&rule, hits, 4).count, 0);
	rule.compares[CORRELATE_GTE] = true;
	rule.bounds[CORRELATE_GTE] = 1;
	ck_assert_uint_gt(runs_of(&rule, hits, 4).count, 0);
}
END_TEST

START_TEST(rules_come_in_their_order)
{
	struct correlate_hit hits[5];
	struct correlate_rule rule = {
		.type = CORRELATE_TEMPORAL_ORDERED, .timespan = 10 * S, .rule_count = 3};
	hits_at(hits, (int[]){0, 1, 2, 3, 4}, 5);
	/* c a b a c: a (1) b (2) c (4) */
	uint32_t order[] = {2, 0, 1, 0, 2};
	for (int i = 0; i < 5; i++)
		hits[i].rule = order[i];
	struct seen seen = runs_of(&rule, hits, 5);
	ck_assert_uint_eq(seen.count, 1);
	check_run(&seen, 0, 0, 4, 5, 4);
	hits[2].rule = 2; /* c a c a c: b is missing */
	ck_assert_uint_eq(runs_of(&rule, hits, 5).count, 0);
	hits[2].rule = 1;
	hits[4].time = 12 * S; /* a (1) is out of the window, a (3) comes after b */
	ck_assert_uint_eq(runs_of(&rule, hits, 5).count, 0);
}
END_TEST

/* A slow reading of the definition, for comparison. */
static bool window_is_hot(const struct correlate_rule *rule,
			  const struct correlate_hit *hits, size_t end)
{
	uint64_t count = 0;
	for (size_t i = 0; i <= end; i++)
		count += hits[i].time >= hits[end].time - rule->timespan;
	return (double)count >= rule->bounds[CORRELATE_GTE];
}

START_TEST(runs_are_what_the_definition_says_in_any_order)
{
	uint32_t random = 12345;
	for (int round = 0; round < 300; round++) {
		struct correlate_hit hits[40], mixed[40];
		struct correlate_rule rule = counting(7, 3);
		struct seen expected = {0};
		int64_t time = 0;
		for (size_t i = 0; i < 40; i++) {
			random = random * 1664525u + 1013904223u;
			time += (random >> 24) % 9;
			hits[i] = (struct correlate_hit){
				.time = time * S, .identity = {i, 0}, .number = NAN};
		}
		size_t to = 0;
		for (size_t i = 0; i < 40; i++) {
			if (!window_is_hot(&rule, hits, i))
				continue;
			size_t from = i;
			while (from &&
			       hits[from - 1].time >= hits[i].time - rule.timespan)
				from--;
			if (expected.count && from <= to) {
				struct expected *last =
					&expected.runs[expected.count - 1];
				last->last = hits[i].time / S;
				last->count += i - to;
			} else {
				expected.runs[expected.count++] = (struct expected){
					hits[from].time / S, hits[i].time / S,
					i - from + 1, hits[i].time / S};
			}
			to = i;
		}
		memcpy(mixed, hits, sizeof(hits));
		for (size_t i = 39; i > 0; i--) {
			random = random * 1664525u + 1013904223u;
			size_t k = (random >> 16) % (i + 1);
			struct correlate_hit swap = mixed[i];
			mixed[i] = mixed[k];
			mixed[k] = swap;
		}
		struct seen seen = runs_of(&rule, mixed, 40);
		ck_assert_uint_eq(seen.count, expected.count);
		for (size_t i = 0; i < seen.count; i++)
			check_run(&seen, i, expected.runs[i].first, expected.runs[i].last,
				  expected.runs[i].count, expected.runs[i].became);
	}
}
END_TEST

START_TEST(distances_are_those_of_a_sphere)
{
	static const struct {
		struct correlate_point a, b;
		int64_t metres, margin;
	} known[] = {
		{{38897700, -77036500}, {21306900, -157858300}, 7771435, 80},
		{{-33868800, 151209300}, {51507400, -127800}, 16993933, 170},
		{{0, 179500000}, {0, -179500000}, 111195, 2}, /* over the date line */
		{{90000000, 0}, {-90000000, 0}, 20015087, 200},
		{{48100000, 11500000}, {48100000, 11501000}, 74, 1},
		{{48100000, 11500000}, {48100000, 11500000}, 0, 0},
	};
	for (size_t i = 0; i < ARRAY_LENGTH(known); i++) {
		int64_t metres = correlate_metres(known[i].a, known[i].b);
		ck_assert_int_eq(metres, correlate_metres(known[i].b, known[i].a));
		ck_assert_msg(llabs(metres - known[i].metres) <= known[i].margin, "%zu: %lld", i,
			      (long long)metres);
	}
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("correlate");
	tcase_add_test(tests, windows_are_closed_and_exact);
	tcase_add_test(tests, overlapping_windows_are_one_run);
	tcase_add_test(tests, one_window_does_not_reach_into_the_next);
	tcase_add_test(tests, a_range_ends_the_heat);
	tcase_add_test(tests, groups_are_apart);
	tcase_add_test(tests, a_record_counts_once);
	tcase_add_test(tests, values_are_distinct);
	tcase_add_test(tests, sums_and_averages_are_exact);
	tcase_add_test(tests, rules_come_together);
	tcase_add_test(tests, rules_come_in_their_order);
	tcase_add_test(tests, runs_are_what_the_definition_says_in_any_order);
	tcase_add_test(tests, distances_are_those_of_a_sphere);
	Suite *suite = suite_create("correlate");
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
