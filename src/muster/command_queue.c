/* muster queue: violations that wait for a decision, the next right one first. */
#include "muster/held_output.h"
#include "sigma/sigma.h"

#include <inttypes.h>

#define SHOWN 100          /* rows of text, where no --limit is given */
#define COUNTED 10000      /* more than these are counted no further */

int command_queue(struct command_run *run, struct err *err);

const struct command_option command_queue_options[] = {
	{ "contractor", 0, "CODE", 0, "only violations of this contractor" },
	{ "rule", 0, "NAME", 0, "only violations of this rule" },
	{ "severity", 0, "LEVEL", 0,
	  "only those of this severity; LEVEL+ takes those above it too" },
	{ "state", 0, "STATE", 0, "only those in this state" },
	{ "subject", 0, "TEXT", 0, "only those whose subject has TEXT in it" },
	{ "since", 0, "TIME", 0, "only those with events at TIME or later" },
	{ "until", 0, "TIME", 0, "only those with events before TIME" },
	{ "limit", 0, "NUMBER", 0, "show at most that many (text: 100; csv and json: all)" },
	{ "after", 0, "V-YYYY-NNNNNN", 0, "go on behind this violation" },
	{ "all", 0, NULL, 0, "all of them, those whose case has ended too" },
	COMMAND_OPTIONS_END
};

struct listing {
	struct command_run *run;
	struct report *report;
	struct marking marking;
	uint64_t rows;
	char last[32];
};

static int severity_option(const struct command_run *run, struct store_queue_filter *filter,
			   struct err *err)
{
	const char *given = command_option(run, "severity");
	struct text name = text_of(given);
	bool above = given && text_ends_with(name, TEXT("+"));

	if (!given)
		return 0;
	if (above)
		name.length--;
	for (int level = SIGMA_INFORMATIONAL; level <= SIGMA_CRITICAL; level++)
		if (text_equal_nocase(name, text_of(sigma_level_name((enum sigma_level)level)))) {
			filter->severity_least = level;
			filter->severity_most = above ? SIGMA_CRITICAL : level;
			return 0;
		}
	return err_set(err, ERR_USAGE,
		       "--severity %s: it is one of informational, low, medium, high, critical",
		       given);
}

static int filter_options(const struct command_run *run, struct store_queue_filter *filter,
			  struct err *err)
{
	int r;

	*filter = (struct store_queue_filter){
		.contractor = command_option(run, "contractor"),
		.rule = command_option(run, "rule"),
		.state = command_option(run, "state"),
		.subject = command_option(run, "subject"),
		.since = MOMENT_NONE,
		.until = MOMENT_NONE,
		.closed = command_has(run, "all"),
	};
	r = severity_option(run, filter, err);
	if (r >= 0)
		r = command_option_moment(run, "since", &filter->since, err);
	if (r >= 0)
		r = command_option_moment(run, "until", &filter->until, err);
	return r < 0 ? r : 0;
}

static int add_row(void *context, const struct store_violation *row, struct err *err)
{
	struct listing *listing = context;
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
	};

	listing->rows++;
	marking_add(&listing->marking, row->level);
	snprintf(listing->last, sizeof(listing->last), "%s", row->number);
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
	buffer_add_string(&line, ": highest severity first, then most points at stake, then"
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
			const struct store_queue_filter *filter, const char *after,
			int64_t limit, struct err *err)
{
	CLEAN(held_output) struct held_output *held = held_output_new(err);
	int64_t in_all = 0;
	int r;

	if (!held)
		return -(int)err->code;
	listing->report = report_begin(&report_describe(REPORT_NAME_queue)->table,
				       REPORT_AS_TEXT, command_width(listing->run),
				       held_output_sink(held));
	if (!listing->report)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = store_queue(pg, filter, after, limit, add_row, listing, err);
	if (r == 0)
		r = store_queue_count(pg, filter, COUNTED + 1, &in_all, err);
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
			const struct store_queue_filter *filter, const char *after,
			int64_t limit, struct err *err)
{
	int r;

	listing->report =
		command_report(listing->run, &report_describe(REPORT_NAME_queue)->table);
	if (!listing->report)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = store_queue(pg, filter, after, limit, add_row, listing, err);
	return r < 0 ? r : report_end(listing->report, err);
}

int command_queue(struct command_run *run, struct err *err)
{
	bool as_text = command_format(run) == REPORT_AS_TEXT;
	int64_t limit = as_text && !command_has(run, "all") ? SHOWN : 0;
	CLEAN(pg_transaction) struct pg_transaction snapshot = { NULL };
	struct listing listing = { .run = run };
	const char *after = command_option(run, "after");
	struct store_queue_filter filter;
	struct pg *pg;
	int r = filter_options(run, &filter, err);

	if (r >= 0)
		r = command_option_number(run, "limit", 1, 1000000000, &limit, err);
	if (r >= 0)
		r = command_store(run, STORE_OFFICER, &pg, err);
	if (r >= 0)
		r = store_snapshot(pg, &snapshot, err);
	if (r < 0)
		return r;
	r = as_text ? list_as_text(&listing, pg, &filter, after, limit, err) :
		      list_as_rows(&listing, pg, &filter, after, limit, err);
	report_free(listing.report);
	if (r < 0)
		return r;
	return listing.rows ? 0 : err_set(err, ERR_NEGATIVE, "no violation matches");
}
