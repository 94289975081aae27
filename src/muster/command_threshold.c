#include "muster/command.h"

#include <math.h>
#include <stdlib.h>

const struct command_option command_contractor_threshold_options[] = {
	{ "bound", 'b', "NUMBER", 0, "what the rule's count or sum is compared with, from now on" },
	{ "timespan", 't', "TIME", 0, "within which it is counted, such as 12h" },
	{ "reset", 'r', NULL, 0, "as the standard says, from now on" },
	COMMAND_OPTIONS_END
};

/* Listing --------------------------------------------------------------------------- */

static const struct report_column columns[] = {
	{ "rule", "RULE", REPORT_TEXT, 0, 0, "key of a correlation in force" },
	{ "comparison", "IS", REPORT_TEXT, 0, 0, "how it compares with its bound; null where it has none, or several" },
	{ "bound", "BOUND", REPORT_TEXT, 0, 0, "the bound that holds for the contractor" },
	{ "timespan_seconds", "WITHIN (S)", REPORT_NUMBER, 0, 0, "the timespan that holds for it" },
	{ "standard_bound", "STANDARD", REPORT_TEXT, 1, 0, "the bound that the standard says" },
	{ "standard_timespan_seconds", "WITHIN (S)", REPORT_NUMBER, 1, 0, "the timespan that the standard says" },
	{ "since", "SINCE", REPORT_MOMENT, 2, 0, "when it was set; null: it is the standard's" },
	{ "set_by", "BY", REPORT_TEXT, 3, 8, "account that set it" },
	{ "title", "TITLE", REPORT_TEXT, 4, 12, "what the rule is called" },
};
const struct report_table command_threshold_table = { columns, ARRAY_LENGTH(columns) };

static struct report_value string_or_none(const char *string)
{
	return string ? report_string(string) : report_none();
}

static int row_show(void *context, const struct store_threshold *row, struct err *err)
{
	const struct report_value values[] = {
		report_string(row->rule),
		string_or_none(row->comparison),
		string_or_none(row->bound),
		report_number(row->timespan / MICROSECONDS),
		string_or_none(row->standard_bound),
		report_number(row->standard_timespan / MICROSECONDS),
		report_moment(row->since),
		string_or_none(row->who),
		report_string(row->title),
	};
	return report_row(context, values, err);
}

static int list(struct command_run *run, const char *rule, struct err *err)
{
	CLEAN(report) struct report *report = command_report(run, &command_threshold_table);
	struct pg *pg;
	if (!report)
		return err_set(err, ERR_MEMORY, "out of memory");
	int r = command_store(run, STORE_OFFICER, &pg, err);
	if (r == 0)
		r = store_contractor_check(pg, command_argument(run, 0), err);
	if (r == 0)
		r = store_thresholds(pg, command_argument(run, 0), rule, row_show, report, err);
	if (r == 0)
		r = report_end(report, err);
	if (r == 0 && report_row_count(report) == 0)
		return err_set(err, ERR_NEGATIVE, "no %s is in force",
			       rule ? "such correlation" : "correlation");
	return r;
}

/* Setting --------------------------------------------------------------------------- */

static int bound_check(const char *bound, struct err *err)
{
	char *end;
	if (is_digit(bound[0])) {
		double number = strtod(bound, &end);
		if (*end == '\0' && isfinite(number) && strlen(bound) < 40)
			return 0;
	}
	return err_set(err, ERR_USAGE, "--bound must be a number, 0 or greater");
}

/* What was set before and is not set now stays. */
struct keeping {
	struct command_run *run;
	struct store_threshold_setting *setting;
};

static int keep(void *context, const struct store_threshold *row, struct err *err)
{
	const struct keeping *keeping = context;
	struct store_threshold_setting *setting = keeping->setting;
	bool is_own = row->bound && (!row->standard_bound ||
				     strcmp(row->bound, row->standard_bound) != 0);

	if (!setting->bound && is_own) {
		setting->bound = arena_string(command_arena(keeping->run), row->bound);
		if (!setting->bound)
			return err_set(err, ERR_MEMORY, "out of memory");
	}
	if (!setting->timespan && row->timespan != row->standard_timespan)
		setting->timespan = row->timespan;
	return 0;
}

/* In the largest unit that has no remainder. */
static void timespan_add(int64_t timespan, struct buffer *out)
{
	static const struct {
		int64_t seconds;
		char name;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	int64_t seconds = timespan / MICROSECONDS;
	size_t i = 0;

	while (seconds % units[i].seconds)
		i++;
	buffer_add_format(out, "within %lld%c", (long long)(seconds / units[i].seconds),
			  units[i].name);
}

static int set(struct command_run *run, const char *rule, struct err *err)
{
	CLEAN(buffer) struct buffer said;
	struct store_threshold_setting setting = { .bound = command_option(run, "bound") };
	struct keeping keeping = { run, &setting };
	struct pg *pg;
	int r = setting.bound ? bound_check(setting.bound, err) : 0;

	buffer_init(&said, 4096);
	if (r == 0)
		r = command_option_duration(run, "timespan", &setting.timespan, err);
	setting.timespan *= MICROSECONDS;
	if (r >= 0)
		r = command_store(run, STORE_OWNER, &pg, err);
	if (r == 0 && !command_has(run, "reset"))
		r = store_thresholds(pg, command_argument(run, 0), rule, keep, &keeping, err);
	if (r < 0)
		return r;
	if (setting.bound)
		buffer_add_format(&said, "bound %s", setting.bound);
	if (setting.bound && setting.timespan)
		buffer_add_string(&said, ", ");
	if (setting.timespan)
		timespan_add(setting.timespan, &said);
	if (!setting.bound && !setting.timespan)
		buffer_add_string(&said, "as the standard says");
	if (said.failed)
		return err_set(err, ERR_MEMORY, "out of memory");
	setting.said = said.data;
	r = store_threshold_set(pg, command_argument(run, 0), rule, &setting,
				command_person(run), err);
	return r < 0 ? r : command_say(run, err, "%s for %s: %s; deliveries are judged by it from now on.",
				       rule, command_argument(run, 0), said.data);
}

int command_contractor_threshold(struct command_run *run, struct err *err)
{
	const char *rule = command_arguments(run) > 1 ? command_argument(run, 1) : NULL;
	bool given = command_has(run, "bound") || command_has(run, "timespan");

	if (given && command_has(run, "reset"))
		return err_set(err, ERR_USAGE, "--reset goes with neither --bound nor --timespan");
	given = given || command_has(run, "reset");
	if (given && !rule)
		return err_set(err, ERR_USAGE, "name the rule that is to be changed");
	return given ? set(run, rule, err) : list(run, rule, err);
}
