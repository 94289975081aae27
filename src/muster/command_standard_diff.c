/* muster standard diff: in what two standards, or versions of one, differ. */
#include "muster/command.h"
#include "muster/standard_source.h"

#include <stdio.h>
#include <stdlib.h>

#define WORDS_MOST ((size_t)64 << 20)

const struct command_option command_standard_diff_options[] = { COMMAND_OPTIONS_END };

static const struct report_column columns[] = {
	{ "part", "PART", REPORT_TEXT, 0, 0, "standard, requirement or rule" },
	{ "id", "ID", REPORT_TEXT, 0, 0, "which one" },
	{ "what", "WHAT", REPORT_TEXT, 0, 0, "added, removed or changed" },
	{ "field", "FIELD", REPORT_TEXT, 0, 0, "what of it was changed" },
	{ "before", "BEFORE", REPORT_TEXT, 0, 12, "as the first standard has it" },
	{ "after", "AFTER", REPORT_TEXT, 0, 12, "as the second standard has it" },
};
const struct report_table command_standard_diff_table = { columns, ARRAY_LENGTH(columns) };

struct comparing {
	struct command_run *run;
	struct report *report;
	bool as_text;
	size_t differences;
	struct buffer before, after;
};

/* Both may be NULL: there is nothing on that side. */
static int show(struct comparing *c, const char *part, const char *id, const char *what,
		const char *field, const char *before, const char *after, struct err *err)
{
	const struct report_value values[] = {
		report_string(part),  report_string(id),     report_string(what),
		report_string(field), report_string(before), report_string(after),
	};

	c->differences++;
	return report_row(c->report, values, err);
}

/* In text, lines are set one behind the other. */
static const char *shown(const struct comparing *c, struct buffer *room, const char *words)
{
	bool begins = true;

	if (!c->as_text || !words)
		return words;
	buffer_reset(room);
	for (; *words; words++) {
		bool ends = *words == '\n';
		if (begins && (*words == ' ' || ends))
			continue;
		if (ends && words[1])
			buffer_add_string(room, "; ");
		else if (!ends)
			buffer_add_byte(room, *words);
		begins = ends;
	}
	buffer_add_byte(room, '\0');
	return room->failed ? "" : room->data;
}

static int compare(struct comparing *c, const char *part, const char *id, const char *field,
		   const char *before, const char *after, struct err *err)
{
	if (strcmp(before ? before : "", after ? after : "") == 0)
		return 0;
	return show(c, part, id, "changed", field, shown(c, &c->before, before),
		    shown(c, &c->after, after), err);
}

static int compare_number(struct comparing *c, const char *part, const char *id,
			  const char *field, int before, int after, struct err *err)
{
	char was[16], is[16];

	snprintf(was, sizeof(was), "%d", before);
	snprintf(is, sizeof(is), "%d", after);
	return compare(c, part, id, field, was, is, err);
}

/* The standard -------------------------------------------------------------------------- */

static int compare_standards(struct comparing *c, const struct standard *a,
			     const struct standard *b, struct err *err)
{
	const struct {
		const char *field;
		int before, after;
	} numbers[] = {
		{ "maximum", a->maximum, b->maximum },
		{ "floor", a->floor, b->floor },
		{ "conditional.score", a->conditional_score, b->conditional_score },
		{ "conditional.days", a->conditional_days, b->conditional_days },
		{ "indicated.dates", a->indicated_dates, b->indicated_dates },
		{ "indicated.days", a->indicated_days, b->indicated_days },
		{ "indicated.at_once", a->indicated_at_once, b->indicated_at_once },
	};
	int r = compare(c, "standard", a->name, "name", a->name, b->name, err);

	if (r == 0)
		r = compare(c, "standard", a->name, "title", a->title, b->title, err);
	if (r == 0)
		r = compare(c, "standard", a->name, "version", a->version, b->version, err);
	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(numbers); i++)
		r = compare_number(c, "standard", a->name, numbers[i].field, numbers[i].before,
				   numbers[i].after, err);
	return r;
}

/* Requirements -------------------------------------------------------------------------- */

static int compare_requirement(struct comparing *c, const struct standard_requirement *a,
			       const struct standard_requirement *b, struct err *err)
{
	const struct {
		const char *field, *before, *after;
	} texts[] = {
		{ "title", a->title, b->title },
		{ "citation", a->citation, b->citation },
		{ "cmmc", a->cmmc, b->cmmc },
		{ "note", a->note, b->note },
		{ "family", a->family, b->family },
		{ "because", a->plan_reason, b->plan_reason },
		{ "kind", standard_kind_name(a->kind), standard_kind_name(b->kind) },
		{ "observable", standard_observable_name(a->observable),
		  standard_observable_name(b->observable) },
		{ "plan", standard_plan_name(a->plan), standard_plan_name(b->plan) },
	};
	int r = compare_number(c, "requirement", a->id, "weight", a->weight, b->weight, err);

	if (r == 0)
		r = compare_number(c, "requirement", a->id, "weight_partial", a->weight_partial,
				   b->weight_partial, err);
	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(texts); i++)
		r = compare(c, "requirement", a->id, texts[i].field, texts[i].before,
			    texts[i].after, err);
	return r;
}

static int compare_requirements(struct comparing *c, const struct standard *a,
				const struct standard *b, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < a->requirement_count; i++) {
		const struct standard_requirement *was = &a->requirements[i];
		const struct standard_requirement *is =
			standard_requirement_find(b, text_of(was->id));
		r = is ? compare_requirement(c, was, is, err) :
			 show(c, "requirement", was->id, "removed", NULL, was->title, NULL, err);
	}
	for (size_t i = 0; r == 0 && i < b->requirement_count; i++) {
		const struct standard_requirement *is = &b->requirements[i];
		if (!standard_requirement_find(a, text_of(is->id)))
			r = show(c, "requirement", is->id, "added", NULL, NULL, is->title, err);
	}
	return r;
}

/* Rules ----------------------------------------------------------------------------------- */

static bool rule_find(const struct standard_source *source, const char *key, size_t *ret_place)
{
	for (*ret_place = 0; *ret_place < source->rule_count; ++*ret_place)
		if (strcmp(source->rules[*ret_place].key, key) == 0)
			return true;
	return false;
}

/*
 * What the rule asks, as it was understood: without its title, and without
 * when it is looked at, which other rules have a part in.
 */
static const char *detection_of(const struct standard_source *source, size_t rule)
{
	CLEAN(buffer) struct buffer words;
	CLEAN(buffer) struct buffer kept;
	bool waits = false;

	buffer_init(&words, WORDS_MOST);
	buffer_init(&kept, WORDS_MOST);
	sigma_set_explain(source->set, rule, &words);
	struct text rest = buffer_text(&words);
	text_split(&rest, '\n');
	while (rest.length) {
		struct text line = text_split(&rest, '\n');
		waits = text_starts_with(line, TEXT("looked at ")) ||
			(waits && text_starts_with(line, TEXT("    or ")));
		if (waits)
			continue;
		buffer_add_text(&kept, line);
		buffer_add_byte(&kept, '\n');
	}
	const char *text = arena_text(source->arena, buffer_text(&kept)).bytes;
	return text && !kept.failed && !words.failed ? text : "";
}

static int compare_rule(struct comparing *c, const struct standard_source *a, size_t was,
			const struct standard_source *b, size_t is, struct err *err)
{
	const struct store_rule *x = &a->rules[was], *y = &b->rules[is];
	const struct {
		const char *field, *before, *after;
	} texts[] = {
		{ "title", x->title, y->title },
		{ "severity", sigma_level_name((enum sigma_level)x->severity),
		  sigma_level_name((enum sigma_level)y->severity) },
		{ "strength", x->direct ? "direct" : "indirect", y->direct ? "direct" : "indirect" },
		{ "requirements", x->requirements, y->requirements },
		{ "says", x->says, y->says },
		{ "detection", detection_of(a, was), detection_of(b, is) },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(texts); i++)
		r = compare(c, "rule", x->key, texts[i].field, texts[i].before, texts[i].after, err);
	return r;
}

static int compare_rules(struct comparing *c, const struct standard_source *a,
			 const struct standard_source *b, struct err *err)
{
	size_t place;
	int r = 0;

	for (size_t i = 0; r == 0 && i < a->rule_count; i++)
		r = rule_find(b, a->rules[i].key, &place) ?
			    compare_rule(c, a, i, b, place, err) :
			    show(c, "rule", a->rules[i].key, "removed", NULL, a->rules[i].title,
				 NULL, err);
	for (size_t i = 0; r == 0 && i < b->rule_count; i++)
		if (!rule_find(a, b->rules[i].key, &place))
			r = show(c, "rule", b->rules[i].key, "added", NULL, NULL,
				 b->rules[i].title, err);
	return r;
}

/* Which are meant ---------------------------------------------------------------------------- */

static int take_version(void *context, const struct store_judging *row, struct err *err)
{
	return standard_source_parse(row->name, row->bundle, context, err);
}

static int read_books(struct command_run *run, const char *which,
		      struct standard_source *ret_source, struct err *err)
{
	struct pg *pg;
	int r = command_store(run, STORE_OFFICER, &pg, err);

	return r < 0 ? r : store_standard_find(pg, which, take_version, ret_source, err);
}

/* A directory; else of the books where an instance is named; else one that came with the program. */
static int read_source(struct command_run *run, const char *which,
		       struct standard_source *ret_source, struct err *err)
{
	const char *instance = getenv("MUSTER_CONFIG");
	bool named = command_has(run, "config") || (instance && *instance);
	struct err failure = { 0 };
	char path[4096];
	int r = strchr(which, '/') || !named ? -ERR_NEGATIVE :
					       read_books(run, which, ret_source, &failure);

	if (r != -ERR_NEGATIVE) {
		if (r < 0)
			*err = failure;
		return r;
	}
	r = standard_source_find(which, path, err);
	/* What the books say of it says more, where they were asked. */
	if (r < 0 && failure.code)
		*err = failure;
	return r < 0 ? r : standard_source_read(path, ret_source, NULL, NULL, err);
}

int command_standard_diff(struct command_run *run, struct err *err)
{
	CLEAN(standard_source) struct standard_source a = { 0 };
	CLEAN(standard_source) struct standard_source b = { 0 };
	CLEAN(report) struct report *report = command_report(run, &command_standard_diff_table);
	struct comparing c = { .run = run,
			       .report = report,
			       .as_text = command_format(run) == REPORT_AS_TEXT };
	int r = report ? 0 : err_set(err, ERR_MEMORY, "out of memory");

	buffer_init(&c.before, WORDS_MOST);
	buffer_init(&c.after, WORDS_MOST);
	if (r == 0)
		r = read_source(run, command_argument(run, 0), &a, err);
	if (r == 0)
		r = read_source(run, command_argument(run, 1), &b, err);
	if (r == 0)
		r = compare_standards(&c, a.standard, b.standard, err);
	if (r == 0)
		r = compare_requirements(&c, a.standard, b.standard, err);
	if (r == 0)
		r = compare_rules(&c, &a, &b, err);
	if (r == 0)
		r = report_end(report, err);
	buffer_done(&c.before);
	buffer_done(&c.after);
	if (r == 0 && c.differences)
		r = err_set(err, ERR_NEGATIVE, "%zu difference%s", c.differences,
			    c.differences == 1 ? "" : "s");
	return r;
}
