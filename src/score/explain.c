#include "score/score.h"

static bool is_deducted(const struct score_requirement *held, enum score_number number)
{
	return held->status == SCORE_NOT_MET ||
	       (number == SCORE_INDICATED && held->status == SCORE_INDICATED_NOT_MET);
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static bool is_partial(const struct score_requirement *held, int points)
{
	return points > 0 && points == held->requirement->weight_partial;
}

static void say_decided(const struct score_requirement *held, struct buffer *why)
{
	char moment[CALENDAR_TEXT];

	if (held->sustained_count > 0)
		buffer_add_format(why, "%zu violation%s sustained", held->sustained_count,
				  plural(held->sustained_count));
	if (held->assessment && !held->assessment->met)
		buffer_add_format(why, "%sassessed as not met at %s",
				  why->length > 0 ? "; " : "",
				  calendar_to_rfc3339(held->assessment->moment, moment));
}

static void say_indicated(const struct score_requirement *held, struct buffer *why)
{
	if (held->indication_count > 0)
		buffer_add_format(why, "%s%zu open violation%s indicate%s it",
				  why->length > 0 ? "; " : "", held->indication_count,
				  plural(held->indication_count),
				  held->indication_count == 1 ? "s" : "");
}

static const char *why_deducted(const struct score_requirement *held,
				enum score_number number, int points, struct arena *arena)
{
	CLEAN(buffer) struct buffer why;

	buffer_init(&why, 4096);
	say_decided(held, &why);
	if (number == SCORE_INDICATED)
		say_indicated(held, &why);
	if (is_partial(held, points))
		buffer_add_format(&why, "; the partial value, not %d",
				  held->requirement->weight);
	if (held->requirement->weight == 0)
		buffer_add_string(&why, "; it has no value");
	return why.failed ? NULL : arena_string(arena, why.data);
}

/* Numbers of what was sustained, then of what is open, NULL-terminated. */
static const char *const *numbers_of(const struct score_requirement *held,
				     enum score_number number, struct arena *arena)
{
	const char **numbers =
		arena_get_many(arena, held->sustained_count + held->indication_count + 1,
			       sizeof(*numbers));
	size_t count = 0;

	if (!numbers)
		return NULL;
	for (size_t i = 0; i < held->sustained_count; i++)
		numbers[count++] = held->sustained[i]->number;
	for (size_t i = 0; number == SCORE_INDICATED && i < held->indication_count; i++)
		numbers[count++] = held->indications[i]->number;
	return numbers;
}

static bool fill_line(const struct score_requirement *held, enum score_number number,
		      int *total, struct arena *arena, struct score_line *line)
{
	int points = number == SCORE_OF_RECORD ? held->of_record : held->indicated;

	*total -= points;
	*line = (struct score_line){
		.requirement = held->requirement->id,
		.citation = held->requirement->citation,
		.points = -points,
		.total = *total,
		.why = why_deducted(held, number, points, arena),
		.violations = numbers_of(held, number, arena),
	};
	return line->why && line->violations;
}

int score_explain(const struct score *score, enum score_number number,
		  struct arena *arena, const struct score_line **ret_lines,
		  size_t *ret_count, struct err *err)
{
	static const char *const none[] = {NULL};
	const struct standard *standard = score->standard;
	struct score_line *lines =
		arena_get_many(arena, standard->requirement_count + 2, sizeof(*lines));
	int total = standard->maximum;
	size_t count = 0;

	if (!lines)
		return err_set(err, ERR_MEMORY, "out of memory");
	lines[count++] = (struct score_line){
		.total = total, .violations = none, .why = "where nothing is not met"};
	for (size_t i = 0; i < standard->requirement_count; i++) {
		const struct score_requirement *held = &score->requirements[i];

		if (is_deducted(held, number) &&
		    !fill_line(held, number, &total, arena, &lines[count++]))
			return err_set(err, ERR_MEMORY, "out of memory");
	}
	lines[count++] = (struct score_line){
		.total = total,
		.violations = none,
		.why = number == SCORE_OF_RECORD ? "the score of record"
						 : "the indicated score",
	};
	*ret_lines = lines;
	*ret_count = count;
	return 0;
}
