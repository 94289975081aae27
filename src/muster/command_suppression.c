/* muster suppression: what is kept out of the queue, and what that hid. */
#include "muster/held_output.h"
#include "report/report.h"
#include "sigma/sigma.h"

int command_suppression(struct command_run *run, struct err *err);

const struct command_option command_suppression_options[] = {
	{ "contractor", 0, "CODE", 0, "only those of this contractor" },
	{ "in-force", 0, NULL, 0, "only those that keep something out now" },
	COMMAND_OPTIONS_END
};

struct listing {
	struct report *report;
	struct marking marking;
};

static int add_suppression(void *context, const struct store_suppression *row, struct err *err)
{
	struct listing *listing = context;
	const struct report_value values[columns_of_suppression] = {
		[column_suppression_id] = report_string(row->number),
		[column_suppression_act] = report_number(row->act),
		[column_suppression_contractor] = report_string(row->contractor),
		[column_suppression_state] = report_string(row->state),
		[column_suppression_wide] = report_flag(row->wide),
		[column_suppression_rule] = report_string(row->rule),
		[column_suppression_subject] = report_string(row->subject),
		[column_suppression_severity] =
			report_string(sigma_level_name((enum sigma_level)row->severity)),
		[column_suppression_owner] = report_string(row->owner),
		[column_suppression_signer] = report_string(row->signer),
		[column_suppression_reason] = report_string(row->reason),
		[column_suppression_note] = report_string(row->note),
		[column_suppression_since] = report_moment(row->since),
		[column_suppression_until] = report_moment(row->until),
		[column_suppression_hides] = report_number(row->hides),
		[column_suppression_hid] = report_number(row->hid),
		[column_suppression_marking] = report_string(marking_of_level(row->level)),
	};

	marking_add(&listing->marking, row->level);
	return report_row(listing->report, values, err);
}

static int add_suppressed(void *context, const struct store_suppressed *row, struct err *err)
{
	struct listing *listing = context;
	const struct report_value values[columns_of_suppressed] = {
		[column_suppressed_id] = report_string(row->number),
		[column_suppressed_act] = report_number(row->act),
		[column_suppressed_hidden] = report_flag(row->hidden),
		[column_suppressed_until] = report_moment(row->until),
		[column_suppressed_opened] = report_moment(row->opened),
		[column_suppressed_rule] = report_string(row->rule),
		[column_suppressed_subject] = report_string(row->subject),
		[column_suppressed_severity] =
			report_string(sigma_level_name((enum sigma_level)row->severity)),
		[column_suppressed_state] = report_string(row->state),
		[column_suppressed_marking] = report_string(marking_of_level(row->level)),
	};

	marking_add(&listing->marking, row->level);
	return report_row(listing->report, values, err);
}

static int fill(struct command_run *run, struct pg *pg, struct listing *listing,
		struct err *err)
{
	const struct store_suppression_query query = {
		.contractor = command_option(run, "contractor"),
		.in_force = command_has(run, "in-force"),
	};
	int r = command_argument(run, 0) ?
			store_suppressed(pg, command_argument(run, 0), add_suppressed, listing,
					 err) :
			store_suppressions(pg, &query, add_suppression, listing, err);

	return r < 0 ? r : report_end(listing->report, err);
}

static int write_banner(struct command_run *run, const struct listing *listing,
			struct err *err)
{
	CLEAN(buffer) struct buffer banner;

	buffer_init(&banner, 4096);
	marking_add_banner(&listing->marking, command_width(run), &banner);
	return command_write(run, buffer_text(&banner), err);
}

static int list_as_text(struct command_run *run, struct pg *pg,
			const struct report_table *table, struct listing *listing,
			struct err *err)
{
	CLEAN(held_output) struct held_output *held = held_output_new(err);
	int r;

	if (!held)
		return -(int)err->code;
	listing->report =
		report_begin(table, REPORT_AS_TEXT, command_width(run), held_output_sink(held));
	if (!listing->report)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = fill(run, pg, listing, err);
	if (r == 0)
		r = write_banner(run, listing, err);
	if (r == 0)
		r = held_output_write(held, run, err);
	return r < 0 ? r : write_banner(run, listing, err);
}

static int list_as_rows(struct command_run *run, struct pg *pg,
			const struct report_table *table, struct listing *listing,
			struct err *err)
{
	listing->report = command_report(run, table);
	if (!listing->report)
		return err_set(err, ERR_MEMORY, "out of memory");
	return fill(run, pg, listing, err);
}

int command_suppression(struct command_run *run, struct err *err)
{
	const char *number = command_argument(run, 0);
	const struct report_table *table =
		&report_describe(number ? REPORT_NAME_suppressed : REPORT_NAME_suppression)->table;
	CLEAN(pg_transaction) struct pg_transaction snapshot = { NULL };
	struct listing listing = { 0 };
	struct store_case of;
	struct pg *pg;
	int r = 0;

	if (number && (command_has(run, "contractor") || command_has(run, "in-force")))
		return err_set(err, ERR_USAGE, "the number of a violation, or --contractor and --in-force");
	r = command_store(run, STORE_OFFICER, &pg, err);
	if (r == 0)
		r = store_snapshot(pg, &snapshot, err);
	if (r == 0 && number)
		r = store_case_find(pg, number, &of, err);
	if (r < 0)
		return r;
	r = command_format(run) == REPORT_AS_TEXT ?
		    list_as_text(run, pg, table, &listing, err) :
		    list_as_rows(run, pg, table, &listing, err);
	if (r == 0 && report_row_count(listing.report) == 0)
		r = err_set(err, ERR_NEGATIVE, number ? "nothing was suppressed with it" :
							"nothing is suppressed");
	report_free(listing.report);
	return r;
}
