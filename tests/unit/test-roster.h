/* A roster made of CSV, an event, and what is answered about it: for tests of room roster. */
#ifndef TEST_ROSTER_H
#define TEST_ROSTER_H

#include <check.h>

#include "roster/roster.h"

static struct err err;

/* What a file comes to, as text: rows "line|contractor|field|…", faults "line:column:reason". */
struct outcome {
	enum roster_kind kind;
	struct buffer rows, faults, blob;
	size_t row_count, fault_count;
};

static int take_row(void *context, const struct roster_row *row, struct err *e UNUSED)
{
	struct outcome *outcome = context;
	const struct roster_kind_description *d = roster_kind_describe(outcome->kind);
	outcome->row_count++;
	buffer_add_format(&outcome->rows, "%u|%.*s", row->line, TEXT_PRINT(row->contractor));
	for (size_t i = 0; i < d->column_count; i++)
		buffer_add_format(&outcome->rows, "|%.*s", TEXT_PRINT(row->fields[i]));
	buffer_add_byte(&outcome->rows, '\n');
	roster_blob_add(&outcome->blob, outcome->kind, row->fields, row->valid_from,
			row->valid_until);
	return 0;
}

static int take_fault(void *context, const struct roster_fault *fault, struct err *e UNUSED)
{
	struct outcome *outcome = context;
	outcome->fault_count++;
	buffer_add_format(&outcome->faults, "%u:%u:%s\n", fault->line, fault->column,
			  fault->reason);
	return 0;
}

static void outcome_init(struct outcome *outcome)
{
	*outcome = (struct outcome){0};
	buffer_init(&outcome->rows, 1 << 20);
	buffer_init(&outcome->faults, 1 << 20);
	buffer_init(&outcome->blob, 1 << 20);
	buffer_add_string(&outcome->rows, "");
	buffer_add_string(&outcome->faults, "");
}

static void outcome_done(struct outcome *outcome)
{
	buffer_done(&outcome->rows);
	buffer_done(&outcome->faults);
	buffer_done(&outcome->blob);
}

static void parse(struct outcome *outcome, enum roster_kind kind, const char *csv)
{
	outcome->kind = kind;
	ck_assert_msg(roster_parse(kind, text_of(csv), take_row, take_fault, outcome, &err) == 0,
		      "%s", err.text);
}

static struct outcome all;
static struct roster *roster;
static struct event_names *names;
static struct roster_join *join;
static struct event_field fields[12];
static struct event_part part;
static uint32_t firsts[12];
static struct event event;

static void begin(void)
{
	outcome_init(&all);
	names = event_names_new();
	join = roster_join_new(names);
	ck_assert_uint_eq(event_names_count(names), ARRAY_LENGTH(firsts));
}

static void end(void)
{
	roster_join_free(join);
	event_names_free(names);
	roster_free(roster);
	roster = NULL;
	outcome_done(&all);
}

static void have(enum roster_kind kind, const char *csv)
{
	size_t before = all.fault_count;
	parse(&all, kind, csv);
	ck_assert_msg(all.fault_count == before, "%s", all.faults.data);
}

static void load(void)
{
	ck_assert_msg(roster_new(buffer_text(&all.blob), &roster, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(roster_rows(roster), all.row_count);
	roster_join_use(join, roster);
}

static void set_member(const char *name, const char *value)
{
	uint32_t number = event_names_find(names, text_of(name));
	fields[number] = (struct event_field){
		.name = text_of(name), .value = text_of(value), .name_number = number};
	firsts[number] = number + 1;
}

static void act(const char *time, const char *actor, enum event_action action,
		const char *object)
{
	memset(firsts, 0, sizeof(firsts));
	part = (struct event_part){.fields = fields, .field_count = ARRAY_LENGTH(fields), .first = firsts};
	event = (struct event){.action = action, .outcome = EVENT_SUCCESS, .parts = &part,
			       .part_count = 1, .actor = text_of(actor),
			       .object = text_of(object)};
	ck_assert(calendar_from_rfc3339(text_of(time), &event.time));
	roster_join_begin(join, &event);
}

static void check_value(int which, const char *expected, int line)
{
	char scratch[EVENT_SCRATCH];
	struct text value = TEXT_NONE;
	const char *name = event_joined_describe((enum event_joined)which)->name;
	bool known = roster_join_value(join, &event, (enum event_joined)which, scratch, &value);
	if (!expected)
		ck_assert_msg(!known, "line %d: %s is %.*s", line, name, TEXT_PRINT(value));
	else
		ck_assert_msg(known && text_equal(value, text_of(expected)),
			      "line %d: %s is %.*s, not %s", line, name,
			      TEXT_PRINT(known ? value : TEXT("not known")), expected);
}
#define IS(which, expected) check_value(EVENT_J_##which, expected, __LINE__)
#define NOT_KNOWN NULL

#endif
