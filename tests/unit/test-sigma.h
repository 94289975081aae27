/* One rule, or a set of them, against one record: for the tests of sigma. */
#ifndef TEST_SIGMA_H
#define TEST_SIGMA_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "decode/decode.h"
#include "sigma/sigma.h"

#define DETECTION "detection:\n  s:\n    f: 1\n  condition: s\n"

struct said {
	enum sigma_severity severity;
	unsigned line, column, count, refused;
	char reason[1200];
};

static UNUSED void on_notice(void *context, const struct sigma_notice *notice)
{
	struct said *said = context;
	said->count++;
	said->refused += notice->severity == SIGMA_REFUSED;
	if (notice->severity < said->severity || said->count > 1)
		if (notice->severity <= said->severity)
			return;
	said->severity = notice->severity;
	said->line = notice->line;
	said->column = notice->column;
	snprintf(said->reason, sizeof(said->reason), "%s", notice->reason);
}

struct bench {
	struct event_names *names;
	struct sigma_set *set;
	struct decode_json *json;
	struct event event;
	struct event_part part;
	struct said said;
	struct err err;
};

static UNUSED void bench_new(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	b->names = event_names_new();
	b->set = sigma_set_new(b->names);
	b->event.bytes = -1;
	b->event.parts = &b->part;
	b->event.part_count = 1;
	ck_assert_ptr_nonnull(b->set);
}

static UNUSED void bench_free(struct bench *b)
{
	decode_json_free(b->json);
	sigma_set_free(b->set);
	event_names_free(b->names);
}

static UNUSED int bench_add(struct bench *b, const char *yaml)
{
	return sigma_set_add(b->set, "rule.yml", text_of(yaml), on_notice, &b->said, &b->err);
}

static UNUSED void bench_compile(struct bench *b, bool check_source)
{
	ck_assert_msg(sigma_set_compile(b->set, check_source, &b->err) == 0, "%s", b->err.text);
	b->json = decode_json_new(b->names, &b->err);
	ck_assert_ptr_nonnull(b->json);
}

static UNUSED size_t bench_match(struct bench *b, const char *record, const uint32_t **ret_rules)
{
	struct decode_reject reject;
	ck_assert_msg(decode_json_object(b->json, text_of(record), &b->part, &reject, &b->err) == 1,
		      "%s", record);
	return sigma_set_match(b->set, &b->event, ret_rules);
}

static UNUSED void rule_text(char *yaml, size_t size, const char *detection)
{
	int length = snprintf(yaml, size, "title: t\nlogsource:\n  product: x\ndetection:\n%s",
			      detection);
	ck_assert_int_lt(length, (int)size);
}

/* detection: lines below "detection:", each with two spaces in front. */
static UNUSED bool fires(const char *detection, const char *record)
{
	struct bench b;
	const uint32_t *rules;
	char yaml[8192];
	bench_new(&b);
	rule_text(yaml, sizeof(yaml), detection);
	int refused = bench_add(&b, yaml);
	ck_assert_msg(refused == 0, "%s: %s", detection, b.said.reason);
	bench_compile(&b, false);
	bool fired = bench_match(&b, record, &rules) == 1;
	bench_free(&b);
	return fired;
}

/* One line of a selection: "field|modifier: value". */
static UNUSED bool line_fires(const char *line, const char *record)
{
	char detection[4096];
	snprintf(detection, sizeof(detection), "  s:\n    %s\n  condition: s\n", line);
	return fires(detection, record);
}

#endif
