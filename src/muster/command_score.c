/* muster score: where contractors stand, and why. */
#include "muster/score_text.h"

#define SCORE_MEMORY ((size_t)1 << 30)

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

static int explain_as_text(struct scoring *scoring, const struct store_contractor *contractor,
			   struct judging_standard under, const struct score *score,
			   struct arena *arena, struct err *err)
{
	unsigned width = command_width(scoring->run);
	CLEAN(buffer) struct buffer out;

	buffer_init(&out, 64 << 20);
	if (scoring->shown)
		buffer_add_byte(&out, '\n');
	int r = score_text_add(contractor, under, score, width ? width : 80, arena, &out, err);
	return r < 0 ? r : command_write(scoring->run, buffer_text(&out), err);
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
		int r = score_json_add(score, arena, &explanation, err);
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
