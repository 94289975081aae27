#include "exercise/truth.h"

#define LABELS_CAP (1u << 30)
#define SUBJECT_CAP 1024
#define DATE_LENGTH 10

struct violation {
	struct violation *next; /* older one */
	const struct plant *rule;
	bool near;
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
	struct buffer subject; /* of the violation at hand */
};

struct truth *truth_new(struct arena *arena)
{
	struct truth *truth = arena_get(arena, sizeof(*truth));

	if (!truth)
		return NULL;
	truth->arena = arena;
	map_init(&truth->by_key);
	buffer_init(&truth->labels, LABELS_CAP);
	buffer_init(&truth->subject, SUBJECT_CAP);
	return truth;
}

void truth_free(struct truth *truth)
{
	if (!truth)
		return;
	map_done(&truth->by_key);
	buffer_done(&truth->labels);
	buffer_done(&truth->subject);
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
	json_string(&json, "rule", v->rule->rule);
	json_text(&json, "contractor", v->contractor);
	json_text(&json, "subject", v->subject);
	json_moment(&json, "time", v->first);
	json_end_object(&json);
	buffer_add_byte(&truth->labels, '\n');
}

/* A run is one of an incident, any other violation one of a day. */
static bool count_violation(struct truth *truth, const struct violation *one,
			    const struct incident *incident)
{
	char *whole = plant_is_run(one->rule)
			      ? arena_format(truth->arena, "%u", incident->number)
			      : arena_format(truth->arena, "%.*s", TEXT_PRINT(one->day));
	char *key = whole ? arena_format(truth->arena, "%s|%d|%.*s|%s|%.*s", whole,
					 one->near, TEXT_PRINT(one->contractor),
					 one->rule->rule, TEXT_PRINT(one->subject))
			  : NULL;
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
	if (one->first < v->first)
		v->first = one->first;
	if (one->last > v->last)
		v->last = one->last;
	return true;
}

int truth_add(struct truth *truth, const struct contractor *contractor,
	      const struct occurrence *occurrence, const char *file, uint64_t line,
	      struct err *err)
{
	const struct incident *incident = occurrence->incident;
	struct sheet sheet = {.out = &truth->subject};
	struct text marks = occurrence->marks;
	struct meaning mark;
	char moment[CALENDAR_TEXT];

	while (incident && plant_next_mark(&marks, &mark)) {
		struct violation one = {
			.rule = mark.rule.length ? plant_of_rule(mark.rule)
						 : incident->plant,
			.near = mark.meaning == MARK_NEAR,
			.contractor = contractor->code,
			.count = 1,
			.first = occurrence->time,
			.last = occurrence->time,
		};

		if (mark.meaning == MARK_NOTHING)
			continue;
		buffer_reset(&truth->subject);
		sheet_write_subject(&sheet, contractor, occurrence, one.rule,
				    mark.subject);
		one.subject = buffer_text(&truth->subject);
		one.day =
			text_head(text_of(calendar_to_rfc3339(occurrence->time, moment)),
				  DATE_LENGTH);
		if (!one.near)
			add_label(truth, &one, file, line);
		if (truth->labels.failed || truth->subject.failed ||
		    !count_violation(truth, &one, incident))
			return err_set(err, ERR_MEMORY, "too much misconduct to label");
	}
	return 0;
}

int truth_add_feeds(struct truth *truth, const struct contractor *contractor,
		    const struct incident *incident, struct err *err)
{
	struct text scene = text_of(incident_scene(incident));
	struct occurrence at = {.incident = incident};
	struct sheet sheet = {.out = &truth->subject};
	struct meaning mark;
	struct feed feed;

	while (plant_next_feed(&scene, &feed)) {
		struct violation one = {
			.rule = incident->plant,
			.contractor = contractor->code,
		};

		if (!plant_next_mark(&feed.marks, &mark) || mark.meaning == MARK_NOTHING)
			continue;
		one.near = mark.meaning == MARK_NEAR;
		buffer_reset(&truth->subject);
		sheet_write_subject(&sheet, contractor, &at, incident->plant, feed.name);
		one.subject = buffer_text(&truth->subject);
		if (truth->subject.failed || !count_violation(truth, &one, incident))
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
	int order = a->first < b->first ? -1 : a->first > b->first;

	if (!order)
		order = text_compare(a->contractor, b->contractor);
	if (!order)
		order = strcmp(a->rule->rule, b->rule->rule);
	return order ? order : text_compare(a->subject, b->subject);
}

static void write_violation(const struct violation *v, struct buffer *out)
{
	struct json json = json_to(out);

	json_begin_object(&json, NULL);
	json_string(&json, "rule", v->rule->rule);
	json_text(&json, "contractor", v->contractor);
	json_text(&json, "subject", v->subject);
	if (!plant_is_feed(v->rule)) {
		json_text(&json, "day", v->day);
		json_number(&json, "count", (int64_t)v->count);
		json_moment(&json, "first", v->first);
		json_moment(&json, "last", v->last);
	}
	json_end_object(&json);
	buffer_add_byte(out, '\n');
}

int truth_write_violations(const struct truth *truth, bool near, struct buffer *out,
			   struct err *err)
{
	size_t count = 0;
	struct violation **list =
		arena_get_many(truth->arena, truth->by_key.count + 1, sizeof(*list));

	if (!list)
		return err_set(err, ERR_MEMORY, "too many violations to list");
	for (struct violation *v = truth->newest; v; v = v->next) {
		if (v->near == near)
			list[count++] = v;
	}
	qsort(list, count, sizeof(struct violation *), compare_violations);
	for (size_t i = 0; i < count; i++)
		write_violation(list[i], out);
	return 0;
}
