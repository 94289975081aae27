#include "muster/judging.h"
#include "casework/casework.h"
#include "sigma/sigma.h"
#include "muster/standard_lists.h"

/* What the rules of a standard can see, by requirement and source. */
struct held {
	struct standard *standard;
	const char *digest;
	bool *shown;   /* requirement_count times EVENT_SOURCE_COUNT */
};

struct judging {
	struct arena *arena;
	int64_t as_of;
	struct held *held;
	size_t count, room;
	size_t selected;           /* of held, those that were asked for: the first */
};

/* Formats, and what the records in them can be about. */
static const struct {
	const char *format;
	enum event_source sources[8];
	size_t count;
} formats[] = {
	{ "ndjson", { EVENT_FROM_ACCESS }, 1 },
	{ "auditd", { EVENT_FROM_AUDITD }, 1 },
	{ "syslog",
	  { EVENT_FROM_SSHD, EVENT_FROM_SUDO, EVENT_FROM_SU, EVENT_FROM_LOGIND, EVENT_FROM_PAM,
	    EVENT_FROM_CRON, EVENT_FROM_SYSLOG },
	  7 },
};

static enum score_state state_of(const char *name)
{
	static const enum score_state means[] = {
		[CASEWORK_COUNTS_OPEN] = SCORE_OPEN,
		[CASEWORK_COUNTS_SUSTAINED] = SCORE_SUSTAINED,
		[CASEWORK_COUNTS_CORRECTED] = SCORE_CORRECTED,
		[CASEWORK_COUNTS_DISMISSED] = SCORE_DISMISSED,
	};
	enum casework_state state;

	if (!casework_state_find(text_of(name), &state))
		return SCORE_OPEN;
	return means[casework_state_describe(state)->counts];
}

static bool is_given(const char *wanted, const char *actual)
{
	return !wanted || strcmp(wanted, actual) == 0;
}

/* A rule that asks a roster shows nothing by itself: whether it could is not in the log. */
static void note_rule(struct held *held, const struct sigma_rule *rule)
{
	if (rule->joined)
		return;
	for (const char *const *id = rule->requirements; id && *id; id++) {
		const struct standard_requirement *requirement =
			standard_requirement_find(held->standard, text_of(*id));
		if (!requirement)
			continue;
		bool *shown = held->shown + EVENT_SOURCE_COUNT *
						    standard_requirement_place(held->standard,
									       requirement);
		for (unsigned source = 0; source < EVENT_SOURCE_COUNT; source++)
			shown[source] |= rule->sources >> source & 1;
	}
}

static void ignore(void *context, const struct sigma_notice *notice)
{
	(void)context;
	(void)notice;
}

/* Rules that could not be honoured were refused when the standard was loaded. */
static int add_rules(struct sigma_set *set, struct text bundle, struct err *err)
{
	struct standard_file file;
	size_t at = 0;
	int r;

	while ((r = standard_bundle_next(bundle, &at, &file, err)) > 0) {
		char name[STANDARD_NAME_LIMIT + 1];
		if (!standard_file_is_rules(&file))
			continue;
		snprintf(name, sizeof(name), "%.*s", TEXT_PRINT(file.name));
		r = sigma_set_add(set, name, file.content, ignore, NULL, err);
		if (r < 0)
			break;
	}
	return r;
}

static int note_rules(struct held *held, struct text bundle, struct err *err)
{
	struct event_names *names = event_names_new();
	struct sigma_set *set = names ? sigma_set_new(names) : NULL;
	int r = set ? standard_lists_add(set, held->standard, err) :
		      err_set(err, ERR_MEMORY, "out of memory");

	if (r == 0)
		r = add_rules(set, bundle, err);
	if (r >= 0)
		r = sigma_set_link(set, NULL, NULL);
	for (size_t i = 0; r >= 0 && i < sigma_set_count(set); i++)
		note_rule(held, sigma_set_rule(set, i));
	sigma_set_free(set);
	event_names_free(names);
	return r < 0 ? r : 0;
}

static struct held *next_held(struct judging *judging)
{
	if (judging->count == judging->room) {
		size_t room = judging->room ? 2 * judging->room : 4;
		struct held *held = reallocarray(judging->held, room, sizeof(*held));
		if (!held)
			return NULL;
		judging->held = held;
		judging->room = room;
	}
	return &judging->held[judging->count];
}

static int add_standard(void *context, const struct store_judging *row, struct err *err)
{
	struct judging *judging = context;
	struct held *held = next_held(judging);
	int r;

	if (!held)
		return err_set(err, ERR_MEMORY, "out of memory");
	*held = (struct held){ .digest = arena_string(judging->arena, row->digest) };
	r = standard_parse(row->name, row->bundle, &held->standard, err);
	if (r < 0)
		return r;
	judging->count++;
	held->shown = arena_get_many(judging->arena, held->standard->requirement_count,
				     EVENT_SOURCE_COUNT * sizeof(bool));
	if (!held->shown || !held->digest)
		return err_set(err, ERR_MEMORY, "out of memory");
	return note_rules(held, row->bundle, err);
}

/* Brings what is wanted to the front, in its order, and returns how many that are. */
static size_t select_held(struct judging *judging, bool (*wanted)(const struct held *, const char *),
			  const char *name)
{
	size_t selected = 0;

	for (size_t i = 0; i < judging->count; i++) {
		struct held held = judging->held[i];
		if (!wanted(&held, name))
			continue;
		memmove(&judging->held[selected + 1], &judging->held[selected],
			(i - selected) * sizeof(held));
		judging->held[selected++] = held;
	}
	return selected;
}

static bool has_values(const struct held *held, const char *name UNUSED)
{
	return standard_has_values(held->standard);
}

static bool is_named(const struct held *held, const char *name)
{
	return !name || strcmp(held->standard->name, name) == 0;
}

int judging_new(struct pg *pg, int64_t as_of, const char *name, struct judging **ret_judging,
		struct err *err)
{
	CLEAN(judging) struct judging *judging = calloc(1, sizeof(*judging));
	char moment[CALENDAR_TEXT];
	int r;

	if (!judging || !(judging->arena = arena_new(16 << 20)))
		return err_set(err, ERR_MEMORY, "out of memory");
	judging->as_of = as_of;
	/* All of them: records of handling count for the scores beside them. */
	r = store_standards_at(pg, as_of, NULL, add_standard, judging, err);
	if (r < 0)
		return r;
	judging->selected = select_held(judging, has_values, NULL);
	if (name || judging->selected == 0)
		judging->selected = select_held(judging, is_named, name);
	if (judging->selected == 0)
		return err_set(err, ERR_NEGATIVE, "no standard%s%s was in force at %s",
			       name ? " " : "", name ? name : "",
			       calendar_to_rfc3339(as_of, moment));
	*ret_judging = judging;
	judging = NULL;
	return 0;
}

void judging_free(struct judging *judging)
{
	if (!judging)
		return;
	for (size_t i = 0; i < judging->count; i++)
		standard_free(judging->held[i].standard);
	free(judging->held);
	arena_free(judging->arena);
	free(judging);
}

void judging_clean(struct judging **judging)
{
	judging_free(*judging);
}

size_t judging_count(const struct judging *judging)
{
	return judging->selected;
}

struct judging_standard judging_standard(const struct judging *judging, size_t index)
{
	return (struct judging_standard){ judging->held[index].standard,
					  judging->held[index].digest };
}

/* Findings ------------------------------------------------------------------- */

/* An exception in force, as long as a gathering lasts. */
struct cover {
	const char *standard, *requirement, *rule, *subject;
	struct cover *next;
};

struct gathering {
	struct arena *arena;
	int64_t without;
	const char *standard;      /* whose findings come now */
	struct cover *covers;
	struct score_assessment *assessments;
	size_t assessment_count, assessment_room;
	bool handling;             /* findings of a record of handling: they name nothing here */
	struct score_finding *findings;
	size_t count, room;
};

static const char *const *requirements_of(const struct store_finding *row, bool handling,
					  struct arena *arena)
{
	size_t count = handling ? 0 : row->requirement_count;
	const char **ids = arena_get_many(arena, count + 1, sizeof(*ids));

	for (size_t i = 0; ids && i < count; i++) {
		ids[i] = arena_text(arena, row->requirements[i]).bytes;
		if (!ids[i])
			return NULL;
	}
	return ids;
}

static bool covers(const struct cover *cover, const struct gathering *all,
		   const struct store_finding *row, struct text requirement)
{
	return strcmp(cover->standard, all->standard) == 0 &&
	       text_equal(text_of(cover->requirement), requirement) &&
	       is_given(cover->rule, row->rule) && is_given(cover->subject, row->subject);
}

static bool is_covered(const struct gathering *all, const struct store_finding *row,
		       struct text requirement)
{
	for (const struct cover *cover = all->covers; cover; cover = cover->next)
		if (covers(cover, all, row, requirement))
			return true;
	return false;
}

/* Of its requirements, those that an exception covers it for; NULL where none is. */
static const char *const *covered_of(const struct gathering *all,
				     const struct store_finding *row,
				     const char *const *requirements)
{
	const char **covered = NULL;
	size_t count = 0;

	if (!all->covers)
		return NULL;
	covered = arena_get_many(all->arena, row->requirement_count + 1, sizeof(*covered));
	for (size_t i = 0; covered && requirements[i]; i++)
		if (is_covered(all, row, text_of(requirements[i])))
			covered[count++] = requirements[i];
	return covered;
}

/* A finding of handling is one thing: covered where all that it names is. */
static bool handling_is_covered(const struct gathering *all, const struct store_finding *row)
{
	for (size_t i = 0; i < row->requirement_count; i++)
		if (!is_covered(all, row, row->requirements[i]))
			return false;
	return all->covers && row->requirement_count > 0;
}

static int take_cover(void *context, const struct store_exception *row, struct err *err)
{
	struct gathering *all = context;
	struct cover *cover = arena_get_many(all->arena, 1, sizeof(*cover));

	if (!cover)
		return err_set(err, ERR_LIMIT, "too many exceptions for one score");
	*cover = (struct cover){
		.standard = arena_string(all->arena, row->standard),
		.requirement = arena_string(all->arena, row->requirement),
		.rule = row->rule ? arena_string(all->arena, row->rule) : NULL,
		.subject = row->subject ? arena_string(all->arena, row->subject) : NULL,
		.next = all->covers,
	};
	if (!cover->standard || !cover->requirement || !cover->rule != !row->rule ||
	    !cover->subject != !row->subject)
		return err_set(err, ERR_LIMIT, "too many exceptions for one score");
	all->covers = cover;
	return 0;
}

static int take_assessment(void *context, const struct store_assessment *row, struct err *err)
{
	struct gathering *all = context;

	if (all->assessment_count == all->assessment_room) {
		size_t room = all->assessment_room ? 2 * all->assessment_room : 128;
		struct score_assessment *more =
			arena_get_many(all->arena, room, sizeof(*more));
		if (!more)
			return err_set(err, ERR_LIMIT, "too many assessments for one score");
		if (all->assessment_count)
			memcpy(more, all->assessments, all->assessment_count * sizeof(*more));
		all->assessments = more;
		all->assessment_room = room;
	}
	all->assessments[all->assessment_count++] = (struct score_assessment){
		.requirement = arena_string(all->arena, row->requirement),
		.met = strcmp(row->finding, "met") == 0 ||
		       strcmp(row->finding, "not-applicable") == 0,
		.partial = strcmp(row->finding, "partial") == 0,
		.moment = row->assessed,
	};
	if (!all->assessments[all->assessment_count - 1].requirement)
		return err_set(err, ERR_LIMIT, "too many assessments for one score");
	return 0;
}

static int gather(void *context, const struct store_finding *row, struct err *err)
{
	struct gathering *all = context;
	struct score_finding finding = {
		.number = arena_string(all->arena, row->number),
		.rule = arena_string(all->arena, row->rule),
		.requirements = requirements_of(row, all->handling, all->arena),
		.severity = row->severity,
		.direct = row->direct,
		.day = row->day / (86400 * MICROSECONDS),
		.opened = row->opened,
		.decided = row->decided,
		.state = state_of(row->state),
	};

	if (row->id == all->without)
		return 0;
	if (finding.requirements && !all->handling)
		finding.covered = covered_of(all, row, finding.requirements);
	else if (finding.state <= SCORE_SUSTAINED && handling_is_covered(all, row))
		finding.state = SCORE_COVERED;
	if (all->count == all->room) {
		size_t room = all->room ? 2 * all->room : 256;
		struct score_finding *more =
			reallocarray(all->findings, room, sizeof(*more));
		if (more)
			all->findings = more;
		if (more)
			all->room = room;
	}
	if (all->count == all->room || !finding.number || !finding.rule || !finding.requirements)
		return err_set(err, ERR_LIMIT, "too many violations for one score");
	all->findings[all->count++] = finding;
	return 0;
}

struct evidence {
	const struct held *held;
	bool *evidenced;
};

static int note_format(void *context, const char *format, struct err *err)
{
	struct evidence *evidence = context;

	(void)err;
	for (size_t f = 0; f < ARRAY_LENGTH(formats); f++) {
		if (strcmp(format, formats[f].format) != 0)
			continue;
		for (size_t r = 0; r < evidence->held->standard->requirement_count; r++)
			for (size_t s = 0; s < formats[f].count; s++)
				evidence->evidenced[r] |=
					evidence->held->shown[r * EVENT_SOURCE_COUNT +
							      formats[f].sources[s]];
	}
	return 0;
}

/* Its own findings, and for a score those of the records of handling beside it. */
static int gather_all(struct pg *pg, const struct judging *judging, const struct held *held,
		      int32_t contractor_id, struct gathering *all, struct err *err)
{
	int r = store_exceptions_of(pg, contractor_id, judging->as_of, take_cover, all, err);

	if (r == 0)
		r = store_assessments_of(pg, contractor_id, held->standard->name, judging->as_of,
					 take_assessment, all, err);
	all->standard = held->standard->name;
	if (r == 0)
		r = store_findings(pg, contractor_id, all->standard, judging->as_of, gather, all,
				   err);
	all->handling = true;
	for (size_t i = 0; r == 0 && i < judging->count && has_values(held, NULL); i++)
		if (!has_values(&judging->held[i], NULL)) {
			all->standard = judging->held[i].standard->name;
			r = store_findings(pg, contractor_id, all->standard, judging->as_of,
					   gather, all, err);
		}
	return r;
}

int judging_score(struct pg *pg, const struct judging *judging, size_t index,
		  int32_t contractor_id, int64_t without, struct arena *arena,
		  struct score *ret_score, struct err *err)
{
	const struct held *held = &judging->held[index];
	struct gathering all = { .arena = arena, .without = without };
	struct evidence evidence = {
		held, arena_get_many(arena, held->standard->requirement_count, sizeof(bool))
	};
	int r;

	if (!evidence.evidenced)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = gather_all(pg, judging, held, contractor_id, &all, err);
	if (r == 0)
		r = store_formats_delivered(pg, contractor_id, judging->as_of, note_format,
					    &evidence, err);
	if (r == 0) {
		struct score_input input = {
			.standard = held->standard,
			.as_of = judging->as_of,
			.finding_count = all.count,
			.assessments = all.assessments,
			.assessment_count = all.assessment_count,
			.evidenced = evidence.evidenced,
		};
		struct score_finding *kept =
			arena_get_many(arena, all.count + 1, sizeof(*kept));
		if (kept && all.count)
			memcpy(kept, all.findings, all.count * sizeof(*kept));
		input.findings = kept;
		r = kept ? score_compute(&input, arena, ret_score, err) :
			   err_set(err, ERR_LIMIT, "too many violations for one score");
	}
	free(all.findings);
	return r;
}
