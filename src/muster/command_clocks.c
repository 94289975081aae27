/* muster clocks: everything that has a date, whose turn it is, what is overdue. */
#include "muster/held_output.h"

#define SHOWN 100          /* rows of text, where no --limit is given */

int command_clocks(struct command_run *run, struct err *err);

const struct command_option command_clocks_options[] = {
	{ "contractor", 0, "CODE", 0, "only those of this contractor" },
	{ "ours", 0, NULL, 0, "only those of the office" },
	{ "theirs", 0, NULL, 0, "only those of contractors" },
	{ "overdue", 0, NULL, 0, "only what has run out" },
	{ "until", 0, "TIME", 0, "only what is due before TIME" },
	{ "limit", 0, "NUMBER", 0, "show at most that many (text: 100; csv and json: all)" },
	COMMAND_OPTIONS_END
};

struct listing {
	struct command_run *run;
	struct report *report;
	struct marking marking;
	int64_t now;
};

static int add_row(void *context, const struct store_clock *row, struct err *err)
{
	struct listing *listing = context;
	bool overdue = row->due != MOMENT_NONE && row->due <= listing->now && !row->keep;
	struct report_value values[columns_of_clocks] = {
		[column_clocks_id] = report_string(row->violation),
		[column_clocks_contractor] = report_string(row->contractor),
		[column_clocks_clock] = report_string(row->name),
		[column_clocks_kind] = report_string(!row->duty ? "case" :
						     row->keep	? "keep" :
								  "duty"),
		[column_clocks_state] = report_string(row->state),
		[column_clocks_began] = report_moment(row->began),
		[column_clocks_ours] = report_moment(row->ours ? row->due : MOMENT_NONE),
		[column_clocks_theirs] = report_moment(row->ours ? MOMENT_NONE : row->due),
		[column_clocks_paused] = report_flag(row->due == MOMENT_NONE),
		[column_clocks_overdue] = report_flag(overdue),
		[column_clocks_owner] = report_string(row->owner),
		[column_clocks_marking] =
			report_string(row->violation ? marking_of_level(row->level) : NULL),
	};

	if (row->violation)
		marking_add(&listing->marking, row->level);
	return report_row(listing->report, values, err);
}

static int write_banner(struct listing *listing, struct err *err)
{
	CLEAN(buffer) struct buffer banner;

	buffer_init(&banner, 4096);
	marking_add_banner(&listing->marking, command_width(listing->run), &banner);
	return command_write(listing->run, buffer_text(&banner), err);
}

static int list_as_text(struct listing *listing, struct pg *pg,
			const struct store_clock_filter *filter, int64_t limit,
			struct err *err)
{
	CLEAN(held_output) struct held_output *held = held_output_new(err);
	int r;

	if (!held)
		return -(int)err->code;
	listing->report = report_begin(&report_describe(REPORT_NAME_clocks)->table,
				       REPORT_AS_TEXT, command_width(listing->run),
				       held_output_sink(held));
	if (!listing->report)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = store_clocks(pg, filter, limit, add_row, listing, err);
	if (r == 0)
		r = report_end(listing->report, err);
	if (r == 0)
		r = write_banner(listing, err);
	if (r == 0)
		r = held_output_write(held, listing->run, err);
	return r < 0 ? r : write_banner(listing, err);
}

static int list_as_rows(struct listing *listing, struct pg *pg,
			const struct store_clock_filter *filter, int64_t limit,
			struct err *err)
{
	int r;

	listing->report =
		command_report(listing->run, &report_describe(REPORT_NAME_clocks)->table);
	if (!listing->report)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = store_clocks(pg, filter, limit, add_row, listing, err);
	return r < 0 ? r : report_end(listing->report, err);
}

static int filter_options(const struct command_run *run, struct store_clock_filter *filter,
			  struct err *err)
{
	bool one = command_has(run, "ours") || command_has(run, "theirs");
	int r;

	*filter = (struct store_clock_filter){
		.contractor = command_option(run, "contractor"),
		.until = MOMENT_NONE,
		.overdue = command_has(run, "overdue"),
		.ours = !one || command_has(run, "ours"),
		.theirs = !one || command_has(run, "theirs"),
	};
	if (command_has(run, "overdue"))
		filter->until = command_now(run) + 1;
	r = command_option_moment(run, "until", &filter->until, err);
	if (r > 0 && command_has(run, "overdue"))
		return err_set(err, ERR_USAGE, "--overdue and --until: give one of them");
	return r < 0 ? r : 0;
}

int command_clocks(struct command_run *run, struct err *err)
{
	bool as_text = command_format(run) == REPORT_AS_TEXT;
	CLEAN(pg_transaction) struct pg_transaction snapshot = { NULL };
	struct listing listing = { .run = run, .now = command_now(run) };
	int64_t limit = as_text ? SHOWN : 0;
	struct store_clock_filter filter;
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
	r = as_text ? list_as_text(&listing, pg, &filter, limit, err) :
		      list_as_rows(&listing, pg, &filter, limit, err);
	if (r == 0 && report_row_count(listing.report) == 0)
		r = err_set(err, ERR_NEGATIVE, "no clock matches");
	report_free(listing.report);
	return r;
}
