/* A contractor's score in words and as JSON: what muster score --explain and statements show. */
#include "muster/score_text.h"

#include <inttypes.h>

#define NAMED_VIOLATIONS 4    /* on one line of text */

/* As text ---------------------------------------------------------------------------- */

static void add_violations(struct buffer *out, const char *const *numbers)
{
	size_t count = 0;

	for (; numbers && numbers[count]; count++)
		if (count < NAMED_VIOLATIONS)
			buffer_add_format(out, "%s %s", count ? "," : ":", numbers[count]);
	if (count > NAMED_VIOLATIONS)
		buffer_add_format(out, " and %zu more", count - NAMED_VIOLATIONS);
}

static void add_line(struct buffer *out, const struct score_line *line, unsigned width)
{
	CLEAN(buffer) struct buffer why;

	buffer_init(&why, 1 << 20);
	buffer_add_string(&why, line->why);
	add_violations(&why, line->violations);
	if (line->requirement)
		buffer_add_format(out, "  %+5d  %5d  %-8s ", line->points, line->total,
				  line->requirement);
	else
		buffer_add_format(out, "  %5s  %5d  %-8s ", "", line->total, "");
	report_wrap(out, buffer_text(&why), width, 25, false);
}

static int add_arithmetic(struct buffer *out, const struct score *score,
			  enum score_number number, struct arena *arena, unsigned width,
			  struct err *err)
{
	const struct score_line *lines;
	size_t count;
	int r = score_explain(score, number, arena, &lines, &count, err);

	if (r < 0)
		return r;
	buffer_add_format(out, "\n%s\n",
			  number == SCORE_OF_RECORD ? "Score of record (what was decided)" :
						      "Indicated score (open violations too)");
	buffer_add_format(out, "  %5s  %5s  %-8s why\n", "takes", "left", "for");
	for (size_t i = 0; i < count; i++)
		add_line(out, &lines[i], width);
	return 0;
}

/* Requirements of one status, by their ids. */
static void add_requirements(struct buffer *out, const struct score *score,
			     enum score_status status, const char *words, unsigned width)
{
	CLEAN(buffer) struct buffer ids;

	if (score->counts[status] == 0)
		return;
	buffer_init(&ids, 65536);
	buffer_add_format(&ids, "%s (%zu):", words, score->counts[status]);
	for (size_t i = 0; i < score->standard->requirement_count; i++)
		if (score->requirements[i].status == status)
			buffer_add_format(&ids, " %s",
					  score->requirements[i].requirement->id);
	buffer_add_byte(out, '\n');
	report_wrap(out, buffer_text(&ids), width, 2, false);
}

int score_text_add(const struct store_contractor *contractor, struct judging_standard under,
		   const struct score *score, unsigned width, struct arena *arena,
		   struct buffer *out, struct err *err)
{
	bool has_values = standard_has_values(under.standard);
	char as_of[CALENDAR_TEXT];
	int r = 0;

	buffer_add_format(out, "%s (", contractor->code);
	buffer_add_escaped(out, text_of(contractor->name), 200);
	buffer_add_format(out, ") under %s, as of %s\n", under.standard->name,
			  calendar_to_rfc3339(score->as_of, as_of));
	buffer_add_format(out, "standard's digest %s\n\n", under.digest);
	if (has_values)
		buffer_add_format(out, "score of record %d, indicated score %d\n",
				  score->of_record, score->indicated);
	buffer_add_format(out, "record of handling: %zu open finding%s, %zu critical\n",
			  score->handling_open, score->handling_open == 1 ? "" : "s",
			  score->handling_critical);
	char *standing = arena_format(arena, "standing: %s: %s",
				      score_standing_name(score->standing),
				      score->standing_reason);
	report_wrap(out, text_of(standing), width, 10, false);
	if (has_values)
		r = add_arithmetic(out, score, SCORE_OF_RECORD, arena, width, err);
	if (r == 0 && has_values)
		r = add_arithmetic(out, score, SCORE_INDICATED, arena, width, err);
	if (r < 0)
		return r;
	add_requirements(out, score, SCORE_NOT_EVIDENCED,
			 "Not evidenced: no log has come that could show them", width);
	add_requirements(out, score, SCORE_NOT_OBSERVABLE,
			 "Not observable: no log can show them", width);
	return out->failed ? err_set(err, ERR_LIMIT, "the arithmetic is too long") : 0;
}

/* As JSON ---------------------------------------------------------------- */

static int add_json_lines(struct json *json, const struct score *score,
			  enum score_number number, struct arena *arena, struct err *err)
{
	const struct score_line *lines;
	size_t count;
	int r = score_explain(score, number, arena, &lines, &count, err);

	for (size_t i = 0; r == 0 && i < count; i++) {
		json_begin_object(json, NULL);
		json_string(json, "number",
			    number == SCORE_OF_RECORD ? "score_of_record" : "score_indicated");
		json_string(json, "requirement", lines[i].requirement);
		json_string(json, "citation", lines[i].citation);
		json_number(json, "points", lines[i].points);
		json_number(json, "total", lines[i].total);
		json_string(json, "why", lines[i].why);
		json_begin_array(json, "violations");
		for (const char *const *v = lines[i].violations; v && *v; v++)
			json_string(json, NULL, *v);
		json_end_array(json);
		json_end_object(json);
	}
	return r;
}

int score_json_add(const struct score *score, struct arena *arena,
			   struct buffer *out, struct err *err)
{
	struct json json = json_to(out);
	int r;

	json_begin_array(&json, NULL);
	r = add_json_lines(&json, score, SCORE_OF_RECORD, arena, err);
	if (r == 0)
		r = add_json_lines(&json, score, SCORE_INDICATED, arena, err);
	json_end_array(&json);
	if (r == 0 && out->failed)
		r = err_set(err, ERR_LIMIT, "the arithmetic is too long");
	return r;
}
