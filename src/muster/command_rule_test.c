/* muster rule test: rules against a file of events, without an instance. */
#include "config.h"

#include "muster/command.h"
#include "muster/rule_correlate.h"
#include "muster/rule_trial.h"

const struct command_option command_rule_test_options[] = {
	RULE_TRIAL_OPTIONS(COMMAND_REQUIRED, "events to test with; - is standard input"),
	COMMAND_OPTIONS_END};

struct testing {
	struct command_run *run;
	struct rule_trial trial;
	struct rule_correlating *correlating;
	uint64_t matches;
	uint64_t untimed;
	struct buffer out;
};

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
	csv_add(&testing->out, text_of(rule_trial_name(rule)));
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
		json_string(&json, "rule", rule_trial_name(rule));
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

static int on_event(void *context, const struct event *event, bool timed, struct err *err)
{
	struct testing *testing = context;
	const uint32_t *rules;
	size_t count = sigma_set_match(testing->trial.set, event, &rules);
	testing->untimed += !timed;
	if (timed)
		rule_correlating_reach(testing->correlating, event->time);
	for (size_t i = 0; i < count; i++) {
		const struct sigma_rule *rule = sigma_set_rule(testing->trial.set, rules[i]);
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
		json_string(&json, "rule", rule_trial_name(run->rule));
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

static int test(struct testing *testing, struct err *err)
{
	int result = rule_trial_begin(&testing->trial, testing->run, err);
	if (result < 0)
		return result;
	testing->correlating = rule_correlating_new(testing->trial.set);
	if (!testing->correlating)
		return err_set(err, ERR_MEMORY, "out of memory testing rules");
	result = rule_trial_read(&testing->trial, on_event, testing, err);
	if (result < 0)
		return result;
	if (testing->untimed && rule_correlating_has_work(testing->correlating))
		command_warn("%llu record%s without a time in '%s' %s left out of "
			     "correlations",
			     (unsigned long long)testing->untimed,
			     testing->untimed == 1 ? "" : "s", testing->trial.time_field,
			     testing->untimed == 1 ? "is" : "are");
	return rule_correlating_finish(testing->correlating, tell_run, testing, err);
}

int command_rule_test(struct command_run *run, struct err *err)
{
	struct testing testing = { .run = run };
	buffer_init(&testing.out, 1u << 20);
	int result = test(&testing, err);
	if (result >= 0 && testing.matches == 0)
		result = err_set(err, ERR_NEGATIVE, "no match");
	buffer_done(&testing.out);
	rule_correlating_free(testing.correlating);
	rule_trial_end(&testing.trial);
	return result;
}
