/* muster queue: violations that wait for a decision, the next right one first. */
#include "muster/held_output.h"
#include "muster/queue_words.h"
#include "sigma/sigma.h"

#include <inttypes.h>

#define SHOWN 100          /* rows of text, where no --limit is given */
#define COUNTED 10000      /* more than these are counted no further */

int command_queue(struct command_run *run, struct err *err);

const struct command_option command_queue_options[] = {
	QUEUE_FILTER_OPTIONS,
	{ "limit", 0, "NUMBER", 0, "show at most that many (text: 100; csv and json: all)" },
	{ "after", 0, "V-YYYY-NNNNNN", 0, "go on behind this violation" },
	{ "why", 0, "V-YYYY-NNNNNN", 0, "say why this violation stands where it stands" },
	{ "all", 0, NULL, 0, "all of them: those whose case has ended, and those that are suppressed, too" },
	COMMAND_OPTIONS_END
};

struct listing {
	struct command_run *run;
	struct report *report;
	struct queue_moment at;
	struct marking marking;
	uint64_t rows;
	char last[32];
};

static void listed(struct listing *listing, const struct store_violation *row)
{
	listing->rows++;
	marking_add(&listing->marking, row->level);
	snprintf(listing->last, sizeof(listing->last), "%s", row->number);
}

/* For programs: every value by itself. */
static int add_record(void *context, const struct store_violation *row, struct err *err)
{
	struct listing *listing = context;
	int64_t left = queue_time_left(row, command_now(listing->run));
	struct text flags[QUEUE_FLAGS];
	size_t flag_count = queue_flags(row, listing->at, flags);
	struct report_value values[columns_of_queue] = {
		[column_queue_id] = report_string(row->number),
		[column_queue_contractor] = report_string(row->contractor),
		[column_queue_rule] = report_string(row->rule),
		[column_queue_rule_title] = report_string(row->rule_title),
		[column_queue_severity] =
			report_string(sigma_level_name((enum sigma_level)row->severity)),
		[column_queue_state] = report_string(row->state),
		[column_queue_subject] = report_string(row->subject),
		[column_queue_first] = report_moment(row->first),
		[column_queue_last] = report_moment(row->last),
		[column_queue_count] = report_number(row->count),
		[column_queue_requirements] =
			report_list(row->requirements, row->requirement_count),
		[column_queue_due] = report_moment(row->due),
		[column_queue_owner] = report_string(row->owner),
		[column_queue_marking] = report_string(marking_of_level(row->level)),
		[column_queue_clock] = report_string(row->clock),
		[column_queue_party] = report_string(row->party),
		[column_queue_left] = left == INT64_MIN ? report_none() : report_number(left),
		[column_queue_points] = report_number(row->points),
		[column_queue_flags] = report_list(flags, flag_count),
	};

	listed(listing, row);
	return report_row(listing->report, values, err);
}

/* For people. */
static int add_line(void *context, const struct store_violation *row, struct err *err)
{
	struct listing *listing = context;
	int64_t now = command_now(listing->run);
	CLEAN(buffer) struct buffer state;
	char clock[QUEUE_CLOCK];

	buffer_init(&state, 1024);
	queue_state_add(&state, row, listing->at);
	struct report_value values[columns_of_queue_page] = {
		[column_queue_page_id] = report_string(row->number),
		[column_queue_page_severity] = report_string(queue_severity(row->severity)),
		[column_queue_page_clock] = report_string(queue_clock(row, now, clock)),
		[column_queue_page_points] = report_number(row->points),
		[column_queue_page_contractor] = report_string(row->contractor),
		[column_queue_page_rule] = report_string(row->rule),
		[column_queue_page_rule_title] = report_string(row->rule_title),
		[column_queue_page_subject] = report_string(row->subject),
		[column_queue_page_count] = row->count == 1 ? report_none() :
							      report_number(row->count),
		[column_queue_page_first] = report_moment(row->first),
		[column_queue_page_last] = report_moment(row->last),
		[column_queue_page_state] = report_text(buffer_text(&state)),
		[column_queue_page_owner] = report_string(row->owner),
		[column_queue_page_marking] = report_string(marking_of_level(row->level)),
	};

	listed(listing, row);
	return report_row(listing->report, values, err);
}

/* What is shown, of how many, in which order, and how to go on. */
static int write_heading(struct listing *listing, int64_t in_all, bool goes_on,
			 struct err *err)
{
	CLEAN(buffer) struct buffer line;

	buffer_init(&line, 4096);
	if (in_all > COUNTED)
		buffer_add_format(&line, "%" PRIu64 " of %d,%03d+", listing->rows,
				  COUNTED / 1000, COUNTED % 1000);
	else
		buffer_add_format(&line, "%" PRIu64 " of %" PRId64, listing->rows, in_all);
	buffer_add_string(&line, ": late first, then those with less than 24 h left, less"
				 " than 72 h, the rest, those whose clock stands still; among"
				 " these highest severity, then most points at stake, then"
				 " oldest first event.");
	if (goes_on)
		buffer_add_format(&line, " Go on with --after %s.", listing->last);
	CLEAN(buffer) struct buffer out;
	unsigned width = command_width(listing->run);
	buffer_init(&out, 8192);
	report_wrap(&out, buffer_text(&line), width ? width : 80, 0, true);
	return command_write(listing->run, buffer_text(&out), err);
}

static int write_banner(struct listing *listing, struct err *err)
{
	CLEAN(buffer) struct buffer banner;

	buffer_init(&banner, 4096);
	marking_add_banner(&listing->marking, command_width(listing->run), &banner);
	return command_write(listing->run, buffer_text(&banner), err);
}

static int list_as_text(struct listing *listing, struct pg *pg,
			const struct store_queue_query *query,
			const struct store_queue_key *after, int64_t limit, struct err *err)
{
	CLEAN(held_output) struct held_output *held = held_output_new(err);
	int64_t in_all = 0;
	int r;

	if (!held)
		return -(int)err->code;
	listing->report = report_begin(&report_describe(REPORT_NAME_queue_page)->table,
				       REPORT_AS_TEXT, command_width(listing->run),
				       held_output_sink(held));
	if (!listing->report)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = store_queue(pg, query, after, limit, add_line, listing, err);
	if (r == 0)
		r = store_queue_count(pg, query, COUNTED + 1, &in_all, err);
	if (r == 0 && listing->rows > 0)
		r = report_end(listing->report, err);
	if (r < 0 || listing->rows == 0)
		return r;
	r = write_banner(listing, err);
	if (r == 0)
		r = write_heading(listing, in_all,
				  limit > 0 && listing->rows == (uint64_t)limit, err);
	if (r == 0)
		r = held_output_write(held, listing->run, err);
	return r < 0 ? r : write_banner(listing, err);
}

static int list_as_rows(struct listing *listing, struct pg *pg,
			const struct store_queue_query *query,
			const struct store_queue_key *after, int64_t limit, struct err *err)
{
	int r;

	listing->report =
		command_report(listing->run, &report_describe(REPORT_NAME_queue)->table);
	if (!listing->report)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = store_queue(pg, query, after, limit, add_record, listing, err);
	return r < 0 ? r : report_end(listing->report, err);
}

/* Why here? ------------------------------------------------------------------------- */

struct reasons {
	struct command_run *run;
	enum store_urgency urgency;
};

static int write_reasons(void *context, const struct store_violation *row, struct err *err)
{
	const struct reasons *why = context;
	CLEAN(buffer) struct buffer out;

	buffer_init(&out, 65536);
	if (command_format(why->run) == REPORT_AS_JSON) {
		struct json json = json_to(&out);

		json_begin_object(&json, NULL);
		json_string(&json, "id", row->number);
		json_string(&json, "urgency", store_urgency_name(why->urgency));
		json_moment(&json, "due", row->due);
		json_string(&json, "severity",
			    sigma_level_name((enum sigma_level)row->severity));
		json_number(&json, "points", row->points);
		json_moment(&json, "first", row->first);
		json_string(&json, "contractor", row->contractor);
		json_end_object(&json);
		buffer_add_byte(&out, '\n');
		return command_write(why->run, buffer_text(&out), err);
	}
	queue_why_add(&out, row, why->urgency, command_now(why->run));
	return command_write(why->run, buffer_text(&out), err);
}

static int explain(struct command_run *run, struct pg *pg, const char *number,
		   struct store_queue_query query, struct err *err)
{
	struct reasons why = { .run = run };
	struct store_queue_key key;
	int r;

	query.ended = true;
	r = store_queue_key(pg, number, &query, &key, err);
	if (r < 0)
		return r;
	why.urgency = key.urgency;
	return store_violation(pg, number, write_reasons, &why, err);
}

/* ------------------------------------------------------------------------------------- */

int command_queue(struct command_run *run, struct err *err)
{
	bool as_text = command_format(run) == REPORT_AS_TEXT;
	int64_t limit = as_text && !command_has(run, "all") ? SHOWN : 0;
	CLEAN(pg_transaction) struct pg_transaction snapshot = { NULL };
	struct listing listing = { .run = run };
	const char *after = command_option(run, "after");
	struct store_queue_query query;
	struct store_queue_key key;
	struct pg *pg;
	int r = command_option_number(run, "limit", 1, 1000000000, &limit, err);

	if (r >= 0)
		r = command_store(run, STORE_OFFICER, &pg, err);
	if (r >= 0)
		r = queue_query(run, pg, &query, err);
	if (r >= 0)
		r = store_snapshot(pg, &snapshot, err);
	if (r < 0)
		return r;
	if (command_has(run, "why"))
		return explain(run, pg, command_option(run, "why"), query, err);
	listing.at = queue_moment(run, query.now);
	if (command_has(run, "all"))
		query.ended = query.suppressed = true;
	if (after) {
		r = store_queue_key(pg, after, &query, &key, err);
		if (r < 0)
			return r;
	}
	r = as_text ? list_as_text(&listing, pg, &query, after ? &key : NULL, limit, err) :
		      list_as_rows(&listing, pg, &query, after ? &key : NULL, limit, err);
	report_free(listing.report);
	if (r < 0)
		return r;
	return listing.rows ? 0 : err_set(err, ERR_NEGATIVE, "no violation matches");
}
