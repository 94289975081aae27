/* muster rule check. */
#include "config.h"

#include "muster/command.h"
#include "muster/rule_files.h"
#include "sigma/sigma.h"

#include <stdlib.h>

const struct command_option command_rule_check_options[] = {
	{"strict", 0, NULL, 0,
	 "refuse what other programs refuse and this one only warns of"},
	COMMAND_OPTIONS_END};

enum {
	CHECK_FILE,
	CHECK_LINE,
	CHECK_COLUMN,
	CHECK_ID,
	CHECK_TITLE,
	CHECK_STATUS,
	CHECK_REASON,
	CHECK_COUNT
};
static const struct report_column check_columns[] = {
	{"file", "FILE", REPORT_TEXT, 0, 20, "file of the rule"},
	{"line", "LINE", REPORT_NUMBER, 0, 0,
	 "line of the reason, or of the rule, from 1"},
	{"column", "COLUMN", REPORT_NUMBER, 3, 0, "column there, from 1"},
	{"id", "ID", REPORT_TEXT, 2, 8, "its id"},
	{"title", "TITLE", REPORT_TEXT, 1, 10, "its title"},
	{"status", "STATUS", REPORT_TEXT, 0, 0, "ok, warning or refused"},
	{"reason", "REASON", REPORT_TEXT, 0, 0, "why it is not ok"},
};
static const struct report_table check_table = {check_columns, CHECK_COUNT};

struct checking {
	struct report *report;
	struct sigma_set *set;
	bool strict;
	size_t refused, rules;
	int result;
	struct err *err;
};

/* A rule that was just added and that no format has events for. */
static bool cannot_fire(const struct checking *checking,
			const struct sigma_notice *notice)
{
	size_t count = sigma_set_count(checking->set);
	const struct sigma_rule *last =
		count ? sigma_set_rule(checking->set, count - 1) : NULL;
	return count > checking->rules && last && !last->correlation && !last->sources &&
	       strcmp(last->title, notice->rule_title) == 0;
}

static void on_notice(void *context, const struct sigma_notice *notice)
{
	static const char *const statuses[] = {"ok", "warning", "refused"};
	static const char never[] = "can never fire here: no format gives its logsource";
	struct checking *checking = context;
	enum sigma_severity severity = notice->severity;
	char reason[2200];

	if (severity == SIGMA_WARNING && checking->strict)
		severity = SIGMA_REFUSED;
	snprintf(reason, sizeof(reason), "%s", notice->reason);
	if (severity != SIGMA_REFUSED && cannot_fire(checking, notice)) {
		severity = SIGMA_WARNING;
		snprintf(reason, sizeof(reason), "%s%s%s", notice->reason,
			 *notice->reason ? "; " : "", never);
	}
	checking->rules = sigma_set_count(checking->set);
	checking->refused += severity == SIGMA_REFUSED;
	struct report_value values[CHECK_COUNT] = {
		[CHECK_FILE] = report_string(notice->file),
		[CHECK_LINE] = notice->line ? report_number(notice->line) : report_none(),
		[CHECK_COLUMN] = notice->line ? report_number(notice->column) : report_none(),
		[CHECK_ID] = report_string(*notice->rule_id ? notice->rule_id : NULL),
		[CHECK_TITLE] =
			report_string(*notice->rule_title ? notice->rule_title : NULL),
		[CHECK_STATUS] = report_string(statuses[severity]),
		[CHECK_REASON] = report_string(*reason ? reason : NULL),
	};
	if (checking->result >= 0)
		checking->result = report_row(checking->report, values, checking->err);
}

static int check_files(struct command_run *run, struct checking *checking,
		       struct err *err)
{
	for (size_t i = 0; i < command_arguments(run); i++) {
		int result = rule_files_add(checking->set, command_argument(run, i),
					    on_notice, checking, err);
		if (result < 0)
			return result;
	}
	sigma_set_link(checking->set, on_notice, checking);
	return checking->result < 0 ? checking->result
				    : report_end(checking->report, err);
}

int command_rule_check(struct command_run *run, struct err *err)
{
	struct event_names *names = event_names_new();
	CLEAN(report) struct report *report = command_report(run, &check_table);
	struct checking checking = {
		.report = report,
		.set = names ? sigma_set_new(names) : NULL,
		.strict = command_has(run, "strict"),
		.err = err,
	};
	int result = checking.set && report
			     ? check_files(run, &checking, err)
			     : err_set(err, ERR_MEMORY, "out of memory checking rules");
	sigma_set_free(checking.set);
	event_names_free(names);
	if (result < 0 || checking.refused == 0)
		return result;
	return err_set(err, ERR_NEGATIVE, "%zu refused", checking.refused);
}
