/* muster rule test: rules against a file of events, without an instance. */
#include "config.h"

#include "muster/command.h"
#include "muster/rule_correlate.h"
#include "muster/rule_events.h"
#include "muster/rule_files.h"
#include "muster/rule_notice.h"
#include "muster/roster_file.h"
#include "sigma/sigma.h"

#include <stdlib.h>

const struct command_option command_rule_test_options[] = {
	{"events", 'e', "FILE", COMMAND_REQUIRED,
	 "events to test with; - is standard input"},
	{"input-format", 0, "FORMAT", 0,
	 "json-lines (the default) or a format of muster-formats(5)"},
	{"time-field", 0, "FIELD", 0, "json-lines: field with the time, if not \"time\""},
	{"logsource", 0, NULL, 0, "heed the rules' logsource"},
	{"roster", 0, "FILE", COMMAND_REPEATED,
	 "reference data to join the events to, as in muster-roster(5)"},
	{"placeholder", 0, "NAME=VALUE", COMMAND_REPEATED,
	 "a value of %NAME% under the modifier expand"},
	COMMAND_OPTIONS_END};

struct testing {
	struct command_run *run;
	struct sigma_set *set;
	struct rule_correlating *correlating;
	struct event_names *names;
	bool json_lines;
	struct roster *roster;
	struct roster_join *join;
	uint64_t matches;
	uint64_t untimed;
	struct buffer out;
};

static const char *name_of(const struct sigma_rule *rule)
{
	return *rule->id ? rule->id : *rule->name ? rule->name : rule->title;
}

/* A text in CSV (RFC 4180). */
static void csv_add(struct buffer *out, struct text t)
{
	buffer_add_byte(out, '"');
	for (size_t i = 0; i < t.length; i++) {
		if (t.bytes[i] == '"')
			buffer_add_byte(out, '"');
		buffer_add_byte(out, t.bytes[i]);
	}
	buffer_add_byte(out, '"');
}

/* The header before the first line, then the rule. */
static void csv_begin(struct testing *testing, const struct sigma_rule *rule)
{
	if (testing->matches == 1)
		buffer_add_string(&testing->out, "rule,line,group,first,last,count\n");
	csv_add(&testing->out, text_of(name_of(rule)));
	buffer_add_byte(&testing->out, ',');
}

static int tell_match(struct testing *testing, const struct sigma_rule *rule,
		      uint64_t line, struct err *err)
{
	struct buffer *out = &testing->out;
	struct json json = json_to(out);
	buffer_reset(out);
	testing->matches++;
	switch (command_format(testing->run)) {
	case REPORT_AS_JSON:
		json_begin_object(&json, NULL);
		json_string(&json, "rule", name_of(rule));
		json_number(&json, "line", (int64_t)line);
		json_end_object(&json);
		break;
	case REPORT_AS_CSV:
		csv_begin(testing, rule);
		buffer_add_format(out, "%llu,,,,", (unsigned long long)line);
		break;
	case REPORT_AS_TEXT:
		buffer_add_format(out, "line %llu: ", (unsigned long long)line);
		buffer_add_escaped(out, text_of(rule->title), 0);
		break;
	}
	buffer_add_byte(out, '\n');
	return command_write(testing->run, buffer_text(out), err);
}

/* An object of json-lines may say itself what a roster would. */
static bool join_value(void *context, const struct event *event, enum event_joined which,
		       char scratch[EVENT_SCRATCH], struct text *ret_value)
{
	struct testing *testing = context;
	return (testing->json_lines &&
		rule_events_joined(event, testing->names, which, ret_value)) ||
	       roster_join_value(testing->join, event, which, scratch, ret_value);
}

static int take_roster(struct testing *testing, struct err *err)
{
	const char *paths[ROSTER_KIND_COUNT * 4];
	size_t count = 0;
	while (count < ARRAY_LENGTH(paths) &&
	       (paths[count] = command_option_at(testing->run, "roster", count)))
		count++;
	testing->join = roster_join_new(testing->names);
	if (!testing->join)
		return err_set(err, ERR_MEMORY, "out of memory testing rules");
	sigma_set_join(testing->set, join_value, testing);
	if (count == 0)
		return 0;
	int result = roster_files_load(paths, count, &testing->roster, err);
	roster_join_use(testing->join, testing->roster);
	return result;
}

static int on_event(void *context, const struct event *event, bool timed, struct err *err)
{
	struct testing *testing = context;
	const uint32_t *rules;
	roster_join_begin(testing->join, event);
	size_t count = sigma_set_match(testing->set, event, &rules);
	testing->untimed += !timed;
	if (timed)
		rule_correlating_reach(testing->correlating, event->time);
	for (size_t i = 0; i < count; i++) {
		const struct sigma_rule *rule = sigma_set_rule(testing->set, rules[i]);
		int result = 0;
		if (!rule->only_correlated)
			result = tell_match(testing, rule, event->line, err);
		if (result >= 0 && timed)
			result = rule_correlating_add(testing->correlating, rules[i],
						      event, err);
		if (result < 0)
			return result;
	}
	return 0;
}

static void group_add(struct buffer *out, const struct rule_run *run)
{
	for (size_t i = 0; i < run->group_count; i++) {
		buffer_add_format(out, "%s%s ", i ? ", " : "", run->group_by[i]);
		buffer_add_escaped(out, run->group[i], 100);
	}
}

static int tell_run(void *context, const struct rule_run *run, struct err *err)
{
	struct testing *testing = context;
	struct buffer *out = &testing->out;
	struct json json = json_to(out);
	CLEAN(buffer) struct buffer group = {0};
	char first[CALENDAR_TEXT], last[CALENDAR_TEXT];
	buffer_reset(out);
	testing->matches++;
	switch (command_format(testing->run)) {
	case REPORT_AS_JSON:
		json_begin_object(&json, NULL);
		json_string(&json, "rule", name_of(run->rule));
		json_begin_object(&json, "group");
		for (size_t i = 0; i < run->group_count; i++)
			json_text(&json, run->group_by[i], run->group[i]);
		json_end_object(&json);
		json_moment(&json, "first", run->first);
		json_moment(&json, "last", run->last);
		json_number(&json, "count", (int64_t)run->count);
		json_end_object(&json);
		break;
	case REPORT_AS_CSV:
		csv_begin(testing, run->rule);
		buffer_init(&group, 1u << 16);
		group_add(&group, run);
		buffer_add_byte(out, ',');
		csv_add(out, buffer_text(&group));
		buffer_add_format(out, ",%s,%s,%llu",
				  calendar_to_rfc3339(run->first, first),
				  calendar_to_rfc3339(run->last, last),
				  (unsigned long long)run->count);
		break;
	case REPORT_AS_TEXT:
		buffer_add_format(
			out, "%llu records, %s to %s: ", (unsigned long long)run->count,
			calendar_to_rfc3339(run->first, first),
			calendar_to_rfc3339(run->last, last));
		buffer_add_escaped(out, text_of(run->rule->title), 0);
		buffer_add_string(out, run->group_count ? ": " : "");
		group_add(out, run);
		break;
	}
	buffer_add_byte(out, '\n');
	return command_write(testing->run, buffer_text(out), err);
}

static void on_reject(void *context, uint64_t line, struct text reason)
{
	const struct testing *testing = context;
	command_warn("%s:%llu: not taken: %.*s", command_option(testing->run, "events"),
		     (unsigned long long)line, TEXT_PRINT(reason));
}

/* Placeholders of one name may be spread over several options. */
static int take_placeholders(struct testing *testing, struct err *err)
{
	struct command_run *run = testing->run;
	struct text values[256];
	sigma_set_placeholders_optional(testing->set);
	for (size_t i = 0; command_option_at(run, "placeholder", i); i++) {
		struct text rest = text_of(command_option_at(run, "placeholder", i));
		struct text name = text_split(&rest, '=');
		size_t count = 0;
		if (!rest.bytes || name.length == 0)
			return err_set(err, ERR_USAGE, "--placeholder wants NAME=VALUE");
		for (size_t k = 0; command_option_at(run, "placeholder", k); k++) {
			struct text value =
				text_of(command_option_at(run, "placeholder", k));
			if (text_equal(text_split(&value, '='), name) &&
			    count < ARRAY_LENGTH(values))
				values[count++] = value;
		}
		int result =
			sigma_set_placeholder(testing->set, name, values, count, err);
		if (result < 0)
			return result;
	}
	return 0;
}

static int load(struct testing *testing, struct err *err)
{
	int refused = 0;
	int result = take_placeholders(testing, err);
	for (size_t i = 0; result >= 0 && i < command_arguments(testing->run); i++) {
		result = rule_files_add(testing->set, command_argument(testing->run, i),
					rule_notice_warn, NULL, err);
		refused += result > 0 ? result : 0;
	}
	if (result < 0)
		return result;
	refused += sigma_set_link(testing->set, rule_notice_warn, NULL);
	if (refused)
		return err_set(err, ERR_SYNTAX, "%d refused: nothing was tried", refused);
	return sigma_set_compile(testing->set, command_has(testing->run, "logsource"),
				 err);
}

static int test(struct testing *testing, struct event_names *names, struct err *err)
{
	struct command_run *run = testing->run;
	struct rule_events events = {
		.names = names,
		.format = command_has(run, "input-format")
				  ? command_option(run, "input-format")
				  : "json-lines",
		.time_field = command_has(run, "time-field")
				      ? command_option(run, "time-field")
				      : "time",
		.now = command_now(run),
		.context = testing,
		.event = on_event,
		.reject = on_reject,
	};
	if (!rule_events_intern(names, events.time_field))
		return err_set(err, ERR_MEMORY, "out of memory testing rules");
	testing->json_lines = strcmp(events.format, "json-lines") == 0;
	int result = take_roster(testing, err);
	if (result >= 0)
		result = load(testing, err);
	if (result < 0)
		return result;
	testing->correlating = rule_correlating_new(testing->set);
	if (!testing->correlating)
		return err_set(err, ERR_MEMORY, "out of memory testing rules");
	result = rule_events_read(&events, command_option(run, "events"), err);
	if (result < 0)
		return result;
	if (testing->untimed && rule_correlating_has_work(testing->correlating))
		command_warn("%llu record%s without a time in '%s' %s left out of "
			     "correlations",
			     (unsigned long long)testing->untimed,
			     testing->untimed == 1 ? "" : "s", events.time_field,
			     testing->untimed == 1 ? "is" : "are");
	uint64_t given_up = sigma_set_given_up(testing->set);
	if (given_up)
		command_warn("%llu search%s given up, and no match: see muster-rules(5), under re",
			     (unsigned long long)given_up,
			     given_up == 1 ? " of a regular expression was" :
					     "es of regular expressions were");
	return rule_correlating_finish(testing->correlating, tell_run, testing, err);
}

int command_rule_test(struct command_run *run, struct err *err)
{
	struct event_names *names = event_names_new();
	struct testing testing = {
		.run = run,
		.names = names,
		.set = names ? sigma_set_new(names) : NULL,
	};
	int result = -ERR_MEMORY;
	buffer_init(&testing.out, 1u << 20);
	if (testing.set)
		result = test(&testing, names, err);
	if (result >= 0 && testing.matches == 0)
		result = err_set(err, ERR_NEGATIVE, "no match");
	buffer_done(&testing.out);
	rule_correlating_free(testing.correlating);
	roster_join_free(testing.join);
	roster_free(testing.roster);
	sigma_set_free(testing.set);
	event_names_free(names);
	return result;
}
