#include "config.h"

#include "muster/rule_trial.h"

#include "muster/rule_events.h"
#include "muster/rule_files.h"
#include "muster/rule_notice.h"
#include "muster/roster_file.h"

const char *rule_trial_name(const struct sigma_rule *rule)
{
	return *rule->id ? rule->id : *rule->name ? rule->name : rule->title;
}

/* An object of json-lines may say itself what a roster would. */
static bool join_value(void *context, const struct event *event, enum event_joined which,
		       char scratch[EVENT_SCRATCH], struct text *ret_value)
{
	struct rule_trial *trial = context;
	return (trial->json_lines &&
		rule_events_joined(event, trial->names, which, ret_value)) ||
	       roster_join_value(trial->join, event, which, scratch, ret_value);
}

static int take_roster(struct rule_trial *trial, struct err *err)
{
	const char *paths[ROSTER_KIND_COUNT * 4];
	size_t count = 0;
	while (count < ARRAY_LENGTH(paths) &&
	       (paths[count] = command_option_at(trial->run, "roster", count)))
		count++;
	trial->join = roster_join_new(trial->names);
	if (!trial->join)
		return err_set(err, ERR_MEMORY, "out of memory testing rules");
	sigma_set_join(trial->set, join_value, trial);
	if (count == 0)
		return 0;
	int result = roster_files_load(paths, count, &trial->roster, err);
	roster_join_use(trial->join, trial->roster);
	return result;
}

static void on_reject(void *context, uint64_t line, struct text reason)
{
	const struct rule_trial *trial = context;
	command_warn("%s:%llu: not taken: %.*s", command_option(trial->run, "events"),
		     (unsigned long long)line, TEXT_PRINT(reason));
}

/* Placeholders of one name may be spread over several options. */
static int take_placeholders(struct rule_trial *trial, struct err *err)
{
	struct command_run *run = trial->run;
	struct text values[256];
	sigma_set_placeholders_optional(trial->set);
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
			sigma_set_placeholder(trial->set, name, values, count, err);
		if (result < 0)
			return result;
	}
	return 0;
}

static int load(struct rule_trial *trial, struct err *err)
{
	int refused = 0;
	int result = take_placeholders(trial, err);
	for (size_t i = 0; result >= 0 && i < command_arguments(trial->run); i++) {
		result = rule_files_add(trial->set, command_argument(trial->run, i),
					rule_notice_warn, NULL, err);
		refused += result > 0 ? result : 0;
	}
	if (result < 0)
		return result;
	refused += sigma_set_link(trial->set, rule_notice_warn, NULL);
	if (refused)
		return err_set(err, ERR_SYNTAX, "%d refused: nothing was tried", refused);
	return sigma_set_compile(trial->set, command_has(trial->run, "logsource"),
				 err);
}

static int on_event(void *context, const struct event *event, bool timed, struct err *err)
{
	struct rule_trial *trial = context;
	roster_join_begin(trial->join, event);
	return trial->event(trial->context, event, timed, err);
}

int rule_trial_begin(struct rule_trial *trial, struct command_run *run, struct err *err)
{
	*trial = (struct rule_trial){
		.run = run,
		.names = event_names_new(),
		.time_field = command_has(run, "time-field") ? command_option(run, "time-field")
							     : "time",
		.json_lines = !command_has(run, "input-format") ||
			      strcmp(command_option(run, "input-format"), "json-lines") == 0,
	};
	trial->set = trial->names ? sigma_set_new(trial->names) : NULL;
	if (!trial->set || !rule_events_intern(trial->names, trial->time_field))
		return err_set(err, ERR_MEMORY, "out of memory testing rules");
	int result = take_roster(trial, err);
	return result < 0 ? result : load(trial, err);
}

int rule_trial_read(struct rule_trial *trial,
		    int event(void *context, const struct event *event, bool timed, struct err *err),
		    void *context, struct err *err)
{
	struct command_run *run = trial->run;
	const struct rule_events events = {
		.names = trial->names,
		.format = trial->json_lines ? "json-lines" : command_option(run, "input-format"),
		.time_field = trial->time_field,
		.now = command_now(run),
		.context = trial,
		.event = on_event,
		.reject = on_reject,
	};
	trial->event = event;
	trial->context = context;
	int result = rule_events_read(&events, command_option(run, "events"), err);
	uint64_t given_up = sigma_set_given_up(trial->set);
	if (result >= 0 && given_up)
		command_warn("%llu search%s given up, and no match: see muster-rules(5), under re",
			     (unsigned long long)given_up,
			     given_up == 1 ? " of a regular expression was" :
					     "es of regular expressions were");
	return result;
}

void rule_trial_end(struct rule_trial *trial)
{
	roster_join_free(trial->join);
	roster_free(trial->roster);
	sigma_set_free(trial->set);
	event_names_free(trial->names);
}
