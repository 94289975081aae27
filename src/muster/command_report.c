/* muster report: the list of reports, and each of them. */
#include "muster/command_report.h"

#include <inttypes.h>

#define PAPER 132      /* characters of a line of text, where none is asked for */

int command_reports(struct command_run *run, struct err *err);

const struct command_option command_reports_options[] = {
	{ "list", 0, NULL, 0, "list the reports" },
	{ "contractor", 0, "CODE", 0, "only this contractor" },
	{ "from", 0, "TIME", 0, "the period's begin (the beginning of the books)" },
	{ "to", 0, "TIME", 0,
	  "the period's end, not part of it, and the moment whose books are read (now)" },
	{ "width", 0, "NUMBER", 0, "characters of a line of text (132)" },
	COMMAND_OPTIONS_END
};

static report_fill_function *const fillers[] = {
	[REPORT_NAME_scorecard] = report_fill_scorecard,
	[REPORT_NAME_violations] = report_fill_violations,
	[REPORT_NAME_deliveries] = report_fill_deliveries,
	[REPORT_NAME_reference_data] = report_fill_reference_data,
	[REPORT_NAME_clock] = report_fill_clock,
};

static int list_reports(struct command_run *run, struct err *err)
{
	CLEAN(report) struct report *report =
		command_report(run, &report_describe(REPORT_NAME_catalogue)->table);
	int r = report ? 0 : err_set(err, ERR_MEMORY, "out of memory");

	for (int name = 0; name < REPORT_NAME_COUNT && r == 0; name++) {
		const struct report_description *is = report_describe((enum report_name)name);
		char page[80];
		if (!*is->audience)
			continue;
		snprintf(page, sizeof(page), "muster-report-%s(1)", is->name);
		struct report_value values[columns_of_catalogue] = {
			[column_catalogue_name] = report_string(is->name),
			[column_catalogue_title] = report_string(is->title),
			[column_catalogue_audience] = report_string(is->audience),
			[column_catalogue_page] = report_string(page),
		};
		r = report_row(report, values, err);
	}
	return r < 0 ? r : report_end(report, err);
}

/* The block above the rows and the one below them ---------------------------------- */

static int add_standard(void *context, const struct store_judging *row, struct err *err)
{
	(void)err;
	buffer_add_format(context, "standard    %s, SHA-256 %s\n", row->name, row->digest);
	return 0;
}

static int write_header(struct reporting *reporting, const struct report_description *is,
			struct err *err)
{
	CLEAN(buffer) struct buffer out;
	char from[CALENDAR_TEXT], to[CALENDAR_TEXT];
	int r;

	buffer_init(&out, 1 << 20);
	marking_add_banner(&reporting->marking, reporting->width, &out);
	calendar_to_rfc3339(reporting->period.to, to);
	buffer_add_format(&out, "%s\n\n", is->title);
	buffer_add_format(&out, "report      %s\n", is->name);
	if (reporting->period.from == MOMENT_NONE)
		buffer_add_format(&out, "period      everything before %s\n", to);
	else
		buffer_add_format(&out, "period      %s, up to but not %s\n",
				  calendar_to_rfc3339(reporting->period.from, from), to);
	buffer_add_format(&out, "as of       %s\n", to);
	buffer_add_format(&out, "contractor  %s\n",
			  reporting->period.contractor ? reporting->period.contractor : "all");
	r = store_standards_at(reporting->pg, reporting->period.to, NULL, add_standard, &out, err);
	if (r < 0)
		return r;
	buffer_add_format(&out, "width       %u\n", reporting->width);
	buffer_add_format(&out, "rows        %" PRIu64 "\n\n",
			  report_row_count(reporting->report));
	return command_write(reporting->run, buffer_text(&out), err);
}

static int write_footer(struct reporting *reporting, const char *digest, struct err *err)
{
	CLEAN(buffer) struct buffer out;

	buffer_init(&out, 4096);
	buffer_add_format(&out, "\nSHA-256 of the rows with their headings: %s\n", digest);
	marking_add_banner(&reporting->marking, reporting->width, &out);
	return command_write(reporting->run, buffer_text(&out), err);
}

static int report_as_text(struct reporting *reporting, enum report_name name, struct err *err)
{
	const struct report_description *is = report_describe(name);
	CLEAN(held_output) struct held_output *held = held_output_new(err);
	char digest[HELD_OUTPUT_DIGEST];
	int r;

	if (!held)
		return -(int)err->code;
	reporting->report = report_begin(&is->table, REPORT_AS_TEXT, reporting->width,
					 held_output_sink(held));
	if (!reporting->report)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = fillers[name](reporting, err);
	if (r == 0)
		r = report_end(reporting->report, err);
	if (r == 0)
		r = held_output_digest(held, digest, err);
	if (r == 0)
		r = write_header(reporting, is, err);
	if (r == 0)
		r = held_output_write(held, reporting->run, err);
	return r < 0 ? r : write_footer(reporting, digest, err);
}

static int report_as_rows(struct reporting *reporting, enum report_name name, struct err *err)
{
	int r;

	reporting->report = command_report(reporting->run, &report_describe(name)->table);
	if (!reporting->report)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = fillers[name](reporting, err);
	return r < 0 ? r : report_end(reporting->report, err);
}

static int period_options(struct reporting *reporting, struct err *err)
{
	struct store_period *period = &reporting->period;
	int64_t width = PAPER;
	int r;

	*period = (struct store_period){ command_option(reporting->run, "contractor"), MOMENT_NONE,
					 command_now(reporting->run) };
	r = command_option_moment(reporting->run, "from", &period->from, err);
	if (r >= 0)
		r = command_option_moment(reporting->run, "to", &period->to, err);
	if (r >= 0)
		r = command_option_number(reporting->run, "width", 40, 1000, &width, err);
	reporting->width = (unsigned)width;
	/* What is still to come is in no book. */
	if (period->to > command_now(reporting->run))
		period->to = command_now(reporting->run);
	if (r >= 0 && period->from >= period->to)
		r = err_set(err, ERR_USAGE, "--from must be before --to");
	return r < 0 ? r : 0;
}

static int report_one(struct command_run *run, enum report_name name, struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction snapshot = { NULL };
	struct reporting reporting = { .run = run };
	int r = period_options(&reporting, err);

	if (r >= 0)
		r = command_store(run, STORE_AUDITOR, &reporting.pg, err);
	if (r >= 0)
		r = store_snapshot(reporting.pg, &snapshot, err);
	if (r >= 0 && reporting.period.contractor)
		r = store_contractor_check(reporting.pg, reporting.period.contractor, err);
	if (r >= 0)
		r = command_format(run) == REPORT_AS_TEXT ?
			    report_as_text(&reporting, name, err) :
			    report_as_rows(&reporting, name, err);
	report_free(reporting.report);
	return r;
}

int command_reports(struct command_run *run, struct err *err)
{
	const char *argument = command_argument(run, 0);
	enum report_name name;

	if (command_has(run, "list") || !argument)
		return list_reports(run, err);
	if (!report_find(text_of(argument), &name))
		return err_set(err, ERR_USAGE,
			       "there is no report %s: muster report --list shows them",
			       argument);
	return report_one(run, name, err);
}
