/* muster score: where contractors stand, and why. */
#include "muster/judging.h"
#include "muster/command.h"

#include <inttypes.h>

#define SCORE_MEMORY ((size_t)1 << 30)
#define NAMED_VIOLATIONS 4    /* on one line of text */

int command_score(struct command_run *run, struct err *err);

const struct command_option command_score_options[] = {
	{ "standard", 0, "NAME", 0, "only under this standard" },
	{ "as-of", 0, "TIME", 0, "as the books stood at TIME" },
	{ "explain", 0, NULL, 0, "show the arithmetic, down to the violations" },
	COMMAND_OPTIONS_END
};

struct scoring {
	struct command_run *run;
	struct pg *pg;
	struct judging *judging;
	struct report *report;
	int64_t as_of;
	bool explain;
	uint64_t shown;
};

/* One arithmetic as text ------------------------------------------------------ */

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

static int explain_as_text(struct scoring *scoring, const struct store_contractor *contractor,
			   struct judging_standard under, const struct score *score,
			   struct arena *arena, struct err *err)
{
	unsigned width = command_width(scoring->run);
	CLEAN(buffer) struct buffer out;
	bool has_values = standard_has_values(under.standard);
	char as_of[CALENDAR_TEXT];
	int r = 0;

	width = width ? width : 80;
	buffer_init(&out, 64 << 20);
	if (scoring->shown)
		buffer_add_byte(&out, '\n');
	buffer_add_format(&out, "%s (", contractor->code);
	buffer_add_escaped(&out, text_of(contractor->name), 200);
	buffer_add_format(&out, ") under %s, as of %s\n", under.standard->name,
			  calendar_to_rfc3339(scoring->as_of, as_of));
	buffer_add_format(&out, "standard's digest %s\n\n", under.digest);
	if (has_values)
		buffer_add_format(&out, "score of record %d, indicated score %d\n",
				  score->of_record, score->indicated);
	buffer_add_format(&out, "record of handling: %zu open finding%s, %zu critical\n",
			  score->handling_open, score->handling_open == 1 ? "" : "s",
			  score->handling_critical);
	char *standing = arena_format(arena, "standing: %s: %s",
				      score_standing_name(score->standing),
				      score->standing_reason);
	report_wrap(&out, text_of(standing), width, 10, false);
	if (has_values)
		r = add_arithmetic(&out, score, SCORE_OF_RECORD, arena, width, err);
	if (r == 0 && has_values)
		r = add_arithmetic(&out, score, SCORE_INDICATED, arena, width, err);
	if (r < 0)
		return r;
	add_requirements(&out, score, SCORE_NOT_EVIDENCED,
			 "Not evidenced: no log has come that could show them", width);
	add_requirements(&out, score, SCORE_NOT_OBSERVABLE,
			 "Not observable: no log can show them", width);
	if (out.failed)
		return err_set(err, ERR_LIMIT, "the arithmetic is too long");
	return command_write(scoring->run, buffer_text(&out), err);
}

/* The same as JSON ---------------------------------------------------------------- */

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

static int explain_as_json(const struct score *score, struct arena *arena,
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

/* ----------------------------------------------------------------------------------- */

static int add_row(struct scoring *scoring, const struct store_contractor *contractor,
		   struct judging_standard under, const struct score *score,
		   struct arena *arena, struct err *err)
{
	CLEAN(buffer) struct buffer explanation;
	bool has_values = standard_has_values(under.standard);
	struct report_value values[columns_of_score] = {
		[column_score_contractor] = report_string(contractor->code),
		[column_score_standard] = report_string(under.standard->name),
		[column_score_standard_digest] = report_string(under.digest),
		[column_score_as_of] = report_moment(scoring->as_of),
		[column_score_score_of_record] = has_values ?
			report_number(score->of_record) : report_none(),
		[column_score_score_indicated] = has_values ?
			report_number(score->indicated) : report_none(),
		[column_score_standing] = report_string(score_standing_name(score->standing)),
		[column_score_not_met] =
			report_number((int64_t)(score->counts[SCORE_NOT_MET] +
						score->counts[SCORE_INDICATED_NOT_MET])),
		[column_score_not_observable] =
			report_number((int64_t)score->counts[SCORE_NOT_OBSERVABLE]),
		[column_score_not_evidenced] =
			report_number((int64_t)score->counts[SCORE_NOT_EVIDENCED]),
		[column_score_handling_open] = report_number((int64_t)score->handling_open),
		[column_score_handling_critical] =
			report_number((int64_t)score->handling_critical),
	};

	buffer_init(&explanation, 64 << 20);
	if (scoring->explain) {
		int r = explain_as_json(score, arena, &explanation, err);
		if (r < 0)
			return r;
		values[column_score_explain] = report_text(buffer_text(&explanation));
	}
	return report_row(scoring->report, values, err);
}

static int score_contractor(void *context, const struct store_contractor *contractor,
			    struct err *err)
{
	struct scoring *scoring = context;
	bool as_text = command_format(scoring->run) == REPORT_AS_TEXT;

	for (size_t i = 0; i < judging_count(scoring->judging); i++) {
		CLEAN(arena) struct arena *arena = arena_new(SCORE_MEMORY);
		struct judging_standard under = judging_standard(scoring->judging, i);
		struct score score;
		int r = arena ? judging_score(scoring->pg, scoring->judging, i, contractor->id, 0,
					      arena, &score, err) :
				err_set(err, ERR_MEMORY, "out of memory");

		if (r == 0)
			r = scoring->explain && as_text ?
				    explain_as_text(scoring, contractor, under, &score, arena,
						    err) :
				    add_row(scoring, contractor, under, &score, arena, err);
		if (r < 0)
			return r;
		scoring->shown++;
	}
	return 0;
}

static int open_books(struct scoring *scoring, struct pg_transaction *snapshot,
		      struct err *err)
{
	int r = command_option_moment(scoring->run, "as-of", &scoring->as_of, err);

	if (r >= 0)
		r = command_store(scoring->run, STORE_OFFICER, &scoring->pg, err);
	if (r >= 0)
		r = store_snapshot(scoring->pg, snapshot, err);
	if (r >= 0)
		r = judging_new(scoring->pg, scoring->as_of,
				command_option(scoring->run, "standard"), &scoring->judging, err);
	return r;
}

int command_score(struct command_run *run, struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction snapshot = { NULL };
	struct scoring scoring = {
		.run = run,
		.as_of = command_now(run),
		.explain = command_has(run, "explain"),
	};
	struct report_table table = report_describe(REPORT_NAME_score)->table;
	const char *code = command_argument(run, 0);
	int r = open_books(&scoring, &snapshot, err);

	if (!scoring.explain)
		table.count = column_score_explain;
	if (r >= 0 && !(scoring.report = command_report(run, &table)))
		r = err_set(err, ERR_MEMORY, "out of memory");
	if (r >= 0)
		r = store_contractors(scoring.pg, code, score_contractor, &scoring, err);
	if (r >= 0)
		r = report_end(scoring.report, err);
	report_free(scoring.report);
	judging_free(scoring.judging);
	if (r < 0)
		return r;
	if (scoring.shown == 0)
		return code ? err_set(err, ERR_NEGATIVE, "there is no contractor %s", code) :
			      err_set(err, ERR_NEGATIVE, "no contractor is enrolled");
	return 0;
}
