/* Report violations: every violation that was opened in a period. */
#include "muster/command_report.h"
#include "sigma/sigma.h"

static int add_row(void *context, const struct store_violation *row, struct err *err)
{
	struct reporting *reporting = context;
	struct report_value values[columns_of_violations] = {
		[column_violations_id] = report_string(row->number),
		[column_violations_contractor] = report_string(row->contractor),
		[column_violations_rule] = report_string(row->rule),
		[column_violations_rule_title] = report_string(row->rule_title),
		[column_violations_requirements] =
			report_list(row->requirements, row->requirement_count),
		[column_violations_severity] =
			report_string(sigma_level_name((enum sigma_level)row->severity)),
		[column_violations_state] = report_string(row->state),
		[column_violations_subject_kind] = report_string(row->subject_kind),
		[column_violations_subject] = report_string(row->subject),
		[column_violations_day] = report_moment(row->day),
		[column_violations_first] = report_moment(row->first),
		[column_violations_last] = report_moment(row->last),
		[column_violations_count] = report_number(row->count),
		[column_violations_opened] = report_moment(row->opened),
		[column_violations_owner] = report_string(row->owner),
		[column_violations_due] = report_moment(row->due),
		[column_violations_standard_digest] = report_string(row->standard_digest),
		[column_violations_marking] = report_string(marking_of_level(row->level)),
	};

	marking_add(&reporting->marking, row->level);
	return report_row(reporting->report, values, err);
}

int report_fill_violations(struct reporting *reporting, struct err *err)
{
	return store_report_violations(reporting->pg, &reporting->period, add_row, reporting,
				       err);
}
