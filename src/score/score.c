#include <stdlib.h>

#include "score/score.h"

#define MICROSECONDS_OF_DAY (86400 * MICROSECONDS)

const char *score_status_name(enum score_status status)
{
	static const char *const names[SCORE_STATUS_COUNT] = {
		[SCORE_NOT_MET] = "not met",
		[SCORE_INDICATED_NOT_MET] = "indicated not met",
		[SCORE_MET] = "met",
		[SCORE_NOT_OBSERVABLE] = "not observable",
		[SCORE_NOT_EVIDENCED] = "not evidenced",
		[SCORE_NO_FINDING] = "no finding",
	};
	return names[status];
}

const char *score_standing_name(enum score_standing standing)
{
	static const char *const names[] = {
		[SCORE_MEETS] = "meets",
		[SCORE_CONDITIONAL] = "conditional",
		[SCORE_FAILS] = "fails",
	};
	return names[standing];
}

/* Findings by requirement ---------------------------------------------------------------
 *
 * Every pair of a requirement and a finding that counts for something,
 * sorted: by requirement, then rule, then day. All that is asked about a
 * requirement is then a walk over its own stretch.
 */

struct pair {
	size_t place; /* of the requirement */
	const struct score_finding *finding;
	enum score_state state; /* the finding's, or covered for this requirement */
};

struct work {
	const struct score_input *input;
	struct arena *arena;
	struct pair *pairs;
	size_t pair_count;
	struct score_requirement *requirements;
	struct score *score;
};

static bool finding_counts(const struct work *work, const struct score_finding *finding)
{
	return finding->opened <= work->input->as_of &&
	       finding->state != SCORE_CORRECTED && finding->state != SCORE_DISMISSED;
}

static size_t count_names(const struct score_finding *finding)
{
	size_t count = 0;

	while (finding->requirements[count])
		count++;
	return count;
}

static int compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare_pairs(const void *left, const void *right)
{
	const struct pair *a = left, *b = right;
	int order = compare_numbers((int64_t)a->place, (int64_t)b->place);

	if (order == 0)
		order = strcmp(a->finding->rule, b->finding->rule);
	if (order == 0)
		order = compare_numbers(a->finding->day, b->finding->day);
	return order ? order : strcmp(a->finding->number, b->finding->number);
}

static enum score_state state_for(const struct score_finding *finding, const char *id)
{
	for (const char *const *covered = finding->covered; covered && *covered; covered++)
		if (strcmp(*covered, id) == 0)
			return SCORE_COVERED;
	return finding->state;
}

static void add_pairs(struct work *work, const struct score_finding *finding)
{
	for (const char *const *id = finding->requirements; *id; id++) {
		const struct standard_requirement *requirement =
			standard_requirement_find(work->input->standard, text_of(*id));

		if (requirement)
			work->pairs[work->pair_count++] = (struct pair){
				standard_requirement_place(work->input->standard,
							   requirement),
				finding,
				state_for(finding, *id),
			};
	}
}

/* A rule that names a requirement twice still finds one thing. */
static void drop_repeated_pairs(struct work *work)
{
	size_t kept = 0;

	for (size_t i = 0; i < work->pair_count; i++)
		if (kept == 0 || work->pairs[i].place != work->pairs[kept - 1].place ||
		    work->pairs[i].finding != work->pairs[kept - 1].finding)
			work->pairs[kept++] = work->pairs[i];
	work->pair_count = kept;
}

static int make_pairs(struct work *work, struct err *err)
{
	const struct score_input *input = work->input;
	size_t room = 0;

	for (size_t i = 0; i < input->finding_count; i++)
		if (finding_counts(work, &input->findings[i]))
			room += count_names(&input->findings[i]);
	work->pairs = arena_get_many(work->arena, room + 1, sizeof(*work->pairs));
	if (!work->pairs)
		return err_set(err, ERR_MEMORY, "out of memory");
	for (size_t i = 0; i < input->finding_count; i++)
		if (finding_counts(work, &input->findings[i]))
			add_pairs(work, &input->findings[i]);
	qsort(work->pairs, work->pair_count, sizeof(*work->pairs), compare_pairs);
	drop_repeated_pairs(work);
	return 0;
}

/* The pairs of the requirement that begin at from: returns where they end. */
static size_t stretch_end(const struct work *work, size_t from, size_t place)
{
	while (from < work->pair_count && work->pairs[from].place == place)
		from++;
	return from;
}

static size_t rule_end(const struct work *work, size_t from, size_t end)
{
	const char *rule = work->pairs[from].finding->rule;

	while (from < end && strcmp(work->pairs[from].finding->rule, rule) == 0)
		from++;
	return from;
}

/* Indication ----------------------------------------------------------------------------
 */

static bool can_indicate(const struct pair *pair, bool whole_only)
{
	return pair->state == SCORE_OPEN && pair->finding->direct &&
	       !(whole_only && pair->finding->partial);
}

/* Move *first past one date; was that date one that counted? */
static bool date_dropped(const struct work *work, size_t *first, bool whole_only)
{
	int64_t day = work->pairs[*first].finding->day;
	bool counted = false;

	for (; work->pairs[*first].finding->day == day; ++*first)
		counted |= can_indicate(&work->pairs[*first], whole_only);
	return counted;
}

/*
 * Do the findings of one rule in [from, end), sorted by day, indicate
 * failure: one is severe enough, or enough dates lie within the days? dates
 * counts those from the finding at first on, which a window holds together.
 */
static bool rule_indicates(const struct work *work, size_t from, size_t end,
			   bool whole_only)
{
	const struct standard *standard = work->input->standard;
	int64_t newest = INT64_MIN;
	size_t first = from;
	int dates = 0;

	for (size_t i = from; i < end; i++) {
		const struct score_finding *finding = work->pairs[i].finding;

		if (!can_indicate(&work->pairs[i], whole_only))
			continue;
		if (finding->severity >= standard->indicated_at_once)
			return true;
		if (finding->day == newest)
			continue;
		newest = finding->day;
		dates++;
		while (newest - work->pairs[first].finding->day >=
		       standard->indicated_days)
			dates -= date_dropped(work, &first, whole_only);
		if (dates >= standard->indicated_dates)
			return true;
	}
	return false;
}

/* One requirement
 * ------------------------------------------------------------------------ */

static int points_of(const struct standard_requirement *requirement, bool partial)
{
	return partial && requirement->weight_partial > 0 ? requirement->weight_partial
							  : requirement->weight;
}

static int greater(int a, int b)
{
	return a > b ? a : b;
}

static void hold_since(struct score_requirement *held, int64_t moment)
{
	if (moment != MOMENT_NONE && (held->since == MOMENT_NONE || moment < held->since))
		held->since = moment;
}

static int take_sustained(const struct work *work, size_t from, size_t end,
			  struct score_requirement *held, struct err *err)
{
	const struct score_finding **list =
		arena_get_many(work->arena, end - from + 1, sizeof(*list));

	if (!list)
		return err_set(err, ERR_MEMORY, "out of memory");
	held->sustained = list;
	for (size_t i = from; i < end; i++) {
		const struct score_finding *finding = work->pairs[i].finding;

		held->open_count += work->pairs[i].state == SCORE_OPEN;
		held->covered_count += work->pairs[i].state == SCORE_COVERED;
		if (work->pairs[i].state != SCORE_SUSTAINED)
			continue;
		list[held->sustained_count++] = finding;
		held->of_record = greater(held->of_record,
					  points_of(held->requirement, finding->partial));
		hold_since(held, finding->decided == MOMENT_NONE ? finding->opened
								 : finding->decided);
	}
	return 0;
}

static int take_indications(const struct work *work, size_t from, size_t end,
			    struct score_requirement *held, struct err *err)
{
	const struct score_finding **list =
		arena_get_many(work->arena, end - from + 1, sizeof(*list));
	size_t next;

	if (!list)
		return err_set(err, ERR_MEMORY, "out of memory");
	held->indications = list;
	for (; from < end; from = next) {
		next = rule_end(work, from, end);
		if (!rule_indicates(work, from, next, false))
			continue;
		bool partial = !rule_indicates(work, from, next, true);
		held->indicated =
			greater(held->indicated, points_of(held->requirement, partial));
		for (size_t i = from; i < next; i++)
			if (can_indicate(&work->pairs[i], false))
				list[held->indication_count++] = work->pairs[i].finding;
	}
	return 0;
}

static void take_assessment(struct score_requirement *held)
{
	const struct score_assessment *assessment = held->assessment;

	if (!assessment || assessment->met)
		return;
	held->of_record = greater(held->of_record,
				  points_of(held->requirement, assessment->partial));
	hold_since(held, assessment->moment);
}

static enum score_status status_of(const struct work *work,
				   const struct score_requirement *held, size_t place)
{
	if (held->sustained_count > 0 || (held->assessment && !held->assessment->met))
		return SCORE_NOT_MET;
	if (held->indication_count > 0)
		return SCORE_INDICATED_NOT_MET;
	if (held->assessment)
		return SCORE_MET;
	if (held->requirement->observable == STANDARD_OBSERVABLE_NONE)
		return SCORE_NOT_OBSERVABLE;
	if (!work->input->evidenced || !work->input->evidenced[place])
		return SCORE_NOT_EVIDENCED;
	return SCORE_NO_FINDING;
}

static int judge_requirement(struct work *work, size_t place, size_t from, size_t end,
			     struct err *err)
{
	struct score_requirement *held = &work->requirements[place];
	int r = take_sustained(work, from, end, held, err);

	if (r == 0)
		r = take_indications(work, from, end, held, err);
	if (r < 0)
		return r;
	take_assessment(held);
	held->indicated = greater(held->indicated, held->of_record);
	held->status = status_of(work, held, place);
	work->score->counts[held->status]++;
	return 0;
}

static void find_assessments(struct work *work)
{
	const struct score_input *input = work->input;

	for (size_t i = 0; i < input->assessment_count; i++) {
		const struct score_assessment *assessment = &input->assessments[i];
		const struct standard_requirement *requirement =
			standard_requirement_find(input->standard,
						  text_of(assessment->requirement));
		struct score_requirement *held;

		if (!requirement || assessment->moment > input->as_of)
			continue;
		held = &work->requirements[standard_requirement_place(input->standard,
								      requirement)];
		if (!held->assessment || held->assessment->moment <= assessment->moment)
			held->assessment = assessment;
	}
}

/* The whole
 * -------------------------------------------------------------------------------- */

static void count_handling(struct work *work)
{
	for (size_t i = 0; i < work->input->finding_count; i++) {
		const struct score_finding *finding = &work->input->findings[i];

		/* Under a standard without values everything is handling. */
		if ((finding->requirements[0] && standard_has_values(work->input->standard)) ||
		    !finding_counts(work, finding) ||
		    finding->state == SCORE_COVERED)
			continue;
		work->score->handling_open++;
		work->score->handling_critical += finding->severity >= 5;
	}
}

static void add_up(struct work *work)
{
	const struct standard *standard = work->input->standard;
	int64_t of_record = standard->maximum, indicated = standard->maximum;

	for (size_t i = 0; i < standard->requirement_count; i++) {
		of_record -= work->requirements[i].of_record;
		indicated -= work->requirements[i].indicated;
	}
	work->score->of_record =
		(int)(of_record < standard->floor ? standard->floor : of_record);
	work->score->indicated =
		(int)(indicated < standard->floor ? standard->floor : indicated);
}

static bool may_stand_on_plan(const struct score_requirement *held)
{
	switch (held->requirement->plan) {
	case STANDARD_PLAN_YES:
		return true;
	case STANDARD_PLAN_PARTIAL:
		return held->of_record == held->requirement->weight_partial;
	case STANDARD_PLAN_NO:
		break;
	}
	return false;
}

/* What keeps the standing from being conditional, or NULL. */
static const char *reason_to_fail(const struct work *work, int64_t *ret_until)
{
	const struct standard *standard = work->input->standard;
	struct score *score = work->score;
	int64_t since = MOMENT_NONE;
	char until[CALENDAR_TEXT];

	for (size_t i = 0; i < standard->requirement_count; i++) {
		const struct score_requirement *held = &work->requirements[i];

		if (held->status != SCORE_NOT_MET)
			continue;
		if (!may_stand_on_plan(held))
			return arena_format(work->arena,
					    "%s is not met and may not stand on a plan "
					    "of action: it %s",
					    held->requirement->id,
					    held->requirement->plan_reason);
		if (since == MOMENT_NONE || held->since < since)
			since = held->since;
	}
	if (score->of_record < standard->conditional_score)
		return arena_format(work->arena, "the score of record is %d, below %d",
				    score->of_record, standard->conditional_score);
	*ret_until = since + standard->conditional_days * MICROSECONDS_OF_DAY;
	if (work->input->as_of >= *ret_until)
		return arena_format(work->arena,
				    "the %d days of a plan of action ended at %s",
				    standard->conditional_days,
				    calendar_to_rfc3339(*ret_until, until));
	return NULL;
}

static const char *reason_to_meet(const struct work *work)
{
	const size_t *counts = work->score->counts;

	return arena_format(work->arena,
			    "no requirement is decided not met (%zu indicated not met, "
			    "%zu not observable, "
			    "%zu not evidenced: none of these is thereby met)",
			    counts[SCORE_INDICATED_NOT_MET], counts[SCORE_NOT_OBSERVABLE],
			    counts[SCORE_NOT_EVIDENCED]);
}

static const char *reason_for_condition(const struct work *work)
{
	char until[CALENDAR_TEXT];

	return arena_format(
		work->arena,
		"%zu not met, each of which may stand on a plan of action until %s",
		work->score->counts[SCORE_NOT_MET],
		calendar_to_rfc3339(work->score->conditional_until, until));
}

static int decide_standing(struct work *work, struct err *err)
{
	struct score *score = work->score;
	const char *reason = NULL;
	int64_t until = MOMENT_NONE;

	score->standing = SCORE_FAILS;
	score->conditional_until = MOMENT_NONE;
	if (score->handling_critical > 0) {
		reason = arena_format(
			work->arena,
			"the handling record has %zu open critical finding%s",
			score->handling_critical,
			score->handling_critical == 1 ? "" : "s");
	} else if (score->counts[SCORE_NOT_MET] == 0) {
		score->standing = SCORE_MEETS;
		reason = reason_to_meet(work);
	} else {
		reason = reason_to_fail(work, &until);
		if (!reason) {
			score->standing = SCORE_CONDITIONAL;
			score->conditional_until = until;
			reason = reason_for_condition(work);
		}
	}
	if (!reason)
		return err_set(err, ERR_MEMORY, "out of memory");
	score->standing_reason = reason;
	return 0;
}

static int judge_all(struct work *work, struct err *err)
{
	const struct standard *standard = work->input->standard;
	size_t from = 0;

	for (size_t place = 0; place < standard->requirement_count; place++) {
		size_t end = stretch_end(work, from, place);
		int r = judge_requirement(work, place, from, end, err);

		if (r < 0)
			return r;
		from = end;
	}
	return 0;
}

int score_compute(const struct score_input *input, struct arena *arena,
		  struct score *ret_score, struct err *err)
{
	const struct standard *standard = input->standard;
	struct score score = {.standard = standard, .as_of = input->as_of};
	struct work work = {.input = input, .arena = arena, .score = &score};
	int r;

	work.requirements = arena_get_many(arena, standard->requirement_count,
					   sizeof(*work.requirements));
	if (!work.requirements)
		return err_set(err, ERR_MEMORY, "out of memory");
	for (size_t i = 0; i < standard->requirement_count; i++) {
		work.requirements[i].requirement = &standard->requirements[i];
		work.requirements[i].since = MOMENT_NONE;
	}
	find_assessments(&work);
	if ((r = make_pairs(&work, err)) < 0 || (r = judge_all(&work, err)) < 0)
		return r;
	count_handling(&work);
	add_up(&work);
	if ((r = decide_standing(&work, err)) < 0)
		return r;
	score.requirements = work.requirements;
	*ret_score = score;
	return 0;
}
