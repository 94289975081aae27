/* Report deliveries: what came, what was refused, what is missing. */
#include "muster/command_report.h"

static struct report_value seconds(int64_t n)
{
	return n < 0 ? report_none() : report_number(n);
}

static int add_row(void *context, const struct store_delivery *row, struct err *err)
{
	struct reporting *reporting = context;
	struct report_value values[columns_of_deliveries] = {
		[column_deliveries_contractor] = report_string(row->contractor),
		[column_deliveries_system] = report_string(row->system),
		[column_deliveries_delivery] = report_string(row->delivery),
		[column_deliveries_name] = report_string(row->name),
		[column_deliveries_received] = report_moment(row->received),
		[column_deliveries_outcome] = report_string(row->outcome),
		[column_deliveries_reason] = report_string(row->reason),
		[column_deliveries_records] = report_number(row->records),
		[column_deliveries_accepted] = report_number(row->accepted),
		[column_deliveries_rejected] = report_number(row->rejected),
		[column_deliveries_duplicates] = report_number(row->duplicates),
		[column_deliveries_reject_codes] =
			report_list(row->reject_codes, row->reject_code_count),
		[column_deliveries_first] = report_moment(row->first),
		[column_deliveries_last] = report_moment(row->last),
		[column_deliveries_gap_seconds] = seconds(row->gap),
		[column_deliveries_every_seconds] = seconds(row->every),
		[column_deliveries_late] = report_flag(row->late),
	};

	return report_row(reporting->report, values, err);
}

/* Names and counts of files bear no marking: nothing of what is in them shows. */
int report_fill_deliveries(struct reporting *reporting, struct err *err)
{
	int r = store_report_deliveries(reporting->pg, &reporting->period, add_row, reporting,
					err);

	return r < 0 ? r :
		       store_report_missing(reporting->pg, &reporting->period, add_row, reporting,
					    err);
}
