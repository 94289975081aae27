/* Report clock: where the clock was moved. */
#include "muster/command_report.h"

static int add_row(void *context, const struct store_clock_step *row, struct err *err)
{
	struct reporting *reporting = context;
	const char *outcome = row->returned			     ? "returned" :
			      row->acknowledged != MOMENT_NONE ? "acknowledged" :
								     "stands";
	struct report_value values[columns_of_clock] = {
		[column_clock_number] = report_number(row->number),
		[column_clock_kind] = report_string(row->kind),
		[column_clock_expected] = report_moment(row->expected),
		[column_clock_shown] = report_moment(row->shown),
		[column_clock_seconds] =
			report_number((row->shown - row->expected) / MICROSECONDS),
		[column_clock_outcome] = report_string(outcome),
		[column_clock_acknowledged] = report_moment(row->acknowledged),
		[column_clock_acknowledged_by] = report_string(row->acknowledged_by),
		[column_clock_note] = report_string(row->note),
	};

	return report_row(reporting->report, values, err);
}

/* It is about no contractor, so it bears no marking. */
int report_fill_clock(struct reporting *reporting, struct err *err)
{
	return store_clock_steps(reporting->pg, &reporting->period, add_row, reporting, err);
}
