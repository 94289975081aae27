#include "muster/case_clock.h"

#include <inttypes.h>

#include "casework/casework.h"
#include "muster/time_zone.h"

#define RUNS 4096u             /* clocks that one case can have had */
#define STEPS 256u             /* of one clock */
#define TEXT_MOST ((size_t)16 << 20)

/* A clock as the acts have it. */
struct run {
	struct casework_clock_run is;
	const struct casework_clock_description *clock;
	struct casework_step steps[STEPS];
	int64_t stored;        /* its deadline in the books, MOMENT_NONE: it was paused */
};

struct explaining {
	struct arena *arena;
	struct casework_calendar calendar;
	const struct store_violation *violation;
	int64_t now;
	struct run **runs;
	size_t count;
	struct run *current;   /* NULL: none runs */
	/* Where the paragraphs go. */
	struct buffer *out;
	struct json *json;     /* NULL: as text */
	unsigned width;
};

static int no_memory(struct err *err)
{
	return err_set(err, ERR_MEMORY, "out of memory");
}

static int calendar_read(struct explaining *all, struct pg *pg, struct err *err)
{
	struct store_calendar office;
	struct buffer *zone = arena_get(all->arena, sizeof(*zone));
	int r = zone ? store_calendar_read(pg, all->arena, &office, err) : no_memory(err);
	char *bytes;

	if (r < 0)
		return r;
	buffer_init(zone, 1 << 20);
	r = time_zone_read(office.time_zone, zone, err);
	bytes = r == 0 ? arena_get(all->arena, zone->length + 1) : NULL;
	if (bytes && zone->length)
		memcpy(bytes, zone->data, zone->length);
	struct text tzif = { bytes, zone->length };
	buffer_done(zone);
	if (r < 0)
		return r;
	if (!bytes)
		return no_memory(err);
	return casework_calendar_read(office.time_zone, tzif, office.weekend, office.holidays,
				      office.holiday_count, all->arena, &all->calendar, err);
}

/* Runs from acts ------------------------------------------------------------------------ */

static bool clock_find(const char *name, const struct casework_clock_description **ret)
{
	for (int i = 0; i < CASEWORK_CLOCK_COUNT; i++)
		if (strcmp(casework_clock_describe((enum casework_clock)i)->name, name) == 0) {
			*ret = casework_clock_describe((enum casework_clock)i);
			return true;
		}
	return false;
}

static int run_begin(struct explaining *all, const char *name, int64_t started, int64_t due,
		     struct err *err)
{
	struct run *run = arena_get(all->arena, sizeof(*run));

	if (!run)
		return no_memory(err);
	if (all->count == RUNS)
		return err_set(err, ERR_LIMIT, "more than %u clocks in one case", RUNS);
	*run = (struct run){ .stored = due };
	if (!clock_find(name, &run->clock) ||
	    !casework_unit_find(text_of(run->clock->unit), &run->is.unit))
		return err_set(err, ERR_DATABASE, "\"%s\" is no clock that this program knows", name);
	run->is.name = run->clock->name;
	run->is.started = started;
	run->is.steps = run->steps;
	all->current = all->runs[all->count++] = run;
	return 0;
}

static void step_add(struct explaining *all, enum casework_step_kind kind, int64_t at,
		     int64_t until, const struct store_reading *reading, const char *why)
{
	struct run *run = all->current;

	if (!run || run->is.step_count == STEPS)
		return;
	run->steps[run->is.step_count++] = (struct casework_step){
		.kind = kind,
		.at = at,
		.until = until,
		.by = arena_string(all->arena, reading->by),
		.approved = reading->approved ? arena_string(all->arena, reading->approved) : NULL,
		.why = why ? arena_string(all->arena, why) : NULL,
	};
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* An undo brings back a clock that had been stopped. */
static struct run *run_find(const struct explaining *all, const struct store_clock_state *state)
{
	for (size_t i = all->count; i-- > 0;)
		if (all->runs[i] != all->current && same_text(all->runs[i]->is.name, state->name) &&
		    all->runs[i]->is.started == state->started)
			return all->runs[i];
	return NULL;
}

static int run_change(struct explaining *all, const struct store_reading *reading,
		      struct err *err)
{
	const struct store_clock_state *after = &reading->after;
	struct run *old;
	int r = 0;

	step_add(all, CASEWORK_STOPPED, reading->at, 0, reading, reading->action);
	all->current = NULL;
	if (!after->name)
		return 0;
	old = strcmp(reading->action, "undo") == 0 ? run_find(all, after) : NULL;
	if (old && old->is.step_count && old->steps[old->is.step_count - 1].kind == CASEWORK_STOPPED) {
		old->is.step_count--;
		all->current = old;
		return 0;
	}
	r = run_begin(all, after->name, after->started, after->due, err);
	if (r == 0 && after->paused != MOMENT_NONE)
		step_add(all, CASEWORK_PAUSED, after->paused, 0, reading, "until it is delivered");
	return r;
}

static int take_reading(void *context, const struct store_reading *reading, struct err *err)
{
	struct explaining *all = context;
	const struct store_clock_state *before = &reading->before, *after = &reading->after;
	int r = 0;

	if (all->count == 0 && before->name)
		r = run_begin(all, before->name, before->started, before->due, err);
	if (r < 0)
		return r;
	if (same_text(before->name, after->name) && before->paused != MOMENT_NONE &&
	    after->paused == MOMENT_NONE && after->name) {
		step_add(all, CASEWORK_RESUMED, reading->at, 0, reading, reading->action);
		all->current->stored = after->due;
	} else if (!same_text(before->name, after->name) || before->started != after->started) {
		r = run_change(all, reading, err);
	} else if (before->due != after->due && all->current) {
		step_add(all, CASEWORK_EXTENDED, reading->at, after->due, reading,
			 strcmp(reading->action, "extend") == 0 ? reading->note : reading->action);
		all->current->stored = after->due;
	}
	return r;
}

/* The amount is that of the severity of then: the one that leads to the deadline. */
static void choose_amount(const struct explaining *all, struct run *run)
{
	run->is.amount = all->violation->severity >= 4 ? run->clock->amount_high : run->clock->amount;
	if (run->stored == MOMENT_NONE ||
	    casework_clock_run_due(&all->calendar, &run->is) == run->stored)
		return;
	int64_t is = run->is.amount;
	run->is.amount = is == run->clock->amount ? run->clock->amount_high : run->clock->amount;
	if (casework_clock_run_due(&all->calendar, &run->is) != run->stored)
		run->is.amount = is;
}

/* Paragraphs ------------------------------------------------------------------------------ */

static void lines_add(struct explaining *all, const struct buffer *lines)
{
	struct text rest = buffer_text(lines);

	if (all->json)
		json_begin_array(all->json, "arithmetic");
	while (rest.length) {
		CLEAN(buffer) struct buffer line;

		buffer_init(&line, TEXT_MOST);
		buffer_add_escaped(&line, text_split(&rest, '\n'), 0);
		if (all->json)
			json_text(all->json, NULL, buffer_text(&line));
		else
			report_wrap(all->out, buffer_text(&line), all->width, 2, true);
	}
	if (all->json)
		json_end_array(all->json);
}

/* Where it stands now, of what has not been stopped. */
static void standing_add(const struct explaining *all, enum casework_unit unit, int64_t due,
			 struct buffer *lines)
{
	int64_t days;

	buffer_add_string(lines, "now ");
	casework_moment_print(&all->calendar, all->now, lines);
	if (due <= all->now) {
		buffer_add_string(lines, ": overdue since ");
		casework_deadline_print(&all->calendar, due, lines);
	} else if (unit == CASEWORK_BUSINESS_DAYS) {
		days = casework_business_days(&all->calendar, all->now, due - 1);
		buffer_add_format(lines, ": %" PRId64 " business day%s left after today", days,
				  days == 1 ? "" : "s");
	} else {
		int64_t minutes = (due - all->now) / (60 * MICROSECONDS);
		buffer_add_format(lines, ": %" PRId64 " days %02d:%02d left", minutes / 1440,
				  (int)(minutes / 60 % 24), (int)(minutes % 60));
	}
	buffer_add_byte(lines, '\n');
}

/* What counts, where the calendar or a setting was another one then. */
static void stored_add(const struct explaining *all, int64_t stored, struct buffer *lines)
{
	buffer_add_string(lines, "in the books it is ");
	if (stored == MOMENT_NONE)
		buffer_add_string(lines, "paused");
	else
		casework_deadline_print(&all->calendar, stored, lines);
	buffer_add_string(lines, ", computed when it began: the calendar was another one then\n");
}

static void entry_begin(struct explaining *all, const char *kind, const char *name,
			const char *party, const char *meaning, int64_t began, int64_t due)
{
	if (!all->json) {
		CLEAN(buffer) struct buffer words, escaped;

		buffer_init(&words, TEXT_MOST);
		buffer_init(&escaped, TEXT_MOST);
		buffer_add_format(&words, "%s  %s, %s: %s", name, kind, party, meaning);
		buffer_add_escaped(&escaped, buffer_text(&words), 0);
		buffer_add_byte(all->out, '\n');
		report_wrap(all->out, buffer_text(&escaped), all->width, 0, true);
		return;
	}
	json_begin_object(all->json, NULL);
	json_string(all->json, "kind", kind);
	json_string(all->json, "clock", name);
	json_string(all->json, "party", party);
	json_string(all->json, "meaning", meaning);
	json_moment(all->json, "began", began);
	json_moment(all->json, "due", due);
}

static void entry_end(struct explaining *all)
{
	if (all->json)
		json_end_object(all->json);
}

static void run_explain(struct explaining *all, struct run *run)
{
	CLEAN(buffer) struct buffer lines;
	int64_t due;

	buffer_init(&lines, TEXT_MOST);
	choose_amount(all, run);
	due = casework_clock_run_due(&all->calendar, &run->is);
	entry_begin(all, "clock", run->is.name,
		    strcmp(run->clock->party, "us") == 0 ? "the office" : "the contractor",
		    run->clock->meaning, run->is.started, run->stored);
	casework_clock_explain(&all->calendar, &run->is, &lines);
	if (due != run->stored)
		stored_add(all, run->stored, &lines);
	if (run == all->current && run->stored != MOMENT_NONE)
		standing_add(all, run->is.unit, run->stored, &lines);
	lines_add(all, &lines);
	entry_end(all);
}

static int milestone_add(void *context, const struct store_milestone *row, struct err *err)
{
	struct explaining *all = context;
	CLEAN(buffer) struct buffer lines;
	int64_t day = row->due / (86400 * MICROSECONDS);
	int64_t due = casework_day_begin(&all->calendar, day + 1);
	char name[32];

	(void)err;
	buffer_init(&lines, TEXT_MOST);
	snprintf(name, sizeof(name), "%" PRId64, row->number);
	entry_begin(all, "milestone", name, "the contractor", row->title, MOMENT_NONE, due);
	buffer_add_string(&lines, "due ");
	casework_deadline_print(&all->calendar, due, &lines);
	if (row->first_due != row->due) {
		buffer_add_string(&lines, "; first it was ");
		casework_deadline_print(&all->calendar,
					casework_day_begin(&all->calendar, row->first_due / (86400 * MICROSECONDS) + 1),
					&lines);
	}
	if (row->met != MOMENT_NONE) {
		buffer_add_string(&lines, "; met ");
		casework_moment_print(&all->calendar, row->met, &lines);
	}
	buffer_add_byte(&lines, '\n');
	lines_add(all, &lines);
	entry_end(all);
	return 0;
}

/* Duties ------------------------------------------------------------------------------------ */

static void fact_add(const struct explaining *all, const char *words, int64_t moment,
		     struct buffer *lines)
{
	buffer_add_string(lines, words);
	casework_moment_print(&all->calendar, moment, lines);
}

static int duty_add(void *context, const struct store_duty *row, struct err *err)
{
	struct explaining *all = context;
	CLEAN(buffer) struct buffer lines;
	struct casework_clock_run run = { .started = row->began };
	enum casework_duty duty;

	buffer_init(&lines, TEXT_MOST);
	if (!casework_duty_find(text_of(row->name), &duty))
		return err_set(err, ERR_DATABASE, "\"%s\" is no duty that this program knows", row->name);
	const struct casework_duty_description *is = casework_duty_describe(duty);
	run.name = is->name;
	run.unit = is->unit;
	run.amount = row->amount;
	entry_begin(all, is->citation, is->name, "the contractor", is->meaning, row->began, row->due);
	casework_clock_explain(&all->calendar, &run, &lines);
	if (casework_clock_run_due(&all->calendar, &run) != row->due)
		stored_add(all, row->due, &lines);
	buffer_add_format(&lines, "recorded by %s ", row->recorded_by);
	fact_add(all, "", row->recorded, &lines);
	buffer_add_byte(&lines, '\n');
	if (row->overdue_recorded != MOMENT_NONE)
		fact_add(all, "that it had run out was recorded ", row->overdue_recorded, &lines);
	if (row->overdue_recorded != MOMENT_NONE)
		buffer_add_byte(&lines, '\n');
	if (row->met != MOMENT_NONE) {
		fact_add(all, "met ", row->met, &lines);
		buffer_add_format(&lines, ", %s%s%s\n", row->met < row->due ? "in time" : "too late",
				  row->report ? ", number " : "", row->report ? row->report : "");
	} else if (row->replaced != MOMENT_NONE) {
		buffer_add_string(&lines, "replaced by what was recorded later\n");
	} else {
		standing_add(all, run.unit, row->due, &lines);
	}
	lines_add(all, &lines);
	entry_end(all);
	return 0;
}

/* ------------------------------------------------------------------------------------------- */

static int explain_all(struct explaining *all, struct pg *pg, struct err *err)
{
	int r = calendar_read(all, pg, err);

	all->runs = arena_get_many(all->arena, RUNS, sizeof(struct run *));
	if (r == 0 && !all->runs)
		r = no_memory(err);
	if (r == 0)
		r = store_readings(pg, all->violation, take_reading, all, err);
	for (size_t i = 0; r == 0 && i < all->count; i++)
		run_explain(all, all->runs[i]);
	if (r == 0)
		r = store_plan(pg, all->violation, milestone_add, all, err);
	return r < 0 ? r : store_duties(pg, all->violation, duty_add, all, err);
}

int case_clock_explain(struct pg *pg, const struct store_violation *violation, int64_t now,
		       unsigned width, struct arena *arena, struct buffer *out, struct err *err)
{
	struct explaining all = { .arena = arena, .violation = violation, .now = now,
				  .out = out, .width = width };

	return explain_all(&all, pg, err);
}

int case_clock_explain_json(struct pg *pg, const struct store_violation *violation,
			    int64_t now, struct arena *arena, struct buffer *out,
			    struct err *err)
{
	struct json json = json_to(out);
	struct explaining all = { .arena = arena, .violation = violation, .now = now,
				  .out = out, .json = &json };
	int r;

	json_begin_object(&json, NULL);
	json_string(&json, "id", violation->number);
	json_string(&json, "contractor", violation->contractor);
	json_string(&json, "state", violation->state);
	json_begin_array(&json, "clocks");
	r = explain_all(&all, pg, err);
	json_end_array(&json);
	json_end_object(&json);
	buffer_add_byte(out, '\n');
	return r;
}
