/* Report reference-data: what could not be judged because the roster lacks it. */
#include "muster/command_report.h"

static int add_row(void *context, const struct store_reference_gap *row, struct err *err)
{
	struct reporting *reporting = context;
	struct report_value values[columns_of_reference_data] = {
		[column_reference_data_contractor] = report_string(row->contractor),
		[column_reference_data_system] = report_string(row->system),
		[column_reference_data_kind] = report_string(row->kind),
		[column_reference_data_events] = report_number(row->events),
		[column_reference_data_records] = report_number(row->records),
		[column_reference_data_deliveries] = report_number(row->deliveries),
		[column_reference_data_last_received] = report_moment(row->last_received),
	};

	return report_row(reporting->report, values, err);
}

/* Counts bear no marking: nothing of what is in the logs shows. */
int report_fill_reference_data(struct reporting *reporting, struct err *err)
{
	return store_report_reference_data(reporting->pg, &reporting->period, add_row, reporting,
					   err);
}
