/* Report scorecard: where each contractor stands. */
#include "muster/command_report.h"
#include "muster/judging.h"

#define SCORE_MEMORY ((size_t)1 << 30)

struct scorecard {
	struct reporting *reporting;
	struct judging *judging;
};

static bool is_not_met(const struct score_requirement *held)
{
	return held->status == SCORE_NOT_MET || held->status == SCORE_INDICATED_NOT_MET;
}

/* Ids of what is not met, in the arena; NULL when out of memory. */
static struct text *not_met(const struct score *score, struct arena *arena, size_t *ret_count)
{
	size_t count = score->standard->requirement_count;
	struct text *ids = arena_get_many(arena, count + 1, sizeof(*ids));

	*ret_count = 0;
	for (size_t i = 0; ids && i < count; i++)
		if (is_not_met(&score->requirements[i]))
			ids[(*ret_count)++] = text_of(score->requirements[i].requirement->id);
	return ids;
}

static int add_row(struct scorecard *card, const struct store_contractor *contractor,
		   struct judging_standard under, const struct score *score,
		   struct arena *arena, struct err *err)
{
	struct reporting *reporting = card->reporting;
	struct report_rate rate;
	int64_t accesses, findings;
	size_t count;
	bool has_values = standard_has_values(under.standard);
	struct text *ids = not_met(score, arena, &count);
	int r = ids ? store_report_counts(reporting->pg, contractor->id, &reporting->period,
					  &accesses, &findings, err) :
		      err_set(err, ERR_MEMORY, "out of memory");

	if (r < 0)
		return r;
	bool rated = report_rate((uint64_t)findings, (uint64_t)accesses, &rate);
	struct report_value values[columns_of_scorecard] = {
		[column_scorecard_contractor] = report_string(contractor->code),
		[column_scorecard_name] = report_string(contractor->name),
		[column_scorecard_standard] = report_string(under.standard->name),
		[column_scorecard_standard_digest] = report_string(under.digest),
		[column_scorecard_as_of] = report_moment(reporting->period.to),
		[column_scorecard_score_of_record] = has_values ?
			report_number(score->of_record) : report_none(),
		[column_scorecard_score_indicated] = has_values ?
			report_number(score->indicated) : report_none(),
		[column_scorecard_standing] = report_string(score_standing_name(score->standing)),
		[column_scorecard_not_met] = report_number((int64_t)count),
		[column_scorecard_not_observable] =
			report_number((int64_t)score->counts[SCORE_NOT_OBSERVABLE]),
		[column_scorecard_not_evidenced] =
			report_number((int64_t)score->counts[SCORE_NOT_EVIDENCED]),
		[column_scorecard_handling_open] = report_number((int64_t)score->handling_open),
		[column_scorecard_handling_critical] =
			report_number((int64_t)score->handling_critical),
		[column_scorecard_not_met_requirements] = report_list(ids, count),
		[column_scorecard_accesses] = report_number(accesses),
		[column_scorecard_findings] = report_number(findings),
		[column_scorecard_rate] = rated ? report_number(rate.rate) : report_none(),
		[column_scorecard_rate_low] = rated ? report_number(rate.low) : report_none(),
		[column_scorecard_rate_high] = rated ? report_number(rate.high) : report_none(),
	};
	return report_row(reporting->report, values, err);
}

static int add_contractor(void *context, const struct store_contractor *contractor,
			  struct err *err)
{
	struct scorecard *card = context;
	int r = 0;

	for (size_t i = 0; i < judging_count(card->judging) && r == 0; i++) {
		CLEAN(arena) struct arena *arena = arena_new(SCORE_MEMORY);
		struct score score;

		r = arena ? judging_score(card->reporting->pg, card->judging, i, contractor->id, 0,
					  arena, &score, err) :
			    err_set(err, ERR_MEMORY, "out of memory");
		if (r == 0)
			r = add_row(card, contractor, judging_standard(card->judging, i), &score,
				    arena, err);
	}
	return r;
}

int report_fill_scorecard(struct reporting *reporting, struct err *err)
{
	CLEAN(judging) struct judging *judging = NULL;
	struct scorecard card = { reporting, NULL };
	int r = judging_new(reporting->pg, reporting->period.to, NULL, &judging, err);

	if (r < 0)
		return r;
	card.judging = judging;
	return store_contractors(reporting->pg, reporting->period.contractor, add_contractor,
				 &card, err);
}
