#include "exercise/truth.h"

#define LABELS_CAP (1u << 30)
#define DATE_LENGTH 10

struct violation {
	struct violation *next; /* older one */
	enum rule rule;
	struct text contractor;
	struct text subject;
	struct text day;
	uint64_t count;
	int64_t first, last;
};

struct truth {
	struct arena *arena;
	struct map by_key;
	struct violation *newest;
	struct buffer labels;
};

struct truth *truth_new(struct arena *arena)
{
	struct truth *truth = arena_get(arena, sizeof(*truth));

	if (!truth)
		return NULL;
	truth->arena = arena;
	map_init(&truth->by_key);
	buffer_init(&truth->labels, LABELS_CAP);
	return truth;
}

void truth_free(struct truth *truth)
{
	if (!truth)
		return;
	map_done(&truth->by_key);
	buffer_done(&truth->labels);
}

void truth_clean(struct truth **truth)
{
	truth_free(*truth);
}

static void add_label(struct truth *truth, const struct violation *v, const char *file,
		      uint64_t line)
{
	struct json json = json_to(&truth->labels);

	json_begin_object(&json, NULL);
	json_string(&json, "file", file);
	json_number(&json, "line", (int64_t)line);
	json_string(&json, "rule", rule_name(v->rule));
	json_text(&json, "contractor", v->contractor);
	json_text(&json, "subject", v->subject);
	json_moment(&json, "time", v->first);
	json_end_object(&json);
	buffer_add_byte(&truth->labels, '\n');
}

static bool count_violation(struct truth *truth, const struct violation *one)
{
	char *key = arena_format(truth->arena, "%.*s|%.*s|%s|%.*s", TEXT_PRINT(one->day),
				 TEXT_PRINT(one->contractor), rule_name(one->rule),
				 TEXT_PRINT(one->subject));
	union map_value *value;
	struct violation *v;
	bool is_new;

	value = key ? map_add(&truth->by_key, text_of(key), &is_new) : NULL;
	if (!value)
		return false;
	if (is_new) {
		value->pointer = v = arena_get(truth->arena, sizeof(*v));
		if (!v)
			return false;
		*v = *one;
		v->day = arena_text(truth->arena, one->day);
		v->subject = arena_text(truth->arena, one->subject);
		v->next = truth->newest;
		truth->newest = v;
		return v->day.bytes && v->subject.bytes;
	}
	v = value->pointer;
	v->count++;
	v->first = one->first < v->first ? one->first : v->first;
	v->last = one->last > v->last ? one->last : v->last;
	return true;
}

int truth_add(struct truth *truth, const struct contractor *contractor,
	      const struct occurrence *occurrence, const char *file, uint64_t line,
	      struct err *err)
{
	const struct deed_description *deed = deed_describe(occurrence->deed);
	char subject[SUBJECT_ROOM], moment[CALENDAR_TEXT];

	for (unsigned i = 0; i < ARRAY_LENGTH(deed->rules); i++) {
		struct violation one = {
			.rule = deed->rules[i],
			.contractor = contractor->code,
			.count = 1,
			.first = occurrence->time,
			.last = occurrence->time,
		};

		if (one.rule == RULE_NONE)
			continue;
		one.subject = text_of(sheet_subject(contractor, occurrence, subject));
		/* Of a campaign's field and value: the value. */
		if (deed->campaign && !rule_is_over_many(one.rule))
			one.subject = text_skip(one.subject,
						text_find_byte(one.subject, '=') + 1);
		one.day =
			text_head(text_of(calendar_to_rfc3339(occurrence->time, moment)),
				  DATE_LENGTH);
		add_label(truth, &one, file, line);
		if (truth->labels.failed || !count_violation(truth, &one))
			return err_set(err, ERR_MEMORY, "too much misconduct to label");
	}
	return 0;
}

struct text truth_labels(const struct truth *truth)
{
	return buffer_text(&truth->labels);
}

static int compare_violations(const void *left, const void *right)
{
	const struct violation *a = *(struct violation *const *)left;
	const struct violation *b = *(struct violation *const *)right;
	int order = text_compare(a->day, b->day);

	if (!order)
		order = text_compare(a->contractor, b->contractor);
	if (!order)
		order = (int)a->rule - (int)b->rule;
	return order ? order : text_compare(a->subject, b->subject);
}

static void write_violation(const struct violation *v, struct buffer *out)
{
	struct json json = json_to(out);

	json_begin_object(&json, NULL);
	json_string(&json, "rule", rule_name(v->rule));
	json_text(&json, "contractor", v->contractor);
	json_text(&json, "subject", v->subject);
	json_text(&json, "day", v->day);
	json_number(&json, "count", (int64_t)v->count);
	json_moment(&json, "first", v->first);
	json_moment(&json, "last", v->last);
	json_end_object(&json);
	buffer_add_byte(out, '\n');
}

int truth_write_violations(const struct truth *truth, struct buffer *out, struct err *err)
{
	size_t count = 0;
	struct violation **list =
		arena_get_many(truth->arena, truth->by_key.count + 1, sizeof(*list));

	if (!list)
		return err_set(err, ERR_MEMORY, "too many violations to list");
	for (struct violation *v = truth->newest; v; v = v->next)
		list[count++] = v;
	qsort(list, count, sizeof(struct violation *), compare_violations);
	for (size_t i = 0; i < count; i++)
		write_violation(list[i], out);
	return 0;
}
